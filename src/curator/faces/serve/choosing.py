"""What somebody does with the link to their preferences: choose what to get, or have it all erased."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from curator.errors import BadInput
from curator.faces.serve import posted
from curator.faces.serve.asking import WRONG, client_of, tags_of
from curator.faces.serve.formpages import Pages
from curator.faces.serve.posted import Fields
from curator.publish import forms, subscribing
from curator.publish.forms import Choice
from curator.publish.subscribing import Preferences
from curator.settings import Edition

Tags = Mapping[str, tuple[str, ...] | None]
"""By edition; None: every issue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choosing:
    pages: Pages
    secret: bytes

    async def preferences(self, request: Request) -> Response:
        edition, token = self.pages.edition(request), request.path_params["token"]
        if request.method == "POST":
            said = await posted.form_of(request)
            return await self.pages.do(edition, self._change, edition, token, said, client_of(request))
        return await self.pages.do(edition, self._preferences, edition, token)

    async def erase(self, request: Request) -> Response:
        edition, token = self.pages.edition(request), request.path_params["token"]
        acts = request.method == "POST"
        if acts:
            await posted.rest_of(request)
        return await self.pages.do(edition, self._erase, edition, token, acts=acts)

    def _preferences(self, edition: Edition, token: str, *, saved: bool = False) -> Response:
        try:
            found = self._found(edition, token)
        except BadInput as bad:
            return self.pages.broken(edition, bad, up="../../", way="preferences")
        choices = self._choices(edition, found, found.following)
        return self.pages.page(
            edition,
            lambda site: forms.preferences(
                site, email=found.email, choices=choices, token=token, problems={}, saved=saved
            ),
        )

    def _change(self, edition: Edition, token: str, said: Fields, client: str) -> Response:
        try:
            found = self._found(edition, token)
            wanted, problems = self._wanted(said, found)
            if problems:
                return self._choose_again(edition, token, found, wanted, problems)
            subscribing.change(
                self.pages.store,
                settings=self.pages.settings,
                edition=edition.key,
                token=token,
                wanted=wanted,
                client=client,
                form_url=self.pages.url(f"preferences/{edition.key}"),
                secret=self.secret,
                now=self.pages.clock(),
            )
        except BadInput as bad:
            return self.pages.broken(edition, bad, up="../../", way="preferences")
        return self._preferences(edition, token, saved=True)

    def _wanted(self, said: Fields, found: Preferences) -> tuple[Tags, dict[str, str]]:
        """By edition what is to be followed of it, and labels of what is wrong there."""
        wanted: dict[str, tuple[str, ...] | None] = {}
        problems: dict[str, str] = {}
        for key in said.get("edition", ()):
            if (edition := self.pages.settings.editions.get(key)) is not None:
                wanted[key], missing = tags_of(said, key, offered=self._topics(edition, found))
                if missing:
                    problems[key] = "topics_missing"
        return wanted, problems

    def _choose_again(
        self, edition: Edition, token: str, found: Preferences, wanted: Tags, problems: Mapping[str, str]
    ) -> Response:
        choices = self._choices(edition, found, wanted)
        return self.pages.page(
            edition,
            lambda site: forms.preferences(
                site, email=found.email, choices=choices, token=token, problems=problems
            ),
            WRONG,
        )

    def _choices(self, first: Edition, found: Preferences, wanted: Tags) -> list[Choice]:
        return [
            Choice(
                edition=each,
                topics=self._topics(each, found),
                followed=each.key in found.following,
                wanted=each.key in wanted,
                tags=wanted.get(each.key),
            )
            for each in self.pages.editions_from(first)
        ]

    def _topics(self, edition: Edition, found: Preferences) -> tuple[str, ...]:
        return forms.offered(self.pages.topics_of(edition), found.following.get(edition.key))

    def _erase(self, edition: Edition, token: str, *, acts: bool) -> Response:
        now = self.pages.clock()
        try:
            if acts:
                subscribing.forget(
                    self.pages.store,
                    self.pages.settings,
                    edition=edition.key,
                    token=token,
                    secret=self.secret,
                    now=now,
                )
                return self.pages.page(edition, forms.erased)
            found = self._found(edition, token)
        except BadInput as bad:
            return self.pages.broken(edition, bad, up="../../../", way="preferences")
        return self.pages.page(edition, lambda site: forms.erase(site, email=found.email))

    def _found(self, edition: Edition, token: str) -> Preferences:
        return subscribing.preferences(
            self.pages.store, edition=edition.key, token=token, secret=self.secret, now=self.pages.clock()
        )
