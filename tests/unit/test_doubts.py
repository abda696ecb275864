"""A doubt of an import stands until somebody has touched the field that it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from anatomised import ENGLISH, NOTE, taken_apart
from curator import doubts
from curator.faces.messages import Messages
from curator.importing.becoming import Hand
from curator.model import Attribution, Image, Item, Problem, Recovered
from curator.settings import Edition, labels_for

NOW = datetime(2026, 1, 5, tzinfo=UTC)
WORDS = labels_for("it")
EDITION = Edition(
    key="it",
    language=taken_apart("").language,
    title="Rassegna",
    subtitle="",
    timezone="Europe/Rome",
    organisation="AICEX",
    note_label="NOTA AICEX",
    read_more=WORDS["read_more"],
    source_label=WORDS["source_label"],
)
FIELDS = ("headline", "note", "excerpt", "language", "attributions", "image", "tags", "published")
BODY = f"<p>NOTA AICEX: {NOTE}</p><p>{ENGLISH}</p><p>Fonte: https://hbr.org/x</p>"


def imported() -> tuple[Recovered, Item]:
    said = replace(
        taken_apart(BODY), doubts=tuple(Problem(code=f"import_{each}", field=each) for each in FIELDS)
    )
    return said, Hand(edition=EDITION, editors={}, tags={}).item(said, public=True, now=NOW)


def standing(said: Recovered, item: Item) -> list[str | None]:
    return [each.field for each in doubts.standing((said,), item, edition="it")]


def test_all_stand_where_nothing_was_touched() -> None:
    said, item = imported()

    assert standing(said, item) == list(FIELDS)


@pytest.mark.parametrize(
    ("touched", "settled"),
    [
        ({"excerpt": None}, {"excerpt", "language"}),
        (
            {"attributions": (Attribution(title="T", publisher="P", url="https://a.example/"),)},
            {"attributions"},
        ),
        ({"image": Image(url="https://a.example/b.jpg")}, {"image"}),
        ({"tags": ("CX",)}, {"tags"}),
    ],
)
def test_the_doubts_of_a_field_end_with_its_change(touched: dict[str, object], settled: set[str]) -> None:
    said, item = imported()

    assert standing(said, replace(item, **touched)) == [each for each in FIELDS if each not in settled]  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize("name", ["headline", "note"])
def test_so_do_those_of_what_an_editor_wrote(name: str) -> None:
    said, item = imported()
    written = replace(item.commentaries["it"], **{name: "Altre parole."})  # type: ignore[arg-type]  # a field by name

    assert name not in standing(said, replace(item, commentaries={"it": written}))


def test_a_missing_date_is_settled_by_a_date() -> None:
    said = replace(taken_apart(BODY, published=None))
    item = Hand(edition=EDITION, editors={}, tags={}).item(said, public=True, now=NOW)

    assert "import_date_missing" in [each.code for each in doubts.standing((said,), item, edition="it")]
    assert "import_date_missing" not in [
        each.code for each in doubts.standing((said,), item, edition="it", published_at=NOW)
    ]


@pytest.mark.parametrize("locale", ["it", "en"])
@pytest.mark.parametrize("code", doubts.CODES)
def test_every_doubt_is_a_sentence(code: str, locale: str) -> None:
    assert Messages(locale)._template("problems", code)


@pytest.mark.parametrize(("public", "codes"), [(False, ["import_scheduled"]), (True, [])])
def test_that_a_date_was_planned_is_told_as_long_as_it_waits(*, public: bool, codes: list[str]) -> None:
    said = replace(taken_apart(BODY), doubts=(Problem(code="import_scheduled", field="published"),))
    item = Hand(edition=EDITION, editors={}, tags={}).item(said, public=public, now=NOW)

    assert [each.code for each in doubts.standing([said], item, edition="it")] == codes
