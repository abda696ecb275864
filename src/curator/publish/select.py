"""Which publications belong in which document, and when a document last changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from curator.model import Publication

FRONT_PAGE = 50
TOMBSTONES_FOR = timedelta(days=90)


def in_feed(live: Sequence[Publication], *, most: int) -> Sequence[Publication]:
    """The newest; `live` comes newest first from the store."""
    return live[:most]


def on_front_page(live: Sequence[Publication]) -> Sequence[Publication]:
    return live[:FRONT_PAGE]


def by_month(live: Sequence[Publication], *, timezone: str) -> list[tuple[datetime, list[Publication]]]:
    """Newest month first, each named by the instant of its newest publication."""
    zone = ZoneInfo(timezone)

    def month(publication: Publication) -> tuple[int, int]:
        local = publication.published_at.astimezone(zone)
        return local.year, local.month

    newest_first = sorted(live, key=lambda p: (p.published_at, p.sequence), reverse=True)
    months = [list(group) for _, group in groupby(newest_first, key=month)]
    return [(group[0].published_at, group) for group in months]


def changed_at(
    live: Sequence[Publication], withdrawn: Sequence[Publication], *, opened: datetime
) -> datetime:
    """When what readers have last changed; `opened` is the edition's first publish."""
    instants = [p.updated_at for p in live] + [p.withdrawn_at for p in withdrawn if p.withdrawn_at]
    return max(instants, default=opened)


def tombstones(withdrawn: Sequence[Publication], *, changed_at: datetime) -> list[Publication]:
    """What the feed still says was taken back (RFC 6721), for 90 days at least.

    Counted from the edition's last change, not from a clock, so that the same
    store always makes the same feed.
    """
    since = changed_at - TOMBSTONES_FOR
    return [p for p in withdrawn if p.withdrawn_at and p.withdrawn_at >= since]
