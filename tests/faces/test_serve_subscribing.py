"""`serve` and the newsletter: looking changes nothing, asking tells nothing, who wants to leave is out."""

from __future__ import annotations

import asyncio
import http.client
import io
import json
import re
import selectors
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from queue import Queue
from threading import Event
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import structlog

from builders import ITALIAN
from curator.edges.probing import answers
from curator.errors import MailRefused
from curator.faces import logs
from curator.faces.serve.moments import at_moments
from curator.faces.serve.notices import sending
from curator.publish import tokens
from curator.publish.consent import consent_text
from curator.settings import Settings, load_settings
from curator.store import Store
from curator.store import tables as t
from newsletter import SECRET, Newsletter, part
from newsroom import Newsroom
from postoffice import post_office
from publishing import ENGLISH
from readership import FORM, ONE_CLICK, Readership, a_readership

PEOPLE = ("subscribers", "subscriptions", "consents", "suppressions", "notices", "askings")
ASKED, LEFT, NO_LINK = "Controlla la posta", "Iscrizione annullata", "Questo link non vale"
SUBSCRIBE, PREFERENCES = "Iscriviti alla newsletter", "Preferenze"


@pytest.fixture(scope="module")
def kept(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Readership]:
    folder = tmp_path_factory.mktemp("readership")
    shutil.copyfile(sqlite_template, folder / "store.db")
    store = Store(f"sqlite:///{folder / 'store.db'}")
    newsletter = Newsletter(store, folder, Settings(newsroom=folder, editions={"it": ITALIAN}))
    for headline, tags in (("Uno", ("Fedeltà", "Ascolto")), ("Due", ("Ascolto", '"><b>Prezzi'))):
        newsletter.publish(headline, tags=tags)
    with a_readership(store, folder) as one:
        yield one
    store.close()


@pytest.fixture
def web(kept: Readership) -> Readership:
    """The one of this module, from a network where nobody has asked for anything yet."""
    last = int(kept.network.rpartition(".")[2])
    kept.network = f"203.0.{last}.{last + 1}"
    kept.mails()
    kept.woken = 0
    return kept


def rows(store: Store) -> dict[str, list[Any]]:
    """All that is kept of anybody."""
    with store.read() as tx:
        return {
            name: [tuple(row) for row in tx.connection.execute(t.metadata.tables[name].select())]
            for name in PEOPLE
        }


# ── the whole way, on both engines ──────────────────────────────────────────


def test_somebody_comes_chooses_goes_and_is_forgotten(store: Store, tmp_path: Path) -> None:
    Newsletter(store, tmp_path, Settings(newsroom=tmp_path, editions={"it": ITALIAN})).publish(
        "Uno", tags=("Fedeltà",)
    )
    with a_readership(store, tmp_path) as web:
        asked = web.subscribe("ada@example.org")
        confirm = web.link("ada@example.org")
        waits = web.standing("ada@example.org")
        confirmed = web.post(confirm)
        gets = web.standing("ada@example.org")
        preferences = web.choosing("ada@example.org")
        chosen = web.post(preferences, {"edition": ["it", "en"], "which-it": "some", "tag-it": ["Fedeltà"]})
        gets_both = web.standing("ada@example.org")
        left = web.ask(web.way_out("ada@example.org"), "POST", body=ONE_CLICK)
        gets_one = web.standing("ada@example.org")
        erased = web.post(f"{preferences}/erase")
        over = web.ask(preferences)
        people = rows(store)

    assert [each.status for each in (asked, confirmed, chosen, left, erased)] == [200] * 5
    assert (asked.title, confirmed.title) == (ASKED, "Iscrizione confermata")
    assert waits == {"it": "unconfirmed"}
    assert gets == {"it": "confirmed"}
    assert gets_both == {"it": "confirmed", "en": "confirmed"}
    assert chosen.page.xpath("//input[@name='tag-it'][@checked]/@value") == ["Fedeltà"]
    assert "Le preferenze sono salvate." in chosen.words
    assert gets_one == {"it": "unsubscribed", "en": "confirmed"}
    assert (erased.title, over.status, over.title) == ("I tuoi dati sono stati cancellati", 404, NO_LINK)
    assert "ada@" not in repr(people)
    assert len(people["suppressions"]) == 1


def test_what_was_agreed_to_is_kept_word_for_word(web: Readership) -> None:
    web.subscribe("consents@example.org")
    web.post(web.link("consents@example.org"))

    shown = " ".join(
        web.ask("subscribe/it").page.get_element_by_id("consent").getparent().text_content().split()
    )
    with web.store.read() as tx:
        who = tx.mailing.subscribers.id_of("consents@example.org")
    [asked] = [row for row in rows(web.store)["consents"] if (row[1], row[4]) == (who, "asked")]
    said = consent_text(ITALIAN)
    assert said.words in shown
    assert asked[5:] == (
        said.words,
        "web",
        said.version,
        "it",
        f"{web.settings.serve.public_url}subscribe/it",
        web.network.rpartition(".")[0] + ".0/24",
        None,  # no topics: all
    )


# ── nothing is told about anybody ───────────────────────────────────────────


def test_known_unknown_and_erased_addresses_get_the_same_page(web: Readership) -> None:
    emails = [
        "known@example.org",
        "waits@example.org",
        "left@example.org",
        "gone@example.org",
        "new@example.org",
    ]
    for email in emails[:4]:
        web.subscribe(email)
    mails = dict(web.mails())
    for email in ("known@example.org", "left@example.org", "gone@example.org"):
        web.post(mails[email])
    web.post(web.way_out("left@example.org"))
    web.post(web.choosing("gone@example.org") + "/erase")

    for path in ("subscribe/it", "preferences/it"):
        web.moments = 0
        said = [
            web.post(path, {"email": email, "consent": consent_text(ITALIAN).version}) for email in emails
        ]
        pages = {
            answer.body.replace(email.encode(), b"WHO") for answer, email in zip(said, emails, strict=True)
        }
        assert len(pages) == 1
        assert {answer.status for answer in said} == {200}
        several = {name for answer in said for name in said[0].headers.items() ^ answer.headers.items()}
        # The address is in the page; the name of a request is drawn by lot.
        assert {name for name, _ in several} <= {"date", "content-length", "x-request-id"}
        assert web.moments == len(emails)


@pytest.mark.parametrize(("takes", "answered"), [(0.003, 0.4), (0.009, 0.4), (0.399, 0.4), (0.401, 0.8)])
def test_no_time_tells_what_there_was_to_do(takes: float, answered: float) -> None:
    async def ask() -> float:
        async with at_moments():
            await asyncio.sleep(takes)
        return loop.time()

    with asyncio.Runner(loop_factory=Leaping) as runner:
        loop = runner.get_loop()
        assert runner.run(ask()) == pytest.approx(answered)


class Leaping(asyncio.SelectorEventLoop):
    """Its time goes by in leaps, from one thing that is to be done to the next."""

    def __init__(self) -> None:
        self._now = 0.0
        super().__init__(_Leaps(self.leap))

    def time(self) -> float:
        return self._now

    def leap(self, seconds: float | None) -> None:
        self._now += seconds or 0


class _Leaps(selectors.DefaultSelector):
    def __init__(self, leap: Callable[[float | None], None]) -> None:
        super().__init__()
        self._leap = leap

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._leap(timeout)
        return super().select(0)


@pytest.mark.parametrize("path", ["subscribe/it", "subscribe/en", "preferences/it"])
@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "ada@",
        '"><script>alert(1)</script>@x',
        "a b@example.org",
        "ada@example.org\r\nBcc: x",
        "é" * 400,
    ],
)
def test_what_is_no_address_is_said_where_it_was_typed(web: Readership, path: str, email: str) -> None:
    before = rows(web.store)

    answer = web.post(path, {"email": email})

    field = answer.page.get_element_by_id("email")
    wrong = answer.page.get_element_by_id(field.get("aria-describedby").split()[0])
    assert answer.status == 422
    assert field.get("value").split() == email.split()
    assert field.get("aria-invalid") == "true"
    assert answer.page.find(".//label[@for='email']") is not None
    assert ("example.org" if path.endswith("en") else "nome@esempio.it") in wrong.text_content()
    assert answer.page.xpath("//script[not(@type)] | //main//b") == []
    assert rows(web.store) == before
    assert web.woken == 0


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"consent": ""}, "consent-wrong"),
        ({"consent": "anotherversion"}, "consent-wrong"),
        ({"which-it": "some"}, "topics-wrong-it"),
    ],
)
def test_a_form_that_is_not_whole_comes_back_as_it_was(
    web: Readership, fields: dict[str, str], wrong: str
) -> None:
    answer = web.subscribe("half@example.org", fields=fields)

    assert answer.status == 422
    assert answer.page.get_element_by_id("email").get("value") == "half@example.org"
    assert answer.page.get_element_by_id(wrong).text_content().startswith("Da correggere")
    assert wrong in " ".join(answer.page.xpath("//@aria-describedby")).split()
    assert answer.page.xpath("//title")[0].text.startswith("Da correggere")
    assert (answer.page.get_element_by_id("consent").get("checked") is None) == ("consent" in fields)
    assert web.standing("half@example.org") == {}


def test_topics_are_those_of_the_edition_and_harmless(web: Readership) -> None:
    answer = web.subscribe("", fields={"which-it": "some", "tag-it": ["Ascolto", "<i>mine</i>"]})

    offered = answer.page.xpath("//input[@name='tag-it']/@value")
    assert offered == ["Ascolto", '"><b>Prezzi', "Fedeltà"]
    assert answer.page.xpath("//input[@name='tag-it'][@checked]/@value") == ["Ascolto"]
    assert answer.page.xpath("//main//i | //main//b") == []


def test_only_topics_that_were_offered_are_taken(web: Readership) -> None:
    made_up = {"which-it": "some", "tag-it": ["x;=WEBSERVICE(A1)"]}
    asked = [
        web.subscribe("topical@example.org", fields=fields)
        for fields in (made_up, {**made_up, "tag-it": ["x;=WEBSERVICE(A1)", "Fedeltà"]})
    ]
    web.post(web.link("topical@example.org"))
    preferences = web.choosing("topical@example.org")
    with web.store.begin() as tx:
        who = tx.mailing.subscribers.id_of("topical@example.org") or 0
        tx.mailing.subscribers.prefer(who, "it", ("Fedeltà", "Di un tempo"))
    chosen = web.post(
        preferences, {**made_up, "edition": "it", "tag-it": ["Di un tempo", "Ascolto", "x;=WEBSERVICE(A1)"]}
    )
    refused = web.post(preferences, {**made_up, "edition": "it"})
    with web.store.read() as tx:
        kept = tx.mailing.subscribers.standings(who)["it"].tags

    assert [answer.status for answer in (*asked, chosen, refused)] == [422, 200, 200, 422]
    assert kept == ("Ascolto", "Di un tempo")


# ── looking changes nothing ─────────────────────────────────────────────────


def test_no_look_changes_anything(web: Readership) -> None:
    way_out = web.confirmed("looks@example.org")
    preferences = web.choosing("looks@example.org")
    web.subscribe("waiting@example.org")
    confirm = web.link("waiting@example.org")
    before = rows(web.store)

    for path in (
        "subscribe/it",
        "subscribe/en",
        confirm,
        way_out,
        "preferences/it",
        preferences,
        f"{preferences}/erase",
    ):
        looked, bare = web.ask(path), web.ask(path, "HEAD")
        assert (looked.status, bare.status, bare.body) == (200, 200, b""), path
        assert len(looked.page.xpath("//form[@method='post']//button")) == 1, path
        assert web.ask(f"{path}?List-Unsubscribe=One-Click").status == 200

    assert rows(web.store) == before


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(web: Readership, method: str) -> None:
    answer = web.ask(web.way_out("looks@example.org"), method)

    assert answer.status == 405
    assert "POST" in answer.headers["allow"]


# ── leaving ─────────────────────────────────────────────────────────────────

_PARTS = '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (ONE_CLICK, FORM),
        (_PARTS, 'multipart/form-data; boundary="b"'),
        ("", FORM),
        (b"\xff\xfe", "application/octet-stream"),
        ("--b\r\nContent-Disposition: form-data; name*\r\n\r\nx\r\n--b--", "multipart/form-data; boundary=b"),
    ],
    ids=["urlencoded", "multipart", "empty", "odd", "broken"],
)
def test_one_click_is_enough_and_twice_is_once(web: Readership, body: bytes | str, kind: str) -> None:
    email = f"leaves{len(body)}@example.org"
    path = web.confirmed(email)

    first, second = (web.ask(path, "POST", body=body, kind=kind) for _ in range(2))

    assert (first.status, second.status) == (200, 200)
    assert first.body == second.body
    assert not {"location", "set-cookie"} & first.headers.keys()
    assert first.title == LEFT
    assert web.standing(email) == {"it": "unsubscribed"}
    withdrawn = [row for row in rows(web.store)["consents"] if row[4] == "withdrawn" and row[6] == "web"]
    with web.store.read() as tx:
        who = tx.mailing.subscribers.id_of(email)
    assert len([row for row in withdrawn if row[1] == who]) == 1


def test_the_button_does_what_a_mail_program_does(web: Readership) -> None:
    path = web.confirmed("button@example.org")
    [hidden] = web.ask(path).page.xpath("//form//input")

    assert f"{hidden.get('name')}={hidden.get('value')}" == ONE_CLICK
    assert web.ask(path).page.xpath("//form/@action") == []


def test_nobody_leaves_by_a_link_that_is_not_theirs(web: Readership) -> None:
    path = web.confirmed("stays@example.org")
    before = rows(web.store)
    number, _, token = path.rpartition("/")[2].partition(".")
    broken = [
        path[:-1],
        path[:-1] + ("0" if path[-1] != "0" else "1"),
        path.replace("/it/", "/en/"),
        f"unsubscribe/it/{int(number) + 1}.{token}",
        f"unsubscribe/it/{quote('<script>é')}",
        "unsubscribe/it/" + "9" * 3000,
    ]

    for link in broken:
        for method in ("GET", "POST"):
            answer = web.ask(link, method, body=ONE_CLICK if method == "POST" else None)
            assert answer.status == 404, link
            assert answer.title in (NO_LINK, "This link does not work")
            assert "script" not in answer.words

    assert rows(web.store) == before
    assert web.ask("unsubscribe/fr/1.x", "POST", body=ONE_CLICK).status == 404


def test_whoever_left_finds_back_and_is_not_urged(web: Readership) -> None:
    left = web.post(web.confirmed("back@example.org"))

    [again] = left.page.xpath("//main//a")
    assert again.get("href") == "../../subscribe/it"
    assert left.page.xpath("//main//form") == []


def test_without_a_public_address_one_can_still_leave(sqlite_store: Store, tmp_path: Path) -> None:
    with a_readership(sqlite_store, tmp_path) as web:
        path = web.confirmed("old@example.org")
    with a_readership(sqlite_store, tmp_path, public_url=None) as web:
        closed = [web.ask(path).status for path in ("subscribe/it", "preferences/it", "confirm/x")]
        left = web.ask(path, "POST", body=ONE_CLICK)
        found = web.standing("old@example.org")

    assert closed == [404, 404, 404]
    assert (left.status, left.page.xpath("//main//a"), found) == (200, [], {"it": "unsubscribed"})


# ── links ───────────────────────────────────────────────────────────────────


def test_an_old_link_says_where_there_is_a_new_one(web: Readership) -> None:
    web.subscribe("late@example.org")
    confirm = web.link("late@example.org")
    web.confirmed("chooses@example.org")
    preferences = web.choosing("chooses@example.org")
    web.later(days=8)

    old = [web.ask(confirm), web.post(confirm), web.ask(preferences), web.post(f"{preferences}/erase")]

    assert [answer.status for answer in old] == [410] * 4
    assert {answer.title for answer in old} == {"Questo link è scaduto"}
    assert [answer.page.xpath("//main//a/@href") for answer in old] == [
        ["../subscribe/it"],
        ["../subscribe/it"],
        ["../../preferences/it"],
        ["../../../preferences/it"],
    ]
    assert web.standing("late@example.org") == {"it": "unconfirmed"}


def test_a_word_for_one_purpose_is_none_for_another(web: Readership) -> None:
    way_out = web.confirmed("purpose@example.org")
    preferences = web.choosing("purpose@example.org")
    tokens_of = [path.rpartition("/")[2] for path in (way_out, preferences)]

    assert web.post(f"confirm/{tokens_of[1]}").status == 404
    assert web.post(f"unsubscribe/it/{tokens_of[1]}").status == 404
    assert web.ask(f"preferences/it/{tokens_of[0]}").status == 404
    assert web.standing("purpose@example.org") == {"it": "confirmed"}


def test_a_newsletter_that_is_new_to_somebody_says_what_they_agree_to(web: Readership) -> None:
    web.confirmed("two@example.org")

    page = web.ask(web.choosing("two@example.org")).page

    assert [each.get("value") for each in page.xpath("//input[@name='edition']")] == ["it", "en"]
    assert page.xpath("//input[@name='edition'][@checked]/@value") == ["it"]
    assert [each.get("id") for each in page.xpath("//*[starts-with(@id, 'consent-')]")] == ["consent-en"]
    assert page.get_element_by_id("consent-en").text_content() == consent_text(ENGLISH).words


def test_some_topics_without_any_are_asked_for_again(web: Readership) -> None:
    web.confirmed("topics@example.org")
    preferences = web.choosing("topics@example.org")

    answer = web.post(preferences, {"edition": "it", "which-it": "some"})

    assert answer.status == 422
    assert "Scegli almeno un tema" in answer.words
    assert web.standing("topics@example.org") == {"it": "confirmed"}


# ── limits ──────────────────────────────────────────────────────────────────


def test_a_network_that_asks_too_often_waits(web: Readership) -> None:
    answers_ = [web.subscribe(f"many{n}@example.org") for n in range(31)]
    waits = answers_[-1]
    others = replace_network(web, "198.51.100.9").subscribe("other@example.org")

    assert {answer.status for answer in answers_[:30]} == {200}
    assert waits.status == 429
    assert 0 < int(waits.headers["retry-after"]) <= 3600
    assert waits.page.get_element_by_id("email").get("value") == "many30@example.org"
    assert re.search(r"Riprova tra \d+ min", waits.words)
    assert others.status == 200


def replace_network(web: Readership, network: str) -> Readership:
    other = Readership(web.store, web.folder, now=web.now, network=network)
    other.settings = web.settings
    return other


def test_nobody_makes_up_where_they_come_from(sqlite_store: Store, tmp_path: Path) -> None:
    with a_readership(sqlite_store, tmp_path, trusted_proxies=()) as web:
        found = [
            replace_network(web, f"198.51.{n}.1").subscribe(f"n{n}@example.org").status for n in range(31)
        ]

    assert found == [200] * 30 + [429]


@pytest.mark.parametrize("path", ["subscribe/it", "preferences/it", "confirm/x", "unsubscribe/it/x"])
def test_a_body_too_large_is_refused(web: Readership, path: str) -> None:
    assert web.ask(path, "POST", body="email=" + "x" * 17_000).status == 413


@pytest.mark.parametrize(
    "path", ["subscribe/xx", "preferences/xx", "subscribe/", "confirm/", "preferences/it/a/b"]
)
def test_what_is_not_there_is_not_there(web: Readership, path: str) -> None:
    assert web.ask(path).status == web.post(path).status == 404


def test_a_form_may_stand_on_another_site(web: Readership) -> None:
    headers = {"Origin": "https://elsewhere.example", "Sec_Fetch_Site": "cross-site"}

    answer = web.post(
        "subscribe/it", {"email": "cross@example.org", "consent": consent_text(ITALIAN).version}, **headers
    )

    assert answer.status == 200
    assert web.standing("cross@example.org") == {"it": "unconfirmed"}


# ── what every answer says ──────────────────────────────────────────────────


def test_every_page_keeps_to_itself(web: Readership) -> None:
    way_out = web.confirmed("headers@example.org")
    preferences = web.choosing("headers@example.org")
    asked = [
        web.ask("subscribe/it"),
        web.post("subscribe/it", {"email": "x"}),
        web.subscribe("headers@example.org"),
        web.ask("confirm/x"),
        web.ask(preferences),
        web.ask(way_out),
        web.post(way_out),
    ]

    for answer in asked:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-robots-tag"] == "noindex"
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "form-action 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "script-src" not in policy
        assert "set-cookie" not in answer.headers
        assert b"<script" not in answer.body


@contextmanager
def overheard() -> Iterator[io.StringIO]:
    stream, before = io.StringIO(), sys.stderr
    sys.stderr = stream
    logs.configure("json")
    try:
        yield stream
    finally:
        sys.stderr = before
        structlog.reset_defaults()


def test_neither_addresses_nor_links_are_in_the_log(sqlite_store: Store, tmp_path: Path) -> None:
    with overheard() as said, a_readership(sqlite_store, tmp_path) as web:
        way_out = web.confirmed("secret@example.org")
        web.ask(way_out)
        web.post(way_out)
        web.post("subscribe/it", {"email": "wrong@@example.org"})
        web.ask("confirm/made-up")

    lines = said.getvalue()
    assert {"subscribe", "confirm", "unsubscribe"} <= set(re.findall('"route": "([a-z_]+)"', lines))
    assert not [
        word for word in ("example.org", "made-up", way_out.rpartition("/")[2], web.network) if word in lines
    ]


def test_a_database_that_is_away_is_said_in_words(sqlite_store: Store, tmp_path: Path) -> None:
    with a_readership(sqlite_store, tmp_path) as web:
        sqlite_store.close()
        (tmp_path / "store.db").rename(tmp_path / "away.db")
        answer = web.subscribe("away@example.org")

    assert (answer.status, answer.headers["retry-after"], answer.title) == (503, "60", "Ora non è possibile")


@pytest.mark.parametrize(
    ("name", "template"),
    [
        ("button.html", "{% broken"),
        ("base.html", "{{ nothing.at.all }}"),
        (
            "form_head.html",
            "{% for n in range(9999) %}{% for m in range(9999) %}{{ 'x' * 999 }}{% endfor %}{% endfor %}",
        ),
    ],
)
def test_templates_that_are_broken_keep_nobody_in(
    sqlite_store: Store, tmp_path: Path, name: str, template: str
) -> None:
    with a_readership(sqlite_store, tmp_path) as web:
        path = web.confirmed("in@example.org")
        (tmp_path / "config/templates").mkdir(parents=True)
        (tmp_path / "config/templates" / name).write_text(template)
        looked, left = web.ask(path), web.post(path)

    assert (looked.status, looked.title) == (200, "Annulla l’iscrizione")
    assert (left.status, left.title) == (200, LEFT)


def test_a_newsroom_may_make_the_pages_its_own(sqlite_store: Store, tmp_path: Path) -> None:
    (tmp_path / "config/templates").mkdir(parents=True)
    (tmp_path / "config/templates/told.html").write_text(
        '{% extends "base.html" %}{% block content %}<h1>Ciao</h1>{% endblock %}'
    )

    with a_readership(sqlite_store, tmp_path) as web:
        assert web.subscribe("own@example.org").title == "Ciao"


def test_the_public_path_may_be_handed_on_or_cut_off(sqlite_store: Store, tmp_path: Path) -> None:
    with a_readership(sqlite_store, tmp_path, path="/posta/") as web:
        assert web.ask("/posta/subscribe/it").title == SUBSCRIBE
        assert web.ask("/subscribe/it").title == SUBSCRIBE
        assert web.subscribe("prefix@example.org").status == 200
        assert web.link("prefix@example.org").startswith("confirm/")


# ── the mails that bring the links ──────────────────────────────────────────


def test_whoever_asks_is_written_to_at_once_and_failures_are_told_once_and_not_whom() -> None:
    rounds: Queue[int] = Queue()
    counted, tried = count(1), count(1)

    def send(_stopping: Event) -> None:
        rounds.put(next(counted))
        if next(tried) < 3:
            raise MailRefused("mail_login_failed", user="ada@example.org")

    with overheard() as said:
        with sending(send) as wake:
            assert rounds.get(timeout=20) == 1
            wake()
            assert rounds.get(timeout=20) == 2
            wake()
            assert rounds.get(timeout=20) == 3
        assert rounds.empty()

    logged = [json.loads(line) for line in said.getvalue().splitlines()]
    assert [(one["event"], one.get("code")) for one in logged] == [
        ("work_failed", "mail_login_failed"),
        ("work_recovered", None),
    ]
    assert "ada@" not in said.getvalue()


def test_a_mail_under_way_is_ended_and_none_is_begun() -> None:
    begun, ended = Event(), Event()

    def send(stopping: Event) -> None:
        begun.set()
        stopping.wait(20)
        ended.set()

    with sending(send):
        assert begun.wait(20)

    assert ended.is_set()


def test_the_program_writes_to_who_asks_and_ends_when_told(newsroom: Newsroom) -> None:
    with post_office() as office:
        here = {"CURATOR_SERVE__PUBLIC_URL": "http://127.0.0.1/", "CURATOR_MAIL__URL": office.url}
        arrived = Event()
        office.before_answer = lambda _mail: arrived.set()
        serving = newsroom.start("serve", "--port", 0, "--json", **here)
        assert serving.stdout
        said = json.loads("".join(serving.stdout.readline().decode() for _ in range(5)))
        form = urlencode({"email": "ada@example.org", "consent": consent_of(newsroom)})
        line = http.client.HTTPConnection(said["host"], said["port"], timeout=20)
        line.request("POST", "/subscribe/it", form, {"Content-Type": FORM})
        assert line.getresponse().status == 200
        assert arrived.wait(20)
        serving.send_signal(signal.SIGTERM)
        _, err = serving.communicate(timeout=30)
        line.close()

    assert office.recipients == ["ada@example.org"]
    assert serving.returncode == 0
    assert "http://127.0.0.1/confirm/it." in part(office.taken[0].content, "plain")
    assert "ada@" not in err.decode()


def consent_of(newsroom: Newsroom) -> str:
    return consent_text(load_settings(newsroom.folder, newsroom.environ).default_edition).version


# ── does it answer? ─────────────────────────────────────────────────────────


def test_the_probe_knows_the_page_that_everybody_leaves_by(web: Readership) -> None:
    base = web.settings.serve.public_url
    nobody = tokens.unsubscribe_token(SECRET, edition="it", subscriber_id=0)
    before = rows(web.store)

    found = {
        path: answers(f"{base}{path}")
        for path in (f"unsubscribe/it/{nobody}", "unsubscribe/it/0.x", "subscribe/it", "nothing")
    }

    assert found == {
        f"unsubscribe/it/{nobody}": None,
        "unsubscribe/it/0.x": "answers 404",
        "subscribe/it": "another page answers",
        "nothing": "answers 404",
    }
    assert rows(web.store) == before
    assert answers("http://127.0.0.1:9/unsubscribe")
    assert answers("nonsense") == "no address"
