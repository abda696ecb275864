"""An issue seen before its readers see it: as files, or as one mail to an editor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from curator.errors import BadInput
from curator.ports import HandOver, Mail, Mailroom
from curator.publish import tokens
from curator.publish.issues import draft_in
from curator.publish.message import message, personal, sender_of, way_out
from curator.publish.site import site_of
from curator.settings import Edition, Settings
from curator.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewFiles:
    html: Path
    text: Path
    eml: Path


def preview_issue(
    store: Store,
    settings: Settings,
    *,
    edition: Edition,
    number: int | None = None,
    folder: Path,
    secret: bytes,
    now: datetime,
) -> PreviewFiles:
    """The issue as files to look at. Without a number the draft, or the newest where there is nothing new."""
    with store.read() as tx:
        issue = None
        if number is None:
            draft = draft_in(tx, settings, edition=edition, slot=None, now=now)
            issue = draft if draft.item_ids else None
        issue = issue or tx.mailing.issues.get(edition.key, number)
    sender = sender_of(settings, edition=edition, home_url=site_of(settings, edition).home_url)
    way = way_out(sender, edition=edition.key, subscriber_id=None, secret=secret)
    shown = personal(issue.letter, way)
    name = f"{edition.key}-{issue.number}"
    files = PreviewFiles(
        html=folder / f"{name}.html", text=folder / f"{name}.txt", eml=folder / f"{name}.eml"
    )
    mail = message(
        issue,
        sender=sender,
        language=edition.language,
        recipient=sender.address,
        message_id=f"<{name}.preview@{sender.domain}>",
        way=way,
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files.html.write_bytes(shown.html.encode())
        files.text.write_bytes(shown.text.encode())
        files.eml.write_bytes(mail)
    except OSError as error:
        raise BadInput("file_not_written", path=str(folder), cause=error.strerror) from error
    return files


def send_test(
    store: Store,
    room: Mailroom,
    settings: Settings,
    *,
    edition: Edition,
    number: int | None = None,
    to: str,
    secret: bytes,
) -> HandOver:
    """One copy to one address, marked [TEST]; the ledger knows nothing of it."""
    with store.read() as tx:
        issue = tx.mailing.issues.get(edition.key, number)
    sender = sender_of(settings, edition=edition, home_url=site_of(settings, edition).home_url)
    marked = replace(issue, letter=replace(issue.letter, subject=f"[TEST] {issue.letter.subject}"))
    name = f"{edition.key}-{issue.number}-test.{tokens.token(secret, 'test', to.lower(), issue.content_hash)}"
    mail = message(
        marked,
        sender=sender,
        language=edition.language,
        recipient=to,
        message_id=f"<{name}@{sender.domain}>",
        way=way_out(sender, edition=edition.key, subscriber_id=None, secret=secret),
    )
    return room.mailer.send(Mail(sender=sender.envelope(name), recipient=to, message=mail, name=name))
