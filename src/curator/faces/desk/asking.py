"""Screens over the desk: a text to read, a line to type, one of several to choose, a conflict to settle.

Their keys are answered where keys arrive, one after the other: what is typed after the key that closes a
sheet is meant for the desk, and reaches it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from curator.faces.messages import Messages

Then = Callable[[str], Awaitable[None]]
"""What happens with the answer."""


async def taken_in(widget: Widget) -> None:
    """Until the field has taken in the keys that came before this one: it has a queue of its own."""
    taken = asyncio.Event()
    widget.call_later(taken.set)
    with suppress(TimeoutError):
        await asyncio.wait_for(taken.wait(), 1)


class Sheet(ModalScreen[None]):
    """`then` is told the answer, once the desk is on the screen again; Esc answers nothing."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", show=False, priority=True)]

    def __init__(self, title: str, then: Then | None = None) -> None:
        super().__init__()
        self._title = title
        self._then = then

    async def over(self, app: App[None]) -> None:
        """Lay it over the desk, and over what was said there; the next key is the sheet's."""
        app.clear_notifications()
        await app.push_screen(self)
        self.query_one(".sheet").border_title = self._title
        for field in self.query("Input, OptionList"):
            self.set_focus(field)

    async def answer(self, value: str) -> None:
        self.dismiss()
        if self._then is not None:
            await self._then(value)

    async def action_close(self) -> None:
        self.dismiss()


class Reading(Sheet):
    """A text; any of `ways` (key, as one reads it, what it does) answers with its key.

    `aside`: it may come while somebody types, and only Esc and the keys of `ways`, none a letter, end it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,enter", "close_at_ease", show=False, priority=True),
        Binding("j,down", "scroll(1)", show=False, priority=True),
        Binding("k,up", "scroll(-1)", show=False, priority=True),
        Binding("pagedown,space", "scroll(10)", show=False, priority=True),
        Binding("pageup", "scroll(-10)", show=False, priority=True),
        Binding("home,g", "scroll(-100000)", show=False, priority=True),
        Binding("end,G", "scroll(100000)", show=False, priority=True),
    ]

    def __init__(
        self,
        title: str,
        text: Content,
        closes: str,
        ways: Sequence[tuple[str, str]] = (),
        then: Then | None = None,
    ) -> None:
        """`closes`: what Esc does, in words."""
        super().__init__(title, then)
        self._text = text
        self._foot = (*ways, ("esc", closes))
        self._aside = bool(ways)
        for key, _ in ways:
            binding = Binding(key, f"way('{key}')", show=False, priority=True)
            self._bindings.key_to_bindings[key] = [binding]

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet"):
            with VerticalScroll(id="sheet-text", can_focus=False):
                yield Static(self._text, markup=False)
            said = (Content.assemble((key.capitalize(), "bold"), f" {does}") for key, does in self._foot)
            yield Label(Content("   ").join(said), classes="sheet-foot")

    def action_scroll(self, lines: int) -> None:
        self.query_one("#sheet-text", VerticalScroll).scroll_relative(y=lines, animate=False)

    async def action_way(self, key: str) -> None:
        await self.answer(key)

    async def action_close_at_ease(self) -> None:
        if not self._aside:
            self.dismiss()

    async def action_close(self) -> None:
        if self._aside:
            await self.answer("escape")
        else:
            self.dismiss()


class Asking(Sheet):
    """One line. `refusal` says why an answer is none: then it stays, to be mended.

    `names`: what may be completed; where only one begins so, Enter takes it for the beginning.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", show=False, priority=True),
        Binding("tab", "complete", show=False, priority=True),
    ]

    def __init__(
        self,
        title: str,
        then: Then,
        messages: Messages,
        *,
        value: str = "",
        how: str = "",
        names: Sequence[str] = (),
        refusal: Callable[[str], str | None] | None = None,
    ) -> None:
        super().__init__(title, then)
        self._value = value
        self._how = how
        self._names = tuple(names)
        self._hint = messages.say("desk_prompt")
        self._refusal = refusal

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet -line") as sheet:
            sheet.border_subtitle = self._hint
            suggester = SuggestFromList(self._names, case_sensitive=False)
            yield Input(self._value, compact=True, suggester=suggester)
            yield Static(self._how, id="sheet-refusal", markup=False)

    async def action_complete(self) -> None:
        line = self.query_one(Input)
        await taken_in(line)
        line.value = completed(line.value, self._names)
        line.cursor_position = len(line.value)

    async def action_submit(self) -> None:
        await self.action_complete()
        line = self.query_one(Input)
        refused = self._refusal(line.value) if self._refusal is not None else None
        if refused:
            self.query_one("#sheet-refusal", Static).update(refused)
        else:
            await self.answer(line.value)


def completed(typed: str, names: Sequence[str]) -> str:
    """The name that begins so, where it is the only one."""
    begins = typed.strip().casefold()
    found = [name for name in names if begins and name.casefold().startswith(begins)]
    whole = [name for name in found if name.casefold() == begins]
    return (whole or found)[0] if len(whole or found) == 1 else typed


class Choosing(Sheet):
    """One of several, by arrows; Esc answers nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "close", show=False, priority=True),
        Binding("enter", "take", show=False, priority=True),
        Binding("j,down", "step(1)", show=False, priority=True),
        Binding("k,up", "step(-1)", show=False, priority=True),
    ]

    def __init__(
        self,
        title: str,
        options: Sequence[tuple[str, str]],
        then: Then,
        messages: Messages,
        *,
        current: str | None = None,
    ) -> None:
        super().__init__(title, then)
        self._hint = messages.say("desk_prompt_choose")
        self._options = tuple(options)
        self._current = next((n for n, (key, _) in enumerate(options) if key == current), 0)

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet -choice") as sheet:
            sheet.border_subtitle = self._hint
            options = OptionList(
                *(Option(Content.styled(said), id=key) for key, said in self._options), compact=True
            )
            options.highlighted = self._current
            yield options

    def action_step(self, by: int) -> None:
        options = self.query_one(OptionList)
        options.action_cursor_down() if by > 0 else options.action_cursor_up()

    async def action_take(self) -> None:
        options = self.query_one(OptionList)
        await taken_in(options)
        if options.highlighted is not None:
            await self.answer(self._options[options.highlighted][0])

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """By the mouse."""
        event.stop()
        self.app.call_later(self.answer, event.option.id or "")
