"""Whether an engine may be asked: a budget for each day, and a rest after it has failed (pure)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from curator.model import EngineState, Failed

IN_A_ROW = 3
"""So many failures, and the engine rests; then one question finds out whether it is back."""
FIRST_REST = timedelta(minutes=1)
LONGEST_REST = timedelta(hours=6)
PROBE = timedelta(minutes=5)
"""While one process finds that out, the others wait: longer than any question takes, should it die."""

# The last is DeepL's own: nothing is left of what was paid for.
_NOT_SO, _TOO_MANY, _QUOTA_USED = 400, 429, 456


def admitted(
    state: EngineState, *, host: str, characters: int, most: int, now: datetime
) -> EngineState | Failed:
    """The state once so many characters are sent today, or why they must not be; `most` 0: any number."""
    until = state.resting_until
    # Not what a clock set back makes absurd.
    if until is not None and now < until <= now + timedelta(days=1):
        return Failed(code="engine_resting", data={"host": host, "until": until})
    day = _day(now)
    used = state.characters if state.day == day else 0
    if most and used + characters > most:
        data = {"host": host, "used": used, "wanted": characters, "most": most}
        return Failed(code="engine_budget", data=data)
    probing = now + PROBE if state.failures >= IN_A_ROW else None
    return replace(state, day=day, characters=used + characters, resting_until=probing)


def after(state: EngineState, failed: Failed | None, *, unused: int, now: datetime) -> EngineState:
    """The state once it has answered, or not; `unused` of the characters were not sent after all."""
    if state.day == _day(now):
        state = replace(state, characters=max(0, state.characters - unused))
    if failed is None:
        return replace(state, failures=0, resting_until=None, error=None)
    # It does not have this language, which says nothing about the others.
    if failed.code == "engine_language" or failed.http_status == _NOT_SO:
        return replace(state, resting_until=None)
    failures = state.failures + 1
    error = {"code": failed.code, "data": dict(failed.data)}
    return replace(state, failures=failures, resting_until=_rests(failed, failures, now), error=error)


def is_passing(failed: Failed) -> bool:
    """Worth another try at once: the time is not over, and the engine did not say no."""
    if failed.code == "fetch_http_status":
        return failed.http_status is not None and failed.http_status // 100 == 5  # noqa: PLR2004
    return failed.code in ("fetch_connect", "fetch_truncated", "fetch_protocol", "engine_answer")


def _rests(failed: Failed, failures: int, now: datetime) -> datetime | None:
    rest = timedelta()
    if failures >= IN_A_ROW:
        rest = FIRST_REST * 2 ** min(failures - IN_A_ROW, 10)
    if failed.http_status == _TOO_MANY:
        rest = max(rest, FIRST_REST)
    if failed.http_status == _QUOTA_USED:
        rest = LONGEST_REST
    rest = min(max(rest, failed.retry_after or timedelta()), LONGEST_REST)
    return now + rest if rest else None


def _day(now: datetime) -> str:
    return now.date().isoformat()
