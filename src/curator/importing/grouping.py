"""Originals that are one post, together, and with the item that was made of it before. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from curator.importing.matching import (
    Told,
    agree,
    are_two,
    completed,
    is_another,
    newest,
    same_post,
    united,
)
from curator.model import Access, Form, Imported


@dataclass(slots=True, kw_only=True, eq=False)
class Group:
    """One post. `item` is what was made of it and `known` of which originals; `told` are further ones.

    `others`: items that it may be, too; `twins`: posts that have an id of it, and are others.
    """

    item: int | None = None
    known: list[Imported] = dataclasses.field(default_factory=list)
    told: list[Told] = dataclasses.field(default_factory=list)
    others: set[int] = dataclasses.field(default_factory=set)
    twins: list[Group] = dataclasses.field(default_factory=list)

    def all(self) -> Iterator[Imported]:
        yield from self.known
        for one in self.told:
            yield one.imported


def grouped(
    told: Sequence[Told], met: Mapping[str, Sequence[int]], known: Mapping[int, Sequence[Imported]]
) -> list[Group]:
    """The posts that these originals are of, in the order in which each was first read.

    `met`: which items are known under the keys of these originals; `known`: what those were made of.
    """
    of_items = {item: Group(item=item, known=list(made_of)) for item, made_of in known.items()}
    found = _Found({key: [of_items[item] for item in items] for key, items in met.items()})
    for one in sorted(told, key=Told.order):
        found.add(one)
    return sorted(
        (group for group in found.groups() if group.told), key=lambda group: min(one.n for one in group.told)
    )


class _Found:
    def __init__(self, by_key: dict[str, list[Group]]) -> None:
        self._by_key = by_key

    def add(self, one: Told) -> None:
        """Put it to the post that it is of; what was thought to be several posts may turn out as one."""
        its, twins = self._matching(one)
        mine = next((group for group in its if group.item is not None), its[0] if its else Group())
        mine.twins += (twin for twin in twins if twin not in mine.twins)
        for other in its:
            if other is not mine and other.item is None and not _contradict(mine, other):
                self._unite(mine, other)
            elif other is not mine and other.item is not None:
                mine.others.add(other.item)
        mine.told.append(one)
        self._meet(mine, one.keys)

    def groups(self) -> list[Group]:
        return list({id(group): group for groups in self._by_key.values() for group in groups}.values())

    def _matching(self, one: Told) -> tuple[list[Group], list[Group]]:
        """Surest first: the same telling, an id, the same beginning; and what shares an id by mistake."""
        named = [group for key in (one.slot, *one.ids) for group in self._by_key.get(key, ())]
        twins = [group for group in named if any(are_two(one.imported, other) for other in group.all())]
        its = [group for group in named if group not in twins]
        if one.beginning:
            its += [
                group
                for group in self._by_key.get(one.beginning, ())
                if group not in its  # compared word by word only where nothing surer is known
                and any(same_post(one.imported, other) for other in group.all())
                and not any(is_another(one.imported, other) for other in group.all())
            ]
        return list({id(group): group for group in its}.values()), twins

    def _unite(self, mine: Group, other: Group) -> None:
        mine.told += other.told
        mine.others |= other.others
        mine.twins += other.twins
        for groups in self._by_key.values():
            if other in groups:
                groups.remove(other)
                if mine not in groups:
                    groups.append(mine)

    def _meet(self, group: Group, keys: Iterable[str]) -> None:
        for key in keys:
            groups = self._by_key.setdefault(key, [])
            if group not in groups:
                groups.append(group)


def _contradict(mine: Group, other: Group) -> bool:
    return any(are_two(one, another) for one in mine.all() for another in other.all())


# ── what the tellings of one post come to ──


@dataclass(slots=True, kw_only=True)
class Settled:
    """What is to be kept of a group's originals.

    `kept` are tellings that there were none of, each with all that says the same; `replaced` are versions
    that take another's place, `changed` those that must not, `differing` known ones that go on being told
    otherwise; `settled` are told as they were again;
    `again`: by what known ones are met from now on.
    """

    kept: list[tuple[Told, tuple[str, ...]]] = dataclasses.field(default_factory=list)
    replaced: list[tuple[Imported, Told]] = dataclasses.field(default_factory=list)
    changed: list[tuple[Imported, Told]] = dataclasses.field(default_factory=list)
    differing: list[Imported] = dataclasses.field(default_factory=list)
    settled: list[Imported] = dataclasses.field(default_factory=list)
    again: dict[int, tuple[str, ...]] = dataclasses.field(default_factory=dict)

    @property
    def says_more(self) -> bool:
        return bool(self.kept or self.replaced)


@dataclass(slots=True, kw_only=True)
class Memory:
    """What this import has met so far: originals that it was told as they are kept, and other versions."""

    seen: set[int] = dataclasses.field(default_factory=set)
    versions: dict[int, Told] = dataclasses.field(default_factory=dict)


def settled(group: Group, hashes: Mapping[int, tuple[str, str | None]], memory: Memory) -> Settled:
    """Two versions of one telling that are both read in one import: the newer holds, whichever came first.

    One that is read without the version we know: the blog has changed since.
    """
    result = Settled()
    tellings: dict[tuple[Form, bool], list[Told]] = {}
    for one in group.told:
        tellings.setdefault((one.imported.form, one.imported.whole), []).append(one)
    known = {(one.form, one.whole): one for one in group.known}
    for slot, versions in tellings.items():
        keys = tuple(dict.fromkeys(key for one in versions for key in one.keys))
        different = united(versions)
        if (was := known.get(slot)) is None:
            result.kept.append((newest(different), keys))
        else:
            result.again[was.id] = keys
            _compete(was, different, hashes[was.id], memory, result)
    return result


def _compete(
    was: Imported,
    versions: Sequence[Told],
    hashes: tuple[str, str | None],
    memory: Memory,
    result: Settled,
) -> None:
    raw_hash, changed_hash = hashes
    if was.access is Access.DRAFT and (public := [v for v in versions if v.imported.access is Access.PUBLIC]):
        memory.seen.add(was.id)  # nobody had it before: nothing that readers know is changed
        result.replaced.append((was, newest(public)))
        return
    as_known = [one for one in versions if one.raw_hash == raw_hash or agree(one.imported, was)]
    rivals = [one for one in versions if one not in as_known]
    if (earlier := memory.versions.get(was.id)) is not None:
        rivals.append(earlier)
    now = was
    for one in as_known:
        memory.seen.add(was.id)
        now = completed(now, one.imported)
    if rivals and was.id not in memory.seen:
        rival = newest(rivals)
        memory.versions[was.id] = dataclasses.replace(rival, raw="")  # the store has it
        if rival.raw_hash != changed_hash:
            result.changed.append((was, rival))
        else:
            result.differing.append(was)
        return
    memory.versions.pop(was.id, None)
    mine = Told.of_known(now, raw_hash=raw_hash)
    if (best := newest([mine, *rivals])) is not mine or now != was:
        result.replaced.append((was, best))
    elif was.changed is not None:
        result.settled.append(was)
