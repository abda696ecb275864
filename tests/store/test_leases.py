"""What senders on PostgreSQL do to each other's rows, and what it says of a row that it refuses."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from curator.errors import StoreError
from curator.model import Delivery, IssueStatus
from curator.store import Store
from curator.store import tables as t
from newsletter import Newsletter, a_newsletter

ANNA = "anna@lettori.example"


@pytest.fixture
def newsletter(postgresql_store: Store, tmp_path: Path) -> Newsletter:
    newsletter = a_newsletter(postgresql_store, tmp_path)
    newsletter.publish()
    newsletter.subscribe(ANNA)
    newsletter.close()
    with newsletter.store.begin() as tx:
        tx.mailing.issues.move(newsletter.issue(), to=IssueStatus.SENDING, allowed=(IssueStatus.CLOSED,))
    return newsletter


def _claim(newsletter: Newsletter, worker: str, *, minutes: int) -> list[Delivery]:
    until = newsletter.now + timedelta(minutes=minutes)
    with newsletter.store.begin() as tx:
        return tx.mailing.deliveries.claim(
            newsletter.issue(), to_folder=False, worker=worker, now=newsletter.now, lease_until=until
        )


def test_what_another_sender_has_taken_in_hand_meanwhile_stays_his(newsletter: Newsletter) -> None:
    """Its lease had run out when somebody looked; while they looked on, it was taken and begun."""
    _claim(newsletter, "dead", minutes=0)
    issue, now = newsletter.issue(), newsletter.now
    with newsletter.store.begin() as looking:
        found = looking.mailing.deliveries.abandoned(issue, is_gone=lambda _worker: False, now=now)
        (mail,) = _claim(newsletter, "living", minutes=10)
        with newsletter.store.begin() as tx:
            assert tx.mailing.deliveries.begin_data(
                issue,
                mail,
                address_hash="",
                worker="living",
                lease_until=now + timedelta(minutes=10),
                now=now,
            )
        looking.mailing.deliveries.take_back(found)

    with newsletter.store.read() as tx:
        row = tx.connection.execute(t.deliveries.select()).one()
    assert (len(found), row.state, row.lease_by) == (1, "in_data", "living")


def test_an_error_of_the_database_says_no_address(newsletter: Newsletter) -> None:
    row = {"id": 99, "email": ANNA, "added_at": newsletter.now}
    with pytest.raises(StoreError) as said, newsletter.store.begin() as tx:
        tx.connection.execute(insert(t.subscribers), row)

    assert "unique" in said.value.data["cause"]
    assert ANNA not in str(said.value.data)
