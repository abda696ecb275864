"""The rules that all our feeds are held to: each is seen to speak up, and to mean what the W3C means.

The validator is asked where FEEDVALIDATOR_SRC names a checkout of it; our own rules always are.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence

import pytest

import feedrules
from badfeeds import BAD, GOOD
from curator.publish import feeds
from curator.publish.site import ATOM, RSS
from feedrules import OURS, findings, json_findings
from feedrules import atom as of_atom
from feedrules import jsonfeed as of_json
from feedrules import rss as of_rss
from feedrules import whole as of_all
from feedrules import words as of_words
from feedsamples import DOCUMENTS
from publishing import a_document, a_publication
from w3c import SOURCE, Asked, w3c_findings

Judge = Callable[[Sequence[Asked]], list[list[str]]]


def our_findings(asked: Sequence[Asked]) -> list[list[str]]:
    return [
        (json_findings if each.url.endswith(".json") else findings)(each.document, self_url=each.url)
        for each in asked
    ]


JUDGES = [pytest.param(our_findings, id="ours")]
if SOURCE:
    JUDGES.append(pytest.param(w3c_findings, id="w3c"))


@pytest.mark.parametrize("judge", JUDGES)
def test_no_judge_finds_anything_in_what_we_publish(judge: Judge) -> None:
    made = [
        (name, Asked(document.made(file), document.headed(file).url))
        for name, document in DOCUMENTS.items()
        for file in ([ATOM] if document.head.get("archive") else [ATOM, RSS])
    ]
    made += [(of, Asked(*good)) for of, good in GOOD.items() if of != "json"]

    found = zip(made, judge([asked for _, asked in made]), strict=True)

    assert [(name, wrong) for (name, _), wrong in found if wrong] == []


@pytest.mark.parametrize("judge", JUDGES)
def test_a_broken_rule_is_found(judge: Judge) -> None:
    """By the validator only what is a rule of its own; it says it of one way to break it at least."""
    bad = [b for b in BAD if judge is our_findings or (b.rule not in OURS and b.of != "json")]

    found = judge([Asked(each.document, each.self_url) for each in bad])

    told = [(b, {wrong.partition(":")[0] for wrong in said}) for b, said in zip(bad, found, strict=True)]
    if judge is our_findings:
        assert [(str(b), said) for b, said in told if b.rule not in said] == []
    assert {b.rule for b in bad} - {b.rule for b, said in told if b.rule in said} == set()


def test_no_rule_goes_unproved() -> None:
    sources = "".join(map(inspect.getsource, (of_all, of_atom, of_rss, of_json, of_words)))
    rules = set(re.findall(r"""["'{ ]([A-Z][a-z]+(?:[A-Z][A-Za-z0-9]*)+)(?::|"|')""", sources))

    assert rules - {bad.rule for bad in BAD} == {"ValueError", "UnicodeDecodeError"}


@pytest.mark.parametrize("file", ["feed.atom", "feed.rss", "feed.json"])
def test_nothing_that_a_test_makes_is_given_away_unchecked(file: str) -> None:
    with pytest.raises(AssertionError, match="Duplicate"):
        a_document(a_publication(1), a_publication(1)).made(file)

    assert feeds.atom_feed.__module__ == "curator.publish.feeds.atom"
    feedrules.found.clear()
