"""Seven outputs of one item say the same: feeds, page, archive and both halves of the newsletter.

Each is read by its own reader (`sevenfold`) and held against what the store says readers have.
"""

from __future__ import annotations

import email
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from email import policy
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from builders import ITALIAN, MARTA, NOW, SETTINGS, a_queued_item, a_source
from curator.curate.usecases import approve, write
from curator.curate.writing import Writing
from curator.edges.pictures import encode
from curator.model import Attribution, Lang, Publication
from curator.model import Item as DeskItem
from curator.model import Picture as OurPicture
from curator.publish.usecases import publish_edition
from curator.settings import PublishSettings, Settings
from curator.store import Store
from drawing import jpeg
from newsletter import Newsletter
from sevenfold import (
    UNKNOWN,
    Cited,
    Picture,
    Told,
    read_archive,
    read_atom,
    read_json,
    read_letter,
    read_page,
    read_plain,
    read_rss,
)

BASE = "https://rassegna.example/"
SHOWN = "https://pictures.example/queue.jpg"
DAYS_LATER = NOW + timedelta(days=3)
NEXT_MONTH = NOW + timedelta(days=40)

BY, BY_SA = "https://creativecommons.org/licenses/by/4.0/", "https://creativecommons.org/licenses/by-sa/4.0/"
TERMS = {"CC BY-SA 4.0": BY_SA}
"""Where the licences that are given by name can be read."""
NAMES = {BY: "CC BY 4.0"}


def cited(**said: Any) -> Attribution:
    ordinary: dict[str, Any] = {
        "title": "Keeping a promise is enough",
        "authors": ("Ada Example",),
        "publisher": "The Keeping Journal",
        "url": "https://blog.example/promise?a=1&b=2",
    }
    return Attribution(**(ordinary | said))


GERMAN = "<p>Kunden erinnern sich an „gebrochene“ Versprechen.</p><p>Halte, was du sagst.</p>"
ITEMS: Mapping[str, dict[str, Any]] = {
    "plain": {},
    "licence by address": {"attributions": (cited(license=BY),)},
    "several originals": {
        "attributions": (
            cited(license="CC BY-SA 4.0", authors=("Ada Smith", "Bo Jones")),
            cited(title="The Service Profit Chain", url="https://hbr.example/x", authors=(), publisher="HBR"),
            cited(title="Una terza voce & “altre”", authors=("Rossi, Ada", "Bo")),
            cited(title="Promises", publisher="Beta", license="© 2014 Beta"),
        )
    },
    "another tongue": {"html": GERMAN, "excerpt_language": Lang("de")},
    "our own tongue": {"excerpt_language": Lang("it")},
    "no excerpt": {"no_excerpt": True},
    "no note": {"note": "", "waive": {"note_missing": "La citazione basta."}},
    "several paragraphs": {
        "note": "Prima riga.\nSeconda riga.\n\nUn altro capoverso: con <segni> & due punti."
    },
    "a picture of ours": {
        "image_url": SHOWN,
        "alt": "Una coda & uno sportello",
        "credit": "Olav Rotne / Unsplash",
        "image_license": BY,
    },
    "a picture elsewhere": {
        "image_url": "https://pictures.example/far.jpg?w=1&h=2",
        "alt": "Lontano",
        "credit": "© Beta",
        "image_license": "CC BY-SA 4.0",
    },
    "odd signs": {
        "headline": "<Titolo> & “altro”: 5 > 3, AT&T &nbsp; </b>",
        "tags": ("fedeltà", "C++", "R&D", "顧客満足", "5 < 6", "a/b #c"),
    },
    "corrected": {},
    "headline in another language": {"headline": "Keeping is enough", "note": "Promises are kept."},
}


def _in_english(item: DeskItem) -> DeskItem:
    """As in an edition that has changed its language since."""
    return replace(item, commentaries={"it": replace(item.commentaries["it"], language=Lang("en"))})


@dataclass(frozen=True, slots=True)
class Item:
    """One as the store has it, and as each output says it."""

    publication: Publication
    told: Mapping[str, Told]


@pytest.fixture(scope="module")
def items(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Item]]:
    folder = tmp_path_factory.mktemp("seven")
    database = folder / "curator.db"
    database.write_bytes(sqlite_template.read_bytes())
    store = Store(f"sqlite:///{database}")
    yield _published(store, folder)
    store.close()


def _published(store: Store, folder: Path) -> Mapping[str, Item]:
    public = folder / "public"
    settings = replace(SETTINGS, newsroom=folder, publish=PublishSettings(directory=public, base_url=BASE))
    ids = _written(store, settings, ITEMS)
    _publish(store, settings, now=NOW)
    correction = Writing(note="Era altro.", correction="La nota diceva “altro” & basta.")
    write(store, ids["corrected"], correction, by=MARTA, settings=settings, edition=ITALIAN, now=DAYS_LATER)
    _publish(store, settings, now=DAYS_LATER)
    by_id = {
        "atom": read_atom((public / "feed.atom").read_bytes(), TERMS),
        "rss": read_rss((public / "feed.rss").read_bytes(), TERMS),
        "json": read_json((public / "feed.json").read_bytes(), TERMS),
    }
    html, plain = _mailed(store, folder, settings)
    by_address = {
        "letter": read_letter(html, TERMS),
        "plain": read_plain(plain, TERMS, note_label=ITALIAN.note_label),
    }
    few = replace(settings, publish=replace(settings.publish, feed_items=2))
    _written(store, few, {"newer": {}, "newest": {}, "the very newest": {}})
    _publish(store, few, now=NEXT_MONTH)
    by_id["archive"] = {}
    for document in (public / "archive").glob("*.atom"):
        by_id["archive"] |= read_archive(document.read_bytes(), TERMS)

    def told(publication: Publication) -> Item:
        path = f"items/{publication.slug}.html"
        address = BASE + path
        page = read_page((public / path).read_bytes(), TERMS, address=address)
        said = {name: read[publication.atom_id] for name, read in by_id.items()}
        said |= {name: read[address] for name, read in by_address.items()}
        return Item(publication=publication, told={**said, "page": page})

    with store.read() as tx:
        found = tx.publications.many("it", ids.values())
    return {name: told(found[item_id]) for name, item_id in ids.items()}


def _written(store: Store, settings: Settings, items: Mapping[str, dict[str, Any]]) -> dict[str, int]:
    source_id = a_source(store, url=f"https://blog.example/{len(items)}")
    ids = {}
    desk: dict[str, Any] = {"by": MARTA, "settings": settings, "edition": ITALIAN, "now": NOW}
    for name, said in items.items():
        entry = {"html": said["html"]} if "html" in said else {}
        words = {
            "headline": f"Titolo di {name}",
            "note": "Le promesse si mantengono.",
            "tags": ("fedeltà", "CX"),
            "attributions": (cited(),),
        } | {key: value for key, value in said.items() if key != "html"}
        ids[name] = a_queued_item(store, source_id=source_id, guid=name, **entry)
        write(store, ids[name], Writing(**words), **desk)
        if name == "headline in another language":
            with store.begin() as tx:
                item = tx.items.get(ids[name])
                tx.items.put(item, _in_english(item), move="write", by="marta", now=NOW)
        approve(store, [ids[name]], **desk)
    copied = encode(jpeg(), max_side=6000, shown_side=640)
    assert isinstance(copied, OurPicture)
    with store.begin() as tx:
        tx.pictures.keep(SHOWN, copied, now=NOW)
    return ids


def _publish(store: Store, settings: Settings, *, now: datetime) -> None:
    assert not publish_edition(store, settings, edition=ITALIAN, by=MARTA, now=now).held


def _mailed(store: Store, folder: Path, settings: Settings) -> tuple[str, str]:
    newsletter = Newsletter(store=store, folder=folder, settings=settings, now=DAYS_LATER)
    newsletter.with_(
        mail={"url": f"folder:{folder / 'outbox'}", "sender": "Redazione <rassegna@aicex.example>"}
    )
    newsletter.subscribe("anna@lettori.example")
    newsletter.close()
    newsletter.send()
    [file] = (folder / "outbox").glob("*.eml")
    mail = email.message_from_bytes(file.read_bytes(), policy=policy.default)
    parts = [mail.get_body((kind,)) for kind in ("html", "plain")]
    html, plain = (part.get_content().replace("\r\n", "\n") for part in parts if part is not None)
    return html, plain


# ── what each should say ──


def as_published(publication: Publication) -> Told:
    content = publication.content
    first = content.excerpt.language if content.excerpt else UNKNOWN
    image = content.image
    rights = [
        f"{a.publisher or a.title}: {NAMES.get(a.license, a.license)}"
        for a in content.attributions
        if a.license
    ]
    return Told(
        headline=content.headline,
        language=content.language,
        note=" ".join(content.note.split()) if content.note else None,
        note_language=content.language if content.note else None,
        excerpt=" ".join(content.excerpt.text.split()) if content.excerpt else None,
        excerpt_language=content.excerpt.language if content.excerpt else None,
        attributions=tuple(
            Cited(
                title=a.title,
                language=(UNKNOWN if n else first) if a.title else None,
                authors=a.authors,
                publisher=a.publisher,
                url=a.url,
                terms=TERMS.get(a.license or "", a.license),
            )
            for n, a in enumerate(content.attributions)
        ),
        picture=Picture(
            url=image.url,
            ours=f"{BASE}pictures/{content.copy.digest}.jpg" if content.copy else None,
            alt=image.alt,
            credit=image.credit,
            terms=TERMS.get(image.license or "", image.license),
        )
        if image
        else None,
        rights="; ".join(dict.fromkeys(rights)) or None,
        tags=content.tags,
        published=publication.published_at,
        updated=publication.updated_at,
        correction=content.correction,
        corrected=content.corrected_at,
    )


def in_days(told: Told) -> Told:
    """As a letter tells time: another day is news, another second is not."""
    same = day(told.published) == day(told.updated)
    return replace(told, updated=told.published if same else told.updated)


def as_text(told: Told) -> Told:
    """Without what plain text has no sign for: our copy, the time of day, a title in our own language."""
    return replace(
        told,
        attributions=tuple(
            replace(one, language=UNKNOWN if one.language == "it" else one.language)
            for one in told.attributions
        ),
        picture=told.picture and replace(told.picture, ours=None),
        published=day(told.published),
        updated=day(told.updated),
        corrected=day(told.corrected) if told.corrected else None,
    )


def day(instant: date) -> date:
    assert isinstance(instant, datetime)
    return instant.astimezone(ZoneInfo(ITALIAN.timezone)).date()


@pytest.mark.parametrize("name", ITEMS)
def test_seven_outputs_say_the_same(items: Mapping[str, Item], name: str) -> None:
    model = as_published(items[name].publication)

    assert items[name].told == {
        "atom": model,
        "rss": model,
        "json": model,
        "page": model,
        "archive": model,
        "letter": in_days(model),
        "plain": as_text(model),
    }
