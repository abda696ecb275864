"""The picture of an entry: the one its source names, else the first that its text shows."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from curator.model import Image, SafeHtml
from curator.text import clean_text, safe_url
from curator.text.markup import End, Start, Text, tokens

_SMALLEST = 60  # pixels; below that it is an icon, a smiley or a share button
_DECORATION = re.compile(
    r"gravatar\.com|/emoji/|/smil(?:ey|ie)s?/|/s\.w\.org/|feedburner|/icons?/|badge|spacer", re.IGNORECASE
)
# A caption is a credit only where it says so (PHENOMENA 24-28 has its many forms).
_CREDIT = re.compile(
    r"©|\(c\)"
    r"|\b(?:credits?|photo(?:graph)?s?|fotos?|image|immagine|bild)\s*(?::|by\b|di\b|von\b|courtesy)"
    r"|\b(?:getty images|unsplash|shutterstock|istock(?:photo)?|pexels|pixabay|flickr|adobe ?stock)\b",
    re.IGNORECASE,
)
_LONGEST = 500
_WITH_PICTURES = re.compile(r"<figure(?: [^>]*)?>.*?</figure>|<img [^>]*>", re.DOTALL)


def picture_of(stated: Sequence[Image], html: SafeHtml) -> Image | None:
    """The first usable picture, with the alt text and credit that source or text state for it."""
    shown = list(_shown(html)) if stated else _shown(html)
    for image in stated:
        url = safe_url(image.url)
        if url is None or _is_small(image):
            continue
        same = next((other for other in shown if _name(other.url) == _name(url)), None)
        return dataclasses.replace(
            image,
            url=url,
            alt=_line(image.alt) or (same.alt if same else None),
            credit=_line(image.credit) or (same.credit if same else None),
        )
    return next(
        (image for image in shown if not _is_small(image) and not _DECORATION.search(image.url)), None
    )


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
    for token in tokens(html):
        match token:
            case Start("figure"):
                figure, caption = [], None
            case Start("figcaption"):
                caption = []
            case Start("img", attributes):
                image = Image(
                    url=attributes["src"],
                    alt=_line(attributes.get("alt")) or _line(attributes.get("title")),
                    width=int(attributes.get("width") or 0) or None,
                    height=int(attributes.get("height") or 0) or None,
                )
                if figure is None:
                    yield image
                else:
                    figure.append(image)
            case Text() if caption is not None:
                caption.append(token.text)
            case End("figure") if figure is not None:
                said = _line("".join(caption or ()))
                credit = said if said and _CREDIT.search(said) else None
                yield from (dataclasses.replace(image, credit=credit) for image in figure)
                figure = caption = None
            case _:
                pass


def _is_small(image: Image) -> bool:
    return any(side is not None and side < _SMALLEST for side in (image.width, image.height))


def _name(url: str) -> str:
    """The file's name without the size that WordPress and others append (`-300x200`)."""
    return re.sub(r"-\d+x\d+(?=\.\w+$)", "", urlsplit(url).path.rsplit("/", 1)[-1])


def _line(text: str | None) -> str | None:
    return " ".join(clean_text(text or "").split())[:_LONGEST] or None
