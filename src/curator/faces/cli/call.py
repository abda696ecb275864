"""One call of the program: what was asked for globally, the newsroom it meets, and how it answers.

`emit` speaks only under --json, `say` and `table` only without it: a command
calls both and needs no `if`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curator.errors import NotFound
from curator.faces.cli.plain import document
from curator.faces.clock import parse_time, utcnow
from curator.faces.messages import Messages, locale_of

if TYPE_CHECKING:
    from curator.bootstrap import Newsroom
    from curator.faces.cli.progress import Told
    from curator.faces.cli.tables import Cell
    from curator.fetch import Web
    from curator.model import Editor
    from curator.settings import Edition, Settings
    from curator.store import Store


class Call:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.as_json = False
        self.newsroom_dir: Path | None = None
        self.editor_name: str | None = None
        self.locale = locale_of(environ)
        self.debug = False

    # ── what it meets ──

    @cached_property
    def web(self) -> Web:
        """Asking takes long, and is told of in the log: on standard error, and only to whoever debugs."""
        self.quiet()
        return self.newsroom.web

    @cached_property
    def hub_web(self) -> Web:
        self.quiet()
        return self.newsroom.hub_web

    def quiet(self) -> None:
        """Before something is asked of somebody: what is logged of it is for whoever debugs."""
        from curator.faces import logs

        logs.configure("human" if self.debug else "quiet")
        if self.debug:
            logs.name_call()

    @cached_property
    def newsroom(self) -> Newsroom:
        from curator.bootstrap import open_newsroom

        return open_newsroom(self.newsroom_dir, self.environ)

    @property
    def settings(self) -> Settings:
        return self.newsroom.settings

    @cached_property
    def store(self) -> Store:
        """The database, known to be there and of this program's schema."""
        store = self.newsroom.store
        store.require_schema()
        return store

    @property
    def open_store(self) -> Store:
        """The database of a newsroom that may speak: it is not held, and not found out as a copy just now."""
        store = self.store
        if self.newsroom.look(now=self.now) is not None:
            with store.read() as tx:
                tx.holds.require_none()
        return store

    @property
    def preview_folder(self) -> Path:
        """Where previews are put to be looked at: in the newsroom, and never in what readers get."""
        return self.newsroom.folder / "data" / "preview"

    @cached_property
    def editor(self) -> Editor:
        from curator.faces.editors import current_editor

        return current_editor(self.settings, asked=self.editor_name, environ=self.environ)

    @property
    def now(self) -> datetime:
        return utcnow()

    def edition(self, key: str | None) -> Edition:
        """The edition of that key; without one the newsroom's default."""
        if key is None:
            return self.settings.default_edition
        try:
            return self.settings.editions[key]
        except KeyError:
            raise NotFound("edition_unknown", id=key, known=list(self.settings.editions)) from None

    def time(self, typed: str, edition: Edition) -> datetime:
        """A time as typed, in the edition's zone, echoed in words on standard error."""
        moment = parse_time(typed, zone=edition.timezone, now=self.now)
        self.note("time_understood", time=self.spoken(moment, edition), zone=edition.timezone)
        return moment

    def close(self) -> None:
        if "newsroom" in self.__dict__:
            self.newsroom.close()

    # ── how it answers ──

    @property
    def messages(self) -> Messages:
        # Settings that could not be read leave no zone to speak of, and that is what is being said.
        known = "newsroom" in self.__dict__ and "settings" in self.newsroom.__dict__
        return Messages(self.locale, zone=self.settings.default_edition.timezone if known else "UTC")

    def emit(self, value: Any) -> None:
        """The one JSON document of `--json`."""
        if self.as_json:
            _write(document(value))

    def say(self, key: str, /, **data: Any) -> None:
        """A sentence for people, on standard output."""
        if not self.as_json:
            _write(self.messages.say(key, **data) + "\n")

    def tell(self, text: str) -> None:
        """Text that is already in words, on standard output."""
        if not self.as_json:
            _write(text + "\n")

    def prose(self, text: str) -> None:
        """Sentences to be read: on a terminal broken between words, and indented as they began."""
        if not self.as_json:
            from curator.faces.cli.tables import folded

            _write(folded(text) + "\n")

    def table(self, headings: Sequence[str], rows: Iterable[Sequence[Any]], *, named: bool = False) -> None:
        """Rows for people; headings are keys of `[say]`. Plain and tab-separated when piped.

        `named`: every value has its heading, in a pipe and on a narrow terminal, too.
        """
        if not self.as_json:
            from curator.faces.cli.tables import table

            said = [self.messages.say(f"col_{h}") for h in headings]
            table(said, rows, messages=self.messages, named=named)

    def note(self, key: str, /, **data: Any) -> None:
        """Progress or advice, on standard error."""
        sys.stderr.write(self.messages.say(key, **data) + "\n")

    def progress(self, key: str) -> AbstractContextManager[Told]:
        """A bar while long work goes on; `key` is its sentence. What it gives is told how far the work is."""
        from curator.faces.cli.progress import progress

        return nullcontext(lambda _done, _of: None) if self.debug else progress(self.messages.say(key))

    def page_note(self, *, shown: int, offset: int, total: int) -> None:
        """What a list does not show: that it is empty, or that it goes on."""
        if self.as_json:
            return
        if not total:
            self.note("list_empty")
        elif total > offset + shown:
            self.note("list_goes_on", shown=shown, total=total)

    def age(self, moment: datetime) -> Cell:
        """How long ago, for a column; a pipe gets the instant."""
        from curator.faces.cli.tables import Cell, age, short

        seen = age(moment, now=self.now, messages=self.messages)
        return Cell(short(moment, zone=self.messages.zone), "dim", seen)

    def short(self, moment: datetime | None) -> str:
        """An instant for a column, in the zone in which sentences say times."""
        from curator.faces.cli.tables import short

        return short(moment, zone=self.messages.zone)

    def spoken(self, moment: datetime | None, edition: Edition | None = None) -> str:
        """An instant as people say it, in the edition's zone."""
        from curator.faces.cli.tables import spoken

        zone = (edition or self.settings.default_edition).timezone
        return spoken(moment, locale=self.locale, zone=zone)


def _write(text: str) -> None:
    sys.stdout.write(text)
