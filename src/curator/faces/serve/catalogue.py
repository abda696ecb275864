"""One manifest as addresses: what stands at each, what it is, and where else to look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from curator.publish import redirects
from curator.publish.manifest import File, Manifest
from curator.publish.redirects import Lead, location
from curator.publish.site import ATOM, FEED_PAGE, FEED_TYPES, INDEX, JSON_FEED, NEWSLETTER, PICTURES, Line
from curator.redirecting import place_of, places_asked

_HTML = "text/html; charset=utf-8"
TYPES = {
    "atom": FEED_TYPES[ATOM],
    "avif": "image/avif",
    "css": "text/css; charset=utf-8",
    "gif": "image/gif",
    "html": _HTML,
    "jpg": "image/jpeg",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "png": "image/png",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
    "webp": "image/webp",
    "xml": "application/xml",
}


class Kind(StrEnum):
    """As the figures tell them apart, and as headers differ."""

    FEED = "feed"
    ARCHIVE = "archive"  # a document of RFC 5005, not a page
    PAGE = "page"
    LETTER = "letter"  # an issue as a page: its styles are in it, as in the mail
    PICTURE = "picture"
    SEARCH = "search"
    ASSET = "asset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """`preview`: where a browser goes that opens it to be read, from here.

    `feed`: what whoever reads feeds is sent to, where the old blog had its feed at this address.
    """

    path: str
    file: File
    kind: Kind
    media_type: str
    preview: str | None = None
    feed: str | None = None

    @property
    def packable(self) -> bool:
        """Pictures are packed already."""
        return self.kind is not Kind.PICTURE


@dataclass(frozen=True, slots=True)
class Moved:
    """A folder without its last slash. `to` is from here: a proxy may have cut off what is before."""

    to: str


class Catalogue:
    """`prefix`: the path of the public address, "/rassegna" or "". A proxy may hand it on or cut it off.

    `leads`: where old addresses lead, by their places, to addresses below `base`.
    """

    def __init__(
        self,
        manifest: Manifest,
        *,
        prefix: str = "",
        leads: Mapping[str, Lead] | None = None,
        base: str = "/",
    ) -> None:
        self._files: Mapping[str, File] = manifest.files
        self._prefix = prefix
        self._leads = leads or {}
        self._base = base
        self.leads_by_query = any("?" in place for place in self._leads)
        self._found: dict[str, Document | Moved] = {}

    @property
    def published(self) -> bool:
        return any(file.digest for file in self._files.values())

    def at(self, address: str) -> Document | Moved | None:
        found = self._found.get(address)
        if found is None and (found := self._look(address)) is not None:
            self._found[address] = found  # only what is there: nobody can fill the memory with addresses
        return found

    def asked(self, path: str, query: str) -> str | None:
        """Where an old address leads that says in its query which post was meant, whatever is at its path."""
        if not (self.leads_by_query and query):
            return None
        return self._led(place for place in self._places(path, query) if "?" in place)

    def old(self, path: str) -> str | None:
        """Where an old path leads at which nothing of ours is."""
        return self._led(self._places(path, "")) if self._leads else None

    def _places(self, path: str, query: str) -> Iterator[str]:
        yield from places_asked(path, query)
        if self._prefix:  # which a proxy may have cut off
            yield from places_asked(self._prefix + path, query)

    def _led(self, places: Iterable[str]) -> str | None:
        found = next((lead for place in places if (lead := self._leads.get(place))), None)
        return location(found, base_url=self._base) if found else None

    def document(self, path: str) -> Document | None:
        """By its path below the public folder."""
        file = self._files.get(path)
        # What an older program listed has no digest: nobody knows its bytes.
        if file is None or not file.digest or any(part.startswith(".") for part in path.split("/")):
            return None
        if path in redirects.FILES:
            return None  # for web servers
        kind, media_type = kind_of(path)
        return Document(
            path=path,
            file=file,
            kind=kind,
            media_type=media_type,
            preview=self._preview(path, kind),
            feed=self._feed(path),
        )

    def _look(self, address: str) -> Document | Moved | None:
        if self._prefix and (address + "/").startswith(self._prefix + "/"):
            address = address.removeprefix(self._prefix) or self._prefix
        if not address.startswith("/"):
            return None
        path = address[1:]
        if not path or path.endswith("/"):
            return self.document(path + INDEX)
        if (document := self.document(path)) is not None:
            return document
        if address == self._prefix or f"{path}/{INDEX}" in self._files:
            return Moved(f"./{quote(path.rpartition('/')[2])}/")
        return None

    def _feed(self, path: str) -> str | None:
        if not self._leads or not path.endswith(f"/{INDEX}"):
            return None
        place = place_of(f"{self._prefix}/{path.removesuffix(INDEX)}")
        lead = self._leads.get(place) if place else None
        return location(lead, base_url=self._base) if lead and lead.shared else None

    def _preview(self, path: str, kind: Kind) -> str | None:
        folder, name = ("/" + path).rsplit("/", 1)
        if kind is Kind.FEED:
            line = folder.split("/")[-2:-1]
            page = INDEX if line and line[0] in (Line.TAG, Line.LANGUAGE) else FEED_PAGE
        elif kind is Kind.ARCHIVE:
            page = "-".join(name.split(".")[0].split("-")[:2]) + ".html"  # of 2026-03-2.atom, 2026-03.html
        else:
            return None
        there = self._files.get(f"{folder}/{page}"[1:])
        return f"./{page.removesuffix(INDEX)}" if there and not there.gone else None


def kind_of(path: str) -> tuple[Kind, str]:
    """What it is, and its media type."""
    folders, name = path.split("/")[:-1], path.rpartition("/")[2]
    ending = name.rpartition(".")[2]
    folder = folders[-1] if folders else ""
    if name in FEED_TYPES:
        return Kind.FEED, FEED_TYPES[name]
    if folder == "archive" and ending in ("atom", "json"):
        return Kind.ARCHIVE, FEED_TYPES[JSON_FEED] if ending == "json" else TYPES[ending]
    media_type = TYPES.get(ending, "application/octet-stream")
    # Not by the folder alone: a topic or a source may be called "pictures".
    if f"{folder}/" == PICTURES and media_type.startswith("image/"):
        kind = Kind.PICTURE
    elif ending == "html":
        kind = Kind.LETTER if f"{folder}/{INDEX}" == NEWSLETTER and name != INDEX else Kind.PAGE
    elif ending == "json":
        kind = Kind.SEARCH
    else:
        kind = Kind.ASSET
    return kind, media_type
