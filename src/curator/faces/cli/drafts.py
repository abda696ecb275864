"""Texts of editors that are not saved yet: files in the newsroom, which outlive a crash or a conflict."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

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


def conflict(refusal: EditConflict, mine: Item, edition: Edition, draft: Path) -> EditConflict:
    """The refusal with both texts, and the file that keeps the one that was not saved."""
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
