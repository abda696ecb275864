"""The alternative text is heard in the readers' language."""

from __future__ import annotations

import pytest

from builders import ITALIAN
from curator.curate.lint import alt
from curator.model import Image
from publishing import ENGLISH

COUNTER = Image(url="https://blog.example/q.jpg", alt="A queue of customers in front of a counter")


def test_a_source_s_own_words_are_pointed_at_where_readers_have_another_language() -> None:
    [problem] = alt.foreign(COUNTER, edition=ITALIAN)

    assert (problem.code, problem.field, problem.blocks) == ("lint_alt_language", "image.alt", False)
    assert (problem.data["language"], problem.data["expected"]) == ("en", "it")
    assert list(alt.foreign(COUNTER, edition=ENGLISH)) == []


@pytest.mark.parametrize("said", ["Una coda di clienti davanti a uno sportello", "Queue", "A hand", "", None])
def test_the_edition_s_language_and_what_is_too_short_to_tell_pass(said: str | None) -> None:
    assert list(alt.foreign(Image(url=COUNTER.url, alt=said), edition=ITALIAN)) == []
