"""A body as a row of blocks: paragraphs, headings, lists, pictures, furniture; each as its tokens.

nh3 reads the markup as browsers do and writes it balanced, so the walk over its tokens needs no tree and
no depth. Containers fall away; what a blockquote holds stays its own until it is written again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

import nh3

from curator.model import SafeHtml
from curator.text import absolute, clean, clean_text, plain
from curator.text.attributes import ATTRIBUTES, LAZY_SOURCES, TELLING, hides
from curator.text.markup import BLOCKS, VOID, End, Start, Text, Token, escaped, start_tag, tokens
from curator.text.tidy import TAGS

_CONTAINERS = frozenset(
    "div section article header footer main aside nav details summary address form fieldset center".split()
)
_DROPPED_WHOLE = frozenset(
    "script style object embed svg math noscript template title head textarea select button "
    "video audio canvas applet map noembed noframes".split()
)
_SHOWN = nh3.Cleaner(
    tags=set(TAGS | _CONTAINERS | {"iframe"}),
    clean_content_tags=set(_DROPPED_WHOLE),
    attributes={
        **{name: set(allowed) for name, allowed in ATTRIBUTES.items()},
        "*": ATTRIBUTES["*"] | TELLING | {"id"},
        "img": ATTRIBUTES["img"] | {*LAZY_SOURCES, "data-file"},
        "iframe": {"src", "title", "data-src"},
    },
    url_schemes={"http", "https", "mailto", "data"},
    link_rel=None,
)
# nh3 is quadratic in depth; `clean` knows how to flatten what is too deep.
_SUSPICIOUS_TAGS = 4_000

_FURNITURE = frozenset(
    "sharedaddy sd-block sd-sharing sd-sharing-enabled share-buttons social-share "
    "addtoany_share_save_container addtoany_content a2a_kit essb_links "
    "jp-relatedposts related-posts relatedposts yarpp yarpp-related "
    "crp_related comment-respond comments-area comment-form commentlist comments respond post-navigation "
    "posts-navigation nav-links navigation pagination wpcnt wpa entry-meta post-meta entry-footer cat-links "
    "tags-links tag-links posted-on byline author-bio about-author widget sidebar jetpack-likes-widget "
    "post-likes-widget sd-like wp-block-jetpack-subscriptions jetpack_subscription_widget "
    "wp-block-comments wp-block-post-comments wp-block-social-links wp-block-query-pagination "
    "mc4wp-form feedflare breadcrumbs".split()
)
_LEAVES = frozenset("p h1 h2 h3 h4 h5 h6 ul ol dl table pre".split())
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_SPACE = re.compile(r"[ \t\n\r\f]+")
_BLANKS = " \n"
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*\Z")
_LONG_LINE = 20  # words: two sentences or one long one; what people say in a dialogue is shorter


class Kind(StrEnum):
    TEXT = "text"
    HEADING = "heading"
    LIST = "list"
    OTHER = "other"  # a table, preformatted text
    PICTURE = "picture"
    EMBED = "embed"  # a frame with somebody else's page in it
    RULE = "rule"
    FURNITURE = "furniture"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """`text` as its readers see it, with a newline per break; `quoted` numbers the blockquote it is in.

    Of TEXT and HEADING every character of `text` is one of a token, so that a stretch can be cut out.
    """

    kind: Kind
    tokens: tuple[Token, ...]
    text: str
    quoted: int = 0

    @property
    def html(self) -> str:
        return "".join(token.html for token in self.tokens)

    @property
    def words(self) -> int:
        return len(self.text.split())


class Linked(NamedTuple):
    """A link in a block: where in its text, where to, and its words."""

    start: int
    end: int
    url: str
    words: str


def blocks_of(html: str, *, base_url: str | None) -> tuple[Block, ...]:
    """What a reader of the page would see, from top to bottom; what is hidden is furniture."""
    source = _PLAYED.sub(_framed, clean_text(html))
    if source.count("<") > _SUSPICIOUS_TAGS:
        source = clean(source, base_url=base_url)
    walk = _Walk(tuple(tokens(_SHOWN.clean(source))), base_url)
    return tuple(part for block in walk.blocks() for part in _parts(block))


_PLAYED = re.compile(r"<(?:video|audio)\b([^<>]*)>(?:\s*<source\b([^<>]*)>)?", re.IGNORECASE)
_SRC = re.compile(r"(?<![\w-])src\s*=\s*(\"[^\"]*\"|'[^']*')", re.IGNORECASE)


def _framed(played: re.Match[str]) -> str:
    """A film or a sound in the text is no more quoted than a frame, and is told of like one."""
    src = _SRC.search(played[1]) or _SRC.search(played[2] or "")
    return f"<iframe src={src[1]}></iframe>{played[0]}" if src else played[0]


def text_block(text: str, *, like: Block) -> Block:
    """A paragraph of plain words."""
    inner = Text(escaped(text))
    return replace(like, kind=Kind.TEXT, tokens=(_P, inner, _P_END), text=text)


def links(block: Block) -> list[Linked]:
    """Those that lead somewhere, in reading order."""
    if not any(token[0] == "a" for token in block.tokens):  # most blocks have none, and are asked often
        return []
    found: list[Linked] = []
    position, opened = 0, None
    words: list[str] = []
    for token in block.tokens:
        match token:
            case Start("a"):
                opened, words = (position, token.attributes.get("href")), []
            case End("a") if opened is not None:
                if opened[1] and any(map(str.strip, words)):
                    found.append(Linked(opened[0], position, opened[1], "".join(words)))
                opened = None
            case _:
                position += len(said := _said(token))
                words.append(said)
    return found


def without(block: Block, spans: Iterable[tuple[int, int]]) -> Block | None:
    """The block without these stretches of its text; None where nothing to see is left."""
    gone = sorted(spans)
    if not gone:
        return block
    left: list[Token] = []
    position = 0
    for token in block.tokens:
        said = _said(token)
        if not said:
            left.append(token)
            continue
        kept = _kept(said, position, gone)
        position += len(said)
        if kept == said:
            left.append(token)
        elif isinstance(token, Text):
            left.append(Text(escaped(kept)))
    return _tidied(replace(block, tokens=tuple(left)))


def marked_whole(block: Block) -> bool:
    """Whether all of its words are emphasised: an editor's way to say where a note ends."""
    depth = 0
    for token in block.tokens:
        match token:
            case Start("em" | "i" | "strong" | "b"):
                depth += 1
            case End("em" | "i" | "strong" | "b"):
                depth -= 1
            case Text() if not depth and any(map(str.isalnum, token.text)):
                return False
            case _:
                pass
    return bool(block.text)


def written(blocks: Sequence[Block], *, base_url: str | None) -> SafeHtml:
    """The blocks as clean HTML; a blockquote around all of them is not written: a quotation is one."""
    groups = {block.quoted for block in blocks}
    all_in_one = len(groups) == 1
    pieces: list[str] = []
    inside = 0
    for block in blocks:
        if block.quoted != inside and not all_in_one:
            pieces += ["</blockquote>"] * bool(inside) + ["<blockquote>"] * bool(block.quoted)
            inside = block.quoted
        pieces.append(block.html)
    return clean("".join([*pieces, "</blockquote>" * bool(inside)]), base_url=base_url)


# ── the walk ──

_P = Start("p", {}, "<p>")
_P_END = End("p", "</p>")
_BREAK = Start("br", {}, "<br>")


class _Walk:
    def __init__(self, stream: tuple[Token, ...], base_url: str | None) -> None:
        self._stream = stream
        self._base_url = base_url
        self._ends = _ends_of(stream)
        self._inline: list[Token] = []
        self._opened: list[Start] = []  # inline elements that go across blocks
        self._quotes: list[int] = []  # where each blockquote ends that is open
        self._quoted = 0

    def blocks(self) -> Iterator[Block]:
        number = 0
        while number < len(self._stream):
            token = self._stream[number]
            match token:
                case Text():
                    self._inline.append(token)
                    number += 1
                case Start():
                    yield from self._before(token)
                    block, number = self._started(token, number)
                    yield from block
                case End():
                    yield from self._ended(token, number)
                    number += 1
        yield from self._flushed()

    def _before(self, token: Start) -> Iterator[Block]:
        if token.name in BLOCKS or token.name in _CONTAINERS or token.name == "iframe":
            yield from self._flushed()

    def _started(self, token: Start, number: int) -> tuple[list[Block], int]:
        """What begins here as a block of its own, and where the walk goes on."""
        end = self._ends.get(number, number) + 1
        inside = self._stream[number:end]
        kind = self._kind(token, inside)
        if kind is not None:
            return [self._leaf(kind, inside)], end
        if token.name == "blockquote":
            if not self._quotes:
                self._quoted += 1
            self._quotes.append(end - 1)
        elif token.name not in _CONTAINERS and token.name not in BLOCKS:
            self._inline.append(token)
            if token.name not in VOID:
                self._opened.append(token)
        return [], number + 1

    def _kind(self, token: Start, inside: Sequence[Token]) -> Kind | None:  # noqa: PLR0911  one per kind
        """None: its content is looked at on its own."""
        if _is_furniture(token) or hides(token.attributes):
            return Kind.FURNITURE
        if token.name == "iframe":
            return Kind.EMBED
        if token.name == "hr":
            return Kind.RULE
        classes = token.attributes.get("class", "").split()
        if token.name == "figure" or "wp-caption" in classes:
            return _kind_of_figure(inside)
        if token.name in _HEADINGS:
            return Kind.HEADING
        if token.name in {"ul", "ol", "dl"}:
            return Kind.PICTURE if "wp-block-gallery" in classes else Kind.LIST
        if token.name == "p":
            return Kind.TEXT
        return Kind.OTHER if token.name in _LEAVES else None

    def _leaf(self, kind: Kind, inside: Sequence[Token]) -> Block:
        whole = [_resolved(token, self._base_url) for token in inside]
        if kind in (Kind.TEXT, Kind.HEADING) and self._opened:
            ends = [End(each.name, f"</{each.name}>") for each in reversed(self._opened)]
            whole = [whole[0], *self._opened, *whole[1:-1], *ends, whole[-1]]
        return self._block(kind, whole)

    def _block(self, kind: Kind, whole: Sequence[Token]) -> Block:
        text = "" if kind in (Kind.TEXT, Kind.HEADING) else plain("".join(token.html for token in whole))
        return Block(kind=kind, tokens=tuple(whole), text=text, quoted=self._quoted if self._quotes else 0)

    def _ended(self, token: End, number: int) -> Iterator[Block]:
        if token.name in BLOCKS or token.name in _CONTAINERS:
            yield from self._flushed()
            if self._quotes and self._quotes[-1] == number:
                self._quotes.pop()
            return
        self._inline.append(token)
        if self._opened and self._opened[-1].name == token.name:
            self._opened.pop()

    def _flushed(self) -> Iterator[Block]:
        """What stood between two edges of blocks without a paragraph of its own."""
        inline, self._inline = self._inline, []
        if any(not isinstance(each, Text) or each.text.strip() for each in inline):
            whole = _balanced([_resolved(each, self._base_url) for each in inline], self._opened)
            yield self._block(Kind.TEXT, [_P, *whole, _P_END])
        self._inline = [*self._opened]


def _balanced(inline: Sequence[Token], opened: Sequence[Start]) -> list[Token]:
    """What is still open is closed here; `opened` begins anew in the next paragraph."""
    return [*inline, *(End(each.name, f"</{each.name}>") for each in reversed(opened))]


def _ends_of(stream: Sequence[Token]) -> dict[int, int]:
    found: dict[int, int] = {}
    starts: list[int] = []
    for number, token in enumerate(stream):
        if isinstance(token, Start) and token.name not in VOID:
            starts.append(number)
        elif isinstance(token, End) and starts:
            found[starts.pop()] = number
    return found


def _is_furniture(token: Start) -> bool:
    named = token.attributes.get("class", "").split()
    return token.name == "form" or not _FURNITURE.isdisjoint([*named, token.attributes.get("id", "")])


def _kind_of_figure(inside: Sequence[Token]) -> Kind | None:
    names = {token.name for token in inside if isinstance(token, Start)}
    if names & {"blockquote", "table", "pre"}:
        return None
    if "iframe" in names:
        return Kind.EMBED
    return Kind.PICTURE if "img" in names else None


def _resolved(token: Token, base_url: str | None) -> Token:
    """Links made absolute; a link to nowhere is no link, but stays an element."""
    if not isinstance(token, Start) or token.name != "a":
        return token
    href = token.attributes.get("href", "")
    kept = {"class": token.attributes["class"]} if "class" in token.attributes else {}
    url = href if href.startswith("mailto:") else absolute(href, base_url=base_url)
    attributes = {**({"href": url} if url else {}), **kept}
    return Start("a", attributes, start_tag("a", attributes))


# ── parts of a paragraph ──


def _parts(block: Block) -> Iterator[Block]:
    """Its pictures and frames apart, then its words; one paragraph for each that the reader sees."""
    if block.kind not in (Kind.TEXT, Kind.HEADING):
        yield block
        return
    if len(block.tokens) == _IN_ONE and isinstance(block.tokens[1], Text):
        if (tidy := _tidied(block)) is not None:
            yield tidy
        return
    words: list[Token] = []
    number = 0
    ends = _ends_of(block.tokens)
    while number < len(block.tokens):
        token = block.tokens[number]
        end = ends.get(number, number) + 1
        apart = _apart(token) if isinstance(token, Start) and number else None
        if apart is not None:
            inside = block.tokens[number:end]
            text = "".join(map(_said, inside)) if apart is Kind.FURNITURE else ""
            if apart is not Kind.FURNITURE or text.strip():
                yield replace(block, kind=apart, tokens=inside, text=text)
            number = end
            continue
        words.append(_emoji(token))
        number += 1
    for paragraph in _paragraphs(words):
        if (tidy := _tidied(replace(block, tokens=tuple(paragraph)))) is not None:
            yield tidy


_IN_ONE = 3  # tokens: words in one element and nothing else


def _apart(token: Start) -> Kind | None:
    if token.name == "img" and not _is_emoji(token):
        return Kind.PICTURE
    if token.name == "iframe":
        return Kind.EMBED
    return Kind.FURNITURE if hides(token.attributes) or _is_furniture(token) else None


def _is_emoji(token: Start) -> bool:
    return not {"wp-smiley", "emoji"}.isdisjoint(token.attributes.get("class", "").split())


def _emoji(token: Token) -> Token:
    if isinstance(token, Start) and token.name == "img":
        return Text(escaped(token.attributes.get("alt", "")))
    return token


def _paragraphs(whole: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Two breaks in a row part paragraphs, and so does one between lines that are paragraphs each."""
    lines = _lines(whole)
    if len(lines) == 1:
        yield whole
        return
    said = ["".join(map(_said, line)).strip() for line in lines]
    if _are_paragraphs([words for words in said if words]):
        yield from (line for line, words in zip(lines, said, strict=True) if words)
        return
    together: list[list[Token]] = []
    for line, words in zip([*lines, []], [*said, ""], strict=True):
        if words:
            together.append(line)
        elif together:
            yield _joined(together)
            together = []


def _lines(whole: Sequence[Token]) -> list[list[Token]]:
    """From break to break; what is open at a break is closed there and opened again."""
    lines: list[list[Token]] = [[]]
    opened: list[Start] = []
    for token in whole:
        if isinstance(token, Start) and token.name == "br":
            lines[-1] += [End(each.name, f"</{each.name}>") for each in reversed(opened)]
            lines.append([*opened])
            continue
        lines[-1].append(token)
        if isinstance(token, Start) and token.name not in VOID:
            opened.append(token)
        elif isinstance(token, End) and opened:
            opened.pop()
    return lines


def _are_paragraphs(lines: Sequence[str]) -> bool:
    ended = all(_SENTENCE_END.search(words) for words in lines[:-1])
    return ended and len(lines) > 1 and all(len(words.split()) >= _LONG_LINE for words in lines)


def _joined(lines: Sequence[Sequence[Token]]) -> list[Token]:
    """Lines as one paragraph, with a break between each two."""
    outer = lines[0][0]
    end = End(outer.name, f"</{outer.name}>") if isinstance(outer, Start) else _P_END
    whole: list[Token] = [outer]
    for number, line in enumerate(lines):
        whole += [_BREAK] * bool(number) + list(line[1:-1])
    return [*whole, end]


def _tidied(block: Block) -> Block | None:
    """Its white space as a reader sees it; None where no word is left."""
    if len(block.tokens) == _IN_ONE and isinstance(alone := block.tokens[1], Text):
        said = _SPACE.sub(" ", alone.text).strip(" ")
        in_one = (block.tokens[0], Text(escaped(said)), block.tokens[2])
        return replace(block, tokens=in_one, text=said) if said.strip() else None
    whole: list[Token] = []
    before = "\n"
    for token in block.tokens:
        match token:
            case Text():
                said = _SPACE.sub(" ", token.text)
                if before[-1] in _BLANKS:
                    said = said.lstrip(" ")
                if said:
                    whole.append(Text(escaped(said)))
                    before = said
            case Start("br"):
                whole.append(_BREAK)
                before = "\n"
            case _:
                whole.append(token)
    whole = _ended_clean(whole)
    text = "".join(map(_said, whole))
    if not text.strip():
        return None
    return replace(block, tokens=tuple(whole), text=text)


def _ended_clean(whole: list[Token]) -> list[Token]:
    """Without spaces before a break, and without breaks and spaces at the two ends."""
    found: list[Token] = []
    after = "\n"
    for token in reversed(whole):
        match token:
            case Text() if after == "\n":
                said = token.text.rstrip(" ")
                if said:
                    found.append(Text(escaped(said)))
                    after = said
            case Text():
                found.append(token)
                after = token.text
            case Start("br"):
                if any(_said(each) for each in found):
                    found.append(token)
                after = "\n"
            case _:
                found.append(token)
    found.reverse()
    first = next((n for n, token in enumerate(found) if isinstance(token, Text)), 0)
    return [token for n, token in enumerate(found) if n > first or token != _BREAK]


def _said(token: Token) -> str:
    match token:
        case Text():
            return token.text
        case Start("br"):
            return "\n"
        case _:
            return ""


def _kept(said: str, position: int, gone: Sequence[tuple[int, int]]) -> str:
    """Of a token that begins at `position` of the text, what is in none of the stretches."""
    left, at = [], 0
    for start, end in gone:
        first, last = max(start - position, at), min(end - position, len(said))
        if first < last:
            left.append(said[at:first])
            at = last
    return "".join([*left, said[at:]])
