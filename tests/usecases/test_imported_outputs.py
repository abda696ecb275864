"""What was imported, in what readers get: in its place by date, and news to nobody."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from ulid import ULID

from builders import ITALIAN, MARTA, NOW, SETTINGS
from curator.curate.usecases import withdraw, write
from curator.curate.writing import Writing
from curator.model import Picture, Publication
from curator.publish import announcing
from curator.publish.usecases import Published, publish_due, publish_edition
from curator.settings import PublishSettings, Settings
from curator.store import Store
from curator.store import tables as t
from newsletter import a_newsletter
from oldblog import AUTHORITY, bring
from publishing import a_copy, a_public_item, an_attribution, an_image

A = "{http://www.w3.org/2005/Atom}"
BASE = "https://rassegna.example/"
HUB = "https://hub.example/"
N = 4
"""Items in a feed."""


@dataclass
class House:
    store: Store
    settings: Settings
    now: datetime = NOW
    items: list[int] = field(default_factory=list)

    @property
    def desk(self) -> dict[str, Any]:
        return {"by": MARTA, "settings": self.settings, "edition": ITALIAN, "now": self.now}

    def native(self, headline: str, *, at: datetime | None = None) -> int:
        """Published here, but for the files."""
        self.now = at or self.now
        with self.store.begin() as tx:
            row = {"ulid": str(ULID()), "version": 1, "status": "drafting"}
            queued = {"queued_at": self.now, "position": self.now}
            new = t.items.insert().values(row | queued).returning(t.items.c.id)
            item_id: int = tx.connection.execute(new).scalar_one()
            tx.publications.first(
                item_id=item_id,
                edition="it",
                content=a_public_item(headline=headline, tags=("cx",)),
                item_version=1,
                authority=AUTHORITY,
                now=self.now,
            )
        return item_id

    def bring(self, headline: str, **said: Any) -> Publication:
        return bring(self.store, headline, **{"now": self.now, **said})

    def withdraw(self, brought: Publication) -> None:
        withdraw(
            self.store,
            brought.item_id,
            reason="Chiesto dall'autrice",
            public_note=None,
            by=MARTA,
            edition=ITALIAN,
            now=self.now,
        )

    def publish(self) -> Published:
        return publish_edition(self.store, self.settings, edition=ITALIAN, by=MARTA, now=self.now)

    @property
    def public(self) -> Path:
        return self.settings.newsroom / self.settings.publish.directory

    def text(self, path: str) -> str:
        return (self.public / path).read_text()

    def feed(self, path: str = "feed.atom") -> list[dict[str, str]]:
        """Of each entry its headline, id and dates."""
        root = etree.fromstring((self.public / path).read_bytes())
        names = ("title", "id", "published", "updated")
        return [{name: entry.findtext(A + name, "") for name in names} for entry in root.findall(f"{A}entry")]

    def titles(self, path: str = "feed.atom") -> list[str]:
        return [entry["title"] for entry in self.feed(path)]

    def walk(self) -> Iterator[tuple[str, list[str]]]:
        """RFC 5005 §4, as a reader goes back: each document with what is in it."""
        path: str | None = "feed.atom"
        while path:
            yield path, self.titles(path)
            root = etree.fromstring((self.public / path).read_bytes())
            links = [link.get("href", "") for link in root.findall(f"{A}link[@rel='prev-archive']")]
            path = links[0].removeprefix(BASE) if links else None

    def headlines(self, path: str) -> list[str]:
        return re.findall(r"<h2 class[^>]*><a [^>]*>([^<]*)</a>", self.text(path))

    def announced(self) -> dict[str, bool]:
        """Which feeds the hub is told of, now that all is published."""
        self.publish()
        told = {}
        with self.store.begin() as tx:
            while news := tx.announcements.claim([HUB], now=self.now, until=self.now + timedelta(hours=1)):
                told[news.topic.removeprefix(BASE)] = True
                tx.announcements.told(news, now=self.now)
        return told


@pytest.fixture
def house(sqlite_store: Store, tmp_path: Path) -> House:
    publish = PublishSettings(base_url=BASE, hubs=(HUB,), feed_items=N, page_items=N)
    return House(sqlite_store, replace(SETTINGS, newsroom=tmp_path, publish=publish))


@pytest.fixture
def any_house(store: Store, tmp_path: Path) -> House:
    publish = PublishSettings(base_url=BASE, hubs=(HUB,), feed_items=N, page_items=N)
    return House(store, replace(SETTINGS, newsroom=tmp_path, publish=publish))


def old(month: int, day: int = 1, *, year: int = 2021) -> datetime:
    return datetime(year, month, day, 8, 30, tzinfo=UTC)


# ── ids and places ──


def test_a_feed_goes_on_with_the_ids_and_dates_of_the_old_one(any_house: House) -> None:
    """So that no subscriber sees as new what they have read."""
    house = any_house
    changed = old(9, year=2022)
    for n in range(1, 8):
        guid = f"https://old.example/?p={n}"
        house.bring(f"Vecchio uno{n}", published=old(n), updated=changed if n == 6 else None, guid=guid)

    house.publish()

    assert [(e["id"], e["published"], e["updated"]) for e in house.feed()][:N] == [
        (
            f"https://old.example/?p={n}",
            old(n).isoformat(),
            (changed if n == 6 else old(n)).isoformat(),
        )
        for n in (7, 6, 5, 4)
    ]
    assert re.findall(r"<guid[^>]*>([^<]*)", house.text("feed.rss"))[0] == "https://old.example/?p=7"
    assert json.loads(house.text("feed.json"))["items"][0]["id"] == "https://old.example/?p=7"


def test_what_is_older_stands_behind_what_was_published_here(house: House) -> None:
    for n in (1, 2, 3):
        house.native(f"Nostro uno{n}", at=NOW + timedelta(days=n))
    for n in (9, 4, 6, 2, 11):
        house.bring(f"Vecchio uno{n}", published=old(n))
    house.publish()

    ordered = [f"Nostro uno{n}" for n in (3, 2, 1)] + [f"Vecchio uno{n}" for n in (11, 9, 6, 4, 2)]
    read = house.headlines("index.html")
    assert read == ordered[: len(read)]
    assert house.titles("tags/cx/feed.atom") == ordered[:N]
    shards = json.loads(house.text("search/1.json"))
    assert [entry["h"] for entry in shards] == ordered
    months = re.findall(r"\d{4}-\d\d(?=\.html)", house.text("archive/index.html"))
    assert months == ["2026-03", "2021-11", "2021-09", "2021-06", "2021-04", "2021-02"]
    around = house.text("items/nostro-uno1.html")
    assert f'<link rel="next" href="{BASE}items/nostro-uno2.html">' in around
    assert f'<link rel="prev" href="{BASE}items/vecchio-uno11.html">' in around


def test_whoever_walks_back_meets_each_item_once(house: House) -> None:
    for n in range(1, 11):
        house.native(f"Nostro uno{n}", at=NOW + timedelta(days=9 * n))
    for n in range(1, 12):
        house.bring(f"Vecchio uno{n}", published=old(n))
    house.bring("Vecchio dentro", published=NOW + timedelta(days=10))

    house.publish()

    walked = list(house.walk())
    met = [title for _, titles in walked for title in titles]
    assert sorted(met) == sorted(
        [f"Nostro uno{n}" for n in range(1, 11)]
        + [f"Vecchio uno{n}" for n in range(1, 12)]
        + ["Vecchio dentro"]
    )
    assert len(walked) > 10


def test_whoever_walked_before_misses_nothing_that_is_news(house: House) -> None:
    """Documents that were archived stay valid, and nothing native slips between them and the feed."""
    for n in range(1, 11):
        house.native(f"Nostro uno{n}", at=NOW + timedelta(days=9 * n))
    house.publish()
    known = dict(house.walk())
    seen = {title for titles in known.values() for title in titles}
    for n in range(1, 12):
        house.bring(f"Vecchio uno{n}", published=old(n))
    for n in range(5):
        house.bring(f"Vecchio dentro{n}", published=NOW + timedelta(days=10 + n))
    house.publish()
    house.native("Nostro nuovo", at=NOW + timedelta(days=100))
    house.publish()

    for path, titles in house.walk():  # until what is known already, as RFC 5005 §4 has it
        if path in known and path != "feed.atom":
            break
        seen.update(titles)

    natives = {f"Nostro uno{n}" for n in range(1, 11)} | {"Nostro nuovo"}
    assert natives <= seen
    assert all((house.public / path).is_file() for path in known)


def test_two_builds_of_it_are_the_same(house: House, tmp_path: Path) -> None:
    house.native("Nostro uno")
    for n in range(1, 8):
        house.bring(f"Vecchio uno{n}", published=old(n) if n % 3 else None)
    house.publish()
    other = replace(house.settings.publish, directory=tmp_path / "again")
    publish_edition(
        house.store, replace(house.settings, publish=other), edition=ITALIAN, by=MARTA, now=house.now
    )

    built = [
        {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and not path.name.endswith("before")
        }
        for folder in (house.public, tmp_path / "again")
    ]
    changed = {path for path in built[1] if built[0].get(path) != built[1][path]}
    assert changed == set()


# ── without a date, without an id ──


_NO_DATES = r"19[67]\d-|\b100[01]-\d\d|Thu, 01 Jan|(?:gennaio|dicembre|novembre) (?:1970|100[01])"


def no_date_is_shown(house: House) -> None:
    for path in house.public.rglob("*"):
        if path.is_file() and path.suffix in {".html", ".atom", ".rss", ".json", ".xml"}:
            said = path.read_text()
            assert not re.search(_NO_DATES, said), path


def test_what_has_no_date_is_read_and_found_and_says_so(any_house: House) -> None:
    house = any_house
    house.native("Nostro uno")
    house.bring("Vecchio datato", published=old(5), guid=None)
    first = house.bring("Senza uno", published=None, guid=None, slug="senza-uno", tags=("soltanto",))
    house.bring("Senza due", published=None)
    house.publish()

    page = house.text(f"items/{first.slug}.html")
    assert '<span class="undated">Senza data</span>' in page
    assert "datePublished" not in page
    assert "dateModified" not in page
    assert "article:published_time" not in page
    assert house.headlines("index.html") == ["Nostro uno", "Vecchio datato", "Senza uno", "Senza due"]
    assert re.findall(r"<h2>(.*?)</h2>", house.text("archive/index.html"))[-1] == "Senza data"
    listed = house.text("archive/undated.html")
    assert listed.index("Senza uno") < listed.index("Senza due")
    shards = json.loads(house.text("search/1.json"))
    assert [entry["h"] for entry in shards if "d" not in entry] == ["Senza uno", "Senza due"]
    sitemap = house.text("sitemap-undated.xml")
    assert f"{BASE}items/{first.slug}.html" in sitemap
    assert "lastmod" not in sitemap
    assert "soltanto" in house.text("tags/index.html")
    no_date_is_shown(house)


def test_what_no_feed_had_under_an_id_is_in_none_of_ours(house: House) -> None:
    """A subscriber would see it as new; pages show it with its date."""
    house.bring("Senza guid", published=old(5), guid=None)
    house.bring("Guid strano", published=old(6), guid="12 nessun indirizzo")
    house.bring("Senza data", published=None)
    house.bring("Vecchio uno", published=old(4))
    house.publish()

    told = [*house.titles(), *[item["title"] for item in json.loads(house.text("feed.json"))["items"]]]
    assert set(told) == {"Vecchio uno"}
    assert house.text("feed.rss").count("<item>") == 1
    assert [titles for _, titles in house.walk()] == [["Vecchio uno"]]
    assert "Senza guid" in house.text("archive/2021-05.html")
    assert "<lastmod>2021-05-01" in house.text("sitemap-2021-05.xml")


def test_only_undated_items_make_feeds_that_are_empty_and_whole(house: House) -> None:
    house.bring("Senza uno", published=None)

    house.publish()

    root = etree.fromstring((house.public / "feed.atom").read_bytes())
    assert (root.findtext(f"{A}updated"), house.titles()) == (NOW.isoformat(), [])
    assert "Senza uno" in house.text("index.html")
    no_date_is_shown(house)


def test_a_date_that_is_found_later_puts_an_item_in_its_place(any_house: House) -> None:
    house = any_house
    brought = house.bring("Senza uno", published=None, guid=None)
    house.publish()

    with house.store.begin() as tx:
        said: dict[str, Any] = {
            "guid": "https://old.example/?p=9",
            "published_at": old(3),
            "updated_at": old(4),
        }
        once = tx.publications.complete(brought, **said)
        again = tx.publications.complete(once, **said)
        stored = tx.publications.get(brought.item_id, "it")
    house.publish()

    assert stored == once == again
    assert house.feed()[0] == {
        "title": "Senza uno",
        "id": "https://old.example/?p=9",
        "published": old(3).isoformat(),
        "updated": old(4).isoformat(),
    }
    assert not (house.public / "archive/undated.html").exists()


# ── hubs ──


def test_an_import_alone_tells_no_hub(house: House) -> None:
    """Not of new topics, not of the edition, not when items are pushed out of the feed by it."""
    for n in range(1, 7):
        house.native(f"Nostro uno{n}", at=NOW + timedelta(days=n))
    assert house.announced()
    before = house.text("feed.atom")
    for n in range(1, 7):
        at = NOW + timedelta(days=n, hours=1)
        house.bring(f"Vecchio uno{n}", published=at, tags=("CX", f"tema {n}"))
    assert publish_due(house.store, house.settings, edition=ITALIAN, now=house.now)

    assert house.announced() == {}
    assert house.text("feed.atom") != before


def test_in_an_empty_newsroom_too(house: House) -> None:
    house.bring("Vecchio uno")

    assert house.announced() == {}


def test_a_publish_that_was_killed_before_it_could_say_so_tells_no_more(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_args: object, **_named: object) -> None:
        raise Killed

    house.native("Nostro uno")
    house.announced()
    house.bring("Vecchio uno")
    with monkeypatch.context() as patch:
        patch.setattr(announcing, "heed", killed)
        with pytest.raises(Killed):
            house.publish()

    assert house.announced() == {}


def test_native_news_is_told_together_with_an_import_and_after_it(house: House) -> None:
    house.native("Nostro uno")
    house.announced()
    house.bring("Vecchio uno", tags=("antico",))
    house.native("Nostro due", at=NOW + timedelta(hours=1))
    together = house.announced()
    house.native("Nostro tre", at=NOW + timedelta(hours=2))
    after = house.announced()

    assert "feed.atom" in together
    assert "tags/antico/feed.atom" not in together
    assert set(after) == set(together)


def test_a_correction_and_a_withdrawal_of_it_are_news(house: House) -> None:
    brought = house.bring("Vecchio uno", attributions=(an_attribution(),))
    house.bring("Vecchio due")
    house.publish()
    house.now += timedelta(hours=1)
    write(house.store, brought.item_id, Writing(headline="Vecchio corretto"), **house.desk)
    corrected = house.announced()
    house.withdraw(brought)
    house.now += timedelta(hours=1)

    assert "feed.atom" in corrected
    assert "feed.atom" in house.announced()


def test_what_hubs_were_told_by_an_older_program_is_known(house: House) -> None:
    """It kept digests of the files; an import right after the upgrade is no news either."""
    house.native("Nostro uno", at=NOW)
    topics = list(house.announced())
    with house.store.begin() as tx:
        tx.connection.exec_driver_sql("DELETE FROM meta WHERE key = 'hubs_hear_of_news'")
        tx.connection.exec_driver_sql("UPDATE announcements SET wanted = 'a file', told = 'a file'")
    house.bring("Vecchio uno")
    imported = house.announced()
    house.native("Nostro due", at=NOW + timedelta(hours=1))

    assert imported == {}
    assert set(house.announced()) == set(topics)


# ── the newsletter ──


def test_no_issue_has_what_was_imported(sqlite_store: Store, tmp_path: Path) -> None:
    """Not when the newsletter begins, and not when it has long begun."""
    store = sqlite_store
    newsletter = a_newsletter(store, tmp_path)
    newsletter.subscribe("anna@l.example")
    bring(store, "Vecchio nuovo", published=newsletter.now - timedelta(hours=1), now=newsletter.now)
    assert newsletter.close() is None
    native = newsletter.publish("Nostro uno")
    bring(store, "Vecchio due", published=newsletter.now, now=newsletter.now)
    first = newsletter.close()
    newsletter.later(days=7)
    bring(store, "Vecchio tre", published=newsletter.now, now=newsletter.now)
    assert newsletter.close() is None
    second = newsletter.publish("Nostro due")
    after = newsletter.close()

    assert first is not None
    assert after is not None
    assert (first.item_ids, after.item_ids) == ((native,), (second,))


# ── the desk ──


def test_a_correction_goes_through_the_gate_and_keeps_what_readers_know(house: House) -> None:
    brought = house.bring("Vecchio uno", attributions=())
    house.publish()
    house.now += timedelta(hours=1)
    write(house.store, brought.item_id, Writing(headline="Vecchio corretto"), **house.desk)
    held = house.publish()

    write(house.store, brought.item_id, Writing(attributions=(an_attribution(),)), **house.desk)
    done = house.publish()

    assert held.corrected == ()
    assert "attribution_missing" in {problem.code for problem in held.held[0].problems}
    assert done.corrected == (brought.item_id,)
    assert house.feed()[0] == {
        "title": "Vecchio corretto",
        "id": brought.atom_id,
        "published": brought.published_at.isoformat(),
        "updated": house.now.isoformat(),
    }
    assert (house.public / f"items/{brought.slug}.html").is_file()


def test_nothing_of_it_is_judged_again_while_nobody_changes_it(house: House) -> None:
    house.bring("Vecchio uno", attributions=(), note=None)

    first, second = house.publish(), house.publish()

    assert (first.held, second.held, second.corrected) == ((), (), ())
    assert second.written == ()


@pytest.mark.parametrize("credit", ["Olav Rotne / Unsplash", None])
def test_our_copy_of_its_picture_is_shown_once_it_is_there_and_is_no_news(
    house: House, credit: str | None
) -> None:
    """Where it says whose it is; nothing else of the item is judged, nor is it told as changed."""
    licence = "https://creativecommons.org/licenses/by/4.0/"
    image = an_image(license=licence, credit=credit)
    brought = house.bring("Vecchio uno", image=image, attributions=())
    house.announced()
    with house.store.begin() as tx:
        tx.pictures.keep(image.url, Picture(copy=a_copy(), content=b"x"), now=house.now)
    due = publish_due(house.store, house.settings, edition=ITALIAN, now=house.now)

    told = house.announced()

    shown = "<img" in house.text(f"items/{brought.slug}.html")
    assert (due, shown, told) == (bool(credit), bool(credit), {})
    assert house.feed()[0]["updated"] == brought.updated_at.isoformat()
    assert not publish_due(house.store, house.settings, edition=ITALIAN, now=house.now)


def test_what_is_withdrawn_says_so_where_it_was(house: House) -> None:
    brought = house.bring("Vecchio uno")
    house.publish()
    house.withdraw(brought)
    house.publish()

    assert "Questo articolo è stato ritirato" in house.text(f"items/{brought.slug}.html")
    assert house.titles() == []
    assert f'ref="{brought.atom_id}"' in house.text("feed.atom")
