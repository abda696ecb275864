from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from builders import a_followed_source
from curator.errors import BadInput
from curator.ingest.lists import LONGEST_NAME, RefusedLine
from curator.ingest.opml import MAX_BYTES, MAX_DEPTH, MAX_OUTLINES, read_opml, write_opml
from curator.ingest.starter import read_starter
from curator.model import Lang, Source, SourceKind, SourcePolicy
from curator.shipped import shipped


def opml(body: str) -> bytes:
    return f'<?xml version="1.0"?><opml version="2.0"><head/><body>{body}</body></opml>'.encode()


def feed(url: str = "https://a.example/feed", **attributes: str) -> str:
    said = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return f'<outline type="rss" xmlUrl="{url}" {said}/>'


def a_source(**said: object) -> Source:
    ordinary = {"url": "https://a.example/feed", "name": "A", "unverified": True}
    return a_followed_source(**(ordinary | said))


# ── OPML ──


def test_folders_become_tags() -> None:
    other = feed("https://b.example/feed")
    document = opml(f'<outline text="Work"><outline title="CX">{feed(text="A")}</outline></outline>{other}')

    assert [source.draft.tags for source in read_opml(document).sources] == [("Work", "CX"), ()]


def test_a_feed_in_two_folders_is_one_source_with_both_tags() -> None:
    document = opml(f'<outline text="Work">{feed()}</outline><outline text="CX">{feed()}</outline>')

    assert [source.draft.tags for source in read_opml(document).sources] == [("Work", "CX")]


def test_what_an_outline_says_is_kept() -> None:
    listed = read_opml(
        opml(
            feed(
                title="T &amp; Co",
                text="t",
                htmlUrl="https://a.example/",
                language="it-IT",
                category="x,/y/z",
            )
        )
    ).sources[0]

    assert (listed.draft.name, listed.draft.home_url) == ("T & Co", "https://a.example/")
    assert (listed.draft.language, listed.draft.tags) == ("it-IT", ("x", "y", "z"))


def test_attribute_names_may_be_written_in_any_case() -> None:
    assert read_opml(opml('<outline XMLURL="https://a.example/"/>')).sources[0].url == "https://a.example/"


SELECTORS = {"item": "li.post > a", "title": "h2", "date": "~ time", "seen": 12}


@pytest.mark.parametrize(
    "source",
    [
        a_source(
            name='Marta "CX" & <Figli>',
            tags=("cx", "b2b/b2c"),
            language=Lang("pt-BR"),
            home_url="https://a.example/?a=1&b=2",
        ),
        a_source(kind=SourceKind.PAGE, policy=SourcePolicy(selectors=SELECTORS, full_text=True)),
        a_source(
            kind=SourceKind.SITEMAP,
            license="CC-BY-4.0",
            max_words=80,
            policy=SourcePolicy(max_share=30),
            interval=timedelta(hours=6),
        ),
        a_source(policy=SourcePolicy(full_text=True)),
    ],
    ids=["feed", "page", "sitemap", "full text"],
)
def test_what_is_written_reads_back_equal(source: Source) -> None:
    listed = read_opml(write_opml([source], title="Sources"))

    assert listed.refused == ()
    (read,) = listed.sources
    draft = read.draft
    again = replace(
        source,
        url=read.url,
        kind=read.kind,
        name=draft.name or "",
        tags=draft.tags or (),
        language=draft.language,
        license=draft.license,
        max_words=draft.max_words,
        interval=draft.interval,
        home_url=draft.home_url,
        policy=replace(draft.policy or SourcePolicy(), max_share=draft.max_share),
    )
    assert again == source


def test_other_programs_are_not_told_that_a_page_is_a_feed() -> None:
    written = write_opml([a_source(kind=SourceKind.PAGE)], title="Sources")

    assert b"xmlUrl" not in written
    assert b'type="link"' in written


A_PAGE = "<outline url='https://a.example/' curator:kind='page' curator:selectors='%s'/>"


@pytest.mark.parametrize(
    ("outline", "why"),
    [
        ('<outline type="include" url="https://a.example/more.opml"/>', "list_include"),
        ('<outline type="link" url="https://a.example/list.OPML?x=1"/>', "list_include"),
        ('<outline type="link" url="https://a.example/"/>', "list_link"),
        ('<outline url="exec:ls" type="rss"/>', "url_refused"),
        ('<outline type="link" url="|ls" curator:kind="page"/>', "url_refused"),
        ('<outline url="https://a.example/" curator:kind="feeed"/>', "list_link"),
        (A_PAGE % "{", "list_selectors"),
        (A_PAGE % "[]", "list_selectors"),
        (A_PAGE % '{"item": "(("}', "list_selectors"),
        (A_PAGE % '{"item": "li", "x": "y"}', "list_selectors"),
        (A_PAGE % '{"item": "li", "seen": true}', "list_selectors"),
    ],
)
def test_a_line_that_is_no_source_of_ours_says_why(outline: str, why: str) -> None:
    listed = read_opml(opml(f"\n\n{outline}\n{feed('https://b.example/')}"))

    assert [(line.line, line.why) for line in listed.refused] == [(3, why)]
    assert [source.url for source in listed.sources] == ["https://b.example/"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("feed://a.example/x", "http://a.example/x"),
        ("feed:https://a.example/x", "https://a.example/x"),
        ("FEED://https://a.example/x", "https://a.example/x"),
        (" https://a.example/x\t", "https://a.example/x"),
    ],
)
def test_an_address_for_a_feed_reader_is_a_web_address(said: str, meant: str) -> None:
    assert [source.url for source in read_opml(opml(feed(said))).sources] == [meant]


def test_names_of_elements_may_be_written_in_any_case_too() -> None:
    document = b'<OPML version="1.0"><BODY><Outline TEXT="CX"><OUTLINE type="rss" URL="https://a.example/f"/>'

    listed = read_opml(document + b"</Outline></BODY></OPML>")

    assert [(source.url, source.draft.tags) for source in listed.sources] == [
        ("https://a.example/f", ("CX",))
    ]


def test_what_other_namespaces_and_nonsense_say_is_left_out() -> None:
    listed = read_opml(
        opml(
            feed(
                text="x" * 9_000,
                language="no language at all",
                htmlUrl="javascript:1",
                **{"curator:max-words": "-1", "curator:interval": "9999999", "feedly:x": "y"},
            )
        )
    )

    draft = listed.sources[0].draft
    assert (draft.language, draft.home_url, draft.max_words, draft.interval) == (None, None, None, None)
    assert len(draft.name or "") == LONGEST_NAME


@pytest.mark.parametrize(
    "url",
    ["exec:rm -rf ~", "|rm", "filter:x:https://a.example", "file:///etc/passwd", "javascript:1", "a.xml"],
)
def test_what_is_no_web_address_is_refused_with_its_line(url: str) -> None:
    listed = read_opml(opml("\n" + feed(url) + "\n" + feed()))

    assert [(line.line, line.url, line.why) for line in listed.refused] == [(2, url, "url_refused")]
    assert len(listed.sources) == 1


@pytest.mark.parametrize(
    "document",
    [b"", b"not xml", b"<opml><body>", b"<html><body></body></html>", opml("<outline>"), b"\x00" * 50],
)
def test_what_is_no_opml_is_refused_whole(document: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        read_opml(document)

    assert refused.value.reason == "opml_invalid"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_an_entity_ends_the_reading(encoding: str) -> None:
    bomb = (
        f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE opml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
        '<opml><body><outline xmlUrl="https://a.example/&b;"/></body></opml>'
    )

    with pytest.raises(BadInput) as refused:
        read_opml(bomb.encode(encoding))

    assert refused.value.reason == "opml_entities"


def test_a_document_beyond_all_measure_is_refused_unread() -> None:
    with pytest.raises(BadInput) as refused:
        read_opml(b" " * (MAX_BYTES + 1))

    assert refused.value.reason == "opml_too_large"


def test_what_lies_too_deep_is_refused_and_the_rest_taken() -> None:
    depth = 20_000
    document = opml('<outline text="f">' * depth + feed() + "</outline>" * depth + feed("https://b.example/"))

    listed = read_opml(document)

    assert [line.why for line in listed.refused] == ["list_too_deep"]
    assert [source.url for source in listed.sources] == ["https://b.example/"]
    assert depth > MAX_DEPTH


def test_a_hundred_thousand_lines_are_bounded() -> None:
    lines = "\n".join(feed("exec:ls" if n % 2 else f"https://a.example/{n}") for n in range(100_000))

    listed = read_opml(opml(lines))

    assert len(listed.sources) + len(listed.refused) == MAX_OUTLINES + 1
    assert listed.refused[0].line == 2
    assert listed.refused[-1] == RefusedLine(
        line=MAX_OUTLINES + 1, url="https://a.example/10000", why="list_too_long"
    )


def test_a_list_without_end_is_cut_and_says_so_once() -> None:
    listed = read_opml(opml("".join(feed(f"https://a.example/{n}") for n in range(MAX_OUTLINES + 500))))

    assert len(listed.sources) == MAX_OUTLINES
    assert [line.why for line in listed.refused] == ["list_too_long"]


# ── the starter list ──


def test_the_shipped_list_can_be_read_whole() -> None:
    listed = read_starter((shipped("config") / "sources.toml").read_text("utf-8"))

    assert listed.refused == ()
    assert len({source.url for source in listed.sources}) == len(listed.sources) >= 14
    assert {source.draft.language for source in listed.sources} >= {"en", "it", "fr", "de", "es"}
    homes = {source.draft.home_url for source in listed.sources}
    assert {"http://bettercxperience.com", "https://loyalty360.org"} <= homes


def test_a_source_of_the_list_is_its_feed_and_tells_its_home() -> None:
    listed = read_starter(
        '[[source]]\nurl = "https://a.example"\nfeed = "https://a.example/feed"\nname = "A"\n'
        'language = "it"\ntags = ["cx"]\nlicense = "CC-BY-4.0"\nmax_words = 80\nmax_share = 30\n'
        "full_text = true\n"
    )

    (source,) = listed.sources
    assert (source.url, source.draft.home_url, source.line) == (
        "https://a.example/feed",
        "https://a.example",
        1,
    )
    assert (source.draft.max_words, source.draft.license, source.draft.tags) == (80, "CC-BY-4.0", ("cx",))
    assert (source.draft.full_text, source.draft.max_share) == (True, 30)


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ('feed = "exec:ls"', "url_refused"),
        ('name = "no address"', "url_refused"),
        ('feed = "https://a.example"\nfeeed = "x"', "source_table_invalid"),
        ('feed = "https://a.example"\ntags = "cx"', "source_table_invalid"),
        ('feed = "https://a.example"\nmax_words = 0', "max_words_invalid"),
        ('feed = "https://a.example"\nmax_share = 101', "max_share_invalid"),
    ],
)
def test_a_bad_table_is_refused_with_its_line(table: str, why: str) -> None:
    listed = read_starter(f'# mine\n[[source]]\nfeed = "https://b.example"\n\n[[source]]\n{table}\n')

    assert [(line.line, line.why) for line in listed.refused] == [(5, why)]
    assert len(listed.sources) == 1


@pytest.mark.parametrize("document", ["[[source", "source = 3"])
def test_what_is_no_list_is_refused_whole(document: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_starter(document)

    assert refused.value.reason == "starter_invalid"
