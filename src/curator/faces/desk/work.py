"""What the desk does, without a screen: reads, moves and saves through the use-cases, one call at a time.

Everything here may wait for the database, and is called beside the thread that paints.
"""

from __future__ import annotations

import shlex
import subprocess
import webbrowser
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from subprocess import DEVNULL
from threading import Thread
from typing import Any

from curator.curate import colleagues, suggesting
from curator.curate import dossier as dossiers
from curator.curate import usecases as curate
from curator.curate.comparison import Change, source_changes
from curator.curate.dossier import Dossier
from curator.curate.imported import Kept as Original
from curator.curate.imported import originals_of
from curator.curate.writing import Writing, written
from curator.errors import BadInput
from curator.faces.cli import drafts
from curator.faces.cli.asking import asked
from curator.faces.cli.call import Call
from curator.faces.desk.form import PARTS, Form, changes, form_of, is_nothing
from curator.faces.desk.kept import Kept, KeptTexts
from curator.faces.desk.passages import Block, blocks_of
from curator.faces.desk.wording import DeskMessages
from curator.faces.editors import known_editor
from curator.model import Item, Lang, Problem, Status
from curator.quotation import policy_of
from curator.settings import Edition
from curator.store.rows import Row
from curator.store.search import Search
from curator.text.plain import plain_of

MINE, ALL = "mine", "all"
FILTER = "filter:"
MOST_LACKING = 500
"""Items of a saved filter that asks for a problem: each is opened to see whether it has it."""
VIEWS: tuple[str, ...] = (
    Status.QUEUED,
    MINE,
    Status.DRAFTING,
    Status.READY,
    Status.PUBLISHED,
    Status.SKIPPED,
    ALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What the list shows: items in one status, or hers; of these, what answers a query."""

    name: str = Status.QUEUED
    query: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One item as the screen shows it. `kept`: what she typed once and did not save.
    `original`: what the blog said from which it was imported.

    `most_words`: how much of this source may be quoted; None: all of it.
    """

    dossier: Dossier
    blocks: tuple[Block, ...]
    form: Form
    writable: bool
    most_words: int | None = None
    kept: Kept | None = None
    original: Original | None = None

    @property
    def item(self) -> Item:
        return self.dossier.item

    @property
    def address(self) -> str | None:
        """Where the text that is read stands: its entry's, or the post's that it was imported from."""
        if self.original is not None:
            return self.original.imported.permalink
        return (self.dossier.entry.url or None) if self.dossier.entry else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What is missing, what looks wrong, and the sentence that says why the fields cannot be saved."""

    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    unsaveable: str | None = None


class Work:
    """One editor at one edition's desk."""

    def __init__(self, call: Call, edition: Edition) -> None:
        self.call = call
        self.edition = edition
        self.messages = DeskMessages(call.messages.locale, zone=call.messages.zone)
        self.names = {part: self.messages.say(f"desk_attribution_{part}") for part in PARTS}
        self.kept = KeptTexts(call.settings.newsroom / "data" / "drafts", call.editor.name)
        self._asides: dict[int, Path] = {}
        self._shown: dict[int, int] = {}  # which version of an item she has before her
        self._spelling = call.newsroom.spelling
        if self._spelling is not None:
            # A second for each dictionary, in which nobody has typed much yet.
            Thread(target=self._spelling.load, args=(edition.language, Lang("en")), daemon=True).start()

    # ── looking ──

    def ids(self, view: View) -> list[int]:
        """Everything the list scrolls through: above the queue what she has on her desk already."""
        if view.name == MINE:
            return self._mine(view.query)
        if view.name.startswith(FILTER):
            return self._filtered(view)
        status = None if view.name == ALL else Status(view.name)
        queued = status is Status.QUEUED
        search = Search(edition=self.edition.key, status=status, query=view.query or None, folded=queued)
        found = dossiers.row_ids(self.call.store, search)
        return [*self._mine(view.query), *found] if queued else found

    def counted(self) -> dict[str, int]:
        """How many items each of the views shows."""
        return {name: len(self.ids(View(name=name))) for name in VIEWS}

    def _mine(self, query: str) -> list[int]:
        search = Search(
            edition=self.edition.key,
            status=Status.DRAFTING,
            claimed_by=self.call.editor.name,
            query=query or None,
        )
        return dossiers.row_ids(self.call.store, search)

    def _filtered(self, view: View) -> list[int]:
        asks = asked(self.call, self.edition, {}, saved=view.name.removeprefix(FILTER))
        both = " ".join(filter(None, [asks.search.query, view.query]))
        search = replace(asks.search, query=both or None)
        if asks.problem is None:
            return dossiers.row_ids(self.call.store, search)
        found = dossiers.find(
            self.call.store,
            search,
            problem=asks.problem,
            settings=self.call.settings,
            limit=MOST_LACKING,
            offset=0,
        )
        return [dossier.item.id for dossier in found.dossiers]

    def editors(self) -> tuple[str, ...]:
        """Whom an item can be assigned to; none are listed in a newsroom that lets anybody write."""
        return tuple(sorted(self.call.settings.editors))

    def filters(self) -> list[str]:
        """The names of those that she has saved."""
        with self.call.store.read() as tx:
            return list(tx.filters.of_editor(self.call.editor.name))

    def rows(self, item_ids: Sequence[int]) -> list[Row]:
        return dossiers.rows(self.call.store, item_ids, edition=self.edition.key)

    def open(self, item_id: int) -> Opened:
        """The item to look at; to write on where it is hers, or nobody's any more."""
        return self._opened(dossiers.read_dossier(self.call.store, item_id))

    def source_changes(self, item_id: int) -> tuple[Change, ...] | None:
        return source_changes(self.call.store, item_id)

    def _opened(self, dossier: Dossier) -> Opened:
        item = dossier.item
        self._shown[item.id] = item.version
        form = form_of(item, edition=self.edition.key, names=self.names)
        return Opened(
            dossier=dossier,
            blocks=blocks_of(dossier.entry),
            form=form,
            writable=self._writable(item),
            most_words=self._most_words(dossier),
            kept=self.kept.read(item.id, self.edition.key),
            original=self._original(dossier),
        )

    def _original(self, dossier: Dossier) -> Original | None:
        return next(iter(originals_of(self.call.store, dossier.item.id)), None) if dossier.imports else None

    def _most_words(self, dossier: Dossier) -> int | None:
        entry = dossier.entry
        original = len(plain_of(entry.html).split()) if entry else None
        return policy_of(dossier.source, self.call.settings.quotation).most(original or None)

    def _writable(self, item: Item) -> bool:
        status = item.status_in(self.edition.key)
        if status is Status.PUBLISHED:
            return True
        theirs = item.editor not in (None, self.call.editor.name)
        held = item.claimed_until is not None and item.claimed_until > self.call.now
        return status in (Status.DRAFTING, Status.READY) and not (theirs and held)

    def tags(self) -> list[str]:
        with self.call.store.read() as tx:
            return tx.hints.tags()

    def new_since(self) -> datetime | None:
        """What came later is new to her."""
        with self.call.store.read() as tx:
            return tx.looks.new_since(self.call.editor.name, self.edition.key, now=self.call.now)

    def looked(self) -> None:
        with self.call.store.begin() as tx:
            tx.looks.put(self.call.editor.name, self.edition.key, now=self.call.now)

    def browse(self, url: str) -> None:
        """In the program that BROWSER names, else in the machine's own."""
        if program := self.call.environ.get("BROWSER"):
            with suppress(OSError, ValueError):
                browser = subprocess.Popen(  # noqa: S603 - her own choice
                    [*shlex.split(program), url], stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
                )
                Thread(target=browser.wait, daemon=True).start()  # it may stay open longer than the desk
        else:
            webbrowser.open(url)

    # ── moving ──

    def write(self, item_id: int, *, take_over: bool = False) -> Opened:
        """Open an item to write on it: what waits in the queue is claimed first."""
        status = dossiers.read_dossier(self.call.store, item_id).item.status_in(self.edition.key)
        if status in (Status.QUEUED, Status.DRAFTING):
            self.claim(item_id, take_over=take_over)
        return self.open(item_id)

    def claim(self, item_id: int, *, take_over: bool = False) -> None:
        curate.claim(
            self.call.store,
            [item_id],
            by=self.call.editor,
            settings=self.call.settings,
            edition=self.edition,
            now=self.call.now,
            take_over=take_over,
        )

    def release(self, item_id: int) -> None:
        curate.release(
            self.call.store, [item_id], by=self.call.editor, edition=self.edition, now=self.call.now
        )

    def skip(self, item_id: int, reason: str | None = None) -> None:
        curate.skip(
            self.call.store,
            [item_id],
            by=self.call.editor,
            edition=self.edition,
            now=self.call.now,
            reason=reason or None,
        )

    def requeue(self, item_id: int) -> None:
        curate.requeue(
            self.call.store, [item_id], by=self.call.editor, edition=self.edition, now=self.call.now
        )

    def approve(self, item_id: int, at: datetime | None = None) -> None:
        curate.approve(
            self.call.store,
            [item_id],
            by=self.call.editor,
            settings=self.call.settings,
            edition=self.edition,
            now=self.call.now,
            at=at,
            version=self._shown.get(item_id),
        )

    def undo(self, item_id: int) -> str:
        """The move that was taken back."""
        _, event, _ = curate.undo(self.call.store, item_id, by=self.call.editor, now=self.call.now)
        return event.move

    def comment(self, item_id: int, said: str) -> None:
        colleagues.comment(self.call.store, item_id, said, by=self.call.editor, now=self.call.now)

    def assign(self, item_id: int, to: str | None) -> None:
        colleagues.assign(
            self.call.store,
            [item_id],
            to=known_editor(self.call.settings, to) if to else None,
            by=self.call.editor,
            edition=self.edition,
            now=self.call.now,
        )

    def send_back(self, item_id: int, said: str) -> None:
        colleagues.send_back(
            self.call.store,
            item_id,
            comment=said,
            by=self.call.editor,
            settings=self.call.settings,
            edition=self.edition,
            now=self.call.now,
        )

    def suggest(self, item_id: int) -> None:
        """Ask the engines for headline and gist; it may take as long as they are given."""
        suggesting.suggest(
            self.call.store,
            self.call.newsroom.machines,
            item_id,
            language=self.edition.language,
            **self._asking(),
        )

    def accept(self, item_id: int) -> None:
        """What an engine suggests becomes her draft, which remembers where it came from."""
        suggesting.accept(self.call.store, self.call.newsroom.machines, item_id, **self._asking())

    def _asking(self) -> dict[str, Any]:
        return {
            "by": self.call.editor,
            "settings": self.call.settings,
            "edition": self.edition,
            "clock": lambda: self.call.now,
        }

    def waive(self, opened: Opened, code: str, reason: str) -> Opened:
        writing = Writing(waive={code: reason}, version=opened.item.version)
        return self._saved(opened, writing)

    # ── writing ──

    def save(
        self,
        opened: Opened,
        form: Form,
        before: Form,
        *,
        turn: int | None = None,
        public: Writing | None = None,
    ) -> Opened:
        """BadInput says what cannot be saved; what was typed after `turn` stays in its file."""
        writing = changes(form, before, names=self.names)
        if is_nothing(writing):
            return self.drop(opened, turn=turn)
        if public is not None:
            writing = replace(writing, minor=public.minor, correction=public.correction)
        return self._saved(opened, writing, turn=turn)

    def drop(self, opened: Opened, *, turn: int | None = None) -> Opened:
        """What was typed is not wanted any more."""
        self.kept.forget(opened.item.id, self.edition.key, turn=turn)
        self.settled(opened.item.id)
        return self.open(opened.item.id)

    def save_over(self, opened: Opened, form: Form, before: Form, *, version: int) -> Opened:
        """After a conflict, on purpose: what she changed goes onto what stands now."""
        writing = changes(form, before, names=self.names)
        return self._saved(opened, replace(writing, version=version))

    def _saved(self, opened: Opened, writing: Writing, *, turn: int | None = None) -> Opened:
        item = curate.write(
            self.call.store,
            opened.item.id,
            writing,
            by=self.call.editor,
            settings=self.call.settings,
            edition=self.edition,
            now=self.call.now,
        )
        self.kept.forget(item.id, self.edition.key, turn=turn)
        return self.open(item.id)

    def aside(self, item_id: int) -> Path:
        """The file of the conflict that she has about this item, until it is settled."""
        if item_id not in self._asides:
            self._asides[item_id] = drafts.path(self.call, item_id, f"-{self.call.now:%Y%m%dT%H%M%S%f}")
        return self._asides[item_id]

    def settled(self, item_id: int) -> None:
        self._asides.pop(item_id, None)

    # ── checking ──

    def check(self, opened: Opened, form: Form, before: Form) -> Checked:
        """The item as it would be with these fields; touches nothing."""
        try:
            item = self.as_written(opened, form, before)
        except BadInput as error:
            return Checked(unsaveable=self.messages.error(error.reason, error.data))
        dossier = replace(opened.dossier, item=item)
        problems = dossier.problems(self.edition.key, self.call.settings)
        return Checked(
            problems=problems, warnings=dossier.warnings(self.edition, self.call.settings, self._spelling)
        )

    def as_written(self, opened: Opened, form: Form, before: Form) -> Item:
        return written(
            opened.item,
            changes(form, before, names=self.names),
            entry=opened.dossier.entry,
            source=opened.dossier.source,
            edition=self.edition,
            by=self.call.editor.name,
        )
