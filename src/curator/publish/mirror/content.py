"""A publication as the mirror is to have it.  (pure)"""

from __future__ import annotations

from markupsafe import Markup, escape

from curator.model import UNKNOWN_LANGUAGE, Attribution, Image, Publication, PublicItem, Wanted, WantedPicture
from curator.publish import labels, markup
from curator.publish.mirror import inert
from curator.publish.showing import harmless, summary
from curator.rights import license_address
from curator.settings import Edition
from curator.text import SLUG_LENGTH

_END = 8  # characters of the ULID: forty bits that two publications hardly share
MOST_SLUG = 190
"""WordPress cuts a slug at 200, and puts `__trashed` behind it."""


def mirror_slug(slug: str, ulid: str) -> str:
    """Decided before anything is asked, the same each time, and nobody else's there."""
    return f"{slug[: min(SLUG_LENGTH, MOST_SLUG - _END - 1)].rstrip('-')}-{ulid[-_END:].lower()}".lstrip("-")


def wanted_of(publication: Publication, *, edition: Edition) -> Wanted:
    """Title, quotation, note, credits; the picture apart, since themes show it where they will."""
    if publication.withdrawn_at is not None:
        return _withdrawn(publication, edition)
    content = harmless(publication.content)
    parts = [
        _note(content, edition),
        _quotation(content, edition),
        _more(content, edition),
        _picture(content, edition),
        *(_attribution(content, position, edition) for position in range(len(content.attributions))),
        _correction(content, edition),
    ]
    whole = Markup("\n").join(part for part in parts if part)
    return Wanted(
        title=inert.heading(content.headline),
        content=inert.block(Markup('<div lang="{}">\n{}\n</div>').format(edition.language, whole)),
        excerpt=inert.words(markup.shortened(summary(content) or "")),
        tags=content.tags,
        picture=_featured(content, edition),
    )


def _withdrawn(publication: Publication, edition: Edition) -> Wanted:
    when = publication.withdrawn_at or publication.updated_at
    said = Markup('<div lang="{}">\n<p><strong>{}</strong> ({})</p>\n{}</div>').format(
        edition.language,
        labels.say(edition, "withdrawn"),
        labels.day(edition, when),
        Markup("<p>{}</p>\n").format(note)
        if (note := markup.plain_line(publication.public_note))
        else Markup(),
    )
    return Wanted(
        title=inert.heading(labels.label(edition, "withdrawn")), content=inert.block(said), excerpt=""
    )


# ── parts, as templates/body.html orders them ──


def _note(content: PublicItem, edition: Edition) -> Markup | None:
    if not content.note:
        return None
    said = []
    label = Markup("<strong{}>{}:</strong> ").format(
        _lang(edition.language) if content.language != edition.language else "",
        labels.say(edition, "note_label"),
    )
    for lines in markup.paragraphs(markup.unlabelled(content.note, edition.note_label)):
        said.append(Markup("<p>{}{}</p>").format(label, Markup("<br>").join(lines)))
        label = Markup()
    return Markup('<div class="note"{}>{}</div>').format(_lang(content.language), Markup("\n").join(said))


def _quotation(content: PublicItem, edition: Edition) -> Markup | None:  # noqa: ARG001 - as its sisters
    if content.excerpt is None:
        return None
    url = content.attributions[0].url if content.attributions else None
    cite = Markup(' cite="{}"').format(url) if url else ""
    return Markup('<blockquote class="excerpt"{}{}>{}</blockquote>').format(
        _lang(content.excerpt.language), cite, markup.quotation(content.excerpt)
    )


def _more(content: PublicItem, edition: Edition) -> Markup | None:
    original = content.attributions[0] if content.attributions else None
    if content.excerpt is None or not content.excerpt.truncated or original is None or not original.url:
        return None
    named = (
        Markup("<span{}>“{}”</span>").format(_lang(content.excerpt.language), original.title)
        if original.title
        else original.url
    )
    return Markup('<p class="more"><a href="{}">{} {}</a></p>').format(
        original.url, labels.say(edition, "read_more"), named
    )


def _picture(content: PublicItem, edition: Edition) -> Markup | None:
    """Whose it is stands in the text, whatever a theme makes of a featured picture."""
    image = content.image
    if image is None:
        return None
    words = escape(image.alt) if image.alt else labels.say(edition, "picture_untitled")
    said = Markup('<p class="picture">{}: <a href="{}">{}</a>').format(
        labels.say(edition, "picture"), image.url, words
    )
    if image.credit:
        said += Markup(" (<span{}>{}</span>)").format(_lang(UNKNOWN_LANGUAGE), image.credit)
    return said + _terms(image.license) + Markup("</p>")


def _attribution(content: PublicItem, position: int, edition: Edition) -> Markup:
    attribution = content.attributions[position]
    title = _title(attribution, _lang(markup.title_language(content, position)), edition)
    said = Markup('<p class="attribution">{}: {}').format(labels.say(edition, "source_label"), title)
    names = dict.fromkeys(filter(None, (*attribution.authors, attribution.publisher)))
    if names:
        said += Markup(" — <span{}>{}</span>").format(_lang(UNKNOWN_LANGUAGE), ", ".join(names))
    return said + _terms(attribution.license) + Markup("</p>")


def _title(attribution: Attribution, lang: Markup, edition: Edition) -> Markup:
    words = escape(attribution.title) if attribution.title else labels.say(edition, "original_untitled")
    linked = Markup('<a href="{}">{}</a>').format(attribution.url, words) if attribution.url else words
    return Markup("<cite{}>{}</cite>").format(lang, linked) if attribution.title else linked


def _correction(content: PublicItem, edition: Edition) -> Markup | None:
    if not content.correction or content.corrected_at is None:
        return None
    return Markup('<p class="correction"><strong>{} ({}):</strong> <span{}>{}</span></p>').format(
        labels.say(edition, "correction"),
        labels.day(edition, content.corrected_at),
        _lang(content.language),
        content.correction,
    )


def _terms(licence: str | None) -> Markup:
    if not licence:
        return Markup()
    name, address = markup.licence_name(licence), license_address(licence)
    said = Markup('<a rel="license" href="{}">{}</a>').format(address, name) if address else escape(name)
    return Markup(" ({})").format(said)


def _lang(language: str) -> Markup:
    """BCP 47's `und` is said, too: what is foreign is not to be read out as if it were the site's."""
    return Markup(' lang="{}" dir="auto"').format(language)


def _featured(content: PublicItem, edition: Edition) -> WantedPicture | None:
    """Only our own copy, which there is where its rights let us show it."""
    image = content.image
    if image is None or content.copy is None:
        return None
    return WantedPicture(copy=content.copy, alt=image.alt or "", caption=_caption(image, edition))


def _caption(image: Image, edition: Edition) -> str:
    said = Markup('<a href="{}">{}</a>').format(
        image.url, image.credit or labels.label(edition, "picture_untitled")
    )
    return inert.written(said + _terms(image.license))
