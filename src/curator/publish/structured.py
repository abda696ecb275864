"""What a page says to programs, as schema.org has it: whose each word is, as it stands there for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from markupsafe import Markup

from curator.model import UNDATED, Attribution, Image, PublicItem
from curator.publish.around import Around, Translation
from curator.publish.markup import title_language
from curator.publish.showing import Shown
from curator.publish.site import FEED_NAMES, FEED_TYPES, SEARCH, Channel, Site
from curator.rights import license_address

Said = dict[str, Any]


def script(said: Mapping[str, Any]) -> Markup:
    """As the content of a script element: nothing in it can end the element, whatever an item says."""
    written = msgspec.json.encode({"@context": "https://schema.org", **said}).decode()
    for mark, escaped in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        written = written.replace(mark, escaped)
    return Markup(written)  # noqa: S704  no character of markup is left in it


def article(shown: Shown, *, site: Site, around: Around) -> Said:
    """An item: ours are headline and note; what is quoted is cited with its own authors and terms."""
    content, publication = shown.content, shown.publication
    return _said(
        {
            "@type": "BlogPosting",
            "@id": publication.atom_id,
            "url": shown.url,
            "mainEntityOfPage": shown.url,
            "headline": content.headline,
            "description": shown.summary,
            "inLanguage": content.language,
            "datePublished": _when(publication.published_at),
            "dateModified": _when(publication.updated_at),
            "author": _publisher(site) if shown.ours else {"@type": "Person", "name": content.author},
            "publisher": _publisher(site),
            "isPartOf": _website(site),
            "isBasedOn": [a.url for a in content.attributions if a.url],
            "citation": [_cited(a, content, n) for n, a in enumerate(content.attributions)],
            **_pictured(content, site),
            "keywords": list(content.tags),
            "correction": _corrected(content),
            **_translated(around.translations, site),
        }
    )


def front(site: Site, channel: Channel, shown: Sequence[Shown]) -> Said:
    """The site itself, and what its newest entries are."""
    return _said(
        {
            "@type": "WebSite",
            "@id": site.home_url,
            "url": site.home_url,
            "name": site.edition.title,
            "description": site.edition.subtitle,
            "inLanguage": site.edition.language,
            "publisher": _publisher(site),
            "potentialAction": {
                "@type": "SearchAction",
                "target": {
                    "@type": "EntryPoint",
                    "urlTemplate": f"{site.page_url(SEARCH)}?q={{search_term_string}}",
                },
                "query-input": "required name=search_term_string",
            },
            "hasPart": _feed(site, channel, shown),
        }
    )


def _feed(site: Site, channel: Channel, shown: Sequence[Shown]) -> Said:
    return {
        "@type": "DataFeed",
        "@id": site.channel_id(channel),
        "name": site.edition.title,
        "inLanguage": site.edition.language,
        "distribution": [
            {
                "@type": "DataDownload",
                "name": FEED_NAMES[file],
                "encodingFormat": media_type,
                "contentUrl": site.url(channel.path(file)),
            }
            for file, media_type in FEED_TYPES.items()
        ],
        "dataFeedElement": [_element(each) for each in shown],
    }


def _element(shown: Shown) -> Said:
    publication = shown.publication
    return {
        "@type": "DataFeedItem",
        **_said(
            {
                "dateCreated": _when(publication.published_at),
                "dateModified": _when(publication.updated_at),
            }
        ),
        "item": {
            "@type": "BlogPosting",
            "@id": publication.atom_id,
            "url": shown.url,
            "headline": shown.content.headline,
            "inLanguage": shown.content.language,
        },
    }


def collection(site: Site, channel: Channel, *, name: str, path: str) -> Said:
    """The items of one topic, language or source."""
    return _said(
        {
            "@type": "CollectionPage",
            "url": site.page_url(path),
            "name": name,
            "inLanguage": site.edition.language,
            "isPartOf": _website(site),
            "publisher": _publisher(site),
            "about": {"@type": "Thing", "name": channel.name} if channel.name else None,
        }
    )


def _when(instant: datetime) -> str | None:
    return instant.isoformat() if instant > UNDATED else None


# ── who ──


def _publisher(site: Site) -> Said:
    return {"@type": "Organization", "name": site.edition.organisation, "url": site.top_url}


def _website(site: Site) -> Said:
    return {"@type": "WebSite", "@id": site.home_url, "name": site.edition.title}


def _cited(attribution: Attribution, content: PublicItem, position: int) -> Said:
    language = title_language(content, position)
    return _said(
        {
            "@type": "CreativeWork",
            "name": attribution.title,
            "author": [{"@type": "Person", "name": name} for name in attribution.authors],
            "publisher": {"@type": "Organization", "name": attribution.publisher}
            if attribution.publisher
            else None,
            "url": attribution.url,
            "license": license_address(attribution.license) or attribution.license,
            "inLanguage": language if language != "und" else None,
        }
    )


# ── picture, correction, translations ──


def _pictured(content: PublicItem, site: Site) -> Said:
    """`image` is what we show. A picture that is only linked is offered to nobody as ours."""
    if content.image is None:
        return {}
    about = _about_picture(content.image)
    if copy := content.copy:
        shown = {
            "contentUrl": site.picture_url(copy),
            "width": copy.width,
            "height": copy.height,
            "encodingFormat": copy.media_type,
        }
        return {"image": _said(about | shown)}
    return {"associatedMedia": _said(about | {"url": content.image.url})}


def _about_picture(image: Image) -> Said:
    return {
        "@type": "ImageObject",
        "caption": image.alt,
        "creditText": image.credit,
        "license": license_address(image.license) or image.license,
        "acquireLicensePage": image.url,
    }


def _corrected(content: PublicItem) -> Said | None:
    if not (content.correction and content.corrected_at):
        return None
    return {
        "@type": "CorrectionComment",
        "text": content.correction,
        "datePublished": content.corrected_at.isoformat(),
        "inLanguage": content.language,
    }


def _translated(translations: Sequence[Translation], site: Site) -> Said:
    """The default edition's version is the one that the others are of."""
    said: Said = {}
    for one in translations:
        work = {"@type": "BlogPosting", "url": one.url, "headline": one.title, "inLanguage": one.language}
        if one.default and not site.edition.default:
            said["translationOfWork"] = work
        else:
            said.setdefault("workTranslation", []).append(work)
    return said


def _said(all_of_it: Said) -> Said:
    """What is not known is not said."""
    return {name: value for name, value in all_of_it.items() if value not in (None, "", [])}
