"""What a WordPress answers programs about its posts (wp/v2/posts) → Originals.  (pure)

developer.wordpress.org/rest-api/reference/posts: `rendered` is HTML as a browser gets it, also of a
title; `…_gmt` are UTC without saying so; `_embedded` is there where `_embed` was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from curator.importing.raw import as_raw
from curator.importing.wordpress import is_no_category
from curator.model import Access, Form, Image, Lang, LeftOut, Original, Problem
from curator.text import absolute, clean_text, fingerprint, language_tag, one_line, plain, safe_url

_ACCESS = {
    "publish": Access.PUBLIC,
    "draft": Access.DRAFT,
    "auto-draft": Access.DRAFT,
    "pending": Access.DRAFT,
    "future": Access.DRAFT,
    "private": Access.CLOSED,
}
_KEPT = (
    "id date date_gmt guid modified modified_gmt slug status type link title content excerpt author "
    "featured_media format categories tags lang locale wpml_current_locale jetpack_featured_media_url"
).split()
_KEPT_OF_AUTHOR = ("id", "name", "slug")
_KEPT_OF_TERM = ("id", "name", "slug", "taxonomy")
_KEPT_OF_MEDIA = ("id", "source_url", "alt_text", "caption", "title", "mime_type")
_BY_NUMBER = re.compile(r"\A(https?://[^?#]*?)/?(?:index\.php)?\?p=\d+\Z")
_LONGEST_TITLE = 1_000
_MOST_TAGS = 50


def originals(answer: Sequence[Any], *, place: str) -> Iterator[Original | LeftOut]:
    """The posts of one answer in its order. `place` is the file or address that it came from."""
    for position, post in enumerate(answer, start=1):
        yield _original(post, place=place, position=position)


def is_post(value: object) -> bool:
    """Whether this can be a post of an answer at all, and not what is said of an error or of a site."""
    return (
        isinstance(value, dict)
        and ("content" in value or "title" in value)
        and ("id" in value or "link" in value)
    )


def _original(post: Any, *, place: str, position: int) -> Original | LeftOut:
    if not is_post(post):
        return LeftOut(place=f"{place} #{position}", code="import_not_readable")
    number = post["id"] if isinstance(post.get("id"), int) and not isinstance(post["id"], bool) else None
    permalink = safe_url(_text(post, "link"))
    at = permalink or f"{place} #{number or position}"
    if (kind := _text(post, "type") or "post") != "post":
        return LeftOut(place=at, code="import_other_kind", data={"kind": kind[:50], "count": 1})
    status, title = _text(post, "status") or "publish", _line(_rendered(post, "title"))
    if status == "trash":
        return LeftOut(place=at, code="import_trashed", data={"title": title})
    html, whole = _body(post)
    if not (title or html or _is_protected(post)):
        return LeftOut(place=at, code="import_empty", data={"title": ""})
    embedded = post.get("_embedded")
    beside: Mapping[str, Any] = embedded if isinstance(embedded, dict) else {}
    guid = _rendered(post, "guid") or None
    raw = as_raw(_kept(post, beside))
    access = Access.CLOSED if _is_protected(post) else _ACCESS.get(status, Access.DRAFT)
    is_draft = access is Access.DRAFT  # its address and date are what they would be
    published, problems = (None, _scheduled(post)) if is_draft else _published(post)
    updated = _utc(_text(post, "modified_gmt"))
    return Original(
        form=Form.REST,
        key=guid or permalink or fingerprint(raw),
        place=at,
        title=title,
        html=html,
        raw=raw,
        guid=guid,
        permalink=None if is_draft else permalink,
        blog=_blog(post, guid=guid, permalink=permalink),
        number=number,
        published=published,
        updated=updated if updated and (published is None or updated > published) else None,
        access=access,
        author=_author(beside),
        tags=_tags(beside),
        language=_language(post),
        image=_image(post, beside, base_url=permalink),
        whole=whole,
        problems=problems,
    )


def _text(of: Mapping[str, Any], key: str) -> str:
    value = of.get(key)
    return value.strip() if isinstance(value, str) else ""


def _rendered(of: Mapping[str, Any], key: str) -> str:
    """`{"rendered": …}`; plugins and WordPress.com's older API say the text itself."""
    value = of.get(key)
    if isinstance(value, dict):
        value = value.get("rendered")
    return value.strip() if isinstance(value, str) else ""


def _line(html: str) -> str:
    return one_line(plain(html))[:_LONGEST_TITLE]


def _body(post: Mapping[str, Any]) -> tuple[str, bool]:
    """The text, and whether it is all of it: an excerpt is only how it begins."""
    if html := clean_text(_rendered(post, "content")):
        return html, True
    excerpt = clean_text(_rendered(post, "excerpt"))
    return ("", True) if _is_protected(post) else (excerpt, not excerpt)


def _published(post: Mapping[str, Any]) -> tuple[datetime | None, tuple[Problem, ...]]:
    """When it was published. A date without `_gmt` is the blog's own time, of which nobody says the zone."""
    if (moment := _utc(_text(post, "date_gmt"))) is not None:
        return moment, ()
    said = _text(post, "date")
    if _utc(said) is None:
        return None, ()
    return None, (Problem(code="import_date_doubtful", field="published", data={"stated": said[:40]}),)


def _scheduled(post: Mapping[str, Any]) -> tuple[Problem, ...]:
    """When the blog was going to publish it: nobody does that now, unless it is said."""
    moment = _utc(_text(post, "date_gmt")) or _utc(_text(post, "date"))
    if _text(post, "status") != "future" or moment is None:
        return ()
    return (Problem(code="import_scheduled", field="published", data={"at": f"{moment:%Y-%m-%d %H:%M}"}),)


def _utc(said: str) -> datetime | None:
    """Naive means UTC. None for the zeros with which WordPress says that there is none."""
    try:
        moment = datetime.fromisoformat(said)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year >= _FIRST_YEAR else None


_FIRST_YEAR = 1970


def _is_protected(post: Mapping[str, Any]) -> bool:
    return any(
        isinstance(post.get(key), dict) and post[key].get("protected") is True
        for key in ("content", "excerpt")
    ) or bool(_text(post, "password"))


def _blog(post: Mapping[str, Any], *, guid: str | None, permalink: str | None) -> str | None:
    """Its address: before what every WordPress adds to it, else the site of the post."""
    for href in (_href(post, "self"), _href(post, "collection")):
        for sign in ("/wp-json/", "/?rest_route=", "/index.php?rest_route="):
            if sign in href:
                return safe_url(href.partition(sign)[0] + "/")
    if guid and (found := _BY_NUMBER.match(guid)):
        return safe_url(found[1] + "/")
    if permalink:
        parts = urlsplit(permalink)
        return f"{parts.scheme}://{parts.netloc}/"
    return None


def _href(post: Mapping[str, Any], rel: str) -> str:
    links = post.get("_links")
    found = links.get(rel) if isinstance(links, dict) else None
    first = found[0] if isinstance(found, list) and found else None
    return _text(first, "href") if isinstance(first, dict) else ""


def _embeds(beside: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """What was embedded; a thing that may not be seen is an error in its place, which has a `code`."""
    found = beside.get(key)
    listed = found if isinstance(found, list) else []
    return [each for each in listed if isinstance(each, dict) and "code" not in each]


def _author(beside: Mapping[str, Any]) -> str | None:
    return next((name for one in _embeds(beside, "author") if (name := _line(_text(one, "name")))), None)


def _terms(beside: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    groups = beside.get("wp:term")
    for group in groups if isinstance(groups, list) else []:
        for term in group if isinstance(group, list) else []:
            if isinstance(term, dict) and term.get("taxonomy") in {"category", "post_tag"}:
                yield term


def _tags(beside: Mapping[str, Any]) -> tuple[str, ...]:
    named = (_line(_text(term, "name")) for term in _terms(beside) if not _is_unfiled(term))
    return tuple(dict.fromkeys(filter(None, named)))[:_MOST_TAGS]


def _is_unfiled(term: Mapping[str, Any]) -> bool:
    return term.get("taxonomy") == "category" and is_no_category(_text(term, "slug") or _text(term, "name"))


def _image(post: Mapping[str, Any], beside: Mapping[str, Any], *, base_url: str | None) -> Image | None:
    """The featured picture in full size; its caption is where WordPress keeps to whom it is owed."""
    for media in _embeds(beside, "wp:featuredmedia"):
        url = absolute(_text(media, "source_url"), base_url=base_url)
        if url and not (_text(media, "mime_type") or "image/").startswith(("video/", "audio/")):
            return Image(
                url=url,
                alt=one_line(_text(media, "alt_text")) or None,
                credit=_line(_rendered(media, "caption")) or _said_in_picture(media),
                named_in="featured",
            )
    url = absolute(_text(post, "jetpack_featured_media_url"), base_url=base_url)
    return Image(url=url, named_in="featured") if url else None


def _said_in_picture(media: Mapping[str, Any]) -> str | None:
    """What the file itself says of its maker (EXIF, IPTC), as WordPress read it."""
    details = media.get("media_details")
    said = details.get("image_meta") if isinstance(details, dict) else None
    if not isinstance(said, dict):
        return None
    return one_line(_text(said, "credit")) or one_line(_text(said, "copyright")) or None


def _language(post: Mapping[str, Any]) -> Lang | None:
    """Only plugins say it: Polylang `lang`, WPML `wpml_current_locale`."""
    said = next(filter(None, (_text(post, key) for key in ("lang", "wpml_current_locale", "locale"))), "")
    return language_tag(said)


def _kept(post: Mapping[str, Any], beside: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is kept for good: the post's own words, without what a plugin adds or counts at each request."""
    kept = {key: post[key] for key in _KEPT if key in post}
    kept["_embedded"] = {
        "author": [_only(one, _KEPT_OF_AUTHOR) for one in _embeds(beside, "author")],
        "wp:term": [[_only(term, _KEPT_OF_TERM) for term in _terms(beside)]],
        "wp:featuredmedia": [_only(media, _KEPT_OF_MEDIA) for media in _embeds(beside, "wp:featuredmedia")],
    }
    return kept


def _only(of: Mapping[str, Any], keys: Sequence[str]) -> Mapping[str, Any]:
    return {key: of[key] for key in keys if key in of}
