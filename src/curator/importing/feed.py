"""What a feed says of a blog's posts → Originals.  (pure)"""

from __future__ import annotations

import re
from collections.abc import Iterator

from curator.importing.raw import as_raw
from curator.importing.wordpress import is_no_category
from curator.model import Form, LeftOut, Original, ParsedEntry, ParsedFeed, Problem
from curator.text import one_line, plain, safe_url

_CUT = ("[…]", "[...]")
_LEFT_OPEN = ("…", "...")
_MORE = re.compile(
    r"<a\b[^>]*\bclass=[\"'][^\"'>]*\b(?:more-link|read-?more)\b[^>]*>(?:(?!</a>).){0,500}</a>(?:\s|</\w+>)*\Z",
    re.DOTALL | re.IGNORECASE,
)
_TAIL = 2_000
# What WordPress puts in the place of a text behind a password: its form, or a sentence in its language.
_PROTECTED = re.compile(
    r"action=postpass|<input[^<>]*\bpost_password\b"
    r"|\A\s*(?:<p>)?\s*(?:There is no excerpt because this is a protected post"
    r"|Non c(?:['’]|&#8217;)è alcun riassunto perché si tratta di un articolo protetto"
    r"|Questo contenuto è protetto da password|This content is password)",
    re.IGNORECASE,
)


def originals(parsed: ParsedFeed, *, place: str) -> Iterator[Original | LeftOut]:
    """The posts of one document in its order. It has to be read `as_said`; `place` is where it came from."""
    for position, entry in enumerate(parsed.entries, start=1):
        yield _original(entry, parsed, place=entry.url or f"{place} #{position}")


def goes_on(html: str) -> bool:
    """Whether a text says by its end that there is more of it: a feed may give only how posts begin."""
    tail = html[-_TAIL:]
    words = plain(tail).rstrip()
    # A summary that WordPress made has no paragraphs; a whole text may well end in an ellipsis.
    return words.endswith(_CUT if "</p>" in tail else _CUT + _LEFT_OPEN) or _MORE.search(tail) is not None


def _original(entry: ParsedEntry, parsed: ParsedFeed, *, place: str) -> Original | LeftOut:
    html = str(entry.html) if entry.said is None else entry.said
    title = one_line(entry.title)
    if not (title or html.strip()):
        return LeftOut(place=place, code="import_empty", data={"title": ""})
    if _PROTECTED.search(html):
        return LeftOut(place=place, code="import_page_protected", data={"title": title})
    is_whole = not goes_on(html)
    # What WordPress cuts off by itself has lost its paragraphs: what was note is not to be told any more.
    problems = () if is_whole or "</p>" in html else (Problem(code="import_excerpt_only"),)
    published = entry.published or entry.updated
    changed = entry.updated if entry.updated and published and entry.updated > published else None
    return Original(
        form=Form.FEED,
        key=entry.guid or entry.url or entry.content_key,
        place=place,
        title=title,
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
        whole=is_whole,
        problems=problems,
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
    return as_raw(said)
