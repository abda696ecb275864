"""Words: written twice, fused with the next article, broken in two, or in no dictionary."""

from __future__ import annotations

import re
from collections.abc import Iterator

from curator.curate.lint.italian import LETTER_NAMERS, PARTICLES, WORDS_ON_A_CONSONANT
from curator.curate.lint.pointing import LETTER, SPACE, masked, pointed
from curator.model import Lang, Problem
from curator.ports import Spelling

_SPACES = f"[{SPACE}]"
_DOUBLED = re.compile(
    rf"(?<![-’'‘\w])({LETTER}+)(?:{_SPACES}+|{_SPACES}*\n{_SPACES}*)\1(?![-’'‘\w])", re.IGNORECASE
)
# Said twice on purpose.
_TWICE = frozenset(
    "bello bene blu ciao così forte giù grande lemme lungo mano molto no passo pian piano piccolo "
    "poco presto proprio quasi quatto sempre sì solo su subito tanto terra tutto via vicino zitto bye "
    "bla had many really that very win yes".split()
)

_ARTICLE = "il|lo|la|i|gli|le"
_WITH_PREPOSITION = (
    "del|dello|della|dei|degli|delle|al|allo|alla|ai|agli|alle|dal|nel|nello|nella|nei|negli|nelle"
    "|sul|sullo|sulla|sui|sugli|sulle"
)
# “Dare il la” is music; “dalla”, “dagli”, “dalle” before an article may be imperatives.
_FUSED = {
    "it": re.compile(
        rf"\b(?i:{_ARTICLE}|un|{_WITH_PREPOSITION}|da(?:lla|llo|i|gli|lle)){_SPACES}+(l[’'‘])(?=\w)"
        rf"|\b(?i:{_ARTICLE}){_SPACES}+(un[’'‘])(?=\w)"
        rf"|\b(?!(?i:il){_SPACES}+la\b)(?i:{_ARTICLE}|{_WITH_PREPOSITION}){_SPACES}+({_ARTICLE})(?={_SPACES}+{LETTER})"
    ),
    "en": re.compile(rf"\b(?i:the|an?){_SPACES}+(the|an?)(?={_SPACES}+(?!priori|cappella|la\b){LETTER})"),
}

_LONE_LETTER = re.compile(rf"(?<![\w.-])({LETTER}{{2,}}){_SPACES}+({LETTER})(?![\w’'‘)\]°=+-]|\.\w)")
_NEXT_WORD = re.compile(rf"{_SPACES}+({LETTER}+)")
_VOWELS = frozenset("aeiouàèéìòù")
_ENGLISH_NAMERS = frozenset(
    "plan type class option section appendix step part grade factor vitamin series generation".split()
)


def doubled(text: str, field: str) -> Iterator[Problem]:
    for found in _DOUBLED.finditer(masked(text)):
        word = found[1]
        is_name = len(word) > 3 and word.istitle() and found[0].endswith(word)  # noqa: PLR2004  Duran Duran
        follows = text[found.end() :]
        if word.lower() in _TWICE or is_name or (word.lower() == "se" and re.match(r"\s+ne\b", follows)):
            continue
        yield pointed("lint_word_doubled", field, text, found.span(), word)


def fused(text: str, field: str, *, language: Lang) -> Iterator[Problem]:
    """Two articles in a row: the first was forgotten when the second was written."""
    pattern = _FUSED.get(language.split("-")[0])
    for found in pattern.finditer(masked(text)) if pattern else ():
        kept = next(group for group in found.groups() if group)
        yield pointed("lint_article_fused", field, text, found.span(), kept)


def split(text: str, field: str, *, language: Lang, spelling: Spelling | None) -> Iterator[Problem]:
    """A single letter that is no word, beside the word that it fell off."""
    prose = masked(text)
    for found in _LONE_LETTER.finditer(prose):
        word, letter = found.groups()
        after = _NEXT_WORD.match(prose, found.end())
        follows = after[1] if after else ""
        joined = word + letter
        match language.split("-")[0]:
            case "it" if _broke_off_italian(word, letter, follows.lower()):
                yield _broken(found, after, text, field)
            case "en" if letter in "bcdefghjklmnopqrstuvwxyz" and word.lower() not in _ENGLISH_NAMERS:
                yield pointed("lint_letter_split", field, text, found.span(), joined)
            case "it" | "en" if (
                spelling is not None
                and letter.islower()
                and spelling.knows(word, language=language) is False
                and spelling.knows(joined, language=language)
            ):
                yield pointed("lint_letter_split", field, text, found.span(), joined)
            case _:
                pass


def _broke_off_italian(word: str, letter: str, follows: str) -> bool:
    """`a`, `e`, `o`, `è` are words; `i` is one where a noun may follow."""
    if letter == "i":
        on_a_consonant = word[-1].lower() not in _VOWELS and word.lower() not in WORDS_ON_A_CONSONANT
        return on_a_consonant and word.islower() and (not follows or follows in PARTICLES)
    return letter.islower() and letter not in "aeoèx" and word.lower() not in LETTER_NAMERS


def _broken(found: re.Match[str], after: re.Match[str] | None, text: str, field: str) -> Problem:
    """Joined to the word before, or to the one behind where that makes one: “d ei”, “l azienda”."""
    word, letter = found.groups()
    if after is not None and letter not in _VOWELS and word[-1].lower() in _VOWELS | {"r", "n"}:
        behind = after[1]
        joined = letter + behind
        if joined.lower() not in PARTICLES and behind[0].lower() in _VOWELS | {"h"}:
            joined = f"{letter}’{behind}"
        return pointed("lint_letter_split", field, text, (found.start(2), after.end()), joined)
    return pointed("lint_letter_split", field, text, found.span(), word + letter)


# ── dictionary ──────────────────────────────────────────────────────────────

_WORD = re.compile(rf"(?<![\w’'‘@#.-])(?:{LETTER}+[’'‘])?({LETTER}{{3,}})(?![\w@-]|[’'‘]\w)")
_QUOTED = re.compile(r"[“«\"‘][^“”«»\"’\n]{1,40}[”»\"’]")
_FOREIGN = re.compile(r"[jkwxy]|[^aeiouàèéìòù]\Z|sh|th|oo|ee|ea|ou|ck|ph|tch")
# The trade's English in every language.
_TRADE = frozenset(
    "customer experience brand marketing management manager business leader leadership share online "
    "digital mobile service employee empowerment feedback touchpoint journey store team target trend "
    "community chatbot storytelling centricity engagement wallet voice voucher insight performance "
    "software hardware smartphone startup budget partner partnership loyalty survey care satisfaction "
    "retention retail omnichannel cross blog post".split()
)


def misspelt(text: str, field: str, *, language: Lang, spelling: Spelling) -> Iterator[Problem]:
    """Words in no dictionary. Names, quoted terms and what looks foreign may pass."""
    prose = _QUOTED.sub(lambda found: "\ufffc" * len(found[0]), masked(text))
    for found in _WORD.finditer(prose):
        word = found[1]
        if not word.islower() or word in _TRADE or spelling.knows(word, language=language) is not False:
            continue
        foreign = spelling.knows(word, language=Lang("en"))
        if foreign or (foreign is None and language.startswith("it") and _FOREIGN.search(word)):
            continue
        yield pointed("lint_spelling", field, text, found.span(1), spelling.nearest(word, language=language))
