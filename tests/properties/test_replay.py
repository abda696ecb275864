"""Whatever editors do, in whatever order: the events alone tell what became of an item."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any

import msgspec
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from builders import ITALIAN, MARTA, NOW, PAOLO, SETTINGS, a_queued_item, a_source, an_entry
from curator import history
from curator.curate import usecases as curate
from curator.curate.colleagues import assign, comment, send_back
from curator.curate.writing import Writing
from curator.errors import CuratorError
from curator.model import Attribution, Lang
from curator.publish import usecases as publish
from curator.store import Store, Transaction
from proving import PROOF

ENGLISH = replace(ITALIAN, key="en", language=Lang("en"), default=False)
TWO = replace(
    SETTINGS,
    review=replace(SETTINGS.review, two_person=True),
    editions={"it": ITALIAN, "en": ENGLISH},
)
ONE = replace(TWO, review=replace(TWO.review, two_person=False))


EDITORS = {"marta": MARTA, "paolo": PAOLO}

words = st.text(max_size=12)
writings = st.one_of(
    st.builds(Writing, headline=words, note=words),
    st.just(Writing(headline="Titolo", note="Una nota.")),
    st.builds(Writing, tags=st.lists(words, max_size=3).map(tuple), note=words),
    st.builds(Writing, paragraphs=st.sampled_from(["1", "2", "1-2"])),
    st.builds(Writing, no_excerpt=st.sampled_from([True]), waive=st.just({"note_missing": "solo citazione"})),
    st.builds(Writing, image_url=st.just("https://blog.example/i.png"), credit=words, alt=words),
    st.builds(Writing, correction=words, minor=st.booleans(), headline=words),
    st.builds(
        Writing,
        attributions=st.just(
            (Attribution(title="T", publisher="P", url="https://p.example/", authors=("A",)),)
        ),
    ),
)
NAMES = (
    "claim take_over release skip requeue write write write approve approve approve_at send_back assign"
    " comment publish publish withdraw undo undo revise"
).split()
WHOLE = Writing(headline="Titolo", note="Una nota.")
STORIES = (
    "",
    "write approve",
    "write approve publish",
    "write approve publish write",
    "skip",
    "claim release",
)
"""How it began: random moves alone would seldom bring an item to readers."""

step = st.tuples(
    st.sampled_from(NAMES),
    st.sampled_from(sorted(EDITORS)),
    st.sampled_from(["it", "it", "en"]),
    st.integers(min_value=0, max_value=30),
    writings,
)


@settings(
    max_examples=200 if PROOF else 4,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink]
    if PROOF
    else [Phase.explicit, Phase.generate],
)
@given(
    begun=st.sampled_from(STORIES),
    steps=st.lists(step, min_size=8, max_size=24 if PROOF else 14),
    two_person=st.booleans(),
)
def test_folding_the_events_of_random_moves_gives_the_item(
    store: Store, begun: str, steps: list[Any], *, two_person: bool
) -> None:
    number = next(_NUMBERS)
    source_id = a_source(store, url=f"https://blog.example/{number}/feed")
    item_id = a_queued_item(
        store,
        source_id=source_id,
        guid=str(number),
        url=f"https://blog.example/{number}",
    )
    now, rules = NOW, TWO if two_person else ONE
    first = [(name, "paolo" if name == "approve" else "marta", "it", 0, WHOLE) for name in begun.split()]
    for name, by, edition, hours, writing in (*first, *steps):
        now += timedelta(hours=hours, minutes=1)
        move = {"by": EDITORS[by], "edition": rules.editions[edition]}
        act = _Act(store, item_id, source_id, writing, move={**move}, desk={**move, "settings": rules})
        before = _item(store, item_id)
        try:
            getattr(act, name)(now)
            event(f"{name} was made")
        except CuratorError:
            assert _item(store, item_id) == before, f"{name} was refused and changed something"
    with store.read() as tx:
        _holds(tx, item_id)


def _holds(tx: Transaction, item_id: int) -> None:
    """Every version has its event, every event says what was before it, and all of them make the item."""
    item, events = tx.items.get(item_id), tx.events.of_item(item_id)
    versioned = [each for each in events if each.version is not None]

    assert [each.version for each in versioned] == list(range(1, item.version + 1))
    assert history.rebuilt(item, events) == item
    for place, each in enumerate(versioned[1:], start=1):
        told = msgspec.to_builtins(history.record(history.rebuilt(item, versioned[:place])))
        assert each.before == json.loads(json.dumps({name: told.get(name) for name in each.before}))


_NUMBERS = count()


@dataclass
class _Act:
    """One move as somebody makes it; each may be refused."""

    store: Store
    item_id: int
    source_id: int
    writing: Writing
    move: dict[str, Any]
    desk: dict[str, Any]

    def _one(self, do: Callable[..., Any], now: Any, **how: Any) -> None:
        do(self.store, [self.item_id], now=now, **how)

    def claim(self, now: Any) -> None:
        self._one(curate.claim, now, **self.desk)

    def take_over(self, now: Any) -> None:
        self._one(curate.claim, now, take_over=True, **self.desk)

    def release(self, now: Any) -> None:
        self._one(curate.release, now, **self.move)

    def skip(self, now: Any) -> None:
        self._one(curate.skip, now, reason="già visto", **self.move)

    def requeue(self, now: Any) -> None:
        self._one(curate.requeue, now, **self.move)

    def write(self, now: Any) -> None:
        curate.write(self.store, self.item_id, self.writing, now=now, **self.desk)

    def approve(self, now: Any) -> None:
        self._one(curate.approve, now, **self.desk)

    def approve_at(self, now: Any) -> None:
        self._one(curate.approve, now, at=now + timedelta(hours=3), **self.desk)

    def send_back(self, now: Any) -> None:
        send_back(self.store, self.item_id, comment="Più breve.", now=now, **self.desk)

    def assign(self, now: Any) -> None:
        self._one(assign, now, to=None if now.minute % 2 else "anna", **self.move)

    def comment(self, now: Any) -> None:
        comment(self.store, self.item_id, "Ciao", by=self.move["by"], now=now)

    def publish(self, now: Any) -> None:
        """As far as the store goes: files are no concern of an item."""
        with self.store.begin() as tx:
            publish._settle(tx, self.desk["settings"], **self.move, now=now)

    def withdraw(self, now: Any) -> None:
        curate.withdraw(self.store, self.item_id, reason="r", public_note=None, now=now, **self.move)

    def undo(self, now: Any) -> None:
        curate.undo(self.store, self.item_id, by=self.move["by"], now=now)

    def revise(self, _now: Any) -> None:
        """The source says something else: that is no move of the item, and changes nothing of it."""
        with self.store.read() as tx:
            guid = tx.entries.get(tx.items.get(self.item_id).entry_id or 0).guid
        an_entry(self.store, self.source_id, guid=guid or "", title="Rewritten", html="<p>Else.</p>")


def _item(store: Store, item_id: int) -> Any:
    with store.read() as tx:
        return tx.items.get(item_id)
