"""What the desk's screen consists of: its panes, which of them has the keys, and how it says something."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Label, TextArea

from curator.errors import CuratorError
from curator.faces.desk import telling
from curator.faces.desk.asking import taken_in
from curator.faces.desk.editor import EditorPane
from curator.faces.desk.keys import LIST, READER, TYPING
from curator.faces.desk.listing import Listing
from curator.faces.desk.reader import Reader
from curator.faces.desk.work import FILTER, View, Work

P = ParamSpec("P")
R = TypeVar("R")

MIDDLE, WIDE = 100, 150
"""Columns from which two panes stand side by side, and all three."""
PATIENCE = 0.7
"""Seconds after which whoever waits is told that it is the database."""


def panes_for(pane: str, columns: int, *, walking: bool) -> frozenset[str]:
    """Which panes are on the screen while `pane` has the keys."""
    if columns < MIDDLE:
        return frozenset({pane})
    shown = frozenset({LIST, READER, TYPING})
    if columns < WIDE and not walking:
        shown -= {LIST} if pane == TYPING else {TYPING}
    return shown - {LIST} if walking else shown


class Stage(Screen[None]):
    """The panes side by side, as far as there is room."""

    AUTO_FOCUS = ""

    def __init__(self, work: Work, *, walking: bool = False) -> None:
        super().__init__()
        self.work = work
        self.messages = work.messages
        self.walking = walking
        self.view = View()
        self._pane = ""
        self._waiting = 0

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

    def _go(self, pane: str) -> None:
        self._at(pane)
        widget: Widget = self.reader if pane == READER else self.listing
        self.set_focus(widget)

    def _go_back(self) -> None:
        """To where items are chosen."""
        self._go(READER if self.walking else LIST)

    def _at(self, pane: str) -> None:
        """What is shown beside the pane that has the keys, as far as there is room, and which keys it has."""
        if pane != self._pane:
            self._pane = pane
            self._arrange()

    def _arrange(self) -> None:
        shown = panes_for(self._pane, self.app.size.width, walking=self.walking)
        for pane, widget in ((LIST, self.listing), (READER, self.reader), (TYPING, self.editor)):
            widget.display = pane in shown
        self._foot()

    def _foot(self) -> None:
        foot = telling.foot(self.messages, self._pane, columns=self.app.size.width)
        if self._waiting:
            foot = Content.styled(f" {self.messages.say('desk_waiting')}", "bold $warning")
        self.query_one("#foot", Label).update(foot, layout=False)

    def on_resize(self) -> None:
        self._arrange()

    def on_descendant_focus(self) -> None:
        self._at(self._where())

    async def _typed(self) -> None:
        """Until the field has taken in what was typed into it."""
        if isinstance(self.focused, TextArea | Input):
            await taken_in(self.focused)

    # ── saying ──

    def say(self, key: str, /, **data: Any) -> None:
        self.notify(self.messages.say(key, **data), markup=False, timeout=4)

    def refuse(self, error: CuratorError) -> None:
        self.notify(self.messages.error(error.reason, error.data), severity="error", markup=False, timeout=8)

    async def off(self, does: Callable[P, R], *args: P.args, **named: P.kwargs) -> R:
        """Beside the thread that paints; what takes long is waited for in so many words."""
        soon = self.set_timer(PATIENCE, self._tell_waiting)
        try:
            return await asyncio.to_thread(does, *args, **named)
        finally:
            soon.stop()
            if self._waiting:
                self._waiting = 0
                self._foot()

    def _tell_waiting(self) -> None:
        self._waiting += 1
        self._foot()

    def _beside(self, does: Any, group: str, *, only: bool = False) -> None:
        """Let it happen meanwhile; `only`: and what is left of the group before it is not wanted any more."""
        self.run_worker(does, group=group, exclusive=only)

    def _head(self) -> None:
        call, edition = self.work.call, self.work.edition
        view = self._view_name(self.view.name)
        total = len(self.listing.ids)
        where = f"{self.listing.cursor + 1}/{total}" if total else "0"
        query = f" · {self.messages.say('desk_searched', query=self.view.query)}" if self.view.query else ""
        self.query_one("#top", Label).update(
            Content.assemble(
                (f" {edition.title} ", "bold"),
                f"[{edition.key}] · {call.editor.name} · {view} {where}{query}",
            ),
            layout=False,
        )

    def _view_name(self, name: str) -> str:
        if name.startswith(FILTER):
            return self.messages.say("desk_view_filter", name=name.removeprefix(FILTER))
        return self.messages.say(f"desk_view_{name}")
