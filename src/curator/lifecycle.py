"""Which move is allowed from which status, and for whom: the one table of moves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from curator.errors import ClaimedByOther, MoveNotAllowed
from curator.model import Editor, Event, Item, Move, Status

_ANY = {status: status for status in Status}

MOVES: dict[Move, dict[Status, Status]] = {
    # From drafting: the claim is renewed, or taken over from somebody else.
    Move.CLAIM: {Status.QUEUED: Status.DRAFTING, Status.DRAFTING: Status.DRAFTING},
    Move.RELEASE: {Status.DRAFTING: Status.QUEUED, Status.READY: Status.QUEUED},
    Move.SKIP: {Status.QUEUED: Status.SKIPPED, Status.DRAFTING: Status.SKIPPED},
    Move.REQUEUE: {Status.SKIPPED: Status.QUEUED},
    # Writing a queued item claims it; writing a published one is the move `correct`.
    Move.WRITE: {
        Status.QUEUED: Status.DRAFTING,
        Status.DRAFTING: Status.DRAFTING,
        Status.READY: Status.DRAFTING,
    },
    # From ready: at another time. From published: a correction that wants a second pair of eyes.
    Move.APPROVE: {
        Status.DRAFTING: Status.READY,
        Status.READY: Status.READY,
        Status.PUBLISHED: Status.PUBLISHED,
    },
    Move.SEND_BACK: {Status.DRAFTING: Status.DRAFTING, Status.READY: Status.DRAFTING},
    Move.PUBLISH: {Status.READY: Status.PUBLISHED, Status.PUBLISHED: Status.PUBLISHED},
    Move.CORRECT: {Status.PUBLISHED: Status.PUBLISHED},
    Move.WITHDRAW: {Status.PUBLISHED: Status.WITHDRAWN},
    Move.ASSIGN: {
        status: status for status in (Status.QUEUED, Status.DRAFTING, Status.READY, Status.PUBLISHED)
    },
    Move.COMMENT: _ANY,
}
"""`clip` and `import` begin an item; `undo`, `join` and `separate` go by what was done before."""

_AT_THE_DESK = (
    Move.CLAIM,
    Move.WRITE,
    Move.APPROVE,
    Move.SEND_BACK,
    Move.RELEASE,
    Move.SKIP,
    Move.REQUEUE,
    Move.CORRECT,
    Move.WITHDRAW,
)
"""What is offered to whoever asked for something impossible; a comment is possible always."""


def after(move: Move, status: Status, *, item_id: int) -> Status:
    """The status that `move` leads to from `status`, or MoveNotAllowed with what would be possible."""
    try:
        return MOVES[move][status]
    except KeyError:
        raise MoveNotAllowed(
            item=item_id,
            move=_typed(move),
            status=status,
            possible=offered(status),
        ) from None


def possible(status: Status) -> tuple[Move, ...]:
    """The moves at the desk that this status allows; approving a correction only where one waits."""
    return tuple(
        move
        for move in _AT_THE_DESK
        if status in MOVES[move] and (move, status) != (Move.APPROVE, Status.PUBLISHED)
    )


def offered(status: Status) -> list[str]:
    """The same as one types them."""
    return [
        "approve --at" if (move, status) == (Move.APPROVE, Status.READY) else _typed(move)
        for move in possible(status)
    ]


def begins(move: Move) -> tuple[Status, ...]:
    """The statuses from which the move leads anywhere."""
    return tuple(MOVES[move])


def _typed(move: Move) -> str:
    """The command behind a move: a correction is written."""
    return "write" if move is Move.CORRECT else str(move).replace("_", "-")


# ── a claim is a lease ──


def on_desk_of_other(item: Item, by: Editor, now: datetime) -> bool:
    """Whether another editor's claim still lasts."""
    return item.editor not in (None, by.name) and item.claimed_until is not None and item.claimed_until > now


def hold(item: Item, by: Editor, now: datetime) -> None:
    """Refuse while another editor's claim lasts, naming who and until when."""
    if on_desk_of_other(item, by, now):
        raise ClaimedByOther(item=item.id, editor=item.editor, until=item.claimed_until)


def leaves_texts(event: Event) -> bool:
    """Whether whoever is writing may go on: it says who is to do something, until when, and nothing else."""
    return event.after.keys() <= {"assignee", "claimed_until"}


# ── a second pair of eyes ──

SHARED = ("excerpt", "attributions", "image", "tags")
"""The fields of an item that every edition shows."""


def unapproved(events: Sequence[Event], edition: str) -> tuple[Event, ...]:
    """The changes of text in this edition that nobody has approved or published since.

    `events` are an item's standing ones, oldest first: what was taken back is not among them.
    """
    found: list[Event] = []
    for event in events:
        if event.edition == edition and event.move in (Move.APPROVE, Move.PUBLISH, Move.IMPORT):
            found.clear()
        elif _changes_text(event, edition):
            found.append(event)
    return tuple(found)


def writers(events: Sequence[Event], edition: str) -> tuple[str, ...]:
    """Who wrote or corrected what readers of this edition do not have yet; none of them may approve it."""
    found: list[str] = []
    for event in events:
        if event.edition == edition and event.move in (Move.PUBLISH, Move.IMPORT):
            found.clear()
        elif _changes_text(event, edition):
            found.append(event.editor)
    return tuple(dict.fromkeys(found))


def _changes_text(event: Event, edition: str) -> bool:
    """Texts, and what all editions share: excerpt, attributions, picture, tags. A claim fills them in."""
    return event.move in (Move.WRITE, Move.CORRECT) and any(_texts(event, edition))


def _texts(event: Event, edition: str) -> Iterator[bool]:
    for name, new in event.after.items():
        if name == f"commentaries.{edition}":
            old = event.before.get(name) or {}
            yield any((new or {}).get(part) != old.get(part) for part in _WRITTEN)
        elif name in SHARED:
            yield True


_WRITTEN = ("headline", "note", "correction")
