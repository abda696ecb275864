"""Exports as they break: the posts around the damage come, the rest is told, and nothing is read for ever."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from curator.importing import wxr, wxr_stream
from curator.model.originals import LeftOut, Original
from wxr import TAIL, Exported, cdata, document, head, written

THREE = [Exported(number=n, title=f"Title {n}", content=f"First {n}.\n\nLast {n}.") for n in (1, 2, 3)]


def read(path: Path) -> tuple[list[Original], list[LeftOut]]:
    told = list(wxr.read(path))
    return [one for one in told if isinstance(one, Original)], [
        one for one in told if isinstance(one, LeftOut)
    ]


def three(folder: Path, said: str, instead: str | bytes) -> tuple[list[Original], list[LeftOut]]:
    """Three posts, with something else in the second one's place."""
    replaced = instead if isinstance(instead, bytes) else instead.encode()
    return read(written(folder, document(*THREE).encode().replace(said.encode(), replaced)))


@pytest.mark.parametrize(
    ("instead", "shown"),
    [
        (b"Fir\x00st\x02 2.\x0bnext", "<p>First 2.<br />\nnext</p>\n<p>Last 2.</p>\n"),
        (b"L\x92azienda \xe8 qui.", "<p>L’azienda è qui.</p>\n<p>Last 2.</p>\n"),
        (b"Is ]]> here.", "<p>Is ]]> here.</p>\n<p>Last 2.</p>\n"),
    ],
)
def test_wrong_characters_damage_one_post_only(tmp_path: Path, instead: bytes, shown: str) -> None:
    posts, left_out = three(tmp_path, "First 2.", instead)

    assert [post.number for post in posts] == [1, 2, 3]
    assert posts[1].html == shown
    assert [[problem.code for problem in post.problems] for post in posts] == [[], ["import_item_mended"], []]
    assert left_out == []


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        (cdata("Title 2"), "Title&nbsp;2 &eacute; A&B &#2; &nothing;"),
        (cdata("Title 2"), "<![CDATA[Title 2"),
        (cdata("First 2.\n\nLast 2."), "<![CDATA[First 2.\n\nLast 2."),
        ("Last 2.]]></content:encoded>", "Last 2."),
        ("<wp:post_id>2</wp:post_id>", "<wp:post_id>2</wp:post_id><x:new>?</x:new><b>"),
    ],
)
def test_broken_markup_loses_no_post_and_no_words(tmp_path: Path, said: str, instead: str) -> None:
    posts, left_out = three(tmp_path, said, instead)

    assert [post.number for post in posts] == [1, 2, 3]
    assert "First 2." in posts[1].html
    assert "Last 2." in posts[1].html
    assert "Title" in posts[1].title
    assert posts[1].permalink is not None
    assert [problem.code for problem in posts[1].problems] == ["import_item_mended"]
    assert [post.html for post in posts[::2]] == [f"<p>First {n}.</p>\n<p>Last {n}.</p>\n" for n in (1, 3)]
    assert left_out == []


def test_wherever_a_file_is_cut_off_the_posts_before_come(tmp_path: Path) -> None:
    whole = document(*THREE).encode()
    ends = [whole.index(b"</item>") + 7]
    ends += [whole.index(b"</item>", end) + 7 for end in ends]
    ends.append(whole.rindex(b"</item>") + 7)

    for cut in range(whole.index(b"<channel>"), whole.index(b"</channel>") + 5, 131):
        posts, left_out = read(written(tmp_path, whole[:cut]))
        came = sum(end <= cut for end in ends)
        assert [post.number for post in posts] == [1, 2, 3][:came]
        assert [one.code for one in left_out] in (["import_cut_off"], ["import_document_cut_off"])


def test_who_is_cut_off_is_named(tmp_path: Path) -> None:
    whole = document(*THREE)

    _, in_a_post = read(written(tmp_path, whole[: whole.index("Last 2.")]))
    _, between = read(written(tmp_path, whole[: whole.rindex("</item>") + 7]))

    assert [(one.code, one.data) for one in in_a_post] == [("import_cut_off", {"title": "Title 2"})]
    assert [(one.code, one.data) for one in between] == [("import_document_cut_off", {"last": "Title 3"})]


def test_an_item_that_is_never_closed_is_read_all_the_same(tmp_path: Path) -> None:
    whole = document(*THREE)
    end = whole.index("</item>", whole.index("Last 2."))

    posts, left_out = read(written(tmp_path, whole[:end] + whole[end + 7 :]))

    assert [(post.number, post.title) for post in posts] == [(n, f"Title {n}") for n in (1, 2, 3)]
    assert left_out == []


def test_a_last_item_that_was_left_open_inside_ends_with_the_document(tmp_path: Path) -> None:
    posts, left_out = three(tmp_path, cdata("First 3.\n\nLast 3."), "<![CDATA[First 3.\n\nLast 3.")

    assert [post.number for post in posts] == [1, 2, 3]
    assert "Last 3." in posts[2].html
    assert left_out == []


@pytest.mark.parametrize("block", [1, 7, 64, 1000])
def test_it_does_not_matter_where_a_block_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    path = written(tmp_path, document(*THREE, Exported(number=4, content="A ]]> </item> <!-- b --> c")))
    whole = list(wxr_stream.parts(path))

    monkeypatch.setattr(wxr_stream, "_BLOCK", block)

    assert list(wxr_stream.parts(path)) == whole
    assert len(whole) == 5


def test_what_was_wrapped_up_in_two_pieces_is_one_also_where_the_rest_is_broken(tmp_path: Path) -> None:
    item = Exported(content="A ]]> B").xml().replace("</wp:post_id>", "</wp:post_id><b>")

    posts, _ = read(written(tmp_path, head() + item + TAIL))

    assert [post.html for post in posts] == ["<p>A ]]> B</p>\n"]


def test_an_item_in_a_posts_words_is_words(tmp_path: Path) -> None:
    words = "<pre></item>\n\t<item>\n\t\t<title>x</title> &lt;![CDATA[ --></pre>"

    posts, left_out = three(tmp_path, "First 2.", words)

    assert [post.number for post in posts] == [1, 2, 3]
    assert "<pre></item>" in posts[1].html
    assert left_out == []


@pytest.mark.parametrize("closed", [True, False])
def test_a_post_that_is_too_large_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, closed: bool
) -> None:
    monkeypatch.setattr(wxr_stream, "BIGGEST", 100_000)
    monkeypatch.setattr(wxr_stream, "_BLOCK", 10_000)
    instead = "x" * 200_000 if closed else "x" * 200_000 + "<![CDATA[ <!--"

    posts, left_out = three(tmp_path, "First 2.", instead)

    assert [post.number for post in posts] == [1, 3]
    assert [(one.code, one.data) for one in left_out] == [("import_item_too_large", {"title": "Title 2"})]


def test_a_damaged_item_without_words_is_told(tmp_path: Path) -> None:
    posts, left_out = read(written(tmp_path, head() + "<item><x>\x00</item>" + THREE[0].xml() + TAIL))

    assert [post.number for post in posts] == [1]
    assert [one.code for one in left_out] == ["import_item_damaged"]


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "utf-8-sig"])
def test_other_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    said = document(Exported(content="Perché “no”?" if encoding != "iso-8859-1" else "Perché no?"))
    said = said.replace('encoding="UTF-8"', f'encoding="{encoding}"')

    [post], left_out = read(written(tmp_path, said.encode(encoding)))

    assert "Perché" in post.html
    assert (post.problems, left_out) == ((), [])


def test_no_entity_is_resolved_and_no_document_fetched(tmp_path: Path) -> None:
    secret = written(tmp_path, "the secret of this machine", name="secret.txt")
    bomb = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    declared = f'<!DOCTYPE rss [<!ENTITY l0 "lol">{bomb}<!ENTITY file SYSTEM "file://{secret}">]>'
    said = document(*THREE).replace("?>", "?>" + declared, 1)
    said = said.replace(cdata("Title 2"), "Title &l11; &file;")

    posts, _ = read(written(tmp_path, said))

    assert [post.number for post in posts] == [1, 2, 3]
    assert posts[1].title == "Title &l11; &file;"


@pytest.mark.parametrize(
    "nonsense",
    [
        "<![CDATA[" * 15_000,
        "<wp:comment>" * 15_000,
        "<category>" * 15_000,
        "".join(f"<wp:a{n}>" for n in range(15_000)),
        "<b>" * 15_000,
        "[caption" * 15_000 + "[caption]" * 15_000,
        "<!--" * 15_000,
        "<!-- wp:a {" * 15_000 + "-->",
        "&" * 60_000,
        "'\"" * 15_000,
        "<blockquote>" * 20_000,
        " \n" * 40_000,
        "[embed]http://" * 20_000,
        "<a " * 20_000,
        "]]>" * 20_000,
    ],
    ids=lambda nonsense: nonsense[:12],
)
def test_nonsense_takes_no_more_time_than_its_length(tmp_path: Path, nonsense: str) -> None:
    """All of these took minutes, or for ever, where a search began anew at each of them."""
    for said in (nonsense, cdata(nonsense)):
        path = written(tmp_path, document(*THREE).replace(cdata("First 2.\n\nLast 2."), said))

        posts, _ = read(path)

        assert {1, 3} <= {post.number for post in posts}


READING = """
import resource, sys
from pathlib import Path
from curator.importing import wxr

small, large = map(Path, sys.argv[1:])
count = sum(1 for _ in wxr.read(small))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(sum(1 for _ in wxr.read(large)), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_memory_does_not_grow_with_the_export(tmp_path: Path) -> None:
    """Fifteen times the export takes no more memory, but for a block or two (in KiB)."""
    item = Exported(content="words " * 5_000).xml()
    small = written(tmp_path, head() + item * 10 + TAIL, name="small.xml")
    large = written(tmp_path, head() + item * 150 + TAIL, name="large.xml")

    ran = subprocess.run(
        [sys.executable, "-c", READING, small, large], capture_output=True, text=True, check=True
    )

    came, grown = map(int, ran.stdout.split())
    assert came == 150
    assert grown < 4 * 1024
