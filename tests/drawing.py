"""Pictures for tests, drawn by Pillow: of each kind that a browser would take, of any size in pixels."""

from __future__ import annotations

import io
import struct
import zlib
from functools import lru_cache
from random import Random
from typing import Any

from PIL import Image


def png(width: int = 640, height: int = 480, *, grey: int = 128) -> bytes:
    return saved(Image.new("L", (width, height), grey), "PNG")


def jpeg(width: int = 640, height: int = 480, **said: Any) -> bytes:
    return saved(photograph(width, height), "JPEG", **said)


def gif(width: int = 640, height: int = 480) -> bytes:
    return saved(Image.new("P", (width, height)), "GIF")


def webp(width: int = 640, height: int = 480) -> bytes:
    return saved(photograph(width, height), "WEBP")


def avif(width: int = 640, height: int = 480) -> bytes:
    return saved(photograph(width, height), "AVIF")


@lru_cache(maxsize=16)
def photograph(width: int = 640, height: int = 480) -> Image.Image:
    """More colours than anybody draws with, and no two corners alike: red, green, blue, black."""
    across = Image.linear_gradient("L").rotate(90).resize((width, height))
    down = Image.linear_gradient("L").resize((width, height))
    grain = Image.frombytes("L", (64, 64), Random(7).randbytes(64 * 64)).resize((width, height))
    both = Image.merge("RGB", (across, down, grain))
    return Image.blend(both, Image.merge("RGB", (down, grain, across)), 0.3)


def saved(image: Image.Image, kind: str, **said: Any) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **said)
    return written.getvalue()


def claiming(width: int, height: int) -> bytes:
    """A PNG that says how large it is, and holds one line of that."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", zlib.compress(bytes(width * 4 + 1)))
        + png_chunk(b"IEND", b"")
    )


def png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def opened(body: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(body))
    image.load()
    return image
