"""What a picture is, its bytes say; what is none is not served."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.edges.pictures import prove
from curator.model import Copy, Unreadable
from drawing import avif, gif, jpeg, png, webp

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (png(), "image/png"),
        (jpeg(), "image/jpeg"),
        (gif(), "image/gif"),
        (webp(), "image/webp"),
        (avif(), "image/avif"),
    ],
)
def test_a_picture_is_told_by_its_bytes(body: bytes, media_type: str) -> None:
    digest = hashlib.sha256(body).hexdigest()

    assert prove(body, max_side=6000) == Copy(
        digest=digest, media_type=media_type, width=640, height=480, length=len(body)
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "read_not_a_picture"),
        (SVG, "read_not_a_picture"),
        (b'<?xml version="1.0"?>' + SVG, "read_not_a_picture"),
        (b"<!doctype html><html><img src=x></html>", "read_not_a_picture"),
        (b"BM" + bytes(60), "read_not_a_picture"),
        (png()[:-12], "read_picture_broken"),
        (jpeg()[:-2], "read_picture_broken"),
        (webp()[:-2], "read_picture_broken"),
        (b"\xff\xd8\xff\xd9", "read_picture_broken"),
        (png(1, 1), "read_picture_size"),
        (jpeg(6001, 10), "read_picture_size"),
        (png(0, 0), "read_picture_broken"),
    ],
)
def test_what_cannot_be_shown_is_refused(body: bytes, code: str) -> None:
    found = prove(body, max_side=6000)

    assert isinstance(found, Unreadable)
    assert found.code == code


@given(
    st.binary(max_size=400),
    st.sampled_from(
        [b"", png()[:40], jpeg()[:30], gif()[:8], webp()[:20], avif()[:44], avif()[:60], b"\0" * 4]
    ),
)
def test_no_bytes_break_the_proof(body: bytes, start: bytes) -> None:
    assert isinstance(prove(start + body, max_side=6000), Copy | Unreadable)
