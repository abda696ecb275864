"""config/glossary.toml: words that engines must leave alone, or say our way, by pair of languages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from curator.errors import BadSettings
from curator.model import Lang
from curator.settings.given import read_toml
from curator.text import fingerprint

GLOSSARY = "config/glossary.toml"

_PAIR = re.compile(r"(?:any|[a-z]{2,3})-(?:any|[a-z]{2,3})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Glossary:
    """By pair ("en-it"; "any" on either side), each term with what is said in its place, None: itself."""

    pairs: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)

    def between(self, source: Lang, target: Lang) -> dict[str, str | None]:
        """What holds from this language to that one; the nearer pair decides."""
        spoken, wanted = (language.partition("-")[0].lower() for language in (source, target))
        found: dict[str, tuple[str, str | None]] = {}
        for pair in ("any-any", f"any-{wanted}", f"{spoken}-any", f"{spoken}-{wanted}"):
            for term, said in self.pairs.get(pair, {}).items():
                found[term.casefold()] = term, said
        return dict(found.values())

    def version(self, source: Lang, target: Lang) -> str:
        """Another one once anything that holds between the two is said otherwise."""
        said = self.between(source, target)
        return fingerprint(*(word for term in sorted(said) for word in (term, said[term])))[:12]


def load_glossary(newsroom: Path) -> Glossary:
    """What the file says; without a file, nothing is protected but addresses and markup."""
    path = newsroom / GLOSSARY
    if not path.exists():
        return Glossary()
    return Glossary(pairs={pair: dict(_terms(pair, said)) for pair, said in read_toml(path).items()})


def _terms(pair: str, said: Any) -> Iterator[tuple[str, str | None]]:
    if not _PAIR.fullmatch(pair):
        raise BadSettings("glossary_pair", where=GLOSSARY, pair=pair)
    if not isinstance(said, dict):
        raise BadSettings("settings_wants_table", key=pair, where=GLOSSARY)
    for term, instead in said.items():
        words = instead if isinstance(instead, str) else ""
        if not term.strip() or not (instead is True or words.strip()) or not f"{term}{words}".isprintable():
            raise BadSettings("glossary_term", where=GLOSSARY, pair=pair, term=term)
        yield term.strip(), None if instead is True else words.strip()
