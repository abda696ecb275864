"""Words as finding needs them: without accents, case and elisions, and by their stems.

Both engines index what this makes of a text, and look for what it makes of a question; neither is
asked to know a language. A stem carries its language («it0organizz»): an Italian one meets only
Italian texts, so a question may be read in every language that we know at once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module, util
from types import ModuleType
from typing import Any

RULES = 1
"""Counts up when texts have to be indexed again."""

LANGUAGES = {
    "it": "Italian",
    "en": "English",
    "fr": "French",
    "de": "German",
    "es": "Spanish",
    "pt": "Portuguese",
}
"""Whose inflections are found; texts in other languages are found by the words as they stand."""

# l'organizzazione: what stands before an apostrophe and is no word of its own.
_ELIDED = frozenset(
    "all anch bell buon c ch com cos coll d dall dell dev dov gl j jusqu l lorsqu m mezz n nell nessun neg"
    " pent pover puisqu qu quand quell quest quoiqu s sant senz sull t tant tutt un v".split()
)
_AFTER = frozenset("s t d m ll re ve".split())  # the customer's, don't
_APOSTROPHES = "'’ʼ‘`´"
_WORD = re.compile(rf"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*(?:[{_APOSTROPHES}](?=[^\W_]))?")
# Snowball takes «telefono» and «italiano» for verbs (telef-ono, itali-ano), but not their plurals.
_ITALIAN_ENDING = re.compile(r"(?<=[cg])h[ei]\Z|i?[aeio]\Z")
_ALONE = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
_ALONE_TABLE = str.maketrans(_ALONE)
_LONGEST = 60  # letters of a word that count
_SHORTEST_STEM = 3
_SHORTEST_BEGINNING = 2
_MOST_WORDS = 12  # of a question
_MOST_LETTERS = 500
_QUOTED = re.compile(r"[\"“”«»„]")
# Asked for along with other words, they say nothing: half of all texts have them. (Not «ai»: it is AI, too.)
_EMPTY = frozenset(
    (
        "a ad agli al alla alle allo che chi ci come con da dagli dai dal dalla dalle dallo degli dei del"
        " della delle dello di e ed gli ha i il in io la le lei lo loro ma mi ne negli nei nel nella nelle"
        " nello noi non o per se si su sugli sui sul sulla sulle sullo tra fra un una uno voi an and are"
        " as at be by for from has is it its of on or that the this to was we with you your au aux avec ce"
        " ces dans de des du elle en est et ils les leur ou par pas pour que qui sa ses sur une als auf aus"
        " bei das dem den der die ein eine einer es fur im ist mit nicht sie sind und von zu zum zur el ella"
        " los las por para sin sus y ao com do dos em na nas no nos os uma"
    ).split()
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: where it stands, and by what it is found."""

    start: int
    end: int
    plain: str
    stems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A text must have any of `forms`, or a word that begins so; or all of `phrase` in a row."""

    forms: frozenset[str] = frozenset()
    beginning: str | None = None
    phrase: tuple[str, ...] = ()

    def meets(self, word: Word) -> bool:
        """Whether the word is one to be marked."""
        return (
            word.plain in self.forms
            or not self.forms.isdisjoint(word.stems)
            or word.plain in self.phrase
            or (self.beginning is not None and word.plain.startswith(self.beginning))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What somebody looks for. Without anything wanted it finds nothing."""

    wanted: tuple[Wanted, ...]


def words(text: str, *, language: str | None) -> Iterator[Word]:
    """The words of a text in their order; without a language that we know they have no stems."""
    primary = _primary(language)
    for found in _WORD.finditer(text):
        plain, stems = _forms(found[0].lower(), primary)
        start, end = found.start(), found.end()
        if not plain or (plain in _AFTER and start and text[start - 1] in _APOSTROPHES):
            continue
        yield Word(start, end - (text[end - 1] in _APOSTROPHES), plain, stems)


def indexed(text: str, *, language: str | None) -> str:
    """What an engine is given to index: the words in their order (phrases are found), then each stem once."""
    primary = _primary(language)
    forms = [_forms(said, primary) for said in _WORD.findall(text.lower())]
    return " ".join(
        [*(plain for plain, _ in forms if plain), *(stem for _, stems in forms for stem in stems)]
    )


def question(asked: str) -> Question:
    """Any input is a question: all its words are wanted, the last perhaps half typed; "phrases" in a row."""
    pieces = _QUOTED.split(asked[:_MOST_LETTERS])
    wanted: list[Wanted] = []
    empty: list[Wanted] = []
    for n, piece in enumerate(pieces):
        said = list(words(piece, language=None))
        quoted = n % 2 == 1 and n < len(pieces) - 1
        if quoted and len(said) > 1:
            wanted.append(Wanted(phrase=tuple(word.plain for word in said)))
            continue
        for word in said:
            typing = n == len(pieces) - 1 and word.end == len(piece)
            one = _wanted(piece[word.start : word.end], typing=typing)
            (empty if word.plain in _EMPTY else wanted).append(one)
    return Question(wanted=tuple(dict.fromkeys(wanted or empty))[:_MOST_WORDS])


def _wanted(said: str, *, typing: bool) -> Wanted:
    lowered = said.lower()
    plain, _ = _forms(lowered, None)
    stems = (stem for language in LANGUAGES for stem in _forms(lowered, language)[1])
    return Wanted(
        forms=frozenset([plain, *stems]),
        beginning=plain if typing and len(plain) >= _SHORTEST_BEGINNING else None,
    )


@lru_cache(maxsize=60_000)
def _forms(lowered: str, language: str | None) -> tuple[str, tuple[str, ...]]:
    """The word without accents and case, and its stems where its language has some."""
    lowered = unicodedata.normalize("NFC", lowered[:_LONGEST])
    if lowered[-1] in _APOSTROPHES:
        lowered = lowered[:-1]
        if lowered in _ELIDED:
            return "", ()
    plain = _folded(lowered)
    if language is None or len(plain) < _SHORTEST_STEM or not plain.isalpha():
        return plain, ()
    stems = {_folded(_stemmer(language).stemWord(lowered))}
    if language == "it":
        stems.add(_ITALIAN_ENDING.sub("", plain))
    return plain, tuple(f"{language}0{stem}" for stem in sorted(stems) if len(stem) >= _SHORTEST_STEM)


def _folded(lowered: str) -> str:
    if lowered.isascii():
        return lowered
    apart = unicodedata.normalize("NFKD", lowered.casefold())
    bare = "".join(letter for letter in apart if letter.isalnum())
    return bare.translate(_ALONE_TABLE)


def _primary(language: str | None) -> str | None:
    primary = (language or "").split("-", 1)[0].lower()
    return primary if primary in LANGUAGES else None


@cache
def _stemmer(language: str) -> Any:
    name = LANGUAGES[language]
    stemmers = import_module(f"{_library().__name__}.{name.lower()}_stemmer")
    return getattr(stemmers, f"{name}Stemmer")()


@cache
def _library() -> ModuleType:
    """snowballstemmer without its __init__, which reads all of its 36 languages: 300 ms at each start."""
    import sys

    spec = util.find_spec("snowballstemmer")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("snowballstemmer")
    own = util.spec_from_file_location(
        "curator_snowball", spec.origin, submodule_search_locations=spec.submodule_search_locations
    )
    if own is None:
        raise ModuleNotFoundError("snowballstemmer")
    return sys.modules.setdefault(own.name, util.module_from_spec(own))
