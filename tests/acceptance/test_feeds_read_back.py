"""What two feed readers make of our feeds, over HTTP: what was published, and nothing else."""

from __future__ import annotations

import calendar
import html
import sys
from datetime import UTC, datetime
from io import BytesIO
from types import ModuleType
from typing import Any

import feedparser  # type: ignore[import-untyped]  # it has no types
import feedparser_sgmllib  # type: ignore[import-not-found,import-untyped,unused-ignore]  # as above
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml.html import fragment_fromstring

from builders import NOW
from curator.model import Lang
from curator.publish.showing import Shown
from curator.publish.site import ATOM, FEED_TYPES, JSON_FEED, RSS, language_channel, tag_channel
from newsroom import Page, Web
from publishing import SITE, a_copy, a_document, a_publication, an_attribution, an_excerpt, an_origin

BOTH = (an_attribution(), an_attribution(title="Perché", url="https://b.example/2", license=None))
PUBLISHED = [
    a_publication(3, copy=a_copy(), attributions=BOTH),
    a_publication(2, language=Lang("en"), excerpt=an_excerpt(language=Lang("de"), truncated=True)),
    a_publication(1, correction="Era il 2014.", corrected_at=NOW, updated_at=NOW.replace(day=9)),
]
DOCUMENTS = {
    "edition": a_document(*PUBLISHED),
    "tag": a_document(*PUBLISHED, channel=tag_channel("fedeltà")),
    "language": a_document(*PUBLISHED, channel=language_channel(Lang("en"), "inglese")),
}
SHOWN = {shown.publication.atom_id: shown for shown in DOCUMENTS["edition"].shown}


@pytest.mark.parametrize("of", DOCUMENTS)
@pytest.mark.parametrize("file", [ATOM, RSS])
def test_feedparser_reads_back_what_was_published(web: Web, of: str, file: str) -> None:
    web[f"/{file}"] = Page(DOCUMENTS[of].made(file), headers={"Content-Type": FEED_TYPES[file]})

    read = feedparser.parse(web.url(f"/{file}"))

    assert not read.bozo
    assert (read.feed.title, read.feed.language) == (DOCUMENTS[of].headed(file).title, "it")
    assert (read.feed.link, read.feed.author) == (DOCUMENTS[of].headed(file).page_url, "AICEX")
    assert [entry.id for entry in read.entries] == list(SHOWN)
    for entry in read.entries:
        shown = SHOWN[entry.id]
        content, publication = shown.content, shown.publication
        assert _links(entry) == _links_of(shown)
        assert (entry.title, entry.title_detail.language) == (content.headline, content.language)
        assert (_at(entry.published_parsed), entry.author) == (publication.published_at, content.author)
        if file == ATOM or publication.updated_at != publication.published_at:
            assert _at(entry.updated_parsed) == publication.updated_at
        assert _contributors(entry) == ["Ada Smith", "Bo Jones"]
        assert [tag.term for tag in entry.tags] == list(content.tags)
        assert entry.rights == "The CX Journal: CC BY 4.0"
        assert entry.source.title == "The CX Journal"
        [body] = entry.content
        assert (_words(body.value), body.language) == (_words(str(shown.body)), "it")
        assert _plain(entry.summary_detail) == shown.summary


@pytest.fixture
def _sgmllib(monkeypatch: pytest.MonkeyPatch) -> None:
    """lemon24's reader brings an older feedparser, which asks for a library under its former name."""
    older: ModuleType = feedparser_sgmllib
    monkeypatch.setitem(sys.modules, "sgmllib", older)


@pytest.mark.usefixtures("_sgmllib")
@pytest.mark.parametrize("of", DOCUMENTS)
def test_lemon24s_reader_reads_back_what_was_published(web: Web, of: str) -> None:
    from reader import make_reader

    with make_reader(":memory:") as reader:
        for file, kind in FEED_TYPES.items():
            web[f"/{file}"] = Page(DOCUMENTS[of].made(file), headers={"Content-Type": kind})
            reader.add_feed(web.url(f"/{file}"))
            reader.update_feed(web.url(f"/{file}"))
            assert reader.get_feed(web.url(f"/{file}")).link == DOCUMENTS[of].headed(file).page_url

            entries = {entry.id: entry for entry in reader.get_entries(feed=web.url(f"/{file}"))}

            assert entries.keys() == SHOWN.keys()
            for id_, entry in entries.items():
                shown = SHOWN[id_]
                content, publication = shown.content, shown.publication
                [body] = entry.content
                assert (entry.title, entry.link, entry.summary) == _as_read(shown, file)
                assert [author.name for author in entry.authors] == [content.author]
                assert entry.published == publication.published_at
                assert entry.updated in (publication.updated_at, None if file == RSS else NOW)
                assert body.language == (content.language if file == JSON_FEED else "it")
                assert _words(body.value) == _words(str(shown.body))
                assert [(e.type, e.length) for e in entry.enclosures] == _enclosed(shown)


ODD = "<b> </b> &amp; &eacute; &#233; & < > <br> <script> ]]> AT&T a@b.example \ud800 \x07 è"
WORDS = st.text(max_size=30) | st.lists(st.sampled_from(ODD.split()), max_size=6).map(" ".join)


@given(headline=WORDS, note=WORDS, quoted=WORDS, title=WORDS, url=WORDS)
@example(headline="Perché <b>mai</b>", note="&eacute;", quoted="x <y", title="</i>", url="a[]=1|ù")
def test_feedparser_reads_back_whatever_words_there_are(
    headline: str, note: str, quoted: str, title: str, url: str
) -> None:
    document = a_document(
        a_publication(
            2,
            headline=headline,
            note=note,
            excerpt=an_excerpt(quoted, text=quoted),
            attributions=(an_attribution(title=title, url=f"https://x.example/{url}"),),
            origin=an_origin(name=title),
        ),
        a_publication(1),
    )
    [shown, other] = document.shown

    for file in (ATOM, RSS):
        read = feedparser.parse(BytesIO(document.made(file)))
        entry = read.entries[0]
        assert not read.bozo
        assert [e.id for e in read.entries] == [s.publication.atom_id for s in (shown, other)]
        assert _plain(entry.title_detail) == _unbroken(shown.content.headline.replace("\ufffd", "?"))
        assert entry.link == shown.url
        assert [link.rel for link in entry.links] == ["alternate", "via", "license"]
        assert _words(entry.content[0].value) == _words(_unbroken(str(shown.body).replace("\ufffd", "?")))


def _links(entry: Any) -> set[tuple[str, str, str | None]]:
    return {
        (link.rel, link.href, link.get("hreflang")) for link in entry.links if link.rel != "alternate"
    } | {("alternate", entry.link, None)}


def _links_of(shown: Shown) -> set[tuple[str, str, str | None]]:
    content = shown.content
    links: set[tuple[str, str, str | None]] = {("alternate", shown.url, None)}
    for n, attribution in enumerate(content.attributions):
        language = content.excerpt.language if n == 0 and content.excerpt else None
        links.add(("related" if n else "via", attribution.url or "", language))
        if attribution.license:
            links.add(("license", attribution.license, None))
    if content.copy:
        links.add(("enclosure", SITE.picture_url(content.copy), None))
    return links


def _as_read(shown: Shown, file: str) -> tuple[str, str, str | None]:
    summary = shown.summary or ""
    return shown.content.headline, shown.url, html.escape(summary, quote=False) if file == RSS else summary


def _enclosed(shown: Shown) -> list[tuple[str, int]]:
    copy = shown.content.copy
    return [(copy.media_type, copy.length)] if copy else []


def _contributors(entry: Any) -> list[str]:
    return [contributor["name"] for contributor in entry.contributors]


def _plain(detail: Any) -> str:
    return html.unescape(detail.value) if "html" in detail.type else str(detail.value)


def _unbroken(words: str) -> str:
    """feedparser mends what looks as if it had been encoded twice."""
    try:
        return words.encode("latin-1").decode()
    except UnicodeError:
        return words


def _words(body: str) -> list[str]:
    return str(fragment_fromstring(body, create_parent=True).text_content()).split()


def _at(parsed: Any) -> datetime:
    return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
