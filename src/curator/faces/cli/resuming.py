"""`resume`: a newsroom that was restored, copied or moved goes on, once it knows what it had done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from curator.errors import NotFound, Refused
from curator.faces.cli.call import Call
from curator.faces.cli.grammar import command, edition_option, option, pass_call

if TYPE_CHECKING:
    from curator.publish.replaying import Learnt
    from curator.publish.resuming import Resumed


@command()
@option("--after-restore", is_flag=True)
@option("--issue", "numbers", type=int, multiple=True, metavar="N")
@edition_option
@option("--dry-run", is_flag=True)
@pass_call
def resume(
    call: Call, numbers: tuple[int, ...], edition: str | None, *, after_restore: bool, dry_run: bool
) -> None:
    from curator.edges.place import place_of
    from curator.publish import replaying, resuming

    call.quiet()
    line = call.edition(edition)
    hold = call.newsroom.look(now=call.now)
    if hold is not None and not after_restore:
        raise Refused("resume_unasked")
    with call.store.read() as tx:
        for number in numbers:
            if tx.mailing.issues.get(line.key, number).status not in replaying.UNFINISHED:
                raise NotFound("resume_issue_over", number=number, edition=line.key)
    done = resuming.Resumed(hold=None)
    if hold is not None:
        done = resuming.resume(
            call.store,
            call.settings,
            named={(line.key, number) for number in numbers},
            place=place_of(call.store.path),
            secret=call.newsroom.secret,
            by=call.editor.name,
            now=call.now,
            dry_run=dry_run,
        )
    call.emit(_view(done, dry_run=dry_run))
    _tell(call, done)


def _view(done: Resumed, *, dry_run: bool) -> dict[str, Any]:
    hold = done.hold
    return {
        "held": hold and {"because": hold.because, "since": hold.since, "made_at": hold.made_at},
        "journal": done.journal,
        "until": done.until,
        "dry_run": dry_run,
        "lifted": done.lifted,
        "replayed": {
            "people": done.people,
            "mails": sum(one.handed for one in done.issues),
            "in_doubt": sum(one.doubtful for one in done.issues),
            "notices": done.notices,
            "issues": sum(one.before is None for one in done.issues),
            "published": done.published,
            "withdrawn": done.withdrawn,
            "gone": done.gone,
        },
        "issues": [
            {
                "edition": one.edition,
                "number": one.number,
                "subject": one.subject,
                "before": one.before,
                "after": one.after,
                "mails": one.handed,
                "in_doubt": one.doubtful,
                "waiting": one.waiting,
            }
            for one in done.issues
        ],
        "slots": done.slots,
        "left_out": done.left_out,
    }


def _tell(call: Call, done: Resumed) -> None:
    if done.hold is None:
        call.say("resume_nothing")
        return
    call.say(f"resume_was_{done.hold.because}", since=done.hold.since)
    if done.journal is not None and done.journal != "whole":
        call.say(f"resume_journal_{done.journal}", until=done.until)
    for key, count in {"resume_people": done.people, "resume_notices": done.notices}.items():
        if count:
            call.say(key, count=count)
    for one in done.issues:
        _tell_issue(call, one)
    _tell_items(call, done)
    if done.hold.because == "restored":
        call.say("resume_by_hand")
    call.say("resume_goes_on" if done.lifted else "resume_would_go_on")


def _tell_issue(call: Call, one: Learnt) -> None:
    said = {"number": one.number, "edition": one.edition, "subject": one.subject}
    status = call.messages.say(f"issue_{one.after}")
    known = "resume_issue_lost" if one.before is None else "resume_issue"
    call.say(known, status=status, mails=one.handed, doubtful=one.doubtful, waiting=one.waiting, **said)
    if one.doubtful:
        call.note("issue_doubtful", ambiguous=one.doubtful, number=one.number, edition=one.edition)


def _tell_items(call: Call, done: Resumed) -> None:
    from curator.publish.lost import keep_pages

    if done.published:
        call.say("resume_published", items=done.published)
    if done.withdrawn:
        call.say("resume_withdrawn", items=done.withdrawn)
    kept = keep_pages(call.settings, done.gone) if done.lifted else {}
    for address in done.gone:
        call.say("resume_gone", address=address)
        if address in kept:
            call.say("resume_kept", path=kept[address])
    for key, slot in done.slots.items():
        call.say("resume_slot", edition=key, slot=slot)
    if done.left_out:
        call.say("resume_left_out", items=done.left_out)
