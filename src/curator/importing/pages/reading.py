"""One saved page → its posts as it says them."""

from __future__ import annotations

import hashlib
from copy import deepcopy
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from lxml.html import HtmlElement

from curator.extract.stating import StatedFacts, stated_facts
from curator.importing.house import House
from curator.importing.pages import body as texts
from curator.importing.pages import telling
from curator.importing.pages.dates import dates_of
from curator.importing.pages.finding import BODIES, SUMMARIES, Kind, found_on
from curator.importing.pages.marks import is_beside, is_post, number_in
from curator.importing.pages.older import older_of
from curator.importing.pages.webpage import (
    MAX_MARKUP,
    TooLarge,
    Webpage,
    classes,
    elements,
    having,
    meta,
    opened,
    words,
)
from curator.model import LeftOut, Original, Problem
from curator.model.originals import Form
from curator.text import language_tag, safe_url

_NO_POSTS = {
    Kind.NOTHING: "import_page_without_posts",
    Kind.SEARCH: "import_page_search",
    Kind.STATIC: "import_page_static",
}


_EXCERPT_ONLY = Problem(code="import_excerpt_only", field="excerpt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What stands on a page, and where the page says that older posts are."""

    originals: tuple[Original | LeftOut, ...]
    older_url: str | None = None


def read(page: bytes, *, content_type: str | None, url: str | None, place: str, house: House) -> Read:
    """The posts of one page, in its order. `url`: where it was got from, where that is known.

    What is no post (search results, pages of the site, comments, sidebars) is left out, and said where it
    is all there is. Never raises for what a page holds.
    """
    try:
        tree = opened(page, content_type=content_type, url=url)
    except TooLarge:
        return _nothing(place, "import_page_too_large", most=MAX_MARKUP // 1024 // 1024)
    if tree is None:
        return _nothing(place, "import_page_without_posts")
    found = found_on(tree)
    if found.kind in _NO_POSTS:
        return _nothing(place, _NO_POSTS[found.kind])
    single = found.kind is Kind.SINGLE
    several, blog = len(found.posts) > 1, telling.blog_of(tree)
    each_told = (
        _told(
            _pruned(post, tree),
            tree,
            house,
            place=f"{place}#{n}" if several else place,
            single=single,
            blog=blog,
        )
        for n, post in enumerate(found.posts, start=1)
    )
    posts = tuple(told for told in each_told if _says_something(told))
    nothing = () if posts else _nothing(place, "import_page_without_posts").originals
    return Read(originals=posts or nothing, older_url=None if single else older_of(tree))


def settled(told: Original) -> Original | LeftOut:
    """What an original is where nothing else is known of its post.

    Of an excerpt that WordPress made by itself nobody can tell any more what was note and what quotation:
    it leads to the post, and is none.
    """
    if any(each.code == _EXCERPT_ONLY.code for each in told.problems):
        return LeftOut(
            place=told.place,
            code=_EXCERPT_ONLY.code,
            data={"title": told.title, "url": told.permalink},
        )
    return told


def _nothing(place: str, code: str, **data: object) -> Read:
    return Read(originals=(LeftOut(place=place, code=code, data=data),))


def _says_something(told: Original | LeftOut) -> bool:
    """An `<article>` of nothing but a picture or a link is a theme's ornament."""
    return isinstance(told, LeftOut) or bool(told.title and (told.html or told.permalink))


def _pruned(post: HtmlElement, page: Webpage) -> HtmlElement:
    """Without comments, other posts and sidebars: their dates, names and links are not the post's."""
    own = number_in(post) or _number(page)
    copy: HtmlElement = deepcopy(post)
    copy.tail = None
    for element in list(elements(copy)):
        other = is_beside(element) or (is_post(element) and number_in(element) not in {None, own})
        if element is not copy and other and element.getparent() is not None:
            element.drop_tree()
    return copy


def _told(
    post: HtmlElement, page: Webpage, house: House, *, place: str, single: bool, blog: str | None
) -> Original | LeftOut:
    if not classes(post).isdisjoint({"type-page", "type-attachment"}):
        return LeftOut(place=place, code="import_page_static")
    title = telling.title_in(post)
    if telling.is_protected(post):
        return LeftOut(place=place, code="import_page_protected", data={"title": _line(title)})
    text, is_summary = _text(post)
    permalink = _permalink(post, page, title=title, single=single)
    shown = texts.shown(texts.without_meta(post, title=title) if text is None else text, page)
    html = texts.inner_html(shown)
    begins = is_summary or texts.goes_on(post, permalink=permalink, read_more=house.read_more, page=page)
    whole = (single or not begins) and not texts.is_cut_off(shown, of=post)
    facts = stated_facts(page.root) if single else StatedFacts()
    language = language_tag(post.get("lang") or page.root.get("lang") or page.root.get("xml:lang"))
    dates = dates_of(
        post,
        body=text,
        published=_stated(page, facts, "datePublished", "article:published_time") if single else [],
        updated=_stated(page, facts, "dateModified", "article:modified_time") if single else [],
        permalink=permalink,
        language=language or house.language,
        zone=house.zone,
    )
    automatic = not single and text is not None and (is_summary or texts.is_automatic(shown))
    headline = _line(title) or facts.title or ""
    if automatic and telling.PROTECTED.match(headline):
        return LeftOut(place=place, code="import_page_protected", data={"title": headline})
    featured = telling.featured_in(post, page, body=text, title=headline)
    return Original(
        form=Form.PAGE,
        key=_key(permalink, headline, html, whole=whole),
        place=place,
        title=headline,
        html=html,
        raw=texts.outer_html(texts.shown(post, page)),
        permalink=permalink,
        addresses=telling.addresses_of(page) if single else (),
        blog=blog,
        number=number_in(post) or (_number(page) if single else None),
        published=dates.published,
        updated=dates.updated,
        access=telling.access_of(post),
        author=telling.author_of(post, body=text) or next(iter(facts.authors), None),
        tags=telling.tags_of(post, body=text),
        language=language,
        image=featured or (telling.told_twice(post, page) if single else None),
        whole=whole,
        problems=(*dates.problems, *((_EXCERPT_ONLY,) if automatic else ())),
    )


def _text(post: HtmlElement) -> tuple[HtmlElement | None, bool]:
    """The element with the post's text, and whether that is only a summary of it."""
    whole = having(post, BODIES)
    if whole is not None:
        return whole, False
    summary = having(post, SUMMARIES)
    return summary, summary is not None


def _permalink(post: HtmlElement, page: Webpage, *, title: HtmlElement | None, single: bool) -> str | None:
    if not single:
        return telling.permalink_of(post, page, title=title)
    # A plugin may call the page canonical where the text came from, on another site.
    host = urlsplit(page.address or "").hostname
    stated = (page.canonical, safe_url(meta(page.root, "og:url")), page.address)
    found = [page.link(each) for each in stated if each]
    return next((each for each in found if each and _is_posts(urlsplit(each), host)), None)


def _is_posts(address: SplitResult, host: str | None) -> bool:
    """Some plugin calls the blog's front canonical of all."""
    return address.hostname == host and bool(address.path.strip("/") or address.query)


def _number(page: Webpage) -> int | None:
    marks = (mark.removeprefix("postid-") for mark in page.marks if mark.startswith("postid-"))
    return next((int(each) for each in marks if each.isdecimal() and len(each) <= 18), None)  # noqa: PLR2004 64 bits


def _key(permalink: str | None, title: str, html: str, *, whole: bool) -> str:
    """A teaser and the whole text are two originals of one post; by its address, else by its own words."""
    what = permalink or hashlib.sha256(f"{title}\n{html}".encode()).hexdigest()
    return f"page {what}" if whole else f"page {what} teaser"


def _line(title: HtmlElement | None) -> str:
    return words(title) if title is not None else ""


def _stated(page: Webpage, facts: StatedFacts, in_data: str, in_meta: str) -> list[str]:
    """What the page says for machines of the one post on it, in JSON-LD and in `<meta>`."""
    return [each for each in (facts.own.get(in_data), meta(page.root, in_meta)) if isinstance(each, str)]
