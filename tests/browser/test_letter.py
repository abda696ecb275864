"""The mail's HTML in a real browser, by daylight at a desk and in the dark on a telephone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from browsing import (
    NARROW,
    OF_COLOUR_AND_ROOM,
    STICKS_OUT,
    TINY_TEXT,
    WIDE,
    Reader,
    Scheme,
)
from drawing import jpeg
from letters import an_issue_of, hostile, rich

KINDS = {"rich": rich, "hostile": hostile}
TABLET = {"width": 640, "height": 900}


@pytest.fixture(scope="module", params=list(KINDS))
def letter(
    request: pytest.FixtureRequest, reader: Reader, tmp_path_factory: pytest.TempPathFactory
) -> Reader:
    """Opened from a file, as a mail is: there is no site around it. Its pictures come from no network."""
    file: Path = tmp_path_factory.mktemp("letter") / "letter.html"
    file.write_text(an_issue_of(KINDS[request.param]()).letter.html, encoding="utf-8")
    reader.page.route(
        re.compile("^https:"), lambda route: route.fulfill(body=jpeg(), content_type="image/jpeg")
    )
    reader.show()
    reader.open(file.as_uri())
    for scheme, size, name in (("light", WIDE, "light-wide"), ("dark", NARROW, "dark-narrow")):
        reader.show(size=size, color_scheme=scheme)  # type: ignore[arg-type]  # it is one of the two
        reader.photograph(f"letter-{request.param}-{name}")
    return reader


def test_axe_finds_nothing_by_day(letter: Reader) -> None:
    letter.show(color_scheme="light")

    assert letter.faults() == []


def test_axe_finds_nothing_in_the_dark_on_a_telephone(letter: Reader) -> None:
    letter.show(size=NARROW, color_scheme="dark")

    assert letter.faults(*OF_COLOUR_AND_ROOM) == []


@pytest.mark.parametrize("size", [NARROW, TABLET, WIDE], ids=["320", "640", "1440"])
def test_nothing_is_wider_than_the_window(letter: Reader, size: dict[str, int]) -> None:
    letter.show(size=size)

    assert letter.ask(STICKS_OUT) == []


def test_no_text_is_too_small_to_read(letter: Reader) -> None:
    letter.show(size=NARROW)

    assert letter.ask(TINY_TEXT) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sheet_is_as_dark_as_the_room(letter: Reader, scheme: Scheme) -> None:
    letter.show(color_scheme=scheme)
    paper = letter.ask("() => getComputedStyle(document.querySelector('.sheet')).backgroundColor")

    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(30, 30, 28)"}[scheme]


def test_nobody_is_asked_for_anything_but_our_pictures(letter: Reader) -> None:
    assert {url for url in letter.noticed.asked if not url.startswith("file:")} <= {
        f"https://rassegna.example/pictures/{'5a' * 32}.jpg"
    }
    assert letter.noticed.refused == []
    assert letter.ask("() => [...document.images].every(one => one.naturalWidth > 0)")
