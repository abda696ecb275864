"""A WebSub hub on loopback that does as it is told: asks back, signs and brings, denies, lies, says nothing.

with running_hub() as hub:
    hub.url              # what a feed names
    hub.way = "silent"   # how it takes requests from now on; see Hub
    hub.asked            # what it was asked, as forms
    hub.push(callback, body)
"""

from __future__ import annotations

import hmac
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode

from blog import Page
from loopback import started

CHALLENGE = "ask me no questions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a callback answered."""

    status: int
    body: bytes = b""


@dataclass
class Hub:
    """`way`: accept (ask back, then answer), silent (ask nothing), hang_up, refuse, move, move_down."""

    url: str
    way: str = "accept"
    lease: str = "864000"
    asked: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)

    @property
    def modes(self) -> list[str]:
        return [asked["hub.mode"] for asked in self.asked]

    @property
    def callback(self) -> str:
        return self.asked[-1]["hub.callback"]

    def ask_back(self, asked: Mapping[str, str] | None = None, **other: str) -> Heard:
        """§5.3: did you ask for this? `other` is what it says instead, as mode="unsubscribe"."""
        asked = asked or self.asked[-1]
        said = {
            "hub.mode": asked["hub.mode"],
            "hub.topic": asked["hub.topic"],
            "hub.challenge": CHALLENGE,
            "hub.lease_seconds": self.lease,
        } | {f"hub.{name}": value for name, value in other.items()}
        return _request(f"{asked['hub.callback']}?{urlencode(said)}")

    def push(
        self, body: bytes, *, callback: str | None = None, secret: str | None = None, method: str = "sha256"
    ) -> Heard:
        """§6: what is new, signed with the secret that it was told, or with another."""
        secret = secret or self.asked[-1].get("hub.secret", "")
        signature = hmac.new(secret.encode(), body, method).hexdigest()
        return self.bring(body, callback=callback, **{"X-Hub-Signature": f"{method}={signature}"})

    def bring(self, body: bytes, *, callback: str | None = None, **headers: str) -> Heard:
        return _request(
            callback or self.callback, body=body, headers={"Content-Type": "application/rss+xml", **headers}
        )


@contextmanager
def running_hub() -> Iterator[Hub]:
    class Asked(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            hub.paths.append(self.path)
            if hub.way.startswith("move") and self.path == "/":
                self._end(307, Location="/elsewhere" if hub.way == "move" else "http://192.0.2.1/")
                return
            hub.asked.append(form)
            if hub.way == "hang_up":
                self.close_connection = True
                return
            if hub.way == "refuse":
                self._end(403)
                return
            if hub.way != "silent":
                hub.heard.append(hub.ask_back(form))
            self._end(202)

        def _end(self, status: int, **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
    hub = Hub(f"http://127.0.0.1:{server.server_port}/")
    with started(server):
        yield hub


def linked(page: Page, *, hub: str, topic: str | None = None) -> Page:
    """The feed, naming a hub and, where it knows it, its own address."""
    links = f'<atom:link rel="hub" href="{hub}"/>'
    if topic is not None:
        links += f'<atom:link rel="self" href="{topic}"/>'
    body = page.body.replace(b"<rss ", b'<rss xmlns:atom="http://www.w3.org/2005/Atom" ', 1)
    return replace(page, body=body.replace(b"<channel>", b"<channel>" + links.encode(), 1))


def _request(url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Heard:
    asked = urllib.request.Request(url, data=body, headers=dict(headers or {}))
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return Heard(status=answer.status, body=answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Heard(status=error.code, body=error.read())
