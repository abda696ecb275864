"""A feed in feedparser's words → Stated.

Both readers of XML bring their entries here in the same words, those of
feedparser's dictionaries: `lenient` because it is feedparser, `strict` because
it has to say the same. What the words mean is decided once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from curator.ingest.feeds.stated import Stated, StatedDate, StatedFeed, StatedText, one_line
from curator.model import Image, Problem
from curator.text import absolute, language_tag, safe_url
from curator.text.dates import from_numbers, in_words

_MARKUP_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_TEXT_TYPES = _MARKUP_TYPES | {"text/plain", "text/markdown", ""}
_OLDER = ("prev-archive", "next")  # RFC 5005 §4 and §3
_LONGEST_LICENSE = 300
_MOST_TTL_MINUTES = 60 * 24 * 30


def feed_of(
    feed: Any,
    entries: Sequence[Any],
    *,
    version: str,
    url: str,
    problems: tuple[Problem, ...] = (),
) -> StatedFeed:
    """`version` is the format in feedparser's word ("atom10"), `url` where the document came from."""
    inherited = tuple(_author_names(feed)) if version.startswith("atom") else ()  # RFC 4287 §4.2.1
    return StatedFeed(
        format=version,
        title=one_line(_passage(feed, "title", url=url)),
        home_url=_home(feed, url=url),
        language=language_tag(_text(feed, "language")),
        license=_license(feed, url=url),
        ttl=_ttl(feed),
        hub_url=next(_links(feed, rel="hub", url=url), None),
        topic_url=next(_links(feed, rel="self", url=url), None),
        older_url=next((found for rel in _OLDER for found in _links(feed, rel=rel, url=url)), None),
        entries=tuple(_stated(entry, url=url, inherited_authors=inherited) for entry in entries),
        problems=problems,
    )


def _stated(entry: Any, *, url: str, inherited_authors: tuple[str, ...]) -> Stated:
    title, text = _passage(entry, "title", url=url), _body(entry, url=url)
    base_url = text.base_url if text and text.base_url else url
    return Stated(
        guid=_text(entry, "id"),
        url=_link(entry, url=url),
        title=title,
        text=text,
        base_url=base_url,
        authors=tuple(_author_names(entry)) or inherited_authors,
        language=_language(entry),
        published=_date(entry, "published") or _date(entry, "created"),
        updated=_date(entry, "updated"),
        tags=tuple(
            tag.get("label") or tag.get("term") or "" for tag in _dicts(entry, "tags") if tag.get("term")
        ),
        images=tuple(_images(entry, base_url=base_url)),
        license=_license(entry, url=url),
    )


def _stated_value(of: Any, key: str) -> Any:
    """The value under exactly this key: FeedParserDict answers `updated` with `published`, and warns."""
    return dict.get(of, key)


def _text(of: Any, key: str) -> str | None:
    value = _stated_value(of, key)
    return value if isinstance(value, str) and value.strip() else None


def _dicts(of: Any, key: str) -> list[Mapping[str, Any]]:
    value = _stated_value(of, key)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _passage(of: Any, key: str, *, url: str) -> StatedText | None:
    value = _text(of, key)
    if value is None:
        return None
    detail = _stated_value(of, f"{key}_detail") or {}
    return _as_passage({"type": "text/html", **detail, "value": value}, url=url)


def _as_passage(detail: Mapping[str, Any], *, url: str) -> StatedText:
    return StatedText(
        value=detail["value"],
        is_html=(detail.get("type") or "text/html") in _MARKUP_TYPES,
        base_url=absolute(detail.get("base"), base_url=url) or url,
    )


def _body(entry: Any, *, url: str) -> StatedText | None:
    """The fullest text: markup before plain text, content before summary."""
    contents = [
        detail
        for detail in _dicts(entry, "content")
        if isinstance(detail.get("value"), str)
        and detail["value"].strip()
        and (detail.get("type") or "") in _TEXT_TYPES
    ]
    if contents:
        fullest = max(contents, key=lambda d: (d.get("type") in _MARKUP_TYPES, len(d["value"])))
        return _as_passage(fullest, url=url)
    return _passage(entry, "summary", url=url)


def _language(entry: Any) -> str | None:
    """xml:lang of the text, else of the title; feedparser has already looked up the tree."""
    details = [
        *_dicts(entry, "content"),
        *(_stated_value(entry, k) for k in ("summary_detail", "title_detail")),
    ]
    found = (detail.get("language") for detail in details if isinstance(detail, dict))
    return next((language for language in found if isinstance(language, str) and language), None)


def _link(entry: Any, *, url: str) -> str | None:
    """Where the entry can be read; FeedBurner keeps the true address beside its own, which may die."""
    original = _text(entry, "feedburner_origlink")
    if original and safe_url(original):
        return original
    stated = next(_hrefs(entry, rel="alternate"), None)
    link = _text(entry, "link") or stated
    # feedparser takes a guid for a link unless isPermaLink says otherwise; often it is a bare number.
    is_mere_guid = stated is None and link and not link.startswith(("http://", "https://", "/"))
    return None if link is None or is_mere_guid else absolute(link, base_url=url) or link


def _home(feed: Any, *, url: str) -> str | None:
    link = _text(feed, "link")
    return absolute(link, base_url=url) if link else None


def _hrefs(of: Any, *, rel: str) -> Iterator[str]:
    for link in _dicts(of, "links"):
        if link.get("rel") == rel and isinstance(link.get("href"), str):
            yield link["href"]


def _links(of: Any, *, rel: str, url: str) -> Iterator[str]:
    return (found for href in _hrefs(of, rel=rel) if (found := absolute(href, base_url=url)))


def _author_names(of: Any) -> Iterable[str]:
    authors, stated = _dicts(of, "authors"), _text(of, "author")
    if stated and len(authors) <= 1:
        # Whole: feedparser splits mail addresses off by a pattern that knows no ending longer than `.info`.
        yield stated
        return
    for author in authors:
        if isinstance(author.get("name"), str):
            yield author["name"]


def _date(entry: Any, key: str) -> StatedDate | None:
    text = _text(entry, key)
    if text is None:
        return None
    numbers = _stated_value(entry, f"{key}_parsed")
    return StatedDate(text=text, moment=from_numbers(numbers) if numbers else in_words(text))


def _license(of: Any, *, url: str) -> str | None:
    stated = next(_links(of, rel="license", url=url), None) or one_line(_passage(of, "rights", url=url))
    return stated[:_LONGEST_LICENSE] or None


def _ttl(feed: Any) -> timedelta | None:
    stated = (_text(feed, "ttl") or "").strip()
    if not stated.isdecimal() or len(stated) > len(str(_MOST_TTL_MINUTES)):
        return None
    return timedelta(minutes=min(int(stated), _MOST_TTL_MINUTES)) or None


def _images(entry: Any, *, base_url: str) -> Iterable[Image]:
    """Pictures that the entry names outside its text: Media RSS, enclosures, iTunes."""
    enclosures = [link for link in _dicts(entry, "links") if link.get("rel") == "enclosure"]
    itunes = _stated_value(entry, "image")
    named = [
        *(("media", m) for m in _dicts(entry, "media_content") if _is_picture(m)),
        *(("thumbnail", t) for t in _dicts(entry, "media_thumbnail")),
        *(("enclosure", e) for e in enclosures if _is_picture(e)),
        *([("itunes", itunes)] if isinstance(itunes, dict) else []),
    ]
    owed = _credits(entry, pictures=sum(place == "media" for place, _ in named))
    license_ = _media_license(entry, base_url=base_url)
    for position, (place, stated) in enumerate(named):
        address = absolute(stated.get("url") or stated.get("href"), base_url=base_url)
        if address:
            yield Image(
                url=address,
                credit=owed[min(position, len(owed) - 1)] if owed else None,
                license=license_,
                width=_size(stated.get("width")),
                height=_size(stated.get("height")),
                named_in=place,
            )


def _credits(entry: Any, *, pictures: int) -> list[str]:
    """To whom each picture is owed: one each where there are as many, else all of them to all."""
    said = [c["content"] for c in _dicts(entry, "media_credit") if isinstance(c.get("content"), str)]
    if len(said) > 1 and len(said) == pictures:
        return said
    return [", ".join(dict.fromkeys(" ".join(each.split()) for each in said))] if said else []


def _media_license(entry: Any, *, base_url: str) -> str | None:
    stated = _stated_value(entry, "media_license")
    if not isinstance(stated, dict):
        return None
    words = " ".join(str(stated.get("content") or "").split())[:_LONGEST_LICENSE]
    return absolute(stated.get("href"), base_url=base_url) or words or None


def _is_picture(media: Mapping[str, Any]) -> bool:
    kind, medium = str(media.get("type") or ""), str(media.get("medium") or "")
    path = str(media.get("url") or media.get("href") or "").split("?", 1)[0].lower()
    return (
        kind.startswith("image/")
        or medium == "image"
        or path.endswith((".jpg", ".jpeg", ".png", ".webp", ".gif"))
    )


def _size(stated: object) -> int | None:
    text = str(stated or "").strip()
    return int(text) if text.isdecimal() and len(text) <= 5 else None  # noqa: PLR2004  no picture is wider
