"""What a feed says of a blog's posts → Originals.  (pure)"""

from __future__ import annotations

import json
from collections.abc import Iterator

from curator.importing.wordpress import is_no_category
from curator.model import Form, LeftOut, Original, ParsedEntry, ParsedFeed
from curator.text import plain, safe_url

_ENDS = ("[…]", "[...]", "…", "...")


def originals(parsed: ParsedFeed, *, place: str) -> Iterator[Original | LeftOut]:
    """The posts of one document in its order. It has to be read `as_said`; `place` is where it came from."""
    for position, entry in enumerate(parsed.entries, start=1):
        yield _original(entry, parsed, place=entry.url or f"{place} #{position}")


def goes_on(html: str) -> bool:
    """Whether a text says by its end that there is more of it: a feed may give only how posts begin."""
    return plain(html).rstrip().endswith(_ENDS)


def _original(entry: ParsedEntry, parsed: ParsedFeed, *, place: str) -> Original | LeftOut:
    html = str(entry.html) if entry.said is None else entry.said
    if not (entry.title or html.strip()):
        return LeftOut(place=place, code="import_empty", data={"title": ""})
    published = entry.published or entry.updated
    changed = entry.updated if entry.updated and published and entry.updated > published else None
    return Original(
        form=Form.FEED,
        key=entry.guid or entry.url or entry.content_key,
        place=place,
        title=entry.title,
        html=html,
        raw=_raw(entry, html),
        guid=entry.guid,
        permalink=entry.url,
        addresses=_addresses(entry),
        blog=parsed.home_url,
        published=published,
        updated=changed,
        author=", ".join(entry.authors) or None,
        tags=tuple(tag for tag in entry.tags if not is_no_category(tag)),
        language=entry.language,
        image=entry.image if entry.image and entry.image.named_in != "text" else None,
        whole=not goes_on(html),
    )


def _addresses(entry: ParsedEntry) -> tuple[str, ...]:
    """WordPress' guid is an address that leads to the post for ever: /?p=12."""
    guid = safe_url(entry.guid)
    return (guid,) if guid and guid != entry.url else ()


def _raw(entry: ParsedEntry, html: str) -> str:
    said = {
        "guid": entry.guid,
        "url": entry.url,
        "title": entry.title,
        "published": entry.published.isoformat() if entry.published else None,
        "updated": entry.updated.isoformat() if entry.updated else None,
        "authors": entry.authors,
        "tags": entry.tags,
        "image": entry.image.url if entry.image and entry.image.named_in != "text" else None,
        "html": html,
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
