"""The whole schema on one page; `alembic/versions` is how databases get here.

What sources said (entries), what editors make of it (items) and what readers
have (publications) are three sets of tables that never share a row.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    event,
    false,
)
from sqlalchemy.engine import Dialect


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime on both engines; a naive one is a bug and refused.

    SQLite stores no zone and hands back naive values: they are UTC by construction.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: every instant in the house is aware")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's signature
    ) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    # SQLite keeps them as texts. SQLAlchemy's own way of writing and reading these takes five times as
    # long, and each poll of a source handles dozens.

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        return _as_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        return _from_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _as_text(value: datetime | None) -> str | None:
    """2026-11-22 07:30:00.000000, in UTC."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(f"naive datetime {value!r}: every instant in the house is aware")
    return value.astimezone(UTC).isoformat(" ", "microseconds").removesuffix("+00:00")


def _from_text(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(stored).replace(tzinfo=UTC)


SCHEMA_HEAD = "0008"
"""The migration this code is written for: the head of alembic/versions (a test compares them)."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True, autoincrement=True)


def _ref(name: str, target: str, *, nullable: bool = False, **options: Any) -> Column[int]:
    return Column(name, Integer, ForeignKey(target, ondelete="CASCADE"), nullable=nullable, **options)


meta = Table(
    "meta",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", Text, nullable=False),
)

# ── ingest ──────────────────────────────────────────────────────────────────

sources = Table(
    "sources",
    metadata,
    _id(),
    Column("url", String, nullable=False, unique=True),
    Column("host", String),  # of the address; None until a poll of this version has seen the row
    Column("name", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("status", String, nullable=False),
    Column("language", String),
    Column("tags", JSON, nullable=False, default=list),
    Column("license", String),
    Column("max_words", Integer),
    Column("interval_minutes", Integer),
    Column("policy", JSON, nullable=False, default=dict),  # selectors, opt-outs, permissions
    Column("home_url", String),
    Column("hub_url", String),
    Column("topic_url", String),  # the feed's own word for its address (rel=self), which its hub knows it by
    Column("push_until", Instant),  # a hub that has proved itself tells us until then: polls are far apart
    Column("moved_to", String),  # a 301/308 proposed, adopted only after good parses there
    Column("etag", String),
    Column("last_modified", String),
    Column("body_hash", String),  # of the last body that parsed: lying or missing validators
    Column("due_at", Instant, nullable=False),
    Column("lease_by", String),
    Column("lease_until", Instant),
    Column("failures", Integer, nullable=False, default=0),
    Column("last_outcome", String),
    Column("last_error", JSON(none_as_null=True)),
    Column("last_fetched_at", Instant),
    Column("last_success_at", Instant),
    Column("feed_updated_at", Instant),
    Column("unverified", Boolean, nullable=False, default=True),
    Column("problems", JSON, nullable=False, default=list),  # what the last good read survived
    Column(
        "hints", JSON(none_as_null=True)
    ),  # ttl, skipHours, skipDays of the last read: they hold for a 304, too
    Column("recent", JSON(none_as_null=True)),  # when it published last, a dozen instants: its rhythm
    Column("due_because", String),  # the rule of ingest/schedule.py that set due_at
    Column("moved_good", Integer, nullable=False, server_default="0"),  # good reads at moved_to
    Column("alert", JSON(none_as_null=True)),  # the open incident: told once, until it ends
    Column("successor_url", String),  # the feed its home page names now: proposed, never taken
    Column("successor_looked_at", Instant),
    Column("added_at", Instant, nullable=False),
    Column("removed_at", Instant),  # hidden, its entries stay; adding the address again brings it back
    Index(None, "status", "due_at"),
    Index(None, "host"),
)

fetches = Table(
    "fetches",
    metadata,
    _id(),
    _ref("source_id", "sources.id"),
    Column("at", Instant, nullable=False),
    Column("outcome", String, nullable=False),
    Column("http_status", Integer),
    Column("error", JSON),
    Column("why", String),  # the rule that justified asking
    Column("new", Integer, nullable=False, default=0),
    Column("revised", Integer, nullable=False, default=0),
    Index(None, "source_id", "at"),
)

incidents = Table(
    "incidents",
    metadata,
    _id(),
    _ref("source_id", "sources.id"),
    Column("code", String, nullable=False),
    Column("raised_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Index(None, "source_id", "ended_at"),
)

hosts = Table(
    "hosts",
    metadata,
    Column("host", String, primary_key=True),
    Column("asked_at", Instant),  # the gap holds between processes, too
    Column("not_before", Instant),  # it said 429 or 503 for more than one of its sources
    Column("throttled_at", Instant),
    Column("throttled_source", Integer),
    Column("lease_by", String),
    Column("lease_until", Instant),
)

hub_subscriptions = Table(  # WebSub: one that is wanted per source, and those it has left behind
    "hub_subscriptions",
    metadata,
    _id(),
    _ref("source_id", "sources.id"),
    Column("hub_url", String, nullable=False),
    Column("topic_url", String, nullable=False),
    Column("callback", String, nullable=False),  # of `serve`, without the token
    Column("token", String, nullable=False, unique=True),  # unguessable: whoever knows it may knock
    Column("secret", String),  # what the hub signs with; None: never told it, so its bodies are not believed
    Column("state", String, nullable=False),
    Column("awaiting", String),  # the mode that we asked for and the hub has yet to ask back about
    Column("asked_at", Instant),
    Column("challenge", String),  # answered last: a hub that lost our answer may ask the same again
    Column("lease_until", Instant),
    Column("due_at", Instant, nullable=False),  # when to ask the hub for the next thing
    Column("failures", Integer, nullable=False),
    Column("last_error", JSON),
    Column("last_push_at", Instant),
    Column("pushes", Integer, nullable=False),
    Column("refused", Integer, nullable=False),  # unsigned or signed with another secret
    Column("missed", Integer, nullable=False),  # polls in a row that found what no push had brought
    Column("added_at", Instant, nullable=False),
    Index(None, "source_id"),
    Index(None, "due_at"),
)

pushes = Table(  # what hubs brought and nobody has read yet
    "pushes",
    metadata,
    _id(),
    _ref("subscription_id", "hub_subscriptions.id"),
    Column("received_at", Instant, nullable=False),
    Column("content_type", String),
    Column("body", LargeBinary, nullable=False),
    Column("due_at", Instant, nullable=False),
    Index(None, "subscription_id"),
)

entries = Table(
    "entries",
    metadata,
    _id(),
    Column("source_id", Integer, ForeignKey("sources.id"), nullable=False),
    Column("identity", String, nullable=False),
    Column("guid", String),
    Column("url", String),
    Column("url_key", String),
    Column("content_key", String, nullable=False),
    Column("raw_hash", String, nullable=False),
    Column("telling_hash", String),  # None: to be read again whenever it is told
    Column("revision", Integer, nullable=False),
    Column("first_seen", Instant, nullable=False),
    UniqueConstraint("source_id", "identity"),
    Index(None, "source_id", "url_key"),
    Index(None, "source_id", "content_key"),
)

entry_revisions = Table(
    "entry_revisions",
    metadata,
    _id(),
    _ref("entry_id", "entries.id"),
    Column("n", Integer, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("raw_hash", String, nullable=False),
    Column("url", String),
    Column("title", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("authors", JSON, nullable=False),
    Column("language", String),
    Column("published", Instant),
    Column("updated", Instant),
    Column("tags", JSON, nullable=False),
    Column("image", JSON),
    Column("license", String),
    Column("external_url", String),  # what a link post is about
    Column("cleaner_version", String, nullable=False),
    # What enrichment made of it: the language the words are in (`language` is what the feed declares),
    # `und` where nobody can tell; NULL: not looked at yet.
    Column("found_language", String),
    Column("language_confidence", Float),
    Column("cleared_at", Instant),  # since when `html` is empty, because nobody needed it any more
    UniqueConstraint("entry_id", "n"),
    # What waits for enrichment. Not a partial index: those name both engines, and each import would cost.
    Index("ix_entry_revisions_waiting", "found_language", "id"),
)

entry_pages = Table(  # the text of an entry's own page, where a feed carries only a teaser; never changed
    "entry_pages",
    metadata,
    _id(),
    _ref("entry_id", "entries.id"),
    Column("n", Integer, nullable=False),
    Column("fetched_at", Instant, nullable=False),
    Column("url", String, nullable=False),
    Column("title", Text),
    Column("html", Text, nullable=False),
    Column("authors", JSON, nullable=False),
    Column("language", String),
    Column("published", Instant),
    Column("image", JSON),
    Column("license", String),
    Column("publisher", Text),
    Column("opt_outs", JSON),  # what its robots meta and X-Robots-Tag ask for, as it was fetched
    Column("content_key", String, nullable=False),
    Column("cleaner_version", String, nullable=False),
    Column("cleared_at", Instant),  # as of entry_revisions
    UniqueConstraint("entry_id", "n"),
)

page_fetches = Table(  # how asking for that page goes: the next try, None when it is over
    "page_fetches",
    metadata,
    _ref("entry_id", "entries.id", primary_key=True),
    Column("attempts", Integer, nullable=False),
    Column("next_try", Instant),
    Column("error", JSON),
    Column("at", Instant, nullable=False),
)

clusters = Table(
    "clusters",
    metadata,
    _id(),
    Column("created_at", Instant, nullable=False),
)

# ── curate ──────────────────────────────────────────────────────────────────

items = Table(
    "items",
    metadata,
    _id(),
    Column("ulid", String(26), nullable=False, unique=True, insert_sentinel=True),  # rows keep their order
    Column("version", Integer, nullable=False),
    Column("status", String, nullable=False),
    Column("editor", String),
    Column("claimed_until", Instant),
    Column("assignee", String),
    Column("entry_id", Integer, ForeignKey("entries.id")),
    Column("revision", Integer),  # of the entry, frozen at claim
    Column("page", Integer),  # the n of the fetched text that is quoted from; None: the entry's own
    Column("cluster_id", Integer, ForeignKey("clusters.id")),
    Column("queued_at", Instant, nullable=False),
    Column("position", Instant, nullable=False),  # newest first in the queue: published, or first seen
    # By which rules (text/stems.py) item_words has its words; None: something changed, they are to be done.
    Column("words_by", Integer, index=True),
    Index(None, "status", "position"),
    CheckConstraint("status in ('queued', 'drafting', 'skipped')", name="status"),
)

Index(None, items.c.cluster_id)

# What an item can be found by, as text/stems.py makes it: `a` (titles) counts most, `d` (quotations) least.
item_words = Table(
    "item_words",
    metadata,
    _ref("item_id", "items.id", primary_key=True),
    Column("a", Text, nullable=False),
    Column("b", Text, nullable=False),
    Column("c", Text, nullable=False),
    Column("d", Text, nullable=False),
)
FULL_TEXT = "item_words_index"
"""What an engine makes of item_words by itself, to find words in it; no table of ours (store/fulltext.py)."""

_SQLITE = (
    """CREATE VIRTUAL TABLE item_words_index USING fts5 (
    a, b, c, d, content='item_words', content_rowid='item_id', tokenize='unicode61 remove_diacritics 0')""",
    """CREATE TRIGGER item_words_added AFTER INSERT ON item_words BEGIN
    INSERT INTO item_words_index (rowid, a, b, c, d) VALUES (new.item_id, new.a, new.b, new.c, new.d);
    END""",
    """CREATE TRIGGER item_words_removed AFTER DELETE ON item_words BEGIN
    INSERT INTO item_words_index (item_words_index, rowid, a, b, c, d)
    VALUES ('delete', old.item_id, old.a, old.b, old.c, old.d);
    END""",
)
_POSTGRESQL = (
    """ALTER TABLE item_words ADD COLUMN item_words_index tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('simple', a), 'A') || setweight(to_tsvector('simple', b), 'B') ||
    setweight(to_tsvector('simple', c), 'C') || setweight(to_tsvector('simple', d), 'D')) STORED""",
    # Ranks are made of this one: it is short and read with its row, for thousands of items in one question.
    """ALTER TABLE item_words ADD COLUMN item_words_index_short tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('simple', a), 'A') || setweight(to_tsvector('simple', b), 'B') ||
    setweight(to_tsvector('simple', c), 'C')) STORED""",
    "CREATE INDEX ix_item_words_index ON item_words USING gin (item_words_index)",
)
for _engine, _statements in (("sqlite", _SQLITE), ("postgresql", _POSTGRESQL)):
    for _statement in _statements:
        _made = DDL(_statement)  # type: ignore[no-untyped-call]
        event.listen(item_words, "after_create", _made.execute_if(dialect=_engine))

# By which words an item that came in these weeks can be found again when another source tells its story.
story_keys = Table(
    "story_keys",
    metadata,
    Column("key", String, primary_key=True),
    _ref("item_id", "items.id", primary_key=True, index=True),
    Column("queued_at", Instant, nullable=False, index=True),
)

# Pairs that an editor took apart (the lower id first): they never join again by themselves.
separations = Table(
    "separations",
    metadata,
    _ref("item_id", "items.id", primary_key=True),
    _ref("other_id", "items.id", primary_key=True),
)

item_entries = Table(
    "item_entries",
    metadata,
    _ref("item_id", "items.id", primary_key=True),
    _ref("entry_id", "entries.id", primary_key=True),
    UniqueConstraint("entry_id"),
)

commentaries = Table(
    "commentaries",
    metadata,
    _ref("item_id", "items.id", primary_key=True),
    Column("edition", String, primary_key=True),
    Column("language", String, nullable=False),
    Column("headline", Text),
    Column("note", Text),
    Column("author", String),  # who wrote it last: RFC 4287's author, where editors are public
    Column("suggested", JSON),  # where accepted machine text came from, per field
    Column("stage", String),
    Column("publish_at", Instant),
    Column("minor", Boolean, nullable=False, default=False),
    Column("correction", Text),
    Column("public_note", Text),
    Index(None, "edition", "stage", "publish_at"),
    CheckConstraint("stage in ('ready', 'published', 'withdrawn')", name="stage"),
)

excerpts = Table(
    "excerpts",
    metadata,
    _ref("item_id", "items.id", primary_key=True),
    Column("html", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("language", String, nullable=False),
    Column("truncated", Boolean, nullable=False),
)

attributions = Table(
    "attributions",
    metadata,
    _ref("item_id", "items.id", primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("title", Text),
    Column("authors", JSON, nullable=False),
    Column("publisher", Text),
    Column("url", Text),
    Column("license", Text),
)

images = Table(
    "images",
    metadata,
    _ref("item_id", "items.id", primary_key=True),
    Column("url", Text, nullable=False),
    Column("alt", Text),
    Column("credit", Text),
    Column("width", Integer),
    Column("height", Integer),
    Column("license", Text),
    Column("permission", Text),
    Column("named_in", String),
    Column("file_name", Text),
)

pictures = Table(  # our own copies, by what is in them: two addresses of one picture are one row
    "pictures",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("media_type", String, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("added_at", Instant, nullable=False),
    # The version of our encoder that made it; null: as it was fetched; 0: the same, and it stays so.
    Column("encoder", Integer, index=True),  # SQLite reads past all of `content` to come to it
)

picture_fetches = Table(  # how asking for a picture went: what came, or the error and the next try
    "picture_fetches",
    metadata,
    Column("key", String(64), primary_key=True),  # of the address, which may be longer than an index takes
    Column("url", Text, nullable=False),
    Column("digest", String(64), ForeignKey("pictures.digest")),
    Column("attempts", Integer, nullable=False),
    Column("next_try", Instant),
    Column("error", JSON(none_as_null=True)),
    Column("at", Instant, nullable=False),
)

tags = Table(
    "tags",
    metadata,
    _ref("item_id", "items.id", primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("tag", String, nullable=False, index=True),
)

waivers = Table(
    "waivers",
    metadata,
    _ref("item_id", "items.id", primary_key=True),
    Column("edition", String, primary_key=True),
    Column("code", String, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("editor", String, nullable=False),
)

suggestions = Table(
    "suggestions",
    metadata,
    _id(),
    _ref("item_id", "items.id"),
    Column("field", String, nullable=False),
    Column("language", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("engine", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("html", Text),  # the same with its markup
    Column("basis", String),  # fingerprint of what was translated: once that is another, this is stale
    UniqueConstraint("item_id", "field", "language"),
)

translations = Table(  # what engines answered, sentence by sentence: nobody is asked twice
    "translations",
    metadata,
    Column("key", String, primary_key=True),  # fingerprint of engine, languages, glossary version and text
    Column("text", Text, nullable=False),
    Column("at", Instant, nullable=False, index=True),
)

engines = Table(  # how much of its day an engine has used, and whether it may be asked
    "engines",
    metadata,
    Column("engine", String, primary_key=True),
    Column("day", String),  # in UTC, as 2026-03-02
    Column("characters", Integer, nullable=False),
    Column("failures", Integer, nullable=False),  # in a row
    Column("resting_until", Instant),
    Column("error", JSON),
)

events = Table(
    "events",
    metadata,
    _id(),
    Column("at", Instant, nullable=False, index=True),
    Column("editor", String, nullable=False),
    Column("item_id", Integer, ForeignKey("items.id")),
    Column("edition", String),
    Column("move", String, nullable=False),
    Column("version", Integer),
    Column("before", JSON, nullable=False),
    Column("after", JSON, nullable=False),
    Column("reason", Text),
    Column("undone_by", Integer, ForeignKey("events.id")),
    UniqueConstraint("item_id", "version"),
)

comments = Table(  # among editors, about an item
    "comments",
    metadata,
    _id(),
    _ref("item_id", "items.id", index=True),
    Column("editor", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("text", Text, nullable=False),
)

saved_filters = Table(  # what an editor asks of the queue again and again
    "saved_filters",
    metadata,
    Column("editor", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("asked", JSON, nullable=False),
)

looks = Table(  # when an editor last looked at the queue, and when they had before this sitting
    "looks",
    metadata,
    Column("editor", String, primary_key=True),
    Column("edition", String, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("since", Instant),
)

# ── publish ─────────────────────────────────────────────────────────────────

publications = Table(
    "publications",
    metadata,
    _id(),
    Column("item_id", Integer, ForeignKey("items.id"), nullable=False),
    Column("edition", String, nullable=False),
    Column("ulid", String(26), nullable=False, unique=True),
    Column("slug", String, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("atom_id", String, nullable=False, unique=True),
    Column("published_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("item_version", Integer, nullable=False),
    Column("content", JSON, nullable=False),
    Column("withdrawn_at", Instant),
    Column("public_note", Text),
    Column("imported", Boolean, nullable=False, default=False),
    Column("undated", Boolean, nullable=False, server_default=false()),
    # What a site needs to know of every item without reading it whole; null until the next publish of
    # what an older program wrote.
    Column("digest", String(64)),
    Column("facets", JSON(none_as_null=True)),
    UniqueConstraint("item_id", "edition"),
    UniqueConstraint("edition", "slug"),
    UniqueConstraint("edition", "sequence"),
    UniqueConstraint("edition", "updated_at"),
)

announcements = Table(  # what each hub is to be told of each feed (WebSub §7): `wanted` until it is `told`
    "announcements",
    metadata,
    Column("hub", String, primary_key=True),
    Column("topic", String, primary_key=True),
    Column("wanted", String(64), nullable=False),
    Column("told", String(64)),
    Column("attempts", Integer, nullable=False),
    Column("next_try", Instant),
    Column("pause_until", Instant),  # the hub asked for it: not even news is told before
    Column("error", JSON(none_as_null=True)),
    Column("at", Instant, nullable=False),  # when it was told, or since when it is to be told
)

mirrors = Table(  # another place that gets what an edition publishes; who is at it, and how it takes it
    "mirrors",
    metadata,
    Column("target", String, primary_key=True),
    Column("edition", String, primary_key=True),
    Column("after", Integer, nullable=False),  # publications up to this number were there before the mirror
    Column("since", Instant, nullable=False),
    Column("lease_by", String),
    Column("lease_token", String),
    Column("lease_until", Instant),
    Column("attempts", Integer, nullable=False),
    Column("next_try", Instant),  # of everything, where it is the mirror that did not take it
    Column("error", JSON(none_as_null=True)),
    Column("account", JSON(none_as_null=True)),  # whom it knows us as, and what they may do there
)

outbox = Table(  # what a mirror is to have of an item: `wanted` (a publication's digest) until it is `done`
    "outbox",
    metadata,
    _id(),
    Column("target", String, nullable=False),
    Column("edition", String, nullable=False),
    Column("item_id", Integer, ForeignKey("items.id"), nullable=False),
    Column("slug", String, nullable=False),  # decided here, so that what was made and never answered is found
    Column("state", String, nullable=False),
    Column("wanted", String(64), nullable=False),
    Column("done", String(64)),
    Column("asked_at", Instant),  # since when nobody knows what became of what was asked; null: it is known
    Column("remote", JSON(none_as_null=True)),  # what is there as we left it: number, address, fingerprints
    Column("insist", Boolean, nullable=False, server_default=false()),  # somebody said to write over theirs
    Column("attempts", Integer, nullable=False),
    Column("next_try", Instant),
    Column("error", JSON(none_as_null=True)),
    Column("changed_at", Instant, nullable=False),
    UniqueConstraint("target", "item_id", "edition"),
    Index(None, "target", "edition", "state", "next_try"),
)

redirects = Table(  # old addresses of imported posts and feeds
    "redirects",
    metadata,
    Column("path", String, primary_key=True),  # with its query, where the address had one
    Column("target", String, nullable=False),  # an output, as `items/promise.html`
    Column("item_id", Integer, ForeignKey("items.id")),
)

# ── importing ───────────────────────────────────────────────────────────────

imports = Table(  # the posts of an existing blog as documents said them; one item may be told by several
    "imports",
    metadata,
    _id(),
    Column("key", String, nullable=False, unique=True),  # one post in one form
    Column("item_id", Integer, ForeignKey("items.id"), nullable=False, index=True),
    Column("form", String, nullable=False),
    Column("place", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("permalink", String),
    Column("guid", String),
    Column("number", BigInteger),  # WordPress's own
    Column("published", Instant),
    Column("updated", Instant),
    Column("access", String, nullable=False),
    Column("whole", Boolean, nullable=False),
    Column("raw", Text, nullable=False),
    Column("raw_hash", String(64), nullable=False),
    Column("recovered", JSON, nullable=False),
    Column("changed", JSON(none_as_null=True)),  # what we would make of it now, where that is another
    Column("changed_raw", Text),
    Column("changed_hash", String(64)),
    Column("changed_at", Instant),
)

import_keys = Table(  # by what the same post is told in another form: guid, addresses, number, title
    "import_keys",
    metadata,
    Column("key", String, primary_key=True),
    _ref("import_id", "imports.id", primary_key=True, index=True),
)

# ── newsletter ──────────────────────────────────────────────────────────────

issues = Table(
    "issues",
    metadata,
    _id(),
    Column("edition", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("status", String, nullable=False),
    Column("subject", Text, nullable=False),
    Column("html", LargeBinary, nullable=False),  # bytes: what is frozen is compared by hash
    Column("text", LargeBinary, nullable=False),
    Column("content_hash", String, nullable=False),
    Column("closed_at", Instant, nullable=False),
    Column("slot", Instant),  # the weekly moment that closed it; None: an editor did
    # All that the letter was made of (items, templates, words, addresses), so that it can be made again;
    # null where an older program closed it.
    Column("frozen", JSON(none_as_null=True)),
    Column("begun_at", Instant),  # when the first mail was handed over; null: nobody has it
    Column("paused_because", JSON(none_as_null=True)),  # code and data, where nobody paused it by hand
    UniqueConstraint("edition", "number"),
    UniqueConstraint("edition", "slot"),
)

issue_items = Table(
    "issue_items",
    metadata,
    _ref("issue_id", "issues.id", primary_key=True),
    Column("item_id", Integer, ForeignKey("items.id"), primary_key=True),
    Column("edition", String, nullable=False),
    Column("position", Integer, nullable=False),
    UniqueConstraint("edition", "item_id"),
)

issue_drops = Table(  # items that an editor left out of the newsletter, and out of which issue
    "issue_drops",
    metadata,
    _ref("issue_id", "issues.id", primary_key=True),
    Column("item_id", Integer, ForeignKey("items.id"), primary_key=True),
    Column("edition", String, nullable=False),
    UniqueConstraint("edition", "item_id"),
)

drafts = Table(  # what editors have decided about the next issue of an edition
    "drafts",
    metadata,
    Column("edition", String, primary_key=True),
    Column("arrangement", JSON, nullable=False),
    Column("version", Integer, nullable=False),
    Column("editor", String, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

subscribers = Table(
    "subscribers",
    metadata,
    _id(),
    Column("email", String, unique=True),  # NULL: erased, the ledger's numbers stay
    Column("added_at", Instant, nullable=False),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    _ref("subscriber_id", "subscribers.id", primary_key=True),
    Column("edition", String, primary_key=True),
    Column("status", String, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("tags", JSON(none_as_null=True)),  # only issues with one of these are wanted; null: all
    Column("asked_at", Instant),  # since when a confirmation is waited for; a link to confirm is for this one
)

consents = Table(
    "consents",
    metadata,
    _id(),
    _ref("subscriber_id", "subscribers.id"),
    Column("edition", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("kind", String, nullable=False),  # asked, given, confirmed, withdrawn
    Column("text", Text),
    Column("origin", String),
    Column("version", String),  # of the text
    Column("language", String),  # of the text
    Column("url", Text),  # of the form
    Column("network", String),  # whence, cut so that it names no person
    Column("tags", JSON(none_as_null=True)),  # what was asked for; null: all
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("address_hash", String, primary_key=True),  # keyed with data/secret.key; outlives erasure
    Column("reason", String, nullable=False),
    Column("at", Instant, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    _id(),
    _ref("issue_id", "issues.id"),
    Column("subscriber_id", Integer, ForeignKey("subscribers.id"), nullable=False, index=True),
    Column("message_id", String, nullable=False, unique=True),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_try", Instant),
    Column("lease_by", String),
    Column("lease_until", Instant),
    Column("reply", Text),
    Column("changed_at", Instant, nullable=False),
    Column("token", String, index=True),  # what a bounce of this mail comes back to
    Column("domain", String),  # that takes the mail; null once the person is erased
    Column("first_try", Instant),
    UniqueConstraint("issue_id", "subscriber_id"),
    Index(None, "issue_id", "state", "next_try", "id"),  # the order in which they are taken
)

paces = Table(  # how fast mail may leave, whichever process sends it
    "paces",
    metadata,
    Column("key", String, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("count", Integer, nullable=False),
)

notices = Table(  # single mails that somebody asked for on the web: to confirm, to change what they wanted
    "notices",
    metadata,
    _id(),
    Column("kind", String, nullable=False),
    _ref("subscriber_id", "subscribers.id", index=True),
    Column("edition", String, nullable=False),
    Column("message_id", String, nullable=False, unique=True),
    Column("state", String, nullable=False),  # a delivery's
    Column("attempts", Integer, nullable=False),
    Column("next_try", Instant),
    Column("lease_by", String),
    Column("lease_until", Instant),
    Column("asked_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Index(None, "state", "next_try"),
)

askings = Table(  # how often an address or a network has asked for something lately; keyed hashes
    "askings",
    metadata,
    Column("key", String, primary_key=True),
    Column("since", Instant, nullable=False),
    Column("count", Integer, nullable=False),
)

bounces = Table(
    "bounces",
    metadata,
    _id(),
    Column("fingerprint", String, nullable=False, unique=True),
    Column("delivery_id", Integer, ForeignKey("deliveries.id"), index=True),
    Column("kind", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("status", String),
)

# ── the service ─────────────────────────────────────────────────────────────

alerts = Table(  # what went wrong for whoever runs this: one row per incident
    "alerts",
    metadata,
    _id(),
    Column("area", String, nullable=False),  # the doctor's check that found it
    Column("key", String, nullable=False),  # what it is about, as `disk` or `source 7`
    Column("kind", String, nullable=False),  # what is wrong with that
    Column("code", String, nullable=False),  # the sentence that says it, and what it is filled with
    Column("advice", String),
    Column("data", JSON, nullable=False),
    Column("raised_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Index(None, "ended_at", "key"),
)

alert_tellings = Table(  # who was told that an incident began, or is over; a row each
    "alert_tellings",
    metadata,
    _id(),
    _ref("alert_id", "alerts.id"),
    Column("phase", String, nullable=False),  # raised, ended
    Column("channel", String, nullable=False),  # an operator's address, or `command`
    Column("due_at", Instant, nullable=False),
    Column("told_at", Instant),
    Column("batch", String),  # what is told in one go; kept while nobody knows whether it arrived
    Column("lease_by", String),
    Column("lease_until", Instant),
    Column("attempts", Integer, nullable=False),
    Column("error", JSON(none_as_null=True)),  # why it could not be told the last time
    UniqueConstraint("alert_id", "phase", "channel"),
    Index(None, "told_at", "channel"),
)

links = Table(  # addresses that published items give as their sources, and whether anything is there
    "links",
    metadata,
    Column("key", String(64), primary_key=True),  # of the address, which may be longer than an index takes
    Column("url", Text, nullable=False),
    Column("host", String, nullable=False),
    Column("state", String, nullable=False),
    Column("due_at", Instant, nullable=False, index=True),
    Column("checked_at", Instant),
    Column("http_status", Integer),  # what the last look met, with `error` where it did not find a page
    Column("error", JSON(none_as_null=True)),
    Column("tries", Integer, nullable=False),  # looks in a row that did not find a page
    Column("gone", Integer, nullable=False),  # of these, how many were told that there is none
    Column("gone_since", Instant),  # the first of these
    Column("dead_since", Instant),
)

readership = Table(  # who came and left of those that were erased: numbers of a day, and no people
    "readership",
    metadata,
    Column("edition", String, primary_key=True),
    Column("day", String(10), primary_key=True),  # in UTC, as 2026-03-02
    Column("joined", Integer, nullable=False),
    Column("left", Integer, nullable=False),
)
