"""A sender in a process of its own, for tests that kill it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from builders import NOW
from curator.edges.mail import open_mailer
from curator.edges.process import is_gone, this_worker
from curator.ports import Mailroom
from curator.publish.sending import send_issue
from curator.store import Store
from newsletter import SECRET, a_newsletter


def main(database: str, mail_url: str, folder: str) -> None:
    newsletter = a_newsletter(Store(database), Path(folder))
    newsletter.with_(mail={"url": mail_url})
    mailer = open_mailer(newsletter.settings.mail)
    send_issue(
        newsletter.store,
        Mailroom(mailer=mailer),
        newsletter.settings,
        edition=newsletter.edition,
        secret=SECRET,
        worker=this_worker(),
        is_gone=is_gone,
        clock=lambda: NOW + timedelta(minutes=1),
    )
    mailer.close()
