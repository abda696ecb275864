"""What this newsroom's own posts call things: the label of a note, who signs, how a teaser goes on.

Every edition says it in its settings; the labels that stand here besides are what WordPress, its themes
and editors in Italian and English write.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from curator.model import Lang
from curator.settings import Edition, Settings, labels_for

_SOURCE_LABELS = (
    "Source|Sources|Original source|Original article|Original post|Read the original"
    "|Read the original article|Read the full article|Read the full article here"
    "|Originally published at|Originally published in"
    "|Originally published on|Originally appeared on|First published on|Via"
    "|Fonte|Fonti|Fonte originale|Articolo di riferimento|Articoli di riferimento|Articolo originale"
    "|Post originale|Leggi l’articolo originale|Leggi l’originale|Leggi l’articolo completo"
    "|Leggi l’articolo completo qui|L’articolo originale|Tratto da|Pubblicato in origine su"
).split("|")
_READ_MORE = "Continua a leggere|Continue reading|Leggi tutto|Read more|Keep reading|Leggi di più".split("|")


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """`note_labels` without their colon, the longest first; one that is only a name signs posts, too.

    `hosts`: where the blog itself stands, as far as the settings know; links there credit nobody.
    """

    language: Lang
    organisation: str
    note_labels: tuple[str, ...]
    read_more: tuple[str, ...]
    source_labels: tuple[str, ...]
    hosts: tuple[str, ...] = ()
    zone: str = "UTC"  # of a time that a page says without its offset


def house_of(edition: Edition, *, settings: Settings | None = None) -> House:
    """How the posts of one edition speak; the other editions of the house may have lent a label."""
    editions = (edition, *(settings.editions.values() if settings else ()))
    defaults = [labels_for(language) for language in ("it", "en")]
    return House(
        zone=edition.timezone,
        language=edition.language,
        organisation=edition.organisation.strip(),
        note_labels=_longest_first(
            *(label for each in editions for label in (each.note_label, each.organisation)),
            labels_for(edition.language)[
                "note_label"
            ],  # of another language it is what a source's editors say
        ),
        read_more=_longest_first(
            *(each.read_more for each in editions), *(labels["read_more"] for labels in defaults), *_READ_MORE
        ),
        source_labels=_longest_first(
            *(each.source_label for each in editions),
            *(labels["source_label"] for labels in defaults),
            *_SOURCE_LABELS,
        ),
    )


def any_of(labels: Iterable[str], *, between: str = r"\s+") -> str:
    """A regular expression for one of the labels, whatever white space stands between its words."""
    return "|".join(between.join(map(re.escape, label.split())) for label in labels)


def _longest_first(*labels: str) -> tuple[str, ...]:
    told = dict.fromkeys(" ".join(label.split()).rstrip(" :") for label in labels)
    return tuple(sorted(filter(None, told), key=lambda label: (-len(label), label)))
