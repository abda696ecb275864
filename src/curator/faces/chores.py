"""What `run` does, one piece of work at a time: each is a call of a use-case, and what is logged of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import datetime

import structlog

from curator.bootstrap import Newsroom
from curator.curate.pictures import fetch_pictures
from curator.edges import memory
from curator.edges.mail import open_mailer
from curator.edges.mailbox import open_mailbox
from curator.edges.process import is_gone
from curator.edges.wordpress import open_wordpress
from curator.errors import CuratorError
from curator.faces.stoppable import Stoppable
from curator.faces.watching import Watcher, watch
from curator.ingest.articles import fetch_articles
from curator.ingest.enriching import enrich
from curator.ingest.hubs import tend
from curator.ingest.pushes import read_pushes
from curator.ingest.tidying import tidy
from curator.ingest.usecases import poll
from curator.model import Editor
from curator.publish.announcing import announce
from curator.publish.erasures import reapply_erasures
from curator.publish.links import check_links
from curator.publish.mirror.pushing import push, unusable
from curator.publish.notices import send_notices
from curator.publish.returns import Kind, Returned, read_mailbox
from curator.publish.subscribing import forget_unconfirmed
from curator.publish.usecases import publish_edition
from curator.publish.weekly import close_and_send_due
from curator.settings import Edition
from curator.store import Store
from curator.work import (
    DAILY,
    EVERY_FIVE_MINUTES,
    EVERY_TEN_MINUTES,
    FORGOTTEN_AT,
    RETURNED_AT,
    WATCHED_AT,
    AnnounceFeeds,
    CheckLinks,
    EnrichEntries,
    FetchPages,
    FetchPictures,
    ForgetUnconfirmed,
    MirrorItems,
    PollSources,
    PublishEdition,
    ReadPushes,
    ReadReturned,
    SendIssue,
    SendNotices,
    TendHubs,
    TidyUp,
    WatchNewsroom,
    Work,
    returns_failed,
    take_night,
    take_turn,
    watched_by,
)

log = structlog.get_logger()


class Chores:
    def __init__(
        self,
        newsroom: Newsroom,
        *,
        store: Store,
        by: Editor,
        worker: str,
        clock: Callable[[], datetime],
        stopping: threading.Event,
        machine: str = "",
    ) -> None:
        self._newsroom = newsroom
        self._store = store
        self._by = by
        self._worker = worker
        self._clock = clock
        self._stopping = stopping
        self._machine = machine

    def do(self, work: Work) -> Mapping[str, int]:  # noqa: C901, PLR0911, PLR0912  one for each kind of work
        match work:
            case ReadPushes():
                return self._read_pushes()
            case PollSources():
                return self._poll()
            case FetchPages():
                return self._fetch_pages()
            case TendHubs():
                return self._tend_hubs()
            case EnrichEntries():
                return self._enrich()
            case FetchPictures():
                return self._fetch_pictures()
            case PublishEdition(edition=edition):
                return self._publish(edition)
            case AnnounceFeeds():
                return self._announce()
            case MirrorItems():
                return self._mirror()
            case ForgetUnconfirmed():
                return self._forget()
            case ReadReturned():
                return self._read_returned()
            case SendIssue(edition=edition, slot=slot):
                return self._mail(edition, slot)
            case SendNotices():
                return self._notify()
            case CheckLinks():
                return self._check_links()
            case TidyUp():
                return self._tidy_up()
            case WatchNewsroom():
                return self._watch()

    def _read_pushes(self) -> Mapping[str, int]:
        return read_pushes(
            self._store,
            self._newsroom.readers,
            settings=self._newsroom.settings,
            worker=self._worker,
            is_gone=is_gone,
            clock=self._clock,
        )

    def _fetch_pages(self) -> Mapping[str, int]:
        done = fetch_articles(
            self._store,
            self._newsroom.web,
            self._newsroom.readers,
            clock=self._clock,
            stopping=self._stopping.is_set,
        )
        return {"pages": done.fetched, "pages_failed": done.failed}

    def _fetch_pictures(self) -> Mapping[str, int]:
        done = fetch_pictures(
            self._store,
            self._newsroom.web,
            self._newsroom.readers,
            pictures=self._newsroom.settings.pictures,
            clock=self._clock,
            stopping=self._stopping.is_set,
        )
        return {"pictures": done.copied + done.remade, "pictures_failed": done.failed}

    def _tend_hubs(self) -> Mapping[str, int]:
        done = tend(self._store, self._newsroom.web, self._newsroom.settings, clock=self._clock)
        return {"hubs": done.asked}

    def _poll(self) -> Mapping[str, int]:
        done = poll(
            self._store,
            self._newsroom.web,
            self._newsroom.readers,
            settings=self._newsroom.settings,
            worker=self._worker,
            is_gone=is_gone,
            clock=self._clock,
        )
        return {"sources": done.sources, "new": done.new, "failed": done.failed}

    def _enrich(self) -> Mapping[str, int]:
        done = enrich(self._store, clock=self._clock, stopping=self._stopping.is_set)
        return {"enriched": done.entries, "joined": done.joined}

    def _publish(self, edition: Edition) -> Mapping[str, int]:
        done = publish_edition(
            self._store, self._newsroom.settings, edition=edition, by=self._by, now=self._clock()
        )
        counts = {
            "published": len(done.published),
            "corrected": len(done.corrected),
            "withdrawn": len(done.withdrawn),
        }
        for number in done.waiting:
            log.warning("issue_waits", edition=edition.key, number=number)
        if any(counts.values()) or done.written:
            log.info("edition_published", edition=edition.key, files=len(done.written), **counts)
        return counts

    def _announce(self) -> Mapping[str, int]:
        done = announce(
            self._store,
            self._newsroom.hub_web,
            self._newsroom.settings,
            clock=self._clock,
            stopping=self._stopping.is_set,
        )
        return {"announced": done.told, "announced_failed": done.failed}

    def _mirror(self) -> Mapping[str, int]:
        """With a connection of its own, as long as it takes: a password may be another by next time."""
        try:
            mirror = open_wordpress(self._newsroom.settings)
        except CuratorError as error:
            unusable(self._store, self._newsroom.settings, error, now=self._clock())
            raise
        try:
            done = push(
                self._store,
                mirror,
                self._newsroom.settings,
                worker=self._worker,
                is_gone=is_gone,
                clock=self._clock,
                stopping=self._stopping.is_set,
            )
        finally:
            mirror.close()
        for item in done.conflicts:
            log.warning("mirror_conflict", item=item, target=done.target)
        if done.error is not None:
            log.warning("mirror_refuses", target=done.target, code=done.error["code"])
        return {
            "mirrored": len(done.made) + len(done.changed) + len(done.withdrawn),
            "mirror_conflicts": len(done.conflicts),
            "mirror_failed": len(done.failed) + (done.error is not None),
        }

    def _forget(self) -> Mapping[str, int]:
        """Whoever never confirmed; and whom a restored backup has brought back."""
        settings, now = self._newsroom.settings, self._clock()
        if not take_turn(self._store, FORGOTTEN_AT, every=DAILY, now=now):
            return {}
        reapply_erasures(self._store, settings, secret=self._newsroom.secret)
        forgotten = forget_unconfirmed(self._store, settings, secret=self._newsroom.secret, now=now)
        if forgotten:
            log.info("unconfirmed_forgotten", subscriptions=forgotten)
        return {"forgotten": forgotten}

    def _read_returned(self) -> Mapping[str, int]:
        now = self._clock()
        if not take_turn(self._store, RETURNED_AT, every=EVERY_TEN_MINUTES, now=now):
            return {}
        mail = self._newsroom.settings.mail
        try:
            with open_mailbox(mail) as box:
                done = read_mailbox(
                    self._store,
                    self._newsroom.settings,
                    box,
                    secret=self._newsroom.secret,
                    now=now,
                    told=_tell_of_refusal,
                )
        except CuratorError as error:
            returns_failed(self._store, error.reason)
            raise
        returns_failed(self._store, None)
        if done.read:
            log.info("returned_read", **asdict(done))
        return {"returned": done.read}

    def _holds_nothing(self, worker: str) -> bool:
        """Neither does this one: of each kind of work it does one at a time. It could not give it back."""
        return worker == self._worker or is_gone(worker)

    def _notify(self) -> Mapping[str, int]:
        """With a connection of its own: an issue may be leaving through the other."""
        mailer = open_mailer(self._newsroom.settings.mail)
        try:
            sent = send_notices(
                self._store,
                replace(self._newsroom.mailroom, mailer=Stoppable(mailer, self._stopping)),
                self._newsroom.settings,
                secret=self._newsroom.secret,
                worker=self._worker,
                is_gone=self._holds_nothing,
                clock=self._clock,
                sleep=self._sleep,
            )
        finally:
            mailer.close()
        if sent:
            log.info("notices_sent", notices=sent)
        return {"notices": sent}

    def _mail(self, edition: Edition, slot: datetime | None) -> Mapping[str, int]:
        room = self._newsroom.mailroom
        week = close_and_send_due(
            self._store,
            replace(room, mailer=Stoppable(room.mailer, self._stopping)),
            self._newsroom.settings,
            edition=edition,
            slot=slot,
            secret=self._newsroom.secret,
            worker=self._worker,
            is_gone=self._holds_nothing,
            clock=self._clock,
            sleep=self._sleep,
        )
        if week.nothing_at is not None:
            log.info("issue_nothing", edition=edition.key, slot=week.nothing_at.isoformat())
        if week.closed is not None:
            log.info(
                "issue_closed",
                edition=edition.key,
                number=week.closed.number,
                items=len(week.closed.item_ids),
                waits=week.waits,
            )
        for one in week.stopped:
            log.warning(one.code, edition=edition.key, number=one.number, **one.data)
        for each in week.sent:
            log.info(
                "issue_sent",
                edition=edition.key,
                number=each.issue.number,
                status=str(each.issue.status),
                accepted=each.counts.accepted,
                written=each.counts.written,
                failed=each.counts.failed,
                unfinished=each.counts.unfinished,
            )
        numbers = {each.issue.number for each in week.sent} | ({week.closed.number} if week.closed else set())
        return {"issues": len(numbers), "failures": len(week.stopped)}

    def _check_links(self) -> Mapping[str, int]:
        done = check_links(
            self._store,
            self._newsroom.web,
            self._newsroom.settings,
            worker=self._worker,
            is_gone=is_gone,
            clock=self._clock,
            stopping=self._stopping.is_set,
        )
        if done.looked:
            log.info("links_checked", **asdict(done))
        return {"links": done.looked}

    def _tidy_up(self) -> Mapping[str, int]:
        settings, now = self._newsroom.settings, self._clock()
        if not take_night(self._store, settings, now=now):
            return {}
        done = tidy(self._store, settings.keep, now=now, pause=self._sleep, stopping=self._stopping.is_set)
        memory.give_back()
        log.info("tidied", **asdict(done))
        return {"tidied": done.total}

    def _watch(self) -> Mapping[str, int]:
        now = self._clock()
        shared = take_turn(self._store, WATCHED_AT, every=EVERY_FIVE_MINUTES, now=now)
        own = shared
        if self._machine:
            own = take_turn(self._store, watched_by(self._machine), every=EVERY_FIVE_MINUTES, now=now)
        if not (shared or own):
            return {}
        by = Watcher(
            worker=self._worker,
            is_gone=is_gone,
            clock=self._clock,
            is_stopping=self._stopping.is_set,
            machine=self._machine,
            looks_at_own=own,
            looks_at_shared=shared,
        )
        seen = watch(self._newsroom, self._store, by)
        return {"alerts": seen.raised, "alerts_over": seen.ended, "alerts_untold": seen.untold}

    def _sleep(self, seconds: float) -> None:
        self._stopping.wait(seconds)


COUNTED = (
    "pushes",
    "hubs",
    "sources",
    "new",
    "failed",
    "pages",
    "pages_failed",
    "enriched",
    "joined",
    "pictures",
    "pictures_failed",
    "published",
    "corrected",
    "withdrawn",
    "announced",
    "announced_failed",
    "mirrored",
    "mirror_conflicts",
    "mirror_failed",
    "forgotten",
    "returned",
    "issues",
    "notices",
    "links",
    "tidied",
    "alerts",
    "alerts_over",
    "alerts_untold",
    "failures",
)
"""What `run --once` answers."""


def _tell_of_refusal(returned: Returned) -> None:
    """What a server has against us, not against a reader, may be mended here. Its words hold no address."""
    if returned.kind is Kind.POLICY:
        log.warning(
            "returned_refused", edition=returned.edition, status=returned.status, words=returned.words
        )
