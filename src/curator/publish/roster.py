"""Subscribers as CSV: a list from elsewhere, brought in all at once, and ours to take away.

A refused line stops nobody else; it is reported with its number and the
reason. What is exported can be imported; spreadsheets take none of it for a
formula (CWE-1236).
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice

from curator.errors import BadInput, CuratorError
from curator.model import SubscriptionStatus
from curator.publish import departures, tokens
from curator.publish.departures import Departed
from curator.publish.erasures import LOCK
from curator.publish.subscribers import canonical, chosen
from curator.settings import Settings
from curator.store import Store
from curator.store.events import SYSTEM
from curator.store.subscribers import Consent, Entry, Subscribers
from curator.text import one_line

MOST_BYTES = 64 * 1024 * 1024
MOST_PEOPLE = 250_000
LONGEST_RECORD = 4096
_HEADINGS = frozenset({"email", "e-mail", "mail", "indirizzo", "address"})
COLUMNS = ("email", "edition", "status", "tags", "consented_at", "consent")
SUPPRESSED = "suppressed"
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
    settings: Settings,
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
    hashes = {line.email: tokens.address_hash(secret, line.email) for line in roster.lines}
    with store.begin() as tx:  # from here on others wait: a second for 100,000 lines
        tx.serialise(LOCK)
        record = departures.read(settings)
        sorted_out = _sort_out(tx.mailing.subscribers, roster.lines, hashes, record)
        if sorted_out.wanted and not dry_run:
            consent_of = partial(_given, stated, now=now)
            entries = [Entry(line.email, consent_of(line), tags=line.tags) for line in sorted_out.wanted]
            tx.mailing.subscribers.confirm_all(entries, now=now)
            added = {"added": len(entries)}
            tx.events.add(at=now, editor=by, move="subscriber_import", after=added)
    refused = sorted([*roster.refused, *sorted_out.refused], key=lambda line: line.line)
    return Imported(added=len(sorted_out.wanted), skipped=sorted_out.skipped, refused=tuple(refused))


@dataclass(frozen=True, slots=True, kw_only=True)
class _SortedOut:
    wanted: Sequence[Line]
    skipped: int
    refused: Sequence[RefusedLine]


def _sort_out(
    people: Subscribers, lines: Sequence[Line], hashes: Mapping[str, str], record: Mapping[str, Departed]
) -> _SortedOut:
    """Who is new, who is there already, and who must not come in by a list.

    `record` knows of some who left what a restored backup does not: that they were ever there.
    """
    known = people.directory()
    suppressed = people.suppressed(hashes.values())
    wanted: dict[tuple[str, str], Line] = {}
    refused: list[RefusedLine] = []
    skipped = 0
    for line in lines:
        key = (line.email.lower(), line.edition)
        _, statuses = known.get(key[0], (None, {}))
        match statuses.get(line.edition):
            case _ if hashes[line.email] in suppressed:
                refused.append(_refuse(line, "subscriber_suppressed"))
            case SubscriptionStatus.UNSUBSCRIBED:
                refused.append(_refuse(line, "subscriber_unsubscribed"))
            case SubscriptionStatus.CONFIRMED:
                skipped += 1
            case _ if hashes[line.email] in record and record[hashes[line.email]].left(line.edition):
                refused.append(_refuse(line, "subscriber_unsubscribed"))
            case _ if key in wanted:
                skipped += 1
            case _:
                wanted[key] = line
    return _SortedOut(wanted=list(wanted.values()), skipped=skipped, refused=refused)


def _given(stated: str, line: Line, *, now: datetime) -> Consent:
    at = line.consented_at or now
    return Consent(edition=line.edition, at=at, kind="given", text=stated, origin="import")


def read_roster(document: bytes, *, edition: str, editions: Collection[str], now: datetime) -> Roster:
    """Columns by their headings, as COLUMNS says; or one column of addresses without a heading. (pure)"""
    records = list(islice(_records(_decoded(document)), MOST_PEOPLE + 2))
    if len(records) > MOST_PEOPLE + 1:  # with a heading
        raise BadInput("subscribers_too_many", lines=len(records), most=MOST_PEOPLE)
    columns = _headings(records[0].cells) if records else None
    people = records if columns is None else records[1:]
    columns = columns or {"email": 0}
    lines: list[Line] = []
    refused: list[RefusedLine] = []
    for record in people:
        cell = partial(_cell, record.cells, columns)
        try:
            if record.broken is not None:
                raise BadInput(record.broken)
            lines.append(_line(record.number, cell, edition=edition, editions=editions, now=now))
        except CuratorError as error:
            refused.append(RefusedLine(line=record.number, email=cell("email")[:254], why=error.reason))
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
    store: Store,
    *,
    edition: str | None = None,
    statuses: Collection[SubscriptionStatus] = (),
    secret: bytes,
) -> tuple[str, int]:
    """The CSV and how many lines it has. Without `statuses` those whom we write to: other programs will, too.

    Whose address is suppressed is listed only where statuses are asked for, and said to be "suppressed".
    """
    wanted = statuses or (SubscriptionStatus.CONFIRMED,)
    with store.read() as tx:
        found = tx.mailing.subscribers.listed(edition=edition, statuses=wanted)
        hashes = {each.email: tokens.address_hash(secret, each.email) for each in found}
        suppressed = tx.mailing.subscribers.suppressed(hashes.values())
    silent = {email for email, address_hash in hashes.items() if address_hash in suppressed}
    listed = [each for each in found if statuses or each.email not in silent]
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\r\n")  # RFC 4180 §2
    table.writerow(COLUMNS)
    for each in listed:
        at = each.consented_at.astimezone(UTC).isoformat(timespec="seconds") if each.consented_at else ""
        tags = _TAG_SIGN.join(tag.replace(_TAG_SIGN, "/") for tag in each.tags or ())
        status = SUPPRESSED if each.email in silent else each.status
        row = (each.email, each.edition, status, tags, at, one_line(each.consent or ""))
        table.writerow([_harmless(str(cell)) for cell in row])
    return written.getvalue(), len(listed)


_LINE_END = re.compile(r"\r\n|\n|\r")
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def _harmless(cell: str) -> str:
    """A quote before what a spreadsheet would reckon with, or what has one there: it comes off again.

    No semicolon: where a comma is part of a number, it begins a new cell, even between quotes.
    """
    whole = cell.replace(";", ",")
    return f"'{whole}" if _FORMULA.match(whole) else whole


def _as_it_was(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _decoded(document: bytes) -> str:
    if len(document) > MOST_BYTES:
        raise BadInput("subscribers_too_many", bytes=len(document), most=MOST_PEOPLE)
    if document.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # "Unicode text" of spreadsheets
        return document.decode("utf-16", "replace")
    try:
        return document.decode("utf-8-sig")
    except UnicodeDecodeError:
        return document.decode("cp1252", "replace")  # what spreadsheets on Windows save in Italy


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """`number`: of its first line. `broken`: the code of why nobody can be read out of it."""

    number: int
    cells: Sequence[str]
    broken: str | None = None


def _records(written: str) -> Iterator[_Record]:
    """All that say something. A quoted cell may hold line breaks (RFC 4180 §2.6).

    What stands inside quotes is nobody's subscription: after quotes that are
    never closed, nothing is read any more.
    """
    lines = _LINE_END.split(written)
    if not lines[-1]:
        lines.pop()
    separator = _separator(lines)
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=separator)
    end = 0
    while end < len(lines):
        try:
            cells = next(reader)
        except csv.Error:
            cells = []
        begin, end = end, reader.line_num
        record = lines[begin:end]
        if _is_torn(record, cells, separator):
            yield _Record(number=begin + 1, cells=record[:1], broken="roster_quote_open")
            return
        if not cells or sum(map(len, record)) > LONGEST_RECORD:
            if any(line.strip() for line in record):
                yield _Record(number=begin + 1, cells=record[:1], broken="roster_line_too_long")
        elif any(cell.strip() for cell in cells):
            yield _Record(number=begin + 1, cells=cells)


def _is_torn(record: Sequence[str], cells: Sequence[str], separator: str) -> bool:
    """Quotes were opened that somebody else's quotes close, or none."""
    if len(record) == 1:
        return bool(cells) and cells[-1].endswith("\n")  # it went on behind the end of the file
    try:
        list(csv.reader([f"{line}\n" for line in record], delimiter=separator, strict=True))
    except csv.Error:
        return True
    return False


def _separator(lines: Sequence[str]) -> str:
    first = next((line for line in lines if line.strip()), "")
    return max(",;\t", key=first.count)


def _headings(cells: Sequence[str]) -> Mapping[str, int] | None:
    names = [cell.strip().lower() for cell in cells]
    email = next((i for i, name in enumerate(names) if name in _HEADINGS), None)
    if email is None:
        return None
    return {name: names.index(name) for name in COLUMNS if name in names} | {"email": email}


def _cell(cells: Sequence[str], columns: Mapping[str, int], name: str) -> str:
    column = columns.get(name)
    return _as_it_was(cells[column].strip()) if column is not None and column < len(cells) else ""


def _refuse(line: Line, why: str) -> RefusedLine:
    return RefusedLine(line=line.number, email=line.email, why=why)
