"""A body from the wire to plain bytes, within a limit."""

from __future__ import annotations

import re
import zlib

import httpx2

from curator.fetch.stopping import CannotFetch, shown


def unpacked(response: httpx2.Response, *, host: str, limit: int) -> bytes:
    """The unpacked body. The limit holds after unpacking, and before it: a packed nothing can be endless."""
    status = response.status_code
    too_large = CannotFetch("fetch_too_large", host=host, limit=limit, http_status=status)
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in {"", "identity", "gzip", "x-gzip"}:
        raise CannotFetch("fetch_encoding", host=host, encoding=shown(encoding), http_status=status)
    gunzip = Gunzip() if encoding.endswith("gzip") else None
    most = limit if gunzip is None else most_packed(limit)
    declared = re.fullmatch(r"[0-9]{1,20}", response.headers.get("content-length", ""))
    if declared and int(declared[0]) > most:
        raise too_large

    pieces: list[bytes] = []
    size = packed_size = 0
    for packed in response.iter_raw():
        packed_size += len(packed)
        try:
            piece = packed if gunzip is None else gunzip.unpack(packed, room=limit + 1 - size)
        except zlib.error as error:
            raise CannotFetch("fetch_gzip", host=host, http_status=status) from error
        size += len(piece)
        if size > limit or packed_size > most:
            raise too_large
        pieces.append(piece)
    if gunzip is not None and not gunzip.complete:
        raise CannotFetch("fetch_truncated", host=host, http_status=status)
    return b"".join(pieces)


def most_packed(limit: int) -> int:
    """Packing something random adds five bytes to some thousands (RFC 1951 §3.2.4), and a head and a tail."""
    return limit + limit // 100 + 4096


class Gunzip:
    """Unpacks gzip members one after another (RFC 1952 §2.2), never more at once than there is room for."""

    MEMBERS = 100  # each copies what follows it: a body of tiny ones would cost quadratic time

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)
        self._members = 1

    @property
    def complete(self) -> bool:
        return self._member.eof

    def unpack(self, packed: bytes, *, room: int) -> bytes:
        """At most `room` bytes (which is more than 0); what would go beyond is lost."""
        plain = b""
        while packed and len(plain) < room:
            if self._member.eof:
                # gzip(1) pads with zeros and ignores what is no further member; so do browsers.
                packed = packed.lstrip(b"\0")
                if not packed.startswith(b"\x1f"):
                    break
                self._next_member()
            plain += self._member.decompress(packed, room - len(plain))
            packed = self._member.unused_data
        return plain

    def _next_member(self) -> None:
        self._members += 1
        if self._members > self.MEMBERS:
            raise zlib.error("too many members")
        self._member = zlib.decompressobj(wbits=31)
