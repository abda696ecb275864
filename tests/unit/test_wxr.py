"""What a WordPress export says of a post, and what in it is none."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from curator.importing import wxr
from curator.model import Image, Problem
from curator.model.originals import Access, Form, LeftOut, Original
from wxr import BLOG, TAIL, Exported, a_picture, document, head, written


def read(path: Path) -> list[Original | LeftOut]:
    return list(wxr.read(path))


def only(folder: Path, *items: Exported) -> Original:
    [post] = [one for one in read(written(folder, document(*items))) if isinstance(one, Original)]
    return post


def left_out(folder: Path, *items: Exported) -> list[LeftOut]:
    return [one for one in read(written(folder, document(*items))) if isinstance(one, LeftOut)]


def test_a_post_says_all_that_wordpress_knows_of_it(tmp_path: Path) -> None:
    post = only(
        tmp_path,
        Exported(
            title="Una <em>promessa</em> &amp; altro",
            content="NOTA: “sì”\n\nWords ]]> here",
            categories=(("post_tag", "cx", "CX"), ("category", "servizio", "Servizio &amp; co.")),
        ),
    )

    assert (post.form, post.key, post.place) == (Form.WXR, f"{BLOG}/?p=12", "export.xml#12")
    assert (post.title, post.html) == ("Una promessa & altro", "<p>NOTA: “sì”</p>\n<p>Words ]]> here</p>\n")
    assert (post.guid, post.number, post.blog) == (f"{BLOG}/?p=12", 12, BLOG)
    assert post.permalink == f"{BLOG}/2015/03/una-promessa/"
    assert post.published == datetime(2015, 3, 2, 9, 30, tzinfo=UTC)
    assert post.updated == datetime(2015, 3, 4, 8, 0, tzinfo=UTC)
    assert (post.author, post.language, post.access) == ("Anna Rossi", "it-IT", Access.PUBLIC)
    assert post.tags == ("Servizio & co.", "CX")  # categories first, as WordPress tells them everywhere else
    assert (post.whole, post.problems) == (True, ())


@pytest.mark.parametrize(
    ("status", "password", "access"),
    [
        ("publish", "", Access.PUBLIC),
        ("publish", "secret", Access.CLOSED),
        ("private", "", Access.CLOSED),
        ("draft", "", Access.DRAFT),
        ("pending", "", Access.DRAFT),
        ("future", "", Access.DRAFT),
        ("a-plugin-of-theirs", "", Access.DRAFT),
    ],
)
def test_what_readers_could_not_read_is_not_public(
    tmp_path: Path, status: str, password: str, access: Access
) -> None:
    assert only(tmp_path, Exported(status=status, password=password)).access is access


def test_when_it_was_to_be_published_is_told(tmp_path: Path) -> None:
    post = only(tmp_path, Exported(status="future", date_gmt="2031-03-03 09:00:00"))

    assert post.published is None
    assert [(each.code, each.data) for each in post.problems] == [
        ("import_scheduled", {"at": "2031-03-03 09:00"})
    ]


def test_a_draft_was_never_published_anywhere(tmp_path: Path) -> None:
    post = only(tmp_path, Exported(status="draft", date_gmt="0000-00-00 00:00:00", link=f"{BLOG}/?p=12"))

    assert (post.published, post.permalink, post.problems) == (None, None, ())


def test_without_a_date_in_utc_the_feeds_own_is_taken(tmp_path: Path) -> None:
    zeros = "0000-00-00 00:00:00"

    post = only(tmp_path, Exported(date_gmt=zeros, pub_date="Mon, 02 Mar 2015 10:30:00 +0100"))

    assert post.published == datetime(2015, 3, 2, 9, 30, tzinfo=UTC)


def test_a_time_of_no_zone_is_no_date(tmp_path: Path) -> None:
    zeros = "0000-00-00 00:00:00"

    post = only(tmp_path, Exported(date_gmt=zeros, pub_date="Wed, 30 Nov -0001 00:00:00 +0000"))

    assert post.published is None
    assert post.problems == (
        Problem(code="import_date_doubtful", field="published", data={"stated": "2015-03-02 10:30:00"}),
    )


def test_a_post_that_was_never_changed_has_no_date_of_change(tmp_path: Path) -> None:
    assert only(tmp_path, Exported(modified_gmt="2015-03-02 09:30:00")).updated is None


def test_every_address_that_led_to_it_is_kept(tmp_path: Path) -> None:
    post = only(
        tmp_path,
        Exported(
            link=f"{BLOG}/2015/03/una-promessa.html",
            guid="http://older.example/archives/7",
            meta=(("_wp_old_slug", "promessa"), ("_wp_old_slug", "promesse")),
        ),
    )

    assert post.key == "http://older.example/archives/7"
    assert post.addresses == (
        "http://older.example/archives/7",
        f"{BLOG}/?p=12",
        f"{BLOG}/2015/03/promessa.html",
        f"{BLOG}/2015/03/promesse.html",
    )


@pytest.mark.parametrize("later", [True, False])
def test_the_featured_picture_may_come_before_or_after(tmp_path: Path, *, later: bool) -> None:
    post = Exported(meta=(("_thumbnail_id", "77"),))
    picture = a_picture(77, f"{BLOG}/a.jpg", alt="Una stretta di mano", caption="Foto: <b>X</b>")

    found = only(tmp_path, *((post, picture) if later else (picture, post)))

    assert found.image == Image(
        url=f"{BLOG}/a.jpg", alt="Una stretta di mano", credit="Foto: X", named_in="featured"
    )


def test_a_picture_of_another_part_is_found_there(tmp_path: Path) -> None:
    posts = written(tmp_path, document(Exported(meta=(("_thumbnail_id", "77"),))), name="1.xml")
    other = written(tmp_path, document(a_picture(77, f"{BLOG}/a.jpg")), name="2.xml")

    [alone] = wxr.read(posts)
    [together] = wxr.read(posts, shown=wxr.pictures([posts, other, tmp_path / "gone.xml"]))

    assert isinstance(alone, Original)
    assert isinstance(together, Original)
    assert alone.image is None
    assert [problem.code for problem in alone.problems] == ["import_picture_elsewhere"]
    assert together.image is not None
    assert (together.image.url, together.problems) == (f"{BLOG}/a.jpg", ())


def test_what_is_no_post_is_counted_by_its_kind(tmp_path: Path) -> None:
    others = [
        Exported(number=1, kind="page"),
        Exported(number=2, kind="page"),
        Exported(number=3, kind="wp_block"),
        Exported(number=4, kind="nav_menu_item"),
        a_picture(5, f"{BLOG}/a.jpg"),
    ]

    told = left_out(tmp_path, *others, Exported())

    assert {one.code for one in told} == {"import_other_kind"}
    assert {one.data["kind"]: one.data["count"] for one in told} == {
        "page": 2,
        "wp_block": 1,
        "nav_menu_item": 1,
        "attachment": 1,
    }


def test_what_was_thrown_away_or_never_written_is_left_out(tmp_path: Path) -> None:
    told = left_out(
        tmp_path,
        Exported(number=1, title="Via", status="trash"),
        Exported(number=2, title="", content=" "),
        Exported(number=3, title="Bozza automatica", content="", status="auto-draft"),
    )

    assert [(one.place, one.code) for one in told] == [
        ("export.xml#1", "import_trashed"),
        ("export.xml#2", "import_empty"),
        ("export.xml", "import_other_kind"),
    ]


@pytest.mark.parametrize("name", ["Uncategorized", "Senza categoria", "Sin categoría", "Non classé"])
def test_the_category_of_what_has_none_is_no_tag(tmp_path: Path, name: str) -> None:
    post = only(tmp_path, Exported(categories=(("category", "", name), ("post_format", "aside", "Aside"))))

    assert post.tags == ()


def test_the_language_of_a_post_is_its_own_where_the_blog_has_several(tmp_path: Path) -> None:
    post = only(tmp_path, Exported(categories=(("language", "en", "English"),)))

    assert (post.language, post.tags) == ("en", ())


def test_the_excerpt_stands_in_where_there_is_no_content(tmp_path: Path) -> None:
    post = only(tmp_path, Exported(content="", caption="In breve."))

    assert post.html == "<p>In breve.</p>\n"
    assert not post.whole


def test_an_old_export_is_read_as_well(tmp_path: Path) -> None:
    """WXR 1.0: no authors, tags of another domain, each category twice, titles escaped as XML."""
    item = Exported(categories=(("tag", "cx", "CX"), ("category", "a", "A"))).xml()
    item = item.replace("<![CDATA[Una promessa]]>", "Q&amp;amp;A &#8211; uno")
    item = item.replace("</item>", "<category><![CDATA[A]]></category></item>")

    [post] = read(written(tmp_path, head(version="1.0", authors={}) + item + TAIL))

    assert isinstance(post, Original)
    assert (post.title, post.tags, post.author) == ("Q&A – uno", ("A", "CX"), "anna")


def test_prefixes_may_have_been_given_anew(tmp_path: Path) -> None:
    said = document(Exported()).replace("wp:", "ns0:").replace("content:", "ns1:")
    said = said.replace("xmlns:wp", "xmlns:ns0").replace("xmlns:content", "xmlns:ns1")

    [post] = read(written(tmp_path, said))

    assert isinstance(post, Original)
    assert (post.number, post.html) == (12, "<p>Words.</p>\n")


def test_what_is_kept_has_nothing_of_the_commenters_and_no_password(tmp_path: Path) -> None:
    comment = (
        "<wp:comment><wp:comment_author_email><![CDATA[someone@mail.example]]></wp:comment_author_email>"
        "<wp:comment_content><![CDATA[ok </wp:comment> really]]></wp:comment_content></wp:comment>"
    )

    post = only(
        tmp_path,
        Exported(
            content="About <wp:comment> and <wp:post_password> in feeds.",
            password="tell-nobody",
            more=comment * 2,
        ),
    )

    assert "mail.example" not in post.raw
    assert "really" not in post.raw
    assert "tell-nobody" not in post.raw
    assert "About <wp:comment> and <wp:post_password> in feeds." in post.raw
    assert post.raw.endswith("</item>")


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        ("", ""),
        ("wp:comment>", "w:comment>"),
        ("<wp:comment>", "<wp:comment >"),
        ("</wp:comment>", "</wp:comment\n>"),
        ("<wp:post_password>", "<wp:post_password>\n\t"),
        ("<wp:post_password>", "<wp:post_password >"),
        ("wp:post_password>", "w:post_password>"),
        ("tell-nobody", "tell]]]]><![CDATA[>-nobody"),
        ("Words.]]>", "Words."),
        ("Words.]]></content:encoded>", "Words."),
        ("<wp:is_sticky>", "<wp:is_sticky><b>"),
    ],
)
def test_nor_where_it_is_written_or_broken_in_another_way(tmp_path: Path, said: str, instead: str) -> None:
    comment = (
        "<wp:comment><wp:comment_author><![CDATA[Someone]]></wp:comment_author>"
        "<wp:comment_author_email><![CDATA[someone@mail.example]]></wp:comment_author_email>"
        "<wp:comment_author_IP><![CDATA[192.0.2.7]]></wp:comment_author_IP>"
        "<wp:comment_content><![CDATA[That is so.]]></wp:comment_content></wp:comment>"
    )
    item = Exported(password="tell-nobody", more=comment * 2).xml().replace(said, instead)
    renamed = head().replace("<rss ", '<rss xmlns:w="http://wordpress.org/export/1.2/" ', 1)

    [post] = [one for one in wxr.read(written(tmp_path, renamed + item + TAIL)) if isinstance(one, Original)]

    for secret in ("Someone", "mail.example", "192.0.2.7", "That is so.", "nobody"):
        assert secret not in post.raw
    assert "Words." in post.raw


def test_a_password_that_is_not_wrapped_up_is_not_kept_either(tmp_path: Path) -> None:
    item = Exported(password="tell-nobody").xml().replace("<![CDATA[tell-nobody]]>", "tell-nobody")

    [post] = read(written(tmp_path, head() + item + TAIL))

    assert isinstance(post, Original)
    assert (post.access, "tell-nobody" in post.raw) == (Access.CLOSED, False)


def test_two_parts_in_one_file_are_read_with_their_own_heads(tmp_path: Path) -> None:
    first = document(Exported(number=1))
    second = document(Exported(number=2, author="bea"), authors={"bea": "Bea Neri"})

    posts = [one for one in read(written(tmp_path, first + second)) if isinstance(one, Original)]

    assert [(post.number, post.author) for post in posts] == [(1, "Anna Rossi"), (2, "Bea Neri")]


def test_codes_that_a_plugin_left_are_told(tmp_path: Path) -> None:
    post = only(tmp_path, Exported(content='Look:\n\n[form id="3"]\n\n[sic] [1] [quote]x[/quote]'))

    assert [(problem.code, problem.data) for problem in post.problems] == [
        ("import_shortcodes_left", {"names": "[form], [quote]"})
    ]


def test_posts_are_counted_without_being_read(tmp_path: Path) -> None:
    path = written(
        tmp_path, document(Exported(number=1), Exported(number=2, kind="page"), Exported(number=3))
    )

    assert wxr.count(path) == 2
