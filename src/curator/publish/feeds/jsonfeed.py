"""JSON Feed 1.1; what it has no word for stands under `_curator`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from curator.model import Attribution, Image, PublicItem
from curator.publish import markup
from curator.publish.feeds import entries as of_entry
from curator.publish.feeds.heads import GENERATOR_URL, FeedHead
from curator.publish.feeds.saying import uri
from curator.publish.showing import Shown
from curator.publish.site import ICON, Site

_VERSION = "https://jsonfeed.org/version/1.1"


def json_feed(head: FeedHead, items: Iterable[bytes]) -> bytes:
    """`next_url` leads to what is older."""
    site = head.site
    feed = _said(
        {
            "version": _VERSION,
            "title": head.title,
            "home_page_url": head.page_url,
            "feed_url": head.url,
            "description": head.subtitle,
            "next_url": site.url(head.previous) if head.previous else None,
            "icon": site.url(ICON),
            "favicon": site.url(ICON),
            "language": head.language,
            "authors": [{"name": site.edition.organisation, "url": site.home_url}],
            "hubs": [{"type": "WebSub", "url": hub} for hub in head.hubs],
            "_curator": _said({"about": GENERATOR_URL, "id": head.id, "updated": head.updated.isoformat()}),
        }
    )
    start = _json(feed)[:-1] + b',"items":['
    return b"\n".join([start, b",\n".join(items), b"]}\n"])


def json_item(shown: Shown, site: Site) -> bytes:
    content, publication = shown.content, shown.publication
    first = next((a for a in content.attributions if a.url), None)
    image, copy = content.image, content.copy
    picture = site.picture_url(copy) if image and copy else None
    item = {
        "id": publication.atom_id,
        "url": uri(shown.url),
        "external_url": uri(first.url or "") if first else None,
        "title": content.headline,
        "content_html": str(shown.body),
        "summary": shown.summary,
        "image": picture,
        "date_published": publication.published_at.isoformat(),
        "date_modified": publication.updated_at.isoformat(),
        "authors": [_said({"name": content.author, "url": site.home_url if shown.ours else None})],
        "tags": list(content.tags),
        "language": content.language,
        "attachments": [
            _said(
                {
                    "url": picture,
                    "mime_type": copy.media_type,
                    "title": image.credit,
                    "size_in_bytes": copy.length,
                }
            )
        ]
        if image and copy
        else [],
        "_curator": _curator(content, site),
    }
    return _json(_said(item))


def _curator(content: PublicItem, site: Site) -> Mapping[str, Any]:
    excerpt, origin = content.excerpt, content.origin
    return _said(
        {
            "about": GENERATOR_URL,
            # `language` of the item is that of headline and note.
            "content_language": site.edition.language if content.language != site.edition.language else None,
            "excerpt_language": excerpt.language if excerpt else None,
            "excerpt": {"html": excerpt.html, "text": excerpt.text, "truncated": excerpt.truncated}
            if excerpt
            else None,
            "attributions": [_attribution(content, n, a) for n, a in enumerate(content.attributions)],
            "source": _said(
                {
                    "title": origin.name,
                    "feed_url": origin.url,
                    "home_page_url": origin.home_url,
                    "license": origin.license,
                    "updated": origin.updated.isoformat() if origin.updated else None,
                }
            )
            if origin
            else None,
            "rights": of_entry.rights(content),
            "image": _image(content.image) if content.image else None,
            "correction": {"text": content.correction, "date": content.corrected_at.isoformat()}
            if content.correction and content.corrected_at
            else None,
        }
    )


def _attribution(content: PublicItem, position: int, attribution: Attribution) -> Mapping[str, Any]:
    return _said(
        {
            "title": attribution.title,
            "language": markup.title_language(content, position) if attribution.title else None,
            "authors": list(attribution.authors),
            "publisher": attribution.publisher,
            "url": attribution.url,
            "license": attribution.license,
        }
    )


def _image(image: Image) -> Mapping[str, Any]:
    return _said({"url": image.url, "alt": image.alt, "credit": image.credit, "license": image.license})


def _said(words: Mapping[str, Any]) -> dict[str, Any]:
    """Without what there is nothing to say of."""
    return {name: value for name, value in words.items() if value not in (None, [], {})}


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
