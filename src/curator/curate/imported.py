"""What an imported item was made of: the originals as they were kept, and what the blog says by now."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from curator import merging, text
from curator.model import Imported, Recovered
from curator.store import Store

_BREAK = "\n\n"
_BLANK = re.compile(r"\n[ \t\r]*\n")
_ENCODED = re.compile(r"<content:encoded>\s*(.*?)\s*</content:encoded>", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One original: what was made of it, and the words themselves as the document had them."""

    imported: Imported
    raw: str

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The post's own text, to be read: without markup, where it has any."""
        base = self.imported.permalink
        pieces = _BLANK.split(_text_in(self.raw))
        plain = (text.plain(text.clean(each, base_url=base)) if "<" in each else each for each in pieces)
        paragraphs = (said for each in plain for said in text.clean_text(each).split(_BREAK))
        return tuple(said for each in paragraphs if (said := " ".join(each.split())))


def originals_of(store: Store, item_id: int) -> tuple[Kept, ...]:
    """The one that says most comes first; none of an item that nobody imported."""
    with store.read() as tx:
        told = sorted(tx.imports.of_items([item_id]).get(item_id, ()), key=merging.best)
        return tuple(Kept(imported=one, raw=tx.imports.raw(one.id) or "") for one in told)


def differing(imports: Sequence[Imported]) -> Iterator[tuple[str, str, str]]:
    """Fields of what the blog says by now that are others than when they were imported: name, then, now."""
    for one in imports:
        if one.changed is not None:
            before, after = _texts(one.recovered), _texts(one.changed)
            yield from (
                (field, before[field], after[field]) for field in before if before[field] != after[field]
            )


def _text_in(raw: str) -> str:
    """What is kept of an export or of an answer has the text in one of its fields."""
    if found := _ENCODED.search(raw):
        return found[1].removeprefix("<![CDATA[").removesuffix("]]>")
    if raw.startswith("{"):
        try:
            said = json.loads(raw)
        except (ValueError, RecursionError):
            return raw
        content = said.get("content")
        html = said.get("html") or (content.get("rendered") if isinstance(content, dict) else content)
        return html if isinstance(html, str) else raw
    return raw


def _texts(said: Recovered) -> dict[str, str]:
    credited = ((a.title, ", ".join(a.authors), a.publisher, a.url, a.license) for a in said.attributions)
    return {
        "headline": said.headline,
        "note": said.note or "",
        "excerpt": said.excerpt.text if said.excerpt else "",
        "attributions": _BREAK.join(" | ".join(filter(None, parts)) for parts in credited),
        "image": said.image.url if said.image else "",
        "tags": ", ".join(said.tags),
    }
