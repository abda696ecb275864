"""The parts of a WordPress export as they come, each by itself: hundreds of megabytes, a few at a time.

One tree for the whole document would end at its first wrong character, and take every post behind it
along. So the posts are told apart by their tags, with an eye on CDATA and comments, and read one by one.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BIGGEST = 15 * 1024 * 1024
"""Bytes of one item; what is more is refused by name."""

_BLOCK = 1 << 20
_TOLD = 1 << 16  # of what is refused, enough to tell its name
_MARK = re.compile(rb"<!\[CDATA\[|<!--|<item(?=[\s>])|</item\s*>|</channel\s*>")
_UNTIL = {b"<![CDATA[": b"]]>", b"<!--": b"-->"}
# Where the next item surely begins, whatever an item before it left open.
_NEXT = re.compile(rb"</item\s*>\s*(?=<item[\s>]|</channel)")
_LONGEST_MARK = 256
_ENCODING = re.compile(rb"\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})")
_MARKS_OF_ORDER = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before the first item: the blog, its authors, the prefixes."""

    xml: bytes


@dataclass(frozen=True, slots=True)
class Item:
    """One whole `<item>…</item>`."""

    xml: bytes


@dataclass(frozen=True, slots=True)
class Unread:
    """How an item begins that is too large, or that the document's end cut off."""

    xml: bytes
    code: str


@dataclass(frozen=True, slots=True)
class CutOff:
    """The document ended before it said so."""


Part = Head | Item | Unread | CutOff


def parts(path: Path) -> Iterator[Part]:
    """The parts of the document in its order. `OSError` where it cannot be read."""
    scan = _Scan()
    for block in _blocks(path):
        yield from scan.more(block)
    yield from scan.ended()


class _Scan:
    """What has been read and not been told yet, and where in it we are."""

    def __init__(self) -> None:
        self._held = b""
        self._at = 0
        self._from = 0  # where what has not been told begins
        self._item = False
        self._until: bytes | None = None
        self._skipping = False
        self._closed = False
        self._items = 0

    def more(self, block: bytes) -> Iterator[Part]:
        self._held = self._held[self._from :] + block
        self._at -= self._from
        self._from = 0
        while self._skip() if self._skipping else self._step():
            yield from self._told
        if self._item and len(self._held) - self._from > BIGGEST:
            yield Unread(self._held[self._from : self._from + _TOLD], "import_item_too_large")
            self._item, self._until, self._skipping = False, None, True
        elif not self._item and len(self._held) - self._from > BIGGEST:
            self._from = min(self._at, len(self._held) - _TOLD)

    def ended(self) -> Iterator[Part]:
        rest = self._held[self._from :]
        if self._item:
            # Something in it was never closed: what is whole behind it is not lost.
            *whole, last = _NEXT.split(rest)
            yield from (Item(xml + b"</item>") for xml in whole)
            if last.startswith(b"</channel"):
                return
            yield Unread(last[:_TOLD], "import_cut_off")
        elif not self._items:
            yield Head(rest)
        if not self._closed and not self._item:
            yield CutOff()

    _told: tuple[Part, ...] = ()

    def _step(self) -> bool:
        """Whether there was a part to tell, or may be one farther on."""
        self._told = ()
        held = self._held
        while not self._told:
            if self._until is not None:
                end = held.find(self._until, self._at)
                if end < 0:
                    self._at = max(self._at, len(held) - len(self._until) + 1)
                    return False
                self._at = end + len(self._until)
                self._until = None
            mark = _MARK.search(held, self._at)
            if mark is None:
                self._at = max(self._at, len(held) - _LONGEST_MARK)
                return False
            self._at = mark.end()
            self._until = _UNTIL.get(mark[0])
            if self._until is None:
                self._pass(mark)
        return True

    def _pass(self, mark: re.Match[bytes]) -> None:
        if mark[0] == b"<item":
            before = self._held[self._from : mark.start()]
            if self._item:  # the one before was never closed; perhaps it can be read all the same
                self._told = (Item(before + b"</item>"),)
            elif not self._items or b"<channel" in before:
                self._told = (Head(before),)
            self._items += 1
            self._item, self._closed, self._from = True, False, mark.start()
        elif mark[0].startswith(b"</item") and self._item:
            self._told = (Item(self._held[self._from : self._at]),)
            self._item, self._from = False, self._at
        elif mark[0].startswith(b"</channel") and not self._item:
            self._closed = True

    def _skip(self) -> bool:
        self._told = ()
        found = _NEXT.search(self._held, self._at)
        if found is None:
            self._at = self._from = max(self._at, len(self._held) - _LONGEST_MARK)
            return False
        self._skipping = False
        self._at = self._from = found.end()
        return True


def split_again(xml: bytes) -> list[bytes]:
    """The items in one that something unclosed welded together; a single one where there are no others."""
    *whole, last = _NEXT_INSIDE.split(xml)
    return [*(item + b"</item>" for item in whole), last]


_NEXT_INSIDE = re.compile(rb"</item\s*>\s*(?=<item[\s>])")


def _blocks(path: Path) -> Iterator[bytes]:
    """The document's bytes as UTF-8, whatever encoding it declares."""
    with path.open("rb") as document:
        first = document.read(_BLOCK)
        name = _encoding(first)
        if name is None:
            yield first
            while block := document.read(_BLOCK):
                yield block
            return
        decoder = codecs.getincrementaldecoder(name)(errors="replace")
        block = first
        while block:
            yield decoder.decode(block).encode("utf-8", "replace")
            block = document.read(_BLOCK)


def _encoding(first: bytes) -> str | None:
    """The encoding to read from; None for UTF-8, or what is as good as that."""
    for mark, name in _MARKS_OF_ORDER:
        if first.startswith(mark):
            return name
    declared = _ENCODING.match(first.removeprefix(codecs.BOM_UTF8))
    if declared is None:
        return None
    try:
        name = codecs.lookup(declared[1].decode("ascii")).name
    except LookupError:
        return None
    # As on the web, who says Latin-1 means Windows' (Encoding Standard §4.2).
    return None if name in {"utf-8", "ascii"} else {"iso8859-1": "cp1252"}.get(name, name)
