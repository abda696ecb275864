from __future__ import annotations

from datetime import timedelta

import pytest

from builders import NOW
from curator.ingest.feeds.parse import parse
from curator.ingest.feeds.skips import with_skips
from curator.model import ParsedFeed


def read(head: str, *, item: str = "") -> ParsedFeed:
    body = (
        '<?xml version="1.0"?><rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">'
        f"<channel><title>t</title>{head}<item><title>x</title>{item}</item></channel></rss>"
    ).encode()
    feed = parse(body, content_type="application/rss+xml", url="https://blog.example/feed", now=NOW)
    assert isinstance(feed, ParsedFeed)
    return with_skips(feed, body)


def test_hours_and_days_that_a_feed_wants_to_be_left_alone() -> None:
    feed = read(
        "<skipHours><hour>1</hour><hour> 23 </hour><hour>24</hour><hour>77</hour></skipHours>"
        "<skipDays><day>Sunday</day><day>saturday</day><day>Caturday</day></skipDays>"
    )

    assert (feed.skip_hours, feed.skip_days) == ((0, 1, 23), (5, 6))


@pytest.mark.parametrize(
    ("head", "ttl"),
    [
        ("<sy:updatePeriod> daily </sy:updatePeriod>", timedelta(days=1)),
        (
            "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>",
            timedelta(minutes=30),
        ),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", timedelta(1)),
        ("<ttl>90</ttl><sy:updatePeriod>daily</sy:updatePeriod>", timedelta(minutes=90)),
        ("<sy:updatePeriod>fortnightly</sy:updatePeriod>", None),
    ],
)
def test_how_often_a_feed_says_it_changes(head: str, ttl: timedelta | None) -> None:
    assert read(head).ttl == ttl


def test_what_an_entry_talks_about_is_no_wish_of_the_feed() -> None:
    feed = read("", item="<description><![CDATA[<skipHours><hour>1</hour></skipHours>]]></description>")

    assert (feed.skip_hours, feed.skip_days, feed.ttl) == ((), (), None)
