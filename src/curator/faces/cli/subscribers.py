"""`subscriber …`: who gets the newsletter, and on what consent."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from curator.faces.cli import views
from curator.faces.cli.call import Call
from curator.faces.cli.grammar import argument, command, edition_option, limits, option, pass_call
from curator.model import Subscriber

email_argument = argument("email")


@command()
@email_argument
@edition_option
@option("--confirmed", is_flag=True)
@option("--consent", metavar="TEXT")
@pass_call
def add(call: Call, email: str, edition: str | None, consent: str | None, *, confirmed: bool) -> None:
    from curator.publish.subscribers import add_subscriber

    added = add_subscriber(
        call.store,
        call.settings,
        email=email,
        edition=call.edition(edition),
        confirmed=confirmed,
        consent=consent,
        secret=call.newsroom.secret,
        now=call.now,
    )
    found = added.subscriber
    call.emit({**views.subscriber(found), "subscribers": [views.subscriber(found)]})
    _rows(call, [found])


@command()
@edition_option
@limits
@pass_call
def list_(call: Call, edition: str | None, limit: int, offset: int) -> None:
    from curator.publish.subscribers import list_subscribers

    key = call.edition(edition).key if edition else None
    total, found = list_subscribers(call.store, edition=key, limit=limit, offset=offset)
    call.emit({"total": total, "subscribers": [views.subscriber(each) for each in found]})
    _rows(call, found)
    call.page_note(shown=len(found), offset=offset, total=total)


@command()
@email_argument
@pass_call
def show(call: Call, email: str) -> None:
    from curator.publish.subscribers import show_subscriber

    found = show_subscriber(call.store, email=email)
    call.emit({"subscribers": [views.subscriber(each) for each in found]})
    _rows(call, found)


@command()
@argument("file", type=click.Path(path_type=Path, dir_okay=False))
@option("--consent", metavar="TEXT", required=True)
@edition_option
@option("--dry-run", is_flag=True)
@pass_call
def import_(call: Call, file: Path, consent: str, edition: str | None, *, dry_run: bool) -> None:
    from curator.publish.roster import import_subscribers

    done = import_subscribers(
        call.store,
        document=sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes(),
        edition=call.edition(edition).key,
        editions=call.settings.editions,
        consent=consent,
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
    found = subscribers.unsubscribe(call.store, email=email, edition=key, now=call.now)
    call.emit({"subscribers": [views.subscriber(each) for each in found]})
    _rows(call, found)


@command()
@email_argument
@pass_call
def erase(call: Call, email: str) -> None:
    from curator.publish import subscribers

    removed = subscribers.erase(
        call.store, call.settings, email=email, secret=call.newsroom.secret, now=call.now
    )
    call.emit({"erased": True, "files_removed": removed, "subscribers": []})
    call.say("subscriber_erased", count=removed)


def _rows(call: Call, found: Sequence[Subscriber]) -> None:
    call.table(["email", "edition", "status"], [[each.email, each.edition, each.status] for each in found])
