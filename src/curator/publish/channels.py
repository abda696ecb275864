"""The channels of an edition, the places of items in them, and what their feeds tell beside the newest.

Places are counted over all that a channel ever had, withdrawn items included,
so that nothing moves another from its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from zoneinfo import ZoneInfo

from curator.model import UNDATED, UNKNOWN_LANGUAGE, Glance, Lang
from curator.publish import labels
from curator.publish import site as places
from curator.publish.site import Channel, Line
from curator.settings import Edition

TOLD_FOR = timedelta(days=90)  # feeds go on telling that an item was withdrawn or corrected


# ── places ──


@dataclass(slots=True, kw_only=True)
class Places:
    """All that a channel ever had, the oldest first, and what of it readers can read.

    `corrected`: at which places of `live`. `spelt`: under which names its items know it. `shared`: the
    host, where several publish on it.
    """

    channel: Channel
    slots: list[Glance] = field(default_factory=list)
    live: list[Glance] = field(default_factory=list)
    gone: list[Glance] = field(default_factory=list)
    corrected: list[int] = field(default_factory=list)
    spelt: set[object] = field(default_factory=set)
    shared: set[str] = field(default_factory=set)

    def add(self, glance: Glance) -> None:
        if self.slots and self.slots[-1] is glance:
            return  # two of its tags are one topic
        self.slots.append(glance)
        if glance.withdrawn_at is not None:
            self.gone.append(glance)
            return
        if glance.facets.corrected:
            self.corrected.append(len(self.live))
        self.live.append(glance)

    def told(self) -> Places:
        """The same for its feeds: without what would look like news there, and never was."""
        if all(glance.in_feeds for glance in self.slots):
            return self
        return in_order(self.channel, (glance for glance in self.slots if glance.in_feeds))

    def newest(self, most: int, *, changed: datetime) -> tuple[Glance, ...]:
        """What a feed without archives holds; `changed`: when its edition last did."""
        older = (self.live[place] for place in self.corrected if place < len(self.live) - most)
        return (*reversed(self.live[-most:]), *returned(older, changed=changed, most=most))


def in_order(channel: Channel, glances: Iterable[Glance]) -> Places:
    found = Places(channel=channel)
    for glance in sorted(glances, key=_in_order):
        found.add(glance)
    return found


def newest_first(slots: Sequence[Glance]) -> tuple[Glance, ...]:
    """Of these places, what readers can read."""
    return tuple(glance for glance in reversed(slots) if glance.withdrawn_at is None)


# ── feeds ──


def changed_at(glances: Iterable[Glance], *, opened: datetime) -> datetime:
    """When what readers have last changed; `opened` is the edition's first publish."""
    known = list(glances)
    gone = [glance.withdrawn_at for glance in known if glance.withdrawn_at]
    latest = max([*map(_updated_at, known), *gone], default=opened)
    return latest if latest > UNDATED else opened


def is_news(glance: Glance) -> bool:
    """Whether hubs are to hear of it: not of what readers had before we did, until an editor changes it."""
    return not glance.imported or glance.facets.corrected or glance.withdrawn_at is not None


def news_at(glances: Iterable[Glance]) -> datetime | None:
    """When there last was anything that hubs are to hear of; None: never."""
    return max((_happened(glance) for glance in glances if is_news(glance)), default=None)


def _happened(glance: Glance) -> datetime:
    return glance.withdrawn_at or (glance.updated_at if glance.facets.corrected else glance.published_at)


_updated_at = attrgetter("updated_at")


def tombstones(glances: Iterable[Glance], *, changed: datetime) -> tuple[Glance, ...]:
    """What the feed still says was taken back (RFC 6721), for 90 days at least; the latest first.

    Counted from the edition's last change, not from a clock, so that the same
    store always makes the same feed.
    """
    since = changed - TOLD_FOR
    gone = [(g.withdrawn_at, g) for g in glances if g.withdrawn_at and g.withdrawn_at >= since]
    return tuple(g for _, g in sorted(gone, key=lambda each: (each[0], each[1].sequence), reverse=True))


def returned(corrected: Iterable[Glance], *, changed: datetime, most: int) -> tuple[Glance, ...]:
    """Of what was corrected and is too old for a feed, what is in it nevertheless; the newest first.

    It stays as long as a tombstone does, if it is among the `most` that were corrected last.
    """
    since = changed - TOLD_FOR
    told = [glance for glance in corrected if glance.withdrawn_at is None and glance.updated_at >= since]
    return tuple(sorted(sorted(told, key=_updated_at)[-most:], key=_in_order, reverse=True))


_in_order = attrgetter("published_at", "sequence")


# ── months ──

Months = list[tuple[str, list[Glance]]]
Part = tuple[str, int, list[Glance]]


def months_of(slots: Sequence[Glance], *, timezone: str) -> Months:
    """By the month in which its readers got each, the oldest first; what has no date is of none."""
    found: Months = []
    over: datetime | None = None
    for glance in slots:
        if glance.undated:
            continue
        if over is None or glance.published_at >= over:
            found.append((places.month_of(glance.published_at, timezone=timezone), []))
            over = _end_of_month(glance.published_at, timezone=timezone)
        found[-1][1].append(glance)
    return found


def _end_of_month(instant: datetime, *, timezone: str) -> datetime:
    local = instant.astimezone(ZoneInfo(timezone))
    year, month = divmod(local.year * 12 + local.month, 12)
    return datetime(year, month + 1, 1, tzinfo=ZoneInfo(timezone)).astimezone(UTC)


def archived(months: Months, *, most: int) -> list[Part]:
    """Parts of months that nothing will be added to, and that are older than the feed's newest.

    A part is full, or its month is over. What is in none of them is in the feed.
    """
    older = sum(len(slots) for _, slots in months) - most
    parts: list[Part] = []
    for month, slots in months:
        for start in range(0, len(slots), most):
            part = slots[start : start + most]
            older -= len(part)
            if older < 0 or (len(part) < most and month == months[-1][0]):
                return parts
            parts.append((month, start // most + 1, part))
    return parts


# ── channels ──


class _Channels:
    """Which channels there are, found as items are gone through, the oldest first: it spells their names."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition
        self._spelt: dict[object, Places] = {}
        self._found: dict[tuple[Line, str], Places] = {}

    def add(self, glance: Glance) -> None:
        facets = glance.facets
        for tag in facets.tags:
            (self._spelt.get(tag) or self._meet(tag, places.tag_channel(tag))).add(glance)
        for source in facets.sources:
            (self._spelt.get(source) or self._meet(source, places.source_channel(*source))).add(glance)
        language = facets.language
        if language and language != UNKNOWN_LANGUAGE:
            told = (language,)
            (self._spelt.get(told) or self._meet(told, self._spoken(language))).add(glance)

    def _spoken(self, language: Lang) -> Channel:
        channel = places.language_channel(language)
        return replace(channel, name=labels.language_name(self._edition, channel.key))

    def _meet(self, spelt: object, channel: Channel) -> Places:
        """Another spelling may be of a channel that is known."""
        known = self._found.setdefault((channel.line, channel.key), Places(channel=channel))
        self._spelt[spelt] = known
        known.spelt.add(spelt)
        return known

    def lines(self) -> dict[Line, list[Places]]:
        """Those of which readers can read something, by their keys."""
        lines: dict[Line, list[Places]] = {line: [] for line in places.LISTS}
        for (line, _), found in sorted(self._found.items(), key=lambda each: each[0]):
            if found.live:
                if len(found.spelt) > 1:
                    _name(found)
                lines[line].append(found)
        return lines


def _name(found: Places) -> None:
    """As the oldest that can be read spells it; a host that several publish on bears nobody's name."""
    channel, facets = found.channel, found.live[0].facets
    readable = {source for glance in found.live for source in glance.facets.sources} & found.spelt
    if len({name.casefold() for _, name in readable}) > 1:
        found.shared = {host for host, _ in readable}
    names = [places.tag_channel(tag) for tag in facets.tags]
    names += [
        places.source_channel(host, host if host in found.shared else name) for host, name in facets.sources
    ]
    same = (each for each in names if (each.line, each.key) == (channel.line, channel.key))
    found.channel = next(same, channel)


def channels_of(slots: Sequence[Glance], edition: Edition) -> dict[Line, list[Places]]:
    channels = _Channels(edition)
    for glance in slots:
        channels.add(glance)
    return channels.lines()
