"""Publications → HTML pages that work from a disk, a web server or a reader's archive alike.

Links among our pages are relative, styles are inside the page, and the page's
own policy forbids it to load anything: no page makes a reader's machine call
a third party.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from importlib.resources import files

from markupsafe import Markup

from curator.model import Copy, Issue, Publication
from curator.publish import labels, markup
from curator.publish.showing import Shown
from curator.publish.site import (
    ARCHIVE,
    ATOM,
    FEED_TYPES,
    JSON_FEED,
    NEWSLETTER,
    RSS,
    Site,
    item_path,
    picture_path,
)

_BANNER_STYLE = "margin:0;padding:.75rem 1rem;background:#8a2c0d;color:#ffffff;font:600 1rem sans-serif"
_FEED_NAMES = {ATOM: "Atom", RSS: "RSS", JSON_FEED: "JSON Feed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    css: Markup
    hash: str


def item(shown: Shown, *, site: Site, banner: str | None = None) -> bytes:
    """One item's page. With a `banner` it is a preview, alone in its folder, and says so."""
    local = _local(shown, site, root="" if banner else "../")
    return _page("item.html", site, depth=1, shown=local, banner=banner)


def withdrawn(publication: Publication, *, site: Site) -> bytes:
    """The page of an item taken back: what it said is gone, what the editors say about that is there."""
    return _page(
        "withdrawn.html",
        site,
        depth=1,
        withdrawn_at=publication.withdrawn_at,
        public_note=markup.plain_line(publication.public_note),
    )


def index(front: Sequence[Shown], *, site: Site, older: bool) -> bytes:
    """The front page: the newest items whole. `older`: there are more in the archive."""
    front = [_local(shown, site, root="") for shown in front]
    return _page("index.html", site, depth=0, front=front, older=older, url=site.home_url)


def archive(months: Sequence[tuple[datetime, Sequence[Shown]]], *, site: Site) -> bytes:
    """Every headline, by month."""
    return _page("archive.html", site, depth=1, months=months, url=site.url(ARCHIVE))


def newsletter(issues: Sequence[Issue], *, site: Site) -> bytes:
    """Every issue that was closed, newest first."""
    return _page("newsletter.html", site, depth=1, issues=issues, url=site.url(NEWSLETTER))


def beside(markup: str, copy: Copy | None, *, site: Site, root: str = "") -> str:
    """Markup whose picture is where the page is, not where it will be in public."""
    return markup.replace(site.picture_url(copy), f"{root}{picture_path(copy)}") if copy else markup


def marked(document: str, *, banner: str) -> bytes:
    """A whole document of somebody else's making, with a line at its top that says what it is."""
    before, body, after = re.split("(<body[^>]*>)", document, maxsplit=1)
    line = Markup('<p role="note" style="{}">{}</p>').format(_BANNER_STYLE, banner)
    return f"{before}{body}{line}{after}\n".encode()


def _local(shown: Shown, site: Site, *, root: str) -> Shown:
    """A page shows the picture that lies beside it: it works from a disk, and loads from nowhere else."""
    copy = shown.content.copy
    return replace(shown, body=Markup(beside(shown.body, copy, site=site, root=root))) if copy else shown  # noqa: S704  it was Markup before


def _page(template: str, site: Site, *, depth: int, banner: str | None = None, **values: object) -> bytes:
    feeds = [
        {"path": path, "name": name, "url": site.url(path), "type": FEED_TYPES[path]}
        for path, name in _FEED_NAMES.items()
    ]
    page = site.templates.render(
        template,
        edition=site.edition,
        feeds=feeds,
        root="../" * depth,
        style=_style(),
        banner=banner,
        path=item_path,
        picture_url=site.picture_url,
        og_locale=labels.og_locale(site.edition),
        **values,
    )
    return f"{page}\n".encode()


@lru_cache(maxsize=1)
def _style() -> Style:
    css = files("curator.publish").joinpath("templates/style.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return Style(css=Markup(css), hash=f"sha256-{digest}")  # noqa: S704  our own file
