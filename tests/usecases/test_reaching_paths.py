"""Documents of a blog on this machine: a file of any form, or a folder of many."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from blogserver import OldBlog, written
from builders import NOW, SETTINGS
from curator.edges.readers import Readers
from curator.errors import BadInput
from curator.fetch import Web
from curator.importing import saved
from curator.importing.house import house_of
from curator.importing.reaching import Blog, open_blog
from curator.model import Form, LeftOut, Original
from wxr import Exported, a_picture, document

Opening = Callable[[Path], Blog]

BLOG = OldBlog(base_url="https://old.example", posts=written(1, 2, 3))
PLAIN = (
    "Un titolo per questo testo\n\n"
    "NOTA AICEX: la nota dice perché vale la pena di leggere il testo che segue.\n\n"
    "The text of it is in English, and it goes on for a good while before it comes to its end at last.\n\n"
    "Source: https://x.example/a\n"
)


@pytest.fixture
def opening(reading: tuple[Web, Readers]) -> Opening:
    web, readers = reading
    house = house_of(SETTINGS.editions["it"])
    return lambda path: open_blog(str(path), web=web, readers=readers, house=house, clock=lambda: NOW)


def rest(*numbers: int) -> bytes:
    return json.dumps([BLOG.post(one) for one in written(*numbers)]).encode()


def feed() -> bytes:
    return BLOG.reply("/feed/").body


def page(number: int) -> bytes:
    (one,) = written(number)
    return OldBlog(base_url="https://old.example", posts=[one]).reply(one.path).body


def wxr(*numbers: int) -> bytes:
    items = "".join(
        f"<item><title>{one.title}</title><link>https://old.example{one.path}</link>"
        f"<guid>https://old.example/?p={one.number}</guid>"
        f"<content:encoded><![CDATA[{one.html}]]></content:encoded><wp:post_id>{one.number}</wp:post_id>"
        f"<wp:post_date_gmt>{one.at:%Y-%m-%d %H:%M:%S}</wp:post_date_gmt><wp:status>publish</wp:status>"
        "<wp:post_type>post</wp:post_type></item>"
        for one in written(*numbers)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        "<channel><wp:wxr_version>1.2</wp:wxr_version>"
        f"<wp:base_blog_url>https://old.example</wp:base_blog_url>{items}</channel></rss>"
    ).encode()


@pytest.mark.parametrize("name", ["export.xml", "export.wxr", "export.txt", "export"])
def test_an_export_has_its_pictures_whatever_it_is_called(
    opening: Opening, tmp_path: Path, name: str
) -> None:
    (tmp_path / "old").mkdir()
    shown = Exported(meta=(("_thumbnail_id", "77"),))
    (tmp_path / "old" / name).write_text(document(shown, a_picture(77, "https://old.example/a.jpg")))
    (tmp_path / "page.html").write_bytes(page(1))

    told = [one for one in opening(tmp_path).originals if isinstance(one, Original) and one.form is Form.WXR]

    assert [(one.place, one.image and one.image.url) for one in told] == [
        (f"old/{name}#12", "https://old.example/a.jpg")
    ]


def titles(blog: Blog) -> list[str]:
    return [one.title for one in blog.originals if isinstance(one, Original)]


def left_out(blog: Blog) -> list[tuple[str, str]]:
    return [(one.place, one.code) for one in blog.originals if isinstance(one, LeftOut)]


def fill(folder: Path, **files: bytes) -> Path:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@pytest.mark.parametrize(
    ("content", "form", "total"),
    [
        (wxr(1, 2), Form.WXR, 2),
        (rest(1, 2), Form.REST, None),
        (feed(), Form.FEED, None),
        (page(1), Form.PAGE, None),
        (PLAIN.encode(), Form.PLAIN, None),
        (PLAIN.encode("utf-16"), Form.PLAIN, None),
    ],
)
def test_a_file_is_read_in_its_form_whatever_its_name(
    opening: Opening, tmp_path: Path, content: bytes, form: Form, total: int | None
) -> None:
    path = tmp_path / "blog.bak"
    path.write_bytes(content)

    blog = opening(path)

    assert (blog.form, blog.total) == (form, total)
    posts = [one for one in blog.originals if isinstance(one, Original)]
    assert {one.form for one in posts} == {form}
    assert all("itolo" in one.title for one in posts)


def test_one_saved_answer_may_be_one_post(opening: Opening, tmp_path: Path) -> None:
    (one,) = written(7)
    (tmp_path / "7.json").write_text(json.dumps(BLOG.post(one)))

    assert titles(opening(tmp_path / "7.json")) == ["Il titolo 7"]


def test_a_folder_is_read_with_all_below_it_in_the_order_of_names(opening: Opening, tmp_path: Path) -> None:
    fill(
        tmp_path,
        b_dot_json=rest(2),
        a__z_dot_xml=wxr(1),
        c__d__e_dot_html=page(3),
        c__a_dot_txt=PLAIN.encode(),
    )

    blog = opening(tmp_path)

    assert (blog.form, blog.total) == (None, None)
    assert titles(blog) == ["Il titolo 1", "Il titolo 2", "Un titolo per questo testo", "Il titolo 3"]


def test_an_export_in_parts_is_counted_as_one(opening: Opening, tmp_path: Path) -> None:
    fill(tmp_path, part2_dot_xml=wxr(3, 4), part1_dot_xml=wxr(1, 2))

    blog = opening(tmp_path)

    assert blog.total == 4
    assert titles(blog) == [f"Il titolo {n}" for n in (1, 2, 3, 4)]


def test_a_post_may_show_a_picture_of_another_part(opening: Opening, tmp_path: Path) -> None:
    thumbnail = (
        b"<wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key>"
        b"<wp:meta_value>99</wp:meta_value></wp:postmeta>"
    )
    picture = (
        b"<item><wp:post_id>99</wp:post_id><wp:post_type>attachment</wp:post_type>"
        b"<wp:attachment_url>https://old.example/ponte.jpg</wp:attachment_url></item></channel>"
    )
    fill(
        tmp_path,
        part1_dot_xml=wxr(1).replace(b"</item>", thumbnail + b"</item>"),
        part2_dot_xml=wxr().replace(b"</channel>", picture),
    )

    (post,) = [one for one in opening(tmp_path).originals if isinstance(one, Original)]

    assert post.image is not None
    assert post.image.url == "https://old.example/ponte.jpg"


def test_what_browsers_put_beside_a_page_and_what_is_hidden_is_passed_over(
    opening: Opening, tmp_path: Path
) -> None:
    fill(
        tmp_path,
        one_dot_html=page(1),
        one_files__ad_dot_html=page(2),
        one_files__style_dot_css=b"p {}",
        pictures__p_dot_jpg=b"\xff\xd8\xff",
        style_dot_css=b"p {}",
        _dot_DS_Store=b"\x00\x00",
        _dot_git__config_dot_txt=b"x",
    )

    assert titles(opening(tmp_path)) == ["Il titolo 1"]
    assert left_out(opening(tmp_path)) == []


def test_a_folder_of_such_a_name_with_no_page_beside_it_is_read(opening: Opening, tmp_path: Path) -> None:
    fill(tmp_path, my_files__one_dot_html=page(1))

    assert titles(opening(tmp_path)) == ["Il titolo 1"]


def test_links_that_lead_back_up_end(opening: Opening, tmp_path: Path) -> None:
    fill(tmp_path, a__one_dot_json=rest(1))
    (tmp_path / "a" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a" / "gone").symlink_to(tmp_path / "nowhere")

    assert titles(opening(tmp_path)) == ["Il titolo 1"]


def test_what_cannot_be_read_in_a_folder_is_said_and_the_rest_is_read(
    opening: Opening, tmp_path: Path
) -> None:
    fill(
        tmp_path,
        a_dot_gz=gzip.compress(wxr(1)),
        b_dot_json=b'{"a": 1}',
        c_dot_txt=b"",
        d_dot_pdf=b"%PDF-1.7\n",
        e_dot_json=rest(5),
        f_dot_json=rest(6)[:-40],
        g_dot_xml=b"<rss><channel><item>",
        h_dot_mht=b"MIME-Version: 1.0\nContent-Type: multipart/related\n\nx",
    )

    assert left_out(opening(tmp_path)) == [
        ("a.gz", "import_packed"),
        ("b.json", "import_not_recognised"),
        ("c.txt", "import_document_empty"),
        ("d.pdf", "import_binary"),
        ("f.json", "import_answer_unreadable"),
        ("g.xml", "import_feed_empty"),
        ("h.mht", "import_not_recognised"),
    ]
    assert titles(opening(tmp_path)) == ["Il titolo 5"]


def test_a_file_whose_name_is_no_text_is_read(opening: Opening, tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/perch\xe8.json")).write_bytes(rest(1))

    (post,) = opening(tmp_path).originals

    assert isinstance(post, Original)
    assert post.place.isprintable()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "import_document_empty"),
        (gzip.compress(wxr(1)), "import_packed"),
        (b"%PDF-1.7\n", "import_binary"),
        (b'{"a": 1}', "import_not_recognised"),
    ],
)
def test_a_file_that_was_named_and_cannot_be_read_is_refused(
    opening: Opening, tmp_path: Path, content: bytes, code: str
) -> None:
    (tmp_path / "blog.xml").write_bytes(content)

    with pytest.raises(BadInput) as refused:
        opening(tmp_path / "blog.xml")

    assert refused.value.reason == code
    assert str(tmp_path) in refused.value.data["place"]


def test_a_file_of_more_than_a_document_is_refused(
    opening: Opening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved, "MOST_BYTES", 100)
    (tmp_path / "posts.json").write_bytes(rest(1))

    with pytest.raises(BadInput) as refused:
        opening(tmp_path / "posts.json")

    assert refused.value.reason == "import_too_large"


def test_an_empty_folder_is_refused(opening: Opening, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        opening(tmp_path)

    assert refused.value.reason == "import_folder_empty"


@pytest.mark.parametrize(
    "what", ["nowhere", "", "./nothing/here", "ftp://old.example/", "a\x00b", "x" * 5_000, "http://"]
)
def test_what_is_neither_a_path_nor_an_address_is_refused(opening: Opening, what: str) -> None:
    with pytest.raises(BadInput) as refused:
        opening(what)  # type: ignore[arg-type]  # as somebody may type it

    assert refused.value.reason == "import_nothing_there"


def test_a_feed_of_nothing_is_said_to_be_so(opening: Opening, tmp_path: Path) -> None:
    (tmp_path / "bad.xml").write_text("<rss")

    assert left_out(opening(tmp_path / "bad.xml")) == [("bad.xml", "import_feed_empty")]
