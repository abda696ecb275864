"""What readers have stays theirs under one address and one id, and what is taken back is nowhere."""

from __future__ import annotations

import gzip
import json
import shutil
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import brotli  # type: ignore[import-untyped]  # it has no types
import pytest
from lxml import etree

from builders import ITALIAN, MARTA, NOW, SETTINGS, a_queued_item, a_source
from curator.curate.usecases import approve, undo, withdraw, write
from curator.curate.writing import Writing
from curator.edges.pictures import encode
from curator.errors import CuratorError
from curator.model import Attribution, Picture, Status
from curator.publish.usecases import Published, publish_edition
from curator.settings import Edition, PublishSettings, Settings
from curator.store import Store
from curator.store.backup import back_up
from drawing import jpeg
from newsletter import Newsletter
from publishing import ENGLISH
from restoring import restore

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEXT_MONTH = NOW + timedelta(days=35)
BASE = "https://rassegna.example/"
ATOM, DELETED = "{http://www.w3.org/2005/Atom}", "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
SHOWN = "https://pictures.example/queue.jpg"


@dataclass(slots=True)
class House:
    """A newsroom with two editions, and a desk that writes what readers get."""

    store: Store
    settings: Settings
    source_id: int = 0
    written: int = field(default=0)

    @property
    def public(self) -> Path:
        return self.settings.publish.directory

    def ready(
        self,
        *,
        edition: Edition = ITALIAN,
        item_id: int | None = None,
        at: datetime | None = None,
        **said: Any,
    ) -> int:
        """An item that nobody had yet, or one more edition of `item_id`, written and approved."""
        self.written += 1
        if item_id is None:
            entry = {"html": said.pop("html")} if "html" in said else {}
            self.source_id = self.source_id or a_source(self.store)
            item_id = a_queued_item(self.store, source_id=self.source_id, guid=f"e{self.written}", **entry)
        words: dict[str, Any] = {
            "headline": f"Titolo {self.written}",
            "note": "Le promesse si mantengono.",
        } | said
        self.write(item_id, edition=edition, **words)
        desk: dict[str, Any] = {"by": MARTA, "settings": self.settings, "edition": edition, "now": NOW}
        approve(self.store, [item_id], at=at, **desk)
        return item_id

    def write(self, item_id: int, *, edition: Edition = ITALIAN, **words: Any) -> None:
        desk: dict[str, Any] = {"by": MARTA, "settings": self.settings, "edition": edition, "now": NOW}
        write(self.store, item_id, Writing(**words), **desk)

    def publish(self, now: datetime = NOW, *, edition: Edition = ITALIAN) -> Published:
        return publish_edition(self.store, self.settings, edition=edition, by=MARTA, now=now)

    def withdraw(self, item_id: int, now: datetime, **said: Any) -> None:
        ordinary: dict[str, Any] = {
            "reason": "diffida segreta",
            "public_note": "Su richiesta.",
            "edition": ITALIAN,
        }
        withdraw(self.store, item_id, by=MARTA, now=now, **(ordinary | said))

    def text(self, path: str) -> str:
        return (self.public / path).read_text("utf-8")

    def atom(self, path: str = "feed.atom") -> etree._Element:
        return etree.fromstring((self.public / path).read_bytes())

    def served(self) -> dict[str, bytes]:
        return {name: said for name, said in self.files().items() if not name.startswith(".curator-")}

    def files(self) -> dict[str, bytes]:
        """All of the public folder, unpacked, whatever is hidden in it too."""
        found = {p.relative_to(self.public).as_posix(): p for p in self.public.rglob("*") if p.is_file()}
        return {name: _unpacked(path) for name, path in found.items()}

    def saying(self, *words: str) -> dict[str, set[str]]:
        """Of these words those that some file says, with its name."""
        files = self.files().items()
        found = {word: {name for name, said in files if word.encode() in said} for word in words}
        return {word: names for word, names in found.items() if names}

    def ids(self) -> list[tuple[str, str, str, datetime]]:
        with self.store.read() as tx:
            live = [p for key in self.settings.editions for p in tx.publications.live(key)]
        return [(p.edition, p.atom_id, p.slug, p.published_at) for p in live]

    def with_publish(self, **said: Any) -> None:
        self.settings = replace(self.settings, publish=replace(self.settings.publish, **said))


def _unpacked(path: Path) -> bytes:
    raw = path.read_bytes()
    match path.suffix:
        case ".gz":
            return gzip.decompress(raw)
        case ".br":
            return bytes(brotli.decompress(raw))
        case _:
            return raw


def a_house(store: Store, folder: Path, **said: Any) -> House:
    publish = PublishSettings(directory=folder / "public", base_url=BASE, **said)
    editions = {"it": ITALIAN, "en": ENGLISH}
    return House(store, replace(SETTINGS, newsroom=folder, publish=publish, editions=editions))


@pytest.fixture
def house(sqlite_store: Store, tmp_path: Path) -> House:
    return a_house(sqlite_store, tmp_path)


@pytest.fixture
def any_house(store: Store, tmp_path: Path) -> House:
    """The same, once on each engine."""
    return a_house(store, tmp_path)


# ── what is taken back ──


def test_what_is_taken_back_is_in_no_file_of_the_public_folder(house: House) -> None:
    house.with_publish(feed_items=2, page_items=2)
    said: dict[str, Any] = {
        "headline": "Zanzibar chiude",
        "note": "Parole che nessuno deve più leggere.",
        "tags": ("irripetibile", "cx"),
        "image_url": SHOWN,
        "alt": "Coda lunghissima",
        "credit": "Olav Rotne",
        "image_license": "https://creativecommons.org/licenses/by/4.0/",
        "attributions": (
            Attribution(title="Zanzibar closes", publisher="The Gone Gazette", url="https://gone.example/z"),
        ),
    }
    words = "<p>Customers in Zanzibar were told nothing at all.</p>"
    copied(house)
    gone = house.ready(html=words, **said)
    for _ in range(3):
        house.ready(tags=("cx",))
    house.publish()
    newsletter = Newsletter(store=house.store, folder=house.settings.newsroom, settings=house.settings)
    newsletter.close()
    for _ in range(3):
        house.ready()
    house.publish(NEXT_MONTH)
    traces = ("Zanzibar", "nessuno deve più", "irripetibile", "Gone Gazette", "gone.example", "lunghissima")
    before = house.saying(*traces)
    page = "items/zanzibar-chiude.html"
    assert set(before) == set(traces)
    assert any(name.startswith("archive/") and name.endswith(".atom") for name in before["Zanzibar"])
    assert "newsletter/1.html" in before["nessuno deve più"]

    house.withdraw(gone, NEXT_MONTH + HOUR)
    house.publish(NEXT_MONTH + HOUR)

    assert house.saying(*traces, "diffida segreta") == {}
    assert "Questo articolo è stato ritirato." in house.text(page)
    assert "Su richiesta." in house.text(page)
    # Its page alone still has the address, which is spent; nothing leads there.
    assert house.saying("zanzibar") == {"zanzibar": {".curator-files.json"}}
    assert not list((house.public / "pictures").glob("*"))
    assert not (house.public / "tags/irripetibile").exists()
    assert not (house.public / "sources/gone.example").exists()
    manifest = json.loads(house.text(".curator-files.json"))
    assert manifest["files"][page]["gone"]


def copied(house: House) -> None:
    """Our own of the picture at `SHOWN`."""
    picture = encode(jpeg(), max_side=6000, shown_side=640)
    assert isinstance(picture, Picture)
    with house.store.begin() as tx:
        tx.pictures.keep(SHOWN, picture, now=NOW)


def test_a_picture_goes_with_the_last_item_that_shows_it(house: House) -> None:
    shown: dict[str, Any] = {
        "image_url": SHOWN,
        "alt": "Coda",
        "credit": "Olav Rotne",
        "image_license": "CC0 1.0",
    }
    copied(house)
    first, second = house.ready(**shown), house.ready(**shown)
    house.publish()

    house.withdraw(first, NOW + HOUR)
    house.publish(NOW + HOUR)
    left = [path.name for path in (house.public / "pictures").iterdir()]
    house.withdraw(second, NOW + 2 * HOUR)
    house.publish(NOW + 2 * HOUR)

    assert len(left) == 1
    assert not list((house.public / "pictures").glob("*"))


def test_a_tombstone_stands_for_90_days_with_the_public_word_alone(house: House) -> None:
    gone = house.ready()
    house.publish()
    house.withdraw(gone, NOW + HOUR)

    def stones(after: timedelta) -> list[tuple[str | None, str]]:
        house.ready()
        house.publish(NOW + HOUR + after)
        return [(one.get("ref"), "".join(one.itertext())) for one in house.atom().iter(DELETED)]

    with house.store.read() as tx:
        public = tx.publications.get(gone, "it")
    assert public is not None
    there = [(public.atom_id, "AICEXSu richiesta.")]
    assert [stones(timedelta()), stones(89 * DAY), stones(91 * DAY), stones(400 * DAY)] == [
        there,
        there,
        [],
        [],
    ]
    assert house.saying("diffida segreta", public.atom_id) == {}


def test_what_was_taken_back_never_comes_back(house: House) -> None:
    gone = house.ready(headline="Ritirato")
    house.publish()
    house.withdraw(gone, NOW + HOUR)
    house.publish(NOW + HOUR)

    for move in (
        lambda: undo(house.store, gone, by=MARTA, now=NOW + 2 * HOUR),
        lambda: house.write(gone, note="Ci riprovo."),
        lambda: house.ready(item_id=gone),
    ):
        with pytest.raises(CuratorError):
            move()
    again = house.ready(headline="Ritirato")
    done = house.publish(NOW + 2 * HOUR)

    assert done.published == (again,)
    assert done.corrected == ()
    assert [slug for _, _, slug, _ in house.ids()] == ["ritirato-2"]
    assert "Questo articolo è stato ritirato." in house.text("items/ritirato.html")


# ── in several editions ──


def test_withdrawn_in_one_edition_an_item_stays_in_the_other(house: House) -> None:
    item_id = house.ready(headline="Mantenere basta")
    house.ready(item_id=item_id, edition=ENGLISH, headline="Keeping is enough", note="Promises are kept.")
    house.publish()
    house.publish(edition=ENGLISH)
    page = "en/items/keeping-is-enough.html"
    address = f"{BASE}items/mantenere-basta.html"
    linked = house.saying(address)[address]

    house.withdraw(item_id, NOW + HOUR)
    house.publish(NOW + HOUR)

    assert page in linked
    assert [key for key, *_ in house.ids()] == ["en"]
    assert "Promises are kept." in house.text(page)
    traces = ("Mantenere basta", "items/mantenere-basta.html", "Le promesse si mantengono")
    assert house.saying(*traces) == {traces[1]: {".curator-files.json"}}
    with house.store.read() as tx:
        item = tx.items.get(item_id)
    assert (item.status_in("it"), item.status_in("en")) == (Status.WITHDRAWN, Status.PUBLISHED)


def test_editions_differ_in_words_author_and_time_and_lead_to_each_other(house: House) -> None:
    item_id = house.ready(headline="Mantenere basta", at=NOW)
    words: dict[str, Any] = {"headline": "Keeping is enough", "note": "Promises are kept."}
    house.ready(item_id=item_id, edition=ENGLISH, at=NOW + DAY, **words)

    first, early = house.publish(), house.publish(edition=ENGLISH)
    alone = house.text("items/mantenere-basta.html")
    late = house.publish(NOW + DAY, edition=ENGLISH)

    assert (first.published, early.published, late.published) == ((item_id,), (), (item_id,))
    assert "keeping-is-enough" not in alone
    assert f'hreflang="en" href="{BASE}en/items/keeping-is-enough.html"' in house.text(
        "items/mantenere-basta.html"
    )
    assert f'hreflang="it" href="{BASE}items/mantenere-basta.html"' in house.text(
        "en/items/keeping-is-enough.html"
    )
    [(_, italian, _, at), (_, english, _, later)] = house.ids()
    assert italian != english
    assert later - at == DAY
    maps = "".join(said.decode() for name, said in house.files().items() if name.endswith(".xml"))
    assert f'hreflang="en" href="{BASE}en/items/keeping-is-enough.html"' in maps


def test_a_correction_in_one_edition_leaves_the_texts_and_dates_of_the_other(house: House) -> None:
    item_id = house.ready(headline="Mantenere basta")
    house.ready(item_id=item_id, edition=ENGLISH, headline="Keeping is enough", note="Promises are kept.")
    house.publish()
    house.publish(edition=ENGLISH)
    english = {name: said for name, said in house.files().items() if name.startswith("en/")}

    house.write(item_id, note="Riscritta.", correction="Diceva altro.")
    house.publish(NOW + HOUR)
    again = house.publish(NOW + HOUR, edition=ENGLISH)

    assert again.corrected == ()
    changed = [name for name, said in house.files().items() if name in english and english[name] != said]
    assert changed == []


def test_a_typo_that_two_editions_share_is_minor_in_both(house: House) -> None:
    item_id = house.ready(headline="Mantenere basta", tags=("fedelta",))
    house.publish()
    house.ready(item_id=item_id, edition=ENGLISH, headline="Keeping is enough", note="Promises are kept.")
    house.publish(edition=ENGLISH)

    def updated() -> list[datetime]:
        with house.store.read() as tx:
            return [p.updated_at for key in ("it", "en") if (p := tx.publications.get(item_id, key))]

    before = updated()
    house.write(item_id, tags=("fedeltà",), minor=True)
    minor = (house.publish(NOW + HOUR).corrected, house.publish(NOW + HOUR, edition=ENGLISH).corrected)
    after = updated()
    house.write(item_id, tags=("fedeltà", "cx"))
    house.publish(NOW + DAY)
    house.publish(NOW + DAY, edition=ENGLISH)

    assert minor == ((item_id,), (item_id,))
    assert after == before
    assert updated() == [NOW + DAY, NOW + DAY]


# ── under one id, one address and one date ──


def test_ids_addresses_and_dates_outlive_everything(any_house: House) -> None:
    house = any_house
    item_id = house.ready(headline="Mantenere basta")
    house.ready(item_id=item_id, edition=ENGLISH, headline="Keeping is enough", note="Promises are kept.")
    house.publish()
    house.publish(edition=ENGLISH)
    ids, files = house.ids(), house.served()

    shutil.rmtree(house.public)
    house.publish(NOW + 500 * DAY)
    assert (house.ids(), house.served()) == (ids, files)

    house.write(item_id, headline="Tutt’altro titolo")
    house.publish(NOW + 501 * DAY)
    assert house.ids() == ids

    house.with_publish(base_url="https://altrove.example/cx/")
    house.publish(NOW + 502 * DAY)
    [entry] = house.atom().iter(f"{ATOM}entry")
    assert house.ids() == ids
    assert entry.findtext(f"{ATOM}id") == ids[0][1]
    assert entry.find(f"{ATOM}link").get("href") == "https://altrove.example/cx/items/mantenere-basta.html"  # type: ignore[union-attr]  # it has one
    assert not any(BASE.encode() in said for said in house.served().values())

    later = house.ready(headline="Dopo il trasloco")
    house.publish(NOW + 503 * DAY)
    with house.store.read() as tx:
        moved = tx.publications.get(later, "it")
    assert moved is not None
    assert moved.atom_id.startswith("tag:rassegna.example,2026:item/")


def test_a_restored_backup_publishes_the_same_bytes(
    house: House, postgresql_url: str, tmp_path: Path
) -> None:
    """Restored by hand, row by row, onto the other engine."""
    house.ready(headline="Mantenere basta")
    gone = house.ready(headline="Ritirato")
    house.publish()
    house.withdraw(gone, NOW + HOUR)
    house.publish(NOW + HOUR)
    archive = tmp_path / "backup.zip"
    back_up(house.store, archive, files={}, program="test", now=NOW, overwrite=False)

    other = Store(postgresql_url)
    restore(archive, other)
    restored = replace(house, store=other)
    files = house.served()
    shutil.rmtree(house.public)
    restored.publish(NOW + 9 * DAY)
    ids = restored.ids()
    other.close()

    assert ids == house.ids()
    assert house.served() == files


def test_no_two_items_of_an_edition_are_ever_updated_at_once(any_house: House) -> None:
    house = any_house
    ids = [house.ready() for _ in range(3)]
    house.publish()
    for item_id in ids:
        house.write(item_id, note="Riscritta.", correction="Diceva altro.")
    new = house.ready()

    done = house.publish(NOW + timedelta(seconds=1))

    with house.store.read() as tx:
        updated = [p.updated_at for p in tx.publications.live("it")]
    assert (done.published, set(done.corrected)) == ((new,), set(ids))
    assert len(set(updated)) == len(updated) == 4


def test_a_minor_correction_changes_words_and_no_date(house: House) -> None:
    item_id = house.ready(headline="Mantenere basta")
    house.publish()
    dates = [e.text for e in house.atom().iter(f"{ATOM}updated")]
    house.write(item_id, note="Senza refusi.", minor=True)

    house.publish(NOW + 3 * DAY)

    assert [e.text for e in house.atom().iter(f"{ATOM}updated")] == dates
    told = house.saying("Senza refusi.", "2026-03-05", "5 marzo 2026")
    assert told["Senza refusi."] >= {"feed.atom", "feed.rss", "feed.json", "items/mantenere-basta.html"}
    assert set(told) == {"Senza refusi."}


# ── never early ──


ROME = ZoneInfo("Europe/Rome")


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 3, 10, 9, 0, tzinfo=ROME),
        datetime(2026, 3, 29, 3, 0, tzinfo=ROME),  # the hour before it is left out
        datetime(2026, 10, 25, 2, 30, tzinfo=ROME),  # comes twice: this is the first
        datetime(2026, 10, 25, 2, 30, tzinfo=ROME, fold=1),
        datetime(2027, 1, 1, 0, 0, tzinfo=ROME),
    ],
)
def test_nothing_scheduled_is_in_any_file_before_its_time(house: House, at: datetime) -> None:
    now = at.astimezone(ZoneInfo("UTC"))
    house.publish(now - 9 * DAY)
    waiting = house.ready(at=now, headline="Segretissimo", note="Non ancora.", tags=("embargo",))
    traces = ("Segretissimo", "segretissimo", "Non ancora.", "embargo")
    before = house.files()

    # Two machines take turns; the second one's clock is behind.
    for early in (-DAY, -2 * HOUR, -HOUR, -61 * timedelta(minutes=1), -timedelta(microseconds=1)):
        assert house.publish(now + early).published == ()
        assert house.publish(now + early - timedelta(minutes=3)).published == ()
        assert house.files() == before
    done = house.publish(now)

    assert done.published == (waiting,)
    assert set(house.saying(*traces)) == set(traces)
    assert (
        house.publish(now - timedelta(minutes=3)).written == ()
    )  # what is out is out, whatever a clock says


# ── nothing of ours, and nobody's secret ──


def test_no_password_no_key_and_no_tracker_of_a_source_is_in_any_output(house: House) -> None:
    feed = "https://user:passwort@blog.example/feed?paged=2&auth_token=schluessel"
    house.source_id = a_source(house.store, url=feed, name="Blog")
    page = "https://user:passwort@blog.example/p?id=7&utm_source=rss&fbclid=klick#top"
    link = (
        '<p>Customers remember a <a href="https://x:passwort@a.example/?utm_source=rss&amp;n=1">lot</a>.</p>'
    )
    house.ready(html=link, attributions=(Attribution(title="T", publisher="P", url=page),))

    house.publish()

    assert house.saying("passwort", "schluessel", "utm_source", "klick") == {}
    [source] = house.atom().iter(f"{ATOM}source")
    told = (source.findtext(f"{ATOM}title"), source.findtext(f"{ATOM}id"))
    assert told == ("Blog", "https://blog.example/feed?paged=2")
    written = house.text("feed.atom")
    assert 'href="https://blog.example/p?id=7#top"' in written
    assert 'href="https://a.example/?n=1"' in written
