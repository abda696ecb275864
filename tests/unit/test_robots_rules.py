"""RFC 9309, §2.2 and §5: what a robots.txt says about a path."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.fetch.rules import KnownRules, Learnt, Rules, read_rules

AGENT = "Curator/0.1 (+https://curator.example)"
NOW = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)


def allows(robots: str, path: str) -> bool:
    return read_rules(robots.encode(), agent=AGENT).allow(path.encode())


@pytest.mark.parametrize(
    ("robots", "path", "allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow:", "/a", True),
        ("Disallow: /", "/a", True),  # before any group
        ("User-agent: other\nDisallow: /", "/a", True),
        ("User-agent: curator\nDisallow: /a", "/a", False),
        ("USER-AGENT : CURATOR\nDISALLOW : /a", "/a", False),
        ("User-agent: Curator/2.0\nDisallow: /a", "/a", False),
        ("User-agent: cur\nDisallow: /a", "/a", True),
        ("User-agent: curatorial\nDisallow: /a", "/a", True),
        # Our own group stands in the place of the one for all, even without rules.
        ("User-agent: *\nDisallow: /\n\nUser-agent: curator\nDisallow: /b", "/a", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: curator\n", "/a", True),
        ("User-agent: curator\nDisallow: /b\n\nUser-agent: *\nDisallow: /", "/b", False),
        # Several names before one group, several groups of one name.
        ("User-agent: curator\nUser-agent: other\nDisallow: /a", "/a", False),
        (
            "User-agent: curator\nDisallow: /a\nUser-agent: x\nAllow: /\nUser-agent: curator\nDisallow: /b",
            "/b",
            False,
        ),
        ("User-agent: curator\nDisallow: /a\nUser-agent: x\nDisallow: /c", "/c", True),
        # Other records and comments disturb nothing.
        ("User-agent: curator\nCrawl-delay: 5\nSitemap: https://x/s.xml\nDisallow: /a", "/a", False),
        ("User-agent: other\nSitemap: https://x/\nUser-agent: curator\nDisallow: /a", "/a", False),
        ("User-agent: curator # us\n# no\nDisallow: /a # here", "/a", False),
        ("\ufeffUser-agent: *\nDisallow: /a", "/a", False),
        ("User-agent: *\r\nDisallow: /a\r\n", "/a", False),
        ("User-agent: *\rDisallow: /a\r", "/a", False),
        ("<!doctype html><p>User-agent</p>", "/a", True),
        # The longest match; of two alike the one that allows.
        ("User-agent: *\nAllow: /p\nDisallow: /", "/page", True),
        ("User-agent: *\nAllow: /folder\nDisallow: /folder", "/folder/page", True),
        ("User-agent: *\nAllow: /page\nDisallow: /*.htm", "/page.htm", False),
        ("User-agent: *\nAllow: /$\nDisallow: /", "/", True),
        ("User-agent: *\nAllow: /$\nDisallow: /", "/page.htm", False),
        # Wildcards and ends.
        ("User-agent: *\nDisallow: /*.gif$", "/a/b.gif", False),
        ("User-agent: *\nDisallow: /*.gif$", "/a/b.gif?x", True),
        ("User-agent: *\nDisallow: /*.gif", "/a/b.gif?x", False),
        ("User-agent: *\nDisallow: /*/private", "/a/private", False),
        ("User-agent: *\nDisallow: /a*b*c", "/a1c2b", True),
        ("User-agent: *\nDisallow: /a*a$", "/a", True),
        ("User-agent: *\nDisallow: /fish*", "/fishheads", False),
        ("User-agent: *\nDisallow: /?q=", "/?q=a", False),
        ("User-agent: *\nDisallow: *", "/a", False),
        ("User-agent: *\nDisallow: a", "/a", True),
        ("User-agent: *\nDisallow: /a$b", "/a$b", False),
        # Case matters, and robots.txt itself may always be read.
        ("User-agent: *\nDisallow: /A", "/a", True),
        ("User-agent: *\nDisallow: /", "/robots.txt", True),
        # Octets: §2.2.2's own table.
        ("User-agent: *\nDisallow: /foo/bar?baz=quz", "/foo/bar?baz=quz", False),
        ("User-agent: *\nDisallow: /foo/bar/ツ", "/foo/bar/%E3%83%84", False),
        ("User-agent: *\nDisallow: /foo/bar/%E3%83%84", "/foo/bar/%e3%83%84", False),
        ("User-agent: *\nDisallow: /foo/bar/%62%61%7A", "/foo/bar/baz", False),
        ("User-agent: *\nDisallow: /a%2Fb", "/a/b", True),
        ("User-agent: *\nDisallow: /path/file-with-a-%2A.html", "/path/file-with-a-*.html", False),
        ("User-agent: *\nDisallow: /path/foo-%24", "/path/foo-$", False),
        ("User-agent: *\nDisallow: /path/foo-%24", "/path/foo-", True),
    ],
)
def test_a_path_is_allowed_or_not(robots: str, path: str, *, allowed: bool) -> None:
    assert allows(robots, path) is allowed


def test_a_rule_within_500_kib_is_read_and_one_beyond_is_not() -> None:
    near = "User-agent: *\n" + "#" * (499 * 1024) + "\nDisallow: /a\n"
    far = "User-agent: *\n" + "#" * (501 * 1024) + "\nDisallow: /a\n"

    assert not allows(near, "/a")
    assert allows(far, "/a")


def test_names_and_rules_without_number_cost_no_more_than_they_are_long() -> None:
    robots = b"".join(b"User-agent: a%d\n" % n for n in range(16_000)) + b"Disallow: /*a*b\n" * 16_000
    tracemalloc.start()
    rules = read_rules(robots, agent=AGENT)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert rules == Rules()
    assert peak < 32 * 1024 * 1024  # a rule for each of the names would be 256 million


def test_a_pattern_of_stars_is_matched_without_going_back() -> None:
    robots = "User-agent: *\nDisallow: /" + "*a" * 5000 + "*b$"

    assert allows(robots, "/" + "a" * 5000)


@given(st.binary(), st.binary())
def test_no_bytes_break_a_reading(body: bytes, path: bytes) -> None:
    assert read_rules(b"User-agent: *\nDisallow: /" + body, agent=AGENT).allow(path) in {True, False}


def test_what_is_remembered_is_bounded() -> None:
    known = KnownRules()
    for number in range(10_000):
        known.put(f"https://{number}.example/robots.txt", Learnt(rules=Rules(), until=NOW, weight=10_000))

    assert len(known) < 500
    assert known.get("https://9999.example/robots.txt") is not None
    assert known.get("https://0.example/robots.txt") is None


def test_what_was_asked_of_late_is_remembered_longest() -> None:
    known = KnownRules()
    first = Learnt(rules=Rules(), until=NOW + timedelta(days=1), weight=1024 * 1024)
    known.put("first", first)
    for number in range(3):
        known.put(str(number), first)
    known.get("first")

    known.put("one more", first)

    assert known.get("first") is first
    assert known.get("0") is None
