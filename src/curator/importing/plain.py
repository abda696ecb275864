"""Scraped text of a blog's pages → its posts. Nothing parts them but their titles and how each goes on.

A listing shows post after post: a title on a line of its own, paragraphs, and `Continua a leggere “title”`,
which repeats the title letter for letter. Where that is missing a post ends by its source or by who signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from curator.importing.house import House, any_of
from curator.model import Form, LeftOut, Original, Problem
from curator.text import boilerplate_spans, clean_text, fingerprint, normalised, one_line

_BLANK = " \t\xa0\ufeff"
_OPENING = '“"«„‟'
_CLOSING = '”"»“'
_POINT = re.compile(r"[ \t\xa0]*(?:(?P<number>\d{1,3})[.)]|[-•*·])[ \t\xa0]+(?=\S)")
_MOST_TITLE_WORDS = 30
_MOST_TITLE = 220  # characters
_FEWEST_PROSE_WORDS = 12
_FEWEST_LETTERS = 0.6  # of all signs but blanks; logs, tables and code have fewer
_PAGE = re.compile(
    r"navigazione (?:articol[oi]|post)|posts? navigation"
    r"|(?:←\s*)?(?:older|newer|previous|next) (?:posts?|entries)(?:\s*→)?"
    r"|(?:←\s*)?(?:articoli|post) (?:precedenti|successivi|meno recenti|più recenti)(?:\s*→)?"
    r"|menu|home|cerca|search|vai al contenuto|skip to content",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """Lines up to a blank one, without blanks at their ends; `start`: which line of the page it begins at."""

    start: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def words(self) -> int:
        return len(self.text.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A stretch of paragraphs that is one post. `certain`: the page itself says that it is one."""

    title: str
    body: tuple[_Paragraph, ...]
    goes_on: bool
    certain: bool
    raw: tuple[_Paragraph, ...]


def read(text: str, *, place: str, house: House) -> tuple[Original | LeftOut, ...]:
    """The posts of one page of scraped text, in its order, and what of it is none."""
    paragraphs = tuple(_paragraphs(clean_text(text)))
    found: list[_Part | tuple[_Paragraph, ...]] = []
    position = 0
    for first, last, title in _echoed(paragraphs, house):
        found += _without_echo(paragraphs[position:first], house, whole_page=False)
        found.append(_listed(paragraphs[first:last], title))
        position = last
    found += _without_echo(paragraphs[position:], house, whole_page=position == 0)
    return tuple(_said(found, place))


def _said(found: Sequence[_Part | tuple[_Paragraph, ...]], place: str) -> Iterator[Original | LeftOut]:
    number = 0
    is_page = any(isinstance(each, _Part) for each in found)
    for each in found:
        if isinstance(each, _Part):
            number += 1
            yield _original(each, f"{place}#{number}")
        elif not is_page or any(part.words >= _FEWEST_PROSE_WORDS for part in each):
            words = " ".join(each[0].text.split()[:_FEWEST_PROSE_WORDS])
            yield LeftOut(place=place, code="import_no_post", data={"line": each[0].start, "found": words})


def _original(part: _Part, place: str) -> Original:
    problems = () if part.certain else (Problem(code="import_plain_doubtful", field="headline"),)
    return Original(
        form=Form.PLAIN,
        key=_key(part),
        place=place,
        title=part.title,
        html=_html(part.body),
        raw="\n\n".join(each.text for each in part.raw),
        whole=not part.goes_on,
        problems=problems,
    )


def _key(part: _Part) -> str:
    """The same on every listing page: of the title and how the text begins, wherever it is cut."""
    begins = next((each.text for each in part.body if each.words >= _FEWEST_PROSE_WORDS), "")
    words = normalised(begins).casefold().split()[:_FEWEST_PROSE_WORDS]
    return f"plain:{fingerprint(_bare(part.title), ' '.join(words))[:32]}"


# ── where posts begin and end ──


def _paragraphs(text: str) -> Iterator[_Paragraph]:
    lines: list[str] = []
    for number, line in enumerate([*text.replace("\f", "\n\n").split("\n"), ""], start=1):
        if line.strip(_BLANK):
            lines.append(line.rstrip(" \t"))
        elif lines:
            yield _Paragraph(number - len(lines), tuple(lines))
            lines = []


def _echoed(paragraphs: Sequence[_Paragraph], house: House) -> Iterator[tuple[int, int, str]]:
    """From the paragraph with a title to the one behind its echo, for each that says how it goes on."""
    position = 0
    for number, paragraph in enumerate(paragraphs):
        echo = _echo(paragraph.lines[-1], house)
        if echo is None:
            continue
        first = _titled(paragraphs[position : number + 1], echo)
        if first is not None:
            yield position + first, number + 1, one_line(paragraphs[position + first].lines[0])
            position = number + 1
        elif number > position:
            yield position, number + 1, one_line(echo)
            position = number + 1


def _echo(line: str, house: House) -> str | None:
    """The title that a read-more line repeats, whatever quotation marks stand in it."""
    found = list(_more(house).finditer(line))
    if not found:
        return None
    echo = line[found[-1].end() :].strip(_BLANK + "→›]")
    if len(found) > 1 and not echo.endswith(tuple(_CLOSING)):
        return None
    for one in found:  # the first after which everything is one quotation: a title may hold the label itself
        echo = line[one.end() :].strip(_BLANK + "→›]")
        if echo[:1] in _OPENING and echo[-1:] in _CLOSING and len(echo) > 2:  # noqa: PLR2004  the two marks
            return echo[1:-1]
    return None


def _titled(paragraphs: Sequence[_Paragraph], echo: str) -> int | None:
    wanted = _bare(echo)
    found = [n for n, each in enumerate(paragraphs) if len(each.lines) == 1 and _bare(each.text) == wanted]
    return found[-1] if found else None


def _listed(paragraphs: Sequence[_Paragraph], title: str) -> _Part:
    has_title = len(paragraphs[0].lines) == 1 and _bare(paragraphs[0].text) == _bare(title)
    body = tuple(paragraphs[1:] if has_title else paragraphs)
    return _Part(title=title, body=body, goes_on=True, certain=True, raw=tuple(paragraphs))


def _without_echo(
    paragraphs: Sequence[_Paragraph], house: House, *, whole_page: bool
) -> Iterator[_Part | tuple[_Paragraph, ...]]:
    """Posts that do not say how they go on: a source or a signature ends each, a title begins the next."""
    rest = list(paragraphs)
    while rest and _is_furniture(rest[0], house):
        rest.pop(0)
    while rest:
        end = _end(rest, house)
        yield _single(rest[:end], house, whole_page=whole_page)
        rest = rest[end:]


def _end(paragraphs: Sequence[_Paragraph], house: House) -> int:
    """Behind which paragraph another post begins; else behind the last."""
    for number in range(1, len(paragraphs) - 1):
        title = paragraphs[number + 1]
        is_end = _ends_post(paragraphs[number], house) and not _ends_post(title, house)
        if not is_end or not _is_title(title) or _is_furniture(title, house):
            continue
        behind = paragraphs[number + 2 :]
        if any(each.words >= _FEWEST_PROSE_WORDS and not _is_furniture(each, house) for each in behind):
            return number + 1
    return len(paragraphs)


def _single(
    paragraphs: Sequence[_Paragraph], house: House, *, whole_page: bool
) -> _Part | tuple[_Paragraph, ...]:
    """A post whose first line is its title, if anything speaks for it; else words that are nobody's."""
    has_prose = any(each.words >= _FEWEST_PROSE_WORDS for each in paragraphs[1:])
    if not _is_title(paragraphs[0]) or not has_prose or not _is_prose(paragraphs):
        return tuple(paragraphs)
    certain = any(_ends_post(each, house) or _has_label(each, house) for each in paragraphs[1:])
    if not certain and not whole_page:
        return tuple(paragraphs)
    return _Part(
        title=one_line(paragraphs[0].text),
        body=tuple(paragraphs[1:]),
        goes_on=False,
        certain=certain,
        raw=tuple(paragraphs),
    )


def _is_title(paragraph: _Paragraph) -> bool:
    line = paragraph.text
    return (
        len(paragraph.lines) == 1
        and len(line) <= _MOST_TITLE
        and paragraph.words <= _MOST_TITLE_WORDS
        and any(map(str.isalpha, line))
        and "://" not in line
        and _POINT.match(line) is None
        and not line.startswith(("{", "[", "<", "#!", "//", "/*", "--"))
        and not line.endswith((":", ",", ";", "{", "}"))
    )


def _is_prose(paragraphs: Sequence[_Paragraph]) -> bool:
    signs = "".join("".join(each.text.split()) for each in paragraphs)
    return sum(map(str.isalpha, signs)) >= _FEWEST_LETTERS * len(signs) and "\ufffd" not in signs


def _ends_post(paragraph: _Paragraph, house: House) -> bool:
    """Whether its last line is a source with its address, or who signs."""
    line = paragraph.lines[-1].strip(_BLANK)
    return bool(_sourced(house).search(line)) or _bare(line) == _bare(house.organisation)


def _has_label(paragraph: _Paragraph, house: House) -> bool:
    return bool(_labelled(house).match(paragraph.text))


def _is_furniture(paragraph: _Paragraph, house: House) -> bool:
    """A line of the page and not of a post: what leads to other pages, a form, a button."""
    words = " ".join(paragraph.text.split())
    if _PAGE.fullmatch(words):
        return True
    if _ends_post(paragraph, house):
        return False
    spans = list(boilerplate_spans(words))
    return bool(spans) and spans[0] == (0, len(words))


@lru_cache(maxsize=16)
def _more(house: House) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{any_of(house.read_more)})(?=\s*[{_OPENING}])", re.IGNORECASE)


@lru_cache(maxsize=16)
def _sourced(house: House) -> re.Pattern[str]:
    return re.compile(
        rf"(?<!\w)(?:{any_of(house.source_labels)})\s*:?\s*(?:https?://|www\.)\S+", re.IGNORECASE
    )


@lru_cache(maxsize=16)
def _labelled(house: House) -> re.Pattern[str]:
    labels = any_of(house.note_labels, between=r"\s*")
    return re.compile(rf"\s*(?:{labels})\s*[:：]", re.IGNORECASE)


@lru_cache(maxsize=512)
def _bare(words: str) -> str:
    """As its echo is compared with a title: blanks, quotation marks and capitals do not count."""
    folded = normalised(words).replace('"', "").replace("'", "")
    return " ".join(folded.split()).casefold()


# ── paragraphs as a browser would have them ──


def _html(paragraphs: Sequence[_Paragraph]) -> str:
    return "".join(_block(paragraph) for paragraph in paragraphs)


def _block(paragraph: _Paragraph) -> str:
    points = [_POINT.match(line) for line in paragraph.lines]
    lines = [line.strip(" \t") for line in paragraph.lines]
    if points[0] is None or not _is_list(paragraph, points):
        return f"<p>{'<br>'.join(escape(line, quote=False) for line in lines)}</p>"
    name = "ol" if points[0]["number"] else "ul"
    start = f' start="{int(points[0]["number"])}"' if name == "ol" and int(points[0]["number"]) != 1 else ""
    items: list[str] = []
    for line, point in zip(paragraph.lines, points, strict=True):
        if point is not None:
            items.append(escape(line[point.end() :].strip(" \t"), quote=False))
        else:
            items[-1] += "<br>" + escape(line.strip(" \t"), quote=False)
    return f"<{name}{start}>{''.join(f'<li>{item}</li>' for item in items)}</{name}>"


def _is_list(paragraph: _Paragraph, points: Sequence[re.Match[str] | None]) -> bool:
    """Two points at least, or one that is set in; numbers count up; a dialogue's dashes are no list."""
    told = [point for point in points if point is not None]
    is_set_in = paragraph.lines[0][:1] in _BLANK
    if len(told) < 2 and not is_set_in:  # noqa: PLR2004  one line is no list
        return False
    numbers = [int(point["number"]) for point in told if point["number"]]
    if numbers and len(numbers) == len(told):
        return numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    return not numbers
