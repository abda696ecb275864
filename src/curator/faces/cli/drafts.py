"""Texts of editors that are not saved yet: files in the newsroom, which outlive a crash or a conflict."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from curator.curate import usecases as curate
from curator.curate.dossier import Dossier, read_dossier
from curator.curate.manuscript import manuscript
from curator.curate.writing import Writing, written
from curator.errors import BadInput, EditConflict
from curator.faces.cli.call import Call
from curator.model import Item
from curator.settings import Edition


def path(call: Call, item_id: int, suffix: str = "") -> Path:
    """One file per item and editor; whoever opens the item again goes on in it."""
    folder = call.settings.newsroom / "data" / "drafts"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"item-{item_id}-{quote(call.editor.name, safe='')}{suffix}.md"


def put(draft: Path, text: str) -> None:
    """Write it whole: the old text is there until the new one is on the disk."""
    beside = draft.with_suffix(".new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(draft)


def read(file: Path) -> str:
    return decoded(file.read_bytes(), str(file))


def decoded(raw: bytes, name: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput("file_not_utf8", path=name, byte=error.start) from error


def save(
    call: Call,
    item_id: int,
    writing: Writing,
    edition: Edition,
    *,
    opened: Dossier | None = None,
    draft: Path | None = None,
) -> Item:
    """Save; where somebody was faster, refuse with both texts and name the file that keeps hers.

    `opened` is what she wrote on and `draft` the file she wrote in; without
    them hers is put on what stands now, into a file of its own.
    """
    try:
        return curate.write(
            call.store,
            item_id,
            writing,
            by=call.editor,
            settings=call.settings,
            edition=edition,
            now=call.now,
        )
    except EditConflict as refusal:
        found = opened or read_dossier(call.store, item_id)
        mine = written(
            found.item,
            writing,
            entry=found.entry,
            source=found.source,
            edition=edition,
            by=call.editor.name,
        )
        if draft is None:
            draft = path(call, item_id, f"-{call.now:%Y%m%dT%H%M%S%f}")
            put(draft, manuscript(mine, edition=edition.key))
        raise _with_both(refusal, mine, edition, draft) from refusal


def _with_both(refusal: EditConflict, mine: Item, edition: Edition, draft: Path) -> EditConflict:
    return EditConflict(
        item_id=mine.id,
        expected=refusal.data["expected"],
        theirs=refusal.theirs,
        draft=str(draft),
        yours=_texts(mine, edition),
        stored=_texts(refusal.theirs, edition),
    )


def _texts(item: Item, edition: Edition) -> dict[str, str | None]:
    commentary = item.commentaries.get(edition.key)
    return {
        "headline": commentary.headline if commentary else None,
        "note": commentary.note if commentary else None,
        "excerpt": item.excerpt.text if item.excerpt else None,
    }
