"""Politeness: when may a host be asked again?"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from curator.fetch.stopping import CannotFetch


class _Turn:
    """When a host may be asked again. Whoever holds the lock is next."""

    def __init__(self, at_once: int) -> None:
        self.lock = threading.Lock()
        self.seats = threading.BoundedSemaphore(at_once)
        self.callers = 0
        self.free_at = float("-inf")


class HostGate:
    """Lets one request start per host and `gap` seconds, and so many be under way at once.

    Hosts never wait for one another.

    Measured from start to start, on the monotonic clock: a clock that is set
    back must not silence a host, nor one set forward bring a storm upon it.
    """

    def __init__(
        self,
        gap: float,
        *,
        at_once: int = 1,
        patience: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._gap = gap
        self._at_once = at_once
        self._patience = patience
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._turns: dict[str, _Turn] = {}
        self._sweep_at = 1000

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Enter when the caller may ask `host`, leave when its answer is there. CannotFetch: too long a line.

        Many feeds redirect to one host: if it hangs, those in line must not
        keep every thread from asking others.
        """
        turn = self._join(host)
        try:
            if not turn.seats.acquire(timeout=self._patience):
                raise CannotFetch("fetch_host_busy", host=host)
            try:
                self.wait(host)
                yield
            finally:
                turn.seats.release()
        finally:
            with self._lock:
                turn.callers -= 1

    def wait(self, host: str) -> None:
        """Come back when a request to `host` may start, however many are under way."""
        if self._gap <= 0:
            return
        turn = self._join(host)
        try:
            with turn.lock:
                while (rest := turn.free_at - self._clock()) > 0:
                    self._sleep(rest)
                turn.free_at = self._clock() + self._gap
        finally:
            with self._lock:
                turn.callers -= 1

    def hold(self, host: str, seconds: float) -> None:
        """Somebody else has asked `host`: nobody here does for so long, and no longer than the gap."""
        if self._gap <= 0 or seconds <= 0:
            return
        turn = self._join(host)
        with turn.lock:
            turn.free_at = max(turn.free_at, self._clock() + min(seconds, self._gap))
        with self._lock:
            turn.callers -= 1

    def _join(self, host: str) -> _Turn:
        with self._lock:
            if host not in self._turns and len(self._turns) >= self._sweep_at:
                self._forget_the_idle()
            turn = self._turns.setdefault(host, _Turn(self._at_once))
            turn.callers += 1
            return turn

    def _forget_the_idle(self) -> None:
        """Redirects name hosts without end; only those asked a moment ago need remembering."""
        now = self._clock()
        self._turns = {host: turn for host, turn in self._turns.items() if turn.callers or turn.free_at > now}
        self._sweep_at = max(1000, 2 * len(self._turns))
