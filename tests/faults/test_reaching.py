"""What a blog on the web can do to an import, and what must come of it: nothing is skipped unsaid."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blogserver import OldBlog, Reply, old_blog, said, written
from builders import NOW, SETTINGS
from curator.edges.http import open_web
from curator.edges.readers import Readers
from curator.errors import BadInput, FetchFailed
from curator.faces.messages import Messages
from curator.fetch import Web
from curator.importing.house import house_of
from curator.importing.reaching import Blog, open_blog
from curator.model import Form, LeftOut, Original
from polling import FETCH, open_reading

HOUSE = house_of(SETTINGS.editions["it"])
WAITS = (1.0, 1.0)

Reach = Callable[..., Blog]


@pytest.fixture(scope="module")
def reading() -> Iterator[tuple[Web, Readers]]:
    with open_reading() as parts:
        yield parts


@pytest.fixture
def old() -> Iterator[OldBlog]:
    with old_blog(posts=written(*range(1, 251))) as running:
        yield running


@pytest.fixture
def reach(reading: tuple[Web, Readers]) -> Reach:
    web, readers = reading

    def reaching(what: str, **options: Any) -> Blog:
        chosen: dict[str, Any] = {"web": web, "waits": WAITS, "sleep": lambda _seconds: None}
        return open_blog(what, readers=readers, house=HOUSE, clock=lambda: NOW, **chosen | options)

    return reaching


def failing(times: int, reply: Reply, *, page: str = "2") -> Callable[[str, dict[str, str]], Reply | None]:
    """So many times, for one page of the posts, or of the feed."""
    left = [times]

    def fault(_path: str, query: dict[str, str]) -> Reply | None:
        if page in {query.get("page"), query.get("paged")} and left[0] > 0:
            left[0] -= 1
            return reply
        return None

    return fault


def came_before(blog: Blog) -> tuple[int, FetchFailed]:
    """How many posts came before it broke off, and how."""
    seen: list[Original | LeftOut] = []
    with pytest.raises(FetchFailed) as broken:
        seen.extend(blog.originals)
    return sum(isinstance(one, Original) for one in seen), broken.value


# ── a page of many fails ────────────────────────────────────────────────────

MAINTENANCE = Reply(body=b"<!DOCTYPE html><title>Maintenance</title><p>Back soon.")


@pytest.mark.parametrize("reply", [Reply(status=500), Reply(status=503), Reply(status=429), MAINTENANCE])
def test_a_page_that_fails_for_a_while_is_asked_for_again(reach: Reach, old: OldBlog, reply: Reply) -> None:
    old.fault = failing(2, reply)

    posts = list(reach(old.url()).originals)

    assert len({one.key for one in posts if isinstance(one, Original)}) == len(posts) == 250


@pytest.mark.parametrize("reply", [Reply(status=500), Reply(status=403), MAINTENANCE])
def test_a_page_that_goes_on_failing_ends_it_and_says_how_far_it_got(
    reach: Reach, old: OldBlog, reply: Reply
) -> None:
    old.fault = lambda _path, query: reply if query.get("page", "1") != "1" else None

    seen, broken = came_before(reach(old.url()))

    assert (seen, broken.reason, broken.data["seen"]) == (100, "import_broken_off", 100)
    assert old.base_url in broken.data["url"]
    for locale in ("it", "en"):
        sentence = Messages(locale).error(broken.reason, broken.data)
        assert "100" in sentence
        assert "import_" not in sentence


def breaking(*positions: int) -> Callable[[str, dict[str, str]], Reply | None]:
    """Over the posts at these places, counted from 0, in whatever company they are asked for."""

    def fault(path: str, query: dict[str, str]) -> Reply | None:
        size, page = int(query.get("per_page", 10)), int(query.get("page", 1))
        asked = range((page - 1) * size, page * size)
        is_posts = path.endswith("/posts")
        return Reply(status=500) if is_posts and any(place in asked for place in positions) else None

    return fault


@pytest.mark.parametrize("places", [(117,), (249,), (110, 111), (3, 117, 119)])
def test_a_post_that_breaks_the_server_is_named_and_the_others_come(
    reach: Reach, old: OldBlog, places: tuple[int, ...]
) -> None:
    old.fault = breaking(*places)

    told = list(reach(f"{old.url()}wp-json/wp/v2/posts").originals)

    numbers = [one.number for one in told if isinstance(one, Original)]
    assert numbers == [number for number in range(1, 251) if number - 1 not in places]
    assert [(one.code, one.data) for one in told if isinstance(one, LeftOut)] == [
        ("import_post_unanswered", {"status": 500}) for _ in places
    ]
    assert len(old.asked) < 80


def test_a_server_that_breaks_over_many_posts_is_broken(reach: Reach, old: OldBlog) -> None:
    blog = reach(old.url())
    old.fault = breaking(*range(110, 120))

    seen, broken = came_before(blog)

    assert (seen, broken.reason) == (110, "import_broken_off")


def test_a_page_of_the_feed_that_goes_on_failing_ends_it_too(reach: Reach, old: OldBlog) -> None:
    old.api, old.posts = 404, written(*range(1, 13))
    old.fault = failing(99, Reply(status=502))

    seen, broken = came_before(reach(old.url()))

    assert (seen, broken.reason) == (5, "import_broken_off")


def test_a_list_that_goes_on_failing_ends_it_too(reach: Reach, old: OldBlog) -> None:
    old.api, old.feed, old.posts = 404, "none", written(*range(1, 13))
    old.fault = lambda path, _query: Reply(status=500) if path == "/page/2/" else None

    seen, broken = came_before(reach(old.url()))

    assert (seen, broken.reason) == (5, "import_broken_off")


def test_once_more_it_goes_on_to_the_end(reach: Reach, old: OldBlog) -> None:
    old.fault = lambda _path, query: Reply(status=500) if query.get("page", "1") != "1" else None
    came_before(reach(old.url()))
    old.fault = lambda _path, _query: None

    assert len(list(reach(old.url()).originals)) == 250


def test_a_site_that_wants_to_be_left_alone_for_a_while_is(reach: Reach, old: OldBlog) -> None:
    slept: list[float] = []
    old.fault = failing(1, Reply(status=429, headers=(("Retry-After", "20"),)))

    assert len(list(reach(old.url(), sleep=slept.append).originals)) == 250
    assert sum(slept) == pytest.approx(20)


def test_a_wait_ends_where_somebody_wants_us_to_stop(reach: Reach, old: OldBlog) -> None:
    old.fault = failing(9, Reply(status=503))
    slept: list[float] = []

    posts = list(reach(old.url(), sleep=slept.append, stopping=lambda: bool(slept)).originals)

    assert len(posts) == 100
    assert len(slept) == 1


# ── it does not even begin ──────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(status=404), "fetch_http_status"),
        (Reply(status=500), "fetch_http_status"),
        (Reply(status=410), "fetch_gone"),
        (Reply(status=302, headers=(("Location", "/"),)), "fetch_redirects"),
        (Reply(status=302, headers=(("Location", "http://10.0.0.1/"),)), "fetch_address_refused"),
    ],
)
def test_a_blog_that_cannot_be_reached_is_said_to_be_so(
    reach: Reach, old: OldBlog, reply: Reply, reason: str
) -> None:
    old.fault = lambda _path, _query: reply

    with pytest.raises(FetchFailed) as refused:
        reach(old.url())

    assert refused.value.reason == reason
    assert refused.value.data["url"] == old.url()


def test_an_address_that_is_not_public_is_not_reached(reading: tuple[Web, Readers], old: OldBlog) -> None:
    web = open_web(replace(FETCH, allow_private=()))
    with pytest.raises(FetchFailed) as refused:
        open_blog(old.url(), web=web, readers=reading[1], house=HOUSE, clock=lambda: NOW)
    web.close()

    assert refused.value.reason == "fetch_address_refused"
    assert old.asked == []


@pytest.mark.parametrize("said_by", ["header", "head"])
def test_a_page_cannot_lead_us_into_the_house(reach: Reach, old: OldBlog, said_by: str) -> None:
    link = b'<link rel="https://api.w.org/" href="http://192.168.1.1/wp-json/">' if said_by == "head" else b""
    headers = (("Link", '<http://192.168.1.1/wp-json/>; rel="https://api.w.org/"'),) if not link else ()
    page = Reply(
        body=b"<!DOCTYPE html><html><head>" + link + b"</head><body>x</body></html>", headers=headers
    )
    old.api, old.feed = 404, "none"
    old.fault = lambda path, _query: page if path == "/" else None

    blog = reach(old.url())

    assert blog.form is Form.PAGE
    assert all(isinstance(one, LeftOut) for one in blog.originals)


def test_an_api_that_fails_does_not_lead_to_half_a_feed(reach: Reach, old: OldBlog) -> None:
    old.fault = lambda path, _query: Reply(status=500) if path.startswith("/wp-json") else None

    with pytest.raises(FetchFailed) as refused:
        reach(old.url())

    assert refused.value.reason == "fetch_http_status"


def test_a_password_in_the_address_goes_to_its_own_site_and_into_no_message(
    reach: Reach, old: OldBlog
) -> None:
    start = old.url().replace("http://", "http://anna:geheim@")
    old.fault = lambda _path, query: Reply(status=500) if query.get("page", "1") != "1" else None

    seen, broken = came_before(reach(start))

    assert seen == 100
    assert "geheim" not in str(broken.data)


def test_a_password_is_shown_to_nobody_whom_the_blog_leads_to(reach: Reach, old: OldBlog) -> None:
    old.api = 404
    with old_blog(posts=written(1, 2)) as other:
        link = f'<link rel="https://api.w.org/" href="{other.api_root}" />'
        old.fault = lambda path, _query: Reply(body=link.encode()) if path == "/" else None

        told = list(reach(old.url().replace("http://", "http://anna:geheim@")).originals)

        assert len(told) == 2
        assert other.passwords == {None}
    assert old.passwords == {"Basic YW5uYTpnZWhlaW0="}


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"", "text/html", "import_document_empty"),
        (b"\x1f\x8b\x08\x00\x00", "application/gzip", "import_packed"),
        (b"%PDF-1.7", "application/pdf", "import_binary"),
        (b'{"a": 1}', "application/json", "import_not_recognised"),
        (b'{"code": "rest_disabled", "message": "x"}', "application/json", "import_not_recognised"),
    ],
)
def test_what_is_no_blog_is_refused(
    reach: Reach, old: OldBlog, body: bytes, content_type: str, reason: str
) -> None:
    old.fault = lambda _path, _query: Reply(body=body, content_type=content_type)

    with pytest.raises(BadInput) as refused:
        reach(old.url("/thing"))

    assert refused.value.reason == reason


# ── whatever is answered ────────────────────────────────────────────────────

ANSWERS = st.one_of(
    st.recursive(
        st.none() | st.booleans() | st.integers(-9, 99) | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["id", "title", "content", "rendered", "link", "code"]), inner, max_size=4
            )
        ),
        max_leaves=8,
    ).map(lambda answer: said(answer).body),
    st.binary(max_size=30),
    st.just(b"[" * 100_000),
)


@settings(max_examples=25)
@given(answers=st.lists(ANSWERS, min_size=1, max_size=3), total=st.none() | st.integers(0, 400))
def test_no_answer_breaks_it(reading: tuple[Web, Readers], answers: list[bytes], total: int | None) -> None:
    web, readers = reading
    headers = () if total is None else (("X-WP-Total", str(total)),)

    def answer(_path: str, query: dict[str, str]) -> Reply:
        number = int(query.get("page", 1)) - 1
        body = answers[number] if number < len(answers) else b"[]"
        return Reply(body=body, content_type="application/json", headers=headers)

    with old_blog(fault=answer) as blog:
        address = blog.url("/wp-json/wp/v2/posts")
        with suppress(FetchFailed):
            found = open_blog(address, web=web, readers=readers, house=HOUSE, clock=lambda: NOW, waits=())
            assert all(isinstance(one, Original | LeftOut) for one in found.originals)
