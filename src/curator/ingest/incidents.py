"""When does a source need an editor's eye? One alert and one all-clear for one incident. Pure.

An alert begins late and ends late: a source that fails and recovers by turns is
one incident, not twenty.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from curator.ingest.schedule import FEWEST
from curator.model import Alert, Source, SourceStatus

FAILING = "source_failing"
QUIET = "source_quiet"
GONE = "source_gone"
MOVED_ONTO = "source_moved_onto"

MANY_FAILURES = 5
LONG = timedelta(days=1)
GOOD_AGAIN = 3
"""Good polls in a row after which a source that failed is well."""

SILENT_GAPS = 6
LEAST_SILENCE = timedelta(days=14)


def assess(source: Source, *, now: datetime) -> Alert | None:
    """The incident that is open after this poll. `source` is what it is afterwards."""
    if source.status is SourceStatus.RETIRED:
        return _open(source, GONE, now=now)
    if source.alert is not None:
        return _unless_over(source, source.alert, now=now)
    if is_failing(source, now=now):
        return _open(source, FAILING, now=now)
    if is_quiet(source, now=now):
        return _open(source, QUIET, now=now)
    return None


def is_failing(source: Source, *, now: datetime) -> bool:
    return source.failures >= MANY_FAILURES and down_for(source, now=now) >= LONG


def is_quiet(source: Source, *, now: datetime) -> bool:
    """Nothing new for several times its usual gap."""
    return len(source.recent) > FEWEST and now - source.recent[-1] > _longest_silence(source)


def _longest_silence(source: Source) -> timedelta:
    if len(source.recent) <= 1:  # forgotten meanwhile: it has no usual gap any more
        return LEAST_SILENCE
    usual = (source.recent[-1] - source.recent[0]) / (len(source.recent) - 1)
    return max(SILENT_GAPS * usual, LEAST_SILENCE)


def down_for(source: Source, *, now: datetime) -> timedelta:
    return max(now - (source.last_success_at or source.added_at), timedelta()) if source.failures else NO_TIME


NO_TIME = timedelta()


def _open(source: Source, code: str, *, now: datetime) -> Alert:
    if source.alert is not None and source.alert.code == code:
        return source.alert
    return Alert(code=code, since=now)


def _unless_over(source: Source, alert: Alert, *, now: datetime) -> Alert | None:
    match alert.code:
        case "source_failing" if source.failures:
            return replace(alert, data={})
        case "source_failing":
            good = int(alert.data.get("good", 0)) + 1
            return replace(alert, data={"good": good}) if good < GOOD_AGAIN else None
        case "source_quiet":
            # An entry that comes with an old date ends no silence.
            spoke = bool(source.recent) and 2 * (now - source.recent[-1]) < _longest_silence(source)
            return None if spoke else alert
        case "source_moved_onto":
            return alert if source.moved_to or source.failures else None
        case _:  # gone, and resumed by an editor
            return alert if source.failures else None
