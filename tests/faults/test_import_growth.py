"""Twice the text is twice the work: no post may stop an import, however odd what stands in it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import process_time

import pytest

from anatomised import ENGLISH, NOTE, taken_apart
from curator.importing import feed, wordpress, wxr
from curator.importing.typography import typeset_text
from curator.model import ParsedFeed, SourceKind
from telling import a_told_entry
from wxr import TAIL, Exported, head, written

LONGER = 8
"""Times as much text: as many times the work where it is read once, 64 times where at each place anew."""
FAR_MORE = 26


def work(of: Callable[[str], object], text: str) -> float:
    """Processor seconds of this process."""
    begun = process_time()
    of(text)
    return process_time() - begun


def grows_with_its_length(of: Callable[[str], object], text: Callable[[int], str], n: int) -> bool:
    """Also where so little is done that its seconds tell nothing."""
    little = min(work(of, text(n)) for _ in range(3))
    return work(of, text(n * LONGER)) < FAR_MORE * max(little, 0.001)


@pytest.mark.parametrize(
    "text",
    [
        lambda n: '"a ' + 'b" ' * n,
        lambda n: "1x1 " + "1." * n,
        lambda n: "1x1 " + "1," * n + "x",
        lambda n: "1x1 " + "1x" * n,
        lambda n: "'a " + "9' " * n,
    ],
    ids=["marks", "points", "commas", "times", "feet"],
)
def test_typography(text: Callable[[int], str]) -> None:
    assert grows_with_its_length(typeset_text, text, 2_000)


@pytest.mark.parametrize(
    "text",
    [
        lambda n: "[caption " + "a-" * n + "]x[/caption]",
        lambda n: "[caption a" + " " * n + "]x[/caption]",
        lambda n: "<pre>" * n,
        lambda n: "<svg>" * n + "</pre>" * n,
        lambda n: "<div>" * n + "</td>" * n,
        lambda n: "<p>x</p>\n" * n + "</div>" * n,
    ],
    ids=["caption", "blanks", "pre", "svg", "div", "closed"],
)
def test_a_posts_content(text: Callable[[int], str]) -> None:
    assert grows_with_its_length(wordpress.rendered, text, 1_000)


@pytest.mark.parametrize(
    ("text", "n"),
    [
        (lambda n: "<wp:post_type>" + " " * n + "x", 100),
        (lambda n: ("<wp:post_type>" + " " * 20 + "x") * n, 100),
        (lambda n: "<title>" + " " * n + "<wp:b>\x00", 1_000),
        (lambda n: "<category " + "a-" * n + ">\x00", 1_000),
        (lambda n: "<title>" * n + "\x00", 300),
    ],
    ids=["kind", "kinds", "title", "attribute", "titles"],
)
def test_an_exports_items(tmp_path: Path, text: Callable[[int], str], n: int) -> None:
    def read(said: str) -> None:
        path = written(tmp_path, head() + f"<item>{said}</item>" + Exported(content=said).xml() + TAIL)
        assert list(wxr.read(path))

    assert grows_with_its_length(read, text, n)


@pytest.mark.parametrize(
    "text",
    [
        lambda n: f"<p>NOTA AICEX: {NOTE}</p>" + "<p>Sì.</p>" * n,
        lambda n: f"<p>NOTA AICEX: {NOTE} " + "Una frase breve di prova per noi. " * n + "</p>",
        lambda n: "<p>Source:</p>" * n,
        lambda n: f"<p>{ENGLISH}</p><p>Source: https://x.example/ x" + "-" * 20 * n + "x</p>",
    ],
    ids=["paragraphs", "sentences", "labels", "dashes"],
)
def test_what_is_made_of_a_post(text: Callable[[int], str]) -> None:
    assert grows_with_its_length(taken_apart, text, 300)


def test_a_feeds_text() -> None:
    empty = ParsedFeed(
        kind=SourceKind.FEED,
        format="rss",
        title="",
        home_url=None,
        language=None,
        license=None,
        ttl=None,
        hub_url=None,
        entries=(),
    )

    def told(said: str) -> None:
        entry = replace(a_told_entry(), said=said)
        assert list(feed.originals(replace(empty, entries=(entry,)), place="feed"))

    assert grows_with_its_length(told, lambda n: "<input " * n, 2_000)
