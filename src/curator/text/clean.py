"""HTML from outside → SafeHtml.

Three passes, each with one job. *Normalise*: nh3 parses as browsers do and
keeps the allow-list plus the few attributes that tell hidden text. *Prune*:
addresses made absolute; hidden text, beacons and emptied elements removed.
*Gate*: nh3 again with the bare allow-list, so that whatever comes out was
written by nh3 last. Repeated until nothing changes any more, which makes
`clean(clean(x)) == clean(x)` true by construction.

feedparser's own sanitiser is off: 6.0.14 lets `<!--><img onerror=…>-->` pass
(FAULTS, finding 1; tests/unit/text has it).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from urllib.parse import urlsplit

import nh3

from curator.model import SafeHtml
from curator.text.characters import clean_text
from curator.text.markup import BLOCKS, VOID, End, Start, Text, escaped, start_tag, tokens
from curator.text.plain import as_html, plain
from curator.text.urls import absolute

CLEANER_VERSION = f"1/nh3-{version('nh3')}"
"""Stored with what was cleaned: another version at publish time means cleaning again."""

_MAX_DEPTH = 100  # consumers give up at 256 (libxml2) or 512 (browsers) nested elements
_MAX_ROUNDS = 8
# nh3 is quadratic in depth: 20,000 nested elements take 1.6 s, 100,000 more than a minute.
_SUSPICIOUS_TAGS = 4_000
_MAX_SOURCE_DEPTH = 2_000

_TAGS = frozenset(
    "p br a em strong b i u s q cite sup sub abbr del ins small mark ul ol li dl dt dd blockquote "
    "h1 h2 h3 h4 h5 h6 pre code kbd samp var table caption thead tbody tfoot tr td th "
    "figure figcaption img hr span div".split()
)
_ATTRIBUTES = {
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
# Not in the allow-list, but dropping their tags would glue words or lose meaning.
_RENAMED = {
    **dict.fromkeys(
        "section article header footer main aside nav details summary address form fieldset center".split(),
        "div",
    ),
    **dict.fromkeys(("strike",), "s"),
    **dict.fromkeys(("tt",), "code"),
    **dict.fromkeys(("menu", "dir"), "ul"),
}
# Gone with all they hold: what runs, what draws, what asks, what is shown only when something is missing.
_DROPPED_WHOLE = frozenset(
    "script style iframe object embed svg math noscript template title head textarea select button "
    "video audio canvas applet map noembed noframes".split()
)
# Read in the first pass only: they tell hidden text and the real address of a lazily loaded picture.
_TELLING = {"style", "hidden", "class"}
_LAZY_SOURCES = ("data-src", "data-lazy-src", "data-original", "data-orig-file")

_GATE = nh3.Cleaner(
    tags=set(_TAGS),
    clean_content_tags=set(_DROPPED_WHOLE),
    attributes={name: set(allowed) for name, allowed in _ATTRIBUTES.items()},
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
)
_NORMALISE = nh3.Cleaner(
    tags=set(_TAGS) | set(_RENAMED),
    clean_content_tags=set(_DROPPED_WHOLE),
    attributes={
        **{name: set(allowed) for name, allowed in _ATTRIBUTES.items()},
        "*": _ATTRIBUTES["*"] | _TELLING,
        "img": _ATTRIBUTES["img"] | set(_LAZY_SOURCES),
    },
    url_schemes={"http", "https", "mailto", "data"},  # data: marks a placeholder; prune() drops it
    link_rel=None,
)

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
_LANG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*\Z")
_NUMBER = re.compile(r"\d{1,5}\Z")
_NUMBERS = frozenset({"width", "height", "start", "value", "colspan", "rowspan"})
_PIXELS = re.compile(r"\s*(\d+)")
_ANY_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*>?")


def clean(html: str, *, base_url: str | None) -> SafeHtml:
    """What of this HTML may be shown to readers; relative addresses resolved, or dropped without a base."""
    source = clean_text(html)
    if "<" not in source and "&" not in source:
        return SafeHtml(escaped(source).strip())
    if _too_deep(source):
        return as_html(_ANY_TAG.sub(" ", source).replace("<", " "))
    cleaned = _NORMALISE.clean(source)
    for _ in range(_MAX_ROUNDS):
        pruned = _prune(clean_text(cleaned), base_url=base_url)
        gated = _GATE.clean(pruned)
        if gated == pruned == cleaned:
            return SafeHtml(cleaned)
        cleaned = gated
    # Never seen: markup that every parse rearranges again. Its text is worth more than its structure.
    return as_html(plain(cleaned))


@dataclass(slots=True)
class _Open:
    """An element whose end is awaited. `name` is None where only its tags are dropped."""

    name: str | None
    start: int
    solid: int
    hidden: bool = False


def _prune(html: str, *, base_url: str | None) -> str:
    out: list[str] = []
    stack: list[_Open] = []
    hidden = 0  # open elements that hide what they hold
    solid = 0  # things seen that a reader can see
    for token in tokens(html):
        match token:
            case Text():
                if not hidden:
                    out.append(token.html)
                    solid += not _blank(token)
            case Start(name) if name in VOID:
                if not hidden and not _hides(token.attributes):
                    kept = _void(token, base_url=base_url)
                    out.append(kept)
                    solid += bool(kept) and name != "br"
            case Start():
                opened = _open(token, depth=len(stack), at=len(out), solid=solid)
                stack.append(opened)
                hidden += opened.hidden
                attributes = _attributes(token, base_url=base_url)
                if opened.name in {"a", "span"} and not (
                    attributes.keys() & ({"href"} if opened.name == "a" else {"lang", "dir"})
                ):
                    opened.name = None
                if opened.name and not hidden:
                    out.append(start_tag(opened.name, attributes))
            case End():
                closed = stack.pop()
                hidden -= closed.hidden
                _close(closed, out, emptied=solid == closed.solid, hidden=hidden > 0)
    return "".join(out).strip()


def _open(tag: Start, *, depth: int, at: int, solid: int) -> _Open:
    name = _RENAMED.get(tag.name, tag.name)
    return _Open(
        name=name if depth < _MAX_DEPTH else None, start=at, solid=solid, hidden=_hides(tag.attributes)
    )


def _close(element: _Open, out: list[str], *, emptied: bool, hidden: bool) -> None:
    if hidden or element.name is None:
        return
    if emptied and element.name not in {"td", "th"}:
        inside = "".join(out[element.start + 1 :])
        del out[element.start :]
        if inside and element.name not in BLOCKS:
            out.append("<br>" if "<br>" in inside else " ")
        return
    out.append(f"</{element.name}>")


def _void(tag: Start, *, base_url: str | None) -> str:
    if tag.name == "img":
        return _picture(tag, base_url=base_url)
    return f"<{tag.name}>" if tag.name in _TAGS else ""


def _picture(tag: Start, *, base_url: str | None) -> str:
    stated = next((tag.attributes[k] for k in (*_LAZY_SOURCES, "src") if tag.attributes.get(k)), None)
    source = absolute(stated, base_url=base_url)
    if source is None or _is_beacon(source) or _is_tiny(tag.attributes):
        return ""
    attributes = _attributes(tag, base_url=base_url)
    return start_tag("img", {"src": source, **{k: v for k, v in attributes.items() if k != "src"}})


def _attributes(tag: Start, *, base_url: str | None) -> Mapping[str, str]:
    allowed = _ATTRIBUTES.get(tag.name, set()) | _ATTRIBUTES["*"]
    kept = {}
    for name, value in tag.attributes.items():
        if name in allowed and (tidy := _attribute(name, value, base_url=base_url)) is not None:
            kept[name] = tidy
    return kept


def _attribute(name: str, value: str, *, base_url: str | None) -> str | None:
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


def _blank(text: Text) -> bool:
    return not text.html.strip() or not text.text.strip("\u200b\u2060\ufeff\u00ad \t\n\xa0")


def _hides(attributes: Mapping[str, str]) -> bool:
    return (
        "hidden" in attributes
        or bool(_HIDING_STYLE.search(attributes.get("style", "")))
        or not _HIDING_CLASSES.isdisjoint(attributes.get("class", "").split())
    )


def _is_tiny(attributes: Mapping[str, str]) -> bool:
    sizes = [_PIXELS.match(attributes.get(side, "")) for side in ("width", "height")]
    return any(size and int(size[1]) <= 1 for size in sizes) or bool(
        _TINY_STYLE.search(attributes.get("style", ""))
    )


def _is_beacon(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    return any(host == h or host.endswith("." + h) for h in _BEACON_HOSTS) or any(
        host == h and parts.path.startswith(path) for h, path in _BEACON_PATHS
    )


def _too_deep(html: str) -> bool:
    if html.count("<") < _SUSPICIOUS_TAGS:
        return False
    depth = deepest = 0
    for closing, name in _ANY_TAG.findall(html):
        if name.lower() not in VOID:
            depth = max(0, depth - 1) if closing else depth + 1
            deepest = max(deepest, depth)
    return deepest > _MAX_SOURCE_DEPTH
