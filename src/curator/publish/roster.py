"""Subscribers as CSV: a list from elsewhere, brought in all at once, and ours to take away.

A refused line stops nobody else; it is reported with its number and the
reason. What is exported can be imported; spreadsheets take none of it for a
formula (CWE-1236).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from curator.errors import BadInput, CuratorError
from curator.model import SubscriptionStatus
from curator.publish import tokens
from curator.publish.erasures import LOCK
from curator.publish.subscribers import canonical, chosen
from curator.store import Store
from curator.store.events import SYSTEM
from curator.store.subscribers import Subscribers
from curator.text import one_line

MOST_BYTES = 16 * 1024 * 1024
MOST_LINES = 100_000
LONGEST_LINE = 4096
_HEADINGS = frozenset({"email", "e-mail", "mail", "indirizzo", "address"})
COLUMNS = ("email", "edition", "status", "tags", "consented_at", "consent")
_TAG_SIGN = "|"  # between tags: a comma or semicolon may end a cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`consented_at` None: the list does not say."""

    number: int
    email: str
    edition: str
    tags: tuple[str, ...] | None = None
    consented_at: datetime | None = None


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
    by: str = SYSTEM,
    secret: bytes,
    now: datetime,
    dry_run: bool = False,
) -> Imported:
    """Enter everybody on the list as confirmed, on the strength of the consent that `consent` describes.

    `edition` is meant where a line names none. A line may say when its person
    agreed, and must not say that they did not. Whoever unsubscribed, was
    erased or is suppressed stays out: a list is not their change of mind.
    """
    stated = (consent or "").strip()
    if not stated:
        raise BadInput("consent_missing")
    roster = read_roster(document, edition=edition, editions=editions, now=now)
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
        if added and not dry_run:
            tx.events.add(at=now, editor=by, move="subscriber_import", after={"added": added})
    return Imported(added=added, skipped=skipped, refused=tuple(sorted(refused, key=lambda line: line.line)))


def read_roster(document: bytes, *, edition: str, editions: Collection[str], now: datetime) -> Roster:
    """Columns by their headings, as COLUMNS says; or one column of addresses without a heading. (pure)"""
    lines: list[Line] = []
    refused: list[RefusedLine] = []
    columns: Mapping[str, int] | None = None
    for number, cells in _rows(_decoded(document)):
        if columns is None:
            columns = _headings(cells)
            if columns is not None:
                continue
            columns = {"email": 0}
        cell = partial(_cell, cells, columns)
        try:
            lines.append(_line(number, cell, edition=edition, editions=editions, now=now))
        except CuratorError as error:
            refused.append(RefusedLine(line=number, email=cell("email")[:254], why=error.reason))
    return Roster(lines=tuple(lines), refused=tuple(refused))


def _line(
    number: int, cell: Callable[[str], str], *, edition: str, editions: Collection[str], now: datetime
) -> Line:
    """Raises BadInput, whose code says why the line is refused."""
    email = canonical(cell("email"))
    wanted = cell("edition") or edition
    if wanted not in editions:
        raise BadInput("roster_edition_unknown")
    if cell("status") not in ("", SubscriptionStatus.CONFIRMED):
        raise BadInput("roster_not_confirmed")
    tags = chosen(cell("tags").split(_TAG_SIGN)) if cell("tags") else None
    return Line(
        number=number, email=email, edition=wanted, tags=tags, consented_at=_moment(cell("consented_at"), now)
    )


def _moment(said: str, now: datetime) -> datetime | None:
    """ISO 8601; a day alone is its beginning, in UTC as all without a zone."""
    if not said:
        return None
    try:
        moment = datetime.fromisoformat(said)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadInput("roster_time_invalid") from error
    if moment > now:
        raise BadInput("roster_time_invalid")
    return moment


# ── taking them away ──


def export_subscribers(
    store: Store, *, edition: str | None = None, statuses: Collection[SubscriptionStatus] = ()
) -> tuple[str, int]:
    """The CSV and how many lines it has. Without `statuses` the confirmed: other programs write to them."""
    wanted = statuses or (SubscriptionStatus.CONFIRMED,)
    with store.read() as tx:
        listed = tx.mailing.subscribers.listed(edition=edition, statuses=wanted)
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\r\n")  # RFC 4180 §2
    table.writerow(COLUMNS)
    for each in listed:
        at = each.consented_at.astimezone(UTC).isoformat(timespec="seconds") if each.consented_at else ""
        tags = _TAG_SIGN.join(tag.replace(_TAG_SIGN, "/") for tag in each.tags or ())
        row = (each.email, each.edition, each.status, tags, at, one_line(each.consent or ""))
        table.writerow([_harmless(str(cell)) for cell in row])
    return written.getvalue(), len(listed)


_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def _harmless(cell: str) -> str:
    """A quote before what a spreadsheet would reckon with, or what has one there: it comes off again."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _as_it_was(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


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


def _headings(cells: list[str]) -> Mapping[str, int] | None:
    names = [cell.strip().lower() for cell in cells]
    email = next((i for i, name in enumerate(names) if name in _HEADINGS), None)
    if email is None:
        return None
    return {name: names.index(name) for name in COLUMNS if name in names} | {"email": email}


def _cell(cells: list[str], columns: Mapping[str, int], name: str) -> str:
    column = columns.get(name)
    return _as_it_was(cells[column].strip()) if column is not None and column < len(cells) else ""


def _enter(people: Subscribers, subscriber_id: int | None, line: Line, *, consent: str, now: datetime) -> int:
    who = people.add(line.email, now=now) if subscriber_id is None else subscriber_id
    people.subscribe(who, line.edition, SubscriptionStatus.CONFIRMED, now=now)
    said_at = line.consented_at or now
    people.record_consent(who, line.edition, kind="given", text=consent, origin="import", now=said_at)
    if line.tags is not None:
        people.prefer(who, line.edition, line.tags)
    return who


def _refuse(line: Line, why: str) -> RefusedLine:
    return RefusedLine(line=line.number, email=line.email, why=why)
