"""A stand-in for listmonk: its /api/tx as the documentation and cmd/tx.go of version 6 have it, on loopback.

It knows one transactional template, number 3: `{{ .Tx.Data.html | Safe }}`. Subject and
alternative text are templates of their own there, run with the same data.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from loopback import started

USER, TOKEN, TEMPLATE = "curator", "tòken", 3


@dataclass(frozen=True, slots=True)
class Queued:
    """What its workers will hand to their SMTP server."""

    sender: str
    recipient: str
    subject: str
    html: str
    text: str
    headers: dict[str, str]


@dataclass(slots=True)
class Listmonk:
    """`instead` answers a question in another way: it gets the handler, and returns True when it has."""

    port: int = 0
    queued: list[Queued] = field(default_factory=list)
    asked: int = 0
    instead: Callable[[_Handler], bool] = lambda _handler: False

    @property
    def url(self) -> str:
        return f"listmonk+http://{USER}@127.0.0.1:{self.port}/?template={TEMPLATE}"


class _Handler(BaseHTTPRequestHandler):
    listmonk: Listmonk

    def do_POST(self) -> None:
        self.body = self.rfile.read(int(self.headers["Content-Length"]))
        self.listmonk.asked += 1
        if not self.listmonk.instead(self):
            self.answer(*self._asked())

    def answer(self, status: int, said: Any) -> None:
        content = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def take(self) -> None:
        """Into the queue, whatever the answer will be."""
        self._asked()

    def _asked(self) -> tuple[int, Any]:
        account = base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()
        if self.headers["Authorization"] != f"Basic {account}":
            return 403, {"message": "invalid API credentials"}
        if self.path != "/api/tx":
            return 404, {"message": "Not Found"}
        asked = json.loads(self.body)
        if asked["template_id"] != TEMPLATE:
            return 400, {"message": f"template {asked['template_id']} not found"}
        if asked["subscriber_mode"] != "external":
            return 400, {"message": "subscriber not found"}
        for recipient in asked["subscriber_emails"]:
            if not re.fullmatch(r"[^@\s]+@[^@\s]+", recipient) or recipient.startswith("blocked@"):
                return 400, {"message": "Invalid email."}
            self.listmonk.queued.append(_rendered(asked, recipient))
        return 200, {"data": True}

    def log_message(self, *_words: Any) -> None:
        """Tests are quiet."""


def _rendered(asked: dict[str, Any], recipient: str) -> Queued:
    def run(template: str) -> str:
        """Go's text/template, of which only the one expression is known here; others are errors."""
        assert re.sub(r"\{\{ \.Tx\.Data\.\w+ \}\}", "", template).count("{{") == 0
        return re.sub(r"\{\{ \.Tx\.Data\.(\w+) \}\}", lambda found: str(asked["data"][found[1]]), template)

    return Queued(
        sender=asked["from_email"],
        recipient=recipient.lower(),
        subject=run(asked["subject"]),
        html=asked["data"]["html"],
        text=run(asked["altbody"]),
        headers={name: value for each in asked["headers"] for name, value in each.items()},
    )


@contextmanager
def listmonk() -> Iterator[Listmonk]:
    running = Listmonk()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"listmonk": running}))
    running.port = server.server_address[1]
    with started(server):
        yield running
