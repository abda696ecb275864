"""A withdrawn item and the issues that hold it: what has not left leaves without it, and so does the page."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from curator.model import Issue, IssueStatus
from curator.publish.issues import content_hash
from curator.publish.letter import letter
from curator.publish.site import Site, site_of
from curator.settings import Edition, Settings
from curator.store import Transaction

_NOT_OVER = (IssueStatus.CLOSED, IssueStatus.SENDING, IssueStatus.PAUSED)


def take_out(
    tx: Transaction, settings: Settings, *, edition: Edition, item_ids: Collection[int], now: datetime
) -> tuple[int, ...]:
    """Take withdrawn items out of the issues that are not over; returns the numbers of those that now wait.

    What nobody has is written anew under a new hash, and cancelled where
    nothing is left of it. Once the first mail is out, or a sender holds the
    letter to hand it over, what was frozen stays frozen: all readers get the
    same bytes or none. The rest waits for an editor, who resumes or cancels
    it. Of an issue that is over nothing changes in the store; its mails are
    out. Its page on the web is another matter: that is made of what is left.
    """
    if not item_ids:
        return ()
    tx.serialise(f"issue:{edition.key}")
    waiting: list[int] = []
    for issue in tx.mailing.issues.in_status(edition.key, _NOT_OVER):
        if not set(item_ids) & set(issue.item_ids):
            continue
        if not _is_with_nobody(tx, issue):
            tx.mailing.issues.move(issue, to=IssueStatus.PAUSED, allowed=_NOT_OVER)
            waiting.append(issue.number)
        elif (left := without(tx, issue, item_ids, site=site_of(settings, edition))).item_ids:
            tx.mailing.issues.rewrite(issue, left.letter, content_hash=left.content_hash, items=left.item_ids)
            tx.mailing.deliveries.write_again(issue, now=now)
        else:
            tx.mailing.issues.move(issue, to=IssueStatus.CANCELLED, allowed=_NOT_OVER)
    return tuple(waiting)


def without(tx: Transaction, issue: Issue, withdrawn: Collection[int], *, site: Site) -> Issue:
    """The issue as it was closed, or, where it holds one of these items, written anew without them."""
    left = tuple(item_id for item_id in issue.item_ids if item_id not in withdrawn)
    if left == issue.item_ids:
        return issue
    found = (tx.publications.get(item_id, issue.edition) for item_id in left)
    publications = [publication for publication in found if publication]
    written = letter(publications, site=site, number=issue.number, closed_at=issue.closed_at)
    return replace(issue, letter=written, content_hash=content_hash(written), item_ids=left)


def _is_with_nobody(tx: Transaction, issue: Issue) -> bool:
    """No server has seen a mail of it, and no sender holds its letter to hand one over."""
    counts = tx.mailing.deliveries.counts(issue)
    seen = counts.accepted + counts.failed + counts.deferred + counts.ambiguous
    return not seen and not (issue.status is IssueStatus.SENDING and counts.pending)
