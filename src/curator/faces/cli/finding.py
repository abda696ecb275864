"""Looking for items by their words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from curator.curate import dossier as dossiers
from curator.curate.dossier import Dossier
from curator.curate.finding import Match, matches
from curator.faces.cli import asking, rows, views
from curator.faces.cli.call import Call
from curator.faces.cli.grammar import argument, command, edition_option, limits, option, pass_call
from curator.faces.cli.tables import Cell
from curator.text.stems import question


@command()
@argument("words", nargs=-1, required=True, metavar="QUERY")
@option("--status", metavar="STATUS")
@asking.asking
@edition_option
@limits
@pass_call
def search(
    call: Call,
    /,
    words: tuple[str, ...],
    limit: int,
    offset: int,
    edition: str | None,
    **given: Any,
) -> None:
    wanted, query = call.edition(edition), " ".join(filter(None, [*words, given["query"]]))
    saved = given.pop("saved")
    asked = asking.asked(call, wanted, given | {"query": query}, saved=saved)
    found = dossiers.find(
        call.store,
        replace(asked.search, ranked=True),
        problem=asked.problem,
        settings=call.settings,
        limit=limit,
        offset=offset,
    )
    where = [matches(dossier, query, edition=wanted.key) for dossier in found.dossiers]
    if call.as_json:  # with all that is missing and doubtful in each, which takes a while
        shown = [
            views.item(dossier, edition=wanted, settings=call.settings, messages=call.messages)
            | {"matches": [_match(match) for match in said]}
            for dossier, said in zip(found.dossiers, where, strict=True)
        ]
        call.emit({"total": found.total, "items": shown})
    call.table(
        ["id", "status", "age", "source", "language", "title"],
        [
            _row(call, dossier, said, edition=wanted.key)
            for dossier, said in zip(found.dossiers, where, strict=True)
        ],
    )
    _tell_how_read(call, query)
    call.page_note(shown=len(found.dossiers), offset=offset, total=found.total)
    if found.unread:
        call.note("search_incomplete", count=found.unread)


def _tell_how_read(call: Call, query: str) -> None:
    """Where nothing of it can be looked for, or signs in it mean something elsewhere."""
    if not question(query).wanted:
        call.note("search_empty" if not query.strip() else "search_without_words", query=query)
    elif found := _OPERATOR.search(query):
        call.note("search_operator", sign=found[0].strip())


_OPERATOR = re.compile(r"(?:^|\s)-\w+|\b(?:AND|OR|NOT)\b")


def _match(match: Match) -> views.View:
    return {"field": match.field, "text": match.text, "marks": [list(mark) for mark in match.marks]}


def _row(call: Call, dossier: Dossier, said: Sequence[Match], *, edition: str) -> rows.Row:
    item_id, status, age, source, language, _, _ = rows.listed(call, dossier, edition)
    return [item_id, status, age, source, language, _title(rows.heading(dossier, edition), said)]


def _title(title: str, said: Sequence[Match]) -> Cell:
    """What the item is headed by, and where else it has the words."""
    title = " ".join(title.split())
    heading = next((match for match in said if match.text == title), None)
    marks = list(heading.marks) if heading else []
    elsewhere = next((match for match in said if match.text != title), None)
    if elsewhere is None:
        return Cell(title, marks=tuple(marks))
    start = len(title) + len(_APART)
    marks += [(start + one, start + other) for one, other in elsewhere.marks]
    return Cell(f"{title}{_APART}{elsewhere.text}", marks=tuple(marks))


_APART = " — "
