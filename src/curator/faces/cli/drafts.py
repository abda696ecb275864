"""Texts of editors that are not saved yet: files in the newsroom, which outlive a crash or a conflict."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from curator.curate import usecases as curate
from curator.curate.comparison import clashes, in_words, texts_of
from curator.curate.dossier import Dossier, read_dossier
from curator.curate.manuscript import manuscript
from curator.curate.writing import Writing, written
from curator.errors import BadInput, ClaimedByOther, EditConflict, StoreError
from curator.faces.cli.call import Call
from curator.model import Item
from curator.settings import Edition
from curator.syncing import sync_one


def path(call: Call, item_id: int, suffix: str = "") -> Path:
    """One file per item and editor; whoever opens the item again goes on in it."""
    return of_editor(call, f"item-{item_id}", suffix)


def of_editor(call: Call, subject: str, suffix: str = "") -> Path:
    """The editor's own file about this; none of hers has the name of another's."""
    folder = call.settings.newsroom / "data" / "drafts"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{subject}-{quote(call.editor.name, safe='')}{suffix}.md"


def put(draft: Path, text: str) -> None:
    """Write it whole: the old text is there until the new one is on the disk."""
    beside = draft.with_suffix(".new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(draft)
    sync_one(draft.parent)  # a rename is only in memory until then


def read(file: Path) -> str:
    return decoded(file.read_bytes(), str(file))


def given(name: str) -> str:
    """A file that was named on the command line; `-` is standard input."""
    return decoded(sys.stdin.buffer.read(), name) if name == "-" else read(Path(name))


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
    them hers is put on what stands now, into a file of its own. Where somebody
    else has taken the item, or the database cannot be written, her text is kept
    in the same way.
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
        raise _with_both(call, refusal, writing, edition, opened=opened, draft=draft) from refusal
    except (ClaimedByOther, StoreError) as refusal:
        if draft is None and _has_words(writing):
            with suppress(StoreError):  # what cannot be read either leaves nothing to put it on
                found = opened or read_dossier(call.store, item_id)
                mine = _written(call, found.item, writing, found, edition)
                hints = tuple(_beside(writing))
                kept = put_aside(call, item_id, manuscript(mine, edition=edition.key, hints=hints))
                refusal.data.setdefault("draft", str(kept))
        raise


def put_aside(call: Call, item_id: int, text: str) -> Path:
    """Into a file that nobody goes on in by accident."""
    draft = path(call, item_id, f"-{call.now:%Y%m%dT%H%M%S%f}")
    put(draft, text)
    return draft


def tell_clashes(call: Call, refusal: EditConflict) -> None:
    """Both texts and what differs, for people; the error itself is one line."""
    for clash in refusal.data.get("clashes", ()):
        call.tell(call.messages.say(f"field_{clash['field']}"))
        call.say("clash_stored", text=clash["stored"] or "–")
        call.say("clash_yours", text=clash["yours"] or "–")
        call.say("clash_words", words=clash["diff"])


def _with_both(
    call: Call,
    refusal: EditConflict,
    writing: Writing,
    edition: Edition,
    *,
    opened: Dossier | None,
    draft: Path | None,
) -> EditConflict:
    theirs = refusal.theirs
    found = opened or read_dossier(call.store, theirs.id)
    mine = _written(call, found.item, writing, found, edition)
    try:  # only what she changed is hers; the rest is as it stands now
        merged = _written(call, theirs, writing, found, edition)
    except BadInput:
        merged = mine
    differing = clashes(theirs, merged, edition=edition.key)
    words = [
        {"field": c.field, "stored": c.stored, "yours": c.yours, "diff": in_words([c])} for c in differing
    ]
    text = manuscript(replace(merged, version=theirs.version), edition=edition.key)
    data = {
        "yours": _texts(mine, edition),
        "stored": _texts(theirs, edition),
        "clashes": words,
    }
    told = EditConflict(item_id=theirs.id, expected=refusal.data["expected"], theirs=theirs, **data)
    kept = draft or put_aside(call, theirs.id, text)
    told.data["draft"] = str(kept)
    put(kept, _explained(call, told, text))
    return told


def _explained(call: Call, refusal: EditConflict, text: str) -> str:
    """The text with both versions of what differs on top, in lines that are not read again."""
    messages = call.messages
    lines = [messages.error(refusal.reason, refusal.data), messages.say("clash_help")]
    for clash in refusal.data["clashes"]:
        said = f"{messages.say('field_' + clash['field'])}: {clash['diff']}"
        lines += [line for line in said.splitlines() if line.strip()]
    return "".join(f"#! {line}\n" for line in lines) + text


def _written(call: Call, item: Item, writing: Writing, found: Dossier, edition: Edition) -> Item:
    return written(
        item, writing, entry=found.entry, source=found.source, edition=edition, by=call.editor.name
    )


def _beside(writing: Writing) -> Iterator[str]:
    """What a manuscript has no line for, as it was typed."""
    yield from (f"--waive {code}={reason}" for code, reason in writing.waive.items())
    if writing.correction is not None:
        yield f"--correction {writing.correction}"


def _has_words(writing: Writing) -> bool:
    return replace(writing, version=None) != Writing()


def _texts(item: Item, edition: Edition) -> dict[str, str | None]:
    said = texts_of(item, edition.key)
    return {field: said[field] or None for field in ("headline", "note", "excerpt")}
