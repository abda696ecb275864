"""A list of sources that somebody keeps elsewhere: what it names, and what of it is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from curator.model import SourceDraft, SourceKind
from curator.text import clean_text, safe_url

LONGEST_NAME = 300
_FEED_SCHEME = re.compile(r"\s*feed:(?://(?=https?:))?(?P<rest>.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSource:
    """One source of a list; `line` is where it stands, for whoever has to mend it."""

    url: str
    kind: SourceKind = SourceKind.FEED
    draft: SourceDraft = field(default_factory=SourceDraft)
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedLine:
    """A line that is not taken; `why` is a problem code."""

    line: int
    url: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceList:
    sources: tuple[ListedSource, ...]
    refused: tuple[RefusedLine, ...] = ()


def tidy_tags(words: Iterable[str]) -> tuple[str, ...]:
    """Each tag once, in order. A comma separates tags everywhere: OPML knows no other way."""
    tags = (" ".join(clean_text(tag).split()) for word in words for tag in word.split(","))
    return tuple(dict.fromkeys(tag.strip("/ ") for tag in tags if tag.strip("/ ")))


def listed_url(said: str) -> str | None:
    """The web address that a list means, or None: for us there is nothing to run and no file to read.

    `feed:` was put before addresses so that a click would open a feed reader.
    """
    if found := _FEED_SCHEME.match(said):
        said = f"http:{found['rest']}" if found["rest"].startswith("//") else found["rest"]
    return safe_url(said)
