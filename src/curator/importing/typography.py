"""Quotation marks, dashes and dots as WordPress prints them; its database has what was typed (pure).

By the behaviour that its documentation of `wptexturize` describes. Readers saw it so, and every other form
of a post (REST, feed, page) says it so; only an export has what was typed.
"""

from __future__ import annotations

import re
from itertools import pairwise

_SPACE = r"(?:[\r\n\t \u00a0]|&nbsp;)"
_ENDS = rf"(?=\Z|[.,:;!?)}}\-\]]|&gt;|{_SPACE})"


def _behind(mark: str, signs: str = "") -> str:
    """The mark where a text begins, or behind a space or one of the signs.

    The mark comes first and is looked back over: a search then goes from mark to mark.
    """
    opened = rf"|(?<=[{signs}]{mark})|(?<=&lt;{mark})" if signs else ""
    return rf"{mark}(?:(?<=\A{mark})|(?<=[\r\n\t \u00a0]{mark})|(?<=&nbsp;{mark}){opened})"


_SHORTCODES = "(?:wp_)?caption|embed|gallery|audio|video|playlist|youtube|vimeo|gettyimages|getty"
_PIECES = re.compile(rf"(<!--.*?(?:-->|\Z)|<[a-zA-Z/!?][^<>]*>|\[/?(?:{_SHORTCODES})\b[^\[\]]*\])", re.DOTALL)
_UNTOUCHED = re.compile(r"<(/?)(pre|code|kbd|style|script|tt|textarea)\b", re.IGNORECASE)
_TOLD = re.compile(r"[\"'.`\-x&(]")

_ALWAYS = (("...", "…"), ("``", "“"), ("''", "”"), (" (tm)", " ™"))
_SHORTENED = re.compile(r"'(tain't|twere|twas|tis|twill|til|bout|nuff|round|cause|em)\b", re.IGNORECASE)
_BETWEEN_LETTERS = re.compile(r"'(?<=[^\W\d_]')(?=[^\W\d_])")
_YEAR = re.compile(r"'(?=\d\d(?:\Z|(?![%\d]|[.,]\d)))")
_YEAR_QUOTED = re.compile(rf"'(\d\d)'{_ENDS}")
_YEAR_IN_QUOTE = re.compile(rf"'(\d\d)\"{_ENDS}")
_SINGLE_BEGINS = re.compile(_behind("'", r"(\[{\"\-"))
_IN_WORD = re.compile(
    rf"'(?<!\A')(?<![\r\n\t \u00a0]')(?<!&nbsp;')(?!\Z|[.,:;!?\"'(){{}}\[\]\-]|&[lg]t;|{_SPACE})"
)
_NUMBER_QUOTED = re.compile(_behind('"') + r'(\d[.,\d]*)"')
_DOUBLE_BEGINS = re.compile(_behind('"', r"(\[{\-") + f"(?!{_SPACE})")
_LONG_DASH = re.compile(f"---|{_behind('--')}(?=\\Z|{_SPACE})")
_DASH = re.compile(f"--(?<!xn--)|{_behind('-')}(?=\\Z|{_SPACE})")
_MEASURED = {mark: re.compile(rf"{mark}(?<=\d{mark})") for mark in "'\""}
_ENDING = {mark: re.compile(f"{mark}{_ENDS}") for mark in "'\""}
_FACTOR = r"(?:[1-9]|0[\d.,])"
_TIMES = re.compile(rf"(?<![\d.,])(?=(?<!\w){_FACTOR}|[\d.,]*?[.,]{_FACTOR})([\d.,]++)x(\d[\d.,]*)\b")
_PERHAPS_TIMES = re.compile(r"x(?<=[\d.,]x)\d")
_AND = re.compile(r"&(?!#(?:\d+|x[a-fA-F0-9]+);|[A-Za-z][A-Za-z0-9]{1,8};)")
# An apostrophe and an opening mark that are decided; no text has these two characters.
_APOSTROPHE, _OPEN = "\ue010", "\ue011"


def typeset(html: str) -> str:
    """The HTML with typographic quotation marks, dashes and dots; none in code, in tags or in addresses."""
    pieces = _PIECES.split(html)
    untouched: list[str] = []
    for n, piece in enumerate(pieces):
        if n % 2:
            if found := _UNTOUCHED.match(piece):
                _step(untouched, found[2].lower(), closing=bool(found[1]))
        elif not untouched and _TOLD.search(piece):
            pieces[n] = typeset_text(piece)
    return "".join(pieces)


def _step(untouched: list[str], name: str, *, closing: bool) -> None:
    if not closing:
        untouched.append(name)
    elif untouched and untouched[-1] == name:
        untouched.pop()


def typeset_text(text: str) -> str:
    """The same for a text without tags."""
    for typed, printed in _ALWAYS:
        text = text.replace(typed, printed)
    if "'" in text:
        text = _singles(text)
    if '"' in text:
        text = _NUMBER_QUOTED.sub(_quoted_number, text)
        text = _closed(_DOUBLE_BEGINS.sub(_OPEN, text), '"', prime="″", closing="”")
        text = text.replace(_OPEN, "“")
    if "-" in text:
        text = _DASH.sub("–", _LONG_DASH.sub("—", text))
    if _PERHAPS_TIMES.search(text):
        text = _TIMES.sub(_times, text)
    return _AND.sub("&#038;", text) if "&" in text else text


def _quoted_number(found: re.Match[str]) -> str:
    return f"{_OPEN}{found[1]}”"


def _times(found: re.Match[str]) -> str:
    return f"{found[1]}×{found[2]}"


def _singles(text: str) -> str:
    text = _BETWEEN_LETTERS.sub(_APOSTROPHE, text)
    if "'" not in text:
        return text.replace(_APOSTROPHE, "’")
    text = _SHORTENED.sub(lambda found: _APOSTROPHE + found[1].replace("'", _APOSTROPHE), text)
    text = _YEAR_QUOTED.sub(lambda found: f"{_OPEN}{found[1]}{_APOSTROPHE}", text)
    text = _YEAR_IN_QUOTE.sub(lambda found: f"{_APOSTROPHE}{found[1]}”", text)
    text = _YEAR.sub(_APOSTROPHE, text)
    text = _SINGLE_BEGINS.sub(_OPEN, text)
    text = _IN_WORD.sub(_APOSTROPHE, text)
    text = _closed(text, "'", prime="′", closing="’")
    return text.replace(_APOSTROPHE, "’").replace(_OPEN, "‘")


def _closed(text: str, mark: str, *, prime: str, closing: str) -> str:
    """The marks that are left: feet and inches behind a number, unless a quotation has to end there."""
    before, *quotations = text.split(_OPEN)
    told = [_ENDING[mark].sub(closing, _MEASURED[mark].sub(prime, before))]
    told += (_quotation(one, mark, prime, closing) for one in quotations)
    text = _OPEN.join(told)
    return text.replace(mark, closing) if mark == '"' else text


def _quotation(text: str, mark: str, prime: str, closing: str) -> str:
    if mark not in text:
        return text
    if closing in text:
        return _MEASURED[mark].sub(prime, text)
    ends = [found.start() for found in _ENDING[mark].finditer(text)]
    words = [end for end in ends if not text[end - 1 : end].isdecimal()]
    if len(ends) > 1 and not words:
        # All of them stand behind numbers: the last one before a full stop ends it, else the last.
        stops = [end for end in ends if text[end + 1 : end + 2] == "."]
        words = [(stops or ends)[-1]]
    bounds = [-1, *(words or ends), len(text)]
    text = closing.join(text[start + 1 : end] for start, end in pairwise(bounds))
    return _MEASURED[mark].sub(prime, text)
