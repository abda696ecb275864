"""A list of subscribers from elsewhere, as CSV: read line by line, brought in all at once.

A refused line stops nobody else; it is reported with its number and the reason.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from curator.errors import BadInput
from curator.model import SubscriptionStatus
from curator.publish import tokens
from curator.publish.erasures import LOCK
from curator.publish.subscribers import canonical
from curator.store import Store
from curator.store.subscribers import Subscribers

MOST_BYTES = 16 * 1024 * 1024
MOST_LINES = 100_000
LONGEST_LINE = 4096
_HEADINGS = frozenset({"email", "e-mail", "mail", "indirizzo", "address"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    number: int
    email: str
    edition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedLine:
    """`why` is a code of the catalogues: the reason for people is said by the face."""

    line: int
    email: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    lines: tuple[Line, ...]
    refused: tuple[RefusedLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """`skipped` were subscribed already; `refused` says which lines were not taken, and why."""

    added: int
    skipped: int
    refused: tuple[RefusedLine, ...]


def import_subscribers(
    store: Store,
    *,
    document: bytes,
    edition: str,
    editions: Collection[str],
    consent: str | None,
    secret: bytes,
    now: datetime,
    dry_run: bool = False,
) -> Imported:
    """Enter everybody on the list as confirmed, on the strength of the consent that `consent` describes.

    `edition` is meant where a line names none. Whoever unsubscribed, was
    erased or is suppressed stays out: a list is not their change of mind.
    """
    stated = (consent or "").strip()
    if not stated:
        raise BadInput("consent_missing")
    roster = read_roster(document, edition=edition, editions=editions)
    refused = list(roster.refused)
    added = skipped = 0
    with store.begin() as tx:
        tx.serialise(LOCK)
        people = tx.mailing.subscribers
        known: dict[str, tuple[int | None, dict[str, SubscriptionStatus]]] = {
            email: (id_, dict(status)) for email, (id_, status) in people.directory().items()
        }
        hashes = {line.email: tokens.address_hash(secret, line.email) for line in roster.lines}
        suppressed = people.suppressed(hashes.values())
        for line in roster.lines:
            subscriber_id, statuses = known.get(line.email.lower(), (None, {}))
            match statuses.get(line.edition):
                case _ if hashes[line.email] in suppressed:
                    refused.append(_refuse(line, "subscriber_suppressed"))
                case SubscriptionStatus.UNSUBSCRIBED:
                    refused.append(_refuse(line, "subscriber_unsubscribed"))
                case SubscriptionStatus.CONFIRMED:
                    skipped += 1
                case _:
                    if not dry_run:
                        subscriber_id = _enter(people, subscriber_id, line, consent=stated, now=now)
                    confirmed = SubscriptionStatus.CONFIRMED
                    known[line.email.lower()] = (subscriber_id, statuses | {line.edition: confirmed})
                    added += 1
    return Imported(added=added, skipped=skipped, refused=tuple(sorted(refused, key=lambda line: line.line)))


def read_roster(document: bytes, *, edition: str, editions: Collection[str]) -> Roster:
    """Columns `email` and, if wanted, `edition`; or one column of addresses without a heading. (pure)"""
    lines: list[Line] = []
    refused: list[RefusedLine] = []
    columns: dict[str, int] | None = None
    for number, cells in _rows(_decoded(document)):
        if columns is None:
            columns = _headings(cells)
            if columns is not None:
                continue
            columns = {"email": 0}
        email = _cell(cells, columns["email"])
        wanted = _cell(cells, columns.get("edition")) or edition
        try:
            address = canonical(email)
        except BadInput as error:
            refused.append(RefusedLine(line=number, email=email[:254], why=error.reason))
            continue
        if wanted not in editions:
            refused.append(RefusedLine(line=number, email=address, why="roster_edition_unknown"))
            continue
        lines.append(Line(number=number, email=address, edition=wanted))
    return Roster(lines=tuple(lines), refused=tuple(refused))


def _decoded(document: bytes) -> str:
    if len(document) > MOST_BYTES:
        raise BadInput("subscribers_too_many", bytes=len(document), most=MOST_BYTES)
    try:
        return document.decode("utf-8-sig")
    except UnicodeDecodeError:
        return document.decode("cp1252", "replace")  # what spreadsheets on Windows save in Italy


def _rows(written: str) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of every line that says something; quoted line breaks are not wanted here."""
    lines = written.splitlines()
    if len(lines) > MOST_LINES:
        raise BadInput("subscribers_too_many", lines=len(lines), most=MOST_LINES)
    separator = _separator(lines)
    for number, line in enumerate(lines, start=1):
        # One line at a time: an unclosed quote spoils its own line and not the rest of the file.
        try:
            cells = next(csv.reader(io.StringIO(line[:LONGEST_LINE]), delimiter=separator), [])
        except csv.Error:
            cells = [line[:254]]
        if any(cell.strip() for cell in cells):
            yield number, cells


def _separator(lines: list[str]) -> str:
    first = next((line for line in lines if line.strip()), "")
    return max(",;\t", key=first.count)


def _headings(cells: list[str]) -> dict[str, int] | None:
    names = [cell.strip().lower() for cell in cells]
    email = next((i for i, name in enumerate(names) if name in _HEADINGS), None)
    if email is None:
        return None
    edition = names.index("edition") if "edition" in names else None
    return {"email": email} | ({"edition": edition} if edition is not None else {})


def _cell(cells: list[str], column: int | None) -> str:
    return cells[column].strip() if column is not None and column < len(cells) else ""


def _enter(people: Subscribers, subscriber_id: int | None, line: Line, *, consent: str, now: datetime) -> int:
    who = people.add(line.email, now=now) if subscriber_id is None else subscriber_id
    people.subscribe(who, line.edition, SubscriptionStatus.CONFIRMED, now=now)
    people.record_consent(who, line.edition, kind="given", text=consent, origin="import", now=now)
    return who


def _refuse(line: Line, why: str) -> RefusedLine:
    return RefusedLine(line=line.number, email=line.email, why=why)
