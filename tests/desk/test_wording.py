"""What the desk says: in the editor's language, of fields and keys, and never of commands or options."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from curator import review
from curator.faces.desk.wording import DeskMessages
from curator.faces.messages import catalogue
from curator.model import Problem, Status

MET_AT_THE_DESK = {
    *review.CODES,
    *(code for code in catalogue("it")["problems"] if code.startswith(("lint_", *review.CODES))),
}
REFUSALS = (
    *("approve_stale", "claimed_by_other", "comment_empty", "comment_too_long", "correction_without_time"),
    *("database_busy", "edit_conflict", "editor_name_invalid", "editor_unknown", "excerpt_empty"),
    *("image_missing", "move_not_allowed", "not_found_item", "not_ready", "nothing_to_undo"),
    *("time_not_there", "time_unreadable", "translate_failed", "translate_nothing", "two_person"),
    *(
        "undo_after_readers",
        "undo_of_import",
        "url_invalid",
        "attribution_line_twice",
        "attribution_line_unknown",
    ),
)
COMMANDS = re.compile(r"--\w|\bcurator\b|\bshow\b|\bwrite \{")


@pytest.mark.parametrize("locale", ["it", "en"])
def test_the_desk_speaks_of_fields_and_keys_and_of_no_command(locale: str) -> None:
    messages = DeskMessages(locale)
    said = {code: messages.problem(Problem(code=code)) for code in MET_AT_THE_DESK}
    said |= {code: messages.error(code, {"draft": "data/drafts/item-1.md"}) for code in REFUSALS}

    assert {code: words for code, words in said.items() if COMMANDS.search(words)} == {}


def test_what_is_missing_and_what_may_be_done_is_said_in_italian() -> None:
    messages = DeskMessages("it")
    lacking = Problem(code="attribution_missing", data={"missing": "title, publisher, url"})
    refused = {
        "item": 3,
        "status": Status.QUEUED,
        "move": "approve",
        "possible": ["claim", "write", "skip", "withdraw"],
    }

    assert messages.problem(lacking) == "Nell’attribuzione manca: titolo, editore, indirizzo."
    assert messages.error("move_not_allowed", refused) == (
        "L’elemento 3 è in coda: qui non si può approvare. Si può: c prendi, Invio scrivi, s scarta."
    )
    assert messages.did("skip") == "scarto"


def test_of_all_that_is_missing_a_passing_notice_says_the_first() -> None:
    problems = tuple(Problem(code=code) for code in ("headline_missing", "note_missing", "alt_missing"))
    said = DeskMessages("it").error("not_ready", {"item": 3, "problems": problems})

    assert said == (
        "L’elemento 3 non è ancora pronto. Manca il titolo. E altre 2 cose. Con f vai dove manca qualcosa."
    )


def test_times_are_said_as_people_say_them() -> None:
    moment = datetime(2025, 11, 13, 8, 5, tzinfo=UTC)

    assert DeskMessages("it", zone="Europe/Rome").when(moment) == "13 nov 2025, 09:05"
    assert DeskMessages("en").in_words(moment) == "13 Nov 2025, 08:05"


def test_both_languages_say_the_same_of_the_desk() -> None:
    italian, english = (catalogue(locale)["desk"] for locale in ("it", "en"))
    names = re.compile(r"\{(\w+)\}")

    assert italian.keys() == english.keys()
    assert [
        key for key in italian if set(names.findall(italian[key])) != set(names.findall(english[key]))
    ] == []


def test_one_word_is_not_said_to_be_several() -> None:
    short = Problem(code="lint_note_short", field="note", data={"words": 1, "least": 25})

    assert "1 parole" not in DeskMessages("it").problem(short)
    assert DeskMessages("it").say("desk_words_of", count=1, most=120) == "1 parola su 120"
