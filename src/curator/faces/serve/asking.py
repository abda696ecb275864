"""The two forms into which anybody may type anybody's address: the answer is the same for every one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response

from curator.errors import BadInput, Refused
from curator.faces.serve import posted
from curator.faces.serve.formpages import FINE, Pages
from curator.faces.serve.moments import Moments
from curator.faces.serve.posted import Fields
from curator.publish import forms, subscribing
from curator.publish.consent import consent_text
from curator.publish.forms import SOME, Filled, Form
from curator.publish.site import Site
from curator.publish.subscribers import canonical
from curator.settings import Edition

WRONG, TOO_OFTEN = 422, 429


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """`wake`: there may be a mail to send. `moments`: when these forms are answered."""

    pages: Pages
    secret: bytes
    wake: Callable[[], None]
    moments: Moments

    async def subscribe(self, request: Request) -> Response:
        return await self._answer(request, self._form, self._ask)

    async def ask_preferences(self, request: Request) -> Response:
        return await self._answer(request, self._preferences_form, self._send_preferences)

    async def _answer(
        self,
        request: Request,
        form: Callable[[Edition], Response],
        take: Callable[[Edition, Fields, str], Response],
    ) -> Response:
        """The form, or what becomes of it once it was filled in; that at the same moments for everybody."""
        edition = self.pages.edition(request)
        if request.method != "POST":
            return await self.pages.do(edition, form, edition)
        said = await posted.form_of(request)
        async with self.moments():
            return await self.pages.do(edition, take, edition, said, client_of(request))

    def _form(self, edition: Edition, filled: Filled = forms.EMPTY, *, seconds: int = 0) -> Response:
        topics = self.pages.topics_of(edition)

        def make(site: Site) -> Form:
            return forms.subscribe(site, up="../", topics=topics, filled=filled)

        return self.pages.page(edition, make, *_status(filled, seconds))

    def _ask(self, edition: Edition, said: Fields, client: str) -> Response:
        tags, missing = tags_of(said, edition.key, offered=self.pages.topics_of(edition))
        agreed = posted.last(said, "consent")
        consent = consent_text(edition)
        filled = Filled(email=posted.last(said, "email"), tags=tags, agreed=agreed == consent.version)
        problem = _wrong_address(filled.email)
        if problem is None and missing:
            problem = "topics_missing"
        if problem is None and not filled.agreed:
            problem = "consent_changed" if agreed else "consent_missing"
        if problem is not None:
            return self._form(edition, replace(filled, problem=problem))
        try:
            subscribing.ask(
                self.pages.store,
                settings=self.pages.settings,
                edition=edition,
                email=filled.email,
                tags=tags,
                form_url=self.pages.url(f"subscribe/{edition.key}"),
                client=client,
                secret=self.secret,
                now=self.pages.clock(),
            )
        except Refused as refused:
            again, seconds = _too_often(filled, refused)
            return self._form(edition, again, seconds=seconds)
        self.wake()
        return self.pages.page(edition, lambda site: forms.asked(site, email=filled.email))

    def _preferences_form(
        self, edition: Edition, filled: Filled = forms.EMPTY, *, seconds: int = 0
    ) -> Response:
        def make(site: Site) -> Form:
            return forms.ask_preferences(site, up="../", filled=filled)

        return self.pages.page(edition, make, *_status(filled, seconds))

    def _send_preferences(self, edition: Edition, said: Fields, client: str) -> Response:
        filled = Filled(email=posted.last(said, "email"))
        if problem := _wrong_address(filled.email):
            return self._preferences_form(edition, replace(filled, problem=problem))
        try:
            subscribing.ask_preferences(
                self.pages.store,
                settings=self.pages.settings,
                edition=edition,
                email=filled.email,
                client=client,
                secret=self.secret,
                now=self.pages.clock(),
            )
        except Refused as refused:
            again, seconds = _too_often(filled, refused)
            return self._preferences_form(edition, again, seconds=seconds)
        self.wake()
        return self.pages.page(edition, lambda site: forms.preferences_sent(site, email=filled.email))


def client_of(request: Request) -> str:
    """Whoever asks; behind a proxy that is trusted, whoever that says."""
    return request.client.host if request.client else ""


def tags_of(said: Fields, edition: str, *, offered: Sequence[str]) -> tuple[tuple[str, ...] | None, bool]:
    """The topics that were chosen, None: all; and whether some are wanted and none is named.

    What was not offered is not heard: nothing is ever written about it, and nobody knows who wrote it.
    """
    if posted.last(said, f"which-{edition}") != SOME:
        return None, False
    named = said.get(f"tag-{edition}", ())
    tags = tuple(tag for tag in dict.fromkeys(offered) if tag in named)
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
