"""Every text in a feed is in the language that its writer wrote it in, whatever the languages are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import html5lib
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from builders import ITALIAN, NOW
from curator.model import Lang
from curator.publish.site import Site
from feedrules import XML_LANG, C
from publishing import (
    SITE,
    a_copy,
    a_document,
    a_publication,
    an_attribution,
    an_excerpt,
    an_image,
    an_origin,
)

LANGUAGES = st.sampled_from(["it", "en", "pt-BR", "ar", "zh-Hant"]).map(Lang)
QUOTED = st.sampled_from(["it", "en", "de-CH", "und", "ja"]).map(Lang)
WORD = re.compile(r"w(headline|note|excerpt|titleone|titletwo|name|credit|alt|tag|correction|author|house)\b")


@given(edition=LANGUAGES, ours=LANGUAGES, quoted=QUOTED, pictured=st.booleans(), truncated=st.booleans())
def test_the_language_of_every_text_is_its_own(
    edition: Lang, ours: Lang, quoted: Lang, *, pictured: bool, truncated: bool
) -> None:
    here = replace(
        ITALIAN,
        language=edition,
        title="whouse",
        subtitle="whouse",
        organisation="whouse",
        note_label="whouse",
        read_more="whouse",
        source_label="whouse",
        labels={"correction": "whouse", "picture": "whouse"},
    )
    site = Site(edition=here, base_url=SITE.base_url, authority=SITE.authority)
    spoken = {
        **dict.fromkeys(("headline", "note", "correction"), ours),
        **dict.fromkeys(("excerpt", "titleone"), quoted),
        **dict.fromkeys(("titletwo", "name", "credit"), "und"),
        **dict.fromkeys(("alt", "tag", "author", "house"), edition),
    }
    publication = a_publication(
        language=ours,
        headline="wheadline",
        note="wnote",
        author="wauthor",
        correction="wcorrection",
        corrected_at=NOW,
        excerpt=an_excerpt("<p>wexcerpt</p>", language=quoted, truncated=truncated),
        attributions=(
            an_attribution(title="wtitleone", authors=("wname",), publisher="wname", license="wname"),
            an_attribution(title="wtitletwo", authors=("wname", "wname"), publisher="wname", license="wname"),
        ),
        image=an_image(alt="walt", credit="wcredit", license="wname"),
        copy=a_copy() if pictured else None,
        tags=("wtag",),
        origin=an_origin(name="wname", license="wname"),
    )
    document = a_document(publication, site=site)

    for made in (document.atom, document.rss):
        told = set(_told(etree.fromstring(made)))
        assert {word for word, _ in told} >= spoken.keys() - ({"alt", "tag"} if pictured else {"tag"})
        assert {(word, said) for word, said in told if said != spoken[word]} == set()
    [item] = document.json["items"]
    assert (item["language"], document.json["language"]) == (ours, edition)
    assert [a.get("language") for a in item["_curator"]["attributions"]] == [quoted, "und"]
    told = set(_told_in_html(item["content_html"], edition))
    assert {(word, said) for word, said in told if said != spoken[word]} == set()


def _told(root: etree._Element, language: str = "", said_by: str = XML_LANG) -> Iterator[tuple[str, str]]:
    """Our words, each with the effective language of the text that it stands in."""
    for element in root.iter(etree.Element):
        if element.tag == f"{C}encoded":
            within = _language(element, language, XML_LANG)
            yield from _told_in_html(element.text or "", within)
            continue
        for words, holder in ((element.text, element), (element.tail, element.getparent())):
            if holder is not None:
                for word in WORD.findall(words or ""):
                    yield word, _language(holder, language, said_by)


def _told_in_html(html: str, language: str) -> Iterator[tuple[str, str]]:
    for part in html5lib.parseFragment(html, treebuilder="lxml", namespaceHTMLElements=False):
        if not isinstance(part, str):
            yield from _told(part, language, "lang")


def _language(element: etree._Element, otherwise: str, said_by: str) -> str:
    return next((holder.get(said_by, "") for holder in _around(element) if holder.get(said_by)), otherwise)


def _around(element: etree._Element) -> Iterator[etree._Element]:
    yield element
    yield from element.iterancestors()
