"""Bytes packed for the way, the same from the same bytes; alone knows brotli."""

from __future__ import annotations

import gzip
import zlib

import brotli  # type: ignore[import-untyped]  # it has no types

ENDINGS = {"br": ".br", "gzip": ".gz"}
"""HTTP's names of what we pack with, the best first, and how a file so packed ends."""

PACKERS = f"brotli {brotli.__version__}, zlib {zlib.ZLIB_RUNTIME_VERSION}"
"""Others pack the same into other bytes."""

_GZIP, _BROTLI = 5, 4  # beyond these a publish takes twice as long for a few per cent


def packed(content: bytes) -> dict[str, bytes]:
    """By encoding. What is hardly smaller is left out: there is nothing in it for anybody."""
    made = {"br": brotli.compress(content, quality=_BROTLI), "gzip": gzip.compress(content, _GZIP, mtime=0)}
    return {encoding: small for encoding, small in made.items() if len(small) < len(content) * 0.95}
