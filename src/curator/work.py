"""What is due. The store says it, so nothing is forgotten by a machine that was off.

Values only: faces hand them to the use-cases, which claim what they do and
are safe to repeat. So two processes may find the same work at the same time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from curator.curate.pictures import is_due
from curator.ingest.tidying import last_night
from curator.ingest.websub import callback_of
from curator.model import IssueStatus
from curator.publish import announcing, links
from curator.publish.issues import due_slot
from curator.publish.mirror import owing
from curator.publish.notices import notices_due
from curator.publish.usecases import editions_due
from curator.settings import Edition, Settings
from curator.store import Store, Transaction


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
class MirrorItems:
    """The mirror (a WordPress) does not have all that readers have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendIssue:
    """Close the issue of `slot` where one is owed, and send what is closed and not out yet."""

    edition: Edition
    slot: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendNotices:
    """Somebody asked for a mail on the web: to confirm, or to change what they wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadReturned:
    """It is time to look into the mailbox to which bounces and complaints come back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetUnconfirmed:
    """It is time to let go of those who never confirmed that they subscribed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLinks:
    """Some source of a published item has not been looked at for long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TidyUp:
    """It is the time of day to let go of what nobody needs any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchNewsroom:
    """It is time to look whether all is well, and to tell whoever runs this where it is not."""


Work = (
    ReadPushes
    | PollSources
    | FetchPages
    | TendHubs
    | EnrichEntries
    | FetchPictures
    | PublishEdition
    | AnnounceFeeds
    | MirrorItems
    | SendIssue
    | SendNotices
    | ReadReturned
    | ForgetUnconfirmed
    | CheckLinks
    | TidyUp
    | WatchNewsroom
)

EVERY_FIVE_MINUTES, EVERY_TEN_MINUTES, DAILY = timedelta(minutes=5), timedelta(minutes=10), timedelta(days=1)
RETURNED_AT, FORGOTTEN_AT = "returned_read_at", "unconfirmed_forgotten_at"
TIDIED_AT, WATCHED_AT = "tidied_at", "watched_at"
RETURNS_FAILED = "returned_failed"
"""What the newsroom remembers of what it does by the clock, for all processes."""


def due(
    store: Store, settings: Settings, *, kind: type[Work] | None = None, machine: str = "", now: datetime
) -> tuple[Work, ...]:
    """All that is due, in the order in which readers profit from it: newest entries, outputs, mail.

    With a `kind` only that is looked for: to look costs something, too, and a loop looks all day.
    Of several machines on one database each has a look of its own to make at itself.
    """
    kinds = list(LOOKS) if kind is None else [kind]
    if any(one in OUTWARD for one in kinds):
        with store.read() as tx:
            held = tx.holds.current() is not None
        kinds = [one for one in kinds if not (held and one in OUTWARD)]
    found = [work for one in kinds for work in LOOKS[one](store, settings, now)]
    if machine and WatchNewsroom in kinds and WatchNewsroom() not in found:
        own = _is_turn(store, watched_by(machine), EVERY_FIVE_MINUTES, now)
        found += [WatchNewsroom()] if own else []
    return tuple(found)


def watched_by(machine: str) -> str:
    return f"{WATCHED_AT} {machine}"


def _pushes(store: Store, _settings: Settings, now: datetime) -> Iterator[Work]:
    with store.read() as tx:
        pushes = tx.pushes.unread(now=now)
    if pushes:
        yield ReadPushes(pushes=pushes)


def _polls(store: Store, _settings: Settings, now: datetime) -> Iterator[Work]:
    with store.read() as tx:
        sources = len(tx.sources.due(now=now))
    if sources:
        yield PollSources(sources=sources)


def _pages(store: Store, _settings: Settings, now: datetime) -> Iterator[Work]:
    with store.read() as tx:
        pages = tx.pages.due(now=now)
    if pages:
        yield FetchPages(pages=pages)


def _hubs(store: Store, settings: Settings, now: datetime) -> Iterator[Work]:
    with store.read() as tx:
        tending = tx.hubs.needs_tending(callback=callback_of(settings.serve), now=now)
    if tending:
        yield TendHubs()


def _enrichment(store: Store, _settings: Settings, _now: datetime) -> Iterator[Work]:
    with store.read() as tx:
        enriching = tx.enrichment.is_due()
    if enriching:
        yield EnrichEntries()


def _pictures(store: Store, settings: Settings, now: datetime) -> Iterator[Work]:
    if is_due(store, pictures=settings.pictures, now=now):
        yield FetchPictures()


def _publishing(store: Store, settings: Settings, now: datetime) -> Iterator[Work]:
    for edition in editions_due(store, settings, now=now):
        yield PublishEdition(edition=edition)


def _announcing(store: Store, settings: Settings, now: datetime) -> Iterator[Work]:
    if announcing.is_due(store, settings, now=now):
        yield AnnounceFeeds()


def _mirroring(store: Store, settings: Settings, now: datetime) -> Iterator[Work]:
    if owing.is_due(store, settings, now=now):
        yield MirrorItems()


def _mailing(store: Store, settings: Settings, now: datetime) -> Iterator[Work]:
    for edition in settings.editions.values():
        slot = due_slot(store, settings, edition=edition, now=now)
        if slot is not None or _is_waiting(store, edition):
            yield SendIssue(edition=edition, slot=slot)


def _is_waiting(store: Store, edition: Edition) -> bool:
    with store.read() as tx:
        return bool(tx.mailing.issues.in_status(edition.key, (IssueStatus.CLOSED, IssueStatus.SENDING)))


def _notices(store: Store, settings: Settings, now: datetime) -> Iterator[Work]:
    # What a dead process held comes back when its lease ends; whoever sends asks about processes.
    if notices_due(store, settings, is_gone=lambda _worker: False, now=now):
        yield SendNotices()


def _returns(store: Store, settings: Settings, now: datetime) -> Iterator[Work]:
    if settings.mail.bounce_mailbox is not None and _is_turn(store, RETURNED_AT, EVERY_TEN_MINUTES, now):
        yield ReadReturned()


def _unconfirmed(store: Store, _settings: Settings, now: datetime) -> Iterator[Work]:
    if _is_turn(store, FORGOTTEN_AT, DAILY, now):
        yield ForgetUnconfirmed()


def _links(store: Store, settings: Settings, now: datetime) -> Iterator[Work]:
    if not settings.links.check:
        return
    with store.read() as tx:
        due = links.is_due(tx, now=now)
    if due:
        yield CheckLinks()


def _tidying(store: Store, settings: Settings, now: datetime) -> Iterator[Work]:
    with store.read() as tx:
        if _night_is_owed(tx, settings, now):
            yield TidyUp()


def take_night(store: Store, settings: Settings, *, now: datetime) -> bool:
    """Of several processes the first: it cleans up, and the others have the night off."""
    with store.begin() as tx:
        tx.serialise(TIDIED_AT)
        if not _night_is_owed(tx, settings, now):
            return False
        tx.meta.set(TIDIED_AT, now.isoformat())
        return True


def _night_is_owed(tx: Transaction, settings: Settings, now: datetime) -> bool:
    """Nobody has cleaned up since the hour last came. A clock that was put back does not keep it waiting."""
    since = tx.meta.instant(TIDIED_AT) or tx.meta.instant("created_at")
    night = last_night(timezone=settings.default_edition.timezone, now=now)
    return since is None or not night <= since <= now


def _watching(store: Store, _settings: Settings, now: datetime) -> Iterator[Work]:
    if _is_turn(store, WATCHED_AT, EVERY_FIVE_MINUTES, now):
        yield WatchNewsroom()


def take_turn(store: Store, key: str, *, every: timedelta, now: datetime) -> bool:
    """Of several processes the first: it is theirs to do, and the next turn comes so much later."""
    with store.begin() as tx:
        tx.serialise(key)
        if not _has_come(tx.meta.instant(key), every, now):
            return False
        tx.meta.set(key, now.isoformat())
        return True


def returns_failed(store: Store, code: str | None) -> None:
    """Why the mailbox could not be read the last time, for the doctor; None: it could."""
    with store.begin() as tx:
        if (tx.meta.get(RETURNS_FAILED) or None) != code:
            tx.meta.set(RETURNS_FAILED, code or "")


def _is_turn(store: Store, key: str, every: timedelta, now: datetime) -> bool:
    with store.read() as tx:
        return _has_come(tx.meta.instant(key), every, now)


def _has_come(last: datetime | None, every: timedelta, now: datetime) -> bool:
    """A clock that was put back does not keep it waiting."""
    return last is None or not last <= now < last + every


LOOKS: Mapping[type[Work], Callable[[Store, Settings, datetime], Iterator[Work]]] = {
    ReadPushes: _pushes,
    PollSources: _polls,
    FetchPages: _pages,
    TendHubs: _hubs,
    EnrichEntries: _enrichment,
    FetchPictures: _pictures,
    PublishEdition: _publishing,
    AnnounceFeeds: _announcing,
    MirrorItems: _mirroring,
    ForgetUnconfirmed: _unconfirmed,
    ReadReturned: _returns,
    SendIssue: _mailing,
    SendNotices: _notices,
    CheckLinks: _links,
    TidyUp: _tidying,
    WatchNewsroom: _watching,
}

OUTWARD = frozenset(
    (
        TendHubs,
        PublishEdition,
        AnnounceFeeds,
        MirrorItems,
        ForgetUnconfirmed,
        ReadReturned,
        SendIssue,
        SendNotices,
    )
)
"""What a newsroom that is held does not do. A mailbox may be another's to empty, and who has not confirmed in
a restored database may have confirmed since.
"""
