"""The one table of moves."""

from __future__ import annotations

import pytest

from curator.errors import MoveNotAllowed
from curator.lifecycle import MOVES, after, possible
from curator.model import Move, Status

Q, D, R, P, W, S = (
    Status.QUEUED,
    Status.DRAFTING,
    Status.READY,
    Status.PUBLISHED,
    Status.WITHDRAWN,
    Status.SKIPPED,
)
CONTRACT = {
    Move.CLAIM: {(Q, D), (D, D)},  # from drafting: renewed, or taken over
    Move.RELEASE: {(D, Q), (R, Q)},
    Move.SKIP: {(Q, S), (D, S)},
    Move.REQUEUE: {(S, Q)},
    Move.APPROVE: {(D, R), (R, R), (P, P)},  # from ready: at another time; from published: a correction
    Move.WRITE: {(Q, D), (D, D), (R, D)},
    Move.CORRECT: {(P, P)},
    Move.SEND_BACK: {(D, D), (R, D)},
    Move.PUBLISH: {(R, P), (P, P)},
    Move.WITHDRAW: {(P, W)},
}


@pytest.mark.parametrize("move", CONTRACT)
def test_a_move_leads_where_the_contract_says_and_nowhere_else(move: Move) -> None:
    assert set(MOVES[move].items()) == CONTRACT[move]


def test_what_was_withdrawn_can_only_be_talked_about() -> None:
    assert [move for move, ways in MOVES.items() if W in ways] == [Move.COMMENT]
    assert possible(W) == ()


def test_a_refused_move_says_what_would_be_possible_as_one_types_it() -> None:
    with pytest.raises(MoveNotAllowed) as refusal:
        after(Move.REQUEUE, R, item_id=7)
    assert refusal.value.data["possible"] == ["write", "approve --at", "send-back", "release"]

    with pytest.raises(MoveNotAllowed) as refusal:
        after(Move.SEND_BACK, P, item_id=7)
    assert refusal.value.data == {
        "item": 7,
        "move": "send-back",
        "status": P,
        "possible": ["write", "withdraw"],
    }
