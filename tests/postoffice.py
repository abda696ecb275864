"""A real SMTP server for tests: it keeps what it took, and can be told to misbehave at any word.

`at["RCPT"]` and the like are called with the number of the command so far and
its argument; what they return is the server's answer, None lets it go well.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

HANG_UP = "hang up"
"""Answer that is none: the connection is closed instead."""

Answer = Callable[[int, str], str | None]


@dataclass(frozen=True, slots=True)
class Taken:
    sender: str
    recipient: str
    content: bytes
    options: tuple[str, ...] = ()


@dataclass(slots=True)
class PostOffice:
    port: int = 0
    taken: list[Taken] = field(default_factory=list)
    at: dict[str, Answer] = field(default_factory=dict)
    heard: dict[str, int] = field(default_factory=dict)
    sessions: int = 0
    before_answer: Callable[[Taken], object] | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def recipients(self) -> list[str]:
        return [mail.recipient for mail in self.taken]

    # aiosmtpd calls these by name.

    async def handle_EHLO(  # noqa: N802
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.sessions += 1
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self._said("MAIL", address, server) or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self._said("RCPT", address, server)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content
        assert isinstance(content, bytes)
        mail = Taken(envelope.mail_from or "", envelope.rcpt_tos[0], content, tuple(envelope.mail_options))
        if self.before_answer is not None:
            await asyncio.get_running_loop().run_in_executor(None, self.before_answer, mail)
        answer = self._said("DATA", mail.recipient, server)
        if answer is None or answer == HANG_UP:
            self.taken.append(mail)
        return answer or "250 OK queued as 1"

    def _said(self, word: str, argument: str, server: SMTP) -> str | None:
        self.heard[word] = self.heard.get(word, 0) + 1
        misbehaviour = self.at.get(word)
        answer = misbehaviour(self.heard[word], argument) if misbehaviour else None
        if answer == HANG_UP:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return answer


@contextmanager
def post_office(**smtp: Any) -> Iterator[PostOffice]:
    office = PostOffice()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        office.port = probe.getsockname()[1]
    controller = Controller(office, hostname="127.0.0.1", port=office.port, **smtp)
    controller.start()
    try:
        yield office
    finally:
        controller.stop()


@contextmanager
def line_server(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A bare server for what no SMTP library would do; `answer` plays one connection. Yields the port."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.2)
    ended = threading.Event()

    def serve() -> None:
        while not ended.is_set():
            try:
                connection, _ = listening.accept()
            except TimeoutError:
                continue
            with connection:
                if ended.is_set():  # it was only woken up
                    return
                connection.settimeout(10)
                try:
                    answer(connection)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        ended.set()
        socket.create_connection(listening.getsockname()).close()
        thread.join()
        listening.close()
