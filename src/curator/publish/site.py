"""Where an edition lives: its addresses, its files and its ids, all from the base URL and one key."""

from __future__ import annotations

from dataclasses import dataclass

from curator.model import Copy, Publication
from curator.settings import Edition

ATOM, RSS, JSON_FEED = "feed.atom", "feed.rss", "feed.json"
FEED_TYPES = {
    ATOM: "application/atom+xml",
    RSS: "application/rss+xml",
    JSON_FEED: "application/feed+json",
}
PICTURES = "pictures/"
_EXTENSIONS = {
    "image/avif": ".avif",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
}
INDEX, ARCHIVE, NEWSLETTER = "index.html", "archive/index.html", "newsletter/index.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One edition in public. `authority` is the newsroom's frozen "example.org,2026" (RFC 4151)."""

    edition: Edition
    base_url: str
    authority: str

    @property
    def folder(self) -> str:
        """The default edition lies at the top, the others beneath their key."""
        return "" if self.edition.default else f"{self.edition.key}/"

    @property
    def home_url(self) -> str:
        return f"{self.base_url.rstrip('/')}/{self.folder}"

    def url(self, path: str) -> str:
        return self.home_url + path

    def item_url(self, publication: Publication) -> str:
        return self.url(item_path(publication))

    def picture_url(self, copy: Copy) -> str:
        return self.url(picture_path(copy))

    def issue_url(self, number: int) -> str:
        return self.url(issue_path(number))

    @property
    def feed_id(self) -> str:
        return f"tag:{self.authority}:feed/{self.edition.key}"

    @property
    def tag_scheme(self) -> str:
        return f"tag:{self.authority}:tags/{self.edition.key}"


def issue_path(number: int) -> str:
    return f"newsletter/{number}.html"


def picture_path(copy: Copy) -> str:
    """Told by its bytes: what lies there never changes, and one picture of two items lies there once."""
    return f"{PICTURES}{copy.digest}{_EXTENSIONS[copy.media_type]}"


def item_path(publication: Publication) -> str:
    return f"items/{publication.slug}.html"
