"""Posts taken apart: a house like ours, another one, and what is made of a body."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from curator.importing.anatomy import recover
from curator.importing.house import House, house_of
from curator.model import Form, Lang, Original, Recovered
from curator.settings import Edition, labels_for

PUBLISHED = datetime(2014, 5, 20, 8, tzinfo=UTC)


def house(*, language: str = "it", organisation: str = "AICEX", note_label: str = "NOTA AICEX") -> House:
    words = labels_for(language)
    return house_of(
        Edition(
            key=language,
            language=Lang(language),
            title="Rassegna",
            subtitle="",
            timezone="Europe/Rome",
            organisation=organisation,
            note_label=note_label,
            read_more=words["read_more"],
            source_label=words["source_label"],
        )
    )


HOUSE = house()

NOTE = "Secondo alcuni studi recenti mantenere le promesse basta a conservare la fiducia dei clienti."
ENGLISH = (
    "Keeping a promise matters more to people than exceeding it, a new study of shoppers finds. "
    "Those who got more than they were promised were hardly more grateful than the others."
)
MORE_ENGLISH = (
    "The authors asked several hundred people to remember promises that somebody had made to them, "
    "and how they felt when these were broken, kept or exceeded."
)


def original(html: str, **said: Any) -> Original:
    fields: dict[str, Any] = {
        "form": Form.WXR,
        "key": "wxr:1",
        "place": "blog.xml#1",
        "title": "Mantenere una promessa",
        "raw": html,
        "permalink": "https://blog.example/2014/05/mantenere/",
        "published": PUBLISHED,
    }
    return Original(html=html, **{**fields, **said})


def taken_apart(html: str, *, at: House = HOUSE, **said: Any) -> Recovered:
    return recover(original(html, **said), house=at)


def codes(recovered: Recovered) -> list[str]:
    return [doubt.code for doubt in recovered.doubts]


def quoted(recovered: Recovered) -> str:
    return recovered.excerpt.text if recovered.excerpt else ""
