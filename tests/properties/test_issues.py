"""Whatever editors, clocks and weeks do: every published item is in exactly one issue, left out, or waits."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from curator.errors import CuratorError
from curator.model import Arranged, Editor, Issue, Publication
from curator.publish import drafting, issues, recall, steering
from curator.publish.arranging import Changes
from curator.store import Store
from curator.store import tables as t
from newsletter import Newsletter, a_newsletter
from proving import PROOF
from publishing import a_public_item

MARTA = Editor(name="marta")
BEFORE_DST = datetime(2026, 3, 20, 7, 30, tzinfo=UTC)  # in Rome the clock goes forward on the 29th

item = st.integers(0, 30)
moves = st.one_of(
    st.tuples(st.sampled_from(["publish", "import", "tick", "close", "reopen", "cancel", "begin"])),
    st.tuples(st.sampled_from(["withdraw", "correct", "hold", "drop", "pin", "order", "take_back"]), item),
    st.tuples(st.just("later"), st.sampled_from([1, 20, 26, 71, 170, 400])),
    st.tuples(st.just("back"), st.sampled_from([1, 30, 200])),
)


class World:
    """A newsletter, and what must be true of it whatever happens."""

    def __init__(self, newsletter: Newsletter) -> None:
        self.letters = newsletter
        self.items: list[int] = []
        self.imported: set[int] = set()
        self.mailed: dict[int, int] = {}  # item -> issue, once the first mail of it is out
        self.decided: set[int] = set()  # what an editor has spoken of: it never slips away

    def does(self, move: str, number: int = 0) -> None:
        by_name: dict[str, Callable[[], object]] = {
            "later": lambda: self.letters.later(hours=number),
            "back": lambda: self.letters.later(hours=-number),
            "publish": self.publish,
            "import": self.import_,
            "tick": self.tick,
            "close": self.letters.close,
            "begin": self.begin,
            "cancel": self.cancel,
            "reopen": self.reopen,
            "withdraw": lambda: self.of_item(number, self.withdraw),
            "correct": lambda: self.of_item(number, self.correct),
        }
        with suppress(CuratorError):  # a rule of the house said no, and nothing was done
            by_name.get(move, lambda: self.of_item(number, lambda i: self.arrange(**{move: (i,)})))()

    def publish(self) -> None:
        self.items.append(self.letters.publish(f"Numero {len(self.items)}"))

    def import_(self) -> None:
        item_id = self.letters.publish("Dal vecchio blog")
        self.imported.add(item_id)
        with self.letters.store.begin() as tx:
            p = t.publications
            tx.connection.execute(p.update().where(p.c.item_id == item_id).values(imported=True))

    def tick(self) -> None:
        """What `run` does once in a while."""
        letters = self.letters
        slot = issues.due_slot(letters.store, letters.settings, edition=letters.edition, now=letters.now)
        if slot is not None:
            letters.close(slot=slot)

    def begin(self) -> None:
        with self.letters.store.begin() as tx:
            if newest := tx.mailing.issues.newest("it"):
                tx.mailing.issues.begin(newest, now=self.letters.now)
                for item_id in newest.item_ids:
                    self.mailed.setdefault(item_id, newest.number)

    def cancel(self) -> None:
        steering.cancel_issue(
            self.letters.store, self.letters.settings, edition=self.letters.edition, now=self.letters.now
        )

    def reopen(self) -> None:
        letters = self.letters
        issues.reopen_issue(
            letters.store,
            letters.settings,
            edition=letters.edition,
            number=letters.issue().number,
            by=MARTA,
            now=letters.now,
        )

    def arrange(self, **wishes: tuple[int, ...]) -> None:
        """Whatever changes something is a decision; to take back what nobody had arranged is none."""
        letters = self.letters
        stood = self.arrangement()
        drafting.edit_issue(
            letters.store,
            letters.settings,
            Changes(**wishes),  # type: ignore[arg-type]  # as the move is called
            edition=letters.edition,
            by=MARTA,
            now=letters.now,
        )
        if self.arrangement() != stood:
            self.decided |= {i for items in wishes.values() for i in items}

    def arrangement(self) -> Arranged:
        with self.letters.store.read() as tx:
            return tx.mailing.arrangements.get("it")

    def withdraw(self, item_id: int) -> None:
        letters = self.letters
        with letters.store.begin() as tx:
            public = tx.publications.get(item_id, "it")
            assert public
            tx.publications.withdraw(public, public_note=None, item_version=2, at=letters.now)
            recall.take_out(
                tx, letters.settings, edition=letters.edition, item_ids=[item_id], now=letters.now
            )

    def correct(self, item_id: int) -> None:
        with self.letters.store.begin() as tx:
            public = tx.publications.get(item_id, "it")
            assert public
            tx.publications.correct(
                public, a_public_item(headline="Corretto"), item_version=2, at=self.letters.now
            )

    def of_item(self, number: int, move: Callable[[int], None]) -> None:
        if self.items:
            move(self.items[number % len(self.items)])

    # ── what must be true ──

    def is_right(self) -> None:
        letters = self.letters
        draft = drafting.draft_issue(
            letters.store, letters.settings, edition=letters.edition, now=letters.now
        )
        with letters.store.read() as tx:
            closed: list[Issue] = tx.mailing.issues.of("it", limit=None)
            dropped = list(
                tx.connection.execute(
                    t.issue_drops.select().with_only_columns(t.issue_drops.c.item_id)
                ).scalars()
            )
            gone = {g.item_id for g in tx.publications.glances("it") if g.withdrawn_at}
            first = tx.mailing.issues.first_sequence("it")
            numbered = {g.item_id: g.sequence for g in tx.publications.glances("it")}
        dealt_with = [i for issue in closed for i in issue.item_ids] + dropped
        waiting = [p.item_id for p in draft.waiting]
        everywhere = dealt_with + waiting
        assert len(everywhere) == len(set(everywhere)), "in two places"
        assert not self.imported & set(everywhere), "imported items are in none"
        assert self.decided <= {*everywhere, *gone}, "decided on, and lost"
        missing = set(self.items) - set(everywhere) - gone
        if first is None:
            since = letters.now - timedelta(days=7)
            published = {p.item_id: p.published_at for p in self.publications(missing)}
            assert all(at < since for at in published.values()), "new, and nobody would get it"
        else:
            assert all(numbered[i] < first for i in missing), "nobody gets it"
        assert sorted(i.number for i in closed) == list(range(1, len(closed) + 1))
        where = {i: issue.number for issue in closed for i in issue.item_ids}
        assert {i: where[i] for i in self.mailed} == self.mailed, "somebody has it, and it moved"
        slots = [issue.slot for issue in closed if issue.slot]
        assert len(slots) == len(set(slots))

    def publications(self, item_ids: set[int]) -> list[Publication]:
        with self.letters.store.read() as tx:
            return list(tx.publications.many("it", item_ids).values())

    def ends(self) -> None:
        """Nothing is held any more, and an editor closes: nobody misses anything."""
        letters = self.letters
        held = drafting.draft_issue(
            letters.store, letters.settings, edition=letters.edition, now=letters.now
        ).arrangement
        self.decided.clear()
        self.arrange(take_back=tuple(dict.fromkeys((*held.held, *held.dropped))))
        letters.close()
        draft = drafting.draft_issue(
            letters.store, letters.settings, edition=letters.edition, now=letters.now
        )
        assert draft.waiting == ()
        self.is_right()


@settings(
    max_examples=300 if PROOF else 12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(history=st.lists(moves, min_size=5, max_size=25))
@example(
    history=[("publish",), ("later", 26), ("hold", 0), ("later", 170), ("tick",), ("later", 170), ("tick",)]
)
@example(
    history=[
        ("publish",),
        ("publish",),
        ("pin", 1),
        ("drop", 0),
        ("tick",),
        ("close",),
        ("reopen",),
        ("tick",),
    ]
)
@example(history=[("publish",), ("close",), ("begin",), ("back", 200), ("publish",), ("tick",), ("close",)])
@example(
    history=[("publish",), ("publish",), ("close",), ("withdraw", 0), ("reopen",), ("correct", 1), ("close",)]
)
@example(history=[("publish",), ("close",), ("begin",), ("reopen",), ("close",)])
@example(history=[("publish",), ("take_back", 0), ("later", 170)])
@example(history=[("publish",), ("later", 26), ("hold", 0), ("later", 170), ("later", 170), ("close",)])
def test_every_item_is_in_one_issue_left_out_or_waits(
    sqlite_template: Path, history: list[tuple[str, int]]
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        shutil.copyfile(sqlite_template, path)
        store = Store(f"sqlite:///{path}")
        newsletter = replace(a_newsletter(store, Path(folder)), now=BEFORE_DST)
        world = World(newsletter)
        try:
            for move in history:
                world.does(*move)
                if move[0] in ("close", "tick", "reopen", "cancel", "begin"):
                    world.is_right()
            world.is_right()
            world.ends()
        finally:
            store.close()
