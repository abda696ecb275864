"""One move of several items: all or none, or each for itself; or only to see what it would do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from curator.curate import siblings
from curator.errors import CuratorError, EditConflict, NotFound, StoreError
from curator.model import Item, Status
from curator.store import Store, Transaction

_ATTEMPTS = 5
"""At a move that carries no text, when somebody was faster: it is made of the item as it is then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    item_id: int
    error: CuratorError


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What several ids came to. Without `keep_going` there are no refusals: the first one raises."""

    items: tuple[Item, ...]
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Along:
    """Which siblings of an item a move takes along: those in this status."""

    edition: str
    status: Status


One = Callable[[Transaction, Item], Item]


def each(
    store: Store,
    item_ids: Sequence[int],
    one: One,
    *,
    keep_going: bool,
    rehearse: bool = False,
    along: Along | None = None,
) -> Moved:
    """All or none in one transaction; with `keep_going` each in its own. An id named twice is one item.

    `rehearse`: it is really done, in a transaction that is then taken back.
    """
    wanted = tuple(dict.fromkeys(item_ids))
    together = _Together(one=one, along=along, named=wanted)
    if rehearse:
        return _rehearsed(store, together, keep_going=keep_going)
    if not keep_going:
        return Moved(items=_retried(store, together.all))
    items: list[Item] = []
    refused: list[Refusal] = []
    for item_id in wanted:
        try:
            items += _retried(store, partial(together.alone, item_id))
        except CuratorError as error:
            refused.append(Refusal(item_id=item_id, error=error))
    return Moved(items=tuple(items), refused=tuple(refused))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Together:
    one: One
    along: Along | None
    named: tuple[int, ...]

    def all(self, tx: Transaction) -> tuple[Item, ...]:
        """Lowest id first, lest two editors with the same items in another order wait for each other."""
        found = {item.id: item for item in tx.items.many(self.named)}
        if missing := [item_id for item_id in self.named if item_id not in found]:
            raise NotFound(noun="item", id=missing[0] if len(missing) == 1 else missing)
        moved = {item_id: self.moved(tx, found[item_id]) for item_id in sorted(found)}
        return tuple(item for item_id in self.named for item in moved[item_id])

    def alone(self, item_id: int, tx: Transaction) -> tuple[Item, ...]:
        return self.moved(tx, tx.items.get(item_id))

    def moved(self, tx: Transaction, item: Item) -> tuple[Item, ...]:
        result = self.one(tx, item)
        if self.along is None:
            return (result,)
        along = self.along
        others = siblings.waiting(tx, result, edition=along.edition, status=along.status, named=self.named)
        return (result, *(self.one(tx, other) for other in others))


def _retried(store: Store, do: Callable[[Transaction], tuple[Item, ...]]) -> tuple[Item, ...]:
    for _ in range(_ATTEMPTS - 1):
        try:
            with store.begin() as tx:
                return do(tx)
        except EditConflict:
            continue
    with store.begin() as tx:
        return do(tx)


def _rehearsed(store: Store, together: _Together, *, keep_going: bool) -> Moved:
    items: list[Item] = []
    refused: list[Refusal] = []
    with store.begin() as tx:
        if not keep_going:
            items += together.all(tx)
        else:
            for item_id in together.named:
                try:
                    items += together.alone(item_id, tx)
                except StoreError:
                    raise
                except CuratorError as error:
                    refused.append(Refusal(item_id=item_id, error=error))
        tx.take_back()
    return Moved(items=tuple(items), refused=tuple(refused))
