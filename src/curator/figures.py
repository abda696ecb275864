"""The chief editor's figures, made of what the store remembers.  (pure)

What happened is counted in a span of time, what is, at its end. Times are in
whole seconds. The middle one of several and the one that nine in ten do not go
beyond are ones that were met (nearest rank), not means of two. Weeks begin on
Monday at 00:00 UTC: they must not move with anybody's clock. What a blog
brought with it is counted apart: nobody here chose or published it.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from curator.model import IssueCounts

WEEK = timedelta(days=7)
BANDS = (1, 7, 30, 90)
"""Days: how long what waits has waited, from band to band."""
MOST_WEEKS = 530
"""Ten years of them: what is drawn must end somewhere."""


# ── what the store says ─────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """So many entries of a source were first seen in this language."""

    source: int
    language: str | None
    entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What readers have, or had, of one item in one edition, and where it came from."""

    item: int
    edition: str
    published_at: datetime
    withdrawn_at: datetime | None
    imported: bool
    language: str
    quotes: bool
    quoted_language: str | None
    words: int  # quoted
    original_words: int | None  # None: not kept, or never read
    license: str | None  # of what is quoted
    picture: Picture | None
    source: int | None  # None: an editor brought it
    first_seen: datetime | None
    came_out: datetime | None  # as the source said it first: published, else updated


@dataclass(frozen=True, slots=True)
class Picture:
    license: str | None
    shown: bool  # our copy; else readers get a link


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A yes or a no of somebody, in the order in which it was written down. `known_since`: as for them."""

    subscriber: int
    edition: str
    kind: str
    at: datetime
    known_since: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """Somebody joined an edition or left it."""

    edition: str
    day: date
    joined: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One issue's ledger, and what came back of it."""

    edition: str
    number: int
    status: str
    closed_at: datetime
    counts: IssueCounts
    hard: int
    soft: int
    complaints: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLink:
    """A source that is gone. `since`: when that was first seen; `items`: who cites it."""

    url: str
    since: datetime
    checked_at: datetime
    http_status: int | None
    items: tuple[int, ...]
    published_at: datetime  # the first time that readers got it from us


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Addresses of cited sources: how many are in which state, and those that are dead."""

    known: int
    ok: int
    moved_home: int
    unknown: int
    failing: int
    unchecked: int
    dead: tuple[DeadLink, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """Since when each waits that `queue` lists; and how many more do whose story is there or told already."""

    listed: Sequence[datetime]
    siblings: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """All that the store was asked for."""

    sources: Mapping[int, str]
    arrivals: Sequence[Arrivals]
    given: Sequence[Given]
    queued: Queued
    said: Sequence[Said]
    forgotten: Sequence[Step]  # of who was erased
    suppressed: Mapping[str, int]
    posted: Sequence[Posted]
    links: Links


# ── what it comes to ────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class OfSource:
    """`published` counts items, each once. `id` None: what editors brought themselves."""

    id: int | None
    name: str | None
    seen: int
    published: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """Of those whose beginning is known. None: there was none."""

    publications: int
    median_seconds: int | None
    p90_seconds: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many are in this language; None: nobody knows it."""

    language: str | None
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Waiting for at least so many days and for less than so many."""

    from_days: int
    below_days: int | None
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """`siblings` wait, too, and are in no other figure: the story has a line already, or is being told."""

    waiting: int
    siblings: int
    median_seconds: int | None
    oldest_seconds: int | None
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """From this Monday on; `confirmed` at its end, or now."""

    monday: date
    confirmed: int
    joined: int
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribers:
    confirmed: int
    suppressed: Mapping[str, int]
    weeks: tuple[Week, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposed:
    """Items that quote under this licence; None: none is stated, so that all rights are reserved.

    The share is of those whose original is known, `measured` of them: in per cent, rounded up.
    """

    license: str | None
    items: int
    words_quoted: int
    measured: int
    original_words: int
    share_percent: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PicturesUnder:
    license: str | None
    items: int
    shown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """In the span: for the first time, and taken back. Imported ones are apart, and of any time."""

    publications: int
    items: int
    withdrawn: int
    imported: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    since: datetime
    until: datetime
    edition: str | None  # None: all of them
    seen: int
    published: Published
    sources: tuple[OfSource, ...]
    from_source: Took
    from_first_seen: Took
    entry_languages: tuple[Share, ...]
    quotation_languages: tuple[Share, ...]
    edition_languages: tuple[Share, ...]
    queue: Queue
    subscribers: Subscribers
    issues: tuple[Posted, ...]
    quoted: tuple[Exposed, ...]
    quoted_imported: tuple[Exposed, ...]
    pictures: tuple[PicturesUnder, ...]
    links: Links


def figures(told: Remembered, *, edition: str | None, since: datetime, until: datetime) -> Figures:
    ours = [each for each in told.given if not each.imported]
    fresh = [each for each in ours if since <= each.published_at <= until]
    live = [each for each in ours if each.withdrawn_at is None]
    imported = [each for each in told.given if each.imported]
    quoting = [each for each in fresh if each.quotes]
    return Figures(
        since=since,
        until=until,
        edition=edition,
        seen=sum(each.entries for each in told.arrivals),
        published=Published(
            publications=len(fresh),
            items=len({each.item for each in fresh}),
            withdrawn=sum(
                each.withdrawn_at is not None and since <= each.withdrawn_at <= until for each in ours
            ),
            imported=len(imported),
        ),
        sources=_by_source(told, fresh),
        from_source=_took(fresh, from_source=True),
        from_first_seen=_took(fresh, from_source=False),
        entry_languages=_mix((each.language, each.entries) for each in told.arrivals),
        quotation_languages=_mix((each.quoted_language, 1) for each in quoting),
        edition_languages=_mix((each.language, 1) for each in fresh),
        queue=_queue(told.queued, now=until),
        subscribers=_subscribers(told, since=since, until=until),
        issues=tuple(told.posted),
        quoted=_exposed(live),
        quoted_imported=_exposed(each for each in imported if each.withdrawn_at is None),
        pictures=_pictures(live),
        links=told.links,
    )


def _by_source(told: Remembered, fresh: Sequence[Given]) -> tuple[OfSource, ...]:
    """Who brought most first; a source that brought nothing is in it, too, with its noughts."""
    seen: Counter[int | None] = Counter()
    for each in told.arrivals:
        seen[each.source] += each.entries
    items: dict[int | None, set[int]] = defaultdict(set)
    for one in fresh:
        items[one.source].add(one.item)
    found = [
        OfSource(
            id=source,
            name=told.sources[source] if source is not None else None,
            seen=seen[source],
            published=len(items[source]),
        )
        for source in (*told.sources, *([None] if None in items else []))
    ]
    return tuple(sorted(found, key=lambda one: (-one.published, -one.seen, one.id is None, one.id or 0)))


def _took(fresh: Iterable[Given], *, from_source: bool) -> Took:
    """A source may state a day to come: nothing is read before it came out. Nor is it published before.

    What states no day at all is not in it: when we saw it says nothing of when it came out.
    """
    begun = ((each.published_at, _begun(each, from_source=from_source)) for each in fresh)
    spans = sorted(max(0, int((at - start).total_seconds())) for at, start in begun if start is not None)
    return Took(publications=len(spans), median_seconds=_ranked(spans, 0.5), p90_seconds=_ranked(spans, 0.9))


def _begun(each: Given, *, from_source: bool) -> datetime | None:
    if not from_source or each.first_seen is None:
        return each.first_seen
    return None if each.came_out is None else min(each.came_out, each.first_seen)


def _ranked(ordered: Sequence[int], share: float) -> int | None:
    """The smallest that at least this share of them does not go beyond."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def _mix(counted: Iterable[tuple[str | None, int]]) -> tuple[Share, ...]:
    """By language, whatever the country: most first."""
    numbers: Counter[str | None] = Counter()
    for language, number in counted:
        numbers[primary(language)] += number
    ordered = sorted(numbers.items(), key=lambda one: (-one[1], one[0] is None, one[0] or ""))
    return tuple(Share(language=language, number=number) for language, number in ordered if number)


def primary(language: str | None) -> str | None:
    """`en` of en-US; None where nobody can tell."""
    said = (language or "").replace("_", "-").partition("-")[0].lower()
    return said if said not in ("", "und", "mul", "zxx") else None


def _queue(queued: Queued, *, now: datetime) -> Queue:
    ages = sorted(max(0, int((now - moment).total_seconds())) for moment in queued.listed)
    bounds = (0, *BANDS)
    begins = [bisect_left(ages, days * 86_400) for days in bounds] + [len(ages)]
    return Queue(
        waiting=len(ages),
        siblings=queued.siblings,
        median_seconds=_ranked(ages, 0.5),
        oldest_seconds=ages[-1] if ages else None,
        bands=tuple(
            Band(from_days=days, below_days=below, items=begins[n + 1] - begins[n])
            for n, (days, below) in enumerate(zip(bounds, (*BANDS, None), strict=True))
        ),
    )


# ── subscribers ──


def steps(said: Iterable[Said]) -> Iterator[Step]:
    """Who joined and who left, in the order in which it was written down.

    Twice yes is once. Nobody joins before we know of them: an import states days
    of long ago. Nothing comes before what was written down of the same person before it.
    """
    inside: set[tuple[int, str]] = set()
    last: dict[tuple[int, str], datetime] = {}
    for each in said:
        who = (each.subscriber, each.edition)
        at = last[who] = max(each.at, each.known_since, last.get(who, each.at))
        if each.kind in _YES and who not in inside:
            inside.add(who)
            yield Step(each.edition, _day(at), joined=1)
        elif each.kind == _NO and who in inside:
            inside.remove(who)
            yield Step(each.edition, _day(at), left=1)


def of_the_erased(said: Iterable[Said], *, at: datetime | None) -> Iterator[Step]:
    """What is left of a person's yes and no once they are forgotten: days. `at`: then they left for good."""
    standing: Counter[str] = Counter()
    latest: dict[str, date] = {}
    for step in steps(said):
        standing[step.edition] += step.joined - step.left
        latest[step.edition] = step.day
        yield step
    for edition, inside in standing.items():
        if inside and at is not None:
            yield Step(edition, max(_day(at), latest[edition]), left=1)


_YES, _NO = frozenset(("given", "confirmed")), "withdrawn"


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _subscribers(told: Remembered, *, since: datetime, until: datetime) -> Subscribers:
    joined: Counter[date] = Counter()
    left: Counter[date] = Counter()
    for step in (*steps(told.said), *told.forgotten):
        joined[_monday(step.day)] += step.joined
        left[_monday(step.day)] += step.left
    first = max(_monday(_day(since)), _monday(_day(until)) - MOST_WEEKS * WEEK)
    confirmed = sum(number for day, number in joined.items() if day < first) - sum(
        number for day, number in left.items() if day < first
    )
    weeks = []
    for n in range((_monday(_day(until)) - first) // WEEK + 1):
        monday = first + n * WEEK
        confirmed += joined[monday] - left[monday]
        weeks.append(Week(monday=monday, confirmed=confirmed, joined=joined[monday], left=left[monday]))
    return Subscribers(
        confirmed=sum(joined.values()) - sum(left.values()),
        suppressed=dict(sorted(told.suppressed.items())),
        weeks=tuple(weeks),
    )


# ── rights ──


def _exposed(live: Iterable[Given]) -> tuple[Exposed, ...]:
    """Most items first; an item counts once in each edition that has it, as readers meet it."""
    by_license: dict[str | None, list[Given]] = defaultdict(list)
    for each in live:
        if each.quotes:
            by_license[each.license].append(each)
    found = [_under(license_, several) for license_, several in by_license.items()]
    return tuple(sorted(found, key=lambda one: (-one.items, one.license is not None, one.license or "")))


def _under(license_: str | None, several: Sequence[Given]) -> Exposed:
    measured = [(each.words, each.original_words) for each in several if each.original_words]
    original = sum(words for _, words in measured if words)
    quoted = sum(words for words, _ in measured)
    return Exposed(
        license=license_,
        items=len(several),
        words_quoted=sum(each.words for each in several),
        measured=len(measured),
        original_words=original,
        share_percent=min(100, -(-quoted * 100 // original)) if original else None,
    )


def _pictures(live: Iterable[Given]) -> tuple[PicturesUnder, ...]:
    items: Counter[str | None] = Counter()
    shown: Counter[str | None] = Counter()
    for each in live:
        if each.picture is not None:
            items[each.picture.license] += 1
            shown[each.picture.license] += each.picture.shown
    ordered = sorted(items.items(), key=lambda one: (-one[1], one[0] is not None, one[0] or ""))
    return tuple(
        PicturesUnder(license=license_, items=number, shown=shown[license_]) for license_, number in ordered
    )
