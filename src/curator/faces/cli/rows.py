"""An item as a row of a list: what an editor decides by. Nothing is linted: a list is to be there at once."""

from __future__ import annotations

from typing import Any

from curator import merging
from curator.curate.dossier import Dossier
from curator.faces.cli.call import Call
from curator.faces.cli.tables import Cell
from curator.model import Status

Row = list[Any]


def listed(call: Call, dossier: Dossier, edition: str) -> Row:
    """Any item: id, status, age, source, language, editor, title."""
    entry, item, status = dossier.entry, dossier.item, dossier.item.status_in(edition)
    return [
        item.id,
        Cell(call.messages.say(f"status_{status}"), _STYLES.get(status, "")),
        _age(call, dossier, edition),
        dossier.source.name if dossier.source else None,
        entry.language if entry else None,
        item.editor,
        " ".join([heading(dossier, edition), *_others(call, dossier, edition)]),
    ]


def _age(call: Call, dossier: Dossier, edition: str) -> Cell | None:
    """Since when it is out at its source; of what came from a blog, since when readers have it, or None."""
    if dossier.imports:
        out = dossier.publication(edition)
        if out is not None:
            return None if out.undated else call.age(out.published_at)
        told = merging.dates(dossier.imports).published
        return call.age(told) if told else None
    entry = dossier.entry
    return call.age((entry.published or entry.first_seen) if entry else dossier.item.queued_at)


def waiting(call: Call, dossier: Dossier, edition: str, *, fresh: bool) -> Row:
    """Of the queue: id, mark, age, source, language, assignee, title. What is new stands out."""
    item_id, _, age, source, language, _, title = listed(call, dossier, edition)
    mark = Cell(call.messages.say("row_fresh"), "bold green", "●") if fresh else None
    return [item_id, mark, age, source, language, dossier.item.assignee, Cell(title, "bold" if fresh else "")]


def heading(dossier: Dossier, edition: str) -> str:
    """Our headline, else the title of the source."""
    commentary, entry = dossier.item.commentaries.get(edition), dossier.entry
    return (commentary.headline if commentary else "") or (entry.title if entry else "")


_STYLES = {
    Status.DRAFTING: "yellow",
    Status.READY: "green",
    Status.SKIPPED: "dim",
    Status.WITHDRAWN: "dim",
}


def _others(call: Call, dossier: Dossier, edition: str) -> list[str]:
    """Who else tells the story, and whether readers know it."""
    said: list[str] = []
    if dossier.siblings:
        names = dict.fromkeys(each.source_name for each in dossier.siblings if each.source_name)
        said.append(call.messages.say("row_siblings", count=len(dossier.siblings), sources=", ".join(names)))
    if already := dossier.already_published(edition):
        said.append(call.messages.say("row_already_published", at=call.short(already.published_at[edition])))
    return said
