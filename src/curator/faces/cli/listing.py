"""`queue` and `items`: lists of items."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from curator.curate import dossier as dossiers
from curator.faces.cli import asking, rows, views
from curator.faces.cli.call import Call
from curator.faces.cli.freshness import looked, new_since
from curator.faces.cli.grammar import command, edition_option, limits, option, pass_call
from curator.faces.nearest import near
from curator.model import Status
from curator.settings import Edition


@command()
@asking.asking
@edition_option
@limits
@pass_call
def queue(
    call: Call, /, saved: str | None, limit: int, offset: int, edition: str | None, **given: Any
) -> None:
    wanted = call.edition(edition)
    asked = asking.asked(call, wanted, given, saved=saved)
    search = asking.in_status(asked, Status.QUEUED, folded=True)
    whole = offset == 0 and not asking.anything(given, saved)
    _list(call, wanted, replace(asked, search=search), limit=limit, offset=offset, whole=whole)


@command()
@option("--status", metavar="STATUS")
@option("--problem", metavar="CODE")
@asking.asking
@edition_option
@limits
@pass_call
def items(
    call: Call, /, saved: str | None, limit: int, offset: int, edition: str | None, **given: Any
) -> None:
    wanted = call.edition(edition)
    asked = asking.asked(call, wanted, given, saved=saved)
    _list(call, wanted, asked, limit=limit, offset=offset)


def _list(
    call: Call,
    edition: Edition,
    asked: asking.Asked,
    *,
    limit: int,
    offset: int,
    whole: bool = False,
) -> None:
    """`whole`: the queue as it is, from its beginning; whoever saw that has looked."""
    folded = asked.search.folded
    found = dossiers.find(
        call.store,
        asked.search,
        problem=asked.problem,
        settings=call.settings,
        limit=limit,
        offset=offset,
    )
    if asked.search.tag is not None and not found.total:
        _tell_nearest_tag(call, asked.search.tag)
    since_look = new_since(call, edition) if folded else None
    fresh = [since_look is not None and d.item.queued_at > since_look for d in found.dossiers]
    if call.as_json:  # with all that is missing and doubtful in each, which takes a while
        shown = [
            views.item(d, edition=edition, settings=call.settings, messages=call.messages)
            | ({"new": is_fresh} if folded else {})
            for d, is_fresh in zip(found.dossiers, fresh, strict=True)
        ]
        call.emit({"total": found.total, "items": shown})
    if folded:
        said = (
            rows.waiting(call, d, edition.key, fresh=is_fresh)
            for d, is_fresh in zip(found.dossiers, fresh, strict=True)
        )
        call.table(["id", "fresh", "age", "source", "language", "assignee", "title"], said)
    else:
        call.table(
            ["id", "status", "age", "source", "language", "editor", "title"],
            [rows.listed(call, d, edition.key) for d in found.dossiers],
        )
    call.page_note(shown=len(found.dossiers), offset=offset, total=found.total)
    if whole and (found.total == len(fresh) or not fresh or not fresh[-1]):
        looked(call, edition)


def _tell_nearest_tag(call: Call, tag: str) -> None:
    with call.store.read() as tx:
        known = tx.hints.tags()
    meant = near(tag, known) if tag not in known else []
    if meant:
        call.note("tag_nowhere", tag=tag, names=meant)
