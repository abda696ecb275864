"""A WordPress on loopback as its REST API shows it, of our own, that breaks when it is told to.

with running_wordpress() as blog:
    blog.settings                 # what [wordpress] says of it
    blog.posts                    # all there are, in the trash too
    blog.edit(post, title="…")    # what an editor does there
    blog.faults.append("after")   # what the next request that changes something meets; see `FAULTS`

What a real one does was tried on WordPress 6.1 (tests/proofs/test_mirror_wordpress.py holds both alike):
slugs of drafts are made unique, the trash puts `__trashed` behind them, `modified_gmt` counts seconds,
an update leaves a revision, making a post leaves none, names of terms are kept as HTML, and what is not
known to `wp_kses_post` is taken out of the text of everybody but editors.
"""

from __future__ import annotations

import base64
import json
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from curator.settings import WordPressSettings
from loopback import started

PASSWORD = "abcd EFGH ijkl MNOP"
FAULTS = ("before", "after", "500 before", "500 after", "html", "slow", "hang up")
CAN = {
    "editor": {"publish_posts", "upload_files", "unfiltered_html", "manage_categories", "edit_others_posts"},
    "author": {"publish_posts", "upload_files"},
    "contributor": set[str](),
}
_UNKNOWN_TO_KSES = re.compile(r"</?(?:bdi|time|script|iframe)\b[^>]*>| hreflang=\"[^\"]*\"| on\w+=\"[^\"]*\"")


@dataclass
class Revision:
    number: int
    title: str
    content: str
    excerpt: str
    slug: str


@dataclass
class Post:
    number: int
    slug: str
    status: str = "draft"
    title: str = ""
    content: str = ""
    excerpt: str = ""
    tags: list[int] = field(default_factory=list)
    categories: list[int] = field(default_factory=lambda: [1])
    featured_media: int = 0
    date_gmt: str | None = None
    modified: int = 0
    revisions: list[Revision] = field(default_factory=list)
    before_trash: str = "draft"


@dataclass
class Upload:
    number: int
    slug: str
    alt_text: str
    caption: str
    content: bytes


@dataclass
class Numbers(Iterator[int]):
    """One after the other; what `itertools.count` makes cannot be pickled from Python 3.14 on."""

    following: int

    def __next__(self) -> int:
        self.following += 1
        return self.following - 1


@dataclass
class Blog:
    """`faults`: one for each request to come that changes something. `between` is called after an answer to
    a look at one post, so that somebody may change it before it is written. `seconds`: its clock.
    """

    url: str = ""
    role: str = "editor"
    user: str = "desk"
    password: str = PASSWORD
    posts: dict[int, Post] = field(default_factory=dict)
    media: dict[int, Upload] = field(default_factory=dict)
    terms: dict[str, dict[int, str]] = field(
        default_factory=lambda: {"tags": {}, "categories": {1: "Uncategorized"}}
    )
    faults: list[str] = field(default_factory=list)
    refuses: dict[str, tuple[int, str]] = field(default_factory=dict)  # words of a question: status, body
    says: tuple[int, Mapping[str, str], str] | None = None  # to everything: status, headers, body
    warning: bytes = b""  # what PHP says before each answer
    between: Callable[[Post], None] | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)
    busy: int = 0
    most_busy: int = 0
    keeps_revisions: bool = True
    has_trash: bool = True
    plain_addresses: bool = False
    takes: frozenset[str] = frozenset(("image/png", "image/jpeg", "image/webp", "image/gif"))
    seconds: int = 1_900_000_000
    slow: float = 0.0
    lock: threading.RLock = field(default_factory=threading.RLock)
    numbers: Iterator[int] = field(default_factory=lambda: Numbers(10))

    @property
    def settings(self) -> WordPressSettings:
        return WordPressSettings(url=self.url, user=self.user, password=self.password, timeout=5.0)

    @property
    def state(self) -> tuple[Any, ...]:
        """What it has; may be kept, and given to another."""
        return self.posts, self.media, self.terms, self.seconds, self.numbers

    @state.setter
    def state(self, kept: tuple[Any, ...]) -> None:
        self.posts, self.media, self.terms, self.seconds, self.numbers = kept

    @property
    def changes(self) -> list[tuple[str, str]]:
        """Requests that changed something, or were to."""
        return [each for each in self.asked if each[0] != "GET"]

    def with_title(self, title: str) -> list[Post]:
        return [post for post in self.posts.values() if post.title == title]

    def only(self) -> Post:
        (post,) = self.posts.values()
        return post

    # ── what editors do there ──

    def edit(self, post: Post, *, later: int = 60, **said: Any) -> None:
        with self.lock:
            self.seconds += later
            self.put(post, said)

    def trash(self, post: Post) -> None:
        with self.lock:
            if post.status != "trash":
                post.before_trash, post.status, post.modified = post.status, "trash", self.seconds
                post.slug += "__trashed"

    def delete(self, post: Post) -> None:
        del self.posts[post.number]

    # ── what it keeps ──

    def put(self, post: Post, said: Mapping[str, Any]) -> None:
        words = {key: self.kept(str(said[key])) for key in ("title", "content", "excerpt") if key in said}
        changed = any(getattr(post, key) != value for key, value in words.items())
        for key, value in words.items():
            setattr(post, key, value)
        for key in ("tags", "categories", "featured_media", "date_gmt"):
            if key in said:
                setattr(post, key, said[key])
        if "status" in said:
            if post.status == "trash":
                post.slug = post.slug.removesuffix("__trashed")
            changed = changed or (not post.revisions and post.status != said["status"])
            post.status = said["status"]
        post.modified = self.seconds
        if self.keeps_revisions and changed:
            post.revisions.append(
                Revision(
                    next(self.numbers), post.title, post.content, post.excerpt, f"{post.number}-revision-v1"
                )
            )

    def kept(self, html: str) -> str:
        return html if "unfiltered_html" in CAN[self.role] else _UNKNOWN_TO_KSES.sub("", html)

    def free_slug(self, wanted: str, among: Mapping[int, Any]) -> str:
        taken = {each.slug for each in among.values()}
        found, n = wanted, 1
        while found in taken:
            n += 1
            found = f"{wanted}-{n}"
        return found

    def make(self, said: Mapping[str, Any]) -> Post:
        with self.lock:
            slug = self.free_slug(said.get("slug") or f"p{len(self.posts)}", self.posts)
            post = Post(next(self.numbers), slug, status=said.get("status", "draft"))
            revisions, self.keeps_revisions = self.keeps_revisions, False
            self.put(post, said)
            self.keeps_revisions = revisions
            self.posts[post.number] = post
            return post


class _Refused(Exception):
    def __init__(self, status: int, code: str, **data: Any) -> None:
        self.status, self.code, self.data = status, code, data


@dataclass(frozen=True)
class _Question:
    method: str
    path: str
    asked: Mapping[str, str]
    body: bytes
    content_type: str

    @property
    def said(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body or b"{}")
        return found


class _Wordpress(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_words: object) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        self._take()

    def do_POST(self) -> None:
        self._take()

    def do_DELETE(self) -> None:
        self._take()

    def _take(self) -> None:
        blog = self.server.blog
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, asked = self._route()
        blog.asked.append((self.command, path or self.path))
        if blog.says is not None:
            status, headers, words = blog.says
            self._send(status, words.encode(), headers)
            return
        if path is None:
            self._send(404, b"<html>Not found</html>", {"Content-Type": "text/html"})
            return
        fault = blog.faults.pop(0) if self.command != "GET" and blog.faults else ""
        refusal = next((said for words, said in blog.refuses.items() if words in f"{path} {body!r}"), None)
        if refusal is not None:
            self._send(refusal[0], refusal[1].encode())
        if refusal is not None or self._breaks(fault):
            return
        question = _Question(self.command, path, asked, body, self.headers.get("Content-Type", ""))
        status, said = self._answered(question)
        match fault:
            case "after":  # done, and the line breaks
                self._hang_up()
            case "500 after":
                self._send(500, b'{"code":"internal_server_error","message":"x","data":{"status":500}}')
            case "html":
                self._send(200, b"<br /><b>Fatal error</b>: something")
            case _:
                self._send(status, blog.warning + json.dumps(said).encode())

    def _breaks(self, fault: str) -> bool:
        if fault == "slow":
            time.sleep(self.server.blog.slow)
        if fault in ("before", "hang up"):
            self._hang_up()
        elif fault == "500 before":
            self._send(500, b"<html>There has been a critical error</html>")
        return fault in ("before", "hang up", "500 before")

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _route(self) -> tuple[str | None, Mapping[str, str]]:
        parts = urlsplit(self.path)
        asked = {key: values[-1] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
        if "rest_route" in asked:
            return asked.pop("rest_route"), asked
        if parts.path.startswith("/wp-json/") and not self.server.blog.plain_addresses:
            return parts.path.removeprefix("/wp-json"), asked
        return None, asked

    def _answered(self, question: _Question) -> tuple[int, Any]:
        blog = self.server.blog
        with blog.lock:
            blog.busy += question.method != "GET"
            blog.most_busy = max(blog.most_busy, blog.busy)
        try:
            if question.path == "/":
                return 200, {"namespaces": ["oembed/1.0", "wp/v2"]}
            self._require_login()
            with blog.lock:
                return _answer(blog, question)
        except _Refused as refused:
            data = {"status": refused.status, **refused.data}
            return refused.status, {"code": refused.code, "message": "…", "data": data}
        finally:
            with blog.lock:
                blog.busy -= question.method != "GET"

    def _require_login(self) -> None:
        blog = self.server.blog
        said = base64.b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode()
        if said != f"{blog.user}:{blog.password}":
            raise _Refused(401, "incorrect_password" if said else "rest_not_logged_in")

    def _send(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _answer(blog: Blog, question: _Question) -> tuple[int, Any]:
    match question.path.removeprefix("/wp/v2/").split("/"):
        case ["users", "me"]:
            may = dict.fromkeys(CAN[blog.role], True)
            return 200, {"id": 3, "name": blog.user, "roles": [blog.role], "capabilities": may}
        case ["posts"]:
            return _posts(blog, question)
        case ["posts", number]:
            return _post(blog, question, blog.posts.get(int(number)))
        case ["posts", number, "revisions"]:
            return 200, [_revision(one) for one in reversed(blog.posts[int(number)].revisions)]
        case ["tags" | "categories" as taxonomy]:
            return _terms(blog, question, taxonomy)
        case ["media"]:
            return _media(blog, question)
        case _:
            raise _Refused(404, "rest_no_route")


def _posts(blog: Blog, question: _Question) -> tuple[int, Any]:
    if question.method == "GET":
        slugs = question.asked.get("slug", "").split(",")
        statuses = question.asked.get("status", "publish").split(",")
        found = [post for post in blog.posts.values() if not slugs[0] or post.slug in slugs]
        with_trash = "trash" in statuses
        listed = [post for post in found if post.status != "trash" or with_trash]
        if "any" not in statuses:
            listed = [post for post in listed if post.status in statuses]
        backwards = question.asked.get("order") == "desc"
        return 200, [
            _shown(blog, post) for post in sorted(listed, key=lambda post: post.number, reverse=backwards)
        ]
    said = question.said
    if said.get("status") == "publish" and "publish_posts" not in CAN[blog.role]:
        raise _Refused(403, "rest_cannot_publish")
    return 201, _shown(blog, blog.make(said))


def _post(blog: Blog, question: _Question, post: Post | None) -> tuple[int, Any]:
    if post is None:
        raise _Refused(404, "rest_post_invalid_id")
    match question.method:
        case "GET":
            shown = _shown(blog, post)
            if blog.between is not None:
                blog.between(post)
            return 200, shown
        case "POST":
            if post.status == "publish" and "publish_posts" not in CAN[blog.role]:
                raise _Refused(403, "rest_cannot_edit")
            blog.seconds += 1
            blog.put(post, question.said)
            return 200, _shown(blog, post)
    if question.asked.get("force") == "true":
        blog.delete(post)
        return 200, {"deleted": True}
    if not blog.has_trash:
        raise _Refused(501, "rest_trash_not_supported")
    if post.status == "trash":
        raise _Refused(410, "rest_already_trashed")
    blog.trash(post)
    return 200, _shown(blog, post)


def _terms(blog: Blog, question: _Question, taxonomy: str) -> tuple[int, Any]:
    known = blog.terms[taxonomy]
    if question.method == "GET":
        wanted = question.asked.get("search", "").lower()
        return 200, [{"id": n, "name": name} for n, name in known.items() if wanted in name.lower()]
    name = escape(question.said["name"], quote=False)
    for number, there in known.items():
        if there.lower() == name.lower():
            raise _Refused(400, "term_exists", term_id=number)
    if taxonomy == "categories" and "manage_categories" not in CAN[blog.role]:
        raise _Refused(403, "rest_cannot_create")
    number = next(blog.numbers)
    known[number] = name
    return 201, {"id": number, "name": name}


def _media(blog: Blog, question: _Question) -> tuple[int, Any]:
    if question.method == "GET":
        wanted = question.asked.get("slug")
        return 200, [{"id": one.number} for one in blog.media.values() if one.slug == wanted]
    if "upload_files" not in CAN[blog.role]:
        raise _Refused(403, "rest_cannot_create")
    head = f"Content-Type: {question.content_type}\r\n\r\n".encode()
    read = message_from_bytes(head + question.body, policy=policy.default)
    parts = {part.get_param("name", header="Content-Disposition"): part for part in read.iter_parts()}
    if parts["file"].get_content_type() not in blog.takes:
        raise _Refused(500, "rest_upload_sideload_error")

    def content(name: str) -> bytes:
        found: Any = parts[name].get_payload(decode=True)
        return bytes(found)

    def words(name: str) -> str:
        return content(name).decode().removesuffix("\r\n")

    number = next(blog.numbers)
    blog.media[number] = Upload(
        number,
        blog.free_slug(words("slug"), blog.media),
        words("alt_text"),
        words("caption"),
        content("file"),
    )
    return 201, {"id": number}


def _shown(blog: Blog, post: Post) -> dict[str, Any]:
    links: dict[str, Any] = {"version-history": [{"count": len(post.revisions), "href": ""}]}
    saved = [one for one in post.revisions if "autosave" not in one.slug]
    if saved:
        links["predecessor-version"] = [{"id": saved[-1].number, "href": ""}]
    return {
        "id": post.number,
        "slug": post.slug,
        "status": post.status,
        "modified_gmt": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(post.modified)),
        "link": f"{blog.url}?p={post.number}",
        **{key: {"raw": getattr(post, key)} for key in ("title", "content", "excerpt")},
        "tags": sorted(post.tags, reverse=True),
        "featured_media": post.featured_media,
        "_links": links,
    }


def _revision(one: Revision) -> dict[str, Any]:
    words = {key: {"raw": getattr(one, key)} for key in ("title", "content", "excerpt")}
    return {"id": one.number, "slug": one.slug, **words}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    blog: Blog


@dataclass
class Serving:
    server: _Server

    def begin(self, **said: Any) -> Blog:
        """An empty one in the place of the last."""
        self.server.blog = Blog(url=f"http://127.0.0.1:{self.server.server_port}/", **said)
        return self.server.blog


@contextmanager
def serving_wordpress() -> Iterator[Serving]:
    server = _Server(("127.0.0.1", 0), _Wordpress)
    with started(server):
        yield Serving(server)


@contextmanager
def running_wordpress(**said: Any) -> Iterator[Blog]:
    with serving_wordpress() as serving:
        yield serving.begin(**said)


def doubles(blog: Blog) -> list[str]:
    """Titles that more than one post has, wherever they lie."""
    return [
        title for title, count in Counter(post.title for post in blog.posts.values()).items() if count > 1
    ]
