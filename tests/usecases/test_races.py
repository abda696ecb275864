"""Several processes at one item: exactly one has it, and the others know who."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from builders import a_queued_item, a_source
from curator.store import Store

RACERS, ITEMS = 3, 6

RACE = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
from builders import ITALIAN, NOW, SETTINGS
from curator.curate.usecases import claim
from curator.errors import CuratorError
from curator.model import Editor
from curator.store import Store

url, racers, item_ids = sys.argv[2], int(sys.argv[3]), [int(each) for each in sys.argv[4:]]
def claims(store, name, item_id):
    return claim(store, [item_id], by=Editor(name=name), settings=SETTINGS, edition=ITALIAN, now=NOW)

first = Store(url)
claims(first, "nobody", item_ids.pop(0))  # what a claim loads is loaded once, before the processes part
first.close()
ready, am_ready = os.pipe()
rounds = [os.pipe() for _ in item_ids]

def race(name):
    store = Store(url)
    with store.read() as tx:
        tx.items.many(item_ids)
    for _, start in rounds:
        os.close(start)
    said = {}
    for item_id, (go, _) in zip(item_ids, rounds):
        os.write(am_ready, b".")
        os.read(go, 1)  # until the starter closes its end: all at once, at each item
        try:
            claims(store, name, item_id)
            said[item_id] = "won"
        except CuratorError as error:
            said[item_id] = f"{error.reason} {error.data.get('editor')}"
    os.write(1, (json.dumps(said) + "\\n").encode())

for n in range(racers):  # forked: what is loaded already need not be loaded by each
    if os.fork() == 0:
        race(f"editor{n}")
        os._exit(0)
for _, start in rounds:
    for _ in range(racers):
        os.read(ready, 1)
    os.close(start)
for _ in range(racers):
    os.wait()
"""


def test_of_processes_that_race_for_an_item_exactly_one_gets_it(store: Store) -> None:
    source_id = a_source(store)
    item_ids = [
        a_queued_item(store, source_id=source_id, guid=str(n), url=f"https://blog.example/{n}")
        for n in range(ITEMS)
    ]
    url = store.url.render_as_string(hide_password=False)
    tests = str(Path(__file__).parents[1])

    ended = subprocess.run(
        [sys.executable, "-c", RACE, tests, url, str(RACERS), *map(str, item_ids)],
        check=True,
        capture_output=True,
        text=True,
    )

    outcomes = [json.loads(line) for line in ended.stdout.splitlines()]
    with store.read() as tx:
        holders = {item.id: item.editor for item in tx.items.many(item_ids)}
        claims = Counter(event.item_id for event in tx.events.find(moves=["claim"], limit=500))
    assert len(outcomes) == RACERS
    assert set(claims.values()) == {1}
    for item_id in item_ids[1:]:
        said = Counter(outcome[str(item_id)] for outcome in outcomes)
        assert said == {"won": 1, f"claimed_by_other {holders[item_id]}": RACERS - 1}
