"""What colleagues did to an item while she wrote on it, and how the two are brought together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from curator import lifecycle
from curator.curate.comparison import Clash, clashes
from curator.curate.dossier import read_dossier
from curator.curate.manuscript import manuscript
from curator.curate.writing import written
from curator.errors import BadInput
from curator.faces.cli import drafts
from curator.faces.desk.form import Form, changes
from curator.faces.desk.work import Opened, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Meanwhile:
    """Who moved the item on, and when; `took`: it is on that editor's desk now."""

    editor: str
    at: datetime
    took: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Clashing:
    """What stands now against hers, field by field, and the file that keeps hers.

    `held`: it is on another's desk, and saving takes it from there.
    """

    meanwhile: Meanwhile | None
    fields: tuple[Clash, ...]
    draft: Path
    held: bool


def since(work: Work, item_id: int, version: int) -> Meanwhile | None:
    """None: nothing that keeps her from saving what she wrote on this version."""
    with work.call.store.read() as tx:
        item = tx.items.get(item_id)
        told = tx.events.since_version(item_id, version)
    took = lifecycle.on_desk_of_other(item, work.call.editor, work.call.now)
    moved = [event for event in told if took or not lifecycle.leaves_texts(event)]
    if not moved:
        return None
    return Meanwhile(editor=moved[-1].editor, at=moved[-1].at, took=took)


def clash(work: Work, opened: Opened, form: Form, before: Form) -> Clashing:
    """Hers goes into a file of its own first: one for each conflict, however often she tries."""
    found = read_dossier(work.call.store, opened.item.id)
    theirs = found.item
    writing = changes(form, before, names=work.names)
    try:  # only what she changed is hers; the rest is as it stands now
        mine = written(
            theirs,
            writing,
            entry=found.entry,
            source=found.source,
            edition=work.edition,
            by=work.call.editor.name,
        )
    except BadInput:
        mine = work.as_written(opened, form, before)
    draft = work.aside(theirs.id)
    drafts.put(draft, manuscript(replace(mine, version=theirs.version), edition=work.edition.key))
    return Clashing(
        meanwhile=since(work, theirs.id, before.version),
        fields=clashes(theirs, mine, edition=work.edition.key),
        draft=draft,
        held=lifecycle.on_desk_of_other(theirs, work.call.editor, work.call.now),
    )


def save_mine(work: Work, opened: Opened, form: Form, before: Form, *, held: bool) -> Opened:
    """On purpose: what she changed goes onto what stands now; the file of the conflict is not needed then."""
    if held:
        work.claim(opened.item.id, take_over=True)
    version = read_dossier(work.call.store, opened.item.id).item.version
    saved = work.save_over(opened, form, before, version=version)
    work.aside(opened.item.id).unlink(missing_ok=True)
    work.settled(opened.item.id)
    return saved
