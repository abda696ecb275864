"""Which language a block is in: a post has a headline and a note in one, a quotation in another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from curator.importing.anatomy.blocks import Block, Kind
from curator.model import UNKNOWN_LANGUAGE, Confidence, Lang
from curator.text import identify, sentence_spans
from curator.text.markup import Start, start_tag

_FEWEST_WORDS = 6  # fewer are names, captions and jargon: they are believed to be in the language around them
_SURE = 0.97


@lru_cache(maxsize=4096)
def language_in(text: str) -> Lang:
    """The language of a block by its own words alone; `und` where they are too few to tell."""
    if len(text.split()) < _FEWEST_WORDS:
        return UNKNOWN_LANGUAGE
    return identify(text, declared=None).language


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
        rest = text[start:]
        if start == 0 or len(rest.split()) < _FEWEST_TURNED:
            continue
        if not is_foreign(rest, home=home) or is_at_home(text[start:end], home=home):
            continue
        if is_at_home(text[:start], home=home) and is_foreign(rest[:_OPENING_OF_REST], home=home):
            return start
    return None


_QUOTED = re.compile(r"“[^“”]{1,600}”|«[^«»]{1,600}»|\"[^\"]{1,600}\"")
_FEWEST_TURNED = 12  # words
_OPENING_OF_REST = 150  # characters: what follows at once is foreign, too


def excerpt_language(blocks: Sequence[Block], *, declared: Lang | None) -> tuple[Lang, Confidence]:
    """That of most of the words; a declared one helps where they are too few to tell."""
    weights: dict[str, int] = {}
    for block in blocks:
        language = language_in(block.text)
        if language != UNKNOWN_LANGUAGE:
            weights[language] = weights.get(language, 0) + block.words
    whole = "\n".join(block.text for block in blocks)
    if not weights:
        told = identify(whole, declared=declared)
        unsure = Confidence.DOUBTFUL if told.language == UNKNOWN_LANGUAGE else Confidence.LIKELY
        return told.language, unsure
    most = Lang(max(weights, key=lambda each: (weights[each], each)))
    told = identify(whole, declared=declared if declared and same(declared, most) else None)
    if same(told.language, most):
        return told.language, Confidence.SURE if told.confidence >= _SURE else Confidence.LIKELY
    return most, Confidence.DOUBTFUL


def headline_language(title: str, *, home: Lang) -> Lang:
    """A headline is in the house's language unless its own words say otherwise."""
    told = identify(title, declared=home)
    return told.language


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
