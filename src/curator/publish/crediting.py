"""Whose a picture and a quotation are, in one line of plain text: for the letter and the desk's preview."""

from __future__ import annotations

from curator.model import Attribution, Image
from curator.publish import labels, markup
from curator.settings import Edition


def of_picture(image: Image, edition: Edition) -> str:
    said = f"{labels.label(edition, 'picture')}: {image.alt or labels.label(edition, 'picture_untitled')}"
    if image.credit:
        said += f" ({image.credit})"  # as given: most credits say themselves what they are
    if image.license:
        said += f" ({markup.licence_name(image.license)})"
    return said


def of_source(attribution: Attribution, edition: Edition) -> str:
    names = list(dict.fromkeys([*attribution.authors, attribution.publisher or ""]))
    said = f"{edition.source_label}: {attribution.title or labels.label(edition, 'original_untitled')}"
    if by := ", ".join(filter(None, names)):
        said += f" — {by}"
    if attribution.license:
        said += f" ({markup.licence_name(attribution.license)})"
    return said
