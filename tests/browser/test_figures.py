"""The page of figures in a real browser: by daylight at a desk, in the dark on a telephone, on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from browsing import (
    NARROW,
    STICKS_OUT,
    TINY_TEXT,
    UNKNOWN_STYLE,
    WIDE,
    Reader,
)
from figuring import a_page

# WCAG 2.2, 1.4.11: what is drawn against what it is drawn on.
FAINT_MARKS = """() => {
  const light = words => {
    const [r, g, b] = words.match(/[\\d.]+/g).map(each => each / 255)
      .map(each => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paper = light(getComputedStyle(document.body).backgroundColor);
  const marks = [...document.querySelectorAll('.filled, .outlined, .line, .rule, svg text')].map(each => {
    const drawn = getComputedStyle(each), filled = each.matches('.filled, text');
    const [a, b] = [light(filled ? drawn.fill : drawn.stroke), paper].sort((x, y) => y - x);
    return [each.getAttribute('class'), (a + 0.05) / (b + 0.05), each.matches('text') ? 4.5 : 3];
  });
  return [marks.length, marks.filter(([, found, wanted]) => found < wanted).map(each => each.join(' '))];
}"""

# The number behind a bar, or a label, that runs out of the window.
CUT_OFF = """() => [...document.querySelectorAll('svg text')]
  .filter(each => each.getBoundingClientRect().right > document.documentElement.clientWidth)
  .map(each => each.textContent)"""

OPENED = "() => document.querySelectorAll('details').forEach(each => { each.open = true; })"
HIDDEN_TABLES = "() => [...document.querySelectorAll('table')].filter(each => !each.checkVisibility()).length"
PLOTS = """() => [...document.querySelectorAll('figure > svg')].map(each => ({
  role: each.getAttribute('role'),
  named: each.getAttribute('aria-labelledby').split(' ').every(id => document.getElementById(id).textContent),
  table: !!each.closest('section').querySelector('table'),
}))"""


@pytest.fixture(scope="module")
def at_the_page(reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    path = tmp_path_factory.mktemp("stats") / "index.html"
    path.write_text(a_page("it"), encoding="utf-8")
    reader.open(path.as_uri())
    return reader


def looked_at(reader: Reader, **how: Any) -> list[str]:
    """All that is wrong with it in this light, at this size."""
    reader.show(**how)
    found = reader.faults() if "color_scheme" not in how else reader.faults("color-contrast")
    marks, faint = reader.ask(FAINT_MARKS)
    assert marks > 80
    return [*found, *faint, *reader.ask(STICKS_OUT), *reader.ask(TINY_TEXT), *reader.ask(CUT_OFF)]


def test_anybody_can_read_it_by_day_and_in_the_dark_wide_and_narrow(at_the_page: Reader) -> None:
    at_the_page.photograph("stats-light-wide")
    at_the_page.ask(OPENED)
    by_day = looked_at(at_the_page, size=WIDE)
    in_the_dark = looked_at(at_the_page, size=NARROW, color_scheme="dark")
    at_the_page.photograph("stats-dark-narrow")

    assert [*by_day, *in_the_dark] == []


def test_it_runs_nothing_and_asks_nobody(at_the_page: Reader) -> None:
    noticed = at_the_page.noticed

    assert (noticed.said, noticed.refused) == ([], [])
    assert {url.partition(":")[0] for url in noticed.asked} == {"file"}
    assert at_the_page.page.locator("script").count() == 0


def test_every_plot_says_what_it_shows_and_has_its_numbers_beside_it(at_the_page: Reader) -> None:
    plots = at_the_page.ask(PLOTS)

    assert len(plots) == 8
    assert all(plot == {"role": "img", "named": True, "table": True} for plot in plots)


def test_paper_shows_the_tables_too(at_the_page: Reader) -> None:
    at_the_page.page.reload()
    assert at_the_page.ask(HIDDEN_TABLES) > 0

    at_the_page.show(media="print")

    assert at_the_page.ask(HIDDEN_TABLES) == 0


def test_the_browser_knows_every_word_of_its_style(at_the_page: Reader) -> None:
    style = Path(__file__).parents[2] / "src/curator/faces/templates/stats.css"

    count, unknown = at_the_page.ask(UNKNOWN_STYLE, style.read_text(encoding="utf-8"))

    assert count > 80
    assert unknown == []
