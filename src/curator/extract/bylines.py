"""A byline → the names in it. Pure: what is no name of anybody is nobody's."""

from __future__ import annotations

import re
from collections.abc import Iterable

from curator.text import clean_text

_LONGEST = 500
_LONGEST_NAME = 80
_MOST_WORDS = 6
_SAID_BEFORE = re.compile(
    r"(?:(?:posted|written|published|words|text|story|article|reported|contributed) by|by|author(?:s|ed by)?"
    r"|(?:scritto|pubblicato|postato|testo) da|a cura di|articolo di|autor[ei]|di|da|par|von|por"
    r"|autor(?:a|in)?)\b\s*[:\-–]?\s+|(?:by|author|autore)\s*:\s*",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(
    r"(?:(?:posted|written|words|text|story) )?by\b|(?:(?:scritto|testo) )?d[ia]\b|a cura di\b", re.IGNORECASE
)
# Where the name is over: a date, a section, a job, a count of minutes.
_OVER = re.compile(
    r"\s*(?:[|·•/\n\t(\[]|\b(?:il|am|el|le)\s+\d|\d|—|\s–\s|\s-\s"
    r"|\b(?:on|in|at|for|per|from|updated|published|aggiornato)\b\s)"
)
_BETWEEN = re.compile(r"\s*(?:,|;|&|\band\b|\be(?:d)?\b|\by\b|\bet\b|\bund\b|\bcon\b|\bwith\b)\s+")
_NO_NAME = re.compile(
    r"^(?:admin|administrat(?:or|eur)|administrador|redazione(?: web)?|webmaster|editor(?:ial)?|staff|guest"
    r"|user|unknown|anonym(?:ous|us)|null|none|undefined|by|di|da|e)$"
    r"|\b(?:read|more|follow|view|about|share|profile|posts?|articles?|subscribe|newsletter|comments?|minutes?"
    r"|leggi|altri|articoli|segui|profilo|condividi|commenti)\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?:|www\.|@", re.IGNORECASE)
_JOB = re.compile(
    r"\b(?:contributor|editor|columnist|correspondent|founder|co-?founder|ceo|cmo|reporter|writer|analyst|consultant"
    r"|president|director|manager|professor|redattor[ei]|redattrice|giornalista|collaborat(?:ore|rice)|direttor[ei]"
    r"|fondat(?:ore|rice)|consulente|ph\.?d|mba|ccxp|jr|sr)\b\.?",
    re.IGNORECASE,
)
_PARTICLES = frozenset(
    "de di da del della dello dei degli du la le van von der den ter bin al el y e dos das af".split()
)
_PARTICLE = re.compile(r"[dl]['’]\w|al-\w", re.IGNORECASE)
_ABBREVIATED = re.compile(r"\b\w{1,3}\.$")
_TWO = 2


def names_in(byline: str) -> tuple[str, ...]:
    """Who wrote it, as the line says: without "By", without dates, sections and jobs, several one by one.

    `Rossi, Ada` of a library's record is Ada Rossi; `Ada Rossi, Bo Bianchi` are two.
    """
    words = " ".join(clean_text(byline[:_LONGEST]).split())
    if _ADDRESS.search(words):
        return ()
    said = _SAID_BEFORE.match(words)
    words = words[said.end() :] if said else words
    if over := _OVER.search(f"{words} "):
        words = words[: over.start()]
    pieces = [tidy for piece in _BETWEEN.split(words) if (tidy := _tidy(piece))]
    pieces = pieces[:1] + [piece for piece in pieces[1:] if not _JOB.search(piece)]
    if len(pieces) == _TWO and "," in words and _is_family_name(pieces[0]):
        pieces = [f"{pieces[1]} {pieces[0]}"]
    elif len(pieces) > 1 and not all(len(piece.split()) > 1 for piece in pieces):
        pieces = [_tidy(words)]  # one name, or a firm's: "Smith & Sons"
    return tuple(dict.fromkeys(piece for piece in pieces if _is_name(piece)))


def signed(lines: Iterable[str]) -> tuple[str, ...]:
    """Whom the first lines of a text name in so many words ("by Ada Rossi"); each has a family name, too."""
    for line in lines:
        if len(line) <= _LONGEST_NAME and _SIGNATURE.match(line):
            names = tuple(name for name in names_in(line) if len(name.split()) > 1)
            if names:
                return names
    return ()


def _tidy(piece: str) -> str:
    words = piece.strip(" ,;:–-—|")
    return words if _ABBREVIATED.search(words) else words.rstrip(" .")


def _is_family_name(words: str) -> bool:
    return sum(part.casefold() not in _PARTICLES for part in words.split()) == 1


def _is_name(words: str) -> bool:
    if not words or len(words) > _LONGEST_NAME or _NO_NAME.search(words):
        return False
    parts = words.split()
    if len(parts) == 1:
        return len(words) > 1 and not words.islower() and any(letter.isalpha() for letter in words)
    return len(parts) <= _MOST_WORDS and all(_is_part(part) for part in parts)


def _is_part(part: str) -> bool:
    """Of a name: what begins with a small letter is none, but for `di`, `van` and `d’`."""
    return not part[0].islower() or part.casefold() in _PARTICLES or bool(_PARTICLE.match(part))
