"""What finding costs in a newsroom of many items, on both engines, in milliseconds.

python benchmarks/search.py [--items 50000] [--engine sqlite|postgresql] [--repeats 10] [--keep FOLDER]

The words are invented, and as unevenly spread as a language's; a tenth of the items has been worked on, a
quarter of the rest waits in the queue. `scan` is the same question asked with LIKE over the same texts.
The newsroom is made once, in SQLite; PostgreSQL gets the same rows, the words of its items included, and
indexes them itself. Columns: median and 95th percentile of what the clock says, and the processor time of
one question, the server's included: a busy machine shows in the first two.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from sqlalchemy import Select, func, insert, or_, select, text

from cluster import running_cluster
from curator.curate import dossier as dossiers
from curator.model import Lang, Status
from curator.settings import Edition, Settings
from curator.store import Store, schema
from curator.store import tables as t
from curator.store.search import Search

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EDITION = Edition(
    key="it",
    language=Lang("it"),
    title="Rassegna",
    subtitle="",
    timezone="Europe/Rome",
    organisation="AICEX",
    note_label="NOTA AICEX",
    read_more="Continua",
    source_label="Fonte",
    default=True,
)
SETTINGS = Settings(newsroom=Path("/nowhere"), editions={"it": EDITION})
SOURCES = 200
KNOWN = (
    "di il la che e un per non con clienti servizio cliente esperienza organizzazione qualità azienda ascolto"
    " fiducia promessa reclami fedeltà dipendenti mercato telefono voce risposta customer experience loyalty"
).split()
EMPTY = 8
COPIED = (t.sources, t.entries, t.entry_revisions, t.items, t.item_entries, t.commentaries)
INDEX = {"name": "ix_item_words_index"}
QUESTIONS = {
    "a rare word": "{rare}",
    "a common word": "cliente",
    "two common words": "clienti servizio",
    "three words": "esperienza fiducia {middling}",
    "a phrase": '"customer experience"',
    "an inflected word": "organizzazioni",
    "two letters typed": "cl",
    "four letters typed": "orga",
    "words that say nothing": "che non per",
    "as many words as are read": "clienti servizio cliente esperienza organizzazione qualità azienda ascolto"
    " fiducia promessa reclami fedeltà",
    "nothing there": "zzzyx",
    "operators and quotes": "a\" OR b* NEAR(c) 'd' & !e",
}


def main() -> None:
    wanted = _arguments()
    with TemporaryDirectory() as folder:
        made = Store(f"sqlite:///{(wanted.keep or Path(folder)) / 'search.db'}")
        schema.upgrade(made)
        if not _is_full(made, wanted.items):
            _fill(made, wanted.items)
        for engine in wanted.engine:
            with _on(engine, made) as store:
                print(f"\n{engine}, {wanted.items} items", flush=True)
                _measure(store, wanted.repeats)
        made.close()


def _measure(store: Store, repeats: int) -> None:
    SERVERS.clear()
    if store.path is None:
        with store.read() as tx:
            SERVERS[:] = tx.connection.execute(text("SELECT pg_backend_pid()")).scalars()
    words = _vocabulary()
    asked = {name: said.format(rare=words[15_000], middling=words[900]) for name, said in QUESTIONS.items()}
    for name, said in asked.items():
        search = Search(edition="it", query=said, ranked=True)
        total = len(_ids(store, search))
        _report(f"{name} ({total})", partial(_found, store, search), repeats)
        _report("    with everything that is shown", partial(_shown, store, search), repeats)
    queue = Search(edition="it", status=Status.QUEUED, folded=True)
    narrowed = Search(edition="it", status=Status.QUEUED, folded=True, query="fiducia")
    ids = _ids(store, queue)
    middle = len(ids) // 2
    _report(f"the queue's ids ({len(ids)})", lambda: _ids(store, queue), repeats)
    _report("the queue's ids, narrowed by a word", lambda: _ids(store, narrowed), repeats)
    _report(
        "a screen of 60 rows", lambda: dossiers.rows(store, ids[middle : middle + 60], edition="it"), repeats
    )
    _report(
        f"the queue narrowed, as shown ({len(_ids(store, narrowed))})",
        lambda: _shown(store, narrowed),
        repeats,
    )
    _report("the queue's first page", lambda: _shown(store, queue), repeats)
    _report("a page from its middle", lambda: _shown(store, queue, offset=middle), repeats)
    for problem in ("attribution_missing", "note_missing"):
        _report(f"items --problem {problem}", partial(_lacking, store, problem), max(1, repeats // 10))
    _report("scan for a common word", lambda: _scan(store, "cliente"), max(1, repeats // 10))


def _found(store: Store, search: Search) -> None:
    with store.read() as tx:
        tx.items.find(search, limit=50)


def _shown(store: Store, search: Search, *, offset: int = 0) -> None:
    dossiers.find(store, search, settings=SETTINGS, limit=50, offset=offset)


def _ids(store: Store, search: Search) -> list[int]:
    return dossiers.row_ids(store, search)


def _lacking(store: Store, problem: str) -> None:
    search = Search(edition="it")
    dossiers.find(store, search, problem=problem, settings=SETTINGS, limit=50, offset=0)


def _scan(store: Store, word: str) -> None:
    told, said = t.entry_revisions.c, t.commentaries.c
    query = (
        select(func.count())
        .select_from(t.items)
        .join(t.entry_revisions, told.entry_id == t.items.c.entry_id)
        .outerjoin(t.commentaries, said.item_id == t.items.c.id)
        .where(or_(told.title.icontains(word), told.html.icontains(word), said.note.icontains(word)))
    )
    with store.read() as tx:
        tx.connection.execute(query).scalar()


def _report(name: str, ask: Callable[[], Any], repeats: int) -> None:
    ask()
    walls = []
    cpu = _cpu()
    for _ in range(repeats):
        wall = time.perf_counter()
        ask()
        walls.append((time.perf_counter() - wall) * 1_000)
    cpu = (_cpu() - cpu) / repeats * 1_000
    walls.sort()
    median, late = statistics.median(walls), walls[int(len(walls) * 0.95)]
    print(f"{name:48} {median:8.1f} {late:8.1f} {cpu:8.1f}", flush=True)


SERVERS: list[int] = []


def _cpu() -> float:
    """Seconds of this process, and of the server's that answers it."""
    return time.process_time() + sum(map(_cpu_of, SERVERS))


def _cpu_of(pid: int) -> float:
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


# ── a newsroom of that size ──


def _fill(store: Store, count: int) -> None:
    random.seed(7)
    words = _vocabulary()
    weights = list(accumulate(1 / (rank + 2) for rank in range(len(words))))

    def some(most: int) -> str:
        return " ".join(random.choices(words, cum_weights=weights, k=most))

    started = time.monotonic()
    with store.begin() as tx:
        tx.connection.execute(
            insert(t.sources),
            [
                {
                    "url": f"https://s{n}.example/feed",
                    "name": some(2).title(),
                    "kind": "feed",
                    "status": "active",
                    "due_at": NOW,
                    "added_at": NOW,
                }
                for n in range(SOURCES)
            ],
        )
    for start in range(1, count + 1, 1_000):
        with store.begin() as tx:
            _batch(tx.connection, range(start, min(start + 1_000, count + 1)), some)
    made = time.monotonic()
    filled = 0
    while filled < count:
        with store.begin() as tx:
            filled += tx.words.fill(most=1_000)
    done = time.monotonic()
    print(f"made in {made - started:.0f} s; words of {filled} items in {done - made:.0f} s", flush=True)


def _copy(made: Store, store: Store) -> None:
    """All rows, and the index of words after them: a row at a time it takes much longer."""
    started = time.monotonic()
    with store.begin() as tx:
        index = tx.connection.execute(text("SELECT indexdef FROM pg_indexes WHERE indexname = :name"), INDEX)
        again = index.scalar_one()
        tx.connection.execute(text(f"DROP INDEX {INDEX['name']}"))
    for table in COPIED:
        _stream(made, select(table), store)
    words = t.item_words
    halves = [select(words).where(words.c.item_id % 2 == n) for n in (0, 1)]
    with ThreadPoolExecutor() as at_once:  # the server makes vectors of them, which takes most of the time
        list(at_once.map(lambda half: _stream(made, half, store), halves))
    copied = time.monotonic()
    with store.begin() as tx:
        tx.connection.execute(text("SET LOCAL maintenance_work_mem = '256MB'"))
        tx.connection.execute(text(again))
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    store.engine.dispose()  # one connection from here on: see SERVERS
    done = time.monotonic()
    print(f"\ncopied in {copied - started:.0f} s; indexed in {done - copied:.0f} s", flush=True)


def _stream(made: Store, rows: Select[Any], store: Store) -> None:
    columns = list(rows.selected_columns)
    (table,) = {column.table.name for column in columns}
    names = ", ".join(column.name for column in columns)
    with made.read() as here, store.begin() as there:
        there.connection.execute(
            text("SET LOCAL session_replication_role = replica")
        )  # what they name is there
        dialect = there.connection.dialect
        spelt = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in columns]
        cursor = there.connection.connection.cursor()
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in here.connection.execute(rows):
                copy.write_row([spell(v) if spell else v for spell, v in zip(spelt, row, strict=True)])


def _batch(connection: Any, numbers: range, some: Callable[[int], str]) -> None:
    entries, revisions, items, links, notes = [], [], [], [], []
    for n in numbers:
        at = NOW - timedelta(minutes=10 * n)
        entries.append(
            {
                "id": n,
                "source_id": n % SOURCES + 1,
                "identity": str(n),
                "url": f"https://s.example/{n}",
                "content_key": str(n),
                "raw_hash": str(n),
                "revision": 1,
                "first_seen": at,
            }
        )
        body = "".join(f"<p>{some(40).capitalize()}.</p>" for _ in range(random.randint(1, 12)))
        revisions.append(
            {
                "entry_id": n,
                "n": 1,
                "seen_at": at,
                "raw_hash": str(n),
                "url": f"https://s.example/{n}",
                "title": some(9).capitalize(),
                "html": body,
                "authors": [some(2).title()],
                "published": at,
                "tags": [],
                "cleaner_version": "1",
                "found_language": "it" if n % 3 else "en",
                "language_confidence": 1.0,
            }
        )
        worked_on = n % 10 == 0
        status = "drafting" if worked_on else ("queued" if n % 4 == 1 else "skipped")
        items.append(
            {
                "id": n,
                "ulid": f"{n:026}",
                "version": 1,
                "status": status,
                "entry_id": n,
                "queued_at": at,
                "position": at,
            }
        )
        links.append({"item_id": n, "entry_id": n})
        if worked_on:
            said = {"headline": some(8).capitalize(), "note": some(60).capitalize(), "stage": "published"}
            notes.append({"item_id": n, "edition": "it", "language": "it", "minor": False, **said})
    for table, rows in (
        (t.entries, entries),
        (t.entry_revisions, revisions),
        (t.items, items),
        (t.item_entries, links),
        (t.commentaries, notes),
    ):
        if rows:
            connection.execute(insert(table), rows)


def _vocabulary() -> list[str]:
    """Twenty thousand words, the known ones among the first."""
    dice = random.Random(11)
    sounds = [c + v for c in "bcdfglmnprstvz" for v in "aeio"]
    made = {"".join(dice.choices(sounds, k=dice.randint(2, 5))): None for _ in range(26_000)}
    words = list(made)[:20_000]
    for n, word in enumerate(
        KNOWN
    ):  # the first say nothing and are everywhere; the others are in every tenth
        words.insert(n if n < EMPTY else n * 12, word)
    return words


def _is_full(store: Store, count: int) -> bool:
    with store.read() as tx:
        return bool(tx.connection.execute(select(func.count()).select_from(t.items)).scalar_one() >= count)


@contextmanager
def _on(engine: str, made: Store) -> Iterator[Store]:
    if engine == "sqlite":
        yield made
        return
    with running_cluster() as cluster:
        store = Store(cluster.url(cluster.create()))
        schema.upgrade(store)
        _copy(made, store)
        yield store
        store.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=50_000)
    parser.add_argument("--engine", action="append", choices=["sqlite", "postgresql"])
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--keep", type=Path, help="a folder in which the SQLite file stays for the next time")
    wanted = parser.parse_args()
    wanted.engine = wanted.engine or ["sqlite", "postgresql"]
    return wanted


if __name__ == "__main__":
    main()
