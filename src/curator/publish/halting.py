"""When too many mails of an issue come back or are complained of: it is paused before it does more harm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from curator.model import Issue
from curator.publish import steering
from curator.settings import MailSettings
from curator.store import Transaction

FEWEST_JUDGED = 20  # mails of which a share that bounced says something
FEWEST_COMPLAINTS = 2


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
    counts = tx.mailing.deliveries.counts(issue)
    refused, back = tx.mailing.deliveries.refused(issue), tx.mailing.bounces.bounced(issue)
    judged = counts.accepted + refused
    if judged < FEWEST_JUDGED:
        return False
    watch.rest(now)
    reasons = {
        "issue_bounces": (refused + back.hard, mail.most_bounces, 1),
        "issue_complaints": (back.complaints, mail.most_complaints, FEWEST_COMPLAINTS),
    }
    for code, (mails, most, fewest) in reasons.items():
        if mails < fewest or 100 * mails <= most * judged:
            continue
        known = steering.overridden(tx.mailing.issues.get(issue.edition, issue.number))
        if code not in known:
            per_cent = round(100 * mails / judged, 1)
            data = {"mails": mails, "judged": judged, "per_cent": per_cent, "most": most}
            return steering.hold(tx, issue, code=code, data=data, known=known, now=now)
    return False
