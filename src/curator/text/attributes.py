"""The attributes of foreign HTML: which are kept, and what they give away about their elements."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from curator.text.urls import absolute

ATTRIBUTES = {
    "*": {"lang", "dir"},
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height", "title"},
    "blockquote": {"cite"},
    "q": {"cite"},
    "del": {"cite"},
    "ins": {"cite"},
    "abbr": {"title"},
    "ol": {"start"},
    "li": {"value"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_ALLOWED = {name: allowed | ATTRIBUTES["*"] for name, allowed in ATTRIBUTES.items()}
# Read in the first pass only: they tell hidden text and the real address of a lazily loaded picture.
TELLING = {"style", "hidden", "class"}
LAZY_SOURCES = ("data-src", "data-lazy-src", "data-original", "data-orig-file")

_HIDING_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?:[a-z%]*)\s*(?:;|!|$)"
    r"|opacity\s*:\s*0(?:\.0*)?\s*(?:;|!|$)",
    re.IGNORECASE,
)
_HIDING_CLASSES = frozenset({"screen-reader-text", "visually-hidden", "sr-only"})
_TINY_STYLE = re.compile(r"(?:^|;)\s*(?:width|height)\s*:\s*[01](?:px)?\s*(?:;|!|$)", re.IGNORECASE)
_BEACON_HOSTS = (
    "pixel.wp.com",
    "stats.wordpress.com",
    "pixel.quantserve.com",
    "scorecardresearch.com",
    "doubleclick.net",
    "google-analytics.com",
    "googleadservices.com",
    "feedsportal.com",
    "pheedo.com",
    "statcounter.com",
    "list-manage.com",
)
_BEACON_PATHS = (
    ("feeds.feedburner.com", "/~"),
    ("feedproxy.google.com", "/~"),
    ("blogger.googleusercontent.com", "/tracker/"),
    ("www.facebook.com", "/tr"),
    ("medium.com", "/_/stat"),
)
_BEACON = re.compile(
    "|".join(re.escape(host) for host in (*_BEACON_HOSTS, *(host for host, _ in _BEACON_PATHS))),
    re.IGNORECASE,
)
_LANG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*\Z")
_NUMBER = re.compile(r"\d{1,5}\Z")
_NUMBERS = frozenset({"width", "height", "start", "value", "colspan", "rowspan"})
_PIXELS = re.compile(r"\s*(\d+)")


def kept(tag: str, attributes: Mapping[str, str], *, base_url: str | None) -> dict[str, str]:
    """Those that may stay, with values that mean what they say and addresses that lead somewhere."""
    allowed = _ALLOWED.get(tag, ATTRIBUTES["*"])
    found = {}
    for name, value in attributes.items():
        if name in allowed and (tidy := _value(name, value, base_url=base_url)) is not None:
            found[name] = tidy
    return found


def kept_of_picture(attributes: Mapping[str, str], *, base_url: str | None) -> dict[str, str] | None:
    """None where there is nothing to see: no address, a beacon, a single pixel."""
    named = next((attributes[k] for k in (*LAZY_SOURCES, "src") if attributes.get(k)), None)
    source = absolute(named, base_url=base_url)
    if source is None or _is_beacon(source) or _is_tiny(attributes):
        return None
    found = kept("img", attributes, base_url=base_url)
    return {"src": source, **{k: v for k, v in found.items() if k != "src"}}


def hides(attributes: Mapping[str, str]) -> bool:
    return (
        "hidden" in attributes
        or ("style" in attributes and bool(_HIDING_STYLE.search(attributes["style"])))
        or ("class" in attributes and not _HIDING_CLASSES.isdisjoint(attributes["class"].split()))
    )


def _value(name: str, value: str, *, base_url: str | None) -> str | None:
    match name:
        case "href" if value.strip().lower().startswith("mailto:"):
            return re.sub(r"[\s\"<>]", "", value)
        case "href" | "src" | "cite":
            return absolute(value, base_url=base_url)
        case "lang":
            return value if _LANG.match(value) else None
        case "dir":
            return value.lower() if value.lower() in {"ltr", "rtl", "auto"} else None
        case _ if name in _NUMBERS:
            return value.strip() if _NUMBER.match(value.strip()) else None
        case _:
            return value


def _is_tiny(attributes: Mapping[str, str]) -> bool:
    sizes = [_PIXELS.match(attributes.get(side, "")) for side in ("width", "height")]
    return any(size and int(size[1]) <= 1 for size in sizes) or bool(
        _TINY_STYLE.search(attributes.get("style", ""))
    )


def _is_beacon(url: str) -> bool:
    if not _BEACON.search(url):
        return False
    parts = urlsplit(url)
    host = parts.hostname or ""
    return any(host == h or host.endswith("." + h) for h in _BEACON_HOSTS) or any(
        host == h and parts.path.startswith(path) for h, path in _BEACON_PATHS
    )
