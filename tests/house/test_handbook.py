"""The editors' handbook says what the program takes: its commands, keys, codes and pictures are there."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from curator.curate import lint
from curator.faces.cli import grammar
from curator.faces.cli.call import Call
from curator.faces.cli.commands import COMMANDS
from curator.faces.desk.keys import KEYS, LIST, READER, READING, TYPING, KeyDoes
from curator.faces.messages import catalogue
from curator.model import Lang

ROOT = Path(__file__).parents[2]
HANDBOOK = ROOT / "docs/manuale-redazione.md"
PICTURES = ROOT / "docs/manuale"
ITALIAN = catalogue("it")
BETWEEN = re.compile(
    r"(?<=<!-- tasti: scritti dal programma \(UPDATE_PICTURES=1\) -->\n).*?(?=<!-- fine)", re.DOTALL
)


PAGES = (
    "docs/manuale-redazione.md",
    "README.md",
    "docs/running.md",
    "docs/privacy.md",
    "docs/newsletter.md",
    "docs/serving.md",
    "docs/sources.md",
    "docs/importing.md",
    "docs/wordpress.md",
)


@pytest.mark.parametrize("page", PAGES)
def test_every_command_that_is_shown_can_be_typed(page: str) -> None:
    wrong = [f"{line}: {why}" for line in typed(ROOT / page) if (why := refusal(line))]

    assert wrong == []


def test_every_picture_is_there_and_every_one_is_shown() -> None:
    shown = set(re.findall(r"\]\(manuale/([\w-]+)\.svg\)", HANDBOOK.read_text(encoding="utf-8")))

    assert shown == {path.stem for path in PICTURES.glob("*.svg")}


@pytest.mark.parametrize("page", sorted(path.name for path in (ROOT / "docs").glob("*.md")))
def test_every_link_leads_somewhere(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]

    assert [link for link in links if not leads_somewhere(ROOT / "docs" / page, link)] == []


def leads_somewhere(page: Path, link: str) -> bool:
    name, _, place = link.partition("#")
    target = page.parent / name if name else page
    if not place or not target.exists():
        return target.exists()
    headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
    return place in {anchor(heading) for heading in headings}


def anchor(heading: str) -> str:
    """As the web's viewers of Markdown call a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_the_keys_are_those_of_the_desk() -> None:
    text = HANDBOOK.read_text(encoding="utf-8")
    if os.environ.get("UPDATE_PICTURES"):
        HANDBOOK.write_text(BETWEEN.sub(lambda _: keys(), text), encoding="utf-8")

    assert BETWEEN.findall(HANDBOOK.read_text(encoding="utf-8")) == [keys()]


def test_the_codes_exist() -> None:
    named = re.findall(
        r"`((?:lint_|quote_|excerpt_not|attribution_m|machine_)\w+)`", HANDBOOK.read_text("utf-8")
    )

    assert named
    assert sorted(set(named) - ITALIAN["problems"].keys()) == []


def test_each_example_of_lint_raises_the_warning_it_stands_for() -> None:
    rows = re.findall(r"^\| ((?:`lint_\w+`(?:, )?)+) \| (.+?) \|", HANDBOOK.read_text("utf-8"), re.MULTILINE)
    in_few_words = [(codes, example) for codes, example in rows if not re.search("spelling|no_verb", codes)]

    found = {
        example: {problem.code for problem in lint.check(example, language=Lang("it"), field="note")}
        for _, example in in_few_words
    }

    assert len(rows) > 10
    assert [ex for codes, ex in in_few_words if not found[ex] & set(re.findall(r"\w+", codes))] == []


def test_no_picture_fetches_anything() -> None:
    outside = re.compile(r"@import|@font-face|(?:href|src)=|url\((?!#)")

    assert [path.name for path in PICTURES.glob("*.svg") if outside.search(path.read_text("utf-8"))] == []


def typed(page: Path) -> Iterator[str]:
    """Lines of shell examples that call the program, one for each command of a line."""
    for block in re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        for line in block.splitlines():
            shown = re.sub(r"^su - curator -c '(.+)'$", r"\1", line.strip())
            for part in re.split(r" && |; | \| ", shown):
                if part.startswith("curator "):
                    yield part


def refusal(line: str) -> str | None:
    """Why the program would not understand the line; its values are not looked at."""
    words = shlex.split(re.sub(r" --newsroom \S+", "", line), comments=True)[1:]
    if words == ["--version"]:
        return None
    name = next((name for n in (2, 1) if (name := " ".join(words[:n])) in COMMANDS), None)
    if name is None:
        return "no such command"
    command = grammar.load(name)
    root = click.Context(grammar.Branch("curator"), info_name="curator", obj=Call({}))
    context = click.Context(command, info_name=name, parent=root)
    try:
        command.make_parser(context).parse_args(words[len(name.split()) :])
    except click.UsageError as error:
        return error.format_message()
    return None


def keys() -> str:
    """The table of the desk's keys as the handbook has it."""
    groups = {
        "list": [key for key in KEYS if key.where in (READING, {LIST})],
        "reader": [key for key in KEYS if key.where - {TYPING} == {READER}],
        "typing": [key for key in KEYS if TYPING in key.where and key.where != {READER, TYPING}],
    }
    lines: list[str] = []
    for group, found in groups.items():
        lines += [
            "",
            f"**{ITALIAN['say'][f'desk_keys_{group}']}**",
            "",
            "| tasto | che cosa fa |",
            "|---|---|",
        ]
        means: dict[str, list[str]] = {}
        for key in found:
            means.setdefault(ITALIAN["say"][f"desk_key_{key.name}"], []).append(shown(key))
        lines += [f"| {' '.join(typed)} | {said} |" for said, typed in means.items()]
    return "\n".join([*lines, "", ""])


def shown(key: KeyDoes) -> str:
    return ITALIAN["say"].get(f"desk_keyname_{key.shown}") or f"`{key.shown}`"
