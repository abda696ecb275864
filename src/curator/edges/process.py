"""Who holds a lease: this process, named so that another can tell whether it still lives."""

from __future__ import annotations

import os
import socket
from pathlib import Path

_PROC = Path("/proc")
_ZOMBIE = "zombie"


def this_worker() -> str:
    """`host:pid:start`. The start keeps a recycled pid from passing for its predecessor."""
    return f"{_host()}:{os.getpid()}:{_start_of(os.getpid()) or '?'}"


def machine_of(worker: str) -> str:
    return worker.rsplit(":", 2)[0].partition("/")[0]


def is_gone(worker: str) -> bool:
    """True only for certain: a process of this host that no longer runs. Else the lease's end decides."""
    try:
        host, pid, start = worker.rsplit(":", 2)
        number = int(pid)
    except ValueError:
        return False
    if host != _host() or number <= 0:
        return False
    if not _runs(number):
        return True
    found = _start_of(number)
    return found == _ZOMBIE or (found is not None and start not in ("?", found))


def _host() -> str:
    """Containers may share a name and not their processes: whose pids they are is part of it."""
    try:
        return f"{socket.gethostname()}/{(_PROC / 'self/ns/pid').stat().st_ino}"
    except OSError:
        return socket.gethostname()


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's, but alive
    except OverflowError:
        return False
    return True


def _start_of(pid: int) -> str | None:
    """Clock ticks since boot, and which boot; None where there is no /proc.

    A killed process that its parent has not yet buried still has a pid: it holds nothing any more.
    """
    try:
        # The second field is the program's name in brackets and may contain anything, so count from its end.
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        boot = (_PROC / "sys/kernel/random/boot_id").read_text()
    except OSError:
        return None
    return _ZOMBIE if fields[0] == "Z" else f"{fields[19]}-{boot[:8]}"
