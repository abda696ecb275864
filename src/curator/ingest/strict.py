"""Well-formed RSS 2.0 and Atom 1.0 → StatedFeed, in feedparser's words and at a fortieth of its cost.

feedparser's reading is the reference: `read` gives what `lenient.read` would
give, or None where that is not certain, and then feedparser reads. So every
list here is of what is understood; whatever is not on it declines the whole
document. The XML parser is expat, the one beneath feedparser, which keeps what
is well-formed the same for both; a document with a document type is declined
before it is parsed, so that there are no entities to expand.

tests/corpus and tests/properties compare both, field by field.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from html import escape
from html.entities import entitydefs
from typing import Any
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

from curator.ingest.fields import feed_of
from curator.ingest.stated import StatedFeed

_Words = dict[str, Any]
"""An entry or a feed in feedparser's words."""


class _Declined(Exception):
    """Something is not certain to be read as feedparser reads it."""


def read(body: bytes, *, content_type: str, url: str) -> StatedFeed | None:
    try:
        root, names = _parsed(_as_utf8(body, content_type))
        return _Document(names).feed(root, url=url)
    except _Declined:
        return None


def as_utf8(body: bytes, content_type: str) -> bytes | None:
    """The document without its declaration, decoded as feedparser would; None if it has a document type."""
    try:
        return _as_utf8(body, content_type)
    except _Declined:
        return None


# ── bytes → elements ────────────────────────────────────────────────────────

_NO_UTF8 = (b"\xfe\xff", b"\xff\xfe", b"\x00", b"<\x00", b"\x4c\x6f\xa7\x94")
_DECLARATION = re.compile(
    rb"<\?xml\s+version=(?:\"1\.[01]\"|'1\.[01]')(?:\s+encoding=(?:\"[\w.:-]+\"|'[\w.:-]+'))?"
    rb"(?:\s+standalone=(?:\"(?:yes|no)\"|'(?:yes|no)'))?\s*\?>"
)
# Of the whole first line, as feedparser looks for it.
_ENCODING = re.compile(rb"<\?.*encoding=['\"](.*?)['\"].*\?>")
_FIRST_TAG = re.compile(rb"<\w")
_BOM = b"\xef\xbb\xbf"


def _as_utf8(body: bytes, content_type: str) -> bytes:
    """The document without its declaration, decoded as feedparser would: by RFC 3023."""
    if body.startswith(_NO_UTF8):
        raise _Declined
    has_bom = body.startswith(_BOM)
    body = body.removeprefix(_BOM)
    line_says = _ENCODING.match(body)
    rest = body
    if body.startswith(b"<?xml"):
        declaration = _DECLARATION.match(body)
        if declaration is None:
            raise _Declined
        rest = body[declaration.end() :]
    declared = line_says[1].decode("latin-1").lower() if line_says else ""
    for encoding in (*_by_content_type(content_type, declared=declared), declared, "utf-8" * has_bom):
        if encoding:
            try:
                text = rest.decode(encoding)
            except (LookupError, ValueError):
                continue
            return _without_document_type(_encoded(text) if encoding != "utf-8" else rest)
    raise _Declined  # feedparser would now guess


def _by_content_type(content_type: str, *, declared: str) -> Iterator[str]:
    mime, *parameters = content_type.split(";")
    mime, charset = mime.strip(), ""
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "charset":
            charset = value.strip().strip("\"'")
    if "gb2312" in (charset.lower(), declared):
        raise _Declined
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
        raise _Declined from error


def _without_document_type(document: bytes) -> bytes:
    first = _FIRST_TAG.search(document)
    if first is None or b"<!DOCTYPE" in document[: first.start()] or b"<!ENTITY" in document[: first.start()]:
        raise _Declined
    return document


def _parsed(document: bytes) -> tuple[ET.Element, Mapping[str, str]]:
    """The root, and a prefix in feedparser's words for each namespace."""
    events = ET.iterparse(io.BytesIO(document), events=("start-ns",))  # noqa: S314  has no document type
    try:
        declared = [pair for _, pair in events]
    except (ET.ParseError, ValueError) as error:
        raise _Declined from error
    root: ET.Element = events.root  # type: ignore[attr-defined]  # documented, and not in typeshed
    return root, _prefixes(declared)


# ── namespaces ──────────────────────────────────────────────────────────────

_ATOM = "http://www.w3.org/2005/Atom"
_XHTML = "http://www.w3.org/1999/xhtml"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_KNOWN = {
    _ATOM.lower(): "",
    _XHTML: "xhtml",
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
            raise _Declined
        if not prefix:
            if known not in {"", "xhtml"}:
                raise _Declined
        elif (
            uris.setdefault(prefix, uri) != uri
            or not _PREFIX.match(prefix)
            or prefix.lower() in (_RESERVED if known is None else _STANDARD - {known})
        ):
            raise _Declined
        found.setdefault(uri, prefix.lower() if known is None else known)
    return found


# ── elements → words ────────────────────────────────────────────────────────

# Names without a prefix for which feedparser does something, or that stand for another.
_MEANINGFUL = frozenset(
    """abstract author body category channel cloud content contributor copyright created description email
    enclosure entry expirationdate feed fullitem generator georssgeom geom guid height homepage id image info
    issued item items keywords language lastbuilddate link links managingeditor modified name newlocation
    pubdate published rights rss source subtitle summary tagline tags textinput title updated uri url
    webmaster where width

    date date_parsed entries modified_parsed issued_parsed copyright_detail tagline_detail description_detail
    title_detail summary_detail rights_detail published_parsed updated_parsed created_parsed authors
    author_detail feedburner_origlink media_content media_thumbnail media_credit ttl""".split()
)
# The same with a prefix. All others of these namespaces are kept by feedparser, and asked for by nobody.
_MEANINGFUL_PREFIXED = frozenset(
    """dc:author dc:contributor dc:creator dc:date dc:description dc:language dc:publisher dc:rights
    dc:subject dc:title dcterms:created dcterms:issued dcterms:modified dcterms:valid
    content:encoded creativecommons:license
    feedburner:browserfriendly feedburner:origlink
    georss:box georss:line georss:point georss:polygon georss:where
    itunes:author itunes:block itunes:category itunes:email itunes:explicit itunes:image itunes:keywords
    itunes:link itunes:name itunes:owner itunes:subtitle itunes:summary
    media:category media:content media:credit media:description media:group media:keywords media:license
    media:player media:rating media:restriction media:thumbnail media:title
    xhtml:body""".split()
)


_STRAY = ("base", "lang")  # feedparser takes them for xml:base and xml:lang


class _Place:
    """Where in the document something stands: how deep, from which base, in which language."""

    __slots__ = ("base", "depth", "lang", "last_base")

    def __init__(self, depth: int, base: str, lang: str | None, last_base: list[str]) -> None:
        self.depth = depth
        self.base = base
        self.lang = lang
        self.last_base = last_base

    def within(self, element: ET.Element) -> _Place:
        """Where nothing around it has a base, feedparser goes on with the last that it met."""
        base, lang = self.base or self.last_base[0], self.lang
        if element.attrib:
            if any(name.lower().endswith(_STRAY) and not name.startswith(_XML) for name in element.attrib):
                raise _Declined
            stated = element.attrib.get(_XML + "base")
            if stated:
                base = _base(base, stated)
            lang = element.attrib.get(_XML + "lang", lang) or None
        if not self.base:
            self.last_base[0] = base
        return _Place(self.depth + 1, base, lang, self.last_base)


class _Context:
    """An entry or the feed, while it is read."""

    __slots__ = ("depths", "has_content", "is_feed", "mailed", "title_depth", "words")

    def __init__(self, *, is_feed: bool, has_content: bool = False) -> None:
        self.words: _Words = {}
        self.depths: dict[str, int] = {}
        self.is_feed = is_feed
        self.has_content = has_content
        self.title_depth = -1
        self.mailed = False

    def store(self, name: str, value: str, *, depth: int) -> None:
        """What stands higher up in the document wins, then what stands later."""
        if self.is_feed or depth <= self.depths.get(name, depth):
            self.depths[name] = depth
            self.words[name] = value


class _Document:
    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._prefixes = prefixes
        self._names: dict[str, str] = {}
        self._is_atom = False
        self._handlers: Mapping[str, Callable[[_Context, ET.Element, _Place], None]] = {
            "title": self._title,
            "dc:title": self._title,
            "media:title": self._media_title,
            "description": self._description,
            "dc:description": self._description,
            "media:description": self._description,
            "summary": self._summary,
            "itunes:summary": self._summary,
            "content": self._content,
            "content:encoded": self._encoded_content,
            "rights": self._rights,
            "copyright": self._rights,
            "dc:rights": self._rights,
            "link": self._link,
            "guid": self._guid,
            "id": self._guid,
            "pubdate": self._published,
            "published": self._published,
            "issued": self._published,
            "dcterms:issued": self._published,
            "updated": self._updated,
            "modified": self._updated,
            "dc:date": self._updated,
            "dcterms:modified": self._updated,
            "created": self._created,
            "dcterms:created": self._created,
            "category": self._category,
            "keywords": self._category,
            "dc:subject": self._category,
            "media:category": self._media_category,
            "itunes:category": self._itunes_category,
            "itunes:keywords": self._itunes_keywords,
            "media:keywords": self._media_keywords,
            "author": self._author,
            "dc:creator": self._author,
            "dc:author": self._author,
            "itunes:author": self._author,
            "contributor": self._contributor,
            "enclosure": self._enclosure,
            "source": self._source,
            "creativecommons:license": self._license,
            "itunes:image": self._itunes_image,
            "media:content": self._media_content,
            "media:group": self._media_group,
            "media:thumbnail": self._media_thumbnail,
            "media:credit": self._media_credit,
            "feedburner:origlink": self._plain,
            **dict.fromkeys(
                "language expirationdate subtitle tagline generator image dc:language dc:publisher "
                "dc:contributor itunes:subtitle itunes:block itunes:explicit media:rating media:restriction "
                "media:license media:player feedburner:browserfriendly".split(),
                self._leaf,
            ),
        }
        self._feed_handlers: Mapping[str, Callable[[_Context, ET.Element, _Place], None]] = {
            **{
                name: self._handlers[name]
                for name in "title dc:title description dc:description summary itunes:summary content "
                "content:encoded rights copyright dc:rights link guid id creativecommons:license".split()
            },
            "language": self._language,
            "dc:language": self._language,
            "ttl": self._plain,
            "itunes:category": self._nested_categories,
            "contributor": self._contributor,
            **dict.fromkeys(
                "subtitle tagline updated modified lastbuilddate pubdate published issued created category "
                "feedburner:browserfriendly dc:contributor dcterms:modified dcterms:issued dcterms:created "
                "keywords generator cloud webmaster dc:date dc:publisher dc:subject itunes:subtitle "
                "itunes:image itunes:block itunes:explicit itunes:keywords media:rating "
                "media:category media:keywords media:thumbnail media:credit".split(),
                self._leaf,
            ),
        }

    def feed(self, root: ET.Element, *, url: str) -> StatedFeed:
        name = self._name(root)
        if root.tag == "rss":
            version, parent = _rss_version(root), self._only_channel(root)
            handlers: Mapping[str, Callable[[_Context, ET.Element, _Place], None]] = {
                **self._feed_handlers,
                "image": self._image,
                "itunes:owner": self._owner,
                **dict.fromkeys(
                    ("author", "managingeditor", "dc:creator", "dc:author", "itunes:author"), self._leaf
                ),
            }
        elif name == "feed" and root.tag == f"{{{_ATOM}}}feed":
            self._is_atom = True
            version, parent = "atom10", root
            handlers = {
                **self._feed_handlers,
                **dict.fromkeys(("author", "dc:creator", "dc:author", "itunes:author"), self._author),
            }
        else:
            raise _Declined
        feed = _Context(is_feed=True)
        place = _Place(0, "", None, [""]).within(root)
        if place.lang:
            feed.words["language"] = place.lang.replace("_", "-")
        if parent is not root:
            place = place.within(parent)
            if not _attributes(parent).keys().isdisjoint(_ACTIVE):
                raise _Declined
        entries = self._entries(feed, parent, place, handlers)
        _decline_split_names(feed)
        return feed_of(feed.words, entries, version=version, url=url)

    def _entries(
        self,
        feed: _Context,
        parent: ET.Element,
        place: _Place,
        handlers: Mapping[str, Callable[[_Context, ET.Element, _Place], None]],
    ) -> list[_Words]:
        entries = []
        for child in parent:
            name = self._name(child)
            if name in {"item", "entry"}:
                entries.append(self._entry(child, place.within(child), has_content=feed.has_content))
                feed.has_content = False
                feed.title_depth = -1
            elif handler := handlers.get(name):
                handler(feed, child, place.within(child))
            else:
                self._decline_unless_inert(child)
        return entries

    def _entry(self, element: ET.Element, place: _Place, *, has_content: bool) -> _Words:
        if not _attributes(element).keys().isdisjoint(_ACTIVE):
            raise _Declined
        entry = _Context(is_feed=False, has_content=has_content)
        handlers = self._handlers
        same = _Place(place.depth + 1, place.base, place.lang, place.last_base)
        for child in element:
            if handler := handlers.get(self._name(child)):
                is_same = not child.attrib and (place.base or not place.last_base[0])
                handler(entry, child, same if is_same else place.within(child))
            else:
                self._decline_unless_inert(child)
        _decline_split_names(entry)
        return entry.words

    def _only_channel(self, root: ET.Element) -> ET.Element:
        if len(root) != 1 or root[0].tag != "channel":
            raise _Declined
        return root[0]

    def _name(self, element: ET.Element) -> str:
        tag = element.tag
        name = self._names.get(tag)
        if name is None:
            name = self._names[tag] = self._named(tag)
        return name

    def _named(self, tag: str) -> str:
        if not tag.isascii():
            raise _Declined
        if tag[0] != "{":
            return tag.lower()
        uri, _, local = tag[1:].rpartition("}")
        prefix = self._prefixes[uri]
        return f"{prefix}:{local.lower()}" if prefix else local.lower()

    def _decline_unless_inert(self, element: ET.Element) -> None:
        """Neither it nor anything in it is something that feedparser gives a meaning to."""
        for each in element.iter():
            name = self._name(each)
            if (
                _has_base(each)
                or name in _MEANINGFUL_PREFIXED
                or name in _MEANINGFUL
                or (":" in name and name.replace(":", "_") in _MEANINGFUL)
                or name.startswith(("xhtml:", "svg", "georss:where"))
            ):
                raise _Declined

    # ── passages ────────────────────────────────────────────────────────────

    def _passage(self, element: ET.Element, place: _Place, *, default: str) -> _Words:
        attributes = _attributes(element)
        kind = attributes.get("type", default).lower()
        kind = _TYPES.get(kind, kind)
        if kind not in _PASSAGE_TYPES or "mode" in attributes:
            raise _Declined
        if kind == "application/xhtml+xml":
            if not self._is_atom:
                raise _Declined
            value = self._xhtml(element)
        else:
            value = _flat(element).strip()
            if kind == "text/plain" and not self._is_atom and _looks_like_html(value):
                kind = "text/html"
        language = place.lang.replace("_", "-") if place.lang else None
        return {"type": kind, "language": language, "base": place.base, "value": _mended(value)}

    def _xhtml(self, element: ET.Element) -> str:
        """As feedparser writes it: names in lower case, an end for every element, without the outer `div`."""
        is_wrapped = (
            len(element) == 1
            and element[0].tag == f"{{{_XHTML}}}div"
            and not (element.text or "").strip()
            and not (element[0].tail or "").strip()
        )
        out: list[str] = []
        if is_wrapped:
            self._attribute_text(element[0])
            self._write(element[0], out)
        else:
            self._write(element, out)
        return "".join(out).strip()

    def _write(self, parent: ET.Element, out: list[str], depth: int = 0) -> None:
        if depth > _DEEPEST:
            raise _Declined
        if parent.text:
            out.append(escape(parent.text, quote=False))
        for child in parent:
            name = self._name(child)
            prefix, _, local = name.partition(":")
            if prefix != "xhtml" or local in {"body", "svg", "math"}:
                raise _Declined
            out.append(f"<{local}{self._attribute_text(child)}>")
            self._write(child, out, depth + 1)
            out.append(f"</{local}>")
            if child.tail:
                out.append(escape(child.tail, quote=False))

    def _attribute_text(self, element: ET.Element) -> str:
        if not element.attrib:
            return ""
        stated: dict[str, str] = {}
        for name, value in element.attrib.items():
            key = name.replace(_XML, "xml:").lower()
            if key[0] == "{" or key in {"base", "xml:base"} or not key.isascii():
                raise _Declined
            stated[key] = value.lower() if key in {"rel", "type"} and value.lower() else value
        return "".join(f' {k}="{_quoted(v)}"' for k, v in stated.items())

    def _title(self, context: _Context, element: ET.Element, place: _Place) -> None:
        detail = self._passage(element, place, default="text/plain")
        if not -1 < context.title_depth <= place.depth:
            context.store("title", detail["value"], depth=place.depth)
            context.words["title_detail"] = detail
        if detail["value"]:
            context.title_depth = place.depth

    def _media_title(self, context: _Context, element: ET.Element, place: _Place) -> None:
        depth = context.title_depth
        self._title(context, element, place)
        context.title_depth = depth

    def _description(self, context: _Context, element: ET.Element, place: _Place) -> None:
        self._abstract(context, element, place, default="text/html")

    def _summary(self, context: _Context, element: ET.Element, place: _Place) -> None:
        self._abstract(context, element, place, default="text/plain", in_feed="summary")

    def _abstract(
        self,
        context: _Context,
        element: ET.Element,
        place: _Place,
        *,
        default: str,
        in_feed: str = "subtitle",
    ) -> None:
        if "summary" in context.words and not context.has_content:
            self._content(context, element, place)
            return
        detail = self._passage(element, place, default=default)
        name = in_feed if context.is_feed else "summary"
        context.store(name, detail["value"], depth=place.depth)
        context.words[f"{name}_detail"] = detail

    def _content(self, context: _Context, element: ET.Element, place: _Place) -> None:
        self._take_content(context, self._passage(element, place, default="text/plain"))

    def _encoded_content(self, context: _Context, element: ET.Element, place: _Place) -> None:
        self._take_content(context, self._passage(element, place, default="text/html"))

    def _take_content(self, context: _Context, detail: _Words) -> None:
        context.has_content = True
        if not context.is_feed:
            context.words.setdefault("content", []).append(detail)
        context.words.setdefault("summary", detail["value"])

    def _rights(self, context: _Context, element: ET.Element, place: _Place) -> None:
        detail = self._passage(element, place, default="text/plain")
        context.store("rights", detail["value"], depth=place.depth)
        context.words["rights_detail"] = detail

    # ── addresses and names ─────────────────────────────────────────────────

    def _link(self, context: _Context, element: ET.Element, place: _Place) -> None:
        attributes = _attributes(element)
        rel = attributes.setdefault("rel", "alternate")
        kind = attributes.setdefault("type", "application/atom+xml" if rel == "self" else "text/html")
        _enforce_href(attributes)
        words = context.words
        words.setdefault("links", []).append(attributes)
        text = _flat(element)
        if "href" in attributes:
            attributes["href"] = _joined(place.base, attributes["href"])
            if rel == "alternate" and _TYPES.get(kind.lower(), kind.lower()) in _HTML_TYPES:
                words["link"] = attributes["href"]
            return
        stated = text.strip()
        stated = _mended(_joined(place.base, stated) if stated else "")
        if not context.is_feed:
            stated = stated.replace("&amp;", "&")
        stated = _CUT_REFERENCE.sub(r"&\1", stated)
        words["link"] = stated
        if stated or context.is_feed:
            attributes["href"] = stated

    def _guid(self, context: _Context, element: ET.Element, place: _Place) -> None:
        is_link = _attributes(element).get("ispermalink", "true") == "true"
        stated = _flat(element).strip()
        value = _mended(_joined(place.base, stated) if is_link and stated else stated)
        context.store("id", value, depth=place.depth)
        if is_link:
            context.words.setdefault("link", value)

    def _enclosure(self, context: _Context, element: ET.Element, _place: _Place) -> None:
        attributes = _attributes(element)
        _enforce_href(attributes)
        attributes["rel"] = "enclosure"
        context.words.setdefault("links", []).append(attributes)
        _flat(element)

    def _license(self, context: _Context, element: ET.Element, _place: _Place) -> None:
        value = _said(element)
        stated = {"rel": "license", "href": value} if value else {"rel": "license"}
        context.words.setdefault("links", []).append(stated)

    def _author(self, context: _Context, element: ET.Element, place: _Place) -> None:
        words = context.words
        authors = words.setdefault("authors", [])
        authors.append({})
        pieces = [element.text or ""]
        for child in element:
            self._author_part(context, child)
            pieces.append(child.tail or "")
        context.store("author", _mended("".join(pieces).strip()), depth=place.depth)
        _sync_author(context)

    def _author_part(self, context: _Context, part: ET.Element) -> None:
        name = _AUTHOR_PARTS.get(self._name(part))
        if name is None:
            self._decline_unless_inert(part)
            if (part.text or "").strip() or len(part):
                raise _Declined
            return
        value = _flat(part).strip()
        if _has_base(part):
            raise _Declined
        words = context.words
        words.setdefault("author_detail", {})[name] = value
        _sync_author(context)
        words["authors"][-1][name] = value

    def _contributor(self, _context: _Context, element: ET.Element, _place: _Place) -> None:
        for child in element:
            if self._name(child) not in _AUTHOR_PARTS:
                self._decline_unless_inert(child)
            if _has_base(child):
                raise _Declined
            _flat(child)

    def _owner(self, _context: _Context, element: ET.Element, _place: _Place) -> None:
        for child in element:
            if self._name(child) not in {"itunes:name", "itunes:email"} or _has_base(child):
                raise _Declined
            _flat(child)

    def _source(self, context: _Context, element: ET.Element, place: _Place) -> None:
        context.title_depth = -1
        for child in element:
            name = self._name(child)
            if name == "author":
                self._contributor(context, child, place)
            elif name not in _SOURCE_PARTS:
                self._decline_unless_inert(child)
            elif _flat(child).strip() and name == "title":
                context.title_depth = place.depth + 1
            if _has_base(child) or "xhtml" in child.attrib.get("type", "").lower():
                raise _Declined

    def _image(self, feed: _Context, element: ET.Element, place: _Place) -> None:
        feed.title_depth = -1
        for child in element:
            if child.tag not in _IMAGE_PARTS or child.attrib:
                raise _Declined
            if _flat(child).strip() and child.tag == "title":
                feed.title_depth = place.depth + 1

    # ── dates, tags, pictures ───────────────────────────────────────────────

    def _published(self, context: _Context, element: ET.Element, place: _Place) -> None:
        self._date(context, "published", element, place)

    def _updated(self, context: _Context, element: ET.Element, place: _Place) -> None:
        self._date(context, "updated", element, place)

    def _created(self, context: _Context, element: ET.Element, place: _Place) -> None:
        self._date(context, "created", element, place)

    def _date(self, context: _Context, name: str, element: ET.Element, place: _Place) -> None:
        value = _said(element)
        context.store(name, value, depth=place.depth)
        context.words[f"{name}_parsed"] = _numbers(value)

    def _category(self, context: _Context, element: ET.Element, _place: _Place) -> None:
        self._tag(context, element, _attributes(element))

    def _media_category(self, context: _Context, element: ET.Element, _place: _Place) -> None:
        attributes = _attributes(element)
        attributes.setdefault("scheme", "http://search.yahoo.com/mrss/category_schema")
        self._tag(context, element, attributes)

    def _itunes_category(self, context: _Context, element: ET.Element, _place: _Place) -> None:
        term = _attributes(element).get("text")
        self._tag(context, element, {"scheme": "http://www.itunes.com/", **({"term": term} if term else {})})

    def _tag(self, context: _Context, element: ET.Element, attributes: Mapping[str, str]) -> None:
        scheme = attributes.get("scheme", attributes.get("domain"))
        _add_tag(context, attributes.get("term"), scheme, attributes.get("label"))
        value = _said(element)
        if not value:
            return
        tags = context.words["tags"]
        if tags and not tags[-1]["term"]:
            tags[-1]["term"] = value
        else:
            _add_tag(context, value, None, None)

    def _itunes_keywords(self, context: _Context, element: ET.Element, _place: _Place) -> None:
        self._terms(context, element, scheme="http://www.itunes.com/")

    def _media_keywords(self, context: _Context, element: ET.Element, _place: _Place) -> None:
        self._terms(context, element, scheme=None)

    def _terms(self, context: _Context, element: ET.Element, *, scheme: str | None) -> None:
        if element.attrib:
            raise _Declined
        for term in _said(element).split(","):
            if term.strip():
                _add_tag(context, term.strip(), scheme, None)

    def _nested_categories(self, _context: _Context, element: ET.Element, _place: _Place) -> None:
        if any(self._name(each) != "itunes:category" or _has_base(each) for each in element.iter()):
            raise _Declined

    def _itunes_image(self, context: _Context, element: ET.Element, _place: _Place) -> None:
        attributes = _attributes(element)
        if href := attributes.get("href") or attributes.get("url"):
            context.words["image"] = {"href": href}
        _flat(element)

    def _media_content(self, context: _Context, element: ET.Element, place: _Place) -> None:
        context.words.setdefault("media_content", []).append(_attributes(element))
        self._media_group(context, element, place)

    def _media_group(self, context: _Context, element: ET.Element, place: _Place) -> None:
        if place.depth > _DEEPEST:
            raise _Declined
        for child in element:
            name = self._name(child)
            handler = self._handlers.get(name)
            if handler is None:
                self._decline_unless_inert(child)
            elif name.startswith("media:"):
                handler(context, child, place.within(child))
            else:
                raise _Declined

    def _media_thumbnail(self, context: _Context, element: ET.Element, _place: _Place) -> None:
        if _flat(element).strip():
            raise _Declined
        context.words.setdefault("media_thumbnail", []).append(_attributes(element))

    def _media_credit(self, context: _Context, element: ET.Element, _place: _Place) -> None:
        credit = _attributes(element)
        context.words.setdefault("media_credit", []).append(credit)
        value = _said(element)
        if value.strip():
            credit["content"] = value

    # ── the rest ────────────────────────────────────────────────────────────

    def _plain(self, context: _Context, element: ET.Element, place: _Place) -> None:
        """A word of its own, kept under its name."""
        if element.attrib:
            raise _Declined
        context.store(self._name(element).replace(":", "_"), _said(element), depth=place.depth)

    def _language(self, context: _Context, element: ET.Element, _place: _Place) -> None:
        context.words["language"] = _said(element)

    def _leaf(self, _context: _Context, element: ET.Element, _place: _Place) -> None:
        """Known, and nothing of it is asked for."""
        _flat(element)


_DEEPEST = 100
_RSS_VERSIONS = {"0.91": "rss091u", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094"}
_TYPES = {
    "text": "text/plain",
    "plain": "text/plain",
    "html": "text/html",
    "xhtml": "application/xhtml+xml",
}
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_PASSAGE_TYPES = _HTML_TYPES | {"text/plain"}
_AUTHOR_PARTS = {
    "name": "name",
    "itunes:name": "name",
    "email": "email",
    "itunes:email": "email",
    "uri": "href",
    "url": "href",
    "homepage": "href",
}
_SOURCE_PARTS = frozenset("title subtitle id link updated category rights icon logo generator".split())
_IMAGE_PARTS = frozenset("url title link width height description".split())
_CUT_REFERENCE = re.compile(r"&([A-Za-z0-9_]+);")


def _rss_version(root: ET.Element) -> str:
    stated = _attributes(root).get("version", "")
    return _RSS_VERSIONS.get(stated) or ("rss20" if stated.startswith("2.") else "rss")


def _quoted(value: str) -> str:
    return escape(value, quote=False).replace('"', "&quot;")


_ACTIVE = frozenset({"lastmod", "href"})
_ASKED_FOR = frozenset(
    "version type mode rel href url uri ispermalink term scheme domain label text medium width height base "
    "lang lastmod content about resource src".split()
)


def _attributes(element: ET.Element) -> dict[str, str]:
    """By name in lower case, without `xml:base` and `xml:lang`, which are the place's."""
    if not element.attrib:
        return {}
    found: dict[str, str] = {}
    for name, value in element.attrib.items():
        if name[0] == "{":
            # feedparser keeps it by its local name as well.
            if not name.startswith(_XML) and name.rpartition("}")[2].lower() in _ASKED_FOR:
                raise _Declined
            continue
        key = name.lower()
        if not key.isascii():
            raise _Declined
        found[key] = (value.lower() or value) if key in {"rel", "type"} else value
    return found


def _has_base(element: ET.Element) -> bool:
    return bool(element.attrib) and any(name.lower().endswith("base") for name in element.attrib)


def _flat(element: ET.Element) -> str:
    if len(element):
        raise _Declined
    return element.text or ""


def _said(element: ET.Element) -> str:
    return _mended(_flat(element).strip())


_C1 = re.compile(r"[\x80-\x9f]")
_WINDOWS = {n: bytes([n]).decode("cp1252", "ignore") or chr(n) for n in range(0x80, 0xA0)}


def _mended(text: str) -> str:
    """UTF-8 that was taken for ISO 8859-1 put right, and Windows' own characters where C1 controls stand."""
    if text.isascii():
        return text
    with contextlib.suppress(UnicodeError):
        text = text.encode("iso-8859-1").decode()
    return text.translate(_WINDOWS) if _C1.search(text) else text


_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+,\-.]*://")


def _joined(base: str, stated: str) -> str:
    if scheme := _SCHEME.match(stated):
        stated = scheme[0] + stated[scheme.end() :].lstrip("/")
    try:
        return urljoin(base, stated)
    except ValueError:
        return ""


def _base(outer: str, stated: str) -> str:
    base = _joined(outer, stated)
    if not base.startswith(("http://", "https://")) or base != base.strip() or _joined(base, base) != base:
        raise _Declined
    return base


def _enforce_href(attributes: dict[str, str]) -> None:
    href = attributes.get("url", attributes.get("uri", attributes.get("href")))
    if href:
        attributes.pop("url", None)
        attributes.pop("uri", None)
        attributes["href"] = href


def _add_tag(context: _Context, term: str | None, scheme: str | None, label: str | None) -> None:
    tags = context.words.setdefault("tags", [])
    tag = {"term": term, "scheme": scheme, "label": label}
    if (term or scheme or label) and tag not in tags:
        tags.append(tag)


def _sync_author(context: _Context) -> None:
    """One author's name and address as one text, as RSS writes it."""
    words = context.words
    detail = words["authors"][-1]
    if detail:
        name, email = detail.get("name"), detail.get("email")
        if name or email:
            words["author"] = f"{name} ({email})" if name and email else name or email
    elif author := words.get("author"):
        context.mailed |= "@" in author
        words.setdefault("author_detail", detail)
        detail["name"] = author


def _decline_split_names(context: _Context) -> None:
    """feedparser parts names from mail addresses; with one author alone that is never looked at."""
    if context.mailed and len(context.words["authors"]) > 1:
        raise _Declined


# ── is a plain text HTML all the same? ──────────────────────────────────────

_CLOSING = re.compile(r"</\w+>|&#?\w+;")
_TAGS = re.compile(r"</?(\w+)")
_REFERENCES = re.compile(r"&(\w+);")
_SURELY_HTML = frozenset(
    "a b i p u br em h1 h2 h3 h4 h5 h6 hr li ol ul img div span code strong sub sup small big cite".split()
)


def _looks_like_html(text: str) -> bool:
    if "<" not in text and "&" not in text:
        return False
    if not _CLOSING.search(text):
        return False
    if not _SURELY_HTML.issuperset(tag.lower() for tag in _TAGS.findall(text)):
        raise _Declined
    return all(name in entitydefs for name in _REFERENCES.findall(text))


# ── dates ───────────────────────────────────────────────────────────────────

_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|([+-])(\d\d):(\d\d))\Z", re.ASCII
)
_RFC822 = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},?\s+)?(\d{1,2})\s+([a-z]{3})[a-z]{0,6}\s+(\d{4})\s+"
    r"(\d\d):(\d\d)(?::(\d\d))?\s+(?:(gmt|utc|ut|z|est|edt|cst|cdt|mst|mdt|pst|pdt)|([+-])(\d\d):?(\d\d))\Z",
    re.ASCII | re.IGNORECASE,
)
_MONTHS = {
    name: number
    for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)
}
_ZONES = {"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}


def _numbers(stated: str) -> tuple[int, ...] | None:
    """Year to second in UTC, for the two usual ways to write a date; others are declined."""
    if not stated:
        return None
    if found := _RFC3339.match(stated):
        year, month, day, hour, minute, second, sign, hours, minutes = found.groups()
        number: int | None = int(month)
        zone = None
    elif found := _RFC822.match(stated):
        day, named, year, hour, minute, second, zone, sign, hours, minutes = found.groups()
        number = _MONTHS.get(named.lower())
    else:
        raise _Declined
    if number is None:
        raise _Declined
    ahead = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
    if zone:
        ahead = timedelta(hours=_ZONES.get(zone.lower(), 0))
    try:
        moment = datetime(int(year), number, int(day), int(hour), int(minute), int(second or 0)) - ahead  # noqa: DTZ001  UTC
    except (ValueError, OverflowError) as error:
        raise _Declined from error
    return (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
