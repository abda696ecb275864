"""Where a newsroom's database lies: which file, under which name, on which machine."""

from __future__ import annotations

import socket
from pathlib import Path

from curator.model import Whereabouts
from curator.publish.heads import mark

_MACHINE = Path("/etc/machine-id")


def place_of(database: Path | None) -> Whereabouts | None:
    """None: it is no file of ours, or cannot be looked at; whoever opens it says so."""
    if database is None:
        return None
    try:
        return Whereabouts(itself=mark(database), where=f"{_machine()}:{database.resolve()}")
    except OSError:
        return None


def _machine() -> str:
    try:
        return _MACHINE.read_text(encoding="ascii").strip() or socket.gethostname()
    except (OSError, UnicodeError):
        return socket.gethostname()
