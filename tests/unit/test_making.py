"""The next mail is made while a server takes one in: it must be that reader's, and cost the other nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest

from builders import NOW
from curator.edges.mail import open_mailer
from curator.errors import MailRefused
from curator.model import Delivery, DeliveryState, Issue, IssueStatus, Lang, Letter
from curator.ports import Accepted, Mailer, Signer
from curator.publish.making import Form
from curator.publish.message import Sender, cast
from curator.settings import MailSettings
from postoffice import PostOffice, post_office

ANNA, BRUNO = "anna@lettori.example", "bruno@lettori.example"
LETTER = Letter(subject="Rassegna", html="<p>Buona lettura.</p>", text="Buona lettura.\n")


@dataclass
class Fails:
    """A signer that cannot."""

    asked: list[datetime] = field(default_factory=list)

    def sign(self, _message: bytes, *, at: datetime) -> bytes:
        self.asked.append(at)
        raise OSError("the key is gone")

    def verifies(self, _message: bytes) -> bool:
        return False


def a_form(signer: Signer | None = None) -> Form:
    issue = Issue(
        id=1,
        edition="it",
        number=1,
        status=IssueStatus.SENDING,
        letter=LETTER,
        content_hash="0123",
        closed_at=NOW,
        slot=None,
        item_ids=(),
    )
    sender = Sender(
        name="Redazione",
        address="rassegna@aicex.example",
        reply_to=None,
        bounce_domain=None,
        home_url="https://rassegna.example/",
        public_url=None,
    )
    made = cast(issue, sender=sender, language=Lang("it"))
    return Form(issue=issue, sender=sender, made=made, signer=signer, secret=b"s" * 32)


def to(email: str, number: int = 1) -> Delivery:
    said: dict[str, Any] = {"id": number, "issue_id": 1, "subscriber_id": number, "attempts": 0}
    return Delivery(
        **said,
        email=email,
        message_id=f"<it-1.{number:032}@aicex.example>",
        state=DeliveryState.PENDING,
        next_try=None,
        first_try=None,
        changed_at=NOW,
        domain="lettori.example",
    )


def test_what_was_made_ahead_is_that_very_mail() -> None:
    form, bruno = a_form(), to(BRUNO, 2)
    ahead = form.look_ahead(bruno)

    assert form.mail(bruno) is ahead
    assert form.mail(to(ANNA)).recipient == ANNA


def test_what_is_read_anew_from_the_ledger_is_made_anew() -> None:
    """The same row, and its reader has another address by now."""
    form, bruno = a_form(), to(BRUNO, 2)
    form.look_ahead(bruno)

    moved = form.mail(replace(bruno, email="bruno@altrove.example"))

    assert moved.recipient == "bruno@altrove.example"
    assert b"To: <bruno@altrove.example>" in moved.message


def test_what_fails_ahead_fails_in_its_own_turn() -> None:
    form, bruno = a_form(Fails()), to(BRUNO, 2)

    assert form.look_ahead(bruno) is None
    with pytest.raises(OSError, match="key is gone"):
        form.mail(bruno)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


@pytest.fixture
def mailer(office: PostOffice) -> Iterator[Mailer]:
    mailer = open_mailer(MailSettings(url=office.url))
    yield mailer
    mailer.close()


def test_a_mail_that_may_not_leave_costs_the_one_before_no_answer(mailer: Mailer, office: PostOffice) -> None:
    form = a_form()
    smuggled = replace(form.mail(to(BRUNO, 2)), message=b"Subject: x\r\n\r\n\n.\r\n")

    assert isinstance(mailer.send(form.mail(to(ANNA)), coming=lambda: smuggled), Accepted)
    with pytest.raises(MailRefused, match="mail_bytes_unsafe"):
        mailer.send(smuggled)
    assert office.recipients == [ANNA]


def test_the_server_gets_the_mail_that_is_sent_whatever_was_looked_at_before(
    mailer: Mailer, office: PostOffice
) -> None:
    form = a_form()
    anna, bruno, carla = (form.mail(to(f"{name}@lettori.example", n)) for n, name in enumerate("abc", 1))

    mailer.send(anna, coming=lambda: bruno)
    mailer.send(carla, coming=lambda: bruno)
    mailer.send(bruno)

    sent = [anna, carla, bruno]
    assert office.recipients == [mail.recipient for mail in sent]
    assert [mail.content for mail in office.taken] == [mail.message for mail in sent]
