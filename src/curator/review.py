"""What an item still lacks before readers may have it: the gate in front of `approve`.

Codes are part of the contract (`curator problems` lists them); messages live
with the faces. A waivable problem stays visible in `waivers` with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict
from functools import lru_cache

from curator.model import (
    UNKNOWN_LANGUAGE,
    Attribution,
    Commentary,
    Entry,
    Excerpt,
    Item,
    Page,
    Problem,
    SafeHtml,
    Source,
)
from curator.quotation import QuotationPolicy, policy_of, too_long
from curator.settings import QuotationSettings
from curator.text import normalised, plain, trimmed, without_captions

CODES: dict[str, bool] = {
    "headline_missing": False,
    "note_missing": True,
    "attribution_missing": False,
    "image_credit_missing": True,
    "alt_missing": True,
    "excerpt_not_verbatim": False,
    "quote_too_long": False,
    "language_unknown": False,
    "machine_text": True,
    "approval_missing": False,
}
"""Every code there is, and whether an editor may waive it with a reason."""


def problems(
    item: Item,
    *,
    edition: str,
    entry: Entry | None,
    page: Page | None = None,
    source: Source | None,
    quotation: QuotationSettings,
) -> tuple[Problem, ...]:
    """What keeps this item from being approved in this edition; empty: nothing does.

    `entry` is the revision frozen at claim, None where the item came from no source;
    `page` is the fetched text of its page. A quotation may come from either.
    """
    policy = policy_of(source, quotation)
    waived = item.waived(edition)
    return tuple(
        problem
        for problem in (
            *_unfinished(item, edition),
            *(_misquoted(item.excerpt, entry, page, policy) if item.excerpt else ()),
        )
        if problem.code not in waived or not problem.waivable
    )


def original_words(entry: Entry | None, page: Page | None) -> int | None:
    """How long what is quoted is, as far as we know it: the longer of entry and page; None: not at all."""
    htmls = (entry.html if entry else None, page.article.html if page else None)
    return max((_words_in(html) for html in htmls if html), default=None) or None


@lru_cache(maxsize=64)  # the gate, the figures and the limits each ask
def _words_in(html: SafeHtml) -> int:
    return len(plain(trimmed(html).html).split())


def _texts(html: SafeHtml) -> Iterator[str]:
    """The text as it stands, and without what is no part of it: a quotation leaves a share bar out.

    What is said of its pictures is neither.
    """
    if words := plain(without_captions(html)):
        yield words
    if (text_alone := trimmed(html).html) is not html:
        yield plain(text_alone)


def unapproved(item: Item, writers: tuple[str, ...]) -> Problem:
    """Of a correction, where two persons are to see what readers get: `approve` mends it, by another."""
    return Problem(code="approval_missing", data={"item": item.id, "writers": writers})


def is_verbatim(quote: str, source: str) -> bool:
    """Whether every word of the quote stands in the source, in this order and unbroken.

    White space and the shape of quotes and dashes do not count; an omission
    may be marked with […], and each part is then looked for after the one before.
    Signs alone, without a letter or a digit, stand anywhere and prove nothing.
    """
    whole, position = normalised(source), 0
    parts = [wanted for part in _OMISSION.split(quote) if (wanted := normalised(part))]
    for wanted in parts:
        found = _found(whole, wanted, position)
        if found is None:
            return False
        position = found + len(wanted)
    return bool(parts) and all(any(map(str.isalnum, wanted)) for wanted in parts)


def _found(whole: str, wanted: str, start: int) -> int | None:
    """Where the words stand as words: “never asked” does not say “ever asked”, nor “can’t” “can”."""
    at = whole.find(wanted, start)
    while at >= 0:
        end = at + len(wanted)
        if not (_in_word(whole, at) or _in_word(whole, end) or _is_turned(whole, at, end)):
            return at
        at = whole.find(wanted, at + 1)
    return None


def _is_turned(text: str, at: int, end: int) -> bool:
    """Whether what is hyphened or contracted to them turns the words round: “non-|customers”, “can|’t”."""
    before = _TURNING.search(text[max(0, at - _LONGEST_PREFIX) : at])
    return bool(_CONTRACTED.match(text, end) or (before and text[at].isalpha()))


def _in_word(text: str, at: int) -> bool:
    """Whether a word or a number goes on here: “custom|ers”, “1,|500”; not where languages use no blanks."""
    before, after = text[max(0, at - 1) : at], text[at : at + 1]
    if before.isdecimal() or after.isdecimal():  # a footnote's number ends a word
        return bool(_IN_NUMBER.search(text[max(0, at - 2) : at] + "|" + text[at : at + 2]))
    return before.isalpha() and after.isalpha() and max(before, after) < _WITHOUT_BLANKS


def still_machine(commentary: Commentary, field: str) -> bool:
    """Whether `headline` or `note` is what an engine said, word for word: no editor has made it hers."""
    machine = commentary.suggested.get(field)
    return machine is not None and normalised(getattr(commentary, field) or "") == normalised(machine.text)


_IN_NUMBER = re.compile(r"\d\|\d|\d[.,]\|\d|\d\|[.,]\d")
_CONTRACTED = re.compile(r"(?<=[^\W\d_])(?:['’](?=[^\W\d_])|-(?:free|less)\b)", re.IGNORECASE)
_TURNING = re.compile(r"(?<!\w)(?:non|anti|un|dis|ex|mis|quasi|pseudo|semi|counter|contro)-\Z", re.IGNORECASE)
_LONGEST_PREFIX = 9
_WITHOUT_BLANKS = "\u0e00"  # Thai, and further on Chinese and Japanese
_OMISSION = re.compile(r"\[\s*(?:…|\.\.\.)\s*\]|\(\s*(?:…|\.\.\.)\s*\)")


def _unfinished(item: Item, edition: str) -> Iterator[Problem]:
    yield from _unwritten(item.commentaries.get(edition))
    yield from _unattributed(item.attributions)
    if item.image is not None:
        if not _said(item.image.credit):
            yield _problem("image_credit_missing", "image.credit")
        if not _said(item.image.alt):
            yield _problem("alt_missing", "image.alt")


def _misquoted(
    excerpt: Excerpt, entry: Entry | None, page: Page | None, policy: QuotationPolicy
) -> Iterator[Problem]:
    htmls = [html for html in (entry.html if entry else None, page.article.html if page else None) if html]
    if excerpt.language == UNKNOWN_LANGUAGE:
        yield _problem("language_unknown", "excerpt.language")
    if over := too_long(excerpt.words, policy, original_words=original_words(entry, page)):
        known = {} if policy.source_id is None else {"id": policy.source_id}
        yield _problem("quote_too_long", "excerpt", **asdict(over), **known)
    texts = [text for html in htmls for text in _texts(html)]
    quoted = excerpt.text
    if (words_alone := without_captions(excerpt.html)) is not excerpt.html:
        quoted = plain(words_alone)  # readers get no captions
    if texts and not any(is_verbatim(quoted, text) for text in texts):
        yield _problem("excerpt_not_verbatim", "excerpt")


def _unwritten(commentary: Commentary | None) -> Iterator[Problem]:
    if commentary is None or not _said(commentary.headline):
        yield _problem("headline_missing", "headline")
    if commentary is None or not _said(commentary.note):
        yield _problem("note_missing", "note")
    if commentary is not None:
        for field, machine in commentary.suggested.items():
            if still_machine(commentary, field):
                yield _problem("machine_text", field, engine=machine.engine)


def _unattributed(attributions: tuple[Attribution, ...]) -> Iterator[Problem]:
    """Title, publisher and URL, of every source: a credit without them credits nobody."""
    if not attributions:
        yield _problem("attribution_missing", "attributions", missing="title, publisher, url")
    for position, attribution in enumerate(attributions):
        which = {"limit": "several", "position": position + 1} if len(attributions) > 1 else {}
        for name in ("title", "publisher", "url"):
            if not _said(getattr(attribution, name)):
                field = f"attributions.{position}.{name}"
                yield _problem("attribution_missing", field, missing=name, **which)


def _problem(code: str, field: str, **data: object) -> Problem:
    return Problem(code=code, field=field, waivable=CODES[code], data=data)


def _said(words: str | None) -> bool:
    return bool(words and words.strip())
