"""When too many mails of an issue come back or are complained of: it is paused before it does more harm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from curator.model import Issue
from curator.publish import steering
from curator.settings import MailSettings
from curator.store import Transaction

FEWEST_JUDGED = 20  # mails of which a share that bounced says something
FEWEST_COMPLAINTS = 2
FEWEST_OF_FEW = 3  # of fewer mails than that; or all of them


@dataclass(slots=True)
class Watch:
    """When one sender looks: at once when it was refused a mail, else once a second.

    A look counts all mails of the issue; at each claim it would cost as much as the mails.
    """

    news: bool = True
    looked_at: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        return self.news or self.looked_at is None or abs(now - self.looked_at) >= _EVERY

    def rest(self, now: datetime) -> None:
        self.news, self.looked_at = False, now


_EVERY = timedelta(seconds=1)


def held_back(tx: Transaction, mail: MailSettings, issue: Issue, *, watch: Watch, now: datetime) -> bool:
    """Pause the issue where more of its mails bounce, or are complained of, than the settings bear.

    What an editor has resumed it for once is no reason a second time.
    """
    if not watch.is_due(now):
        return False
    judged = _judged(tx, issue)
    if judged < FEWEST_JUDGED:
        return False
    watch.rest(now)
    found = _over(tx, mail, issue, judged=judged)
    if found is None:
        return False
    code, data = found
    known = steering.overridden(tx.mailing.issues.get(issue.edition, issue.number))
    return steering.hold(tx, issue, code=code, data=data, known=known, now=now)


def too_many(tx: Transaction, mail: MailSettings, issue: Issue) -> tuple[str, Mapping[str, Any]] | None:
    """What more of an issue's mails met than the settings bear; None: nothing, or an editor has seen it.

    Few mails make no share: of them three say something, or all.
    """
    judged = _judged(tx, issue)
    found = _over(tx, mail, issue, judged=judged)
    if found is None or judged >= FEWEST_JUDGED:
        return found
    mails = found[1]["mails"]
    return found if mails >= FEWEST_OF_FEW or mails >= judged else None


def _judged(tx: Transaction, issue: Issue) -> int:
    return tx.mailing.deliveries.counts(issue).accepted + tx.mailing.deliveries.refused(issue)


def _over(
    tx: Transaction, mail: MailSettings, issue: Issue, *, judged: int
) -> tuple[str, Mapping[str, Any]] | None:
    refused, back = tx.mailing.deliveries.refused(issue), tx.mailing.bounces.bounced(issue)
    reasons = {
        "issue_bounces": (refused + back.hard, mail.most_bounces, 1),
        "issue_complaints": (back.complaints, mail.most_complaints, FEWEST_COMPLAINTS),
    }
    for code, (mails, most, fewest) in reasons.items():
        if mails < fewest or 100 * mails <= most * judged:
            continue
        if code not in steering.overridden(tx.mailing.issues.get(issue.edition, issue.number)):
            per_cent = round(100 * mails / judged, 1)
            return code, {"mails": mails, "judged": judged, "per_cent": per_cent, "most": most}
    return None
