"""An issue seen before its readers see it, or made again after: as files, or as one mail to an editor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from curator.errors import BadInput, TemplateBroken
from curator.model import Issue, Letter
from curator.ports import HandOver, Mail, Mailroom
from curator.publish import holding, program, tokens
from curator.publish.drafting import content_hash, draft_in
from curator.publish.freezing import edition_of, sender_of_issue, thaw
from curator.publish.message import message, personal, way_out
from curator.settings import Edition, Settings
from curator.store import Store, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewFiles:
    html: Path
    text: Path
    eml: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """An issue made again of what was frozen with it, and whether every byte is the same.

    `same` None: an older program closed it, and nobody knows. `differing`: "subject", "html", "text" as they
    come out now; "hash" where what is kept is not what was closed. `newer`: another program closed it.
    `files` are the frozen bytes, which are what is sent, whatever comes out now; `now` what comes out.
    """

    issue: Issue
    files: PreviewFiles
    same: bool | None
    differing: tuple[str, ...]
    newer: bool
    now: PreviewFiles | None = None


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
            draft = draft_in(tx, settings, edition=edition, slot=None, now=now).issue
            issue = draft if draft.item_ids else None
        issue = issue or tx.mailing.issues.get(edition.key, number)
    return _write(settings, issue, edition=edition, folder=folder, secret=secret)


def rebuild_issue(
    store: Store, settings: Settings, *, edition: Edition, number: int | None, folder: Path, secret: bytes
) -> Rebuilt:
    """Make an issue again from what was frozen with it; nothing of today goes in but the program.

    Settings, templates and items may be others by now.
    """
    with store.read() as tx:
        issue = tx.mailing.issues.get(edition.key, number)
    files = _write(settings, issue, edition=edition, folder=folder, secret=secret)
    differing = [] if content_hash(issue.letter) == issue.content_hash else ["hash"]
    frozen = thaw(issue)
    if frozen is None:
        return Rebuilt(issue=issue, files=files, same=None, differing=tuple(differing), newer=False)
    try:
        again = frozen.letter(number=issue.number, closed_at=issue.closed_at)
    except TemplateBroken:  # this program can do nothing with those templates
        again = Letter(subject="", html="", text="")
    parts = ("subject", "html", "text")
    differing += [part for part in parts if getattr(again, part) != getattr(issue.letter, part)]
    beside = None
    if again != issue.letter:
        beside = _write(
            settings,
            replace(issue, letter=again),
            edition=edition,
            folder=folder,
            secret=secret,
            suffix="-now",
        )
    return Rebuilt(
        issue=issue,
        files=files,
        same=not differing,
        differing=tuple(differing),
        newer=frozen.program != program.fingerprint(),
        now=beside,
    )


def send_test(
    store: Store,
    room: Mailroom,
    settings: Settings,
    *,
    edition: Edition,
    number: int | None = None,
    of_draft: bool = False,
    to: str,
    secret: bytes,
    now: datetime,
) -> tuple[Issue, HandOver]:
    """One copy to one address, marked [TEST]; the ledger knows nothing of it.

    Without a number the newest issue, or `of_draft` what closing would make now. Not while the newsroom is
    held: its links would lead to pages that may be another's.
    """
    holding.require_free(store, settings, now=now)
    with store.read() as tx:
        issue = _tested(tx, settings, edition=edition, number=number, of_draft=of_draft, now=now)
    sender = sender_of_issue(settings, issue, edition=edition)
    marked = replace(issue, letter=replace(issue.letter, subject=f"[TEST] {issue.letter.subject}"))
    name = f"{edition.key}-{issue.number}-test.{tokens.token(secret, 'test', to.lower(), issue.content_hash)}"
    mail = message(
        marked,
        sender=sender,
        language=edition_of(issue, edition).language,
        recipient=to,
        message_id=f"<{name}@{sender.domain}>",
        way=way_out(sender, edition=edition.key, subscriber_id=None, secret=secret),
    )
    if room.signer:
        mail = room.signer.sign(mail, at=issue.closed_at)
    outcome = room.mailer.send(Mail(sender=sender.envelope(name), recipient=to, message=mail, name=name))
    return issue, outcome


def _tested(
    tx: Transaction,
    settings: Settings,
    *,
    edition: Edition,
    number: int | None,
    of_draft: bool,
    now: datetime,
) -> Issue:
    if not of_draft:
        return tx.mailing.issues.get(edition.key, number)
    draft = draft_in(tx, settings, edition=edition, slot=None, now=now).issue
    if not draft.item_ids:
        raise BadInput("issue_draft_empty", edition=edition.key)
    return draft


def _write(
    settings: Settings,
    issue: Issue,
    *,
    edition: Edition,
    folder: Path,
    secret: bytes,
    suffix: str = "",
) -> PreviewFiles:
    sender = sender_of_issue(settings, issue, edition=edition)
    way = way_out(sender, edition=edition.key, subscriber_id=None, secret=secret)
    shown = personal(issue.letter, way)
    name = f"{edition.key}-{issue.number}{suffix}"
    files = PreviewFiles(
        html=folder / f"{name}.html", text=folder / f"{name}.txt", eml=folder / f"{name}.eml"
    )
    mail = message(
        issue,
        sender=sender,
        language=edition_of(issue, edition).language,
        recipient=sender.address,
        message_id=f"<{edition.key}-{issue.number}.preview@{sender.domain}>",
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
