"""A small web whose sources follow a script: they publish, move, fail, throttle, lie, flood, die and return.

Time is virtual: nobody waits. The world is met through the HTTP client's own transport, so that
everything of ours between the schedule and the wire is the real thing.
"""

from __future__ import annotations

import random
import threading
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

import httpx2

from curator.fetch import HostGate

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RSS = "application/rss+xml"
HTML = "text/html; charset=utf-8"
LATENCY = 0.05
WINDOW = 6


class VirtualTime:
    """One clock for the wall and for the gate. Whoever sleeps moves it, and nobody else meanwhile."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._seconds = 0.0

    def monotonic(self) -> float:
        return self._seconds

    def now(self) -> datetime:
        return START + timedelta(seconds=self._seconds)

    def sleep(self, seconds: float) -> None:
        with self.lock:
            self._seconds += seconds

    def until(self, moment: datetime) -> None:
        with self.lock:
            self._seconds = max(self._seconds, (moment - START).total_seconds())


class WatchedGate(HostGate):
    """The real gate on virtual time. `entered` is when this thread was let in: a request needs that."""

    def __init__(self, gap: float, time: VirtualTime) -> None:
        super().__init__(gap, clock=time.monotonic, sleep=time.sleep)
        self._time = time
        self._here = threading.local()

    def wait(self, host: str) -> None:
        with self._time.lock:
            super().wait(host)
            self._here.at = host, self._time.monotonic()

    def entered(self, host: str) -> float:
        """Once for each turn; a request that did not wait for one has none."""
        there, at = self._here.at
        assert there == host
        self._here.at = None
        return float(at)


@dataclass(frozen=True, slots=True)
class Trouble:
    """From when to when a source does what else. `what`: a status, or html, timeout, refused, stuck."""

    begins: datetime
    ends: datetime
    what: str
    retry_after: str | None = None


@dataclass
class Script:
    """One source. `moved`: from then on its address redirects there for good, and lives there."""

    kind: str
    url: str
    period: timedelta
    first: datetime
    last: datetime | None = None
    etag: str = "honest"  # or none, or changing (another at each answer)
    guid: str = "stable"  # or random
    headers: dict[str, str] = field(default_factory=dict)
    head: str = ""
    troubles: tuple[Trouble, ...] = ()
    moved: tuple[datetime, int, str] | None = None
    flood: tuple[datetime, int] | None = None
    successor: str | None = None

    @property
    def host(self) -> str:
        return httpx2.URL(self.url).host

    @property
    def home(self) -> str:
        return _home(self.url)

    def trouble(self, now: datetime) -> Trouble | None:
        return next((each for each in self.troubles if each.begins <= now < each.ends), None)

    def lives(self, now: datetime) -> bool:
        return self.trouble(now) is None

    def published(self, now: datetime) -> list[datetime]:
        """When its entries came out, oldest first."""
        end = min(now, self.last or now)
        count = max(0, int((end - self.first) / self.period) + 1)
        regular = [self.first + n * self.period for n in range(count)]
        if self.flood is None or now < self.flood[0]:
            return regular
        at, size = self.flood
        return sorted([*regular, *(at + timedelta(milliseconds=n) for n in range(size))])


@dataclass(frozen=True, slots=True)
class Asked:
    at: float
    url: str
    host: str
    status: int | None
    location: str | None = None
    retry_after: timedelta | None = None


class World:
    def __init__(
        self, scripts: Sequence[Script], time: VirtualTime, gate: WatchedGate, *, limits: dict[str, int]
    ) -> None:
        self.scripts = scripts
        self._gate = gate
        self.asked: list[Asked] = []
        self._time = time
        self._limits = limits
        self._by_url = {script.url: script for script in scripts}
        self._there = {script.moved[2]: script for script in scripts if script.moved}
        self._homes = {script.home: script for script in scripts}
        self._served: Counter[str] = Counter()
        self._recent: defaultdict[str, list[float]] = defaultdict(list)
        self._lock = threading.Lock()

    def client(self) -> httpx2.Client:
        return httpx2.Client(transport=httpx2.MockTransport(self._answer), follow_redirects=False)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        at = self._gate.entered(request.url.host)
        now, url = START + timedelta(seconds=at), str(request.url)
        response, error = None, None
        try:
            with self._lock:
                response = self._respond(request, url=url, at=at, now=now)
        except httpx2.TransportError as failed:
            error = failed
        self.asked.append(
            Asked(
                at=at,
                url=url,
                host=request.url.host,
                status=response.status_code if response else None,
                location=response.headers.get("location") if response else None,
                retry_after=_retry_after(response),
            )
        )
        self._time.sleep(LATENCY)
        if response is None:
            assert error is not None
            raise error
        return response

    def _respond(self, request: httpx2.Request, *, url: str, at: float, now: datetime) -> httpx2.Response:
        if (host := request.url.host) in self._limits:
            self._recent[host] = [earlier for earlier in self._recent[host] if earlier > at - 3600] + [at]
            if len(self._recent[host]) > self._limits[host]:
                return httpx2.Response(429, headers={"Retry-After": "1800"})
        if (script := self._homes.get(url)) is not None:
            return _home_page(script)
        if (script := self._there.get(url)) is not None:
            return self._feed(script, request, now=now)
        script = self._by_url.get(url)
        return httpx2.Response(404) if script is None else self._at_home(script, request, now=now)

    def _at_home(self, script: Script, request: httpx2.Request, *, now: datetime) -> httpx2.Response:
        if (trouble := script.trouble(now)) is not None:
            return self._in_trouble(script, trouble, request, now=now)
        if script.moved is not None and now >= script.moved[0]:
            return httpx2.Response(script.moved[1], headers={"Location": script.moved[2]})
        return self._feed(script, request, now=now)

    def _in_trouble(
        self, script: Script, trouble: Trouble, request: httpx2.Request, *, now: datetime
    ) -> httpx2.Response:
        match trouble.what:
            case "timeout":
                raise httpx2.ConnectTimeout("nobody answers", request=request)
            case "refused":
                raise httpx2.ConnectError("refused", request=request)
            case "html":
                page = b"<!doctype html><html><title>Maintenance</title><p>Back soon."
                return httpx2.Response(
                    200, headers={"Content-Type": HTML, "ETag": '"bad"'}, stream=httpx2.ByteStream(page)
                )
            case "moved to html":
                return httpx2.Response(301, headers={"Location": script.home})
            case "stuck":  # says that nothing has changed, whatever has
                return self._feed(script, request, now=trouble.begins)
            case status:
                told = trouble.retry_after
                if told == "date":
                    told = format_datetime(now + 2 * HOUR, usegmt=True)
                return httpx2.Response(int(status), headers={"Retry-After": told} if told else {})

    def _feed(self, script: Script, request: httpx2.Request, *, now: datetime) -> httpx2.Response:
        dates = script.published(now)
        self._served[script.url] += 1
        shown = min(len(dates), max(WINDOW, script.flood[1] if script.flood else 0))
        salt = str(self._served[script.url]) if script.guid == "random" else ""
        body = _rss(script.url, script.head, len(dates), tuple(dates[-shown:]), salt)
        tag = f'"{len(dates)}"' if script.etag != "changing" else f'"{self._served[script.url]}"'
        headers = {"Content-Type": RSS, **script.headers} | ({} if script.etag == "none" else {"ETag": tag})
        if script.etag == "honest" and request.headers.get("if-none-match") == tag:
            return httpx2.Response(304, headers=headers)
        return httpx2.Response(200, headers=headers, stream=httpx2.ByteStream(body))


def _retry_after(response: httpx2.Response | None) -> timedelta | None:
    told = response.headers.get("retry-after") if response else None
    if told is None:
        return None
    return timedelta(seconds=int(told[:10])) if told.lstrip("-").isdecimal() else 2 * HOUR


def _home(url: str) -> str:
    host, _, name = url.rpartition("/")
    return f"{host}/home{name}"


def _home_page(script: Script) -> httpx2.Response:
    named = script.successor or script.url
    page = f'<!doctype html><link rel="alternate" type="{RSS}" href="{named}"><p>Welcome.'
    return httpx2.Response(200, headers={"Content-Type": HTML}, stream=httpx2.ByteStream(page.encode()))


@lru_cache(maxsize=1000)
def _rss(url: str, head: str, count: int, dates: tuple[datetime, ...], salt: str) -> bytes:
    first = count - len(dates)
    items = "".join(
        f"<item><guid isPermaLink='false'>{url}#{first + n}{salt}</guid><link>{url}/{first + n}</link>"
        f"<title>{url} {first + n}</title><description>What {url} said the {first + n}th time.</description>"
        f"<pubDate>{format_datetime(date)}</pubDate></item>"
        for n, date in reversed(list(enumerate(dates)))
    )
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>{url}</title><link>{_home(url)}</link>'
        f"<description>d</description><language>en</language>{head}{items}</channel></rss>"
    ).encode()


# ── who lives there ─────────────────────────────────────────────────────────


def populate(*, days: float, scale: float = 1.0, seed: int = 7) -> list[Script]:
    """200 sources in fixed shares, or a part of them. What happens has its place in the whole time."""
    chance = random.Random(seed)
    kinds = [kind for kind, share in SHARES.items() for _ in range(max(1, round(share * scale)))]
    scripts = []
    for n, kind in enumerate(kinds):
        host = "shared.example" if kind == "shared" else f"{kind.replace(' ', '-')}-{n}.example"
        period = {"busy": HOUR / 2, "hourly": HOUR, "weekly": 7 * DAY, "monthly": 30 * DAY}.get(kind, DAY)
        period *= chance.uniform(0.8, 1.25)
        url = f"https://{host}/{n}"
        first = START - 8 * period - timedelta(seconds=chance.randrange(int(period.total_seconds())))
        part = _parts(url=url, span=days * DAY).get(kind, {})
        scripts.append(Script(kind=kind, url=url, period=period, first=first, **part))
    return scripts


SHARES = {
    "daily": 26,
    "weekly": 20,
    "monthly": 8,
    "hourly": 14,
    "busy": 6,
    "without validators": 8,
    "changing etag": 6,
    "lying 304": 4,
    "random guids": 4,
    "ttl": 5,
    "max-age": 4,
    "skips hours": 5,
    "shared": 40,
    "moves": 7,
    "moves to a page": 4,
    "maintenance": 3,
    "flaps": 6,
    "gone": 4,
    "lost": 3,
    "never there": 2,
    "returns": 6,
    "told to wait": 3,
    "told a date": 2,
    "told an age": 1,
    "told nonsense": 2,
    "floods": 3,
    "falls silent": 4,
}


def _parts(*, url: str, span: timedelta) -> dict[str, dict[str, Any]]:
    def during(begins: float, ends: float, what: str, retry_after: str | None = None) -> Trouble:
        return Trouble(START + begins * span, START + ends * span, what, retry_after)

    there = f"https://new-{url.removeprefix('https://')}"
    skipped = "".join(f"<hour>{hour}</hour>" for hour in range(7))
    return {
        "without validators": {"etag": "none"},
        "changing etag": {"etag": "changing"},
        "lying 304": {"troubles": (during(0.3, 0.5, "stuck"),)},
        "random guids": {"etag": "none", "guid": "random"},
        "ttl": {"head": "<ttl>600</ttl>"},
        "max-age": {"headers": {"Cache-Control": "public, max-age=28800"}},
        "skips hours": {"head": f"<skipHours>{skipped}</skipHours>"},
        "moves": {"moved": (START + 0.3 * span, 301 if url[-1] in "02468" else 308, there)},
        "moves to a page": {"troubles": (during(0.3, 0.6, "moved to html"),)},
        "maintenance": {"troubles": (during(0.3, 0.4, "html"),)},
        "flaps": {"troubles": tuple(during(n / 10, n / 10 + 0.05, "500") for n in range(2, 10))},
        "gone": {"troubles": (during(0.3, 9, "410"),), "successor": f"{url}/new"},
        "lost": {"troubles": (during(0.3, 9, "404"),), "successor": f"{url}/new"},
        "never there": {"troubles": (during(-1, 9, "refused"),)},
        "returns": {"troubles": (during(0.2, 0.6, "timeout"),)},
        "told to wait": {"troubles": (during(0.3, 0.4, "503", "14400"),)},
        "told a date": {"troubles": (during(0.3, 0.4, "429", "date"),)},
        "told an age": {"troubles": (during(0.3, 0.35, "503", "99999999999"),)},
        "told nonsense": {"troubles": (during(0.3, 0.4, "429", "-30"),)},
        "floods": {"flood": (START + 0.5 * span, 500)},
        "falls silent": {"last": START + 0.1 * span},
    }
