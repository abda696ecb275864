"""Runs migrations on the connection that store/schema.py or new.py hands over, inside its transaction."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from curator.store.tables import Instant, metadata


def render(kind: str, value: Any, _autogenerate: object) -> str | Literal[False]:
    """Our own type as what it is in the database: a migration outlives the code it was made with."""
    if kind == "type" and isinstance(value, Instant):
        return "sa.DateTime(timezone=True)"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_item=render,
)
context.run_migrations()
