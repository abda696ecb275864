"""Pages that `serve` makes for one person: to subscribe, confirm, choose, leave and be forgotten.

They look as all others do and need nothing but themselves: their style is in
them, they run no script, set no cookie and load nothing from anywhere.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from markupsafe import Markup

from curator.publish import pages
from curator.publish.consent import consent_text
from curator.publish.pages import Frame
from curator.publish.site import ICON, STYLE, Site
from curator.settings import Edition

EVERY, SOME = "every", "some"
ONE_CLICK = ("List-Unsubscribe", "One-Click")
"""What a mail program posts (RFC 8058 §3.1), and so does our button."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A page and what it may do, as a header says it."""

    content: bytes
    policy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What somebody has put into a form, to be shown again. `problem` is the label of what is wrong.

    `tags` None: every issue. `minutes`: until they may ask again.
    """

    email: str = ""
    tags: tuple[str, ...] | None = None
    agreed: bool = False
    problem: str | None = None
    minutes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What one edition offers, and what of it somebody wants. `topics`: by name; `tags` None: every issue.

    `followed`: they have agreed to it before.
    """

    edition: Edition
    topics: tuple[str, ...]
    followed: bool = False
    wanted: bool = True
    tags: tuple[str, ...] | None = None


EMPTY = Filled()


def subscribe(site: Site, *, up: str, topics: Sequence[str], filled: Filled = EMPTY) -> Form:
    """The form for the newsletter. `up` leads from the page to the top of `serve.public_url`, here and below.

    What was filled in before is there again, with what is wrong with it.
    """
    choice = Choice(edition=site.edition, topics=tuple(topics), tags=filled.tags)
    consent = consent_text(site.edition)
    others = _elsewhere(site, f"{up}subscribe/")
    return _form("subscribe.html", site, others=others, filled=filled, choice=choice, consent=consent)


def asked(site: Site, *, email: str) -> Form:
    """Whether the address is known or not: the same."""
    return _told(site, "asked_title", "asked_text", "asked_missing", shown=email)


def confirm(site: Site) -> Form:
    return _button(site, "confirm_title", "confirm_text", button="confirm")


def confirmed(site: Site) -> Form:
    return _told(site, "confirmed_title", "confirmed_text")


def leave(site: Site) -> Form:
    return _button(site, "unsubscribe", "leave_text", button="unsubscribe", hidden=ONE_CLICK)


def left(site: Site, *, up: str | None) -> Form:
    """`up` None: nobody can subscribe here."""
    ways = [("left_again", f"{up}subscribe/{site.edition.key}")] if up is not None else []
    return _told(site, "left_title", "left_text", ways=ways)


def ask_preferences(site: Site, *, up: str, filled: Filled = EMPTY) -> Form:
    others = _elsewhere(site, f"{up}preferences/")
    return _form("ask_preferences.html", site, others=others, filled=filled)


def preferences_sent(site: Site, *, email: str) -> Form:
    return _told(site, "asked_title", "preferences_asked_text", "asked_missing", shown=email)


def preferences(
    site: Site,
    *,
    email: str,
    choices: Sequence[Choice],
    token: str,
    problems: Mapping[str, str],
    saved: bool = False,
) -> Form:
    """What the person at this address gets. `problems`: labels, by the key of the edition."""
    agreeing = [(each, None if each.followed else consent_text(each.edition)) for each in choices]
    return _form(
        "preferences.html",
        site,
        email=email,
        choices=agreeing,
        problems=problems,
        saved=saved,
        here=token,
    )


def erase(site: Site, *, email: str) -> Form:
    return _button(site, "erase", "erase_text", "erase_kept", button="erase", email=email)


def erased(site: Site) -> Form:
    return _told(site, "erased_title", "erased_text", "erase_kept")


def broken_link(site: Site, why: str, *, up: str | None, way: str = "subscribe") -> Form:
    """`why`: link_invalid or link_expired. `way`: of the form that gives another one."""
    ways = [(_TITLES[way], f"{up}{way}/{site.edition.key}")] if up is not None else []
    return _told(site, why, f"{why}_text", ways=ways)


def later(site: Site, *, request: str = "") -> Form:
    """`request`: what the log calls it, to be quoted by whoever asks us about it."""
    sentences = ["page_later_text", *(["page_later_quote"] if request else [])]
    return _told(site, "page_later", *sentences, shown=request)


def offered(topics: Sequence[str], chosen: Sequence[str] | None) -> tuple[str, ...]:
    """What somebody has chosen stays on offer, though nothing is written about it any more."""
    known = {topic.casefold() for topic in topics}
    return (*topics, *(tag for tag in chosen or () if tag.casefold() not in known))


# ── how they are made ──

_TITLES = {"subscribe": "subscribe_title", "preferences": "preferences"}


def _told(
    site: Site, title: str, *sentences: str, shown: str = "", ways: Sequence[tuple[str, str]] = ()
) -> Form:
    return _form("told.html", site, title=title, sentences=sentences, shown=shown, ways=ways)


def _button(
    site: Site,
    title: str,
    *sentences: str,
    button: str,
    email: str = "",
    hidden: tuple[str, str] | None = None,
) -> Form:
    return _form(
        "button.html", site, title=title, sentences=sentences, button=button, email=email, hidden=hidden
    )


def _form(template: str, site: Site, *, others: Sequence[tuple[Edition, str]] = (), **values: object) -> Form:
    style = site.templates.source(STYLE).decode().replace("</", "<\\/")
    icon = f"data:image/svg+xml;base64,{base64.b64encode(site.templates.source(ICON)).decode()}"
    # Pages that were published may lie at another address than those of `serve`, so links to them are whole.
    around = {
        "site": site,
        "edition": site.edition,
        "root": site.home_url,
        "top": site.top_url,
        "policy": "",
        "section": "",
        "feeds": (),
        "others": others,
        "style": Markup(style),  # noqa: S704  the house's or the newsroom's own
        "icon": icon,
    }
    parts = {
        name: site.templates.render(f"{file}.html", **around)
        for name, file in (("head", "form_head"), ("navigation", "navigation"), ("footer", "footer"))
    }
    content = pages.dressed(
        template,
        site,
        frame=Frame(**parts),
        root=site.home_url,
        top=site.top_url,
        path="",
        url="",
        **{"shown": "", "email": "", **values},
    )
    return Form(content=content, policy=_policy(site, style))


def _policy(site: Site, style: str) -> str:
    """Nothing but the page's own style; what a newsroom's own templates add may lie among its pages."""
    ours = "'self'"
    where = urlsplit(site.top_url)
    published = f"{where.scheme}://{where.netloc}"
    told = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{told}' {ours} {published}; "
        f"img-src data: {ours} {published}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def _elsewhere(site: Site, before: str) -> list[tuple[Edition, str]]:
    """The same form for the newsletters of the other editions."""
    return [(other.edition, f"{before}{other.edition.key}") for other in site.others]
