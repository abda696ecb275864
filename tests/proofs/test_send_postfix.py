"""kill -9 of the sender at every transition, to a real Postfix: nobody is missed, and nobody gets it twice.

A short run in the tests; `make proof` sends to 300 and kills at least 100
times, drawn anew each time. The seed is printed: SEED=… runs the same again, as far as the machine
lets it (when Postfix does what is its own).
"""

from __future__ import annotations

import os
import random
import secrets
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from curator.edges.process import is_gone
from curator.faces.clock import utcnow
from curator.model import DeliveryState, IssueStatus
from curator.store import Store
from mortal import ANY_MOMENT, TRANSITIONS, send
from newsletter import Newsletter, a_newsletter, read_mail
from postfix import Postfix
from proving import PROOF, of_the_proof

READERS = 300 if PROOF else 30
ROUNDS = 9 if PROOF else 1  # each kills once at every transition
AT_ANY_MOMENT = 20 if PROOF else 2
PATIENCE = 180.0  # seconds that the last runs may take to have no doubt left


@dataclass(kw_only=True)
class Ordeal:
    """An issue to so many readers, and what became of it."""

    newsletter: Newsletter
    postfix: Postfix
    said: Mapping[str, dict[str, Any]]
    seed: int
    killed: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.newsletter.with_(**self.said)
        self.newsletter.now = utcnow()
        self.newsletter.gone = is_gone
        self.newsletter.publish()
        self.newsletter.subscribe(*self.readers)
        self.newsletter.close()

    @property
    def readers(self) -> list[str]:
        return [f"ok{n}@lettori.example" for n in range(READERS)]

    def suffer(self) -> None:
        """Kill one sender after the other, each a few mails on."""
        chance = random.Random(self.seed)
        fates: list[tuple[str, float]] = [
            (transition, chance.randint(1, 2)) for transition in TRANSITIONS * ROUNDS
        ]
        chance.shuffle(fates)
        for _ in range(AT_ANY_MOMENT):
            # A quick machine sends all of a short issue in a moment: there they come after the others.
            place = chance.randint(0, len(fates)) if PROOF else len(fates)
            fates.insert(place, (ANY_MOMENT, chance.uniform(0.02, 0.3)))
        for fate in fates:
            where = self._send(dies_at=fate)
            if where is not None:
                self.killed[where] += 1

    def end(self) -> None:
        """Senders that nobody kills, until nothing is left to be done or to be waited for."""
        deadline = time.monotonic() + PATIENCE
        self._send()
        while self._has_doubt() and time.monotonic() < deadline:
            time.sleep(0.2)
            self.postfix.be_visited()
            self._send()
        self.postfix.settle()

    def _has_doubt(self) -> bool:
        held = self.said["newsletter"]["ambiguous"] == "hold" and "log" not in self.said["mail"]
        return not held and self.newsletter.issue().status is not IssueStatus.FINISHED

    def _send(self, *, dies_at: tuple[str, float] | None = None) -> str | None:
        database = self.newsletter.store.url.render_as_string(hide_password=False)
        return send(database, self.newsletter.folder, self.said, dies_at=dies_at)

    @property
    def got(self) -> dict[str, list[str]]:
        """The Message-IDs that each reader has in their box."""
        boxes: dict[str, list[str]] = {reader: [] for reader in self.readers}
        for mail in self.postfix.delivered():
            read = read_mail(mail)
            boxes[str(read["Delivered-To"])].append(str(read["Message-ID"]))
        return boxes

    @property
    def missing(self) -> int:
        return sum(not ids for ids in self.got.values())

    @property
    def doubled(self) -> int:
        return sum(len(ids) - 1 for ids in self.got.values() if ids)

    def __str__(self) -> str:
        kills = ", ".join(f"{where} {count}" for where, count in self.killed.items())
        return (
            f"SEED={self.seed}: {READERS} readers, {self.killed.total()} kills ({kills}): "
            f"{self.missing} missing, {self.doubled} doubled, {self.newsletter.states()}"
        )


@pytest.fixture(params=["sqlite", "postgresql"] if PROOF else ["sqlite"])
def any_store(request: pytest.FixtureRequest) -> Store:
    store: Store = request.getfixturevalue(f"{request.param}_store")
    return store


@pytest.fixture
def boxes(postfix: Postfix) -> Iterator[Postfix]:
    postfix.empty()
    yield postfix
    postfix.empty()


def _ordeal(store: Store, folder: Path, postfix: Postfix, *, ambiguous: str, **mail: object) -> Ordeal:
    seed = int(os.environ.get("SEED") or (secrets.randbelow(10**6) if PROOF else 170078))
    # Message-IDs of its own: the log tells of the other ordeals, too.
    sender = f"Redazione AICEX <rassegna@{secrets.token_hex(4)}.example>"
    said: dict[str, dict[str, Any]] = {
        "mail": {"url": postfix.url, "sender": sender, **mail},
        "newsletter": {"ambiguous": ambiguous},
    }
    ordeal = Ordeal(newsletter=a_newsletter(store, folder), postfix=postfix, said=said, seed=seed)
    ordeal.suffer()
    ordeal.end()
    print(f"\n{ordeal}")  # noqa: T201 - the seed, and the figures of docs/proofs.md
    assert set(ordeal.killed) >= set(TRANSITIONS)
    assert ordeal.killed.total() >= (100 if PROOF else len(TRANSITIONS))
    return ordeal


def test_with_the_log_of_the_server_nobody_is_missed_and_nobody_gets_it_twice(
    any_store: Store, tmp_path: Path, boxes: Postfix
) -> None:
    ordeal = _ordeal(any_store, tmp_path, boxes, ambiguous="hold", log=boxes.log)

    assert (ordeal.missing, ordeal.doubled) == (0, 0)
    assert ordeal.newsletter.states() == {"accepted": READERS}


@of_the_proof
def test_without_it_whoever_gets_it_twice_gets_the_same_mail(
    sqlite_store: Store, tmp_path: Path, boxes: Postfix
) -> None:
    ordeal = _ordeal(sqlite_store, tmp_path, boxes, ambiguous="resend")

    assert ordeal.missing == 0
    assert ordeal.doubled <= ordeal.killed.total()
    assert all(len(set(ids)) == 1 for ids in ordeal.got.values())
    assert len({id_ for ids in ordeal.got.values() for id_ in ids}) == READERS


@of_the_proof
def test_what_is_held_is_all_that_may_be_missing(sqlite_store: Store, tmp_path: Path, boxes: Postfix) -> None:
    ordeal = _ordeal(sqlite_store, tmp_path, boxes, ambiguous="hold")

    counts = ordeal.newsletter.counts()
    assert ordeal.doubled == 0
    with sqlite_store.read() as tx:
        doubtful = tx.mailing.deliveries.in_state(ordeal.newsletter.issue(), DeliveryState.AMBIGUOUS)
    assert {reader for reader, ids in ordeal.got.items() if not ids} <= {mail.email for mail in doubtful}
    assert counts.accepted + counts.ambiguous == READERS
