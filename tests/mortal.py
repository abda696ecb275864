"""A sender in a process of its own that is killed (-9) at a chosen transition of one mail, or at any moment.

The transitions are told from what the process does: a statement to the ledger,
its commit, a word to the server. `half the text` is killed with one half of
the message sent, `dot` with all of it and without the dot that ends it, and
`answer` when the server has everything and its answer is on the way.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import sys
import threading
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from killing import FORKS

TRANSITIONS = (
    "claim",
    "commit claim",
    "MAIL",
    "RCPT",
    "in_data",
    "commit in_data",
    "DATA",
    "half the text",
    "dot",
    "answer",
    "accepted",
    "commit accepted",
)
"""In the order in which one mail passes them; the process dies right before each."""

ANY_MOMENT = "any moment"

_LONG = 120.0  # seconds: a sender that hangs must not hang the tests
_STATES = ("in_data", "accepted", "ambiguous", "deferred", "failed")


def send(
    database: str,
    folder: Path,
    said: Mapping[str, Mapping[str, Any]],
    *,
    dies_at: tuple[str, float] | None = None,
) -> str | None:
    """One run of a sender; returns where it was killed, None: it came to its end.

    `dies_at`: the transition, and which one of them in this run (from 1); for
    ANY_MOMENT after how many seconds. A run may end before its time has come.
    """
    here, there = FORKS.Pipe(duplex=False)
    process = FORKS.Process(target=_sender, args=(database, str(folder), dict(said), dies_at, there))
    process.start()
    there.close()
    if dies_at is not None and dies_at[0] == ANY_MOMENT:
        process.join(dies_at[1])
        process.kill()
    process.join(_LONG)
    if process.is_alive():
        process.kill()
        raise AssertionError("the sender did not end")
    status = process.exitcode
    process.close()
    reached = None
    with contextlib.suppress(EOFError):
        reached = here.recv() if here.poll() else None
    here.close()
    if status == -signal.SIGKILL:
        return reached or ANY_MOMENT
    assert status == 0, f"the sender ended with {status}"
    return None


def _sender(
    database: str,
    folder: str,
    said: dict[str, Any],
    dies_at: tuple[str, float] | None,
    there: Connection,
) -> None:
    from curator.edges.mail import open_mailer
    from curator.edges.maillog import open_log
    from curator.edges.process import is_gone, this_worker
    from curator.faces.clock import utcnow
    from curator.ports import Mailroom
    from curator.publish.sending import send_issue
    from curator.store import Store
    from newsletter import SECRET, a_newsletter

    if dies_at is not None and dies_at[0] != ANY_MOMENT:
        _Fate(*dies_at, there).await_in(socket.socket)
    newsletter = a_newsletter(Store(database), Path(folder))
    newsletter.with_(**said)
    mailer = open_mailer(newsletter.settings.mail)
    send_issue(
        newsletter.store,
        Mailroom(mailer=mailer, log=open_log(newsletter.settings.mail.log)),
        newsletter.settings,
        edition=newsletter.edition,
        secret=SECRET,
        worker=this_worker(),
        is_gone=is_gone,
        clock=utcnow,
    )
    mailer.close()
    newsletter.store.close()
    sys.stdout.flush()
    os._exit(0)


class _Fate:
    def __init__(self, transition: str, count: float, there: Connection) -> None:
        self._transition = transition
        self._left = count
        self._there = there
        self._doing = ""  # what the open transaction changes
        self._in_text = False
        self._begun = threading.Lock()  # one thread dies at a time

    def await_in(self, sockets: type[socket.socket]) -> None:
        from sqlalchemy import event
        from sqlalchemy.engine import Engine

        event.listen(Engine, "before_cursor_execute", self._statement)
        event.listen(Engine, "commit", lambda _connection: self._commit())
        ordinary = sockets.sendall

        def sendall(sock: socket.socket, data: bytes, *flags: int) -> None:
            raw = bytes(data)
            self._before(raw, lambda some: ordinary(sock, some, *flags))
            ordinary(sock, raw, *flags)
            self._after(raw)

        sockets.sendall = sendall  # type: ignore[method-assign, assignment]

    def _reached(self, transition: str) -> None:
        if transition != self._transition:
            return
        self._left -= 1
        if self._left <= 0:
            self._die()

    def _die(self) -> None:
        with self._begun:
            self._there.send(self._transition)
            os.kill(os.getpid(), signal.SIGKILL)

    def _statement(self, _connection: object, _cursor: object, said: str, values: object, *_: object) -> None:
        if not re.match(r"\s*UPDATE deliveries\b", said):
            return
        state = next((one for one in _STATES if f"'{one}'" in repr(values)), None)
        if state is None and "lease_by" in said and "None" not in repr(values):
            state = "claim"
        if state is not None:
            self._doing = state
            self._reached(state)

    def _commit(self) -> None:
        doing, self._doing = self._doing, ""
        self._reached(f"commit {doing}")

    def _before(self, raw: bytes, send: Any) -> None:
        if self._in_text:
            if raw == b".\r\n":
                self._reached("dot")
            else:
                if self._transition == "half the text" and self._left <= 1:
                    send(raw[: len(raw) // 2])
                self._reached("half the text")
            return
        words = [line[:4].upper().decode(errors="replace") for line in raw.splitlines()]
        if self._transition in words[1:] and self._left <= 1:  # pipelined: the one before it has left
            send(raw[: raw.index(b"\n") + 1])
        for word in words:
            self._reached(word)

    def _after(self, raw: bytes) -> None:
        if self._in_text and raw == b".\r\n":
            self._in_text = False
            self._reached("answer")
        elif raw.upper() == b"DATA\r\n":
            self._in_text = True
