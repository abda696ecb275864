"""A blog on the web, as it is reached: through WordPress' REST API, else its feed, else its pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from blogserver import OldBlog, Reply, old_blog, said, written
from builders import NOW, SETTINGS
from curator.edges.readers import Readers
from curator.fetch import Web
from curator.importing.house import house_of
from curator.importing.reaching import Blog, open_blog
from curator.model import Form, LeftOut, Original

HOUSE = house_of(SETTINGS.editions["it"])


@pytest.fixture
def old() -> Iterator[OldBlog]:
    with old_blog(posts=written(*range(1, 13))) as running:
        yield running


class Reaching:
    def __init__(self, web: Web, readers: Readers) -> None:
        self.web, self.readers = web, readers
        self.slept = 0.0

    def __call__(self, what: str, **options: Any) -> Blog:
        chosen: dict[str, Any] = {"waits": (1.0, 1.0), "sleep": self._sleep}
        return open_blog(
            what, web=self.web, readers=self.readers, house=HOUSE, clock=lambda: NOW, **chosen | options
        )

    def _sleep(self, seconds: float) -> None:
        self.slept += seconds


@pytest.fixture
def reach(reading: tuple[Web, Readers]) -> Reaching:
    return Reaching(*reading)


def numbers(blog: Blog) -> list[int]:
    """Of the posts in the order in which they came; nothing may be left out."""
    found = list(blog.originals)
    assert [one for one in found if isinstance(one, LeftOut)] == []
    return [number_of(one) for one in found if isinstance(one, Original)]


def number_of(one: Original) -> int:
    return int((one.guid or one.permalink or one.key).rstrip("/").rpartition("=")[2].rpartition("-")[2])


def left_out(blog: Blog) -> list[str]:
    return [one.code for one in blog.originals if isinstance(one, LeftOut)]


# ── WordPress' own answers ──────────────────────────────────────────────────


@pytest.mark.parametrize("api", ["link", "header", "head", "silent"])
@pytest.mark.parametrize("permalinks", [True, False])
def test_the_posts_of_a_wordpress_come_through_its_api(
    reach: Reaching, old: OldBlog, api: str, *, permalinks: bool
) -> None:
    old.api, old.permalinks = api, permalinks

    blog = reach(old.url())

    assert (blog.form, blog.total) == (Form.REST, 12)
    assert numbers(blog) == list(range(1, 13))


def test_they_are_asked_for_page_by_page_in_the_order_of_their_numbers(reach: Reaching, old: OldBlog) -> None:
    old.posts = written(*range(1, 231))

    blog = reach(old.url())

    assert blog.total == 230
    assert numbers(blog) == list(range(1, 231))
    asked = [path for path in old.asked if "/wp/v2/posts" in path]
    assert len(asked) == 3
    assert all("orderby=id&order=asc&per_page=100" in path for path in asked)
    assert all("_embed=author,wp:term,wp:featuredmedia" in path for path in asked)


@pytest.mark.parametrize(
    "path", ["/wp-json/", "/wp-json/wp/v2/posts", "/wp-json/wp/v2/posts?per_page=3&page=2&order=desc"]
)
def test_the_address_may_be_one_of_the_api(reach: Reaching, old: OldBlog, path: str) -> None:
    assert numbers(reach(old.url(path))) == list(range(1, 13))


def test_what_is_asked_of_the_api_is_kept(reach: Reaching, old: OldBlog) -> None:
    numbers(reach(old.url("/wp-json/wp/v2/posts?categories=7&page=2&offset=3&_fields=id")))

    (asked,) = old.asked
    assert "categories=7" in asked
    assert not any(ours in asked for ours in ("page=2", "offset", "_fields"))


def test_a_server_that_gives_fewer_per_page_is_asked_for_fewer(reach: Reaching, old: OldBlog) -> None:
    old.most = 10
    old.posts = written(*range(1, 26))

    assert numbers(reach(old.url())) == list(range(1, 26))


@pytest.mark.parametrize("counted", [True, False])
def test_a_server_may_quietly_give_fewer_than_it_was_asked_for(
    reach: Reaching, old: OldBlog, *, counted: bool
) -> None:
    old.posts = written(*range(1, 26))
    old.counted = counted

    def capped(path: str, query: dict[str, str]) -> Reply | None:
        if int(query.get("per_page", 0)) <= 10:
            return None
        return old.reply(f"{path}?per_page=10&page={query['page']}")

    old.fault = capped

    assert numbers(reach(old.url())) == list(range(1, 26))


def test_without_a_count_the_end_is_where_no_page_is(reach: Reaching, old: OldBlog) -> None:
    old.counted = False
    old.posts = written(*range(1, 201))

    blog = reach(old.url())

    assert blog.total is None
    assert numbers(blog) == list(range(1, 201))
    assert [path.rpartition("=")[2] for path in old.asked if "/posts" in path] == ["1", "2", "3"]


def test_what_is_deleted_meanwhile_hides_no_other_post(reach: Reaching, old: OldBlog) -> None:
    old.posts = written(*range(1, 301))

    def deleting(_path: str, query: dict[str, str]) -> Reply | None:
        if query.get("page") == "2":
            old.posts = [one for one in old.posts if one.number not in {3, 4, 5}]
        return None

    old.fault = deleting

    assert sorted(numbers(reach(old.url()))) == list(range(1, 301))


def test_where_a_whole_page_is_deleted_meanwhile_the_end_is_nearer(reach: Reaching, old: OldBlog) -> None:
    old.posts = written(*range(1, 301))

    def deleting(_path: str, query: dict[str, str]) -> Reply | None:
        if query.get("page") == "3":
            old.posts = [one for one in old.posts if one.number > 120]
        return None

    old.fault = deleting

    assert sorted(numbers(reach(old.url()))) == list(range(1, 301))


def test_what_is_written_meanwhile_comes_last(reach: Reaching, old: OldBlog) -> None:
    old.posts = written(*range(1, 101))

    def writing(_path: str, query: dict[str, str]) -> Reply | None:
        if query.get("page") == "1":
            old.posts = written(*range(1, 103))
        return None

    old.fault = writing

    assert numbers(reach(old.url())) == list(range(1, 103))


def test_pages_that_are_too_long_for_us_are_asked_for_in_pieces(old: OldBlog, reach: Reaching) -> None:
    old.posts = [*written(*range(1, 40))]
    limits = _with_limit(reach, most=12_000)

    assert numbers(limits(old.url())) == list(range(1, 40))


def test_a_post_that_is_too_long_is_said_to_be_left_out(old: OldBlog, reach: Reaching) -> None:
    import dataclasses

    old.posts = written(*range(1, 130))
    old.posts[60] = dataclasses.replace(old.posts[60], html="<p>" + "long " * 20_000)

    found = list(_with_limit(reach, most=90_000)(old.url()).originals)

    assert [one.code for one in found if isinstance(one, LeftOut)] == ["import_too_large"]
    assert {number_of(one) for one in found if isinstance(one, Original)} == {*range(1, 130)} - {61}


def _with_limit(reach: Reaching, *, most: int) -> Reaching:
    from dataclasses import replace

    return Reaching(replace(reach.web, limits=replace(reach.web.limits, max_bytes=most)), reach.readers)


def test_json_behind_a_broken_plugins_warnings_is_read(reach: Reaching, old: OldBlog) -> None:
    def warning(path: str, query: dict[str, str]) -> Reply | None:
        if not path.endswith("/posts"):
            return None
        old.fault = lambda _path, _query: None
        reply = old.reply(f"{path}?page={query['page']}&per_page={query['per_page']}")
        old.fault = warning
        body = b"\xef\xbb\xbf<br />\n<b>Warning</b>: Undefined index [x] in /www/plugin.php\n" + reply.body
        return Reply(body=body, headers=reply.headers)

    old.fault = warning

    assert numbers(reach(old.url())) == list(range(1, 13))


# ── its feed ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [401, 403, 404, 501])
def test_where_the_api_is_refused_the_feed_is_read_to_its_end(
    reach: Reaching, old: OldBlog, status: int
) -> None:
    old.api = status

    blog = reach(old.url())

    assert (blog.form, blog.total) == (Form.FEED, None)
    assert numbers(blog) == list(range(12, 0, -1))


@pytest.mark.parametrize("feed", ["full", "archived"])
def test_a_feed_leads_to_what_came_before_it(reach: Reaching, old: OldBlog, feed: str) -> None:
    old.feed = feed

    assert numbers(reach(old.url("/feed/"))) == list(range(12, 0, -1))
    assert len(old.asked) == (3 if feed == "archived" else 4)


def test_what_a_feed_says_is_not_cleaned_yet(reach: Reaching, old: OldBlog) -> None:
    (newest, *_) = reach(old.url("/feed/")).originals

    assert isinstance(newest, Original)
    assert 'class="wp-block-image"' in newest.html
    assert (newest.title, newest.author, newest.tags) == ("Il titolo 12", "Luisa", ("Metodo",))
    assert (newest.guid, newest.language, newest.whole) == (old.url("/?p=12"), "it-IT", True)
    assert newest.published == old.posts[-1].at


def test_a_server_that_knows_no_pages_of_its_feed_says_the_same_again(reach: Reaching, old: OldBlog) -> None:
    old.posts = written(1, 2)
    old.fault = lambda path, query: old.reply("/feed/") if path == "/feed/" and "paged" in query else None

    assert numbers(reach(old.url("/feed/"))) == [2, 1]
    assert len(old.asked) == 2


def test_a_feed_that_leads_in_circles_ends(reach: Reaching, old: OldBlog) -> None:
    old.feed = "archived"
    old.fault = lambda _path, query: old.reply("/feed/?paged=1&x") if query.get("paged") == "3" else None

    assert numbers(reach(old.url("/feed/"))) == list(range(12, 2, -1))


def test_an_archive_on_another_site_is_not_read(reach: Reaching, old: OldBlog) -> None:
    old.feed = "archived"

    def elsewhere(path: str, query: dict[str, str]) -> Reply | None:
        if query:
            return None
        old.fault = lambda _path, _query: None
        reply = old.reply(path)
        body = reply.body.replace(
            b'prev-archive" href="http://127.0.0.1', b'prev-archive" href="http://127.0.0.2'
        )
        return Reply(body=body, content_type=reply.content_type)

    old.fault = elsewhere

    assert left_out(reach(old.url("/feed/"))) == ["import_page_elsewhere"]


def test_an_archive_that_is_gone_is_said(reach: Reaching, old: OldBlog) -> None:
    old.feed = "archived"
    old.fault = lambda _path, query: Reply(status=404) if query else None

    assert left_out(reach(old.url("/feed/"))) == ["fetch_http_status"]


def test_what_a_feed_only_begins_and_nobody_shows_is_left_out(reach: Reaching, old: OldBlog) -> None:
    old.feed = "summary"

    old.fault = lambda path, _query: Reply(status=403) if path.startswith("/20") else None

    assert left_out(reach(old.url("/feed/"))) == ["import_excerpt_only"] * 12


def test_what_a_feed_only_begins_is_read_at_its_own_address(reach: Reaching, old: OldBlog) -> None:
    old.feed = "summary"

    posts = [one for one in reach(old.url("/feed/")).originals if isinstance(one, Original)]

    assert len(posts) == 12
    assert all(one.whole and "goes on for a while" in one.html for one in posts)
    assert posts[0].guid == old.url("/?p=12")  # the rest is as the feed says it


def test_an_api_that_shows_strangers_nothing_is_not_the_end_of_it(reach: Reaching, old: OldBlog) -> None:
    old.fault = lambda path, _query: said([]) if path.endswith("/posts") else None

    assert numbers(reach(old.url())) == list(range(12, 0, -1))


def test_a_blog_that_has_moved_is_followed(reach: Reaching, old: OldBlog) -> None:
    old.api, old.feed = 404, "none"
    moved = Reply(status=301, headers=(("Location", old.url()),))
    with old_blog("127.0.0.2", fault=lambda _path, _query: moved) as before:
        posts = [one for one in reach(before.url()).originals if isinstance(one, Original)]

    assert len(posts) == 12
    assert all(one.whole for one in posts)


def test_a_feed_that_is_served_from_elsewhere_is_read_to_its_end(reach: Reaching, old: OldBlog) -> None:
    old.api = 404
    with old_blog("127.0.0.2", posts=old.posts) as feeds:
        page = old.reply("/").body.replace(old.url("/feed/").encode(), feeds.url("/feed/").encode())
        old.fault = lambda path, _query: Reply(body=page) if path == "/" else None

        assert numbers(reach(old.url())) == list(range(12, 0, -1))


# ── its pages ───────────────────────────────────────────────────────────────


def test_where_nothing_is_for_programs_the_pages_are_read(reach: Reaching, old: OldBlog) -> None:
    old.api, old.feed = 404, "none"

    blog = reach(old.url())
    posts = [one for one in blog.originals if isinstance(one, Original)]

    assert blog.form is Form.PAGE
    assert [one.title for one in posts] == [f"Il titolo {n}" for n in range(12, 0, -1)]


def test_what_a_list_only_begins_is_read_at_its_own_address(reach: Reaching, old: OldBlog) -> None:
    old.api, old.feed = 404, "none"

    posts = [one for one in reach(old.url()).originals if isinstance(one, Original)]

    assert all(one.whole and "goes on for a while" in one.html for one in posts)


def test_pages_that_lead_in_circles_end(reach: Reaching, old: OldBlog) -> None:
    old.api, old.feed = 404, "none"
    old.posts = written(*range(1, 8))

    def again(path: str, _query: dict[str, str]) -> Reply | None:
        if path != "/page/2/":
            return None
        body = old.reply("/").body.replace(b"/page/2/", b"/")
        return Reply(body=body)

    old.fault = again

    assert len([one for one in reach(old.url()).originals if isinstance(one, Original)]) == 5


# ── politeness, stopping, trouble ───────────────────────────────────────────


def test_we_say_who_we_are_and_stay_on_the_site(reach: Reaching, old: OldBlog) -> None:
    numbers(reach(old.url()))

    assert old.agents == {reach.web.limits.user_agent}


def test_it_ends_early_where_somebody_wants_us_to_stop(reach: Reaching, old: OldBlog) -> None:
    old.posts = written(*range(1, 301))
    stopped = False
    blog = reach(old.url(), stopping=lambda: stopped)
    came = [next(blog.originals) for _ in range(150)]
    stopped = True

    assert len(came) + len(list(blog.originals)) == 200
