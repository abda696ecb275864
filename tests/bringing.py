"""Posts of an existing blog for tests of importing; only what matters is said, the rest is ordinary."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.engine import Engine

from builders import ITALIAN, MARTA, NOW, SETTINGS
from curator.errors import CuratorError
from curator.importing.anatomy import recover
from curator.importing.house import house_of
from curator.importing.outcome import ImportResult
from curator.importing.reaching import Blog
from curator.importing.usecases import import_blog
from curator.lifecycle import SHARED
from curator.model import Form, Image, Imported, LeftOut, Original, Publication
from curator.store import Store
from curator.store import tables as t

BLOG = "https://rassegna.example"
WHOLE = (
    "<p>NOTA AICEX: chi ascolta i clienti li tiene, e chi tace li perde.</p>"
    "<p>Most companies ask their customers once a year what they think of them, and then do nothing.</p>"
    "<p>The others ask every day, in passing, and change one small thing before the evening comes.</p>"
)
BELOW = '<p>Source: <a href="https://hbr.org/2019/05/ask">https://hbr.org/2019/05/ask</a></p>'
PICTURE = Image(url=f"{BLOG}/wp-content/coda.jpg", alt="Una coda", credit="Olav Rotne / Unsplash")


def a_post(n: int = 1, *, form: Form = Form.WXR, **said: Any) -> Original:
    """The post number `n` as a form tells it; all forms of a number are one post."""
    ordinary: dict[str, Any] = {
        "form": form,
        "key": f"post {n}",
        "place": f"blog.{form}, {n}",
        "title": f"Ascoltare il cliente numero {n}",
        "html": WHOLE.replace("once", f"{n} times") + BELOW,
        "whole": True,
    }
    if form not in (Form.PLAIN, Form.PAGE):
        ordinary |= {
            "guid": f"{BLOG}/?p={n}",
            "published": NOW - timedelta(days=2000 - n),
            "tags": ("Ascolto", "CX"),
        }
    if form is not Form.PLAIN:
        ordinary |= {"permalink": f"{BLOG}/2019/05/{n}-ascoltare/", "blog": f"{BLOG}/", "image": PICTURE}
    if form in (Form.WXR, Form.REST):
        ordinary |= {"number": n, "updated": NOW - timedelta(days=1900 - n)}
    ordinary |= said
    ordinary.setdefault("raw", f"{form} {ordinary['title']} {ordinary['html']}")
    return Original(**ordinary)


def a_teaser(n: int = 1, *, form: Form = Form.PLAIN, **said: Any) -> Original:
    """How it begins: its source stands below the fold."""
    html = "".join(WHOLE.replace("once", f"{n} times").partition("then do nothing.</p>")[:2])
    return a_post(n, form=form, **({"html": html, "whole": False, "key": f"teaser {n}"} | said))


def a_blog(originals: Iterable[Original | LeftOut], *, breaks: CuratorError | None = None) -> Blog:
    def told() -> Iterator[Original | LeftOut]:
        yield from originals
        if breaks is not None:
            raise breaks

    return Blog(originals=told(), total=None, form=None)


def bring(store: Store, *originals: Original | LeftOut, **said: Any) -> ImportResult:
    """An import of these, in this order."""
    ordinary: dict[str, Any] = {"settings": SETTINGS, "edition": ITALIAN, "by": MARTA, "clock": lambda: NOW}
    return import_blog(store, **(ordinary | {"blog": a_blog(originals)} | said))


def what_came(store: Store) -> Any:
    """Items with all their words, what readers have of them, and what is kept of each telling."""
    with store.read() as tx:
        ids = list(tx.connection.execute(select(t.items.c.id)).scalars())
        publications = tx.publications.many("it", ids)
        imports = tx.imports.of_items(ids)
        found = [
            (
                item.commentaries["it"],
                *(getattr(item, name) for name in SHARED),
                _as_readers_have_it(publications.get(item.id)),
                sorted(
                    (one.form, one.whole, one.recovered.headline, one.changed) for one in imports[item.id]
                ),
            )
            for item in tx.items.many(ids)
        ]
        return sorted(found, key=lambda item: item[0].headline.replace("\u00a0", " "))


def _as_readers_have_it(public: Publication | None) -> Any:
    """Its id where it came with it; an address never changes, so it tells what was read first."""
    if public is None:
        return None
    told = public.atom_id if public.atom_id.startswith("http") else None
    return told, public.content, None if public.undated else public.published_at


def _kept(one: Imported) -> tuple[Any, ...]:
    return one.form, one.whole, one.recovered.headline, one.changed is not None


def bring_and_die(databases: Mapping[int, str], posts: Sequence[Original], at_once: int) -> None:
    """An import into each, in a process of its own that is killed right before its n-th statement."""
    recover(a_post(), house=house_of(ITALIAN))  # what tells languages is read once, and not by each
    for kill_at, database in databases.items():
        child = os.fork()
        if child == 0:
            _bring_until(kill_at, database, posts, at_once)
        os.waitpid(child, 0)


def _bring_until(kill_at: int, database: str, posts: Sequence[Original], at_once: int) -> None:
    taken = 0

    def step(*_said: object) -> None:
        nonlocal taken
        taken += 1
        if taken == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", step)
    event.listen(Engine, "commit", step)
    bring(Store(f"sqlite:///{database}"), *posts, at_once=at_once)
    os._exit(0)
