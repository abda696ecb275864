"""The excerpt: what it points at and does not bring along, and what was pasted with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from curator import text
from curator.curate import passage
from curator.curate.lint.pointing import apart, pointed
from curator.model import Excerpt, Problem

_PICTURE = (
    "figure|fig|chart|graph|graphic|image|picture|photo|photograph|diagram|illustration|screenshot|infographic|map"
    "|table|video|clip|slide|slideshow|matrix|drawing|cartoon"
)
_SHOWN = "shown|pictured|depicted|illustrated|displayed|seen"
_THERE = (
    "(?:on|to) the (?:right|left)|at (?:the )?(?:right|left|top|bottom)|above|below|opposite|underneath"
    "|that follows"
)
_NO_ADJECTIVE = (
    "is|was|has|will|can|does|of|in|on|to|and|or|a|an|the|from|with|about|for|that|means|as|by|at|we|you|our"
)
_MOVING = "video|infographic|chart|graph|diagram|clip|screenshot|slideshow|podcast|animation|cartoon"
_FIGURA = (
    "figura|grafico|immagine|foto|fotografia|tabella|infografica|diagramma|schema|mappa|illustrazione|slide|video"
    "|filmato|schermata|vignetta"
)
_LA = "il|lo|la|i|gli|le|nel|nello|nella|dal|dalla|del|dello|della|questo|questa|quest|l|nell|dall|dell"
_LI = (
    "(?:qui )?(?:a (?:destra|sinistra|lato|fianco)|accanto|sopra|sotto|di seguito)|in (?:alto|basso)|seguente"
    "|che segue|allegat[ao]|riportat[ao]"
)
_FILMATO = "video|filmato|grafico|infografica|diagramma|tabella|slide|schermata|podcast|vignetta"
_BREVE = r"(?:brev|bell|splendid|interessant)\w+\s+"
_FORMS = rf"""
\b(?:the|this|these|that|our)\s+(?:[\w-]+\s+){{0,3}}?(?:{_PICTURE})s?\s+(?:(?:{_SHOWN})\s+(?:here|{_THERE})|{_THERE})\b
\bthis\s+(?:(?!(?:{_NO_ADJECTIVE})\b)[\w-]+\s+){{0,3}}(?:{_MOVING})\b
\b(?:figure|fig\.|table|chart|exhibit)\s+\d+\b
\b(?:{_SHOWN})\s+(?:{_THERE}|here)\b
\b(?:click|watch|listen|look)\s+(?:here|below|above)\b|\bsee (?:below|above|here)\b
\bwatch the (?:video|clip)\b
\b(?:{_LA})[’'\s]\s*(?:{_FIGURA})\s+(?:{_LI})\b
\bquest[oa’']\s*(?:{_BREVE})?(?:{_FILMATO})\b
\b(?:figura|fig\.|tabella|grafico)\s+\d+\b
\b(?:clicca(?:te)?|guarda(?:te)?|vedi|ascolta(?:te)?)\s+(?:qui|sotto|sopra)\b
"""
_DANGLING = re.compile("|".join(form for form in _FORMS.split("\n") if form), re.IGNORECASE)
_ANNOUNCES = re.compile(
    r"\b(?:here|below|following|follows|qui|sotto|seguent[ei]|di seguito|come segue)\b[^.:!?\n]{0,25}:\Z",
    re.IGNORECASE,
)
_ANNOUNCED = re.compile(r"<(?:ul|ol|dl|blockquote|pre|table)\b|<p>\s*[“\"«‘„'–—-]")
_LEFT_OUT = frozenset({"[…]", "[...]", "(…)", "(...)"})
_BOLD = re.compile(r"<p>\s*<(strong|b)>.*</\1>\s*</p>", re.DOTALL)
# A few words that begin like a sentence and do not end like one, or end with a day or a credit.
_CAPTION = re.compile(
    r"(?=[^a-zà-ÿ\W])(?:\S+\s+){0,7}\S*[^\s.!?…:;,”»\"'’)\]]"
    r"|(?=[^a-zà-ÿ\W])(?:[^\s.!?]+\s+){2,14}(?:19|20)\d\d\.?"
    r"|(?:\S+\s+){1,24}\(?(?:(?i:credits?|crediti?)\s*:|©)\s*[^\W\d_][^.!?\n]{0,60}[.)]?"
    r"|(?:\S+\s+){1,24}\((?i:photo|image|foto|immagine)\s*(?::|by|di)\s[^.!?\n]{1,60}\)\.?",
)
_LINK = re.compile(r"<a [^>]*>(.*?)</a>", re.DOTALL)
_TABLE = re.compile(r"\b(?:table|tabella)\b", re.IGNORECASE)


_Block = tuple[str, str, int]  # its HTML, its words, where in the text they end


def pointed_at(excerpt: Excerpt) -> Iterator[Problem]:
    blocks = list(_blocks(excerpt))
    found = [*_boilerplate(excerpt), *_dangling(excerpt), *_announced(excerpt, blocks)]
    found += _captions(excerpt, blocks)
    yield from sorted(apart(found), key=lambda one: (one.data["start"], one.data["end"]))


def _boilerplate(excerpt: Excerpt) -> Iterator[Problem]:
    for span in text.boilerplate_spans(excerpt.text):
        yield pointed("lint_boilerplate", "excerpt", excerpt.text, span, "")


def _dangling(excerpt: Excerpt) -> Iterator[Problem]:
    """“The figure on the right”, “this very short video”: a picture is never quoted along, a link may be."""
    links = [text.plain(inside).lower() for inside in _LINK.findall(excerpt.html)]
    has_table = "<table" in excerpt.html
    for found in _DANGLING.finditer(excerpt.text):
        words = found[0].lower()
        if any(words in link or link in words for link in links if link):
            continue
        if not (has_table and _TABLE.search(words)):
            yield pointed("lint_dangling", "excerpt", excerpt.text, found.span())


def _announced(excerpt: Excerpt, blocks: Sequence[_Block]) -> Iterator[Problem]:
    """“I adapt it here:”, and then nothing that could be meant."""
    for number, (_, words, position) in enumerate(blocks):
        follows = blocks[number + 1][0] if number + 1 < len(blocks) else ""
        last_line = words.rsplit("\n", 1)[-1]
        announces = last_line.endswith(":") if not follows else bool(_ANNOUNCES.search(last_line))
        if announces and not _ANNOUNCED.match(follows):
            begin = position - len(_last_words(last_line))
            yield pointed("lint_dangling", "excerpt", excerpt.text, (begin, position))


def _captions(excerpt: Excerpt, blocks: Sequence[_Block]) -> Iterator[Problem]:
    """“Promise”, “Bruce live in Atlanta on April 26, 2014.”: left of a picture, perhaps of a heading.

    What stands beside an omission, or where the excerpt was cut off, is part of a sentence.
    """
    for number, (block, words, end) in enumerate(blocks):
        around = {part for _, part, _ in blocks[max(0, number - 1) : number + 2]}
        follows = blocks[number + 1][0] if number + 1 < len(blocks) else ""
        is_cut_off = not follows and excerpt.truncated
        if len(blocks) == 1 or is_cut_off or not around.isdisjoint(_LEFT_OUT) or _ANNOUNCED.match(follows):
            continue
        if block.startswith("<p>") and not _BOLD.fullmatch(block) and _CAPTION.fullmatch(words):
            yield pointed("lint_caption", "excerpt", excerpt.text, (end - len(words), end))


def _blocks(excerpt: Excerpt) -> Iterator[_Block]:
    position = 0
    for block in passage.paragraphs(excerpt.html):
        words = text.plain(block).strip()
        position = max(excerpt.text.find(words, position), position) + len(words)
        yield block, words, position


def _last_words(line: str) -> str:
    return " ".join(line.split(" ")[-4:])
