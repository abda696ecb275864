"""Some months of a newsroom in figures, for those who look at the page of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from curator.faces.chapters import chapters
from curator.faces.messages import Messages
from curator.faces.statspage import page
from curator.figures import (
    Arrivals,
    DeadLink,
    Figures,
    Given,
    Links,
    Picture,
    Posted,
    Queued,
    Remembered,
    Said,
    figures,
)
from curator.model import IssueCounts

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday
SINCE = NOW - timedelta(days=120)
DAY = timedelta(days=1)
_CC = "https://creativecommons.org/licenses/by-nc-sa/4.0/"


def some_months() -> Figures:
    return figures(told(), edition=None, since=SINCE, until=NOW)


def told() -> Remembered:
    names = ["CX Journal", "Il blog dei clienti & dei <servizi>", "Service Design Weekly"]
    names += [f"Una fonte con un nome piuttosto lungo, la numero {n}" for n in range(4, 13)]
    sources = dict(enumerate(names, start=1))
    languages = ("en", "it", "de", "und", None)
    return Remembered(
        sources=sources,
        arrivals=[
            Arrivals(source=n, language=languages[n % 5], entries=4000 // n) for n in sources if n != 12
        ],
        given=[_given(n) for n in range(1, 80)],
        queued=Queued(listed=[NOW - n * DAY / 3 for n in range(400)], siblings=31),
        said=[_said(n) for n in range(400)],
        forgotten=(),
        suppressed={"bounced": 7, "complained": 2, "erased": 11},
        posted=[_posted(n) for n in range(1, 10)],
        links=Links(
            known=420,
            ok=371,
            moved_home=9,
            unknown=22,
            failing=3,
            unchecked=13,
            dead=(
                DeadLink(
                    url=f"https://cx.example/2019/04/{'why-customers-leave-' * 4}now?utm=a&b=c",
                    since=NOW - 20 * DAY,
                    checked_at=NOW - DAY,
                    http_status=404,
                    items=(12, 314),
                    published_at=NOW - 200 * DAY,
                ),
                DeadLink(
                    url="https://gone.example/",
                    since=NOW - 9 * DAY,
                    checked_at=NOW - DAY,
                    http_status=None,
                    items=(7,),
                    published_at=NOW - 90 * DAY,
                ),
            ),
        ),
    )


def _given(n: int) -> Given:
    at = NOW - n * 2.2 * DAY
    seen = at - timedelta(hours=n % 90)
    return Given(
        item=n,
        edition="it" if n % 4 else "en",
        published_at=at,
        withdrawn_at=at + DAY if n % 50 == 0 else None,
        imported=n % 10 == 9,
        language="it" if n % 4 else "en",
        quotes=n % 7 != 0,
        quoted_language="en" if n % 3 else "it",
        words=40 + n % 30,
        original_words=400 + n,
        license=(None, _CC, "CC BY 4.0")[n % 3],
        picture=Picture(_CC, shown=True)
        if n % 5 == 0
        else Picture(None, shown=False)
        if n % 5 == 1
        else None,
        source=n % 9 + 1 if n % 11 else None,
        first_seen=seen if n % 11 else None,
        came_out=seen - timedelta(hours=n % 7) if n % 13 else None,
    )


def _said(n: int) -> Said:
    at = SINCE - 60 * DAY + n * DAY / 2.2
    return Said(
        subscriber=n if n % 6 else n - 3,
        edition="it",
        kind="confirmed" if n % 6 else "withdrawn",
        at=at,
        known_since=at,
    )


def _posted(n: int) -> Posted:
    counts = IssueCounts(accepted=180 + 5 * n, failed=n % 4, suppressed=3, excluded=n % 3)
    return Posted(
        edition="it",
        number=n,
        status="finished",
        closed_at=SINCE + n * 12 * DAY,
        counts=counts,
        hard=n % 3,
        soft=n % 5,
        complaints=n % 11 == 0,
    )


def a_page(locale: str = "it", *, of: Figures | None = None) -> str:
    messages = Messages(locale, zone="Europe/Rome")
    shown = of or some_months()
    archive = "https://web.archive.org/web/{date:%Y%m%d}/{url}"
    said = chapters(shown, messages=messages, archive=lambda url, date: archive.format(url=url, date=date))
    return page(shown, said, title="Rassegna CX", messages=messages)
