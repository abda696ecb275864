"""The door to the database: one engine, short transactions, foreign errors translated once.

The same statements run on SQLite and PostgreSQL. What differs is said here:
SQLite gets WAL, synchronous=FULL and BEGIN IMMEDIATE for writers (so that a
transaction that will write never fails half-way for want of the lock).
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from curator.errors import (
    DatabaseBusy,
    DatabaseMissing,
    DatabaseUnusable,
    SchemaMismatch,
    StoreError,
)
from curator.model import HeldBecause
from curator.store.tables import SCHEMA_HEAD

if TYPE_CHECKING:
    from curator.store.alerts import Alerts
    from curator.store.announcements import Announcements
    from curator.store.clusters import Clusters
    from curator.store.comments import Comments
    from curator.store.enrichment import Enrichment
    from curator.store.entries import Entries
    from curator.store.events import Events
    from curator.store.filters import Filters
    from curator.store.hints import Hints
    from curator.store.holds import Holds
    from curator.store.hosts import Hosts
    from curator.store.hubs import Hubs
    from curator.store.imports import Imports
    from curator.store.items import Items
    from curator.store.links import Links
    from curator.store.looks import Looks
    from curator.store.mailing import Mailing
    from curator.store.meta import Meta
    from curator.store.outbox import Outbox
    from curator.store.pages import Pages
    from curator.store.pictures import Pictures
    from curator.store.publications import Publications
    from curator.store.pushes import Pushes
    from curator.store.redirects import Redirects
    from curator.store.replaying import Replaying
    from curator.store.rows import Rows
    from curator.store.sources import Sources
    from curator.store.tidying import Tidying
    from curator.store.translations import Translations
    from curator.store.words import Words


class Transaction:
    """One transaction, and the nouns it can speak of. Each is made when first asked for."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def serialise(self, what: str) -> None:
        """Let one transaction at a time past this point until it ends (`what`: "publish:it").

        SQLite has one writer anyway; PostgreSQL takes an advisory lock.
        """
        if self.connection.dialect.name == "postgresql":
            self.connection.execute(
                text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))"), {"what": what}
            )

    def take_back(self) -> None:
        """Leave no trace of this transaction; nothing may follow in it."""
        if (transaction := self.connection.get_transaction()) is not None:
            transaction.rollback()

    def frozen_authority(self, *, base_url: str, now: datetime) -> str:
        """RFC 4151's "example.org,2026" for ids: frozen by whoever makes the newsroom's first one."""
        if self.meta.get("tag_authority") is None:
            self.serialise("tag_authority")  # two editions may be published for the first time at once
            self.meta.set("tag_authority", self.meta.tag_authority(base_url=base_url, now=now))
        return self.meta.tag_authority(base_url=base_url, now=now)

    @cached_property
    def meta(self) -> Meta:
        from curator.store.meta import Meta

        return Meta(self.connection)

    @cached_property
    def sources(self) -> Sources:
        from curator.store.sources import Sources

        return Sources(self.connection)

    @cached_property
    def hosts(self) -> Hosts:
        from curator.store.hosts import Hosts

        return Hosts(self.connection)

    @cached_property
    def entries(self) -> Entries:
        from curator.store.entries import Entries

        return Entries(self.connection)

    @cached_property
    def pages(self) -> Pages:
        from curator.store.pages import Pages

        return Pages(self.connection)

    @cached_property
    def pictures(self) -> Pictures:
        from curator.store.pictures import Pictures

        return Pictures(self.connection)

    @cached_property
    def pushes(self) -> Pushes:
        from curator.store.pushes import Pushes

        return Pushes(self.connection)

    @cached_property
    def hubs(self) -> Hubs:
        from curator.store.hubs import Hubs

        return Hubs(self.connection)

    @cached_property
    def enrichment(self) -> Enrichment:
        from curator.store.enrichment import Enrichment

        return Enrichment(self.connection)

    @cached_property
    def clusters(self) -> Clusters:
        from curator.store.clusters import Clusters

        return Clusters(self.connection)

    @cached_property
    def items(self) -> Items:
        from curator.store.items import Items

        return Items(self.connection)

    @cached_property
    def imports(self) -> Imports:
        from curator.store.imports import Imports

        return Imports(self.connection)

    @cached_property
    def hints(self) -> Hints:
        from curator.store.hints import Hints

        return Hints(self.connection)

    @cached_property
    def links(self) -> Links:
        from curator.store.links import Links

        return Links(self.connection)

    @cached_property
    def looks(self) -> Looks:
        from curator.store.looks import Looks

        return Looks(self.connection)

    @cached_property
    def rows(self) -> Rows:
        from curator.store.rows import Rows

        return Rows(self.connection)

    @cached_property
    def translations(self) -> Translations:
        from curator.store.translations import Translations

        return Translations(self.connection)

    @cached_property
    def words(self) -> Words:
        from curator.store.words import Words

        return Words(self.connection)

    @cached_property
    def events(self) -> Events:
        from curator.store.events import Events

        return Events(self.connection)

    @cached_property
    def comments(self) -> Comments:
        from curator.store.comments import Comments

        return Comments(self.connection)

    @cached_property
    def filters(self) -> Filters:
        from curator.store.filters import Filters

        return Filters(self.connection)

    @cached_property
    def publications(self) -> Publications:
        from curator.store.publications import Publications

        return Publications(self.connection)

    @cached_property
    def redirects(self) -> Redirects:
        from curator.store.redirects import Redirects

        return Redirects(self.connection)

    @cached_property
    def announcements(self) -> Announcements:
        from curator.store.announcements import Announcements

        return Announcements(self.connection)

    @cached_property
    def outbox(self) -> Outbox:
        from curator.store.outbox import Outbox

        return Outbox(self.connection)

    @cached_property
    def tidying(self) -> Tidying:
        from curator.store.tidying import Tidying

        return Tidying(self.connection)

    @cached_property
    def alerts(self) -> Alerts:
        from curator.store.alerts import Alerts

        return Alerts(self.connection)

    @cached_property
    def replaying(self) -> Replaying:
        from curator.store.replaying import Replaying

        return Replaying(self.connection)

    @cached_property
    def holds(self) -> Holds:
        from curator.store.holds import Holds

        return Holds(self.connection)

    @cached_property
    def mailing(self) -> Mailing:
        from curator.store.mailing import Mailing

        return Mailing(self.connection)


class Store:
    """A newsroom's database. Safe to share between threads; a transaction is not."""

    def __init__(self, url: str, *, busy_timeout: float = 15.0) -> None:
        """Prepare, connect to nothing yet. `busy_timeout` (s): how long to wait for a lock."""
        self.url = _parsed(url)
        self.busy_timeout = busy_timeout
        self._is_whole = False  # not known yet to have this program's tables
        self._file: tuple[int, int] | None = None  # which file it is, once there was one to open

    @cached_property
    def engine(self) -> Engine:
        if self.url.get_backend_name() == "sqlite":
            return _sqlite_engine(self.url, self.busy_timeout)
        return _postgresql_engine(self.url, self.busy_timeout)

    @property
    def path(self) -> Path | None:
        """The SQLite file; None on PostgreSQL."""
        if self.url.get_backend_name() != "sqlite" or not self.url.database:
            return None
        return Path(self.url.database)

    @contextmanager
    def begin(
        self, *, lasting: bool = True, kept: Connection | None = None, although_moved: bool = False
    ) -> Iterator[Transaction]:
        """A transaction that may write: all of it or nothing. Never hold it over a network call.

        Not `lasting`: it outlives kill -9 at once, and a power cut as soon as a later one that is
        lasting has ended; what may not wait for that must not ask for it. `kept`: see `line`.
        Refused where another database is the newsroom now, by `newsroom_moved`.
        """
        with self._connection(writing=True, lasting=lasting, kept=kept) as connection:
            tx = Transaction(connection)
            if self._is_whole and not although_moved:
                self._require_not_moved(tx)
            yield tx

    @contextmanager
    def line(self) -> Iterator[Line]:
        """For one thread that often writes a little: its transactions cost a third."""
        with closing(Line(self)) as line:
            yield line

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """One consistent look (a snapshot on both engines); it must not write."""
        with self._connection(writing=False) as connection:
            yield Transaction(connection)

    def forget_deleted(self) -> None:
        """Leave nothing of what was deleted in SQLite's log beside the file.

        Where somebody reads there now, or the disk will not, it goes with a later
        checkpoint. PostgreSQL clears its pages and its log in its own time.
        """
        if self.path is None:
            return
        with self.engine.connect() as connection, suppress(sqlite3.Error):
            driver = cast(sqlite3.Connection, connection.connection.driver_connection)
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()

    def require_schema(self) -> None:
        """Raise unless the database is there and is of exactly this program's schema."""
        found = self.schema()
        if found != SCHEMA_HEAD:
            raise SchemaMismatch(_mismatch(found), found=found, wanted=SCHEMA_HEAD, url=self.shown_url)
        self._is_whole = True

    def _require_not_moved(self, tx: Transaction) -> None:
        """What is written after `db copy` has put its hold would be lost: nobody reads it any more."""
        asking = "SELECT value FROM meta WHERE key = 'held'"
        if self.path is not None:  # past SQLAlchemy: this is asked at the beginning of every transaction
            driver: Any = tx.connection.connection.driver_connection
            said = driver.execute(asking).fetchone()
        else:
            said = tx.connection.exec_driver_sql(asking).fetchone()
        if said and said[0] and (hold := tx.holds.current()) and hold.because is HeldBecause.MOVED:
            tx.holds.require_none()

    def schema(self) -> str | None:
        """The migration the database stands at; None: empty."""
        self.require_file()
        with self._connection(writing=False) as connection:
            return self.schema_of(connection)

    @staticmethod
    def schema_of(connection: Connection) -> str | None:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()

    def require_file(self) -> None:
        """A missing SQLite file is never created by accident: an empty newsroom would look like lost work."""
        try:
            missing = self.path is not None and not self.path.is_file()
        except OSError as error:  # its folder may not be entered
            raise DatabaseUnusable(url=self.shown_url, cause=error.strerror) from error
        if missing:
            raise DatabaseMissing(path=str(self.path))

    @property
    def shown_url(self) -> str:
        return self.url.render_as_string(hide_password=True)

    def close(self) -> None:
        """What is at the address when it is asked again is opened anew: a restore puts a file aside."""
        if "engine" in self.__dict__:
            self.engine.dispose()
        self._file = None

    def _require_same_file(self) -> None:
        """SQLite writes on into a file that was moved away or replaced, and nobody would find that again."""
        if self.path is None:
            return
        try:
            found = self.path.stat()
        except OSError as error:
            if self._file is not None:
                raise DatabaseMissing(path=str(self.path)) from error
            return
        if self._file not in (None, (found.st_dev, found.st_ino)):
            self.engine.dispose()  # what is open still is another's: whoever has it ends with it
        self._file = found.st_dev, found.st_ino

    @contextmanager
    def _connection(
        self, *, writing: bool, lasting: bool = True, kept: Connection | None = None
    ) -> Iterator[Connection]:
        self._require_same_file()
        try:
            with self.engine.connect() if kept is None else nullcontext(kept) as connection:
                if self.engine.dialect.name == "sqlite":
                    connection.info.update(curator_writing=writing, curator_lasting=lasting)
                elif not writing:
                    connection.execution_options(isolation_level="REPEATABLE READ")
                with connection.begin():
                    if not lasting and self.engine.dialect.name == "postgresql":
                        connection.exec_driver_sql("SET LOCAL synchronous_commit TO off")
                    yield connection
        except DBAPIError as error:
            raise translated(error, self.shown_url, path=self.path) from error
        except sqlite3.Error as error:  # where it was told to begin: see _begin
            raise translated(DBAPIError("BEGIN", None, error), self.shown_url, path=self.path) from error


class Line:
    """One connection kept at hand, where handing it out and taking it back costs more than the work.

    PostgreSQL's come from the pool as ever, which sees to it that a server that
    was started anew in the middle of a run is not noticed.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: Connection | None = None

    @contextmanager
    def begin(self, *, lasting: bool = True) -> Iterator[Transaction]:
        """As `Store.begin`."""
        if self._kept is None and self._store.path is not None:
            self._kept = self._store.engine.connect()
        with self._store.begin(lasting=lasting, kept=self._kept) as tx:
            yield tx

    def close(self) -> None:
        if self._kept is not None:
            self._kept.close()


def _mismatch(found: str | None) -> str:
    if found is None:
        return "schema_missing"
    # Migrations are numbered: "0001", "0002". An upgrade would only say that it cannot.
    return "schema_newer" if found > SCHEMA_HEAD else "schema_mismatch"


def translated(error: DBAPIError, url: str, *, path: Path | None = None) -> StoreError:
    """A driver's error as one of ours; what no operator can mend stays a plain StoreError."""
    # PostgreSQL's DETAIL quotes the row, and with it somebody's address.
    diagnosis = getattr(error.orig, "diag", None)
    cause = (getattr(diagnosis, "message_primary", None) or str(error.orig)).strip()
    lowered = cause.lower()
    if any(sign in lowered for sign in ("locked", "busy", "lock timeout", "deadlock")):
        return DatabaseBusy(url=url, cause=cause)
    if isinstance(error, OperationalError) or "malformed" in lowered or "not a database" in lowered:
        said = _read_only(path) or (cause.splitlines()[0] if cause else "?")
        return DatabaseUnusable(url=url, cause=said)
    return StoreError(url=url, cause=cause)


def _read_only(path: Path | None) -> str | None:
    """What a kernel does to a disk that fails, and SQLite has no word for: it "cannot open" its file."""
    with suppress(OSError):
        if path is not None and os.statvfs(path.parent).f_flag & os.ST_RDONLY:
            return os.strerror(errno.EROFS)
    return None


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError) as error:
        raise DatabaseUnusable("database_url_invalid", cause=str(error)) from error
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise DatabaseUnusable("database_url_invalid", cause=parsed.get_backend_name())
    return parsed


def _sqlite_engine(url: URL, busy_timeout: float) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": busy_timeout, "check_same_thread": False},
        json_serializer=_json,
        json_deserializer=_from_json,
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # BEGIN is ours to say: see _begin
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")  # an acknowledged save survives power loss
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA secure_delete=ON")  # who is erased is not to be read in a page nobody uses
        cursor.execute(f"PRAGMA busy_timeout={int(busy_timeout * 1000)}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # Past SQLAlchemy, whose way to a statement is longer than SQLite's to carry it out.
        driver: Any = connection.connection.driver_connection
        info = connection.info
        lasting, writing = info.pop("curator_lasting", True), info.pop("curator_writing", True)
        if info.get("curator_synced", True) is not lasting:
            # In WAL mode a commit under NORMAL is not synced; the next one under FULL syncs all before it.
            driver.execute(f"PRAGMA synchronous={'FULL' if lasting else 'NORMAL'}")
            info["curator_synced"] = lasting
        driver.execute("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _postgresql_engine(url: URL, busy_timeout: float) -> Engine:
    return create_engine(
        url,
        connect_args={
            "connect_timeout": max(2, int(busy_timeout)),
            "options": f"-c timezone=UTC -c lock_timeout={int(busy_timeout * 1000)}",
        },
        pool_pre_ping=True,
        json_serializer=_json,
        json_deserializer=_from_json,
    )


def _json(value: Any) -> str:
    """Sorted, so that equal values are equal texts. msgspec takes a tenth of json's time."""
    import msgspec

    return msgspec.json.encode(value, order="sorted").decode()


def _from_json(text: str | bytes) -> Any:
    import msgspec

    return msgspec.json.decode(text)
