"""The picture of an entry: the one its source names, else the first that its text shows."""

from __future__ import annotations

import dataclasses
import html as entities
import re
from collections.abc import Iterator, Sequence

from curator import rights
from curator.ingest.feeds import captions
from curator.model import Image, SafeHtml
from curator.text import clean_text, safe_url
from curator.text.markup import End, Start, Text, tokens

_SMALLEST = 60  # pixels; below that it is an icon, a smiley or a share button
_DECORATION = re.compile(
    r"gravatar\.com|/emoji/|/smil(?:ey|ie)s?/|/s\.w\.org/|feedburner|/icons?/|badge|spacer", re.IGNORECASE
)
_PERSON = re.compile(r"gravatar\.com/|/avatars?/", re.IGNORECASE)  # WordPress names its author's first
# A line of its own that is one, beside a picture that has none; `Embed from Getty Images` is all that is
# left of a frame.
_CREDIT_LINE = re.compile(
    r"<(p|div|figcaption|em|a|li)(?: [^>]*)?>\s{0,20}"
    r"((?:(?:photo |image |foto )?credits?\s?:|embed from getty)[^<>]{0,160})</\1>",
    re.IGNORECASE,
)
# The name of a bought or a downloaded file that was welded into the text when its picture went.
_WELDED = re.compile(
    r"(?:istock|gettyimages|shutterstock|adobestock|fotolia|dreamstime|depositphotos|bigstock)[_-]\w{0,30}\d{5,12}\w{0,20}"
    r"|\b\d{6,12}_?(?:hi-?res|x{0,3}large)\b|\b[\w-]{1,80}-[\w-]{11}-unsplash\b|\b\d{8,11}_[0-9a-f]{10}\b",
    re.IGNORECASE,
)
_LONGEST = 500
_SOURCES = re.compile(r'<img [^>]*?src="([^"]*)"')
_WITH_PICTURES = re.compile(r"<figure(?: [^>]*)?>.*?</figure>|<img [^>]*>", re.DOTALL)


def picture_of(stated: Sequence[Image], html: SafeHtml) -> Image | None:
    """The first usable picture, with the alt text, credit and licence that source or text state for it."""
    shown = list(_shown(html)) if stated else _shown(html)
    for image in stated:
        url = safe_url(image.url)
        if url is None or _is_small(image) or _PERSON.search(url):
            continue
        same = next((other for other in shown if rights.file_of(other.url) == rights.file_of(url)), None)
        return _known(
            dataclasses.replace(
                image,
                url=url,
                alt=_line(image.alt) or (same.alt if same else None),
                credit=_line(image.credit) or (same.credit if same else None),
                license=_line(image.license) or (same.license if same else None),
                file_name=image.file_name or (same.file_name if same else None),
            ),
            html,
        )
    first = next(
        (image for image in shown if not _is_small(image) and not _DECORATION.search(image.url)), None
    )
    return first and _known(first, html)


def _known(image: Image, html: SafeHtml) -> Image:
    """With what the text around says of it. Of several pictures nobody could say which one is meant."""
    if rights.is_file_name(image.alt or ""):
        image = dataclasses.replace(image, alt=None, file_name=image.alt)
    if len(set(_SOURCES.findall(html))) > 1:
        return image
    if image.credit is None and (line := _CREDIT_LINE.search(html)):
        image = dataclasses.replace(image, credit=_line(entities.unescape(line[2])))
    if image.file_name is None and (welded := _WELDED.search(html)):
        image = dataclasses.replace(image, file_name=_line(welded[0]))
    return image


def _shown(html: SafeHtml) -> Iterator[Image]:
    """The pictures in a text, each with its alt text and the credit in its figure's caption."""
    for part in _WITH_PICTURES.finditer(html):
        if part[0].count("<figure") > 1:  # one within another: only the whole shows whose caption is whose
            yield from _shown_in(html[part.start() :])
            return
        if "<img" in part[0]:
            yield from _shown_in(part[0])


def _shown_in(html: str) -> Iterator[Image]:
    figure: list[Image] | None = None
    caption: list[str] | None = None
    licence: str | None = None
    for token in tokens(html):
        match token:
            case Start("figure"):
                figure, caption, licence = [], None, None
            case Start("figcaption"):
                caption = []
            case Start("img", attributes):
                image = Image(
                    url=attributes["src"],
                    alt=_line(attributes.get("alt")) or _line(attributes.get("title")),
                    width=int(attributes.get("width") or 0) or None,
                    height=int(attributes.get("height") or 0) or None,
                    named_in="text",
                )
                if figure is None:
                    yield image
                else:
                    figure.append(image)
            case Start("a", attributes) if caption is not None:
                licence = licence or _known_licence(attributes.get("href"))
            case Text() if caption is not None:
                caption.append(token.text)
            case End("figure") if figure is not None:
                yield from (_captioned(image, "".join(caption or ()), licence=licence) for image in figure)
                figure = caption = None
            case _:
                pass


def _captioned(image: Image, caption: str, *, licence: str | None) -> Image:
    """A caption may be no more than the name of the file."""
    said = _line(caption)
    if said and rights.is_file_name(said):
        return dataclasses.replace(image, file_name=said, license=licence)
    read = captions.read(said or "")
    return dataclasses.replace(
        image, alt=image.alt or read.shown, credit=read.credit, license=licence or read.license
    )


def _known_licence(url: str | None) -> str | None:
    return url if rights.license_family(url) else None


def _is_small(image: Image) -> bool:
    return any(side is not None and side < _SMALLEST for side in (image.width, image.height))


def _line(text: str | None) -> str | None:
    return " ".join(clean_text(text or "").split())[:_LONGEST] or None
