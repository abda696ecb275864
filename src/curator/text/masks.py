"""What an engine must leave alone: while a sentence is translated, marks stand for it.

    [[0]]NPS[[1]] is no <promise> … → what comes back is held against what went out, mark by mark.

Words are protected (addresses, terms of the glossary), and inline markup is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from curator.text.markup import VOID, End, Start, escaped, tokens

MARK = re.compile(r"\[\s*\[\s*(\d{1,3})\s*\]\s*\]")
"""However an engine spaces it."""

_ALWAYS = (
    r"https?://[^\s<>\"“”«»]*[^\s<>\"“”«».,;:!?)\]'’]"
    r"|(?<!\w)www\.[^\s<>\"“”«»]*\w"
    r"|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # looked for once a word: a long one takes no quadratic time
    rf"|{MARK.pattern}"  # nobody's text may look like a mark of ours
)
_BLANK_BEFORE_STOP = re.compile(r"\A\s+(?=[,.;:!?…)\]”’»])")


def mark(number: int) -> str:
    return f"[[{number}]]"


@dataclass(frozen=True, slots=True)
class Kept:
    """What a mark stands for: HTML that comes back as it is, and its words, if it has any."""

    html: str
    words: str = ""


Piece = str | Kept


class Terms:
    """The glossary for one pair of languages: each term with what is said in its place, None: itself."""

    def __init__(self, said: Mapping[str, str | None]) -> None:
        self._said = {_key(term): (term, replacement) for term, replacement in said.items()}

    def split(self, text: str) -> Iterator[Piece]:
        """The text in pieces, protected words apart."""
        position = 0
        for found in self._pattern.finditer(text):
            if found.start() > position:
                yield text[position : found.start()]
            yield Kept(escaped(self._in_place_of(found[0])), found[0])
            position = found.end()
        if position < len(text):
            yield text[position:]

    def _in_place_of(self, words: str) -> str:
        term, said = self._said.get(_key(words), (words, None))
        if said is None:
            return words
        # Where a sentence begins, or in a heading: «Churn hurts» is no «tasso di abbandono».
        is_raised = words[:1].isupper() and term[:1].islower()
        return said[:1].upper() + said[1:] if is_raised else said

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted((term for term, _ in self._said.values()), key=len, reverse=True)
        terms = "|".join(_spelt(term) for term in longest_first)
        return re.compile(f"{_ALWAYS}|(?<!\\w)(?:{terms})(?!\\w)" if terms else _ALWAYS, re.IGNORECASE)


def _key(words: str) -> str:
    return " ".join(words.replace("’", "'").split()).casefold()


def _spelt(term: str) -> str:
    """Whatever stands between its words; an acronym only in capitals: CES is a metric, «ces» is French."""
    pattern = r"\s+".join(re.escape(word).replace("'", "['’]") for word in term.replace("’", "'").split())
    return f"(?-i:{pattern})" if term.isupper() else pattern


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence in pieces; `asked` is what an engine gets, `restored` what its answer means."""

    pieces: tuple[Piece, ...]

    @property
    def asked(self) -> str:
        kept = iter(range(len(self.pieces)))
        whole = "".join(piece if isinstance(piece, str) else mark(next(kept)) for piece in self.pieces)
        return " ".join(whole.split())

    @property
    def texts(self) -> tuple[str, ...]:
        """The pieces that say something, to be asked each alone where marks do not come back."""
        texts = (piece for piece in self.pieces if isinstance(piece, str) and _says_something(piece))
        return tuple(" ".join(text.split()) for text in texts)

    @property
    def says_something(self) -> bool:
        return any(_says_something(piece) for piece in self.pieces)

    @property
    def html(self) -> str:
        """As it stands in the original, with what the glossary says in place of its terms."""
        return "".join(_html(piece) for piece in self.pieces)

    def bare(self) -> Sentence:
        """The same without its markup."""
        return Sentence(
            joined(
                piece if isinstance(piece, str) else Kept(_words_only(piece), piece.words)
                for piece in self.pieces
                if isinstance(piece, str) or piece.words
            )
        )

    def restored(self, answer: str) -> str | None:
        """The answer as HTML; None where a mark is missing, doubled, made up or out of order."""
        kept = [(number, piece) for number, piece in enumerate(self.pieces) if isinstance(piece, Kept)]
        words, numbers = _parted(answer)
        if sorted(numbers) != list(range(len(kept))):
            return None
        order = [kept[number] for number in numbers]
        if open_ends([piece for _, piece in order]) != open_ends([piece for _, piece in kept]):
            return None
        for position, (number, piece) in enumerate(order):
            before, after = self._beside(number - 1), self._beside(number + 1)
            words[position] = _end(words[position], piece, blank=before[-1:].isspace())
            words[position + 1] = _start(words[position + 1], piece, blank=after[:1].isspace())
        found = [escaped(words[0])]
        for (_, piece), following in zip(order, words[1:], strict=True):
            found += [piece.html, escaped(following)]
        return "".join(found)

    def pieced(self, answers: Mapping[str, str]) -> str:
        """Each piece with the answer to it, in the place of the original's."""
        said = (
            _around(piece, answers[" ".join(piece.split())])
            if isinstance(piece, str) and _says_something(piece)
            else piece
            for piece in self.pieces
        )
        return "".join(map(_html, said))

    def _beside(self, number: int) -> str:
        piece = self.pieces[number] if 0 <= number < len(self.pieces) else ""
        return piece if isinstance(piece, str) else ""


def joined(pieces: Iterator[Piece]) -> tuple[Piece, ...]:
    """Neighbours of one kind as one piece: the fewer marks, the better engines keep them."""
    found: list[Piece] = []
    for piece in pieces:
        match found[-1] if found else None, piece:
            case str(before), str(text):
                found[-1] = before + text
            case Kept() as before, Kept() as kept:
                found[-1] = Kept(before.html + kept.html, before.words + kept.words)
            case _:
                found.append(piece)
    return tuple(found)


def _end(text: str, after: Kept, *, blank: bool) -> str:
    """The text before a mark without the blank that an engine put there, or with the one that it took."""
    if not blank and _is_closing(after):
        return text.rstrip()
    return f"{text} " if blank and text[-1:].isalnum() else text


def _start(text: str, before: Kept, *, blank: bool) -> str:
    """The same of the text behind a mark; and no blank comes between a word and its comma."""
    if not blank and _is_opening(before):
        return text.lstrip()
    if not blank:
        return _BLANK_BEFORE_STOP.sub("", text)
    return f" {text}" if text[:1].isalnum() else text


def _around(original: str, answer: str) -> str:
    """The answer with the original's blanks at both ends."""
    start = " " if original[:1].isspace() else ""
    return start + answer.strip() + (" " if original[-1:].isspace() else "")


def _parted(answer: str) -> tuple[list[str], list[int]]:
    parts = MARK.split(answer)
    return parts[::2], [int(number) for number in parts[1::2]]


def open_ends(pieces: Iterable[Piece]) -> list[str]:
    """The tags that find no partner here: the same before and after, or the markup means something else."""
    left: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            continue
        for token in tokens(piece.html):
            match token:
                case Start(name) if name not in VOID:
                    left.append(name)
                case End(name) if left and left[-1] == name:
                    left.pop()
                case End(name):
                    left.append(f"/{name}")
                case _:
                    pass
    return left


def _is_opening(piece: Kept) -> bool:
    return not piece.words and not piece.html.startswith("</")


def _is_closing(piece: Kept) -> bool:
    return not piece.words and piece.html.startswith("</")


def _words_only(piece: Kept) -> str:
    return "".join(token.html for token in tokens(piece.html) if not isinstance(token, Start | End))


def _html(piece: Piece) -> str:
    return escaped(piece) if isinstance(piece, str) else piece.html


def _says_something(piece: Piece) -> bool:
    return isinstance(piece, str) and any(character.isalpha() for character in piece)
