"""`run`: what is due is done, for as long as the process lives, whatever single thing goes wrong.

The database says what is due, so nothing is remembered here: a loop that was
off for a week, or killed in the middle, goes on where the data stand. Polling,
publishing and mailing have a thread each, lest a slow source delay an issue.
"""

from __future__ import annotations

import os
import secrets
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime

import structlog

from curator import __version__
from curator.bootstrap import Newsroom
from curator.edges.process import machine_of, this_worker
from curator.errors import CuratorError
from curator.faces import pulse
from curator.faces.chores import COUNTED, Chores
from curator.faces.clock import utcnow
from curator.faces.troubles import Doing, Troubles
from curator.model import Editor, Hold
from curator.settings import Edition
from curator.store import Store
from curator.work import (
    OUTWARD,
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
GRACE = 30.0  # seconds that all work under way may take to end
FIRST_ROUND = 600.0  # seconds after which all is looked at, though not all work has had its first turn

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
        self._machine = machine_of(self._worker) if store.path is None else ""  # of one file there is one
        self._stopping = threading.Event()
        self._hold: Hold | None = None
        self._looked = threading.Event()  # once it is known whether this is a copy
        self._troubles = Troubles()
        self._codes: dict[str, str] = {}  # what went wrong last, by the kind of work
        self._begun = {kind: threading.Event() for kind in _KINDS.values()}
        self._chores = Chores(
            newsroom,
            store=store,
            by=by,
            worker=self._worker,
            clock=clock,
            stopping=self._stopping,
            machine=self._machine,
        )

    def once(self) -> dict[str, int]:
        """Everything that is due now, in the order in which it flows. `failures` counts what went wrong.

        SIGTERM and SIGINT end it where `forever` would end; what is left is due the next time.
        """
        ended = threading.Event()
        threading.Thread(target=self._end_in_time, args=(ended,), name="grace", daemon=True).start()
        done = Counter(dict.fromkeys(COUNTED, 0))
        try:
            with self._heeding_signals():
                done.update(self.turn())
                with self._surviving("pulse", done):
                    pulse.ran_once(self._store, now=self._clock())
        finally:
            ended.set()
            self._stopping.set()
        return dict(done)

    def turn(self) -> Counter[str]:
        """All that is due now, each kind once, in the order in which it flows."""
        done: Counter[str] = Counter()
        with self._surviving("hold", done):
            self._look()
        for kind in _KINDS.values():
            done.update(self._do(kind))
        return done

    def forever(self) -> None:
        """Until SIGTERM or SIGINT; what is under way may end. A second signal ends it at once."""
        with self._heeding_signals():
            self._forever()

    def _forever(self) -> None:
        # What several threads share is made before there are several.
        newsroom = self._newsroom
        _ = newsroom.settings, newsroom.secret, newsroom.web, newsroom.hub_web, newsroom.readers
        with self._surviving("hold", Counter()):
            self._look()
        threads = [
            threading.Thread(target=self._repeat, args=(kind,), name=name, daemon=True)
            for name, kind in _KINDS.items()
        ]
        threads.append(threading.Thread(target=self._pulse, name="pulse", daemon=True))
        for thread in threads:
            thread.start()
        log.info(
            "service_started",
            newsroom=str(self._newsroom.folder),
            database=self._store.shown_url,
            version=__version__,
            worker=self._worker,
        )
        self._stopping.wait()
        log.info("service_stopping")
        deadline = time.monotonic() + GRACE
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if left := [thread.name for thread in threads if thread.is_alive()]:
            # Leases run out or are taken over: whoever comes next finishes it.
            log.warning("service_left_work", work=left)
            os._exit(0)
        log.info("service_stopped")

    def _end_in_time(self, ended: threading.Event) -> None:
        """What `once` is at when it is told to stop may take longer than whoever told it waits."""
        self._stopping.wait()
        if not ended.wait(GRACE):
            log.warning("service_left_work", work=["once"])
            os.kill(os.getpid(), signal.SIGTERM)  # the second: as if nothing had been done to end well

    @contextmanager
    def _heeding_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield  # nobody sends it any
            return
        before = {number: signal.signal(number, self._stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop(self, _number: int, _frame: object) -> None:
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, signal.SIG_DFL)
        self._stopping.set()

    def _repeat(self, kind: type[Work]) -> None:
        self._wait_for(_AFTER.get(kind, ()))
        while not self._stopping.is_set():
            self._do(kind)
            self._begun[kind].set()
            self._stopping.wait(self._until_next())

    def _wait_for(self, kinds: Collection[type[Work]]) -> None:
        """Until each was tried once, as in `once`: a machine that was off has left something undone."""
        until = time.monotonic() + FIRST_ROUND
        others = [self._begun[kind] for kind in kinds]
        while not all(begun.is_set() for begun in others) and time.monotonic() < until:
            if self._stopping.wait(0.1):
                return

    def _pulse(self) -> None:
        """Say that somebody publishes what was given a time, for as long as that is so."""
        while not self._stopping.is_set():
            with self._troubles.round("hold", clock=self._clock), self._surviving("hold", Counter()):
                self._look()
            with self._troubles.round("pulse", clock=self._clock), self._surviving("pulse", Counter()):
                pulse.beat(self._store, worker=self._worker, now=self._clock())
            self._stopping.wait(pulse.EVERY.total_seconds())
        with self._surviving("pulse", Counter()):
            pulse.stopped(self._store, worker=self._worker)

    def _look(self) -> None:
        """Whether the newsroom is held, by now: said once for each hold."""
        hold = self._newsroom.look(now=self._clock())
        if hold is not None and hold != self._hold:
            log.warning("newsroom_held", because=str(hold.because), since=hold.since.isoformat())
        self._hold = hold
        self._looked.set()

    def _do(self, kind: type[Work]) -> Counter[str]:
        """All work of one kind that is due; a piece that fails is logged and stops no other."""
        done: Counter[str] = Counter()
        works: tuple[Work, ...] = ()
        if kind in OUTWARD and not self._looked.is_set():
            return done  # it may be a copy, that must neither publish nor send
        self._codes.pop(kind.__name__, None)
        with self._troubles.round(kind.__name__, clock=self._clock):
            with self._surviving(kind.__name__, done, doing="look"):
                works = due(
                    self._store, self._newsroom.settings, kind=kind, now=self._clock(), machine=self._machine
                )
            for work in works:
                if not self._stopping.is_set():
                    with self._surviving(kind.__name__, done, doing=_edition_of(work)):
                        done.update(self._chores.do(work))
        self._note(kind, done=bool(works))
        return done

    def _note(self, kind: type[Work], *, done: bool) -> None:
        """For the doctor: what fails at every try. Nothing due is well, except where a clock says it."""
        code = self._codes.get(kind.__name__)
        if code is not None or done or kind not in _BY_THE_CLOCK:
            with suppress(CuratorError):  # of a database that is away `_troubles` has told
                work = f"{kind.__name__} @ {self._machine}" if self._machine else kind.__name__
                pulse.went(self._store, work, code, now=self._clock())

    @contextmanager
    def _surviving(self, kind: str, done: Counter[str], *, doing: str | None = None) -> Iterator[None]:
        """All that is logged meanwhile says for which work, and for which doing of it."""
        work = Doing(kind, doing)
        with structlog.contextvars.bound_contextvars(work=str(work), work_id=secrets.token_hex(4)):
            try:
                yield
            except Exception as error:  # noqa: BLE001 - one thing that goes wrong must not end the others
                self._codes[kind] = error.reason if isinstance(error, CuratorError) else type(error).__name__
                self._troubles.failed(work, error, now=self._clock())
                done["failures"] += 1
            else:
                self._troubles.passed(work)

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

_AFTER: Mapping[type[Work], Collection[type[Work]]] = {
    SendIssue: (PublishEdition,),
    WatchNewsroom: tuple(kind for kind in _KINDS.values() if kind is not WatchNewsroom),
}
"""What begins when others were tried: an issue with what is to be published, a look when all was done."""

_BY_THE_CLOCK = (ForgetUnconfirmed, ReadReturned, CheckLinks, TidyUp, WatchNewsroom)
"""Due again long after it failed: until then nobody knows more."""


def _edition_of(work: Work) -> str | None:
    edition = getattr(work, "edition", None)
    return edition.key if isinstance(edition, Edition) else None
