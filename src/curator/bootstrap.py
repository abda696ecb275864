"""The only place that wires: a newsroom's folder becomes settings, store, web, readers, mailer, translators.

Each part is made when it is first asked for, with its imports: listing the
queue starts no HTTP client, and reading --help starts nothing at all.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from curator.errors import DatabaseMissing, NewsroomError

if TYPE_CHECKING:
    from curator.curate.asking import Machines
    from curator.edges.readers import Readers
    from curator.fetch import Web
    from curator.model import Hold
    from curator.ports import Mailer, Mailroom, Spelling
    from curator.settings import Settings
    from curator.settings.glossary import Glossary
    from curator.store import Store

KEY_FILE = "data/secret.key"
KEY_BYTES = 32
UNSAID_BASE_URL = b'# base_url = "http://localhost:8000/"\n'
"""The line of the shipped config/curator.toml that `init --base-url` replaces."""


class Newsroom:
    """One newsroom while a command or a service runs. Closing it closes what was opened."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.folder = folder
        self._environ = environ
        self._opened = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        self._opened.close()

    @cached_property
    def settings(self) -> Settings:
        from curator.settings import load_settings

        return load_settings(self.folder, self._environ)

    @cached_property
    def store(self) -> Store:
        """The database; whether it is there and of this program's schema is for `require_schema` to say."""
        from curator.store import Store

        database = self.settings.database
        store = Store(database.url, busy_timeout=database.busy_timeout)
        self._opened.callback(store.close)
        return store

    def look(self, *, now: datetime) -> Hold | None:
        """Why this newsroom is held, if it is; whether it is an old or a second one, too."""
        from curator.edges.place import place_of
        from curator.publish.holding import look

        return look(self.store, self.settings, place=place_of(self.store.path), now=now)

    def other_store(self, url: str) -> Store:
        """Another database, as `database.url` would name it here; whoever asks closes it."""
        from curator.settings import checked_database_url
        from curator.store import Store

        checked = checked_database_url(url, newsroom=self.folder)
        return Store(checked, busy_timeout=self.settings.database.busy_timeout)

    @cached_property
    def web(self) -> Web:
        from curator.edges.http import open_web

        web = open_web(self.settings.fetch)
        self._opened.callback(web.client.close)
        return web

    @cached_property
    def hub_web(self) -> Web:
        """Reaches the hubs of publish.hubs wherever they are, and of all other places what `web` does."""
        from curator.edges.http import open_web, place_of

        hubs = tuple(place_of(hub) for hub in self.settings.publish.hubs)
        fetch = self.settings.fetch
        web = open_web(replace(fetch, allow_private=(*fetch.allow_private, *hubs)))
        self._opened.callback(web.client.close)
        return web

    @cached_property
    def readers(self) -> Readers:
        from curator.edges.readers import Readers

        return self._opened.enter_context(Readers(self.settings.read))

    @cached_property
    def mailer(self) -> Mailer:
        from curator.edges.mail import open_mailer

        mailer = open_mailer(self.settings.mail)
        self._opened.callback(mailer.close)
        return mailer

    @cached_property
    def mailroom(self) -> Mailroom:
        """What issues leave through: the mailer, the signer where `mail.dkim` names keys, and the probe."""
        from curator.edges.dkim import open_signer
        from curator.edges.maillog import open_log
        from curator.edges.probing import answers
        from curator.ports import Mailroom

        mail = self.settings.mail
        return Mailroom(mailer=self.mailer, signer=open_signer(mail), answers=answers, log=open_log(mail.log))

    @cached_property
    def glossary(self) -> Glossary:
        from curator.settings.glossary import load_glossary

        return load_glossary(self.folder)

    @cached_property
    def machines(self) -> Machines:
        """The engines that translate, connected to nothing yet."""
        from curator.curate.asking import Machines
        from curator.edges.translate import open_translators

        translators = open_translators(self.settings.translate)
        for translator in translators:
            self._opened.callback(translator.close)
        return Machines(translators=translators, glossary=self.glossary, limits=self.settings.translate)

    @cached_property
    def spelling(self) -> Spelling | None:
        """None where this machine has no dictionary; one is read when it is first asked."""
        from curator.edges.spelling import open_spelling

        return open_spelling(self.settings.review)

    @cached_property
    def secret(self) -> bytes:
        """The key of everything keyed in this newsroom: unsubscribe links, hashes of suppressed addresses."""
        path = self.folder / KEY_FILE
        try:
            secret = path.read_bytes()
        except OSError as error:
            raise NewsroomError("secret_unreadable", path=str(path), cause=error.strerror) from error
        if len(secret) < KEY_BYTES:
            raise NewsroomError("secret_too_short", path=str(path), length=len(secret), wanted=KEY_BYTES)
        return secret


@dataclass(frozen=True, slots=True, kw_only=True)
class InitResult:
    """`created`: what was not there before, relative to the newsroom."""

    newsroom: Path
    created: tuple[str, ...]


def open_newsroom(directory: Path | None, environ: Mapping[str, str], *, cwd: Path | None = None) -> Newsroom:
    """The newsroom that `--newsroom`, the environment or the working folder names. Opens nothing yet."""
    from curator.settings import find_newsroom

    return Newsroom(find_newsroom(directory, environ, cwd or Path.cwd()), environ)


def init_newsroom(
    directory: Path, *, base_url: str | None, environ: Mapping[str, str], now: datetime
) -> InitResult:
    """Make a newsroom, or complete one: what is there is never written over."""
    folder = directory.resolve()
    created = []
    try:
        created += _config(folder, base_url)
        # The database beside the key holds addresses of subscribers: the folder is for its owner alone.
        (folder / KEY_FILE).parent.mkdir(mode=0o700, exist_ok=True)
        if _place(folder / KEY_FILE, secrets.token_bytes(KEY_BYTES), mode=0o600):
            created.append(KEY_FILE)
    except OSError as error:
        path = error.filename or folder
        raise NewsroomError("newsroom_not_writable", path=str(path), cause=error.strerror) from error
    created += _database(folder, environ, now)
    return InitResult(newsroom=folder, created=tuple(created))


def _config(folder: Path, base_url: str | None) -> list[str]:
    from curator.settings import checked_base_url
    from curator.shipped import shipped

    said = UNSAID_BASE_URL
    if base_url is not None:
        said = f"base_url = {json.dumps(checked_base_url(base_url), ensure_ascii=False)}\n".encode()
    created = []
    for default in sorted(shipped("config").glob("*.toml")):
        content = default.read_bytes().replace(UNSAID_BASE_URL, said)
        if _place(folder / "config" / default.name, content):
            created.append(f"config/{default.name}")
    if "config/curator.toml" not in created and base_url is not None:
        _say_base_url(folder / "config/curator.toml", said)
    return created


def _say_base_url(path: Path, line: bytes) -> None:
    """In a newsroom that is there already, where none is said yet: an address that readers know is kept."""
    content = path.read_bytes()
    if line in content.splitlines(keepends=True):
        return
    if UNSAID_BASE_URL not in content:
        raise NewsroomError("base_url_said", path=str(path), wanted=line.decode().strip())
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as new:
        new.write(content.replace(UNSAID_BASE_URL, line))
        os.fchmod(new.fileno(), path.stat().st_mode)
    Path(new.name).replace(path)


def _database(folder: Path, environ: Mapping[str, str], now: datetime) -> list[str]:
    from curator.publish.holding import know_journal
    from curator.store.schema import upgrade

    with Newsroom(folder, environ) as newsroom:
        store = newsroom.store
        before = _schema(store)
        if before is None:
            upgrade(store)
        store.require_schema()  # an older one is for `db upgrade`, which saves it first
        with store.begin() as tx:
            if tx.meta.get("created_at") is None:
                tx.meta.set("created_at", now.isoformat())
        if before is not None:
            return []
        with store.begin() as tx:  # a backup from before its first word knows of its journal, too
            know_journal(tx, newsroom.settings, now=now)
        if store.path is None:
            return [store.shown_url]
        return [str(store.path.relative_to(folder) if store.path.is_relative_to(folder) else store.path)]


def _schema(store: Store) -> str | None:
    try:
        return store.schema()
    except DatabaseMissing:
        return None


def _place(path: Path, content: bytes, *, mode: int = 0o644) -> bool:
    """Make this file whole or not at all; False where one stands, which is left as it is."""
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent) as new:
        new.write(content)
        new.flush()
        os.fchmod(new.fileno(), mode)
        os.fsync(new.fileno())
        try:
            os.link(new.name, path)  # fails where somebody was faster; a rename would write over theirs
        except FileExistsError:
            return False
    return True
