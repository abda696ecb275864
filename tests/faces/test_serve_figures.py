"""What `serve` counts, for Prometheus: numbers only, at an address of their own."""

from __future__ import annotations

import http.client
import json
import re
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import pytest

from curator.faces.serve.figures import Figures
from newsroom import Newsroom

SAMPLE = re.compile(
    r'([a-z_]+)(?:\{([a-z]+="[^"\\\n]*"(?:,[a-z]+="[^"\\\n]*")*)\})? (\d+(?:\.\d+)?(?:e-?\d+)?)'
)


@dataclass(frozen=True)
class Served:
    """Ports of the real program."""

    visitors: int
    prometheus: int


@contextmanager
def serving(newsroom: Newsroom) -> Iterator[Served]:
    process = newsroom.start("serve", "--port", 0, "--json", CURATOR_SERVE__METRICS="127.0.0.1:0")
    assert process.stderr
    ports = [json.loads(process.stderr.readline())["port"] for _ in range(2)]
    try:
        yield Served(*ports)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        assert process.returncode == 0


def ask(port: int, path: str, **fields: str) -> tuple[int, str, str]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as line:
        line.request("GET", path, headers={name.replace("_", "-"): said for name, said in fields.items()})
        answer = line.getresponse()
        return answer.status, answer.getheader("content-type") or "", answer.read().decode()


def test_they_are_at_an_address_of_their_own(newsroom: Newsroom) -> None:
    with serving(newsroom) as served:
        ask(served.visitors, "/secret-of-somebody")
        ask(served.visitors, "/websub/x")
        status, kind, said = ask(served.prometheus, "/metrics")
        well = ask(served.prometheus, "/health")
        outside = [ask(served.visitors, path)[0] for path in ("/metrics", "/health")]

    assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert 'curator_serve_requests_total{route="other",status="404"} 1' in said
    assert 'curator_serve_requests_total{route="hub_callback",status="404"} 1' in said
    assert "secret" not in said
    assert (well[0], outside) == (200, [404, 404])


@pytest.fixture
def counted() -> Figures:
    figures = Figures(began=1_772_442_000.0)
    figures.answered("feed", 200, sent=1200, seconds=0.0004)
    figures.answered("feed", 304, sent=0, seconds=0.003)
    figures.answered("page", 200, sent=800, seconds=99)
    figures.manifest_loaded(documents=12, written=1_772_442_060.5)
    figures.hits += 2
    return figures


@pytest.mark.parametrize("newer", [False, True])
def test_each_line_is_of_its_family(counted: Figures, newer: bool) -> None:  # noqa: FBT001 - both formats
    lines = counted.exposition(open_metrics=newer).splitlines()

    family, kind = "", ""
    for line in lines:
        if line.startswith("# TYPE "):
            family, kind = line.split()[2:]
        elif not line.startswith("#"):
            found = SAMPLE.fullmatch(line)
            assert found
            assert found[1].startswith(family)
            if kind == "counter":
                assert found[1] == (f"{family}_total" if newer else family)
    assert (lines[-1] == "# EOF") == newer
    assert all(count == 1 for count in (lines.count(line) for line in lines))


def test_durations_add_up(counted: Figures) -> None:
    said = counted.exposition()

    counts = re.findall(r'_bucket\{route="feed",le="([^"]+)"\} (\d+)', said)
    assert [count for _, count in counts] == sorted((count for _, count in counts), key=int)
    assert (counts[0], counts[-1]) == (("0.0005", "1"), ("+Inf", "2"))
    assert 'curator_serve_duration_seconds_count{route="feed"} 2' in said
    assert 'curator_serve_duration_seconds_bucket{route="page",le="10.0"} 0' in said
