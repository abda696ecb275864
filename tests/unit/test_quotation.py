"""How much of a source may be quoted, and how it is said when an excerpt is over that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builders import NOW, a_followed_source
from curator.faces.messages import Messages
from curator.model import Permission, Problem, Source, SourcePolicy
from curator.quotation import policy_of, share_of, too_long
from curator.settings import QuotationSettings

HOUSE = QuotationSettings(max_words=400, max_share=50, free_words=250)
ALLOWED = Permission(text="Mail of 3 March", by="marta", at=NOW)


def most(source: Source | None, *, original: int | None) -> int | None:
    return policy_of(source, HOUSE).most(original)


@pytest.mark.parametrize(
    ("original", "words"),
    [(None, 400), (2000, 400), (700, 350), (430, 250), (220, 250)],
)
def test_without_limits_of_its_own_a_source_has_those_of_the_house(original: int | None, words: int) -> None:
    assert most(None, original=original) == words
    assert most(a_followed_source(), original=original) == words


def test_a_limit_that_an_editor_set_goes_before_those_of_the_house() -> None:
    by_words = a_followed_source(max_words=700)
    by_share = a_followed_source(policy=SourcePolicy(max_share=20))

    assert most(by_words, original=540) == 700
    assert [most(by_share, original=words) for words in (100, 1000, 9000, None)] == [20, 200, 400, 400]


def test_both_limits_of_a_source_hold() -> None:
    strict = a_followed_source(max_words=90, policy=SourcePolicy(max_share=20))

    assert [most(strict, original=words) for words in (100, 1000)] == [20, 90]


def test_a_permission_on_record_lifts_every_limit() -> None:
    source = a_followed_source(max_words=5, policy=SourcePolicy(max_share=1, permission=ALLOWED))

    assert most(source, original=540) is None
    assert too_long(540, policy_of(source, HOUSE), original_words=540) is None


@pytest.mark.parametrize(("words", "original", "share"), [(1, 3, 34), (3, 3, 100), (4, 3, 100), (1, 0, None)])
def test_a_share_is_rounded_up(words: int, original: int, share: int | None) -> None:
    assert share_of(words, original) == share


@pytest.mark.parametrize(
    ("source", "words", "original", "said"),
    [
        (a_followed_source(id=7), 430, 430, "430 words of the 430 of the original (100%): 250 may be quoted"),
        (
            a_followed_source(id=7),
            500,
            5000,
            "500 words of the 5000 of the original (10%): of this source 400",
        ),
        (None, 500, None, "The excerpt has 500 words, of this source 400 may be quoted. Shorten it."),
    ],
)
def test_what_is_too_long_is_said_with_its_figures(
    source: Source | None, words: int, original: int | None, said: str
) -> None:
    over = too_long(words, policy_of(source, HOUSE), original_words=original)
    assert over is not None
    data = {"words": over.words, "most": over.most, "limit": over.limit, "original": over.original}
    data |= {"share": over.share, "max_share": over.max_share}

    sentence = Messages("en").problem(Problem(code="quote_too_long", field="excerpt", data=data))

    assert said in sentence


def test_exactly_at_the_limit_is_not_over_it() -> None:
    policy = policy_of(None, replace(HOUSE, max_words=10))

    assert too_long(10, policy, original_words=None) is None
    assert too_long(11, policy, original_words=None) is not None
