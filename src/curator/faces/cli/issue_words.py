"""How an issue is said: as JSON, in one line, and a draft with all that is in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from curator.faces.cli import views
from curator.faces.cli.call import Call
from curator.faces.cli.plain import instant
from curator.model import Issue, IssueCounts

if TYPE_CHECKING:
    from curator.publish.drafting import Draft, Place


def answer_draft(call: Call, draft: Draft, *, other_subject: str | None = None) -> None:
    """What closing would freeze, and why: each item that is in, and each that is not."""
    issue, stands = draft.issue, draft.arranged
    told = {
        "version": stands.version,
        "editor": stands.editor,
        "changed_at": instant(stands.changed_at) if stands.changed_at else None,
        "intro": stands.arrangement.intro,
        "subject": stands.arrangement.subject,
        "proposed_subject": draft.proposed,
        "contents": [_place_view(place) for place in draft.places],
        "left_out": [_place_view(place) for place in draft.left_out],
    }
    more = {} if other_subject is None else {"other_subject": other_subject}
    call.emit(issue_view(issue, IssueCounts()) | {"draft": told | more})
    if not issue.item_ids:
        call.say("issue_all_held" if draft.waiting else "issue_nothing", edition=issue.edition)
        if stands.arrangement.subject or stands.arrangement.intro:
            call.say("issue_words_kept")
    else:
        say_line(call, issue)
        call.say("draft_subject_own" if stands.arrangement.subject else "draft_subject_proposed")
    if stands.arrangement.intro:
        call.prose(f"\n{stands.arrangement.intro}\n")
    _tell_places(call, "draft_in", draft.places)
    _tell_places(call, "draft_out", draft.left_out)


def _tell_places(call: Call, heading: str, places: Sequence[Place]) -> None:
    if not places:
        return
    call.say(heading)
    rows = []
    for place in places:
        why = ", ".join(call.messages.say(f"why_{r}", number=place.kept_from) for r in place.reasons)
        rows.append([place.item_id, call.short(place.published_at), why, place.headline])
    call.table(["item", "published", "why", "headline"], rows)


def _place_view(place: Place) -> views.View:
    return {
        "item": place.item_id,
        "headline": place.headline,
        "published_at": instant(place.published_at),
        "reasons": list(place.reasons),
        "kept_from": place.kept_from,
    }


def issue_view(issue: Issue, counts: IssueCounts) -> views.View:
    """ISSUE: `selected` is all the other numbers added up."""
    return {
        "number": issue.number,
        "edition": issue.edition,
        "status": issue.status,
        "subject": issue.letter.subject,
        "items": list(issue.item_ids),
        "closed_at": None if issue.id == 0 else instant(issue.closed_at),
        **numbers(counts),
    }


def numbers(counts: IssueCounts) -> dict[str, Any]:
    return {
        "selected": counts.selected,
        "accepted": counts.accepted,
        "failed": counts.failed,
        "suppressed": counts.suppressed,
        "excluded": counts.excluded,
        "pending": counts.pending,
        "deferred": counts.deferred,
        "ambiguous": counts.ambiguous,
        "written": counts.written,
    }


def answer(call: Call, issue: Issue, counts: IssueCounts) -> None:
    call.emit(issue_view(issue, counts))
    say_line(call, issue)
    if counts.selected:
        call.say("issue_counts", **numbers(counts))


def say_line(call: Call, issue: Issue) -> None:
    call.say(
        "issue_line",
        number=issue.number,
        edition=issue.edition,
        status=call.messages.say(f"issue_{issue.status}"),
        subject=issue.letter.subject,
        items=issue.item_ids,
    )
