"""An IMAP and a POP server for tests, over one box: as much of RFC 3501 and RFC 1939 as reading it takes.

`at["FETCH"]` and the like are called with the connection in place of the answer: what they return is
sent as it is; HANG_UP ends the connection.
"""

from __future__ import annotations

import re
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

HANG_UP = b""
PASSWORD = "pass word"

Misbehaviour = Callable[[socket.socket], bytes]


@dataclass(slots=True)
class Kept:
    content: bytes
    flags: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Box:
    """What lies there by number; `heard` are the commands of all connections."""

    messages: dict[int, Kept] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    at: dict[str, Misbehaviour] = field(default_factory=dict)
    keywords: bool = True
    uidplus: bool = True
    quotes: bool = False
    port: int = 0
    ends: threading.Event = field(default_factory=threading.Event)

    def put(self, *contents: bytes) -> None:
        for content in contents:
            self.messages[max(self.messages, default=0) + 1] = Kept(content.replace(b"\n", b"\r\n"))

    @property
    def left(self) -> dict[int, set[str]]:
        return {number: kept.flags for number, kept in self.messages.items()}


class _Speaks(socketserver.StreamRequestHandler):
    box: Box
    context: ssl.SSLContext | None
    disable_nagle_algorithm = True

    def setup(self) -> None:
        if self.context is not None:
            self.request = self.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self) -> None:
        super().finish()
        if self.context is not None:
            self.request.close()

    def say(self, *lines: bytes) -> None:
        self.wfile.write(b"".join(line + b"\r\n" for line in lines))

    def misbehaves(self, word: str) -> bool:
        """True: it has. Nothing more is said to this command."""
        self.box.heard.append(word)
        how = self.box.at.get(word)
        if how is None:
            return False
        answer = how(self.request)
        if answer == HANG_UP:
            raise ConnectionAbortedError
        self.wfile.write(answer)
        return True


_ASTRINGS = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s"\\(){%*]+)')


class _Imap(_Speaks):
    def handle(self) -> None:
        if not self.misbehaves("GREETING"):
            self.say(b"* OK ready")
        while line := self.rfile.readline():
            tag, _, rest = line.decode().strip().partition(" ")
            uid = rest.upper().startswith("UID ")
            word, _, arguments = (rest[4:] if uid else rest).partition(" ")
            if not self.misbehaves(word.upper()):
                getattr(self, f"do_{word.lower()}")(arguments)
                self.say(f"{tag} {self.verdict}".encode())
            if word.upper() == "LOGOUT":
                return

    verdict = "OK done"

    def do_capability(self, _arguments: str) -> None:
        """As Dovecot: who has not logged in is told little, and who has is not told again by itself."""
        able = b" UIDPLUS" if self.box.uidplus and self.known else b""
        self.say(b"* CAPABILITY IMAP4rev1" + able)

    known = False

    def do_login(self, arguments: str) -> None:
        words = [quoted or atom for quoted, atom in _ASTRINGS.findall(arguments)]
        self.known = words[1:] == [PASSWORD]
        self.verdict = "OK done" if self.known else "NO who are you?"

    def do_select(self, folder: str) -> None:
        self.verdict = "OK done" if folder == '"INBOX"' else "NO there is none"
        flags = rb"\Deleted \Seen" + (rb" \*" if self.box.keywords else b"")
        self.say(b"* %d EXISTS" % len(self.box.messages), b"* OK [PERMANENTFLAGS (%s)] x" % flags)

    def do_search(self, arguments: str) -> None:
        without = {r"\Deleted", *re.findall(r"UNKEYWORD (\S+)", arguments)}
        found = [number for number, kept in self.box.messages.items() if not kept.flags & without]
        self.say(" ".join(["* SEARCH", *map(str, found)]).encode())

    def do_fetch(self, arguments: str) -> None:
        number, most = map(int, re.findall(r"\d+", arguments)[::2])
        if number in self.box.messages:
            body = self.box.messages[number].content[:most]
            if "PEEK" not in arguments:
                self.box.messages[number].flags.add(r"\Seen")
            said = b"{%d}\r\n%s" % (len(body), body)
            if self.box.quotes:  # RFC 3501 §4.3: either, as the server likes, where it is one line
                said = b'"%s"' % re.sub(rb'(["\\])', rb"\\\1", body)
            self.wfile.write(b"* 1 FETCH (UID %d BODY[]<0> %s)\r\n" % (number, said))

    def do_store(self, arguments: str) -> None:
        number, _, flags = arguments.split(" ", 2)
        self.box.messages[int(number)].flags.update(flags.strip("()").split())

    def do_expunge(self, number: str) -> None:
        assert number, "EXPUNGE alone takes what others have marked"
        if r"\Deleted" in self.box.messages[int(number)].flags:
            del self.box.messages[int(number)]

    def do_logout(self, _arguments: str) -> None:
        self.say(b"* BYE")


class _Pop(_Speaks):
    def handle(self) -> None:
        self.marked: set[int] = set()
        if not self.misbehaves("GREETING"):
            self.say(b"+OK ready")
        while line := self.rfile.readline():
            word, _, arguments = line.decode().strip().partition(" ")
            if not self.misbehaves(word):
                getattr(self, f"do_{word.lower()}")(arguments)
            if word == "QUIT":
                return

    def do_user(self, _name: str) -> None:
        self.say(b"+OK")

    def do_pass(self, password: str) -> None:
        self.say(b"+OK" if password == PASSWORD else b"-ERR who are you?")

    def do_list(self, _nothing: str) -> None:
        sizes = [b"%d %d" % (n, len(kept.content)) for n, kept in self.box.messages.items()]
        self.say(b"+OK", *sizes, b".")

    def do_retr(self, number: str) -> None:
        lines = self.box.messages[int(number)].content.split(b"\r\n")
        self.say(b"+OK", *(b"." + line if line.startswith(b".") else line for line in lines), b".")

    def do_top(self, arguments: str) -> None:
        self.do_retr(arguments.split(maxsplit=1)[0])

    def do_dele(self, number: str) -> None:
        self.marked.add(int(number))
        self.say(b"+OK")

    def do_quit(self, _nothing: str) -> None:
        """Only now (RFC 1939 §6)."""
        for number in self.marked:
            del self.box.messages[number]
        self.say(b"+OK")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, *_whence: object) -> None:
        """A client that hangs up is what is tested here."""


@contextmanager
def imap_server(*, context: ssl.SSLContext | None = None) -> Iterator[Box]:
    with _running(_Imap, context) as box:
        yield box


@contextmanager
def pop_server(*, context: ssl.SSLContext | None = None) -> Iterator[Box]:
    with _running(_Pop, context) as box:
        yield box


@contextmanager
def _running(speaks: type[_Speaks], context: ssl.SSLContext | None) -> Iterator[Box]:
    box = Box()
    handler = type("Handler", (speaks,), {"box": box, "context": context})
    with _Server(("127.0.0.1", 0), handler) as server:
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield box
        finally:
            box.ends.set()
            with suppress(OSError):
                server.shutdown()
            thread.join()
