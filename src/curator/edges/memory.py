"""The memory of a process that runs for years."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress


def give_back() -> None:
    """What was freed between things that stay: glibc keeps it for good, unless it is told not to.

    Where there is no glibc, its own allocator does as it does.
    """
    gc.collect()
    with suppress(OSError, AttributeError, TypeError):  # a system that cannot name its own library
        ctypes.CDLL(None).malloc_trim(0)
