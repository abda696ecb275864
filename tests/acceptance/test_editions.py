"""A second and a third language line: a table in config/editions.toml is all it takes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsroom import STORY, Newsroom, an_item, feed, serving

EDITIONS = """

[en]
title = "Customer Experience Review"

[de]
title = "Rundschau"
note_label = "Anmerkung"
"""
WORDS = {
    "it": ("Mantenere basta", "Le promesse mantenute valgono più di quelle superate, dicono i dati."),
    "en": ("Keeping is enough", "A kept promise is worth more than an exceeded one, say the data."),
    "de": (
        "Versprechen halten genügt",
        "Ein gehaltenes Versprechen ist mehr wert, sagen uns die Daten hier.",
    ),
}


@pytest.fixture(scope="module")
def house(newsroom_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """One item in three editions, each with a reader and an issue."""
    folder = tmp_path_factory.mktemp("editions") / "newsroom"
    shutil.copytree(newsroom_template, folder)
    with serving() as web, (folder / "config/editions.toml").open("a") as editions:
        editions.write(EDITIONS)
        editions.close()
        newsroom = Newsroom(folder, web)
        newsroom.follow(feed(an_item("1", "Keeping a promise", STORY)))
        item_id = newsroom.queue()[0]["id"]
        for key, (headline, note) in WORDS.items():
            newsroom.curator("write", item_id, "--headline", headline, "--note", note, "--edition", key)
            newsroom.curator("approve", item_id, "--edition", key)
        yield newsroom


@pytest.fixture(scope="module")
def told(house: Newsroom) -> dict[str, str]:
    """What the program says of each edition's publish and closing, in this order."""
    said = {}
    for key in WORDS:
        published = house.curator("publish", "--edition", key)
        person = f"ada@{key}.example"
        house.curator("subscriber", "add", person, "--confirmed", "--consent", "a voce", "--edition", key)
        closed = house.curator("issue", "close", "--edition", key)
        house.curator("issue", "send", "--edition", key)
        said[key] = published.err + closed.out + closed.err
    return said


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("key", WORDS)
def test_each_edition_has_feeds_pages_and_newsletter_in_its_own_words(house: Newsroom, key: str) -> None:
    root = house.folder / "public" / ("" if key == "it" else key)

    headline, note = WORDS[key]
    for path in ("feed.atom", "feed.rss", "feed.json", "index.html", "newsletter/1.html", "search/1.json"):
        said = (root / path).read_text("utf-8")
        assert headline in said
        others = {words for other, words in WORDS.items() if other != key}
        assert not any(words in said for pair in others for words in pair)
    [page] = (root / "items").glob("*.html")
    assert note in page.read_text("utf-8")
    label = {"it": "NOTA AICEX", "en": "Editor’s note", "de": "Anmerkung"}[key]
    assert f"{label}" in page.read_text("utf-8")
    for other in WORDS:
        assert f'<link rel="alternate" hreflang="{other}"' in page.read_text("utf-8")


def test_what_is_to_be_done_next_is_said_of_the_edition_that_was_meant(told: dict[str, str]) -> None:
    for key, said in told.items():
        assert f"curator issue send 1 --edition {key}" in said
    assert "curator publish --edition en" in told["it"]
    assert "curator publish --edition de" in told["it"]
    assert "curator publish" not in told["de"]


@pytest.mark.usefixtures("told")
def test_words_that_the_house_has_not_are_english_and_say_so(house: Newsroom) -> None:
    [page] = (house.folder / "public/de/items").glob("*.html")

    said = page.read_text("utf-8")
    assert '<span lang="en">Source</span>' in said
    assert "<strong>Anmerkung:</strong>" in said


@pytest.mark.parametrize(
    ("tables", "code", "said"),
    [
        ("[en]\n[it]\n[de]\n", "edition_moved", "Put [it] first again"),
        ("[it]\n[den]\n[en]\n", "edition_gone", "Put the table [de] back"),
    ],
)
@pytest.mark.usefixtures("told")
def test_an_edition_that_would_be_moved_or_lost_stays_and_the_doctor_says_so(
    house: Newsroom, tables: str, code: str, said: str
) -> None:
    file = house.folder / "config/editions.toml"
    before = file.read_text("utf-8")
    file.write_text(tables, "utf-8")
    try:
        refused = house.curator("publish", "--json", ok=False)
        doctor = house.curator("doctor", ok=False)
    finally:
        file.write_text(before, "utf-8")

    assert (refused.status, refused.json["error"]["code"]) == (1, code)
    assert said in refused.err
    assert f"✗ {refused.err.partition(' Did you mean')[0].strip()}" in doctor.out
    assert (house.folder / "public/de/feed.atom").is_file()


def test_who_withdraws_an_item_is_told_where_else_it_is_out(newsroom: Newsroom) -> None:
    with (newsroom.folder / "config/editions.toml").open("a") as editions:
        editions.write(EDITIONS)
    newsroom.follow(feed(an_item("1", "Keeping a promise", STORY)))
    item_id = newsroom.queue()[0]["id"]
    for key in ("it", "en"):
        headline, note = WORDS[key]
        newsroom.curator("write", item_id, "--headline", headline, "--note", note, "--edition", key)
        newsroom.curator("approve", item_id, "--edition", key)
        newsroom.curator("publish", "--edition", key)

    told = newsroom.curator("withdraw", item_id, "--reason", "diffida", "--now").err

    assert f"curator withdraw {item_id} --reason TEXT --edition en" in told
    public = newsroom.folder / "public"
    assert not any(WORDS["it"][1] in page.read_text("utf-8") for page in public.rglob("*.html"))
    assert WORDS["en"][1] in (public / "en/index.html").read_text("utf-8")
