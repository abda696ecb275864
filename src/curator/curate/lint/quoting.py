"""The excerpt: what it points at and does not bring along, and what was pasted with it."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
_LINK = re.compile(r"<a [^>]*>(.*?)</a>", re.DOTALL)
_TABLE = re.compile(r"\b(?:table|tabella)\b", re.IGNORECASE)


def pointed_at(excerpt: Excerpt) -> Iterator[Problem]:
    found = [*_boilerplate(excerpt), *_dangling(excerpt)]
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
    yield from _announced(excerpt)


def _announced(excerpt: Excerpt) -> Iterator[Problem]:
    """“I adapt it here:”, and then nothing that could be meant."""
    blocks = passage.paragraphs(excerpt.html)
    position = 0
    for number, block in enumerate(blocks):
        words = text.plain(block).strip()
        start = max(excerpt.text.find(words, position), position)
        position = start + len(words)
        follows = blocks[number + 1] if number + 1 < len(blocks) else ""
        last_line = words.rsplit("\n", 1)[-1]
        announces = last_line.endswith(":") if not follows else bool(_ANNOUNCES.search(last_line))
        if announces and not _ANNOUNCED.match(follows):
            begin = position - len(_last_words(last_line))
            yield pointed("lint_dangling", "excerpt", excerpt.text, (begin, position))


def _last_words(line: str) -> str:
    return " ".join(line.split(" ")[-4:])
