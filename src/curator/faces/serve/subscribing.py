"""Where readers come to get the newsletter, to say what they want of it, to leave and to be forgotten.

Looking changes nothing: programs follow every link of a mail before its reader
does. Only a POST acts, and what it needs is in the address that it goes to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from curator.edges.probing import OURS
from curator.errors import BadInput
from curator.faces.serve import posted
from curator.faces.serve.asking import Asking
from curator.faces.serve.choosing import Choosing
from curator.faces.serve.formpages import Pages
from curator.faces.serve.moments import Moments, at_moments
from curator.publish import forms, subscribing
from curator.settings import Edition


def routes(
    pages: Pages, *, secret: bytes, wake: Callable[[], None], moments: Moments = at_moments
) -> list[BaseRoute]:
    """Who left a newsroom without a public address must still be able to: their mails lead here.

    `wake`: there may be a mail to send. `moments`: when those are answered who name an address.
    """
    links = Links(pages=pages, secret=secret)
    unsubscribe = Route("/unsubscribe/{edition}/{token}", links.unsubscribe, methods=_BOTH)
    if pages.settings.serve.public_url is None:
        return [unsubscribe]
    asking = Asking(pages=pages, secret=secret, wake=wake, moments=moments)
    choosing = Choosing(pages=pages, secret=secret)
    return [
        unsubscribe,
        Route("/subscribe/{edition}", asking.subscribe, methods=_BOTH),
        Route("/confirm/{token}", links.confirm, methods=_BOTH),
        Route("/preferences/{edition}", asking.ask_preferences, methods=_BOTH),
        Route("/preferences/{edition}/{token}", choosing.preferences, methods=_BOTH),
        Route("/preferences/{edition}/{token}/erase", choosing.erase, methods=_BOTH),
    ]


_BOTH = ["GET", "POST"]  # and HEAD, which GET brings with it


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Those in mails that do one thing, by a button: confirming and leaving."""

    pages: Pages
    secret: bytes

    # By the names that the log and the figures know.

    async def confirm(self, request: Request) -> Response:
        token, acts = request.path_params["token"], request.method == "POST"
        if acts:
            await posted.rest_of(request)
        return await self.pages.do(self.pages.settings.default_edition, self._confirm, token, acts=acts)

    async def unsubscribe(self, request: Request) -> Response:
        edition, token = self.pages.edition(request), request.path_params["token"]
        if request.method == "POST":
            # Whoever has the link and posts wants to leave, whatever else they say or forget to say.
            await posted.rest_of(request)
            return await self.pages.do(edition, self._leave, edition, token)
        return await self.pages.do(edition, self._look_leave, edition, token)

    def _confirm(self, token: str, *, acts: bool) -> Response:
        act = subscribing.confirm if acts else subscribing.look_confirm
        try:
            key = act(
                self.pages.store,
                settings=self.pages.settings,
                token=token,
                secret=self.secret,
                now=self.pages.clock(),
            )
        except BadInput as bad:
            return self.pages.broken(self.pages.settings.default_edition, bad, up="../")
        return self.pages.page(self.pages.settings.editions[key], forms.confirmed if acts else forms.confirm)

    def _look_leave(self, edition: Edition, token: str) -> Response:
        try:
            subscribing.look_leave(edition=edition.key, token=token, secret=self.secret)
        except BadInput as bad:
            return self.pages.broken(edition, bad, up=self._up)
        return self.pages.page(edition, forms.leave, headers={OURS: "unsubscribe"})

    def _leave(self, edition: Edition, token: str) -> Response:
        try:
            subscribing.leave(
                self.pages.store,
                self.pages.settings,
                edition=edition.key,
                token=token,
                secret=self.secret,
                now=self.pages.clock(),
            )
        except BadInput as bad:
            return self.pages.broken(edition, bad, up=self._up)
        return self.pages.page(edition, lambda site: forms.left(site, up=self._up))

    @property
    def _up(self) -> str | None:
        return None if self.pages.settings.serve.public_url is None else "../../"
