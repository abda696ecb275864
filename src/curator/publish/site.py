"""Where an edition lives: its addresses, its files and its ids, all from the base URL and one key.

Paths are of the edition's folder, but for those in `SHARED`, which all editions have in common.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from curator.model import Copy, Glance, Lang, Publication
from curator.publish.templating import Templates, house, templates_in
from curator.settings import Edition, Settings
from curator.text import SLUG_LENGTH, slug_of

ATOM, RSS, JSON_FEED = "feed.atom", "feed.rss", "feed.json"
FEED_TYPES = {
    ATOM: "application/atom+xml",
    RSS: "application/rss+xml",
    JSON_FEED: "application/feed+json",
}
FEED_NAMES = {ATOM: "Atom", RSS: "RSS", JSON_FEED: "JSON Feed"}
PICTURES = "pictures/"
_EXTENSIONS = {
    "image/avif": ".avif",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
}
INDEX, ARCHIVE, NEWSLETTER = "index.html", "archive/index.html", "newsletter/index.html"
TAGS, SOURCES, LANGUAGES = "tags/index.html", "sources/index.html", "languages/index.html"
ABOUT, FEED_PAGE, SEARCH = "about/index.html", "feed/index.html", "search/index.html"
SITEMAP = "sitemap.xml"
STYLE, SCRIPT, ICON, ROBOTS, NOT_FOUND = "style.css", "search.js", "icon.svg", "robots.txt", "404.html"
SHARED = frozenset({STYLE, SCRIPT, ICON, ROBOTS, NOT_FOUND})


class Line(StrEnum):
    """What a feed, and the pages beside it, are of."""

    EDITION = "edition"
    TAG = "tags"
    LANGUAGE = "languages"
    SOURCE = "sources"


LISTS = {Line.TAG: TAGS, Line.LANGUAGE: LANGUAGES, Line.SOURCE: SOURCES}
"""Where all channels of a line are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A selection of an edition that readers can follow or leaf through; all of it by default.

    `key` stands in addresses and ids, `name` is for people. A source has pages, but no feeds.
    """

    line: Line = Line.EDITION
    key: str = ""
    name: str = ""

    @property
    def folder(self) -> str:
        return "" if self.line is Line.EDITION else f"{self.line}/{self.key}/"

    def path(self, file: str) -> str:
        """Of one of its own: `ATOM`, `RSS`, `JSON_FEED` or `INDEX`."""
        return self.folder + file

    def page(self, number: int) -> str:
        """Of the `number`th page, counted from the oldest."""
        return f"{self.folder}pages/{number}.html"


WHOLE = Channel()


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One edition in public. `authority` is the newsroom's frozen "example.org,2026" (RFC 4151).

    `others`: the sites of the newsroom's further editions, each without others of its own.
    `public_url`: where `serve` answers whoever wants to subscribe; None: nowhere.
    """

    edition: Edition
    base_url: str
    authority: str
    hubs: tuple[str, ...] = ()
    public_url: str | None = None
    others: tuple[Site, ...] = ()
    templates: Templates = field(default_factory=house, repr=False)

    @property
    def folder(self) -> str:
        """The default edition lies at the top, the others beneath their key."""
        return "" if self.edition.default else f"{self.edition.key}/"

    @property
    def home_url(self) -> str:
        return f"{self.top_url}{self.folder}"

    @property
    def top_url(self) -> str:
        return f"{self.base_url.rstrip('/')}/"

    def file(self, path: str) -> str:
        """Below the public folder."""
        return path if path in SHARED else self.folder + path

    def url(self, path: str) -> str:
        return self.top_url + self.file(path)

    def page_url(self, path: str) -> str:
        """Of a page as links and readers have it: of a folder's index, the folder."""
        return self.url(path).removesuffix("index.html")

    def item_url(self, publication: Publication | Glance) -> str:
        return self.url(item_path(publication))

    def picture_url(self, copy: Copy) -> str:
        return self.url(picture_path(copy))

    def issue_url(self, number: int) -> str:
        return self.url(issue_path(number))

    @property
    def subscribe_url(self) -> str | None:
        """Of the form to get the newsletter."""
        return f"{self.public_url.rstrip('/')}/subscribe/{self.edition.key}" if self.public_url else None

    def channel_id(self, channel: Channel) -> str:
        return f"tag:{self.authority}:feed/{self.edition.key}/{channel.folder}".rstrip("/")

    @property
    def tag_scheme(self) -> str:
        return f"tag:{self.authority}:tags/{self.edition.key}"


def site_of(
    settings: Settings, edition: Edition, *, authority: str = "", templates: Templates | None = None
) -> Site:
    """The edition's site with its siblings. Without an authority it is for addresses only, not for ids.

    `templates`: others than the settings name.
    """
    return _site(settings, edition, authority, templates or templates_of(settings))


def sites_of(settings: Settings, *, authority: str = "") -> list[Site]:
    """Of all editions; what is made for one is made with the templates of all."""
    templates = templates_of(settings)
    return [_site(settings, edition, authority, templates) for edition in settings.editions.values()]


def _site(settings: Settings, edition: Edition, authority: str, templates: Templates) -> Site:
    def made(one: Edition, others: tuple[Site, ...] = ()) -> Site:
        return Site(
            edition=one,
            base_url=settings.publish.base_url,
            authority=authority,
            hubs=settings.publish.hubs,
            public_url=settings.serve.public_url,
            others=others,
            templates=templates,
        )

    return made(edition, tuple(made(each) for each in settings.editions.values() if each.key != edition.key))


def templates_of(settings: Settings) -> Templates:
    folder = settings.newsroom / settings.publish.templates
    return templates_in(folder) if folder.is_dir() else house()


def issue_path(number: int) -> str:
    return f"newsletter/{number}.html"


def picture_path(copy: Copy) -> str:
    """Told by its bytes: what lies there never changes, and one picture of two items lies there once."""
    return f"{PICTURES}{copy.digest}{_EXTENSIONS[copy.media_type]}"


def item_path(publication: Publication | Glance) -> str:
    return f"items/{publication.slug}.html"


# ── months, and what an archive of one is called ──


def month_of(instant: datetime, *, timezone: str) -> str:
    """ "2026-03", where the edition's readers are."""
    return instant.astimezone(ZoneInfo(timezone)).strftime("%Y-%m")


UNDATED_PAGE = "archive/undated.html"


def month_page(month: str) -> str:
    return f"archive/{month}.html"


def archive_path(month: str, part: int, file: str) -> str:
    """Of an archive document (RFC 5005 §4); `file` is `ATOM` or `JSON_FEED`. A busy month has several."""
    return f"archive/{month}{f'-{part}' if part > 1 else ''}.{file.rpartition('.')[2]}"


def search_shard(number: int) -> str:
    """Of the `number`th part of the search index, counted from the oldest."""
    return f"search/{number}.json"


# ── what a topic, a language, a source is called in addresses ──

_ELSEWHERE = re.compile(r"[^\w\s'’.,:;!?()/&-]")


def tag_channel(tag: str) -> Channel:
    """One topic, however it is spelt: "Fedeltà" and "fedelta" are the same to readers."""
    return Channel(line=Line.TAG, key=_key(tag), name=tag)


def language_channel(language: Lang, name: str = "") -> Channel:
    """One language, wherever it is spoken: who follows what is quoted from English wants "en-GB" too."""
    key = language.partition("-")[0].lower()
    return Channel(line=Line.LANGUAGE, key=key, name=name or key)


def source_channel(host: str, name: str) -> Channel:
    ordinary = len(host) <= SLUG_LENGTH and re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", host)
    return Channel(line=Line.SOURCE, key=host if ordinary else _key(host), name=name)


@lru_cache(maxsize=4096)
def _key(words: str) -> str:
    slug = slug_of(words)
    if slug and len(words) <= SLUG_LENGTH and not _ELSEWHERE.search(words):
        return slug
    # "C++" and "C#" are two topics, 顧客 has no letter that an address would keep, and what is too long
    # for a folder's name may differ at its end.
    return f"{slug}-{hashlib.sha256(words.casefold().encode()).hexdigest()[:8]}".lstrip("-")
