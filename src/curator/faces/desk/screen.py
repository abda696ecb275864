"""The desk's one screen: its list, its keys, and what is painted after them.

Commands are awaited where keys arrive (priority bindings), so that a key typed while the database
is asked waits its turn, and never reaches the wrong field.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingsMap, BindingType
from textual.containers import Horizontal
from textual.widgets import Label

from curator.errors import CuratorError
from curator.faces.desk import preview, telling
from curator.faces.desk.asking import Asking, Choosing, Reading
from curator.faces.desk.editor import ONE_LINE, EditorPane, TagLine, Words
from curator.faces.desk.keys import KEYS, LIST, READER, TYPING
from curator.faces.desk.listing import Listing
from curator.faces.desk.reader import Reader
from curator.faces.desk.saving import LOOK, TICK
from curator.faces.desk.triage import Triage
from curator.faces.desk.work import FILTER, VIEWS, View, Work

MOST_SHEET = 100
"""Columns of a text laid over the desk, as desk.tcss has it."""
REST = 0.12
"""Seconds that the cursor of the list rests before the item under it is read."""


class DeskScreen(Triage):
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, work: Work, *, walking: bool = False) -> None:
        super().__init__(work, walking=walking)
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
        self.set_interval(LOOK, self._look_now_and_then)
        self._tell_kept()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        del parameters
        if action == "headline_done":
            return isinstance(self.focused, TagLine) or (
                isinstance(self.focused, Words) and self.focused.field == ONE_LINE
            )
        if action == "all_again":
            return self._where() == LIST and bool(self.view.query)
        here = self._where()
        places = [does.where for does in KEYS if does.action.partition("(")[0] == action]
        return any(here in where for where in places) if places else True

    def _tell_kept(self) -> None:
        if kept := sorted(self.work.kept.items(self.work.edition.key)):
            self.say("desk_kept", items=kept, count=len(kept))

    # ── the list ──

    def on_listing_wanted(self, event: Listing.Wanted) -> None:
        event.stop()
        self._beside(partial(self._bring_rows, list(event.item_ids)), "rows")

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

    def action_mark_all(self) -> None:
        self.reader.mark_all()

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
        """Out of the field, whatever becomes of saving: what is not saved is in its file, and said to be."""

        async def left(_: str) -> None:
            self._go_back()

        if self._where() == TYPING and await self._ask_what_readers_see(left):
            return
        if self._where() == TYPING and not await self._save():
            if self.app.screen is self:  # else she is asked
                self._go_back()
            return
        self._go_back()

    async def action_all_again(self) -> None:
        await self._see(replace(self.view, query=""))

    async def action_preview_typing(self) -> None:
        await self.action_preview()

    async def action_read_typing(self) -> None:
        await self.action_read()

    async def action_help_typing(self) -> None:
        await self.action_help()

    async def action_field(self, by: int) -> None:
        """The next pane or field; what was typed in this one before stays in it."""
        await self._typed()
        if by > 0 and isinstance(self.focused, TagLine) and self.focused.complete():
            return
        self.focus_next() if by > 0 else self.focus_previous()

    async def action_headline_done(self) -> None:
        """From the headline to the note; a tag is completed or ended, and the next one begins."""
        await self._typed()
        tags = self.focused
        if not (isinstance(tags, TagLine) and (tags.complete() or tags.begin_next())):
            await self.action_field(1)

    # ── keys: looking ──

    async def action_browse(self) -> None:
        opened = await self._catch_up()
        url = opened.address if opened else None
        if url is None:
            self.say("desk_no_address")
            return
        self.say("desk_browsing", url=url)
        await self.off(self.work.browse, url)

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
        text = preview.as_text(public, edition=edition, width=self._sheet_width())
        await Reading(title, text, self.messages.say("desk_close")).over(self.app)

    def _sheet_width(self) -> int:
        return min(MOST_SHEET, self.app.size.width * 9 // 10) - 4

    async def action_changes(self) -> None:
        opened = await self._catch_up()
        if opened is None:
            return
        changes = await self.off(self.work.source_changes, opened.item.id)
        title = self.messages.say("desk_changes", item=opened.item.id)
        await Reading(title, telling.changes(self.work, changes), self.messages.say("desk_close")).over(
            self.app
        )

    async def action_search(self) -> None:
        async def answered(query: str) -> None:
            await self._see(replace(self.view, query=query.strip()))

        title = self.messages.say("desk_ask_search")
        await Asking(title, answered, self.messages, value=self.view.query).over(self.app)

    async def action_views(self) -> None:
        async def chose(name: str) -> None:
            await self._see(View(name=name))

        try:
            counted = await self.off(self.work.counted)
            filters = await self.off(self.work.filters)
        except CuratorError as error:
            self.refuse(error)
            return
        options = [
            (name, self.messages.say("desk_view_of", name=self._view_name(name), count=counted[name]))
            for name in VIEWS
        ]
        options += [(f"{FILTER}{name}", self._view_name(f"{FILTER}{name}")) for name in filters]
        title = self.messages.say("desk_choose_view")
        await Choosing(title, options, chose, self.messages, current=self.view.name).over(self.app)

    async def _see(self, view: View) -> None:
        await self._keep()
        self.view = view
        self.opened = None
        self._go(LIST)
        await self.action_reload()

    async def action_help(self) -> None:
        said, closes = telling.keys(self.messages), self.messages.say("desk_close")
        await Reading(self.messages.say("desk_help"), said, closes).over(self.app)

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
