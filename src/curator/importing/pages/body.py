"""A post's own text as a browser would show it: pictures that come late in their places, no furniture."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterator
from copy import deepcopy
from urllib.parse import urlsplit

from lxml.html import HtmlElement, tostring

from curator.importing.pages.marks import PAGE_LINKS, is_furniture
from curator.importing.pages.webpage import Webpage, classes, elements, rels, words
from curator.text import absolute

_UNSEEN = (
    "script",
    "style",
    "form",
    "button",
    "input",
    "select",
    "textarea",
    "template",
    "link",
    "meta",
    "ins",
)
_META = frozenset(
    "entry-header entry-footer entry-meta post-meta entry-info post-info byline posted-on cat-links "
    "tags-links tag-links post-categories post-tags entry-date post-date post-thumbnail"
    " wp-block-post-featured-image "
    "wp-block-post-date wp-block-post-terms wp-block-post-author wp-block-post-author-name post-header "
    "post-footer gh-article-header".split()
)
_PLACEHOLDER = re.compile(
    r"^data:|(?:^|[/_-])(?:blank|placeholder|spacer|pixel|transparent|lazy|loading|1x1)\b[^/]*\.(?:gif|png|svg)",
    re.IGNORECASE,
)
_LATE = (
    "data-orig-file",  # Jetpack: the picture as it was uploaded
    "data-large-file",
    "data-src",
    "data-lazy-src",
    "data-original",
    "data-lazy",
    "data-img-src",
)
_LATE_SETS = ("srcset", "data-srcset", "data-lazy-srcset")
# Where browsers put the pictures of a page that they save whole.
_SAVED_BESIDE = re.compile(
    r"^(?!https?:|//).{0,600}_(?:files|file|Dateien|fichiers|archivos)/[^/]+$", re.IGNORECASE
)
_ADDRESSED = {"a": "href", "img": "src", "iframe": "src", "video": "src", "audio": "src", "source": "src"}
_MORE = frozenset(
    "more-link read-more readmore excerpt-read-more wp-block-read-more"
    " wp-block-post-excerpt__more-link".split()
)
_CUT_OFF = re.compile(r"\[\s*(?:…|\.\.\.)\s*\]$")


def shown(text: HtmlElement, page: Webpage) -> HtmlElement:
    """A copy of the text with true addresses and without what is not the author's."""
    copy: HtmlElement = deepcopy(text)
    copy.tail = None
    for element in list(elements(copy)):
        if element is not copy and (element.tag in _UNSEEN or is_furniture(element) or _pages_on(element)):
            _drop(element)
    for element in list(elements(copy, "img", "iframe")):
        _bring(element, page)
    for element in list(elements(copy, "noscript")):
        element.drop_tree() if _stands_in(element) else element.drop_tag()
    for element in elements(copy, *_ADDRESSED):
        name = _ADDRESSED[str(element.tag)]
        href = element.get(name)
        if href and not href.startswith("#") and (found := absolute(href, base_url=page.base)):
            element.set(name, found)
    return copy


def inner_html(element: HtmlElement) -> str:
    """What stands in it, as markup."""
    parts = [entities.escape(element.text or "", quote=False)]
    parts += (tostring(child, encoding="unicode") for child in element)
    return "".join(parts).strip()


def outer_html(element: HtmlElement) -> str:
    return str(tostring(element, encoding="unicode", with_tail=False)).strip()


def without_meta(post: HtmlElement, *, title: HtmlElement | None) -> HtmlElement:
    """Of a theme that marks no text as such: the post without its title, date and lists of terms.

    `title` must be an element of `post`.
    """
    place = None if title is None else list(post.iter()).index(title)
    copy: HtmlElement = deepcopy(post)
    named = None if place is None else list(copy.iter())[place]
    for element in list(elements(copy)):
        meta = element.tag in {"time", "header", "footer"} or not _META.isdisjoint(classes(element))
        if element is not copy and (meta or element is named):
            _drop(element)
    return copy


def goes_on(post: HtmlElement, *, permalink: str | None, read_more: tuple[str, ...], page: Webpage) -> bool:
    """Whether only the beginning stands here: a line that leads to the rest, or WordPress's cut."""
    for link in elements(post, "a"):
        href = link.get("href") or ""
        if not _MORE.isdisjoint(classes(link)) or "#more-" in href:
            return True
        if permalink and page.link(href) == permalink and "bookmark" not in rels(link):
            said = words(link).casefold()
            if any(said.startswith(each.casefold()) for each in read_more):
                return True
    return False


def is_cut_off(text: HtmlElement, *, of: HtmlElement) -> bool:
    """`[…]`: WordPress made an excerpt by itself. Or the post goes on, on pages of its own."""
    return bool(_CUT_OFF.search(words(text))) or any(_pages_on(each) for each in elements(of))


def is_automatic(text: HtmlElement) -> bool:
    """WordPress's own excerpt: 55 words in one paragraph, with no border of a note or quotation left.

    The author's cut (`<!--more-->`) leaves paragraphs, and its link leads to `#more-12`.
    """
    links = [each for each in elements(text, "a") if not _MORE.isdisjoint(classes(each))]
    if any("#more-" in (each.get("href") or "") for each in links):
        return False
    blocks = [each for each in elements(text, "p", "li", "blockquote", "figure", "h2", "h3") if words(each)]
    said = words(text)
    for link in links:
        said = said.removesuffix(words(link)).rstrip()
    return len(blocks) <= 1 and said.endswith(("…", "...", "[…]", "[...]"))


def _pages_on(element: HtmlElement) -> bool:
    return not PAGE_LINKS.isdisjoint(classes(element)) and element.tag != "a"


def _bring(element: HtmlElement, page: Webpage) -> None:
    """Put the true address where a script would; where there is none left, say which file it was."""
    src = element.get("src") or ""
    if src and not _PLACEHOLDER.search(src) and not _SAVED_BESIDE.match(src):
        return
    true = next((found for each in _late(element) if (found := absolute(each, base_url=page.base))), None)
    if true:
        element.set("src", true)
    elif src:
        element.attrib.pop("src")
        if _SAVED_BESIDE.match(src):
            element.set("data-file", urlsplit(src).path.rsplit("/", 1)[-1])


def _late(element: HtmlElement) -> Iterator[str]:
    for name in _LATE:
        stated = element.get(name) or ""
        if stated and not _PLACEHOLDER.search(stated) and not _SAVED_BESIDE.match(stated):
            yield stated
    for name in _LATE_SETS:
        yield from widest_first(element.get(name) or "")
    following = element.getnext()
    if following is not None and following.tag == "noscript":
        yield from (each.get("src") or "" for each in elements(following, str(element.tag)))


def widest_first(srcset: str) -> list[str]:
    """The addresses of a `srcset`, the largest picture first."""
    sized: list[tuple[float, str]] = []
    for candidate in re.split(r",\s+", srcset.strip()):
        address, _, size = candidate.strip().rstrip(",").partition(" ")
        if address and not address.startswith("data:") and not _SAVED_BESIDE.match(address):
            found = re.search(r"\d{1,9}(?:\.\d{1,9})?", size)
            sized.append((float(found[0]) if found else 0.0, address))
    return [address for _, address in sorted(sized, key=lambda each: -each[0])]


def _stands_in(noscript: HtmlElement) -> bool:
    """For the picture before it, for browsers without scripts."""
    before = noscript.getprevious()
    return before is not None and before.tag in {"img", "iframe", "picture"}


def _drop(element: HtmlElement) -> None:
    if element.getparent() is not None:
        element.drop_tree()
