"""Files of the corpus, each as a source of its own, polled over HTTP twice: stored is what is read of it.

Every second one; all of them in `make proof`. That feedparser reads the same is for tests/corpus to prove.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest

from corpus.oracle import Oracle, Reading
from curator.faces.clock import utcnow
from curator.ingest.feeds.parse import parse
from curator.model import ParsedFeed
from curator.store import Store
from newsroom import Newsroom
from proving import PROOF

POLLED = 1 if PROOF else 3
COMPARED = 1 if PROOF else 3
"""Of those polled, so many are read once more and compared entry by entry."""


def address(position: int) -> str:
    """A loopback address of its own, so that politeness to one host does not delay another."""
    return f"127.7.{position // 200}.{1 + position % 200}"


@pytest.fixture
def oracle(shared: Path) -> Oracle:
    return Oracle(shared / "corpus")


@pytest.fixture
def followed(newsroom: Newsroom, oracle: Oracle) -> dict[str, str]:
    """Address by file; the newsroom follows all of them and keeps its default gap between requests."""
    del newsroom.environ["CURATOR_FETCH__PER_HOST_GAP"]
    urls = {}
    for position, file in enumerate(oracle.files[::POLLED]):
        newsroom.web[f"/{file}"] = oracle.body(file)
        urls[file] = newsroom.web.url(f"/{file}", host=address(position))
    outlines = "".join(f"<outline type='rss' xmlUrl={quoteattr(url)}/>" for url in urls.values())
    opml = newsroom.folder / "corpus.opml"
    opml.write_text(f"<opml version='2.0'><body>{outlines}</body></opml>", encoding="utf-8")
    assert newsroom.ask("source", "import", opml)["added"] == len(urls)
    return urls


def test_the_corpus_is_polled_and_stored_as_it_is_read(
    newsroom: Newsroom, oracle: Oracle, followed: dict[str, str]
) -> None:
    first = newsroom.ask("poll")
    second = newsroom.ask("poll", "--all")

    assert (first["sources"], first["fetched"], first["failed"]) == (len(followed), len(followed), 0)
    assert (second["new"], second["revised"], second["failed"]) == (0, 0, 0)
    stored = stored_readings(newsroom)
    assert first["new"] == sum(len(source.readings) for source in stored.values())
    for file, url in list(followed.items())[::COMPARED]:
        document = parse(oracle.body(file), content_type=None, url=url, now=utcnow())
        assert isinstance(document, ParsedFeed)
        assert stored[url].title == document.title
        assert_all_is_stored(document, stored[url].readings, url)


class Stored:
    def __init__(self, title: str, readings: Sequence[Reading]) -> None:
        self.title = title
        self.readings = readings


def stored_readings(newsroom: Newsroom) -> dict[str, Stored]:
    store = Store(f"sqlite:///{newsroom.folder / 'data/curator.db'}")
    with store.read() as tx:
        found = {
            source.url: Stored(
                "" if source.name == source.url else source.name,
                [
                    Reading(e.guid, e.url, e.title, e.published)
                    for e in tx.entries.find(source_id=source.id, limit=None)[1]
                ],
            )
            for source in tx.sources.find(limit=None)[1]
        }
    store.close()
    return found


def assert_all_is_stored(document: ParsedFeed, stored: Sequence[Reading], url: str) -> None:
    """What a document says twice is stored once; all else is stored as it is said, and nothing besides."""
    left = Counter(stored)
    said_twice_is_stored_once = []
    for entry in document.entries:
        reading = Reading(entry.guid, entry.url, entry.title, entry.published)
        if left[reading]:
            left[reading] -= 1
        else:
            said_twice_is_stored_once.append(reading)
    assert not +left, f"{url}: stored, but not said: {+left}"
    for reading in said_twice_is_stored_once:
        assert any(
            (reading.guid and reading.guid == other.guid) or reading[1:3] == other[1:3] for other in stored
        ), f"{url}: said, but not stored: {reading}"
