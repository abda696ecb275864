"""The index that a reader's browser searches: no server, and nobody learns what was looked for."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence

from curator.publish.markup import shortened
from curator.publish.showing import Shown
from curator.publish.site import item_path

_WORDS = re.compile(r"\w+")


def shard(shown: Sequence[Shown]) -> bytes:
    """These items, the newest first, as search.js reads them.

    Address, headline, its language, note, date where it has one, topics, words.
    """
    return (
        json.dumps(
            [_entry(each) for each in shown], ensure_ascii=False, separators=(",", ":"), sort_keys=True
        )
        + "\n"
    ).encode()


def _entry(shown: Shown) -> dict[str, object]:
    content = shown.content
    return {
        "a": item_path(shown.publication),
        **({} if shown.publication.undated else {"d": shown.publication.published_at.isoformat()}),
        "h": content.headline,
        "l": content.language,
        "n": shortened(shown.summary or ""),
        "t": content.tags,
        "w": " ".join(
            dict.fromkeys(word for words in _said(shown) for word in _WORDS.findall(folded(words)))
        ),
    }


def _said(shown: Shown) -> Iterator[str]:
    content = shown.content
    yield content.headline
    yield content.note or ""
    yield content.author
    yield from content.tags
    yield content.excerpt.text if content.excerpt else ""
    for attribution in content.attributions:
        yield from (attribution.title or "", *attribution.authors, attribution.publisher or "")


def folded(words: str) -> str:
    """Without accents and capitals; search.js does the same to what is typed."""
    if words.isascii():
        return words.lower()
    apart = unicodedata.normalize("NFKD", words)
    return "".join(c for c in apart if not unicodedata.combining(c)).lower()
