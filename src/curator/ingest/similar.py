"""Is this the same story again, told by another source? Pure: two tellings in, how alike they are out.

A false yes hides a story from the editors, a false no shows one twice. So words that
are the same count for it, and what stands in the same place and differs (a number, a
name, a negation) speaks against it: the results of another quarter, the next
instalment and last week's round-up have most of their words in common.
"""

from __future__ import annotations

import heapq
import html as entities
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from curator.ingest.telltale import NEGATIONS, ORDINALS, SMALL, WHEN
from curator.model import UNKNOWN_LANGUAGE, Lang

SAME = 0.5
"""From this likeness on, two tellings are of the same story: half of the shorter one is in the other."""

_WORDS = 150  # of a text; stories that are alike for so long are the same
_CHARACTERS = 10 * _WORDS
_HEAD = 16  # words: what is taken over is taken over from its beginning
_FEWEST = 8  # words of a text that say anything
_SHORT = 30  # different words: with fewer, a story needs its headline to be known by
_BRIEF = 3  # words between equal ones in which a "not" turns the sense round
_ALIKE = 0.75  # titles that differ in a few letters; texts that differ in a few sentences
_ROUND_UP = 0.3  # a text of which this much is one story is about that story
_LINKED = 0.25  # what pointing to the same page is worth
_KEYS = 6
_KEY = 200  # characters
_TITLE = 300  # characters: nobody reads on, and a foreign title may have any length

_TOKEN = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*")
_MARK_IN_NUMBER = re.compile(r"(?<=\d)[.,](?=\d)")
_ACCENT = re.compile("[\u0300-\u036f]")
_TAG = re.compile(r"<[^>]*>?")
_SENTENCE = re.compile(r"[.!?:…\"“”«»‘]")
_SITE = re.compile(r"(.{15,}?)\s+[|–—»-]\s+[^|]{2,30}\Z")
_LONGEST_ENDING = 500
_ENDING = re.compile(
    r"(?:The post .{3,300}? (?:appeared first|first appeared) on"
    r"|L[’']articolo .{3,300}? (?:proviene da|è apparso)|L[’']article .{3,300}? est apparu"
    r"|Der Beitrag .{3,300}? erschien zuerst|La entrada .{3,300}? se publicó primero"
    r"|Continue reading|Read (?:more|the whole story)|Continua a leggere|Leggi tutto"
    r"|Lire la suite|Weiterlesen|Seguir leyendo|Leer más).{0,120}\Z",
    re.DOTALL,
)


@dataclass(frozen=True)
class Telling:
    """One entry's title and the beginning of its text. `url_key`: the page that it is about."""

    title: str
    text: str
    language: Lang
    url_key: str | None = None

    @classmethod
    def of(cls, title: str, html: str, *, language: Lang, url_key: str | None = None) -> Telling:
        return cls(title=title, text=opening(html), language=language, url_key=url_key)

    @cached_property
    def words(self) -> tuple[str, ...]:
        return _folded(self.text[:_CHARACTERS])[:_WORDS]

    @cached_property
    def title_words(self) -> tuple[str, ...]:
        """Without the name of the site, where the title ends with one."""
        title = self.title[:_TITLE]
        site = _SITE.match(title)
        return _folded(site[1] if site else title)

    @cached_property
    def rows(self) -> frozenset[tuple[str, ...]]:
        return frozenset(_rows(self.words))

    @cached_property
    def marks(self) -> tuple[str, ...]:
        """What tells one instalment from the next: the numbers, ordinals and months of the title."""
        return tuple(
            ORDINALS.get(word, word)
            for word in _folded(self.title[:_TITLE])
            if word[0].isdigit() or word in ORDINALS or word in WHEN
        )

    @cached_property
    def facts(self) -> frozenset[str]:
        """Numbers, and names as far as a capital tells them: not from the first word of a sentence."""
        found: list[str] = []
        text, after = self.text[:_CHARACTERS], 0
        for token in _TOKEN.finditer(text):
            gap, after = text[after : token.start()], token.end()
            named = token[0][0].isupper() and token.start() and not _SENTENCE.search(gap)
            if named or token[0][0].isdigit():
                found.append(token[0])
        return frozenset(_folded(" ".join(found)))


def opening(html: str) -> str:
    """Cleaned HTML, or the beginning of it, in plain words; markup is dropped, not understood."""
    text = entities.unescape(_TAG.sub(" ", html))
    return (text[:-_LONGEST_ENDING] + _ENDING.sub("", text[-_LONGEST_ENDING:])).strip()


def keys(telling: Telling) -> frozenset[str]:
    """Under what to look for other tellings: those of the same story have two of these, or a whole one
    ("t", the title; "u", the address).

    The three words in a row that have the most letters are the rarest, and another telling picks the same.
    """
    rows = [" ".join(row) for row in _rows(_telling_words(telling.words))]
    found: set[str] = set()
    for part in (rows[:_HEAD], rows):
        found.update(_rarest(set(part)))
    if len(telling.title_words) > _BRIEF:
        found.add("t " + " ".join(telling.title_words[:_FEWEST]))
    if telling.url_key:
        found.add(f"u {telling.url_key}")
    return frozenset(key[:_KEY] for key in found)  # PostgreSQL's index takes no more than 2,700 bytes


def _rarest(rows: Collection[str]) -> list[str]:
    """Sorting them all would cost more than all the rest of a look."""
    least = min(heapq.nlargest(_KEYS, map(len, rows)), default=0)
    return sorted((row for row in rows if len(row) >= least), key=lambda row: (-len(row), row))[:_KEYS]


def likeness(one: Telling, other: Telling) -> float:
    """From 0 to 1, the same whichever comes first."""
    one, other = sorted((one, other), key=lambda telling: (telling.words, telling.title))
    if _translated(one, other) or _other_instalments(one.marks, other.marks):
        return 0.0
    titles = _titles(one, other)
    denied = titles > _ALIKE and _negated(one.title_words) != _negated(other.title_words)
    linked = one.url_key is not None and one.url_key == other.url_key
    if min(len(one.words), len(other.words)) < _FEWEST:
        return 0.0 if denied else _by_title(one, titles, linked=linked)
    shared = len(one.rows & other.rows) / min(len(one.rows), len(other.rows))
    if _is_one_of_several(one, other) or not (linked or _tells_enough(one, other, titles)):
        return 0.0
    if shared < SAME - _LINKED or (denied and shared < _ALIKE):
        return 0.0
    if not (linked or _taken_over(one, other)) or _contradict(one, other):
        return 0.0
    return min(1.0, shared + (_LINKED if linked else 0.0))


def _translated(one: Telling, other: Telling) -> bool:
    """A translation is another text, with another author and other rights."""
    languages = {telling.language.split("-", 1)[0].lower() for telling in (one, other)}
    return len(languages - {UNKNOWN_LANGUAGE}) > 1


def _other_instalments(one: Sequence[str], other: Sequence[str]) -> bool:
    """Neither has all marks of the other in their order: 4-4 is not 0-4, the 3rd of 12 not the 12th of 3."""
    shorter, longer = sorted((one, other), key=len)
    rest = iter(longer)
    return not all(mark in rest for mark in shorter)


def _tells_enough(one: Telling, other: Telling, titles: float) -> bool:
    """A few words under headlines that have little in common are a slogan or a standing intro."""
    return titles >= SAME or min(len(set(one.words)), len(set(other.words))) >= _SHORT


def _by_title(one: Telling, titles: float, *, linked: bool) -> float:
    """Where one has no text: one title, if of the same page, or too long to have been thought of twice."""
    enough = linked or len(_telling_words(one.title_words)) > _BRIEF + 1
    return titles if titles > 1 - 1 / 30 and enough else 0.0


def _titles(one: Telling, other: Telling) -> float:
    first, second = (
        " ".join(word for word in telling.title_words if word not in NEGATIONS) for telling in (one, other)
    )
    return fuzz.ratio(first, second) / 100


def _is_one_of_several(one: Telling, other: Telling) -> bool:
    """The shorter stands somewhere in the longer, which has more to say of other things: a round-up."""
    shorter, longer = sorted((one, other), key=lambda telling: len(telling.words))
    return not _begins(longer, shorter, within=_FEWEST) and len(one.rows & other.rows) < _ROUND_UP * len(
        longer.rows
    )


def _taken_over(one: Telling, other: Telling) -> bool:
    """Either begins with what the other has, too: what they share is no imprint at the end of both."""
    return _begins(one, other, within=_HEAD) or _begins(other, one, within=_HEAD)


def _begins(first: Telling, second: Telling, *, within: int) -> bool:
    """The first begins, within so many words, with what the second has somewhere."""
    return sum(row in second.rows for row in _rows(first.words[:within])) >= _BRIEF


def _contradict(one: Telling, other: Telling) -> bool:
    """In the midst of what they share, each has something that the other has nowhere."""
    edits = list(Levenshtein.opcodes(one.words, other.words))
    same = [index for index, edit in enumerate(edits) if edit.tag == "equal"]
    for edit in edits[same[0] : same[-1]] if same else ():
        first, second = one.words[edit.src_start : edit.src_end], other.words[edit.dest_start : edit.dest_end]
        if edit.tag == "equal":
            continue
        if _new_facts(first, one, other) and _new_facts(second, other, one):
            return True
        if max(len(first), len(second)) <= _BRIEF and _negated(first) != _negated(second):
            return True
    return False


def _new_facts(words: Sequence[str], here: Telling, there: Telling) -> bool:
    return any(
        word in here.facts and word not in there.words and word not in there.title_words for word in words
    )


def _negated(words: Sequence[str]) -> bool:
    """English says it with a letter, too: don't, isn't."""
    return not NEGATIONS.isdisjoint(words) or any(
        second == "t" and first.endswith("n") for first, second in pairwise(words)
    )


def _telling_words(words: Sequence[str]) -> list[str]:
    return [word for word in words if len(word) >= _BRIEF and word not in SMALL]


def _rows(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Three words in a row."""
    return zip(words, words[1:], words[2:], strict=False)


def _folded(text: str) -> tuple[str, ...]:
    """The words without case and accents, the numbers without the marks in them."""
    text = text.casefold()
    if not text.isascii():
        text = _ACCENT.sub("", unicodedata.normalize("NFKD", text))
    return tuple(_TOKEN.findall(_MARK_IN_NUMBER.sub("", text)))
