"""What the house's own pages owe: their two whole articles, their welded sources, their nameless "I"."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from curator.curate.attributing import first_person
from curator.mastheads import masthead_at, prefixed
from curator.model import Excerpt, Lang, SafeHtml
from curator.quotation import policy_of, too_long
from curator.settings import QuotationSettings
from curator.text import addresses

CUT = re.compile(r"\s*Contin(?:ua a leggere|ue reading).*")


@pytest.fixture(scope="module")
def lines(shared: Path) -> dict[str, list[str]]:
    """Each page by its number: its lines that are not blank, without their read-more echoes."""
    return {
        path.name[:3]: [
            CUT.sub("", line).strip(" \xa0\t")
            for line in path.read_text(encoding="utf-8").splitlines()
            if line.strip(" \xa0\t")
        ]
        for path in (shared / "seeds").glob("*.txt")
    }


def quoted(lines: dict[str, list[str]], file: str, start: int, end: int) -> str:
    return "\n\n".join(lines[file][start - 1 : end - 1])


@pytest.mark.parametrize(("file", "start", "end"), [("002", 2, 3), ("004", 4, 8)])
def test_the_two_whole_articles_exceed_the_policy_that_is_shipped(
    lines: dict[str, list[str]], file: str, start: int, end: int
) -> None:
    words = len(quoted(lines, file, start, end).split())

    over = too_long(words, policy_of(None, QuotationSettings()), original_words=words)

    assert over is not None
    assert (over.most, over.share) == (max(250, words // 2), 100)


def test_the_longest_teaser_does_not(lines: dict[str, list[str]]) -> None:
    words = len(quoted(lines, "004", 12, 17).split())

    assert too_long(words, policy_of(None, QuotationSettings()), original_words=words) is None


@pytest.mark.parametrize(
    ("file", "start", "end", "says_i"),
    [
        ("000", 12, 16, True),  # "After the popular post I wrote"
        ("004", 12, 17, True),  # "In my recent report"
        ("000", 4, 8, False),  # only people who are quoted say it
        ("003", 13, 15, False),
        ("001", 3, 11, False),
    ],
)
def test_first_person_teasers_without_an_author_are_seen(
    lines: dict[str, list[str]], file: str, start: int, end: int, *, says_i: bool
) -> None:
    words = quoted(lines, file, start, end)

    spoken = first_person(Excerpt(html=SafeHtml(""), text=words, language=Lang("en"), truncated=True))

    assert (spoken is not None) is says_i


def test_every_source_that_a_page_names_is_found_also_the_two_in_one(lines: dict[str, list[str]]) -> None:
    found = {file: [url for line in said for url in addresses(line)] for file, said in lines.items()}

    assert {file: len(urls) for file, urls in found.items()} == {
        "000": 0,
        "001": 0,
        "002": 1,
        "003": 2,
        "004": 1,
    }
    mastheads = [masthead.name for url in found["003"] if (masthead := masthead_at(url))]
    assert mastheads == ["strategy+business", "Harvard Business Review"]


def test_the_publication_before_a_headline_is_understood_and_no_other_colon(
    lines: dict[str, list[str]],
) -> None:
    named = [said.masthead.name for page in lines.values() for line in page if (said := prefixed(line))]

    assert named == ["Harvard Business Review"]
