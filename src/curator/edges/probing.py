"""Whether an address of the newsroom's own answers, before thousands are told to go there."""

from __future__ import annotations

import time

import httpx2

from curator.edges.http import open_web, place_of
from curator.fetch import DEADLINE, CannotFetch
from curator.settings import FetchSettings

WITHIN = 10.0  # seconds
OURS = "X-Curator"
"""What `serve` says with a page that programs may look for, and the page's name."""

_PAGE = "unsubscribe"
_FINE = 200


def answers(url: str) -> str | None:
    """None: the page by which one unsubscribes is there, and ours. Else why not, in a few words.

    It is only looked at, which changes nothing. The address is the newsroom's
    own, so it may lie in any network; certificates must be right, and it must
    not lead elsewhere: whoever unsubscribes by one click follows nothing.
    """
    try:
        target = httpx2.URL(url)
        place = place_of(url)
    except (httpx2.InvalidURL, KeyError):
        return "no address"
    web = open_web(FetchSettings(allow_private=(place,), total_timeout=WITHIN, connect_timeout=WITHIN))
    with web.client as client:
        try:
            answer = client.get(
                target,
                headers={"User-Agent": web.limits.user_agent},
                extensions={DEADLINE: time.monotonic() + WITHIN},
            )
        except CannotFetch as stop:
            return _said(stop)
        except httpx2.TimeoutException:
            return f"no answer within {WITHIN:.0f} s"
        except httpx2.HTTPError as error:
            return str(error) or type(error).__name__
    if answer.status_code != _FINE:
        return f"answers {answer.status_code}"
    return None if answer.headers.get(OURS) == _PAGE else "another page answers"


def _said(stop: CannotFetch) -> str:
    failed = stop.failed
    return " ".join(str(each) for each in (failed.code, failed.data.get("why")) if each)
