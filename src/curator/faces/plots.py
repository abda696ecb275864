"""Small plots as SVG, for a page without scripts.  (pure)

Lengths across are per cent, so that a telephone and a desk get the same words
at the same size; what belongs together differs by shape, filled or outlined,
and not by colour alone. Colours are the page's.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from markupsafe import Markup, escape

LINE = 20  # pixels: a line of words
BAR = 14
GAP = 12
INSIDE = 8  # of a bar within another
FILLED, OUTLINED, LINED = "filled", "outlined", "line"
SHARE_FOR_BARS = 70  # per cent: the rest is for the number behind the longest
LONGEST = 38  # characters of a line of a label, on the narrowest telephone
LINES = 3
HEIGHT = 180  # of a course


@dataclass(frozen=True, slots=True)
class Bar:
    """`length` in the unit of all the others; `words` stand behind it. A length of 0 draws none."""

    length: float
    words: str
    shape: str = FILLED


@dataclass(frozen=True, slots=True)
class Row:
    """`within`: the first bar lies in the second, of which it is a part; else one below the other."""

    label: str
    bars: tuple[Bar, ...]
    within: bool = False


@dataclass(frozen=True, slots=True)
class Bars:
    """Each row a label with its bars below; all have one scale, which begins at 0."""

    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """One step of a course: how high it stands, and what was added and taken away."""

    label: str
    height: int
    more: int = 0
    less: int = 0


@dataclass(frozen=True, slots=True)
class Course:
    """A line through time, and below it what came (filled) and what went (outlined).

    `height` and `step` are the words at the top of either axis: its number, and of what; both begin at 0.
    """

    points: tuple[Point, ...]
    height: str = ""
    step: str = ""

    @property
    def highest(self) -> int:
        return max((point.height for point in self.points), default=0)

    @property
    def most(self) -> int:
        return max((max(point.more, point.less) for point in self.points), default=0)


Plot: TypeAlias = Bars | Course


def drawn(plot: Plot, *, name: str, title: str, told: str) -> Markup:
    """The SVG; `told` says in words what is to be seen. `name`: of its parts, one of its own on the page."""
    inner, height = _bars(plot) if isinstance(plot, Bars) else _course(plot)
    return Markup(
        '<svg role="img" class="plot" width="100%" height="{height}" aria-labelledby="{name}-t {name}-d">'
        '<title id="{name}-t">{title}</title><desc id="{name}-d">{told}</desc>{inner}</svg>'
    ).format(height=height, name=name, title=title, told=told, inner=inner)


def _bars(plot: Bars) -> tuple[Markup, int]:
    longest = max((bar.length for row in plot.rows for bar in row.bars), default=0)
    pieces: list[Markup] = []
    top = 0
    for row in plot.rows:
        for line in textwrap.wrap(row.label, LONGEST, max_lines=LINES, placeholder="…") or [""]:
            pieces.append(_words(0, top + LINE - 6, line, kind="label"))
            top += LINE
        shares = [bar.length / longest * SHARE_FOR_BARS if longest else 0.0 for bar in row.bars]
        if row.within:
            pieces += _nested(row.bars, shares, top)
            top += BAR + 4
        else:
            for bar, share in zip(row.bars, shares, strict=True):
                pieces += [_rect(0, top, share, BAR, bar.shape), _behind(share, top, bar.words)]
                top += BAR + 4
        top += GAP
    return Markup("").join(pieces), max(top - GAP, LINE)


def _nested(bars: Sequence[Bar], shares: Sequence[float], top: int) -> Iterator[Markup]:
    """The part in front of the whole, and lower than it: both are to be seen, whichever is longer."""
    (part, whole), (share, of) = bars, shares
    yield _rect(0, top, of, BAR, whole.shape)
    yield _rect(0, top + (BAR - INSIDE) / 2, share, INSIDE, part.shape)
    yield _behind(max(share, of), top, f"{part.words} / {whole.words}")


def _behind(share: float, top: int, words: str) -> Markup:
    return _words(share, top + BAR - 2, words, kind="number", shift=6 if share else 0)


def _course(plot: Course) -> tuple[Markup, int]:
    points = plot.points
    pieces = [
        _words(0, LINE - 6, plot.height, kind="number"),
        _rule(LINE),
        _line(points, highest=plot.highest),
        _rule(LINE + HEIGHT),
        _words(0, LINE + HEIGHT + LINE - 6, "0", kind="number"),
    ]
    head = LINE + HEIGHT + LINE + GAP
    pieces += [_words(0, head + LINE - 6, plot.step, kind="number"), _rule(head + LINE)]
    foot = head + LINE + HEIGHT // 3
    width = 100 / max(len(points), 1)
    for n, point in enumerate(points):
        for at, number, shape in ((0.05, point.more, FILLED), (0.5, point.less, OUTLINED)):
            if number:
                tall = round(number / plot.most * HEIGHT / 3, 1)
                pieces.append(_rect((n + at) * width, foot - tall, width * 0.4, tall, shape))
    pieces += [_rule(foot), _words(0, foot + LINE - 6, "0", kind="number")]
    pieces += _dates(points, foot + LINE, width=width)
    return Markup("").join(pieces), foot + 2 * LINE + 4


def _dates(points: Sequence[Point], top: int, *, width: float) -> Iterator[Markup]:
    """Below the middle of the steps that they name: five, of which a telephone shows three."""
    last = len(points) - 1
    for nth, at in enumerate(sorted({round(last * quarter / 4) for quarter in range(5)}) if points else ()):
        anchor = "start" if at == 0 else "end" if at == last else "middle"
        left = 0 if at == 0 else 100 if at == last else (at + 0.5) * width
        kind = "label roomy" if nth % 2 else "label"
        yield _words(left, top + LINE - 4, points[at].label, kind=kind, anchor=anchor)


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
    if not width or not height:
        return Markup("")
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
