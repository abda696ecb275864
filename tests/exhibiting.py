"""A whole site to look at: two full editions and an empty one, with everything in it that pages must bear.

Long words and none, five languages of which one runs from right to left, pictures of ours and links
to others', a correction, a withdrawal, odd tags, the same item in two editions, closed issues.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageOps

from answering import answering
from builders import ITALIAN, MARTA, SETTINGS, a_queued_item, a_source
from curator.curate.usecases import approve, withdraw, write
from curator.curate.writing import Writing
from curator.edges.pictures import encode
from curator.model import Attribution, Lang, Picture
from curator.publish.issues import close_issue
from curator.publish.site import INDEX, TAGS
from curator.publish.usecases import publish_edition
from curator.settings import Edition, PublishSettings, Settings
from curator.store import Store
from curator.text import slug_of

ENGLISH = replace(
    ITALIAN,
    key="en",
    language=Lang("en"),
    title="CX Review",
    subtitle="Customer experience, read for you",
    note_label="AICEX NOTE",
    read_more="Read more",
    source_label="Source",
    default=False,
)
EMPTY = replace(ENGLISH, key="us", language=Lang("en-US"), title="CX Review, American edition", subtitle="")
DAY = timedelta(days=1)
BEGAN = datetime(2025, 12, 29, 9, 0, tzinfo=UTC)

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
PICTURE_URL = "https://pictures.example/queue.jpg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One item: what its source says, and what our editors write of it."""

    headline: str
    note: str = ""
    entry: dict[str, Any] = field(default_factory=dict)
    words: dict[str, Any] = field(default_factory=dict)
    english: str | None = None


STORY = (
    "<p>Customers remember a broken promise for years. They hardly notice one that was exceeded, and what was"
    " spent on exceeding it is gone.</p><p>Three thousand people in four countries were asked <em>twice</em>,"
    ' six months apart; the <a href="https://study.example/tables">tables</a> are public.</p>'
)
QUOTED = (
    "<h2>What was asked</h2><p>Four questions, in this order:</p><ol><li>What did you"
    " expect?</li><li>What did you get?</li><li>Whom did you tell?</li></ol><blockquote><p>Nobody had"
    " ever called me back before.</p></blockquote><table><thead><tr><th>Country</th><th>Kept</th>"
    "<th>Broken</th><th>Told to others within a week</th></tr></thead><tbody><tr><td>Italy</td><td>61%</td>"
    "<td>39%</td><td>4.2</td></tr><tr><td>Deutschland</td><td>58%</td><td>42%</td><td>3.9</td></tr></tbody></table>"
    "<pre><code>promise = kept / made  # a line of code that is wider than a telephone held upright, by far"
    "</code></pre><p>The rest is in <a href='https://study.example/appendix'>the appendix</a>.</p>"
)

SPECIAL = (
    Told(
        headline="Mantenere una promessa vale più che superarla",
        note=(
            "La ricerca è solida: tremila clienti in quattro Paesi, intervistati due volte. Conferma quello"
            " che chi lavora allo sportello sa da sempre.\n\nDa leggere insieme al nostro quaderno sui"
            " reclami: chi richiama entro un giorno non perde il cliente."
        ),
        entry={"title": "Keeping a promise is enough", "html": QUOTED},
        words={"tags": ("fedeltà", "Ricerche", "Customer Experience"), "image_url": PICTURE_URL}
        | {"alt": "Due sagome davanti a una vetrata al tramonto", "credit": "Olav Rotne / Unsplash"}
        | {"image_license": "https://creativecommons.org/licenses/by/4.0/"},
        english="A promise kept is worth more than one exceeded",
    ),
    Told(
        headline="L’attesa al telefono, misurata in pazienza",
        note="Otto minuti sono il limite: dopo, anche la risposta migliore arriva tardi.",
        entry={
            "language": "fr",
            "title": "Combien de temps attend-on ?",
            "html": "<p>« Au bout de huit minutes, la réponse ne compte plus », dit l’étude. L’attente, c’est"
            " déjà le service.</p>",
        },
        words={"tags": ("Contact center", "C++ & C#"), "image_url": "https://pictures.example/phone.jpg"}
        | {"alt": "Una cornetta", "credit": "© Agenzia Foto"},
        english="How long is a wait on the telephone?",
    ),
    Told(
        headline=f"{LONG}: quando una parola non finisce",
        note=f"Anche https://example.org/{'a' * 90} e {LONG.lower() * 2} devono andare a capo.",
        entry={
            "language": "de",
            "title": f"Die {LONG} stellt vor",
            "html": f"<p>Kundenerlebnis heißt: {LONG}{LONG.lower()} antwortet am selben Tag.</p>",
            "authors": (f"Dr. {LONG} von und zu Hohenlohe-Langenburg",),
        },
        words={"tags": (LONG.lower(), "澄清", "10 % & <più>")},
    ),
    Told(
        headline="Ascoltare, dice Il Cairo",
        note="Dal convegno arabo sulla qualità del servizio.",
        entry={
            "language": "ar",
            "title": "تجربة العميل",
            "html": "<p>الوعد الذي يُحفظ أهم من الوعد الذي يُتجاوز. هذا ما يقوله العملاء.</p>",
        },
        words={"tags": ("Ascolto",)},
        english="Listening, says Cairo",
    ),
    Told(
        headline="Solo un titolo e un indirizzo",
        entry={"title": "Bare", "html": "", "authors": ()},
        words={
            "no_excerpt": True,
            "attributions": (Attribution(url="https://bare.example/", title="Bare", publisher="Bare"),),
        }
        | {"waive": {"note_missing": "il titolo dice tutto"}},
    ),
    Told(
        headline="Due fonti, una sola storia <b>& nessun tag</b> “tra virgolette”",
        note="Le due redazioni hanno sentito le stesse persone, e <script>alert(1)</script> lo dicono.",
        words={
            "attributions": (
                Attribution(
                    title="Why customers leave",
                    authors=("Ada Smith", "Bo Jones", "Cy Lee"),
                    publisher="The CX Journal",
                    url="https://cx.example/leave?a=1&b=2",
                    license="https://creativecommons.org/licenses/by/4.0/",
                ),
                Attribution(
                    title="Pourquoi ils partent",
                    authors=("Élodie Durand",),
                    publisher="Le Client",
                    url="https://client.example/partir",
                ),
            )
        },
        english="Two sources, one story",
    ),
)
WHO = "Il cliente|Chi telefona|Lo sportello|La fiducia|Il reclamo|Chi resta|La coda|Il silenzio".split("|")
WHAT = (
    "vuole una risposta sola|non chiede sconti|insegna più di un sondaggio|vale un anno di pubblicità"
    "|comincia prima dell’acquisto"
).split("|")
ORDINARY = tuple(
    Told(
        headline=f"{who} {what}",
        note="Un caso piccolo, raccontato bene: tre mesi di lavoro e nessuna consulenza.",
        entry={"title": f"Case {n}", "html": STORY, "url": f"https://blog.example/case-{n}"},
        words={"tags": (("Ricerche", "fedeltà", "Ascolto")[n % 3],)},
        english=f"Case {n}: small, and well told" if n % 5 == 0 else None,
    )
    for n, (who, what) in enumerate((who, what) for what in WHAT for who in WHO)
)
RICH = slug_of(SPECIAL[0].headline)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibition:
    """What stands in `root` is what `url` answers with."""

    url: str
    root: Path
    settings: Settings

    def files(self, pattern: str = "*") -> list[str]:
        found = (
            path.relative_to(self.root).as_posix() for path in self.root.rglob(pattern) if path.is_file()
        )
        return sorted(path for path in found if not path.startswith("."))

    @property
    def rich(self) -> str:
        """The page that has everything an item can have."""
        return f"items/{RICH}.html"

    @property
    def withdrawn(self) -> str:
        return f"items/{slug_of(ORDINARY[3].headline)}.html"

    @property
    def searching(self) -> set[str]:
        """Pages that do something, and need JavaScript for that."""
        return {path for path in self.files("*.html") if path.endswith("search/index.html")}

    def to_look_at(self) -> list[str]:
        """A page of each kind, the oddest of the items, and what differs in other editions."""
        ours = [path for path in self.files("*.html") if not path.startswith(("en/", "us/"))]
        long = f"items/{slug_of(SPECIAL[2].headline)}.html"
        elsewhere = {f"{edition}/{INDEX}" for edition in ("en", "us")} | {f"us/{TAGS}"}
        return sorted({*kinds(ours).values(), self.rich, long, self.withdrawn, *elsewhere})


@contextmanager
def an_exhibition(store: Store, folder: Path) -> Iterator[Exhibition]:
    """Published, and served by the program itself."""
    root = folder / "public"
    editions = {edition.key: edition for edition in (ITALIAN, ENGLISH, EMPTY)}
    newsroom = replace(SETTINGS, newsroom=folder, editions=editions)
    publish = PublishSettings(directory=root, page_items=4, feed_items=10)
    with answering(store, published=newsroom, publish=publish) as settings:
        _fill(store, settings)
        yield Exhibition(url=settings.publish.base_url, root=root, settings=settings)


def _fill(store: Store, settings: Settings) -> None:
    house = _House(store, settings)
    _keep_picture(store)
    sources = {
        lang: a_source(store, url=f"https://{lang}.example/feed", name=name, language=lang)
        for lang, name in {
            "en": "CX Blog",
            "fr": "Le Client",
            "de": "Kundenlage",
            "ar": "مجلة العملاء",
        }.items()
    }
    told = [*ORDINARY[:-6], *SPECIAL, *ORDINARY[-6:]]
    ids: list[int] = []
    for week, start in enumerate(range(0, len(told), 8)):
        now = BEGAN + 10 * week * DAY
        ids += [house.write(one, sources, now) for one in told[start : start + 8]]
        house.publish(now, ITALIAN)
    house.publish(now, ENGLISH)
    now += DAY
    house.correct(
        ids[told.index(SPECIAL[0])], now, note=f"{SPECIAL[0].note}\n\nIl campione è di 3.012 persone."
    )
    house.withdraw(ids[-3], now, public_note="La fonte ha ritirato lo studio: i dati non erano suoi.")
    house.withdraw(ids[3], now, public_note=None)
    house.close_issue(now)
    house.publish(now, ITALIAN, ENGLISH, EMPTY)


@dataclass(frozen=True, slots=True)
class _House:
    store: Store
    settings: Settings

    def write(self, told: Told, sources: dict[str, int], now: datetime) -> int:
        entry = told.entry | {"guid": told.headline}
        source_id = sources[entry.get("language", "en")]
        item_id = a_queued_item(self.store, source_id=source_id, **entry)
        self._out(item_id, now, ITALIAN, headline=told.headline, note=told.note or None, **told.words)
        if told.english:
            self._out(item_id, now, ENGLISH, headline=told.english, note="Short, sound, and worth your time.")
        return item_id

    def _out(self, item_id: int, now: datetime, edition: Edition, **words: Any) -> None:
        desk: dict[str, Any] = {"by": MARTA, "settings": self.settings, "edition": edition, "now": now}
        write(self.store, item_id, Writing(**words), **desk)
        approve(self.store, [item_id], **desk)

    def publish(self, now: datetime, *editions: Edition) -> None:
        for edition in editions:
            publish_edition(self.store, self.settings, edition=edition, by=MARTA, now=now)

    def correct(self, item_id: int, now: datetime, **words: Any) -> None:
        writing = Writing(correction="Corretto il numero delle persone intervistate.", **words)
        write(self.store, item_id, writing, by=MARTA, settings=self.settings, edition=ITALIAN, now=now)

    def withdraw(self, item_id: int, now: datetime, *, public_note: str | None) -> None:
        withdraw(
            self.store,
            item_id,
            reason="I dati non reggono",
            public_note=public_note,
            by=MARTA,
            edition=ITALIAN,
            now=now,
        )

    def close_issue(self, now: datetime) -> None:
        close_issue(
            self.store, self.settings, edition=ITALIAN, secret=b"a key of the tests' own, 32 bytes", now=now
        )


def _keep_picture(store: Store) -> None:
    """A sunset: something to look at, and the same bytes every time."""
    height = Image.linear_gradient("L").resize((1280, 853))
    sky = ImageOps.colorize(height, black="#1d2b4f", mid="#b4576b", white="#f6c177")
    draw = ImageDraw.Draw(sky)
    draw.ellipse((820, 560, 980, 720), fill="#fff0cf")
    draw.polygon([(0, 853), (0, 690), (380, 600), (700, 720), (1280, 640), (1280, 853)], fill="#16202e")
    body = io.BytesIO()
    sky.save(body, "JPEG", quality=85)
    copy = encode(body.getvalue(), max_side=2000, shown_side=1280)
    assert isinstance(copy, Picture)
    with store.begin() as tx:
        tx.pictures.keep(PICTURE_URL, copy, now=BEGAN)


def kinds(paths: Sequence[str]) -> dict[str, str]:
    """Each kind of page by its pattern, as `archive/*`, with the first page of that kind.

    Topics, languages and sources have pages of one kind.
    """
    found: dict[str, str] = {}
    for path in sorted(paths, reverse=True):
        folder, *rest = path.split("/")
        one_of_many = len(rest) > 1
        pattern = [part if part in ("index.html", "pages") else "*" for part in rest]
        found["/".join(["*" if one_of_many else folder, *pattern])] = path
    return found
