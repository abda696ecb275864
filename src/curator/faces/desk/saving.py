"""The item on the screen: shown, checked and kept while it is written, saved, and settled with colleagues."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial

from textual.content import Content

from curator.curate.writing import Writing
from curator.errors import ClaimedByOther, CuratorError, EditConflict
from curator.faces.desk import meanwhile, telling
from curator.faces.desk.asking import Asking, Reading, Then
from curator.faces.desk.form import Form
from curator.faces.desk.kept import Kept
from curator.faces.desk.keys import TYPING
from curator.faces.desk.meanwhile import Meanwhile
from curator.faces.desk.stage import Stage
from curator.faces.desk.work import Checked, Opened, Work
from curator.model import Status

TICK = 0.2
"""Seconds between two looks at what was typed: to check it, and to keep it."""
LOOK = 3.0
"""Seconds between two looks at what colleagues did to the item meanwhile."""
BACK, MINE, THEIRS, IN_WORDS = "f2", "f3", "f4", "f5"


class Saving(Stage):
    """What was typed is on the disk within a second, and in the item when it is left."""

    def __init__(self, work: Work, *, walking: bool = False) -> None:
        super().__init__(work, walking=walking)
        self.opened: Opened | None = None
        self._before: Form | None = None  # what the fields held before she typed
        self._on_disk: Form | None = None
        self._seen: Form | None = None  # at the last tick
        self._checked: Form | None = None
        self._findings = Checked()
        self._finding = -1
        self._opening = 0
        self._saving = asyncio.Lock()
        self._meanwhile: Meanwhile | None = None
        self._unkept = False

    # ── the item on the screen ──

    async def _reopen(self, item_id: int) -> None:
        """Show it now, whatever was on its way to the screen."""
        try:
            opened = await self.off(self.work.open, item_id)
        except CuratorError as error:
            self.refuse(error)
            return
        await self._keep()
        self._show(opened)

    async def _catch_up(self) -> Opened | None:
        """The item under the cursor of the list is the one on the screen, from here on."""
        item_id = self.item_id
        if item_id is None:
            return None
        if self.opened is None or self.opened.item.id != item_id:
            await self._reopen(item_id)
        return self.opened if self.opened is not None and self.opened.item.id == item_id else None

    def _show_nothing(self) -> None:
        self.opened = None
        query = self.view.query
        said = (
            self.messages.say("desk_empty_search", query=query) if query else self.messages.say("desk_empty")
        )
        self.reader.show([(said, "faint")], ())
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
        self._forget_findings()
        if opened.writable:
            self.editor.show(form)
            self._tell_state()
            self.editor.tell(self._findings, words=telling.lengths(self.work, opened, form))
            self._beside(self._check, "check", only=True)
            return
        if self._where() == TYPING:  # not a field any more
            self._go_back()
        width = self.editor.content_size.width
        self.editor.rest(telling.resting(self.work, opened, width=width))
        self.editor.border_subtitle = ""

    def _forget_findings(self) -> None:
        self._checked = None
        self._findings = Checked()
        self._finding = -1
        self._meanwhile = None

    def _tell_state(self) -> None:
        opened = self.opened
        if opened is None:
            return
        self.editor.state(telling.state(self.work, opened, self._meanwhile))
        self.editor.beside(telling.beside(self.work, opened))
        short = telling.meanwhile_in_short(self.messages, self._meanwhile)
        self.editor.border_subtitle = Content.styled(short, "bold $warning").markup if short else ""

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

    def _refresh_row(self, item_id: int) -> None:
        self._beside(partial(self._bring_rows, [item_id]), "rows")

    async def _bring_rows(self, item_ids: list[int]) -> None:
        try:
            self.listing.take(await self.off(self.work.rows, item_ids))
        except CuratorError as error:
            self.refuse(error)

    # ── what was typed: checked, and kept ──

    async def _tick(self) -> None:
        form = self.editor.form
        if form is None or self.opened is None:
            return
        if self._is_touched(form) and form != self._on_disk:
            await self._keep()
        resting, self._seen = form == self._seen, form
        if resting and form != self._checked:  # a line that comes or goes below moves all the fields
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
            await asyncio.to_thread(self.work.kept.put, Kept(form=form, before=before), turn=turn)
        except OSError:
            self._on_disk = None
            if not self._unkept:  # once, until it can be written again
                self._unkept = True
                sentence = self.messages.say("desk_not_kept", folder=self.work.kept.folder)
                self.notify(sentence, severity="error", markup=False, timeout=12)
        else:
            self._unkept = False

    async def _check(self) -> None:
        form, opened, before = self.editor.form, self.opened, self._before
        if form is None or opened is None or before is None:
            return
        self._checked = form
        found = await asyncio.to_thread(self.work.check, opened, form, before)
        if self.opened is opened:
            self._findings = found
            self.editor.tell(
                found,
                words=telling.lengths(self.work, opened, form),
                hints=telling.suggested(self.work, opened),
            )

    # ── saved ──

    async def _ask_what_readers_see(self, then: Then) -> bool:
        """Whether she is asked: what she changed is public. `then` goes on once it is saved."""
        await self._typed()
        opened, form = self.opened, self.editor.form
        if opened is None or form is None or not opened.writable or not self._is_touched(form):
            return False
        if opened.item.status_in(self.work.edition.key) is not Status.PUBLISHED:
            return False

        async def saved(public: Writing) -> None:
            if await self._save(public=public):
                await then("")

        async def told(words: str) -> None:
            await saved(Writing(correction=words.strip() or None))

        async def chose(way: str) -> None:
            if way == MINE:
                await saved(Writing())
            elif way == THEIRS:
                await saved(Writing(minor=True))
            elif way == IN_WORDS:
                title = self.messages.say("desk_ask_correction")
                await Asking(title, told, self.messages).over(self.app)

        ways = [
            (MINE, self.messages.say("desk_correction_plain")),
            (THEIRS, self.messages.say("desk_correction_minor")),
            (IN_WORDS, self.messages.say("desk_correction_words")),
        ]
        title = self.messages.say("desk_correction", item=form.item_id)
        text = Content.styled(self.messages.say("desk_correction_says"))
        await Reading(title, text, self.messages.say("desk_settle_back"), ways, chose).over(self.app)
        return True

    async def _save(self, *, asks: bool = True, public: Writing | None = None) -> bool:
        """Whether nothing of what she typed is only on this screen and in its file any more.

        `asks`: she is leaving the fields; where a colleague was faster she is asked at once.
        `public`: what readers are to see of a correction.
        """
        await self._typed()
        async with self._saving:
            form, opened, before = self.editor.form, self.opened, self._before
            if form is None or opened is None or before is None or not opened.writable:
                return True
            if not self._is_touched(form):
                self._forget_kept(form)
                return True
            await self._keep()
            turn = self.work.kept.turn()
            try:
                saved = await self.off(self.work.save, opened, form, before, turn=turn, public=public)
            except (EditConflict, ClaimedByOther):
                await self._look()
                if asks:
                    await self._settle()
                return False
            except CuratorError as error:
                self.refuse(error)
                self.say("desk_still_kept", item=form.item_id)
                return False
            self._go_on(saved, form)
        return True

    def _forget_kept(self, form: Form) -> None:
        """She has taken back what she typed: it must not come back by itself."""
        if self._on_disk is not None:
            self._on_disk = None
            with suppress(OSError):
                self.work.kept.forget(form.item_id, form.edition)

    def _go_on(self, saved: Opened, sent: Form) -> None:
        """With what is saved; what was typed while it was being saved stays as it was typed."""
        self._refresh_row(sent.item_id)
        if self.opened is None or self.opened.item.id != sent.item_id or self.editor.form is None:
            return
        self.opened = saved
        self._opening += 1
        self._before = self.editor.go_on(sent, saved.form)
        if (form := self.editor.form) is not None and not self._is_touched(form):
            self._forget_kept(form)
        self._on_disk = None
        self._forget_findings()
        self._tell_state()
        self.listing.with_drafts -= {sent.item_id}

    # ── colleagues ──

    async def _look(self) -> None:
        """Whether somebody took or saved the item since it came to this screen."""
        opened, before = self.opened, self._before
        if opened is None or before is None or self.editor.form is None or self.app.screen is not self:
            return
        try:
            found = await asyncio.to_thread(meanwhile.since, self.work, opened.item.id, before.version)
        except CuratorError:
            return  # saving will say it
        if self.opened is opened and found != self._meanwhile:
            self._meanwhile = found
            self._tell_state()
            if found is not None:
                self.notify(telling.meanwhile(self.work, found), severity="warning", markup=False, timeout=8)

    async def _look_now_and_then(self) -> None:
        if self._where() == TYPING and not self._saving.locked():
            await self._look()

    async def action_settle(self) -> None:
        await self._typed()
        if self._meanwhile is None:
            await self._look()
        if self._meanwhile is None:
            self.say("desk_nothing_to_settle")
        else:
            await self._settle()

    async def _settle(self) -> None:
        """Both texts and their difference; she decides, and either way both are still there."""
        form, opened, before = self.editor.form, self.opened, self._before
        if form is None or opened is None or before is None:
            return
        await self._keep()
        try:
            clash = await self.off(meanwhile.clash, self.work, opened, form, before)
        except CuratorError as error:
            self.refuse(error)
            return
        who = telling.who(self.work, clash.meanwhile)
        mine = "desk_settle_take_over" if clash.held else "desk_settle_mine"
        ways = [
            (BACK, self.messages.say("desk_settle_back")),
            (MINE, self.messages.say(mine, editor=who)),
            (THEIRS, self.messages.say("desk_settle_theirs", editor=who)),
        ]

        async def settled(way: str) -> None:
            if way == BACK:
                return
            if way == "escape":
                self._go_back()
                self.say("desk_left_kept", item=form.item_id)
                self.listing.with_drafts |= {form.item_id}
                return
            try:
                if way == MINE:
                    shown = await self.off(
                        meanwhile.save_mine, self.work, opened, form, before, held=clash.held
                    )
                else:
                    shown = await self.off(self.work.drop, opened)
            except CuratorError as error:
                self.refuse(error)
                return
            self._show(shown)
            self.listing.with_drafts -= {form.item_id}
            self._refresh_row(form.item_id)

        title = self.messages.say("desk_conflict", item=form.item_id)
        sheet = Reading(
            title,
            telling.conflict(self.work, clash),
            self.messages.say("desk_settle_leave"),
            ways,
            settled,
        )
        await sheet.over(self.app)
