"""What the keys do to the item under the cursor: it is written on, moved, handed on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from textual.content import Content

from curator.errors import ClaimedByOther, CuratorError, NotReady
from curator.faces.desk import telling
from curator.faces.desk.asking import Asking, Choosing, Reading, Then
from curator.faces.desk.editor import field_of
from curator.faces.desk.findings import next_of
from curator.faces.desk.keys import TYPING
from curator.faces.desk.moments import moment_in
from curator.faces.desk.saving import Saving
from curator.faces.desk.work import Work
from curator.faces.editors import known_editor
from curator.model import Status

TAKE = "f3"


class Triage(Saving):
    """One key, one move; what it was typed for is the item under the cursor."""

    def __init__(self, work: Work, *, walking: bool = False) -> None:
        super().__init__(work, walking=walking)
        self._acted: list[int] = []

    # ── keys: writing ──

    async def _writable(self, *, take_over: bool = False, at: str = "headline") -> bool:
        """Claim what waits, and open it to be written on."""
        opened = await self._catch_up()
        if opened is None:
            return False
        if opened.writable and not take_over:
            return True
        try:
            self._show(await self.off(self.work.write, opened.item.id, take_over=take_over), fresh=False)
        except ClaimedByOther as refusal:
            self._refresh_row(opened.item.id)
            await self._reopen(opened.item.id)
            await self._ask_to_take_over(refusal, at)
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

    async def _ask_to_take_over(self, refusal: ClaimedByOther, at: str) -> None:
        """She has gone on typing: what she types now is meant for a field, and must not run as commands."""

        async def taken(way: str) -> None:
            if way == TAKE and await self._writable(take_over=True):
                self._write_at(at)

        sheet = Reading(
            self.messages.say("desk_taken", item=refusal.data["item"]),
            Content.styled(self.messages.error(refusal.reason, refusal.data)),
            self.messages.say("desk_close"),
            [(TAKE, self.messages.say("desk_key_take_over"))],
            taken,
        )
        await sheet.over(self.app)

    async def action_write(self) -> None:
        if await self._writable():
            self._write_at("headline")

    action_edit = action_write

    def action_fix_typing(self) -> None:
        self.action_fix()

    def _write_at(self, field: str) -> None:
        self._at(TYPING)
        self.editor.go_to(field)

    async def action_quote(self) -> None:
        choice = self.reader.choice()
        if choice is None:
            return
        marked = self.reader.marked
        if await self._writable():
            self.reader.marked = marked
            self.editor.quote(choice.text, choice.paragraphs)
            self._write_at("headline")

    async def action_save(self) -> None:
        """Meanwhile she types on; what cannot be saved now is told, and nothing is asked."""
        await self._typed()

        async def said(_: str) -> None:
            if self.opened is not None:
                self.say("desk_saved", item=self.opened.item.id)

        if self.opened is not None and not await self._ask_what_readers_see(said):
            self._beside(partial(self._save_aloud, self.opened.item.id), "save")

    async def _save_aloud(self, item_id: int) -> None:
        if await self._save(asks=False):
            self.say("desk_saved", item=item_id)

    def action_fix(self) -> None:
        """The next thing that is missing or looks wrong, in the field it is about."""
        found = [*self._findings.problems, *self._findings.warnings]
        if not found or self.opened is None or not self.opened.writable:
            self.say("desk_nothing_to_fix")
            return
        self._finding = next_of(found, self._finding, at=self.editor.at)
        problem = found[self._finding]
        self._at(TYPING)
        self.editor.go_to(field_of(problem), problem)

    # ── keys: moves ──

    def _did(self, item_id: int) -> None:
        self._acted.append(item_id)

    async def _move(self, does: Callable[[int], None], said: str, *, leaves: bool, **told: Any) -> bool:
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
        self.say(said, item=item_id, **told)
        if leaves:
            self._leave_list(item_id)
        else:
            await self._reopen(item_id)
            self._refresh_row(item_id)
        return True

    def _leave_list(self, item_id: int) -> None:
        self.opened = None
        self.listing.without(item_id)
        self._go_back()

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

    async def action_skip_because(self) -> None:
        async def answered(reason: str) -> None:
            await self._move(lambda item_id: self.work.skip(item_id, reason), "desk_skipped", leaves=True)

        await self._ask("desk_ask_reason", answered)

    async def _ask(
        self,
        question: str,
        answered: Then,
        **besides: Any,
    ) -> None:
        await Asking(self.messages.say(question), answered, self.messages, **besides).over(self.app)

    def _refused(self, does: Callable[[str], object]) -> Callable[[str], str | None]:
        """Why an answer is none, in a sentence."""

        def why(typed: str) -> str | None:
            try:
                does(typed)
            except CuratorError as error:
                return self.messages.error(error.reason, error.data)
            return None

        return why

    async def action_approve(self) -> None:
        await self._move(self.work.approve, "desk_approved", leaves=self.view.name != Status.READY)

    async def action_approve_at(self) -> None:
        call, zone = self.work.call, self.work.edition.timezone

        async def answered(typed: str) -> None:
            if typed.strip():
                at = moment_in(typed, zone=zone, now=call.now)
                await self._move(
                    lambda item_id: self.work.approve(item_id, at),
                    "desk_approved_at",
                    leaves=self.view.name != Status.READY,
                    at=at,
                )

        readable = self._refused(
            lambda typed: moment_in(typed, zone=zone, now=call.now) if typed.strip() else None
        )
        day = f"{call.now + timedelta(days=1):%d/%m}"
        await self._ask(
            "desk_ask_time", answered, how=self.messages.say("desk_ask_time_how", day=day), refusal=readable
        )

    async def action_undo(self) -> None:
        item_id = self._acted.pop() if self._acted else self.item_id
        if item_id is None:
            return
        try:
            move = await self.off(self.work.undo, item_id)
        except CuratorError as error:
            self.refuse(error)
            return
        self.say("desk_undone", item=item_id, move=self.messages.did(move))
        self.opened = None
        await self.action_reload()
        self.listing.go_to(item_id)
        await self._catch_up()

    async def action_comment(self) -> None:
        await self._ask_and_move("desk_ask_comment", self.work.comment, "desk_commented")

    async def action_assign(self) -> None:
        async def answered(to: str) -> None:
            await self._move(
                lambda item_id: self.work.assign(item_id, to.strip() or None), "desk_assigned", leaves=False
            )

        editors = self.work.editors()
        how = self.messages.say("desk_ask_assignee_how", editors=editors) if editors else ""
        settings = self.work.call.settings
        known = self._refused(lambda to: known_editor(settings, to.strip()) if to.strip() else None)
        await self._ask("desk_ask_assignee", answered, how=how, refusal=known, names=editors)

    async def action_send_back(self) -> None:
        await self._ask_and_move("desk_ask_send_back", self.work.send_back, "desk_sent_back")

    async def _ask_and_move(
        self, question: str, does: Callable[[int, str], None], said: str, *, value: str = ""
    ) -> None:
        async def answered(typed: str) -> None:
            words = typed.strip()
            if words and not await self._move(lambda item_id: does(item_id, words), said, leaves=False):
                await self._ask_and_move(question, does, said, value=typed)  # nothing typed is lost

        await self._ask(question, answered, value=value)

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

    async def action_waive(self) -> None:
        opened = self.opened
        waivable = [problem for problem in self._findings.problems if problem.waivable]
        if opened is None or not opened.writable or not waivable:
            self.say("desk_nothing_to_waive")
            return

        async def because(code: str, reason: str) -> None:
            if reason.strip() and self.opened is not None and await self._save():
                try:
                    self._show(await self.off(self.work.waive, self.opened, code, reason), fresh=False)
                except CuratorError as error:
                    self.refuse(error)

        async def chose(code: str) -> None:
            await self._ask("desk_ask_waiver", partial(because, code))

        options = [(problem.code, self.messages.waiver(problem.code)) for problem in waivable]
        sheet = Choosing(self.messages.say("desk_choose_waiver"), options, chose, self.messages)
        await sheet.over(self.app)
