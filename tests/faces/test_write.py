"""Writing: in the editor's own program or by options, and never at the cost of a word."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from newsroom import STORY, Newsroom, an_item, feed


@pytest.fixture
def item_id(newsroom: Newsroom) -> int:
    newsroom.follow(feed(an_item("1", "Keeping a promise", STORY)))
    found: int = newsroom.queue()[0]["id"]
    return found


def program(newsroom: Newsroom, script: str) -> dict[str, str]:
    """An $EDITOR that is this shell script; $1 is the file, $N how often it was called."""
    path = newsroom.folder.parent / "editor.sh"
    calls = newsroom.folder.parent / "calls"
    path.write_text(
        f"#!/bin/sh\nN=$(($(cat {calls} 2>/dev/null || echo 0) + 1)); echo $N > {calls}\n"
        f'cp "$1" {newsroom.folder.parent}/seen-$N\n{script}\n'
    )
    path.chmod(0o755)
    return {"EDITOR": str(path)}


def seen(newsroom: Newsroom, call: int) -> str:
    return (newsroom.folder.parent / f"seen-{call}").read_text(encoding="utf-8")


def drafts(newsroom: Newsroom) -> list[Path]:
    folder = newsroom.folder / "data/drafts"
    return sorted(folder.iterdir()) if folder.is_dir() else []


SET_HEADLINE = "sed -i 's/^headline:.*/headline: HBR: “Mantenere” basta/' \"$1\""


def test_what_is_typed_in_the_program_is_saved(newsroom: Newsroom, item_id: int) -> None:
    script = f"{SET_HEADLINE}\nprintf '\\nUna nota.\\n\\nIn due paragrafi.\\n' >> \"$1\""

    item = newsroom.ask("write", item_id, **program(newsroom, script))

    assert item["headline"] == "HBR: “Mantenere” basta"
    assert item["note"] == "Una nota.\n\nIn due paragrafi."
    assert item["status"] == "drafting"
    assert item["attributions"][0]["title"] == "Keeping a promise"
    assert "> Customers remember a broken promise." in seen(newsroom, 1)
    assert drafts(newsroom) == []


@pytest.mark.parametrize("editor", ["true", "false", "nowhere/no-such-program", "sh -c ': > $0'"])
def test_an_aborted_or_unchanged_edit_changes_nothing(newsroom: Newsroom, item_id: int, editor: str) -> None:
    before = newsroom.ask("show", item_id)

    answer = newsroom.curator("write", item_id, ok=False, EDITOR=editor)

    assert answer.status == (0 if editor == "true" else 1)
    assert newsroom.ask("show", item_id) == before
    assert drafts(newsroom) == []


def test_a_broken_file_is_shown_again_with_the_reason(newsroom: Newsroom, item_id: int) -> None:
    script = (
        "if [ $N = 1 ]; then sed -i 's/^headline:.*/headlin: Perduto?/' \"$1\"; else"
        " sed -i 's/^headlin:/headline:/' \"$1\"; fi"
    )

    item = newsroom.ask("write", item_id, **program(newsroom, script))

    assert seen(newsroom, 2).startswith('#! Line 6: "headlin" is no known name.')
    assert "headlin: Perduto?" in seen(newsroom, 2)
    assert item["headline"] == "Perduto?"


def test_a_broken_file_that_is_left_so_is_kept_and_opened_again(newsroom: Newsroom, item_id: int) -> None:
    broken = program(newsroom, "sed -i 's/^headline:.*/headlin: Perduto?/' \"$1\"")
    answer = newsroom.curator("write", item_id, ok=False, **broken)
    assert answer.status == 1
    assert len(drafts(newsroom)) == 1

    item = newsroom.ask("write", item_id, **program(newsroom, "sed -i 's/^headlin:/headline:/' \"$1\""))

    assert item["headline"] == "Perduto?"
    assert drafts(newsroom) == []


def test_a_text_left_by_a_killed_program_is_opened_again(newsroom: Newsroom, item_id: int) -> None:
    newsroom.curator("write", item_id, ok=False, **program(newsroom, f"{SET_HEADLINE}; kill -9 $$"))
    assert newsroom.ask("show", item_id)["headline"] is None

    item = newsroom.ask("write", item_id, **program(newsroom, ""))

    assert item["headline"] == "HBR: “Mantenere” basta"


def test_a_colleague_who_was_faster_costs_nobody_a_word(newsroom: Newsroom, item_id: int) -> None:
    newsroom.curator("write", item_id, "--note", "Prima.")
    inner = f"env -u EDITOR {sys.executable} -m curator write {item_id} --note 'Più svelta.'"
    exports = " ".join(f"{k}='{v}'" for k, v in newsroom.environ.items() if k.startswith("CURATOR"))
    script = f"{SET_HEADLINE}\nenv {exports} {inner} >/dev/null"

    answer = newsroom.curator("write", item_id, "--json", ok=False, **program(newsroom, script))

    data = answer.json["error"]["data"]
    assert answer.json["error"]["code"] == "edit_conflict"
    assert data["stored"]["note"] == "Più svelta."
    assert data["yours"]["headline"] == "HBR: “Mantenere” basta"
    assert "headline: HBR: “Mantenere” basta" in Path(data["draft"]).read_text(encoding="utf-8")
    assert newsroom.ask("show", item_id)["note"] == "Più svelta."


def test_a_stale_version_keeps_both_texts(newsroom: Newsroom, item_id: int) -> None:
    first = newsroom.ask("write", item_id, "--headline", "Prima")
    newsroom.curator("write", item_id, "--headline", "Seconda")

    answer = newsroom.curator(
        "write", item_id, "--headline", "Terza", "--version", first["version"], "--json", ok=False
    )

    data = answer.json["error"]["data"]
    assert (answer.status, answer.json["error"]["code"]) == (1, "edit_conflict")
    assert (data["yours"]["headline"], data["stored"]["headline"]) == ("Terza", "Seconda")
    assert "headline: Terza" in Path(data["draft"]).read_text(encoding="utf-8")
    assert len(answer.err.strip().splitlines()) == 1


def test_what_a_conflict_kept_is_saved_from_its_file(newsroom: Newsroom, item_id: int) -> None:
    newsroom.curator("write", item_id, "--headline", "Prima")
    refused = newsroom.curator("write", item_id, "--note", "Mia.", "--version", 1, "--json", ok=False).json
    kept = refused["error"]["data"]["draft"]
    assert f"curator write {item_id} --draft {kept}" in refused["error"]["message"]

    item = newsroom.ask("write", item_id, "--draft", kept)

    assert (item["headline"], item["note"]) == ("Prima", "Mia.")
    assert drafts(newsroom) == []


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--alt", "Una sala"], "alt: Una sala"),
        (["--attribution", '{"title": "Le sale"}'], "attribution: Le sale"),
        (["--tag", "nuovo"], "tags: nuovo"),
        (["--waive", "note_missing=perché sì"], "# --waive note_missing=perché sì"),
    ],
)
def test_no_word_is_lost_on_a_colleagues_item(
    newsroom: Newsroom, item_id: int, words: list[str], line: str
) -> None:
    newsroom.curator("write", item_id, "--image", "https://blog.example/i.png")

    refused = newsroom.curator("write", item_id, *words, "--editor", "paolo", "--json", ok=False).json[
        "error"
    ]

    assert line in Path(refused["data"]["draft"]).read_text(encoding="utf-8")
    assert f"curator write {item_id} --draft {refused['data']['draft']}" in refused["message"]
    assert refused["message"].endswith("--take-over")


def test_another_editors_item_is_not_even_opened(newsroom: Newsroom, item_id: int) -> None:
    newsroom.curator("claim", item_id)

    answer = newsroom.curator(
        "write", item_id, "--editor", "paolo", ok=False, **program(newsroom, SET_HEADLINE)
    )

    assert "is on the desk of marta until" in answer.err
    assert not (newsroom.folder.parent / "seen-1").exists()


def test_a_note_comes_from_a_file_or_standard_input(newsroom: Newsroom, item_id: int, tmp_path: Path) -> None:
    file = tmp_path / "nota.txt"
    file.write_text("NOTA AICEX: così è.\n", encoding="utf-8")

    assert newsroom.ask("write", item_id, "--note-file", file)["note"] == "così è."


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--note-file", "/no/such/file"], "file_missing"),
        (["--attribution", "not json"], "attribution_not_json"),
        (["--attribution", '{"titel": "x"}'], "attribution_key_unknown"),
        (["--attribution", '{"title": "x", "url": "javascript:alert(1)"}'], "url_invalid"),
        (["--paragraphs", "1-99"], "paragraphs_out_of_range"),
        (["--excerpt", " ", "--paragraphs", "1"], "excerpt_ambiguous"),
        (["--excerpt", "…"], "excerpt_empty"),
        (["--excerpt-language", "italiano!"], "language_invalid"),
        (["--excerpt-language", "xx"], "language_invalid"),
        (["--waive", "note_missing"], "waiver_without_reason"),
        (["--waive", "headline_missing=no"], "waiver_not_allowed"),
        (["--credit", "Foto: X"], "image_missing"),
        (["--minor", "--headline", "x"], "correction_of_unpublished"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_of_it_is_saved(
    newsroom: Newsroom, item_id: int, words: list[str], code: str
) -> None:
    newsroom.curator("claim", item_id)
    before = newsroom.ask("show", item_id)

    answer = newsroom.curator("write", item_id, *words, "--json", ok=False)

    assert (answer.status, answer.json["error"]["code"]) == (1, code)
    assert newsroom.ask("show", item_id) == before
