"""Posts of a blog that was there before, as an import leaves them; only what matters is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from builders import NOW, a_queued_item, a_source
from curator.model import Commentary, Move, Publication, PublicItem, Status
from curator.store import Store
from publishing import a_public_item

LONG_AGO = NOW.replace(year=2021)
AUTHORITY = "rassegna.example,2026"


def bring(
    store: Store,
    headline: str,
    *,
    published: datetime | None = LONG_AGO,
    updated: datetime | None = None,
    guid: str | None = "",
    slug: str | None = None,
    edition: str = "it",
    now: datetime = NOW,
    **said: Any,
) -> Publication:
    """One post; `guid`: by default as WordPress makes them."""
    content: PublicItem = a_public_item(headline=headline, **said)
    source_id = a_source(store, url=f"https://source.example/{headline}")
    item_id = a_queued_item(store, source_id=source_id, guid=f"entry of {headline}")
    with store.begin() as tx:
        tx.serialise(f"publish:{edition}")
        item = tx.items.get(item_id)
        commentary = Commentary(
            edition=edition,
            language=content.language,
            headline=headline,
            note=content.note,
            stage=Status.PUBLISHED,
        )
        new = replace(
            item,
            status=Status.DRAFTING,
            excerpt=content.excerpt,
            attributions=content.attributions,
            image=content.image,
            tags=content.tags,
            commentaries={edition: commentary},
        )
        stored = tx.items.put(item, new, move=Move.IMPORT, by="marta", edition=edition, now=now)
        return tx.publications.bring(
            item_id=item_id,
            edition=edition,
            content=content,
            item_version=stored.version,
            authority=AUTHORITY,
            guid=f"https://old.example/?p={item_id}" if guid == "" else guid,
            slug=slug,
            published_at=published,
            updated_at=updated,
            now=now,
        )
