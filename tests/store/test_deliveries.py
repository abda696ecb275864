"""A ledger of many years makes nothing slow that is asked of one person, or of one issue."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from builders import NOW
from curator.store import Store, Transaction
from newsletter import a_newsletter

ASKED: dict[str, Callable[[Transaction], object]] = {
    "what came back": lambda tx: tx.mailing.bounces.bounced(tx.mailing.issues.get("it")),
    "erase": lambda tx: tx.mailing.subscribers.erase(1),
    "next mails": lambda tx: tx.mailing.deliveries.claim(
        tx.mailing.issues.get("it"), to_folder=False, worker="w", now=NOW, lease_until=NOW
    ),
}


@pytest.mark.parametrize("name", ASKED)
def test_it_is_found_by_an_index(sqlite_store: Store, tmp_path: Path, name: str) -> None:
    newsletter = a_newsletter(sqlite_store, tmp_path)
    newsletter.publish()
    newsletter.close()
    with sqlite_store.begin() as tx:
        said: list[tuple[str, Any]] = []
        event.listen(
            tx.connection,
            "before_cursor_execute",
            lambda _c, _cur, words, given, *_: said.append((words, given)),
        )
        ASKED[name](tx)
        plans = [
            (row[3], words)
            for words, given in list(said)
            for row in tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", given)
        ]

    assert plans
    assert [plan for plan in plans if plan[0].startswith(("SCAN deliveries", "SCAN bounces"))] == []
