"""AN EXISTING BLOG → ITEMS: its public posts are published with their dates, the others wait as drafts.

A batch of posts is one transaction: whatever ends an import, what was brought is whole, and doing it again
goes on where it ended, because what is known already is left as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import TYPE_CHECKING

from curator.errors import CuratorError
from curator.importing.anatomy import recover
from curator.importing.bringing import Run
from curator.importing.house import House, house_of
from curator.importing.matching import Told, raw_hash_of, slot_of, storable, told_of
from curator.importing.outcome import ImportResult
from curator.model import Editor, Item, LeftOut, Original, Problem, Recovered
from curator.settings import Edition, Settings
from curator.store import Store
from curator.store.rehearsal import rehearsed

if TYPE_CHECKING:
    from curator.importing.reaching import Blog

AT_ONCE = 100
"""Posts of one transaction: for so long nobody else may write, and so many a crash may cost."""


def import_blog(
    store: Store,
    settings: Settings,
    *,
    edition: Edition,
    by: Editor,
    blog: Blog,
    clock: Callable[[], datetime],
    dry_run: bool = False,
    told: Callable[[int, int | None], None] = lambda _done, _of: None,
    stopping: Callable[[], bool] = lambda: False,
    warnings: Callable[[Item], Iterable[Problem]] = lambda _item: (),
    broken: Callable[[ImportResult], None] = lambda _came: None,
    at_once: int = AT_ONCE,
) -> ImportResult:
    """Bring the posts of a blog; again is harmless, and completes what has become known meanwhile.

    `told(done, of)` after each batch. `stopping` is asked between batches; what was brought until then
    stays. `warnings`: what the house lint would say of an item. A `dry_run` does all of it to a copy.

    An error in the middle of reading comes out of here when what was read before it has been brought:
    `broken` is given the account of that first.
    """
    house = house_of(edition, settings=settings)
    with ExitStack() as stack:
        into = stack.enter_context(rehearsed(store)) if dry_run else store
        run = Run(settings=settings, edition=edition, by=by, now=clock(), warnings=warnings, dry_run=dry_run)
        batches = _batches(
            blog.originals,
            at_once=at_once,
            now=run.now,
            broken=lambda: broken(run.result(stopped=False)),
        )
        for originals, left_out in batches:
            posts = _understood(into, originals, n=run.seen, house=house, now=run.now)
            with into.begin() as tx:
                run.bring(tx, posts, left_out)
            told(run.done, blog.total)
            if stopping():
                break
        return run.result(stopped=stopping())


Batch = tuple[list[Original], list[LeftOut]]


def _batches(
    told: Iterator[Original | LeftOut], *, at_once: int, now: datetime, broken: Callable[[], None]
) -> Iterator[Batch]:
    """As they are read; what was read before an error comes first, then `broken` is told."""
    originals: list[Original] = []
    left_out: list[LeftOut] = []
    failure: CuratorError | None = None
    while failure is None:
        try:
            one = next(told, None)
        except CuratorError as error:
            failure = error
            continue
        match one:
            case None:
                break
            case LeftOut():
                left_out.append(one)
            case Original():
                originals.append(storable(one, now=now))
        if len(originals) + len(left_out) >= at_once:
            yield originals, left_out
            originals, left_out = [], []
    if originals or left_out:
        yield originals, left_out
    if failure is not None:
        broken()
        raise failure


def _understood(
    store: Store, originals: Sequence[Original], *, n: int, house: House, now: datetime
) -> list[Told]:
    """What each is made of; what is word for word as it was when it came is not taken apart again."""
    with store.read() as tx:
        known = tx.imports.recovered([slot_of(one) for one in originals])
    return [
        told_of(one, _recovered(one, known.get(slot_of(one)), house=house), n=n + place, now=now)
        for place, one in enumerate(originals)
    ]


def _recovered(original: Original, known: tuple[str, Recovered] | None, *, house: House) -> Recovered:
    if known is not None and known[0] == raw_hash_of(original):
        return known[1]
    return recover(original, house=house)
