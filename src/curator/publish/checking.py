"""One mail of an issue made as a reader would get it, and put to the gate before any reader gets one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from curator.errors import MailRefused
from curator.model import Issue, Problem, Publication
from curator.ports import Mailroom
from curator.publish import freezing, gate, tokens
from curator.publish.drafting import Draft
from curator.publish.message import Sender, cast, way_out
from curator.settings import Edition, Settings
from curator.store import Store

NOBODY = 0
"""A subscriber who is none: their way out is answered like anybody's, and nobody leaves by it."""


def check_issue(
    store: Store,
    room: Mailroom,
    settings: Settings,
    *,
    edition: Edition,
    number: int | None = None,
    secret: bytes,
) -> tuple[Problem, ...]:
    """What keeps the issue from leaving; without a number, the newest. Nothing, where all is well.

    Asks the newsroom's own service whether its way out answers: not to be called within a transaction.
    """
    with store.read() as tx:
        issue = tx.mailing.issues.get(edition.key, number)
        publications = freezing.publications_of(tx, issue)
    frozen = freezing.thaw(issue)
    found = _check(
        room,
        settings,
        issue,
        edition=edition,
        publications=publications,
        intro=frozen.intro if frozen else None,
        secret=secret,
    )
    return tuple(p for p in found if frozen or p.code not in gate.NOT_IN_OLDER)


def check_draft(
    room: Mailroom, settings: Settings, draft: Draft, *, edition: Edition, secret: bytes
) -> tuple[Problem, ...]:
    """What would keep the next issue from leaving, were it closed as it stands."""
    return _check(
        room,
        settings,
        draft.issue,
        edition=edition,
        publications=draft.frozen.publications,
        intro=draft.frozen.intro,
        secret=secret,
    )


def _check(
    room: Mailroom,
    settings: Settings,
    issue: Issue,
    *,
    edition: Edition,
    publications: Sequence[Publication],
    intro: str | None,
    secret: bytes,
) -> tuple[Problem, ...]:
    sender = freezing.sender_of_issue(settings, issue, edition=edition)
    as_closed = freezing.edition_of(issue, edition)
    try:
        mail = _of_nobody(issue, sender=sender, edition=as_closed, secret=secret)
    except MailRefused as refused:
        return (Problem(code="mail_unsafe", data={"reason": refused.reason}),)
    if room.signer:
        mail = room.signer.sign(mail, at=issue.closed_at)
    found = gate.findings(
        mail,
        issue=issue,
        sender=sender,
        edition=as_closed,
        publications=publications,
        intro=intro,
        signed=room.signer is not None,
    )
    return (*found, *_outside(mail, room, sender, edition=edition, secret=secret))


def _of_nobody(issue: Issue, *, sender: Sender, edition: Edition, secret: bytes) -> bytes:
    name = tokens.mail_name(secret, edition=issue.edition, number=issue.number, subscriber_id=NOBODY)
    return cast(issue, sender=sender, language=edition.language).message(
        recipient=sender.address,
        message_id=f"<{name}@{sender.domain}>",
        token=tokens.unsubscribe_token(secret, edition=issue.edition, subscriber_id=NOBODY),
    )


def _outside(
    mail: bytes, room: Mailroom, sender: Sender, *, edition: Edition, secret: bytes
) -> Iterator[Problem]:
    """What the bytes alone cannot tell."""
    if room.signer and not room.signer.verifies(mail):
        yield Problem(code="mail_signature_wrong", field="DKIM-Signature")
    if sender.public_url:
        way = way_out(sender, edition=edition.key, subscriber_id=NOBODY, secret=secret)
        if why := room.answers(way.url):
            data = {"url": f"{sender.public_url.rstrip('/')}/unsubscribe/{edition.key}/…", "cause": why}
            yield Problem(code="mail_unsubscribe_silent", field="List-Unsubscribe", data=data)
