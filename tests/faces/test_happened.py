"""`log` for people: who did what, in sentences, and nobody's address."""

from __future__ import annotations

from newsroom import STORY, Newsroom, an_item, feed


def test_all_that_editors_did_is_told_in_words_and_no_reader_by_address(newsroom: Newsroom) -> None:
    newsroom.follow(feed(an_item("1", "One", STORY), an_item("2", "Two", STORY)))
    newsroom.ready(1)
    newsroom.curator("publish")
    for name in ("ada", "bo", "cleo"):
        newsroom.curator("subscriber", "add", f"{name}@example.org", "--confirmed", "--consent", "a voce")
    newsroom.curator("subscriber", "unsubscribe", "bo@example.org")
    newsroom.curator("subscriber", "erase", "cleo@example.org")
    newsroom.curator("issue", "close")
    newsroom.curator("issue", "pause", 1)
    newsroom.curator("issue", "resume", 1)
    newsroom.curator("issue", "send", 1)
    newsroom.curator("skip", 2, "--reason", "Non per noi")
    newsroom.curator("undo", 2)

    events = newsroom.ask("log", "--limit", 100)["events"]
    told = newsroom.curator("log", "--limit", 100, CURATOR_LOCALE="it").out
    italian = newsroom.curator("log", "--limit", 100, "--since", "-1d").out

    moves = {event["move"] for event in events}
    assert moves >= {
        "publish",
        "subscriber_add",
        "subscriber_unsubscribe",
        "subscriber_erase",
        "issue_close",
        "issue_pause",
        "issue_resume",
        "skip",
        "undo",
    }
    assert "@example.org" not in told + italian + str(events)
    assert newsroom.ask("log", "--by", "nobody")["events"] == []


def test_a_log_without_anything_in_it_says_so(newsroom: Newsroom) -> None:
    told = newsroom.curator("log", "--by", "nobody")

    assert (told.out, told.err) == ("", "Nothing here.\n")
    assert newsroom.ask("log", "--by", "nobody") == {"events": []}
