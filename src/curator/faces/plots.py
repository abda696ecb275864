"""Small plots as SVG, for a page without scripts.  (pure)

Lengths across are per cent, so that a telephone and a desk get the same words
at the same size; what belongs together differs by shape, filled or outlined,
and not by colour alone. Colours are the page's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import TypeAlias

from markupsafe import Markup, escape

LINE = 20  # pixels: a line of words
BAR = 14
GAP = 12
FILLED, OUTLINED = "filled", "outlined"
SHARE_FOR_BARS = 70  # per cent: the rest is for the number behind the longest
LONGEST = 38  # characters of a label, on the narrowest telephone
HEIGHT = 180  # of a course


@dataclass(frozen=True, slots=True)
class Bar:
    """`length` in whatever unit the others of its shape have; `words` stand behind it."""

    length: float
    words: str
    shape: str = FILLED


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """Each row a label with its bars below. Not `shared`: what is outlined has a scale of its own."""

    rows: tuple[Row, ...]
    shared: bool = True


@dataclass(frozen=True, slots=True)
class Point:
    """One step of a course: how high it stands, and what was added and taken away."""

    label: str
    height: int
    more: int = 0
    less: int = 0


@dataclass(frozen=True, slots=True)
class Course:
    """A line through time, and below it what came (filled) and what went (outlined)."""

    points: tuple[Point, ...]


Plot: TypeAlias = Bars | Course


def drawn(plot: Plot, *, name: str, title: str, told: str) -> Markup:
    """The SVG; `told` says in words what is to be seen. `name`: of its parts, one of its own on the page."""
    inner, height = _bars(plot) if isinstance(plot, Bars) else _course(plot)
    return Markup(
        '<svg role="img" class="plot" width="100%" height="{height}" aria-labelledby="{name}-t {name}-d">'
        '<title id="{name}-t">{title}</title><desc id="{name}-d">{told}</desc>{inner}</svg>'
    ).format(height=height, name=name, title=title, told=told, inner=inner)


def _bars(plot: Bars) -> tuple[Markup, int]:
    longest = {
        shape: max((bar.length for row in plot.rows for bar in row.bars if bar.shape == shape), default=0)
        for shape in (FILLED, OUTLINED)
    }
    if plot.shared:
        longest = dict.fromkeys(longest, max(longest.values()))
    pieces: list[Markup] = []
    top = 0
    for row in plot.rows:
        pieces.append(_words(0, top + LINE - 6, _short(row.label), kind="label"))
        top += LINE
        for bar in row.bars:
            share = bar.length / longest[bar.shape] * SHARE_FOR_BARS if longest[bar.shape] else 0.0
            pieces.append(_rect(0, top, share, BAR, bar.shape))
            pieces.append(_words(share, top + BAR - 2, bar.words, kind="number", shift=6))
            top += BAR + 4
        top += GAP
    return Markup("").join(pieces), max(top - GAP, LINE)


def _course(plot: Course) -> tuple[Markup, int]:
    points = plot.points
    highest = max((point.height for point in points), default=0)
    most = max((max(point.more, point.less) for point in points), default=0)
    pieces = [
        _words(0, LINE - 6, str(highest), kind="number"),
        _rule(LINE),
        _line(points, highest=highest),
        _rule(LINE + HEIGHT),
    ]
    below = LINE + HEIGHT + LINE // 2
    width = 100 / max(len(points), 1)
    for n, point in zip(count(), points):
        for at, number, shape in ((0.05, point.more, FILLED), (0.5, point.less, OUTLINED)):
            if number:
                tall = round(number / most * HEIGHT / 3, 1)
                bottom = below + HEIGHT / 3
                pieces.append(_rect((n + at) * width, bottom - tall, width * 0.4, tall, shape))
    foot = round(below + HEIGHT / 3)
    pieces.append(_rule(foot))
    if points:
        pieces.append(_words(0, foot + LINE - 4, points[0].label, kind="label"))
    if len(points) > 1:
        pieces.append(_words(100, foot + LINE - 4, points[-1].label, kind="label", anchor="end"))
    return Markup("").join(pieces), foot + LINE + 4


def _short(label: str) -> str:
    return label if len(label) <= LONGEST else f"{label[: LONGEST - 1].rstrip()}…"


def _line(points: Sequence[Point], *, highest: int) -> Markup:
    """Stretched across, with a pen that is not."""
    steps = len(points)
    places = [
        (round((n + 0.5) * 1000 / steps, 1), round(100 - point.height / highest * 100 if highest else 100, 1))
        for n, point in enumerate(points)
    ]
    if steps == 1:  # one point is no line
        places = [(0, places[0][1]), (1000, places[0][1])]
    return Markup(
        '<svg x="0" y="{top}" width="100%" height="{height}" viewBox="0 0 1000 100" '
        'preserveAspectRatio="none" overflow="visible"><polyline class="line" fill="none" '
        'vector-effect="non-scaling-stroke" points="{points}"/></svg>'
    ).format(top=LINE, height=HEIGHT, points=" ".join(f"{x:g},{y:g}" for x, y in places))


def _rect(left: float, top: float, width: float, height: float, shape: str) -> Markup:
    return Markup('<rect class="{}" x="{:.2f}%" y="{:g}" width="{:.2f}%" height="{:g}"/>').format(
        shape, left, top, max(width, 0.3), height
    )


def _rule(top: float) -> Markup:
    return Markup('<line class="rule" x1="0" x2="100%" y1="{0:g}" y2="{0:g}"/>').format(top)


def _words(
    left: float, base: float, words: str, *, kind: str, shift: int = 0, anchor: str = "start"
) -> Markup:
    return Markup('<text class="{}" x="{:.2f}%" dx="{}" y="{:g}" text-anchor="{}">{}</text>').format(
        kind, left, shift, base, anchor, escape(words)
    )
