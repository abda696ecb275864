"""The figures in an editor's words: chapters, each a table, some with a plot of the same numbers.

The terminal and the page say the same ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from curator.faces.messages import Messages
from curator.faces.plots import OUTLINED, Bar, Bars, Course, Plot, Point, Row
from curator.figures import Band, Exposed, Figures, Share, Subscribers, Took

DRAWN = 15
"""Rows of a plot: the table has them all."""
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """`told`: what is to be seen, in a sentence. `headings` are keys of `[say]` without their `col_`."""

    key: str
    told: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    plot: Plot | None = None
    newest: bool = False  # where a terminal has no room for all rows, the last ones count


Archive = Callable[[str, datetime], str | None]


def chapters(figures: Figures, *, messages: Messages, archive: Archive) -> tuple[Chapter, ...]:
    return (
        _overview(figures, messages),
        _sources(figures, messages),
        _times(figures, messages),
        _languages(figures, messages),
        _queue(figures, messages),
        _subscribers(figures, messages),
        _issues(figures, messages),
        _quoted(figures, messages),
        _pictures(figures, messages),
        _links(figures, messages),
        _dead(figures, messages, archive),
    )


def span(seconds: int | None, messages: Messages) -> str:
    """«3 h», «2 g»: how long something took."""
    if seconds is None:
        return ""
    if seconds < _HOUR:
        return messages.say("age_minutes", count=seconds // _MINUTE)
    if seconds < 2 * _DAY:
        return messages.say("age_hours", count=seconds // _HOUR)
    return messages.say("age_days", count=seconds // _DAY)


def _overview(figures: Figures, messages: Messages) -> Chapter:
    done = figures.published
    rows = (
        (figures.seen, messages.say("stats_seen")),
        (done.publications, messages.say("stats_publications")),
        (done.items, messages.say("stats_items")),
        (done.withdrawn, messages.say("stats_withdrawn")),
        (done.imported, messages.say("stats_imported")),
    )
    told = messages.say("stats_told_overview", seen=figures.seen, published=done.publications)
    return Chapter(key="overview", told=told, headings=("count", "what"), rows=rows)


def _sources(figures: Figures, messages: Messages) -> Chapter:
    named = [(each, each.name or messages.say("stats_by_hand")) for each in figures.sources]
    fruitful = sum(each.published > 0 for each in figures.sources)
    told = messages.say(
        "stats_told_sources" if fruitful else "stats_told_sources_none",
        sources=len(figures.sources),
        fruitful=fruitful,
    )
    return Chapter(
        key="sources",
        told=told,
        headings=("id", "seen", "published_items", "source"),
        rows=tuple((each.id, each.seen, each.published, name) for each, name in named),
        plot=Bars(
            tuple(
                Row(
                    name,
                    (
                        Bar(each.published, str(each.published)),
                        Bar(each.seen, str(each.seen), OUTLINED),
                    ),
                    within=True,
                )
                for each, name in named[:DRAWN]
            )
        )
        if named
        else None,
    )


def _times(figures: Figures, messages: Messages) -> Chapter:
    several = (("stats_from_source", figures.from_source), ("stats_from_seen", figures.from_first_seen))
    dated = figures.from_source.publications
    undated = figures.from_first_seen.publications - dated
    told = messages.say(
        "stats_told_times" if dated else "stats_told_times_none",
        number=dated,
        median=span(figures.from_source.median_seconds, messages),
        p90=span(figures.from_source.p90_seconds, messages),
    )
    if undated:
        told = f"{told} {messages.say('stats_told_undated', count=undated)}"
    return Chapter(
        key="times",
        told=told,
        headings=("published_items", "median", "p90", "from"),
        rows=tuple(_timed(key, took, messages) for key, took in several),
        plot=Bars(
            tuple(
                Row(
                    messages.say(key),
                    (
                        Bar(took.median_seconds or 0, span(took.median_seconds, messages) or "–"),
                        Bar(took.p90_seconds or 0, span(took.p90_seconds, messages) or "–", OUTLINED),
                    ),
                )
                for key, took in several
                if took.publications
            )
        )
        if figures.from_first_seen.publications
        else None,
    )


def _timed(key: str, took: Took, messages: Messages) -> tuple[Any, ...]:
    median, p90 = span(took.median_seconds, messages), span(took.p90_seconds, messages)
    return (took.publications, median, p90, messages.say(key))


def _languages(figures: Figures, messages: Messages) -> Chapter:
    several = (
        ("stats_entries", figures.entry_languages),
        ("stats_quotations", figures.quotation_languages),
        ("stats_editions", figures.edition_languages),
    )
    rows, drawn = [], []
    for key, mix in several:
        total = sum(each.number for each in mix)
        for each in mix:
            name = _language(each, messages)
            rows.append((each.number, f"{_percent(each.number, total)} %", messages.say(key), name))
        drawn += [
            Row(
                f"{messages.say(key)}: {_language(each, messages)}",
                (Bar(each.number / total, f"{each.number} ({_percent(each.number, total)} %)"),),
            )
            for each in mix[:5]
        ]
    told = messages.say("stats_told_languages", count=len({row[3] for row in rows}))
    headings = ("count", "share", "of", "language")
    return Chapter(
        key="languages",
        told=told,
        headings=headings,
        rows=tuple(rows),
        plot=Bars(tuple(drawn)) if drawn else None,
    )


def _language(share: Share, messages: Messages) -> str:
    from babel import Locale, UnknownLocaleError

    if share.language is None:
        return messages.say("stats_unknown")
    try:
        known = Locale.parse(messages.locale).languages.get(share.language)
    except (UnknownLocaleError, ValueError):
        known = None
    return known or share.language


def _percent(number: int, total: int) -> int:
    return round(number * 100 / total) if total else 0


def _queue(figures: Figures, messages: Messages) -> Chapter:
    queue = figures.queue
    named = [(each.items, _band(each, messages)) for each in queue.bands]
    told = messages.say(
        "stats_told_queue" if queue.waiting else "stats_told_queue_none",
        count=queue.waiting,
        median=span(queue.median_seconds, messages),
        oldest=span(queue.oldest_seconds, messages),
    )
    if queue.siblings:
        told = f"{told} {messages.say('stats_told_siblings', count=queue.siblings)}"
    rows = tuple(Row(name, (Bar(number, str(number)),)) for number, name in named)
    plot = Bars(rows) if queue.waiting else None
    return Chapter(key="queue", told=told, headings=("items", "waiting"), rows=tuple(named), plot=plot)


def _band(band: Band, messages: Messages) -> str:
    if not band.from_days:
        return messages.say("stats_band_first", count=band.below_days)
    key = "stats_band" if band.below_days else "stats_band_last"
    return messages.say(key, least=band.from_days, below=band.below_days)


def _subscribers(figures: Figures, messages: Messages) -> Chapter:
    people = figures.subscribers
    gone = ", ".join(
        f"{messages.say(f'stats_suppressed_{reason}')}: {number}"
        for reason, number in people.suppressed.items()
    )
    told = messages.say(
        "stats_told_subscribers",
        count=people.confirmed,
        joined=sum(week.joined for week in people.weeks),
        left=sum(week.left for week in people.weeks),
        suppressed=gone or "0",
    )
    return Chapter(
        key="subscribers",
        told=told,
        headings=("week", "confirmed", "joined", "left"),
        rows=tuple((str(week.monday), week.confirmed, week.joined, week.left) for week in people.weeks),
        plot=_drawn_readers(people, messages),
        newest=True,
    )


def _drawn_readers(people: Subscribers, messages: Messages) -> Plot | None:
    """None where there was nobody: an empty frame says nothing."""
    course = Course(
        tuple(Point(str(week.monday), week.confirmed, week.joined, week.left) for week in people.weeks)
    )
    if not course.highest and not course.most:
        return None
    return replace(
        course,
        height=messages.say("stats_axis_confirmed", number=course.highest),
        step=messages.say("stats_axis_moves", number=course.most),
    )


def _issues(figures: Figures, messages: Messages) -> Chapter:
    rows, drawn = [], []
    for issue in figures.issues:
        counts = issue.counts
        name = messages.say("stats_issue", number=issue.number, edition=issue.edition)
        rows.append(
            (
                issue.number,
                issue.edition,
                str(issue.closed_at.date()),
                counts.selected,
                counts.accepted,
                counts.failed,
                counts.selected - counts.accepted - counts.failed,
                issue.hard,
                issue.soft,
                issue.complaints,
            )
        )
        lost = counts.failed + issue.hard + issue.soft
        drawn.append(
            Row(
                name,
                (
                    Bar(counts.accepted, str(counts.accepted)),
                    Bar(lost, str(lost), OUTLINED),
                ),
            )
        )
    told = messages.say("stats_told_issues", count=len(rows))
    headings = "number edition closed selected accepted failed other hard soft complaints"
    plot = Bars(tuple(drawn[-DRAWN:])) if drawn else None
    return Chapter(
        key="issues",
        told=told,
        headings=tuple(headings.split()),
        rows=tuple(rows),
        plot=plot,
        newest=True,
    )


def _quoted(figures: Figures, messages: Messages) -> Chapter:
    ours = [(each, "stats_ours") for each in figures.quoted]
    imported = [(each, "stats_brought") for each in figures.quoted_imported]
    reserved = sum(each.items for each in figures.quoted if each.license is None)
    told = messages.say(
        "stats_told_quoted",
        count=sum(each.items for each in figures.quoted),
        reserved=reserved,
        words=sum(each.words_quoted for each in figures.quoted),
    )
    return Chapter(
        key="quoted",
        told=told,
        headings=("items", "words", "share", "of", "license"),
        rows=tuple(_exposed(each, key, messages) for each, key in ours + imported),
        plot=_drawn_licenses(figures.quoted, messages),
    )


def _exposed(each: Exposed, key: str, messages: Messages) -> tuple[Any, ...]:
    share = "" if each.share_percent is None else f"{each.share_percent} %"
    return (each.items, each.words_quoted, share, messages.say(key), _license(each.license, messages))


def _drawn_licenses(several: Sequence[Exposed], messages: Messages) -> Plot | None:
    rows = (
        Row(
            _license(each.license, messages),
            (Bar(each.items, str(each.items)),),
        )
        for each in several[:DRAWN]
    )
    return Bars(tuple(rows)) if several else None


def _license(license_: str | None, messages: Messages) -> str:
    return license_ or messages.say("stats_reserved")


def _pictures(figures: Figures, messages: Messages) -> Chapter:
    rows: Iterable[tuple[Any, ...]] = (
        (each.items, each.shown, _license(each.license, messages)) for each in figures.pictures
    )
    total = sum(each.items for each in figures.pictures)
    told = messages.say(
        "stats_told_pictures", count=total, shown=sum(each.shown for each in figures.pictures)
    )
    return Chapter(key="pictures", told=told, headings=("items", "shown", "license"), rows=tuple(rows))


def _links(figures: Figures, messages: Messages) -> Chapter:
    links = figures.links
    counts = {
        "ok": links.ok,
        "moved_home": links.moved_home,
        "unknown": links.unknown,
        "failing": links.failing,
        "dead": len(links.dead),
        "unchecked": links.unchecked,
    }
    named = [(number, messages.say(f"stats_link_{state}")) for state, number in counts.items()]
    rows = tuple(Row(name, (Bar(number, str(number)),)) for number, name in named)
    plot = Bars(rows) if links.known else None
    told = messages.say("stats_told_links", count=links.known, dead=len(links.dead))
    return Chapter(key="links", told=told, headings=("count", "what"), rows=tuple(named), plot=plot)


def _dead(figures: Figures, messages: Messages, archive: Archive) -> Chapter:
    rows = tuple(
        (
            str(each.since.date()),
            ", ".join(map(str, each.items)),
            each.url,
            archive(each.url, each.published_at) or "",
        )
        for each in figures.links.dead
    )
    told = messages.say("stats_told_dead" if rows else "stats_told_dead_none", count=len(rows))
    return Chapter(key="dead", told=told, headings=("since", "items", "url", "archive"), rows=rows)
