"""What was published: feeds, pages, pictures, and nothing that the manifest does not name.

Every answer is of one state: the manifest is looked at before each, and bytes
go out only when they are those that it names (see `Shelf`).
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import formatdate
from urllib.parse import quote, urlsplit

from starlette.types import Scope

from curator.errors import CuratorError
from curator.faces.serve import negotiating
from curator.faces.serve.answers import SAFE, Answer, Header, Representation
from curator.faces.serve.catalogue import Catalogue, Document, Kind, Moved
from curator.faces.serve.figures import Figures
from curator.faces.serve.guard import log
from curator.faces.serve.negotiating import IDENTITY
from curator.faces.serve.shelf import Shelf
from curator.publish import pages, redirects
from curator.publish.manifest import MANIFEST, Manifest, content, load
from curator.publish.redirects import Lead
from curator.publish.site import NOT_FOUND
from curator.settings import Settings

TRIES = 8
"""At one document, while publishes follow each other."""

_FOR_EVER = 365 * 24 * 3600
_HIDDEN = re.compile(rb"%(?:2f|5c|00)", re.IGNORECASE)
_POLICY = b"content-security-policy"
_UNFRAMED = "; frame-ancestors 'none'"  # which a page cannot say of itself
PAGES_POLICY = pages.POLICY + _UNFRAMED
_POLICIES = {
    Kind.PAGE: PAGES_POLICY.encode(),
    Kind.LETTER: (pages.LETTER_POLICY + _UNFRAMED).encode(),
}
_NOTHING_RUNS = b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"  # an icon has styles
_FEEDS = (Kind.FEED, Kind.ARCHIVE)
_OPEN = (Kind.FEED, Kind.ARCHIVE, Kind.SEARCH)
"""What programs on other sites may read (CORS)."""
_ANY_ORIGIN = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Link"),
)
_PREFLIGHT = (
    *_ANY_ORIGIN,
    (b"access-control-allow-methods", b"GET, HEAD"),
    (b"access-control-allow-headers", b"If-None-Match, If-Modified-Since"),
    (b"access-control-max-age", b"86400"),
)
_METHODS = (b"allow", b"GET, HEAD, OPTIONS")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an answer waits for: one form of a document, or the manifest that has just been swapped."""

    document: Document | None = None
    coding: str = IDENTITY


_MANIFEST_WANTED = Wanted()


class Outputs:
    def __init__(self, settings: Settings, *, figures: Figures, clock: Callable[[], datetime]) -> None:
        self._directory = settings.newsroom / settings.publish.directory
        self._place = str(self._directory / MANIFEST)
        self._base = settings.publish.base_url.rstrip("/") + "/"
        self._prefix = urlsplit(self._base).path.rstrip("/")
        self._hubs = settings.publish.hubs
        self._max_age = settings.serve.max_age
        self._figures = figures
        self._clock = clock
        self._shelf = Shelf(self._directory, dress=self._dress, figures=figures)
        self._catalogue = Catalogue(Manifest(files={}), prefix=self._prefix)
        self._missed: set[str] = set()
        self._stamp: tuple[int, ...] | None = None
        self._loading: asyncio.Task[None] | None = None

    def at_hand(self, method: str, path: str, fields: Mapping[bytes, bytes]) -> Answer | Wanted | None:
        """The answer, without waiting for anything. None: nothing of ours is there."""
        if _stamp(self._place) != self._stamp:
            return _MANIFEST_WANTED
        found = self._catalogue.at(path)
        if found is None:
            return self._nothing_yet(path)
        if isinstance(found, Moved):
            return Answer.said(308, b"", (b"location", found.to.encode()), self._fresh(Kind.PAGE))
        if method not in ("GET", "HEAD"):
            return _another_method(found, method)
        return self._of(found, fields, method)

    async def answer(self, scope: Scope) -> Answer | None:
        if _HIDDEN.search(scope["raw_path"]):
            return None
        if _stamp(self._place) != self._stamp:
            await self._renew()
        read = scope["method"] in ("GET", "HEAD")
        path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
        if read and (to := self._catalogue.asked(path, query)):
            return self._led(to)
        answer = await self._answer(scope)
        if answer is None and read and (to := self._catalogue.old(path)):
            return self._led(to)
        return answer

    def may_lead(self, query: bytes) -> bool:
        """Whether what is asked may say which old post was meant."""
        return bool(query) and self._catalogue.leads_by_query

    def _led(self, to: str, *headers: Header) -> Answer:
        """301, not 308: who asks for an old address only reads, and old feed readers know this one."""
        return Answer.said(301, b"", (b"location", to.encode()), self._fresh(Kind.PAGE), *headers)

    async def _answer(self, scope: Scope) -> Answer | None:
        fields = negotiating.fields(scope["headers"])
        missing = None
        for _ in range(TRIES):
            answer = self.at_hand(scope["method"], scope["path"], fields)
            if isinstance(answer, Wanted):
                missing = answer.document
                if missing is None:
                    await self._renew()
                else:
                    await self._shelf.bring(missing, answer.coding)
            elif answer is None or answer.large is None:
                return answer
            elif (file := await asyncio.to_thread(answer.large.open)) is not None:
                return replace(answer, file=file)
            else:
                # Another file lies there by now. It may be as right: its bytes are looked at anew.
                missing = answer.large.document
                self._shelf.drop(missing.path, answer.large.coding)
        if missing is not None:
            self._miss(missing.path)
        return Answer.said(503, b"try again later", (b"retry-after", b"60"))

    def _miss(self, path: str) -> None:
        """With the newest manifest in hand this is nobody's publish: somebody took it out of the folder."""
        if path not in self._missed:
            self._missed.add(path)
            log.error("output_missing", path=path)

    async def not_found(self) -> bytes | None:
        """The page that says so, where there is one."""
        if _stamp(self._place) != self._stamp:
            await self._renew()
        document = self._catalogue.document(NOT_FOUND)
        if document is None:
            return None
        if self._shelf.at_hand(document, IDENTITY) is None:
            await self._shelf.bring(document, IDENTITY)
        page = self._shelf.at_hand(document, IDENTITY)
        return page.content if page else None

    # ── one document ──

    def _of(self, document: Document, fields: Mapping[bytes, bytes], method: str) -> Answer | Wanted:
        if document.preview and fields.get(b"sec-fetch-dest") == b"document":
            # A person: a browser that opens a feed only offers to save it.
            headers = (b"location", document.preview.encode()), _vary(document), self._fresh(document.kind)
            return Answer.said(303, b"", *headers, kind=document.kind)
        if document.feed and _reads_feeds(fields):
            return self._led(document.feed, _vary(document))
        chosen = self._best(document, negotiating.codings(fields.get(b"accept-encoding")))
        if chosen is None:
            return Answer.said(406, b"not in that encoding", _vary(document), kind=document.kind)
        if isinstance(chosen, Wanted):
            return chosen
        return _to(method, fields, chosen, self._clock)

    def _best(self, document: Document, codings: tuple[str, ...]) -> Representation | Wanted | None:
        """None: it is in no coding that the client would have (RFC 9110 §12.5.3)."""
        for coding in codings:
            if coding == IDENTITY or document.packable:
                chosen = self._shelf.at_hand(document, coding)
                if chosen is None:
                    return Wanted(document, coding)
                if chosen.coding in codings:
                    return chosen
        return None

    def _dress(self, found: Representation) -> None:
        document = found.document
        kind = document.kind
        found.etag = b'"%s"' % found.digest.encode()
        found.modified = formatdate(found.changed, usegmt=True).encode()
        always = [(b"etag", found.etag), self._fresh(kind)]
        if document.packable:
            always.append(_vary(document))
        if kind in _OPEN:
            always += _ANY_ORIGIN
        if kind in _FEEDS:
            always.append((b"link", self._links(document)))
        headers = [
            (b"content-type", document.media_type.encode()),
            (b"content-length", b"%d" % found.length),
            (b"last-modified", found.modified),
            *always,
            *SAFE,
            (_POLICY, _POLICIES.get(kind, _NOTHING_RUNS)),
        ]
        if found.coding != IDENTITY:
            headers.append((b"content-encoding", found.coding.encode()))
        if kind is Kind.PICTURE:
            headers.append((b"accept-ranges", b"bytes"))
        status = 410 if document.file.gone else 200
        found.bare = Answer(kind, status, headers).wired()
        if found.content is None:
            found.whole = replace(found.bare, large=found, length=found.length)
        else:
            found.whole = replace(found.bare, content=found.content)
        found.unchanged = Answer(kind, 304, always).wired()

    def _links(self, document: Document) -> bytes:
        """As in the feed (WebSub §4). An archive never has anything new: no hub is asked about it."""
        hubs = self._hubs if document.kind is Kind.FEED else ()
        links = [(hub, "hub") for hub in hubs] + [(self._base + quote(document.path), "self")]
        return ", ".join(f'<{url}>; rel="{rel}"' for url, rel in links).encode()

    def _fresh(self, kind: Kind) -> Header:
        if kind is Kind.PICTURE:  # told by its bytes: another one has another address
            return (b"cache-control", b"public, max-age=%d, immutable" % _FOR_EVER)
        return (b"cache-control", b"max-age=%d" % self._max_age)

    # ── the manifest ──

    async def _renew(self) -> None:
        if self._loading is None or self._loading.done():
            self._loading = asyncio.create_task(self._load())
        await asyncio.shield(self._loading)

    async def _load(self) -> None:
        """A manifest that cannot be read changes nothing: what was there before stays."""
        stamp = _stamp(self._place)
        try:
            loaded, leads = await asyncio.to_thread(self._read)
        except CuratorError as error:
            log.error("manifest_unreadable", code=error.reason)
            self._figures.manifest_failed()
        else:
            self._catalogue = Catalogue(loaded, prefix=self._prefix, leads=leads, base=self._base)
            self._missed.clear()
            self._figures.manifest_loaded(documents=len(loaded.files), written=stamp[3] / 1e9 if stamp else 0)
        self._stamp = stamp

    def _read(self) -> tuple[Manifest, Mapping[str, Lead]]:
        """What the manifest names as redirects and is not there, or is broken, leads nowhere."""
        loaded = load(self._directory)
        file = loaded.files.get(redirects.LISTED)
        written = content(self._directory, redirects.LISTED, file) if file else None
        return loaded, redirects.read(written) if written else {}

    def _nothing_yet(self, path: str) -> Answer | None:
        if self._catalogue.published or path not in ("/", self._prefix, f"{self._prefix}/"):
            return None
        return Answer.said(503, b"Nothing has been published here yet.\n", (b"retry-after", b"300"))


def _stamp(place: str) -> tuple[int, ...] | None:
    """What is another as soon as another file lies there."""
    try:
        found = os.stat(place)  # noqa: PTH116 - once for each request, and Path takes twice as long
    except OSError:
        return None
    return (found.st_ino, found.st_ctime_ns, found.st_size, found.st_mtime_ns)


def _to(
    method: str, fields: Mapping[bytes, bytes], chosen: Representation, clock: Callable[[], datetime]
) -> Answer:
    document = chosen.document
    # Conditions are about what is there (RFC 9110 §13.2.1), not about what is gone.
    if not document.file.gone:
        if _is_another(fields, chosen, clock):
            return Answer.said(412, b"not that one", kind=document.kind)
        if _has_it(fields, chosen, clock):
            return chosen.unchanged
    if method == "HEAD":
        return chosen.bare
    if document.kind is Kind.PICTURE and b"range" in fields and (part := _part(fields, chosen)):
        return _partial(chosen, part)
    return chosen.whole


def _reads_feeds(fields: Mapping[bytes, bytes]) -> bool:
    person = fields.get(b"sec-fetch-dest") == b"document"
    return not person and redirects.takes_feed(fields.get(b"accept"))


def _vary(document: Document) -> Header:
    if document.feed:
        return (b"vary", b"Accept-Encoding, Accept, Sec-Fetch-Dest")
    read = document.kind in _FEEDS
    return (b"vary", b"Accept-Encoding, Sec-Fetch-Dest" if read else b"Accept-Encoding")


def _is_another(fields: Mapping[bytes, bytes], chosen: Representation, clock: Callable[[], datetime]) -> bool:
    """Than the client must have. RFC 9110 §13.2.2: a tag decides alone, where there is one."""
    if (tags := fields.get(b"if-match")) is not None:
        return not negotiating.is_one_of(tags, chosen.etag)
    since = fields.get(b"if-unmodified-since")
    return since is not None and negotiating.changed_since(since, chosen.changed, now=clock()) is True


def _has_it(fields: Mapping[bytes, bytes], chosen: Representation, clock: Callable[[], datetime]) -> bool:
    """Here too a tag decides alone."""
    if (tags := fields.get(b"if-none-match")) is not None:
        return negotiating.names(tags, chosen.etag)
    since = fields.get(b"if-modified-since")
    if since is None or since == chosen.modified:
        return since is not None
    return negotiating.changed_since(since, chosen.changed, now=clock()) is False


def _part(fields: Mapping[bytes, bytes], chosen: Representation) -> slice | None:
    if not negotiating.still(fields.get(b"if-range"), etag=chosen.etag, modified=chosen.modified):
        return None
    return negotiating.part(fields[b"range"], chosen.length)


def _out_of_range(chosen: Representation) -> list[Header]:
    """Nobody on the way may keep this: it would stand for the picture, and for a year."""
    of_the_picture = {b"content-length", b"content-type", b"cache-control", b"etag", b"last-modified"}
    return [
        *(header for header in chosen.bare.headers if header[0] not in of_the_picture),
        (b"cache-control", b"no-store"),
        (b"content-length", b"0"),
        (b"content-range", b"bytes */%d" % chosen.length),
    ]


def _partial(chosen: Representation, part: slice) -> Answer:
    length = part.stop - part.start
    said = b"bytes %d-%d/%d" % (part.start, part.stop - 1, chosen.length)
    if not length:
        return Answer(Kind.PICTURE, 416, _out_of_range(chosen))
    headers = [
        *((name, value) for name, value in chosen.bare.headers if name != b"content-length"),
        (b"content-length", b"%d" % length),
        (b"content-range", said),
    ]
    if chosen.content is None:
        return Answer(Kind.PICTURE, 206, headers, large=chosen, start=part.start, length=length)
    return Answer(Kind.PICTURE, 206, headers, memoryview(chosen.content)[part])


def _another_method(document: Document, method: str) -> Answer:
    if method != "OPTIONS":
        return Answer.said(405, b"only to be read", _METHODS, kind=document.kind)
    return Answer(document.kind, 204, [_METHODS, *(_PREFLIGHT if document.kind in _OPEN else ())])
