"""The house's own pages as an import reads them: fourteen items, each field as readers of the page see it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from curator.curate import lint
from curator.importing import plain
from curator.importing.anatomy import recover
from curator.importing.becoming import Hand
from curator.importing.house import House, house_of
from curator.model import Item, Lang, Original, Recovered
from curator.review import problems
from curator.rights import marks
from curator.settings import Settings, load_settings
from curator.text import identify, normalised
from curator.text import plain as plain_text
from golden import GOLDEN, Golden, Words, hash_of, page

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
FILES = ("000", "001", "002", "003", "004")
IDS = [f"{golden.file}#{golden.number}" for golden in GOLDEN]


@pytest.fixture(scope="module")
def settings() -> Settings:
    """The house's own: its configuration as it is shipped."""
    return load_settings(Path(__file__).parents[2], environ={})


@pytest.fixture(scope="module")
def house(settings: Settings) -> House:
    return house_of(settings.default_edition, settings=settings)


@pytest.fixture(scope="module")
def originals(shared: Path, house: House) -> dict[tuple[str, int], Original]:
    found = {
        (file, number): original
        for file in FILES
        for number, original in enumerate(plain.read(page(shared, file), place=file, house=house), start=1)
    }
    assert all(isinstance(each, Original) for each in found.values())
    return {key: each for key, each in found.items() if isinstance(each, Original)}


@pytest.fixture(scope="module")
def items(originals: dict[tuple[str, int], Original], house: House) -> dict[tuple[str, int], Recovered]:
    return {key: recover(original, house=house) for key, original in originals.items()}


def test_five_pages_are_sixteen_posts_of_which_two_stand_twice(
    originals: dict[tuple[str, int], Original],
) -> None:
    assert [sum(file == each for file, _ in originals) for each in FILES] == [4, 4, 1, 3, 4]
    assert len({original.key for original in originals.values()}) == len(GOLDEN)
    assert originals["000", 1].key == originals["001", 3].key
    assert originals["000", 2].key == originals["001", 4].key


@pytest.mark.parametrize("golden", GOLDEN, ids=IDS)
def test_every_field_is_as_it_was_read(items: dict[tuple[str, int], Recovered], golden: Golden) -> None:
    said = items[golden.file, golden.number]

    assert_same(said, golden)


@pytest.mark.parametrize("golden", GOLDEN, ids=IDS)
def test_what_an_editor_should_see_is_listed(
    items: dict[tuple[str, int], Recovered], settings: Settings, golden: Golden
) -> None:
    said = items[golden.file, golden.number]
    edition = settings.default_edition
    item: Item = Hand(edition=edition, editors={}, tags={}).item(said, public=True, now=NOW)

    blocking = problems(item, edition=edition.key, entry=None, source=None, quotation=settings.quotation)
    codes = {problem.code for problem in blocking}
    own = {
        warning.code
        for warning in lint.warnings(item, edition=edition, settings=settings)
        if warning.field in ("headline", "note")
    }

    assert ("quote_too_long" in codes) is golden.too_long
    assert ("note_missing" in codes) is (golden.note is None)
    unsourced = [one for one in blocking if one.field == "attributions"]
    assert bool(unsourced) is (not golden.urls)
    dangling = {
        warning.code
        for warning in lint.warnings(item, edition=edition, settings=settings)
        if warning.code == "lint_dangling"
    }
    assert bool(dangling) is golden.dangling
    typos = {code for code in own if code not in {"lint_note_long", "lint_note_short"}}
    assert typos == golden.lints


def test_eleven_have_no_source_and_two_are_whole_articles() -> None:
    assert sum(not golden.urls for golden in GOLDEN) == 11
    assert [f"{golden.file}#{golden.number}" for golden in GOLDEN if golden.too_long] == ["002#1", "004#1"]


@pytest.mark.parametrize("dressed", ["wpautop", "classic", "gutenberg", "theme"])
@pytest.mark.parametrize("golden", GOLDEN, ids=IDS)
def test_the_same_post_in_another_dress_has_the_same_fields(
    originals: dict[tuple[str, int], Original], house: House, golden: Golden, dressed: str
) -> None:
    original = originals[golden.file, golden.number]
    worn = DRESSES[dressed](original.html, original.title)
    assert worn != original.html

    assert_same(recover(replace(original, html=worn), house=house), golden)


# ── comparing ──


def assert_same(said: Recovered, golden: Golden) -> None:
    assert words(said.headline) == golden.headline
    assert identify(said.headline, declared=Lang("it")).language == golden.headline_language
    assert (words(said.note, parts=(said.note or "").split("\n\n")) if said.note else None) == golden.note
    assert (said.excerpt is None) is (golden.excerpt is None)
    if said.excerpt is not None:
        html = said.excerpt.html
        found = words(said.excerpt.text, parts=list(paragraphs(html)), points=html.count("<li>"))
        assert found == golden.excerpt
        assert said.language == said.excerpt.language == "en"
        assert said.excerpt.truncated is golden.truncated
    assert tuple(each.url for each in said.attributions) == golden.urls
    assert tuple(each.publisher for each in said.attributions) == golden.publishers
    assert all(each.title is None and not each.authors for each in said.attributions)
    assert said.image is None
    lost = said.lost_picture
    assert hash_of(lost.file_name if lost else None) == golden.picture
    assert (lost.credit if lost else None) == golden.credit
    assert hash_of(lost.alt if lost else None) == golden.alt
    agencies = [mark.agency for mark in marks(lost.file_name)] if lost and lost.file_name else []
    assert (agencies[0] if agencies else None) == golden.agency


def words(text: str, *, parts: list[str] | None = None, points: int = 0) -> Words:
    digest = hash_of(text)
    assert digest is not None
    return Words(
        count=len(normalised(text).split()), paragraphs=len(parts or [text]), points=points, hash=digest
    )


def paragraphs(html: str) -> Iterator[str]:
    return (part for part in plain_text(html).split("\n\n") if part.strip())


# ── dresses: what editors, WordPress and themes put around the same words ──


def wpautop(html: str, _title: str) -> str:
    """As WordPress's filter writes it, with the label in bold as many an editor sets it."""
    html = html.replace("<br>", "<br />\n").replace("</p><p>", "</p>\n<p>")
    return re.sub(r"<p>((?:NOTA )?AICEX:)", r"<p><strong>\1</strong>", html)


def classic(html: str, _title: str) -> str:
    """Pasted into the visual editor: divisions, spans, non-breaking spaces in the label, links made."""
    label = r"<div><span style=\"color: #333;\"><b>\1&nbsp;AICEX</b>:</span>&nbsp;\2</div>"
    html = re.sub(r"<p>(NOTA) AICEX: ?(.*?)</p>", label, html)
    html = html.replace("<p>", '<div style="text-align: justify;"><span>').replace("</p>", "</span></div>\n")
    return re.sub(r"(https?://[^\s<]+)", r'<a href="\1" target="_blank">\1</a>', html)


def gutenberg(html: str, title: str) -> str:
    """As the block editor stores it, comments and classes included; the teaser ends with a link."""
    html = re.sub(r"<p>(.*?)</p>", r"<!-- wp:paragraph -->\n<p>\1</p>\n<!-- /wp:paragraph -->\n\n", html)
    html = html.replace("<ol>", '<!-- wp:list {"ordered":true} -->\n<ol class="wp-block-list">')
    echo = re.compile(r"\s?Contin(?:ua a leggere|ue reading) “.*?”(?=</p>)")
    hidden = f'<span class="screen-reader-text"> “{title}”</span>'
    more = f'<a href="https://blog.example/?p=7#more-7" class="more-link">Continua a leggere{hidden}</a>'
    return echo.sub(f" {more}", html)


def theme(html: str, title: str) -> str:
    """A post's own page: title, share bar, related posts and comments around it."""
    return (
        f'<article><header><h1 class="entry-title">{title}</h1><div class="entry-meta">3 maggio 2014 · admin'
        f'</div></header><div class="entry-content">{html}'
        '<div class="sharedaddy"><h3>Condividi:</h3><ul><li><a href="#">Twitter</a></li></ul></div>'
        "<p>Mi piace: <span>Mi piace</span> Caricamento...</p>"
        '<div class="jp-relatedposts"><h3>Correlati</h3><a href="/x">Un altro post</a></div></div></article>'
        '<div id="respond"><h3>Lascia un commento</h3><form>'
        "<p>Il tuo indirizzo email non sarà pubblicato.</p></form></div>"
    )


DRESSES = {"wpautop": wpautop, "classic": classic, "gutenberg": gutenberg, "theme": theme}
