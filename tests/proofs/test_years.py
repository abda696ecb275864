"""A year of one service, simulated: 200 sources, a weekly issue, an item a day; its memory stays flat.

PROOF=1 .venv/bin/pytest -s tests/proofs/test_years.py. It takes a quarter of an hour on two quiet cores.
"""

from __future__ import annotations

from pathlib import Path

import structlog

from years import Years, slow_sources

GROWTH = 40 * 1024 * 1024
"""Bytes that a service may grow by after its second month: what it remembers up to a limit fills on."""
CORE = 1_000
"""Objects more, without all that: what the journal says of an item a day and an issue a week stays."""


def test_a_year_leaves_no_trace_in_memory(tmp_path: Path) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    years = Years(tmp_path / "newsroom", slow_sources(scale=1.0, days=366), readers=20)

    samples, cores = [], []
    for sample in years.live(366, every=3, sampled=30):
        samples.append(sample)
        print(sample, flush=True)  # noqa: T201 - the figures of docs/proofs.md
        if sample.day in (60, 360):
            cores.append(years.core())
            print(cores[-1], flush=True)  # noqa: T201
    years.close()

    grown = samples[-1].rss - samples[1].rss
    assert len(years.world.scripts) == 200
    assert samples[-1].failures == 0
    assert samples[-1].tidied > 10_000
    assert grown < GROWTH
    assert cores[-1].objects - cores[0].objects < CORE
