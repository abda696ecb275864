"""The posts of a WordPress, page by page through its REST API.

They are asked for in the order of their numbers: what is written meanwhile comes last. What is
deleted meanwhile moves the rest forward, so the pages before are then asked for again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from curator.importing import rest
from curator.importing.recognising import decoded
from curator.importing.site import Site, broken_off, is_broken, is_temporary, is_too_much, until_stopped
from curator.model import Failed, Fetched, LeftOut, Original
from curator.text import without_credentials

SIZES = (100, 50, 20, 10, 5, 1)
"""Posts per page: as many as WordPress gives at most; fewer where that is too much for a server or for us."""
_ROUTE = re.compile(r"/wp/v2/(?:sites/[^/?&]+/)?posts(?:/(?P<number>\d+))?/?\Z")
_SITES = re.compile(r"/wp/v2/sites/[^/?&]+/?\Z")
_OURS = frozenset("page per_page offset _embed order orderby context _fields".split())
_BAD_REQUEST = 400
_IN_A_ROW = 3  # posts that a server fails on; of more it is the server
_TOO_LARGE = "fetch_too_large"
_UNREADABLE = "import_answer_unreadable"
_BEGINS = re.compile(r"\[\s*\{\s*\"|\{\s*\"|\[\s*\]")


def json_of(body: bytes) -> Any:
    """The JSON of an answer, also behind the warnings that a broken plugin prints before it; ValueError."""
    text = decoded(body).strip("\ufeff \t\r\n")
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("too deep") from error
    except ValueError:
        begun = _BEGINS.search(text)
        if begun is None:
            raise
        try:
            return json.JSONDecoder().raw_decode(text, begun.start())[0]
        except RecursionError as error:
            raise ValueError("too deep") from error


def is_posts(url: str) -> bool:
    """Whether an address is that of posts, or of one, in a REST API."""
    return _ROUTE.search(_route(url)) is not None


def posts_at(root: str) -> str:
    """Where the posts are of an API of which the root is known, with and without permalinks."""
    parts = urlsplit(root)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if "rest_route" in query:
        return _with(root, rest_route=_below(query["rest_route"]))
    return urlunsplit(parts._replace(path=_below(parts.path), fragment=""))


def _below(route: str) -> str:
    if is_route := _ROUTE.search(route):
        return route[: is_route.start("number") - 1] if is_route["number"] else route
    return route.rstrip("/") + ("/posts" if _SITES.search(route) else "/wp/v2/posts")


def _route(url: str) -> str:
    parts = urlsplit(url)
    return dict(parse_qsl(parts.query)).get("rest_route", parts.path)


def _with(url: str, **values: object) -> str:
    """The address with these values in its query instead of others of their name."""
    parts = urlsplit(url)
    kept = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k not in values]
    query = urlencode([*kept, *((k, str(v)) for k, v in values.items())], safe="/:,")
    return urlunsplit(parts._replace(query=query))


def _without_ours(url: str) -> str:
    """What somebody asks for (a category, an author) stays; how it is given out is ours to say."""
    parts = urlsplit(url)
    kept = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k not in _OURS]
    return urlunsplit(parts._replace(query=urlencode(kept, safe="/:,"), fragment=""))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    posts: list[Any]
    total: int | None


@dataclass(slots=True, kw_only=True)
class RestPages:
    """The posts at one address. `opened` first; `total` is known then, if the server says it."""

    site: Site
    url: str
    total: int | None = None
    size: int = SIZES[0]
    is_open: bool = False
    is_empty: bool = False  # some sites show nothing to strangers rather than refuse them
    _most: int = SIZES[0]
    _accepted: int = SIZES[0]  # by the server at all, however long it may take
    _at: int = 0  # how many posts lie behind; always a multiple of `size`
    _first: _Page | None = None
    _stepped_back: int = 0
    _seen: set[object] = field(default_factory=set)

    def opened(self, *, patient: bool = True) -> Failed | None:
        """Ask for the first page; Failed where there is none: refused, switched off, or something else there.

        Not `patient`: the address is a guess, and a server that fails is asked no second time.
        """
        self.url = _without_ours(self.url)
        got = self._next(patient=patient)
        if isinstance(got, Failed):
            return got
        self._first, self.total, self.is_open = got, got.total, True
        self.is_empty = not (got.posts or got.total)
        return None

    def posts(self) -> Iterator[Original | LeftOut]:
        """All of them, each once. FetchFailed in the middle says how far it got."""
        return until_stopped(self._posts())

    def _posts(self) -> Iterator[Original | LeftOut]:
        page, self._first = self._first, None
        while True:
            got = page or self._next()
            page = None
            if isinstance(got, Failed):
                if got.code == _TOO_LARGE:  # one post alone
                    yield LeftOut(place=self._address(), code="import_too_large", data=got.data)
                    self._go_on(1)
                    continue
                if self._is_no_page(got):
                    if self.total is None:
                        return
                    # Posts were deleted: the page before says how many are left.
                    self._stepped_back, self._at = self._at, max(0, self._at - self.size)
                    continue
                if self._fails_alone(got):
                    yield self._left_out(got)
                    self._most = self._accepted
                    if self.total is not None and self._at + 1 >= self.total:
                        return
                    self._go_on(1)
                    continue
                raise broken_off(self._address(), got, seen=len(self._seen))
            fallen = max(0, (self.total or 0) - got.total) if got.total is not None else 0
            self.total = got.total if got.total is not None else self.total
            yield from self._unseen(got.posts)
            if fallen:
                yield from self._before(fallen)
            if self._was_last(got):
                return
            self._go_on(self.size)

    def _fails_alone(self, failed: Failed) -> bool:
        """Whether it is this one post that breaks the server, which answers for one of the next."""
        if self.size > 1 or not is_broken(failed):
            return False
        here, told = self._at, False
        for step in range(1, _IN_A_ROW + 1):
            self._at = here + step
            is_beyond = self.total is not None and self._at >= self.total
            if told := is_beyond or isinstance(self._page(), _Page):
                break
        self._at = here
        return told

    def _left_out(self, failed: Failed) -> LeftOut:
        place = without_credentials(self._address())
        return LeftOut(place=place, code="import_post_unanswered", data={"status": failed.http_status})

    def _before(self, fallen: int) -> Iterator[Original | LeftOut]:
        """The pages before this one again, as far as posts moved there when others were deleted."""
        here, size = self._at, self.size
        at = max(0, here - fallen) // size * size
        while at < here:
            self._at, self.size = at, size
            got = self._next()
            if isinstance(got, Failed):
                raise broken_off(self._address(), got, seen=len(self._seen))
            yield from self._unseen(got.posts)
            at = self._at + self.size
        self._at, self.size = here, size

    def _unseen(self, posts: list[Any]) -> Iterator[Original | LeftOut]:
        new = []
        for post in posts:
            number = post.get("id") if isinstance(post, dict) else None
            name = number if isinstance(number, int | str) else json.dumps(post, sort_keys=True)
            if name not in self._seen:
                self._seen.add(name)
                new.append(post)
        yield from rest.originals(new, place=without_credentials(self._address()))

    def _was_last(self, page: _Page) -> bool:
        if page.total is not None:
            return self._at + self.size >= page.total
        return not page.posts

    def _is_no_page(self, failed: Failed) -> bool:
        """Whether we asked beyond the end (rest_post_invalid_page_number), not twice for the same page."""
        return failed.http_status == _BAD_REQUEST and 0 < self._at != self._stepped_back

    def _go_on(self, by: int) -> None:
        """To the next page, in as large steps as fit there."""
        self._at += by
        sizes = (self._most, *(size for size in SIZES if size < self._most))
        self.size = next(size for size in sizes if self._at % size == 0)

    def _address(self) -> str:
        return _with(
            self.url,
            _embed="author,wp:term,wp:featuredmedia",
            orderby="id",
            order="asc",
            per_page=self.size,
            page=self._at // self.size + 1,
        )

    def _next(self, *, patient: bool = True) -> _Page | Failed:
        """The page that is next, in smaller pieces where it is too much; again where the server fails."""
        waits = iter(self.site.waits if patient else ())
        while True:
            got = self._page()
            if isinstance(got, _Page):
                self._settle(got)
                return got
            smaller = next((size for size in SIZES if size < self.size), None)
            if got.code == _TOO_LARGE:
                if smaller is None:
                    return got
                self._shrink(smaller)
            elif got.http_status == _BAD_REQUEST and not self._at and smaller is not None:
                self._most = self._accepted = smaller
                self._shrink(smaller)
            elif self._may_pass(got) and (wait := next(waits, None)) is not None:
                self.site.pause(wait, got)
                if smaller is not None and is_too_much(got):
                    self._most = smaller
                    self._shrink(smaller)
            elif (patient or self.is_open) and is_broken(got) and smaller is not None:
                self._most = smaller  # which post it is that breaks it
                self._shrink(smaller)
            else:
                return got

    def _may_pass(self, failed: Failed) -> bool:
        """Also a page that says something else in the middle of an answer: a maintenance, an overload."""
        return is_temporary(failed) or (self.is_open and failed.code == _UNREADABLE)

    def _shrink(self, size: int) -> None:
        self.size, self._at = size, self._at // size * size

    def _settle(self, page: _Page) -> None:
        """A server that gives less than it was asked for counts its pages by what it gives."""
        given = len(page.posts)
        if not self._at and 0 < given < self.size and (page.total or 0) > given:
            self.size = self._most = self._accepted = given

    def _page(self) -> _Page | Failed:
        url = self._address()
        got = self.site.ask(url)
        if isinstance(got, Failed):
            return got
        return _page_of(got) or Failed(code=_UNREADABLE, data={"url": without_credentials(url)})


def _page_of(got: Fetched) -> _Page | None:
    try:
        answer = json_of(got.body)
    except ValueError:
        return None
    if isinstance(answer, dict) and rest.is_post(answer):
        return _Page(posts=[answer], total=1)
    if not isinstance(answer, list) or not all(map(rest.is_post, answer[:1])):
        return None
    return _Page(posts=answer, total=got.total)
