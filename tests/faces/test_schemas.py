"""What --json answers is what docs/schema says: a newsroom's life, each answer held against its schema."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import meta

from blogpages import block_listing, classic_single
from curator.faces.cli.commands import COMMANDS
from drawing import jpeg
from engine import running_engine
from newsroom import STORY, Newsroom, Page, an_item, feed, serving
from schemas import ERROR, OF, SCHEMAS, command_of, complaints, loaded
from wordpressserver import running_wordpress


class Witness:
    """Asks the newsroom and keeps every answer under its command."""

    def __init__(self, newsroom: Newsroom) -> None:
        self.newsroom = newsroom
        self.answers: dict[str, list[Any]] = defaultdict(list)

    def __call__(self, *words: str | int | Path, status: int | None = 0) -> Any:
        said = self.newsroom.curator(*map(str, words), "--json", ok=False)
        assert status in (said.status, None), f"curator {words}: exit {said.status}\n{said.out}\n{said.err}"
        command = command_of([str(word) for word in words])
        self.answers[ERROR if "error" in said.json else command].append(said.json)
        return said.json


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[Any]]]:
    folder = tmp_path_factory.mktemp("life")
    with serving() as web, running_engine() as engine:
        engines = f'[{{engine = "libretranslate", url = "{engine.url}"}}]'
        newsroom = Newsroom(folder / "newsroom", web, editions__en__language="en", translate__engines=engines)
        ask = Witness(newsroom)
        _begin(ask, folder)
        _follow(ask, folder)
        _edit(ask)
        _together(ask)
        _publish(ask)
        _mirror(ask)
        _mail(ask, folder)
        _bring(ask, folder)
        _look_after(ask, folder)
        _for_years(ask, folder)
        yield ask.answers


def _begin(ask: Witness, folder: Path) -> None:
    ask("init", folder / "another")
    ask("init", folder / "another")
    ask("doctor")
    ask("completion", "bash")


def _follow(ask: Witness, folder: Path) -> None:
    web = ask.newsroom.web
    picture = '<img src="https://blog.example/a.png" alt="A queue">'
    web["/feed"] = feed(*(an_item(str(n), f"Story {n}", STORY + picture) for n in range(5)))
    web["/page"] = '<html><head><link rel="alternate" type="application/rss+xml" href="/feed"></head></html>'
    web["/gone"] = Page(b"", 410)
    ask("source", "check", web.url("/page"))
    ask("source", "check", web.url("/nowhere"), status=1)
    ask("source", "add", web.url("/page"), "--tag", "cx", "--license", "CC BY 4.0")
    ask("source", "add", web.url("/feed"), status=1)
    ask("source", "edit", 1, "--interval", 30, "--max-words", 300, "--clear", "license")
    ask("source", "edit", 1, "--max-share", 40, "--full-text-permission", "A mail from their desk")
    ask("source", "edit", 1, "--full-text-permission", " ", status=1)
    ask("source", "pause", 1)
    ask("source", "resume", 1)
    ask("source", "import", "--dry-run")
    listed = folder / "sources.opml"
    outlines = [f'<outline type="rss" xmlUrl="{url}"/>' for url in (web.url("/gone"), "ftp://x.example/")]
    listed.write_text(f'<opml version="2.0"><head/><body>{"".join(outlines)}</body></opml>')
    ask("source", "import", listed)
    ask("source", "export")
    ask("poll")
    ask("poll", "--all")
    del web["/feed"]
    ask("poll", 1)
    ask("source", "show", 1)
    ask("source", "list")
    ask("source", "remove", 2)
    ask("source", "show", 99, status=1)
    stories = (f"<li><a href=/s/{n}>A story of the day, number {n}</a> 2026-02-0{n}</li>" for n in (3, 2, 1))
    web["/news"] = f"<html><body><ul>{''.join(stories)}</ul></body></html>"
    ask("source", "check", web.url("/news"))
    page = ask("source", "add", web.url("/news"), "--page")["id"]
    ask("source", "edit", page, "--selector", "teaser=em")
    ask("source", "edit", page, "--infer")
    ask("source", "edit", page, "--selector", "teaser", status=1)
    ask("entries")
    ask("queue")
    ask("queue", "--since", "never", status=1)


def _edit(ask: Witness) -> None:
    ask("claim", 1, 2)
    ask("claim", 1, "--editor", "luca", status=1)
    ask("claim", 3, 99, "--keep-going")
    ask("release", 3)
    ask("approve", 1, status=1)
    ask("approve", 1, 2, "--keep-going")
    ask("review", 1)
    ask("translate", 1)
    ask("translate", 1, "--accept")
    ask("translate", 1, "--to", "en", status=1)
    ask("write", 1, "--headline", "Titolo", "--note", "Una nota.", "--credit", "Ada", "--tag", "promesse")
    ask("write", 1, "--headline", "Altro titolo", "--version", 1, status=1)
    ask("write", 1, "--edition", "en", "--headline", "Title", "--note", "A note.")
    ask("write", 2, "--headline", "Secondo", "--no-image", "--waive", "note_missing=basta il titolo")
    ask.newsroom.web["/queue.jpg"] = Page(jpeg())
    picture = ask.newsroom.web.url("/queue.jpg")
    ask("write", 1, "--image", picture, "--credit", "Ada", "--alt", "Una coda", "--image-license", "CC0")
    ask("picture", 1)
    ask("picture", 2, status=1)
    ask("show", 2)
    ask("show", 2, "--diff")
    ask("show", 2, "--entry")
    ask("preview", 2)
    ask("approve", 1, 2)
    ask("skip", 4, "--reason", "Doppione")
    ask("requeue", 4)
    ask("undo", 4)
    ask("skip", "--source", 1, "--older-than", "1d", "--dry-run")
    ask("join", 4, 5)
    ask("separate", 5)
    ask("separate", 5, status=1)
    asks = '<head><title>Clipped</title><meta name="robots" content="noai"></head>'
    ask.newsroom.web["/clipped"] = f"<html>{asks}<body><article>{STORY * 3}</article></body></html>"
    clipped = ask("clip", ask.newsroom.web.url("/clipped"))
    assert clipped["page"]["opt_outs"] == ["noai"]
    ask("clip", ask.newsroom.web.url("/nowhere"), status=1)
    ask("items", "--status", "ready")
    ask("search", "story")
    ask("problems")


def _together(ask: Witness) -> None:
    ask("assign", 3, "luca")
    ask("assign", 3, "--nobody", "--dry-run")
    ask("comment", 3, "Serve un’immagine?")
    ask("send-back", 1, "--comment", "Più breve.")
    ask("approve", 1, "--at", "+1m")
    ask("approve", 1, status=1)
    ask("undo", 1)
    ask("approve", 1)
    ask("tags")
    ask("filter", "save", "vecchi", "--older-than", "30d", "--source", 1)
    ask("queue", "--filter", "vecchi")
    ask("queue", "--filter", "nuovi", status=1)
    ask("filter", "list")
    ask("filter", "remove", "vecchi")
    ask("claim", "--tag", "nessuna")


def _publish(ask: Witness) -> None:
    ask("publish", "--dry-run")
    ask("publish")
    ask("write", 1, "--note", "Una nota corretta.", "--correction", "La nota era sbagliata.")
    ask("publish")
    ask("withdraw", 2, "--reason", "Chiesto dall’autrice")
    ask("publish")
    ask("undo", 2, status=1)
    ask("show", 1)
    ask("history", 1)
    ask("log")


def _mirror(ask: Witness) -> None:
    ask("mirror", "status", status=1)
    with running_wordpress() as blog:
        said = {"URL": blog.url, "USER": blog.user, "PASSWORD": blog.password}
        ask.newsroom.environ |= {f"CURATOR_WORDPRESS__{key}": value for key, value in said.items()}
        ask("mirror", "push", "--all", "--dry-run")
        ask("mirror", "push", "--all")
        blog.edit(next(iter(blog.posts.values())), title="Loro")
        ask("write", 1, "--note", "Una nota corretta ancora.")
        ask("publish")
        ask("mirror", "status")
        ask("mirror", "settle", 1, "--keep")
        ask("mirror", "settle", 1, status=1)
        blog.password = "revoked"
        ask("write", 1, "--note", "Una nota corretta per la terza volta.")
        ask("mirror", "settle", 1, "--overwrite")
        ask("publish")
        ask("doctor", status=1)
        ask("mirror", "status")
        for key in said:
            del ask.newsroom.environ[f"CURATOR_WORDPRESS__{key}"]


def _mail(ask: Witness, folder: Path) -> None:
    ask("issue", "show", status=1)
    ask("subscriber", "add", "ada@example.org", "--confirmed", "--consent", "Al convegno, di persona")
    ask("subscriber", "add", "no address", "--consent", "Nessuno", status=1)
    people = folder / "people.csv"
    people.write_text("email\nbruno@example.org\nnobody\n", encoding="utf-8")
    ask("subscriber", "import", people, "--consent", "Modulo sul sito")
    ask("subscriber", "list")
    ask("subscriber", "show", "ada@example.org")
    ask("subscriber", "show", "ada@example.org", "--export")
    ask("subscriber", "export")
    ask("subscriber", "export", "--output", folder / "readers.csv")
    ask("issue", "draft")
    ask("issue", "close")
    ask("issue", "close")
    ask("issue", "check", 1, status=None)  # whatever the gate finds
    ask("issue", "reopen", 1)
    ask("issue", "edit", "--intro", "Care lettrici", "--subject", "La settimana")
    ask("issue", "draft")
    ask("issue", "edit", "--drop", 99, status=1)
    ask("issue", "close")
    ask("issue", "rebuild", 1)
    ask("issue", "list")
    ask("issue", "show", 1)
    ask("issue", "preview", 1)
    ask("issue", "test", 1, "--to", "prova@example.org")
    ask("issue", "send", "--dry-run")
    ask("issue", "pause", 1)
    ask("issue", "resume", 1)
    ask("issue", "send")
    ask("issue", "status")
    ask("issue", "settle", 1, "--drop")
    ask("issue", "cancel", 1)
    (folder / "returned.eml").write_text("Subject: nothing of ours\n")
    ask("bounce", "read", folder / "returned.eml")
    ask("subscriber", "unsubscribe", "bruno@example.org")
    ask("subscriber", "erase", "ada@example.org")


def _bring(ask: Witness, folder: Path) -> None:
    blog = folder / "blog"
    blog.mkdir()
    (blog / "uno.html").write_bytes(classic_single())
    (blog / "elenco.html").write_bytes(block_listing())
    ask("import", blog, "--dry-run")
    brought = ask("import", blog)
    item = next(each["item"] for each in brought["problems"])
    (blog / "uno.html").write_bytes(classic_single().replace(b"promesse", b"promesse vere"))
    ask("import", blog)
    ask("show", item, "--entry")
    ask("show", item, "--diff")
    ask("import", folder / "nowhere", status=1)


def _look_after(ask: Witness, folder: Path) -> None:
    ask("desk")
    ask("next")
    ask("run", "--once")
    ask.answers["serve"].append(_first_words(ask.newsroom))
    ask("db", "current")
    ask("db", "upgrade")
    ask("backup", folder / "backup.zip")
    ask("backup", folder / "backup.zip", status=1)
    ask("doctor")
    ask("demo", folder / "demo")
    ask("show", status=2)
    ask("source", "add", status=2)


def _for_years(ask: Witness, folder: Path) -> None:
    """What happens to a newsroom as the years go by; in the end it is another's copy."""
    ask("stats")
    ask("stats", "--page", folder / "stats.html")
    ask("tidy", "--dry-run")
    ask("tidy")
    ask("alerts", "list", "--all")
    ask("alerts", "test", status=1)
    told = {"CURATOR_ALERTS__COMMAND": '["true"]'}
    ask.newsroom.environ |= told
    ask("alerts", "test", status=None)
    ask("backup", folder / "backup.zip", "--check")
    ask("backup", folder / "backups", "--keep", 1)
    restored = Witness(Newsroom(folder / "restored", ask.newsroom.web))
    restored("restore", folder / "backup.zip")
    restored("restore", folder / "backup.zip", status=1)
    restored("restore", folder / "backup.zip", "--force")
    restored("publish", status=1)
    restored("doctor", status=1)
    restored("resume", "--after-restore", "--dry-run")
    restored("resume", "--after-restore")
    restored("resume", "--after-restore", status=None)
    restored("db", "copy", "--to", "sqlite:///data/another.db")
    restored("issue", "send", status=1)
    for command, said in restored.answers.items():
        ask.answers[command] += said


def _first_words(newsroom: Newsroom) -> Any:
    """`serve` says one thing and goes on."""
    serving = newsroom.start("serve", "--port", 0, "--json")
    assert serving.stdout
    said = "".join(iter(lambda: serving.stdout.readline().decode(), "}\n"))  # type: ignore[union-attr]
    serving.terminate()
    serving.communicate(timeout=30)
    return json.loads(said + "}")


def test_every_answer_is_as_its_schema_says(answers: dict[str, list[Any]]) -> None:
    found = {
        command: [said for each in answers[command] for said in complaints(each, schema)]
        for command, schema in {**OF, ERROR: ERROR}.items()
    }

    assert {command: said for command, said in found.items() if said} == {}
    assert OF.keys() <= {command for command, said in answers.items() if said}


def test_every_command_has_a_schema() -> None:
    assert OF.keys() == COMMANDS.keys()


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.name)
def test_every_schema_is_one_and_closes_what_the_house_controls(path: Path) -> None:
    if path.name == "index.json":
        return
    schema = loaded(path.name)

    meta.validate(schema)
    assert [found for found in _objects(schema) if "additionalProperties" not in found] == []


def _objects(schema: Any) -> Iterator[Any]:
    """Every object with named keys; one without names is a table whose keys are data."""
    if isinstance(schema, dict):
        if "required" in schema:
            yield schema
        for value in schema.values():
            yield from _objects(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _objects(value)


def test_an_unknown_key_does_not_pass() -> None:
    assert complaints({"newsroom": "/n", "created": [], "more": 1}, "init.json")
    assert complaints({"newsroom": "/n"}, "init.json")


def test_no_schema_is_left_over() -> None:
    def named_in(name: str) -> set[str]:
        text = (SCHEMAS / name).read_text(encoding="utf-8")
        return {path.name for path in SCHEMAS.glob("*.json") if f'"{path.name}' in text}

    reached, ahead = set(), {"index.json", ERROR}
    while ahead:
        name = ahead.pop()
        reached.add(name)
        ahead |= named_in(name) - reached

    assert reached == {path.name for path in SCHEMAS.glob("*.json")}
