"""Screens over the desk: a text to read, a line to type, one of several to choose, a conflict to settle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from curator.faces.messages import Messages


class Reading(ModalScreen[str | None]):
    """A text; any of `ways` (key, what it does) answers with its key, Esc with None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss_none", show=False),
        Binding("j,down", "scroll(1)", show=False),
        Binding("k,up", "scroll(-1)", show=False),
        Binding("pagedown,space", "scroll(10)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
        Binding("home,g", "scroll(-100000)", show=False),
        Binding("end,G", "scroll(100000)", show=False),
    ]

    def __init__(
        self, title: str, text: Content, messages: Messages, ways: Sequence[tuple[str, str]] = ()
    ) -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._messages = messages
        self._ways = tuple(ways)
        for key, _ in ways:
            self._bindings.bind(key, f"answer('{key}')", show=False)

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet"):
            with VerticalScroll(id="sheet-text", can_focus=False):
                yield Static(self._text, markup=False)
            ways = [*self._ways, ("Esc", self._messages.say("desk_close"))]
            foot = Content("   ").join(Content.assemble((key, "bold"), f" {does}") for key, does in ways)
            yield Label(foot, classes="sheet-foot")

    def on_mount(self) -> None:
        self.query_one(".sheet").border_title = self._title

    def action_scroll(self, lines: int) -> None:
        self.query_one("#sheet-text", VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_answer(self, key: str) -> None:
        self.dismiss(key)

    def action_dismiss_none(self) -> None:
        self.dismiss(None)


class Asking(ModalScreen[str | None]):
    """One line; Esc answers None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss_none", show=False)]

    def __init__(self, title: str, value: str = "") -> None:
        super().__init__()
        self._title = title
        self._value = value

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet -line"):
            yield Input(self._value, compact=True)

    def on_mount(self) -> None:
        self.query_one(".sheet").border_title = self._title

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value)

    def action_dismiss_none(self) -> None:
        self.dismiss(None)


class Choosing(ModalScreen[str | None]):
    """One of several, by arrows or by its first letter; Esc answers None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss_none", show=False),
        Binding("j", "step(1)", show=False),
        Binding("k", "step(-1)", show=False),
    ]

    def __init__(self, title: str, options: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._title = title
        self._options = tuple(options)

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet -choice"):
            yield OptionList(
                *(Option(Content.styled(said), id=key) for key, said in self._options), compact=True
            )

    def on_mount(self) -> None:
        self.query_one(".sheet").border_title = self._title

    def action_step(self, by: int) -> None:
        options = self.query_one(OptionList)
        options.action_cursor_down() if by > 0 else options.action_cursor_up()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(event.option.id)

    def action_dismiss_none(self) -> None:
        self.dismiss(None)
