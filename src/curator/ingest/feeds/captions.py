"""What a caption says of its picture: what is on it, to whom it is owed, under which licence. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from curator import rights

# A caption is a credit only where it says so (PHENOMENA 24-28 has its many forms).
_CREDIT = re.compile(
    r"©|\(c\)"
    r"|\b(?:credits?|photo(?:graph)?s?|fotos?|image|immagine|bild)\s*(?::|by\b|di\b|von\b|courtesy)"
    r"|\b(?:getty images|unsplash|shutterstock|istock(?:photo)?|pexels|pixabay|flickr|adobe ?stock)\b",
    re.IGNORECASE,
)
_LICENCE = re.compile(
    r"(?:licen[sc]ed?|licenza)?\s*(?:under\s+|con\s+)?"
    r"\b(?P<name>CC[ -]BY(?:-(?:NC|ND|SA))*(?: \d\.\d)?(?: [A-Z]{2})?|CC[ -]?(?:0|zero)(?: 1\.0)?"
    r"|public domain|pubblico dominio)(?![\w-])",
    re.IGNORECASE,
)
# Where the credit begins behind what is on the picture.
_THEN = re.compile(
    r"(?<=\S)[\s.,;:|/–—-]{0,4}[\s(]\s*"
    r"(?P<credit>(?:(?:photo|image|picture|foto|immagine|bild)\s+)?(?:credits?|crediti?)\s*:"
    r"|(?:photo(?:graph)?|image|picture|foto|fotografia|immagine|bild)\s*(?::|by\b|di\b|von\b|courtesy\b)"
    r"|©|\([cC]\)|courtesy\s+of\b)",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?:(?:photo|image|picture|foto|immagine|bild)\s+)?(?:credits?|crediti?)\s*:\s*(?=\S)", re.IGNORECASE
)
# A name behind a comma is a credit only with a licence beside it: a caption may tell of anybody.
_BY = re.compile(
    r"(?P<shown>\S.{0,300}?)\s*[,;.|–—-]\s*(?i:by|di|von|par|por)\s+(?P<credit>[A-ZÀ-Þ@].{1,120})"
)
_EDGES = " \t,;:|/–—-"
_BRACKETS = re.compile(r"\s*\(\s*\)")


class Caption(NamedTuple):
    shown: str | None = None
    credit: str | None = None
    license: str | None = None


def read(caption: str) -> Caption:
    """`caption`: one line. What is on the picture is told only where a credit follows it."""
    stated = _LICENCE.search(caption)
    licence = stated["name"] if stated and rights.license_family(stated["name"]) else None
    rest = caption
    if stated is not None and licence is not None:
        rest = _BRACKETS.sub("", caption[: stated.start()] + caption[stated.end() :]).strip(_EDGES)
    if behind := _THEN.search(rest):
        credit = rest[behind.start("credit") :].strip()
        before = rest[: behind.start()].strip(_EDGES + ".(")
        if credit.endswith(")") and credit.count("(") < credit.count(")"):
            credit = credit[:-1]
        return Caption(before or None, _bare(credit), licence)
    if licence and (made := _BY.fullmatch(rest)):
        return Caption(made["shown"], made["credit"].strip(_EDGES), licence)
    if _CREDIT.search(rest):
        return Caption(None, _bare(rest), licence)
    return Caption(None, None, licence)


def _bare(credit: str) -> str:
    """“Credit: Getty Images” names Getty Images; “Photo by Ann Lee” says it all by itself."""
    return _LABEL.sub("", credit, count=1).strip(_EDGES) or credit
