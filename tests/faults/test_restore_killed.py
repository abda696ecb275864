"""kill -9 at any step of a restore or a move: the old newsroom, or a held one; called again it is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from cluster import Cluster
from curator.model import HeldBecause, Hold
from curator.store import Store
from killing import kill, steps
from newsroom import STORY, Newsroom, an_item, feed
from proving import PROOF


def moments(count: int) -> list[int]:
    """In the proof one in twenty-five, and all of the last thirty, when files follow the rows."""
    return sorted({*range(1, count, 25), *range(count - 30, count + 1)}) if PROOF else [count // 2]


def store_of(newsroom: Newsroom) -> Store:
    at_home = f"sqlite:///{newsroom.folder}/data/curator.db"
    return Store(newsroom.environ.get("CURATOR_DATABASE__URL") or at_home)


def standing(store: Store) -> tuple[Hold | None, str]:
    """What it is held by, and how its source is called."""
    with store.read() as tx:
        return tx.holds.current(), tx.sources.get(1).name


def let_go(store: Store) -> None:
    with store.begin(although_moved=True) as tx:
        tx.holds.lift()


@pytest.mark.parametrize("engine", ["sqlite", *(["postgresql"] if PROOF else [])])
def test_a_restore_that_is_killed_leaves_no_half_newsroom(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    name = "newsroom" if engine == "sqlite" else "postgresql_newsroom"
    newsroom: Newsroom = request.getfixturevalue(name)
    newsroom.follow(feed(an_item("1", "Keep", STORY)))
    newsroom.curator("source", "edit", 1, "--name", "As saved")
    newsroom.curator("backup", tmp_path / "b.zip")
    newsroom.curator("source", "edit", 1, "--name", "Changed since")
    key = newsroom.folder / "data/secret.key"
    saved_key, other_key = key.read_bytes(), b"another key, another key, another"
    key.write_bytes(other_key)
    newsroom.curator("backup", tmp_path / "changed.zip")
    restoring = ["restore", str(tmp_path / "b.zip"), "--force"]
    store = store_of(newsroom)
    count = steps(restoring, newsroom.environ)
    seen = set()

    at: list[int | str] = [*moments(count), ".restoring-"]
    for step in at:
        newsroom.curator("restore", tmp_path / "changed.zip", "--force")
        let_go(store)
        kill(restoring, newsroom.environ, at=step)

        hold, name = standing(store)
        if hold is None:
            assert (name, key.read_bytes()) == ("Changed since", other_key), f"step {step}"
        else:
            assert (hold.because, name) == (HeldBecause.RESTORED, "As saved"), f"step {step}"
            assert hold.data.get("unfinished") or key.read_bytes() == saved_key, f"step {step}"
        seen.add(hold is None)

        newsroom.curator(*restoring)
        hold, name = standing(store)
        assert hold is not None
        assert (name, key.read_bytes()) == ("As saved", saved_key), f"step {step}"
        assert "unfinished" not in hold.data
    assert seen == {True, False}
    store.close()


@pytest.mark.parametrize("towards", ["postgresql", *(["sqlite"] if PROOF else [])])
def test_a_move_that_is_killed_leaves_one_newsroom_at_work_or_none(
    towards: str, request: pytest.FixtureRequest, cluster: Cluster
) -> None:
    """Never both: what is written in one would be lost in the other."""
    fixture = "newsroom" if towards == "postgresql" else "postgresql_newsroom"
    newsroom: Newsroom = request.getfixturevalue(fixture)
    newsroom.follow(feed(an_item("1", "Keep", STORY)))
    source = store_of(newsroom)
    names = iter([f"n{number}" for number in range(100_000)])

    def place() -> str:
        if towards == "postgresql":
            return cluster.url(cluster.create())
        return f"sqlite:///{newsroom.folder}/data/{next(names)}.db"

    count = steps(["db", "copy", "--to", place()], newsroom.environ)
    for step in moments(count - 1):  # the first time its hold was a new row
        let_go(source)
        to = place()
        kill(["db", "copy", "--to", to], newsroom.environ, at=step)

        target = Store(to)
        whole = (target.path is None or target.path.exists()) and target.schema() is not None
        hold, _ = standing(source)
        assert hold is not None or not whole, f"step {step}"
        if not whole:
            newsroom.curator("db", "copy", "--to", to)
        assert standing(target) == (None, "CX Blog")
        target.close()
    source.close()
