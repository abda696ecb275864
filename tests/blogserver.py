"""A server on loopback that plays an old blog on WordPress: REST, feeds, lists and posts, and refusals."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from loopback import started

FIRST = datetime(2015, 3, 1, 8, 0, tzinfo=UTC)
PER_LIST = 5


@dataclass(frozen=True, kw_only=True)
class Written:
    """A post as the blog has it."""

    number: int
    title: str
    html: str
    at: datetime

    @property
    def path(self) -> str:
        return f"/{self.at:%Y/%m}/post-{self.number}/"


def written(*numbers: int) -> list[Written]:
    """Posts of those numbers, a day apart."""
    return [
        Written(
            number=n,
            title=f"Il titolo {n}",
            html=f'<p>NOTA AICEX: la nota {n}.</p>\n<figure class="wp-block-image"><img src="/p{n}.jpg" '
            f'alt="A {n}"></figure>\n<p>The text of number {n} goes on for a while.</p>',
            at=FIRST + timedelta(days=n),
        )
        for n in numbers
    ]


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int = 200
    body: bytes = b""
    content_type: str = "text/html; charset=UTF-8"
    headers: tuple[tuple[str, str], ...] = ()


Fault = Callable[[str, dict[str, str]], Reply | None]


@dataclass
class OldBlog:
    """`posts` in the order of their numbers; the rest says how the blog is set up and what goes wrong.

    `api`: "link" (header and <link>), "header", "head" (<link> only), "silent" (nothing says so), or a
    status that refuses it. `permalinks` False: `?rest_route=`. `most`: the largest per_page that is accepted.
    `fault` may answer in the blog's place: it gets path and query; None lets the blog answer.
    """

    base_url: str
    posts: list[Written] = field(default_factory=list)
    api: str | int = "link"
    permalinks: bool = True
    most: int = 100
    counted: bool = True
    feed: str = "full"  # "summary", "archived" (RFC 5005), "none"
    lists: bool = True
    fault: Fault = lambda _path, _query: None
    asked: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    passwords: set[str | None] = field(default_factory=set)  # `Authorization` of all requests

    def url(self, path: str = "/") -> str:
        return f"{self.base_url}{path}"

    @property
    def api_root(self) -> str:
        return self.url("/wp-json/") if self.permalinks else self.url("/index.php?rest_route=/")

    def reply(self, target: str) -> Reply:
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        if (instead := self.fault(parts.path, query)) is not None:
            return instead
        route = query.get("rest_route") if not self.permalinks else None
        if self.permalinks and parts.path.startswith("/wp-json"):
            route = parts.path.removeprefix("/wp-json")
        if route is not None:
            return self._rest(route, query)
        if parts.path.startswith("/feed"):
            return self._feed(query)
        for post in self.posts:
            if post.path == parts.path:
                return self._page(_article(post), title=post.title)
        if parts.path == "/" or parts.path.startswith("/page/"):
            return self._list(int(parts.path.strip("/").removeprefix("page/") or 1))
        return Reply(status=404)

    # ── what programs are told ──

    def _rest(self, route: str, query: dict[str, str]) -> Reply:
        if isinstance(self.api, int):
            return said({"code": "rest_disabled", "message": "No.", "data": {"status": self.api}}, self.api)
        if not route.strip("/"):
            return said({"name": "Il blog", "namespaces": ["wp/v2"], "gmt_offset": "1"})
        if route.rstrip("/") != "/wp/v2/posts":
            return said({"code": "rest_no_route"}, 404)
        size, page = int(query.get("per_page", 10)), int(query.get("page", 1))
        if not 0 < size <= self.most:
            return said({"code": "rest_invalid_param"}, 400)
        chosen = self.posts[(page - 1) * size : page * size]
        if not chosen and page > 1:
            return said({"code": "rest_post_invalid_page_number"}, 400)
        pages = -(-len(self.posts) // size)
        headers = (("X-WP-Total", str(len(self.posts))), ("X-WP-TotalPages", str(pages)))
        return said([self.post(one) for one in chosen], headers=headers if self.counted else ())

    def post(self, one: Written, **changes: Any) -> dict[str, Any]:
        """A post as `wp/v2/posts` says it."""
        return {
            "id": one.number,
            "date": (one.at + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S"),
            "date_gmt": one.at.strftime("%Y-%m-%dT%H:%M:%S"),
            "guid": {"rendered": self.url(f"/?p={one.number}")},
            "modified_gmt": one.at.strftime("%Y-%m-%dT%H:%M:%S"),
            "slug": f"post-{one.number}",
            "status": "publish",
            "type": "post",
            "link": self.url(one.path),
            "title": {"rendered": one.title},
            "content": {"rendered": one.html, "protected": False},
            "excerpt": {"rendered": "<p>How it begins…</p>", "protected": False},
            "_links": {"self": [{"href": self.url(f"/wp-json/wp/v2/posts/{one.number}")}]},
        } | changes

    def _feed(self, query: dict[str, str]) -> Reply:
        if self.feed == "none":
            return Reply(status=404)
        page = int(query.get("paged", 1))
        newest = self.posts[::-1]
        chosen = newest[(page - 1) * PER_LIST : page * PER_LIST]
        if not chosen and page > 1:
            return Reply(status=404)
        items = "".join(self._item(one) for one in chosen)
        older = ""
        if self.feed == "archived" and page * PER_LIST < len(newest):
            older = f'<atom:link rel="prev-archive" href="{self.url(f"/feed/?paged={page + 1}")}"/>'
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" '
            'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f"<channel><title>Il blog</title><link>{self.url()}</link><description>d</description>"
            f"<language>it-IT</language>{older}{items}</channel></rss>"
        )
        return Reply(body=body.encode(), content_type="application/rss+xml; charset=UTF-8")

    def _item(self, one: Written) -> str:
        text = (
            f"<description>NOTA AICEX: la nota {one.number}. The text [&#8230;]</description>"
            if self.feed == "summary"
            else f"<content:encoded><![CDATA[{one.html}]]></content:encoded>"
        )
        return (
            f"<item><title>{escape(one.title)}</title><link>{self.url(one.path)}</link>"
            f'<guid isPermaLink="false">{self.url(f"/?p={one.number}")}</guid><dc:creator>Luisa</dc:creator>'
            f"<category>Senza categoria</category><category>Metodo</category>"
            f"<pubDate>{format_datetime(one.at)}</pubDate>{text}</item>"
        )

    # ── what people are shown ──

    def _list(self, page: int) -> Reply:
        newest = self.posts[::-1]
        chosen = newest[(page - 1) * PER_LIST : page * PER_LIST]
        if not self.lists or not chosen:
            return Reply(status=404) if page > 1 else self._page("<p>Welcome.</p>")
        shown = "".join(_teaser(one) for one in chosen)
        if page * PER_LIST < len(newest):
            shown += (
                '<nav class="navigation posts-navigation"><div class="nav-links"><div class="nav-previous">'
                f'<a href="{self.url(f"/page/{page + 1}/")}">Articoli meno recenti</a></div></div></nav>'
            )
        return self._page(shown, classes="blog home")

    def _page(self, shown: str, *, title: str = "Il blog", classes: str = "single single-post") -> Reply:
        link, feed = "", ""
        if self.api in {"link", "head"}:
            link = f'<link rel="https://api.w.org/" href="{escape(self.api_root)}" />'
        if self.feed != "none":
            feed = f'<link rel="alternate" type="application/rss+xml" href="{self.url("/feed/")}">'
        body = (
            f'<!DOCTYPE html><html lang="it-IT"><head><meta charset="UTF-8"><title>{escape(title)}</title>'
            f'{feed}{link}</head><body class="{classes}"><main>{shown}</main></body></html>'
        )
        said_so = self.api in {"link", "header"}
        headers = (("Link", f'<{self.api_root}>; rel="https://api.w.org/"'),) if said_so else ()
        return Reply(body=body.encode(), headers=headers)


def said(answer: Any, status: int = 200, *, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """JSON."""
    return Reply(
        status=status, body=json.dumps(answer).encode(), content_type="application/json", headers=headers
    )


def _article(post: Written) -> str:
    return (
        f'<article id="post-{post.number}" class="post-{post.number} post type-post hentry">'
        f'<header class="entry-header"><h1 class="entry-title">{escape(post.title)}</h1>'
        f'<time class="entry-date published" datetime="{post.at.isoformat()}">x</time></header>'
        f'<div class="entry-content">{post.html}</div></article>'
    )


def _teaser(post: Written) -> str:
    return (
        f'<article id="post-{post.number}" class="post-{post.number} post type-post hentry">'
        f'<header class="entry-header"><h2 class="entry-title"><a href="{post.path}" rel="bookmark">'
        f"{escape(post.title)}</a></h2></header>"
        f'<div class="entry-content">{post.html.partition("</p>")[0]}</p>'
        f'<p><a class="more-link" href="{post.path}#more-{post.number}">Continua a leggere '
        f'<span class="screen-reader-text">{escape(post.title)}</span></a></p></div></article>'
    )


@contextmanager
def old_blog(address: str = "127.0.0.1", **options: Any) -> Iterator[OldBlog]:
    """Running, and ended afterwards."""
    server = ThreadingHTTPServer((address, 0), _Answering)
    blog = OldBlog(base_url=f"http://{address}:{server.server_port}", **options)
    server.blog = blog  # type: ignore[attr-defined]  # http.server hands its handler nothing else
    with started(server):
        yield blog


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        blog: OldBlog = self.server.blog  # type: ignore[attr-defined]  # see old_blog
        blog.asked.append(self.path)
        blog.agents.add(self.headers.get("User-Agent", ""))
        blog.passwords.add(self.headers.get("Authorization"))
        reply = blog.reply(self.path)
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name for it
        """A test prints nothing."""
