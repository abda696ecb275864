"""A newsletter to play with: publish, subscribe, close, send, and see what arrived."""

from __future__ import annotations

import email
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from ulid import ULID

from builders import ITALIAN, NOW
from curator.edges.mail import open_mailer
from curator.edges.maillog import open_log
from curator.model import Issue, IssueCounts, Subscriber
from curator.ports import Mailroom
from curator.publish import issues, roster, sending, subscribers
from curator.settings import Edition, Settings
from curator.store import Store
from curator.store import tables as t
from publishing import a_public_item

SECRET = b"a key of the tests' own, 32 bytes"


@dataclass(slots=True)
class Newsletter:
    store: Store
    folder: Path
    settings: Settings
    now: datetime = NOW
    edition: Edition = ITALIAN
    slept: list[float] = field(default_factory=list)
    gone: Callable[[str], bool] = lambda _worker: False

    def with_(self, **tables: dict[str, Any]) -> None:
        """Change settings: `mail={"url": …}`."""
        for name, values in tables.items():
            changed = replace(getattr(self.settings, name), **values)
            self.settings = replace(self.settings, **{name: changed})

    def publish(self, headline: str = "Perché i clienti se ne vanno", **said: Any) -> int:
        """One item, published now."""
        with self.store.begin() as tx:
            row = {
                "ulid": str(ULID()),
                "version": 1,
                "status": "drafting",
                "queued_at": self.now,
                "position": self.now,
            }
            new = t.items.insert().values(row).returning(t.items.c.id)
            item_id: int = tx.connection.execute(new).scalar_one()
            tx.publications.first(
                item_id=item_id,
                edition=self.edition.key,
                content=a_public_item(headline=headline, **said),
                item_version=1,
                authority="rassegna.example,2026",
                now=self.now,
            )
        return item_id

    def subscribe(self, *addresses: str, confirmed: bool = True) -> list[Subscriber]:
        return [
            subscribers.add_subscriber(
                self.store,
                self.settings,
                email=address,
                edition=self.edition,
                confirmed=confirmed,
                consent="Modulo cartaceo, convegno del 3 febbraio 2026" if confirmed else None,
                secret=SECRET,
                now=self.now,
            ).subscriber
            for address in addresses
        ]

    def unsubscribe(self, address: str) -> None:
        subscribers.unsubscribe(
            self.store,
            self.settings,
            email=address,
            edition=self.edition.key,
            secret=SECRET,
            now=self.now,
        )

    def erase(self, address: str) -> int:
        return subscribers.erase(self.store, self.settings, email=address, secret=SECRET, now=self.now)

    def import_(self, document: str | bytes, **said: Any) -> roster.Imported:
        return roster.import_subscribers(
            self.store,
            self.settings,
            document=document if isinstance(document, bytes) else document.encode(),
            **{
                "edition": "it",
                "editions": ("it", "en"),
                "consent": "Iscritti al convegno",
                "secret": SECRET,
                "now": self.now,
                **said,
            },
        )

    def close(self, *, slot: datetime | None = None) -> Issue | None:
        return issues.close_issue(
            self.store, self.settings, edition=self.edition, slot=slot, secret=SECRET, now=self.now
        )

    def send(self, number: int | None = None, *, worker: str = "here:1") -> IssueCounts:
        mailer = open_mailer(self.settings.mail)
        try:
            return sending.send_issue(
                self.store,
                Mailroom(mailer=mailer, log=open_log(self.settings.mail.log)),
                self.settings,
                edition=self.edition,
                number=number,
                secret=SECRET,
                worker=worker,
                is_gone=self.gone,
                clock=lambda: self.now,
                sleep=self.slept.append,
            ).counts
        finally:
            mailer.close()

    def issue(self, number: int | None = None) -> Issue:
        return issues.get_issue(self.store, edition=self.edition, number=number)[0]

    def counts(self, number: int | None = None) -> IssueCounts:
        return issues.get_issue(self.store, edition=self.edition, number=number)[1]

    def states(self) -> dict[str, int]:
        """What the newest issue's account says, without the zeros."""
        counts = self.counts()
        names = IssueCounts.__dataclass_fields__
        return {name: getattr(counts, name) for name in names if getattr(counts, name)}

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)


def a_newsletter(store: Store, folder: Path) -> Newsletter:
    settings = Settings(newsroom=folder, editions={"it": ITALIAN})
    newsletter = Newsletter(store=store, folder=folder, settings=settings)
    newsletter.with_(
        mail={"url": f"folder:{folder / 'outbox'}", "sender": "Redazione AICEX <rassegna@aicex.example>"},
        publish={"base_url": "https://rassegna.example/"},
    )
    return newsletter


def read_mail(content: bytes) -> EmailMessage:
    """As a mail program reads it."""
    message = email.message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def part(content: bytes, kind: str) -> str:
    body = read_mail(content).get_body((kind,))
    assert body is not None
    said: str = body.get_content()
    return said
