"""Whose a picture and a quotation are, in lines of plain text: for the letter and the desk's preview.

Each line is whole: what is said, the address, the licence with where its terms are. Nobody is
named without what he is: authors after the edition's "by", the publisher on its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from curator.model import UNKNOWN_LANGUAGE, Attribution, Image, Lang
from curator.publish import labels, markup
from curator.rights import license_address
from curator.settings import Edition


def of_picture(image: Image, edition: Edition) -> Iterator[str]:
    said = f"{labels.label(edition, 'picture')}: {image.alt or labels.label(edition, 'picture_untitled')}"
    # The credit as given: most say themselves what they are.
    yield " — ".join(filter(None, (said, image.credit)))
    yield image.url
    yield from _licence(image.license, edition)


def of_source(
    attribution: Attribution, edition: Edition, *, language: Lang = UNKNOWN_LANGUAGE
) -> Iterator[str]:
    """`language` is the original title's, said in words where it is another than the edition's."""
    title = attribution.title or labels.label(edition, "original_untitled")
    if attribution.title and (name := foreign(edition, language)):
        title += f" ({name})"
    authors = ("; " if any("," in name for name in attribution.authors) else ", ").join(attribution.authors)
    by = f"{labels.label(edition, 'by')} {authors}" if authors else None
    yield " — ".join(filter(None, (f"{edition.source_label}: {title}", by, attribution.publisher)))
    if attribution.url:
        yield attribution.url
    yield from _licence(attribution.license, edition)


def foreign(edition: Edition, language: Lang) -> str | None:
    """The language as the edition's readers call it; None where it is their own, or nobody knows which."""
    return (
        None if language in (edition.language, UNKNOWN_LANGUAGE) else labels.language_name(edition, language)
    )


def _licence(licence: str | None, edition: Edition) -> Iterator[str]:
    if licence:
        name, terms = markup.licence_name(licence), license_address(licence)
        said = dict.fromkeys(filter(None, (name, terms)))
        yield f"{labels.label(edition, 'license_label')}: {' — '.join(said)}"
