"""What sources say, in one line each; and what is known after they said it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from builders import NOW
from curator.ingest.reconcile import reconcile
from curator.model import Changes, KnownEntry, Lang, ParsedEntry, SafeHtml
from curator.text import fingerprint


def a_told_entry(
    *,
    guid: str | None = "guid",
    url: str | None = None,
    title: str = "A title",
    text: str = "A text.",
    authors: tuple[str, ...] = ("Ada",),
    language: str | None = "en",
    published: datetime | None = NOW,
    updated: datetime | None = None,
) -> ParsedEntry:
    """As a reader hands it over; the raw hash covers everything that is told."""
    told = (guid, url, title, text, authors, language, published, updated)
    return ParsedEntry(
        guid=guid,
        url=url,
        title=title,
        html=SafeHtml(f"<p>{text}</p>"),
        authors=authors,
        language=Lang(language) if language else None,
        published=published,
        updated=updated,
        tags=(),
        image=None,
        raw_hash=hashlib.sha256(repr(told).encode()).hexdigest(),
        content_key=fingerprint(title, text),
        telling_hash=fingerprint(repr(told)) if guid and url else None,
    )


def known_after(
    said: Sequence[ParsedEntry],
    changes: Changes | None = None,
    known: Sequence[KnownEntry] = (),
) -> list[KnownEntry]:
    """What the store would know after this document (store/entries.py does it in SQL)."""
    changes = changes or reconcile(known, said)
    by_id = {old.id: old for old in known}
    for changed in (*changes.revised, *changes.touched):
        old = by_id[changed.id]
        by_id[old.id] = _told(
            changed.said,
            number=old.id,
            identity=old.identity,
            guid=changed.said.guid or old.guid,
            url_key=changed.url_key or old.url_key,
            revision=changed.revision,
        )
    for new in changes.new:
        number = len(by_id) + 1
        by_id[number] = _told(
            new.said,
            number=number,
            identity=new.identity,
            guid=new.said.guid,
            url_key=new.url_key,
            revision=1,
        )
    return list(by_id.values())


def _told(
    said: ParsedEntry, *, number: int, identity: str, guid: str | None, url_key: str | None, revision: int
) -> KnownEntry:
    return KnownEntry(
        id=number,
        identity=identity,
        guid=guid,
        url_key=url_key,
        content_key=said.content_key,
        raw_hash=said.raw_hash,
        telling_hash=said.telling_hash,
        revision=revision,
        title=said.title,
        authors=said.authors,
        language=said.language,
        published=said.published,
    )
