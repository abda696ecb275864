"""A publication as markup, the same in feed, page and mail; nothing foreign passes uncleaned.

Text was cleaned when it came in. It is made harmless once more here, on its
way out: an item from an older database, an import or a bug must neither run
in a reader's window nor make a document of many items unreadable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html import escape, unescape

from markupsafe import Markup

from curator import text
from curator.model import Attribution, Copy, Excerpt, Image, Origin, Publication, PublicItem, SafeHtml
from curator.publish import markup
from curator.publish.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A publication ready for readers: every text harmless, the address known, the body made once.

    `ours`: no single person wrote it, but the organisation, whose name stands as the author.
    """

    publication: Publication
    url: str
    body: Markup
    summary: str | None
    ours: bool

    @property
    def content(self) -> PublicItem:
        return self.publication.content


def show(publication: Publication, *, site: Site, whole: bool = True) -> Shown:
    """`whole` False: without its body, as lists and the search index have it."""
    content = harmless(publication.content)
    organisation = site.edition.organisation
    ours = content.author in ("", organisation)
    if ours:
        content = replace(content, author=organisation)
    return Shown(
        publication=replace(
            publication, content=content, public_note=markup.plain_line(publication.public_note)
        ),
        url=site.item_url(publication),
        body=body(content, site=site) if whole else Markup(),
        summary=summary(content),
        ours=ours,
    )


def body(content: PublicItem, *, site: Site) -> Markup:
    """Note with its label, quotation, picture and attributions: all that an entry shows but its headline."""
    picture = _picture(content.copy, site) if content.copy else None
    return site.templates.render("body.html", item=content, edition=site.edition, picture=picture)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Picture:
    """Our copy as it is shown: no wider than a column of text, which mail programs would not see to."""

    url: str
    width: int
    height: int


_COLUMN = 584  # pixels: what a letter's sheet leaves for its text


def _picture(copy: Copy, site: Site) -> _Picture:
    width = min(copy.width, _COLUMN)
    return _Picture(
        url=site.picture_url(copy), width=width, height=max(1, round(copy.height * width / copy.width))
    )


def summary(content: PublicItem) -> str | None:
    """The note as one paragraph of plain text."""
    return " ".join(content.note.split()) if content.note else None


# ── harmless ──


def harmless(content: PublicItem) -> PublicItem:
    """Nothing in it runs, calls out or breaks XML, whatever the store holds."""
    return replace(
        content,
        headline=markup.plain_line(content.headline) or _some_title(content),
        note=_text(content.note),
        author=markup.plain_line(content.author) or "",
        excerpt=_excerpt(content.excerpt, content.attributions),
        attributions=tuple(_attribution(attribution) for attribution in content.attributions),
        image=(image := _image(content.image)),
        copy=content.copy if image else None,
        tags=tuple(tag for tag in map(markup.plain_line, content.tags) if tag),
        origin=_origin(content.origin),
        correction=markup.plain_line(content.correction),
    )


def _text(words: str | None) -> str | None:
    return (text.confined(text.clean_text(words)).strip() or None) if words else None


def _some_title(content: PublicItem) -> str:
    """A headline of which nothing readable is left must not stop the other items' feed."""
    return next((title for a in content.attributions if (title := markup.plain_line(a.title))), "—")


def _address(url: str | None) -> str | None:
    """Safe, and with nothing in it that opens a door or tells whose click it was."""
    return text.safe_url(text.untracked(text.without_credentials(url))) if url else None


def _excerpt(excerpt: Excerpt | None, attributions: tuple[Attribution, ...]) -> Excerpt | None:
    if excerpt is None:
        return None
    base = next((a.url for a in attributions if a.url), None)
    clean = text.clean(excerpt.html, base_url=base)
    if _TELLING_LINK.search(clean):
        clean = SafeHtml(_TELLING_LINK.sub(_untold, clean))
    html = text.without_captions(SafeHtml(text.confined(clean)))
    words = excerpt.text if html == clean else text.plain(html)
    return replace(excerpt, html=html, text=_text(words) or "")


# One that may say more than where it leads.
_TELLING_LINK = re.compile(r'(?<= href=")[^"]*[@?][^"]*(?=")')


def _untold(found: re.Match[str]) -> str:
    return escape(_address(unescape(found[0])) or "")


def _attribution(attribution: Attribution) -> Attribution:
    return replace(
        attribution,
        title=markup.plain_line(attribution.title),
        authors=tuple(author for author in map(markup.plain_line, attribution.authors) if author),
        publisher=markup.plain_line(attribution.publisher),
        url=_address(attribution.url),
        license=markup.plain_line(attribution.license),
    )


def _image(image: Image | None) -> Image | None:
    if image is None or (url := _address(image.url)) is None:
        return None
    return replace(
        image,
        url=url,
        alt=markup.plain_line(image.alt),
        credit=markup.plain_line(image.credit),
        license=_terms(image.license),
    )


def _terms(stated: str | None) -> str | None:
    words = markup.plain_line(stated)
    return _address(words) if words and words.startswith(("https:", "http:")) else words


def _origin(origin: Origin | None) -> Origin | None:
    if origin is None or (url := _address(text.without_keys(origin.url))) is None:
        return None
    return replace(
        origin,
        url=url,
        name=markup.plain_line(origin.name) or url,
        home_url=_address(origin.home_url),
        license=markup.plain_line(origin.license),
    )
