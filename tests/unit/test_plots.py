"""Plots: what they draw is as long as what they say."""

from __future__ import annotations

from lxml import html

from curator.faces.plots import LONGEST, OUTLINED, Bar, Bars, Course, Plot, Point, Row, drawn


def rects(plot: Plot) -> list[tuple[str, float]]:
    """What each is and how wide, in per cent."""
    svg = html.fromstring(str(drawn(plot, name="p", title="Plot", told="Told.")))
    return [(each.attrib["class"], float(each.attrib["width"].rstrip("%"))) for each in svg.iter("rect")]


def words(plot: Plot, kind: str = "label") -> list[str]:
    svg = html.fromstring(str(drawn(plot, name="p", title="Plot", told="Told.")))
    return [each.text or "" for each in svg.iter("text") if each.attrib["class"].split()[0] == kind]


def of_source(published: int, seen: int) -> Row:
    return Row("A", (Bar(published, str(published)), Bar(seen, str(seen), OUTLINED)), within=True)


def test_a_part_and_its_whole_have_one_scale() -> None:
    plot = Bars((of_source(5, 5), of_source(5, 1000)))

    [(_, small), (_, all_of_it), (_, large), (_, a_little)] = rects(plot)

    assert (large, small) == (70, all_of_it)
    assert a_little == small
    assert words(plot, "number") == ["5 / 5", "5 / 1000"]


def test_nothing_draws_nothing() -> None:
    assert rects(Bars((Row("A", (Bar(0, "0"), Bar(0, "–", OUTLINED))), of_source(0, 0)))) == []
    assert [shape for shape, _ in rects(Bars((of_source(0, 7),)))] == ["outlined"]


def test_a_long_label_goes_on_in_another_line_and_loses_no_word() -> None:
    label = "unknown: a wall, a server that is down, robots.txt"
    lines = words(Bars((Row(label, (Bar(1, "1"),)),)))

    assert " ".join(lines) == label
    assert max(map(len, lines)) <= LONGEST


def test_a_course_says_of_what_its_axes_are_from_nought_up_and_when() -> None:
    points = tuple(Point(f"2026-01-{day:02}", day, more=day % 3) for day in range(1, 31))
    plot = Course(points, height="30 confirmed", step="2 joined or left in a week")

    assert words(plot, "number") == ["30 confirmed", "0", "2 joined or left in a week", "0"]
    assert words(plot) == ["2026-01-01", "2026-01-08", "2026-01-15", "2026-01-23", "2026-01-30"]


def test_a_course_of_one_step_or_none_is_drawn_too() -> None:
    assert words(Course((Point("2026-01-01", 3),))) == ["2026-01-01"]
    assert words(Course(())) == []
