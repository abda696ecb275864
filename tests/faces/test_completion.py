"""What a shell offers at Tab, and what the program says to a slip of the finger."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from builders import a_queued_item, a_source
from curator.bootstrap import open_newsroom
from curator.faces.cli import completing
from curator.faces.cli.completion import SCRIPTS
from curator.store import tables as t
from newsroom import Newsroom

TYPED = {
    "bash": "COMP_WORDS=(curator {line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMP_TYPE=9;"
    " complete() {{ :; }}; compopt() {{ :; }}; {script}\n _curator; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
    "zsh": "compdef() {{ :; }}; _describe() {{ print -l -- ${{(P)3}} }}; {script}"
    " words=(curator {line}); CURRENT=${{#words}}; _curator",
    "fish": "{script}\n complete -C 'curator {bare}'",
}
"""How each shell asks what may follow `curator LINE`; `bare` without the quotes of the empty word."""


@pytest.fixture
def desk(newsroom: Newsroom) -> Newsroom:
    """One source, three items."""
    here = open_newsroom(newsroom.folder, newsroom.environ)
    source_id = a_source(here.store, name="Frontline Notes")
    for title in ("The promise", "The queue", "The refund"):
        a_queued_item(here.store, source_id=source_id, guid=title, title=title)
    with here.store.begin() as tx:
        tx.connection.execute(t.sources.update().values(tags=["service"]))
    here.close()
    return newsroom


def offered(newsroom: Newsroom, *words: str, **environ: str) -> dict[str, str]:
    """Value to what is said about it."""
    said = completing.answer(words, newsroom.environ | environ)
    return dict(line.split("\t") for line in said.splitlines())


def test_commands_and_options_come_with_their_help(newsroom: Newsroom) -> None:
    assert offered(newsroom, "cl")["claim"] == "Take items onto your desk."
    assert set(offered(newsroom, "source", "re")) == {"resume", "remove"}
    assert set(offered(newsroom, "queue", "--so")) == {"--source"}
    assert "fonte" in offered(newsroom, "queue", "--so", CURATOR_LOCALE="it")["--source"]


def test_ids_come_with_titles_and_only_where_the_move_makes_sense(desk: Newsroom) -> None:
    desk.curator("claim", 2)
    desk.curator("write", 2, "--headline", "Chi aspetta")

    assert offered(desk, "show", "") == {"3": "The refund", "2": "Chi aspetta", "1": "The promise"}
    assert offered(desk, "approve", "") == {"2": "Chi aspetta"}
    assert list(offered(desk, "claim", "1", "")) == ["3", "2"]  # never twice the same
    assert list(offered(desk, "history", "3")) == ["3"]
    assert offered(desk, "show", "x") == {}


def test_names_of_the_newsroom_are_offered(desk: Newsroom) -> None:
    desk.curator("write", 1, "--tag", "Voice of the Customer")
    with (desk.folder / "config/curator.toml").open("a", encoding="utf-8") as config:
        config.write('\n[editors.marta]\nname = "Marta Rossi"\n')

    assert offered(desk, "queue", "--source", "") == {"1": "Frontline Notes"}
    assert offered(desk, "queue", "--source", "=", "") == {"1": "Frontline Notes"}
    assert offered(desk, "queue", "--source", "Fr") == {"Frontline Notes": "1"}
    assert offered(desk, "poll", "") == {"1": "Frontline Notes"}
    assert list(offered(desk, "queue", "--tag", "")) == ["Voice of the Customer", "service"]
    assert offered(desk, "claim", "--editor", "m") == {"marta": "Marta Rossi"}
    assert "marta" in offered(desk, "assign", "2", "")
    assert "marta" not in offered(desk, "assign", "")
    desk.curator("filter", "save", "mine", "--tag", "service")
    assert offered(desk, "queue", "--filter", "") == {"mine": "--tag service"}
    assert list(offered(desk, "queue", "--edition", "")) == ["it"]
    assert list(offered(desk, "items", "--status", "w")) == ["withdrawn"]
    assert "note_missing=" in offered(desk, "write", "1", "--waive", "")
    assert "quote_too_long=" not in offered(desk, "write", "1", "--waive", "")
    assert list(offered(desk, "write", "1", "--note-file", "")) == [completing.FILES]


@pytest.mark.parametrize("words", [[], ["nonsense", ""], ["show", ""], ["--newsroom"], ["source", "zz", ""]])
def test_where_nothing_can_be_said_nothing_is_said(tmp_path: Path, words: list[str]) -> None:
    assert completing.answer([*words, "--editor", ""], {"CURATOR_NEWSROOM": str(tmp_path)}) == ""


@pytest.mark.parametrize("shell", [name for name in SCRIPTS if shutil.which(name)])
def test_a_real_shell_completes(desk: Newsroom, shell: str) -> None:
    script = desk.curator("completion", shell).out
    ask = TYPED[shell].format(script=script, line="show ''", bare="show ")
    environ = desk.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    done = subprocess.run([shell, "-c", ask], capture_output=True, text=True, check=True, env=environ)

    lines = [" ".join(line.replace(":", " ").split()) for line in done.stdout.splitlines()]
    assert [line.replace("(", "").replace(")", "") for line in lines] == [
        "3 The refund",
        "2 The queue",
        "1 The promise",
    ]
    assert done.stderr == ""


def test_the_script_is_for_the_shell_that_asks(newsroom: Newsroom) -> None:
    assert newsroom.curator("completion", SHELL="/usr/bin/zsh").out.startswith("#compdef curator")
    assert newsroom.ask("completion", "fish")["shell"] == "fish"
    refused = newsroom.curator("completion", ok=False, SHELL="/bin/tcsh")
    assert (refused.status, "curator completion bash" in refused.err) == (2, True)


def test_a_slip_is_answered_with_what_was_meant(desk: Newsroom) -> None:
    slips = {
        ("skp",): "skip",
        ("add", "https://blog.example/"): "source add, subscriber add",
        ("items", "--stats", "ready"): "--status",
        ("items", "--status", "publishd"): "published",
        ("items", "--problem", "note_mising"): "note_missing",
        ("queue", "--source", "Frontlin Note"): "Frontline Notes",
        ("queue", "--edition", "itt"): "it",
        ("write", "1", "--waive", "alt_misssing=No"): "alt_missing",
    }

    for words, meant in slips.items():
        assert f"Did you mean: {meant}" in desk.curator(*words, ok=False).err, words


def test_a_tag_that_nothing_has_is_answered_with_the_nearest(desk: Newsroom) -> None:
    found = desk.curator("queue", "--tag", "servce")

    assert (found.status, found.out) == (0, "")
    assert found.err == "No item and no source has the tag “servce”. Did you mean: service?\nNothing here.\n"


def test_a_source_is_known_by_its_name_too(desk: Newsroom) -> None:
    here = open_newsroom(desk.folder, desk.environ)
    a_source(here.store, name="Frontline News", url="https://news.example/feed")
    here.close()

    assert desk.ask("queue", "--source", "frontline notes")["total"] == 3
    assert desk.ask("source", "show", "news")["name"] == "Frontline News"
    refused = desk.curator("entries", "--source", "frontline", "--json", ok=False)
    assert refused.json["error"]["code"] == "source_name_ambiguous"
    assert desk.ask("queue", "--source", "NOTES", "--newsroom", str(desk.folder))["total"] == 3
