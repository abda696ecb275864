"""What a page says about a post beside its text: title, addresses, author, tags, picture."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from curator.importing.pages.body import widest_first
from curator.importing.pages.finding import TITLES
from curator.importing.pages.webpage import Webpage, classes, elements, having, meta, properties, rels, words
from curator.model import Image
from curator.model.originals import Access
from curator.text import absolute, normalised, one_line

_FEATURED = (
    "post-thumbnail",
    "wp-block-post-featured-image",
    "featured-media",
    "featured-image",
    "entry-thumbnail",
    "post-image",
    "gh-article-image",
    "u-photo",
)
_AUTHORS = (
    "p-author",
    "wp-block-post-author-name",
    "wp-block-post-author__name",
    "author",
    "byline",
    "post-author",
    "entry-author",
)
_CATEGORIES = (
    "cat-links",
    "taxonomy-category",
    "post-categories",
    "entry-categories",
    "categories",
    "category",
)
_TAGS = ("tags-links", "tag-links", "taxonomy-post_tag", "post-tags", "entry-tags", "post-labels", "tags")
_BY = re.compile(
    r"(?:(?:posted|written|published) by|by|scritto da|pubblicato da|di|da|autore:?|author:?)\s+",
    re.IGNORECASE,
)
PROTECTED = re.compile(r"(?:Protetto|Protected|Geschützt|Protégé|Protegido)\s*:\s")
"""What WordPress puts before the title of a post with a password (`protected_title_format`)."""
_LONGEST_NAME = 120
_MOST_TAGS = 100
_ACCESS = {
    "status-private": Access.CLOSED,
    "status-draft": Access.DRAFT,
    "status-pending": Access.DRAFT,
    "status-future": Access.DRAFT,
}


def title_in(post: HtmlElement) -> HtmlElement | None:
    """Where the title stands: where it is marked, else the first heading."""
    marked = having(post, TITLES)
    return marked if marked is not None else next(elements(post, "h1", "h2", "h3"), None)


def permalink_of(post: HtmlElement, page: Webpage, *, title: HtmlElement | None) -> str | None:
    """The post's own address where it is listed; a title may lead elsewhere, to what it is about."""
    host = urlsplit(page.address or "").hostname
    links = list(elements(post, "a"))
    candidates = [
        *(each.get("href") for each in links if "bookmark" in rels(each)),
        *(each.get("href") for each in links if "u-url" in classes(each)),
        *(each.get("href") for each in (elements(title, "a") if title is not None else ())),
        *(above.get("href") for above in (title.iterancestors("a") if title is not None else ())),
        *(each.get("href") for each in elements(post, "link", "a") if "url" in properties(each)),
        *(
            each.get("href")
            for each in links
            if not classes(each).isdisjoint({"more-link", "timestamp-link"})
        ),
        *(each.get("href") for each in links if any(inner.tag == "time" for inner in each)),
    ]
    found = [address for href in candidates if (address := page.link(href))]
    at_home = [address for address in found if urlsplit(address).hostname == host]
    return next(iter(at_home if host else found), None)


def addresses_of(page: Webpage) -> tuple[str, ...]:
    """WordPress's short links to the one post of a page: `https://blog.example/?p=12`."""
    links = (each for each in elements(page.root, "link") if "shortlink" in rels(each))
    return tuple(dict.fromkeys(found for each in links if (found := page.link(each.get("href")))))


def blog_of(page: Webpage) -> str | None:
    """The address of the blog: where its REST answers begin, its link home, else the site of the page."""
    for element in elements(page.root, "link"):
        if "https://api.w.org/" in rels(element) and (found := page.link(element.get("href"))):
            return found.partition("?rest_route=")[0].removesuffix("wp-json/")
    for element in elements(page.root, "link", "a"):
        if "home" in rels(element) and (found := page.link(element.get("href"))):
            return found
    parts = urlsplit(page.address or "")
    return f"{parts.scheme}://{parts.netloc}/" if parts.netloc else None


def author_of(post: HtmlElement, *, body: HtmlElement | None) -> str | None:
    """As the theme prints the name: in the link to their posts, or in the line that begins with “by”."""
    for element in _outside(post, body):
        names = classes(element)
        if ("fn" in names or "author" in rels(element)) and (said := _name(words(element))):
            return said
    for element in _outside(post, body):
        if not (classes(element) | properties(element)).isdisjoint(_AUTHORS):
            inner = next(elements(element, "a"), element)
            if said := _name(words(inner)):
                return said
    return None


def tags_of(post: HtmlElement, *, body: HtmlElement | None) -> tuple[str, ...]:
    """The categories, then the tags, as their links call them (microformats' `rel="tag"`)."""
    found: dict[str, None] = {}
    outside = list(_outside(post, body))
    for kinds in (_CATEGORIES, _TAGS):
        for holder in outside:
            if not classes(holder).isdisjoint(kinds):
                found.update(dict.fromkeys(one_line(words(link)) for link in elements(holder, "a")))
    for link in outside:
        if link.tag == "a" and ("tag" in rels(link) or "p-category" in classes(link)):
            found[one_line(words(link))] = None
    return tuple(each for each in found if each and len(each) <= _LONGEST_NAME)[:_MOST_TAGS]


def access_of(post: HtmlElement) -> Access:
    """A logged-in editor's page shows private posts and previews of drafts, too."""
    return next((access for mark, access in _ACCESS.items() if mark in classes(post)), Access.PUBLIC)


def is_protected(post: HtmlElement) -> bool:
    """Its text is behind a password that is asked for here."""
    return any("post-password-form" in classes(each) for each in elements(post, "form"))


def featured_in(post: HtmlElement, page: Webpage, *, body: HtmlElement | None, title: str) -> Image | None:
    """The picture beside the text. One that links to the post is called as the post is: no words for it."""
    for element in _outside(post, body):
        is_image = element.tag == "img" and "wp-post-image" in classes(element)
        if is_image or not classes(element).isdisjoint(_FEATURED):
            for image in elements(element, "img"):
                if found := _image(image, element, page):
                    named = normalised(found.alt or "") == normalised(title)
                    return replace(found, alt=None) if named else found
    return None


def told_twice(post: HtmlElement, page: Webpage) -> Image | None:
    """Of a theme that does not show a post's picture, though both `post_class` and `og:image` know of one."""
    if "has-post-thumbnail" not in classes(post):
        return None
    url = absolute(meta(page.root, "og:image"), base_url=page.base)
    alt = meta(page.root, "og:image:alt")
    return Image(url=url, alt=alt, named_in="featured") if url else None


def _image(image: HtmlElement, holder: HtmlElement, page: Webpage) -> Image | None:
    """As it was uploaded, or the largest that the theme offers."""
    sets = [image.get(name) or "" for name in ("srcset", "data-srcset", "data-lazy-srcset")]
    stated = [
        image.get("data-orig-file"),
        *(each for srcset in sets for each in widest_first(srcset)),
        image.get("data-src"),
        image.get("data-lazy-src"),
        image.get("src"),
    ]
    url = next((found for each in stated if each and (found := absolute(each, base_url=page.base))), None)
    if url is None:
        return None
    figure = holder if holder.tag == "figure" else next(holder.iterancestors("figure"), holder)
    caption = next(elements(figure, "figcaption"), None)
    return Image(
        url=url,
        alt=one_line(image.get("alt") or "") or None,
        credit=one_line(words(caption)) or None if caption is not None else None,
        named_in="featured",
    )


def _outside(post: HtmlElement, body: HtmlElement | None) -> Iterator[HtmlElement]:
    """What is not the post's own text."""
    within: set[HtmlElement] = set()
    for element in elements(post):
        if element is body or element.getparent() in within:
            within.add(element)
        else:
            yield element


def _name(said: str) -> str | None:
    name = one_line(_BY.sub("", said, count=1) if _BY.match(said) else said).strip(" ,|·•–-")
    return name if 0 < len(name) <= _LONGEST_NAME else None
