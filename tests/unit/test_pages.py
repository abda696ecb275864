"""The pages: whole on their own, in the right language everywhere, and harmless."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import html5lib
import pytest
from lxml import etree

from builders import ITALIAN, NOW
from curator.model import Lang
from curator.publish import labels, pages, plan, showing, specimen
from curator.publish.around import Around, Link, Translation
from curator.publish.site import (
    ARCHIVE,
    FEED_TYPES,
    INDEX,
    WHOLE,
    Line,
    Site,
    language_channel,
    source_channel,
    tag_channel,
)
from curator.settings import labels_for
from publishing import ENGLISH, SITE, a_copy, a_publication, an_attribution, an_excerpt, an_image

GERMAN = replace(ENGLISH, key="de", language=Lang("de"), title="Kundenschau", subtitle="Das Beste")
SITES = [replace(SITE, edition=edition) for edition in (ITALIAN, ENGLISH, GERMAN)]
BOTH = replace(SITE, others=(SITES[1],))
PAGES = dict(specimen.specimens(BOTH))
CSS = SITE.templates.source("style.css").decode()


def the_page(around: Around | None = None, site: Site = SITE, **said: object) -> etree._Element:
    shown = showing.show(a_publication(1, **said), site=site)
    return read(pages.item(shown, site=site, around=around or Around()))


@cache
def read(page: bytes) -> etree._Element:
    root: etree._Element = html5lib.parse(
        page.decode(), treebuilder="lxml", namespaceHTMLElements=False
    ).getroot()
    return root


def hrefs(page: etree._Element, path: str) -> list[str]:
    return [found.get("href", "") for found in page.xpath(path)]


ORDINARY = {name: read(page) for name, page in PAGES.items() if not name.startswith("letter")}


def test_every_page_is_one_that_anybody_can_find_their_way_in() -> None:
    for name, page in ORDINARY.items():
        assert page.get("lang") == "it", name
        assert len(page.findall(".//h1")) == len(page.findall(".//main")) == 1, name
        assert page.find(".//body")[0].get("href") == "#content", name  # type: ignore[index]  # there is a body
        assert page.findtext(".//title"), name
        assert set(page.xpath(".//link[@rel='alternate']/@type")) == set(FEED_TYPES.values()), name


def test_no_page_makes_a_readers_machine_ask_anybody_for_anything() -> None:
    loaded = ".//img/@src | .//script/@src | .//link[contains('stylesheet icon', @rel)]/@href"
    for name, page in ORDINARY.items():
        assert [a for a in page.xpath(loaded) if ":" in a or a.startswith("//")] == [], name
        assert page.xpath(".//style | .//*[@style] | .//iframe | .//object | .//video") == [], name
        assert page.xpath(".//meta[@http-equiv='Content-Security-Policy']/@content") == [pages.POLICY], name
    assert "unsafe" not in pages.POLICY


def test_style_and_script_ask_nobody_either() -> None:
    for name, content in pages.shared(SITE).items():
        addresses = re.findall(r"https?://[^\s\"')]+", content.decode())
        assert set(addresses) <= {"http://www.w3.org/2000/svg"}, name
    assert "url(" not in CSS
    assert "@import" not in CSS


def test_links_among_our_pages_work_from_a_disk_too() -> None:
    for name, page in ORDINARY.items():
        ours = [
            a
            for a in hrefs(page, ".//a[@href]")
            if not a.startswith(("https://lorem", "https://creativecommons"))
        ]
        assert [a for a in ours if ":" in a or a.endswith("/")] == [], name


def test_where_nothing_is_the_way_back_starts_at_the_top() -> None:
    """The server shows this page at any depth."""
    below = replace(SITE, base_url="https://example.org/rassegna")

    page = read(pages.not_found(below))

    assert "/rassegna/index.html" in hrefs(page, ".//main//a")
    assert hrefs(page, ".//link[@rel='stylesheet']") == ["/rassegna/style.css"]


def test_a_page_that_may_be_found_says_under_which_address() -> None:
    hidden = {name for name, page in ORDINARY.items() if page.xpath(".//meta[@content='noindex']")}

    assert hidden == {"preview, full", "preview, bare", "withdrawn, full", "withdrawn, bare", "not found"}
    for name in ORDINARY.keys() - hidden:
        [canonical] = hrefs(ORDINARY[name], ".//link[@rel='canonical']")
        assert canonical.startswith("https://rassegna.example/"), name
        assert ORDINARY[name].xpath(".//meta[@property='og:url']/@content") == [canonical], name


# ── what an item's page says ──


def test_a_page_says_everything_and_whom_it_is_owed_to() -> None:
    page = the_page()

    assert page.findtext(".//h1") == "Perché i clienti se ne vanno"
    assert text_of(page, "note") == (
        "NOTA AICEX: Mantenere le promesse basta.Quasi sempre. Il resto è <marketing> & rumore."
    )
    assert text_of(page, "excerpt") == "Customers remember how you made them feel."
    assert text_of(page, "attribution") == (
        "Fonte: Why customers leave — Ada Smith, Bo Jones, The CX Journal (CC BY 4.0)"
    )
    assert text_of(page, "picture") == ("Immagine: Una coda davanti a uno sportello (Olav Rotne / Unsplash)")
    assert "2 marzo 2026" in text_of(page, "meta")


def test_an_item_leads_to_its_topics_its_sources_its_language_and_its_neighbours() -> None:
    older = Link(path="items/prima.html", title="Earlier", language=Lang("en"))
    newer = Link(path="items/dopo.html", title="Più tardi", language=Lang("it"))

    page = the_page(Around(older=older, newer=newer))

    assert hrefs(page, ".//ul[@class='tags']//a") == ["../tags/fedelta/index.html", "../tags/cx/index.html"]
    assert hrefs(page, ".//ul[@class='origins']//a") == [
        "../sources/cx.example/index.html",
        "../languages/en/index.html",
    ]
    assert hrefs(page, ".//nav[@class='around']/a") == ["../items/prima.html", "../items/dopo.html"]
    assert [span.get("lang") for span in page.xpath(".//nav[@class='around']/a/span[2]")] == ["en", "it"]
    assert hrefs(page, ".//link[@rel='prev' or @rel='next']") == [
        "https://rassegna.example/items/dopo.html",
        "https://rassegna.example/items/prima.html",
    ]


def test_a_passage_in_a_language_that_nobody_knows_leads_to_no_list_of_it() -> None:
    page = the_page(excerpt=an_excerpt(language=Lang("und")))

    assert hrefs(page, ".//ul[@class='origins']//a") == ["../sources/cx.example/index.html"]


def test_an_item_in_two_editions_leads_from_one_to_the_other() -> None:
    there = Translation(
        hreflang=Lang("en"),
        path="en/items/why.html",
        url="https://rassegna.example/en/items/why.html",
        title="Why customers leave us",
        language=Lang("en"),
    )

    page = the_page(Around(translations=(there,)), site=BOTH)

    here = "https://rassegna.example/items/perche-i-clienti-se-ne-vanno-1.html"
    assert {
        link.get("hreflang"): link.get("href") for link in page.xpath(".//link[@rel='alternate'][not(@type)]")
    } == {"it": here, "en": there.url, "x-default": here}
    [link] = page.xpath(".//ul[@class='translations']//a")
    assert (link.get("href"), link.get("lang"), link.text) == ("../en/items/why.html", "en", there.title)
    assert [m.get("content") for m in page.findall(".//meta[@property='og:locale:alternate']")] == ["en_US"]


def test_our_copy_of_a_picture_lies_beside_the_page_and_says_whose_it_is() -> None:
    image = an_image(license="https://creativecommons.org/licenses/by/4.0/")
    page = the_page(image=image, copy=a_copy())

    [picture] = page.findall(".//article//img")
    assert dict(picture.items()) == {
        "src": f"../pictures/{'5a' * 32}.jpg",
        "alt": "Una coda davanti a uno sportello",
        "width": "584",
        "height": "400",
    }
    assert text_of(page, "picture").strip() == "Olav Rotne / Unsplash (CC BY 4.0)"
    [about] = page.findall(".//meta[@property='og:image']")
    assert about.get("content") == f"https://rassegna.example/pictures/{'5a' * 32}.jpg"


@pytest.mark.parametrize(
    ("stated", "href"),
    [
        ("CC BY-SA 3.0", "https://creativecommons.org/licenses/by-sa/3.0/"),
        ("CC0", "https://creativecommons.org/publicdomain/zero/1.0/"),
        ("Unsplash License", "https://unsplash.com/license"),
        ("CC BY", None),
        ("http:no address", None),
    ],
)
def test_a_licence_that_everybody_knows_is_linked(stated: str, href: str | None) -> None:
    page = the_page(image=an_image(license=stated), attributions=())

    assert hrefs(page, ".//a[@rel='license']") == ([href] if href else [])


def test_the_front_page_finds_the_picture_too() -> None:
    shown = [showing.show(a_publication(1, copy=a_copy(width=100, height=50)), site=SITE)]

    [picture] = read(pages.index(WHOLE, shown, site=SITE)).findall(".//img")

    assert (picture.get("src"), picture.get("width")) == (f"pictures/{'5a' * 32}.jpg", "100")


def test_a_picture_without_alt_text_is_silent_to_a_screen_reader() -> None:
    [picture] = the_page(image=an_image(alt=None), copy=a_copy()).findall(".//img")

    assert picture.get("alt") == ""


def test_a_quotation_names_its_language_and_its_source() -> None:
    [quotation] = the_page().findall(".//blockquote")

    assert quotation.get("lang") == "en"
    assert quotation.get("dir") == "auto"
    assert quotation.get("cite") == "https://cx.example/leave?a=1&b=2"


def test_a_label_that_the_author_typed_is_not_said_twice() -> None:
    assert text_of(the_page(note="nota\u00a0 Aicex : Basta."), "note") == "NOTA AICEX: Basta."


def test_headings_in_a_quotation_stay_below_ours_and_leave_no_step_out() -> None:
    quoted = an_excerpt("<h4>One</h4><h1>Two</h1><h2>Three</h2><h5>Four</h5><h2>Five</h2>")
    shown = showing.show(a_publication(excerpt=quoted), site=SITE)

    on_its_own = [e.tag for e in the_page(excerpt=quoted).find(".//blockquote")]  # type: ignore[union-attr]  # there is one
    among_others = [e.tag for e in read(pages.index(WHOLE, [shown], site=SITE)).find(".//blockquote")]  # type: ignore[union-attr]  # the same

    assert on_its_own == ["h2", "h2", "h3", "h4", "h3"]
    assert among_others == ["h3", "h3", "h4", "h5", "h4"]


def test_a_wide_table_moves_in_a_frame_that_the_keyboard_reaches() -> None:
    page = the_page(excerpt=an_excerpt("<p>See:</p><table><tr><td>72%</td></tr></table>"))

    [frame] = page.findall(".//div[@class='scroll']")
    assert (frame.get("tabindex"), frame.get("role"), frame.get("aria-label")) == ("0", "region", "Tabella")
    assert (frame.get("lang"), frame[0].tag, frame[0].get("lang")) == ("it", "table", "en")


def test_a_picture_in_a_quotation_goes_and_the_words_around_it_stay() -> None:
    page = the_page(
        excerpt=an_excerpt(
            '<p>one <img src="https://x.example/a.png" alt="two"> three</p><figure><img></figure>'
        )
    )

    assert " ".join(text_of(page, "excerpt").split()) == "one three"
    assert not page.findall(".//figure")


def test_what_was_said_of_a_picture_that_went_is_not_quoted() -> None:
    figure = "<p>They tell.</p><figure><div><img src='/a.jpg'></div>{}</figure>"
    captioned = figure.format("<figcaption>A queue. Credit: Ann</figcaption>")
    bare = figure.format("")

    for html in (captioned, bare):
        shown = showing.show(a_publication(excerpt=an_excerpt(html)), site=SITE)

        assert "<figure" not in shown.body
        assert "Credit: Ann" not in shown.body
        excerpt = shown.publication.content.excerpt
        assert excerpt is not None
        assert "Credit" not in excerpt.html + excerpt.text


def test_further_sources_are_named_too() -> None:
    page = the_page(
        attributions=(an_attribution(), an_attribution(title=None, authors=(), license="© 2014 HBR"))
    )

    found = [" ".join("".join(p.itertext()).split()) for p in page.findall(".//p[@class='attribution']")]
    assert found[1] == "Fonte: articolo originale — The CX Journal (© 2014 HBR)"


def test_a_correction_is_dated_and_seen() -> None:
    page = the_page(correction="Era il 2014, non il 2015.", corrected_at=NOW)

    assert text_of(page, "correction") == "Correzione (2 marzo 2026): Era il 2014, non il 2015."


def test_an_item_that_changed_on_another_day_says_so() -> None:
    page = the_page(updated_at=NOW.replace(day=5))

    assert text_of(page, "meta") == "AICEX · 2 marzo 2026 · Aggiornato il 5 marzo 2026"
    assert page.xpath("string(.//time[@class='dt-updated']/@datetime)") == "2026-03-05T09:00:00+00:00"


def test_a_withdrawn_item_says_so_and_nothing_else_of_it_is_left() -> None:
    gone = a_publication(2, withdrawn_at=NOW, public_note="Ritirato <su richiesta>.")

    page = pages.withdrawn(gone, site=SITE).decode()

    assert "Ritirato &lt;su richiesta&gt;." in page
    assert "Perché i clienti" not in page
    assert "Why customers leave" not in page
    assert 'content="noindex"' in page


def test_a_preview_says_that_it_is_one_and_claims_no_address() -> None:
    page = read(pages.item(showing.show(a_publication(), site=BOTH), site=BOTH, banner="Bozza"))

    assert text_of(page, "banner") == "Bozza"
    assert page.find(".//link[@rel='canonical']") is None
    assert [href for href in hrefs(page, ".//a") if not href.startswith(("#", "https://"))] == []
    assert hrefs(page, ".//link[@rel='stylesheet']") == ["style.css"]


def test_a_letter_marked_as_a_preview_says_so_before_anything_else() -> None:
    page = read(pages.marked('<html lang="it"><body class="x"><h1>Ciao</h1></body></html>', banner="<Bozza>"))

    [line, title] = page.find(".//body")  # type: ignore[misc]  # there is a body
    assert (line.text, title.text) == ("<Bozza>", "Ciao")


# ── lists ──


def test_pages_of_items_lead_to_the_ones_around_them() -> None:
    page = read(pages.index(WHOLE, [], site=SITE, page=7, newer=INDEX, older=WHOLE.page(6)))

    assert hrefs(page, ".//nav[@class='around']/a") == ["../pages/6.html", "../index.html"]
    assert hrefs(page, ".//link[@rel='prev']") == ["https://rassegna.example/pages/6.html"]
    assert hrefs(page, ".//link[@rel='next']") == ["https://rassegna.example/"]
    assert hrefs(page, ".//link[@rel='canonical']") == ["https://rassegna.example/pages/7.html"]


def test_a_topic_shows_cards_and_how_to_follow_it() -> None:
    shown = [showing.show(a_publication(1), site=SITE)]

    page = read(pages.index(tag_channel("Fedeltà"), shown, site=SITE))

    assert page.findtext(".//h1") == "Fedeltà"
    assert hrefs(page, ".//li[@class='card']//a") == ["../../items/perche-i-clienti-se-ne-vanno-1.html"]
    assert text_of(page, "from") == "Fonte: The CX Journal · inglese"
    assert not page.findall(".//blockquote")
    assert page.findtext(".//code") == "https://rassegna.example/tags/fedelta/feed.atom"
    assert "https://rassegna.example/tags/fedelta/feed.atom" in hrefs(page, ".//link[@rel='alternate']")


def test_a_card_leads_to_its_item_from_wherever_it_stands() -> None:
    shown = [showing.show(a_publication(1, headline="{root} ../"), site=SITE)]
    topic = tag_channel("x")

    made = [
        pages.index(topic, shown, site=SITE),
        pages.index(topic, shown, site=SITE, page=1),
        pages.feed_page(SITE, shown),
    ]

    cards = [read(page).find(".//li[@class='card']//a") for page in made]
    assert [(card.get("href"), card.text) for card in cards if card is not None] == [
        (f"{depth}items/perche-i-clienti-se-ne-vanno-1.html", "{root} ../")
        for depth in ("../../", "../../../", "../")
    ]


@pytest.mark.parametrize(
    ("channel", "heading", "language"),
    [
        (language_channel(Lang("pt-BR")), "portoghese", None),
        (language_channel(Lang("und")), "lingua imprecisata", None),
        (language_channel(Lang("xx-nowhere")), "xx", None),
        (source_channel("cx.example", "The CX Journal"), "The CX Journal", "und"),
    ],
)
def test_a_language_and_a_source_are_named_for_people(
    channel: Any, heading: str, language: str | None
) -> None:
    [title] = read(pages.index(channel, [], site=SITE)).findall(".//h1")

    assert (title.text, title.get("lang")) == (heading, language)


def test_lists_are_in_the_order_of_their_names_and_say_how_many() -> None:
    entries = [(tag_channel("Zeta"), 1, NOW), (tag_channel("alfa"), 12, NOW)]

    page = read(pages.listing(Line.TAG, entries, site=SITE))

    found = [
        " ".join("".join(li.itertext()).split()) for li in page.xpath(".//ul[contains(@class,'columns')]/li")
    ]
    assert found == ["alfa 12 articoli · 2 marzo 2026", "Zeta 1 articolo · 2 marzo 2026"]


def test_the_archive_has_its_months_under_their_year() -> None:
    page = read(pages.archive([("2026-02", 3), ("2025-12", 1)], SITE))

    assert [h.text for h in page.findall(".//section/h2")] == ["2026", "2025"]
    assert hrefs(page, ".//section//a") == ["../archive/2026-02.html", "../archive/2025-12.html"]
    assert [a.text for a in page.findall(".//section//a")] == ["febbraio 2026", "dicembre 2025"]


def test_the_page_about_the_feeds_explains_each_to_people() -> None:
    topics = [tag_channel("fedeltà"), language_channel(Lang("en"))]

    page = read(pages.feed_page(SITE, [showing.show(a_publication(1), site=SITE)], topics))

    assert [code.text for code in page.findall(".//code")] == [
        f"https://rassegna.example/feed.{kind}" for kind in ("atom", "rss", "json")
    ]
    assert [li.get("id") for li in page.xpath(".//li[@id]")] == ["tags-fedelta", "languages-en"]
    assert "../tags/fedelta/feed.rss" in hrefs(page, ".//a")


def test_what_an_edition_says_about_itself_can_be_said_otherwise() -> None:
    said = {"about_corrections_text": "Scrivi a {organisation}: errori@aicex.example {subito}, {"}
    site = replace(SITE, edition=replace(ITALIAN, labels=said))

    page = read(pages.about(site))

    [told] = page.xpath(".//section[@id='corrections']/p")
    assert "".join(told.itertext()) == "Scrivi a AICEX: errori@aicex.example {subito}, {"
    assert hrefs(told, ".//a") == ["mailto:errori@aicex.example"]


def test_the_search_says_what_to_do_without_a_script() -> None:
    page = read(pages.search(SITE, 3))

    [form] = page.findall(".//form")
    assert form.get("hidden") is not None
    assert form.get("data-shards") == "3"
    assert "JavaScript" in text_of(page, "without")
    assert hrefs(page, ".//script[@src]/@src/..") == [""]
    assert [s.get("src") for s in page.findall(".//script[@src]")] == ["../search.js"]


# ── other editions, other languages ──


def test_another_edition_speaks_its_own_language_from_its_own_folder() -> None:
    site = replace(SITE, edition=ENGLISH)

    page = the_page(site=site, language=Lang("en"))

    assert page.get("lang") == "en"
    assert hrefs(page, ".//link[@rel='canonical']") == [
        "https://rassegna.example/en/items/perche-i-clienti-se-ne-vanno-1.html"
    ]
    assert hrefs(page, ".//link[@rel='stylesheet']") == ["../../style.css"]
    assert "March 2, 2026" in text_of(page, "meta")


def test_an_edition_that_is_written_from_right_to_left_runs_that_way() -> None:
    arabic = replace(SITE, edition=replace(ENGLISH, key="ar", language=Lang("ar")))

    assert read(pages.about(arabic)).get("dir") == "rtl"
    assert read(pages.about(SITE)).get("dir") is None


def test_the_editions_lead_to_each_other() -> None:
    there = replace(SITES[1], others=(SITE,))

    assert hrefs(read(pages.about(BOTH)), ".//nav[@class='editions']//a") == ["../en/index.html"]
    page = read(pages.about(there))
    assert hrefs(page, ".//nav[@class='editions']//a") == ["../../index.html"]
    assert {
        link.get("hreflang"): link.get("href") for link in page.xpath(".//link[@rel='alternate'][not(@type)]")
    } == {
        "it": "https://rassegna.example/about/",
        "en": "https://rassegna.example/en/about/",
        "x-default": "https://rassegna.example/about/",
    }


def test_dates_are_those_of_the_editions_readers() -> None:
    late = NOW.replace(hour=23, minute=30)  # in Rome it is the 3rd already

    assert labels.day(ITALIAN, late) == "3 marzo 2026"
    assert labels.month(ITALIAN, late) == "marzo 2026"
    assert labels.day(replace(ITALIAN, language=Lang("xx-nowhere")), late) == "March 3, 2026"


# ── harmless ──


@pytest.mark.parametrize("field", ["headline", "note", "author", "correction"])
def test_words_with_markup_in_them_are_shown_as_words(field: str) -> None:
    attack = '"></script><script>alert(1)</script>{{ 7*7 }}'

    page = pages.item(
        showing.show(a_publication(1, corrected_at=NOW, **{field: attack}), site=SITE), site=SITE
    ).decode()

    assert page.count("<script") == page.count("</script") == 1  # the data about it
    assert "{{ 7*7 }}" in page


def test_no_words_of_an_item_turn_round_those_beside_them() -> None:
    turning, turned = "\u2067uno \u202bdue", "\u2067uno\u2069 due"

    shown = showing.show(
        a_publication(
            1,
            headline=turning,
            author=turned,
            note=f"{turning}\n{turned}",
            tags=(turned,),
            attributions=(an_attribution(title=turned, authors=(turning,), publisher=turned),),
            image=an_image(credit=turned, alt=turning),
            correction=turned,
            excerpt=an_excerpt(f"<p>{turning} <em>{turned}</em></p>", text=f"{turning} {turned}"),
        ),
        site=SITE,
    )
    words = shown.content

    assert words.note == f"uno due\n{turned}"
    assert words.excerpt is not None
    assert words.excerpt.html == f"<p>uno due <em>{turned}</em></p>"
    assert words.excerpt.text == f"uno due {turned}"
    assert not re.search(r"\\u20(?:2[a-e]|6[6-9])", repr(replace(words, note=None, excerpt=None)))


def test_an_address_that_is_none_is_no_link() -> None:
    page = the_page(
        attributions=(an_attribution(url="javascript:alert(1)"),), image=an_image(url="data:text/html,x")
    )

    assert [href for href in hrefs(page, ".//a") if re.match("[a-z]+:", href)] == [
        "https://creativecommons.org/licenses/by/4.0/"
    ]
    assert not page.findall(".//p[@class='picture']")
    assert "Why customers leave" in text_of(page, "attribution")


def test_a_copy_without_an_address_that_can_be_named_is_not_shown() -> None:
    page = the_page(image=an_image(url="data:text/html,x"), copy=a_copy())

    assert page.findall(".//img") == page.findall(".//meta[@property='og:image']") == []


# ── to be read by everybody ──


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_of_text_can_be_read_on_every_ground(scheme: str) -> None:
    """WCAG 2.2 §1.4.3: 4.5 to 1."""
    light, dark = re.findall(
        r"  color-scheme: light dark;\n(.*?)\}|scheme: dark\) \{\n  :root \{(.*?)\}", CSS, re.DOTALL
    )
    colour = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", light[0] if scheme == "light" else dark[1]))

    assert {
        (text, ground)
        for text in ("ink", "quiet", "accent", "foreign")
        for ground in ("paper", "tint", "wash")
        if contrast(colour[text], colour[ground]) < 4.5
    } == set()


@pytest.mark.parametrize(
    "way",
    [
        "print",
        "(forced-colors: active)",
        "(prefers-contrast: more)",
        "(prefers-reduced-motion: no-preference)",
    ],
)
def test_the_style_knows_how_else_people_read(way: str) -> None:
    assert f"@media {way}" in CSS


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def text_of(page: etree._Element, kind: str) -> str:
    [element] = page.xpath(f".//*[@class='{kind}']")
    return " ".join("".join(element.itertext()).split())


# ── the language of every word ──


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.edition.key)
def test_the_language_of_every_word_is_known(site: Site) -> None:
    """Each kind of text says in itself which language it is in; then every page is walked."""
    told = {"Attributed Title": "fr", "Quoted words": "fr", "Passo scritto": "it", "Jane Name": "und"}
    content = {
        "language": Lang("it"),
        "headline": "Passo scritto",
        "note": "Passo scritto",
        "author": "Jane Name",
        "excerpt": an_excerpt(
            "<p>Quoted words</p><table><tr><td>Quoted words</td></tr></table>", language=Lang("fr")
        ),
        "attributions": (
            an_attribution(title="Attributed Title", authors=("Jane Name",), publisher="Jane Name"),
        ),
        "image": an_image(credit="Jane Name"),
        "correction": "Passo scritto",
        "corrected_at": NOW,
        "tags": (),
    }
    shown = [showing.show(a_publication(1, **content), site=site)]
    made = [
        pages.item(shown[0], site=site),
        pages.index(WHOLE, shown, site=site, older=ARCHIVE),
        pages.index(tag_channel("x"), shown, site=site),
        pages.index(source_channel("cx.example", "Jane Name"), shown, site=site),
        pages.listing(Line.SOURCE, [(source_channel("cx.example", "Jane Name"), 1, NOW)], site=site),
        pages.month("2026-03", shown, site=site),
        pages.feed_page(site, shown),
    ]

    found = {
        (words, language)
        for page in made
        for said, language in spoken(read(page))
        for words in told
        if words in said
    }

    assert found == set(told.items())


def test_the_houses_words_are_marked_where_an_edition_speaks_none_of_its_languages() -> None:
    site = replace(SITE, edition=GERMAN)
    words = {said for key, said in labels_for("de").items() if not key.startswith("search_")}

    for name, page in specimen.specimens(site):
        if "full" in name and not name.startswith("letter"):
            said = dict(spoken(read(page)))
            assert {language for spoke, language in said.items() if spoke.strip(" :") in words} == {"en"}, (
                name
            )
            assert said.get("2. März 2026", "de") == "de"


def spoken(page: etree._Element) -> list[tuple[str, str]]:
    """Every text that people see, with its language: that of the nearest element that says one."""
    return [
        (" ".join(said.split()), said.getparent().xpath("string(ancestor-or-self::*[@lang][1]/@lang)"))
        if not said.is_tail
        else (" ".join(said.split()), said.getparent().xpath("string(ancestor::*[@lang][1]/@lang)"))
        for said in page.xpath(".//body//text()[normalize-space()]")
    ]


@pytest.mark.parametrize("make", [pages.about, lambda site: pages.newsletter([], site=site)])
def test_pages_lead_to_the_form_where_there_is_one(make: Callable[[Site], bytes]) -> None:
    public = replace(SITE, public_url="https://posta.example/rassegna/")

    assert set(hrefs(read(make(public)), ".//main//a[@href]")) >= {public.subscribe_url}
    assert public.subscribe_url == "https://posta.example/rassegna/subscribe/it"
    assert public.subscribe_url in hrefs(read(make(public)), ".//footer//a[@href]")
    assert b"subscribe/" not in make(SITE)
    assert plan.base(public, "program") != plan.base(SITE, "program")


@pytest.mark.parametrize("language", ["de", "ar"])
def test_forms_speak_what_the_house_can(language: str) -> None:
    """Its own words are marked as English; an edition from right to left is set so."""
    site = replace(SITE, edition=replace(GERMAN, language=Lang(language)))

    for name, page in specimen.answers(site):
        root = read(page)
        assert root.get("lang") == language, name
        assert root.get("dir") == ("rtl" if language == "ar" else None), name
        heading = root.xpath("string(.//h1//@lang)")
        assert heading == "en", name
