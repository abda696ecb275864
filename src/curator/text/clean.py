"""HTML from outside → SafeHtml.

Three passes, each with one job. *Normalise*: nh3 parses as browsers do and
keeps the allow-list plus the few attributes that tell hidden text. *Prune*:
addresses made absolute; hidden text, beacons and emptied elements removed.
*Gate*: nh3 again with the bare allow-list, so that whatever comes out was
written by nh3 last. Prune and gate are repeated until nothing changes any
more, which makes `clean(clean(x)) == clean(x)` true by construction.

Most texts come out by a shorter way: `text.tidy` writes down what should come
out, and the gate only has to find nothing to change in it. Of the rounds the
first is nearly always the last, and need not be proved by a second: where the
gate changed nothing it would change nothing again, and pruning what was pruned
changes nothing as long as no address was rewritten. tests/properties has the
rounds in full to compare with.

feedparser's own sanitiser is off: 6.0.14 lets `<!--><img onerror=…>-->` pass
(FAULTS, finding 1; tests/unit/text has it).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import NamedTuple

import nh3

from curator.model import SafeHtml
from curator.text.attributes import ATTRIBUTES, LAZY_SOURCES, TELLING, hides, kept_of_picture
from curator.text.attributes import kept as kept_attributes
from curator.text.characters import clean_text
from curator.text.markup import BLOCKS, TAG, VOID, escaped, start_tag, stated
from curator.text.plain import as_html, plain
from curator.text.tidy import MAX_DEPTH, TAGS, tidied

CLEANER_VERSION = f"1/nh3-{nh3.__version__}"  # type: ignore[attr-defined]  # not in its stubs
"""Stored with what was cleaned: another version at publish time means cleaning again."""

_MAX_ROUNDS = 8
# nh3 is quadratic in depth: 20,000 nested elements take 1.6 s, 100,000 more than a minute.
_SUSPICIOUS_TAGS = 4_000
_MAX_SOURCE_DEPTH = 2_000

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
_GATE = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags=set(_DROPPED_WHOLE),
    attributes={name: set(allowed) for name, allowed in ATTRIBUTES.items()},
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
)
_NORMALISE = nh3.Cleaner(
    tags=set(TAGS) | set(_RENAMED),
    clean_content_tags=set(_DROPPED_WHOLE),
    attributes={
        **{name: set(allowed) for name, allowed in ATTRIBUTES.items()},
        "*": ATTRIBUTES["*"] | TELLING,
        "img": ATTRIBUTES["img"] | set(LAZY_SOURCES),
    },
    url_schemes={"http", "https", "mailto", "data"},  # data: marks a placeholder; prune() drops it
    link_rel=None,
)

_ANY_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*>?")


def clean(html: str, *, base_url: str | None) -> SafeHtml:
    """What of this HTML may be shown to readers; relative addresses resolved, or dropped without a base."""
    source = clean_text(html)
    if "<" not in source and "&" not in source:
        return SafeHtml(escaped(source).strip())
    if _too_deep(source):
        return as_html(_ANY_TAG.sub(" ", source).replace("<", " "))
    return _at_once(source, base_url=base_url) or _in_rounds(source, base_url=base_url)


def _at_once(source: str, *, base_url: str | None) -> SafeHtml | None:
    """What nh3 finds nothing to change in when it is written as nh3 would write it."""
    tidy = tidied(source, base_url=base_url)
    if tidy is None or _GATE.clean(tidy) != tidy:
        return None
    if "<span>" in tidy:
        tidy = tidy.replace("<span>", "").replace("</span>", "").strip()
        if _GATE.clean(tidy) != tidy:
            return None
    return SafeHtml(tidy)


def _in_rounds(source: str, *, base_url: str | None) -> SafeHtml:
    cleaned = _NORMALISE.clean(source)
    for _ in range(_MAX_ROUNDS):
        pruning = _Pruning(base_url)
        pruned = pruning.pruned(clean_text(cleaned))
        gated = _GATE.clean(pruned)
        if gated == pruned and (pruned == cleaned or not pruning.is_to_be_repeated):
            return SafeHtml(gated)
        cleaned = gated
    # Never seen: markup that every parse rearranges again. Its text is worth more than its structure.
    return as_html(plain(cleaned))


class _Open(NamedTuple):
    """An element whose end is awaited. `name` is None where only its tags are dropped."""

    name: str | None
    start: int
    solid: int
    hidden: bool


class _Pruning:
    """One pass over tokens that nh3 wrote. It is most of what cleaning costs, so plain tags come first."""

    def __init__(self, base_url: str | None) -> None:
        self.is_to_be_repeated = False
        self._base_url = base_url
        self._out: list[str] = []
        self._stack: list[_Open] = []
        self._hidden = 0  # open elements that hide what they hold
        self._solid = 0  # things seen that a reader can see

    def pruned(self, html: str) -> str:
        position = 0
        for tag in TAG.finditer(html):
            start = tag.start()
            if start > position:
                self._text(html[position:start])
            position = tag.end()
            closing, name, attributes = tag.groups()
            if closing:
                self._close()
            elif name in VOID:
                self._void(name, stated(attributes))
            else:
                self._open(name, stated(attributes) if attributes else {})
        if position < len(html):
            self._text(html[position:])
        return "".join(self._out).strip()

    def _text(self, html: str) -> None:
        if not self._hidden:
            self._out.append(html)
            self._solid += not _is_blank(html)

    def _open(self, tag: str, attributes: Mapping[str, str]) -> None:
        hidden = bool(attributes) and hides(attributes)
        name = _RENAMED.get(tag, tag) if len(self._stack) < MAX_DEPTH else None
        kept = self._kept(tag, attributes) if attributes else attributes
        if (name == "a" and "href" not in kept) or (name == "span" and not kept):
            name = None
        self._stack.append(_Open(name, len(self._out), self._solid, hidden))
        self._hidden += hidden
        if name and not self._hidden:
            self._out.append(start_tag(name, kept))

    def _close(self) -> None:
        name, start, solid, hidden = self._stack.pop()
        self._hidden -= hidden
        if self._hidden or hidden or name is None:
            return
        out = self._out
        if solid == self._solid and name not in {"td", "th"}:
            inside = "".join(out[start + 1 :])
            del out[start:]
            if inside and name not in BLOCKS:
                out.append("<br>" if "<br>" in inside else " ")
            return
        out.append(f"</{name}>")

    def _void(self, name: str, attributes: Mapping[str, str]) -> None:
        if self._hidden or hides(attributes):
            return
        if name == "img":
            seen = kept_of_picture(attributes, base_url=self._base_url)
            self.is_to_be_repeated |= seen is None or seen["src"] != attributes.get("src")
            written = "" if seen is None else start_tag(name, seen)
        else:
            written = f"<{name}>" * (name in TAGS)
        self._out.append(written)
        self._solid += bool(written) and name != "br"

    def _kept(self, tag: str, attributes: Mapping[str, str]) -> dict[str, str]:
        found = kept_attributes(tag, attributes, base_url=self._base_url)
        for name in ("href", "cite"):
            self.is_to_be_repeated |= found.get(name) != attributes.get(name)
        return found


def _is_blank(html: str) -> bool:
    bare = html.strip()
    if not bare:
        return True
    if bare[0].isalnum():
        return False
    return not unescape(bare).strip("\u200b\u2060\ufeff\u00ad \t\n\xa0")


def _too_deep(html: str) -> bool:
    if html.count("<") < _SUSPICIOUS_TAGS:
        return False
    depth = deepest = 0
    for closing, name in _ANY_TAG.findall(html):
        if name.lower() not in VOID:
            depth = max(0, depth - 1) if closing else depth + 1
            deepest = max(deepest, depth)
    return deepest > _MAX_SOURCE_DEPTH
