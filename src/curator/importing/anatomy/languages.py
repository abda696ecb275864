"""Which language a block is in: a post has a headline and a note in one, a quotation in another."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from curator.importing.anatomy.blocks import Block, Kind
from curator.model import UNKNOWN_LANGUAGE, Confidence, Lang
from curator.text import Identified, identify, sentence_spans
from curator.text.markup import Start, start_tag

_FEWEST_WORDS = 6  # fewer are names, captions and jargon: they are believed to be in the language around them
_SURE = 0.97
_MOST = 0.6  # of the words that tell
_ENOUGH = 600  # characters: what follows hardly changes the answer


def language_in(text: str) -> Lang:
    """The language of a block by its own words alone; `und` where they are too few to tell."""
    return _told(text[:_ENOUGH]).language


@lru_cache(maxsize=4096)
def _told(text: str) -> Identified:
    words = text.lower().split()
    if len(words) < _FEWEST_WORDS:
        return Identified(language=UNKNOWN_LANGUAGE, confidence=0.0)
    plainly = _plainly(words)
    return Identified(language=plainly, confidence=1.0) if plainly else identify(text, declared=None)


def _plainly(words: Sequence[str]) -> Lang | None:
    """English or Italian where hardly a small word is another's; to ask properly takes a millisecond."""
    counts = dict.fromkeys(_SMALL, 0)
    for languages, count in Counter(map(_SMALL_IN.get, words)).items():
        for language in languages or ():
            counts[language] += count
    most = max(counts, key=counts.__getitem__)
    others = sum(counts.values()) - counts[most]
    is_plain = counts[most] >= max(_FEWEST_SMALL, len(words) * _SHARE_OF_SMALL) and others * 8 <= counts[most]
    return Lang(most) if is_plain and most else None


_FEWEST_SMALL = 5
_SHARE_OF_SMALL = 0.2
_SMALL = {
    "en": frozenset(
        "the of and to is that it for are with as was this be on not have from they you we by which their "
        "will what when our your can has been were its more than but or if at who".split()
    ),
    "it": frozenset(
        "il lo gli di che è per non si sono nel nella della dei delle del degli alla ai al dal dalla come "
        "più anche questo questa ma ed una uno e i le la un con da se ci loro cosa quando".split()
    ),
    "": frozenset(  # of others that share some of these
        "el los las y por para del es no su les des et est dans que qui pas sur au avec sont du une "
        "der die das und ist nicht mit den von zu ein eine für auf os um uma não em é het een van".split()
    ),
}
_SMALL_IN = {
    word: tuple(language for language, small in _SMALL.items() if word in small)
    for word in frozenset().union(*_SMALL.values())
}


def same(one: Lang, other: Lang) -> bool:
    return one.split("-")[0] == other.split("-")[0]


def is_foreign(text: str, *, home: Lang) -> bool:
    """Told by the words themselves to be in another language; what cannot be told is not."""
    language = language_in(text)
    return language != UNKNOWN_LANGUAGE and not same(language, home)


def is_at_home(text: str, *, home: Lang) -> bool:
    language = language_in(text)
    return language != UNKNOWN_LANGUAGE and same(language, home)


def turn(text: str, *, home: Lang) -> int | None:
    """Where words in our language end and others begin for good, in what was run together to one paragraph.

    A quotation within a note is no turn.
    """
    text = _QUOTED.sub(lambda found: " " * len(found[0]), text)
    for start, end in sentence_spans(text):
        rest = text[start : start + _ENOUGH]
        if start == 0 or len(rest.split()) < _FEWEST_TURNED:
            continue
        if not is_foreign(rest, home=home) or is_at_home(text[start:end], home=home):
            continue
        if is_at_home(text[:start], home=home) and is_foreign(rest[:_OPENING_OF_REST], home=home):
            return start
    return None


def ours_at_end(text: str, *, home: Lang) -> str | None:
    """A sentence in our language that ends words in another: `Leggi qui.`, which no source wrote."""
    tail = text[-_ENOUGH:]
    sentences = [tail[start:end].strip() for start, end in sentence_spans(tail)]
    if not sentences or is_at_home(text, home=home):
        return None
    last = sentences[-1]
    leads = same(home, Lang("it")) and _LEADING.match(last) is not None
    return last if leads or is_at_home(last, home=home) else None


_LEADING = re.compile(
    r"[(\[]?(?:leggi|leggete|vedi(?: anche)?|si veda|guarda|scopri|clicca|cliccate|continua|scarica"
    r"|approfondisci|per (?:saperne|approfondire|leggere)|qui (?:il|l[’'a]|trov\w+)|trovate|iscriviti)\b",
    re.IGNORECASE,
)


_QUOTED = re.compile(r"“[^“”]{1,600}”|«[^«»]{1,600}»|\"[^\"]{1,600}\"")
_FEWEST_TURNED = 12  # words
_OPENING_OF_REST = 150  # characters: what follows at once is foreign, too


def excerpt_language(blocks: Sequence[Block]) -> tuple[Lang, Confidence]:
    """That of most of the words, and how sure that is; of a few short lines by all of them together."""
    weights: dict[Lang, int] = {}
    for block in blocks:
        language = language_in(block.text)
        if language != UNKNOWN_LANGUAGE:
            weights[language] = weights.get(language, 0) + block.words
    if not weights:
        language = identify("\n".join(block.text for block in blocks), declared=None).language
        return language, Confidence.DOUBTFUL if language == UNKNOWN_LANGUAGE else Confidence.LIKELY
    most = max(weights, key=lambda each: (weights[each], each))
    share = weights[most] / sum(weights.values())
    sure = max(_told(block.text[:_ENOUGH]).confidence for block in blocks if language_in(block.text) == most)
    if share < _MOST:
        return most, Confidence.DOUBTFUL
    return most, Confidence.SURE if sure >= _SURE and share >= _SURE else Confidence.LIKELY


def headline_language(title: str, *, home: Lang) -> Lang:
    """A headline is in the house's language unless its own words say otherwise."""
    return identify(title, declared=home).language


def marked(blocks: Iterable[Block], language: Lang) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    """The blocks, those in another language than the others marked as such; and which these are."""
    whole: list[Block] = []
    others: list[Block] = []
    for block in blocks:
        own = language_in(block.text) if block.kind is Kind.TEXT else UNKNOWN_LANGUAGE
        if own == UNKNOWN_LANGUAGE or same(own, language):
            whole.append(block)
            continue
        others.append(block)
        whole.append(_with_language(block, own))
    return tuple(whole), tuple(others)


def _with_language(block: Block, language: Lang) -> Block:
    first, *rest = block.tokens
    if not isinstance(first, Start) or "lang" in first.attributes:
        return block
    attributes = {"lang": language, **first.attributes}
    return replace(block, tokens=(Start(first.name, attributes, start_tag(first.name, attributes)), *rest))
