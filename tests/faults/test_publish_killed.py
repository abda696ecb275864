"""kill -9 during a publish: readers find whole files, and the next run completes what was begun."""

from __future__ import annotations

import hashlib
import http.client
import subprocess
import sys
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lxml import etree

from answering import answering
from builders import ITALIAN, MARTA, NOW, SETTINGS, a_queued_item, a_source
from curator.curate.usecases import approve, write
from curator.curate.writing import Writing
from curator.publish.manifest import load
from curator.publish.usecases import publish_due, publish_edition
from curator.settings import PublishSettings, Settings
from curator.store import Store

A = "{http://www.w3.org/2005/Atom}"

# What must last ends in a sync or a rename: dying there is dying anywhere that matters. First everything is
# synced at once, and the list of what comes; then there are as many renames as files, and the manifest's.
NEVER = 9999
AT_THE_MANIFEST = -1
DYING = """
import os, sys
from pathlib import Path
from datetime import datetime
sys.path[:0] = sys.argv[5:]
from dataclasses import replace
from builders import ITALIAN, MARTA, SETTINGS
from curator.publish.usecases import publish_edition
from curator.settings import PublishSettings
from curator.store import Store
left = int(sys.argv[1])
at_the_manifest = left < 0
def counted(real):
    def dying(*args):
        global left
        if left == 0 or (at_the_manifest and str(args[-1]).endswith("/.curator-files.json")):
            os.kill(os.getpid(), 9)
        left -= 1
        return real(*args)
    return dying
os.fsync = counted(os.fsync)
Path.replace = counted(Path.replace)
newsroom = Path(sys.argv[3])
settings = replace(SETTINGS, newsroom=newsroom, publish=PublishSettings(directory=newsroom / "public"))
now = datetime.fromisoformat(sys.argv[4])
publish_edition(Store(sys.argv[2]), settings, edition=ITALIAN, by=MARTA, now=now)
"""


@pytest.mark.parametrize("moment", [0, 30, AT_THE_MANIFEST, NEVER])
def test_killed_at_any_moment_the_next_publish_completes(
    sqlite_store: Store, tmp_path: Path, moment: int
) -> None:
    settings = replace(SETTINGS, newsroom=tmp_path, publish=PublishSettings(directory=tmp_path / "public"))
    ids = [a_ready_item(sqlite_store, settings, n) for n in range(3)]

    died = run_and_die(sqlite_store, tmp_path, moment=moment)
    found = the_files(tmp_path / "public")
    told = load(tmp_path / "public")
    was_due = publish_due(sqlite_store, settings, edition=ITALIAN, now=NOW)
    publish_edition(sqlite_store, settings, edition=ITALIAN, by=MARTA, now=NOW + timedelta(hours=1))
    whole = the_files(tmp_path / "public")

    assert (died == -9) == (moment < NEVER)
    assert was_due == (moment < NEVER)
    assert bool(told.files) == (moment == NEVER)
    assert found == {path: whole[path] for path in found}
    feed = etree.fromstring((tmp_path / "public" / "feed.atom").read_bytes())
    assert len(feed.findall(f"{A}entry")) == len(ids)
    assert {e.findtext(f"{A}published") for e in feed.findall(f"{A}entry")} == {NOW.isoformat()}
    assert not publish_due(sqlite_store, settings, edition=ITALIAN, now=NOW)


def test_readers_see_nothing_of_a_publish_that_was_killed_before_its_end(
    sqlite_store: Store, tmp_path: Path
) -> None:
    """Neither those who were served while it died, nor those who come after `serve` has begun anew."""
    public = tmp_path / "public"
    settings = replace(SETTINGS, newsroom=tmp_path, publish=PublishSettings(directory=public))
    a_ready_item(sqlite_store, settings, 0)
    publish_edition(sqlite_store, settings, edition=ITALIAN, by=MARTA, now=NOW)
    a_ready_item(sqlite_store, settings, 1)
    old = load(public).files

    with answering(sqlite_store, published=settings) as running:
        before = answers(running, [*old][::2])  # the others are looked for on the disk
        died = run_and_die(sqlite_store, tmp_path, moment=AT_THE_MANIFEST)
        after = answers(running, old)
    with answering(sqlite_store, published=settings) as running:
        anew = answers(running, old)

    assert died == -9
    assert hashlib.sha256((public / "feed.atom").read_bytes()).hexdigest() != old["feed.atom"].digest
    whole = {path: (200, file.digest) for path, file in old.items()}
    assert (after, anew) == (whole, whole)
    assert before.items() <= whole.items()


def answers(running: Settings, paths: Iterable[str]) -> dict[str, tuple[int, str]]:
    """What each file is answered with: the status, and the digest of what comes."""
    where = urlsplit(running.serve.public_url or "")
    heard = {}
    with closing(http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)) as line:
        for path in paths:
            line.request("GET", f"/{path}")
            answer = line.getresponse()
            heard[path] = (answer.status, hashlib.sha256(answer.read()).hexdigest())
    return heard


def the_files(directory: Path) -> dict[str, bytes]:
    """What readers could ask for."""
    found = {path.relative_to(directory): path for path in directory.rglob("*") if path.is_file()}
    return {str(name): path.read_bytes() for name, path in found.items() if not str(name).startswith(".")}


def a_ready_item(store: Store, settings: Settings, n: int) -> int:
    item_id = a_queued_item(store, source_id=a_source(store, url=f"https://{n}.example/feed"))
    desk = {"by": MARTA, "settings": settings, "edition": ITALIAN, "now": NOW}
    write(store, item_id, Writing(headline=f"Titolo {n}", note="Nota."), **desk)  # type: ignore[arg-type]  # a dict
    approve(store, [item_id], **desk)  # type: ignore[arg-type]  # of several types
    return item_id


def run_and_die(store: Store, newsroom: Path, *, moment: int) -> int:
    arguments = [str(moment), str(store.url), str(newsroom), NOW.isoformat(), *sys.path]
    return subprocess.run([sys.executable, "-c", DYING, *arguments], check=False).returncode
