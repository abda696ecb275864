"""Elements → entries and a feed in feedparser's words: one method for each element that means something."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any
from xml.etree import ElementTree as ET

from curator.ingest.feeds.fields import feed_of
from curator.ingest.feeds.stated import StatedFeed
from curator.ingest.feeds.strict.opening import ATOM, XHTML, XML, Declined
from curator.ingest.feeds.strict.values import (
    ACTIVE,
    attributes_of,
    enforce_href,
    flat_text,
    has_base,
    joined,
    looks_like_html,
    mended,
    numbers_of,
    quoted,
    rebased,
    text_of,
)

_Words = dict[str, Any]
"""An entry or a feed in feedparser's words."""


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
            if any(name.lower().endswith(_STRAY) and not name.startswith(XML) for name in element.attrib):
                raise Declined
            stated = element.attrib.get(XML + "base")
            if stated:
                base = rebased(base, stated)
            lang = element.attrib.get(XML + "lang", lang) or None
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


class Document:
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
            "media:license": self._media_license,
            "feedburner:origlink": self._plain,
            **dict.fromkeys(
                "language expirationdate subtitle tagline generator image dc:language dc:publisher "
                "dc:contributor itunes:subtitle itunes:block itunes:explicit media:rating media:restriction "
                "media:player feedburner:browserfriendly".split(),
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
        elif name == "feed" and root.tag == f"{{{ATOM}}}feed":
            self._is_atom = True
            version, parent = "atom10", root
            handlers = {
                **self._feed_handlers,
                **dict.fromkeys(("author", "dc:creator", "dc:author", "itunes:author"), self._author),
            }
        else:
            raise Declined
        feed = _Context(is_feed=True)
        place = _Place(0, "", None, [""]).within(root)
        if place.lang:
            feed.words["language"] = place.lang.replace("_", "-")
        if parent is not root:
            place = place.within(parent)
            if not attributes_of(parent).keys().isdisjoint(ACTIVE):
                raise Declined
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
        if not attributes_of(element).keys().isdisjoint(ACTIVE):
            raise Declined
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
            raise Declined
        return root[0]

    def _name(self, element: ET.Element) -> str:
        tag = element.tag
        name = self._names.get(tag)
        if name is None:
            name = self._names[tag] = self._named(tag)
        return name

    def _named(self, tag: str) -> str:
        if not tag.isascii():
            raise Declined
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
                has_base(each)
                or name in _MEANINGFUL_PREFIXED
                or name in _MEANINGFUL
                or (":" in name and name.replace(":", "_") in _MEANINGFUL)
                or name.startswith(("xhtml:", "svg", "georss:where"))
            ):
                raise Declined

    # ── passages ────────────────────────────────────────────────────────────

    def _passage(self, element: ET.Element, place: _Place, *, default: str) -> _Words:
        attributes = attributes_of(element)
        kind = attributes.get("type", default).lower()
        kind = _TYPES.get(kind, kind)
        if kind not in _PASSAGE_TYPES or "mode" in attributes:
            raise Declined
        if kind == "application/xhtml+xml":
            if not self._is_atom:
                raise Declined
            value = self._xhtml(element)
        else:
            value = flat_text(element).strip()
            if kind == "text/plain" and not self._is_atom and looks_like_html(value):
                kind = "text/html"
        language = place.lang.replace("_", "-") if place.lang else None
        return {"type": kind, "language": language, "base": place.base, "value": mended(value)}

    def _xhtml(self, element: ET.Element) -> str:
        """As feedparser writes it: names in lower case, an end for every element, without the outer `div`."""
        is_wrapped = (
            len(element) == 1
            and element[0].tag == f"{{{XHTML}}}div"
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
            raise Declined
        if parent.text:
            out.append(escape(parent.text, quote=False))
        for child in parent:
            name = self._name(child)
            prefix, _, local = name.partition(":")
            if prefix != "xhtml" or local in {"body", "svg", "math"}:
                raise Declined
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
            key = name.replace(XML, "xml:").lower()
            if key[0] == "{" or key in {"base", "xml:base"} or not key.isascii():
                raise Declined
            stated[key] = value.lower() if key in {"rel", "type"} and value.lower() else value
        return "".join(f' {k}="{quoted(v)}"' for k, v in stated.items())

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
        attributes = attributes_of(element)
        rel = attributes.setdefault("rel", "alternate")
        kind = attributes.setdefault("type", "application/atom+xml" if rel == "self" else "text/html")
        enforce_href(attributes)
        words = context.words
        words.setdefault("links", []).append(attributes)
        text = flat_text(element)
        if "href" in attributes:
            attributes["href"] = joined(place.base, attributes["href"])
            if rel == "alternate" and _TYPES.get(kind.lower(), kind.lower()) in _HTML_TYPES:
                words["link"] = attributes["href"]
            return
        stated = text.strip()
        stated = mended(joined(place.base, stated) if stated else "")
        if not context.is_feed:
            stated = stated.replace("&amp;", "&")
        stated = _CUT_REFERENCE.sub(r"&\1", stated)
        words["link"] = stated
        if stated or context.is_feed:
            attributes["href"] = stated

    def _guid(self, context: _Context, element: ET.Element, place: _Place) -> None:
        is_link = attributes_of(element).get("ispermalink", "true") == "true"
        stated = flat_text(element).strip()
        value = mended(joined(place.base, stated) if is_link and stated else stated)
        context.store("id", value, depth=place.depth)
        if is_link:
            context.words.setdefault("link", value)

    def _enclosure(self, context: _Context, element: ET.Element, _place: _Place) -> None:
        attributes = attributes_of(element)
        enforce_href(attributes)
        attributes["rel"] = "enclosure"
        context.words.setdefault("links", []).append(attributes)
        flat_text(element)

    def _license(self, context: _Context, element: ET.Element, _place: _Place) -> None:
        value = text_of(element)
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
        context.store("author", mended("".join(pieces).strip()), depth=place.depth)
        _sync_author(context)

    def _author_part(self, context: _Context, part: ET.Element) -> None:
        name = _AUTHOR_PARTS.get(self._name(part))
        if name is None:
            self._decline_unless_inert(part)
            if (part.text or "").strip() or len(part):
                raise Declined
            return
        value = flat_text(part).strip()
        if has_base(part):
            raise Declined
        words = context.words
        words.setdefault("author_detail", {})[name] = value
        _sync_author(context)
        words["authors"][-1][name] = value

    def _contributor(self, _context: _Context, element: ET.Element, _place: _Place) -> None:
        for child in element:
            if self._name(child) not in _AUTHOR_PARTS:
                self._decline_unless_inert(child)
            if has_base(child):
                raise Declined
            flat_text(child)

    def _owner(self, _context: _Context, element: ET.Element, _place: _Place) -> None:
        for child in element:
            if self._name(child) not in {"itunes:name", "itunes:email"} or has_base(child):
                raise Declined
            flat_text(child)

    def _source(self, context: _Context, element: ET.Element, place: _Place) -> None:
        context.title_depth = -1
        for child in element:
            name = self._name(child)
            if name == "author":
                self._contributor(context, child, place)
            elif name not in _SOURCE_PARTS:
                self._decline_unless_inert(child)
            elif flat_text(child).strip() and name == "title":
                context.title_depth = place.depth + 1
            if has_base(child) or "xhtml" in child.attrib.get("type", "").lower():
                raise Declined

    def _image(self, feed: _Context, element: ET.Element, place: _Place) -> None:
        feed.title_depth = -1
        for child in element:
            if child.tag not in _IMAGE_PARTS or child.attrib:
                raise Declined
            if flat_text(child).strip() and child.tag == "title":
                feed.title_depth = place.depth + 1

    # ── dates, tags, pictures ───────────────────────────────────────────────

    def _published(self, context: _Context, element: ET.Element, place: _Place) -> None:
        self._date(context, "published", element, place)

    def _updated(self, context: _Context, element: ET.Element, place: _Place) -> None:
        self._date(context, "updated", element, place)

    def _created(self, context: _Context, element: ET.Element, place: _Place) -> None:
        self._date(context, "created", element, place)

    def _date(self, context: _Context, name: str, element: ET.Element, place: _Place) -> None:
        value = text_of(element)
        context.store(name, value, depth=place.depth)
        context.words[f"{name}_parsed"] = numbers_of(value)

    def _category(self, context: _Context, element: ET.Element, _place: _Place) -> None:
        self._tag(context, element, attributes_of(element))

    def _media_category(self, context: _Context, element: ET.Element, _place: _Place) -> None:
        attributes = attributes_of(element)
        attributes.setdefault("scheme", "http://search.yahoo.com/mrss/category_schema")
        self._tag(context, element, attributes)

    def _itunes_category(self, context: _Context, element: ET.Element, _place: _Place) -> None:
        term = attributes_of(element).get("text")
        self._tag(context, element, {"scheme": "http://www.itunes.com/", **({"term": term} if term else {})})

    def _tag(self, context: _Context, element: ET.Element, attributes: Mapping[str, str]) -> None:
        scheme = attributes.get("scheme", attributes.get("domain"))
        _add_tag(context, attributes.get("term"), scheme, attributes.get("label"))
        value = text_of(element)
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
            raise Declined
        for term in text_of(element).split(","):
            if term.strip():
                _add_tag(context, term.strip(), scheme, None)

    def _nested_categories(self, _context: _Context, element: ET.Element, _place: _Place) -> None:
        if any(self._name(each) != "itunes:category" or has_base(each) for each in element.iter()):
            raise Declined

    def _itunes_image(self, context: _Context, element: ET.Element, _place: _Place) -> None:
        attributes = attributes_of(element)
        if href := attributes.get("href") or attributes.get("url"):
            context.words["image"] = {"href": href}
        flat_text(element)

    def _media_content(self, context: _Context, element: ET.Element, place: _Place) -> None:
        context.words.setdefault("media_content", []).append(attributes_of(element))
        self._media_group(context, element, place)

    def _media_group(self, context: _Context, element: ET.Element, place: _Place) -> None:
        if place.depth > _DEEPEST:
            raise Declined
        for child in element:
            name = self._name(child)
            handler = self._handlers.get(name)
            if handler is None:
                self._decline_unless_inert(child)
            elif name.startswith("media:"):
                handler(context, child, place.within(child))
            else:
                raise Declined

    def _media_thumbnail(self, context: _Context, element: ET.Element, _place: _Place) -> None:
        if flat_text(element).strip():
            raise Declined
        context.words.setdefault("media_thumbnail", []).append(attributes_of(element))

    def _media_credit(self, context: _Context, element: ET.Element, _place: _Place) -> None:
        credit = attributes_of(element)
        context.words.setdefault("media_credit", []).append(credit)
        value = text_of(element)
        if value.strip():
            credit["content"] = value

    def _media_license(self, context: _Context, element: ET.Element, _place: _Place) -> None:
        licence = context.words.setdefault("media_license", attributes_of(element))
        value = text_of(element)
        if value.strip():
            licence["content"] = value

    # ── the rest ────────────────────────────────────────────────────────────

    def _plain(self, context: _Context, element: ET.Element, place: _Place) -> None:
        """A word of its own, kept under its name."""
        if element.attrib:
            raise Declined
        context.store(self._name(element).replace(":", "_"), text_of(element), depth=place.depth)

    def _language(self, context: _Context, element: ET.Element, _place: _Place) -> None:
        context.words["language"] = text_of(element)

    def _leaf(self, _context: _Context, element: ET.Element, _place: _Place) -> None:
        """Known, and nothing of it is asked for."""
        flat_text(element)


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
    stated = attributes_of(root).get("version", "")
    return _RSS_VERSIONS.get(stated) or ("rss20" if stated.startswith("2.") else "rss")


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
        raise Declined
