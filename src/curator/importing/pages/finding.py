"""Which elements of a page are its posts, and whether it shows one or lists several."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from lxml.html import HtmlElement

from curator.importing.pages.marks import is_beside, is_post, number_in
from curator.importing.pages.webpage import Webpage, elements, having, meta

_MOST = 1_000  # posts on one page

TITLES = (
    "entry-title",
    "wp-block-post-title",
    "p-name",
    "post-title",
    "gh-article-title",
    "post-card-title",
    "posttitle",
    "headline",
)
BODIES = (
    "entry-content",
    "wp-block-post-content",
    "e-content",
    "articleBody",
    "post-content",
    "post-body",
    "gh-content",
    "article-content",
    "postcontent",
    "post_content",
    "storycontent",
    "post-entry",
    "entry",
    "content",
)
SUMMARIES = (
    "entry-summary",
    "wp-block-post-excerpt",
    "p-summary",
    "post-excerpt",
    "post-card-excerpt",
    "excerpt",
)


class Kind(StrEnum):
    """What a page is, as far as it is told by its body's classes, `og:type` and its posts."""

    SINGLE = "single"
    LISTING = "listing"
    STATIC = "static"  # a page of the site, or a picture's
    SEARCH = "search"
    NOTHING = "nothing"  # not found, log in


@dataclass(frozen=True, slots=True)
class Found:
    kind: Kind
    posts: tuple[HtmlElement, ...]


def found_on(page: Webpage) -> Found:
    posts = list(_outermost(page.root))
    kind = _kind(page, posts)
    if kind is Kind.SINGLE:
        return Found(kind, (_own(page, posts),))
    return Found(kind, tuple(posts[:_MOST]))


def _kind(page: Webpage, posts: list[HtmlElement]) -> Kind:  # noqa: PLR0911 - one mark, one answer
    marks = page.marks
    if marks & {"error404", "login"} or any(e.get("id") == "loginform" for e in page.root.iter("form")):
        return Kind.NOTHING
    if marks & {"search", "search-results", "search-no-results"}:
        return Kind.SEARCH
    if marks & {"attachment", "single-attachment"}:
        return Kind.STATIC
    if marks & {"single", "single-post"} or any(mark.startswith("postid-") for mark in marks):
        return Kind.SINGLE
    if "page" in marks and len(posts) < 2:  # noqa: PLR2004
        return Kind.STATIC
    if marks & {"blog", "archive", "paged", "category", "tag", "date", "author"}:
        return Kind.LISTING
    return _untold(page, posts)


def _untold(page: Webpage, posts: list[HtmlElement]) -> Kind:
    """Of another engine, or of a theme that leaves out `body_class`."""
    is_article = (meta(page.root, "og:type") or "").lower() in {"article", "blog"}
    if meta(page.root, "article:published_time") or (is_article and len(posts) == 1):
        return Kind.SINGLE
    if len(posts) > 1:
        return Kind.LISTING
    if not posts:
        return Kind.SINGLE if _reads_as_one(page.root) else Kind.NOTHING
    titled = having(posts[0], TITLES)
    heading = next(elements(posts[0], "h1"), None)
    linked = titled is not None and next(elements(titled, "a"), None) is not None
    return Kind.SINGLE if heading is not None and not linked else Kind.LISTING


def _reads_as_one(root: HtmlElement) -> bool:
    """One heading, and a text that is marked as such."""
    return next(elements(root, "h1"), None) is not None and having(root, BODIES[:-2]) is not None


def _own(page: Webpage, posts: list[HtmlElement]) -> HtmlElement:
    """The post that the page is about; of several those under it are others to go on with."""
    own = {mark.removeprefix("postid-") for mark in page.marks if mark.startswith("postid-")}
    numbered = [post for post in posts if str(number_in(post)) in own]
    titled = [post for post in posts if next(elements(post, "h1"), None) is not None]
    alone = posts if len(posts) == 1 and having(posts[0], BODIES) is not None else []
    for group in (numbered, titled, alone):
        if group:
            return group[0]
    # A block theme marks nothing around the one post: title, text and date stand freely in <main>.
    main = next(elements(page.root, "main"), None)
    return main if main is not None else next(elements(page.root, "body"), page.root)


def _outermost(root: HtmlElement) -> Iterator[HtmlElement]:
    """Every post once: the outermost element that is marked, unless it only holds others."""
    beside: set[HtmlElement] = set()
    taken: set[HtmlElement] = set()
    for element in elements(root):
        above = element.getparent()
        if above is not None and (above in beside or above in taken):
            (beside if above in beside else taken).add(element)
        elif is_beside(element):
            beside.add(element)
        elif is_post(element) and not _holds_others(element):
            taken.add(element)
            yield element


def _holds_others(element: HtmlElement) -> bool:
    """A page whose text is a list of posts, or a theme's `<article>` around all of them."""
    own, others = number_in(element), 0
    for inner in elements(element):
        others += inner is not element and is_post(inner) and (own is None or number_in(inner) != own)
        if others > 1:
            break
    else:
        return False
    title = next(elements(element, "h1", "h2", "h3"), None)
    return title is None or any(is_post(above) for above in _between(title, element))


def _between(inner: HtmlElement, outer: HtmlElement) -> Iterator[HtmlElement]:
    for above in inner.iterancestors():
        if above is outer:
            return
        yield above
