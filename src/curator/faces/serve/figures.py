"""What `serve` counts, and how Prometheus reads it: numbers only, of nobody and of no address."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)  # seconds

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


@dataclass(slots=True)
class Durations:
    buckets: list[int] = field(default_factory=lambda: [0] * (len(_BOUNDS) + 1))
    total: float = 0.0


class Figures:
    """`began`: when the process did, in seconds since 1970."""

    def __init__(self, *, began: float = 0.0) -> None:
        self._began = began
        self._answers: Counter[tuple[str, int]] = Counter()
        self._bytes: Counter[str] = Counter()
        self._durations: dict[str, Durations] = {}
        self._loads = {"ok": 0, "failed": 0}
        self._documents = 0
        self._written = 0.0
        self.hits = 0
        self.misses = 0
        self.kept = 0

    def answered(self, route: str, status: int, *, sent: int, seconds: float) -> None:
        """`route`: one of few, such as "feed"; never what somebody typed."""
        self._answers[route, status] += 1
        self._bytes[route] += sent
        durations = self._durations.get(route)
        if durations is None:
            durations = self._durations[route] = Durations()
        durations.buckets[bisect_left(_BOUNDS, seconds)] += 1
        durations.total += seconds

    def manifest_loaded(self, *, documents: int, written: float) -> None:
        self._loads["ok"] += 1
        self._documents = documents
        self._written = written

    def manifest_failed(self) -> None:
        self._loads["failed"] += 1

    def exposition(self, *, open_metrics: bool = False) -> str:
        """In the text format 0.0.4, or in OpenMetrics 1.0."""
        lines = [line for family in self._families() for line in family.lines(open_metrics=open_metrics)]
        return "\n".join([*lines, *(["# EOF"] if open_metrics else [])]) + "\n"

    def _families(self) -> Iterator[_Family]:
        yield _Family(
            "curator_serve_requests",
            "counter",
            "Requests answered, by what was asked for and status.",
            [
                ("_total", {"route": route, "status": str(status)}, count)
                for (route, status), count in sorted(self._answers.items())
            ],
        )
        yield _Family(
            "curator_serve_sent_bytes",
            "counter",
            "Bytes of bodies handed to the network.",
            [("_total", {"route": route}, count) for route, count in sorted(self._bytes.items())],
        )
        yield _Family(
            "curator_serve_duration_seconds",
            "histogram",
            "From the request's head to the last byte handed to the network.",
            [sample for route in sorted(self._durations) for sample in self._histogram(route)],
        )
        shelf = [("_total", {"outcome": "hit"}, self.hits), ("_total", {"outcome": "miss"}, self.misses)]
        yield _Family(
            "curator_serve_shelf_lookups", "counter", "Documents found in memory, or fetched.", shelf
        )
        yield _Family(
            "curator_serve_shelf_bytes", "gauge", "Memory that documents take.", [("", {}, self.kept)]
        )
        loads = [("_total", {"outcome": outcome}, count) for outcome, count in self._loads.items()]
        yield _Family("curator_serve_manifest_loads", "counter", "Manifests read after a publish.", loads)
        yield _Family(
            "curator_serve_manifest_documents", "gauge", "Documents it names.", [("", {}, self._documents)]
        )
        yield _Family(
            "curator_serve_manifest_written_timestamp_seconds",
            "gauge",
            "When the manifest that is served was written, since 1970; 0: there is none.",
            [("", {}, self._written)],
        )
        yield _Family(
            "process_start_time_seconds",
            "gauge",
            "When the process began, since 1970.",
            [("", {}, self._began)],
        )

    def _histogram(self, route: str) -> Iterator[tuple[str, dict[str, str], float]]:
        durations, so_far = self._durations[route], 0
        for bound, count in zip((*map(str, _BOUNDS), "+Inf"), durations.buckets, strict=True):
            so_far += count
            yield "_bucket", {"route": route, "le": bound}, so_far
        yield "_count", {"route": route}, so_far
        yield "_sum", {"route": route}, durations.total


@dataclass(frozen=True, slots=True)
class _Family:
    name: str
    kind: str
    help: str
    samples: Iterable[tuple[str, dict[str, str], float]]

    def lines(self, *, open_metrics: bool) -> Iterator[str]:
        # Before OpenMetrics a counter's family was called as its sample is.
        called = self.name + "_total" if self.kind == "counter" and not open_metrics else self.name
        yield f"# HELP {called} {self.help}"
        yield f"# TYPE {called} {self.kind}"
        for ending, labels, value in self.samples:
            shown = ",".join(f'{name}="{said}"' for name, said in labels.items())
            yield f"{self.name}{ending}{f'{{{shown}}}' if shown else ''} {value}"
