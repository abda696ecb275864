"""Runs migrations on the connection that store/schema.py or new.py hands over, inside its transaction."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from curator.store.tables import FULL_TEXT, Instant, metadata


def render(kind: str, value: Any, _autogenerate: object) -> str | Literal[False]:
    """Our own type as what it is in the database: a migration outlives the code it was made with."""
    if kind == "type" and isinstance(value, Instant):
        return "sa.DateTime(timezone=True)"
    return False


def ours(name: str | None, _kind: str, _of: object) -> bool:
    """What the engines make of item_words is theirs."""
    return FULL_TEXT not in (name or "")


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_item=render,
    include_name=ours,
)
context.run_migrations()
