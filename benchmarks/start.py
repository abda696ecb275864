"""What starting costs: CPU seconds of `curator --help` and of a bare Python, medians of five."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
from pathlib import Path

CURATOR = Path(sys.executable).with_name("curator")


def cpu(*command: str | Path) -> float:
    def once() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return statistics.median(once() for _ in range(5))


if __name__ == "__main__":
    bare = cpu(sys.executable, "-c", "")
    help_ = cpu(CURATOR, "--help")
    print(f"python -c ''     {bare:.3f} s")
    print(f"curator --help   {help_:.3f} s   {help_ / bare:.1f} times")
