"""Publishing, the newsletter and its subscribers from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from newsroom import STORY, Newsroom, an_item, feed

ISSUE = {
    "number", "edition", "status", "subject", "items", "selected", "accepted", "failed", "suppressed",
    "excluded", "pending", "deferred", "ambiguous", "written",
}  # fmt: skip


@pytest.fixture
def published(newsroom: Newsroom) -> Newsroom:
    """One item with its readers, and nobody to mail it to yet."""
    newsroom.follow(feed(an_item("1", "Keep", STORY)))
    newsroom.ready(newsroom.queue()[0]["id"])
    newsroom.curator("publish")
    return newsroom


def test_publish_says_what_it_did_and_where_it_is(newsroom: Newsroom) -> None:
    newsroom.follow(feed(an_item("1", "Keep", STORY)))
    item = newsroom.ready(newsroom.queue()[0]["id"])

    would = newsroom.ask("publish", "--dry-run")
    done = newsroom.ask("publish")
    again = newsroom.ask("publish")

    assert (would["published"], would["files"]) == ([item], [])
    assert (done["published"], done["corrected"], done["withdrawn"]) == ([item], [], [])
    assert all(Path(file).is_file() for file in done["files"])
    assert done["addresses"][0] == "http://localhost:8000/"
    assert (again["published"], again["written"]) == ([], [])


def test_an_issue_goes_from_draft_to_a_folder(published: Newsroom) -> None:
    published.curator("subscriber", "add", "a@example.org", "--confirmed", "--consent", "by letter")

    draft = published.ask("issue", "draft")
    closed = published.ask("issue", "close")
    would = published.ask("issue", "send", "--dry-run")
    sent = published.ask("issue", "send")
    again = published.ask("issue", "send")

    assert set(draft) >= ISSUE
    assert (draft["status"], len(draft["items"])) == ("draft", 1)
    assert (closed["status"], closed["number"], closed["pending"]) == ("closed", 1, 1)
    assert would["pending"] == 1
    assert sent["written"] == again["written"] == sent["selected"] == 1
    assert len(list((published.folder / "outbox").glob("*.eml"))) == 1
    status = published.ask("issue", "status", 1)
    alone = {name: status.pop(name) for name in ("begun_at", "paused_because", "bounced", "complaints")}
    assert (status, alone["bounced"], alone["complaints"]) == (again, 0, 0)
    assert published.ask("issue", "list")["issues"] == [again]


def test_without_anything_new_no_issue_is_closed_and_that_is_no_failure(newsroom: Newsroom) -> None:
    answer = newsroom.ask("issue", "close")

    assert set(answer) >= ISSUE
    assert (answer["status"], answer["items"]) == ("draft", [])


def test_an_issue_that_is_not_there_is_named(newsroom: Newsroom) -> None:
    assert newsroom.curator("issue", "status", ok=False).err == "There is no issue yet.\n"
    missing = newsroom.curator("issue", "show", "7", ok=False).err
    assert missing == "There is no issue 7 (it). Those there are: curator issue list --edition it\n"


def test_an_issue_is_paused_resumed_and_cancelled_by_number(published: Newsroom) -> None:
    published.curator("issue", "close")

    assert published.ask("issue", "pause", 1)["status"] == "paused"
    assert published.ask("issue", "resume", 1)["status"] == "closed"
    assert published.ask("issue", "cancel", 1)["status"] == "cancelled"
    assert published.curator("issue", "resume", 1, ok=False).status == 1
    assert published.curator("issue", "cancel", ok=False).status == 2


def test_an_issue_is_looked_at_before_it_leaves(published: Newsroom) -> None:
    published.curator("issue", "close")

    files = [Path(file) for file in published.ask("issue", "preview", 1)["files"]]
    trial = published.ask("issue", "test", 1, "--to", "me@example.org")

    assert {file.suffix for file in files} == {".html", ".txt", ".eml"}
    assert all(file.is_file() and published.folder / "public" not in file.parents for file in files)
    assert trial["outcome"] == "written"
    assert published.ask("issue", "status", 1)["selected"] == 0


def test_an_item_is_looked_at_before_it_is_public(newsroom: Newsroom) -> None:
    newsroom.follow(feed(an_item("1", "Keep", STORY)))
    item = newsroom.queue()[0]["id"]

    files = newsroom.ask("preview", item)["files"]

    assert [Path(file).suffix for file in files] == [".html", ".html"]
    assert not (newsroom.folder / "public").exists()


def test_nothing_is_settled_where_nothing_is_in_doubt(published: Newsroom) -> None:
    published.curator("issue", "close")

    assert published.ask("issue", "settle", 1, "--resend")["ambiguous"] == 0
    assert published.curator("issue", "settle", 1, ok=False).status == 2
    assert published.curator("issue", "settle", 1, "--drop", "x@example.org", ok=False).status == 1


def test_subscribers_come_and_go(newsroom: Newsroom, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("email\nb@example.org\nnobody\n")

    added = newsroom.ask("subscriber", "add", "a@example.org")
    would = newsroom.ask("subscriber", "import", str(people), "--consent", "paper form", "--dry-run")
    done = newsroom.ask("subscriber", "import", str(people), "--consent", "paper form")
    listed = newsroom.ask("subscriber", "list")

    assert (added["email"], added["edition"], added["status"]) == ("a@example.org", "it", "unconfirmed")
    assert (done["added"], done["skipped"], len(done["refused"])) == (1, 0, 1)
    assert done["refused"][0]["line"] == 3
    assert would == done | {"dry_run": True}
    assert statuses(listed) == {"a@example.org": "unconfirmed", "b@example.org": "confirmed"}
    left = newsroom.ask("subscriber", "unsubscribe", "b@example.org")
    assert statuses(left) == {"b@example.org": "unsubscribed"}
    shown = newsroom.ask("subscriber", "show", "b@example.org")
    person = shown.pop("person")
    assert (shown, [consent["kind"] for consent in person["consents"]]) == (left, ["given", "withdrawn"])
    newsroom.curator("subscriber", "erase", "b@example.org")
    assert newsroom.ask("subscriber", "list")["total"] == 1


def test_consent_has_to_be_stated(newsroom: Newsroom, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("a@example.org\n")

    assert newsroom.curator("subscriber", "import", str(tmp_path / "p.csv"), ok=False).status == 2
    refused = newsroom.curator("subscriber", "add", "a@example.org", "--confirmed", "--json", ok=False)
    assert refused.json["error"]["code"] == "consent_missing"


def test_an_edition_that_is_not_there_is_refused_with_those_that_are(newsroom: Newsroom) -> None:
    for words in (["publish"], ["issue", "close"], ["subscriber", "add", "a@example.org"]):
        refused = newsroom.curator(*words, "--edition", "fr", "--json", ok=False)
        assert refused.json["error"]["data"] == {"id": "fr", "known": ["it"]}


def statuses(answer: dict[str, Any]) -> dict[str, str]:
    return {each["email"]: each["status"] for each in answer["subscribers"]}
