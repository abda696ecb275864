"""What a mirror is owed is noted in the transaction in which readers get it."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from curator.model import OutboxState
from curator.publish.mirror.content import mirror_slug
from curator.settings import Edition, Settings
from curator.store import Store, Transaction


def target_of(settings: Settings) -> str | None:
    """The mirror as the outbox names it: the same by http and https, and whoever writes there. None: none."""
    url = settings.wordpress.url
    if url is None:
        return None
    return named(url)


def named(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.netloc.lower()}{parts.path.rstrip('/')}"


def edition_of(settings: Settings) -> Edition:
    """The one that is mirrored; `settings.load` has seen that it is there."""
    key = settings.wordpress.edition
    return settings.default_edition if key is None else settings.editions[key]


def begin(tx: Transaction, settings: Settings, *, now: datetime) -> None:
    """Before anything is published: what comes from now on is the mirror's, too."""
    target = target_of(settings)
    if target is not None:
        tx.outbox.begin(target, edition_of(settings).key, now=now)


def owe(tx: Transaction, settings: Settings, *, now: datetime) -> None:
    """After it: what is new, corrected or taken back has its row before the mirror hears of it."""
    target = target_of(settings)
    if target is not None:
        tx.outbox.owe(target, edition_of(settings).key, slug=mirror_slug, now=now)


def owe_older(store: Store, settings: Settings, *, since: datetime | None, now: datetime) -> int:
    """What was published before the mirror was set, and never what was imported; returns how many."""
    target, edition = target_of(settings), edition_of(settings)
    if target is None:
        return 0
    with store.begin() as tx:
        tx.publications.see_to_old(edition.key)
        begin(tx, settings, now=now)
        owe(tx, settings, now=now)
        return tx.outbox.owe_older(target, edition.key, since=since, slug=mirror_slug, now=now)


def rehearse(
    store: Store, settings: Settings, *, since: datetime | None, older: bool, now: datetime
) -> tuple[int, ...]:
    """The items that a push would bring. The mirror is not asked; what is noted for it is taken back."""
    target, edition = target_of(settings), edition_of(settings)
    if target is None:
        return ()
    with store.begin() as tx:
        tx.publications.see_to_old(edition.key)
        begin(tx, settings, now=now)
        owe(tx, settings, now=now)
        if older:
            tx.outbox.owe_older(target, edition.key, since=since, slug=mirror_slug, now=now)
        rows = tx.outbox.rows(target, edition.key, states=(OutboxState.WAITING,))
        tx.take_back()
    return tuple(row.item_id for row in rows)


def is_due(store: Store, settings: Settings, *, now: datetime) -> bool:
    """Whether something is to be brought there, and the mirror may be asked."""
    target = target_of(settings)
    if target is None:
        return False
    with store.read() as tx:
        return tx.outbox.are_due(target, edition_of(settings).key, now=now)
