"""The pages: whole on their own, in the right language everywhere, and harmless."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import html5lib
import pytest
from lxml import etree

from builders import ITALIAN, NOW
from curator.model import Lang
from curator.publish import labels, pages, showing
from curator.publish.site import ARCHIVE, WHOLE
from publishing import ENGLISH, SITE, a_copy, a_publication, an_attribution, an_excerpt, an_image

DARK = "@media (prefers-color-scheme:dark)"


def the_page(**said: object) -> etree._Element:
    return read(pages.item(showing.show(a_publication(1, **said), site=SITE), site=SITE))


def read(page: bytes) -> etree._Element:
    root: etree._Element = html5lib.parse(
        page.decode(), treebuilder="lxml", namespaceHTMLElements=False
    ).getroot()
    return root


def every_page() -> Iterator[tuple[str, bytes]]:
    shown = showing.show(
        a_publication(1, excerpt=an_excerpt("<h1>Big</h1><p>small</p>", truncated=True)), site=SITE
    )
    yield "item", pages.item(shown, site=SITE)
    yield "index", pages.index(WHOLE, [shown, shown], site=SITE, older=ARCHIVE)
    yield "empty index", pages.index(WHOLE, [], site=SITE)
    yield "archive", pages.archive([("2026-03", 1)], SITE)
    yield "withdrawn", pages.withdrawn(a_publication(2, withdrawn_at=NOW), site=SITE)
    yield "preview", pages.item(shown, site=SITE, banner="Bozza")


PAGES = dict(every_page())


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_one_that_anybody_can_find_their_way_in(name: str) -> None:
    page = read(PAGES[name])

    assert page.get("lang") == "it"
    assert len(page.findall(".//h1")) == 1
    assert len(page.findall(".//main")) == 1
    assert page.find(".//body")[0].get("href") == "#content"  # type: ignore[index]  # there is a body
    assert page.findtext(".//title")
    assert {link.get("type") for link in page.findall(".//link[@rel='alternate']")} == {
        "application/atom+xml",
        "application/rss+xml",
        "application/feed+json",
    }


@pytest.mark.parametrize("name", PAGES)
def test_no_page_makes_a_readers_machine_ask_anybody_for_anything(name: str) -> None:
    page = read(PAGES[name])

    loads = [e for e in page.iter() if isinstance(e.tag, str) and (e.get("src") or e.get("srcset"))]
    assert [(e.tag, "://" in e.get("src", "")) for e in loads] == [("img", False)] * len(loads)
    assert not page.findall(".//script")
    assert {link.get("rel") for link in page.findall(".//link")} <= {"alternate", "canonical"}
    assert "url(" not in PAGES[name].decode()
    policy = page.find(".//meta[@http-equiv='Content-Security-Policy']")
    assert policy is not None
    assert policy.get("content", "").startswith("default-src 'none'; style-src 'sha256-")


@pytest.mark.parametrize("name", PAGES)
def test_links_among_our_pages_work_from_a_disk_too(name: str) -> None:
    hrefs = [a.get("href", "") for a in read(PAGES[name]).findall(".//a")]

    ours = [href for href in hrefs if "rassegna.example" in href]
    assert ours == []


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

    assert [a.get("href") for a in page.findall(".//a[@rel='license']")] == ([href] if href else [])


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
    assert quotation.get("cite") == "https://cx.example/leave?a=1&b=2"


def test_a_label_that_the_author_typed_is_not_said_twice() -> None:
    assert text_of(the_page(note="nota\u00a0 Aicex : Basta."), "note") == "NOTA AICEX: Basta."


def test_headings_in_a_quotation_stay_below_ours() -> None:
    page = the_page(excerpt=an_excerpt("<h1>Big</h1><h2>Middle</h2><h5>Small</h5>"))

    assert [e.tag for e in page.find(".//blockquote").iter("h1", "h2", "h3", "h5")] == ["h3", "h3", "h5"]  # type: ignore[union-attr]  # there is one


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


def test_a_withdrawn_item_says_so_and_nothing_else_of_it_is_left() -> None:
    gone = a_publication(2, withdrawn_at=NOW, public_note="Ritirato <su richiesta>.")

    page = pages.withdrawn(gone, site=SITE).decode()

    assert "Ritirato &lt;su richiesta&gt;." in page
    assert "Perché i clienti" not in page
    assert "Why customers leave" not in page
    assert 'content="noindex"' in page


def test_a_preview_says_that_it_is_one_and_claims_no_address() -> None:
    page = read(PAGES["preview"])

    assert text_of(page, "banner") == "Bozza"
    assert page.find(".//link[@rel='canonical']") is None
    assert not [a for a in page.findall(".//a") if a.get("href", "").startswith("..")]


def test_a_letter_marked_as_a_preview_says_so_before_anything_else() -> None:
    page = read(pages.marked('<html lang="it"><body class="x"><h1>Ciao</h1></body></html>', banner="<Bozza>"))

    [line, title] = page.find(".//body")  # type: ignore[misc]  # there is a body
    assert (line.text, title.text) == ("<Bozza>", "Ciao")


def test_another_edition_speaks_its_own_language_from_its_own_folder() -> None:
    site = replace(SITE, edition=ENGLISH)
    shown = showing.show(a_publication(1, language=Lang("en")), site=site)

    page = read(pages.item(shown, site=site))

    assert page.get("lang") == "en"
    assert page.find(".//link[@rel='canonical']").get("href") == (  # type: ignore[union-attr]  # there is one
        "https://rassegna.example/en/items/perche-i-clienti-se-ne-vanno-1.html"
    )
    assert "March 2, 2026" in text_of(page, "meta")


def test_dates_are_those_of_the_editions_readers() -> None:
    late = NOW.replace(hour=23, minute=30)  # in Rome it is the 3rd already

    assert labels.day(ITALIAN, late) == "3 marzo 2026"
    assert labels.month(ITALIAN, late) == "marzo 2026"
    assert labels.day(replace(ITALIAN, language=Lang("xx-nowhere")), late) == "March 3, 2026"


@pytest.mark.parametrize("field", ["headline", "note", "author", "correction"])
def test_words_with_markup_in_them_are_shown_as_words(field: str) -> None:
    attack = '"><script>alert(1)</script>{{ 7*7 }}'

    page = pages.item(
        showing.show(a_publication(1, corrected_at=NOW, **{field: attack}), site=SITE), site=SITE
    ).decode()

    assert "<script" not in page
    assert "{{ 7*7 }}" in page


def test_an_address_that_is_none_is_no_link() -> None:
    page = the_page(
        attributions=(an_attribution(url="javascript:alert(1)"),), image=an_image(url="data:text/html,x")
    )

    assert not [a for a in page.findall(".//article//a") if not a.get("href", "").startswith("https://")]
    assert not page.findall(".//p[@class='picture']")
    assert "Why customers leave" in text_of(page, "attribution")


def test_a_copy_without_an_address_that_can_be_named_is_not_shown() -> None:
    page = the_page(image=an_image(url="data:text/html,x"), copy=a_copy())

    assert page.findall(".//img") == page.findall(".//meta[@property='og:image']") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_of_text_can_be_read_on_every_ground(scheme: str) -> None:
    """WCAG 2.2 §1.4.3: 4.5 to 1."""
    css = pages._style().css
    light, dark = css.partition(DARK)[0], css.partition(DARK)[2].partition("*{")[0]
    colour = dict(re.findall(r"--(\w+):(#[0-9a-f]{6})", light if scheme == "light" else dark))

    assert {
        (text, ground)
        for text in ("ink", "quiet", "accent")
        for ground in ("paper", "tint")
        if contrast(colour[text], colour[ground]) < 4.5
    } == set()


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
