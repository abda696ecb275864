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
from datetime import datetime

import structlog

from curator.bootstrap import Newsroom
from curator.edges.process import this_worker
from curator.errors import CuratorError
from curator.faces import logs, pulse
from curator.faces.chores import COUNTED, Chores
from curator.faces.clock import utcnow
from curator.model import Editor
from curator.store import Store
from curator.work import (
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
        self._clock = clock
        self._worker = this_worker()
        self._stopping = threading.Event()
        self._chores = Chores(
            newsroom, store=store, by=by, worker=self._worker, clock=clock, stopping=self._stopping
        )

    def once(self) -> dict[str, int]:
        """Everything that is due now, in the order in which it flows. `failures` counts what went wrong."""
        done = Counter(dict.fromkeys(COUNTED, 0))
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
                        done.update(self._chores.do(work))
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


_KINDS: Mapping[str, type[Work]] = {
    "push": ReadPushes,
    "poll": PollSources,
    "pages": FetchPages,
    "hubs": TendHubs,
    "enrich": EnrichEntries,
    "pictures": FetchPictures,
    "publish": PublishEdition,
    "announce": AnnounceFeeds,
    "mirror": MirrorItems,
    "forget": ForgetUnconfirmed,
    "returned": ReadReturned,
    "mail": SendIssue,
    "notices": SendNotices,
    "links": CheckLinks,
    "tidy": TidyUp,
    "watch": WatchNewsroom,
}
"""One thread each, and the order of `once`: what was just published can be mailed."""
