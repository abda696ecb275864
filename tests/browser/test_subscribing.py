"""The newsletter's forms in a real browser without JavaScript: by keyboard, in the dark, on a telephone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from browsing import BARE, FOCUSED, NARROW, OF_COLOUR_AND_ROOM, STICKS_OUT, TINY_TEXT, WIDE, Reader, a_reader
from builders import ITALIAN
from curator.settings import Settings
from curator.store import Store
from newsletter import Newsletter
from postoffice import PostOffice, post_office
from readership import Readership, a_readership

TOPICS = (
    "Fedeltà",
    "Ascolto",
    "Ricerche",
    "Reclami e risposte",
    "Donaudampfschifffahrtsgesellschaftskapitänskajüte",
)
WHO = "ada@example.org"
MOST_STOPS = 20  # of the Tab key, before something on a page counts as out of reach


@dataclass
class Walk:
    """Somebody's way through all pages, by keyboard alone and without JavaScript; `seen`: where it led."""

    web: Readership
    office: PostOffice
    reader: Reader
    seen: dict[str, bytes] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    styles: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.reader.open(f"{self.web.settings.serve.public_url}{path}")

    def look(self, name: str) -> None:
        page = self.reader.page
        self.seen[name], self.titles[name] = page.content().encode(), page.inner_text("h1")
        self.styles.add(self.reader.ask(BARE))
        said = [words for words in self.reader.noticed.said if "422" not in words and "404" not in words]
        self.wrong += [f"{name}: {words}" for words in said]
        self.wrong += [f"{name}: a cookie" for _ in self.reader.context.cookies()]

    def tab_to(self, selector: str, *, key: str = "Tab") -> None:
        """From the top by the link over what all pages have. Every stop on the way is seen to be one."""
        if self.reader.ask("() => document.activeElement === document.body"):
            self.press("Tab")
            self.press("Enter")
        for _ in range(MOST_STOPS):
            if self.reader.ask("what => document.activeElement.matches(what)", selector):
                return
            self.press(key)
            stop = self.reader.ask(FOCUSED)
            if not (stop["ringed"] and stop["in_sight"]):
                self.wrong.append(f"not seen to be focused: {stop['name']}")
        pytest.fail(f"{selector} is out of reach at {self.reader.page.url}")

    def press(self, key: str) -> None:
        self.reader.page.keyboard.press(key)

    def type(self, words: str) -> None:
        self.reader.page.keyboard.type(words)

    def go(self, key: str = "Enter") -> None:
        """What the key does leads to a page."""
        with self.reader.page.expect_navigation():
            self.press(key)

    def mail(self) -> str:
        """The link in the mail that came of it."""
        before = len(self.office.taken)
        self.web.send()
        [mail] = self.office.taken[before:]
        assert mail.recipient == WHO
        return self.web.link_in(mail.content)


@pytest.fixture(scope="module")
def walk(browser: Browser, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    folder = tmp_path_factory.mktemp("readership")
    shutil.copyfile(sqlite_template, folder / "store.db")
    store = Store(f"sqlite:///{folder / 'store.db'}")
    newsletter = Newsletter(store, folder, Settings(newsroom=folder, editions={"it": ITALIAN}))
    newsletter.publish("Uno", tags=TOPICS)
    with (
        post_office() as office,
        a_readership(store, folder, mail_url=office.url) as web,
        a_reader(browser, java_script_enabled=False) as reader,
    ):
        walked = Walk(web, office, reader)
        _subscribe(walked)
        _choose(walked)
        _leave(walked)
        _be_forgotten(walked)
        yield walked
    store.close()


def _subscribe(walk: Walk) -> None:
    walk.open("subscribe/it")
    walk.look("subscribe")
    walk.tab_to("#email")
    walk.type("ada")
    walk.go()
    walk.look("wrong address")  # the cursor is where it is to be corrected
    walk.press("Control+a")
    walk.type(WHO)
    walk.go()
    walk.look("no consent")
    walk.press("Space")
    walk.tab_to("#every-it", key="Shift+Tab")
    walk.press("ArrowDown")
    walk.tab_to("#tag-it-2")
    walk.press("Space")
    walk.look("topics")
    walk.tab_to("main button")
    walk.go()
    walk.look("asked")
    walk.open(walk.mail())
    walk.look("confirm")
    walk.tab_to("main button")
    walk.go()
    walk.look("confirmed")


def _choose(walk: Walk) -> None:
    walk.open("preferences/it")
    walk.look("ask for preferences")
    walk.tab_to("#email")
    walk.type(WHO)
    walk.go()
    walk.look("sent")
    walk.open(walk.mail())
    walk.look("preferences")
    walk.tab_to("#edition-en")
    walk.press("Space")
    walk.tab_to("main button")
    walk.go("Space")
    walk.look("saved")


def _leave(walk: Walk) -> None:
    walk.open(walk.web.way_out(WHO))
    walk.look("unsubscribe")
    walk.tab_to("main button")
    walk.go()
    walk.look("left")


def _be_forgotten(walk: Walk) -> None:
    walk.web.later(minutes=1)
    walk.web.post("preferences/it", {"email": WHO})
    walk.open(walk.mail())
    walk.tab_to(".after a")
    walk.go()
    walk.look("erase")
    walk.tab_to("main button")
    walk.go("Space")
    walk.look("erased")
    walk.open("confirm/x")
    walk.look("broken link")


def test_the_whole_way_is_gone_by_keyboard_without_javascript(walk: Walk) -> None:
    assert walk.titles == {
        "subscribe": "Iscriviti alla newsletter",
        "wrong address": "Iscriviti alla newsletter",
        "no consent": "Iscriviti alla newsletter",
        "topics": "Iscriviti alla newsletter",
        "asked": "Controlla la posta",
        "confirm": "Conferma l’iscrizione",
        "confirmed": "Iscrizione confermata",
        "ask for preferences": "Preferenze",
        "sent": "Controlla la posta",
        "preferences": "Preferenze",
        "saved": "Preferenze",
        "unsubscribe": "Annulla l’iscrizione",
        "left": "Iscrizione annullata",
        "erase": "Cancella i miei dati",
        "erased": "I tuoi dati sono stati cancellati",
        "broken link": "Questo link non vale",
    }
    assert walk.wrong == []
    assert walk.web.standing(WHO) == {}


def test_the_pages_wear_their_dress_and_load_nothing(walk: Walk) -> None:
    assert len(walk.styles) == 1
    assert "251, 250, 246" in walk.styles.pop()


def test_axe_finds_nothing_and_nothing_sticks_out(walk: Walk, reader: Reader) -> None:
    """The same pages where scripts run, which axe is one of."""
    wrong = []
    for name in ("subscribe", "wrong address", "no consent", "saved", "erase", "left"):
        reader.show(size=WIDE)
        reader.page.set_content(walk.seen[name].decode())
        wrong += [f"{name}, light: {each}" for each in reader.faults()]
        wrong += [f"{name}, wide: {each}" for each in reader.ask(STICKS_OUT)]
        reader.photograph(f"form-{name.replace(' ', '-')}-light-wide")
        reader.show(size=NARROW, color_scheme="dark")
        wrong += [f"{name}, dark: {each}" for each in reader.faults(*OF_COLOUR_AND_ROOM)]
        wrong += [f"{name}, narrow: {each}" for each in reader.ask(STICKS_OUT)]
        wrong += [f"{name}, tiny: {each}" for each in reader.ask(TINY_TEXT)]
        reader.photograph(f"form-{name.replace(' ', '-')}-dark-narrow")

    assert wrong == []
