"""The house's sentences, in Italian and English: codes and data in, one sentence out.

A key that a language lacks is said in English, and one that English lacks is
said as the bare code: a missing sentence never hides what happened.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from curator.model import Because, IssueStatus, Outcome, Problem, SourceStatus, Status
from curator.model.credentials import masked

LOCALES = ("it", "en")
DEFAULT_LOCALE = "en"


def locale_of(environ: Mapping[str, str]) -> str:
    """The language that the environment asks for: ours first, then POSIX's own order."""
    for name in ("CURATOR_LOCALE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(name):
            language = value.replace("-", "_").split("_")[0].split(".")[0].lower()
            return language if language in LOCALES else DEFAULT_LOCALE
    return DEFAULT_LOCALE


_SAID_AS: Mapping[type[object], str] = {
    Status: "status",
    SourceStatus: "source_is",
    IssueStatus: "issue",
    Outcome: "outcome",
    Because: "because",
}
_STOPS = (".", "?", "!", "…")


class Messages:
    """One language's sentences. Tables: errors, problems, fetch, read, say, help."""

    def __init__(self, locale: str, *, zone: str = "UTC") -> None:
        """`zone`: the time zone in which sentences say a time."""
        self.locale = locale if locale in LOCALES else DEFAULT_LOCALE
        self.zone = zone

    def say(self, key: str, /, **data: Any) -> str:
        """A sentence of `[say]`; with `count=1` its `<key>_one` where there is one."""
        if data.get("count") == 1 and self._template("say", f"{key}_one"):
            key = f"{key}_one"
        return self._filled("say", key, data)

    def error(self, code: str, data: Mapping[str, Any]) -> str:
        """Why something was not done. Fetch and read outcomes may be raised as errors too."""
        if code == "not_found":
            noun = data.get("noun", "?")
            code = "not_found_yet" if data.get("id") is None else f"not_found_{noun}"
            code = code if self._template("errors", code) else "not_found"
            data = {**data, "noun": self._template("say", f"noun_{noun}") or noun}
        of_its_limit = f"{code}_{data.get('limit')}"  # of several that one code may mean
        for table, key in product(("errors", "fetch", "read", "problems"), (of_its_limit, code)):
            if template := self._template(table, key):
                kept = data.get("draft") and "{draft}" not in template
                said = self._filled(table, key, data)
                return self._with_kept(said, data) if kept else said
        return self._bare(code, data)

    def _with_kept(self, said: str, data: Mapping[str, Any]) -> str:
        """And where the text is that was not saved; said first where a command ends the sentence."""
        kept = self._filled("say", "text_kept_of" if data.get("item") else "text_kept", data)
        return f"{said} {kept}" if said.endswith(_STOPS) else f"{kept} {said}"

    def problem(self, problem: Problem) -> str:
        """What is missing or doubtful: of an item, a source's document or a settings file."""
        of_its_limit = f"{problem.code}_{problem.data.get('limit')}"  # of several that one code may mean
        for code in (of_its_limit, problem.code):
            for table in ("problems", "read", "fetch", "errors"):
                if self._template(table, code):
                    where = self._where(problem.field)
                    data = {"field": problem.field, "where": where, **problem.data}
                    if isinstance(missing := data.get("missing"), str):
                        data["missing"] = self._parts(missing)
                    return self._filled(table, code, data)
        return self._bare(problem.code, problem.data)

    def _where(self, field: str | None) -> str:
        """A field of an item as a sentence begins with it: «Nota», “Headline”."""
        return self._template("say", f"field_{field}") or field or "–"

    def _parts(self, names: str) -> str:
        """Of an attribution: «titolo, editore»."""
        return ", ".join(self._template("say", f"desk_attribution_{n}") or n for n in names.split(", "))

    def help(self, *keys: str) -> str:
        """The help of a command ("source add") or option ("source add --name", then "--name")."""
        return next((found for key in keys if (found := self._template("help", key))), keys[0])

    def in_words(self, value: Any) -> str:  # noqa: PLR0911 - one type, one answer
        """One value of a sentence's data as people read it."""
        match value:
            case None:
                return "–"
            case bool():
                return self.say("yes" if value else "no")
            case datetime():
                return value.astimezone(ZoneInfo(self.zone)).strftime("%Y-%m-%d %H:%M %Z")
            case Status() | SourceStatus() | IssueStatus() | Outcome() | Because():
                return self.say(f"{_SAID_AS[type(value)]}_{value}")
            case Problem():
                return self.problem(value)
            case str():
                return printable(masked(value))
            case Mapping():
                return ", ".join(f"{k}: {self.in_words(v)}" for k, v in value.items())
            case Sequence() | set() | frozenset():
                # A problem is a sentence, and a mapping has commas of its own.
                kinds = {type(each) for each in value}
                between = " " if kinds == {Problem} else "; " if kinds == {dict} else ", "
                return between.join(self.in_words(each) for each in value)
            case _:
                return printable(masked(str(value)))

    def _filled(self, table: str, key: str, data: Mapping[str, Any]) -> str:
        template = self._template(table, key)
        if template is None:
            return self._bare(key, data)
        return _Sentence(self).vformat(template, (), data)

    def _template(self, table: str, key: str) -> str | None:
        own = catalogue(self.locale).get(table, {}).get(key)
        return own or catalogue(DEFAULT_LOCALE).get(table, {}).get(key)

    def _bare(self, code: str, data: Mapping[str, Any]) -> str:
        return f"{code} ({self.in_words(data)})" if data else code


class _Sentence(string.Formatter):
    """`str.format` that says data in words and a lacking placeholder as "?": no error about an error."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:  # noqa: ARG002 - the base class's
        # What to type, where the sentence is about something that has no id yet.
        return kwargs.get(str(key), "ID" if key == "id" else "?")

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec:
            return format(value, format_spec)
        # An empty list in the middle of a sentence would leave a hole.
        return self._messages.in_words(value) or ("" if isinstance(value, str) else "–")


def printable(text: str) -> str:
    """Foreign text for a terminal: control characters (escape sequences too) become spaces."""
    return text.translate(_BLANK)


_BLANK = dict.fromkeys((*range(32), *range(127, 160)), " ")  # C0, DEL, C1


@cache
def catalogue(locale: str) -> Mapping[str, Mapping[str, str]]:
    with (Path(__file__).parent / f"{locale}.toml").open("rb") as file:
        return tomllib.load(file)
