"""What one command costs: user and system time of all its processes, wall time, and memory of the tree."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

EVERY = 0.1  # seconds between two looks at memory


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds, and bytes of PSS: shared pages count once over the processes of the tree."""

    cpu: float
    wall: float
    peak: int
    processes: int

    def __add__(self, after: Cost) -> Cost:
        """One after the other."""
        return Cost(
            self.cpu + after.cpu,
            self.wall + after.wall,
            max(self.peak, after.peak),
            max(self.processes, after.processes),
        )


def measure(command: Sequence[str | Path], *, environ: Mapping[str, str], output: Path) -> Cost:
    """Run to the end; a command that fails ends the benchmark. What it prints goes to `output`."""
    with output.open("wb") as out:
        started = time.monotonic()
        process = subprocess.Popen(
            [str(word) for word in command],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
        memory = _Memory(process.pid)
        # Of the child and of those whose end it has waited for; every program here waits for its own.
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    memory.stop()
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}; see {output}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, memory.peak, memory.processes)


class _Memory(threading.Thread):
    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self.processes = 1
        self._pid = pid
        self._ended = threading.Event()
        self.start()

    def run(self) -> None:
        while not self._ended.wait(EVERY):
            tree = _tree(self._pid)
            self.processes = max(self.processes, len(tree))
            self.peak = max(self.peak, sum(map(_pss, tree)))

    def stop(self) -> None:
        self._ended.set()
        self.join()


def _tree(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found += [int(child) for child in children.read_text().split()]
            except OSError:  # the thread has ended since
                continue
    return found


def _pss(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:  # the process has ended since
        pass
    return 0
