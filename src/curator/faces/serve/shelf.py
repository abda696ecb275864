"""The bytes that the manifest names; what is hot stays in memory.

A file is served only when its sha256 is the manifest's: a link that somebody
planted, or a hand in `public/`, cannot be.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from curator.faces.clock import utcnow
from curator.faces.serve.answers import Representation, opened, seen
from curator.faces.serve.catalogue import Document
from curator.faces.serve.figures import Figures
from curator.faces.serve.negotiating import IDENTITY
from curator.publish import manifest, packing

ROOM = 64 * 1024 * 1024
"""Bytes that may be kept."""

WHOLE = 1024 * 1024
"""What is larger is read from the disk each time, piece by piece."""

_BESIDE = 4096  # what a representation takes besides its bytes


class Shelf:
    """Representations by path and coding; the longest unasked go first. For one event loop.

    `dress` puts the answers to them.
    """

    def __init__(
        self, directory: Path, *, dress: Callable[[Representation], None], figures: Figures, room: int = ROOM
    ) -> None:
        self._directory = directory
        self._dress = dress
        self._figures = figures
        self._room = room
        self._taken = 0
        self._kept: OrderedDict[tuple[str, str], Representation] = OrderedDict()
        self._coming: dict[tuple[str, str, str], asyncio.Task[None]] = {}

    def at_hand(self, document: Document, coding: str) -> Representation | None:
        key = (document.path, coding)
        kept = self._kept.get(key)
        if kept is None or kept.document.file.digest != document.file.digest:
            return None
        self._kept.move_to_end(key)
        self._figures.hits += 1
        return kept

    async def bring(self, document: Document, coding: str) -> None:
        """From the disk, once for all who wait; then it is at hand, if it is there at all."""
        key = (document.path, coding, document.file.digest)
        coming = self._coming.get(key)
        if coming is None:
            self._figures.misses += 1
            coming = self._coming[key] = asyncio.create_task(self._bring(document, coding))
            coming.add_done_callback(lambda _: self._coming.pop(key))
        await asyncio.shield(coming)

    def drop(self, path: str, coding: str) -> None:
        if (old := self._kept.pop((path, coding), None)) is not None:
            self._taken -= _weight(old)

    async def _bring(self, document: Document, coding: str) -> None:
        found = await asyncio.to_thread(self._read, document, coding)
        if found is None:
            return
        self.drop(document.path, coding)
        self._kept[document.path, coding] = found
        self._taken += _weight(found)
        while self._taken > self._room:
            self.drop(*next(iter(self._kept)))
        self._figures.kept = self._taken

    def _read(self, document: Document, coding: str) -> Representation | None:
        """In that coding, or as it is where packing would win nothing."""
        found = None
        if coding in document.file.encodings:
            found = self._found(document, coding)
        if found is None:  # also where somebody took the packed file away
            found = self._found(document, IDENTITY, whole=coding != IDENTITY)
            if found is not None and coding != IDENTITY:
                _pack(found, coding)
        if found is not None:
            self._dress(found)
        return found

    def _found(self, document: Document, coding: str, *, whole: bool = False) -> Representation | None:
        named = document.file if coding == IDENTITY else document.file.encodings[coding]
        place = manifest.path_of(self._directory, document.path, None if coding == IDENTITY else coding)
        for there in (place, manifest.kept_before(self._directory, named.digest)):
            if (file := opened(there)) is None:
                continue
            with file:
                content = file.read() if whole or named.length <= WHOLE else None
                digest = _digest(file) if content is None else hashlib.sha256(content).hexdigest()
                if digest == named.digest:
                    return Representation(
                        document=document,
                        coding=coding,
                        digest=digest,
                        length=named.length,
                        # RFC 9110 §8.8.2.1: never later than the answer's own date.
                        changed=min(int(os.fstat(file.fileno()).st_mtime), int(utcnow().timestamp())),
                        content=content,
                        place=there,
                        seen=seen(file),
                    )
        return None


def _pack(plain: Representation, coding: str) -> None:
    small = packing.packed(plain.content or b"").get(coding)
    if small is not None:
        plain.coding, plain.content = coding, small
        plain.digest, plain.length = hashlib.sha256(small).hexdigest(), len(small)


def _digest(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while piece := file.read(WHOLE):
        digest.update(piece)
    return digest.hexdigest()


def _weight(representation: Representation) -> int:
    return len(representation.content or b"") + _BESIDE
