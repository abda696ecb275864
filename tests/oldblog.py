"""Posts of a blog that was there before, as an import leaves them; only what matters is said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from builders import NOW
from curator.model import Commentary, Item, Publication, PublicItem, Status
from curator.store import Store
from curator.store.publications import Brought
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
    content: PublicItem = a_public_item(**{"headline": headline, "image": None, **said})
    commentary = Commentary(
        edition=edition,
        language=content.language,
        headline=headline,
        note=content.note,
        stage=Status.PUBLISHED,
    )
    new = Item(
        id=0,
        ulid="",
        version=1,
        status=Status.DRAFTING,
        editor=None,
        claimed_until=None,
        entry_id=None,
        revision=None,
        excerpt=content.excerpt,
        attributions=content.attributions,
        image=content.image,
        tags=content.tags,
        commentaries={edition: commentary},
        queued_at=now,
    )
    with store.begin() as tx:
        tx.serialise(f"publish:{edition}")
        [stored] = tx.items.bring(
            [new], positions=[published or now], by="marta", edition=edition, now=now, noted=[{}]
        )
        item_id = stored.id
        brought = Brought(
            item_id=item_id,
            item_version=stored.version,
            content=content,
            guid=f"https://old.example/?p={item_id}" if guid == "" else guid,
            slug=slug,
            published_at=published,
            updated_at=updated,
        )
        return tx.publications.bring([brought], edition=edition, authority=AUTHORITY, now=now)[0]
