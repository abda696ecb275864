"""An issue's mails, each made when its turn comes, or while a server takes in the one before it."""

from __future__ import annotations

from dataclasses import dataclass, field

from curator.model import Delivery, Issue
from curator.ports import Mail, Signer
from curator.publish import tokens
from curator.publish.message import Cast, Sender


@dataclass(frozen=True, kw_only=True)
class Form:
    """The issue as it leaves: all its mails are made of one form."""

    issue: Issue
    sender: Sender
    made: Cast
    signer: Signer | None
    secret: bytes = field(repr=False)
    _ahead: list[tuple[Delivery, Mail]] = field(default_factory=list, repr=False)

    def mail(self, delivery: Delivery) -> Mail:
        """Raises MailRefused where this address makes no safe mail."""
        for made_for, mail in self._ahead:
            if made_for is delivery:  # not an equal one: what is read anew is made anew
                return mail
        token = tokens.unsubscribe_token(
            self.secret, edition=self.issue.edition, subscriber_id=delivery.subscriber_id
        )
        recipient = delivery.email or ""
        content = self.made.message(recipient=recipient, message_id=delivery.message_id, token=token)
        if self.signer is not None:
            content = self.signer.sign(content, at=self.issue.closed_at)
        name = delivery.message_id.strip("<>").rpartition("@")[0]
        return Mail(sender=self.sender.envelope(name), recipient=recipient, message=content, name=name)

    def look_ahead(self, delivery: Delivery | None) -> Mail | None:
        """Make the next mail in time that is free: pure work, of which the ledger knows nothing."""
        self._ahead.clear()
        if delivery is None:
            return None
        try:
            mail = self.mail(delivery)
        except Exception:  # noqa: BLE001  it comes again in its own turn; here it would cost an answer
            return None
        self._ahead.append((delivery, mail))
        return mail
