"""What a picture is, by its bytes: one of a few raster types, with its size. Alone knows imagesize.

Nothing is decoded, and nothing is changed: a picture is shown as its author made it, with
the rights that are written inside it. SVG is a program and no picture.
"""

from __future__ import annotations

import hashlib
import io
import re

import imagesize  # type: ignore[import-untyped]  # it has no types

from curator.model import Copy, Unreadable

_TYPES = (
    ("image/jpeg", re.compile(rb"\xff\xd8\xff")),
    ("image/png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ("image/gif", re.compile(rb"GIF8[79]a")),
    ("image/webp", re.compile(rb"RIFF....WEBPVP8[ LX]", re.DOTALL)),
    ("image/avif", re.compile(rb"....ftypavi[fs]", re.DOTALL)),
)
_ENDS = {"image/jpeg": b"\xff\xd9", "image/png": b"IEND", "image/gif": b"\x3b"}
_TAIL = 4096  # cameras and editors append to a file; its end is near the end all the same
_SMALLEST = 40  # pixels of the longer side: what is less is a counter or a spacer


def prove(body: bytes, *, max_side: int) -> Copy | Unreadable:
    """The picture as we may serve it, or why it is none."""
    media_type = next((name for name, start in _TYPES if start.match(body)), None)
    if media_type is None:
        return Unreadable(code="read_not_a_picture")
    width, height = imagesize.get(io.BytesIO(body))
    if width <= 0 or height <= 0 or _is_cut_off(body, media_type):
        return Unreadable(code="read_picture_broken")
    if max(width, height) > max_side or max(width, height) < _SMALLEST:
        return Unreadable(
            code="read_picture_size",
            data={"width": width, "height": height, "least": _SMALLEST, "most": max_side},
        )
    return Copy(
        digest=hashlib.sha256(body).hexdigest(),
        media_type=media_type,
        width=width,
        height=height,
        length=len(body),
    )


def _is_cut_off(body: bytes, media_type: str) -> bool:
    if media_type == "image/webp":
        return int.from_bytes(body[4:8], "little") + 8 > len(body)
    end = _ENDS.get(media_type)
    return end is not None and end not in body[-_TAIL:]
