"""Publications for tests of what readers get; only what matters is said, the rest is ordinary."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any

from builders import ITALIAN, NOW
from curator.model import (
    Attribution,
    Copy,
    Excerpt,
    Facets,
    Glance,
    Image,
    Lang,
    Origin,
    Publication,
    PublicItem,
    SafeHtml,
)
from curator.publish import feeds, showing
from curator.publish.feeds import FeedHead
from curator.publish.showing import Shown
from curator.publish.site import ATOM, JSON_FEED, RSS, WHOLE, Site

ENGLISH = replace(ITALIAN, key="en", language=Lang("en"), title="CX Review", labels={}, default=False)
SITE = Site(edition=ITALIAN, base_url="https://rassegna.example/", authority="rassegna.example,2026")


def an_excerpt(html: str = "<p>Customers remember how you made them feel.</p>", **said: Any) -> Excerpt:
    ordinary: dict[str, Any] = {
        "text": "Customers remember how you made them feel.",
        "language": Lang("en"),
        "truncated": False,
    }
    return Excerpt(html=SafeHtml(html), **(ordinary | said))


def an_attribution(**said: Any) -> Attribution:
    ordinary: dict[str, Any] = {
        "title": "Why customers leave",
        "authors": ("Ada Smith", "Bo Jones"),
        "publisher": "The CX Journal",
        "url": "https://cx.example/leave?a=1&b=2",
        "license": "https://creativecommons.org/licenses/by/4.0/",
    }
    return Attribution(**(ordinary | said))


def an_image(**said: Any) -> Image:
    ordinary: dict[str, Any] = {
        "url": "https://pictures.example/queue.jpg",
        "alt": "Una coda davanti a uno sportello",
        "credit": "Olav Rotne / Unsplash",
    }
    return Image(**(ordinary | said))


def a_copy(**said: Any) -> Copy:
    """Our own of `an_image`."""
    ordinary: dict[str, Any] = {
        "digest": "5a" * 32,
        "media_type": "image/jpeg",
        "width": 1168,
        "height": 800,
        "length": 40_960,
    }
    return Copy(**(ordinary | said))


def an_origin(**said: Any) -> Origin:
    ordinary: dict[str, Any] = {
        "url": "https://cx.example/feed",
        "name": "The CX Journal",
        "home_url": "https://cx.example/",
        "license": None,
        "updated": NOW - timedelta(days=3),
    }
    return Origin(**(ordinary | said))


def a_public_item(**said: Any) -> PublicItem:
    ordinary: dict[str, Any] = {
        "language": Lang("it"),
        "headline": "Perché i clienti se ne vanno",
        "note": "Mantenere le promesse basta.\nQuasi sempre.\n\nIl resto è <marketing> & rumore.",
        "author": "AICEX",
        "excerpt": an_excerpt(),
        "attributions": (an_attribution(),),
        "image": an_image(),
        "tags": ("fedeltà", "CX"),
        "origin": an_origin(),
    }
    return PublicItem(**(ordinary | said))


def a_publication(n: int = 1, **said: Any) -> Publication:
    """The `n`th of the edition; what is no field of Publication is said of its content."""
    of_publication = {field.name for field in fields(Publication)}
    of_content = {name: said.pop(name) for name in list(said) if name not in of_publication}
    ordinary: dict[str, Any] = {
        "item_id": n,
        "edition": "it",
        "ulid": f"01JNB0000000000000000{n:05d}",
        "slug": f"perche-i-clienti-se-ne-vanno-{n}",
        "sequence": n,
        "atom_id": f"tag:rassegna.example,2026:item/01JNB0000000000000000{n:05d}",
        "published_at": NOW + timedelta(hours=n),
        "updated_at": NOW + timedelta(hours=n),
        "item_version": 1,
        "content": a_public_item(**of_content),
    }
    return Publication(**(ordinary | said))


def a_glance(n: int = 1, **said: Any) -> Glance:
    """The `n`th of the edition without its texts; tags, sources, language and the like are of its facets."""
    ordinary: dict[str, Any] = {"tags": (), "sources": (), "language": None, "copy": None, "corrected": False}
    facets = Facets(**{name: said.pop(name, value) for name, value in ordinary.items()})
    at = said.pop("published_at", NOW + timedelta(hours=n))
    ordinary = {
        "item_id": n,
        "edition": "it",
        "slug": f"slug-{n}",
        "sequence": n,
        "published_at": at,
        "updated_at": at,
        "withdrawn_at": None,
        "facets": facets,
    }
    glance = ordinary | said
    return Glance(**{"digest": hashlib.sha256(repr(glance).encode()).hexdigest()} | glance)


@dataclass(frozen=True, kw_only=True)
class FeedDocument:
    """The same publications as a document in any format; `head` is what its head says beside the ordinary."""

    site: Site
    shown: Sequence[Shown]
    withdrawn: Sequence[Publication]
    head: Mapping[str, Any]

    def headed(self, file: str) -> FeedHead:
        channel = self.head.get("channel", WHOLE)
        newest = max([shown.publication.updated_at for shown in self.shown], default=NOW)
        ordinary = {"site": self.site, "file": file, "path": channel.path(file), "updated": newest}
        return FeedHead(**(ordinary | dict(self.head)))

    def made(self, file: str) -> bytes:
        head = self.headed(file)
        match file:
            case "feed.rss":
                return feeds.rss_feed(head, [feeds.rss_item(shown, self.site) for shown in self.shown])
            case "feed.json":
                return feeds.json_feed(head, [feeds.json_item(shown, self.site) for shown in self.shown])
            case _:
                entries = [feeds.atom_entry(shown, self.site) for shown in self.shown]
                return feeds.atom_feed(head, entries, self.withdrawn)

    @property
    def atom(self) -> bytes:
        return self.made(ATOM)

    @property
    def rss(self) -> bytes:
        return self.made(RSS)

    @property
    def json(self) -> Any:
        return json.loads(self.made(JSON_FEED))


def a_document(
    *publications: Publication, site: Site = SITE, withdrawn: Sequence[Publication] = (), **head: Any
) -> FeedDocument:
    """A feed of these, in the order given."""
    shown = [showing.show(p, site=site) for p in publications]
    return FeedDocument(site=site, shown=shown, withdrawn=withdrawn, head=head)
