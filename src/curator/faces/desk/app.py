"""The desk as a program: its colours by day and by night, and the one screen that it shows."""

from __future__ import annotations

import gc
import sys
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.theme import Theme

from curator.faces.desk.screen import DeskScreen
from curator.faces.desk.work import Work

SHARE = 0.001
"""Seconds after which a thread that reads or checks lets the one that paints go on."""

DARK = Theme(
    name="curator-dark",
    primary="#5fa8d3",
    secondary="#8ecae6",
    accent="#e9c46a",
    warning="#e9c46a",
    error="#e76f51",
    success="#8ab17d",
    foreground="#e6e6e6",
    background="#16191d",
    surface="#1d2126",
    panel="#262b31",
    dark=True,
)
LIGHT = Theme(
    name="curator-light",
    primary="#1d5f8a",
    secondary="#2a7fb0",
    accent="#8a5a00",
    warning="#8a5a00",
    error="#a8321a",
    success="#2f6b3a",
    foreground="#1c1c1c",
    background="#fbfaf7",
    surface="#f3f1ec",
    panel="#e6e3dc",
    dark=False,
)


class DeskApp(App[None]):
    """Started by `desk` and `next`; `walking` shows one item at a time, without the list."""

    CSS_PATH = "desk.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", show=False, priority=True),
    ]

    def __init__(
        self, work: Work, *, walking: bool = False, light: bool = False, alone: bool = False
    ) -> None:
        """`alone`: the process is the desk's own."""
        super().__init__()
        self._alone = alone
        self.work = work
        self._walking = walking
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = "curator-light" if light else "curator-dark"

    def get_default_screen(self) -> DeskScreen:
        return DeskScreen(self.work, walking=self._walking)

    def on_ready(self) -> None:
        if self._alone:
            # What was imported stays until the end: to look through it again and again for garbage would
            # stop the keys for a tenth of a second and more, each time.
            gc.collect()
            gc.freeze()
            gc.set_threshold(20_000, 50, 100)
            sys.setswitchinterval(SHARE)

    def action_help_quit(self) -> None:
        """Ctrl-C copies in a field; elsewhere people press it to leave."""
        self.notify(self.work.messages.say("desk_how_to_quit"), markup=False)

    @property
    def failure(self) -> Exception | None:
        """A mistake of the program's own that ended it; what was typed is kept."""
        return self._exception

    def _print_error_renderables(self) -> None:
        """One line says it, as after every command."""
        self._exit_renderables.clear()

    async def action_quit(self) -> None:
        """Nothing is left behind that was typed."""
        for screen in self.screen_stack:
            if isinstance(screen, DeskScreen):
                await screen.action_quit()
