"""The editor: the fields of one item, what is missing under each, and what stands beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.suggester import Suggester
from textual.widgets import Input, Label, Static, TextArea
from textual.widgets.text_area import Selection

from curator.faces.desk.form import FIELDS, Form
from curator.faces.desk.work import Checked
from curator.faces.messages import Messages
from curator.model import Problem

LONG = ("headline", "note", "excerpt", "attributions")
"""Fields of several lines; the others are one line each."""
ONE_LINE = "headline"
_FEW_LINES = 3
MOST_WARNINGS = 6
"""Under one field; the others are found by their key, one after the other."""


class Words(TextArea):
    """A text of several lines."""

    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, field: str) -> None:
        super().__init__(id=f"field-{field}", compact=True, highlight_cursor_line=False, soft_wrap=True)
        self.field = field
        self.cursor_blink = False  # a screen that stands still until somebody types


class TagLine(Input):
    """Several tags, each completed from those that are in use."""

    def complete(self) -> bool:
        """Whether there was something to complete; the next tag begins behind it."""
        if not self._suggestion or self._suggestion == self.value:
            return False
        self.value = self._suggestion
        return self.begin_next()

    def begin_next(self) -> bool:
        """Whether there was a tag to end."""
        tag = self.value.rpartition(",")[2].strip()
        if tag:
            self.value = f"{self.value.rstrip()}, "
            self.cursor_position = len(self.value)
        return bool(tag)


class TagSuggester(Suggester):
    """Completes the last of several tags, from those that are in use."""

    def __init__(self, tags: Sequence[str]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.tags = tuple(tags)

    async def get_suggestion(self, value: str) -> str | None:
        before, comma, last = value.rpartition(",")
        typed = last.lstrip()
        if not typed:
            return None
        taken = {tag.strip().casefold() for tag in before.split(",")}
        for tag in self.tags:
            begins = tag.casefold().startswith(typed.casefold()) and len(tag) > len(typed)
            if begins and tag.casefold() not in taken:
                space = last[: len(last) - len(typed)]
                return f"{before}{comma}{space}{typed}{tag[len(typed) :]}"
        return None


class EditorPane(VerticalScroll, can_focus=False):
    """Fields by name; what they show is a `Form`, and nothing is saved from here."""

    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, messages: Messages, *, note_label: str, tags: Sequence[str] = ()) -> None:
        super().__init__(id="editor")
        self.messages = messages
        self._note_label = note_label
        self._shown: Form | None = None
        self._chosen: tuple[str | None, str] = (None, "")
        self._said: dict[str, object] = {}  # what stands under the fields and beside their names
        self.suggester = TagSuggester(tags)

    def compose(self) -> ComposeResult:
        yield Static(id="resting")
        with Vertical(id="form"):
            yield Static(id="state")
            for field in FIELDS:
                yield Label(self._called(field), id=f"label-{field}", classes="field")
                if field in LONG:
                    yield Words(field)
                else:
                    kind, suggester = (TagLine, self.suggester) if field == "tags" else (Input, None)
                    line = kind(id=f"field-{field}", compact=True, suggester=suggester)
                    line.cursor_blink = False
                    yield line
                yield Static(id=f"under-{field}", classes="under")
            yield Static(id="beside")

    # ── the fields ──

    def show(self, form: Form) -> None:
        """Fields to write in."""
        self._shown = form
        self._chosen = (form.chosen, form.chosen_text)
        for field in FIELDS:
            self._put(field, form.text(field))
        self._rest(resting=False)

    def go_on(self, sent: Form, saved: Form) -> Form:
        """`sent` is saved: what the fields are held against from now on.

        A field that has been typed in since, or has the cursor, stays as it is.
        """
        texts = {}
        for field in FIELDS:
            if self._text(field) == sent.text(field) and not self._field(field).has_focus:
                self._put(field, saved.text(field))
                texts[field] = self._text(field)
            else:
                texts[field] = sent.text(field)
        if self._text("excerpt") == texts["excerpt"]:
            self._chosen = (saved.chosen, saved.chosen_text)
        self._shown = saved
        return saved.with_texts(texts, chosen=saved.chosen, chosen_text=saved.chosen_text)

    def rest(self, said: Content) -> None:
        """Nothing to write in: only what there is to say. Cheap, since a list is leafed through with it."""
        self._shown = None
        self._rest(resting=True)
        resting = self.query_one("#resting", Static)
        long = said.plain.count("\n") > _FEW_LINES
        if resting.has_class("-long") or long:
            resting.set_class(long, "-long")
            resting.update(said)
        else:
            resting.update(said, layout=False)

    def _rest(self, *, resting: bool) -> None:
        if self.query_one("#resting").display != resting:
            self.query_one("#resting").display = resting
            self.query_one("#form").display = not resting
        if self.scroll_offset.y:
            self.scroll_to(y=0, animate=False)

    @property
    def form(self) -> Form | None:
        """What stands in the fields now."""
        if self._shown is None:
            return None
        chosen, chosen_text = self._chosen
        texts = {field: self._text(field) for field in FIELDS}
        return self._shown.with_texts(texts, chosen=chosen, chosen_text=chosen_text)

    @property
    def at(self) -> str | None:
        """The field that has the cursor."""
        return next((field for field in FIELDS if self._field(field).has_focus), None)

    def quote(self, text: str, paragraphs: str | None) -> None:
        """Put a passage into the excerpt's field."""
        self._chosen = (paragraphs, text)
        self._put("excerpt", text)

    def go_to(self, field: str, problem: Problem | None = None) -> None:
        """Where to write; on the very words where a problem says which."""
        widget = self._field(field)
        self.screen.set_focus(widget)
        start, end = (problem.data.get("start"), problem.data.get("end")) if problem else (None, None)
        if isinstance(widget, Words):
            if isinstance(start, int) and isinstance(end, int):
                widget.selection = Selection(_place(widget.text, start), _place(widget.text, end))
            else:
                widget.move_cursor(widget.document.end)
        elif isinstance(widget, Input):
            widget.cursor_position = len(widget.value)

    def _field(self, field: str) -> Words | Input:
        kind: type[Words | Input] = Words if field in LONG else Input
        return self.query_one(f"#field-{field}", kind)

    def _text(self, field: str) -> str:
        widget = self._field(field)
        return widget.text if isinstance(widget, Words) else widget.value

    def _put(self, field: str, text: str) -> None:
        widget = self._field(field)
        if isinstance(widget, Words):
            if widget.text != text:
                widget.load_text(text)
        elif widget.value != text:
            widget.value = text

    # ── what is said about them ──

    def state(self, text: str | Content) -> None:
        self.query_one("#state", Static).update(text)

    def beside(self, text: Content) -> None:
        self.query_one("#beside", Static).update(text)

    def tell(
        self, checked: Checked, *, words: Mapping[str, str], hints: Mapping[str, Content] | None = None
    ) -> None:
        """Under each field what is wrong with it; beside its name how long it is."""
        said: dict[str, list[tuple[str, str]]] = {field: [] for field in FIELDS}
        if checked.unsaveable:
            said["attributions"].append((f"✗ {checked.unsaveable}", "bold $error"))
        for problem in checked.problems:
            said[field_of(problem)].append((f"✗ {self.messages.problem(problem)}", "$error"))
        warned: dict[str, list[Problem]] = {field: [] for field in FIELDS}
        for problem in checked.warnings:
            warned[field_of(problem)].append(problem)
        for field, found in warned.items():
            said[field] += [
                (f"! {self.messages.problem(problem)}", "$warning") for problem in found[:MOST_WARNINGS]
            ]
            if (more := len(found) - MOST_WARNINGS) > 0:
                said[field].append((self.messages.say("desk_more_warnings", count=more), "$warning"))
        for field, hint in (hints or {}).items():
            said[field].append((hint.plain, "italic"))
        for field in FIELDS:
            self._tell_under(field, tuple(said[field]))
            self._tell_length(field, words.get(field, ""))

    def _tell_under(self, field: str, said: tuple[tuple[str, str], ...]) -> None:
        """Most of it is as it was a moment ago, and to lay it out anew would be felt at each key."""
        if self._said.get(f"under-{field}") != said:
            self._said[f"under-{field}"] = said
            under = self.query_one(f"#under-{field}", Static)
            under.update(Content("\n").join(Content.styled(*each) for each in said))
            under.display = bool(said)

    def _tell_length(self, field: str, length: str) -> None:
        if self._said.get(f"label-{field}") != length:
            self._said[f"label-{field}"] = length
            label = Content.assemble(self._called(field), (f"  {length}" if length else "", "dim"))
            self.query_one(f"#label-{field}", Label).update(label, layout=False)

    def _called(self, field: str) -> str:
        if field == "note":
            return f"{self._note_label}:"
        return self.messages.say(f"desk_field_{field}")


def field_of(problem: Problem) -> str:
    """The field that a problem is about, as the form calls it."""
    name = problem.field or ""
    if name.startswith("image."):
        part = name.removeprefix("image.")
        return next((field for field in (part, f"image_{part}") if field in FIELDS), "image")
    first = name.split(".")[0]
    return first if first in FIELDS else "headline"


def _place(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset]
    return before.count("\n"), offset - (before.rfind("\n") + 1)
