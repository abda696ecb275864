from __future__ import annotations

import threading

import pytest

from curator.fetch import CannotFetch, HostGate


class Clock:
    """A monotonic clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self.now += seconds


def gate(gap: float, clock: Clock) -> HostGate:
    return HostGate(gap, clock=clock.read, sleep=clock.sleep)


def test_the_first_request_to_a_host_does_not_wait() -> None:
    clock = Clock()

    gate(1.0, clock).wait("a.example")

    assert clock.slept == []


def test_the_next_request_to_the_same_host_waits_for_what_is_left_of_the_gap() -> None:
    clock = Clock()
    polite = gate(1.0, clock)
    polite.wait("a.example")
    clock.now += 0.25

    polite.wait("a.example")

    assert clock.slept == [0.75]


def test_hosts_do_not_wait_for_one_another() -> None:
    clock = Clock()
    polite = gate(1.0, clock)
    for host in ("a.example", "b.example", "c.example"):
        polite.wait(host)

    assert clock.slept == []


def test_without_a_gap_nobody_waits() -> None:
    clock = Clock()
    polite = gate(0, clock)
    polite.wait("a.example")
    polite.wait("a.example")

    assert clock.slept == []


def test_a_crowd_of_threads_is_let_in_one_gap_apart() -> None:
    clock = Clock()
    polite = gate(1.0, clock)
    started: list[float] = []

    def ask() -> None:
        polite.wait("a.example")
        started.append(clock.read())

    crowd = [threading.Thread(target=ask) for _ in range(20)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()

    assert clock.now == 119.0  # the last of twenty began nineteen gaps after the first


def test_a_host_that_is_slow_to_admit_does_not_hold_up_another() -> None:
    asleep, awake = threading.Event(), threading.Event()

    def sleep(_: float) -> None:
        asleep.set()
        awake.wait(10)
        now[0] += 1

    now = [0.0]
    polite = HostGate(1.0, clock=lambda: now[0], sleep=sleep)
    polite.wait("slow.example")
    waiting = threading.Thread(target=polite.wait, args=("slow.example",))
    waiting.start()
    asleep.wait(10)

    polite.wait("other.example")  # would never come back if hosts shared a lock

    awake.set()
    waiting.join()


@pytest.mark.parametrize("at_once", [1, 3])
def test_so_many_are_under_way_at_a_host_and_no_more(at_once: int) -> None:
    polite = HostGate(0, at_once=at_once)
    under_way: list[int] = []
    most: list[int] = []

    def ask(number: int) -> None:
        with polite.turn("a.example"):
            under_way.append(number)
            most.append(len(under_way))
            threading.Event().wait(0.01)
            under_way.remove(number)

    crowd = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()

    assert max(most) == at_once


def test_a_host_that_hangs_keeps_no_line_waiting_for_ever() -> None:
    polite = HostGate(0, patience=0.05)

    with polite.turn("a.example"), pytest.raises(CannotFetch) as busy, polite.turn("a.example"):
        pass

    assert busy.value.failed.code == "fetch_host_busy"
    with polite.turn("a.example"):
        pass  # free again


def test_hosts_of_long_ago_are_forgotten_and_recent_ones_are_not() -> None:
    clock = Clock()
    polite = gate(1.0, clock)
    for number in range(1000):
        polite.wait(f"old{number}.example")
    clock.now += 10
    polite.wait("recent.example")

    polite.wait("newest.example")
    assert len(polite._turns) == 2
    polite.wait("recent.example")
    assert clock.slept == [1.0]
