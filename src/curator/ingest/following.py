"""Following a source: what somebody said of it, tidied; and the row that it becomes, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from curator.errors import BadInput, Refused
from curator.extract import feed_key
from curator.ingest import schedule
from curator.ingest.lists import tidy_tags
from curator.model import ParsedFeed, Source, SourceDraft, SourceKind
from curator.quotation import WHOLE
from curator.store import Store
from curator.text import language_tag, masked, safe_url


def followed(store: Store, read: ParsedFeed, *, url: str, draft: SourceDraft, now: datetime) -> Source:
    """The source that follows what was just read at an address; Refused where it is followed already."""
    refuse_followed(store, url)
    if read.kind is SourceKind.SITEMAP and draft.full_text is None:
        # It has neither titles nor texts: those are on its entries' pages.
        draft = replace(draft, full_text=True)
    with store.begin() as tx:
        source_id = tx.sources.add(
            url=url,
            name=draft.name or read.title or masked(url),
            draft=replace(
                draft,
                home_url=draft.home_url or read.home_url,
                language=draft.language or read.language,
                license=draft.license or read.license,
            ),
            kind=read.kind,
            unverified=False,
            now=now,
        )
        if source_id is not None:
            return tx.sources.get(source_id)
    with store.read() as tx:
        source = tx.sources.by_url(url)
    raise Refused("source_exists", id=source and source.id, name=source and source.name, url=url)


def refuse_followed(store: Store, url: str) -> None:
    """Also under another of its names: with or without https, www or a slash at the end."""
    key = feed_key(url)
    with store.read() as tx:
        same = next((known for known in tx.sources.addresses() if feed_key(known) == key), None)
        refuse(tx.sources.by_url(same) if same is not None else None)


def refuse(source: Source | None) -> None:
    if source is not None:
        raise Refused("source_exists", id=source.id, name=source.name, url=source.url)


def usable_url(url: str) -> str:
    """As somebody types it: `example.com` means https."""
    typed = url.strip()
    address = safe_url(typed if "://" in typed else f"https://{typed}")
    if address is None:
        raise BadInput("url_refused", url=typed[:200])
    return address


def usable(draft: SourceDraft) -> SourceDraft:
    """The draft tidied, or BadInput for what cannot be meant."""
    if draft.language is not None and language_tag(draft.language) is None:
        raise BadInput("language_invalid", given=draft.language)
    if draft.max_words is not None and draft.max_words < 1:
        raise BadInput("max_words_invalid", max_words=draft.max_words)
    if draft.max_share is not None and not 1 <= draft.max_share <= WHOLE:
        raise BadInput("max_share_invalid", max_share=draft.max_share)
    if draft.interval is not None and not schedule.SHORTEST <= draft.interval <= schedule.LONGEST:
        minutes = schedule.SHORTEST.total_seconds() / 60, schedule.LONGEST.total_seconds() / 60
        raise BadInput("interval_invalid", shortest=int(minutes[0]), longest=int(minutes[1]))
    return replace(
        draft,
        name=(draft.name or "").strip() or None,
        tags=None if draft.tags is None else tidy_tags(draft.tags),
        language=language_tag(draft.language),
    )
