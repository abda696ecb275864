"""What somebody agrees to who asks for the newsletter: one text for the form and for the record of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from curator.model import Lang
from curator.publish import labels
from curator.settings import Edition

_LENGTH = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """`version` is made from the text: whoever changes a word of it in the settings has another."""

    text: str
    version: str
    language: Lang


def consent_of(edition: Edition) -> Consent:
    text = labels.label(edition, "consent_text", title=edition.title, organisation=edition.organisation)
    return Consent(
        text=text,
        version=hashlib.sha256(text.encode()).hexdigest()[:_LENGTH],
        language=labels.words_language(edition, "consent_text"),
    )
