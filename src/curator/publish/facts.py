"""What publishing remembers of a newsroom and its editions, beside the publications themselves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from curator.model import Item
from curator.publish import program
from curator.publish.outgoing import Held
from curator.publish.plan import base
from curator.publish.site import sites_of
from curator.settings import Settings
from curator.store import Transaction

# ── when the edition began: what an empty feed says it was updated at ──


def open_editions(tx: Transaction, settings: Settings, *, now: datetime) -> str:
    """What the first publish does, once: note the moment, freeze the newsroom's authority (returned).

    Every edition of the settings has its outputs from then on, whichever it was that was published.
    """
    for edition in settings.editions:
        if tx.meta.get(f"opened:{edition}") is None:
            tx.serialise("editions")
            if tx.meta.get(f"opened:{edition}") is None:
                tx.meta.set(f"opened:{edition}", now.replace(microsecond=0).isoformat())
    return tx.frozen_authority(base_url=settings.publish.base_url, now=now)


def opened(tx: Transaction, edition: str) -> datetime:
    found = tx.meta.instant(f"opened:{edition}")
    if found is None:
        raise LookupError(f"edition {edition} was never opened: its first publish does that")
    return found


# ── which state the files were written for ──


def outputs_state(
    tx: Transaction, settings: Settings, *, digests: Mapping[str, Sequence[str]] | None = None, now: datetime
) -> str:
    """A word that differs whenever the files should, of any edition: for an item, a setting, a template.

    Where they lie is a part of it: what was written is nothing to whoever looks into another folder.

    `digests`: of publications by edition, where they are known already.
    """
    if digests is None:
        digests = {edition: tx.publications.digests(edition) for edition in settings.editions}
    authority = tx.meta.tag_authority(base_url=settings.publish.base_url, now=now)
    told = (
        str(settings.newsroom / settings.publish.directory),
        *(base(site, program.fingerprint()) for site in sites_of(settings, authority=authority)),
        str(settings.publish.feed_items),
        str(settings.publish.page_items),
        tx.mailing.issues.state(),
        tx.redirects.state(),
        *(f"{edition} {digest}" for edition, some in digests.items() for digest in some),
    )
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def outputs_are_current(tx: Transaction, *, state: str) -> bool:
    return tx.meta.get("outputs_for") == state


def record_outputs(tx: Transaction, *, state: str) -> None:
    tx.meta.set("outputs_for", state)


# ── which items were held, in which version ──


def record_held(tx: Transaction, edition: str, held: Iterable[Held]) -> None:
    tx.meta.set(f"held:{edition}", " ".join(_mark(one.item_id, one.version) for one in held))


def not_held(tx: Transaction, edition: str, items: Iterable[Item]) -> list[Item]:
    """Those of the items that were not held as they are now."""
    held = (tx.meta.get(f"held:{edition}") or "").split()
    return [item for item in items if _mark(item.id, item.version) not in held]


def _mark(item_id: int, version: int) -> str:
    return f"{item_id}:{version}"
