"""What editors decide about the next issue: what comes first, what waits, what stays out (pure)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from curator.errors import BadInput
from curator.model import Arrangement
from curator.text import clean_text, one_line

LONGEST_SUBJECT = 140  # characters; no mail program shows more
LONGEST_INTRO = 20_000  # characters; a letter has 100 KiB


class _Item(Protocol):
    @property
    def item_id(self) -> int: ...


I = TypeVar("I", bound=_Item)  # noqa: E741  the item's own type


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What an editor changes of an arrangement; None, or no item, is what she leaves as it is.

    `order` is the whole order, as far as it goes. `take_back`: these are nowhere special any more.
    `version`: the arrangement that she saw.
    """

    subject: str | None = None  # "": as proposed
    intro: str | None = None  # "": none
    order: tuple[int, ...] | None = None
    pin: tuple[int, ...] = ()
    hold: tuple[int, ...] = ()
    drop: tuple[int, ...] = ()
    take_back: tuple[int, ...] = ()
    version: int | None = None

    @property
    def items(self) -> tuple[int, ...]:
        """Every item that is named."""
        return (*(self.order or ()), *self.pin, *self.hold, *self.drop, *self.take_back)


def arranged(stands: Arrangement, changes: Changes) -> Arrangement:
    """The arrangement with what she changed. BadInput: two wishes about one item, or too long a text."""
    _require_one_wish(changes)
    moved = {*(changes.order or ()), *changes.pin, *changes.hold, *changes.drop, *changes.take_back}
    order = _but(stands.order, changes.take_back) if changes.order is None else changes.order
    unwanted = {*changes.hold, *changes.drop}
    pinned = (*_but(stands.pinned, {*unwanted, *changes.take_back}), *_but(changes.pin, stands.pinned))
    return Arrangement(
        subject=stands.subject if changes.subject is None else _subject(changes.subject),
        intro=stands.intro if changes.intro is None else _intro(changes.intro),
        order=_but(order, unwanted),
        pinned=tuple(sorted(pinned, key=lambda i: order.index(i) if i in order else len(order))),
        held=(*_but(stands.held, moved), *changes.hold),
        dropped=(*_but(stands.dropped, moved), *changes.drop),
        kept=stands.kept,
    )


def in_order(waiting: Sequence[I], arrangement: Arrangement) -> list[I]:
    """What of it is in the issue, in the order of the letter; `waiting` in the order of publication."""
    out = {*arrangement.held, *arrangement.dropped}
    wanted = {item.item_id: item for item in waiting if item.item_id not in out}
    first = dict.fromkeys((*arrangement.pinned, *arrangement.order))
    return [wanted.pop(i) for i in first if i in wanted] + list(wanted.values())


def after_closing(stands: Arrangement, waiting: Collection[int], *, number: int) -> Arrangement:
    """What is left of it for the issue after this one: what was held over is in that."""
    return Arrangement(kept={item_id: number for item_id in stands.held if item_id in waiting})


def without_holding(stands: Arrangement, *, number: int) -> Arrangement:
    """A week went by without an issue, since all was held: it waits no longer, and the words stay."""
    return replace(stands, held=(), kept={**stands.kept, **dict.fromkeys(stands.held, number)})


def brought_back(was: Arrangement, stands: Arrangement) -> Arrangement:
    """An issue is opened again: what was decided about it, and what has been decided since.

    Both intros are kept, one behind the other. Of two subjects the older is taken; whoever
    calls says the other.
    """
    since = {*stands.order, *stands.pinned, *stands.held, *stands.dropped}
    intros = [intro for intro in (was.intro, stands.intro) if intro]
    return Arrangement(
        subject=was.subject or stands.subject,
        intro="\n\n".join(dict.fromkeys(intros)) or None,
        order=(*_but(was.order, since), *stands.order),
        pinned=(*_but(was.pinned, since), *stands.pinned),
        held=(*_but(was.held, since), *stands.held),
        dropped=(*_but(was.dropped, since), *stands.dropped),
        kept=was.kept,
    )


def differing(one: Arrangement, other: Arrangement) -> tuple[str, ...]:
    """The names of what is not the same in both."""
    names = ("subject", "intro", "order", "pinned", "held", "dropped")
    return tuple(name for name in names if getattr(one, name) != getattr(other, name))


def _require_one_wish(changes: Changes) -> None:
    wishes = {
        "--pin": changes.pin,
        "--hold": changes.hold,
        "--drop": changes.drop,
        "--take-back": changes.take_back,
    }
    said: dict[int, str] = {}
    for wish, items in wishes.items():
        for item_id in dict.fromkeys(items):
            if item_id in said:
                raise BadInput("issue_item_twice", item=item_id, one=said[item_id], other=wish)
            said[item_id] = wish
    for item_id in changes.order or ():
        if said.get(item_id) in ("--hold", "--drop"):
            raise BadInput("issue_item_twice", item=item_id, one="--order", other=said[item_id])


def _subject(typed: str) -> str | None:
    said = one_line(typed)
    if len(said) > LONGEST_SUBJECT:
        raise BadInput("issue_subject_long", length=len(said), most=LONGEST_SUBJECT)
    return said or None


def _intro(typed: str) -> str | None:
    lines = (clean_text(line).rstrip() for line in typed.replace("\r\n", "\n").split("\n"))
    said = "\n".join(lines).strip()
    if len(said) > LONGEST_INTRO:
        raise BadInput("issue_intro_long", length=len(said), most=LONGEST_INTRO)
    return said or None


def _but(items: Iterable[int], unwanted: Collection[int]) -> tuple[int, ...]:
    return tuple(item_id for item_id in dict.fromkeys(items) if item_id not in unwanted)
