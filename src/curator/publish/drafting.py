"""The next issue: what waits for it, what editors decided about it, and the letter that closing would freeze.

By publication sequence, not by clock: what comes late is in the next one, what
was in one is in none after it, whatever clocks and weeks do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from curator.errors import ArrangementConflict, NotFound
from curator.model import Arranged, Arrangement, Editor, Issue, IssueStatus, Letter, Publication
from curator.publish import arranging, freezing
from curator.publish.arranging import Changes
from curator.publish.freezing import Frozen
from curator.publish.letter import proposed_subject
from curator.publish.site import site_of
from curator.publish.week import next_slot, start_of
from curator.settings import Edition, Settings
from curator.store import Store, Transaction

MOST_SHOWN = 50  # of what was never meant to be in it: a newsroom may have published for years before


class Reason(StrEnum):
    """Why an item is in the next issue, or is not."""

    NEW = "new"  # published since the last issue
    PINNED = "pinned"
    MOVED = "moved"
    KEPT = "kept"  # held out of an earlier issue
    HELD = "held"
    DROPPED = "dropped"
    WITHDRAWN = "withdrawn"
    BEFORE_START = "before_start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An item in the next issue, or left out of it. `kept_from`: the issue that it was held out of."""

    item_id: int
    headline: str
    published_at: datetime
    reasons: tuple[Reason, ...]
    kept_from: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What closing would freeze, and why. `waiting`: all that may be in it, in the order of publication."""

    issue: Issue
    arranged: Arranged
    frozen: Frozen
    proposed: str  # the subject that is taken where editors say nothing
    waiting: tuple[Publication, ...]
    places: tuple[Place, ...]
    left_out: tuple[Place, ...]

    @property
    def arrangement(self) -> Arrangement:
        return self.arranged.arrangement


def draft_issue(store: Store, settings: Settings, *, edition: Edition, now: datetime) -> Draft:
    """The issue that closing would make now; without items where there is nothing to say."""
    with store.read() as tx:
        return draft_in(tx, settings, edition=edition, slot=None, now=now)


def edit_issue(
    store: Store, settings: Settings, changes: Changes, *, edition: Edition, by: Editor, now: datetime
) -> Draft:
    """Decide something about the next issue.

    ArrangementConflict: somebody else has, or closed it, since `changes.version`; nothing is changed then.
    """
    with store.begin() as tx:
        tx.serialise(f"issue:{edition.key}")
        stands = tx.mailing.arrangements.get(edition.key)
        if changes.version is not None and changes.version != stands.version:
            raise ArrangementConflict(edition=edition.key, expected=changes.version, theirs=stands)
        draft = draft_in(tx, settings, edition=edition, slot=None, now=now)
        _require_waiting(tx, draft, changes)
        new = arranging.arranged(stands.arrangement, changes)
        if names := arranging.differing(stands.arrangement, new):
            if changes.items:
                begin_in(tx, draft)
            tx.mailing.arrangements.put(edition.key, new, by=by.name, now=now)
            tx.events.add(
                at=now,
                editor=by.name,
                move="issue_edit",
                edition=edition.key,
                before={name: _told(stands.arrangement, name) for name in names},
                after={"number": draft.issue.number, **{name: _told(new, name) for name in names}},
            )
        return draft_in(tx, settings, edition=edition, slot=None, now=now)


def draft_in(
    tx: Transaction, settings: Settings, *, edition: Edition, slot: datetime | None, now: datetime
) -> Draft:
    arranged = tx.mailing.arrangements.get(edition.key)
    arrangement = arranged.arrangement
    waiting = _waiting(tx, settings, edition=edition, closing=slot or now)
    chosen = arranging.in_order(waiting, arrangement)
    number = tx.mailing.issues.next_number(edition.key)
    frozen = freezing.freeze(
        settings,
        edition=edition,
        publications=chosen,
        arrangement=arrangement,
        dropped=[p.item_id for p in waiting if p.item_id in arrangement.dropped],
    )
    written = frozen.letter(number=number, closed_at=now)
    issue = Issue(
        id=0,
        edition=edition.key,
        number=number,
        status=IssueStatus.DRAFT,
        letter=written,
        content_hash=content_hash(written),
        closed_at=now,
        slot=slot,
        item_ids=tuple(p.item_id for p in chosen),
    )
    return Draft(
        issue=issue,
        arranged=arranged,
        frozen=frozen,
        proposed=proposed_subject(chosen, site=site_of(settings, edition), number=number),
        waiting=tuple(waiting),
        places=tuple(_place(p, arrangement) for p in chosen),
        left_out=tuple(_left_out(tx, edition.key, waiting, arrangement)),
    )


def begin_in(tx: Transaction, draft: Draft) -> None:
    """Where the newsletter of the edition begins is said once: by its first issue.

    Or by the first editor who arranges it: what she saw waiting must not grow too old meanwhile.
    """
    if draft.waiting and tx.mailing.issues.first_sequence(draft.issue.edition) is None:
        tx.mailing.issues.begin_at(draft.issue.edition, draft.waiting[0].sequence)


def content_hash(written: Letter) -> str:
    digest = hashlib.sha256()
    for part in (written.subject, written.html, written.text):
        raw = part.encode()
        digest.update(b"%d:" % len(raw) + raw)
    return digest.hexdigest()


# ── what waits ──


def _waiting(
    tx: Transaction, settings: Settings, *, edition: Edition, closing: datetime
) -> Sequence[Publication]:
    first = tx.mailing.issues.first_sequence(edition.key)
    if first is None:
        # The very first: older items were never meant to be mailed. What came after the first of these
        # in sequence is in, whatever a clock that was set back wrote beside it.
        closing = min(closing, _first_owed(tx, settings, edition=edition) or closing)
        since = start_of(settings.newsletter, timezone=edition.timezone, closing=closing)
        recent = tx.mailing.issues.waiting(edition.key, published_since=since)
        if not recent:
            return ()
        first = recent[0][0]
    waiting = tx.mailing.issues.waiting(edition.key, from_sequence=first)
    return _found(tx, edition.key, [item_id for _, item_id in waiting])


def _first_owed(tx: Transaction, settings: Settings, *, edition: Edition) -> datetime | None:
    """The week from which readers were to have an issue: what a machine that was off missed is not too old.

    A week that nobody followed is owed to nobody, however long the newsroom has published.
    """
    since = (tx.meta.instant("created_at"), tx.mailing.followed_since(edition.key))
    if None in since:
        return None
    dealt_with = tx.mailing.last_slot(edition.key)
    after = max(at for at in (*since, dealt_with) if at is not None)
    return next_slot(settings.newsletter, timezone=edition.timezone, after=after)


def _found(tx: Transaction, edition: str, item_ids: Sequence[int]) -> list[Publication]:
    found = tx.publications.many(edition, item_ids)
    return [found[item_id] for item_id in item_ids if item_id in found]


# ── why ──


def _place(publication: Publication, arrangement: Arrangement) -> Place:
    item_id = publication.item_id
    reasons = [Reason.KEPT if item_id in arrangement.kept else Reason.NEW]
    if item_id in arrangement.pinned:
        reasons.append(Reason.PINNED)
    elif item_id in arrangement.order:
        reasons.append(Reason.MOVED)
    return _placed(publication, *reasons, kept_from=arrangement.kept.get(item_id))


def _placed(publication: Publication, *reasons: Reason, kept_from: int | None = None) -> Place:
    return Place(
        item_id=publication.item_id,
        headline=publication.content.headline,
        published_at=publication.published_at,
        reasons=reasons,
        kept_from=kept_from,
    )


def _left_out(
    tx: Transaction, edition: str, waiting: Sequence[Publication], arrangement: Arrangement
) -> Iterator[Place]:
    for publication in waiting:
        if publication.item_id in arrangement.held:
            yield _placed(publication, Reason.HELD)
        elif publication.item_id in arrangement.dropped:
            yield _placed(publication, Reason.DROPPED)
    newest = tx.mailing.issues.newest(edition)
    gone = tx.mailing.issues.withdrawn_since(edition, newest.closed_at if newest else None)
    for publication in _found(tx, edition, gone[-MOST_SHOWN:]):
        yield _placed(publication, Reason.WITHDRAWN)
    if tx.mailing.issues.first_sequence(edition) is None:
        first = waiting[0].sequence if waiting else None
        older = [i for sequence, i in tx.mailing.issues.waiting(edition) if first is None or sequence < first]
        for publication in _found(tx, edition, older[-MOST_SHOWN:]):
            yield _placed(publication, Reason.BEFORE_START)


# ── what an editor may name ──


def _require_waiting(tx: Transaction, draft: Draft, changes: Changes) -> None:
    may = {p.item_id for p in draft.waiting}
    arrangement = draft.arrangement
    back = {*arrangement.held, *arrangement.dropped, *arrangement.pinned, *arrangement.order}
    for item_id in dict.fromkeys(changes.items):
        if item_id in may or (item_id in changes.take_back and item_id in back):
            continue
        edition = draft.issue.edition
        number = tx.mailing.issues.number_with(edition, item_id)
        if number is not None:
            raise NotFound("issue_item_dealt_with", item=item_id, number=number, edition=edition)
        raise NotFound("issue_item_not_waiting", item=item_id, edition=edition)


def _told(arrangement: Arrangement, name: str) -> object:
    value = getattr(arrangement, name)
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str) else value
