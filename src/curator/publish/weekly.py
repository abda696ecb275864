"""The newsletter while nobody looks: close what is due, send what is closed, say what stands still."""

from __future__ import annotations

import time
from datetime import datetime

from curator.model import IssueStatus
from curator.ports import Mailroom
from curator.publish.issues import close_issue
from curator.publish.sending import MOST_BLIND_RETRIES, Clock, IsGone, Sent, Sleep, send_issue
from curator.publish.usecases import write_outputs
from curator.settings import Edition, Settings
from curator.store import Store

_CAN_BE_SENT = (IssueStatus.CLOSED, IssueStatus.SENDING)


def close_and_send_due(
    store: Store,
    room: Mailroom,
    settings: Settings,
    *,
    edition: Edition,
    slot: datetime | None,
    secret: bytes,
    worker: str,
    is_gone: IsGone,
    clock: Clock,
    sleep: Sleep = time.sleep,
) -> list[Sent]:
    """What `run` does for the newsletter: close the issue of a due `slot`, then send what is not out yet.

    With `newsletter.confirm` an editor starts each issue; an issue that was
    started is finished here. Into a folder only where `mail.url` says so on
    purpose: a newsroom without any mail settings must not believe it sends.
    """
    if slot is not None:
        closed = close_issue(store, settings, edition=edition, slot=slot, secret=secret, now=clock())
        if closed is not None:
            write_outputs(store, settings, now=clock())
    if room.mailer.writes_files and not settings.mail.given:
        return []
    started = (IssueStatus.SENDING,) if settings.newsletter.confirm else _CAN_BE_SENT
    resend = settings.newsletter.ambiguous == "resend" and not room.mailer.writes_files
    with store.read() as tx:
        waiting = [
            issue
            for issue in tx.mailing.issues.in_status(edition.key, started)
            # One that an editor closed by hand waits for her to have looked at it.
            if (issue.slot is not None and issue.status is IssueStatus.CLOSED)
            or (
                issue.status is not IssueStatus.CLOSED
                and tx.mailing.deliveries.due(
                    issue,
                    to_folder=room.mailer.writes_files,
                    doubtful_below=MOST_BLIND_RETRIES if resend else 0,
                    now=clock(),
                )
            )
        ]
    return [
        send_issue(
            store,
            room,
            settings,
            edition=edition,
            number=issue.number,
            secret=secret,
            worker=worker,
            is_gone=is_gone,
            clock=clock,
            sleep=sleep,
        )
        for issue in waiting
    ]
