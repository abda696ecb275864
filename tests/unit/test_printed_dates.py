"""Dates as pages print them."""

from __future__ import annotations

import pytest

from curator.model import Lang
from curator.text.printed import day_first, printed


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("12 settembre 2026", "2026-09-12"),
        ("Pubblicato il 1° settembre 2026 alle 9:05", "2026-09-01"),
        ("ven 18 set 2026", "2026-09-18"),
        ("Sept 3, 2026", "2026-09-03"),
        ("By Ada | September 12th, 2026 | 5 min read", "2026-09-12"),
        ("Thursday, 12 March 2026", "2026-03-12"),
        ("May 5, 2026", "2026-05-05"),
        ("12-Sep-2026", "2026-09-12"),
        ("le 1er septembre 2026 à 10h30", "2026-09-01"),
        ("19 août 2026", "2026-08-19"),
        ("4. September 2026", "2026-09-04"),
        ("3. März 2026", "2026-03-03"),
        ("12 de septiembre de 2026", "2026-09-12"),
        ("12 de septiembre del 2026", "2026-09-12"),
        ("2026-09-12T23:30:00+02:00", "2026-09-12"),
        ("2026/9/2", "2026-09-02"),
        ("3.9.2026", "2026-09-03"),
        ("25/09/26", "2026-09-25"),
    ],
)
def test_a_whole_date_is_read(said: str, meant: str) -> None:
    moment = printed(said, day_first=True)

    assert moment is not None
    assert moment.date().isoformat() == meant


@pytest.mark.parametrize(
    "said",
    [
        "",
        "3 giorni fa",
        "yesterday",
        "12 settembre",
        "settembre 2026",
        "31/02/2026",
        "12 hours 2026",
        "1.2.3",
        "v10.4.2026.7",
    ],
)
def test_half_a_date_is_none(said: str) -> None:
    assert printed(said, day_first=True) is None


@pytest.mark.parametrize(
    ("texts", "language", "first"),
    [
        (["03/09/2026"], "it", True),
        (["03/09/2026"], "en-GB", True),
        (["03/09/2026"], "en-US", False),
        (["03/09/2026"], "en", False),
        (["03/09/2026", "25/09/2026"], "en-US", True),
        (["03/09/2026", "09/25/2026"], "it", False),
        ([], None, True),
    ],
)
def test_the_page_decides_what_comes_first(texts: list[str], language: str | None, *, first: bool) -> None:
    assert day_first(texts, language=Lang(language) if language else None) is first


def test_an_ambiguous_date_is_read_as_the_page_writes_them() -> None:
    assert [str(printed("03/09/2026", day_first=first))[:10] for first in (True, False)] == [
        "2026-09-03",
        "2026-03-09",
    ]
