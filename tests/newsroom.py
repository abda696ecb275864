"""A world to play in: a newsroom in a folder, its command line, and a small web of its own on loopback.

newsroom.web["/feed"] = feed(an_item("1", "Title", "<p>Text</p>"))
newsroom.curator("source", "add", newsroom.web.url("/feed"))
newsroom.curator("poll")
"""

from __future__ import annotations

import atexit
import hashlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from unittest import mock
from xml.sax.saxutils import escape

from builders import NOW
from curator.edges import readers
from curator.faces.cli import run
from curator.settings import ReadSettings
from loopback import started
from schemas import misanswered


@dataclass(frozen=True, slots=True)
class Answer:
    """How one call of the program ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Newsroom:
    """A newsroom folder and its command line. Private addresses are allowed, politeness gaps are off."""

    def __init__(self, folder: Path, web: Web, **settings: str) -> None:
        self.folder = folder
        self.web = web
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "CURATOR_NEWSROOM": str(folder),
            "CURATOR_LOCALE": "en",
            "CURATOR_EDITOR": "marta",
            "CURATOR_FETCH__ALLOW_PRIVATE": '["127.0.0.0/8:*"]',
            "CURATOR_FETCH__PER_HOST_GAP": "0",
            "CURATOR_LINKS__CHECK": "false",  # whatever tests cite
            "CURATOR_REVIEW__SPELLING": "false",  # whatever dictionaries this machine has
        } | {f"CURATOR_{key.upper()}": value for key, value in settings.items()}
        if not (folder / "config").is_dir():
            self.curator("init", folder)

    def curator(self, *words: str | int | Path, ok: bool = True, **environ: str) -> Answer:
        """One call in this process; with `ok` it must end with 0."""
        out, err = _Stream(), _Stream()
        with (
            redirect_stdout(out),
            redirect_stderr(err),
            mock.patch.object(readers, "Readers", _Readers.of),
        ):
            status = run([str(word) for word in words], self.environ | environ)
        answer = Answer(status, out.text(), err.text())
        _is_as_published(words, answer)
        assert status == 0 or not ok, f"curator {words}: exit {status}\n{answer.out}\n{answer.err}"
        return answer

    def ask(self, *words: str | int | Path, **environ: str) -> Any:
        """The JSON answer of a call that must succeed."""
        return self.curator(*words, "--json", ok=True, **environ).json

    def start(self, *words: str | int | Path, **environ: str) -> subprocess.Popen[bytes]:
        """The real program, in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "curator", *map(str, words)],
            env=self.environ | environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
        )

    def follow(self, body: str, *, path: str = "/feed", **options: str | int) -> int:
        """Put a feed on the web, follow it and poll it once; the source's id."""
        self.web[path] = body
        words = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", value)]
        source: int = self.ask("source", "add", self.web.url(path), *words)["id"]
        self.curator("poll", source)
        return source

    def queue(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.ask("queue", "--limit", 500)["items"]
        return items

    def ready(self, item_id: int, headline: str = "Titolo", note: str = "Una nota.") -> int:
        """Write and approve as an editor would."""
        self.curator("write", item_id, "--headline", headline, "--note", note)
        self.curator("approve", item_id)
        return item_id


def _is_as_published(words: tuple[str | int | Path, ...], answer: Answer) -> None:
    """Whatever a test is about: what it was answered with --json is as docs/schema says."""
    typed = [str(word) for word in words]
    if "--json" in typed and not {"-h", "--help", "--version"}.intersection(typed):
        wrong = misanswered(typed, answer.status, answer.out)
        assert wrong == [], f"curator {words}: not as docs/schema says: {wrong}\n{answer.out[:2000]}"


class _Readers(readers.Readers):
    """The real ones, but their workers stay for the next call.

    A fresh set for each call took half the processor time of files that poll a lot.
    `start` starts the program with readers of its own.
    """

    _kept: ClassVar[dict[ReadSettings, _Readers]] = {}

    @classmethod
    def of(cls, settings: ReadSettings) -> _Readers:
        if settings not in cls._kept:
            cls._kept[settings] = cls(settings)
            atexit.register(cls._kept[settings].end)
        return cls._kept[settings]

    def close(self) -> None:
        """Not yet."""

    def end(self) -> None:
        super().close()


class _Stream(io.TextIOWrapper):
    """Standard output as a program has it: text over bytes."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)

    def text(self) -> str:
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode()


@dataclass
class Page:
    """What the web answers at one path."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Web:
    """Pages by path on every loopback address; ETags are honoured, requests counted."""

    def __init__(self, server: ThreadingHTTPServer, pages: dict[str, Page], asked: list[str]) -> None:
        self._server = server
        self._pages = pages
        self.asked = asked

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, path: str, *, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def __setitem__(self, path: str, page: str | bytes | Page) -> None:
        if isinstance(page, str):
            page = page.encode()
        self._pages[path] = Page(page) if isinstance(page, bytes) else page

    def __delitem__(self, path: str) -> None:
        del self._pages[path]


@contextmanager
def serving() -> Iterator[Web]:
    pages: dict[str, Page] = {}
    asked: list[str] = []

    class Pages(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked.append(self.path)
            page = pages.get(self.path, Page(b"not here", 404))
            tag = f'"{hashlib.sha256(page.body).hexdigest()[:16]}"'
            if page.status == 200 and self.headers.get("If-None-Match") == tag:
                page = Page(b"", 304)
            self.send_response(page.status)
            if page.status == 200:
                self.send_header("ETag", tag)
            for name, value in page.headers.items():
                self.send_header(name, value)
            if page.status != 304:
                self.send_header("Content-Length", str(len(page.body)))
            self.end_headers()
            self.wfile.write(page.body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("0.0.0.0", 0), Pages)
    with started(server):
        yield Web(server, pages, asked)


def an_item(guid: str, title: str, html: str, *, link: str | None = None, author: str = "Ada Example") -> str:
    return (
        f"<item><guid isPermaLink='false'>{escape(guid)}</guid><title>{escape(title)}</title>"
        f"<link>{escape(link or f'https://blog.example/{guid}')}</link>"
        f"<dc:creator>{escape(author)}</dc:creator><pubDate>{format_datetime(NOW)}</pubDate>"
        f"<content:encoded>{escape(html)}</content:encoded></item>"
    )


def feed(*items: str, title: str = "CX Blog", language: str = "en") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>{escape(title)}</title><link>https://blog.example/</link>"
        f"<description>About customers</description><language>{language}</language>"
        f"{''.join(items)}</channel></rss>"
    )


STORY = (
    "<p>Customers remember a broken promise. They hardly notice one that was exceeded.</p>"
    "<p>So keep what you said, and spend the rest on the next promise.</p>"
)


def own_story(of: object) -> str:
    """A text that nobody takes for another's: `STORY` in two places is one story, told twice."""
    letters = str.maketrans("0123456789", "ghijklmnop")
    words = [hashlib.sha256(f"{of} {n}".encode()).hexdigest()[:6].translate(letters) for n in range(40)]
    return f"<p>{' '.join(words)}.</p>"
