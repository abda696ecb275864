"""What outputs are made with, told in one word: a newer program may make other bytes of the same state."""

from __future__ import annotations

import hashlib
import platform
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.resources.abc import Traversable

import curator
from curator.publish.packing import PACKERS

OURS = (
    "publish",
    "text",
    "model",
    "settings",
    "compose.py",
    "facets.py",
    "frontmatter.py",
    "redirecting.py",
    "rights.py",
)
LIBRARIES = (
    "babel",
    "css-inline",
    "feedgen",
    "html5lib",
    "jinja2",
    "lxml",
    "markupsafe",
    "msgspec",
    "nh3",
    "tzdata",
)


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """Of the program's own words beside its number, which feeds say: a checkout moves on without one.

    Of Python too: its Unicode says which letters are the same to who searches.
    """
    told = f"curator {curator.__version__}, python {platform.python_version()}, {PACKERS}\n"
    digest = hashlib.sha256(told.encode())
    for library in LIBRARIES:
        digest.update(f"{library} {_version(library)}\n".encode())
    for name in OURS:
        _add(digest, files("curator").joinpath(name))
    return digest.hexdigest()


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "?"


def _add(digest: hashlib._Hash, place: Traversable) -> None:
    if place.is_dir():
        for inside in sorted(place.iterdir(), key=lambda each: each.name):
            _add(digest, inside)
    elif place.name.endswith(".py"):
        digest.update(place.name.encode() + b"\0" + place.read_bytes())
