"""What one item of a WordPress export says: its fields by name, also where its XML is broken (pure)."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape
from html.entities import name2codepoint

from lxml import etree

_PREFIXES = re.compile(rb"xmlns:(?!xml)([A-Za-z_][\w.-]*)\s*=\s*[\"']([^\"'<>]*)[\"']")
# What the prefixes mean, of whichever version: a tool that wrote the document again may have named them anew.
_MEANT = (
    (re.compile(r"wordpress\.org/export/[\d.]+/excerpt/"), "excerpt"),
    (re.compile(r"wordpress\.org/export/"), "wp"),
    (re.compile(r"purl\.org/rss/1\.0/modules/content/"), "content"),
    (re.compile(r"purl\.org/dc/elements/"), "dc"),
)
_USUAL = ("excerpt", "content", "wfw", "dc", "wp")
_OURS = "urn:prefix:"
_HEAD = 1 << 14  # bytes, in which all prefixes are declared

_NO_CHARACTER = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]")
_LINE_END = re.compile("[\x0b\x0c]")  # what word processors leave where a line was broken
_REFERENCE = re.compile(r"&#(?:[xX]([0-9A-Fa-f]{1,8})|(\d{1,9}));")
_ALONE = re.compile(r"&(?!#?[A-Za-z0-9]{1,31};)")
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,30});")
_XML_NAMES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_FIELD = re.compile(r"<((?:[A-Za-z_][\w.-]*:)?[A-Za-z_][\w.-]*)((?:\s[^<>]*)?)(?<!/)>")
_OPENED = "<![CDATA["
_CLOSED = "]]>"
_ATTRIBUTE = re.compile(r"(?<![\w:.-])([A-Za-z_:][\w:.-]*+)\s*+=\s*+(?:\"([^\"]*)\"|'([^']*)')")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """Text by element name (`wp:post_id`), the first of each, and the groups that repeat.

    `categories`: (domain, nicename, name). `meta`: the post's metadata, values in their order.
    `authors`: display names by login. `damaged`: read around something broken.
    """

    said: Mapping[str, str]
    categories: tuple[tuple[str, str, str], ...] = ()
    meta: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    authors: Mapping[str, str] = field(default_factory=dict)
    damaged: bool = False

    def of(self, name: str) -> str:
        """The field's text without the spaces around it; "" where it is missing."""
        return self.said.get(name, "").strip()


@dataclass(frozen=True, slots=True)
class Prefixes:
    """The prefixes of a document, so that a piece of it can be read by itself."""

    opening: bytes

    @classmethod
    def of(cls, head: bytes) -> Prefixes:
        names = dict.fromkeys(_USUAL, "")
        for name, uri in _PREFIXES.findall(head[:_HEAD]):
            names[name.decode("ascii", "replace")] = uri.decode("ascii", "replace")
        declared = "".join(f' xmlns:{name}="{_OURS}{_meaning(name, uri)}"' for name, uri in names.items())
        return cls(f"<piece{declared}>".encode())


def _meaning(name: str, uri: str) -> str:
    return next((meant for form, meant in _MEANT if form.search(uri)), name)


def fields(xml: bytes, prefixes: Prefixes) -> Fields | None:
    """The fields of a whole element; None where its XML is not well-formed."""
    root = _tree(xml, prefixes)
    return None if root is None else _told(root, damaged=False)


def mended(xml: bytes, prefixes: Prefixes) -> Fields:
    """The fields of what is not well-formed: characters that XML forbids are left out, and if that
    is not enough, each field is cut out by its tags. No words are lost."""
    text = _readable(xml)
    root = _tree(text.encode("utf-8", "replace"), prefixes)
    return _cut(text) if root is None else _told(root, damaged=True)


def head_fields(xml: bytes, prefixes: Prefixes) -> Fields:
    """The fields of the head, from `<channel>` on."""
    begun = xml.find(b"<channel")
    start = xml.find(b">", begun) + 1 if begun >= 0 else len(xml)
    body = b"<item>" + xml[start:].partition(b"</channel")[0] + b"</item>"
    return fields(body, prefixes) or mended(body, prefixes)


def kept(xml: bytes, *, damaged: bool = False) -> str:
    """The item as it is kept for good: without its comments, which hold addresses of people who gave
    them to somebody else, and without its password. `damaged`: where nobody knows what is wrapped up."""
    text = "".join(_without_secrets(xml.decode("utf-8", "replace")))
    return _SECRET.sub("", text) if damaged else text


def _without_secrets(text: str) -> Iterator[str]:
    within = ""  # the name of what is not kept
    for piece, wrapped in _wrapped(text):
        for part in (piece,) if wrapped else _SECRET_TAGS.split(piece):
            tag = None if wrapped else _SECRET_TAG.fullmatch(part)
            if tag is None:
                yield "" if within else part
            elif not tag["closing"]:
                yield "" if within or tag["name"] == "comment" else part
                within = within or ("" if part.endswith("/>") else tag["name"])
            elif tag["name"] == within:
                yield "" if within == "comment" else part
                within = ""


# By their local names: a tool that wrote the document again may have named the prefix anew.
_SECRET_TAGS = re.compile(r"(</?[\w.-]+:(?:comment|post_password)(?:\s[^<>]*)?/?>)")
_SECRET_TAG = re.compile(r"<(?P<closing>/?)[\w.-]+:(?P<name>comment|post_password)(?:\s[^<>]*)?/?>")
_SECRET = re.compile(
    r"<([\w.-]+:(?:comment|comment_author(?:_\w+)?|comment_content|post_password))(?:\s[^<>]*)?>.*?"
    r"(?:</\1\s*>|\Z)",
    re.DOTALL,
)


# No document type can stand inside an element, so there is nothing to resolve. The size is capped before.
_PARSER = etree.XMLParser(
    resolve_entities=False, no_network=True, huge_tree=True, remove_comments=True, remove_pis=True
)


def _tree(xml: bytes, prefixes: Prefixes) -> etree._Element | None:
    try:
        piece = etree.fromstring(b"".join((prefixes.opening, xml, b"</piece>")), _PARSER)
    except etree.XMLSyntaxError:
        return None
    return piece[0] if len(piece) else None


def _told(item: etree._Element, *, damaged: bool) -> Fields:
    return _gathered(_in_tree(item), damaged=damaged)


# An element's name, its attributes, its text; of a group instead the names and texts of what is in it.
_Element = tuple[str, Mapping[str, str], str, Iterator[tuple[str, str]]]
_GROUPS = frozenset({"wp:postmeta", "wp:author", "wp:comment"})


def _in_tree(item: etree._Element) -> Iterator[_Element]:
    for element in item:
        name = _name(element)
        inner = ((_name(one), _text(one)) for one in element)
        yield name, dict(element.attrib), "" if name in _GROUPS else _text(element), inner


def _gathered(elements: Iterable[_Element], *, damaged: bool) -> Fields:
    said: dict[str, str] = {}
    categories: list[tuple[str, str, str]] = []
    meta: dict[str, list[str]] = {}
    authors: dict[str, str] = {}
    for name, attributes, text, inner in elements:
        match name:
            case "category":
                categories.append((attributes.get("domain", ""), attributes.get("nicename", ""), text))
            case "wp:postmeta":
                pair = dict(inner)
                meta.setdefault(pair.get("wp:meta_key", ""), []).append(pair.get("wp:meta_value", ""))
            case "wp:author":
                one = {part: value.strip() for part, value in inner}
                authors[one.get("wp:author_login", "")] = one.get("wp:author_display_name", "")
            case "wp:comment":
                pass
            case _:
                said.setdefault(name, text)
    return Fields(
        said=said,
        categories=tuple(categories),
        meta={key: tuple(values) for key, values in meta.items()},
        authors=authors,
        damaged=damaged,
    )


def _name(element: etree._Element) -> str:
    return _named(str(element.tag))


@lru_cache(maxsize=1000)
def _named(tag: str) -> str:
    if not tag.startswith("{"):
        return tag
    uri, _, local = tag[1:].partition("}")
    return f"{uri.removeprefix(_OURS)}:{local}"


def _text(element: etree._Element) -> str:
    """The element's text; its markup too, where HTML was not wrapped up but stands there as elements."""
    if not len(element):
        return element.text or ""
    inner = [element.text or ""]
    inner += [etree.tostring(child, encoding="unicode") for child in element]
    return re.sub(rf' xmlns(?::[\w.-]+)?="{_OURS}[^"]*"', "", "".join(inner))


def _readable(xml: bytes) -> str:
    """The same without what XML forbids; a byte that is no UTF-8 is read as Windows-1252."""
    text = _STRAY.sub(_windows, xml.decode("utf-8", "surrogateescape"))
    text = _NO_CHARACTER.sub("", _LINE_END.sub("\n", text))
    return "".join(piece if wrapped else _outside(piece) for piece, wrapped in _wrapped(text))


def _wrapped(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, and which of them are whole CDATA sections."""
    at = 0
    while (start := text.find(_OPENED, at)) >= 0 and (end := text.find(_CLOSED, start)) >= 0:
        yield text[at:start], False
        at = end + len(_CLOSED)
        yield text[start:at], True
    yield text[at:], False


_STRAY = re.compile("[\udc80-\udcff]")


def _windows(byte: re.Match[str]) -> str:
    return bytes([ord(byte[0]) - 0xDC00]).decode("cp1252", "ignore")


def _outside(text: str) -> str:
    return _ALONE.sub("&amp;", _NAMED.sub(_character, _REFERENCE.sub(_allowed, text)))


def _allowed(reference: re.Match[str]) -> str:
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    allowed = code < sys.maxunicode and not _NO_XML.match(chr(code))
    return reference[0] if allowed else ""


_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _character(reference: re.Match[str]) -> str:
    """What HTML calls a character, and XML does not."""
    name = reference[1]
    if name in _XML_NAMES:
        return reference[0]
    return chr(name2codepoint[name]) if name in name2codepoint else f"&amp;{name};"


def _cut(text: str) -> Fields:
    return _gathered(_in_text(text), damaged=True)


def _in_text(text: str) -> Iterator[_Element]:
    for name, attributes, value in _pieces(text):
        stated = {one[0]: unescape(one[1] or one[2]) for one in _ATTRIBUTE.findall(attributes)}
        inner = ((part, _unwrapped(said)) for part, _, said in _pieces(value))
        yield name, stated, "" if name in _GROUPS else _unwrapped(value), inner


def _pieces(text: str) -> Iterator[tuple[str, str, str]]:
    """The elements that stand beside each other in a text: name, attributes, what is in them."""
    at = 0
    unclosed: set[str] = set()
    while (tag := _FIELD.search(text, at)) is not None and len(unclosed) < _MANY:
        name, start = tag[1], tag.end()
        if name == "item":
            at = start
            continue
        end = _end(name, text, start, unclosed)
        yield name, tag[2], text[start:end]
        closing = f"</{name}>"
        at = end + len(closing) if text.startswith(closing, end) else end


def _end(name: str, text: str, start: int, unclosed: set[str]) -> int:
    """Where the field's text ends; where nothing says it, there where the next field of an export begins."""
    closings = [f"</{name}>"]
    if text.startswith(_OPENED, start):
        closings.insert(0, f"{_CLOSED}</{name}>")
    for closing in closings:
        if closing not in unclosed:
            end = text.find(closing, start)
            if end >= 0:
                return end + len(closing) - len(closings[-1])
            unclosed.add(closing)  # nor will it be found farther on
    later = _NEXT_FIELD.search(text, start)
    return later.start() if later else len(text)


_MANY = 50
_NEXT_FIELD = re.compile(r"<(?:excerpt:encoded|wp:[a-z_]+|category|dc:creator|guid)\b|</item>")


def _unwrapped(value: str) -> str:
    value = value.strip()
    if not value.startswith(_OPENED):
        return unescape(value)
    return value.removeprefix(_OPENED).removesuffix(_CLOSED).replace(f"]]{_CLOSED}{_OPENED}>", _CLOSED)
