"""What readers have had of an item's story before the newsroom was restored: said to whoever takes it up."""

from __future__ import annotations

from collections.abc import Collection

from curator.faces.cli.call import Call
from curator.settings import Edition


def tell_before(call: Call, item_ids: Collection[int], *, edition: Edition) -> None:
    from curator.publish import stories

    for item_id, before in stories.look(call.store, call.settings, edition, item_ids).items():
        withdrawn = before.withdrawn_at
        call.note(
            "story_withdrawn_before" if withdrawn else "story_before",
            item=item_id,
            address=f"{edition.key}/{before.had.slug}",
            at=call.spoken(withdrawn or before.had.published_at),
        )
