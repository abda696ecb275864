"""What the desk has, as readers will have it: one public version whole, and nothing from the desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from curator.model import Copy, Entry, Item, Origin, PublicItem, Source
from curator.settings import Edition, EditorSettings
from curator.text import without_credentials


def compose(
    item: Item,
    entry: Entry | None,
    source: Source | None,
    *,
    edition: Edition,
    editors: Mapping[str, EditorSettings],
    copy: Copy | None = None,
) -> PublicItem:
    """`entry` is the revision frozen at claim; None, like `source`, where the item came from no feed.

    `copy` is our own of the picture, where we may show it; without it readers get a link.
    """
    commentary = item.commentaries.get(edition.key)
    return PublicItem(
        language=commentary.language if commentary else edition.language,
        headline=(commentary.headline or "") if commentary else "",
        note=commentary.note if commentary else None,
        author=_author(commentary.author if commentary else None, editors),
        excerpt=item.excerpt,
        attributions=item.attributions,
        image=item.image,
        tags=item.tags,
        origin=_origin(entry, source),
        correction=commentary.correction if commentary else None,
        copy=copy if item.image else None,
    )


def corrected(old: PublicItem, new: PublicItem, *, now: datetime) -> PublicItem:
    """`new` with the dated line that says what was corrected; an older line stays until a new one."""
    if new.correction:
        return replace(new, correction=new.correction, corrected_at=now.replace(microsecond=0))
    return replace(new, correction=old.correction, corrected_at=old.corrected_at)


def differs(old: PublicItem, new: PublicItem, *, edition: Edition) -> bool:
    """Whether readers would notice."""
    uncorrected = replace(old, correction=None, corrected_at=None)
    return bool(new.correction) or _unsigned(uncorrected, edition) != _unsigned(new, edition)


def _unsigned(content: PublicItem, edition: Edition) -> PublicItem:
    """Older versions of the program wrote the organisation's name down."""
    return replace(content, author="") if content.author == edition.organisation else content


def _author(name: str | None, editors: Mapping[str, EditorSettings]) -> str:
    """Whoever wrote headline and note; nobody for the organisation, whose name may change.

    An editor who is not public writes as the organisation.
    """
    editor = editors.get(name) if name else None
    return editor.name if editor and editor.public else ""


def _origin(entry: Entry | None, source: Source | None) -> Origin | None:
    if entry is None or source is None:
        return None
    return Origin(
        url=without_credentials(source.url),
        name=source.name,
        home_url=source.home_url and without_credentials(source.home_url),
        license=source.license,
        # RFC 4287 wants the state of the feed that the entry was copied from. The frozen revision's own
        # date is the newest thing that is sure about it, and stays when the source moves on.
        updated=entry.updated or entry.published or entry.first_seen,
    )
