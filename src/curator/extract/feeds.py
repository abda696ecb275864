"""A page → the feeds it names, or seems to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html.parser import HTMLParser
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

from w3lib.encoding import html_to_unicode

from curator.model import FeedLink
from curator.text import absolute, clean_text

_FEED_TYPES = frozenset(
    "application/rss+xml application/atom+xml application/feed+json application/rdf+xml "
    "application/x.atom+xml application/xml text/xml".split()
)
_COMMENTS = re.compile(
    r"\bcomment(?:s|i|aires?|arios?)?\b|\bkommentare?\b|\bcoment[aá]rios?\b", re.IGNORECASE
)
_MARK = re.compile(r"\s(?:»|&raquo;|-|–|—|\||:)\s")
_FEEDLIKE = re.compile(r"feed", re.IGNORECASE)
_LINKED_LIKE_A_FEED = re.compile(
    r"(?:^|/)(?:feeds?|rss|atom|rdf)/?\Z|\.(?:rss|atom|rdf)\Z"
    r"|(?:^|/)(?:rss2?|atom|feed|index|news|blog)[\w-]*\.xml\Z|(?:^|/)feed\.json\Z|/feeds?/[\w-]+(?:/|\.xml)?\Z",
    re.IGNORECASE,
)
_ASKED_LIKE_A_FEED = {"feed": None, "format": "feed", "type": "rss", "alt": "rss", "output": "rss"}
_FEED_HOSTS = re.compile(r"(?:^|\.)(?:feeds?\d?|rss)\.|feedburner\.com\Z|feedpress\.me\Z|feedblitz\.com\Z")
_READERS = re.compile(
    r"feedly\.com|inoreader\.com|newsblur\.com|netvibes\.com|theoldreader\.com|add\.my\.yahoo"
)
_MOST_LINKS = 50
_MOST_LINKED = 5
_LONGEST_TITLE = 200

# Ways that sites keep their feed where nobody names it; WordPress and its kin come first.
_PLACES = ("feed", "rss.xml", "atom.xml", "feed.xml", "index.xml", "feed.json", "rss", "feed/")
_PLACES_AT_THE_TOP = ("blog/feed", "blog/rss.xml", "news/feed", "rss/")
_MOST_PLACES = 16

_CHANNEL = re.compile(r'"(?:channelId|externalId|browseId)"\s*:\s*"(UC[\w-]{22})"')
_YOUTUBE = re.compile(r"(?:^|\.)youtube(?:-nocookie)?\.com\Z")
_YOUTUBE_FEED = "https://www.youtube.com/feeds/videos.xml"


def feed_links(html: bytes, *, content_type: str | None, url: str) -> tuple[FeedLink, ...]:
    """The feeds of a page in its order; those of comments and of other languages are left out.

    What it declares (`<link rel=alternate>`) counts; only where it declares
    nothing, what it links to under the name of a feed.
    """
    _, text = html_to_unicode(content_type, html, default_encoding="utf-8")
    page = _Page()
    page.feed(text)
    page.close()
    base_url = (absolute(page.base, base_url=url) if page.base else None) or url
    return (
        _distinct(_without_comments(_declared(page, base_url=base_url)))[:_MOST_LINKS]
        or _of_youtube(page, text, url=url)
        or _of_mastodon(page, url=url)
        or _distinct(_without_comments(_linked(page, base_url=base_url, url=url)))[:_MOST_LINKED]
    )


def usual_places(url: str) -> tuple[str, ...]:
    """Where the feed of a page may lie that names none: in its folder, then at the top of its site."""
    parts = urlsplit(url)
    top = f"{parts.scheme}://{parts.netloc}/"
    folder = urljoin(url, ".")
    own = folder if url.endswith("/") or "." in parts.path.rsplit("/", 1)[-1] else f"{url.partition('?')[0]}/"
    found = [urljoin(start, place) for start in dict.fromkeys((own, top)) for place in _PLACES]
    found += [urljoin(top, place) for place in _PLACES_AT_THE_TOP]
    return tuple(dict.fromkeys(found))[:_MOST_PLACES]


def feed_key(url: str) -> str:
    """Two addresses of one feed have one key: http or https, with www or without, with a slash or not.

    Not `text.url_key`: what is tracking in the address of a page may choose among feeds.
    """
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    except ValueError:
        return url
    host = (parts.hostname or "").rstrip(".").removeprefix("www.")
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{port}{parts.path.rstrip('/')}{query}"


# ── what a page declares ────────────────────────────────────────────────────


def _declared(page: _Page, *, base_url: str) -> list[FeedLink]:
    found = (_feed_link(attributes, base_url=base_url, language=page.language) for attributes in page.links)
    return [link for link in found if link is not None]


def _feed_link(attributes: dict[str, str], *, base_url: str, language: str) -> FeedLink | None:
    media_type = attributes.get("type", "").split(";")[0].strip().lower()
    address = absolute(_without_feed_scheme(attributes.get("href", "")), base_url=base_url)
    title = _tidy(attributes.get("title", ""))
    if address is None or not _is_feed_type(media_type, title=title, address=address):
        return None
    # The same feed in another language is another site's: the page itself is what somebody asked for.
    other_language = attributes.get("hreflang", "")[:2].lower()
    if other_language not in ("", "x-", language) and language:
        return None
    return FeedLink(url=address, title=title or None, media_type=media_type)


def _is_feed_type(media_type: str, *, title: str, address: str) -> bool:
    # Plain application/json is usually WordPress's REST door to the same page.
    is_json_feed = media_type == "application/json" and bool(_FEEDLIKE.search(f"{title} {address}"))
    return media_type in _FEED_TYPES or is_json_feed


def _without_comments(links: Sequence[FeedLink]) -> list[FeedLink]:
    """A feed is one of comments by its path, or by its title where that is not simply the blog's own name."""
    links = [link for link in links if not _COMMENTS.search(link.url.split("://", 1)[1].partition("/")[2])]
    names = {_blog_name(link.title) for link in links}
    name = names.pop() if len(names) == 1 and len(links) > 1 else ""
    return [link for link in links if not _COMMENTS.search((link.title or "").removeprefix(name))]


def _blog_name(title: str | None) -> str:
    """What stands before the first mark in a title such as "Blog » Feed"; nothing where there is none."""
    marks = list(_MARK.finditer(title or ""))
    return (title or "")[: marks[0].end()] if marks else ""


def _distinct(links: Iterable[FeedLink]) -> tuple[FeedLink, ...]:
    found: dict[str, FeedLink] = {}
    for link in links:
        found.setdefault(feed_key(link.url), link)
    return tuple(found.values())


def _tidy(title: str) -> str:
    return " ".join(clean_text(title).split())[:_LONGEST_TITLE]


def _without_feed_scheme(href: str) -> str:
    """`feed:https://…` and `feed://…`, which some write so that a program opens."""
    bare = href.strip()
    if bare[:5].lower() != "feed:":
        return href
    return f"https:{bare[5:]}" if bare[5:7] == "//" else bare[5:]


# ── what a page only links to ───────────────────────────────────────────────


def _linked(page: _Page, *, base_url: str, url: str) -> list[FeedLink]:
    found = []
    for attributes, said in page.anchors:
        href = _of_a_reader(attributes.get("href", ""))
        address = absolute(_without_feed_scheme(href), base_url=base_url)
        if address is not None and _looks_like_feed(address, attributes, url=url):
            title = _tidy(attributes.get("title", "") or said)
            found.append(FeedLink(url=address, title=title or None, media_type=None, declared=False))
    return found


def _looks_like_feed(address: str, attributes: dict[str, str], *, url: str) -> bool:
    parts, here = urlsplit(address), urlsplit(url)
    host, home = parts.hostname or "", (here.hostname or "").removeprefix("www.")
    at_home = host == home or host.endswith(f".{home}") or home.endswith(f".{host.removeprefix('www.')}")
    if _FEED_HOSTS.search(host) and parts.path.strip("/"):
        return True
    if not at_home:  # somebody else's: a blogroll
        return False
    declared_type = attributes.get("type", "").split(";")[0].strip().lower()
    asked = parse_qs(parts.query)
    return (
        declared_type in _FEED_TYPES - {"text/xml", "application/xml"}
        or attributes.get("href", "").strip().lower().startswith("feed:")
        or bool(_LINKED_LIKE_A_FEED.search(parts.path))
        or any(
            key in asked and (value is None or value in asked[key])
            for key, value in _ASKED_LIKE_A_FEED.items()
        )
    )


def _of_a_reader(href: str) -> str:
    """The feed in an invitation such as "Follow in Feedly"."""
    if not _READERS.search(href):
        return href
    decoded = unquote(href)
    start = max(decoded.rfind("http://"), decoded.rfind("https://"))
    return decoded[start:] if start > 0 else href


# ── two that say it in their own way ────────────────────────────────────────


def _of_youtube(page: _Page, text: str, *, url: str) -> tuple[FeedLink, ...]:
    """A channel's page whose own link is missing (behind a question about cookies, say); or a playlist."""
    parts = urlsplit(url)
    if not _YOUTUBE.search(parts.hostname or ""):
        return ()
    if playlist := parse_qs(parts.query).get("list"):
        return (FeedLink(url=f"{_YOUTUBE_FEED}?playlist_id={playlist[0]}", title=None, media_type=None),)
    stated = [page.metas.get("channelid", ""), *page.canonical, url]
    found = next((m[1] for said in stated if (m := re.search(r"(?:^|/channel/)(UC[\w-]{22})", said))), None)
    if found is None and (said := _CHANNEL.search(text)):
        found = said[1]
    if found is None:
        return ()
    return (FeedLink(url=f"{_YOUTUBE_FEED}?channel_id={found}", title=None, media_type=None),)


def _of_mastodon(page: _Page, *, url: str) -> tuple[FeedLink, ...]:
    """A profile of ActivityPub at `/@name`: Mastodon and its kin serve `/@name.rss`."""
    parts = urlsplit(url)
    profile = re.fullmatch(r"/@[\w.-]+", parts.path)
    speaks = any(
        attributes.get("type", "").startswith("application/activity+json") for attributes in page.links
    )
    if profile is None or not speaks:
        return ()
    return (
        FeedLink(
            url=f"{parts.scheme}://{parts.netloc}{parts.path}.rss",
            title=None,
            media_type="application/rss+xml",
            declared=False,
        ),
    )


class _Page(HTMLParser):
    """Collects what a page says about feeds; a tag inside a comment or script is none."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[dict[str, str]] = []
        self.anchors: list[tuple[dict[str, str], str]] = []
        self.canonical: list[str] = []
        self.metas: dict[str, str] = {}
        self.base: str | None = None
        self.language = ""
        self._in_anchor = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # The first of doubled ones counts.
        attributes = {name: value or "" for name, value in reversed(attrs)}
        rel = set(attributes.get("rel", "").lower().split())
        match tag:
            case "link" if {"alternate", "feed"} & rel:
                self.links.append(attributes)
            case "link" if "canonical" in rel:
                self.canonical.append(attributes.get("href", ""))
            case "a":
                self.anchors.append((attributes, ""))
                self._in_anchor = True
            case "meta" if name := attributes.get("itemprop") or attributes.get("name"):
                self.metas.setdefault(name.lower(), attributes.get("content", ""))
            case "base" if self.base is None and "href" in attributes:
                self.base = attributes["href"]
            case "html" if not self.language:
                self.language = attributes.get("lang", "")[:2].lower()
            case _:
                pass

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._in_anchor = False

    def handle_data(self, data: str) -> None:
        if self._in_anchor:
            attributes, said = self.anchors[-1]
            if len(said) < _LONGEST_TITLE:
                self.anchors[-1] = attributes, said + data
