"""The rules of the W3C feed validator that can apply to what we publish, as a check of our own.

Each finding is named like the validator's class where it has one. The list is
empty for a feed that the validator finds nothing in (level AA); the validator
itself is in no package registry, so that tests cannot ask it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import html5lib
from lxml import etree

A = "{http://www.w3.org/2005/Atom}"
X = "{http://www.w3.org/1999/xhtml}"
AT = "{http://purl.org/atompub/tombstones/1.0}"
DC = "{http://purl.org/dc/elements/1.1/}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
MEDIA = "{http://search.yahoo.com/mrss/}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")
_DANGEROUS = frozenset(
    "applet audio base button embed form frame iframe input link math meta noscript object script"
    " select source style svg template textarea video".split()
)
_OURS = re.compile(r"/pictures/[0-9a-f]{64}\.(?:jpg|png|gif|webp|avif)$")
_SAID = {"alt", "width", "height"}
_URLS = frozenset("href src cite longdesc action data poster background".split())


def findings(document: bytes, *, self_url: str) -> list[str]:
    """What is wrong with this Atom or RSS document."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        return [f"SAXError: {error}"]
    rules = _atom if root.tag == f"{A}feed" else _rss
    return [*_anywhere(document, root), *rules(root, self_url)]


def _anywhere(document: bytes, root: etree._Element) -> Iterator[str]:
    if not document.startswith(b"<?xml version='1.0' encoding='UTF-8'?>"):
        yield "NoEncoding"
    if re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]", document.decode()):
        yield "BadCharacters"
    for element in root.iter():
        for name in (XML_LANG, "lang", "hreflang"):
            if (language := element.get(name)) is not None and not _LANGUAGE.fullmatch(language):
                yield f"InvalidLanguage: {language!r}"


# ── Atom ──


def _atom(feed: etree._Element, self_url: str) -> Iterator[str]:
    yield from _exactly_one(feed, "id", "title", "updated")
    yield from _not_blank(feed, "title", "subtitle", "rights")
    yield from _persons(feed)
    yield from _links(feed)
    if feed.get(XML_LANG) is None:
        yield "MissingLanguage"
    if [link.get("href") for link in feed.findall(f"{A}link[@rel='self']")] != [self_url]:
        yield "SelfDoesntMatchLocation"
    entries = feed.findall(f"{A}entry")
    yield from _repeated("DuplicateEntries", (e.findtext(f"{A}id") for e in entries))
    yield from _repeated("DuplicateUpdated", (e.findtext(f"{A}updated") for e in entries))
    dates = [e.findtext(f"{A}updated") or "" for e in entries]
    if dates and max(dates) > (feed.findtext(f"{A}updated") or ""):
        yield "FeedOlderThanItsEntries"
    for entry in entries:
        yield from _atom_entry(entry, feed)
    alive = {e.findtext(f"{A}id") for e in entries}
    for gone in feed.findall(f"{AT}deleted-entry"):
        if gone.get("ref") in alive:
            yield "DeletedEntryIsAlive"
        if not _RFC3339.fullmatch(gone.get("when", "")):
            yield "InvalidRFC3339Date: when"


def _atom_entry(entry: etree._Element, feed: etree._Element) -> Iterator[str]:
    yield from _exactly_one(entry, "id", "title", "updated", "content")
    yield from _not_blank(entry, "title", "summary", "rights")
    yield from _persons(entry)
    yield from _links(entry)
    if entry.find(f"{A}author") is None and feed.find(f"{A}author") is None:
        yield "MissingElement: author"
    if entry.find(f"{A}link[@rel='alternate']") is None:
        yield "MissingAlternateLink"
    if not re.match(r"[a-z][a-z0-9+.-]*:\S", entry.findtext(f"{A}id") or ""):
        yield "InvalidFullLink: id"
    yield from _atom_dates_and_terms(entry)
    yield from _atom_source(entry)
    yield from _atom_texts(entry)


def _atom_dates_and_terms(entry: etree._Element) -> Iterator[str]:
    for category in entry.findall(f"{A}category"):
        if not (category.get("term") or "").strip():
            yield "MissingAttribute: term"
    for date in (*entry.iter(f"{A}updated"), *entry.iter(f"{A}published")):
        if not _RFC3339.fullmatch(date.text or ""):
            yield f"InvalidRFC3339Date: {date.text}"


def _atom_source(entry: etree._Element) -> Iterator[str]:
    for source in entry.findall(f"{A}source"):
        for name in ("id", "title", "updated"):
            if not (source.findtext(f"{A}{name}") or "").strip():
                yield f"MissingSourceElement: {name}"
        yield from _links(source)
        yield from _persons(source)


def _atom_texts(entry: etree._Element) -> Iterator[str]:
    for text in (*entry.findall(f"{A}title"), *entry.findall(f"{A}summary"), *entry.findall(f"{A}rights")):
        if text.get("type", "text") == "text" and len(text):
            yield "UndefinedElement in text construct"
    for content in entry.findall(f"{A}content"):
        if content.get("type") != "xhtml" or [child.tag for child in content] != [f"{X}div"]:
            yield "MissingXhtmlDiv"
        yield from _markup(content.iter(f"{X}*"))


def _links(parent: etree._Element) -> Iterator[str]:
    links = parent.findall(f"{A}link")
    alternates = [(li.get("type"), li.get("hreflang")) for li in links if li.get("rel") == "alternate"]
    yield from _repeated("DuplicateAtomLink", alternates)
    for link in links:
        if link.get("rel") is None:
            yield "MissingAttribute: rel (python-feedgen#135)"
        if not _absolute(link.get("href")):
            yield f"InvalidFullLink: {link.get('href')}"
        if (kind := link.get("type")) is not None and not _MEDIA_TYPE.fullmatch(kind):
            yield f"InvalidMIMEType: {kind}"
        if (length := link.get("length")) is not None and not length.isdigit():
            yield "InvalidInteger: length"


def _persons(parent: etree._Element) -> Iterator[str]:
    for kind in ("author", "contributor"):
        for person in parent.findall(f"{A}{kind}"):
            if not (person.findtext(f"{A}name") or "").strip():
                yield f"MissingElement: name of {kind}"
            if (uri := person.findtext(f"{A}uri")) is not None and not _absolute(uri):
                yield f"InvalidFullLink: {uri}"


def _exactly_one(parent: etree._Element, *names: str) -> Iterator[str]:
    for name in names:
        if (count := len(parent.findall(f"{A}{name}"))) != 1:
            yield f"{'MissingElement' if count == 0 else 'DuplicateElement'}: {name}"


def _not_blank(parent: etree._Element, *names: str) -> Iterator[str]:
    for name in names:
        for element in parent.findall(f"{A}{name}"):
            if not "".join(element.itertext()).strip():
                yield f"NotBlank: {name}"


# ── RSS ──


def _rss(rss: etree._Element, self_url: str) -> Iterator[str]:
    channel = rss[0]
    for name in ("title", "link", "description", "language", "lastBuildDate"):
        if not (channel.findtext(name) or "").strip():
            yield f"MissingElement: {name}"
    if channel.findtext("link") == self_url:
        yield "The channel's link is the site, not the feed"
    if [link.get("href") for link in channel.findall(f"{A}link[@rel='self']")] != [self_url]:
        yield "MissingAtomSelfLink"
    items = channel.findall("item")
    yield from _repeated("DuplicateItem", (item.findtext("guid") for item in items))
    for item in items:
        yield from _rss_item(item)


def _rss_item(item: etree._Element) -> Iterator[str]:
    for name in ("title", "link", "description", "guid", "pubDate", f"{DC}creator", f"{CONTENT}encoded"):
        if len(item.findall(name)) != 1 or not (item.findtext(name) or "").strip():
            yield f"MissingElement: {name}"
    if item.find("author") is not None:
        yield "InvalidContact: author must be an e-mail address"
    if not _absolute(item.findtext("link")):
        yield f"InvalidFullLink: {item.findtext('link')}"
    for guid in item.findall("guid"):
        if guid.get("isPermaLink") != "false":
            yield "InvalidPermalink"
    parsedate_to_datetime(item.findtext("pubDate") or "")
    if "<" in re.sub(r"&\w+;|&#\d+;", "", item.findtext("description") or ""):
        yield "ContainsHTML: description"
    yield from _rss_modules(item)
    body = html5lib.parseFragment(
        item.findtext(f"{CONTENT}encoded") or "", treebuilder="lxml", namespaceHTMLElements=True
    )
    for part in body:
        if not isinstance(part, str):
            yield from _markup(part.iter())


def _rss_modules(item: etree._Element) -> Iterator[str]:
    for source in item.findall("source"):
        if not _absolute(source.get("url")) or not (source.text or "").strip():
            yield "MissingAttribute: url of source"
    for enclosure in item.findall("enclosure"):
        if not (enclosure.get("length") or "").isdigit():
            yield "MissingAttribute: length"
    for media in item.findall(f"{MEDIA}content"):
        if not _absolute(media.get("url")):
            yield "InvalidFullLink: media:content"


# ── markup of both ──


def _markup(elements: Iterable[etree._Element]) -> Iterator[str]:
    for element in elements:
        name = etree.QName(element).localname if isinstance(element.tag, str) else "comment"
        if name in _DANGEROUS or name == "comment":
            yield f"SecurityRisk: {name}"
        # Our own rule: a picture is a copy of ours, told by its bytes; any other calls a third party.
        if name == "img" and not (_OURS.search(element.get("src") or "") and set(element.attrib) >= _SAID):
            yield f"ForeignPicture: {element.get('src')}"
        for attribute, value in element.attrib.items():
            local = etree.QName(attribute).localname
            if local.startswith("on") or local in ("style", "srcset", "srcdoc", "id"):
                yield f"SecurityRiskAttr: {local}"
            if local in _URLS and not (_absolute(value) or value.startswith("mailto:")):
                yield f"ContainsRelRef: {value}"


def _absolute(url: str | None) -> bool:
    parts = urlsplit(url or "")
    return parts.scheme in ("http", "https") and bool(parts.hostname) and url == (url or "").strip()


def _repeated(rule: str, values: Iterable[object]) -> Iterator[str]:
    for value, count in Counter(values).items():
        if count > 1:
            yield f"{rule}: {value}"
