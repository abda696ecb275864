"""The pages that `serve` makes for one person: in their edition's words and dress, whatever goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import ParamSpec

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from curator.errors import BadInput, CuratorError, StoreError
from curator.faces.serve.guard import Errands, log
from curator.publish import forms, subscribing
from curator.publish.forms import Form
from curator.publish.site import Site, site_of
from curator.publish.templating import house
from curator.settings import Edition, Settings
from curator.store import Store

P = ParamSpec("P")

FINE, NOT_OURS, OVER, LATER = 200, 404, 410, 503
_TOPICS_FOR = timedelta(minutes=5)  # kept: nobody can wear the database out with a form


@dataclass(slots=True, kw_only=True)
class Pages:
    settings: Settings
    store: Store
    run: Errands
    clock: Callable[[], datetime]
    _topics: dict[str, tuple[datetime, tuple[str, ...]]] = field(default_factory=dict)

    def edition(self, request: Request) -> Edition:
        edition = self.settings.editions.get(request.path_params["edition"])
        if edition is None:
            raise HTTPException(NOT_OURS)
        return edition

    async def do(
        self, edition: Edition, act: Callable[P, Response], *args: P.args, **named: P.kwargs
    ) -> Response:
        """In a thread; a database that is away or busy is said in the edition's own words."""
        try:
            return await self.run(act, *args, **named)
        except StoreError as error:
            log.error("request_failed", code=error.reason)
            request = str(structlog.contextvars.get_contextvars().get("request", ""))
            later = partial(forms.later, request=request)
            return await self.run(self.page, edition, later, LATER, {"Retry-After": "60"})

    def page(
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

    def broken(self, edition: Edition, bad: BadInput, *, up: str | None, way: str = "subscribe") -> Response:
        if bad.reason not in ("link_invalid", "link_expired"):
            raise bad
        status = OVER if bad.reason == "link_expired" else NOT_OURS
        return self.page(edition, lambda site: forms.broken_link(site, bad.reason, up=up, way=way), status)

    def topics_of(self, edition: Edition) -> tuple[str, ...]:
        until, topics = self._topics.get(edition.key, (None, ()))
        now = self.clock()
        if until is None or now >= until:
            topics = subscribing.offered_tags(self.store, edition.key)
            self._topics[edition.key] = (now + _TOPICS_FOR, topics)
        return topics

    def editions_from(self, first: Edition) -> list[Edition]:
        return [first, *(each for key, each in self.settings.editions.items() if key != first.key)]

    def url(self, path: str) -> str:
        return f"{(self.settings.serve.public_url or '').rstrip('/')}/{path}"
