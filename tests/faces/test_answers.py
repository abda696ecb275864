"""What an answer has to say besides being right: all its keys, each its reason, and one clear sentence."""

from __future__ import annotations

import pytest

from newsroom import STORY, Newsroom, an_item, feed


@pytest.fixture
def desk(newsroom: Newsroom) -> Newsroom:
    """One source, two items in the queue."""
    newsroom.follow(feed(an_item("1", "One", STORY), an_item("2", "Two", STORY)))
    return newsroom


def test_a_refused_approval_lists_its_problems_as_review_does(desk: Newsroom) -> None:
    desk.curator("claim", 1)

    refused = desk.curator("approve", 1, "--json", ok=False)

    assert refused.status == 1
    assert refused.json["error"]["data"]["problems"] == desk.ask("review", 1)["problems"]


def test_the_problems_of_a_refusal_are_sentences_side_by_side(desk: Newsroom) -> None:
    desk.curator("claim", 1)

    said = desk.curator("approve", 1, ok=False).err

    assert ".," not in said
    assert said.count("\n") == 1


def test_a_dry_run_answers_with_the_keys_of_the_real_thing(desk: Newsroom) -> None:
    would, did = desk.ask("publish", "--dry-run"), desk.ask("publish")
    assert would.keys() - did.keys() == {"dry_run"}

    would, did = desk.ask("skip", "--source", 1, "--dry-run"), desk.ask("skip", "--source", 1)
    assert would.keys() - did.keys() == {"dry_run"}


@pytest.mark.parametrize("words", [("queue",), ("items",), ("skip",), ("entries",)])
def test_a_source_that_is_not_there_is_no_empty_list(desk: Newsroom, words: tuple[str, ...]) -> None:
    answer = desk.curator(*words, "--source", 99, "--json", ok=False)

    assert (answer.status, answer.json["error"]["code"]) == (1, "not_found")


def test_options_that_exclude_each_other_are_named(desk: Newsroom) -> None:
    together = desk.curator("write", 1, "--note", "a", "--note-file", "b", ok=False)
    neither = desk.curator("issue", "settle", 1, ok=False)

    assert (together.status, neither.status) == (2, 2)
    assert "--note, --note-file" in together.err
    assert "--resend, --drop" in neither.err


def test_a_scheduled_item_says_when_it_goes_out(desk: Newsroom) -> None:
    desk.curator("write", 1, "--headline", "Titolo", "--note", "Una nota.")
    desk.curator("approve", 1, "--at", "2031-03-03 09:00")

    assert "Goes out: Monday 3 March 2031, 09:00 CET" in desk.curator("show", 1).out


def test_the_paragraphs_of_a_source_are_numbered_for_scripts_too(desk: Newsroom) -> None:
    shown = desk.ask("show", 1, "--entry")["paragraphs"]

    quoted = desk.ask("write", 1, "--paragraphs", 2)["excerpt"]["text"]

    assert quoted == shown[1]


def test_a_sentence_has_no_hole_where_a_list_is_empty(desk: Newsroom) -> None:
    assert desk.curator("publish", "--dry-run").out.startswith("There is nothing to publish, correct or")


def test_an_empty_list_says_so_and_a_pipe_gets_nothing(desk: Newsroom) -> None:
    found = desk.curator("queue", "--tag", "none")

    assert (found.out, found.err) == ("", "Nothing here.\n")


@pytest.mark.parametrize("name", ["marta\nluca", " ", "\x1b[2J"])
def test_an_editor_has_a_name_of_one_line(desk: Newsroom, name: str) -> None:
    answer = desk.curator("claim", 1, "--editor", name, "--json", ok=False)

    assert (answer.status, answer.json["error"]["code"]) == (1, "editor_name_invalid")


def test_init_says_the_address_that_it_wrote(newsroom: Newsroom) -> None:
    said = newsroom.curator("init", str(newsroom.folder), "--base-url", "https://rassegna.example/").out

    assert "https://rassegna.example/" in said
    assert "nothing was changed" not in said


def test_a_backup_into_a_folder_that_is_not_there_names_the_folder(newsroom: Newsroom) -> None:
    answer = newsroom.curator("backup", f"{newsroom.folder}/none/b.zip", "--json", ok=False)

    assert answer.json["error"]["code"] == "folder_missing"
    assert answer.json["error"]["data"] == {"path": str(newsroom.folder / "none")}
