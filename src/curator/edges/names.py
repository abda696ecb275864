"""Names to numbers. getaddrinfo knows no time-out and cannot be stopped: it may be left behind."""

from __future__ import annotations

import queue
import socket
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

Resolver = Callable[..., Sequence[tuple[Any, Any, Any, Any, Any]]]
"""Called like `socket.getaddrinfo(host, port, type=SOCK_STREAM)`, and answers like it."""

MOST_IDLE = 32  # threads that wait for the next name; making one costs five times as much as asking it

_Answer = list[str] | OSError | ValueError
_Question = tuple[str, int, "queue.SimpleQueue[_Answer]"]


class Names:
    """Asks `resolver` in threads of its own. One that hangs is lost to us, and nobody waits for it."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._idle: deque[queue.SimpleQueue[_Question | None]] = deque()
        self._closed = False

    def addresses(self, host: str, port: int, *, patience: float) -> list[str]:
        """The numbers of `host`, without zones. TimeoutError; OSError or ValueError: no known name."""
        answers: queue.SimpleQueue[_Answer] = queue.SimpleQueue()
        self._inbox().put((host, port, answers))
        try:
            answer = answers.get(timeout=patience)
        except queue.Empty as error:
            raise TimeoutError("name resolution") from error
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        self._closed = True
        while self._idle:
            self._idle.pop().put(None)

    def _inbox(self) -> queue.SimpleQueue[_Question | None]:
        try:
            return self._idle.pop()
        except IndexError:
            inbox: queue.SimpleQueue[_Question | None] = queue.SimpleQueue()
            threading.Thread(target=self._answer, args=(inbox,), name="names", daemon=True).start()
            return inbox

    def _answer(self, inbox: queue.SimpleQueue[_Question | None]) -> None:
        while (question := inbox.get()) is not None:
            host, port, answers = question
            answer = self._ask(host, port)
            stays = len(self._idle) < MOST_IDLE and not self._closed
            if stays:
                self._idle.append(inbox)
            answers.put(answer)
            if not stays:
                return

    def _ask(self, host: str, port: int) -> _Answer:
        try:
            found = self._resolver(host, port, type=socket.SOCK_STREAM)
        except (OSError, ValueError) as error:  # ValueError: a NUL, or a label that IDNA refuses
            return error
        return [place[0].partition("%")[0] for *_, place in found]
