"""Pictures for tests: the smallest files of each kind that a browser would take, of any size in pixels."""

from __future__ import annotations

import struct
import zlib


def png(width: int = 640, height: int = 480, *, grey: int = 128) -> bytes:
    rows = zlib.compress(bytes([0] + [grey] * width) * height)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def jpeg(width: int = 640, height: int = 480) -> bytes:
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    return (
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
        b"\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame + b"\xff\xd9"
    )


def gif(width: int = 640, height: int = 480) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\x00\x00\x00" + b"\x3b"


def webp(width: int = 640, height: int = 480) -> bytes:
    body = b"\x30\x01\x00\x9d\x01\x2a" + struct.pack("<HH", width, height)
    chunk = b"VP8 " + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def avif(width: int = 640, height: int = 480) -> bytes:
    size = _box(b"ispe", bytes(4) + struct.pack(">II", width, height))
    properties = _box(b"ipco", size) + _box(b"ipma", bytes(4) + struct.pack(">IHBB", 1, 1, 1, 1))
    meta = _box(b"pitm", bytes(4) + struct.pack(">H", 1)) + _box(b"iprp", properties)
    return (
        _box(b"ftyp", b"avif" + bytes(4) + b"avifmif1") + _box(b"meta", bytes(4) + meta) + _box(b"mdat", b"x")
    )


def _box(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data) + 8) + name + data


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
