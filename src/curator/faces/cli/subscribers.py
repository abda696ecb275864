"""`subscriber …`: who gets the newsletter, and on what consent."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curator.errors import BadInput
from curator.faces.cli import views
from curator.faces.cli.call import Call
from curator.faces.cli.grammar import argument, command, edition_option, limits, option, pass_call
from curator.faces.cli.plain import document
from curator.model import Subscriber, SubscriptionStatus
from curator.store import Store

if TYPE_CHECKING:
    from curator.publish.kept import Kept

LAST_ISSUES = 5
email_argument = argument("email")
_statuses = click.Choice([str(status) for status in SubscriptionStatus])


def _store(call: Call) -> Store:
    """Whoever was erased after the backup that this database was restored from is erased again."""
    from curator.publish.erasures import reapply_erasures

    if again := reapply_erasures(call.store, call.settings, secret=call.newsroom.secret):
        call.note("erasures_reapplied", count=again)
    return call.store


@command()
@email_argument
@edition_option
@option("--confirmed", is_flag=True)
@option("--consent", metavar="TEXT")
@pass_call
def add(call: Call, email: str, edition: str | None, consent: str | None, *, confirmed: bool) -> None:
    from curator.publish.subscribers import add_subscriber

    added = add_subscriber(
        _store(call),
        call.settings,
        email=email,
        edition=call.edition(edition),
        confirmed=confirmed,
        consent=consent,
        by=call.editor.name,
        secret=call.newsroom.secret,
        now=call.now,
    )
    row = views.subscriber(added.subscriber)
    call.emit({**row, "asked": added.asked, "subscribers": [row]})
    _rows(call, [added.subscriber])
    if added.subscriber.status is not SubscriptionStatus.CONFIRMED:
        call.note("subscriber_asked" if added.asked else "subscriber_waits", email=added.subscriber.email)


@command()
@edition_option
@option("--status", type=_statuses)
@option("--query", metavar="TEXT")
@limits
@pass_call
def list_(
    call: Call, *, edition: str | None, status: str | None, query: str | None, limit: int, offset: int
) -> None:
    from curator.publish.subscribers import list_subscribers

    total, found = list_subscribers(
        _store(call),
        edition=call.edition(edition).key if edition else None,
        status=SubscriptionStatus(status) if status else None,
        query=query,
        limit=limit,
        offset=offset,
    )
    call.emit({"total": total, "subscribers": [views.subscriber(each) for each in found]})
    _rows(call, found)
    call.page_note(shown=len(found), offset=offset, total=total)


@command()
@email_argument
@option("--export", "whole", is_flag=True)
@pass_call
def show(call: Call, email: str, *, whole: bool) -> None:
    from curator.publish.kept import kept_of, plainly
    from curator.publish.subscribers import show_subscriber

    store = _store(call)
    kept = kept_of(store, email=email, secret=call.newsroom.secret, mails=None if whole else LAST_ISSUES)
    person = plainly(kept, now=call.now)
    rows = [views.subscriber(each) for each in show_subscriber(store, email=email)]
    call.emit({"subscribers": rows, "person": person})
    if whole:
        call.tell(document(person).rstrip("\n"))
        return
    _shown(call, kept)


def _shown(call: Call, kept: Kept) -> None:
    call.table(
        ["email", "edition", "status", "tags", "at"],
        [
            [kept.email, each.edition, each.status, ", ".join(each.tags or ()), call.short(each.changed_at)]
            for each in kept.standings
        ],
    )
    if kept.suppressed:
        call.say("subscriber_is_suppressed", reason=kept.suppressed[0], since=call.spoken(kept.suppressed[1]))
    if kept.consents:
        call.say("subscriber_consents")
        call.table(
            ["at", "edition", "consent", "origin", "text"],
            [
                [call.short(each.at), each.edition, each.kind, each.origin, each.text]
                for each in kept.consents
            ],
        )
    if kept.mails:
        call.say("subscriber_issues")
        call.table(
            ["edition", "issue", "state", "at"],
            [
                [each["edition"], each["number"], each["state"], call.short(each["changed_at"])]
                for each in kept.mails
            ],
        )


@command()
@edition_option
@option("--status", type=_statuses, multiple=True)
@option("--output", type=click.Path(path_type=Path, dir_okay=False))
@pass_call
def export(call: Call, edition: str | None, status: tuple[str, ...], output: Path | None) -> None:
    from curator.publish.roster import export_subscribers

    written, count = export_subscribers(
        _store(call),
        edition=call.edition(edition).key if edition else None,
        statuses=[SubscriptionStatus(each) for each in status],
        secret=call.newsroom.secret,
    )
    if output is not None:
        _keep(output, written.encode())
    call.emit({"count": count, "file": output} if output else {"count": count, "csv": written})
    if output is None:
        call.tell(written.replace("\r\n", "\n").rstrip("\n"))
    else:
        call.say("subscribers_exported", count=count, path=output)


@command()
@argument("file", type=click.Path(path_type=Path, dir_okay=False))
@option("--consent", metavar="TEXT", required=True)
@edition_option
@option("--dry-run", is_flag=True)
@pass_call
def import_(call: Call, file: Path, consent: str, edition: str | None, *, dry_run: bool) -> None:
    from curator.publish.roster import import_subscribers

    done = import_subscribers(
        _store(call),
        call.settings,
        document=_document(file),
        edition=call.edition(edition).key,
        editions=call.settings.editions,
        consent=consent,
        by=call.editor.name,
        secret=call.newsroom.secret,
        now=call.now,
        dry_run=dry_run,
    )
    refused = [
        {
            "line": line.line,
            "email": line.email,
            "why": line.why,
            "message": call.messages.error(line.why, {"email": line.email}),
        }
        for line in done.refused
    ]
    call.emit(
        {"added": done.added, "skipped": done.skipped, "refused": refused}
        | ({"dry_run": True} if dry_run else {})
    )
    call.say("subscribers_imported", added=done.added, skipped=done.skipped, refused=len(refused))
    for each in refused:
        call.say("subscriber_line_refused", line=each["line"], email=each["email"], why=each["message"])


@command()
@email_argument
@edition_option
@pass_call
def unsubscribe(call: Call, email: str, edition: str | None) -> None:
    from curator.publish import subscribers

    key = call.edition(edition).key if edition else None
    found = subscribers.unsubscribe(
        _store(call),
        call.settings,
        email=email,
        edition=key,
        by=call.editor.name,
        secret=call.newsroom.secret,
        now=call.now,
    )
    call.emit({"subscribers": [views.subscriber(each) for each in found]})
    _rows(call, found)


@command()
@email_argument
@pass_call
def erase(call: Call, email: str) -> None:
    from curator.publish import subscribers

    removed = subscribers.erase(
        _store(call),
        call.settings,
        email=email,
        by=call.editor.name,
        secret=call.newsroom.secret,
        now=call.now,
    )
    call.emit({"erased": True, "files_removed": removed, "subscribers": []})
    call.say("subscriber_erased", count=removed)


def _document(file: Path) -> bytes:
    """One byte more than is taken is enough to refuse it: nobody reads a disk into memory for that."""
    from curator.publish.roster import MOST_BYTES

    if str(file) == "-":
        return sys.stdin.buffer.read(MOST_BYTES + 1)
    with file.open("rb") as given:
        return given.read(MOST_BYTES + 1)


def _keep(path: Path, content: bytes) -> None:
    """Whole or not at all, and for its owner alone: these are addresses."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as new:  # 0600
            new.write(content)
        Path(new.name).replace(path)
    except OSError as error:
        raise BadInput("file_not_written", path=str(path), cause=error.strerror) from error


def _rows(call: Call, found: Sequence[Subscriber]) -> None:
    call.table(["email", "edition", "status"], [[each.email, each.edition, each.status] for each in found])
