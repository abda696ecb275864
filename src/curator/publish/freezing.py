"""What a letter was made of, kept with it: so that it can be made again, and is sent as it was closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from curator.model import Arrangement, Issue, Letter, Publication
from curator.publish import program
from curator.publish.letter import letter
from curator.publish.message import Sender, sender_of
from curator.publish.site import Site, site_of
from curator.publish.templating import Templates
from curator.settings import Edition, Settings, labels_for
from curator.store import Transaction

LETTER = ("letter.html", "body.html")  # of the whole, and of what is said of one item


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenSender:
    """Who writes. Where bounces and clicks go is not frozen: the newsroom may move, and must be reached."""

    name: str
    address: str
    reply_to: str | None
    home_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """All inputs of one letter, in the order of its items. `program`: which made it, its libraries too."""

    program: str
    edition: Edition
    base_url: str
    public_url: str | None
    templates: Mapping[str, str]
    sender: FrozenSender
    subject: str | None  # as an editor wrote it; None: as proposed
    intro: str | None
    publications: tuple[Publication, ...]
    dropped: tuple[int, ...]
    arrangement: Arrangement

    @property
    def site(self) -> Site:
        return Site(
            edition=self.edition,
            base_url=self.base_url,
            public_url=self.public_url,
            authority="",  # a letter has addresses, no ids
            templates=_templates(tuple(sorted(self.templates.items()))),
        )

    def letter(
        self,
        publications: Sequence[Publication] | None = None,
        *,
        number: int,
        closed_at: datetime,
        corrected: Mapping[int, datetime] | None = None,
    ) -> Letter:
        """The letter again; of other `publications`, as if those had been in it."""
        return letter(
            self.publications if publications is None else publications,
            site=self.site,
            number=number,
            closed_at=closed_at,
            subject=self.subject,
            intro=self.intro,
            public_url=self.public_url,
            corrected=corrected or {},
        )

    def kept(self) -> dict[str, Any]:
        """As the database keeps it."""
        kept: dict[str, Any] = msgspec.to_builtins(self, str_keys=True)
        return kept


def freeze(
    settings: Settings,
    *,
    edition: Edition,
    publications: Sequence[Publication],
    arrangement: Arrangement,
    dropped: Sequence[int],
) -> Frozen:
    site = site_of(settings, edition)
    sender = sender_of(settings, edition=edition, home_url=site.home_url)
    return Frozen(
        program=program.fingerprint(),
        # All words that the house says, not only those that the settings change: a newer one may say others.
        edition=replace(edition, labels={**labels_for(edition.language), **edition.labels}),
        base_url=site.base_url,
        public_url=settings.serve.public_url,
        templates=_sources(site.templates),
        sender=FrozenSender(
            name=sender.name, address=sender.address, reply_to=sender.reply_to, home_url=sender.home_url
        ),
        subject=arrangement.subject,
        intro=arrangement.intro,
        publications=tuple(publications),
        dropped=tuple(dropped),
        arrangement=arrangement,
    )


def thaw(issue: Issue) -> Frozen | None:
    """What the issue was made of; None where an older program closed it."""
    if issue.frozen is None:
        return None
    return msgspec.convert(issue.frozen, Frozen, strict=False)


def sender_of_issue(settings: Settings, issue: Issue, *, edition: Edition) -> Sender:
    """As whom the issue is sent: frozen, but for where bounces and clicks go now."""
    live = sender_of(settings, edition=edition, home_url=site_of(settings, edition).home_url)
    kept = issue.frozen and issue.frozen["sender"]
    if not kept:
        return live
    frozen = msgspec.convert(kept, FrozenSender)
    return replace(
        live,
        name=frozen.name,
        address=frozen.address,
        reply_to=frozen.reply_to,
        home_url=frozen.home_url,
    )


def edition_of(issue: Issue, edition: Edition) -> Edition:
    """The edition as it was when the issue was closed; as it is, where nobody knows that."""
    kept = issue.frozen and issue.frozen["edition"]
    return msgspec.convert(kept, Edition) if kept else edition


def publications_of(tx: Transaction, issue: Issue) -> tuple[Publication, ...]:
    """The items of the issue as they were when it was closed; as they are, where nobody knows that."""
    if frozen := thaw(issue):
        return frozen.publications
    found = tx.publications.many(issue.edition, issue.item_ids)
    return tuple(found[item_id] for item_id in issue.item_ids if item_id in found)


@lru_cache(maxsize=4)
def _sources(templates: Templates) -> Mapping[str, str]:
    return templates.sources(*LETTER)


@lru_cache(maxsize=4)
def _templates(sources: tuple[tuple[str, str], ...]) -> Templates:
    return Templates(sources=dict(sources))
