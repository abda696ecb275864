"""Rules of JSON Feed 1.1, which the W3C's validator does not know; all of them are ours."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from feedrules.words import BAD, MEDIA_TYPE, html, no_two, one_address, one_date, one_language

_AUTHOR = {"name": str, "url": str, "avatar": str}
_FEED = {
    "version": str,
    "title": str,
    "home_page_url": str,
    "feed_url": str,
    "description": str,
    "user_comment": str,
    "next_url": str,
    "icon": str,
    "favicon": str,
    "authors": list,
    "language": str,
    "expired": bool,
    "hubs": list,
    "items": list,
}
_ITEM = {
    "id": str,
    "url": str,
    "external_url": str,
    "title": str,
    "content_html": str,
    "content_text": str,
    "summary": str,
    "image": str,
    "banner_image": str,
    "date_published": str,
    "date_modified": str,
    "authors": list,
    "tags": list,
    "language": str,
    "attachments": list,
}
_ATTACHMENT = {"url": str, "mime_type": str, "title": str, "size_in_bytes": int, "duration_in_seconds": int}
_HUB = {"type": str, "url": str}


def json_findings(document: bytes, *, self_url: str) -> list[str]:
    """What is wrong with this JSON Feed."""
    try:
        feed = json.loads(document, object_pairs_hook=_once)
    except ValueError as error:
        return [f"JsonError: {error}"]
    if not isinstance(feed, dict):
        return ["JsonError: no object"]
    return list(_feed(feed, self_url))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name twice in one object")
    return dict(pairs)


def _feed(feed: dict[str, Any], self_url: str) -> Iterator[str]:
    yield from _object(feed, _FEED, "feed", needs=("version", "title", "items", "language", "authors"))
    if feed.get("version") != "https://jsonfeed.org/version/1.1":
        yield f"JsonVersion: {feed.get('version')}"
    if feed.get("feed_url") != self_url:
        yield f"JsonSelf: {feed.get('feed_url')}"
    if feed.get("next_url") == self_url:
        yield "JsonNextIsSelf"
    for name in ("home_page_url", "feed_url", "next_url", "icon", "favicon"):
        yield from _url(feed, name)
    for hub in _objects(feed.get("hubs")):
        yield from _object(hub, _HUB, "hub", needs=("type", "url"))
        yield from _url(hub, "url")
    yield from _language(feed)
    yield from _authors(feed)
    items = list(_objects(feed.get("items")))
    yield from no_two("JsonDuplicateId", (item.get("id") for item in items))
    for item in items:
        yield from _item(item)


def _item(item: dict[str, Any]) -> Iterator[str]:
    yield from _object(item, _ITEM, "item", needs=("id", "url", "content_html", "date_published"))
    for name in ("url", "external_url", "image", "banner_image"):
        yield from _url(item, name)
    for name in ("date_published", "date_modified"):
        if name in item:
            yield from (f"Json{found}" for found in one_date(str(item[name]), name))
    yield from (f"Json{found}" for found in html(str(item.get("content_html", "")), "content_html"))
    yield from _language(item)
    yield from _authors(item)
    if any(not isinstance(tag, str) or not tag for tag in item.get("tags") or ()):
        yield f"JsonType: tags: {item['tags']}"
    for attachment in _objects(item.get("attachments")):
        yield from _object(attachment, _ATTACHMENT, "attachment", needs=("url", "mime_type"))
        yield from _url(attachment, "url")
        if not MEDIA_TYPE.fullmatch(str(attachment.get("mime_type"))):
            yield f"JsonMediaType: {attachment.get('mime_type')}"


def _object(
    value: Mapping[str, Any], names: Mapping[str, type], what: str, *, needs: tuple[str, ...]
) -> Iterator[str]:
    for name in needs:
        if name not in value:
            yield f"JsonMissing: {name} of {what}"
    for name, said in value.items():
        if name.startswith("_"):
            if not isinstance(said, dict):
                yield f"JsonExtension: {name}"
        elif name not in names:
            yield f"JsonUnknown: {name} of {what}"
        elif type(said) is not names[name]:
            yield f"JsonType: {name} of {what}: {said!r}"
        elif not said and name not in ("items", "content_html"):
            yield f"JsonEmpty: {name} of {what}"
        if isinstance(said, str) and BAD.search(said.replace("\ufffd", "")):
            yield f"JsonBadCharacters: {name} of {what}"


def _objects(value: object) -> Iterator[dict[str, Any]]:
    for each in value if isinstance(value, list) else ():
        yield each if isinstance(each, dict) else {}


def _url(value: dict[str, Any], name: str) -> Iterator[str]:
    if name in value:
        yield from (f"JsonAddress: {found}" for found in one_address(str(value[name]), name))


def _language(value: dict[str, Any]) -> Iterator[str]:
    if "language" in value:
        yield from (f"Json{found}" for found in one_language(str(value["language"]), "language"))


def _authors(value: dict[str, Any]) -> Iterator[str]:
    if "authors" in value and not value["authors"]:
        yield "JsonNoAuthor"
    for author in _objects(value.get("authors")):
        if not author.keys() & {"name", "url", "avatar"}:
            yield "JsonNoAuthor"
        yield from _object(author, _AUTHOR, "author", needs=())
        yield from _url(author, "url")
