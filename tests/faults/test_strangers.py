"""Who means harm and is no source: words that are orders elsewhere, and neighbours on one machine."""

from __future__ import annotations

import stat

from newsroom import STORY, Newsroom, an_item, feed

ORDERS = (
    "'; DROP TABLE items; --",
    "' OR '1'='1",
    "%' UNION SELECT email FROM subscribers --",
    'NEAR("a" "b") AND NOT (c*',
    "\\'; SELECT pg_sleep(60); --",
)


def test_words_that_are_orders_to_a_database_are_words(any_newsroom: Newsroom) -> None:
    any_newsroom.follow(feed(an_item("1", "Keep", STORY)), name="Blog")
    everything = " ".join(ORDERS)

    found = [any_newsroom.ask("search", words)["total"] for words in ORDERS]
    found += [any_newsroom.ask("queue", "--query", words, "--tag", words)["total"] for words in ORDERS]
    any_newsroom.curator("source", "edit", 1, "--name", everything)
    any_newsroom.curator("filter", "save", everything, "--query", everything)
    any_newsroom.curator("write", 1, "--headline", everything, "--note", everything, "--tag", everything)
    unknown = any_newsroom.curator("subscriber", "show", ORDERS[1], ok=False)

    assert found == [0] * len(found)
    assert unknown.status == 1
    assert any_newsroom.ask("show", 1)["headline"] == everything
    assert [each["name"] for each in any_newsroom.ask("filter", "list")["filters"]] == [everything]
    assert [each["name"] for each in any_newsroom.ask("source", "list")["sources"]] == [everything]


def test_other_accounts_of_the_machine_read_nothing_that_is_private(newsroom: Newsroom) -> None:
    newsroom.curator("subscriber", "add", "ada@example.org", "--confirmed", "--consent", "by letter")
    newsroom.curator("subscriber", "erase", "ada@example.org")
    newsroom.curator("backup", newsroom.folder / "one.zip")

    data = newsroom.folder / "data"
    private = [data, data / "secret.key", newsroom.folder / "one.zip"]

    assert [path for path in private if stat.S_IMODE(path.stat().st_mode) & 0o077] == []
