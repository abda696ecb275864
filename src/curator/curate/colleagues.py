"""What editors do for each other: assign, comment, send back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from curator import lifecycle, text
from curator.curate.together import Moved, each
from curator.errors import BadInput
from curator.lifecycle import hold
from curator.model import Comment, Editor, Item, Move
from curator.settings import Edition, Settings
from curator.store import Store, Transaction

MOST = 2_000
"""Characters of a comment: what is longer is a text, and belongs into the item."""


def assign(
    store: Store,
    item_ids: Sequence[int],
    *,
    to: str | None,
    by: Editor,
    edition: Edition,
    now: datetime,
    keep_going: bool = False,
    rehearse: bool = False,
) -> Moved:
    """Say who is to take items up; None: nobody any more. It claims nothing and keeps nobody out."""

    def one(tx: Transaction, item: Item) -> Item:
        lifecycle.after(Move.ASSIGN, item.status_in(edition.key), item_id=item.id)
        if item.assignee == to:
            return item
        assigned = replace(item, assignee=to)
        return tx.items.put(item, assigned, move=Move.ASSIGN, by=by.name, edition=edition.key, now=now)

    return each(store, item_ids, one, keep_going=keep_going, rehearse=rehearse)


def comment(store: Store, item_id: int, said: str, *, by: Editor, now: datetime) -> Comment:
    """Tell colleagues something about an item, whoever works on it and wherever it stands."""
    with store.begin() as tx:
        tx.items.get(item_id)
        return _comment(tx, item_id, _words(said), by=by, now=now)


def send_back(
    store: Store,
    item_id: int,
    *,
    comment: str,
    by: Editor,
    settings: Settings,
    edition: Edition,
    now: datetime,
) -> Item:
    """To whoever wrote it, with what is to be done: on her desk again, and no longer ready."""
    said = _words(comment)
    with store.begin() as tx:
        item = tx.items.get(item_id)
        status = lifecycle.after(Move.SEND_BACK, item.status_in(edition.key), item_id=item_id)
        commentary = item.commentaries.get(edition.key)
        writer = (commentary.author if commentary else None) or item.editor
        if status is item.status_in(edition.key) and item.editor != writer:
            hold(item, by, now)  # somebody else has it on her desk already
        back = replace(
            item,
            status=status,
            editor=writer,
            claimed_until=now + settings.claim_time,
            commentaries={
                **item.commentaries,
                **({edition.key: replace(commentary, stage=None, publish_at=None)} if commentary else {}),
            },
        )
        _comment(tx, item_id, said, by=by, now=now, as_event=False)
        return tx.items.put(
            item, back, move=Move.SEND_BACK, by=by.name, edition=edition.key, now=now, reason=said
        )


def _comment(
    tx: Transaction, item_id: int, said: str, *, by: Editor, now: datetime, as_event: bool = True
) -> Comment:
    if as_event:
        tx.events.add(at=now, editor=by.name, move=Move.COMMENT, item_id=item_id, reason=said)
    return tx.comments.add(item_id, editor=by.name, at=now, text=said)


def _words(typed: str) -> str:
    said = text.clean_text(typed.replace("\r\n", "\n")).strip()
    if not said:
        raise BadInput("comment_empty")
    if len(said) > MOST:
        raise BadInput("comment_too_long", characters=len(said), most=MOST)
    return said
