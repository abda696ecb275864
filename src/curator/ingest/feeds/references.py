"""Character references that no text can hold, mended: feedparser gives up a whole document over one.

Some systems write an emoji as the two halves that UTF-16 has for it: "&#55357;&#56832;".
"""

from __future__ import annotations

import re

_RUN = re.compile(rb"(?:&#(?:[xX][0-9a-fA-F]+|[0-9]+);?)+")
_ONE = re.compile(rb"&#(?:[xX]0*([0-9a-fA-F]+)|0*([0-9]+));?")
# A reference that may be no character. Nearly all documents have none, and some have thousands of good ones.
_SUSPECT = re.compile(
    rb"&#(?:[xX]0*(?:[dD][89a-fA-F][0-9a-fA-F]{2}|[1-9a-fA-F][0-9a-fA-F]{5})|0*(?:5[5-7][0-9]{3}|[1-9][0-9]{6}))"
)
_BEYOND = 0x110000
_MOST_DIGITS = 7


def mended(body: bytes) -> bytes:
    """The document with every reference one to a character: halves joined, what is none left out."""
    return _RUN.sub(_mended_run, body) if _SUSPECT.search(body) else body


def _mended_run(found: re.Match[bytes]) -> bytes:
    run: bytes = found[0]
    numbers = [_number(*one) for one in _ONE.findall(run)]
    if not any(0xD800 <= number <= 0xDFFF or number >= _BEYOND for number in numbers):  # noqa: PLR2004  halves
        return run
    text = "".join(chr(number) for number in numbers if number < _BEYOND)
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return "".join(f"&#{ord(character)};" for character in whole).encode()


def _number(hexadecimal: bytes, decimal: bytes) -> int:
    digits = hexadecimal or decimal
    return int(digits, 16 if hexadecimal else 10) if len(digits) <= _MOST_DIGITS else _BEYOND
