"""AN EXISTING BLOG → ITEMS: its public posts are published with their dates, the others wait as drafts.

A batch of posts is one transaction: whatever ends an import, what was brought is whole, and doing it again
goes on where it ended, because what is known already is left as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING

from curator.errors import CuratorError
from curator.importing.anatomy import recover
from curator.importing.bringing import Run
from curator.importing.house import House, house_of
from curator.importing.matching import Told, storable, told_of
from curator.importing.outcome import ImportResult
from curator.model import Editor, Item, LeftOut, Original, Problem
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
    at_once: int = AT_ONCE,
) -> ImportResult:
    """Bring the posts of a blog; again is harmless, and completes what has become known meanwhile.

    `told(done, of)` after each batch. `stopping` is asked between batches; what was brought until then
    stays. `warnings`: what the house lint would say of an item. A `dry_run` does all of it to a copy.

    An error in the middle of reading comes out of here when what was read before it has been brought.
    """
    house = house_of(edition, settings=settings)
    with ExitStack() as stack:
        into = stack.enter_context(rehearsed(store)) if dry_run else store
        run = Run(settings=settings, edition=edition, by=by, now=clock(), warnings=warnings, dry_run=dry_run)
        for posts, left_out in _batches(blog.originals, house=house, now=run.now, at_once=at_once):
            with into.begin() as tx:
                run.bring(tx, posts, left_out)
            told(run.done, blog.total)
            if stopping():
                break
        return run.result(stopped=stopping())


Batch = tuple[list[Told], list[LeftOut]]


def _batches(
    originals: Iterator[Original | LeftOut], *, house: House, now: datetime, at_once: int
) -> Iterator[Batch]:
    """As they are read; what was read before an error comes first."""
    numbers = count()
    posts: list[Told] = []
    left_out: list[LeftOut] = []
    failure: CuratorError | None = None
    while failure is None:
        try:
            original = next(originals, None)
        except CuratorError as error:
            failure = error
            break
        match original:
            case None:
                break
            case LeftOut():
                left_out.append(original)
            case Original():
                original = storable(original)
                posts.append(told_of(original, recover(original, house=house), n=next(numbers), now=now))
        if len(posts) + len(left_out) >= at_once:
            yield posts, left_out
            posts, left_out = [], []
    if posts or left_out:
        yield posts, left_out
    if failure is not None:
        raise failure
