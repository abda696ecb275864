"""The feeds: by the validator's rules, read back whole, and harmless whatever the store holds."""

from __future__ import annotations

import calendar
import html
import warnings
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import feedparser  # type: ignore[import-untyped]  # it has no types
import pytest
from feedgen.feed import FeedGenerator  # type: ignore[import-untyped]  # it has no types
from lxml import etree

from builders import NOW
from curator.model import Lang
from curator.publish import feeds
from curator.publish.feeds.saying import canonical, uri
from curator.publish.site import ATOM, JSON_FEED, RSS, WHOLE, language_channel, tag_channel
from feedrules import DC, A, X, findings
from feedsamples import ATTACKS, a_hostile_publication
from publishing import (
    SITE,
    FeedDocument,
    a_copy,
    a_document,
    a_publication,
    an_attribution,
    an_excerpt,
    an_image,
    an_origin,
)

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
XML_FORMATS = (ATOM, RSS)


@pytest.mark.parametrize("path", [ATOM, RSS, JSON_FEED])
def test_the_same_items_make_the_same_bytes(path: str) -> None:
    assert a_document(a_publication(1)).made(path) == a_document(a_publication(1)).made(path)


def test_feedgen_still_drops_what_a_link_of_an_entry_says() -> None:
    """python-feedgen#135: the day this fails, the workaround in publish/feeds may go."""
    generator = FeedGenerator()
    generator.id("tag:x")
    generator.title("x")
    entry = generator.add_entry()
    entry.id("tag:y")
    entry.title("y")
    entry.updated(NOW)
    entry.link(href="https://example.org/", rel="alternate", type="text/html", hreflang="it")

    [link] = etree.fromstring(generator.atom_str()).findall(f"{A}entry/{A}link")

    assert dict(link.attrib) == {"href": "https://example.org/"}


def test_our_links_say_what_they_are() -> None:
    [entry] = _entries(a_document(a_publication(1)))

    assert [dict(link.attrib) for link in entry.findall(f"{A}link")] == [
        {
            "href": "https://rassegna.example/items/perche-i-clienti-se-ne-vanno-1.html",
            "rel": "alternate",
            "type": "text/html",
            "hreflang": "it",
        },
        {
            "href": "https://cx.example/leave?a=1&b=2",
            "rel": "via",
            "title": "Why customers leave",
            "hreflang": "en",
        },
        {"href": "https://creativecommons.org/licenses/by/4.0/", "rel": "license"},
    ]


OUR_PICTURE = f"https://rassegna.example/pictures/{'5a' * 32}.jpg"


def test_our_copy_of_a_picture_is_enclosed_with_its_true_type_and_length() -> None:
    [entry] = _entries(a_document(a_publication(1, copy=a_copy())))

    [enclosure] = [dict(link.attrib) for link in entry.findall(f"{A}link") if link.get("rel") == "enclosure"]
    assert enclosure == {
        "href": OUR_PICTURE,
        "rel": "enclosure",
        "type": "image/jpeg",
        "length": "40960",
        "title": "Una coda davanti a uno sportello",
    }
    [picture] = entry.iter("{http://www.w3.org/1999/xhtml}img")
    assert dict(picture.attrib) == {
        "src": OUR_PICTURE,
        "alt": "Una coda davanti a uno sportello",
        "width": "584",
        "height": "400",
    }


def test_a_picture_that_is_not_ours_is_a_link_that_no_program_follows_by_itself() -> None:
    document = a_document(a_publication(1))
    [entry] = _entries(document)

    assert "enclosure" not in {link.get("rel") for link in entry.findall(f"{A}link")}
    assert b"<enclosure" not in document.rss
    assert b"media:content" not in document.rss
    [item] = document.json["items"]
    assert item.keys().isdisjoint({"image", "attachments"})
    assert '<a href="https://pictures.example/queue.jpg">' in item["content_html"]
    assert "<img" not in item["content_html"]


def test_rss_names_the_picture_its_licence_and_whom_it_is_owed_to() -> None:
    licensed = an_image(license="https://creativecommons.org/licenses/by/4.0/")
    read = feedparser.parse(BytesIO(a_document(a_publication(1, image=licensed, copy=a_copy())).rss))

    [entry] = read.entries
    assert [(e.href, e.type, e.length) for e in entry.enclosures] == [(OUR_PICTURE, "image/jpeg", "40960")]
    assert entry.media_content[0]["filesize"] == "40960"
    assert entry.media_credit[0]["content"] == "Olav Rotne / Unsplash"
    assert entry.media_copyright["url"] == "https://creativecommons.org/licenses/by/4.0/"


def test_json_feed_attaches_the_picture_with_its_size() -> None:
    [item] = a_document(a_publication(1, copy=a_copy())).json["items"]

    assert item["image"] == OUR_PICTURE
    assert item["attachments"] == [
        {
            "url": OUR_PICTURE,
            "mime_type": "image/jpeg",
            "title": "Olav Rotne / Unsplash",
            "size_in_bytes": 40960,
        }
    ]


def test_nobody_is_named_author_of_words_they_did_not_write() -> None:
    [entry] = _entries(a_document(a_publication(1, author="Marta Rossi")))

    assert [name.text for name in entry.findall(f"{A}author/{A}name")] == ["Marta Rossi"]
    assert [n.text for n in entry.findall(f"{A}contributor/{A}name")] == ["Ada Smith", "Bo Jones"]


def test_the_source_feed_is_named_whole() -> None:
    [entry] = _entries(a_document(a_publication(1, origin=an_origin(license="CC BY 4.0"))))

    source = entry.find(f"{A}source")
    assert source is not None
    assert [(etree.QName(part).localname, part.text or part.get("href")) for part in source] == [
        ("id", "https://cx.example/feed"),
        ("title", "The CX Journal"),
        ("updated", "2026-02-27T09:00:00+00:00"),
        ("link", "https://cx.example/feed"),
        ("link", "https://cx.example/"),
        ("author", None),
        ("rights", "CC BY 4.0"),
    ]


def test_every_text_of_an_entry_is_in_its_language() -> None:
    """The effective language of every text node, by the nearest xml:lang around it."""
    [entry] = _entries(a_document(a_publication(1, excerpt=an_excerpt(truncated=True))))

    spoken: dict[str, set[str]] = {}
    for element in entry.iter():
        for text, holder in ((element.text, element), (element.tail, element.getparent())):
            if text and text.strip() and holder is not None:
                spoken.setdefault(_language(holder), set()).add(text.strip(" \n“”"))
    assert spoken["en"] == {"Customers remember how you made them feel.", "Why customers leave"}
    assert spoken["und"] == {
        "The CX Journal: CC BY 4.0",
        "https://cx.example/feed",
        "The CX Journal",
        "2026-02-27T09:00:00+00:00",
        "Olav Rotne / Unsplash",
        "Ada Smith",
        "Bo Jones",
        ",",
    }
    assert {"Perché i clienti se ne vanno", "NOTA AICEX:", "Continua a leggere"} <= spoken["it"]


def test_a_note_in_another_language_than_the_edition_says_so() -> None:
    [entry] = _entries(a_document(a_publication(1, language=Lang("en"), headline="Why", note="They leave.")))

    texts = [element for element in entry.iter() if element.text and element.text.strip()]
    said = {(element.text or "").strip(): _language(element) for element in texts}
    assert said["Why"] == "en"
    assert said["They leave."] == "en"
    assert said["Fonte:"] == "it"


def test_what_was_withdrawn_leaves_a_tombstone() -> None:
    gone = a_publication(2, withdrawn_at=NOW, public_note="Su richiesta\x07 dell’autore.")
    feed = etree.fromstring(a_document(a_publication(1), withdrawn=[gone]).atom)

    [tombstone] = feed.findall("{http://purl.org/atompub/tombstones/1.0}deleted-entry")
    assert tombstone.get("ref") == gone.atom_id
    assert tombstone.get("when") == "2026-03-02T09:00:00+00:00"
    assert "".join(tombstone.itertext()) == "AICEXSu richiesta dell’autore."


def test_feedparser_reads_back_what_was_published_as_atom() -> None:
    read = feedparser.parse(BytesIO(a_document(a_publication(2), a_publication(1)).atom))

    newest = read.entries[0]
    assert not read.bozo
    assert read.feed.id == "tag:rassegna.example,2026:feed/it"
    assert [entry.id for entry in read.entries] == [a_publication(2).atom_id, a_publication(1).atom_id]
    assert newest.title == "Perché i clienti se ne vanno"
    assert newest.title_detail.language == "it"
    assert [link.rel for link in newest.links] == ["alternate", "via", "license"]
    assert newest.links[1].hreflang == "en"
    assert newest.author == "AICEX"
    assert [contributor.name for contributor in newest.contributors] == ["Ada Smith", "Bo Jones"]
    assert newest.rights == "The CX Journal: CC BY 4.0"
    assert newest.source.id == "https://cx.example/feed"
    assert [tag.term for tag in newest.tags] == ["fedeltà", "CX"]
    assert _at(newest.published_parsed) == NOW + timedelta(hours=2)
    assert _at(newest.updated_parsed) == NOW + timedelta(hours=2)
    [content] = newest.content
    assert content.type == "application/xhtml+xml"
    assert "<strong>NOTA AICEX:</strong> Mantenere le promesse basta.<br />Quasi sempre." in content.value
    assert "Customers remember how you made them feel." in content.value


def test_feedparser_reads_back_what_was_published_as_rss() -> None:
    read = feedparser.parse(BytesIO(a_document(a_publication(1)).rss))

    [entry] = read.entries
    assert not read.bozo
    assert read.feed.link == "https://rassegna.example/"
    assert entry.id == a_publication(1).atom_id
    assert entry.link == "https://rassegna.example/items/perche-i-clienti-se-ne-vanno-1.html"
    assert entry.author == "AICEX"
    assert entry.source.href == "https://cx.example/feed"
    assert _at(entry.published_parsed) == NOW + timedelta(hours=1)
    assert "Il resto è &lt;marketing&gt; &amp; rumore." in entry.content[0].value


def test_json_feed_carries_the_attributions_and_the_original() -> None:
    feed = a_document(a_publication(1)).json

    [item] = feed["items"]
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == "https://rassegna.example/feed.json"
    assert item["id"] == a_publication(1).atom_id
    assert item["external_url"] == "https://cx.example/leave?a=1&b=2"
    assert item["language"] == "it"
    assert item["authors"] == [{"name": "AICEX", "url": "https://rassegna.example/"}]
    assert item["_curator"]["attributions"][0]["authors"] == ["Ada Smith", "Bo Jones"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_from_a_source_runs_in_a_feed(attack: str) -> None:
    hostile = a_document(a_hostile_publication(1, attack))

    assert findings(hostile.atom, self_url=SITE.url("feed.atom")) == []
    assert findings(hostile.rss, self_url=SITE.url("feed.rss")) == []
    assert "tracker.example" not in _hrefs(hostile.atom)
    html = hostile.json["items"][0]["content_html"]
    assert "<script" not in html
    assert "<img" not in html


@pytest.mark.parametrize(
    "evil",
    ["\x00", "\x08", "\x0b", "\x1f", "\x85", "\ud800", "\ufffe", "\uffff", "]]>", "è" * 99_999],
)
def test_no_character_in_any_field_can_break_the_feed_of_the_others(evil: str) -> None:
    words = f"a{evil}b"
    broken = a_publication(
        2,
        headline=words,
        note=words,
        author=words,
        excerpt=an_excerpt(f"<p>{words}</p>", text=words),
        attributions=(
            an_attribution(
                title=words,
                authors=(words,),
                publisher=words,
                license=words,
                url=f"https://x.example/{words}",
            ),
        ),
        image=an_image(url=f"https://x.example/{words}.png", alt=words, credit=words),
        tags=(words,),
        origin=an_origin(url=f"https://x.example/{words}", name=words, home_url=words, license=words),
        correction=words,
        corrected_at=NOW,
    )
    document = a_document(broken, a_publication(1))

    for path in XML_FORMATS:
        assert findings(document.made(path), self_url=SITE.url(path)) == []
    assert len(document.json["items"]) == 2


def test_a_headline_of_which_nothing_is_left_borrows_the_originals_title() -> None:
    [entry] = _entries(a_document(a_publication(1, headline="\x00\x01")))

    assert entry.findtext(f"{A}title") == "Why customers leave"


@pytest.mark.parametrize("words", ["Perché <b>mai</b>", "Scrivere &eacute; o &#233;"])
def test_words_that_look_like_html_say_what_they_are(words: str) -> None:
    [entry] = _entries(a_document(a_publication(1, headline=words, note=words)))

    for said in (entry.find(f"{A}title"), entry.find(f"{A}summary")):
        assert said is not None
        assert said.get("type") == "html"
        assert said.text == html.escape(words, quote=False)


@pytest.mark.parametrize("words", ["Ricerca & sviluppo: AT&T", "3 < 4 > 2"])
def test_other_words_are_plain_text(words: str) -> None:
    [entry] = _entries(a_document(a_publication(1, headline=words, note=words)))

    assert [entry.findtext(f"{A}{name}") for name in ("title", "summary")] == [words, words]
    assert "html" not in {said.get("type") for said in entry.iter(f"{A}title", f"{A}summary")}


def test_named_entities_and_void_elements_survive_the_way_into_xml() -> None:
    """feedgen's own XHTML fails on both with an XMLSyntaxError."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        [entry] = _entries(a_document(a_publication(1, excerpt=an_excerpt("<p>a&nbsp;b<br>c &eacute;</p>"))))

    [quoted] = entry.findall(f".//{X}blockquote/{X}p")
    assert "".join(quoted.itertext()) == "a\u00a0bc é"


HUBBED = replace(SITE, hubs=("https://hub.example/", "https://second.example/hub"))
TOPIC = tag_channel("fedeltà")


def test_feeds_of_a_topic_and_of_a_language_say_so_and_lead_to_their_pages() -> None:
    topic = a_document(a_publication(1), channel=TOPIC)
    language = a_document(a_publication(1), channel=language_channel(Lang("en"), "inglese"))

    for document, title, folder in (
        (topic, "Rassegna CX – #fedeltà", "tags/fedelta/"),
        (language, "Rassegna CX – In inglese", "languages/en/"),
    ):
        home = f"https://rassegna.example/{folder}"
        feed, channel = etree.fromstring(document.atom), etree.fromstring(document.rss)[0]
        assert feed.findtext(f"{A}title") == channel.findtext("title") == document.json["title"] == title
        assert feed.findtext(f"{A}id") == f"tag:rassegna.example,2026:feed/it/{folder}".rstrip("/")
        assert _linked(feed, "self") == [f"{home}feed.atom"]
        assert _linked(channel, "self") == [f"{home}feed.rss"]
        assert document.json["feed_url"] == f"{home}feed.json"
        pages = [*_linked(feed, "alternate"), channel.findtext("link"), document.json["home_page_url"]]
        assert pages == [home] * 3


def test_all_formats_name_the_hubs() -> None:
    document = a_document(a_publication(1), site=HUBBED)

    assert _linked(etree.fromstring(document.atom), "hub") == list(HUBBED.hubs)
    assert _linked(etree.fromstring(document.rss)[0], "hub") == list(HUBBED.hubs)
    assert document.json["hubs"] == [{"type": "WebSub", "url": hub} for hub in HUBBED.hubs]


def test_an_archive_document_is_part_of_a_chain_and_of_no_hub() -> None:
    archive = a_document(
        a_publication(1),
        site=HUBBED,
        path="archive/2026-03-2.atom",
        archive=True,
        current=ATOM,
        previous="archive/2026-03.atom",
        next="archive/2026-04.atom",
    )
    feed = etree.fromstring(archive.atom)

    assert feed.find("{http://purl.org/syndication/history/1.0}archive") is not None
    assert feed.findtext(f"{A}id") == SITE.channel_id(WHOLE)
    assert {link.get("rel"): link.get("href") for link in feed.findall(f"{A}link")} == {
        "self": "https://rassegna.example/archive/2026-03-2.atom",
        "current": "https://rassegna.example/feed.atom",
        "prev-archive": "https://rassegna.example/archive/2026-03.atom",
        "next-archive": "https://rassegna.example/archive/2026-04.atom",
        "alternate": "https://rassegna.example/archive/2026-03.html",
    }


def test_json_feed_goes_on_at_what_is_older() -> None:
    document = a_document(a_publication(1), previous="archive/2026-03.json")

    assert document.json["next_url"] == "https://rassegna.example/archive/2026-03.json"
    assert "next_url" not in a_document(a_publication(1)).json


def test_no_document_has_a_blank_subtitle() -> None:
    document = a_document(a_publication(1), site=replace(SITE, edition=replace(SITE.edition, subtitle=" ")))

    assert etree.fromstring(document.atom).find(f"{A}subtitle") is None
    assert etree.fromstring(document.rss)[0].findtext("description") == "Rassegna CX"
    assert "description" not in document.json


def test_an_entry_is_the_same_wherever_it_stands() -> None:
    shown = a_document(a_publication(1, copy=a_copy())).shown[0]

    for made, file in ((feeds.atom_entry, ATOM), (feeds.rss_item, RSS), (feeds.json_item, JSON_FEED)):
        entry = made(shown, SITE)
        documents = [
            a_document(a_publication(1, copy=a_copy()), channel=channel).made(file)
            for channel in (WHOLE, TOPIC)
        ]
        assert all(entry in document for document in documents)
        assert b"xmlns:" not in entry


def test_rss_says_of_each_item_its_language_its_rights_and_when_it_was_changed() -> None:
    changed = a_publication(1, language=Lang("en"), updated_at=NOW + timedelta(days=1))
    item = etree.fromstring(a_document(changed).rss)[0].find("item")

    assert item is not None
    assert item.findtext(f"{DC}language") == "en"
    assert item.findtext(f"{DC}rights") == "The CX Journal: CC BY 4.0"
    assert item.findtext(f"{A}updated") == "2026-03-03T09:00:00+00:00"
    assert _linked(item, "via") == ["https://cx.example/leave?a=1&b=2"]


def test_json_feed_loses_nothing() -> None:
    publication = a_publication(1, language=Lang("en"), correction="Era il 2014.", corrected_at=NOW)
    [item] = a_document(publication).json["items"]

    said = item["_curator"]
    assert (item["language"], said["content_language"], said["excerpt_language"]) == ("en", "it", "en")
    assert said["rights"] == "The CX Journal: CC BY 4.0"
    assert said["image"]["credit"] == "Olav Rotne / Unsplash"
    assert said["correction"] == {"text": "Era il 2014.", "date": NOW.isoformat()}
    assert said["source"]["feed_url"] == "https://cx.example/feed"
    assert said["excerpt"]["text"] == "Customers remember how you made them feel."


@pytest.mark.parametrize(
    ("address", "said", "known_by"),
    [
        ("https://x.example", "https://x.example", "https://x.example/"),
        ("https://X.example:443/a", "https://X.example:443/a", "https://x.example/a"),
        (
            "https://x.example/?a[]=1|2",
            "https://x.example/?a%5B%5D=1%7C2",
            "https://x.example/?a%5B%5D=1%7C2",
        ),
        ("https://x.example/à", "https://x.example/%C3%A0", "https://x.example/%C3%A0"),
        ("https://x.example/%7Ea/%e0", "https://x.example/%7Ea/%e0", "https://x.example/~a/%C3%A0"),
        ("https://x.example/a/../b", "https://x.example/a/../b", "https://x.example/b"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
    ],
)
def test_addresses_are_said_in_the_letters_of_addresses_and_ids_in_one_way(
    address: str, said: str, known_by: str
) -> None:
    assert (uri(address), canonical(address)) == (said, known_by)


def _linked(parent: etree._Element, relation: str) -> list[str | None]:
    return [link.get("href") for link in parent.findall(f"{A}link") if link.get("rel") == relation]


def _entries(document: FeedDocument) -> list[etree._Element]:
    return etree.fromstring(document.atom).findall(f"{A}entry")


def _language(element: etree._Element) -> str:
    return next(
        holder.get(XML_LANG, "") for holder in (element, *element.iterancestors()) if holder.get(XML_LANG)
    )


def _hrefs(document: bytes) -> str:
    root = etree.fromstring(document)
    return " ".join(
        element.get(name, "") for element in root.iter() for name in ("href", "src") if element.get(name)
    )


def _at(parsed: Any) -> datetime:
    return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
