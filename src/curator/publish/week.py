"""The newsletter's week: when an issue is due, and how far back the very first one reaches."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from curator.settings import NewsletterSettings

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def latest_slot(newsletter: NewsletterSettings, *, timezone: str, now: datetime) -> datetime:
    """The last weekly moment that has come, in UTC; the wall clock of the edition's zone decides.

    A time that DST skips counts by the offset before the change, one that it
    repeats counts at its first coming (PEP 495, fold=0).
    """
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    back = (today.weekday() - WEEKDAYS.index(newsletter.weekday)) % 7
    for day in (today - timedelta(days=back), today - timedelta(days=back + 7)):
        slot = _slot(newsletter, zone, day)
        if slot <= now:
            return slot
    raise AssertionError("a week ago has come")


def next_slot(newsletter: NewsletterSettings, *, timezone: str, after: datetime) -> datetime:
    """The first weekly moment after this one, in UTC."""
    zone = ZoneInfo(timezone)
    last = latest_slot(newsletter, timezone=timezone, now=after)
    return _slot(newsletter, zone, last.astimezone(zone).date() + timedelta(days=7))


def _slot(newsletter: NewsletterSettings, zone: ZoneInfo, day: date) -> datetime:
    hour, minute = map(int, newsletter.time.split(":"))
    return datetime.combine(day, time(hour, minute), tzinfo=zone).astimezone(UTC)


def start_of(newsletter: NewsletterSettings, *, timezone: str, closing: datetime) -> datetime:
    """`newsletter.start`: so many days before the first closing, or a date in the edition's time zone."""
    number, _, unit = newsletter.start.partition(" ")
    if unit in ("day", "days"):
        return closing - timedelta(days=int(number))
    day = date.fromisoformat(newsletter.start)
    return datetime.combine(day, time(), tzinfo=ZoneInfo(timezone)).astimezone(UTC)
