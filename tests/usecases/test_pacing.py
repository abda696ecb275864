"""Limits of mails hold for all senders together, by a clock that the tests move."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import NOW
from curator.model import IssueStatus
from curator.ports import Accepted, HandOver, Mail, Mailroom
from curator.publish import pacing, sending
from curator.settings import MailSettings
from curator.store import Store
from newsletter import SECRET, Newsletter, a_newsletter

HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Takes:
    """A mail server that takes everything at once; a mailer, and not our code."""

    clock: Callable[[], datetime]
    taken: list[tuple[datetime, str]] = field(default_factory=list)
    writes_files: bool = False

    def send(
        self,
        mail: Mail,
        *,
        before_data: Callable[[], None] = lambda: None,
        coming: Callable[[], Mail | None] = lambda: None,
    ) -> HandOver:
        before_data()
        coming()
        self.taken.append((self.clock(), mail.recipient))
        return Accepted(reply="250 OK")

    def close(self) -> None: ...


@dataclass(slots=True)
class Day:
    """A newsletter and the time, which passes only where somebody sleeps."""

    newsletter: Newsletter
    server: Takes
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.newsletter.later(seconds=seconds)

    def send(self, worker: str = "here:1") -> None:
        sending.send_issue(
            self.newsletter.store,
            Mailroom(mailer=self.server),
            self.newsletter.settings,
            edition=self.newsletter.edition,
            secret=SECRET,
            worker=worker,
            is_gone=lambda _worker: False,
            clock=lambda: self.newsletter.now,
            sleep=self.sleep,
        )

    def recipients(self) -> list[str]:
        return [recipient for _, recipient in self.server.taken]


def a_day(store: Store, folder: Path, addresses: list[str]) -> Day:
    newsletter = a_newsletter(store, folder)
    newsletter.publish()
    newsletter.subscribe(*addresses)
    newsletter.close()
    newsletter.with_(mail={"url": "smtp://127.0.0.1:1"})
    return Day(newsletter, Takes(lambda: newsletter.now))


def readers(number: int, domain: str = "lettori.example") -> list[str]:
    return [f"lettore{n}@{domain}" for n in range(number)]


def test_mails_leave_one_by_one_at_the_rate(sqlite_store: Store, tmp_path: Path) -> None:
    day = a_day(sqlite_store, tmp_path, readers(9))
    day.newsletter.with_(mail={"rate_per_second": 4.0})

    day.send()

    times = [(at - NOW).total_seconds() for at, _ in day.server.taken]
    assert times == pytest.approx([n / 4 for n in range(9)])


def test_what_an_hour_bears_leaves_and_the_rest_waits_for_the_next_run(store: Store, tmp_path: Path) -> None:
    day = a_day(store, tmp_path, readers(7))
    day.newsletter.with_(mail={"rate_per_hour": 3.0})

    sent = []
    for _ in range(4):
        day.send()
        sent.append(len(day.server.taken))
        day.newsletter.later(minutes=30)

    assert sent == [3, 3, 6, 6]
    assert day.slept == []
    assert day.newsletter.issue().status is IssueStatus.SENDING
    day.send()
    assert day.newsletter.states() == {"accepted": 7}


def test_a_domain_at_its_limit_is_passed_over_while_others_go_on(store: Store, tmp_path: Path) -> None:
    day = a_day(store, tmp_path, [*readers(4, "grande.example"), *readers(3, "piccola.example")])
    day.newsletter.with_(mail={"rate_per_domain": 2.0})

    day.send()
    assert Counter(each.partition("@")[2] for each in day.recipients()) == {
        "grande.example": 2,
        "piccola.example": 2,
    }
    day.newsletter.later(minutes=61)
    day.send()
    assert sorted(day.recipients()) == sorted([*readers(4, "grande.example"), *readers(3, "piccola.example")])


def test_a_new_server_is_warmed_up_day_by_day(sqlite_store: Store, tmp_path: Path) -> None:
    day = a_day(sqlite_store, tmp_path, readers(13))
    day.newsletter.with_(mail={"warm_up": 2})

    sent = []
    for days in (0, 0, 1, 3, 1):  # two runs on the first day; on some days none
        day.newsletter.later(days=days)
        day.send()
        sent.append(len(day.server.taken))

    assert sent == [2, 2, 6, 13, 13]


class Interrupted(Takes):
    def send(
        self,
        mail: Mail,
        *,
        before_data: Callable[[], None] = lambda: None,
        coming: Callable[[], Mail | None] = lambda: None,
    ) -> HandOver:
        if self.taken:
            raise KeyboardInterrupt
        return super().send(mail, before_data=before_data, coming=coming)


def test_what_was_taken_in_hand_and_not_sent_is_not_counted(sqlite_store: Store, tmp_path: Path) -> None:
    day = a_day(sqlite_store, tmp_path, readers(5))
    day.newsletter.with_(mail={"rate_per_hour": 5.0})
    server, day.server = day.server, Interrupted(day.server.clock)

    with pytest.raises(KeyboardInterrupt):
        day.send()
    day.server = server
    day.send()

    assert day.newsletter.states() == {"accepted": 5}


@pytest.mark.parametrize("set_back", [-HOUR, HOUR])
def test_a_clock_that_jumps_neither_stops_mails_nor_lets_them_storm(
    sqlite_store: Store, tmp_path: Path, set_back: timedelta
) -> None:
    day = a_day(sqlite_store, tmp_path, readers(12))
    day.newsletter.with_(mail={"rate_per_second": 2.0, "rate_per_hour": 4.0})

    day.send()
    assert len(day.server.taken) == 4
    day.newsletter.now += set_back
    day.send()
    jumped = len(day.server.taken)
    day.newsletter.later(minutes=62)
    day.send()

    # Forward: an hour has passed, for all we know. Back: what left lately still counts, for an hour.
    assert jumped == (8 if set_back > timedelta() else 4)
    assert len(day.server.taken) == jumped + 4
    assert max(day.slept) <= 2


@given(
    steps=st.lists(st.integers(0, 900), min_size=5, max_size=30),
    per_hour=st.integers(20, 400),
)
def test_no_hour_ever_sees_more_than_it_bears(steps: list[int], per_hour: int) -> None:
    """The decision alone: senders take as much as they may, at any moments."""
    mail = MailSettings(rate_per_hour=float(per_hour))
    now, minutes, sent = NOW, Counter[datetime](), Counter[datetime]()
    for seconds in steps:
        now += timedelta(seconds=seconds)
        recent = sum(number for at, number in minutes.items() if at > now - HOUR)
        room = pacing.room(mail, pacing.Sending(hour=recent), wanted=200)
        minutes[now.replace(second=0, microsecond=0)] += room.mails
        sent[now] += room.mails

    for begin in sent:
        # Counted by whole minutes: up to one of sixty may be forgotten early.
        end = begin + timedelta(minutes=59)
        assert sum(number for at, number in sent.items() if begin <= at < end) <= per_hour


def test_two_senders_in_turn_keep_to_one_rate(store: Store, tmp_path: Path) -> None:
    """Three hours of two processes that look each other's minute: within five per cent of the limits."""
    newsletter = a_newsletter(store, tmp_path)
    mail = MailSettings(rate_per_hour=120.0, rate_per_domain=60.0)
    domains = ["grande.example", "piccola.example", "terza.example"]
    sent: list[tuple[datetime, str]] = []
    now = newsletter.now
    for step in range(3 * 30):
        now = newsletter.now + timedelta(minutes=2 * step, seconds=step % 50)
        with store.begin() as tx:
            paces = tx.mailing.paces
            paces.mend(now=now)
            known = pacing.Sending(hour=paces.in_the_last_hour(now=now), domains=paces.by_domain(now=now))
            room = pacing.room(mail, known, wanted=20)
            taken = Counter(
                name
                for n in range(room.mails)
                if (name := domains[n % 3]) not in room.full and n // 3 < room.left(name)
            )
            paces.count(taken, hour=True, domain=True, day=False, now=now)
            paces.tidy(now=now)
        sent += [(now, name) for name in taken.elements()]

    hours = [NOW + timedelta(minutes=each) for each in range(0, 2 * 60, 7)]
    for begin in hours:
        within = Counter(name for at, name in sent if begin <= at < begin + HOUR)
        assert within.total() <= 120 * 1.05
        assert max(within.values()) <= 60 * 1.05
    assert len(sent) >= 3 * 120 * 0.95


def test_two_senders_in_turn_keep_to_one_rate_per_second(store: Store, tmp_path: Path) -> None:
    newsletter = a_newsletter(store, tmp_path)
    clocks = [newsletter.now, newsletter.now]
    leaving: list[float] = []
    for turn in range(40):
        sender = turn % 2
        now = clocks[sender]
        with store.begin() as tx:
            wait = tx.mailing.paces.slot(1 + turn % 3, rate=10.0, now=now)
        first = (now + wait - NOW).total_seconds()
        leaving += [first + n / 10 for n in range(1 + turn % 3)]
        clocks[sender] = now + wait + timedelta(seconds=(turn % 3) / 10)

    leaving.sort()
    gaps = [b - a for a, b in itertools.pairwise(leaving)]
    assert min(gaps) == pytest.approx(0.1)
    assert (len(leaving) - 1) / (leaving[-1] - leaving[0]) == pytest.approx(10, rel=0.05)


def test_a_minute_that_comes_again_counts_again(sqlite_store: Store) -> None:
    """The clock was an hour ahead, was set back, and reaches the same minute in the end."""
    of_one = {"lettori.example": 1}
    counted = {"hour": True, "domain": False, "day": False}
    with sqlite_store.begin() as tx:
        paces = tx.mailing.paces
        paces.count(of_one, **counted, now=NOW + 2 * HOUR)
        paces.mend(now=NOW)
        paces.count(of_one, **counted, now=NOW + 2 * HOUR)

        assert paces.in_the_last_hour(now=NOW + 2 * HOUR) > 0
