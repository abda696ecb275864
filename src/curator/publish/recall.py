"""A closed issue when its items change: withdrawn ones leave it, corrected ones change its page alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from curator.errors import TemplateBroken
from curator.model import Issue, IssueStatus, Letter, Publication
from curator.publish import steering
from curator.publish.drafting import content_hash
from curator.publish.freezing import Frozen, thaw
from curator.publish.letter import letter
from curator.publish.site import Site, site_of
from curator.settings import Edition, Settings
from curator.store import Transaction

_NOT_OVER = (IssueStatus.CLOSED, IssueStatus.SENDING, IssueStatus.PAUSED)


@dataclass(frozen=True, slots=True)
class Recalled:
    """Issues by their numbers: those that now wait for an editor, those of which nothing is left."""

    waiting: tuple[int, ...] = ()
    cancelled: tuple[int, ...] = ()


def take_out(
    tx: Transaction, settings: Settings, *, edition: Edition, item_ids: Collection[int], now: datetime
) -> Recalled:
    """Take withdrawn items out of the issues that are not over.

    What nobody has is written anew under a new hash, of what was frozen with
    it, and cancelled where nothing is left of it. Once the first mail is out,
    or a sender holds the letter to hand it over, what was frozen stays frozen:
    all readers get the same bytes or none. The rest waits for an editor, who
    resumes or cancels it, and is told so until then. Of an issue that is over nothing changes in the
    store; its mails are out. Its page on the web is another matter: that is
    made of what is left.
    """
    if not item_ids:
        return Recalled()
    tx.serialise(f"issue:{edition.key}")
    became = {
        issue.number: take_out_of(tx, settings, issue, edition=edition, item_ids=item_ids, now=now)
        for issue in tx.mailing.issues.in_status(edition.key, _NOT_OVER)
    }
    return Recalled(
        waiting=tuple(number for number, to in became.items() if to is IssueStatus.PAUSED),
        cancelled=tuple(number for number, to in became.items() if to is IssueStatus.CANCELLED),
    )


def take_out_of(
    tx: Transaction,
    settings: Settings,
    issue: Issue,
    *,
    edition: Edition,
    item_ids: Collection[int],
    now: datetime,
) -> IssueStatus | None:
    """Of one that is not over, nobody at it. Returns what it became of itself; None: it goes on."""
    gone = {"items": [item_id for item_id in issue.item_ids if item_id in item_ids]}
    if not gone["items"]:
        return None
    left = tuple(item_id for item_id in issue.item_ids if item_id not in item_ids)
    if not _is_with_nobody(tx, issue):
        known, code = steering.overridden(issue), "issue_item_withdrawn"
        steering.hold(tx, issue, code=code, data=gone, known=known, allowed=_NOT_OVER, now=now)
        return IssueStatus.PAUSED
    if left:
        _write_anew(tx, issue, left, site=site_of(settings, edition))
        tx.mailing.deliveries.write_again(issue, now=now)
        steering.record(tx, issue, "rewrite", gone, now=now)
        return None
    tx.mailing.issues.move(issue, to=IssueStatus.CANCELLED, allowed=_NOT_OVER)
    steering.record(tx, issue, "cancel", gone, now=now)
    return IssueStatus.CANCELLED


def _write_anew(tx: Transaction, issue: Issue, left: Collection[int], *, site: Site) -> None:
    frozen = thaw(issue)
    if frozen:
        frozen = replace(frozen, publications=tuple(p for p in frozen.publications if p.item_id in left))
    written = _letter(issue, frozen, frozen.publications if frozen else _now(tx, issue, left), site=site)
    tx.mailing.issues.rewrite(
        issue,
        written,
        content_hash=content_hash(written),
        items=left,
        frozen=frozen.kept() if frozen else None,
    )


def on_the_web(tx: Transaction, issue: Issue, *, site: Site) -> Letter:
    """The letter as readers see it on its page: without what was withdrawn, and with corrections, marked.

    The frozen letter itself while nothing of it has changed. What was changed without a word to
    readers (`--minor`) is mended without a mark.
    """
    frozen = thaw(issue)
    current = {p.item_id: p for p in _now(tx, issue, issue.item_ids) if p.withdrawn_at is None}
    left = [item_id for item_id in issue.item_ids if item_id in current]
    if frozen is None:
        if len(left) == len(issue.item_ids):
            return issue.letter
        return _letter(issue, None, [current[item_id] for item_id in left], site=site)
    was = {p.item_id: p for p in frozen.publications}
    changed = [item_id for item_id in left if current[item_id].content != was[item_id].content]
    if not changed and len(left) == len(issue.item_ids):
        return issue.letter
    corrected = {
        item_id: current[item_id].updated_at
        for item_id in changed
        if current[item_id].updated_at != was[item_id].updated_at
    }
    shown = [current[item_id] if item_id in changed else was[item_id] for item_id in left]
    return _letter(issue, frozen, shown, site=site, corrected=corrected)


def _letter(
    issue: Issue,
    frozen: Frozen | None,
    publications: Collection[Publication],
    *,
    site: Site,
    corrected: Mapping[int, datetime] | None = None,
) -> Letter:
    """Of what was frozen; a program that can do nothing with its templates any more takes those of today."""
    chosen = list(publications)
    if frozen:
        try:
            return frozen.letter(chosen, number=issue.number, closed_at=issue.closed_at, corrected=corrected)
        except TemplateBroken:
            pass
    return letter(
        chosen,
        site=site,
        number=issue.number,
        closed_at=issue.closed_at,
        subject=frozen.subject if frozen else None,
        intro=frozen.intro if frozen else None,
        public_url=site.public_url,
        corrected=corrected or {},
    )


def _now(tx: Transaction, issue: Issue, item_ids: Collection[int]) -> list[Publication]:
    found = tx.publications.many(issue.edition, item_ids)
    return [found[item_id] for item_id in issue.item_ids if item_id in found and item_id in item_ids]


def _is_with_nobody(tx: Transaction, issue: Issue) -> bool:
    """No server has seen a mail of it, and no sender holds its letter to hand one over."""
    if issue.begun_at is not None:
        return False
    counts = tx.mailing.deliveries.counts(issue)
    seen = counts.accepted + counts.failed + counts.deferred + counts.ambiguous
    return not seen and not (issue.status is IssueStatus.SENDING and counts.pending)
