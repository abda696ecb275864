"""Rules of Atom (RFC 4287), of archives (RFC 5005) and of tombstones (RFC 6721)."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from feedrules.names import AT, FH, XML_LANG, A, X
from feedrules.words import (
    MEDIA_TYPE,
    html,
    markup,
    no_email,
    no_html,
    no_two,
    one_address,
    one_date,
    one_id,
)

_RELATIONS = frozenset(
    "alternate current describedby enclosure first hub last license next next-archive prev-archive previous"
    " related replies search self service up via".split()
)
_OF_A_CHAIN = frozenset("current first last next next-archive prev-archive previous".split())


def atom(feed: etree._Element, self_url: str) -> Iterator[str]:
    yield from _metadata(feed, self_url)
    yield from _history(feed, self_url)
    if feed.get(XML_LANG) is None:
        yield "EmptyLanguage: feed"
    entries = feed.findall(f"{A}entry")
    ids = [entry.findtext(f"{A}id") for entry in entries]
    yield from no_two("DuplicateEntries", ids)
    yield from no_two("DuplicateUpdated", (entry.findtext(f"{A}updated") for entry in entries))
    dates = [entry.findtext(f"{A}updated") or "" for entry in entries]
    if dates and max(dates) > (feed.findtext(f"{A}updated") or ""):
        yield "FeedOlderThanItsEntries"
    for entry in entries:
        yield from _entry(entry, feed)
    yield from _tombstones(feed, set(ids))


def _metadata(feed: etree._Element, self_url: str) -> Iterator[str]:
    yield from _common(feed)
    selves = [link for link in feed.findall(f"{A}link") if link.get("rel") == "self"]
    if not selves:
        yield "MissingSelf"
    for link in selves:
        if link.get("href") != self_url:
            yield f"SelfDoesntMatchLocation: {link.get('href')}"
    began = False
    for child in feed:
        began = began or child.tag == f"{A}entry"
        if began and child.tag != f"{A}entry":
            yield f"MisplacedMetadata: {child.tag!r}"


def _history(feed: etree._Element, self_url: str) -> Iterator[str]:
    """RFC 5005: what an archive document must name, and what a complete feed must not."""
    relations = {link.get("rel", "alternate"): link.get("href") for link in feed.findall(f"{A}link")}
    complete = feed.find(f"{FH}complete") is not None
    if feed.find(f"{FH}archive") is not None and not complete:
        if not {"prev-archive", "next-archive"} & relations.keys():
            yield "ArchiveIncomplete"
        if "current" not in relations:
            yield "MissingCurrentInArchive"
        if feed.find(f"{AT}deleted-entry") is not None:
            yield "TombstoneInArchive"
    if complete:
        if relations.keys() & (_OF_A_CHAIN - {"current"}):
            yield "FeedRelInCompleteFeed"
        if relations.get("current", self_url) != self_url:
            yield "CurrentNotSelfInCompleteFeed"
    for end, beyond in (("first", "previous"), ("last", "next")):
        if relations.get(end) == self_url and beyond in relations:
            yield f"LinkPastEnd: {end}"


def _entry(entry: etree._Element, feed: etree._Element) -> Iterator[str]:
    yield from _common(entry)
    relations = [link.get("rel", "alternate") for link in entry.findall(f"{A}link")]
    for relation in relations:
        if relation in _OF_A_CHAIN:
            yield f"FeedHistoryRelInEntry: {relation}"
    content, summary = entry.find(f"{A}content"), entry.find(f"{A}summary")
    if "alternate" not in relations:
        yield "MissingAlternateLink"
        if content is None:
            yield "MissingContentOrAlternate"
    if content is None and summary is None:
        yield "MissingTextualContent"
    if summary is None and content is not None and content.get("src") is not None:
        yield "MissingSummary"
    if entry.find(f"{A}author") is None and feed.find(f"{A}author") is None:
        yield "MissingElement: author"
    if content is not None:
        yield from _content(content)
    for source in entry.findall(f"{A}source"):
        yield from _common(source)


def _common(parent: etree._Element) -> Iterator[str]:
    """What a feed, a source and an entry have alike."""
    for child in parent.iterchildren(f"{A}*"):
        yield from _part(child, str(child.tag).removeprefix(A))
    alternates = [
        (each.get("type"), each.get("hreflang"))
        for each in parent.findall(f"{A}link")
        if each.get("rel", "alternate") == "alternate"
    ]
    yield from no_two("DuplicateAtomLink", alternates)


def _part(child: etree._Element, name: str) -> Iterator[str]:
    words = child.text or ""
    if name in ("id", "updated", "published", "icon", "logo") and words != words.strip():
        yield f"UnexpectedWhitespace: {name}"
    match name:
        case "id":
            yield from one_id(words.strip(), "id")
        case "updated" | "published":
            yield from one_date(words.strip(), name)
        case "icon" | "logo":
            yield from one_address(words.strip(), name)
        case "title" | "subtitle" | "summary" | "rights":
            yield from text(child, name)
        case "author" | "contributor":
            yield from _person(child, name)
        case "category":
            yield from _category(child)
        case "generator":
            yield from _generator(child)
        case "link":
            yield from link(child)


def text(construct: etree._Element, name: str) -> Iterator[str]:
    """RFC 4287 §3.1."""
    kind, words = construct.get("type", "text"), construct.text or ""
    if kind not in ("text", "html", "xhtml"):
        yield f"InvalidTextType: {name}: {kind}"
    if not "".join(map(str, construct.itertext())).strip():
        yield f"NotBlank: {name}"
    if kind == "text":
        yield from no_html(words, name, rule="ContainsUndeclaredHTML")
    elif kind == "html":
        yield from html(words, name)


def _content(content: etree._Element) -> Iterator[str]:
    if (
        content.get("type") != "xhtml"
        or [child.tag for child in content] != [f"{X}div"]
        or (content.text or "").strip()
    ):
        yield "MissingXhtmlDiv"
        return
    yield from markup(content.iterdescendants())


def _person(person: etree._Element, name: str) -> Iterator[str]:
    for called in person.findall(f"{A}name"):
        words = called.text or ""
        if not words.strip():
            yield f"NotBlank: name of {name}"
        yield from no_html(words, f"name of {name}")
        yield from no_email(words, f"name of {name}")
    for uri in person.findall(f"{A}uri"):
        yield from one_address(uri.text, f"uri of {name}")


def _category(category: etree._Element) -> Iterator[str]:
    if category.get("term") is None:
        yield "MissingAttribute: term"
    elif not (category.get("term") or "").strip():
        yield "NotBlank: term"
    if (scheme := category.get("scheme")) is not None:
        yield from one_address(scheme, "scheme")
    yield from no_html(category.get("label"), "label")


def _generator(generator: etree._Element) -> Iterator[str]:
    if not (generator.text or "").strip():
        yield "NotBlank: generator"
    yield from no_html(generator.text, "generator")
    yield from one_address(generator.get("uri"), "generator", wrong="InvalidURIAttribute")


def link(link: etree._Element) -> Iterator[str]:
    relation, kind = link.get("rel", "alternate"), link.get("type")
    if not relation:
        yield "AttrNotBlank: rel"
    elif relation not in _RELATIONS:
        yield f"UnregisteredAtomLinkRel: {relation}"
    if link.get("href") is None:
        yield "MissingHref"
    else:
        yield from one_address(link.get("href"), f"link {relation}")
    if (title := link.get("title")) is not None:
        if not title.strip():
            yield "AttrNotBlank: title"
        yield from no_html(title, "title of a link")
    if kind is not None and not MEDIA_TYPE.fullmatch(kind):
        yield f"InvalidMIMEType: {kind}"
    elif relation == "self" and kind not in (None, "application/atom+xml", "application/rss+xml"):
        yield f"SelfNotAtom: {kind}"
    if (length := link.get("length")) is not None and not length.isdigit():
        yield f"InvalidNonNegativeInteger: length: {length}"
    if (link.text or "").strip() or len(link):
        yield "AtomLinkNotEmpty"


def _tombstones(feed: etree._Element, alive: set[str | None]) -> Iterator[str]:
    for gone in feed.findall(f"{AT}deleted-entry"):
        yield from one_id(gone.get("ref", ""), "ref")
        yield from one_date(gone.get("when"), "when")
        if gone.get("ref") in alive:
            yield f"DeletedEntryIsAlive: {gone.get('ref')}"
        for by in gone.findall(f"{AT}by"):
            yield from _person(by, "by")
        for comment in gone.findall(f"{AT}comment"):
            yield from text(comment, "comment")
