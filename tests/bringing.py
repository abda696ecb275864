"""Posts of an existing blog for tests of importing; only what matters is said, the rest is ordinary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from builders import ITALIAN, MARTA, NOW, SETTINGS
from curator.errors import CuratorError
from curator.importing.outcome import ImportResult
from curator.importing.reaching import Blog
from curator.importing.usecases import import_blog
from curator.model import Form, Image, LeftOut, Original
from curator.store import Store

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
