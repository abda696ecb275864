"""Where readers come to get the newsletter, to say what they want of it, to leave and to be forgotten.

Looking changes nothing: programs follow every link of a mail before its reader
does. Only a POST acts, and what it needs is in the address that it goes to.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ParamSpec

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from curator.edges.probing import OURS
from curator.errors import BadInput, CuratorError, Refused, StoreError
from curator.faces.serve import posted
from curator.faces.serve.guard import Errands, body_of, log
from curator.faces.serve.moments import Moments, at_moments
from curator.publish import forms, subscribing
from curator.publish.consent import consent_text
from curator.publish.forms import SOME, Choice, Filled, Form
from curator.publish.site import Site, site_of
from curator.publish.subscribers import canonical
from curator.publish.templating import house
from curator.settings import Edition, Settings
from curator.store import Store

P = ParamSpec("P")

LARGEST = 16 * 1024
"""Bytes of a form that somebody has filled in."""

FINE, NOT_OURS, OVER, WRONG, TOO_OFTEN, LATER = 200, 404, 410, 422, 429, 503
_TOPICS_FOR = timedelta(minutes=5)  # kept: nobody can wear the database out with a form

Fields = Mapping[str, Sequence[str]]


@dataclass(slots=True, kw_only=True)
class Subscribing:
    """`wake`: there may be a mail to send. `moments`: when those are answered who name an address."""

    settings: Settings
    store: Store
    secret: bytes
    run: Errands
    clock: Callable[[], datetime]
    wake: Callable[[], None] = lambda: None
    moments: Moments = at_moments
    _topics: dict[str, tuple[datetime, tuple[str, ...]]] = field(default_factory=dict)

    def routes(self) -> list[BaseRoute]:
        """Who left a newsroom without a public address must still be able to: their mails lead here."""
        unsubscribe = Route("/unsubscribe/{edition}/{token}", self.unsubscribe, methods=_BOTH)
        if self.settings.serve.public_url is None:
            return [unsubscribe]
        return [
            unsubscribe,
            Route("/subscribe/{edition}", self.subscribe, methods=_BOTH),
            Route("/confirm/{token}", self.confirm, methods=_BOTH),
            Route("/preferences/{edition}", self.ask_preferences, methods=_BOTH),
            Route("/preferences/{edition}/{token}", self.preferences, methods=_BOTH),
            Route("/preferences/{edition}/{token}/erase", self.erase, methods=_BOTH),
        ]

    # ── what is asked, by the names that the log and the figures know ──

    async def subscribe(self, request: Request) -> Response:
        edition = self._edition(request)
        if request.method == "POST":
            said = await _said(request)
            async with self.moments():
                return await self._do(edition, self._ask, edition, said, _client(request))
        return await self._do(edition, self._form, edition)

    async def confirm(self, request: Request) -> Response:
        token, acts = request.path_params["token"], request.method == "POST"
        if acts:
            await _body(request)
        return await self._do(self.settings.default_edition, self._confirm, token, acts=acts)

    async def unsubscribe(self, request: Request) -> Response:
        edition, token = self._edition(request), request.path_params["token"]
        if request.method == "POST":
            # Whoever has the link and posts wants to leave, whatever else they say or forget to say.
            await _body(request)
            return await self._do(edition, self._leave, edition, token)
        return await self._do(edition, self._look_leave, edition, token)

    async def ask_preferences(self, request: Request) -> Response:
        edition = self._edition(request)
        if request.method == "POST":
            said = await _said(request)
            async with self.moments():
                return await self._do(edition, self._send_preferences, edition, said, _client(request))
        return await self._do(edition, self._preferences_form, edition)

    async def preferences(self, request: Request) -> Response:
        edition, token = self._edition(request), request.path_params["token"]
        if request.method == "POST":
            said = await _said(request)
            return await self._do(edition, self._change, edition, token, said, _client(request))
        return await self._do(edition, self._preferences, edition, token)

    async def erase(self, request: Request) -> Response:
        edition, token = self._edition(request), request.path_params["token"]
        acts = request.method == "POST"
        if acts:
            await _body(request)
        return await self._do(edition, self._erase, edition, token, acts=acts)

    def _edition(self, request: Request) -> Edition:
        edition = self.settings.editions.get(request.path_params["edition"])
        if edition is None:
            raise HTTPException(NOT_OURS)
        return edition

    async def _do(
        self, edition: Edition, act: Callable[P, Response], *args: P.args, **named: P.kwargs
    ) -> Response:
        """In a thread; a database that is away or busy is said in the edition's own words."""
        try:
            return await self.run(act, *args, **named)
        except StoreError as error:
            log.error("request_failed", code=error.reason)
            return await self.run(self._page, edition, forms.later, LATER, {"Retry-After": "60"})

    # ── subscribing ──

    def _form(self, edition: Edition, filled: Filled = forms.EMPTY, *, seconds: int = 0) -> Response:
        topics = self._topics_of(edition)

        def make(site: Site) -> Form:
            return forms.subscribe(site, up="../", topics=topics, filled=filled)

        return self._page(edition, make, *_status(filled, seconds))

    def _ask(self, edition: Edition, said: Fields, client: str) -> Response:
        tags, missing = _tags(said, edition.key)
        agreed = _last(said, "consent")
        consent = consent_text(edition)
        filled = Filled(email=_last(said, "email"), tags=tags, agreed=agreed == consent.version)
        problem = _wrong_address(filled.email)
        if problem is None and missing:
            problem = "topics_missing"
        if problem is None and not filled.agreed:
            problem = "consent_changed" if agreed else "consent_missing"
        if problem is not None:
            return self._form(edition, replace(filled, problem=problem))
        try:
            subscribing.ask(
                self.store,
                settings=self.settings,
                edition=edition,
                email=filled.email,
                tags=tags,
                form_url=self._url(f"subscribe/{edition.key}"),
                client=client,
                secret=self.secret,
                now=self.clock(),
            )
        except Refused as refused:
            again, seconds = _too_often(filled, refused)
            return self._form(edition, again, seconds=seconds)
        self.wake()
        return self._page(edition, lambda site: forms.asked(site, email=filled.email))

    def _confirm(self, token: str, *, acts: bool) -> Response:
        act = subscribing.confirm if acts else subscribing.look_confirm
        try:
            key = act(self.store, settings=self.settings, token=token, secret=self.secret, now=self.clock())
        except BadInput as bad:
            return self._broken(self.settings.default_edition, bad, up="../")
        return self._page(self.settings.editions[key], forms.confirmed if acts else forms.confirm)

    # ── leaving ──

    def _look_leave(self, edition: Edition, token: str) -> Response:
        try:
            subscribing.look_leave(edition=edition.key, token=token, secret=self.secret)
        except BadInput as bad:
            return self._broken(edition, bad, up=self._up)
        return self._page(edition, forms.leave, headers={OURS: "unsubscribe"})

    def _leave(self, edition: Edition, token: str) -> Response:
        try:
            subscribing.leave(
                self.store, edition=edition.key, token=token, secret=self.secret, now=self.clock()
            )
        except BadInput as bad:
            return self._broken(edition, bad, up=self._up)
        return self._page(edition, lambda site: forms.left(site, up=self._up))

    @property
    def _up(self) -> str | None:
        return None if self.settings.serve.public_url is None else "../../"

    # ── choosing ──

    def _preferences_form(
        self, edition: Edition, filled: Filled = forms.EMPTY, *, seconds: int = 0
    ) -> Response:
        def make(site: Site) -> Form:
            return forms.ask_preferences(site, up="../", filled=filled)

        return self._page(edition, make, *_status(filled, seconds))

    def _send_preferences(self, edition: Edition, said: Fields, client: str) -> Response:
        filled = Filled(email=_last(said, "email"))
        if problem := _wrong_address(filled.email):
            return self._preferences_form(edition, replace(filled, problem=problem))
        try:
            subscribing.ask_preferences(
                self.store,
                settings=self.settings,
                edition=edition,
                email=filled.email,
                client=client,
                secret=self.secret,
                now=self.clock(),
            )
        except Refused as refused:
            again, seconds = _too_often(filled, refused)
            return self._preferences_form(edition, again, seconds=seconds)
        self.wake()
        return self._page(edition, lambda site: forms.preferences_sent(site, email=filled.email))

    def _preferences(self, edition: Edition, token: str, *, saved: bool = False) -> Response:
        try:
            found = self._found(edition, token)
        except BadInput as bad:
            return self._broken(edition, bad, up="../../", way="preferences")
        choices = [
            Choice(
                edition=each,
                topics=self._topics_of(each),
                followed=each.key in found.following,
                wanted=each.key in found.following,
                tags=found.following.get(each.key),
            )
            for each in self._editions(edition)
        ]
        return self._page(
            edition,
            lambda site: forms.preferences(
                site, email=found.email, choices=choices, token=token, problems={}, saved=saved
            ),
        )

    def _change(self, edition: Edition, token: str, said: Fields, client: str) -> Response:
        wanted: dict[str, tuple[str, ...] | None] = {}
        problems: dict[str, str] = {}
        for key in said.get("edition", ()):
            if key in self.settings.editions:
                wanted[key], missing = _tags(said, key)
                if missing:
                    problems[key] = "topics_missing"
        try:
            if problems:
                return self._choose_again(edition, token, wanted, problems)
            subscribing.change(
                self.store,
                settings=self.settings,
                edition=edition.key,
                token=token,
                wanted=wanted,
                client=client,
                form_url=self._url(f"preferences/{edition.key}"),
                secret=self.secret,
                now=self.clock(),
            )
        except BadInput as bad:
            return self._broken(edition, bad, up="../../", way="preferences")
        return self._preferences(edition, token, saved=True)

    def _choose_again(
        self,
        edition: Edition,
        token: str,
        wanted: Mapping[str, tuple[str, ...] | None],
        problems: Mapping[str, str],
    ) -> Response:
        found = self._found(edition, token)
        choices = [
            Choice(
                edition=each,
                topics=self._topics_of(each),
                followed=each.key in found.following,
                wanted=each.key in wanted,
                tags=wanted.get(each.key),
            )
            for each in self._editions(edition)
        ]
        return self._page(
            edition,
            lambda site: forms.preferences(
                site, email=found.email, choices=choices, token=token, problems=problems
            ),
            WRONG,
        )

    def _erase(self, edition: Edition, token: str, *, acts: bool) -> Response:
        now = self.clock()
        try:
            if acts:
                subscribing.forget(
                    self.store, self.settings, edition=edition.key, token=token, secret=self.secret, now=now
                )
                return self._page(edition, forms.erased)
            found = self._found(edition, token)
        except BadInput as bad:
            return self._broken(edition, bad, up="../../../", way="preferences")
        return self._page(edition, lambda site: forms.erase(site, email=found.email))

    def _found(self, edition: Edition, token: str) -> subscribing.Preferences:
        return subscribing.preferences(
            self.store, edition=edition.key, token=token, secret=self.secret, now=self.clock()
        )

    # ── pages ──

    def _page(
        self,
        edition: Edition,
        make: Callable[[Site], Form],
        status: int = FINE,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        form = self._made(edition, make)
        said = {"Content-Security-Policy": form.policy, "X-Robots-Tag": "noindex", **(headers or {})}
        return Response(form.content, status, said, "text/html; charset=utf-8")

    def _made(self, edition: Edition, make: Callable[[Site], Form]) -> Form:
        """With the newsroom's own templates; with the house's where these are broken: people must get out."""
        try:
            site = site_of(self.settings, edition)
            if site.templates.are_own:
                site = replace(site, templates=site.templates.watched())
            return make(site)
        except (CuratorError, OSError, UnicodeDecodeError) as error:
            place = error.data if isinstance(error, CuratorError) else {}
            log.error(  # without its words: what a template chokes on may be an address
                "template_broken", path=str(place.get("path", "")), line=place.get("line")
            )
            return make(site_of(self.settings, edition, templates=house()))

    def _broken(self, edition: Edition, bad: BadInput, *, up: str | None, way: str = "subscribe") -> Response:
        if bad.reason not in ("link_invalid", "link_expired"):
            raise bad
        status = OVER if bad.reason == "link_expired" else NOT_OURS
        return self._page(edition, lambda site: forms.broken_link(site, bad.reason, up=up, way=way), status)

    def _topics_of(self, edition: Edition) -> tuple[str, ...]:
        until, topics = self._topics.get(edition.key, (None, ()))
        now = self.clock()
        if until is None or now >= until:
            topics = subscribing.offered_tags(self.store, edition.key)
            self._topics[edition.key] = (now + _TOPICS_FOR, topics)
        return topics

    def _editions(self, first: Edition) -> list[Edition]:
        return [first, *(each for key, each in self.settings.editions.items() if key != first.key)]

    def _url(self, path: str) -> str:
        return f"{(self.settings.serve.public_url or '').rstrip('/')}/{path}"


_BOTH = ["GET", "POST"]  # and HEAD, which GET brings with it


async def _said(request: Request) -> Fields:
    return posted.fields(request.headers.get("content-type", ""), await _body(request))


async def _body(request: Request) -> bytes:
    """Read to its end also where nothing of it matters: an answer before that is lost on some clients."""
    try:
        return await body_of(request, limit=LARGEST)
    except ClientDisconnect as gone:
        raise HTTPException(400) from gone


def _client(request: Request) -> str:
    """Whoever asks; behind a proxy that is trusted, whoever that says."""
    return request.client.host if request.client else ""


def _last(said: Fields, name: str) -> str:
    return said[name][-1].strip() if said.get(name) else ""


def _tags(said: Fields, edition: str) -> tuple[tuple[str, ...] | None, bool]:
    """The topics that were chosen, None: all; and whether some are wanted and none is named."""
    if _last(said, f"which-{edition}") != SOME:
        return None, False
    tags = tuple(dict.fromkeys(tag for tag in said.get(f"tag-{edition}", ()) if tag.strip()))
    return tags, not tags


def _wrong_address(email: str) -> str | None:
    try:
        canonical(email)
    except BadInput as bad:
        return bad.reason
    return None


def _too_often(filled: Filled, refused: Refused) -> tuple[Filled, int]:
    """The form once more, and how many seconds it is too early for it."""
    if refused.reason != "asked_too_often":
        raise refused
    seconds = int(refused.data["seconds"])
    return replace(filled, problem="too_often", minutes=math.ceil(seconds / 60)), seconds


def _status(filled: Filled, seconds: int) -> tuple[int, Mapping[str, str]]:
    if seconds:
        return TOO_OFTEN, {"Retry-After": str(seconds)}
    return (WRONG if filled.problem else FINE), {}
