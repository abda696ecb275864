"""The newsroom's own words in a post: behind their label, beside the picture, one paragraph or many."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from curator.importing.anatomy.blocks import Block, Kind, links, marked_whole, without
from curator.importing.anatomy.languages import is_at_home, is_foreign, turn
from curator.importing.house import House
from curator.model import Confidence, Problem

_OWN = (Kind.TEXT, Kind.HEADING, Kind.LIST)
_BOUNDARIES = (Kind.PICTURE, Kind.EMBED, Kind.OTHER)
_MOST_OWN_WORDS = 200  # behind the first paragraph of a note; more are a quotation in our own language
_MOST_UNLABELLED = 150
_OMISSION = re.compile(r"[\[(]\s*(?:…|\.\.\.)\s*[\])]\s*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """The note without its label, what is left of the blocks, and which labels were cut.

    `urls`: where links of the note led to; a note is plain text.
    """

    note: str | None
    blocks: tuple[Block, ...]
    confidence: Confidence
    said: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    doubts: tuple[Problem, ...] = ()


def place(blocks: Sequence[Block], *, house: House) -> int | None:
    """Which block begins the note."""
    return next((n for n, block in enumerate(blocks) if label_end(block, house=house)), None)


def label_end(block: Block, *, house: House) -> int:
    """Where the words begin behind the label, however it is written and set; 0: there is none.

    The bare name of the organisation is one only with its colon: it also signs posts, and begins sentences.
    """
    if block.kind not in (Kind.TEXT, Kind.HEADING):
        return 0
    names, labels = _patterns(house)
    end = 0
    while found := (labels.match(block.text, end) or names.match(block.text, end)):
        if found.end() == end:
            break
        end = found.end()
    if end == 0 and (bare := _bare_label(house).match(block.text)):
        end = bare.end()
    return end


def taken(blocks: Sequence[Block], *, house: House, goes_on: bool, sourced: bool = False) -> Noted:
    """The note out of the blocks. `goes_on`: the post says that there is more of it elsewhere; `sourced`:
    it names somebody whose words may be among these."""
    start = place(blocks, house=house)
    if start is None:
        return _unlabelled(blocks, house)
    first = blocks[start]
    behind = label_end(first, house=house)
    label = first.text[:behind]
    shorter = without(first, [(0, behind)])
    following = blocks[start + 1 :]
    shorter, turned = _turned(shorter, house)
    own = [shorter] if shorter else []
    if turned is not None:
        return _noted(own, (*blocks[:start], turned, *following), label, Confidence.DOUBTFUL)
    count, confidence = _extent(shorter, following, house=house, goes_on=goes_on)
    own += following[:count]
    if sourced and count > _least(shorter, following) and not any(map(_is_text, following[count:])):
        confidence = Confidence.DOUBTFUL  # our language may be the source's, too
    return _noted(own, (*blocks[:start], *following[count:]), label, confidence)


def _is_text(block: Block) -> bool:
    return block.kind in _OWN


def _noted(own: Sequence[Block], rest: Sequence[Block], label: str, confidence: Confidence) -> Noted:
    note = _without_bracket("\n\n".join(block.text for block in own), label) or None
    doubts: list[Problem] = []
    if note and _OMISSION.search(note):
        confidence = Confidence.DOUBTFUL
        doubts.append(Problem(code="import_note_cut", field="note"))
    elif confidence is Confidence.DOUBTFUL:
        doubts.append(Problem(code="import_note_doubtful", field="note"))
    return Noted(
        note=note,
        blocks=tuple(rest),
        confidence=confidence if note else Confidence.MISSING,
        said=(label,),
        urls=tuple(link.url for block in own for link in links(block)),
        doubts=tuple(doubts),
    )


def _without_bracket(note: str, label: str) -> str:
    """`[NOTA AICEX: …]`: the bracket that was opened before the label ends with the note."""
    for opened, closed in ("[]", "()"):
        if label.lstrip().startswith(opened) and note.count(closed) > note.count(opened):
            return note.removesuffix(closed).rstrip() if note.endswith(closed) else note
    return note


def _turned(block: Block | None, house: House) -> tuple[Block | None, Block | None]:
    """A note and the quotation behind it that some page has run together: the two of them."""
    if block is None or block.kind is not Kind.TEXT:
        return block, None
    at = turn(block.text, home=house.language)
    if at is None:
        return block, None
    return without(block, [(at, len(block.text))]), without(block, [(0, at)])


def _extent(
    first: Block | None, following: Sequence[Block], *, house: House, goes_on: bool
) -> tuple[int, Confidence]:
    """How many blocks after the label's are still the note, and how sure that is."""
    run = _run(first, following, house)
    least = _least(first, following)
    behind = following[run:]
    if run <= least:
        is_ours = any(is_at_home(block.text, home=house.language) for block in behind if block.kind in _OWN)
        is_told = house.language.startswith("en") or not is_ours
        return least, Confidence.SURE if is_told else Confidence.DOUBTFUL
    if any(is_foreign(block.text, home=house.language) for block in behind if block.kind in _OWN):
        return run, Confidence.LIKELY
    if any(block.kind is not Kind.PICTURE for block in behind):  # a quotation, or what nobody can tell
        return run, Confidence.LIKELY
    words = sum(block.words for block in following[least:run])
    if goes_on or words > _MOST_OWN_WORDS or house.language.startswith("en"):
        return least, Confidence.DOUBTFUL
    return run, Confidence.LIKELY


def _least(first: Block | None, following: Sequence[Block]) -> int:
    """A label that stands alone has its note below it, beyond a picture, too."""
    if first is not None:
        return 0
    return 1 if following and following[0].kind in _OWN else 0


def _run(first: Block | None, following: Sequence[Block], house: House) -> int:
    """How many blocks go on like a note: in our language, set alike, with nothing between."""
    before, decided, leads = first, 0, True
    for number, block in enumerate(following):
        if block.kind not in _OWN or is_foreign(block.text, home=house.language):
            return number
        if before is not None and (
            block.quoted != before.quoted or (marked_whole(before) and not marked_whole(block))
        ):
            return number
        if not is_at_home(block.text, home=house.language):
            if number >= decided:
                decided, leads = _leads_home(following, number + 1, house)
            if not leads:
                return number
        before = block
    return len(following)


def _leads_home(following: Sequence[Block], start: int, house: House) -> tuple[int, bool]:
    """A block too short to tell belongs to what comes after it, the last one to what comes before; and
    which block it is that decides."""
    for number in range(start, len(following)):
        block = following[number]
        if block.kind in _BOUNDARIES or is_foreign(block.text, home=house.language):
            return number, False
        if is_at_home(block.text, home=house.language):
            return number, True
    return len(following), True


def _unlabelled(blocks: Sequence[Block], house: House) -> Noted:
    """Our language first and another behind it: probably a note whose label was forgotten."""
    own = next((n for n, block in enumerate(blocks) if not _is_own(block, house)), len(blocks))
    words = sum(block.words for block in blocks[:own])
    quoted = sum(block.words for block in blocks[own:] if is_foreign(block.text, home=house.language))
    at_home = any(is_at_home(block.text, home=house.language) for block in blocks[own:])
    if own and words <= _MOST_UNLABELLED and quoted and not at_home:
        return Noted(
            note="\n\n".join(block.text for block in blocks[:own]),
            blocks=tuple(blocks[own:]),
            confidence=Confidence.DOUBTFUL,
            urls=tuple(link.url for block in blocks[:own] for link in links(block)),
            doubts=(Problem(code="import_note_unlabelled", field="note"),),
        )
    doubts: tuple[Problem, ...] = ()
    if own and not quoted and not house.language.startswith("en"):
        doubts = (Problem(code="import_note_or_excerpt", field="excerpt"),)
    return Noted(note=None, blocks=tuple(blocks), confidence=Confidence.MISSING, doubts=doubts)


def _is_own(block: Block, house: House) -> bool:
    return block.kind is Kind.TEXT and is_at_home(block.text, home=house.language)


_SAID_BY = (
    r"(?:il\s+|la\s+|un\s+|una\s+)?(?:commento|nota|note|osservazione|opinione|parere|riflessione|punto|comment)"
    r"\s+(?:(?:di|da|by|from)\s+)?"
)


@lru_cache(maxsize=16)
def _patterns(house: House) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Names, which need a colon; labels, which may have a dash."""
    name = house.organisation.casefold()
    names = [label for label in house.note_labels if label.casefold() == name] or [house.organisation]
    labels = [label for label in house.note_labels if label.casefold() != name]
    return (
        re.compile(rf"[\s\[(*]*(?:{_SAID_BY})?(?:{_any(names)})[\s*]*[:：][\s*]*", re.IGNORECASE),
        re.compile(rf"[\s\[(*]*(?:{_any(labels)})[\s*]*(?:[:：][\s*]*|[–—-]\s+|\Z)", re.IGNORECASE),
    )


@lru_cache(maxsize=16)
def _bare_label(house: House) -> re.Pattern[str]:
    """`NOTA AICEX La tecnologia …`: in capitals it needs no sign behind it."""
    name = house.organisation.casefold()
    labels = [label.upper() for label in house.note_labels if label.casefold() != name and " " in label]
    return re.compile(rf"\s*(?:{_any(labels)})\s+(?=\S)")


def _any(names: Sequence[str]) -> str:
    """However they are spaced, with either apostrophe."""
    spaced = (
        r"\s*".join(re.sub("['’]", "['’]", re.escape(word)) for word in name.split())
        for name in names
        if name.strip()
    )
    return "|".join(spaced) or r"(?!)"
