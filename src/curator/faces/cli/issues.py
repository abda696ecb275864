"""`issue …`: the newsletter of an edition, from the draft to the last delivery."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import click

from curator.errors import MailRefused
from curator.faces.cli import views
from curator.faces.cli.call import Call
from curator.faces.cli.ending import WrongUsage
from curator.faces.cli.grammar import argument, command, edition_option, limits, option, pass_call
from curator.faces.cli.issue_words import answer, answer_draft, issue_view, numbers, say_line
from curator.faces.cli.plain import instant
from curator.faces.cli.tables import Cell
from curator.model import Issue, IssueStatus
from curator.ports import Accepted, Deferred, HandOver, Rejected, Unknown, Written

number_argument = argument("number", type=int, required=False, metavar="[N]")


@command()
@edition_option
@pass_call
def draft(call: Call, edition: str | None) -> None:
    from curator.publish.drafting import draft_issue

    answer_draft(call, draft_issue(call.store, call.settings, edition=call.edition(edition), now=call.now))


@command()
@edition_option
@pass_call
def close(call: Call, edition: str | None) -> None:
    from curator.publish.drafting import draft_issue
    from curator.publish.issues import close_issue, issue_counts
    from curator.publish.usecases import write_outputs

    line, store, secret = call.edition(edition), call.open_store, call.newsroom.secret
    closed = close_issue(store, call.settings, edition=line, by=call.editor, secret=secret, now=call.now)
    if closed is None:
        answer_draft(call, draft_issue(call.store, call.settings, edition=line, now=call.now))
        return
    write_outputs(call.store, call.settings, now=call.now)
    answer(call, closed, issue_counts(call.store, closed))
    call.say("issue_next", edition=closed.edition, number=closed.number)


@command()
@argument("number", type=int, metavar="N")
@edition_option
@pass_call
def reopen(call: Call, number: int, edition: str | None) -> None:
    from curator.publish.issues import reopen_issue
    from curator.publish.usecases import write_outputs

    reopened = reopen_issue(
        call.open_store,
        call.settings,
        edition=call.edition(edition),
        number=number,
        by=call.editor,
        now=call.now,
    )
    write_outputs(call.store, call.settings, now=call.now)  # its page is gone
    answer_draft(call, reopened.draft, other_subject=reopened.other_subject)
    if reopened.other_subject:
        call.note("issue_other_subject", subject=reopened.other_subject)


@command()
@edition_option
@limits
@pass_call
def list_(call: Call, edition: str | None, limit: int, offset: int) -> None:
    from curator.publish.issues import list_issues

    found = list_issues(call.store, edition=call.edition(edition), limit=limit, offset=offset)
    call.emit({"issues": [issue_view(issue, counts) for issue, counts in found]})
    call.table(
        ["number", "status", "closed", "items", "selected", "unfinished", "subject"],
        [
            [
                issue.number,
                Cell(issue.status, seen=call.messages.say(f"issue_{issue.status}")),
                call.short(issue.closed_at),
                len(issue.item_ids),
                counts.selected,
                counts.unfinished,
                issue.letter.subject,
            ]
            for issue, counts in found
        ],
    )


@command()
@number_argument
@edition_option
@pass_call
def show(call: Call, number: int | None, edition: str | None) -> None:
    from curator.publish.issues import get_issue

    issue, counts = get_issue(call.store, edition=call.edition(edition), number=number)
    answer(call, issue, counts)
    call.tell("\n" + issue.letter.text)


@command()
@number_argument
@edition_option
@pass_call
def status(call: Call, number: int | None, edition: str | None) -> None:
    from curator.publish.issues import came_back, get_issue

    issue, counts = get_issue(call.store, edition=call.edition(edition), number=number)
    back = came_back(call.store, issue)
    bounced = back.hard + back.soft
    because = issue.paused_because or {}
    paused = because if issue.status is IssueStatus.PAUSED and "code" in because else None
    told = {
        "begun_at": instant(issue.begun_at),
        "paused_because": paused["code"] if paused else None,
        "bounced": bounced,
        "complaints": back.complaints,
    }
    call.emit(issue_view(issue, counts) | told)
    say_line(call, issue)
    if counts.selected:
        call.say("issue_counts", **numbers(counts))
    if bounced or back.complaints:
        call.say("issue_came_back", bounced=bounced, complaints=back.complaints)
    if paused:
        call.tell(call.messages.error(paused["code"], paused.get("data", {})))


@command()
@number_argument
@edition_option
@option("--open", "show_it", is_flag=True)
@pass_call
def preview(call: Call, number: int | None, edition: str | None, *, show_it: bool) -> None:
    from curator.publish.trial import preview_issue

    files = preview_issue(
        call.store,
        call.settings,
        edition=call.edition(edition),
        number=number,
        folder=call.preview_folder,
        secret=call.newsroom.secret,
        now=call.now,
    )
    paths = [files.html, files.text, files.eml]
    call.emit({"files": paths})
    for path in paths:
        call.tell(str(path))
    if show_it:
        click.launch(str(files.html))


@command()
@number_argument
@edition_option
@pass_call
def rebuild(call: Call, number: int | None, edition: str | None) -> None:
    from curator.publish.issues import issue_counts
    from curator.publish.trial import rebuild_issue

    made = rebuild_issue(
        call.store,
        call.settings,
        edition=call.edition(edition),
        number=number,
        folder=call.preview_folder,
        secret=call.newsroom.secret,
    )
    files = [made.files.html, made.files.text, made.files.eml]
    beside = [made.now.html, made.now.text, made.now.eml] if made.now else []
    told = {"files": files, "same": made.same, "differing": made.differing, "rebuilt": beside}
    call.emit(issue_view(made.issue, issue_counts(call.store, made.issue)) | told)
    for path in (*files, *beside):
        call.tell(str(path))
    named = {"number": made.issue.number}
    match made.same:
        case None:
            call.say("rebuild_unknown", **named)
        case True:
            call.say("rebuild_same", **named)
        case False:
            parts = [call.messages.say(f"rebuild_{part}") for part in made.differing]
            call.say("rebuild_newer" if made.newer else "rebuild_differs", parts=parts, **named)


@command()
@number_argument
@edition_option
@pass_call
def check(call: Call, number: int | None, edition: str | None) -> int:
    from curator.publish.checking import check_issue

    problems = check_issue(
        call.store,
        call.newsroom.mailroom,
        call.settings,
        edition=call.edition(edition),
        number=number,
        secret=call.newsroom.secret,
    )
    ready = not any(problem.blocks for problem in problems)
    call.emit({"ready": ready, "problems": [views.problem(p, call.messages) for p in problems]})
    for problem in problems:
        call.tell(f"{problem.code}  {call.messages.problem(problem)}")
    if ready:
        call.say("issue_ready")
    return 0 if ready else 1


@command()
@number_argument
@option("--to", "address", required=True, metavar="ADDR")
@option("--draft", "of_draft", is_flag=True)
@edition_option
@pass_call
def test(call: Call, number: int | None, address: str, edition: str | None, *, of_draft: bool) -> None:
    from curator.publish.trial import send_test

    if of_draft and number is not None:
        raise WrongUsage("usage_not_together", "N", "--draft")
    issue, outcome = send_test(
        call.open_store,
        call.newsroom.mailroom,
        call.settings,
        edition=call.edition(edition),
        number=number,
        of_draft=of_draft,
        to=address,
        secret=call.newsroom.secret,
        now=call.now,
    )
    call.note("test_of_draft" if of_draft else "test_of", number=issue.number, subject=issue.letter.subject)
    _answer_test(call, outcome, address)


def _answer_test(call: Call, outcome: HandOver, address: str) -> None:
    match outcome:
        case Accepted(reply=reply):
            call.emit({"outcome": "accepted", "to": address, "reply": reply, "file": None})
            call.say("test_accepted", to=address, reply=reply)
        case Written(path=path):
            call.emit({"outcome": "written", "to": address, "reply": None, "file": path})
            call.say("test_written", path=path)
        case Deferred(reply=reply) | Rejected(reply=reply) | Unknown(reply=reply):
            raise MailRefused("test_refused", to=address, reply=reply)


@command()
@number_argument
@edition_option
@option("--dry-run", is_flag=True)
@pass_call
def send(call: Call, number: int | None, edition: str | None, *, dry_run: bool) -> None:
    from curator.edges.process import is_gone, this_worker
    from curator.faces.clock import utcnow
    from curator.publish.issues import get_issue, waiting_before
    from curator.publish.sending import send_issue

    line = call.edition(edition)
    issue, counts = get_issue(call.store, edition=line, number=number)
    if dry_run:
        call.emit({**issue_view(issue, counts), "dry_run": True})
        call.say("would_send", number=issue.number, pending=counts.pending, deferred=counts.deferred)
        return
    due = counts.pending + counts.deferred
    with call.progress("send_working") as told:
        sent = send_issue(
            call.open_store,
            call.newsroom.mailroom,
            call.settings,
            edition=line,
            number=issue.number,
            by=call.editor.name,
            secret=call.newsroom.secret,
            worker=this_worker(),
            is_gone=is_gone,
            clock=utcnow,
            sleep=time.sleep,
            told=lambda done: told(done, max(due, done)),
        )
    answer(call, sent.issue, sent.counts)
    named = {"number": sent.issue.number, "edition": line.key}
    if sent.stopped:
        call.note("issue_stopped", reply=sent.stopped, **named)
    elif sent.counts.pending:
        call.note("issue_rest_later", pending=sent.counts.pending, **named)
    if sent.counts.ambiguous:
        call.note("issue_doubtful", ambiguous=sent.counts.ambiguous, **named)
    for older in waiting_before(call.store, sent.issue):
        call.note("issue_older_waits", older=older.number, **named)


# The moves that hold, resume and end the sending of an issue name it: never "the newest" by accident.


@command()
@argument("number", type=int, metavar="N")
@edition_option
@pass_call
def pause(call: Call, number: int, edition: str | None) -> None:
    from curator.publish.steering import pause_issue

    _steer(call, pause_issue, number, edition)


@command()
@argument("number", type=int, metavar="N")
@edition_option
@pass_call
def resume(call: Call, number: int, edition: str | None) -> None:
    from curator.publish.steering import resume_issue

    _steer(call, resume_issue, number, edition)


@command()
@argument("number", type=int, metavar="N")
@edition_option
@pass_call
def cancel(call: Call, number: int, edition: str | None) -> None:
    from curator.publish.steering import cancel_issue

    _steer(call, partial(cancel_issue, settings=call.settings), number, edition)


def _steer(call: Call, move: Callable[..., Issue], number: int, edition: str | None) -> None:
    from curator.publish.issues import issue_counts

    line = call.edition(edition)
    issue = move(call.store, edition=line, number=number, by=call.editor.name, now=call.now)
    answer(call, issue, issue_counts(call.store, issue))


@command()
@argument("number", type=int, metavar="N")
@argument("emails", nargs=-1, metavar="[EMAIL...]")
@option("--resend", is_flag=True)
@option("--drop", is_flag=True)
@edition_option
@pass_call
def settle(
    call: Call, number: int, emails: tuple[str, ...], edition: str | None, *, resend: bool, drop: bool
) -> None:
    from curator.publish.issues import get_issue
    from curator.publish.steering import settle_issue

    if resend == drop:
        raise WrongUsage("usage_not_together" if drop else "usage_one_needed", "--resend", "--drop")
    line = call.edition(edition)
    settle_issue(
        call.store,
        edition=line,
        number=number,
        emails=emails,
        resend=resend,
        by=call.editor.name,
        now=call.now,
    )
    answer(call, *get_issue(call.store, edition=line, number=number))
