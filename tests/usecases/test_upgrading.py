"""An issue that an older program has half sent goes on after the upgrade, and nobody is named wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from alembic import command
from sqlalchemy import insert, select

from builders import ITALIAN, MARTA, NOW, SETTINGS
from curator.facets import facets_of
from curator.model import Letter
from curator.publish.drafting import content_hash
from curator.publish.usecases import publish_edition
from curator.settings import PublishSettings
from curator.store import Store, schema
from curator.store import tables as t
from newsletter import a_newsletter
from oldblog import bring
from postoffice import post_office
from publishing import a_public_item

BASE = "https://rassegna.example/"
HUB = "https://hub.example/"
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


# ── 0006 → 0007 ──


@pytest.fixture
def published_before(empty_url: str) -> Iterator[Store]:
    """An item that readers have, of which a hub was told; the tables of an import that nobody had yet."""
    store = Store(empty_url)
    content = a_public_item(headline="Di prima")
    with store.begin() as tx:
        command.upgrade(schema.configuration(tx.connection), "0006")
        add = tx.connection.execute
        queued = {"version": 1, "status": "drafting", "queued_at": NOW, "position": NOW}
        add(insert(t.items).values(ulid="0" * 26, **queued))
        said = {"item_id": 1, "edition": "it", "ulid": "0" * 26, "slug": "di-prima", "sequence": 1}
        dates = {"published_at": NOW, "updated_at": NOW, "item_version": 1, "imported": False}
        atom_id = "tag:rassegna.example,2026:item/0"
        seen = {"digest": "5a" * 32, "facets": msgspec.to_builtins(facets_of(content))}
        said |= {"atom_id": atom_id, "content": msgspec.to_builtins(content), **dates, **seen}
        add(insert(t.publications).values(**said))
        topic = {"hub": HUB, "topic": f"{BASE}feed.atom", "attempts": 0, "at": NOW + BEFORE}
        add(insert(t.announcements).values(**topic, wanted="5a" * 32, told="5a" * 32))
        add(insert(t.meta), [{"key": "tag_authority", "value": "rassegna.example,2026"}])
    yield store
    store.close()


def test_what_readers_had_before_an_import_was_possible_is_as_it_was(
    published_before: Store, tmp_path: Path
) -> None:
    store = published_before
    schema.upgrade(store)
    settings = replace(SETTINGS, newsroom=tmp_path, publish=PublishSettings(base_url=BASE, hubs=(HUB,)))
    later = NOW + 2 * BEFORE

    with store.read() as tx:
        [glance] = tx.publications.glances("it")
        publication = tx.publications.get(1, "it")
        redirects, state = tx.redirects.all(), tx.redirects.state()
    assert publication is not None
    assert (publication.atom_id, publication.published_at) == ("tag:rassegna.example,2026:item/0", NOW)
    assert (glance.imported, glance.undated, glance.in_feeds) == (False, False, True)
    assert (redirects, len(state)) == ([], 64)

    done = publish_edition(store, settings, edition=ITALIAN, by=MARTA, now=later)

    assert (done.published, done.corrected) == ((), ())
    assert "tag:rassegna.example,2026:item/0" in (tmp_path / "public/feed.atom").read_text()
    with store.begin() as tx:
        told = tx.announcements.claim([HUB], now=later, until=later)
        feeds = tx.connection.execute(select(t.announcements.c.topic, t.announcements.c.told)).all()
    assert told is not None  # the other feeds, of which it never heard
    assert told.topic != f"{BASE}feed.atom"
    assert [topic for topic, word in feeds if word] == [f"{BASE}feed.atom"]


def test_what_is_brought_after_the_upgrade_stands_beside_it(published_before: Store) -> None:
    store = published_before
    schema.upgrade(store)

    one = bring(store, "Vecchio uno")
    with store.begin() as tx:
        tx.redirects.lead(["/vecchio/"], "items/vecchio-uno.html", item_id=one.item_id)
        slugs = [glance.slug for glance in tx.publications.glances("it")]

    assert slugs == ["di-prima", "vecchio-uno"]
    assert one.sequence == 2
