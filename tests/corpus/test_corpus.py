"""Every file of the corpus, read as a poll reads it, against feedparser's own reading.

The end-to-end way (served over HTTP, polled twice) is in tests/acceptance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from corpus.oracle import RULES, Difference, Oracle, Reading
from curator.edges.readers import Readers
from curator.ingest.feeds import leaving, lenient, strict
from curator.ingest.feeds.references import mended
from curator.ingest.feeds.stated import StatedFeed
from curator.model import ParsedFeed, Unreadable
from curator.settings import ReadSettings
from curator.text import clean
from proving import PROOF

NOW = datetime(2026, 11, 22, tzinfo=UTC)
STEP = 1 if PROOF else 3
"""Where each file is read twice more, every second one; all of them in `make proof`."""

Outcomes = Mapping[str, ParsedFeed | Unreadable]


def served_from(file: str) -> str:
    return f"https://corpus.example/feeds/{file}"


@pytest.fixture(scope="module")
def oracle(shared: Path) -> Oracle:
    return Oracle(shared / "corpus")


@pytest.fixture(scope="module")
def outcomes(oracle: Oracle) -> Outcomes:
    with Readers(ReadSettings()) as readers:
        return {
            file: readers.read(oracle.body(file), content_type=None, url=served_from(file), now=NOW)
            for file in oracle.files
        }


@pytest.fixture(scope="module")
def differences(oracle: Oracle, outcomes: Outcomes) -> list[Difference]:
    return [
        difference
        for file, feed in outcomes.items()
        if isinstance(feed, ParsedFeed)
        for difference in oracle.differences(
            file,
            feed_title=feed.title,
            readings=[Reading(e.guid, e.url, e.title, e.published) for e in feed.entries],
            url=served_from(file),
            now=NOW,
        )
    ]


def test_every_file_is_read(outcomes: Outcomes) -> None:
    assert {file: outcome for file, outcome in outcomes.items() if isinstance(outcome, Unreadable)} == {}


def test_every_difference_from_feedparser_has_a_reason(differences: list[Difference]) -> None:
    assert [difference for difference in differences if difference.rule is None] == []


def test_every_reason_is_needed(differences: list[Difference]) -> None:
    assert {difference.rule for difference in differences} == RULES


def test_the_strict_reader_reads_what_feedparser_reads(oracle: Oracle) -> None:
    both = {
        file: (quick, lenient.read(body, content_type="application/xml", url=served_from(file)))
        for file in oracle.files[::STEP]
        if (body := mended(oracle.body(file)))
        and (quick := strict.read(body, content_type="application/xml", url=served_from(file)))
    }

    assert [file for file, (quick, judge) in both.items() if quick != judge] == []
    assert len(both) > 150 / STEP


def test_feedparser_reads_the_same_of_what_remains_when_the_known_is_left_out(oracle: Oracle) -> None:
    compared = 0
    different = []
    for file in oracle.files[::3]:  # all of them take a minute
        document = strict.as_utf8(mended(oracle.body(file)), "application/xml")
        whole = leaving.rest_of(document, url=served_from(file), known=()) if document else None
        if document is None or whole is None:
            continue
        rest = leaving.rest_of(document, url=served_from(file), known=set(whole.hashes[1::2]))
        assert rest is not None
        every, some = (
            lenient.read(body, content_type="application/xml", url=served_from(file))
            for body in (document, rest.body)
        )
        assert isinstance(every, StatedFeed)
        assert isinstance(some, StatedFeed)
        compared += 1
        if replace(every, entries=every.entries[::2]) != some:
            different.append(file)

    assert different == []
    assert compared > 40


def test_what_was_read_is_clean(outcomes: Outcomes) -> None:
    dirty = [
        (file, entry.guid)
        for file, feed in outcomes.items()
        if isinstance(feed, ParsedFeed)
        for entry in feed.entries[:3]
        if clean(entry.html, base_url=None) != entry.html
    ]

    assert dirty == []
