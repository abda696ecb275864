"""The pictures that a page names for itself: in JSON-LD with credit and licence, in `<meta>`. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lxml.html import HtmlElement

from curator.model import Image
from curator.rights import completed, file_of
from curator.text import absolute, clean_text

Thing = Mapping[str, Any]

_MOST = 10
_LONGEST = 500
_LONGEST_SIZE = 5  # digits: no picture is wider


def named_pictures(
    tree: HtmlElement, own: Thing, by_id: Mapping[str, Thing], *, stated: str | None, url: str
) -> tuple[Image, ...]:
    """The likeliest first: `stated` is the one that `<meta>` names; JSON-LD may say more about it."""
    in_data = [image for thing in _named(own, by_id) if (image := _image(thing, by_id, url=url))]
    address = absolute(stated, base_url=url)
    if address is None:
        return tuple(in_data)
    of_meta = Image(
        url=address,
        alt=_meta(tree, "og:image:alt") or _meta(tree, "twitter:image:alt"),
        width=_size(_meta(tree, "og:image:width")),
        height=_size(_meta(tree, "og:image:height")),
        named_in="opengraph",
    )
    same = next((image for image in in_data if file_of(image.url) == file_of(address)), None)
    return (completed(of_meta, same) or of_meta, *(image for image in in_data if image is not same))


def _named(own: Thing, by_id: Mapping[str, Thing]) -> Iterator[Thing]:
    """What the article names as its pictures: in place, by reference into the same page, or as an address."""
    stated = own.get("image") or own.get("thumbnailUrl")
    for each in (stated if isinstance(stated, list) else [stated])[:_MOST]:
        if isinstance(each, str):
            yield by_id.get(each) or {"url": each}
        elif isinstance(each, dict):
            yield each if _address(each) else by_id.get(str(each.get("@id")), {})


def _image(thing: Thing, by_id: Mapping[str, Thing], *, url: str) -> Image | None:
    address = absolute(_address(thing), base_url=url)
    if address is None:
        return None
    license_ = _text(thing.get("license"))
    return Image(
        url=address,
        alt=_text(thing.get("caption")) or _text(thing.get("description")),
        credit=_owed(thing, by_id),
        license=absolute(license_, base_url=url) if license_ and "/" in license_ else license_,
        width=_size(thing.get("width")),
        height=_size(thing.get("height")),
        named_in="json-ld",
    )


def _owed(thing: Thing, by_id: Mapping[str, Thing]) -> str | None:
    """Its credit line, else who made it and whose it is."""
    if said := _text(thing.get("creditText")):
        return said
    names = [
        name for key in ("creator", "author", "copyrightHolder") for name in _people(thing.get(key), by_id)
    ]
    if notice := _text(thing.get("copyrightNotice")):
        names.append(notice)
    return ", ".join(dict.fromkeys(names)) or None


def _people(stated: object, by_id: Mapping[str, Thing]) -> Iterator[str]:
    for each in (stated if isinstance(stated, list) else [stated])[:_MOST]:
        if isinstance(each, dict):
            named = each if each.get("name") else by_id.get(str(each.get("@id")), {})
            if name := _text(named.get("name")):
                yield name
        elif name := _text(each):
            yield name


def _address(thing: Thing) -> str | None:
    for key in ("contentUrl", "url"):
        stated = thing.get(key)
        first = stated[0] if isinstance(stated, list) and stated else stated
        if isinstance(first, str) and first.strip():
            return first
    return None


def _text(stated: object) -> str | None:
    if isinstance(stated, list) and stated:
        stated = stated[0]
    if isinstance(stated, dict):
        stated = stated.get("url") or stated.get("@id") or stated.get("name")
    return " ".join(clean_text(stated).split())[:_LONGEST] or None if isinstance(stated, str) else None


def _size(stated: object) -> int | None:
    if isinstance(stated, dict):  # a QuantitativeValue
        stated = stated.get("value")
    words = str(stated or "").removesuffix("px").strip()
    is_size = words.isascii() and words.isdecimal() and len(words) <= _LONGEST_SIZE
    return int(words) or None if is_size else None


def _meta(tree: HtmlElement, name: str) -> str | None:
    for meta in tree.iter("meta"):
        if (meta.get("property") or meta.get("name") or "").lower() == name:
            return _text(meta.get("content"))
    return None
