"""`text.clean` in full rounds, with nothing skipped: what every shorter way has to come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from curator.text import as_html, clean_text, plain
from curator.text.attributes import hides, kept, kept_of_picture
from curator.text.clean import _ANY_TAG, _GATE, _MAX_ROUNDS, _NORMALISE, _RENAMED, _too_deep
from curator.text.markup import BLOCKS, VOID, End, Start, Text, escaped, start_tag, tokens
from curator.text.tidy import MAX_DEPTH, TAGS


def cleaned_in_full(html: str, *, base_url: str | None) -> str:
    source = clean_text(html)
    if "<" not in source and "&" not in source:
        return escaped(source).strip()
    if _too_deep(source):
        return as_html(_ANY_TAG.sub(" ", source).replace("<", " "))
    cleaned = _NORMALISE.clean(source)
    for _ in range(_MAX_ROUNDS):
        pruned = _prune(clean_text(cleaned), base_url=base_url)
        gated = _GATE.clean(pruned)
        if gated == pruned == cleaned:
            return cleaned
        cleaned = gated
    return as_html(plain(cleaned))


@dataclass(slots=True)
class _Open:
    name: str | None
    start: int
    solid: int
    hidden: bool = False


def _prune(html: str, *, base_url: str | None) -> str:
    out: list[str] = []
    stack: list[_Open] = []
    hidden = 0
    solid = 0
    for token in tokens(html):
        match token:
            case Text():
                if not hidden:
                    out.append(token.html)
                    solid += not _blank(token)
            case Start(name) if name in VOID:
                if not hidden and not hides(token.attributes):
                    written = _void(token, base_url=base_url)
                    out.append(written)
                    solid += bool(written) and name != "br"
            case Start():
                opened = _open(token, depth=len(stack), at=len(out), solid=solid)
                stack.append(opened)
                hidden += opened.hidden
                attributes = kept(token.name, token.attributes, base_url=base_url)
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
        name=name if depth < MAX_DEPTH else None, start=at, solid=solid, hidden=hides(tag.attributes)
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
        seen: Mapping[str, str] | None = kept_of_picture(tag.attributes, base_url=base_url)
        return start_tag("img", seen) if seen else ""
    return f"<{tag.name}>" if tag.name in TAGS else ""


def _blank(text: Text) -> bool:
    return not text.html.strip() or not text.text.strip("\u200b\u2060\ufeff\u00ad \t\n\xa0")
