"""One line for each thing a test needs; only what matters is said, the rest is ordinary."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from curator.model import Editor, Image, Lang, Source, SourceKind, SourceStatus, Validators
from curator.settings import Edition, Settings
from curator.store import Store
from curator.store import tables as t

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday

MARTA = Editor(name="marta", public_name="Marta Rossi")
PAOLO = Editor(name="paolo")

PROMISE = (
    "<p>Customers remember a broken promise. They hardly notice one that was exceeded.</p>"
    "<p>So keep what you said, and spend the rest on the next promise.</p>"
)

ITALIAN = Edition(
    key="it",
    language=Lang("it"),
    title="Rassegna CX",
    subtitle="Il meglio della customer experience",
    timezone="Europe/Rome",
    organisation="AICEX",
    note_label="NOTA AICEX",
    read_more="Continua a leggere",
    source_label="Fonte",
    default=True,
)
SETTINGS = Settings(newsroom=Path("/nowhere"), editions={"it": ITALIAN})


def a_source(
    store: Store,
    *,
    url: str = "https://blog.example/feed",
    name: str = "CX Blog",
    language: str | None = "en",
    max_words: int | None = None,
) -> int:
    with store.begin() as tx:
        source_id: int = tx.connection.execute(
            t.sources.insert()
            .values(
                url=url,
                name=name,
                kind="feed",
                status="active",
                language=language,
                max_words=max_words,
                due_at=NOW,
                added_at=NOW,
            )
            .returning(t.sources.c.id)
        ).scalar_one()
    return source_id


def a_followed_source(**said: Any) -> Source:
    """As the store would give it; none is put there."""
    ordinary: dict[str, Any] = {
        "id": 1,
        "url": "https://blog.example/feed",
        "name": "Blog",
        "kind": SourceKind.FEED,
        "status": SourceStatus.ACTIVE,
        "language": None,
        "tags": (),
        "license": None,
        "max_words": None,
        "interval": None,
        "home_url": None,
        "validators": Validators(),
        "body_hash": None,
        "due_at": NOW,
        "failures": 0,
        "last_outcome": None,
        "last_error": None,
        "last_fetched_at": None,
        "last_success_at": None,
        "unverified": False,
        "added_at": NOW,
    }
    return Source(**(ordinary | said))


def an_entry(
    store: Store,
    source_id: int,
    *,
    guid: str = "entry-1",
    title: str = "Keeping a promise is enough",
    html: str = PROMISE,
    url: str | None = "https://blog.example/promise",
    authors: tuple[str, ...] = ("Ada Example",),
    language: str = "en",
    image: Image | None = None,
) -> int:
    """What the source says; again with the same guid: a new revision of it."""
    with store.begin() as tx:
        known = tx.connection.execute(
            t.entries.select().where(t.entries.c.source_id == source_id, t.entries.c.identity == guid)
        ).one_or_none()
        revision = known.revision + 1 if known else 1
        if known:
            entry_id = known.id
            tx.connection.execute(
                t.entries.update().where(t.entries.c.id == entry_id).values(revision=revision)
            )
        else:
            entry_id = tx.connection.execute(
                t.entries.insert()
                .values(
                    source_id=source_id,
                    identity=guid,
                    guid=guid,
                    url=url,
                    url_key=url,
                    content_key=title,
                    raw_hash=title,
                    revision=1,
                    first_seen=NOW,
                )
                .returning(t.entries.c.id)
            ).scalar_one()
        tx.connection.execute(
            t.entry_revisions.insert().values(
                entry_id=entry_id,
                n=revision,
                seen_at=NOW,
                raw_hash=title,
                url=url,
                title=title,
                html=html,
                authors=list(authors),
                language=language,
                published=NOW,
                tags=[],
                image=asdict(image) if image else None,
                cleaner_version="test",
            )
        )
    return int(entry_id)


def a_queued_item(store: Store, *, source_id: int | None = None, **entry: Any) -> int:
    entry_id = an_entry(store, source_id if source_id is not None else a_source(store), **entry)
    with store.begin() as tx:
        return tx.items.enqueue_all({entry_id: NOW}, now=NOW)[entry_id]
