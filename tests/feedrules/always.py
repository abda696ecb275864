"""The rules hung into publish/feeds, so that every document that any test makes is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache, wraps
from typing import Any

from curator.publish import feeds
from feedrules.jsonfeed import json_findings
from feedrules.whole import findings

found: list[str] = []
"""What was wrong so far; a test may have swallowed the error."""


def check_always() -> None:
    """Once, before any test: what makes a document checks it before it gives it away."""
    for name, rules in (("atom_feed", _xml), ("rss_feed", _xml), ("json_feed", _json)):
        setattr(feeds, name, _checked(getattr(feeds, name), rules))


def _checked(make: Callable[..., bytes], rules: Callable[[bytes, str], list[str]]) -> Callable[..., bytes]:
    @wraps(make)
    def made(head: Any, entries: Iterable[bytes], *more: Any) -> bytes:
        document = make(head, entries, *more)
        if wrong := rules(document, head.url):
            found.extend(wrong)
            raise AssertionError(f"{head.path} breaks rules of the feed validator: {wrong}")
        return document

    return made


@lru_cache(maxsize=256)
def _xml(document: bytes, self_url: str) -> list[str]:
    return findings(document, self_url=self_url)


@lru_cache(maxsize=256)
def _json(document: bytes, self_url: str) -> list[str]:
    return json_findings(document, self_url=self_url)
