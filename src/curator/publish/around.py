"""What stands around an item on its page: its neighbours in time, and itself in other editions."""

from __future__ import annotations

from dataclasses import dataclass

from curator.model import Lang


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """To another page of the same edition: its path, its headline and the headline's language."""

    path: str
    title: str
    language: Lang


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """The item in another edition. `hreflang` is the edition's language, `language` its headline's.

    `path` is below the public folder.
    """

    hreflang: Lang
    path: str
    url: str
    title: str
    language: Lang
    default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """`shared`: hosts on which others than the item's publisher publish; their pages bear the host's name."""

    newer: Link | None = None
    older: Link | None = None
    translations: tuple[Translation, ...] = ()
    shared: tuple[str, ...] = ()


NOTHING_AROUND = Around()
