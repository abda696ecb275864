"""A page → the feeds it names."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from w3lib.encoding import html_to_unicode

from curator.model import FeedLink
from curator.text import absolute, clean_text, url_key

_FEED_TYPES = frozenset(
    "application/rss+xml application/atom+xml application/feed+json application/rdf+xml "
    "application/x.atom+xml application/xml text/xml".split()
)
_COMMENTS = re.compile(
    r"\bcomment(?:s|i|aires?|arios?)?\b|\bkommentare?\b|\bcoment[aá]rios?\b", re.IGNORECASE
)
_FEEDLIKE = re.compile(r"feed", re.IGNORECASE)
_MOST_LINKS = 50
_LONGEST_TITLE = 200


def feed_links(html: bytes, *, content_type: str | None, url: str) -> tuple[FeedLink, ...]:
    """The feeds behind `<link rel=alternate>`, in the page's order; feeds of comments are left out."""
    _, text = html_to_unicode(content_type, html, default_encoding="utf-8")
    page = _Page()
    page.feed(text)
    page.close()
    base_url = absolute(page.base, base_url=url) if page.base else None
    found: dict[str, FeedLink] = {}
    for attributes in page.links:
        link = _feed_link(attributes, base_url=base_url or url, language=page.language)
        if link is not None:
            found.setdefault(url_key(link.url) or link.url, link)
    return tuple(found.values())[:_MOST_LINKS]


def _feed_link(attributes: dict[str, str], *, base_url: str, language: str) -> FeedLink | None:
    media_type = attributes.get("type", "").split(";")[0].strip().lower()
    address = absolute(attributes.get("href"), base_url=base_url)
    title = " ".join(clean_text(attributes.get("title", "")).split())[:_LONGEST_TITLE]
    if address is None or not _is_feed_type(media_type, title=title, address=address):
        return None
    # The same feed in another language is another site's: the page itself is what somebody asked for.
    other_language = attributes.get("hreflang", "")[:2].lower()
    if other_language and language and other_language != language:
        return None
    if _COMMENTS.search(title) or _COMMENTS.search(address.split("://", 1)[1].partition("/")[2]):
        return None
    return FeedLink(url=address, title=title or None, media_type=media_type)


def _is_feed_type(media_type: str, *, title: str, address: str) -> bool:
    # Plain application/json is usually WordPress's REST door to the same page.
    is_json_feed = media_type == "application/json" and bool(_FEEDLIKE.search(f"{title} {address}"))
    return media_type in _FEED_TYPES or is_json_feed


class _Page(HTMLParser):
    """Collects what a page says about feeds; a tag inside a comment or script is none."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[dict[str, str]] = []
        self.base: str | None = None
        self.language = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {
            name: value or "" for name, value in reversed(attrs)
        }  # the first of doubled ones counts
        match tag:
            case "link" if {"alternate", "feed"} & set(attributes.get("rel", "").lower().split()):
                self.links.append(attributes)
            case "base" if self.base is None and "href" in attributes:
                self.base = attributes["href"]
            case "html" if not self.language:
                self.language = attributes.get("lang", "")[:2].lower()
            case _:
                pass
