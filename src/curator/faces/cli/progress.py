"""How far a long piece of work has come, on standard error and only where somebody watches it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Told = Callable[[int, int | None], None]
"""So many done, of so many; None: nobody knows of how many."""


@contextmanager
def progress(said: str) -> Iterator[Told]:
    """A bar that is gone when the work is; until the first word of how much there is, it only moves."""
    if not sys.stderr.isatty():
        yield lambda _done, _of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    counted = TextColumn("{task.fields[counted]}")
    columns = (TextColumn("{task.description}"), BarColumn(), counted, TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(said, total=None, counted="")
        yield lambda done, of: bar.update(
            task, completed=done, total=of, counted=str(done) if of is None else f"{done}/{of}"
        )
