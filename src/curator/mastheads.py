"""Publications as editors name them in front of a headline ("HBR: …"), and by their addresses. Pure.

Only names that stand for one publication: `CX:` before a headline is a subject, not a source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from curator.model import Attribution
from curator.text import normalised


@dataclass(frozen=True, slots=True, kw_only=True)
class Masthead:
    """A publication: its name in full, how else it is called, and where it is published."""

    name: str
    called: tuple[str, ...] = ()
    hosts: tuple[str, ...]


def _known(name: str, called: str, hosts: str) -> Masthead:
    return Masthead(name=name, called=tuple(filter(None, called.split("|"))), hosts=tuple(hosts.split()))


MASTHEADS = (
    _known("Harvard Business Review", "HBR", "hbr.org"),
    _known("Harvard Business Review Italia", "HBR Italia", "hbritalia.it"),
    _known("MIT Sloan Management Review", "MIT SMR|MIT Sloan|SMR", "sloanreview.mit.edu"),
    _known("MIT Technology Review", "MIT TR", "technologyreview.com"),
    _known("strategy+business", "s+b|strategy & business", "strategy-business.com"),
    _known("California Management Review", "CMR", "cmr.berkeley.edu"),
    _known("McKinsey & Company", "McKinsey|McKinsey Quarterly", "mckinsey.com"),
    _known("Boston Consulting Group", "BCG", "bcg.com"),
    _known("Bain & Company", "Bain", "bain.com"),
    _known("Deloitte Insights", "Deloitte", "deloitte.com"),
    _known("Forrester", "Forrester Research", "forrester.com"),
    _known("Gartner", "", "gartner.com"),
    _known("Forbes", "", "forbes.com"),
    _known("Fortune", "", "fortune.com"),
    _known("Fast Company", "", "fastcompany.com"),
    _known("Inc.", "", "inc.com"),
    _known("The Wall Street Journal", "WSJ", "wsj.com"),
    _known("The New York Times", "NYT|New York Times", "nytimes.com"),
    _known("Financial Times", "FT", "ft.com"),
    _known("The Economist", "Economist", "economist.com"),
    _known("The Guardian", "Guardian", "theguardian.com"),
    _known("Chicago Booth Review", "", "chicagobooth.edu"),
    _known("Knowledge at Wharton", "Knowledge@Wharton|Wharton", "knowledge.wharton.upenn.edu"),
    _known("CustomerThink", "Customer Think", "customerthink.com"),
    _known("Loyalty360", "Loyalty 360", "loyalty360.org"),
    _known("Il Sole 24 Ore", "Sole 24 Ore|Il Sole 24Ore", "ilsole24ore.com"),
    _known("Corriere della Sera", "Corriere", "corriere.it"),
    _known("la Repubblica", "Repubblica", "repubblica.it"),
)

_PREFIX = re.compile(r"\s*([^:«“\"]{2,40}?)\s*:\s+(\S.*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefixed:
    """A headline that names its publication first: as it is written there, whose it is, and the rest."""

    written: str
    masthead: Masthead
    rest: str


def prefixed(headline: str | None) -> Prefixed | None:
    """`HBR: The most successful brands…`; None where no publication that we know is named."""
    found = _PREFIX.match(headline or "")
    masthead = _BY_NAME.get(_key(found[1])) if found else None
    if found is None or masthead is None:
        return None
    return Prefixed(written=found[1].strip(), masthead=masthead, rest=found[2].strip())


def masthead_at(url: str | None) -> Masthead | None:
    """The publication that an address belongs to, if we know it."""
    host = host_of(url)
    parts = host.split(".")
    return next((m for n in range(len(parts)) if (m := _BY_HOST.get(".".join(parts[n:])))), None)


def masthead_named(name: str) -> Masthead | None:
    """The publication that is called so, in full or short."""
    return _BY_NAME.get(_key(name))


def is_of(masthead: Masthead, credited: Attribution) -> bool:
    """Whether something credited so is this publication's."""
    return _BY_NAME.get(_key(credited.publisher or "")) is masthead or masthead_at(credited.url) is masthead


def of_address(url: str, *, title: str | None = None) -> Attribution:
    """What an address alone says of what is there: who publishes it."""
    masthead = masthead_at(url)
    said = prefixed(title)
    return Attribution(
        title=said.rest if said and said.masthead is masthead else title,
        publisher=masthead.name if masthead else host_of(url) or None,
        url=url,
    )


def host_of(url: str | None) -> str:
    try:
        return (urlsplit(url or "").hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _key(name: str) -> str:
    return normalised(name).casefold().removeprefix("the ")


_BY_NAME = {_key(name): masthead for masthead in MASTHEADS for name in (masthead.name, *masthead.called)}
_BY_HOST = {host: masthead for masthead in MASTHEADS for host in masthead.hosts}
