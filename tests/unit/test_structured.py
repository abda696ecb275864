"""What pages say to programs: the same as to people, with everybody's name beside what is theirs."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from builders import NOW
from curator.model import Lang
from curator.publish import pages, showing, structured
from curator.publish.around import NOTHING_AROUND, Around, Translation
from curator.publish.feeds import json_item
from curator.publish.site import WHOLE
from publishing import ENGLISH, SITE, a_copy, a_publication, an_attribution, an_image

ENGLISH_SITE = replace(SITE, edition=ENGLISH)


def said_of(around: Around = NOTHING_AROUND, **said: object) -> dict[str, Any]:
    shown = showing.show(a_publication(1, **said), site=SITE)
    return structured.article(shown, site=SITE, around=around)


def test_who_wrote_it_and_whom_it_quotes_are_not_the_same() -> None:
    said = said_of(author="Marta Rossi")

    assert said["author"] == {"@type": "Person", "name": "Marta Rossi"}
    assert said["publisher"]["name"] == "AICEX"
    assert said["citation"] == [
        {
            "@type": "CreativeWork",
            "name": "Why customers leave",
            "author": [{"@type": "Person", "name": "Ada Smith"}, {"@type": "Person", "name": "Bo Jones"}],
            "publisher": {"@type": "Organization", "name": "The CX Journal"},
            "url": "https://cx.example/leave?a=1&b=2",
            "license": "https://creativecommons.org/licenses/by/4.0/",
            "inLanguage": "en",
        }
    ]
    assert said["isBasedOn"] == ["https://cx.example/leave?a=1&b=2"]


def test_an_item_of_nobodys_in_particular_is_the_organisations() -> None:
    assert said_of(author="")["author"] == {
        "@type": "Organization",
        "name": "AICEX",
        "url": "https://rassegna.example/",
    }


def test_the_house_is_known_by_its_present_name_and_not_by_a_persons() -> None:
    renamed = replace(SITE, edition=replace(SITE.edition, organisation="Nuova Associazione"))
    own, marta = (
        showing.show(a_publication(1, author=author), site=renamed) for author in ("", "Marta Rossi")
    )
    older = showing.show(a_publication(1, author="Nuova Associazione"), site=renamed)

    assert [shown.ours for shown in (own, marta, older)] == [True, False, True]
    assert structured.article(own, site=renamed, around=NOTHING_AROUND)["author"] == {
        "@type": "Organization",
        "name": "Nuova Associazione",
        "url": "https://rassegna.example/",
    }
    assert json.loads(json_item(own, renamed))["authors"] == [
        {"name": "Nuova Associazione", "url": "https://rassegna.example/"}
    ]
    assert json.loads(json_item(marta, renamed))["authors"] == [{"name": "Marta Rossi"}]


def test_what_it_is_about_and_when_it_came_out() -> None:
    said = said_of(updated_at=NOW.replace(day=5))

    assert said["@type"] == "BlogPosting"
    assert said["headline"] == "Perché i clienti se ne vanno"
    assert said["inLanguage"] == "it"
    assert said["datePublished"] == "2026-03-02T10:00:00+00:00"
    assert said["dateModified"] == "2026-03-05T09:00:00+00:00"
    assert said["keywords"] == ["fedeltà", "CX"]
    assert said["url"] == said["mainEntityOfPage"]


def test_only_a_picture_that_we_show_is_offered_as_ours() -> None:
    image = an_image(license="CC BY 4.0")

    ours, linked = said_of(image=image, copy=a_copy()), said_of(image=image)

    assert ours["image"] == {
        "@type": "ImageObject",
        "caption": "Una coda davanti a uno sportello",
        "creditText": "Olav Rotne / Unsplash",
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "acquireLicensePage": "https://pictures.example/queue.jpg",
        "contentUrl": f"https://rassegna.example/pictures/{'5a' * 32}.jpg",
        "width": 1168,
        "height": 800,
        "encodingFormat": "image/jpeg",
    }
    assert "image" not in linked
    assert linked["associatedMedia"]["url"] == "https://pictures.example/queue.jpg"
    assert "contentUrl" not in linked["associatedMedia"]


def test_a_correction_is_said_with_its_date() -> None:
    assert said_of(correction="Era il 2014.", corrected_at=NOW)["correction"] == {
        "@type": "CorrectionComment",
        "text": "Era il 2014.",
        "datePublished": "2026-03-02T09:00:00+00:00",
        "inLanguage": "it",
    }


def test_a_translation_names_the_version_that_it_is_of() -> None:
    there = Translation(
        hreflang=Lang("it"),
        path="items/perche.html",
        url="https://rassegna.example/items/perche.html",
        title="Perché",
        language=Lang("it"),
        default=True,
    )
    work = {"@type": "BlogPosting", "url": there.url, "headline": "Perché", "inLanguage": "it"}
    shown = showing.show(a_publication(1), site=ENGLISH_SITE)

    said = structured.article(shown, site=ENGLISH_SITE, around=Around(translations=(there,)))
    assert said["translationOfWork"] == work
    assert "workTranslation" not in said

    said = said_of(Around(translations=(replace(there, default=False),)))
    assert said["workTranslation"] == [work]


def test_what_is_not_known_is_not_said() -> None:
    bare = said_of(note=None, excerpt=None, image=None, attributions=(an_attribution(title=None),), tags=())

    assert bare.keys().isdisjoint({"description", "image", "associatedMedia", "keywords", "correction"})
    assert bare["citation"][0].keys().isdisjoint({"name", "inLanguage"})


def test_the_front_page_says_where_to_search_and_what_to_follow() -> None:
    shown = showing.show(a_publication(1), site=SITE)

    said = structured.front(SITE, WHOLE, [shown])

    assert said["potentialAction"]["target"]["urlTemplate"] == (
        "https://rassegna.example/search/?q={search_term_string}"
    )
    assert [feed["contentUrl"] for feed in said["hasPart"]["distribution"]] == [
        "https://rassegna.example/feed.atom",
        "https://rassegna.example/feed.rss",
        "https://rassegna.example/feed.json",
    ]
    assert said["hasPart"]["dataFeedElement"][0]["item"]["url"] == shown.url


def test_nothing_that_an_item_says_ends_the_element() -> None:
    attack = "</script><!--<script>&lt;"

    written = structured.script(said_of(headline=attack))

    assert "<" not in written
    assert ">" not in written
    assert json.loads(written)["headline"] == attack


def test_it_stands_in_the_page() -> None:
    shown = showing.show(a_publication(1), site=SITE)

    page = pages.item(shown, site=SITE).decode()

    data = page.partition('<script type="application/ld+json">')[2].partition("</script>")[0]
    assert json.loads(data) == {"@context": "https://schema.org"} | said_of()
