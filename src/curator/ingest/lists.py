"""A list of sources that somebody keeps elsewhere: what it names, and what of it is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from curator.model import Lang, SourceDraft
from curator.text import clean_text

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSource:
    """One source of a list; `line` is where it stands, for whoever has to mend it."""

    url: str
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


def language_tag(said: str | None) -> Lang | None:
    """A BCP 47 tag as far as its shape tells; None for anything else."""
    tidy = (said or "").strip().replace("_", "-")
    return Lang(tidy) if _LANGUAGE.fullmatch(tidy) else None
