"""One small newsroom's day: each picture of the editors' handbook is what the program says."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from curator.bootstrap import open_newsroom
from curator.faces.clock import utcnow
from curator.store import tables as t
from engine import running_engine
from newsroom import Newsroom, serving
from picturing import drawn, is_in_the_handbook
from terminal import Terminal

COLUMNS = 96

WORDS = """\
Two words nobody says on the phone | 3 | Ada Quill
Nobody on our phones says the two words that callers wait for. They say policy, they say unfortunately.
We listened to four hundred calls. In the ones that ended well, somebody had said: my mistake. Not ours. Mine.
An apology that belongs to nobody repairs nothing. It costs the company a sentence, and the caller an hour.
So we changed one line of the script. It now begins with a name.
"""
MAP = """\
A map is not a journey | 26 | Ada Quill
The map on our wall had nineteen stops and not one customer.
We took it down for a month and walked the journey ourselves, with a stopwatch and a broken kettle.
"""
CODA = """\
La coda parla prima di noi | 5 | Livia Serra
Chi aspetta guarda. Guarda quanti sportelli sono aperti, chi passa davanti, chi sorride a chi.
Quando finalmente tocca a lui, ha già deciso che cosa pensa di noi.
"""
ENQUETE = """\
Le silence après l’enquête | 74 | Noé Vasseur
Nous demandons leur avis à tous nos clients. Nous n’avons jamais répondu à aucun.
Une enquête sans réponse est une promesse que personne n’a faite, et que tout le monde attend.
"""
"""Title, age in hours, author; then a paragraph a line."""


def a_feed(title: str, language: str, *stories: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>{title}</title><link>https://blog.example/</link><description>.</description>"
        f"<language>{language}</language>{''.join(map(an_entry, stories))}</channel></rss>"
    )


def an_entry(story: str) -> str:
    heading, *paragraphs = story.splitlines()
    title, hours, author = heading.split(" | ")
    at = utcnow() - timedelta(hours=int(hours), minutes=5)
    html = "".join(f"<p>{escape(words)}</p>" for words in paragraphs)
    return (
        f"<item><guid isPermaLink='false'>{title}</guid><title>{title}</title>"
        f"<link>https://blog.example/{'-'.join(re.findall('[a-z]+', title.lower()))}</link>"
        f"<dc:creator>{author}</dc:creator><pubDate>{format_datetime(at)}</pubDate>"
        f"<content:encoded>{escape(html)}</content:encoded></item>"
    )


class Day:
    """`day(name, *lines)`: the lines as an editor types them, and one picture of all that they say."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal

    def __call__(self, *lines: str, editor: str = "marta", **environ: str) -> str:
        said = ""
        here = {"CURATOR_LOCALE": "it", "CURATOR_EDITOR": editor, **environ}
        for line in lines:
            shown = self.terminal(*shlex.split(line)[1:], columns=COLUMNS, **here)
            said += f"\x1b[1;36m❯\x1b[0m \x1b[1m{line}\x1b[0m\n{shown.raw}{_said(shown.err)}"
        return drawn(self._timeless(said), title="Curator", columns=COLUMNS)

    def after(self, unseen: str, *lines: str) -> str:
        self.quietly(unseen)
        return self(*lines)

    def quietly(self, line: str) -> None:
        self.terminal.newsroom.curator(*shlex.split(line)[1:])

    def _timeless(self, said: str) -> str:
        """Days and ports are of the machine that looks; a handbook has its own."""
        said = said.replace(str(self.terminal.newsroom.folder), "/redazione")
        said = re.sub(r"http://127\.0\.0\.1:\d+", "https://blog.example", said)
        said = re.sub(r"\w+ \d+ \w+ \d{4}, \d\d:\d\d CES?T", "martedì 3 marzo 2026, 10:00 CET", said)
        said = said.replace(" CEST", " CET")
        return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "2026-03-02 10:00", said)


def _said(err: str) -> str:
    """Without a bar that is gone when the work is: a file keeps what a terminal wipes away."""
    return "" if "━" in err else err


@pytest.fixture(scope="module")
def day(newsroom_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """Marta's newsroom: three sources, four stories; one of the sources may be quoted with few words."""
    folder = tmp_path_factory.mktemp("handbook") / "newsroom"
    shutil.copytree(newsroom_template, folder)
    with serving() as web, pytest.MonkeyPatch.context() as patch:
        newsroom = Newsroom(folder, web)
        furnish(newsroom)
        yield Day(Terminal(newsroom, patch))


def furnish(newsroom: Newsroom) -> None:
    with (newsroom.folder / "config/curator.toml").open("a", encoding="utf-8") as config:
        for name, role in (("marta", "chief"), ("paolo", "editor")):
            config.write(f'\n[editors.{name}]\nname = "{name.title()}"\nrole = "{role}"\n')
    follow(newsroom, "/carnet", "Le Carnet du client", "fr", ENQUETE)
    follow(newsroom, "/quaderni", "Quaderni del servizio", "it", CODA)
    follow(newsroom, "/notes", "Frontline Notes", "en", WORDS, MAP)
    newsroom.curator("poll")
    saw_yesterday(newsroom, "marta", 1, 2)


def follow(newsroom: Newsroom, path: str, name: str, language: str, *stories: str) -> None:
    newsroom.web[path] = a_feed(name, language, *stories)
    newsroom.curator("source", "add", newsroom.web.url(path), "--name", name, "--tag", "servizio")


def saw_yesterday(newsroom: Newsroom, editor: str, *item_ids: int) -> None:
    here = open_newsroom(newsroom.folder, newsroom.environ)
    with here.store.begin() as tx:
        yesterday = utcnow() - timedelta(days=1)
        seen = t.items.update().where(t.items.c.id.in_(item_ids))
        tx.connection.execute(seen.values(queued_at=yesterday))
        tx.looks.put(editor, "it", now=yesterday)
    here.close()


def test_the_days_pictures_are_those_of_the_handbook(day: Day) -> None:
    pictures = {
        "coda": day("curator queue"),
        "voce": day("curator show 4 --entry"),
        "prendere": day("curator claim 4") and day("curator claim 4", editor="paolo"),
        "nota": day(
            "curator write 4 --headline 'Due parole che al telefono nessuno dice' --paragraphs 3"
            " --note 'Tutta la l’azienda dovrebbe chiedere scusa , ma al telefono nessuno  trova le parole.'",
            "curator review 4",
        ),
        "troppo": day.after("curator source edit 3 --max-words 12", "curator approve 4"),
        "pronto": day(
            "curator write 4 --note 'Chiedere scusa non costa nulla, se a farlo è qualcuno con un nome."
            " Chi risponde lo sa; il copione, di solito, no.'"
            " --excerpt 'An apology that belongs to nobody repairs nothing.'",
            "curator review 4",
            "curator approve 4",
            "curator publish",
        ),
        "colleghi": day(
            "curator assign 2 paolo",
            "curator comment 2 'È la stessa ricerca di gennaio?'",
            "curator queue",
        ),
        "filtri": day(
            "curator filter save francesi --language fr",
            "curator queue --filter francesi",
            "curator skip --filter francesi --dry-run",
        ),
        "cerca": day("curator search 'scuse telefono'"),
        "correzione": day(
            "curator write 4 --headline 'Due parole che nessuno dice' --correction 'Corretto il titolo.'",
            "curator publish",
        ),
        "storia": day("curator history 4"),
        "cambiata": its_source_changes(day),
        "traduzione": with_an_engine(day),
    }

    assert [name for name, svg in pictures.items() if not is_in_the_handbook(svg, name)] == []


def its_source_changes(day: Day) -> str:
    newsroom = day.terminal.newsroom
    day.quietly("curator claim 3")
    changed = MAP.replace("nineteen stops", "twenty-one stops").replace("a month", "a week")
    newsroom.web["/notes"] = a_feed("Frontline Notes", "en", WORDS, changed)
    day.quietly("curator poll --all")
    return day("curator show 3 --diff")


def with_an_engine(day: Day) -> str:
    """It says what a person might have: what engines really say is proved elsewhere."""
    said = {
        "A map is not a journey": "Una mappa non è un viaggio",
        "The map on our wall had nineteen stops and not one customer.": "La mappa sulla nostra parete"
        " aveva diciannove fermate e nemmeno un cliente.",
    }
    with running_engine() as engine:
        engine.says = lambda text, _target: said.get(
            text, "L’abbiamo tolta per un mese e abbiamo fatto il giro."
        )
        known = f'[{{engine = "libretranslate", url = "{engine.url}"}}]'
        return day("curator translate 3", CURATOR_TRANSLATE__ENGINES=known)
