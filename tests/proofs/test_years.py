"""A year of one service, simulated: 200 sources, a weekly issue, an item a day; its memory stays flat.

PROOF=1 .venv/bin/pytest -s tests/proofs/test_years.py. It takes a quarter of an hour on two quiet cores.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import years

GROWTH = 64 * 1024 * 1024
"""Bytes that a service may grow by after its second month: what it remembers up to a limit fills on."""
CORE = 1.02
"""Blocks of Python's memory, without all that, as times of before: what the journal tells stays."""


def test_a_year_leaves_no_trace_in_memory(tmp_path: Path) -> None:
    samples: list[dict[str, Any]] = []
    cores: list[int] = []
    command = [sys.executable, years.__file__, str(tmp_path / "newsroom"), "366"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as living:
        assert living.stdout
        for line in living.stdout:
            print(line, end="", flush=True)  # noqa: T201 - the figures of docs/proofs.md
            said = json.loads(line)
            if "day" in said:
                samples.append(said)
            else:
                cores.append(said["blocks"])

    assert living.returncode == 0
    assert samples[-1]["failures"] == 0
    assert samples[-1]["tidied"] > 10_000
    assert samples[-1]["rss"] - samples[1]["rss"] < GROWTH
    assert cores[-1] < CORE * cores[0]
