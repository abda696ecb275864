"""What WordPress answers programs about a post, field by field."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.importing.rest import originals
from curator.importing.restpages import is_posts, json_of, posts_at
from curator.model import Access, Form, LeftOut, Original

POST: dict[str, Any] = {
    "id": 41,
    "date": "2022-11-11T11:11:11",
    "date_gmt": "2022-11-11T10:11:11",
    "guid": {"rendered": "https://old.example/?p=41"},
    "modified": "2023-01-01T01:01:01",
    "modified_gmt": "2023-01-01T00:01:01",
    "slug": "un-titolo",
    "status": "publish",
    "type": "post",
    "link": "https://old.example/2022/11/un-titolo/",
    "title": {"rendered": "Se dici &#8220;no <em>problem</em>&#8221; &amp;&nbsp;basta"},
    "content": {
        "rendered": '<p>NOTA AICEX: x.</p>\n<!--more--><iframe src="https://x.example/"></iframe>',
        "protected": False,
    },
    "excerpt": {"rendered": "<p>NOTA AICEX: x. [&hellip;]</p>\n", "protected": False},
    "author": 6,
    "featured_media": 40,
    "yoast_head": "<meta>",
    "_links": {"self": [{"href": "https://old.example/wp-json/wp/v2/posts/41"}]},
    "_embedded": {
        "author": [
            {
                "id": 6,
                "name": "Luisa Bianchi &amp; C.",
                "slug": "luisa",
                "avatar_urls": {"24": "https://g.example/a"},
            }
        ],
        "replies": [[{"id": 9, "author_name": "Lettore", "content": {"rendered": "NOTA AICEX: bello!"}}]],
        "wp:featuredmedia": [
            {
                "id": 40,
                "source_url": "https://old.example/wp-content/uploads/ponte.jpg",
                "alt_text": "Un ponte",
                "caption": {"rendered": "<p>CREDIT: <b>Getty</b> Images</p>\n"},
                "mime_type": "image/jpeg",
            }
        ],
        "wp:term": [
            [
                {"id": 1, "name": "Senza categoria", "slug": "senza-categoria", "taxonomy": "category"},
                {"id": 2, "name": "Marchi &amp; co.", "slug": "marchi", "taxonomy": "category"},
            ],
            [{"id": 3, "name": "CX", "slug": "cx", "taxonomy": "post_tag"}],
            [{"id": 4, "name": "Aside", "slug": "post-format-aside", "taxonomy": "post_format"}],
        ],
    },
}


def one(**changes: Any) -> Original:
    (told,) = originals([POST | changes], place="posts.json")
    assert isinstance(told, Original), told
    return told


def embedded(**changes: Any) -> dict[str, Any]:
    return {"_embedded": POST["_embedded"] | changes}


def test_a_post_says_all_its_fields() -> None:
    told = one()

    assert (told.form, told.key, told.number) == (Form.REST, "https://old.example/?p=41", 41)
    assert told.title == "Se dici “no problem” & basta"
    assert told.html == POST["content"]["rendered"]  # comments, frames and classes are for the anatomy to see
    assert (told.guid, told.permalink) == ("https://old.example/?p=41", POST["link"])
    assert told.blog == "https://old.example/"
    assert told.published == datetime(2022, 11, 11, 10, 11, 11, tzinfo=UTC)
    assert told.updated == datetime(2023, 1, 1, 0, 1, 1, tzinfo=UTC)
    assert (told.author, told.tags) == ("Luisa Bianchi & C.", ("Marchi & co.", "CX"))
    assert (told.access, told.whole, told.language, told.problems) == (Access.PUBLIC, True, None, ())


def test_the_featured_picture_brings_words_and_credit() -> None:
    image = one().image

    assert image is not None
    assert image.url == "https://old.example/wp-content/uploads/ponte.jpg"
    assert (image.alt, image.credit) == ("Un ponte", "CREDIT: Getty Images")


def test_without_a_caption_the_file_itself_says_whose_it_is() -> None:
    media = {**POST["_embedded"]["wp:featuredmedia"][0], "caption": {"rendered": ""}}
    media["media_details"] = {"image_meta": {"credit": "Anna Foto", "copyright": "x"}}
    image = one(**embedded(**{"wp:featuredmedia": [media]})).image

    assert image is not None
    assert image.credit == "Anna Foto"


@pytest.mark.parametrize(
    "media",
    [[{"code": "rest_forbidden", "data": {"status": 401}}], [], None, "x", [{"source_url": "javascript:x"}]],
)
def test_a_picture_that_may_not_be_seen_is_none(media: object) -> None:
    assert one(**embedded(**{"wp:featuredmedia": media})).image is None


def test_what_is_kept_is_the_posts_own_and_nobody_elses() -> None:
    raw = json.loads(one().raw)

    assert raw["content"] == POST["content"]
    assert set(raw["_embedded"]) == {"author", "wp:term", "wp:featuredmedia"}
    assert "Lettore" not in one().raw  # comments are their writers'
    assert "avatar" not in one().raw
    assert "yoast_head" not in raw
    assert one().raw == one(yoast_head="<other>", _links={}).raw


@pytest.mark.parametrize(
    ("status", "access"),
    [
        ("publish", Access.PUBLIC),
        ("draft", Access.DRAFT),
        ("pending", Access.DRAFT),
        ("future", Access.DRAFT),
        ("private", Access.CLOSED),
        ("in-review", Access.DRAFT),  # a plugin's own
    ],
)
def test_the_status_says_who_may_read_it(status: str, access: Access) -> None:
    assert one(status=status).access is access


def test_what_was_never_out_has_neither_date_nor_address() -> None:
    told = one(status="future")

    assert (told.published, told.permalink) == (None, None)
    assert [(each.code, each.data) for each in told.problems] == [
        ("import_scheduled", {"at": "2022-11-11 10:11"})
    ]


def test_a_post_behind_a_password_is_closed() -> None:
    assert one(content={"rendered": "", "protected": True}).access is Access.CLOSED


def test_a_date_of_an_unknown_zone_is_none_and_said() -> None:
    told = one(date_gmt=None)

    assert told.published is None
    assert [(each.code, each.data) for each in told.problems] == [
        ("import_date_doubtful", {"stated": "2022-11-11T11:11:11"})
    ]


@pytest.mark.parametrize(
    "stated", ["0000-00-00T00:00:00", "-0001-11-30T00:00:00", "soon", "", 5, "9999-12-31T23:59:59-14:00"]
)
def test_a_date_that_is_none_is_none(stated: object) -> None:
    assert one(date_gmt=stated, date=stated).published is None


def test_an_update_before_the_publication_is_none() -> None:
    assert one(modified_gmt="2022-11-11T10:11:11").updated is None


def test_of_a_post_without_content_only_the_beginning_is_known() -> None:
    post = {key: value for key, value in POST.items() if key != "content"}
    (told,) = originals([post], place="posts.json")

    assert isinstance(told, Original)
    assert (told.html, told.whole) == ("<p>NOTA AICEX: x. [&hellip;]</p>", False)


@pytest.mark.parametrize(
    ("key", "said", "language"), [("lang", "it", "it"), ("wpml_current_locale", "pt_BR", "pt-BR")]
)
def test_a_plugin_may_say_the_language(key: str, said: str, language: str) -> None:
    assert one(**{key: said}).language == language


@pytest.mark.parametrize(
    ("changes", "blog"),
    [
        (
            {"_links": {"self": [{"href": "https://old.example/blog/?rest_route=/wp/v2/posts/4"}]}},
            "https://old.example/blog/",
        ),
        ({"_links": {}, "guid": {"rendered": "https://old.example/blog/?p=41"}}, "https://old.example/blog/"),
        ({"_links": None, "guid": {"rendered": "urn:x"}}, "https://old.example/"),
    ],
)
def test_the_blog_is_where_its_posts_are_numbered(changes: dict[str, Any], blog: str) -> None:
    assert one(**changes).blog == blog


@pytest.mark.parametrize(
    ("post", "code"),
    [
        ({**POST, "status": "trash"}, "import_trashed"),
        ({**POST, "type": "page"}, "import_other_kind"),
        (
            {**POST, "title": {"rendered": ""}, "content": {"rendered": " "}, "excerpt": {"rendered": ""}},
            "import_empty",
        ),
        ({"code": "rest_forbidden"}, "import_not_readable"),
        (None, "import_not_readable"),
        ([], "import_not_readable"),
    ],
)
def test_what_is_no_post_is_left_out_with_its_reason(post: Any, code: str) -> None:
    (told,) = originals([post], place="posts.json")

    assert isinstance(told, LeftOut)
    assert told.code == code


# ── addresses ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("root", "posts"),
    [
        ("https://x.example/wp-json/", "https://x.example/wp-json/wp/v2/posts"),
        ("https://x.example/blog/wp-json", "https://x.example/blog/wp-json/wp/v2/posts"),
        ("https://x.example/index.php?rest_route=/", "https://x.example/index.php?rest_route=/wp/v2/posts"),
        ("https://api.example/wp/v2/sites/x.example/", "https://api.example/wp/v2/sites/x.example/posts"),
    ],
)
def test_the_posts_are_where_the_api_is(root: str, posts: str) -> None:
    assert posts_at(root) == posts
    assert is_posts(posts)
    assert not is_posts(root)


# ── whatever is answered ────────────────────────────────────────────────────

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*POST, "rendered", "href"]), inner, max_size=5)
    ),
    max_leaves=12,
)


@given(
    st.lists(
        _JSON | st.dictionaries(st.sampled_from([*POST]), _JSON, max_size=8).map(lambda said: POST | said),
        max_size=3,
    )
)
def test_no_json_breaks_it(answer: list[Any]) -> None:
    for told in originals(answer, place="posts.json"):
        if isinstance(told, Original):
            assert told.title or told.html or told.access is Access.CLOSED
            json.loads(told.raw)


def test_what_no_database_takes_is_kept_in_words() -> None:
    raw = one(content={"rendered": "a\u2028b\x85c\ud800d\x00e"}).raw

    assert raw.isprintable()
    assert json.loads(raw)["content"] == {"rendered": "a\u2028b\x85c\ud800d\x00e"}


@given(st.binary(max_size=60))
def test_no_bytes_break_the_json(body: bytes) -> None:
    for answer in (body, b"[" * 5_000 + body, b'<br>[{"' + body):
        try:
            json_of(answer)
        except ValueError:
            continue
