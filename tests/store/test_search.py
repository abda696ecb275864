"""What editors ask, as the engines answer it: without looking words up item by item."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from builders import a_queued_item, a_source
from curator.curate.dossier import row_ids
from curator.model import Status
from curator.store import Store
from curator.store.search import Search, latest

NARROWED = Search(edition="it", status=Status.QUEUED, query="pappagallo", folded=True)


@pytest.mark.parametrize("counted", [False, True])
def test_a_queue_is_narrowed_by_one_look_at_the_index_of_words(store: Store, *, counted: bool) -> None:
    source = a_source(store)
    for n in range(5):
        a_queued_item(store, source_id=source, guid=str(n), title=f"Pappagallo {n}")
    row_ids(store, NARROWED)  # makes the words
    engine = store.engine.dialect.name
    asked = latest(NARROWED, engine=engine)
    if counted:
        asked = select(func.count()).select_from(asked.order_by(None).subquery())
    said = asked.compile(dialect=store.engine.dialect, compile_kwargs={"literal_binds": True})
    explain = "EXPLAIN" if engine == "postgresql" else "EXPLAIN QUERY PLAN"

    with store.read() as tx:
        plan = [str(line) for line in tx.connection.exec_driver_sql(f"{explain} {said}")]

    looks = [line for line in plan if "item_words" in line and ("Scan" in line or "SCAN" in line)]
    assert len(looks) - sum("Bitmap Index" in line for line in looks) == 1, plan
