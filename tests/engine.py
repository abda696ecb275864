"""A translation engine on loopback that does as it is told: LibreTranslate's way, DeepL's, and those of the
services that deep-translator reads.

with running_engine() as engine:
    engine.url      # what it translates is what it was asked, in capitals, with the language before it
    engine.ways = [too_many]     # what it does instead, once each; the last for ever
    engine.says = lambda text, target: …     # what it makes of a sentence
    engine.asked    # what it was sent
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event
from typing import Any
from urllib.parse import parse_qs, urlsplit

from loopback import started


@dataclass
class Engine:
    server: ThreadingHTTPServer
    asked: list[Asked] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)
    says: Callable[[str, str], str] = field(default_factory=lambda: translated)
    end: Event = field(default_factory=Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def texts(self) -> list[str]:
        return [text for asked in self.asked for text in asked.texts]


@dataclass(frozen=True)
class Asked:
    path: str
    said: Any
    authorization: str | None

    @property
    def texts(self) -> list[str]:
        """However it was asked."""
        text = self.said.get("q", self.said.get("text"))
        return [str(each) for each in text] if isinstance(text, list) else [str(text)]

    @property
    def wants_list(self) -> bool:
        return isinstance(self.said.get("q"), list)

    @property
    def target(self) -> str:
        if "langpair" in self.said:
            return str(self.said["langpair"][0]).partition("|")[2]
        into = self.said.get("target", self.said.get("target_lang", self.said.get("tl")))
        return str(into[0] if isinstance(into, list) else into)


Way = Callable[[BaseHTTPRequestHandler, Asked, Engine], None]


def translated(text: str, target: str) -> str:
    """In capitals, all but elements, which a real engine leaves alone."""
    pieces = re.split(r"(<[^<>]*>)", text)
    return f"{target}: {''.join(piece if piece.startswith('<') else piece.upper() for piece in pieces)}"


# ── what it may do ──


def answer(to: BaseHTTPRequestHandler, asked: Asked, engine: Engine) -> None:
    _answer(to, asked, [engine.says(text, asked.target) for text in asked.texts])


def _answer(to: BaseHTTPRequestHandler, asked: Asked, said: list[str]) -> None:
    match urlsplit(asked.path).path:
        case "/translate":
            _send(to, json.dumps({"translatedText": said if asked.wants_list else said[0]}).encode())
        case "/v2/translate":
            all_said = [{"detected_source_language": "EN", "text": text} for text in said]
            _send(to, json.dumps({"translations": all_said}).encode())
        case "/get":
            _send(to, json.dumps({"responseData": {"translatedText": said[0]}, "matches": []}).encode())
        case "/m":
            _send(to, f'<html><div class="result-container">{escape(said[0])}</div></html>'.encode())
        case _:
            _send(to, b"not here", status=404)


def hang(to: BaseHTTPRequestHandler, asked: Asked, engine: Engine) -> None:  # noqa: ARG001 - a Way
    engine.end.wait()


def drip(to: BaseHTTPRequestHandler, asked: Asked, engine: Engine) -> None:  # noqa: ARG001 - a Way
    """A byte now and then: every single read is answered in time."""
    to.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not engine.end.wait(0.05):
        to.wfile.write(b" ")


def too_many(to: BaseHTTPRequestHandler, asked: Asked, engine: Engine) -> None:  # noqa: ARG001 - a Way
    _send(to, b'{"error": "Slowdown: too many requests"}', status=429)


def come_back_later(to: BaseHTTPRequestHandler, asked: Asked, engine: Engine) -> None:  # noqa: ARG001 - a Way
    _send(to, b"{}", status=429, headers={"Retry-After": "1200"})


def used_up(to: BaseHTTPRequestHandler, asked: Asked, engine: Engine) -> None:  # noqa: ARG001 - a Way
    """DeepL's status of its own for a quota that is used up."""
    _send(to, b'{"message": "Quota exceeded"}', status=456)


def one_short(to: BaseHTTPRequestHandler, asked: Asked, engine: Engine) -> None:
    """An answer to all the sentences but one."""
    _answer(to, asked, [engine.says(text, asked.target) for text in asked.texts[1:]] or [""])


def broken(to: BaseHTTPRequestHandler, asked: Asked, engine: Engine) -> None:  # noqa: ARG001 - a Way
    _send(to, b"Internal Server Error", status=500)


def half(to: BaseHTTPRequestHandler, asked: Asked, engine: Engine) -> None:  # noqa: ARG001 - a Way
    _send(to, b'{"translatedText": "Mante')


def cut_off(to: BaseHTTPRequestHandler, asked: Asked, engine: Engine) -> None:  # noqa: ARG001 - a Way
    to.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"translatedText": "Mante')


def page(to: BaseHTTPRequestHandler, asked: Asked, engine: Engine) -> None:  # noqa: ARG001 - a Way
    _send(to, b"<!doctype html><title>Please log in</title>")


def silence(to: BaseHTTPRequestHandler, asked: Asked, engine: Engine) -> None:  # noqa: ARG001 - a Way
    _send(to, json.dumps({"translatedText": " ", "translations": [{"text": ""}]}).encode())


def numbers(to: BaseHTTPRequestHandler, asked: Asked, engine: Engine) -> None:  # noqa: ARG001 - a Way
    _send(to, json.dumps({"translatedText": 42, "translations": 42}).encode())


def endless(to: BaseHTTPRequestHandler, asked: Asked, engine: Engine) -> None:  # noqa: ARG001 - a Way
    _send(to, json.dumps({"translatedText": "a" * 4_000_000}).encode())


def over_quota(to: BaseHTTPRequestHandler, asked: Asked, engine: Engine) -> None:  # noqa: ARG001 - a Way
    """MyMemory's own words, in the place of a translation and with status 200."""
    said = "MYMEMORY WARNING: YOU USED ALL AVAILABLE FREE TRANSLATIONS FOR TODAY."
    _send(to, json.dumps({"responseData": {"translatedText": said}, "matches": []}).encode())


def _send(
    to: BaseHTTPRequestHandler, body: bytes, *, status: int = 200, headers: dict[str, str] | None = None
) -> None:
    to.send_response(status)
    to.send_header("Content-Length", str(len(body)))
    for name, value in (headers or {}).items():
        to.send_header(name, value)
    to.end_headers()
    to.wfile.write(body)


@contextmanager
def running_engine() -> Iterator[Engine]:
    class Conversation(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._do(json.loads(body))

        def do_GET(self) -> None:
            self._do(parse_qs(urlsplit(self.path).query))

        def _do(self, said: Any) -> None:
            asked = Asked(self.path, said, self.headers.get("Authorization"))
            engine.asked.append(asked)
            ways = engine.ways
            way = ways.pop(0) if len(ways) > 1 else ways[0] if ways else answer
            self.close_connection = True
            with suppress(OSError):  # who asked has gone
                way(self, asked, engine)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Conversation)
    engine = Engine(server)
    with started(server):
        try:
            yield engine
        finally:
            engine.end.set()
