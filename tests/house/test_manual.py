"""The man pages say what the program takes: they are made from it, in both languages."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import click
import pytest

from curator.faces.cli import ending, grammar
from curator.faces.cli.commands import COMMANDS
from curator.settings.given import NO_SETTINGS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
EVERYWHERE = ("--json", "--newsroom", "--editor", "--locale", "--debug")
PAGES = ("curator.1", "curator.it.1")
LOOKED_UP = re.compile(r"environ(?:\.get\(|\[)\"([A-Z_]+)\"|os\.getenv\(\"([A-Z_]+)\"")


@pytest.fixture(scope="module")
def manual() -> Callable[[str], str]:
    made: Callable[[str], str] = runpy.run_path(str(DOCS / "make_reference.py"))["manual"]
    return made


def written(page: str) -> str:
    return (DOCS / "man" / page).read_text(encoding="utf-8")


def said(page: str) -> str:
    """Without what troff needs."""
    return re.sub(r"\\f[BRI]|\\&", "", written(page)).replace("\\-", "-")


@pytest.mark.parametrize("page", PAGES)
def test_the_manual_is_what_the_program_says(manual: Callable[[str], str], page: str) -> None:
    assert written(page) == manual(page), f"docs/man/{page} is behind: run make reference"


@pytest.mark.parametrize("page", PAGES)
def test_the_manual_has_every_command_with_every_option(page: str) -> None:
    entries = re.findall(
        r"^\.B curator ([^\n]*)\n(.*?)(?=^\.B curator |^\.SH )", said(page), re.MULTILINE | re.DOTALL
    )
    missing = []
    for name in COMMANDS:
        [body] = [body for usage, body in entries if re.match(rf"{name}(?= [^a-z]|$)", usage)]
        flags = [param.opts for param in grammar.load(name).params if isinstance(param, click.Option)]
        told = re.findall(r"--?[a-z-]+", " ".join(re.findall(r"^\.B (-.*)$", body, re.MULTILINE)))
        missing += [f"{name} {flag}" for flag in chain(*flags) if flag not in {*told, *EVERYWHERE}]

    assert missing == []


@pytest.mark.parametrize("page", PAGES)
def test_the_manual_has_exit_statuses_and_variables(page: str) -> None:
    text = said(page)

    for status in (ending.DONE, ending.REFUSED, ending.WRONG_USAGE, ending.INTERRUPTED):
        assert f".B {status}\n" in text
    assert [name for name in NO_SETTINGS if f".B {name}\n" not in text] == []


def test_every_variable_that_the_program_looks_at_is_told_of() -> None:
    """But for where programs are, and the one by which our own completion scripts ask."""
    looked_at = {
        found
        for path in (ROOT / "src").rglob("*.py")
        for pair in LOOKED_UP.findall(path.read_text(encoding="utf-8"))
        for found in pair
        if found
    }
    told = set(
        re.findall(r"[A-Z_]{4,}", " ".join(re.findall(r"^\.B ([A-Z_, ]+)$", said("curator.1"), re.MULTILINE)))
    )

    assert looked_at - told - {"PATH", "_CURATOR_COMPLETE"} == set()


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "judge",
    [
        ("mandoc", "-Tlint", "-Wwarning"),
        ("groff", "-man", "-Tutf8", "-Kutf8", "-wall", "-z"),
    ],
    ids=lambda words: words[0],
)
def test_typesetters_find_nothing_wrong(judge: tuple[str, ...], page: str) -> None:
    if shutil.which(judge[0]) is None:
        pytest.skip(f"no {judge[0]} here")

    done = subprocess.run([*judge, str(DOCS / "man" / page)], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_examples_name_commands_that_there_are() -> None:
    examples = "\n".join(re.findall(r"^\.EX\n(.*?)^\.EE", said("curator.1"), re.MULTILINE | re.DOTALL))
    typed = re.findall(r"curator (?:--newsroom \S+ )?(source [a-z]+|[a-z]+)", examples)

    assert len(typed) > 9
    assert set(typed) <= COMMANDS.keys()
