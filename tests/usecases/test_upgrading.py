"""An issue that an older program has half sent goes on after the upgrade, and nobody is named wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import insert, select

from builders import NOW
from curator.model import Letter
from curator.publish.drafting import content_hash
from curator.store import Store, schema
from curator.store import tables as t
from newsletter import a_newsletter
from postoffice import post_office

BEFORE = timedelta(minutes=10)


@pytest.fixture
def older(empty_url: str) -> Iterator[Store]:
    """Anna has the first issue; Bruno's server put him off, and is to be asked again."""
    store = Store(empty_url)
    letter = Letter(subject="Di prima", html="<p>Di prima</p>", text="Di prima https://unsubscribe.invalid/")
    with store.begin() as tx:
        command.upgrade(schema.configuration(tx.connection), "0005")
        add = tx.connection.execute
        for id_, email in ((1, "anna@l.example"), (2, "bruno@Mail.L.example"), (3, None)):
            add(insert(t.subscribers).values(id=id_, email=email, added_at=NOW))
            said = {"subscriber_id": id_, "edition": "it", "changed_at": NOW}
            add(insert(t.subscriptions).values(**said, status="confirmed"))
        said = {
            "subject": letter.subject,
            "html": letter.html.encode(),
            "text": letter.text.encode(),
            "content_hash": content_hash(letter),
            "closed_at": NOW - 2 * BEFORE,
            "edition": "it",
        }
        add(insert(t.issues).values(id=1, number=1, status="sending", **said))
        add(insert(t.issues).values(id=2, number=2, status="closed", **said))
        ledger = [(1, 1, "accepted", 1, NOW - BEFORE), (1, 2, "deferred", 1, NOW), (2, 1, "pending", 0, NOW)]
        for at, (issue, reader, state, attempts, changed) in enumerate(ledger):
            row = {"issue_id": issue, "subscriber_id": reader, "state": state, "attempts": attempts}
            name = f"<it-{issue}.{at}abc@news.aicex.example>"
            late = {"next_try": NOW, "changed_at": changed, "message_id": name}
            add(insert(t.deliveries).values(**row, **late))
    yield store
    store.close()


def test_whoever_has_not_got_it_yet_gets_it_as_the_others_did(older: Store, tmp_path: Path) -> None:
    schema.upgrade(older)
    newsletter = a_newsletter(older, tmp_path)

    with post_office() as office:
        newsletter.with_(mail={"url": office.url, "timeout": 5.0})
        newsletter.later(minutes=1)
        counts = newsletter.send(1)

    assert office.recipients == ["bruno@Mail.L.example"]
    assert (counts.accepted, counts.unfinished) == (2, 0)


def test_what_a_server_has_seen_has_begun_and_every_mail_has_its_name(older: Store) -> None:
    schema.upgrade(older)

    with older.read() as tx:
        begun = [issue.begun_at for issue in reversed(tx.mailing.issues.of("it"))]
        names = tx.connection.execute(
            select(t.deliveries.c.token, t.deliveries.c.domain).order_by(t.deliveries.c.id)
        ).all()
    assert begun == [NOW - BEFORE, None]
    assert list(map(tuple, names)) == [
        ("0abc", "l.example"),
        ("1abc", "mail.l.example"),
        ("2abc", "l.example"),
    ]
