"""What is asked of the items: typed as options, saved under a name, or both; what is typed counts more."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from curator.curate.dossier import CODES
from curator.errors import BadInput, NotFound
from curator.faces.cli.call import Call
from curator.faces.cli.grammar import option
from curator.faces.editors import known_editor
from curator.model import Status
from curator.settings import Edition
from curator.store.search import Search

F = TypeVar("F", bound=Callable[..., Any])

NAMES = (
    "source_id",
    "tag",
    "language",
    "query",
    "since",
    "older_than",
    "assignee",
    "claimed_by",
    "status",
    "problem",
)
"""What a saved filter may hold."""


def asking(function: F) -> F:
    """The options by which items are chosen in a list, and for a move of many."""
    for add in reversed(
        (
            option("--filter", "saved", metavar="NAME"),
            option("--source", "source_id", type=int, metavar="ID"),
            option("--tag", metavar="TAG"),
            option("--language", metavar="LANG"),
            option("--query", metavar="TEXT"),
            option("--since", metavar="TIME"),
            option("--older-than", metavar="AGE"),
            option("--assignee", metavar="NAME"),
            option("--claimed-by", metavar="NAME"),
        )
    ):
        function = add(function)
    return function


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    search: Search
    problem: str | None = None


def asked(call: Call, edition: Edition, given: Mapping[str, Any], *, saved: str | None = None) -> Asked:
    """What an editor asks for; BadInput and NotFound where it cannot be asked."""
    typed = {name: value for name, value in given.items() if value is not None}
    wanted = {**(saved_filter(call, saved) if saved is not None else {}), **typed}
    status, problem, source_id = wanted.get("status"), wanted.get("problem"), wanted.get("source_id")
    if status is not None and status not in set(Status):
        raise BadInput("status_unknown", status=status, known=[str(s) for s in Status])
    if problem is not None and problem not in CODES:
        raise BadInput("problem_unknown", code=problem, known=list(CODES))
    if source_id is not None:
        with call.store.read() as tx:
            tx.sources.get(source_id)
    for name in ("assignee", "claimed_by"):
        if wanted.get(name) is not None:
            known_editor(call.settings, wanted[name])
    return Asked(
        search=Search(
            edition=edition.key,
            status=Status(status) if status else None,
            source_ids=(source_id,) if source_id is not None else None,
            tag=wanted.get("tag"),
            language=wanted.get("language"),
            query=wanted.get("query"),
            since=_moment(call, wanted.get("since"), edition),
            before=_age(call, wanted.get("older_than"), edition),
            assignee=wanted.get("assignee"),
            claimed_by=wanted.get("claimed_by"),
        ),
        problem=problem,
    )


def in_status(asked: Asked, status: Status, *, folded: bool = False) -> Search:
    return replace(asked.search, status=status, folded=folded)


def anything(given: Mapping[str, Any], saved: str | None) -> bool:
    """Whether items were asked for at all."""
    return saved is not None or any(value is not None for value in given.values())


def saved_filter(call: Call, name: str) -> Mapping[str, Any]:
    with call.store.read() as tx:
        mine = tx.filters.of_editor(call.editor.name)
    if name not in mine:
        raise NotFound("filter_unknown", name=name, known=list(mine))
    return mine[name]


def _moment(call: Call, typed: str | None, edition: Edition) -> datetime | None:
    return call.time(typed, edition) if typed else None


def _age(call: Call, typed: str | None, edition: Edition) -> datetime | None:
    """`30d` is thirty days ago; anything else is a time."""
    if not typed:
        return None
    return call.time(f"-{typed}" if re.fullmatch(r"\d+[mhdw]", typed) else typed, edition)
