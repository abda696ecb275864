"""Issues of the newsletter: what would be in the next one, and closing it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from curator.model import (
    DeliveryState,
    Issue,
    IssueCounts,
    IssueStatus,
    Letter,
    Publication,
    SubscriptionStatus,
)
from curator.publish import standing, tokens
from curator.publish.letter import letter
from curator.publish.message import sender_of
from curator.publish.site import site_of
from curator.publish.week import latest_slot, start_of
from curator.settings import Edition, Settings
from curator.store import Store, Transaction

# ── the next one ──


def draft_issue(store: Store, settings: Settings, *, edition: Edition, now: datetime) -> Issue:
    """The issue that closing would make now; without items where there is nothing to say."""
    with store.read() as tx:
        return draft_in(tx, settings, edition=edition, slot=None, now=now)


def close_issue(
    store: Store,
    settings: Settings,
    *,
    edition: Edition,
    slot: datetime | None = None,
    secret: bytes,
    now: datetime,
) -> Issue | None:
    """Freeze the next issue and enter its subscribers in the ledger. None: there is nothing to send.

    `slot` is the weekly moment that is due; of two processes that close the
    same one, the second gets None.
    """
    with store.begin() as tx:
        tx.serialise(f"issue:{edition.key}")
        standing.require(tx, settings)  # its links lead to where the pages are
        if slot is not None:
            dealt_with = tx.mailing.last_slot(edition.key)
            if dealt_with is not None and dealt_with >= slot:
                return None
            tx.mailing.issues.deal_with(edition.key, slot)
        draft = draft_in(tx, settings, edition=edition, slot=slot, now=now)
        if not draft.item_ids:
            return None
        if tx.mailing.issues.first_sequence(edition.key) is None:
            first = tx.publications.get(draft.item_ids[0], edition.key)
            tx.mailing.issues.begin_at(edition.key, first.sequence if first else 0)
        issue = tx.mailing.issues.close(
            edition=edition.key,
            number=draft.number,
            letter=draft.letter,
            content_hash=draft.content_hash,
            item_ids=draft.item_ids,
            slot=slot,
            now=now,
        )
        enter_subscribers(tx, settings, issue, edition=edition, secret=secret, now=now)
        return issue


def enter_subscribers(
    tx: Transaction, settings: Settings, issue: Issue, *, edition: Edition, secret: bytes, now: datetime
) -> None:
    """A row of the ledger for everybody who follows the edition and has none yet."""
    domain = sender_of(settings, edition=edition, home_url=site_of(settings, edition).home_url).domain
    missing = tx.mailing.deliveries.missing(issue)
    hashes = {r.subscriber_id: tokens.address_hash(secret, r.email) for r in missing}
    suppressed = tx.mailing.subscribers.suppressed(hashes.values())
    rows = []
    for recipient in missing:
        name = tokens.mail_name(
            secret, edition=issue.edition, number=issue.number, subscriber_id=recipient.subscriber_id
        )
        state = DeliveryState.PENDING
        if recipient.status is not SubscriptionStatus.CONFIRMED:
            state = DeliveryState.EXCLUDED
        elif hashes[recipient.subscriber_id] in suppressed:
            state = DeliveryState.SUPPRESSED
        rows.append((recipient, f"<{name}@{domain}>", state))
    tx.mailing.deliveries.add(issue, rows, now=now)
    tx.mailing.deliveries.include_confirmed(issue, now=now)


def draft_in(
    tx: Transaction, settings: Settings, *, edition: Edition, slot: datetime | None, now: datetime
) -> Issue:
    publications = _unmailed(tx, settings, edition=edition, closing=slot or now)
    number = tx.mailing.issues.next_number(edition.key)
    written = letter(publications, site=site_of(settings, edition), number=number, closed_at=now)
    return Issue(
        id=0,
        edition=edition.key,
        number=number,
        status=IssueStatus.DRAFT,
        letter=written,
        content_hash=content_hash(written),
        closed_at=now,
        slot=slot,
        item_ids=tuple(p.item_id for p in publications),
    )


def _unmailed(
    tx: Transaction, settings: Settings, *, edition: Edition, closing: datetime
) -> Sequence[Publication]:
    """By publication sequence, not by clock: what comes late is in the next, what was in one never again."""
    first = tx.mailing.issues.first_sequence(edition.key)
    if first is None:
        # The very first: older items were never meant to be mailed. What came after the first of these
        # in sequence is in, whatever a clock that was set back wrote beside it.
        since = start_of(settings.newsletter, timezone=edition.timezone, closing=closing)
        recent = tx.mailing.issues.unmailed(edition.key, published_since=since)
        if not recent:
            return ()
        first = recent[0][0]
    waiting = tx.mailing.issues.unmailed(edition.key, from_sequence=first)
    found = (tx.publications.get(item_id, edition.key) for _, item_id in waiting)
    return tuple(publication for publication in found if publication is not None)


def content_hash(written: Letter) -> str:
    digest = hashlib.sha256()
    for part in (written.subject, written.html, written.text):
        raw = part.encode()
        digest.update(b"%d:" % len(raw) + raw)
    return digest.hexdigest()


def due_slot(store: Store, settings: Settings, *, edition: Edition, now: datetime) -> datetime | None:
    """The weekly moment that has come and that nobody has dealt with yet.

    A newsroom that opens on a Wednesday does not owe anybody last Monday's issue.
    """
    slot = latest_slot(settings.newsletter, timezone=edition.timezone, now=now)
    with store.read() as tx:
        opened = tx.meta.instant("created_at")
        dealt_with = tx.mailing.last_slot(edition.key)
    owed_since = dealt_with or opened
    return slot if owed_since is None or slot > owed_since else None


# ── one that is closed ──


def get_issue(store: Store, *, edition: Edition, number: int | None = None) -> tuple[Issue, IssueCounts]:
    """The issue and its account; without a number the newest."""
    with store.read() as tx:
        issue = tx.mailing.issues.get(edition.key, number)
        return issue, tx.mailing.deliveries.counts(issue)


def list_issues(
    store: Store, *, edition: Edition, limit: int | None = 50, offset: int = 0
) -> list[tuple[Issue, IssueCounts]]:
    """Newest first."""
    with store.read() as tx:
        issues = tx.mailing.issues.of(edition.key, limit=limit, offset=offset)
        return [(issue, tx.mailing.deliveries.counts(issue)) for issue in issues]


def issue_counts(store: Store, issue: Issue) -> IssueCounts:
    with store.read() as tx:
        return tx.mailing.deliveries.counts(issue)
