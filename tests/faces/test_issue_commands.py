"""`issue …` as it is typed: an editor's words are never lost, and every answer says what stands."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardship import moved_in
from newsletter import read_mail
from newsroom import STORY, Newsroom, an_item, feed, serving


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """A newsroom with three items that readers have; each test gets a copy."""
    with serving() as web:
        newsroom = Newsroom(tmp_path_factory.mktemp("published") / "newsroom", web)
        _fill(newsroom)
        yield newsroom


@pytest.fixture
def newsroom(published: Newsroom, tmp_path: Path) -> Newsroom:
    shutil.copytree(published.folder, tmp_path / "newsroom")
    moved_in(tmp_path / "newsroom")
    return Newsroom(tmp_path / "newsroom", published.web)


@pytest.fixture
def items(newsroom: Newsroom) -> list[int]:
    found: list[int] = newsroom.ask("issue", "draft")["items"]
    return found


def _fill(newsroom: Newsroom) -> None:
    newsroom.follow(feed(*(an_item(str(n), f"Story {n}", STORY) for n in range(3))))
    found = sorted(item["id"] for item in newsroom.queue())
    for item_id in found:
        newsroom.ready(item_id, f"Titolo {item_id}")
    newsroom.curator("publish")


def program(newsroom: Newsroom, script: str) -> dict[str, str]:
    """An $EDITOR that is this shell script; $1 is the file, $N how often it was called."""
    path, calls = newsroom.folder.parent / "editor.sh", newsroom.folder.parent / "calls"
    path.write_text(
        f"#!/bin/sh\nN=$(($(cat {calls} 2>/dev/null || echo 0) + 1)); echo $N > {calls}\n{script}\n"
    )
    path.chmod(0o755)
    return {"EDITOR": str(path)}


def kept(newsroom: Newsroom) -> list[Path]:
    folder = newsroom.folder / "data/drafts"
    return sorted(folder.iterdir()) if folder.is_dir() else []


def test_a_draft_says_what_is_in_it_and_why(newsroom: Newsroom, items: list[int]) -> None:
    one, two, three = items
    answer = newsroom.ask("issue", "edit", "--order", three, one, "--hold", two, "--subject", "La settimana")

    assert answer["items"] == [three, one]
    assert answer["subject"] == answer["draft"]["subject"] == "La settimana"
    assert [(p["item"], p["reasons"]) for p in answer["draft"]["contents"]] == [
        (three, ["new", "moved"]),
        (one, ["new", "moved"]),
    ]
    assert [(p["item"], p["reasons"]) for p in answer["draft"]["left_out"]] == [(two, ["held"])]
    said = newsroom.curator("issue", "draft").out
    assert "held over to the next issue" in said
    assert f"Titolo {two}" in said
    back = newsroom.ask("issue", "edit", "--take-back", f"{two},{three},{one}", "--subject", "")
    assert (back["items"], back["draft"]["subject"]) == (items, None)


def test_an_issue_is_arranged_in_the_editors_own_program(newsroom: Newsroom, items: list[int]) -> None:
    one, two, three = items
    script = (
        f"sed -i 's/^in: {three} /pin: {three} /; s/^in: {one} /drop: {one} /' \"$1\"\n"
        "sed -i 's/^subject:.*/subject: Mio/' \"$1\"\n"
        "printf '\\nCare lettrici,\\n\\nbuona lettura.\\n' >> \"$1\""
    )

    answer = newsroom.ask("issue", "edit", **program(newsroom, script))

    assert (answer["items"], answer["subject"]) == ([three, two], "Mio")
    assert answer["draft"]["intro"] == "Care lettrici,\n\nbuona lettura."
    assert kept(newsroom) == []


def test_a_file_that_cannot_be_read_is_shown_again_with_the_reason(
    newsroom: Newsroom, items: list[int]
) -> None:
    script = (
        'if [ $N = 1 ]; then printf "Parole\\n" >> "$1"; sed -i "s/^subject:/subjekt:/" "$1"; '
        'else grep -q "^#! .*subjekt" "$1" && sed -i "s/^subjekt:/subject:/" "$1"; fi'
    )

    answer = newsroom.ask("issue", "edit", **program(newsroom, script))

    assert answer["items"] == items
    assert answer["draft"]["intro"] == "Parole"


def test_of_two_editors_the_second_keeps_her_text_and_goes_on_with_both(
    newsroom: Newsroom, items: list[int]
) -> None:
    own = f"CURATOR_NEWSROOM={newsroom.folder} CURATOR_EDITOR=luca"
    luca = f"env -u EDITOR {own} {sys.executable} -m curator issue edit --intro 'Di Luca.'"
    script = f"if [ $N = 1 ]; then {luca} >/dev/null; printf 'Di Marta.\\n' >> \"$1\"; fi"
    environ = program(newsroom, script)

    refused = newsroom.curator("issue", "edit", "--json", ok=False, **environ)

    assert refused.status == 1
    assert refused.json["error"]["code"] == "issue_edit_conflict"
    [file] = kept(newsroom)
    text = file.read_text(encoding="utf-8")
    assert "Di Marta." in text
    assert "#! The intro is now: Di Luca." in text
    assert newsroom.ask("issue", "draft")["draft"]["intro"] == "Di Luca."
    assert newsroom.ask("issue", "edit", **environ)["draft"]["intro"] == "Di Marta."
    assert kept(newsroom) == []
    assert items


def test_words_on_a_stale_version_are_kept_in_a_file(newsroom: Newsroom, items: list[int]) -> None:
    newsroom.curator("issue", "edit", "--intro", "Prima")

    refused = newsroom.curator("issue", "edit", "--version", 0, "--intro", "Poi", "--json", ok=False)

    assert refused.json["error"]["data"]["yours"]["intro"] == "Poi"
    [file] = kept(newsroom)
    assert "Poi" in file.read_text(encoding="utf-8")
    assert newsroom.ask("issue", "draft")["draft"]["intro"] == "Prima"
    assert items


def test_an_issue_is_closed_opened_again_rebuilt_and_every_step_is_in_the_log(
    newsroom: Newsroom, items: list[int]
) -> None:
    newsroom.curator("issue", "edit", "--intro-file", "/dev/null", "--pin", items[2])
    closed = newsroom.ask("issue", "close")
    page = newsroom.folder / "public/newsletter/1.html"
    was_there = page.is_file()
    reopened = newsroom.ask("issue", "reopen", 1)
    gone = not page.is_file()
    newsroom.curator("issue", "close")
    rebuilt = newsroom.ask("issue", "rebuild", 1)

    assert closed["items"] == reopened["items"] == rebuilt["items"] == [items[2], *items[:2]]
    assert (was_there, gone) == (True, True)
    assert (rebuilt["same"], rebuilt["differing"], rebuilt["rebuilt"]) == (True, [], [])
    assert all(Path(file).is_file() for file in rebuilt["files"])
    moves = [event["move"] for event in newsroom.ask("log")["events"] if event["move"].startswith("issue_")]
    assert moves == ["issue_close", "issue_reopen", "issue_close", "issue_edit"]


def test_a_trial_mail_may_be_of_the_draft_and_says_so(newsroom: Newsroom, items: list[int]) -> None:
    nothing = newsroom.curator("issue", "test", "--to", "prova@example.org", ok=False)
    answer = newsroom.curator("issue", "test", "--draft", "--to", "prova@example.org", "--json")

    assert nothing.status == 1
    assert answer.json["outcome"] == "written"
    assert "the draft of issue 1" in answer.err
    assert read_mail(Path(answer.json["file"]).read_bytes())["Subject"].startswith("[TEST] ")
    assert newsroom.ask("issue", "draft")["items"] == items
    assert newsroom.ask("issue", "list")["issues"] == []


@pytest.mark.parametrize(
    "words", [("--order", "x"), ("--intro", "a", "--intro-file", "b"), ("--pin", "1", "--hold", "1")]
)
def test_what_cannot_be_meant_is_refused(newsroom: Newsroom, words: tuple[str, ...]) -> None:
    assert newsroom.curator("issue", "edit", *words, ok=False).status in (1, 2)


def test_a_decision_on_mails_in_doubt_is_one_of_the_two(newsroom: Newsroom) -> None:
    both = newsroom.curator("issue", "settle", 1, "--resend", "--drop", ok=False)

    assert both.status == 2
    assert "--resend" in both.err


def test_whoever_sends_an_issue_hears_of_an_older_one_that_waits(
    newsroom: Newsroom, items: list[int]
) -> None:
    newsroom.curator("issue", "edit", "--hold", items[0])
    newsroom.curator("issue", "close")
    newsroom.curator("issue", "close")

    sent = newsroom.curator("issue", "send")
    newsroom.curator("issue", "cancel", 1)
    refused = newsroom.curator("--locale", "it", "issue", "resume", 1, ok=False)

    assert "issue send 1 --edition it" in sent.err
    assert (
        "Il numero 1 è annullato: «curator issue resume» vale solo per un numero che è in pausa"
        in refused.err
    )


def test_words_for_an_issue_that_has_no_items_yet_are_said_to_be_kept(newsroom: Newsroom) -> None:
    newsroom.curator("issue", "close")

    said = newsroom.curator("issue", "edit", "--subject", "La settimana")

    assert "kept, for the next issue" in said.out
