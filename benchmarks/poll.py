"""`make bench-poll`: what a poll of N feeds costs, beside other programs, in one run.

ARGS="--sizes 200 --repeats 1 --programs curator,floor" makes a quick run. Ratios
can be trusted where everything was measured in the same run on a quiet machine.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from farm import Farm, farm
from measure import Cost, measure
from programs import PROGRAMS, Program, present

BARE_FEEDS = 200  # feeds without validators: every body is sent every time
CHANGED = 10  # each tenth feed has news


@dataclass(frozen=True, slots=True)
class Figure:
    """Medians of the repeats of one phase; `rows` were written in it."""

    program: str
    size: int
    phase: str
    cpu: float
    wall: float
    peak: int
    processes: int
    rows: int

    @classmethod
    def of(cls, program: str, size: int, phase: str, runs: Sequence[tuple[Cost, int]]) -> Figure:
        def middle(value: Callable[[Cost], float]) -> float:
            return statistics.median(value(cost) for cost, _ in runs)

        return cls(
            program=program,
            size=size,
            phase=phase,
            cpu=middle(lambda cost: cost.cpu),
            wall=middle(lambda cost: cost.wall),
            peak=max(cost.peak for cost, _ in runs),
            processes=max(cost.processes for cost, _ in runs),
            rows=max(rows for _, rows in runs),
        )


class Bench:
    def __init__(self, folder: Path, *, programs: Sequence[str], repeats: int) -> None:
        self._folder = folder
        self._programs = programs
        self._repeats = repeats
        self._started = 0
        self.figures: list[Figure] = []

    def size(self, size: int) -> None:
        """First poll, all 304, each tenth changed."""
        names = [name for name in self._programs if size <= PROGRAMS[name].most_feeds]
        with farm(self._folder / f"farm-{size}", size) as feeds:
            runs = [(name, self._phases(name, feeds)) for name in names for _ in self._times(name)]
            self._keep(size, runs)

    def bare(self, size: int) -> None:
        """No validators, nothing new but the date on which the document was made."""
        with farm(self._folder / f"bare-{size}", size) as feeds:
            runs = [
                (name, self._unchanged(name, feeds)) for name in self._programs for _ in self._times(name)
            ]
            self._keep(size, runs)

    def _times(self, name: str) -> range:
        return range(min(self._repeats, PROGRAMS[name].most_repeats))

    def _phases(self, name: str, feeds: Farm) -> Iterator[tuple[str, Cost, int]]:
        feeds.write(every=CHANGED)
        program = self._fresh(name, feeds.urls())
        first, rows = self._poll(program)
        yield "first", first, rows
        if feeds.size <= 1000 and (enrich := program.enrich()):
            yield "first, enriched", first + self._measured(program, enrich), rows
        yield "all 304", *self._poll(program)
        feeds.write(edition=1, generation=1, every=CHANGED)
        yield "10 % changed", *self._poll(program)

    def _unchanged(self, name: str, feeds: Farm) -> Iterator[tuple[str, Cost, int]]:
        feeds.write()
        program = self._fresh(name, feeds.urls(bare=True))
        self._poll(program)
        feeds.write(generation=1)
        yield "unchanged, no validators", *self._poll(program)

    def _fresh(self, name: str, urls: Sequence[str]) -> Program:
        self._started += 1
        program = PROGRAMS[name](self._folder / f"{self._started}-{name}")
        program.follow(urls)
        return program

    def _poll(self, program: Program) -> tuple[Cost, int]:
        try:
            before = program.rows()
        except Exception:  # noqa: BLE001  no database yet: newsboat makes it when it polls
            before = 0
        cost = self._measured(program, program.poll())
        return cost, program.rows() - before

    def _measured(self, program: Program, command: Sequence[str | Path]) -> Cost:
        return measure(command, environ=program.environ, output=program.folder / "output")

    def _keep(self, size: int, runs: Sequence[tuple[str, Iterator[tuple[str, Cost, int]]]]) -> None:
        found: dict[tuple[str, str], list[tuple[Cost, int]]] = {}
        for name, phases in runs:
            for phase, cost, rows in phases:
                print(
                    f"{size:5} {name:9} {phase:25} {cost.cpu:7.2f} s CPU {cost.wall:7.2f} s", file=sys.stderr
                )
                found.setdefault((phase, name), []).append((cost, rows))
        self.figures += [Figure.of(name, size, phase, each) for (phase, name), each in found.items()]


def report(figures: Sequence[Figure]) -> Iterator[str]:
    """A table for people, which is Markdown too."""
    yield f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores"
    yield ""
    yield "| N | phase | program | CPU ms/feed | wall ms/feed | feeds/s | PSS MB | processes | rows |"
    yield "|--:|---|---|--:|--:|--:|--:|--:|--:|"
    for figure in sorted(figures, key=lambda figure: (figure.size, _PHASES.index(figure.phase))):
        cpu, wall = 1000 * figure.cpu / figure.size, 1000 * figure.wall / figure.size
        cells = (
            *(figure.size, figure.phase, figure.program),
            *(f"{cpu:.2f}", f"{wall:.2f}", f"{1000 / wall:.0f}"),
            *(f"{figure.peak / 1e6:.0f}", figure.processes, figure.rows),
        )
        yield f"| {' | '.join(map(str, cells))} |"
    yield ""
    yield "| N | phase | curator against | CPU | wall |"
    yield "|--:|---|---|--:|--:|"
    ours = [figure for figure in figures if figure.program == "curator"]
    for one in ours:
        for other in figures:
            if other.program != "curator" and (one.size, _AGAINST.get(one.phase, one.phase)) == (
                other.size,
                other.phase,
            ):
                ratios = f"{one.cpu / other.cpu:.3f} | {one.wall / other.wall:.3f}"
                yield f"| {one.size} | {one.phase} | {other.program} | {ratios} |"
    yield ""
    yield from _growth(figures)


_PHASES = ["first", "first, enriched", "all 304", "10 % changed", "unchanged, no validators"]
_AGAINST = {"first, enriched": "first"}  # the others have nothing of the kind


def _growth(figures: Sequence[Figure]) -> Iterator[str]:
    """What one more feed costs, between two sizes: start-up is in neither."""
    yield "| phase | program | from N to N | CPU ms per feed more | wall ms per feed more |"
    yield "|---|---|---|--:|--:|"
    for phase in _PHASES[:-1]:
        for program in PROGRAMS:
            sized = sorted(
                (figure for figure in figures if (figure.phase, figure.program) == (phase, program)),
                key=lambda figure: figure.size,
            )
            for small, large in pairwise(sized):
                more = large.size - small.size
                cpu, wall = 1000 * (large.cpu - small.cpu) / more, 1000 * (large.wall - small.wall) / more
                yield f"| {phase} | {program} | {small.size} to {large.size} | {cpu:.2f} | {wall:.2f} |"


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-poll", description=__doc__)
    parser.add_argument("--sizes", default="200,1000,5000", help="feeds, several with commas")
    parser.add_argument("--repeats", type=int, default=3, help="medians of so many runs")
    parser.add_argument("--programs", default=",".join(PROGRAMS), help="which, of %(default)s")
    parser.add_argument(
        "--bare", type=int, default=BARE_FEEDS, help="feeds without validators; 0 leaves them out"
    )
    parser.add_argument("--output", type=Path, help="write the tables to this file, too")
    parser.add_argument("--keep", type=Path, help="work in this folder, and leave it there")
    asked = parser.parse_args()
    names = present(asked.programs.split(","))
    with tempfile.TemporaryDirectory(prefix="bench-poll-") as temporary:
        bench = Bench((asked.keep or Path(temporary)).absolute(), programs=names, repeats=asked.repeats)
        for size in filter(None, asked.sizes.split(",")):
            bench.size(int(size))
        if asked.bare:
            bench.bare(asked.bare)
    text = "\n".join(report(bench.figures)) + "\n"
    print(text, end="")
    if asked.output:
        asked.output.write_text(text)


if __name__ == "__main__":
    main()
