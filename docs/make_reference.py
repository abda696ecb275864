"""Write docs/reference.md and the man pages from the program itself: `make reference`.

What is written by hand stands in reference.md.jinja, man/*.jinja and
surroundings.toml; every table is asked of the program, so that none can fall
behind it (tests/house/test_reference.py, test_manual.py).
"""

from __future__ import annotations

import json
import re
import runpy
import textwrap
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from curator import __version__, lifecycle, review
from curator.faces.cli import ending, grammar
from curator.faces.cli.call import Call
from curator.faces.cli.commands import SECTIONS
from curator.faces.messages import Messages, catalogue
from curator.model import Move, Status
from curator.settings import LABELS, rules
from curator.settings.given import PREFIX
from curator.shipped import shipped

HERE = Path(__file__).parent
ENGLISH = Messages("en")
MANUALS = ("curator.1", "curator.it.1")


def reference() -> str:
    """The whole page."""
    said = catalogue("en")
    return template("reference.md.jinja").render(
        sections=list(sections(ENGLISH)),
        everywhere=list(options("", ENGLISH, everywhere=True)),
        ending=ending,
        surroundings=surroundings(),
        moves=list(moves()),
        tables=settings(),
        editor=wanted(rules.EDITOR),
        edition=wanted({key: rule for key, rule in rules.EDITION.items() if key not in LABELS["en"]}),
        labels={key: {language: LABELS[language][key] for language in LABELS} for key in LABELS["en"]},
        waivable=review.CODES,
        problems={code: said["problems"][code] for code in review.CODES},
        doubts={code: text for code, text in said["problems"].items() if code not in review.CODES},
        codes={table: said[table] for table in ("errors", "fetch", "read")},
        events=runpy.run_path(str(HERE / "log_events.py"))["events"](),
    )


def manual(name: str) -> str:
    """A man page: man/`name`, in the language of its template."""
    messages = Messages("it" if ".it." in name else "en")
    return template(f"man/{name}.jinja").render(
        sections=list(sections(messages)),
        everywhere=list(options("", messages, everywhere=True)),
        ending=ending,
        surroundings=surroundings(),
        locale=messages.locale,
        version=__version__,
    )


def surroundings() -> dict[str, list[dict[str, Any]]]:
    """Files and variables, in both languages."""
    return tomllib.loads((HERE / "surroundings.toml").read_text(encoding="utf-8"))


def template(name: str) -> Template:
    environment = Environment(
        loader=FileSystemLoader(HERE),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Markdown and roff for people, from our own words only
    )
    environment.filters |= {"cell": cell, "roff": roff, "lines": lines}
    return environment.get_template(name)


def roff(text: str) -> str:
    """As troff wants it: what one types is bold, and a hyphen that can be copied."""
    text = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", " ".join(str(text).split()))
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"`([^`]+)`", r"\\fB\1\\fR", text)


def lines(text: str) -> str:
    """No longer than mail has them; a dot or an apostrophe at the beginning would be a command."""
    wrapped = textwrap.wrap(roff(text), 78, break_long_words=False, break_on_hyphens=False)
    return "\n".join(f"\\&{line}" if line[0] in ".'" else line for line in wrapped)


def cell(text: str) -> str:
    """On one line and without the sign that ends a cell."""
    return " ".join(str(text).split()).replace("|", "\\|")


def moves() -> Iterator[tuple[Move, list[Status], Status]]:
    """Each move with the statuses that it leads from, and the one that it leads to."""
    for move, ways in lifecycle.MOVES.items():
        for after in dict.fromkeys(ways.values()):
            yield move, [before for before, led in ways.items() if led is after], after


# ── commands ──


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    names: str
    means: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    name: str
    usage: str
    means: str
    schema: str
    options: tuple[Option, ...]


def sections(messages: Messages) -> Iterator[tuple[str, list[Command]]]:
    schemas: Mapping[str, str] = json.loads((HERE / "schema/index.json").read_text(encoding="utf-8"))
    for section, commands in SECTIONS.items():
        named = [described(name, schemas[name], messages) for name in commands]
        yield messages.help(f"section {section}"), named


def described(name: str, schema: str, messages: Messages) -> Command:
    command = grammar.load(name)
    pieces = command.collect_usage_pieces(context(name, command, messages))
    return Command(
        name=name,
        usage=" ".join(("curator", name, *(piece for piece in pieces if piece != "[OPTIONS]"))),
        means=messages.help(name),
        schema=schema,
        options=tuple(options(name, messages)),
    )


def options(name: str, messages: Messages, *, everywhere: bool = False) -> Iterator[Option]:
    """Those of the command's own, or those that every command takes."""
    command = grammar.load(name) if name else grammar.Branch("curator")
    if isinstance(command, grammar.Spoken):
        for option, names, means in command.spoken_options(context(name, command, messages)):
            if "--help" not in option.opts and (option.name in grammar.GLOBALS) == everywhere:
                yield Option(names=names, means=means)


def context(name: str, command: click.Command, messages: Messages) -> click.Context:
    """As if these words had been typed, in that language."""
    call = Call({"CURATOR_LOCALE": messages.locale})
    step = click.Context(grammar.Branch("curator"), info_name="curator", obj=call)
    words = name.split()
    for word in words[:-1]:
        step = click.Context(grammar.Branch(word), info_name=word, parent=step)
    return click.Context(command, info_name=words[-1], parent=step) if words else step


# ── settings ──


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    key: str
    variable: str
    default: str
    wants: str
    means: str


def settings() -> dict[str, list[Setting]]:
    """Every setting by its table, as the rules and config/curator.toml have it."""
    said = {(table, key): (default, means) for table, key, default, means in defaults()}
    return {
        table: [
            Setting(
                key=f"{table}.{key}",
                variable=f"{PREFIX}{table}__{key}".upper(),
                default=said[table, key][0],
                wants=wants(rule),
                means=said[table, key][1],
            )
            for key, rule in known.items()
        ]
        for table, known in rules.TABLES.items()
    }


def defaults() -> Iterator[tuple[str, str, str, str]]:
    """Table, key, default and comment; a house test holds that what is commented out is the default."""
    table, comment, ended = "", list[str](), False
    for line in (shipped("config") / "curator.toml").read_text(encoding="utf-8").splitlines():
        if header := re.fullmatch(r"\[([a-z_]+)\]", line):
            table, comment = header[1], []
        elif setting := re.fullmatch(r"# ([a-z_]+) = (.*)", line):
            yield table, setting[1], setting[2], " ".join(comment)
            ended = True  # one comment may speak of several settings below it
        elif line.startswith("# "):
            comment = [*([] if ended else comment), line.removeprefix("# ")]
            ended = False


def wanted(known: Mapping[str, rules.Rule]) -> dict[str, str]:
    return {key: wants(rule) for key, rule in known.items()}


def wants(rule: rules.Rule) -> str:
    """What a rule takes, in its own words: they are what it answers to something that it cannot take."""
    for wrong in ("?", ["?"], None):
        try:
            if isinstance(rule(wrong), Path):
                return "a path"
        except rules.Wrong as refusal:
            if refusal.code == "settings_wants_list" and wrong == "?":
                continue  # it takes a list: ask on, of what
            sentence = ENGLISH.error(refusal.code, {**refusal.data, "where": "", "key": "it"})
            found = re.search(r"(each entry of )?it must be (.*)\.$", sentence)
            if found is None:
                raise ValueError(sentence) from refusal
            return ("a list; each entry " if found[1] else "") + found[2]
    raise ValueError(rule)


if __name__ == "__main__":
    (HERE / "reference.md").write_text(reference(), encoding="utf-8")
    for page in MANUALS:
        (HERE / "man" / page).write_text(manual(page), encoding="utf-8")
