"""What engines answered, and how it goes with them: the next process knows it, too."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from curator.model import EngineState
from curator.store.dialect import insert_unless_there
from curator.store.tables import engines, translations

KEPT_FOR = timedelta(days=180)
_AT_ONCE = 500


class Translations:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def known(self, keys: Collection[str]) -> dict[str, str]:
        """The answers that are there, by key."""
        found: dict[str, str] = {}
        wanted = list(keys)
        for start in range(0, len(wanted), _AT_ONCE):
            rows = select(translations.c.key, translations.c.text).where(
                translations.c.key.in_(wanted[start : start + _AT_ONCE])
            )
            found.update((row.key, row.text) for row in self._db.execute(rows))
        return found

    def keep(self, answers: Mapping[str, str], *, now: datetime) -> None:
        """Instead of older ones of the same keys; half a year later nobody will ask for them again."""
        self._db.execute(delete(translations).where(translations.c.at < now - KEPT_FOR))
        self._db.execute(delete(translations).where(translations.c.key.in_(list(answers))))
        if answers:
            # In one order, so that two who keep the same sentences wait for each other and never crosswise.
            rows = [{"key": key, "text": answers[key], "at": now} for key in sorted(answers)]
            self._db.execute(insert_unless_there(self._db, translations), rows)

    def engine(self, engine: str) -> EngineState:
        row = self._db.execute(select(engines).where(engines.c.engine == engine)).one_or_none()
        if row is None:
            return EngineState()
        return EngineState(
            day=row.day,
            characters=row.characters,
            failures=row.failures,
            resting_until=row.resting_until,
            error=row.error,
        )

    def put_engine(self, engine: str, state: EngineState) -> None:
        """Whoever read the state before has serialised on the engine: see `curate.asking`."""
        said = asdict(state)
        changed = self._db.execute(update(engines).where(engines.c.engine == engine).values(said))
        if not changed.rowcount:
            self._db.execute(insert(engines).values(engine=engine, **said))
