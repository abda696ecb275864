"""Mails that somebody waits for with a browser open: sent at once, by a thread of `serve`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from curator.faces.clock import utcnow
from curator.faces.serve.guard import log
from curator.faces.troubles import Doing, Troubles

EVERY = 60.0  # seconds between two looks that nobody asked for: at what another process left, or what waits
GRACE = 15.0  # seconds that a mail under way may take to end

Send = Callable[[Event], object]
"""Sends what is due, but begins no mail any more once the event is set."""


@contextmanager
def sending(send: Send) -> Iterator[Callable[[], None]]:
    """While it lasts what is due is sent; yields what says that something may be due.

    What `send` raises is logged by its code alone: its data may hold an address. Once, as in `run`,
    and once that it is over.
    Whatever a kill leaves behind is known from the database, and another process
    goes on with it.
    """
    called, ended, troubles = Event(), Event(), Troubles()
    writing = Doing("notices")

    def work() -> None:
        while not ended.is_set():
            called.clear()  # before it is looked at: who asks meanwhile is seen in the next round
            with troubles.round(writing.kind, clock=utcnow):
                try:
                    send(ended)
                except Exception as error:  # noqa: BLE001 - the next round may go well
                    troubles.failed(writing, error, now=utcnow())
                else:
                    troubles.passed(writing)
            called.wait(EVERY)

    thread = Thread(target=work, name="notices", daemon=True)
    thread.start()
    try:
        yield called.set
    finally:
        ended.set()
        called.set()
        thread.join(GRACE)
        if thread.is_alive():
            log.warning("serve_left_work", work=["notices"])
