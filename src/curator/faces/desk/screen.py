"""The desk's one screen: which key does what to which item, and what is painted afterwards.

Commands are awaited where keys arrive (priority bindings), so that a key typed while the database
is asked waits its turn, and never reaches the wrong field.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, ParamSpec, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingsMap, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Label, TextArea

from curator.errors import ClaimedByOther, CuratorError, EditConflict, NotReady
from curator.faces.clock import parse_time
from curator.faces.desk import preview, telling
from curator.faces.desk.asking import Asking, Choosing, Reading
from curator.faces.desk.editor import ONE_LINE, EditorPane, Words, field_of
from curator.faces.desk.form import Form
from curator.faces.desk.kept import Kept
from curator.faces.desk.keys import KEYS, LIST, READER, TYPING
from curator.faces.desk.listing import Listing
from curator.faces.desk.passages import Choice
from curator.faces.desk.reader import Reader
from curator.faces.desk.work import FILTER, VIEWS, Checked, Opened, View, Work
from curator.model import Status

P = ParamSpec("P")
R = TypeVar("R")

TICK = 0.2
"""Seconds between two looks at what was typed: to check it, and to keep it."""
REST = 0.12
"""Seconds that the cursor of the list rests before the item under it is read."""


MIDDLE, WIDE = 100, 150
"""Columns from which two panes stand side by side, and all three."""


def panes_for(pane: str, columns: int, *, walking: bool) -> frozenset[str]:
    """Which panes are on the screen while `pane` has the keys."""
    if columns < MIDDLE:
        return frozenset({pane})
    shown = frozenset({LIST, READER, TYPING})
    if columns < WIDE and not walking:
        shown -= {LIST} if pane == TYPING else {TYPING}
    return shown - {LIST} if walking else shown


class DeskScreen(Screen[None]):
    BINDINGS: ClassVar[list[BindingType]] = []
    AUTO_FOCUS = None

    def __init__(self, work: Work, *, walking: bool = False) -> None:
        super().__init__()
        self.work = work
        self.messages = work.call.messages
        self.walking = walking
        self.view = View()
        self.opened: Opened | None = None
        self._before: Form | None = None  # what the fields held before she typed
        self._on_disk: Form | None = None
        self._checked: Form | None = None
        self._findings = Checked()
        self._opening = 0
        self._finding = -1
        self._acted: list[int] = []
        self._pane = ""
        self._leaving = False
        said = [
            Binding(
                key,
                does.action,
                self.messages.say(f"desk_key_{does.name}"),
                show=False,
                priority=True,
            )
            for does in KEYS
            for key in does.keys.split(",")
        ]
        self._bindings = BindingsMap.merge([self._bindings, BindingsMap(said)])

    def compose(self) -> ComposeResult:
        call = self.work.call
        yield Label(id="top")
        with Horizontal(id="panes"):
            yield Listing(self.messages, editor=call.editor.name, now=call.now)
            yield Reader()
            yield EditorPane(self.messages, note_label=self.work.edition.note_label, tags=self.work.tags())
        yield Label(id="foot")

    async def on_mount(self) -> None:
        self.reader.border_title = self.messages.say("desk_pane_reader")
        self.editor.border_title = self.messages.say("desk_pane_editor")
        await self.action_reload()
        self._go(READER if self.walking else LIST)
        self.set_interval(TICK, self._tick)
        self._tell_kept()

    # ── its parts ──

    @property
    def listing(self) -> Listing:
        return self.query_one(Listing)

    @property
    def reader(self) -> Reader:
        return self.query_one(Reader)

    @property
    def editor(self) -> EditorPane:
        return self.query_one(EditorPane)

    @property
    def item_id(self) -> int | None:
        return self.listing.item_id

    def _where(self) -> str:
        if isinstance(self.focused, TextArea | Input):
            return TYPING
        return READER if isinstance(self.focused, Reader) else LIST

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        del parameters
        if action == "headline_done":
            return isinstance(self.focused, Words) and self.focused.field == ONE_LINE
        here = self._where()
        places = [does.where for does in KEYS if does.action.partition("(")[0] == action]
        return any(here in where for where in places) if places else True

    def _go(self, pane: str) -> None:
        self._at(pane)
        widget: Widget = self.reader if pane == READER else self.listing
        self.set_focus(widget)

    def _at(self, pane: str) -> None:
        """What is shown beside the pane that has the keys, as far as there is room, and which keys it has."""
        if pane != self._pane:
            self._pane = pane
            self._arrange()

    def _arrange(self) -> None:
        shown = panes_for(self._pane, self.app.size.width, walking=self.walking)
        for pane, widget in ((LIST, self.listing), (READER, self.reader), (TYPING, self.editor)):
            widget.display = pane in shown
        foot = telling.foot(self.messages, self._pane, columns=self.app.size.width)
        self.query_one("#foot", Label).update(foot, layout=False)

    def on_resize(self) -> None:
        self._arrange()

    def on_descendant_focus(self) -> None:
        self._at(self._where())

    # ── saying ──

    def say(self, key: str, /, **data: Any) -> None:
        self.notify(self.messages.say(key, **data), markup=False, timeout=4)

    def refuse(self, error: CuratorError) -> None:
        sentence = self.messages.error(error.reason, error.data)
        self.notify(sentence, severity="error", markup=False, timeout=12)

    async def off(self, does: Callable[P, R], *args: P.args, **named: P.kwargs) -> R:
        """Beside the thread that paints."""
        return await asyncio.to_thread(does, *args, **named)

    def _beside(self, does: Any, group: str, *, only: bool = False) -> None:
        """Let it happen meanwhile; `only`: and what is left of the group before it is not wanted any more."""
        self.run_worker(does, group=group, exclusive=only)

    def _head(self) -> None:
        call, edition = self.work.call, self.work.edition
        view = self._view_name(self.view.name)
        total = len(self.listing.ids)
        where = f"{self.listing.cursor + 1}/{total}" if total else "0"
        query = f" · /{self.view.query}" if self.view.query else ""
        self.query_one("#top", Label).update(
            Content.assemble(
                (f" {edition.title} ", "bold"),
                f"[{edition.key}] · {call.editor.name} · {view} {where}{query}",
            ),
            layout=False,
        )

    def _tell_kept(self) -> None:
        if kept := sorted(self.work.kept.items(self.work.edition.key)):
            self.say("desk_kept", items=kept, count=len(kept))

    # ── the list ──

    async def action_reload(self) -> None:
        view = self.view
        try:
            ids = await self.off(self.work.ids, view)
            self.listing.new_since = await self.off(self.work.new_since)
        except CuratorError as error:
            self.refuse(error)
            return
        self.listing.now = self.work.call.now
        self.listing.with_drafts = self.work.kept.items(self.work.edition.key)
        self.listing.show(ids, keep=self.item_id)
        self.listing.border_title = self._view_name(view.name)
        self._head()

    def on_listing_wanted(self, event: Listing.Wanted) -> None:
        event.stop()
        self._beside(partial(self._bring_rows, list(event.item_ids)), "rows")

    async def _bring_rows(self, item_ids: list[int]) -> None:
        try:
            self.listing.take(await self.off(self.work.rows, item_ids))
        except CuratorError as error:
            self.refuse(error)

    def on_listing_moved(self, event: Listing.Moved) -> None:
        event.stop()
        self._head()
        item_id = self.item_id
        if item_id is None:
            self._show_nothing()
        elif self.opened is None or self.opened.item.id != item_id:
            self._opening += 1
            soon = partial(self._open_soon, item_id, self._opening)
            self._beside(soon, "open", only=True)

    async def _open_soon(self, item_id: int, turn: int) -> None:
        """Unless the cursor has gone on meanwhile, or a key has opened an item already."""
        await asyncio.sleep(REST)
        try:
            opened = await self.off(self.work.open, item_id)
        except CuratorError as error:
            self.refuse(error)
            return
        if turn == self._opening:
            await self._keep()
            self._show(opened)

    async def _reopen(self, item_id: int) -> None:
        """Show it now, whatever was on its way to the screen."""
        try:
            opened = await self.off(self.work.open, item_id)
        except CuratorError as error:
            self.refuse(error)
            return
        await self._keep()
        self._show(opened)

    def _show_nothing(self) -> None:
        self.opened = None
        self.reader.show([(self.messages.say("desk_empty"), "faint")], ())
        self.editor.rest(Content(""))

    def _show(self, opened: Opened, *, fresh: bool = True) -> None:
        """`fresh`: another item, or another text of it, for the reader too."""
        self.opened = opened
        self._opening += 1
        form = opened.form
        self._before = form
        if opened.kept is not None and opened.writable:
            form, self._before = opened.kept.form, opened.kept.before
        if fresh:
            self.reader.show(telling.head(self.work, opened), opened.blocks)
        self._on_disk = form if opened.kept is not None else None
        self._checked = None
        self._findings = Checked()
        self._finding = -1
        if not opened.writable:
            self.editor.rest(telling.resting(self.work, opened))
            return
        self.editor.show(form)
        self.editor.state(telling.state(self.work, opened))
        self.editor.beside(telling.beside(self.work, opened))
        self._beside(self._check, "check", only=True)

    # ── what was typed: checked, and kept ──

    async def _tick(self) -> None:
        form = self.editor.form
        if form is None or self.opened is None:
            return
        if self._is_touched(form) and form != self._on_disk:
            await self._keep()
        if form != self._checked:
            await self._check()

    def _is_touched(self, form: Form) -> bool:
        return self._before is not None and not form.same_texts(self._before)

    async def _keep(self) -> None:
        """On the disk, as it stands in the fields now."""
        form, before = self.editor.form, self._before
        if form is None or before is None or not self._is_touched(form) or form == self._on_disk:
            return
        turn = self.work.kept.turn()
        self._on_disk = form
        try:
            await self.off(self.work.kept.put, Kept(form=form, before=before), turn=turn)
        except OSError as error:
            self._on_disk = None
            cause, path = error.strerror, self.work.kept.path(form.item_id, form.edition)
            sentence = self.messages.error("file_not_written", {"path": str(path), "cause": cause})
            self.notify(sentence, severity="error", markup=False, timeout=10)

    async def _check(self) -> None:
        form, opened, before = self.editor.form, self.opened, self._before
        if form is None or opened is None or before is None:
            return
        self._checked = form
        found = await self.off(self.work.check, opened, form, before)
        if self.opened is opened:
            self._findings = found
            self.editor.tell(
                found,
                words=telling.lengths(self.work, opened, form),
                hints=telling.suggested(self.work, opened),
            )

    async def _save(self) -> bool:
        """Whether nothing of what she typed is only on this screen and in its file any more."""
        await self._typed()
        form, opened, before = self.editor.form, self.opened, self._before
        if form is None or opened is None or before is None or not opened.writable:
            return True
        if not self._is_touched(form):
            return True
        await self._keep()
        try:
            saved = await self.off(self.work.save, opened, form, before)
        except EditConflict as conflict:
            self._settle(conflict, form, before)
            return False
        except CuratorError as error:
            self.refuse(error)
            return False
        self._show(saved, fresh=False)
        self.listing.with_drafts -= {form.item_id}
        self._refresh_row(form.item_id)
        return True

    def _settle(self, conflict: EditConflict, form: Form, before: Form) -> None:
        """Both texts and their difference; she decides, and either way both are still there."""
        opened = self.opened
        if opened is None:
            return
        text = telling.conflict(self.work, conflict)
        ways = [
            ("m", self.messages.say("desk_conflict_mine")),
            ("t", self.messages.say("desk_conflict_theirs")),
        ]

        async def settled(answer: str | None) -> None:
            if answer is None:
                return
            try:
                if answer == "m":
                    version = conflict.theirs.version
                    shown = await self.off(self.work.save_over, opened, form, before, version=version)
                else:
                    shown = await self.off(self.work.drop, opened)
            except CuratorError as error:
                self.refuse(error)
                return
            self._show(shown)
            self.listing.with_drafts -= {form.item_id}
            self._refresh_row(form.item_id)

        self.app.push_screen(
            Reading(self.messages.say("desk_conflict", item=form.item_id), text, self.messages, ways), settled
        )

    def _refresh_row(self, item_id: int) -> None:
        self._beside(partial(self._bring_rows, [item_id]), "rows")

    # ── keys: moving about ──

    def action_move(self, by: int) -> None:
        self._mover().move(by)

    def action_page(self, by: int) -> None:
        self._mover().move_pages(by)

    def action_end(self, last: bool) -> None:  # noqa: FBT001 - textual's actions have no names
        self._mover().move_to_end(last=last)

    def _mover(self) -> Listing | Reader:
        return self.reader if self._where() == READER else self.listing

    def action_sentence(self, by: int) -> None:
        self.reader.move_sentence(by)

    def action_mark(self) -> None:
        self.reader.mark()

    def action_unmark(self) -> None:
        self.reader.unmark_all()

    async def action_read(self) -> None:
        await self._catch_up()
        self._go(READER)

    async def action_next(self) -> None:
        self.listing.move(1)

    async def action_previous(self) -> None:
        self.listing.move(-1)

    async def action_leave(self) -> None:
        typing = self._where() == TYPING
        if typing and not await self._save():
            return
        self._go(READER if self.walking else LIST)

    async def action_field(self, by: int) -> None:
        """The next pane or field; what was typed in this one before stays in it."""
        await self._typed()
        self.focus_next() if by > 0 else self.focus_previous()

    async def action_headline_done(self) -> None:
        await self.action_field(1)

    async def _typed(self) -> None:
        """Until the field has taken in the keys that came before this one: it has a queue of its own."""
        field = self.focused
        if isinstance(field, TextArea | Input):
            taken = asyncio.Event()
            field.call_later(taken.set)
            with suppress(TimeoutError):
                await asyncio.wait_for(taken.wait(), 1)

    # ── keys: writing ──

    async def _catch_up(self) -> Opened | None:
        """The item under the cursor of the list is the one on the screen, from here on."""
        item_id = self.item_id
        if item_id is None:
            return None
        if self.opened is None or self.opened.item.id != item_id:
            await self._reopen(item_id)
        return self.opened if self.opened is not None and self.opened.item.id == item_id else None

    async def _writable(self, *, take_over: bool = False) -> bool:
        """Claim what waits, and open it to be written on."""
        opened = await self._catch_up()
        if opened is None:
            return False
        if opened.writable and not take_over:
            return True
        try:
            self._show(await self.off(self.work.write, opened.item.id, take_over=take_over), fresh=False)
        except ClaimedByOther as refusal:
            self.notify(
                self.messages.say("desk_claimed", **refusal.data), severity="warning", markup=False, timeout=8
            )
            self._refresh_row(opened.item.id)
            await self._reopen(opened.item.id)
            return False
        except CuratorError as error:
            self.refuse(error)
            return False
        self._did(opened.item.id)
        self._refresh_row(opened.item.id)
        if self.opened is not None and not self.opened.writable:
            self.say("desk_not_writable", status=self.opened.item.status_in(self.work.edition.key))
            return False
        return True

    async def action_write(self) -> None:
        if await self._writable():
            self._write_at("headline")

    action_edit = action_write

    async def action_read_typing(self) -> None:
        await self.action_read()

    async def action_preview_typing(self) -> None:
        await self.action_preview()

    def action_help_typing(self) -> None:
        self.action_help()

    def action_fix_typing(self) -> None:
        self.action_fix()

    def _write_at(self, field: str) -> None:
        self._at(TYPING)
        self.editor.go_to(field)

    async def action_quote(self) -> None:
        await self._quote(self.reader.choice())

    async def action_quote_all(self) -> None:
        await self._quote(self.reader.choice(whole=True))

    async def _quote(self, choice: Choice | None) -> None:
        if choice is None:
            return
        marked = self.reader.marked
        if await self._writable():
            self.reader.marked = marked
            self.editor.quote(choice.text, choice.paragraphs)
            self._write_at("headline")

    async def action_save(self) -> None:
        if self.opened is not None and await self._save():
            self.say("desk_saved", item=self.opened.item.id)

    def action_fix(self) -> None:
        """The next thing that is missing or looks wrong, in the field it is about."""
        found = [*self._findings.problems, *self._findings.warnings]
        if not found or self.opened is None or not self.opened.writable:
            self.say("desk_nothing_to_fix")
            return
        self._finding = (self._finding + 1) % len(found)
        problem = found[self._finding]
        self._at(TYPING)
        self.editor.go_to(field_of(problem), problem)

    # ── keys: moves ──

    def _did(self, item_id: int) -> None:
        self._acted.append(item_id)

    async def _move(self, does: Callable[[int], None], said: str, *, leaves: bool) -> bool:
        """One move of the item under the cursor; `leaves`: it is not in this list any more."""
        item_id = self.item_id
        if item_id is None or not await self._save():
            return False
        try:
            await self.off(does, item_id)
        except NotReady as refusal:
            self.refuse(refusal)
            await self._catch_up()
            return False
        except CuratorError as error:
            self.refuse(error)
            return False
        self._did(item_id)
        self.say(said, item=item_id)
        if leaves:
            self._leave_list(item_id)
        else:
            await self._reopen(item_id)
            self._refresh_row(item_id)
        return True

    def _leave_list(self, item_id: int) -> None:
        self.opened = None
        self.listing.without(item_id)
        self._go(READER if self.walking else LIST)

    async def action_claim(self) -> None:
        await self._move(self.work.claim, "desk_claimed_now", leaves=False)

    async def action_take_over(self) -> None:
        if await self._writable(take_over=True):
            self._write_at("headline")

    async def action_release(self) -> None:
        await self._move(self.work.release, "desk_released", leaves=self.view.name != Status.QUEUED)

    async def action_skip(self) -> None:
        if self.view.name == Status.SKIPPED:
            await self._move(self.work.requeue, "desk_requeued", leaves=True)
        else:
            await self._move(self.work.skip, "desk_skipped", leaves=True)

    def action_skip_because(self) -> None:
        async def answered(reason: str | None) -> None:
            if reason is not None:
                await self._move(lambda item_id: self.work.skip(item_id, reason), "desk_skipped", leaves=True)

        self.app.push_screen(Asking(self.messages.say("desk_ask_reason")), answered)

    async def action_approve(self) -> None:
        await self._move(self.work.approve, "desk_approved", leaves=self.view.name != Status.READY)

    def action_approve_at(self) -> None:
        async def answered(typed: str | None) -> None:
            if not typed:
                return
            call = self.work.call
            try:
                at = parse_time(typed, zone=self.work.edition.timezone, now=call.now)
            except CuratorError as error:
                self.refuse(error)
                return
            await self._move(
                lambda item_id: self.work.approve(item_id, at),
                "desk_approved",
                leaves=self.view.name != Status.READY,
            )

        self.app.push_screen(Asking(self.messages.say("desk_ask_time")), answered)

    async def action_undo(self) -> None:
        item_id = self._acted.pop() if self._acted else self.item_id
        if item_id is None:
            return
        try:
            move = await self.off(self.work.undo, item_id)
        except CuratorError as error:
            self.refuse(error)
            return
        self.say("desk_undone", item=item_id, move=move)
        self.opened = None
        await self.action_reload()
        self.listing.go_to(item_id)
        await self._catch_up()

    def action_comment(self) -> None:
        self._ask_and_move("desk_ask_comment", self.work.comment, "desk_commented")

    def action_assign(self) -> None:
        self._ask_and_move(
            "desk_ask_assignee",
            lambda item, to: self.work.assign(item, to or None),
            "desk_assigned",
            empty=True,
        )

    def action_send_back(self) -> None:
        self._ask_and_move("desk_ask_send_back", self.work.send_back, "desk_sent_back")

    def _ask_and_move(
        self, question: str, does: Callable[[int, str], None], said: str, *, empty: bool = False
    ) -> None:
        async def answered(typed: str | None) -> None:
            if typed is not None and (typed.strip() or empty):
                await self._move(lambda item_id: does(item_id, typed.strip()), said, leaves=False)

        self.app.push_screen(Asking(self.messages.say(question)), answered)

    def action_suggest(self) -> None:
        """Ask the engines meanwhile: what they say comes beside the fields, and nobody waits for it."""
        if self.item_id is not None:
            self.say("desk_asking", item=self.item_id)
            self._beside(partial(self._suggest, self.item_id), "suggest")

    async def _suggest(self, item_id: int) -> None:
        try:
            await self.off(self.work.suggest, item_id)
            found = await self.off(self.work.open, item_id)
        except CuratorError as error:
            self.refuse(error)
            return
        self.say("desk_suggested", item=item_id)
        if self.opened is not None and self.opened.item.id == item_id:
            self.opened = replace(self.opened, dossier=found.dossier)
            if self.opened.writable:
                self._checked = None
            else:
                self.editor.rest(telling.resting(self.work, self.opened))

    async def action_accept(self) -> None:
        await self._move(self.work.accept, "desk_accepted", leaves=False)

    def action_waive(self) -> None:
        opened = self.opened
        waivable = [problem for problem in self._findings.problems if problem.waivable]
        if opened is None or not opened.writable or not waivable:
            self.say("desk_nothing_to_waive")
            return

        async def because(code: str, reason: str | None) -> None:
            if reason and reason.strip() and self.opened is not None and await self._save():
                try:
                    self._show(await self.off(self.work.waive, self.opened, code, reason), fresh=False)
                except CuratorError as error:
                    self.refuse(error)

        def chose(code: str | None) -> None:
            if code is not None:
                self.app.push_screen(
                    Asking(self.messages.say("desk_ask_waiver")), lambda reason: because(code, reason)
                )

        options = [(problem.code, self.messages.problem(problem)) for problem in waivable]
        self.app.push_screen(Choosing(self.messages.say("desk_choose_waiver"), options), chose)

    # ── keys: looking ──

    async def action_browse(self) -> None:
        opened = await self._catch_up()
        entry = opened.dossier.entry if opened else None
        if entry is None or not entry.url:
            self.say("desk_no_address")
            return
        self.say("desk_browsing", url=entry.url)
        await self.off(self.work.browse, entry.url)

    async def action_preview(self) -> None:
        await self._typed()
        opened = await self._catch_up()
        form = self.editor.form or self._before
        if opened is None or form is None or self._before is None:
            return
        try:
            item = await self.off(self.work.as_written, opened, form, self._before)
        except CuratorError as error:
            self.refuse(error)
            return
        edition = self.work.edition
        public = preview.composed(item, opened.dossier, edition=edition, settings=self.work.call.settings)
        title = self.messages.say("desk_preview", item=item.id)
        self.app.push_screen(Reading(title, preview.as_text(public, edition=edition), self.messages))

    async def action_changes(self) -> None:
        opened = await self._catch_up()
        if opened is None:
            return
        changes = await self.off(self.work.source_changes, opened.item.id)
        title = self.messages.say("desk_changes", item=opened.item.id)
        self.app.push_screen(Reading(title, telling.changes(self.work, changes), self.messages))

    def action_search(self) -> None:
        async def answered(query: str | None) -> None:
            if query is not None:
                await self._see(replace(self.view, query=query.strip()))

        self.app.push_screen(Asking(self.messages.say("desk_ask_search"), self.view.query), answered)

    def action_views(self) -> None:
        async def chose(name: str | None) -> None:
            if name is not None:
                await self._see(View(name=name))

        options = [(name, self._view_name(name)) for name in VIEWS]
        options += [(f"{FILTER}{name}", name) for name in self.work.filters()]
        self.app.push_screen(Choosing(self.messages.say("desk_choose_view"), options), chose)

    def _view_name(self, name: str) -> str:
        return (
            name.removeprefix(FILTER) if name.startswith(FILTER) else self.messages.say(f"desk_view_{name}")
        )

    async def _see(self, view: View) -> None:
        if await self._save():
            self.view = view
            self.opened = None
            self._go(LIST)
            await self.action_reload()

    def action_help(self) -> None:
        self.app.push_screen(
            Reading(self.messages.say("desk_help"), telling.keys(self.messages), self.messages)
        )

    def action_dark(self) -> None:
        self.app.theme = "curator-light" if self.app.current_theme.dark else "curator-dark"

    async def action_quit(self) -> None:
        """What cannot be saved as it is stays in its file; asked twice, the desk leaves it there."""
        if not await self._save() and not self._leaving:
            self._leaving = True
            self.say("desk_quit_again")
            return
        with suppress(CuratorError):  # to be reminded of what is new matters less than to leave
            await self.off(self.work.looked)
        self.app.exit()
