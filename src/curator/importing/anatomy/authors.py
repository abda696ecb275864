"""Who is named beside a source: `di John Smith` in its line, `<cite>Jane Doe, Forbes</cite>` below it."""

from __future__ import annotations

import re

from curator.importing.anatomy.blocks import Block, Kind
from curator.mastheads import masthead_named
from curator.text.markup import End, Start, Text

SEPARATORS = " \t\n\xa0:：–—-|,;.·•→»()[]"
_NAME = r"[^\W\d_a-z][\w’'.-]*"
PERSON = rf"{_NAME}(?:\s+(?:(?:de|di|da|van|von|der|del|della|la)\s+)?{_NAME}){{1,3}}"
_CITED = re.compile(rf"(?P<name>{PERSON})(?:\s*[,–—|(-]\s*(?P<where>[^\n]{{2,80}}?)\)?)?")
_AUTHOR = re.compile(rf"(?:\A|(?<=[\s,;]))(?:di|by)\s+(?P<name>{PERSON})(?=\s*(?:[,;–—(|]|\Z))")


def authored(words: str) -> tuple[tuple[str, ...], str]:
    """Who is named as the author in a source line, and the words without that."""
    found = _AUTHOR.search(words)
    if found is None or masthead_named(found["name"]):
        return (), words
    left = f"{words[: found.start()]} {words[found.end() :]}".strip(SEPARATORS)
    return (found["name"],), left


def cited(block: Block) -> re.Match[str] | None:
    """The `name`, and `where`, that a block of nothing else names."""
    return _CITED.fullmatch(block.text.strip(SEPARATORS)) if _is_cite(block) else None


def _is_cite(block: Block) -> bool:
    """Whether all its words are in one `cite`."""
    if block.kind is not Kind.TEXT:
        return False
    within = 0
    for token in block.tokens:
        match token:
            case Start("cite"):
                within += 1
            case End("cite"):
                within -= 1
            case Text() if not within and token.text.strip():
                return False
            case _:
                pass
    return any(isinstance(token, Start) and token.name == "cite" for token in block.tokens)
