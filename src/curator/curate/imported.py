"""What an imported item was made of: the originals as they were kept, and what the blog says by now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from curator import merging, text
from curator.model import Imported, Recovered
from curator.store import Store

_BREAK = "\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One original: what was made of it, and the words themselves as the document had them."""

    imported: Imported
    raw: str

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """To be read: without markup, where it has any."""
        plain = (
            text.plain(text.clean(self.raw, base_url=self.imported.permalink))
            if "<" in self.raw
            else text.clean_text(self.raw)
        )
        return tuple(said for each in plain.split(_BREAK) if (said := " ".join(each.split())))


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
