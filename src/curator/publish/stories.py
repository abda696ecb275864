"""A story that readers had before a restore, and that came again as another item: by what it is known.

The item that was published is lost with its ulid; its entry comes again from the same feed, or by
another clip of the same page. So a line of the journal names the entry too, by hashes that any
poll makes again. Two that only share an address are not the same: feeds link all they say to one page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from curator.model import Item
from curator.publish import journal
from curator.publish.records import Journal
from curator.settings import Edition, Settings
from curator.store import Store, Transaction
from curator.store.publications import Had
from curator.store.replaying import Origin

_LENGTH = 32  # of a hash: 128 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What readers had of a story. `items`: by which ulids it went; a newsroom may be restored twice."""

    had: Had
    items: Sequence[str]
    issues: Sequence[int]
    withdrawn_at: datetime | None


def told(tx: Transaction, item_ids: Collection[int]) -> Mapping[int, Sequence[str]]:
    """By what each of these items can be known again, should it be lost."""
    return {item_id: _unique(map(_names, its)) for item_id, its in tx.replaying.origins(item_ids).items()}


def look(
    store: Store, settings: Settings, edition: Edition, item_ids: Collection[int]
) -> Mapping[int, Before]:
    """As `before`, for whoever wants to know it before a publish does."""
    record = journal.read(settings)
    with store.read() as tx:
        return before(tx, record, edition.key, tx.items.many(sorted(item_ids)))


def before(tx: Transaction, record: Journal, edition: str, items: Collection[Item]) -> Mapping[int, Before]:
    """What readers had of each, of those that are such stories and have not come again yet."""
    if not record.stories:
        return {}
    unknown = {item.id for item in items if (edition, item.ulid) not in record.published}
    found: dict[int, Before] = {}
    for item_id, its in tx.replaying.origins(unknown).items():
        ulids = _unique(record.stories.get((edition, one), ()) for one in _unique(map(_sought, its)))
        if ulids and (known := _before(tx, record, edition, ulids)):
            found[item_id] = known
    return found


def _before(tx: Transaction, record: Journal, edition: str, ulids: Sequence[str]) -> Before | None:
    alive = tx.replaying.item_ids(ulids)
    lost = [ulid for ulid in ulids if ulid not in alive]
    had = [record.published[edition, ulid] for ulid in lost]
    # Of two stories at one address nobody can say which it is.
    if len(ids := {one.atom_id for one in had}) != 1 or tx.replaying.given(ids):
        return None
    withdrawn = [at for ulid in lost if (at := record.withdrawn.get((edition, ulid)))]
    return Before(
        had=had[-1],
        items=lost,
        issues=[
            one.number for one in record.closed.values() if one.edition == edition and {*one.items} & {*lost}
        ],
        withdrawn_at=max(withdrawn, default=None),
    )


def _names(origin: Origin) -> Iterator[str]:
    """What its line says: the entry where it has a name of its own, and the page it is at."""
    if origin.guid or not origin.is_page:
        yield _entry(origin)
    if origin.url_key:
        yield _hash("clip" if origin.is_page else "page", origin.url_key)


def _sought(origin: Origin) -> Iterator[str]:
    """Under which names it may have been published: a clip finds what a feed told of its page, and back."""
    if origin.guid or not origin.is_page:
        yield _entry(origin)
    if origin.url_key:
        yield _hash("clip", origin.url_key)
        if origin.is_page:
            yield _hash("page", origin.url_key)


def _entry(origin: Origin) -> str:
    """Not by its source where it has an address: that moves, and comes back under the one it had."""
    return _hash("entry", origin.guid or origin.identity, origin.url_key or origin.source_url)


def _hash(*words: str) -> str:
    return hashlib.sha256("\n".join(words).encode(errors="surrogatepass")).hexdigest()[:_LENGTH]


def _unique(several: Iterable[Iterable[str]]) -> Sequence[str]:
    return [*dict.fromkeys(chain.from_iterable(several))]
