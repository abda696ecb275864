"""What the journal knows and a database does not: items that readers have, issues, single mails."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from curator.model import (
    Commentary,
    DeliveryState,
    HeldBecause,
    Hold,
    Issue,
    IssueStatus,
    Letter,
    Move,
    Status,
)
from curator.publish import handing, recall, steering
from curator.publish.drafting import content_hash, draft_in
from curator.publish.handing import Left
from curator.publish.issues import enter_subscribers
from curator.publish.records import Closed, Journal
from curator.publish.week import latest_slot
from curator.settings import Edition, Settings
from curator.store import Store, Transaction

UNFINISHED = (IssueStatus.CLOSED, IssueStatus.SENDING, IssueStatus.PAUSED)
REPLY = "journal: handed over"
"""What stands in place of a server's reply where only the journal knows of it."""
OTHERS = (HeldBecause.COPIED, HeldBecause.MOVED)
"""There is, or was, another newsroom beside this one."""

Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Handed:
    """Mails: `of` issues that are on their way; how many of those that this database does not know."""

    of: Mapping[Key, Left]
    lost: Mapping[Key, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What this database has learnt of one issue. `before` None: it knew nothing of it.

    `handed`, `doubtful`: mails; `waiting`: those that leave when it goes on.
    """

    edition: str
    number: int
    subject: str
    before: IssueStatus | None
    after: IssueStatus
    handed: int = 0
    doubtful: int = 0
    waiting: int = 0


def handed(store: Store, settings: Settings, record: Journal) -> Handed:
    """Read from the files of mails, which takes its time: before the transaction."""
    with store.read() as tx:
        known = {
            (edition, one.number)
            for edition in settings.editions
            for one in tx.mailing.issues.of(edition, limit=None)
        }
        unfinished = [
            (edition, one.number)
            for edition in settings.editions
            for one in tx.mailing.issues.in_status(edition, UNFINISHED)
        ]
    return Handed(
        of=handing.read(settings, record, of=unfinished),
        lost=handing.count(settings, of=record.closed.keys() - known),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Into a transaction, before its hold is lifted.

    `there`: the journal tells all, else what was done `until` then.
    `named`: unfinished issues that go on although nobody can know who has got them.
    """

    tx: Transaction
    settings: Settings
    record: Journal
    left: Handed
    hold: Hold
    there: bool
    until: datetime | None
    named: frozenset[Key]
    secret: bytes
    by: str
    now: datetime

    # ── what readers have ──

    def withdrawn(self) -> Mapping[str, Sequence[int]]:
        """Taken back since, by edition: readers lose it with the next publish, or never get it."""
        ids = self.tx.replaying.item_ids({item for _, item in self.record.withdrawn})
        again: dict[str, list[int]] = {}
        for edition, ulid in sorted(self.record.withdrawn):
            if ulid in ids and edition in self.settings.editions and self._withdraw(ids[ulid], edition):
                again.setdefault(edition, []).append(ids[ulid])
        return again

    def _withdraw(self, item_id: int, edition: str) -> bool:
        item = self.tx.items.get(item_id)
        move, stage = {
            Status.PUBLISHED: (Move.WITHDRAW, Status.WITHDRAWN),
            Status.READY: (Move.SEND_BACK, None),
        }.get(item.status_in(edition), (None, None))
        if move is None:
            return False
        was: Commentary = item.commentaries[edition]
        staged = replace(was, stage=stage, publish_at=None)
        new = replace(item, commentaries={**item.commentaries, edition: staged})
        self.tx.items.put(item, new, move=move, by=self.by, edition=edition, now=self.now, reason="journal")
        return True

    def published(self) -> tuple[Sequence[int], Sequence[str]]:
        """Items that this database knows as not published yet; addresses of those that it does not know."""
        ids = self.tx.replaying.item_ids({item for _, item in self.record.published})
        again, gone = [], dict[str, None]()
        for (edition, ulid), had in sorted(self.record.published.items()):
            if ulid not in ids:
                if not self.tx.replaying.given([had.atom_id]):  # as another item, after an earlier restore
                    gone[f"{edition}/{had.slug}"] = None
            elif self.tx.publications.get(ids[ulid], edition) is None:
                again.append(ids[ulid])
        return again, [*gone]

    # ── what readers got by mail ──

    def issues(self, withdrawn: Mapping[str, Collection[int]]) -> Iterator[Learnt]:
        """`withdrawn`: items by edition that no issue takes to readers any more."""
        for key, edition in self.settings.editions.items():
            known = {issue.number: issue for issue in self.tx.mailing.issues.of(key, limit=None)}
            for (of, number), closed in sorted(self.record.closed.items()):
                if of != key:
                    continue
                self._reserve(closed)
                if number not in known:
                    yield self._make(closed)
                elif not _is_of(known[number], closed):
                    self._place(known[number], closed)
            for issue in self.tx.mailing.issues.in_status(key, UNFINISHED):
                yield from self._go_on(issue, edition, withdrawn.get(key, ()))

    def _reserve(self, closed: Closed) -> None:
        last = self.tx.mailing.last_slot(closed.edition)
        if closed.slot is not None and (last is None or last < closed.slot):
            self.tx.mailing.issues.deal_with(closed.edition, closed.slot)

    def _make(self, closed: Closed) -> Learnt:
        """Its letter is lost: it stands there so that neither its number nor its items come again."""
        letter = Letter(subject=closed.subject, html="", text="")
        issue = self.tx.mailing.issues.close(
            edition=closed.edition,
            number=closed.number,
            letter=letter,
            content_hash=content_hash(letter),
            item_ids=(),
            slot=closed.slot,
            now=closed.at,
        )
        self._place(issue, closed)
        self.tx.mailing.issues.move(issue, to=IssueStatus.CANCELLED, allowed=(IssueStatus.CLOSED,))
        mails = self.left.lost.get((closed.edition, closed.number))
        if mails is not None:
            self.tx.mailing.issues.begin(issue, now=closed.at)
        steering.record(self.tx, issue, "replay", {"mails": mails or 0}, by=self.by, now=self.now)
        return Learnt(
            edition=closed.edition,
            number=closed.number,
            subject=closed.subject,
            before=None,
            after=IssueStatus.CANCELLED,
            handed=mails or 0,
        )

    def _place(self, issue: Issue, closed: Closed) -> None:
        ids = self.tx.replaying.item_ids(closed.items)
        item_ids = [ids[ulid] for ulid in closed.items if ulid in ids]
        self.tx.replaying.place(issue, item_ids)
        if item_ids and self.tx.mailing.issues.first_sequence(issue.edition) is None:
            found = self.tx.publications.many(issue.edition, item_ids).values()
            if found:
                self.tx.mailing.issues.begin_at(issue.edition, min(one.sequence for one in found))

    def _go_on(self, issue: Issue, edition: Edition, withdrawn: Collection[int]) -> Iterator[Learnt]:
        """With those who have not got it, where that is known; not at all, where it is not."""
        key = (issue.edition, issue.number)
        left = self.left.of.get(key)
        if left is not None and issue.status is IssueStatus.CLOSED:  # somebody had started it
            enter_subscribers(
                self.tx, self.settings, issue, edition=edition, secret=self.secret, now=self.now
            )
            self._move(issue, IssueStatus.SENDING)
        handed, doubtful = self._settle(issue, left) if left is not None else (0, 0)
        counts = self.tx.mailing.deliveries.counts(issue)
        to = self._end_of(issue, key)
        if to in {None, IssueStatus.PAUSED} and not counts.unfinished and left is not None:
            to = IssueStatus.FINISHED
        if to is not None:
            self._move(issue, to)
        after = self._take_out(self.tx.mailing.issues.get(*key), edition, withdrawn)
        if handed or doubtful or after is not issue.status:
            said = {"mails": handed, "doubtful": doubtful, "status": str(after)}
            steering.record(self.tx, issue, "replay", said, by=self.by, now=self.now)
        yield Learnt(
            edition=issue.edition,
            number=issue.number,
            subject=issue.letter.subject,
            before=issue.status,
            after=after,
            handed=handed,
            doubtful=doubtful,
            waiting=counts.pending + counts.deferred if after in UNFINISHED else 0,
        )

    def _take_out(self, issue: Issue, edition: Edition, withdrawn: Collection[int]) -> IssueStatus:
        """Now, not with the next publish: mails may leave before that."""
        if issue.status not in UNFINISHED:
            return issue.status
        became = recall.take_out_of(
            self.tx, self.settings, issue, edition=edition, item_ids=withdrawn, now=self.now
        )
        return became or issue.status

    def _end_of(self, issue: Issue, key: Key) -> IssueStatus | None:
        """None: it goes on as it was."""
        if key in self.record.cancelled:
            return IssueStatus.CANCELLED
        if key in self.named:
            return None
        closed = self.record.closed.get(key)
        if key in self.record.unknown or (closed is not None and not _is_of(issue, closed)):
            return IssueStatus.CANCELLED
        left = self.left.of.get(key)
        if self.there and not (left and left.lacks):
            # An editor had taken it back: it is for them to cancel it, to open it again, or to let it go on.
            return IssueStatus.PAUSED if key in self.record.reopened else None
        # What the other one has sent since is in its own journal: an editor can ask there.
        return IssueStatus.PAUSED if self.hold.because in OTHERS else IssueStatus.CANCELLED

    def _move(self, issue: Issue, to: IssueStatus) -> None:
        self.tx.mailing.issues.move(issue, to=to, allowed=UNFINISHED)
        if to is IssueStatus.SENDING:
            self.tx.mailing.issues.begin(issue, now=self.now)

    def _settle(self, issue: Issue, left: Left) -> tuple[int, int]:
        handed = doubtful = 0
        for mail in self.tx.replaying.unsettled(issue):
            hashes = {handing.mail_hash(mail.message_id)}
            if mail.email is not None:
                hashes.add(handing.reader_hash(self.secret, issue, mail.email))
            moments = [left.doubtful[each] for each in hashes if each in left.doubtful]
            if hashes & left.handed:
                state, at, handed = DeliveryState.ACCEPTED, self.now, handed + 1
            elif moments and mail.state is not DeliveryState.AMBIGUOUS:
                state, at, doubtful = DeliveryState.AMBIGUOUS, max(moments), doubtful + 1
            else:
                continue
            self.tx.replaying.settle(mail.id, state, reply=REPLY, at=at)
        return handed, doubtful

    def notices(self) -> int:
        """Single mails that may have left; where nothing is known, all that were asked for before."""
        said = handing.notices(self.settings)
        waiting = self.tx.replaying.notices()
        gone = [
            notice_id
            for notice_id, (message_id, asked_at) in waiting.items()
            if handing.mail_hash(message_id) in said or (not self.there and asked_at <= self.hold.since)
        ]
        self.tx.replaying.doubt_notices(gone, now=self.now)
        return len(gone)

    # ── where nothing is known of what was after the backup ──

    def slots(self) -> Mapping[str, datetime]:
        """Weekly moments that passed since: whoever closed those issues, nobody gets a late one."""
        made_at = self.hold.made_at or self.until
        passed: dict[str, datetime] = {}
        if self.there:
            return passed
        for key, edition in self.settings.editions.items():
            slot = latest_slot(self.settings.newsletter, timezone=edition.timezone, now=self.now)
            last = self.tx.mailing.last_slot(key)
            followed = self.tx.mailing.followed_since(key) is not None
            if followed and (made_at is None or slot > made_at) and (last is None or last < slot):
                self.tx.mailing.issues.deal_with(key, slot)
                passed[key] = slot
        return passed

    def left_out(self) -> Sequence[int]:
        """What waited then, or was ready, has perhaps been in an issue since. An editor may take it in."""
        left_out: list[int] = []
        for key, edition in () if self.there else self.settings.editions.items():
            if self.tx.mailing.followed_since(key) is None:
                continue
            draft = draft_in(self.tx, self.settings, edition=edition, slot=None, now=self.now)
            ready = [item.id for item in self.tx.items.ready(key, now=self.now)]
            perhaps = [*(p.item_id for p in draft.waiting), *ready]
            if perhaps:
                stands = draft.arrangement
                out = tuple(dict.fromkeys((*stands.dropped, *perhaps)))
                left = replace(stands, dropped=out, held=(), pinned=(), order=())
                self.tx.mailing.arrangements.put(key, left, by=self.by, now=self.now)
            left_out += perhaps
        return left_out


def _is_of(issue: Issue, closed: Closed) -> bool:
    """Numbers come again where an issue was opened anew."""
    return abs((issue.closed_at - closed.at).total_seconds()) < 1
