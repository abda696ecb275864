"""Pages made to break whoever looks for an article in them: each is given up alone (FAULTS 1 and 17)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from curator.edges.readers import Readers
from curator.model import Article, Unreadable
from curator.settings import ReadSettings

URL = "https://hostile.example/article"
SMALL = ReadSettings(workers=1, cpu_seconds=2.0, memory_bytes=512 * 1024 * 1024)
WORDS = b"<p>" + b"Customers remember a broken promise for years, and they tell everybody. " * 5 + b"</p>"
GOOD = b"<html><head><title>Good</title></head><body><article>" + WORDS + b"</article></body></html>"

HOSTILE = {
    "nested boxes": b"<html><body>" + b"<div>" * 150_000 + WORDS,
    "nested words": b"<html><body><p>" + b"<b><i>" * 50_000 + b"x",
    "nested tables": b"<html><body>" + b"<table><tr><td>" * 20_000 + WORDS,
    "attributes": b"<html><body " + b" ".join(b"a%d=1" % n for n in range(80_000)) + b">" + WORDS,
    "headings that lead away": b"<html><body>" + b"<h2><a href=/x>y</a></h2><p>z" * 60_000,
    "machine data": b"<html><head>" + b"<script type=application/ld+json>[" * 3_000 + b"</script>" + WORDS,
    "unclosed comment": b"<html><body>" + b"<!--" * 500_000 + WORDS,
    "long words": b"<html><body><p>" + b"a" * 900_000,
}


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    with Readers(SMALL) as started:
        yield started


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_page_is_given_up_or_survived_and_the_next_is_read(readers: Readers, body: bytes) -> None:
    outcome = readers.article(body, content_type="text/html", url=URL)

    if isinstance(outcome, Unreadable):
        assert outcome.code.startswith("read_")
    else:
        assert len(outcome.html) < 500_000
    assert isinstance(readers.article(GOOD, content_type="text/html", url=URL), Article)
