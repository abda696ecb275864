"""One batch of posts after another into the store, and the account of what became of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from curator import doubts, merging, review
from curator.compose import compose
from curator.importing.becoming import Completing, Hand
from curator.importing.grouping import Group, Memory, Settled, grouped, settled
from curator.importing.matching import Told
from curator.importing.outcome import ImportResult, Noted
from curator.model import (
    Access,
    Copy,
    Editor,
    Imported,
    Item,
    LeftOut,
    Move,
    Problem,
    Publication,
    PublicItem,
    Recovered,
    Redirect,
    Status,
)
from curator.redirecting import feed_addresses, item_output
from curator.settings import Edition, Settings
from curator.store import Transaction
from curator.store.imports import Kept
from curator.store.publications import Brought

_LEAVES_TEXTS = frozenset(
    (Move.IMPORT, Move.PUBLISH, Move.ASSIGN, Move.COMMENT, Move.SUGGEST, Move.JOIN, Move.SEPARATE)
)


@dataclass(slots=True, kw_only=True)
class Run:
    """One import: who brings what where, and what must not be forgotten between its batches."""

    settings: Settings
    edition: Edition
    by: Editor
    now: datetime
    warnings: Callable[[Item], Iterable[Problem]]
    dry_run: bool
    memory: Memory = dataclasses.field(default_factory=Memory)
    created: set[int] = dataclasses.field(default_factory=set)
    completed: set[int] = dataclasses.field(default_factory=set)
    changed: set[int] = dataclasses.field(default_factory=set)
    blogs: set[str] = dataclasses.field(default_factory=set)
    seen: int = 0
    drafts: int = 0
    redirects: int = 0
    left_out: list[LeftOut] = dataclasses.field(default_factory=list)
    problems: list[Noted] = dataclasses.field(default_factory=list)

    @property
    def done(self) -> int:
        return self.seen + len(self.left_out)

    def bring(self, tx: Transaction, posts: Sequence[Told], left_out: Sequence[LeftOut]) -> None:
        """All of a batch in one transaction, which the caller commits."""
        tx.serialise("import")
        tx.serialise(f"publish:{self.edition.key}")
        self.seen += len(posts)
        self.left_out += left_out
        _Batch(tx, self).bring(posts)

    def note(self, item: Item, place: str, problems: Iterable[Problem]) -> None:
        commentary = item.commentaries.get(self.edition.key)
        headline = (commentary.headline if commentary else None) or ""
        number = None if self.dry_run else item.id
        self.problems += [
            Noted(item=number, place=place, headline=headline, problem=problem) for problem in problems
        ]

    def result(self, *, stopped: bool) -> ImportResult:
        told_again = self.seen - len(self.created) - len(self.completed) - len(self.changed)
        return ImportResult(
            seen=self.seen,
            created=len(self.created),
            unchanged=told_again,
            completed=len(self.completed),
            changed=len(self.changed),
            drafts=self.drafts,
            left_out=tuple(self.left_out),
            problems=tuple(self.problems),
            redirects=self.redirects,
            stopped=stopped,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _New:
    """An item to be made of a post that nobody has brought yet."""

    group: Group
    said: Recovered
    imports: Sequence[Imported]  # that it goes by
    public: bool

    @property
    def place(self) -> str:
        return self.group.told[0].imported.place


class _Batch:
    def __init__(self, tx: Transaction, run: Run) -> None:
        self._tx = tx
        self._run = run
        self._hand = Hand(
            edition=run.edition,
            editors=run.settings.editors,
            tags={tag.casefold(): tag for tag, _ in reversed(tx.items.tags_in_use())},
        )

    def bring(self, posts: Sequence[Told]) -> None:
        imports = self._tx.imports
        met = imports.met({key for one in posts for key in one.keys})
        known = imports.of_items([item for items in met.values() for item in items])
        groups = grouped(posts, met, known)
        hashes = imports.hashes([one.id for group in groups for one in group.known])
        told = [(group, settled(group, hashes, self._run.memory)) for group in groups]
        known_ones = [(group, said) for group, said in told if group.item is not None]
        self._create([(group, said) for group, said in told if group.item is None])
        self._go_on(known_ones)
        for blog in {one.blog for one in posts if one.blog} - self._run.blogs:
            self._lead_feeds(blog)

    # ── posts that nobody has brought yet ──

    def _create(self, several: Sequence[tuple[Group, Settled]]) -> None:
        run, edition = self._run, self._run.edition.key
        new = []
        for group, told in several:
            all_told = [one.imported for one, _ in told.kept]
            public = merging.is_public(all_told)
            imports = merging.to_go_by(all_told, public=public)
            new.append(_New(group=group, said=merging.merged(imports), imports=imports, public=public))
        items = [self._hand.item(one.said, public=one.public, now=run.now) for one in new]
        found = [self._problems(item, one.imports) for one, item in zip(new, items, strict=True)]
        items = self._tx.items.bring(
            items,
            positions=[merging.dates(one.imports).published or run.now for one in new],
            by=run.by.name,
            edition=edition,
            now=run.now,
            noted=[_noted(one.imports, problems) for one, problems in zip(new, found, strict=True)],
        )
        self._keep([(item.id, told) for item, (_, told) in zip(items, several, strict=True)])
        published = [(item, one) for item, one in zip(items, new, strict=True) if one.public]
        self._publish([(item, one.imports) for item, one in published])
        for item, one in zip(items, new, strict=True):
            one.group.item = item.id
        run.created.update(item.id for item in items)
        run.drafts += len(items) - len(published)
        leading = self._lead([(item, one.group) for item, one in published])
        for one, item, problems in zip(new, items, found, strict=True):
            run.note(item, one.place, [*problems, *leading.get(item.id, ())])

    def _publish(self, several: Sequence[tuple[Item, Sequence[Imported]]]) -> None:
        """Readers have had them since long: under their old ids, with their old dates, through no gate."""
        if not several:
            return
        run = self._run
        brought = []
        for item, imports in several:
            dates = merging.dates(imports)
            brought.append(
                Brought(
                    item_id=item.id,
                    item_version=item.version,
                    content=self._content(item),
                    guid=dates.guid,
                    slug=_slug(dates.permalink),
                    published_at=dates.published,
                    updated_at=dates.updated,
                )
            )
        authority = self._tx.frozen_authority(base_url=run.settings.publish.base_url, now=run.now)
        self._tx.publications.bring(brought, edition=run.edition.key, authority=authority, now=run.now)

    # ── posts of which there are items ──

    def _go_on(self, several: Sequence[tuple[Group, Settled]]) -> None:
        tx, run = self._tx, self._run
        for group, told in several:
            if told.changed or told.differing:
                self._note_changes(group, told)
            for one in told.settled:
                tx.imports.settle(one.id)
                run.changed.discard(one.item_id)
            for was, now in told.replaced:
                self._replace(was, now)
        tx.imports.know({id_: keys for _, told in several for id_, keys in told.again.items()})
        groups = [group for group, _ in several]
        self._note_hidden(groups)
        if len(run.settings.editions) > 1:
            self._note_elsewhere(groups)
        more = [(group, told) for group, told in several if told.says_more]
        ids = [group.item for group, _ in more if group.item is not None]
        events = tx.events.standing(ids)
        for (group, told), item in zip(more, tx.items.many(ids), strict=True):
            moves = {event.move for event in events[item.id]}
            self._complete(item, group, told, untouched=moves <= _LEAVES_TEXTS)

    def _note_changes(self, group: Group, told: Settled) -> None:
        """Each time that it is told so, for it is as true as it was."""
        tx, run = self._tx, self._run
        for was, now in told.changed:
            tx.imports.note_change(
                was.id, now.imported.recovered, raw=now.raw, raw_hash=now.raw_hash, at=run.now
            )
        item_id = told.changed[0][0].item_id if told.changed else told.differing[0].item_id
        if item_id in run.changed:
            return
        if item_id not in run.created:
            run.changed.add(item_id)
        item = tx.items.get(item_id)
        if item.status_in(run.edition.key) is not Status.WITHDRAWN:
            problem = Problem(code="import_changed", data={"item": item_id})
            run.note(item, group.told[0].imported.place, [problem])

    def _note_hidden(self, groups: Sequence[Group]) -> None:
        """Posts that readers have here, and that the blog keeps from them by now."""
        tx, run = self._tx, self._run
        hidden = {
            group.item: one.imported.place
            for group in groups
            for one in group.told
            if group.item is not None and one.imported.access is not Access.PUBLIC
        }
        if not hidden:
            return
        public = tx.publications.many(run.edition.key, hidden)
        for item in tx.items.many(sorted(public)):
            if public[item.id].imported and public[item.id].withdrawn_at is None:
                problem = Problem(code="import_hidden", data={"item": item.id})
                run.note(item, hidden[item.id], [problem])

    def _note_elsewhere(self, groups: Sequence[Group]) -> None:
        """Posts that came into another edition before: they have no text in this one."""
        key = self._run.edition.key
        places = {group.item: group.told[0].imported.place for group in groups if group.item is not None}
        for item in self._tx.items.many(sorted(places)):
            if key not in item.commentaries:
                data = {"item": item.id, "editions": sorted(item.commentaries), "edition": key}
                problem = Problem(code="import_other_edition", data=data)
                self._run.note(item, places[item.id], [problem])

    def _replace(self, was: Imported, now: Told) -> None:
        """Another version is the one to go by, or we know more of the one we have."""
        imports = self._tx.imports
        kept, _ = imports.hashes([was.id])[was.id]
        raw = now.raw or (imports.raw if now.raw_hash == kept else imports.changed_raw)(was.id) or ""
        imports.replace(was.id, Kept(imported=now.imported, raw=raw, raw_hash=now.raw_hash, keys=now.keys))
        self._run.changed.discard(was.item_id)

    def _complete(self, item: Item, group: Group, told: Settled, *, untouched: bool) -> None:
        tx, run = self._tx, self._run
        key, place = run.edition.key, group.told[0].imported.place
        self._keep([(item.id, told)])
        all_told = tx.imports.of_items([item.id])[item.id]
        status, public = item.status_in(key), merging.is_public(all_told)
        comes_out = untouched and status is Status.QUEUED and public
        public = public or status is Status.PUBLISHED
        imports = merging.to_go_by(all_told, public=public)
        if status is Status.WITHDRAWN or key not in item.commentaries or not imports:
            return
        if public and not comes_out and status is not Status.PUBLISHED:
            run.note(item, place, [Problem(code="import_public_there", data={"item": item.id})])
        known = merging.to_go_by(group.known, public=public) or group.known
        # Of a draft that comes out nobody has had what was imported.
        afresh = comes_out or all(one.id in run.memory.seen for one in known)
        how = Completing(afresh=afresh, untouched=untouched)
        better = self._hand.completed(item, merging.tellings(known), merging.merged(imports), how=how)
        if comes_out:
            better = self._hand.published(better)
        dated = self._date(item, imports)
        if better != item:
            self._improve(item, better, imports)
        if (better != item or dated) and item.id not in run.created:
            run.completed.add(item.id)
        run.note(item, place, self._lead([(item, group)]).get(item.id, ()))

    def _improve(self, item: Item, better: Item, imports: Sequence[Imported]) -> None:
        run = self._run
        problems = self._problems(better, imports)
        new = self._tx.items.put(
            item, better, move=Move.IMPORT, by=run.by.name, now=run.now, noted=_noted(imports, problems)
        )
        run.note(new, imports[-1].place, problems)
        public = self._tx.publications.get(item.id, run.edition.key)
        if public is None and new.status_in(run.edition.key) is Status.PUBLISHED:
            self._publish([(new, imports)])
        elif public is not None and public.item_version == item.version:  # no correction waits
            content = replace(self._content(new), copy=_same_copy(public, new))
            content = replace(
                content, correction=public.content.correction, corrected_at=public.content.corrected_at
            )
            self._tx.publications.correct(public, content, item_version=new.version, at=None)

    def _date(self, item: Item, imports: Sequence[Imported]) -> bool:
        """Fill in since when readers have it, and under which id, where nobody had said that."""
        dates = merging.dates(imports)
        if dates.published is not None:
            self._tx.items.place(item.id, dates.published)
        public = self._tx.publications.get(item.id, self._run.edition.key)
        if public is None:
            return False
        now = self._tx.publications.complete(
            public, guid=dates.guid, published_at=dates.published, updated_at=dates.updated
        )
        return now != public

    # ── both ──

    def _keep(self, several: Sequence[tuple[int, Settled]]) -> None:
        """The originals as they were told, under the items that they became."""
        kept = [
            Kept(
                imported=replace(one.imported, item_id=item_id), raw=one.raw, raw_hash=one.raw_hash, keys=keys
            )
            for item_id, told in several
            for one, keys in told.kept
        ]
        self._run.memory.seen.update(self._tx.imports.keep(kept))

    def _content(self, item: Item) -> PublicItem:
        run = self._run
        return compose(item, None, None, edition=run.edition, editors=run.settings.editors)

    def _problems(self, item: Item, imports: Sequence[Imported]) -> tuple[Problem, ...]:
        """What the gate would have said, what the import was not sure of, and the house lint."""
        run = self._run
        return (
            *review.problems(
                item,
                edition=run.edition.key,
                entry=None,
                source=None,
                quotation=run.settings.quotation,
            ),
            *doubts.standing(
                merging.tellings(imports),
                item,
                edition=run.edition.key,
                published_at=merging.dates(imports).published,
            ),
            *run.warnings(item),
        )

    def _lead(self, several: Sequence[tuple[Item, Group]]) -> dict[int, list[Problem]]:
        """From the old addresses of public posts to their pages; what leads elsewhere goes on doing so.

        What is to be looked at then, by item.
        """
        run, tx = self._run, self._tx
        public = tx.publications.slugs(run.edition.key, [item.id for item, _ in several])
        leading = []
        for item, group in several:
            addresses = list(dict.fromkeys(address for one in group.told for address in one.addresses))
            if addresses and item.id in public:
                leading.append((item, group, addresses))
        new, led = tx.redirects.lead_all(
            (addresses, item_output(run.edition, public[item.id]), item.id) for item, _, addresses in leading
        )
        run.redirects += new
        return {
            item.id: [*_taken(item, redirects), *_twice(group)]
            for (item, group, _), redirects in zip(leading, led, strict=True)
        }

    def _lead_feeds(self, blog: str) -> None:
        """Who follows the old feeds goes on with ours."""
        self._run.blogs.add(blog)
        for address, output in feed_addresses(blog, self._run.edition).items():
            self._run.redirects += self._tx.redirects.lead([address], output)


def _taken(item: Item, redirects: Iterable[Redirect]) -> Iterator[Problem]:
    """Old addresses that lead elsewhere already."""
    for redirect in redirects:
        if redirect.item_id != item.id:
            data = {"address": redirect.path, "item": redirect.item_id}
            yield Problem(
                code="import_address_taken",
                data=data | ({"limit": "feed"} if redirect.item_id is None else {}),
            )


def _twice(group: Group) -> Iterator[Problem]:
    others = group.others | {twin.item for twin in group.twins if twin.item is not None}
    for other in sorted(others - {group.item}):
        yield Problem(code="import_twice", data={"item": other})


def _noted(imports: Sequence[Imported], problems: Iterable[Problem]) -> dict[str, Any]:
    """What the event says beside the fields: where it came from, and what is to be looked at."""
    best = min(imports, key=merging.best)
    codes = dict.fromkeys(problem.code for problem in problems)
    return {"form": str(best.form), "place": best.place, "problems": list(codes)}


def _same_copy(public: Publication, item: Item) -> Copy | None:
    """Ours of the picture, where it is still the same."""
    was = public.content.image
    return public.content.copy if was and item.image and was.url == item.image.url else None


def _slug(permalink: str | None) -> str | None:
    """How the post was called at the end of its address; None where that ends with what was asked."""
    path = urlsplit(permalink or "").path.rstrip("/")
    return path.rpartition("/")[2] or None
