"""The list: any number of items, of which only the lines on the screen are read and painted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.binding import BindingType
from textual.events import Click, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from curator.faces.cli.tables import age
from curator.faces.messages import Messages, printable
from curator.store.rows import Row

LINES = 2
"""Of each item: what it says, and where it comes from."""
PAGE = 100
"""Items read by one look into the database, with as many again on each side."""


class Listing(ScrollView, can_focus=True):
    """The ids are known, the rows come when they are needed; a row that is on its way shows its number."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "listing--title",
        "listing--about",
        "listing--mark",
        "listing--cursor",
        "listing--cursor-about",
        "listing--cursor-mark",
    }
    BINDINGS: ClassVar[list[BindingType]] = []

    cursor: reactive[int] = reactive(0)

    class Moved(Message):
        """The cursor stands on another item."""

    class Wanted(Message):
        """Rows of these items are to be read."""

        def __init__(self, item_ids: Sequence[int]) -> None:
            super().__init__()
            self.item_ids = item_ids

    def __init__(self, messages: Messages, *, editor: str, now: datetime) -> None:
        super().__init__(id="listing")
        self.messages = messages
        self.editor = editor
        self.now = now
        self.new_since: datetime | None = None
        self.with_drafts: frozenset[int] = frozenset()
        self._ids: list[int] = []
        self._places: dict[int, int] = {}
        self._rows: dict[int, Row] = {}
        self._says: dict[int, str] = {}
        self._asked: set[int] = set()

    # ── what it shows ──

    @property
    def ids(self) -> list[int]:
        return self._ids

    @property
    def item_id(self) -> int | None:
        """The item that the cursor stands on."""
        return self._ids[self.cursor] if self._ids else None

    def row(self, item_id: int) -> Row | None:
        return self._rows.get(item_id)

    def show(self, item_ids: Sequence[int], *, keep: int | None = None) -> None:
        """Show these; the cursor stays on `keep` where it is among them, else on the same line."""
        self._ids = list(item_ids)
        self._places = {item_id: place for place, item_id in enumerate(self._ids)}
        self._rows.clear()
        self._asked.clear()
        be_high(self, len(self._ids) * LINES)
        place = self._places.get(keep, self.cursor) if keep is not None else self.cursor
        self._place(place)
        self._want()
        self.refresh()

    def take(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._rows[row.id] = row
            self._says[row.id] = printable(" ".join(row.says.split())) or "–"
        self.refresh()

    def without(self, item_id: int) -> None:
        """The item has left this list; the next one comes under the cursor."""
        place = self._places.get(item_id)
        if place is None:
            return
        self._rows.pop(item_id, None)
        del self._ids[place]
        self._places = {each: n for n, each in enumerate(self._ids)}
        be_high(self, len(self._ids) * LINES)
        self._place(self.cursor - (place < self.cursor))
        self._want()
        self.refresh()

    def _place(self, place: int) -> None:
        bounded = max(0, min(place, len(self._ids) - 1))
        if bounded == self.cursor:
            self.post_message(self.Moved())
            self._bring()
        self.cursor = bounded

    # ── moving ──

    def watch_cursor(self, old: int, new: int) -> None:
        self._bring()
        self._want()
        for place in (old, new):
            self.refresh_lines(place * LINES, LINES)
        self.post_message(self.Moved())

    def move(self, by: int) -> None:
        if self._ids:
            self.cursor = max(0, min(self.cursor + by, len(self._ids) - 1))

    def move_pages(self, by: int) -> None:
        self.move(by * max(1, self.size.height // LINES - 1))

    def move_to_end(self, *, last: bool) -> None:
        self.move(len(self._ids) if last else -len(self._ids))

    def go_to(self, item_id: int) -> bool:
        place = self._places.get(item_id)
        if place is not None:
            self.cursor = place
        return place is not None

    def _bring(self) -> None:
        self.scroll_to_region(Region(0, self.cursor * LINES, 1, LINES), animate=False, force=True)

    def on_resize(self, _event: Resize) -> None:
        self._bring()
        self._want()

    def on_click(self, event: Click) -> None:
        place = (event.y + self.scroll_offset.y) // LINES
        if place < len(self._ids):
            self.cursor = place

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._want()

    def _want(self) -> None:
        """Ask for the rows around the screen that are not here yet."""
        if not self._ids:
            return
        top = int(self.scroll_offset.y) // LINES
        around = self._ids[max(0, top - PAGE // 4) : top + PAGE // 2]
        if all(each in self._rows or each in self._asked for each in around):
            return
        wider = self._ids[max(0, top - PAGE) : top + PAGE]
        missing = [each for each in wider if each not in self._rows and each not in self._asked]
        self._asked.update(missing)
        self.post_message(self.Wanted(missing))

    # ── painting ──

    def render_line(self, y: int) -> Strip:
        line = y + int(self.scroll_offset.y)
        place, part = divmod(line, LINES)
        width = self.size.width
        if place >= len(self._ids):
            return Strip.blank(width, self.get_component_rich_style("listing--title"))
        item_id = self._ids[place]
        row = self._rows.get(item_id)
        here = place == self.cursor
        base = self.get_component_rich_style("listing--cursor" if here else "listing--title")
        about = self.get_component_rich_style("listing--cursor-about" if here else "listing--about")
        mark = self.get_component_rich_style("listing--cursor-mark" if here else "listing--mark")
        bar = "▌" if here else " "
        if row is None:
            words = f"{item_id} …" if part == 0 else ""
            return Strip([Segment(bar, mark), Segment(set_cell_size(words, width - 1), about)])
        if part == 0:
            sign = self._sign(row)
            says = _cut(self._says[row.id], width - 3)
            return Strip(
                [
                    Segment(bar, mark),
                    Segment(f"{sign} ", mark),
                    Segment(set_cell_size(says, width - 3), base),
                ]
            )
        return Strip([Segment(f"{bar}  ", mark), Segment(self._about(row, width - 3), about)])

    def _sign(self, row: Row) -> str:
        if row.id in self.with_drafts:
            return "✎"
        if row.editor == self.editor:
            return "●"
        if row.editor is not None:
            return "○"
        return "+" if row.is_new(self.new_since) else " "

    def _about(self, row: Row, width: int) -> str:
        """Age, language, who has it, how many tell it too; the source's name takes what room is left."""
        parts = [age(row.since, now=self.now, messages=self.messages), row.language or "–"]
        if row.siblings:
            parts.append(f"={row.siblings + 1}")
        if row.editor or row.assignee:
            parts.append(row.editor or f"→{row.assignee}")
        right = " · ".join(parts)
        name = _cut(printable(row.source_name or ""), width - cell_len(right) - 3)
        said = f"{name} · {right}" if name else right
        return set_cell_size(said, width)


def be_high(view: ScrollView, lines: int) -> None:
    """So many lines to scroll through. Not by `virtual_size = …`: that lays the whole screen out anew."""
    size = Size(0, lines)
    view.set_reactive(ScrollView.virtual_size, size)
    view._scroll_update(size)  # noqa: SLF001 - as ScrollView itself does when it is resized


def _cut(text: str, width: int) -> str:
    if width <= 0:
        return ""
    return text if cell_len(text) <= width else f"{set_cell_size(text, width - 1).rstrip()}…"
