"""`run`: what is due is done, for as long as the process lives, whatever single thing goes wrong.

The database says what is due, so nothing is remembered here: a loop that was
off for a week, or killed in the middle, goes on where the data stand. Polling,
publishing and mailing have a thread each, lest a slow source delay an issue.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

import structlog

from curator.bootstrap import Newsroom
from curator.curate.pictures import fetch_pictures
from curator.edges.process import is_gone, this_worker
from curator.errors import CuratorError
from curator.faces import logs, pulse
from curator.faces.clock import utcnow
from curator.ingest.articles import fetch_articles
from curator.ingest.enriching import enrich
from curator.ingest.hubs import tend
from curator.ingest.pushes import read_pushes
from curator.ingest.usecases import poll
from curator.model import Editor
from curator.ports import Deferred, HandOver, Mail, Mailer
from curator.publish.announcing import announce
from curator.publish.usecases import publish_edition
from curator.publish.weekly import close_and_send_due
from curator.settings import Edition
from curator.store import Store
from curator.work import (
    AnnounceFeeds,
    EnrichEntries,
    FetchPages,
    FetchPictures,
    PollSources,
    PublishEdition,
    ReadPushes,
    SendIssue,
    TendHubs,
    Work,
    due,
)

MACHINE = Editor(name="curator")
"""Who stands in the log for what nobody did by hand."""

IDLE = 10.0  # seconds between two looks at what is due, unless something is due sooner
GRACE = 30.0  # seconds that work under way may take to end

log = structlog.get_logger()


class Service:
    def __init__(
        self,
        newsroom: Newsroom,
        *,
        store: Store,
        by: Editor = MACHINE,
        clock: Callable[[], datetime] = utcnow,
    ) -> None:
        self._newsroom = newsroom
        self._store = store
        self._by = by
        self._clock = clock
        self._worker = this_worker()
        self._stopping = threading.Event()

    def once(self) -> dict[str, int]:
        """Everything that is due now, in the order in which it flows. `failures` counts what went wrong."""
        done = Counter(dict.fromkeys(_COUNTED, 0))
        for kind in _KINDS.values():
            done.update(self._do(kind))
        with self._surviving("pulse", done):
            pulse.ran_once(self._store, now=self._clock())
        return dict(done)

    def forever(self) -> None:
        """Until SIGTERM or SIGINT; what is under way may end. A second signal ends it at once."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        # What several threads share is made before there are several.
        newsroom = self._newsroom
        _ = newsroom.settings, newsroom.secret, newsroom.web, newsroom.hub_web, newsroom.readers
        threads = [
            threading.Thread(target=self._repeat, args=(kind,), name=name, daemon=True)
            for name, kind in _KINDS.items()
        ]
        threads.append(threading.Thread(target=self._pulse, name="pulse", daemon=True))
        for thread in threads:
            thread.start()
        log.info("service_started", newsroom=str(self._newsroom.folder))
        self._stopping.wait()
        log.info("service_stopping")
        for thread in threads:
            thread.join(GRACE)
        if any(thread.is_alive() for thread in threads):
            # Leases run out or are taken over: whoever comes next finishes it.
            log.warning("service_left_work", work=[thread.name for thread in threads if thread.is_alive()])
            os._exit(0)
        log.info("service_stopped")

    def _stop(self, number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        self._stopping.set()

    def _repeat(self, kind: type[Work]) -> None:
        while not self._stopping.is_set():
            self._do(kind)
            self._stopping.wait(self._until_next())

    def _pulse(self) -> None:
        """Say that somebody publishes what was given a time, for as long as that is so."""
        while not self._stopping.is_set():
            with self._surviving("pulse", Counter()):
                pulse.beat(self._store, worker=self._worker, now=self._clock())
            self._stopping.wait(pulse.EVERY.total_seconds())
        with self._surviving("pulse", Counter()):
            pulse.stopped(self._store, worker=self._worker)

    def _do(self, kind: type[Work]) -> Counter[str]:
        """All work of one kind that is due; a piece that fails is logged and stops no other."""
        done: Counter[str] = Counter()
        with self._surviving(kind.__name__, done):
            for work in due(self._store, self._newsroom.settings, kind=kind, now=self._clock()):
                if not self._stopping.is_set():
                    with self._surviving(kind.__name__, done):
                        done.update(self._perform(work))
        return done

    @contextmanager
    def _surviving(self, name: str, done: Counter[str]) -> Iterator[None]:
        # Not log.exception: an error's own words, and a traceback ends with them, may hold an address.
        try:
            yield
        except CuratorError as error:
            log.error("work_failed", work=name, code=error.reason)  # noqa: TRY400 - see above
            done["failures"] += 1
        except Exception as error:  # noqa: BLE001 - one thing that goes wrong must not end the others
            kind, where = type(error).__name__, logs.where(error)
            log.error("work_failed", work=name, kind=kind, where=where)  # noqa: TRY400 - see above
            done["failures"] += 1

    def _until_next(self) -> float:
        """Seconds: no longer than to the next item that an editor gave a time."""
        now = self._clock()
        try:
            with self._store.read() as tx:
                scheduled = tx.items.next_publish_at(now=now)
        except CuratorError:
            return IDLE  # the next attempt says what is wrong
        return IDLE if scheduled is None else min(IDLE, (scheduled - now).total_seconds())

    # ── what is done ──

    def _perform(self, work: Work) -> Mapping[str, int]:  # noqa: PLR0911  one for each kind of work
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
            case SendIssue(edition=edition, slot=slot):
                return self._mail(edition, slot)

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

    def _mail(self, edition: Edition, slot: datetime | None) -> Mapping[str, int]:
        settings, room = self._newsroom.settings, self._newsroom.mailroom
        week = close_and_send_due(
            self._store,
            replace(room, mailer=_Stoppable(room.mailer, self._stopping)),
            settings,
            edition=edition,
            slot=slot,
            secret=self._newsroom.secret,
            worker=self._worker,
            is_gone=is_gone,
            clock=self._clock,
            sleep=self._sleep,
        )
        if week.nothing_at is not None:
            log.info("issue_nothing", edition=edition.key, slot=week.nothing_at.isoformat())
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
        return {"issues": len(week.sent), "failures": len(week.stopped)}

    def _sleep(self, seconds: float) -> None:
        self._stopping.wait(seconds)


_KINDS: Mapping[str, type[Work]] = {
    "push": ReadPushes,
    "poll": PollSources,
    "pages": FetchPages,
    "hubs": TendHubs,
    "enrich": EnrichEntries,
    "pictures": FetchPictures,
    "publish": PublishEdition,
    "announce": AnnounceFeeds,
    "mail": SendIssue,
}
"""One thread each, and the order of `once`: what was just published can be mailed."""

_COUNTED = (
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
    "issues",
    "failures",
)


class _Stoppable:
    """A mailer that answers as a server that shuts down would (RFC 5321 §3.8: 421), once we are to stop.

    So no mail is begun that could be cut in the middle, and the rest stays pending.
    """

    def __init__(self, mailer: Mailer, stopping: threading.Event) -> None:
        self._mailer = mailer
        self._stopping = stopping
        self.writes_files = mailer.writes_files

    def send(self, mail: Mail, *, before_data: Callable[[], None] = lambda: None) -> HandOver:
        if self._stopping.is_set():
            return Deferred(reply="421 stopping", whole_session=True)
        return self._mailer.send(mail, before_data=before_data)

    def close(self) -> None:
        self._mailer.close()
