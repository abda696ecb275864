"""What the corpus should read like, and every deliberate difference by name.

`ORACLE.json` is feedparser's own reading, without HTTP headers and with its
sanitiser on. Ours differs on purpose; each purpose is a rule here, which
explains a value only where its own test really holds for that value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from curator.text import clean_text, plain


class Reading(NamedTuple):
    """An entry as we read it; `title` is never None."""

    guid: str | None
    url: str | None
    title: str
    published: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A value that is not the oracle's, and the rule that explains it (None: nothing does)."""

    file: str
    field: str
    ours: object
    theirs: object
    rule: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One pair of values with what a rule may look at."""

    file: str
    ours: Any
    theirs: Any
    entry: Mapping[str, Any]
    body: bytes
    url: str
    now: datetime


class Oracle:
    def __init__(self, corpus: Path) -> None:
        self._corpus = corpus
        self._files: Mapping[str, Mapping[str, Any]] = json.loads((corpus / "ORACLE.json").read_bytes())[
            "files"
        ]

    @property
    def files(self) -> list[str]:
        return sorted(self._files)

    def body(self, file: str) -> bytes:
        return (self._corpus / file).read_bytes()

    def differences(
        self, file: str, *, feed_title: str, readings: Sequence[Reading], url: str, now: datetime
    ) -> list[Difference]:
        """Every value of this reading that is not the oracle's. `url` is the address it was served from."""
        theirs = self._files[file]
        body = self.body(file)
        entries: list[Mapping[str, Any]] = theirs["entries"]

        def judged(
            field: str, rules: Sequence[Rule], ours: object, their: object, entry: Mapping[str, Any]
        ) -> Iterable[Difference]:
            if ours == their:
                return
            case = _Case(file=file, ours=ours, theirs=their, entry=entry, body=body, url=url, now=now)
            rule = next((rule.__name__ for rule in rules if rule(case)), None)
            yield Difference(file=file, field=field, ours=ours, theirs=their, rule=rule)

        found = [*judged("feed title", _TITLE_RULES, feed_title, theirs["feed"].get("title") or "", {})]
        found += judged("entries", _COUNT_RULES, len(readings), len(entries), {})
        if found and found[-1].field == "entries" and found[-1].rule == json_feed_is_read_by_us.__name__:
            return found  # feedparser saw no entries to compare with; tests/unit has what is in these files
        for reading, entry in zip(readings, entries, strict=False):
            published = entry["published_utc"]
            ours = reading.published.strftime("%Y-%m-%dT%H:%M:%SZ") if reading.published else None
            found += judged("id", _ID_RULES, reading.guid, entry["id"], entry)
            found += judged("link", _LINK_RULES, reading.url, entry["link"], entry)
            found += judged("title", _TITLE_RULES, reading.title, entry["title"] or "", entry)
            found += judged("published", _DATE_RULES, ours, published, entry)
        return found


Rule = Callable[[_Case], bool]


# ── how many ────────────────────────────────────────────────────────────────


def json_feed_is_read_by_us(case: _Case) -> bool:
    """feedparser has no JSON Feed."""
    return case.file.endswith(".json") and case.theirs in {0, ""} and b"jsonfeed.org/version/" in case.body


def broken_off_entry_is_left_out(case: _Case) -> bool:
    """A document that ends within an entry: half an article is not what its author said."""
    ended = len(re.findall(rb"</(?:\w+:)?(?:item|entry)\s*>", case.body, re.IGNORECASE))
    whole = re.search(rb"</(?:rss|feed|rdf:RDF)>\s*\Z", case.body, re.IGNORECASE)
    return not whole and bool(case.ours == case.theirs - 1 == ended)


# ── titles ──────────────────────────────────────────────────────────────────


def title_is_plain_text(case: _Case) -> bool:
    """feedparser gives markup where a feed may use it; a title of ours is text, escaped where it is shown."""
    return bool(_squeezed(plain(case.theirs)) == case.ours) and plain(case.theirs) != case.theirs


def title_is_cleaned(case: _Case) -> bool:
    """One line, one space between words, and no character that XML or a mail header cannot carry."""
    return bool(_squeezed(case.theirs) == case.ours)


# ── identifiers ─────────────────────────────────────────────────────────────


def empty_identifier_is_none(case: _Case) -> bool:
    """An empty <guid> identifies nothing: all such entries would be one."""
    return case.ours is None and case.theirs == ""


# ── links ───────────────────────────────────────────────────────────────────


def link_is_made_absolute(case: _Case) -> bool:
    """The oracle knew no address to resolve against; we know the one the document came from."""
    return bool(case.theirs) and case.ours == urljoin(case.url, case.theirs.strip()) != case.theirs


def feedburner_link_is_the_true_one(case: _Case) -> bool:
    """<feedburner:origLink> says where the article really is; the proxy's address may die any day."""
    return bool(case.ours) and b"origLink" in case.body and _escaped(case.ours) in case.body


def link_of_another_scheme_is_refused(case: _Case) -> bool:
    """javascript:, tag:, urn:, mailto:, magnet: … are no place where an article can be read."""
    scheme = urlsplit(case.theirs or "").scheme.lower()
    return case.ours is None and scheme not in {"", "http", "https"}


def empty_link_is_none(case: _Case) -> bool:
    """href="" would mean the feed itself; nobody ever meant that."""
    return case.ours is None and case.theirs == ""


# ── dates ───────────────────────────────────────────────────────────────────


def impossible_date_is_refused(case: _Case) -> bool:
    """Before 1995 there were no feeds; beyond tomorrow a date would sort first for ever (FAULTS 21)."""
    if case.ours is not None or case.theirs is None:
        return False
    year, rest = case.theirs.split("-", 1)
    if int(year) < 1995:
        return True
    return datetime.fromisoformat(f"{year}-{rest}").astimezone(UTC) > case.now + timedelta(days=1)


def date_in_another_language_is_read(case: _Case) -> bool:
    """For example "So, 17 Apr 2011": the day's name is German, and feedparser gives up."""
    stated = case.entry.get("published") or ""
    return (
        case.theirs is None and case.ours is not None and case.ours[:4] in stated and _no_english_day(stated)
    )


_TITLE_RULES: Sequence[Rule] = (json_feed_is_read_by_us, title_is_cleaned, title_is_plain_text)
_COUNT_RULES: Sequence[Rule] = (json_feed_is_read_by_us, broken_off_entry_is_left_out)
_ID_RULES: Sequence[Rule] = (empty_identifier_is_none,)
_LINK_RULES: Sequence[Rule] = (
    link_is_made_absolute,
    feedburner_link_is_the_true_one,
    link_of_another_scheme_is_refused,
    empty_link_is_none,
)
_DATE_RULES: Sequence[Rule] = (impossible_date_is_refused, date_in_another_language_is_read)

RULES = frozenset(
    rule.__name__
    for rules in (_TITLE_RULES, _COUNT_RULES, _ID_RULES, _LINK_RULES, _DATE_RULES)
    for rule in rules
)


def _squeezed(text: str) -> str:
    return re.sub(r"[ \t\n\r\f]+", " ", clean_text(text)).strip()


def _escaped(url: str) -> bytes:
    return url.replace("&", "&amp;").encode()


def _no_english_day(stated: str) -> bool:
    return not re.match(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b", stated)
