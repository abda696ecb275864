"""What a source says now against what it said when an editor took it."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from curator import text
from curator.curate.dossier import open_dossier
from curator.model import Entry
from curator.store import Store


def source_changes(store: Store, item_id: int) -> str | None:
    """The difference in words; None: nothing changed since the claim.

    Words that are gone stand in [-…-], new ones in {+…+}, as `git diff --word-diff` shows them.
    """
    with store.read() as tx:
        dossier = open_dossier(tx, tx.items.get(item_id))
        if dossier.entry is None or not dossier.source_changed:
            return None
        newest = tx.entries.get(dossier.entry.id)
    return word_difference(_words(dossier.entry), _words(newest))


def word_difference(old: Sequence[str], new: Sequence[str]) -> str:
    pieces: list[str] = []
    for kind, a, b, c, d in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces += old[a:b]
            continue
        if b > a:
            pieces.append(f"[-{' '.join(old[a:b])}-]")
        if d > c:
            pieces.append(f"{{+{' '.join(new[c:d])}+}}")
    return " ".join(pieces)


def _words(entry: Entry) -> list[str]:
    return f"{entry.title}\n\n{text.plain(entry.html)}".split()
