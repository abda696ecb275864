"""Where those who ask are received: whom we may write to, and what is written down, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from curator.errors import NewsroomError
from curator.model import SubscriptionStatus
from curator.publish import departures, erasures, tokens
from curator.publish.departures import Word
from curator.publish.limits import Limits
from curator.publish.message import sender_of
from curator.settings import Settings
from curator.store import Transaction
from curator.store.notices import NoticeKind
from curator.store.subscribers import Consent, Subscribers

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """The transaction holds `tx.serialise("subscribers")`."""

    tx: Transaction
    settings: Settings
    secret: bytes
    now: datetime

    @property
    def people(self) -> Subscribers:
        return self.tx.mailing.subscribers

    @property
    def limits(self) -> Limits:
        unconfirmed = timedelta(days=self.settings.newsletter.unconfirmed_days)
        return Limits(tx=self.tx, secret=self.secret, unconfirmed=unconfirmed, now=self.now)

    def is_suppressed(self, email: str) -> bool:
        return bool(self.people.suppressed([tokens.address_hash(self.secret, email)]))

    def note(self, word: Word, email: str | None, what: str, *, after: datetime | None = None) -> None:
        """For after a restore. `after`: what it ends, and what a clock set back must not put behind it."""
        if email is not None:
            now = self.now if after is None else max(self.now, after + timedelta(microseconds=1))
            self._note(word, tokens.address_hash(self.secret, email), what, now=now)

    def note_unknown(self, subscriber_id: int, edition: str) -> None:
        """They follow no such edition here; in a newer backup of us, which may come in our place, they do."""
        email = self.people.email_of(subscriber_id)
        who = str(subscriber_id) if email is None else tokens.address_hash(self.secret, email)
        if subscriber_id and departures.of(self.settings, who).left(edition) is None:
            self._note(Word.CLICKED if email is None else Word.LEFT, who, edition, now=self.now)

    def _note(self, word: Word, fingerprint: str, what: str, *, now: datetime) -> None:
        """Where the record cannot be written, leaving and joining work all the same."""
        try:
            departures.note(self.tx, self.settings, word, fingerprint, what, now=now)
        except NewsroomError as error:
            log.warning("departures_unwritable", path=error.data.get("path"), cause=error.data.get("cause"))

    def note_joined(self, email: str, edition: str) -> None:
        """Only of who had left: the record is no list of readers."""
        if departures.of(self.settings, tokens.address_hash(self.secret, email)).left(edition) is not None:
            self.note(Word.JOINED, email, edition)

    def await_confirmation(self, email: str, consent: Consent) -> int:
        """Somebody wants to subscribe this address: ask it, by mail. Returns whose it is."""
        subscriber_id = self.people.id_of(email)
        if subscriber_id is None:
            subscriber_id = self.people.add(email, now=self.now)
        self.people.wait(subscriber_id, consent.edition, now=self.now)
        self.people.keep_consent(subscriber_id, consent)
        self.queue(NoticeKind.CONFIRM, subscriber_id, consent.edition)
        return subscriber_id

    def queue(self, kind: NoticeKind, subscriber_id: int, edition: str) -> None:
        """One mail to be sent by whoever sends next. Its Message-ID is made here and stays."""
        asked = tokens.token(
            self.secret, "notice", kind, edition, subscriber_id, self.now.isoformat(timespec="microseconds")
        )
        sender = sender_of(self.settings, edition=self.settings.editions[edition], home_url="")
        self.tx.mailing.notices.add(
            kind,
            subscriber_id=subscriber_id,
            edition=edition,
            message_id=f"<{edition}-{kind}.{asked}@{sender.domain}>",
            now=self.now,
        )

    def confirmed(self, subscriber_id: int, edition: str, *, asked_at: datetime) -> None:
        """They said yes to what they were asked then: those words and topics are in the record of it."""
        asked = [
            consent
            for consent in self.people.consents_of(subscriber_id)
            if consent.edition == edition and consent.kind == "asked" and consent.at == asked_at
        ]
        consent = asked[-1] if asked else Consent(edition=edition, at=self.now, kind="asked", text=None)
        self.people.subscribe(subscriber_id, edition, SubscriptionStatus.CONFIRMED, now=self.now)
        self.people.keep_consent(subscriber_id, replace(consent, kind="confirmed", at=self.now))
        self.people.prefer(subscriber_id, edition, consent.tags)
        self.tx.mailing.notices.withdraw(subscriber_id, edition=edition, kind=NoticeKind.CONFIRM)
        if (email := self.people.email_of(subscriber_id)) is not None:
            # They read their mail, and say yes: what bounced or was complained about is over.
            erasures.come_back(self.tx, self.settings, email=email, secret=self.secret, now=self.now)
            self.note_joined(email, edition)
            self.limits.has_confirmed(email)
