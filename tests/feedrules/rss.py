"""Rules of RSS 2.0, its Best Practices Profile and its modules."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from feedrules.atom import link
from feedrules.names import DC, MEDIA, TERMS, A, C
from feedrules.words import (
    MEDIA_TYPE,
    html,
    no_html,
    no_two,
    one_address,
    one_date,
    one_language,
    one_mail_date,
)

_ONE_MEANING = {
    "author": f"{DC}creator",
    "category": f"{DC}subject",
    "guid": f"{A}id",
    "pubDate": f"{DC}date",
    "source": f"{DC}source",
}
_HEAD_ONE_MEANING = {"lastBuildDate": f"{TERMS}modified", "copyright": f"{DC}rights"}
# localhost: of a newsroom that nobody has given an address yet.
_LAST_IS_ELSEWHERE = re.compile(r'<img\s[^>]*src=(?!"https?://|[^>]*src=)')
_OUR_HOST = re.compile(r"https?://(localhost|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+)(:\d+)?(/|$)")


def rss(rss: etree._Element, self_url: str) -> Iterator[str]:
    if rss.get("version") is None:
        yield "MissingAttribute: version"
    elif rss.get("version") != "2.0":
        yield f"InvalidRSSVersion: {rss.get('version')}"
    for channel in rss.findall("channel"):
        yield from _channel(channel, self_url)
        items = channel.findall("item")
        yield from no_two("DuplicateValue", (item.findtext("guid") for item in items))
        for item in items:
            yield from _item(item)


def _channel(channel: etree._Element, self_url: str) -> Iterator[str]:
    for name in ("title", "description"):
        for words in channel.findall(name):
            yield from _plain(words.text, name)
    if not (channel.findtext("title") or "").strip():
        yield "NotBlank: title"
    yield from one_address(channel.findtext("link"), "link")
    yield from one_language(channel.findtext("language"), "language")
    for name in ("lastBuildDate", "pubDate"):
        for date in channel.findall(name):
            yield from one_mail_date(date.text, name)
    if (ttl := channel.findtext("ttl")) is not None and (not ttl.isdigit() or ttl == "0"):
        yield f"InvalidPositiveInteger: ttl: {ttl}"
    yield from _twice("DuplicateSemantics", channel, _HEAD_ONE_MEANING)
    yield from _channel_links(channel, self_url)
    began = False
    for child in channel:
        began = began or child.tag == "item"
        if began and child.tag != "item":
            yield f"MisplacedItem: before {child.tag!r}"


def _channel_links(channel: etree._Element, self_url: str) -> Iterator[str]:
    if channel.findtext("link") == self_url:
        yield "FeedLinkIsNotThePage"
    selves = []
    for each in channel.findall(f"{A}link"):
        yield from link(each)
        selves += [each.get("href")] if each.get("rel") == "self" else []
    if not selves:
        yield "MissingAtomSelfLink"
    elif selves != [self_url]:
        yield f"SelfDoesntMatchLocation: {selves}"


def _item(item: etree._Element) -> Iterator[str]:
    yield from _texts(item)
    yield from one_address(item.findtext("link"), "link")
    yield from _guid(item)
    yield from _dates(item)
    yield from _modules(item)
    yield from _twice("DuplicateItemSemantics", item, _ONE_MEANING)
    for contact in item.findall("author"):
        if not re.fullmatch(r"[^@\s]+@[^@\s]+ \(.+\)", contact.text or ""):
            yield f"InvalidContact: {contact.text}"
    for each in item.findall(f"{A}link"):
        yield from link(each)
        yield from _plain(each.get("title"), "title of a link")
    if len(enclosures := item.findall("enclosure")) > 1:
        yield "DuplicateEnclosure"
    for enclosure in enclosures:
        yield from _enclosure(enclosure)


def _dates(item: etree._Element) -> Iterator[str]:
    for date in item.findall("pubDate"):
        yield from one_mail_date(date.text, "pubDate")
    for date in (*item.findall(f"{A}updated"), *item.findall(f"{A}published")):
        yield from one_date(date.text, "atom date")
    for date in item.findall(f"{TERMS}modified"):
        if list(one_date(date.text, "")):
            yield f"InvalidW3CDTFDate: {date.text}"


def _guid(item: etree._Element) -> Iterator[str]:
    if (guid := item.find("guid")) is None:
        yield "MissingGuid"
        return
    permanent = guid.get("isPermaLink")
    if permanent not in ("true", "false", None):
        yield f"InvalidBooleanAttribute: {permanent}"
    elif permanent != "false" and (guid.text or "").startswith("tag:"):
        yield f"InvalidPermalink: {guid.text}"


def _texts(item: etree._Element) -> Iterator[str]:
    """`description` and content:encoded are HTML; where what one means, the other must not come first."""
    if item.find("title") is None and item.find("description") is None:
        yield "ItemMustContainTitleOrDescription"
    for words in item.findall("title"):
        yield from _plain(words.text, "title")
        if not (words.text or "").strip():
            yield "NotBlank: title"
    names = [child.tag for child in item]
    if f"{C}encoded" in names and "description" not in names[: names.index(f"{C}encoded")]:
        yield "NeedDescriptionBeforeContent"
    for name in ("description", f"{C}encoded"):
        said = str(item.findtext(name) or "")
        yield from html(said, name)
        # The validator takes the last in a tag for the address, though it stands in what a picture shows.
        if _LAST_IS_ELSEWHERE.search(said):
            yield f"ContainsRelRef: {name}"


def _modules(item: etree._Element) -> Iterator[str]:
    for language in item.findall(f"{DC}language"):
        yield from one_language(language.text, "dc:language")
    for words in item.findall(f"{DC}rights"):
        yield from _plain(words.text, "dc:rights")
    for source in item.findall("source"):
        yield from _plain(source.text, "source")
        if source.get("url") is None:
            yield "MissingAttribute: url"
        else:
            yield from one_address(source.get("url"), "source")
    for category in item.findall("category"):
        yield from _plain(category.text, "category")
        if not (category.text or "").strip():
            yield "NotBlank: category"
    for media in item.findall(f"{MEDIA}content"):
        yield from _media(media)


def _media(media: etree._Element) -> Iterator[str]:
    yield from one_address(media.get("url"), "media")
    for name in ("fileSize", "width", "height"):
        if not (media.get(name) or "").isdigit() or media.get(name) == "0":
            yield f"InvalidPositiveInteger: {name}"
    if media.get("medium") not in ("image", "audio", "video", "document", "executable"):
        yield f"InvalidMediaMedium: {media.get('medium')}"
    if not MEDIA_TYPE.fullmatch(media.get("type") or ""):
        yield f"InvalidMIMEAttribute: {media.get('type')}"
    for words in media.iter(f"{MEDIA}title", f"{MEDIA}description"):
        if words.get("type", "plain") not in ("plain", "html"):
            yield f"InvalidMediaTextType: {words.get('type')}"
        elif words.get("type") != "html":
            yield from _plain(words.text, "media", rule="ContainsUndeclaredHTML")
    for words in media.findall(f"{MEDIA}copyright"):
        yield from _plain(words.text, "copyright")
        if words.get("url") is not None:
            yield from one_address(words.get("url"), "copyright")


def _enclosure(enclosure: etree._Element) -> Iterator[str]:
    for name in ("url", "length", "type"):
        if enclosure.get(name) is None:
            yield f"MissingAttribute: {name}"
    length = enclosure.get("length", "1")
    if length == "-1":
        yield "UseZeroForUnknown"
    elif not length.isdigit():
        yield f"InvalidIntegerAttribute: {length}"
    if not MEDIA_TYPE.fullmatch(enclosure.get("type", "image/jpeg")):
        yield f"InvalidMIMEAttribute: {enclosure.get('type')}"
    if not _OUR_HOST.match(enclosure.get("url") or ""):
        yield f"InvalidURLAttribute: {enclosure.get('url')}"


def _plain(words: str | None, name: str, *, rule: str = "ContainsHTML") -> Iterator[str]:
    """Text of which RSS does not say whether it is HTML. Where `&` is in hexadecimal, it is, and is meant."""
    wrong = list(no_html(words, name, rule=rule))
    yield from wrong
    if not wrong and re.search(r"&#[x0-9]|<[/a-zA-Z]", words or ""):
        yield f"CharacterData: {name}"


def _twice(rule: str, parent: etree._Element, meanings: dict[str, str]) -> Iterator[str]:
    for core, module in meanings.items():
        if parent.find(core) is not None and parent.find(module) is not None:
            yield f"{rule}: {core}"
