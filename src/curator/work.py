"""What is due. The store says it, so nothing is forgotten by a machine that was off.

Values only: faces hand them to the use-cases, which claim what they do and
are safe to repeat. So two processes may find the same work at the same time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from curator.curate.pictures import is_due
from curator.ingest.websub import callback_of
from curator.model import IssueStatus
from curator.publish import announcing
from curator.publish.issues import due_slot
from curator.publish.usecases import publish_due
from curator.settings import Edition, Settings
from curator.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class PollSources:
    """So many sources are due."""

    sources: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPushes:
    """So many times a hub brought something that nobody has read yet."""

    pushes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPages:
    """So many queued entries have only a teaser, and their source says to fetch their pages."""

    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TendHubs:
    """Some subscription is to be made, renewed or ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrichEntries:
    """Some entries are in a language that nobody has looked at yet, and have siblings perhaps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPictures:
    """Some pictures may be shown, and we have no copy of them yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishEdition:
    """Something is ready, corrected or withdrawn; or a publish ended before its files were written."""

    edition: Edition


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnounceFeeds:
    """Some hub does not know yet what is new in our feeds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendIssue:
    """Close the issue of `slot` where one is owed, and send what is closed and not out yet."""

    edition: Edition
    slot: datetime | None


Work = (
    ReadPushes
    | PollSources
    | FetchPages
    | TendHubs
    | EnrichEntries
    | FetchPictures
    | PublishEdition
    | AnnounceFeeds
    | SendIssue
)


def due(store: Store, settings: Settings, *, now: datetime) -> tuple[Work, ...]:
    """All that is due, in the order in which readers profit from it: newest entries, outputs, mail."""
    with store.read() as tx:
        pushes = tx.pushes.unread(now=now)
        sources = len(tx.sources.due(now=now))
        pages = tx.pages.due(now=now)
        enriching = tx.enrichment.is_due()
        tending = tx.hubs.needs_tending(callback=callback_of(settings.serve), now=now)
    return (
        *([ReadPushes(pushes=pushes)] if pushes else []),
        *([PollSources(sources=sources)] if sources else []),
        *([FetchPages(pages=pages)] if pages else []),
        *([TendHubs()] if tending else []),
        *([EnrichEntries()] if enriching else []),
        *([FetchPictures()] if is_due(store, pictures=settings.pictures, now=now) else []),
        *(
            PublishEdition(edition=edition)
            for edition in settings.editions.values()
            if publish_due(store, settings, edition=edition, now=now)
        ),
        *([AnnounceFeeds()] if announcing.is_due(store, settings, now=now) else []),
        *(
            SendIssue(edition=edition, slot=slot)
            for edition in settings.editions.values()
            if (slot := due_slot(store, settings, edition=edition, now=now)) is not None
            or _is_waiting(store, edition)
        ),
    )


def _is_waiting(store: Store, edition: Edition) -> bool:
    with store.read() as tx:
        return bool(tx.mailing.issues.in_status(edition.key, (IssueStatus.CLOSED, IssueStatus.SENDING)))
