"""What may go wrong between a program and a WordPress: a proxy on loopback that does it on purpose.

Each request is numbered from 1, and a fate is asked for it: None lets it pass.
"""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from loopback import started


class Fate(Enum):
    """Of one request. All but the first two reach WordPress, which does what is asked."""

    REFUSED = "503, and WordPress heard nothing of it"
    DIES_BEFORE = "who asks is killed, and WordPress hears nothing of it"
    DIES_AND_GOES_ON = "who asks is killed first, and then WordPress hears of it, a moment later"
    DIES_AFTER = "WordPress has done it, and who asks is killed before the answer comes"
    UNAVAILABLE = "WordPress has done it, and the answer is 503"
    CUT = "WordPress has done it, and the connection ends without an answer"
    HALF = "WordPress has done it, and the connection ends in the midst of the answer"
    SLOW = "WordPress has done it, and the answer comes when nobody waits for it any more"


@dataclass(frozen=True, slots=True)
class Asked:
    number: int
    method: str
    path: str

    @property
    def changes(self) -> bool:
        return self.method != "GET"


@dataclass(slots=True)
class Between:
    """`fate` may be changed at any time; `die` kills who asks."""

    port: int
    fate: Callable[[Asked], Fate | None] = lambda _asked: None
    die: Callable[[], object] = lambda: None
    asked: list[Asked] = field(default_factory=list)
    patience: float = 3.0  # seconds that SLOW takes
    late: float = 0.5  # seconds after the death of who asked
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def begin(self, *, fate: Callable[[Asked], Fate | None] = lambda _asked: None) -> None:
        """Count from 1 again."""
        with self._lock:
            self.asked = []
            self.fate = fate

    def note(self, method: str, path: str) -> Fate | None:
        with self._lock:
            asked = Asked(len(self.asked) + 1, method, path)
            self.asked.append(asked)
            return self.fate(asked)


def at(number: int, fate: Fate, *, changing: bool = False) -> Callable[[Asked], Fate | None]:
    """This fate for the n-th request; with `changing`, for the n-th that changes something."""
    seen = 0

    def decide(asked: Asked) -> Fate | None:
        nonlocal seen
        if changing and not asked.changes:
            return None
        seen += 1
        return fate if seen == number else None

    return decide


@contextmanager
def standing_between(port: int) -> Iterator[Between]:
    """A proxy before the server on this port."""
    server = _Server(port)
    with started(server):
        yield server.between


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, behind: int) -> None:
        super().__init__(("127.0.0.1", 0), _Proxy)
        self.behind = behind
        self.between = Between(int(self.server_address[1]))


class _Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def do_PUT(self) -> None:
        self._pass_on()

    def do_DELETE(self) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        said = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        between = self.server.between
        fate = between.note(self.command, self.path)
        self.close_connection = True
        if fate in {Fate.DIES_BEFORE, Fate.DIES_AND_GOES_ON}:
            between.die()
        if fate is Fate.REFUSED:
            self._answer(503, _BUSY, b"busy")
        elif fate is not Fate.DIES_BEFORE:
            if fate is Fate.DIES_AND_GOES_ON:
                time.sleep(between.late)
            self._answer_as(fate, *self._forward(said))

    def _answer_as(self, fate: Fate | None, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        between = self.server.between
        match fate:
            case None:
                self._answer(status, headers, body)
            case Fate.DIES_AFTER:
                between.die()
            case Fate.UNAVAILABLE:
                self._answer(503, _BUSY, b"busy")
            case Fate.HALF:
                self._answer(status, headers, body, sent=len(body) // 2)
            case Fate.SLOW:
                time.sleep(between.patience)
            case _:
                pass

    def _forward(self, said: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        there = http.client.HTTPConnection("127.0.0.1", self.server.behind, timeout=60)
        try:
            there.request(self.command, self.path, body=said or None, headers=dict(self.headers))
            answer = there.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            there.close()

    def _answer(
        self, status: int, headers: list[tuple[str, str]], body: bytes, *, sent: int | None = None
    ) -> None:
        with suppress(OSError):  # who asked may be gone
            self.send_response(status)
            for name, value in headers:
                if name.lower() not in _OWN:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body[:sent])

    def log_message(self, *_: object) -> None:
        pass


_OWN = frozenset({"connection", "content-length", "transfer-encoding", "date", "server"})
_BUSY = [("Retry-After", "1")]  # else a pusher waits for minutes, as it should
