"""What a text points at and does not bring along: a figure on the right, a video, a list that is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from curator.importing.anatomy.blocks import Block, Kind, links
from curator.model import Problem

_MEDIA = (
    r"figure|fig|chart|graph|graphic|image|picture|photo|diagram|illustration|screenshot|infographic|table"
    r"|video|clip|slide|slideshow|matrix|cartoon|podcast"
)
_POINTING = re.compile(
    rf"\b(?:the|this|these)\s+(?:[\w-]+\s+){{0,3}}?(?:{_MEDIA})s?\s+(?:(?:shown|pictured|depicted)\s+)?"
    r"(?:(?:on|to|at) the (?:right|left|top|bottom)|above|below|here|opposite)\b"
    r"|\bthis\s+(?:(?!(?:is|was|has|will|can|of|in|on|to|and|or|the|with|about)\b)[\w-]+\s+){0,3}"
    r"(?:video|infographic|chart|graph|diagram|clip|screenshot|slideshow|podcast|cartoon)\b"
    r"|\b(?:il|lo|la|nel|nello|nella|dal|dalla|quest[oa’'])\s*(?:brev\w+\s+)?"
    r"(?:figura|grafico|immagine|foto|tabella|infografica|diagramma|schema|video|filmato)\s+"
    r"(?:(?:qui )?(?:a (?:destra|sinistra|lato|fianco)|accanto|sopra|sotto|di seguito)|seguente|che segue)\b"
    r"|\bquest[oa’']\s*(?:brev\w+\s+)?(?:video|filmato|infografica|podcast)\b",
    re.IGNORECASE,
)
_ANNOUNCING = re.compile(
    r"\b(?:here|below|following|follows|qui|sotto|seguent[ei]|di seguito)\b[^.:!?\n]{0,25}:\Z", re.IGNORECASE
)
_ANNOUNCED = re.compile(r"\s*[“\"«‘„'–—-]")
_LAST_WORDS = 4


def lost(blocks: Sequence[Block]) -> Iterator[Problem]:
    """Each place that points at nothing; what a link leads to, or a list behind it shows, is not lost."""
    for number, block in enumerate(blocks):
        if block.kind is not Kind.TEXT:
            continue
        spans = [link[:2] for link in links(block)]
        for found in _POINTING.finditer(block.text):
            if not any(start < found.end() and found.start() < end for start, end in spans):
                yield _lost(found[0])
        following = blocks[number + 1] if number + 1 < len(blocks) else None
        if _ANNOUNCING.search(block.text) and not _follows(block, following):
            yield _lost(" ".join(block.text.split()[-_LAST_WORDS:]))


def _follows(block: Block, following: Block | None) -> bool:
    if following is None:
        return False
    is_quoted = following.quoted != block.quoted and bool(following.quoted)
    return is_quoted or following.kind is not Kind.TEXT or bool(_ANNOUNCED.match(following.text))


def _lost(found: str) -> Problem:
    return Problem(code="import_reference_lost", field="excerpt", data={"found": found})
