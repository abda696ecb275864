"""Which language is this text? Only where it can be told; else what the feed declared; else `und`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from curator.model import UNKNOWN_LANGUAGE, Lang
from curator.text.characters import clean_text

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier  # type: ignore[import-untyped]  # ships no types

# What the identifier may answer. Closer relatives (nn/no, hr/sr, gl/pt) would only add doubt to short texts.
KNOWN = "it en fr de es pt nl ca sv da no fi pl cs sk hu ro tr el ru uk bg he ar fa hi ja zh ko".split()

# Of 150 titles (tests/labelled) the identifier puts 148 right, but is 90 % sure of 107 only: it is made to
# doubt short texts, and doubts most between close relatives. Its odds are squared, and a language that this
# trade hardly writes in has to make up for being ten times as rare as these.
_USUAL = frozenset("it en fr de es".split())
_RARITY = 0.1
_DECLARED = 5.0  # how much likelier the declared language is: many a blog in Italian declares en-US
_CONFIDENT = 0.8
_FEWEST_LETTERS = 10  # below this, a title is names and numbers
_ENOUGH = 2_000  # characters; more text changes no answer
# The trade speaks English in every language: masked, or an Italian text about NPS turns English.
_JARGON = re.compile(
    r"\b(?:customer (?:experience|journey|success|centricity|care|satisfaction|service|loyalty|feedback)"
    r"|(?:employee|user) experience|(?:contact|call) cent(?:er|re)s?|touch ?points?"
    r"|net promoter(?: score| system)?|chief (?:customer|experience|marketing|executive) officer"
    r"|voice of the customer|share of wallet|big data|machine learning|artificial intelligence"
    r"|e-?commerce|omni-?channel|feedback|marketing|management|manager|leader(?:ship)?|brand(?:ing)?|business"
    r"|digital|mobile|online|social media|retail|smart working|design thinking|storytelling|chatbots?"
    r"|newsletter|webinar|blog|engagement"
    r"|cx|ux|ex|nps|csat|ces|crm|voc|cem|roi|kpis?|ai|ceo|cmo|cxo|aicex|b2b|b2c)\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+|\S+@\S+")
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """A text's language, and from 0 to 1 how sure one can be of it from the text itself."""

    language: Lang
    confidence: float


def identify(text: str, *, declared: Lang | None) -> Identified:
    """The text's own language where that can be told; else the declared one; else `und`.

    What is declared counts before the text is read, and loses against a clear text. A declared language
    that the identifier does not know is believed: it could only answer with a wrong one.
    """
    fallback = language_tag(declared) or UNKNOWN_LANGUAGE
    stated = _primary(fallback)
    if fallback != UNKNOWN_LANGUAGE and stated not in KNOWN:
        return Identified(language=fallback, confidence=0.0)
    telling = _JARGON.sub(" ", _ADDRESS.sub(" ", clean_text(text[: _ENOUGH * 2])))[:_ENOUGH]
    letters = sum(map(str.isalpha, telling))
    if letters < (_FEWEST_LETTERS if telling.isascii() else _FEWEST_LETTERS // 2):
        return Identified(language=fallback, confidence=0.0)
    odds = _odds(telling, stated)
    found = max(odds, key=odds.__getitem__)
    total = sum(odds.values())
    if odds[found] < _CONFIDENT * total:
        return Identified(language=fallback, confidence=odds.get(stated, 0.0) / total)
    language = fallback if stated == found else Lang(found)
    return Identified(language=language, confidence=odds[found] / total)


def language_of(text: str, *, declared: Lang | None) -> Lang:
    return identify(text, declared=declared).language


def _odds(telling: str, stated: str) -> dict[str, float]:
    """How likely each language is, in no unit."""
    return {
        language: likely
        * likely
        * (1.0 if language in _USUAL else _RARITY)
        * (_DECLARED if language == stated else 1.0)
        for language, likely in _identifier().rank(telling)
    }


def language_tag(stated: str | None) -> Lang | None:
    """A stated language as a BCP 47 tag in its usual case (`en_us` → `en-US`); None for what is no tag."""
    tag = (stated or "").strip().replace("_", "-").lower()
    if not _TAG.match(tag) or tag in {"und", "zxx", "mul"}:
        return None
    primary, *rest = tag.split("-")
    return Lang("-".join([primary, *map(_usual_case, rest)]))


def _usual_case(subtag: str) -> str:
    if len(subtag) == 2:  # noqa: PLR2004  a region
        return subtag.upper()
    return subtag.title() if len(subtag) == 4 and subtag.isalpha() else subtag  # noqa: PLR2004  a script


def _primary(tag: Lang) -> str:
    primary = tag.split("-", 1)[0].lower()
    return "no" if primary in {"nb", "nn"} else primary


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # numpy and the model take a while

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(KNOWN)
    return identifier
