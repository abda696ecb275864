"""A WebSub hub on loopback as those who publish know it, and somebody who subscribes at it.

with running_relay() as hub, subscribing() as reader:
    reader.follow("http://…/feed.atom")     # discovers hub and topic, asks the hub, is asked back
    …                                       # publish; the hub is told, looks at the feed and brings it
    reader.brought                          # what came, whether its signature fits, how it was linked

The hub does what the tests 100 to 104 of websub.rocks ask of one: content and type of the topic, links to hub
and topic, a signature where there is a secret, further parameters, renewal, an end.
"""

from __future__ import annotations

import hmac
import re
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock
from urllib.parse import parse_qsl, urlencode, urlsplit

from lxml import etree

from loopback import started

SECRET = "between you and me"
CHALLENGE = "who goes there"
Look = Callable[[str], tuple[bytes, str]]
_LINK = re.compile(r'<([^>]*)>\s*;\s*rel="?([a-z]+)"?')


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How the hub answers whoever publishes; 0: not at all."""

    status: int = 202
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass
class Relay:
    """`answers` are for the next that publish, then it takes everything but what `refused` names."""

    url: str
    answers: list[Answer] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    told: list[str] = field(default_factory=list)
    found: dict[str, bytes] = field(default_factory=dict)
    look: Look | None = None
    hangs: Event = field(default_factory=Event)
    subscribers: dict[tuple[str, str], str | None] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def hear(self, said: dict[str, str]) -> Answer:
        match said["hub.mode"]:
            case "publish":
                return self._publish(said)
            case mode:
                return self._subscribe(mode, said)

    def _publish(self, said: dict[str, str]) -> Answer:
        topic = said["hub.url"]
        assert said["hub.topic"] == topic
        with self.lock:
            self.told.append(topic)
            answer = self.answers.pop(0) if self.answers else Answer()
        if topic in self.refused:
            return Answer(status=403)
        if answer.status == Answer().status and self.look:
            self._bring(topic, *self.look(topic))
        return answer

    def _bring(self, topic: str, body: bytes, kind: str) -> None:
        self.found[topic] = body
        for (wanted, callback), secret in self.subscribers.items():
            if wanted == topic:
                headers = {"Content-Type": kind, "Link": f'<{self.url}>; rel="hub", <{topic}>; rel="self"'}
                if secret:
                    signature = hmac.new(secret.encode(), body, "sha256").hexdigest()
                    headers["X-Hub-Signature"] = f"sha256={signature}"
                urllib.request.urlopen(urllib.request.Request(callback, data=body, headers=headers)).close()

    def _subscribe(self, mode: str, said: dict[str, str]) -> Answer:
        topic, callback = said["hub.topic"], said["hub.callback"]
        asked = {
            "hub.mode": mode,
            "hub.topic": topic,
            "hub.challenge": CHALLENGE,
            "hub.lease_seconds": "864000",
        }
        with urllib.request.urlopen(f"{callback}?{urlencode(asked)}", timeout=10) as echoed:
            assert echoed.read().decode() == CHALLENGE
        if mode == "subscribe":
            self.subscribers[topic, callback] = said.get("hub.secret")
        else:
            del self.subscribers[topic, callback]
        return Answer()


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """`signed`: with the secret that the hub was told; None: not at all."""

    body: bytes
    kind: str
    links: dict[str, str]
    signed: bool | None


@dataclass
class Subscriber:
    callback: str
    hub: str = ""
    topic: str = ""
    brought: list[Brought] = field(default_factory=list)
    awaiting: str | None = None

    def follow(self, feed: str, *, by: str = "feed", secret: str | None = None, **more: str) -> None:
        """Discover (§4) by what the feed says of itself or by its HTTP header, then subscribe (§5)."""
        with urllib.request.urlopen(feed, timeout=10) as answer:
            links = _of_header(answer.headers) if by == "header" else _of_feed(answer.read())
        (self.topic,) = links["self"]
        self.hub = links["hub"][0]
        self.ask("subscribe", secret=secret, **more)

    def ask(self, mode: str, *, secret: str | None = None, **more: str) -> None:
        said = {"hub.mode": mode, "hub.topic": self.topic, "hub.callback": self.callback, **more}
        if secret:
            said["hub.secret"] = secret
        self.awaiting = mode
        with urllib.request.urlopen(self.hub, data=urlencode(said).encode(), timeout=10) as answer:
            assert answer.status == 202
        assert self.awaiting is None  # it was asked back


def _of_feed(document: bytes) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for link in etree.fromstring(document).iterfind("{http://www.w3.org/2005/Atom}link"):
        found.setdefault(str(link.get("rel")), []).append(str(link.get("href")))
    return found


def _of_header(headers: Message) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for target, relation in _LINK.findall(", ".join(headers.get_all("Link", []))):
        found.setdefault(relation, []).append(target)
    return found


def fetched(topic: str) -> tuple[bytes, str]:
    with urllib.request.urlopen(topic, timeout=10) as looked:
        return looked.read(), looked.headers["Content-Type"]


@contextmanager
def running_relay(look: Look | None = None) -> Iterator[Relay]:
    """`look`: how it comes by a feed that it is told of, as `fetched`; else it only remembers that it was."""

    class Asked(_Handler):
        def do_POST(self) -> None:
            answer = relay.hear(self.form())
            if answer.status == 0:
                relay.hangs.wait()
                self.close_connection = True
                return
            self.end(answer.status, answer.body, *answer.headers)

    with _serving(Asked) as url:
        relay = Relay(url, look=look)
        try:
            yield relay
        finally:
            relay.hangs.set()


@contextmanager
def subscribing() -> Iterator[Subscriber]:
    class Asked(_Handler):
        def do_GET(self) -> None:
            said = dict(parse_qsl(urlsplit(self.path).query))
            meant = said["hub.mode"] == subscriber.awaiting and said["hub.topic"] == subscriber.topic
            subscriber.awaiting = None
            self.end(200 if meant else 404, said["hub.challenge"].encode() if meant else b"")

        def do_POST(self) -> None:
            body = self.body()
            signature = self.headers.get("X-Hub-Signature")
            expected = hmac.new(SECRET.encode(), body, "sha256").hexdigest()
            links = {relation: targets[0] for relation, targets in _of_header(self.headers).items()}
            subscriber.brought.append(
                Brought(
                    body=body,
                    kind=self.headers["Content-Type"],
                    links=links,
                    signed=None if signature is None else signature == f"sha256={expected}",
                )
            )
            self.end(202)

    with _serving(Asked) as url:
        subscriber = Subscriber(f"{url}callback")
        yield subscriber


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def form(self) -> dict[str, str]:
        assert self.headers["Content-Type"] == "application/x-www-form-urlencoded"
        return dict(parse_qsl(self.body().decode(), strict_parsing=True))

    def end(self, status: int, body: bytes = b"", *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _serving(handler: type[_Handler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    with started(server):
        yield f"http://127.0.0.1:{server.server_port}/"
