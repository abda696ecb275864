"""A blog on a loopback address, over real HTTP: what it answers can be changed between two polls."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from xml.sax.saxutils import escape

from loopback import started

RSS = "application/rss+xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    body: bytes = b""
    status: int = 200
    content_type: str = RSS
    headers: tuple[tuple[str, str], ...] = ()
    etag: bool = True


@dataclass
class Blog:
    """`blog["/feed"] = page`; `asked` are the requests that came, with their If-None-Match."""

    base_url: str
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    gate: threading.Event | None = None
    at_once: int = 0
    most_at_once: int = 0

    def __setitem__(self, path: str, page: Page) -> None:
        self.pages[path] = page

    def url(self, path: str) -> str:
        return f"{self.base_url}{path}"


@contextmanager
def running_blog(address: str = "127.0.0.1") -> Iterator[Blog]:
    server = ThreadingHTTPServer((address, 0), _Answering)
    blog = Blog(base_url=f"http://{address}:{server.server_port}")
    server.blog = blog  # type: ignore[attr-defined]  # http.server hands its handler nothing else
    with started(server):
        yield blog


def rss(*posts: dict[str, Any], title: str = "A blog", head: str = "") -> Page:
    """A feed of `post`s as WordPress would serve it."""
    items = "".join(_item(**post) for post in posts)
    return Page(
        body=(
            '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
            f"<title>{escape(title)}</title><link>https://blog.example/</link>"
            f"<description>d</description><language>en</language>{head}{items}</channel></rss>"
        ).encode()
    )


def post(
    n: int, *, title: str | None = None, text: str | None = None, at: datetime | None = None
) -> dict[str, Any]:
    return {
        "guid": f"https://blog.example/?p={n}",
        "link": f"https://blog.example/post-{n}",
        "title": title or f"Post {n}",
        "text": text or f"<p>The whole text of post {n}.</p>",
        "at": at,
    }


def posts(numbers: Sequence[int], *, at: datetime | None = None) -> list[dict[str, Any]]:
    return [post(n, at=at) for n in numbers]


def _item(*, guid: str, link: str, title: str, text: str, at: datetime | None) -> str:
    date = f"<pubDate>{format_datetime(at)}</pubDate>" if at else ""
    return (
        f'<item><guid isPermaLink="false">{escape(guid)}</guid><link>{escape(link)}</link>'
        f"<title>{escape(title)}</title><description>{escape(text)}</description>{date}</item>"
    )


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        blog: Blog = self.server.blog  # type: ignore[attr-defined]  # see running_blog
        wanted = self.headers.get("If-None-Match")
        blog.asked.append((self.path, wanted))
        blog.at_once += 1
        blog.most_at_once = max(blog.most_at_once, blog.at_once)
        if blog.gate is not None:
            blog.gate.wait(10)
        blog.at_once -= 1
        page = blog.pages.get(self.path, Page(status=404))
        etag = f'"{hashlib.sha256(page.body).hexdigest()[:16]}"'
        if page.status == 200 and page.etag and wanted == etag:
            self.send_response(304)
            self.end_headers()
            return
        self.send_response(page.status)
        self.send_header("Content-Type", page.content_type)
        self.send_header("Content-Length", str(len(page.body)))
        if page.etag:
            self.send_header("ETag", etag)
        for name, value in page.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(page.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name for it
        """A test prints nothing."""
