"""Editions stand where readers know them; config/editions.toml may add some, and move or drop none.

The first table's pages lie at the top of the public folder. Another first
table would be another feed at each address that readers have subscribed to,
and a table that is missing, or named otherwise, a folder deleted.
"""

from __future__ import annotations

from curator.errors import Refused
from curator.publish import manifest
from curator.publish.site import ATOM
from curator.settings import Settings
from curator.store import Transaction

_FIRST = "first_edition"


def require(tx: Transaction, settings: Settings) -> None:
    """Refuse what would move or delete what readers have, before anything is said or replaced."""
    readable = tx.publications.readable()
    new = [key for key in settings.editions if key not in readable]
    for key, items in readable.items():
        if items and key not in settings.editions:
            raise Refused("edition_gone", edition=key, items=items, known=new)
    if not readable:
        return  # nobody reads anything yet
    first = settings.default_edition.key
    frozen = tx.meta.get(_FIRST) or _found_at_the_top(tx, settings)
    if frozen is not None and frozen != first:
        raise Refused("edition_moved", edition=frozen, first=first)


def freeze(tx: Transaction, settings: Settings) -> None:
    """From the first item that readers get, the edition at the top is that for good. After `require`."""
    if tx.meta.get(_FIRST) is None and tx.publications.readable():
        tx.serialise(_FIRST)  # two editions may be published for the first time at once
        if tx.meta.get(_FIRST) is None:
            tx.meta.set(_FIRST, settings.default_edition.key)


def _found_at_the_top(tx: Transaction, settings: Settings) -> str | None:
    """0.1 froze nothing: it is the edition that has a feed, and none in a folder of its own.

    None where that cannot be told: then the settings are believed.
    """
    begun = tx.publications.readable().keys() | {
        key for key in settings.editions if tx.meta.get(f"opened:{key}") is not None
    }
    directory = settings.newsroom / settings.publish.directory
    files = manifest.load(directory, older=[f"{key}/" for key in sorted(begun)]).files
    at_the_top = [key for key in begun if f"{key}/{ATOM}" not in files]
    return at_the_top[0] if ATOM in files and len(at_the_top) == 1 else None
