"""A form is read however it is sent, and no bytes at all can break its reader or keep it busy."""

from __future__ import annotations

import sys
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.faces.serve import posted
from curator.faces.serve.posted import LARGEST

FORM = "application/x-www-form-urlencoded"
PARTS, END = "multipart/form-data; boundary=a", b"--a--\r\n"


def part(head: str, said: bytes = b"x") -> bytes:
    return b"--a\r\n" + head.encode("latin-1") + b"\r\n\r\n" + said + b"\r\n"


def field(name: str, said: bytes = b"x") -> bytes:
    return part(f'Content-Disposition: form-data; name="{name}"', said)


@pytest.mark.parametrize(
    ("kind", "body", "found"),
    [
        (FORM, b"email=a%40b.it&tag=1&tag=2", {"email": ["a@b.it"], "tag": ["1", "2"]}),
        (FORM, b"email=%ff", {"email": ["\ufffd"]}),
        (FORM, b"&".join(b"x=1" for _ in range(500)), {}),
        ("", b"email=x", {"email": ["x"]}),
        (PARTS, field("e", b"a@b.it") + field("t", b"1") + field("t", b"2\r\n") + END,
         {"e": ["a@b.it"], "t": ["1", "2\r\n"]}),
        ('Multipart/Form-Data; charset=UTF-8; Boundary="a"', field("t", "è".encode()) + END, {"t": ["è"]}),
        (PARTS, b"before\r\n" + field("t") + END + field("after"), {"t": ["x"]}),
        (PARTS, field("t").removesuffix(b"\r\n"), {"t": ["x"]}),
        (PARTS, part('X: y\r\ncontent-disposition:form-data;name="t"') + END, {"t": ["x"]}),
        (PARTS, part('Content-Disposition: form-data; name="t"; filename="t.txt"'), {}),
        (PARTS, part("X-Long: " + "x" * 1024 + '\r\nContent-Disposition: form-data; name="t"'), {}),
        (PARTS, b"".join(field(str(n)) for n in range(200)) + END, {str(n): ["x"] for n in range(200)}),
        (PARTS, b"".join(field("t") for n in range(201)) + END, {}),
        (PARTS, b"nothing of the kind", {}),
        ("multipart/form-data", field("t"), {}),
        ("multipart/form-data; boundary=" + "a" * 71, b"--" + b"a" * 71 + field("t")[3:], {}),
    ],
)  # fmt: skip
def test_a_form_is_read_however_it_is_sent(kind: str, body: bytes, found: dict[str, list[str]]) -> None:
    assert posted.fields(kind, body) == found


_BYTES = st.binary(max_size=300) | st.lists(
    st.sampled_from(
        [b"--a", b"--a--", b"\r\n", b"\n", b"\r", b'Content-Disposition: form-data; name="', b'"', b"x", b";"]
    )
).map(b"".join)


@given(_BYTES, st.sampled_from([FORM, PARTS]) | st.text(max_size=40).map("multipart/form-data;".__add__))
def test_no_bytes_break_it(body: bytes, kind: str) -> None:
    found = posted.fields(kind, body)

    assert all(isinstance(value, str) for values in found.values() for value in values)


@given(st.dictionaries(st.text("abc-"), st.lists(st.binary(max_size=40), min_size=1), max_size=4))
def test_what_a_browser_sends_arrives(said: dict[str, list[bytes]]) -> None:
    boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
    parts = [field(name, value) for name, values in said.items() for value in values]
    body = b"".join(parts).replace(b"--a\r\n", f"--{boundary}\r\n".encode()) + f"--{boundary}--".encode()

    found = posted.fields(f"multipart/form-data; boundary={boundary}", body)

    assert found == {name: [each.decode("utf-8", "replace") for each in said[name]] for name in said}


def full(head: bytes, unit: bytes) -> bytes:
    return (head + unit * LARGEST)[:LARGEST]


@pytest.mark.parametrize(
    "body",
    [
        full(b"", b"--a\n\n"),
        full(b"", b"--a\r\n\r\n"),
        full(b"--a\n", b"Content-Type:multipart/x;boundary=a\n\n--a\n"),
        full(b"--a\r\n", b"Content-Type:message/rfc822\r\n\r\n"),
        full(b"--a\r\nContent-Disposition: form-data; name*0=a", b";name*1=b"),
        full(b"--a\r\nContent-Disposition: form-data; name=", b"("),
        full(b"--a\r\nContent-Disposition: form-data", b";name"),
        part("Content-Disposition: form-data; name*"),
        part("Content-Disposition: form-data; name=" + "(" * 900),
        full(b"", b"="),
        full(b"", b"&"),
    ],
    ids=lambda body: repr(body[:60]),
)
def test_no_body_keeps_others_waiting(body: bytes) -> None:
    """All requests wait while it is read: so many calls and no more, however the bytes are arranged."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        for kind in (FORM, PARTS):
            posted.fields(kind, body)
    finally:
        sys.setprofile(None)

    assert calls < 5000
