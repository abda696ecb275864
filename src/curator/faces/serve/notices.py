"""Mails that somebody waits for with a browser open: sent at once, by a thread of `serve`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from curator.errors import CuratorError
from curator.faces import logs
from curator.faces.serve.guard import log

EVERY = 60.0  # seconds between two looks that nobody asked for: at what another process left, or what waits
GRACE = 15.0  # seconds that a mail under way may take to end

Send = Callable[[Event], object]
"""Sends what is due, but begins no mail any more once the event is set."""


@contextmanager
def sending(send: Send) -> Iterator[Callable[[], None]]:
    """While it lasts what is due is sent; yields what says that something may be due.

    What `send` raises is logged by its code alone: its data may hold an address.
    Whatever a kill leaves behind is known from the database, and another process
    goes on with it.
    """
    called, ended = Event(), Event()

    def work() -> None:
        while not ended.is_set():
            called.clear()  # before it is looked at: who asks meanwhile is seen in the next round
            try:
                send(ended)
            except CuratorError as error:
                log.error("notices_failed", code=error.reason)
            except Exception as error:  # noqa: BLE001 - the next round may go well
                log.error("notices_failed", kind=type(error).__name__, where=logs.where(error))
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
