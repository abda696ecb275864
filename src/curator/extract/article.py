"""A page → the article on it, or why there is none to quote from. Pure; alone knows trafilatura.

Reader processes alone import this: trafilatura takes half a second to load.
It tells text from furniture. What it must not decide is here: which
pages are no article, and what leaves this house (cleaned HTML, absolute addresses).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import trafilatura
from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring, fragment_fromstring, tostring
from w3lib.encoding import html_to_unicode

from curator.extract.bylines import names_in, signed
from curator.extract.pictures import named_pictures
from curator.extract.refusing import why_refused
from curator.extract.stating import StatedFacts, stated_facts
from curator.model import Article, Image, Lang, SafeHtml, Unreadable
from curator.text import absolute, clean, clean_text, language_tag, normalised, plain

if TYPE_CHECKING:
    from trafilatura.settings import Document

MAX_BYTES = 6 * 1024 * 1024  # of a page; what is more is pictures written into it
MAX_PAGE_TEXT = 1_000_000  # characters: trafilatura takes 5 s for them
MAX_TEXT = 400_000  # characters of an article: a long book chapter
_MOST_AUTHORS = 10
_LAZY = ("data-src", "data-lazy-src", "data-original")
_LONGEST_TITLE = 500
# The picture that stands in for any page of a site says nothing about this one.
_ANY_PICTURE = re.compile(
    r"logo|default|placeholder|fallback|og[-_]?image|share|social|avatar", re.IGNORECASE
)

Picturing = Callable[[Sequence[Image], SafeHtml], Image | None]
"""How the house chooses a picture: from those a source names and those a text shows."""


def article_of(
    body: bytes, *, content_type: str | None, url: str, picture_of: Picturing, was_let_in: bool = False
) -> Article | Unreadable:
    """The article of this page. `url` is where it was found, after all redirects."""
    if (unusable := _unusable(body, content_type)) is not None:
        return unusable
    tree = _tree(_decoded(body, content_type))
    if tree is None:
        return Unreadable(code="read_article_missing", data={"words": 0})
    if (characters := len(tree.text_content())) > MAX_PAGE_TEXT:
        return _too_large(characters, MAX_PAGE_TEXT)
    said = stated_facts(tree)
    base_url = _base(tree, url)
    found = _extracted(_with_addresses(tree, base_url=base_url), url=url)
    html = _tidied(clean(found.html, base_url=base_url), title=found.title) if found else SafeHtml("")
    refused = why_refused(tree, said, text=plain(html), url=url)
    if refused and not (was_let_in and found and refused.code == "read_article_restricted"):
        return refused
    if len(html) > MAX_TEXT:
        return _too_large(len(html), MAX_TEXT)
    assert found is not None  # noqa: S101  no text is refused above
    return Article(
        url=_own_address(tree, url),
        title=_title(found.title, said),
        html=html,
        authors=said.authors or tuple(_authors(found.author)) or signed(_first_lines(html)),
        language=_language(tree),
        published=said.published or _day(found.date),
        image=_picture(tree, said, found.image, html, url=url, picture_of=picture_of),
        license=_license(tree, url) or said.license,
        publisher=said.publisher,
        opt_outs=said.opt_outs,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Extracted:
    html: str
    title: str | None
    author: str | None
    date: str | None
    image: str | None


def _extracted(tree: HtmlElement, *, url: str) -> _Extracted | None:
    document: Document | None = trafilatura.extract_with_metadata(
        tree,
        url=url,
        output_format="html",
        include_images=True,
        include_links=True,
        include_formatting=True,
        include_comments=False,
    )
    if document is None or not document.text:
        return None
    return _Extracted(
        html=document.text,
        title=document.title,
        author=document.author,
        date=document.date,
        image=document.image,
    )


def _unusable(body: bytes, content_type: str | None) -> Unreadable | None:
    if not _is_page(body, content_type):
        return Unreadable(code="read_not_a_page", data={"found": (content_type or "").split(";")[0].strip()})
    return _too_large(len(body), MAX_BYTES) if len(body) > MAX_BYTES else None


def _too_large(size: int, limit: int) -> Unreadable:
    return Unreadable(code="read_page_too_large", data={"bytes": size, "limit": limit})


def _is_page(body: bytes, content_type: str | None) -> bool:
    kind = (content_type or "").split(";")[0].strip().lower()
    if kind in {"text/html", "application/xhtml+xml"}:
        return True
    start = body[:2000].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").lower()
    return kind in {"", "text/plain", "application/octet-stream", "application/xml", "text/xml"} and (
        start.startswith((b"<!doctype html", b"<html")) or b"<html" in start
    )


def _decoded(body: bytes, content_type: str | None) -> str:
    """As browsers do (BOM, header, <meta>), and else UTF-8 if it can be that."""
    return html_to_unicode(content_type, body, auto_detect_fun=_undeclared)[1]


def _undeclared(body: bytes) -> str:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _tree(markup: str) -> HtmlElement | None:
    try:
        # As bytes of a known encoding: lxml refuses a string that declares one.
        return document_fromstring(
            clean_text(markup).encode(), parser=HTMLParser(encoding="utf-8", remove_comments=True)
        )
    except (etree.LxmlError, ValueError):  # nothing in it
        return None


def _with_addresses(tree: HtmlElement, *, base_url: str) -> HtmlElement:
    """With addresses absolute: trafilatura takes `../x` for `/x`. Without pictures that show nothing."""
    tree = deepcopy(tree)
    for link in tree.iter("a"):
        address = absolute(link.get("href"), base_url=base_url)
        link.attrib.pop("href", None)
        if address is not None:
            link.set("href", address)
    for image in list(tree.iter("img")):
        stated = next((said for name in (*_LAZY, "src") if (said := image.get(name))), None)
        address = absolute(stated, base_url=base_url)
        for name in (*_LAZY, "srcset"):
            image.attrib.pop(name, None)
        if address is None or any(
            (image.get(side) or "").strip() in {"0", "1"} for side in ("width", "height")
        ):
            image.drop_tree()
        else:
            image.set("src", address)
    return tree


def _base(tree: HtmlElement, url: str) -> str:
    return next((a for b in tree.iter("base") if (a := absolute(b.get("href"), base_url=url))), url)


def _tidied(html: SafeHtml, *, title: str | None) -> SafeHtml:
    """Without the title said again on top, and without a table that only laid the page out."""
    if not html.strip():
        return html
    root = fragment_fromstring(html, create_parent="div")
    for table in list(root.iter("table")):
        cells = list(table.iter("td", "th"))
        if len(cells) == 1:
            table.tag = "div"
            for part in [*table.iterdescendants("tbody", "tr", "td", "th")]:
                part.drop_tag()
    for element in root.iter():
        _unindent(element)
    for heading in list(root.iter("h1", "h2", "p", "img"))[:1]:
        if heading.tag in {"h1", "h2"} and normalised(heading.text_content()) == normalised(title or ""):
            heading.drop_tree()
    inside = tostring(root, encoding="unicode")
    return clean(inside.removeprefix("<div>").removesuffix("</div>"), base_url=None)


def _unindent(element: HtmlElement) -> None:
    """Take away the white space that only shows the structure to people who read markup."""
    if element.tag in _HOLDERS and not (element.text or "").strip():
        element.text = None
    if element.tag in _HOLDERS | _HELD and not (element.tail or "").strip():
        element.tail = None


_HOLDERS = frozenset("div ul ol dl table thead tbody tr blockquote figure".split())
_HELD = frozenset("p h1 h2 h3 h4 h5 h6 li dt dd td th pre hr img".split())


def _own_address(tree: HtmlElement, url: str) -> str:
    """`rel=canonical`, where it is of the same site: no page may speak for another's address."""
    for link in tree.iter("link"):
        stated = absolute(link.get("href"), base_url=url)
        if stated and "canonical" in (link.get("rel") or "").lower().split() and _site(stated) == _site(url):
            return stated
    return url


def _site(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _language(tree: HtmlElement) -> Lang | None:
    stated = (
        tree.get("lang"),
        tree.get("xml:lang"),
        _meta(tree, "content-language"),
        _meta(tree, "og:locale"),
    )
    return next((tag for each in stated if (tag := language_tag(each))), None)


def _title(found: str | None, said: StatedFacts) -> str | None:
    """Without the name of the site, which many put behind it."""
    title = _line(found, _LONGEST_TITLE) or said.title or ""
    bare, sign, site = title.rpartition(next((sign for sign in _BEFORE_SITE if sign in title), "\0"))
    is_site = bool(sign) and normalised(site) == normalised(said.publisher or "")
    return (bare.strip() if is_site else title) or None


_BEFORE_SITE = (" | ", " – ", " — ", " - ", " · ", " « ", " » ")


def _authors(stated: str | None) -> Iterator[str]:
    names = dict.fromkeys(name for each in (stated or "").split(";") for name in names_in(each))
    yield from islice(names, _MOST_AUTHORS)


def _first_lines(html: SafeHtml) -> list[str]:
    lines = plain(html).splitlines()
    return [line.strip() for line in lines if line.strip()][:3]


def _day(stated: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(stated or "").replace(tzinfo=UTC)
    except ValueError:
        return None


def _picture(
    tree: HtmlElement,
    said: StatedFacts,
    stated: str | None,
    html: SafeHtml,
    *,
    url: str,
    picture_of: Picturing,
) -> Image | None:
    """The one the page names for itself, else the first in its text, else the site's own."""
    figures = "".join(tostring(each, encoding="unicode") for each in _figures(tree))
    shown = SafeHtml(clean(figures, base_url=_base(tree, url)) + html)
    named = named_pictures(tree, said.own, said.by_id, stated=stated, url=url)
    own = [image for image in named if not _ANY_PICTURE.search(urlsplit(image.url).path)]
    if own or not named:
        return picture_of(own, shown)
    return picture_of((), html) or picture_of(named, shown)


def _figures(tree: HtmlElement) -> list[HtmlElement]:
    """Pictures with their captions, which trafilatura leaves out; a caption is where a credit stands."""
    around = {"aside", "nav", "footer"}
    return [f for f in tree.iter("figure") if not any(a.tag in around for a in f.iterancestors())][:20]


def _license(tree: HtmlElement, url: str) -> str | None:
    for link in tree.iter("link", "a"):
        if "license" in (link.get("rel") or "").lower().split():
            return absolute(link.get("href"), base_url=url)
    return None


def _meta(tree: HtmlElement, name: str) -> str | None:
    for meta in tree.iter("meta"):
        if name in (each.lower() for key in ("property", "name", "http-equiv") if (each := meta.get(key))):
            return _line(meta.get("content"), _LONGEST_TITLE) or None
    return None


def _line(words: Any, longest: int) -> str:
    return " ".join(clean_text(str(words or "")).split())[:longest]
