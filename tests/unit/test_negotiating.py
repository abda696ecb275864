"""What a request asks for, field by field (RFC 9110)."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from curator.faces.serve.negotiating import changed_since, codings, is_one_of, names, part, still

TAG = b'"abc"'
MARCH = 1_772_442_000  # Mon, 02 Mar 2026 09:00:00 GMT
NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("accepted", "best_first"),
    [
        (None, "identity"),
        (b"", "identity"),
        (b"gzip, deflate, br, zstd", "br gzip identity"),
        (b"gzip", "gzip identity"),
        (b"x-gzip", "gzip identity"),
        (b"GZIP;Q=0.5, br;q=0.4", "gzip br identity"),
        (b"br;q=1.0, gzip;q=0.8, *;q=0.1", "br gzip identity"),
        (b"br;q=0, gzip", "gzip identity"),
        (b"*", "br gzip identity"),
        (b"*;q=0", ""),
        (b"*;q=0, gzip", "gzip"),
        (b"*;q=0, identity", "identity"),
        (b"identity;q=0", ""),
        (b"identity;q=0, gzip;q=0.001", "gzip"),
        (b"identity, gzip;q=0.5", "identity gzip"),
        (b"gzip;q=0.3, identity;q=0.3", "gzip identity"),
        (b"deflate", "identity"),
        (b"gzip;q=much, br;level=4", "identity"),
        (b" , gzip ; q=0.2 ,,", "gzip identity"),
        (b"\xff\xfe", "identity"),
    ],
)
def test_the_smallest_that_a_client_takes_goes_first(accepted: bytes | None, best_first: str) -> None:
    assert codings(accepted) == tuple(best_first.split())


@pytest.mark.parametrize(
    ("said", "has_it"),
    [
        (TAG, True),
        (b'W/"abc"', True),
        (b'"x", "abc"', True),
        (b'"x",W/"abc" , "y"', True),
        (b"*", True),
        (b" * ", True),
        (b'"x"', False),
        (b'"x,\\"abc"', False),
        (b"abc", False),
        (b"", False),
    ],
)
def test_a_tag_is_found_in_any_list(said: bytes, has_it: bool) -> None:  # noqa: FBT001 - a table of cases
    assert names(said, TAG) == has_it


@pytest.mark.parametrize(
    ("said", "is_it"),
    [
        (TAG, True),
        (b'"x" , "abc"', True),
        (b'W/"x", "abc"', True),
        (b" * ", True),
        (b'W/"abc"', False),
        (b'"x",W/"abc"', False),
        (b'"x"', False),
        (b"abc", False),
        (b"", False),
    ],
)
def test_who_must_have_the_very_bytes_says_a_strong_tag(
    said: bytes,
    is_it: bool,  # noqa: FBT001 - a table of cases
) -> None:
    assert is_one_of(said, TAG) == is_it


@pytest.mark.parametrize(
    ("since", "changed"),
    [
        (b"Mon, 02 Mar 2026 09:00:00 GMT", False),
        (b"Monday, 02-Mar-26 09:00:00 GMT", False),
        (b"Mon Mar  2 09:00:00 2026", False),
        (b"Tue, 03 Mar 2026 09:00:00 GMT", False),
        (b"Mon, 02 Mar 2026 08:59:59 GMT", True),
        (b"Monday, 02-Mar-26 08:59:59 GMT", True),
        (b"Mon Mar  2 08:59:59 2026", True),
        (b"Sunday, 06-Nov-94 08:49:37 GMT", True),
        (b"yesterday", None),
        (b"Mon, 99 Mar 2026 09:00:00 GMT", None),
        (b"Mon, 02 Mar 2026 09:00:00 GMT, Tue, 03 Mar 2026 09:00:00 GMT", None),
        (b"\xff", None),
    ],
)
def test_only_a_date_that_is_one_counts(
    since: bytes,
    changed: bool | None,  # noqa: FBT001 - a table of cases
) -> None:
    assert changed_since(since, MARCH, now=NOW) == changed


@pytest.mark.parametrize(
    ("since", "changed"),
    [
        (b"Wednesday, 01-Jan-70 00:00:00 GMT", False),  # 2070
        (b"Tuesday, 03-Mar-76 09:00:00 GMT", False),  # in fifty years to the second
        (b"Tuesday, 03-Mar-76 09:00:01 GMT", True),
        (b"Tuesday, 01-Feb-77 00:00:00 GMT", True),  # 1977
    ],
)
def test_a_year_of_two_digits_is_at_most_fifty_years_ahead(
    since: bytes,
    changed: bool,  # noqa: FBT001 - a table of cases
) -> None:
    assert changed_since(since, MARCH, now=NOW) == changed


def test_a_date_without_a_zone_is_not_the_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    changed = changed_since(b"Mon Mar  2 08:59:59 2026", MARCH, now=NOW)
    monkeypatch.undo()
    time.tzset()

    assert changed


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        (b"bytes=0-0", slice(0, 1)),
        (b"bytes=2-5", slice(2, 6)),
        (b"Bytes = 2-", slice(2, 10)),
        (b"bytes=2-999", slice(2, 10)),
        (b"bytes=-3", slice(7, 10)),
        (b"bytes=-99", slice(0, 10)),
        (b"bytes=10-", slice(10, 10)),
        (b"bytes=-0", slice(10, 10)),
        (b"bytes=5-2", None),
        (b"bytes=-", None),
        (b"bytes=0-1,3-4", None),
        (b"lines=0-1", None),
        (b"bytes=one-two", None),
    ],
)
def test_one_range_is_cut_out_of_ten_bytes(asked: bytes, sent: slice | None) -> None:
    assert part(asked, 10) == sent


@pytest.mark.parametrize(
    ("if_range", "fits"), [(None, True), (TAG, True), (b"then", True), (b'W/"abc"', False), (b'"x"', False)]
)
def test_a_part_fits_only_what_is_still_the_same(
    if_range: bytes | None,
    fits: bool,  # noqa: FBT001 - a table of cases
) -> None:
    assert still(if_range, etag=TAG, modified=b"then") == fits
