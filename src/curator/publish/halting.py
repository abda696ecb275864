"""When too many mails of an issue come back or are complained of: it is paused before it does more harm."""

from __future__ import annotations

from datetime import datetime

from curator.model import Issue
from curator.publish import steering
from curator.settings import MailSettings
from curator.store import Transaction

FEWEST_JUDGED = 20  # mails of which a share that bounced says something
FEWEST_COMPLAINTS = 2


def held_back(tx: Transaction, mail: MailSettings, issue: Issue, *, now: datetime) -> bool:
    """Pause the issue where more of its mails bounce, or are complained of, than the settings bear.

    What an editor has resumed it for once is no reason a second time.
    """
    counts = tx.mailing.deliveries.counts(issue)
    refused, back = tx.mailing.deliveries.refused(issue), tx.mailing.bounces.bounced(issue)
    judged = counts.accepted + refused
    if judged < FEWEST_JUDGED:
        return False
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
