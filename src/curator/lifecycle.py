"""Which move is allowed from which status: the one table of moves."""

from __future__ import annotations

from curator.errors import MoveNotAllowed
from curator.model import Move, Status

MOVES: dict[Move, dict[Status, Status]] = {
    Move.CLAIM: {Status.QUEUED: Status.DRAFTING},
    Move.RELEASE: {Status.DRAFTING: Status.QUEUED, Status.READY: Status.QUEUED},
    Move.SKIP: {Status.QUEUED: Status.SKIPPED, Status.DRAFTING: Status.SKIPPED},
    Move.REQUEUE: {Status.SKIPPED: Status.QUEUED},
    # Writing a queued item claims it first; writing a published one is the move `correct`.
    Move.WRITE: {Status.DRAFTING: Status.DRAFTING, Status.READY: Status.DRAFTING},
    Move.APPROVE: {Status.DRAFTING: Status.READY},
    Move.PUBLISH: {Status.READY: Status.PUBLISHED},
    Move.CORRECT: {Status.PUBLISHED: Status.PUBLISHED},
    Move.WITHDRAW: {Status.PUBLISHED: Status.WITHDRAWN},
}


def after(move: Move, status: Status, *, item_id: int) -> Status:
    """The status that `move` leads to from `status`, or MoveNotAllowed with what would be possible."""
    try:
        return MOVES[move][status]
    except KeyError:
        raise MoveNotAllowed(
            item=item_id,
            move=str(move),
            status=status,
            possible=[_typed(m) for m in possible(status)],
        ) from None


def _typed(move: Move) -> str:
    """The command behind a move: a correction is written."""
    return str(Move.WRITE if move is Move.CORRECT else move)


def possible(status: Status) -> tuple[Move, ...]:
    """The moves that this status allows, in the order of the table."""
    return tuple(move for move, ways in MOVES.items() if status in ways)
