"""A day at a small newsroom, told by the commands that an editor would type."""

from __future__ import annotations

import contextlib
import io
import json
import shlex
import shutil
import sys
import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curator.errors import Refused
from curator.faces.demo.server import FEEDS, serving

Run = Callable[[list[str], Mapping[str, str]], int]
Say = Callable[..., object]

MARK = ".curator-demo"
"""Says that a folder was made here and may be wiped; its text is the port of the sources."""

SETTINGS = """\
# The settings of the demo's newsroom. Every setting there is: config/curator.toml of a newsroom
# made by `curator init`, and docs/reference.md.

[fetch]
# The demo's sources live on this machine; a real newsroom reaches only public addresses.
allow_private = ["{host}"]
# All of them share one little server of our own, so there is nobody to be polite to:
# a real newsroom leaves a second between two requests to one host.
per_host_gap = 0.05

[mail]
# Mails are written here and nobody receives them. Yours: smtp+starttls://user@mail.example.org:587
url = "folder:outbox"
from = "redazione@aicex.example"
"""

READERS = {
    "lettrice@example.org": "Modulo sul sito, 3 novembre 2026",
    "lettore@example.net": "Iscritto al convegno di Milano, firma sul foglio presenze",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a demo came to, for whoever asks in JSON."""

    newsroom: Path
    seconds: float
    published: tuple[int, ...]
    next_item: int
    mails: tuple[Path, ...]


def tell(
    folder: Path,
    *,
    run: Run,
    say: Say,
    environ: Mapping[str, str],
) -> Told:
    """Make the newsroom anew and work in it. `run` is the command line itself."""
    begun = time.monotonic()
    _clear(folder)
    with serving(folder / "public") as base:
        hands = _Hands(folder, run=run, environ=environ)
        _settle_in(folder, base, hands, say)
        _read(base, hands, say)
        chosen = _write(hands, say)
        _publish(hands, say, chosen)
        _mail(hands, say)
        _leave(hands, say)
        waiting = hands.ask("queue", "--limit", "1")["items"]
    mails = tuple(sorted((folder / "outbox").glob("*.eml")))
    return Told(
        newsroom=folder,
        seconds=time.monotonic() - begun,
        published=tuple(chosen),
        next_item=waiting[0]["id"],
        mails=mails,
    )


def made_here(folder: Path) -> int | None:
    """The port that this demo's sources had; None where the folder is no demo."""
    try:
        return int((folder / MARK).read_text())
    except (OSError, ValueError):
        return None


class _Hands:
    """Types commands: shown as an editor would type them, or quietly for what the story has to know."""

    def __init__(self, folder: Path, *, run: Run, environ: Mapping[str, str]) -> None:
        self._run = run
        self._environ = {**_ours(environ), "CURATOR_NEWSROOM": str(folder)}

    def type(self, *words: str) -> None:
        sys.stdout.write(f"\n$ curator {shlex.join(words)}\n")
        sys.stdout.flush()
        if self._run(list(words), self._environ):
            raise Refused("demo_stopped", command=shlex.join(words))

    def ask(self, *words: str) -> Any:
        heard = io.StringIO()
        with contextlib.redirect_stdout(heard), contextlib.redirect_stderr(io.StringIO()):
            self._run([*words, "--json"], self._environ)
        return json.loads(heard.getvalue())


# ── the day ─────────────────────────────────────────────────────────────────


def _clear(folder: Path) -> None:
    """Wipe what an earlier demo made, and nothing else, ever."""
    if folder.exists() and any(folder.iterdir()):
        if made_here(folder) is None:
            raise Refused("demo_not_ours", folder=str(folder))
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)


def _settle_in(folder: Path, base: str, hands: _Hands, say: Say) -> None:
    host = base.removeprefix("http://").rstrip("/")
    (folder / MARK).write_text(host.rpartition(":")[2])
    say("demo_newsroom")
    (folder / "config").mkdir()
    settings = SETTINGS.format(host=host) + f'\n[publish]\nbase_url = "{base}"\n'
    (folder / "config/curator.toml").write_text(settings)
    hands.type("init", str(folder))


def _read(base: str, hands: _Hands, say: Say) -> None:
    say("demo_sources", count=len(FEEDS))
    for feed in FEEDS:
        # A page is enough: it names its feed.
        hands.type("source", "add", base + feed.partition("/")[0] + "/")
    hands.type("poll")
    say("demo_queue")
    hands.type("queue", "--limit", "12")


def _write(hands: _Hands, say: Say) -> list[int]:
    queue = hands.ask("queue", "--limit", "100")["items"]
    by_title = {item["entry"]["title"]: item["id"] for item in queue}
    texts = tomllib.loads((Path(__file__).parent / "curated.toml").read_text(encoding="utf-8"))["item"]
    chosen = {by_title[text["title"]]: text for text in texts}
    first = next(iter(chosen))
    say("demo_write", count=len(chosen))
    hands.type("claim", *map(str, chosen))
    hands.type("show", str(first), "--entry")
    for item, text in chosen.items():
        hands.type("write", str(item), *_options(text))
    hands.type("review", str(first))
    hands.type("skip", str(by_title["Zahlen, die keiner fühlt"]), "--reason", "Già detto altrove")
    hands.type("approve", *map(str, chosen))
    return list(chosen)


def _options(text: Mapping[str, Any]) -> list[str]:
    options: list[str] = []
    for key in ("headline", "note", "paragraphs", "alt", "credit"):
        if key in text:
            options += [f"--{key}", text[key]]
    for tag in text["tags"]:
        options += ["--tag", tag]
    return options


def _publish(hands: _Hands, say: Say, chosen: list[int]) -> None:
    say("demo_publish", count=len(chosen))
    hands.type("publish")
    hands.type("history", str(chosen[0]))


def _mail(hands: _Hands, say: Say) -> None:
    say("demo_mail")
    for address, consent in READERS.items():
        hands.type("subscriber", "add", address, "--confirmed", "--consent", consent)
    hands.type("issue", "close")
    hands.type("issue", "send")


def _leave(hands: _Hands, say: Say) -> None:
    """The sources' server ends with the demo: paused, they are not found failing tomorrow."""
    say("demo_leave")
    sources = hands.ask("source", "list")["sources"]
    for source_id in sorted(source["id"] for source in sources):
        hands.type("source", "pause", str(source_id))
    hands.type("doctor")


def _ours(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without settings meant for another newsroom."""
    kept = ("CURATOR_EDITOR", "CURATOR_LOCALE")
    return {key: value for key, value in environ.items() if not key.startswith("CURATOR_") or key in kept}
