"""Bytes → elements and the prefixes of their namespaces, decoded and named as feedparser would."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree as ET


class Declined(Exception):
    """Something is not certain to be read as feedparser reads it."""


_NO_UTF8 = (b"\xfe\xff", b"\xff\xfe", b"\x00", b"<\x00", b"\x4c\x6f\xa7\x94")
_DECLARATION = re.compile(
    rb"<\?xml\s+version=(?:\"1\.[01]\"|'1\.[01]')(?:\s+encoding=(?:\"[\w.:-]+\"|'[\w.:-]+'))?"
    rb"(?:\s+standalone=(?:\"(?:yes|no)\"|'(?:yes|no)'))?\s*\?>"
)
# Of the whole first line, as feedparser looks for it.
_ENCODING = re.compile(rb"<\?.*encoding=['\"](.*?)['\"].*\?>")
_FIRST_TAG = re.compile(rb"<\w")
_BOM = b"\xef\xbb\xbf"


def decoded(body: bytes, content_type: str) -> bytes:
    """The document without its declaration, decoded as feedparser would: by RFC 3023."""
    if body.startswith(_NO_UTF8):
        raise Declined
    has_bom = body.startswith(_BOM)
    body = body.removeprefix(_BOM)
    line_says = _ENCODING.match(body)
    rest = body
    if body.startswith(b"<?xml"):
        declaration = _DECLARATION.match(body)
        if declaration is None:
            raise Declined
        rest = body[declaration.end() :]
    declared = line_says[1].decode("latin-1").lower() if line_says else ""
    for encoding in (*_by_content_type(content_type, declared=declared), declared, "utf-8" * has_bom):
        if encoding:
            try:
                text = rest.decode(encoding)
            except (LookupError, ValueError):
                continue
            return _without_document_type(_encoded(text) if encoding != "utf-8" else rest)
    raise Declined  # feedparser would now guess


def _by_content_type(content_type: str, *, declared: str) -> Iterator[str]:
    mime, *parameters = content_type.split(";")
    mime, charset = mime.strip(), ""
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "charset":
            charset = value.strip().strip("\"'")
    if "gb2312" in (charset.lower(), declared):
        raise Declined
    if mime in _XML_TYPES or (mime.startswith("application/") and mime.endswith("+xml")):
        yield charset or declared or "utf-8"
    elif mime.startswith("text/"):
        yield charset or "us-ascii"
    else:
        yield declared or "utf-8"


_XML_TYPES = frozenset({"application/xml", "application/xml-dtd", "application/xml-external-parsed-entity"})


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise Declined from error


def _without_document_type(document: bytes) -> bytes:
    first = _FIRST_TAG.search(document)
    if first is None or b"<!DOCTYPE" in document[: first.start()] or b"<!ENTITY" in document[: first.start()]:
        raise Declined
    return document


def parsed(document: bytes) -> tuple[ET.Element, Mapping[str, str]]:
    """The root, and a prefix in feedparser's words for each namespace."""
    events = ET.iterparse(io.BytesIO(document), events=("start-ns",))  # noqa: S314  has no document type
    try:
        declared = [pair for _, pair in events]
    except (ET.ParseError, ValueError) as error:
        raise Declined from error
    root: ET.Element = events.root  # type: ignore[attr-defined]  # documented, and not in typeshed
    return root, _prefixes(declared)


# ── namespaces ──────────────────────────────────────────────────────────────

ATOM = "http://www.w3.org/2005/Atom"
XHTML = "http://www.w3.org/1999/xhtml"
XML = "{http://www.w3.org/XML/1998/namespace}"
_KNOWN = {
    ATOM.lower(): "",
    XHTML: "xhtml",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/mrss/": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html": "creativecommons",
    "http://backend.userland.com/creativecommonsrssmodule": "creativecommons",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://purl.org/rss/1.0/modules/slash/": "slash",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://purl.org/rss/1.0/modules/threading/": "thr",
    "http://wellformedweb.org/commentapi/": "wfw",
    "http://www.w3.org/2003/01/geo/wgs84_pos#": "geo",
    "http://www.georss.org/georss": "georss",
    "http://purl.org/rss/1.0/modules/image/": "image",
    "http://webns.net/mvcb/": "admin",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
}
# Other names of RSS itself, or with elements that feedparser does something with.
_UNCERTAIN = frozenset(
    """http://blogs.law.harvard.edu/tech/rss http://purl.org/rss/1.0/ http://purl.org/rss/1.0/modules/rss091#
    http://my.netscape.com/rdf/simple/0.9/ http://example.com/newformat# http://example.com/necho
    http://purl.org/echo/ uri/of/echo/namespace# http://purl.org/pie/ http://purl.org/atom/ns#
    http://example.com/dtds/podcast-1.0.dtd http://creativecommons.org/ns#license
    http://web.resource.org/cc/ http://www.opengis.net/gml http://podlove.org/simple-chapters
    http://www.w3.org/1999/xlink""".split()
)
# Whatever a document means by these, feedparser takes them for what it knows by that name.
_RESERVED = frozenset(
    "cc content creativecommons dc dcterms feedburner georss gml itunes media psc rdf xhtml xlink xml".split()
)
_STANDARD = frozenset(
    "admin ag annotate audio blogchannel cc co content cp creativecommons dc dcterms email ev feedburner fm "
    "foaf geo georss gml icbm image itunes l media pingback prism psc rdf rdfs ref reqv search slash soap ss "
    "str sub sy szf taxo thr ti trackback wfw wiki xhtml xlink xml".split()
)
_PREFIX = re.compile(r"[A-Za-z][\w.-]*\Z", re.ASCII)
_URI = re.compile(r"[!-|~]+\Z")  # expat's users join names and namespaces by a space or a brace


def _prefixes(declared: list[tuple[str, str]]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    uris: dict[str, str] = {}
    for prefix, uri in declared:
        low = uri.lower()
        known = _KNOWN.get(low)
        if not _URI.match(uri) or low in _UNCERTAIN or "backend.userland.com/rss" in low:
            raise Declined
        if not prefix:
            if known not in {"", "xhtml"}:
                raise Declined
        elif (
            uris.setdefault(prefix, uri) != uri
            or not _PREFIX.match(prefix)
            or prefix.lower() in (_RESERVED if known is None else _STANDARD - {known})
        ):
            raise Declined
        found.setdefault(uri, prefix.lower() if known is None else known)
    return found
