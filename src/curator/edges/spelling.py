"""Spelling by hunspell dictionaries, where this machine has any: the system's, or folders that are named.

A dictionary takes a second to load, and is loaded when a word of its language is first asked about, or
before that by a thread of its own.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from functools import lru_cache
from io import StringIO
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import structlog

from curator.model import Lang
from curator.settings import ReviewSettings

if TYPE_CHECKING:
    from spylls.hunspell import Dictionary  # type: ignore[import-untyped]  # ships no types

SYSTEM = (
    Path("/usr/share/hunspell"),
    Path("/usr/share/myspell/dicts"),
    Path("/usr/local/share/hunspell"),
    Path("/opt/homebrew/share/hunspell"),
    Path("/Library/Spelling"),
)
_ENOUGH = 20_000  # words remembered; an evening of typing has fewer
_VOWELS = {"a": "à", "e": "èé", "i": "ì", "o": "ò", "u": "ù"}

log = structlog.get_logger()


def open_spelling(review: ReviewSettings, *, system: Sequence[Path] = SYSTEM) -> HunspellSpelling | None:
    """None where there is no dictionary at all, or none is wanted."""
    folders = [folder for folder in (*review.dictionaries, *system) if folder.is_dir()]
    if not review.spelling or not any(any(folder.glob("*.dic")) for folder in folders):
        return None
    return HunspellSpelling(folders, words=review.words)


class HunspellSpelling:
    """`words` are right in every language. May be asked by several threads."""

    def __init__(self, folders: Sequence[Path], *, words: Sequence[str] = ()) -> None:
        self._folders = folders
        self._words = frozenset(word.lower() for word in words)
        self._loaded: dict[Lang, tuple[Dictionary, frozenset[str]] | None] = {}
        self._loading = Lock()
        self._knows = lru_cache(_ENOUGH)(self._looked_up)
        self._nearest = lru_cache(_ENOUGH)(self._searched)

    def knows(self, word: str, *, language: Lang) -> bool | None:
        if word.lower() in self._words:
            return True
        return None if self._dictionary(language) is None else self._knows(word, language)

    def nearest(self, word: str, *, language: Lang) -> str | None:
        return None if self._dictionary(language) is None else self._nearest(word, language)

    def load(self, *languages: Lang) -> None:
        with self._loading:
            for language in languages:
                self._loaded.setdefault(language, self._read(language))

    def _looked_up(self, word: str, language: Lang) -> bool | None:
        loaded = self._dictionary(language)
        return None if loaded is None else bool(loaded[0].lookup(word))

    def _searched(self, word: str, language: Lang) -> str | None:
        """The library's own search takes seconds for some words: a slip is nearly always one of these few."""
        loaded = self._dictionary(language)
        if loaded is None:
            return None
        dictionary, stems = loaded
        likely = list(dict.fromkeys(_slips(word)))
        listed = next((meant for meant in likely if meant in stems and dictionary.lookup(meant)), None)
        if listed is not None:
            return listed
        if (meant := next((meant for meant in likely if dictionary.lookup(meant)), None)) is not None:
            return meant
        other = (meant for meant in _other_letters(word) if meant in stems and dictionary.lookup(meant))
        return next(other, None)

    def _dictionary(self, language: Lang) -> tuple[Dictionary, frozenset[str]] | None:
        """While another thread still loads it, nobody can say: whoever asks is typing, and does not wait."""
        if language not in self._loaded and self._loading.acquire(blocking=False):
            try:
                self._loaded[language] = self._read(language)
            finally:
                self._loading.release()
        return self._loaded.get(language)

    def _read(self, language: Lang) -> tuple[Dictionary, frozenset[str]] | None:
        path = next(_places(self._folders, language), None)
        if path is None:
            return None
        was_collecting = gc.isenabled()
        gc.disable()  # a hundred thousand small objects that all stay: looking for garbage doubles the time
        try:
            dictionary = _of_files(path)
        except Exception as error:  # noqa: BLE001 - whatever a broken dictionary makes of its reader
            log.warning("dictionary_unreadable", path=str(path), cause=repr(error))
            return None
        finally:
            if was_collecting:
                gc.enable()
        return dictionary, frozenset(word.stem for word in dictionary.dic.words)


def _of_files(path: Path) -> Dictionary:
    """As `Dictionary.from_files` does, which leaves its files open."""
    from spylls.hunspell import Dictionary, readers  # half a second of imports
    from spylls.hunspell.readers.file_reader import FileReader  # type: ignore[import-untyped]

    class InMemory(FileReader):  # type: ignore[misc]  # of a library without types
        def _open(self, path: str, encoding: str) -> StringIO:
            return StringIO(Path(path).read_bytes().decode(encoding, "surrogateescape"))

    rules, context = readers.read_aff(InMemory(f"{path}.aff"))
    words = readers.read_dic(InMemory(f"{path}.dic", encoding=context.encoding), aff=rules, context=context)
    return Dictionary(rules, words)


def _places(folders: Sequence[Path], language: Lang) -> Iterator[Path]:
    """it-CH: it_CH, then it_IT, then any other of that language; without the ending that two files share."""
    primary, _, region = language.partition("-")
    exact = f"{primary}_{region}" if region else primary
    for pattern in (exact, f"{primary}_{primary.upper()}", f"{primary}_US", primary, f"{primary}_*"):
        for folder in folders:
            for found in sorted(folder.glob(f"{pattern}.dic")):
                if found.with_suffix(".aff").is_file():
                    yield found.with_suffix("")


def _slips(word: str) -> Iterator[str]:
    """What fingers do: an accent forgotten, two letters swapped, one too many, a double one single."""
    if word[-1] in _VOWELS:
        yield from (word[:-1] + accented for accented in _VOWELS[word[-1]])
    for n in range(len(word) - 1):
        yield word[:n] + word[n + 1] + word[n] + word[n + 2 :]
    for n in range(1, len(word) - 1):
        yield word[:n] + word[n] + word[n:]
    for n in range(len(word)):
        yield word[:n] + word[n + 1 :]


def _other_letters(word: str) -> Iterator[str]:
    """One letter missing, or another in its place."""
    for n in range(len(word) + 1):
        yield from (word[:n] + letter + word[n:] for letter in "abcdefghijklmnopqrstuvwxyzàèéìòù")
    for n in range(len(word)):
        yield from (word[:n] + letter + word[n + 1 :] for letter in "abcdefghijklmnopqrstuvwxyzàèéìòù")
