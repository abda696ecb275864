"""What lies in the public folder, by its bytes: swapped last by a publish, read by whoever serves it.

A file's bytes are at its path, or, while a newer publish is on its way, among
those `kept_before`: whoever holds a manifest finds all that it names until the
second publish after it begins. Whoever does not find something reads anew.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from curator.errors import OutputFailed
from curator.publish.packing import ENDINGS

MANIFEST = ".curator-files.json"
BEFORE = ".curator-before"


class Encoded(msgspec.Struct, frozen=True, array_like=True):
    """One packed form of a file, as it lies beside it."""

    digest: str
    length: int


class File(msgspec.Struct, frozen=True, omit_defaults=True):
    """`digest`: sha256, in hex; empty where an older program wrote the manifest and nobody knows yet.

    `inputs` tells all that the file was made of. `gone`: what it says is that
    something was withdrawn; asked for, it is answered with 410.
    """

    digest: str
    length: int
    inputs: str = ""
    gone: bool = False
    encodings: dict[str, Encoded] = {}


class Manifest(msgspec.Struct, frozen=True):
    """Files by path below the public folder: "en/feed.atom"."""

    files: dict[str, File]


def load(directory: Path, *, older: Iterable[str] = ()) -> Manifest:
    """As it is now; empty where nothing was published yet.

    `older`: folders in it that may have a manifest of their own, as each edition's had in 0.1.
    """
    files = _load(directory, "")
    for folder in older:
        files = _load(directory, folder) | files
    return Manifest(files=files)


def encode(manifest: Manifest) -> bytes:
    """The same for the same files, whatever order they came in."""
    return msgspec.json.encode(manifest, order="sorted") + b"\n"


def path_of(directory: Path, path: str, encoding: str | None = None) -> Path:
    """Where the file, or one of its packed forms, lies."""
    return directory / (path + ENDINGS[encoding] if encoding else path)


def kept_before(directory: Path, digest: str) -> Path:
    """Where a publish leaves what it replaces."""
    return directory / BEFORE / digest


def content(directory: Path, path: str, file: File, *, encoding: str | None = None) -> bytes | None:
    """The very bytes that the manifest names. None: it is not the newest any more, or somebody broke them."""
    wanted = file.encodings[encoding] if encoding else file
    for place in (path_of(directory, path, encoding), kept_before(directory, wanted.digest)):
        found = _read(place)
        if found is not None and hashlib.sha256(found).hexdigest() == wanted.digest:
            return found
    return None


def is_inside(path: str) -> bool:
    """The manifest lies where others may write: it must not lead out of the folder."""
    return bool(path) and path[0] != "/" and "\0" not in path and "/../" not in f"/{path}/"


class _Paths(msgspec.Struct):
    """What 0.1 wrote: one in each edition's folder."""

    files: list[str]


def _load(directory: Path, folder: str) -> dict[str, File]:
    """The paths in it are of the whole folder."""
    place = directory / folder / MANIFEST
    written = _read(place)
    if written is None:
        return {}
    try:
        files = msgspec.json.decode(written, type=Manifest).files
    except msgspec.ValidationError:
        files = _of_older(written, place)
    except msgspec.DecodeError as error:
        raise OutputFailed("output_manifest_broken", path=str(place), cause=str(error)) from error
    return {folder + path: file for path, file in files.items() if is_inside(path)}


def _of_older(written: bytes, place: Path) -> dict[str, File]:
    try:
        paths = msgspec.json.decode(written, type=_Paths).files
    except msgspec.DecodeError as error:
        raise OutputFailed("output_manifest_broken", path=str(place), cause=str(error)) from error
    return {path: File(digest="", length=-1) for path in paths}


def _read(place: Path) -> bytes | None:
    """A link is nobody's file: what it leads to was not written here."""
    try:
        opened = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(opened, "rb") as file:
        return file.read()
