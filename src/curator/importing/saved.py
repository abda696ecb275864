"""Documents of a blog on this machine: one file, or a folder of any of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from curator.errors import BadInput
from curator.fetch import shown
from curator.importing import feed, pages, plain, rest, wxr
from curator.importing.house import House
from curator.importing.recognising import HEAD, decoded, form_of, refusal
from curator.importing.restpages import json_of
from curator.model import Form, LeftOut, Original, Unreadable
from curator.ports import Readers

MOST_BYTES = 64 * 1024 * 1024
"""Of a document that is read at once; exports of WordPress are read piece by piece, however large."""
_BESIDE_A_PAGE = ("_files", "_file", "-Dateien", "_fichiers", "_archivos", "_ficheiros", "_bestanden", ".fld")
_PAGES = (".html", ".htm", ".xhtml")
# What lies beside pages and exports and is no document of any of our forms.
_PASSED_OVER = tuple(
    ".jpg .jpeg .png .gif .webp .avif .svg .ico .bmp .tif .tiff .heic .css .js .mjs .map .woff .woff2 .ttf "
    ".otf .eot .mp3 .mp4 .m4a .m4v .mov .ogg .ogv .webm .wav .php .ini .db".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """The documents of a file or a folder, in the order of their names. `form` None: of several."""

    root: Path
    files: tuple[Path, ...]
    readers: Readers
    house: House
    clock: Callable[[], datetime]
    stopping: Callable[[], bool]
    form: Form | None
    parts: tuple[Path, ...]  # those of them that are exports of WordPress

    @property
    def total(self) -> int | None:
        """About how many posts there are, where that can be counted without reading them."""
        return sum(map(wxr.count, self.parts)) if len(self.parts) == len(self.files) else None

    def originals(self) -> Iterator[Original | LeftOut]:
        """All posts. A file that cannot be read is left out, and the others are read."""
        shown = wxr.pictures(self.parts)
        for path in self.files:
            if self.stopping():
                return
            place = self._place(path)
            try:
                yield from self._posts(path, place, shown)
            except OSError as error:
                yield LeftOut(
                    place=place, code="import_file_unreadable", data={"cause": error.strerror or ""}
                )

    def _posts(self, path: Path, place: str, shown: wxr.Pictures) -> Iterator[Original | LeftOut]:
        head = _head(path)
        form = Form.WXR if path in self.parts else form_of(head, name=path.name)
        if form is None:
            yield LeftOut(place=place, code=refusal(head, name=path.name) or "import_not_recognised")
        elif form is Form.WXR:
            yield from wxr.read(path, shown=shown if path in self.parts else None, place=place)
        elif (size := path.stat().st_size) > MOST_BYTES:
            yield LeftOut(place=place, code="import_too_large", data={"limit": MOST_BYTES, "bytes": size})
        else:
            document = path.read_bytes()
            yield from self._read(document, form, place)

    def _read(self, document: bytes, form: Form, place: str) -> Iterator[Original | LeftOut]:
        match form:
            case Form.REST:
                yield from _rest(document, place)
            case Form.FEED:
                parsed = self.readers.read(
                    document, content_type=None, url="", now=self.clock(), as_said=True
                )
                if isinstance(parsed, Unreadable):
                    yield LeftOut(place=place, code=parsed.code, data=parsed.data)
                elif not parsed.entries:
                    yield LeftOut(place=place, code="import_feed_empty")
                else:
                    yield from map(_settled, feed.originals(parsed, place=place))
            case Form.PAGE:
                read = pages.read(document, content_type=None, url=None, place=place, house=self.house)
                yield from map(_settled, read.originals)
            case _:
                yield from plain.read(decoded(document), place=place, house=self.house)

    def _place(self, path: Path) -> str:
        relative = path.relative_to(self.root) if path != self.root else path.name
        return shown(str(relative))


def _settled(one: Original | LeftOut) -> Original | LeftOut:
    return one if isinstance(one, LeftOut) else pages.settled(one)


def opened(
    root: Path,
    *,
    readers: Readers,
    house: House,
    clock: Callable[[], datetime],
    stopping: Callable[[], bool],
) -> Saved:
    """What a path holds. BadInput where there is nothing of ours, or it cannot be read."""
    try:
        is_folder = root.is_dir()
        files = tuple(_documents(root)) if is_folder else (root,)
        form = None if is_folder else _form(root)
        parts = _exports(files) if is_folder else files if form is Form.WXR else ()
    except OSError as error:
        place = shown(os.fsdecode(error.filename or root))
        raise BadInput("import_file_unreadable", place=place, cause=error.strerror or "") from error
    if not files:
        raise BadInput("import_folder_empty", place=shown(str(root)))
    return Saved(
        root=root,
        files=files,
        readers=readers,
        house=house,
        clock=clock,
        stopping=stopping,
        form=form,
        parts=parts,
    )


def _form(path: Path) -> Form:
    """Of the one file that was named; BadInput says why there is none."""
    head = _head(path)
    form = form_of(head, name=path.name)
    if form is None:
        code = refusal(head, name=path.name) or "import_not_recognised"
        raise BadInput(code, place=shown(str(path)))
    if form is not Form.WXR and path.stat().st_size > MOST_BYTES:
        raise BadInput("import_too_large", place=shown(str(path)), limit=MOST_BYTES)
    return form


def _exports(files: Sequence[Path]) -> tuple[Path, ...]:
    return tuple(
        path
        for path in files
        if not path.name.lower().endswith(_PAGES) and form_of(_head(path), name=path.name) is Form.WXR
    )


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)


def _rest(document: bytes, place: str) -> Iterator[Original | LeftOut]:
    try:
        answer = json_of(document)
    except ValueError:
        yield LeftOut(place=place, code="import_answer_unreadable", data={"url": place})
        return
    posts = answer if isinstance(answer, list) else [answer]
    yield from rest.originals(posts, place=place)


def _documents(folder: Path, *, above: frozenset[tuple[int, int]] = frozenset()) -> Iterator[Path]:
    """The files in a folder and below, by name, each folder once on its way: a link may lead back up."""
    status = folder.stat()
    here = (status.st_dev, status.st_ino)
    if here in above:
        return
    entries = sorted(os.scandir(folder), key=lambda entry: os.fsencode(entry.name))
    stems = {entry.name.rpartition(".")[0] for entry in entries if entry.name.lower().endswith(_PAGES)}
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            if not _is_beside_a_page(entry.name, stems):
                yield from _documents(folder / entry.name, above=above | {here})
        elif entry.is_file() and not entry.name.lower().endswith(_PASSED_OVER):
            yield folder / entry.name


def _is_beside_a_page(name: str, stems: set[str]) -> bool:
    """Where browsers put the pictures and scripts of a page that is saved."""
    return any(name.endswith(end) and name.removesuffix(end) in stems for end in _BESIDE_A_PAGE)
