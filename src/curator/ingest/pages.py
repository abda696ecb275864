"""Sources of kind page: followed by selectors that are inferred, shown, and an editor's to change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from curator.errors import BadInput, FetchFailed, Refused
from curator.fetch import Web, fetch
from curator.ingest.asking import forbidden, selectors_of, stored
from curator.ingest.following import followed, refuse_followed, usable, usable_url
from curator.model import (
    Failed,
    Fetched,
    Inferred,
    ParsedEntry,
    Selectors,
    Source,
    SourceDraft,
    SourceKind,
    SourcePolicy,
    Unreadable,
)
from curator.ports import Readers
from curator.store import Store

FIELDS = ("item", "title", "link", "date", "picture", "teaser")


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A page that is followed now, and the entries that its selectors find."""

    source: Source
    preview: tuple[ParsedEntry, ...]


def add_page(
    store: Store,
    web: Web,
    readers: Readers,
    *,
    url: str,
    draft: SourceDraft,
    selectors: Mapping[str, str] | None = None,
    now: datetime,
) -> Followed:
    """Follow a page that has no feed, by what its structure says, or by the selectors that somebody gives.

    Its entries come with the first poll, which is due at once.
    """
    address, draft = usable_url(url), usable(draft)
    said = usable_selectors(selectors or {})
    refuse_followed(store, address)
    got = _fetched(web, address, now=now)
    found = _found(readers, got, said, now=now)
    source = followed(
        store,
        found.feed,
        url=got.moved_to or address,
        draft=kept(draft.policy or SourcePolicy(), found.selectors, draft),
        now=now,
    )
    return Followed(source=source, preview=found.feed.entries)


def examined(
    store: Store,
    web: Web,
    readers: Readers,
    source_id: int,
    *,
    selectors: Mapping[str, str] | None = None,
    url: str | None = None,
    now: datetime,
) -> Inferred:
    """A page's structure read anew, after the site was rebuilt; what somebody says of it counts more."""
    said = usable_selectors(selectors or {})
    with store.read() as tx:
        source = tx.sources.listed(source_id)
    refuse_unless_page(source)
    return _found(readers, _fetched(web, url or source.url, now=now), said, now=now)


def with_selectors(source: Source, said: Mapping[str, str], draft: SourceDraft) -> SourceDraft:
    """The draft with some selectors set by hand; an empty one is forgotten. The next poll reads by them."""
    refuse_unless_page(source)
    return kept(source.policy, _merged(selectors_of(source), said), draft)


def kept(policy: SourcePolicy, selectors: Selectors, draft: SourceDraft) -> SourceDraft:
    """The draft under which a page is read by these selectors; else its policy stays."""
    return replace(draft, policy=replace(policy, selectors=stored(selectors)))


def refuse_unless_page(source: Source) -> None:
    if source.kind is not SourceKind.PAGE:
        raise Refused("source_no_page", id=source.id, name=source.name, kind=source.kind)


def usable_selectors(said: Mapping[str, str]) -> dict[str, str]:
    """Tidied, or BadInput for what is no selector, or none of our fields."""
    from curator.ingest.listings.listing import wrong_selector

    tidy = {field.strip(): selector.strip() for field, selector in said.items()}
    for field, selector in tidy.items():
        if field not in FIELDS:
            raise BadInput("selector_unknown", field=field[:50], fields=FIELDS)
        if (selector or field == "item") and (wrong := wrong_selector(field, selector)) is not None:
            raise BadInput("selector_invalid", field=field, selector=selector[:200], why=wrong)
    return tidy


def look(web: Web, readers: Readers, got: Fetched, *, now: datetime) -> Inferred | Unreadable | Failed:
    """What following a page would bring, if its site lets us."""
    return forbidden(web, got.final_url, now=now) or infer(readers, got, now=now)


def infer(readers: Readers, got: Fetched, *, now: datetime) -> Inferred | Unreadable:
    return readers.infer(got.body, content_type=got.content_type, url=got.final_url, now=now)


# ── asking ──────────────────────────────────────────────────────────────────


def _fetched(web: Web, url: str, *, now: datetime) -> Fetched:
    got = forbidden(web, url, now=now) or fetch(web, url, now=now)
    match got:
        case Fetched():
            return got
        case Failed(code=code, data=data):
            raise FetchFailed(code, **{**data, "url": url})
        case _:
            raise FetchFailed("fetch_gone", url=url)


def _found(readers: Readers, got: Fetched, said: Mapping[str, str], *, now: datetime) -> Inferred:
    """What is inferred, under what somebody says; with an item of their own nothing is inferred."""
    selectors = Selectors(item="")
    if "item" not in said:
        inferred = infer(readers, got, now=now)
        if isinstance(inferred, Unreadable):
            raise FetchFailed(inferred.code, **{**inferred.data, "url": got.url})
        if not said:
            return inferred
        selectors = inferred.selectors
    selectors = _merged(selectors, said)
    feed = readers.listing(got.body, selectors, content_type=got.content_type, url=got.final_url, now=now)
    if isinstance(feed, Unreadable):
        raise FetchFailed(feed.code, **{**feed.data, "url": got.url})
    return Inferred(selectors=replace(selectors, seen=len(feed.entries)), feed=feed)


def _merged(selectors: Selectors | None, said: Mapping[str, str]) -> Selectors:
    base = selectors or Selectors(item="")
    merged = Selectors(
        item=said.get("item", base.item),
        title=said.get("title", base.title) or None,
        link=said.get("link", base.link) or None,
        date=said.get("date", base.date) or None,
        picture=said.get("picture", base.picture) or None,
        teaser=said.get("teaser", base.teaser) or None,
        seen=base.seen,
    )
    if not merged.item:
        raise BadInput("selector_missing", field="item")
    if not merged.item.startswith(("json-ld", "json:")):
        merged = replace(merged, title=merged.title or "a", link=merged.link or merged.title or "a")
    return merged
