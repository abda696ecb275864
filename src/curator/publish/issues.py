"""Issues of the newsletter: closing the next one, opening it again, and finding those there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from curator.errors import Refused
from curator.model import (
    Arrangement,
    DeliveryState,
    Editor,
    Issue,
    IssueCounts,
    IssueStatus,
    SubscriptionStatus,
)
from curator.publish import arranging, erasures, holding, journal, records, standing, tokens
from curator.publish.drafting import Draft, begin_in, draft_in
from curator.publish.freezing import publications_of, sender_of_issue, thaw
from curator.publish.site import tag_channel
from curator.publish.week import latest_slot
from curator.settings import Edition, Settings
from curator.store import Store, Transaction
from curator.store.bounces import Bounced
from curator.store.deliveries import Recipient
from curator.store.events import SYSTEM

_NOT_OVER = (IssueStatus.CLOSED, IssueStatus.SENDING, IssueStatus.PAUSED)

# ── from the draft to an issue, and back ──


def close_issue(
    store: Store,
    settings: Settings,
    *,
    edition: Edition,
    slot: datetime | None = None,
    by: Editor | None = None,
    secret: bytes,
    now: datetime,
) -> Issue | None:
    """Freeze the next issue and enter its subscribers in the ledger. None: there is nothing to send.

    `slot` is the weekly moment that is due; of two processes that close the
    same one, the second gets None. `by` None: nobody did, it was time.
    """
    editor = by.name if by else SYSTEM
    holding.require_free(store, settings, now=now)
    erasures.reapply_erasures(store, settings, secret=secret)
    with store.begin() as tx:
        tx.holds.require_none()
        tx.serialise(f"issue:{edition.key}")
        standing.require(tx, settings)  # its links lead to where the pages are
        if slot is not None:
            dealt_with = tx.mailing.last_slot(edition.key)
            if dealt_with is not None and dealt_with >= slot:
                return None
        draft = draft_in(tx, settings, edition=edition, slot=slot, now=now)
        if slot is not None:
            tx.mailing.issues.deal_with(edition.key, slot)
        if not draft.issue.item_ids:
            if slot is not None:
                _let_wait_no_longer(tx, draft, editor=editor, now=now)
            return None
        begin_in(tx, draft)
        issue = tx.mailing.issues.close(
            edition=edition.key,
            number=draft.issue.number,
            letter=draft.issue.letter,
            content_hash=draft.issue.content_hash,
            item_ids=draft.issue.item_ids,
            dropped=draft.frozen.dropped,
            slot=slot,
            frozen=draft.frozen.kept(),
            now=now,
        )
        waiting = {publication.item_id for publication in draft.waiting}
        left = arranging.after_closing(draft.arrangement, waiting, number=issue.number)
        tx.mailing.arrangements.put(edition.key, left, by=editor, now=now)
        _note(tx, issue, "issue_close", editor=editor, now=now, items=list(issue.item_ids))
        enter_subscribers(tx, settings, issue, edition=edition, secret=secret, now=now)
        taken = _write_down(tx, settings, issue, now=now)
    journal.stood(settings, taken, now=now)
    return issue


def _write_down(tx: Transaction, settings: Settings, issue: Issue, *, now: datetime) -> int:
    """That there is this issue, and what is in it: none of that may come in another."""
    ulids = {item.id: item.ulid for item in tx.items.many(sorted(issue.item_ids))}
    taken = journal.number(tx)
    closed = records.Closed(
        at=now,
        edition=issue.edition,
        number=issue.number,
        slot=issue.slot,
        subject=issue.letter.subject,
        items=tuple(ulids[item_id] for item_id in issue.item_ids),
    )
    journal.write(settings, [journal.closed(taken, closed)])
    return taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened:
    """The next issue as it is again. `other_subject`: what editors had written for the one after it."""

    draft: Draft
    other_subject: str | None


def reopen_issue(
    store: Store, settings: Settings, *, edition: Edition, number: int, by: Editor, now: datetime
) -> Reopened:
    """As if it had never been closed: its items are free, its words are in the draft, its number comes again.

    Only the newest, and only while nothing has left. The week stays dealt with: the next one
    closes it, or an editor does.
    """
    holding.require_free(store, settings, now=now)
    with store.begin() as tx:
        tx.holds.require_none()
        tx.serialise(f"issue:{edition.key}")
        issue = tx.mailing.issues.get(edition.key, number)
        newest = tx.mailing.issues.get(edition.key)
        if issue.status not in _NOT_OVER:
            raise Refused(
                "issue_move_not_allowed",
                move="reopen",
                number=issue.number,
                status=issue.status,
                possible=list(_NOT_OVER),
            )
        tx.mailing.issues.hold_ledger(issue)
        if tx.mailing.issues.has_left(issue):
            raise Refused("issue_has_left", edition=edition.key, number=number)
        if newest.number != number:
            raise Refused("issue_not_newest", edition=edition.key, number=number, newest=newest.number)
        frozen = thaw(issue)
        was = frozen.arrangement if frozen else Arrangement()
        stands = tx.mailing.arrangements.get(edition.key).arrangement
        other = stands.subject if was.subject and stands.subject != was.subject else None
        back = arranging.brought_back(was, stands)
        tx.mailing.arrangements.put(edition.key, back, by=by.name, now=now)
        _note(tx, issue, "issue_reopen", editor=by.name, now=now, other_subject=other)
        # Files that a withdrawal made wrong may lie in a folder still: no ledger would know them any more.
        # Should this fail, they are written again.
        erasures.remove_mails(settings, tx.mailing.issues.remove(issue))
        draft = draft_in(tx, settings, edition=edition, slot=None, now=now)
        taken = journal.number(tx)
        journal.write(settings, [journal.reopened(taken, edition.key, number, now=now)])
    journal.stood(settings, taken, now=now)
    return Reopened(draft=draft, other_subject=other)


def enter_subscribers(
    tx: Transaction, settings: Settings, issue: Issue, *, edition: Edition, secret: bytes, now: datetime
) -> None:
    """A row of the ledger for everybody who follows the edition and has none yet.

    Who wants certain topics only is excluded where no item has one of them. Whoever was excluded
    and has confirmed since, or wants another topic, gets it after all.
    """
    domain = sender_of_issue(settings, issue, edition=edition).domain
    topics = _topics(p.content.tags for p in publications_of(tx, issue))
    missing = tx.mailing.deliveries.missing(issue)
    again = tx.mailing.deliveries.excluded(issue)
    hashes = {r.subscriber_id: tokens.address_hash(secret, r.email) for r in (*missing, *again)}
    suppressed = tx.mailing.subscribers.suppressed(hashes.values())

    def state(recipient: Recipient) -> DeliveryState:
        if recipient.status is not SubscriptionStatus.CONFIRMED or not _wants(recipient, topics):
            return DeliveryState.EXCLUDED
        if hashes[recipient.subscriber_id] in suppressed:
            return DeliveryState.SUPPRESSED
        return DeliveryState.PENDING

    rows = []
    for recipient in missing:
        name = tokens.mail_name(
            secret, edition=issue.edition, number=issue.number, subscriber_id=recipient.subscriber_id
        )
        rows.append((recipient, f"<{name}@{domain}>", state(recipient)))
    tx.mailing.deliveries.add(issue, rows, now=now)
    included = [r.subscriber_id for r in again if state(r) is DeliveryState.PENDING]
    tx.mailing.deliveries.include(issue, included, now=now)


def _wants(recipient: Recipient, topics: frozenset[str]) -> bool:
    return recipient.tags is None or not topics.isdisjoint(_topics([recipient.tags]))


def _topics(tags: Iterable[Iterable[str]]) -> frozenset[str]:
    """However they are spelt: as channels of readers are."""
    return frozenset(tag_channel(tag).key for some in tags for tag in some)


def _let_wait_no_longer(tx: Transaction, draft: Draft, *, editor: str, now: datetime) -> None:
    """The week went by and all was held over: it is in the issue of the next one, and nobody misses it."""
    if not draft.arrangement.held:
        return
    left = arranging.without_holding(draft.arrangement, number=draft.issue.number)
    tx.mailing.arrangements.put(draft.issue.edition, left, by=editor, now=now)


def _note(tx: Transaction, issue: Issue, move: str, *, editor: str, now: datetime, **told: object) -> None:
    said = {name: value for name, value in told.items() if value is not None}
    tx.events.add(
        at=now, editor=editor, move=move, edition=issue.edition, after={"number": issue.number, **said}
    )


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


def came_back(store: Store, issue: Issue) -> Bounced:
    with store.read() as tx:
        return tx.mailing.bounces.bounced(issue)


def waiting_before(store: Store, issue: Issue) -> list[Issue]:
    """Those closed earlier that nobody has started: they leave only when an editor says so."""
    with store.read() as tx:
        closed = tx.mailing.issues.in_status(issue.edition, (IssueStatus.CLOSED,))
    return [one for one in closed if one.number < issue.number]
