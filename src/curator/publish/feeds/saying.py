"""How words and addresses are said in XML, so that no reader takes them for something else."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from html.entities import name2codepoint
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

from lxml import etree

_TAG = re.compile(r"<[/a-zA-Z]")
_END_TAG = re.compile(r"</\w+\s*>")
_REFERENCE = re.compile(r"&(#?\w+)")
_EMAIL = re.compile(r"<(?=[^<>@\s]+@)")
_MARKUP = re.compile(r"<(?=[/!?a-zA-Z])|&(?=#?\w)")

_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
_NO_URI = re.compile(r"[^0-9A-Za-z;/?:@&=+$.\-_!~*'()%,#]")
_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def element(parent: etree._Element, name: str, words: str | None = None, **said: str) -> etree._Element:
    """A new child."""
    child = etree.SubElement(parent, name, said)
    child.text = words
    return child


def alone(element: etree._Element, *, namespaces: dict[str, str]) -> bytes:
    """As it stands in a document that declares these namespaces.

    What could not be read when it came in (U+FFFD) is a question mark: to checkers it is a broken encoding.
    """
    document = etree.Element("document", nsmap=namespaces)
    document.append(element)
    whole: bytes = etree.tostring(document, encoding="UTF-8", xml_declaration=False)
    return whole[whole.index(b">") + 1 : -len(b"</document>")].replace("\ufffd".encode(), b"?")


def looks_like_html(words: str, *, or_starts: bool = False) -> bool:
    """Whether readers, who have learned to render what only looks like it, would render this.

    `or_starts`: a tag that is opened is enough, as it is for many readers of RSS.
    """
    if "&" not in words and "<" not in words:
        return False
    if "&" in words:
        names = _REFERENCE.findall(words)
        if any(name in name2codepoint or name == "apos" or not name.isalpha() for name in names):
            return True
    return bool((_TAG if or_starts else _END_TAG).search(words))


def declare(text: etree._Element, *, or_starts: bool = False) -> None:
    """Words about HTML are said in HTML where a format has a word for that (RFC 4287 §3.1)."""
    if text.text and looks_like_html(text.text, or_starts=or_starts):
        text.set("type", "html")
        text.text = html.escape(text.text, quote=False)


def plainly(words: str, *, or_starts: bool = False) -> str:
    """The same words where a format has no word for HTML: a space keeps them from looking like it."""
    if looks_like_html(words, or_starts=or_starts) or ("<" in words and _EMAIL.search(words)):
        return _MARKUP.sub(r"\g<0> ", words)
    return words


@lru_cache(maxsize=8192)
def uri(address: str) -> str:
    """The address in the letters of RFC 3986: browsers allow more, and feeds do not."""
    if not _NO_URI.search(address):
        return address
    parts = urlsplit(address)
    rest = (_NO_URI.sub(_escaped, part) for part in (parts.path, parts.query, parts.fragment))
    return urlunsplit((parts.scheme, _host(parts.netloc), *rest))


@lru_cache(maxsize=8192)
def canonical(address: str) -> str:
    """The one way to write an address that is an id (RFC 3986 §6.2.2): ids are compared by letters."""
    parts = urlsplit(uri(address))
    host = parts.netloc.lower().removesuffix(_DEFAULT_PORTS.get(parts.scheme, ":")).removesuffix(":")
    path = urlsplit(urljoin(f"https://{host}/", parts.path)).path if "/." in parts.path else parts.path
    rest = (_canonical(part) for part in (path or "/", parts.query, parts.fragment))
    return urlunsplit((parts.scheme, host, *rest))


def _host(netloc: str) -> str:
    if netloc.isascii():
        return netloc
    try:
        return netloc.encode("idna").decode()
    except UnicodeError:
        return quote(netloc, safe=":@")


def _escaped(found: re.Match[str]) -> str:
    return quote(found[0], safe="")


def _canonical(part: str) -> str:
    whole = _ESCAPE.sub(lambda found: found[0] if found[1] else "%25", part)
    return _ESCAPES.sub(_canonical_escapes, whole)


def _canonical_escapes(found: re.Match[str]) -> str:
    """Only what must be escaped, in capitals; letters of Unicode composed."""
    try:
        words = unquote(found[0], errors="strict")
    except UnicodeDecodeError:
        words = unquote(found[0], encoding="latin-1")
    return "".join(
        sign if sign in _UNRESERVED else quote(sign, safe="") for sign in unicodedata.normalize("NFC", words)
    )
