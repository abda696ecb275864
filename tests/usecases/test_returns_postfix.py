"""The reports of a real Postfix on letters of ours: exactly the reader who is not there is struck off."""

from __future__ import annotations

from pathlib import Path

from curator.edges.mailbox import open_path
from curator.publish import tokens
from curator.publish.bounces import open_returned
from curator.publish.returns import Readings, read_mailbox
from curator.store import Store
from newsletter import SECRET, a_newsletter
from postfix import Postfix

GONE, FULL, THERE = "nobody@lettori.example", "full@lettori.example", "ok1@lettori.example"


def test_what_postfix_returns_strikes_off_whom_it_is_about(
    sqlite_store: Store, tmp_path: Path, postfix: Postfix
) -> None:
    postfix.empty()
    news = a_newsletter(sqlite_store, tmp_path)
    news.with_(mail={"url": postfix.url, "bounce_domain": "news@aicex.example"})
    news.subscribe(GONE, FULL, THERE)
    news.publish()
    news.close()
    news.send()
    postfix.settle()
    reports = postfix.returned()

    done = read_mailbox(sqlite_store, news.settings, open_path(postfix.mailbox), secret=SECRET, now=news.now)

    assert len(postfix.delivered()) == 1
    assert done == Readings(read=2, hard=1, soft=1, suppressed=1)
    with sqlite_store.read() as tx:
        hashes = {tokens.address_hash(SECRET, email): email for email in (GONE, FULL, THERE)}
        assert [hashes[found] for found in tx.mailing.subscribers.suppressed(hashes)] == [GONE]
    assert postfix.returned() == []  # they are written down
    # Each mark alone would have done: VERP, ENVID, Message-ID of what came back.
    for report in reports:
        (token,) = open_returned(report).tokens
        bare = report.replace(f"+{token}".encode(), b"")
        without_envid = bare.replace(b"Original-Envelope-Id:", b"X-Was:")
        assert b"Original-Envelope-Id:" in report
        assert open_returned(bare).tokens == open_returned(without_envid).tokens == (token,)
        assert open_returned(without_envid.replace(b"Message-ID:", b"X-Was:")).tokens == ()
