"""What a form brings, in either of the two ways in which browsers and mail programs send one.

Anybody sends here what they like, and it is read where all requests are
answered: each byte is looked at a few times, however they are arranged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from curator.faces.serve.guard import body_of

LARGEST = 16 * 1024
"""Bytes of a form that somebody has filled in."""

MOST_FIELDS = 200

Fields = Mapping[str, Sequence[str]]

_LONGEST_HEAD = 1024  # of a part

# RFC 2046 §5.1.1: at most 70 of these characters, the last of them no space.
_BOUNDARY = re.compile(
    r""";[ \t]*boundary=(?:"([\w'()+,./:=? -]{0,69}[\w'()+,./:=?-])"|([\w'+.-]{1,70}))[ \t]*(?:;|$)""",
    re.ASCII | re.IGNORECASE,
)
_NAME = re.compile(
    rb'^content-disposition:[ \t]*form-data[ \t]*;[ \t]*name="([^"\r\n]*)"[ \t]*\r?$',
    re.IGNORECASE | re.MULTILINE,
)


async def form_of(request: Request) -> Fields:
    return fields(request.headers.get("content-type", ""), await rest_of(request))


async def rest_of(request: Request) -> bytes:
    """Read to its end also where nothing of it matters: an answer before that is lost on some clients."""
    try:
        return await body_of(request, limit=LARGEST)
    except ClientDisconnect as gone:
        raise HTTPException(400) from gone


def last(said: Fields, name: str) -> str:
    return said[name][-1].strip() if said.get(name) else ""


def fields(content_type: str, body: bytes) -> Fields:
    """By name, in the order in which they came. What cannot be read is as if nothing had been filled in."""
    kind, _, _ = content_type.partition(";")
    if kind.strip().lower() == "multipart/form-data":
        boundary = _BOUNDARY.search(content_type)
        return {} if boundary is None else _parts((boundary[1] or boundary[2]).encode(), body)
    try:
        return parse_qs(
            body.decode("utf-8", "replace"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="replace",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        return {}


def _parts(boundary: bytes, body: bytes) -> Fields:
    """RFC 7578, and no more of mail than that: no part in a part, no encodings (§4.7), no files.

    The standard library's reader of mail takes seconds, or falls, where somebody wants it to.
    """
    _, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary, MOST_FIELDS + 2)
    found: dict[str, list[str]] = {}
    for number, part in enumerate(parts):
        if part.startswith(b"--"):
            break
        if number == MOST_FIELDS:
            return {}
        head, _, said = part.partition(b"\r\n\r\n")
        name = _NAME.search(head, 0, _LONGEST_HEAD)
        if name is not None:
            found.setdefault(name[1].decode("utf-8", "replace"), []).append(said.decode("utf-8", "replace"))
    return found
