"""A PostgreSQL of the tests' own: started from the machine's binaries, gone when they end.

It listens on a socket in a folder of its own and on no port, so that any
number of test runs fit on one machine.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{folder}'
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 60
shared_buffers = 32MB
autovacuum = off
"""


# What a template's tables hold is kept beside them, in a schema of its own.
KEEP = """
CREATE SCHEMA kept;
DO $$ DECLARE name text; filled boolean; BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO filled;
    IF filled THEN EXECUTE format('CREATE TABLE kept.%I AS TABLE public.%I', name, name); END IF;
  END LOOP;
END $$
"""

# Sessions that a killed program left behind would hold their rows for ever.
END_SESSIONS = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""

# As "replica" no foreign key asks for an order.
SWEEP = """
DO $$ DECLARE name text; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('DELETE FROM public.%I', name);
  END LOOP;
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'kept' LOOP
    EXECUTE format('INSERT INTO public.%I TABLE kept.%I', name, name);
  END LOOP;
  PERFORM setval(sequence, 1, false) FROM
    (SELECT format('public.%I', sequencename)::regclass AS sequence FROM pg_sequences) AS counted;
END $$
"""


class NoPostgresql(Exception):
    """Why there is none here, in words for the person who runs the tests."""


@dataclass(frozen=True, slots=True)
class Cluster:
    folder: Path
    _numbers: Iterator[int] = field(default_factory=count, repr=False)
    _idle: dict[str, list[str]] = field(default_factory=dict, repr=False)
    _servers: list[subprocess.Popen[bytes]] = field(default_factory=list, repr=False)

    def start(self) -> None:
        """Once more, after `stop`."""
        with (self.folder / "log").open("ab") as log:
            command: list[str | Path] = [_binaries() / "postgres", "-D", self.folder / "data"]
            server = subprocess.Popen(command, stdout=log, stderr=log, **_as(_account()))
        self._servers.append(server)
        _wait(self.folder, server)

    def stop(self) -> None:
        """At once: nothing here is worth an orderly end."""
        while self._servers:
            server = self._servers.pop()
            server.send_signal(signal.SIGQUIT)
            server.wait(timeout=60)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://curator@/{database}?host={self.folder}"

    def create(self, *, template: str = "template1") -> str:
        """The name of a fresh database, empty or a copy of `template`."""
        name = f"test_{next(self._numbers)}"
        self._say(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        self._say(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def lent(self, template: str) -> Iterator[str]:
        """A database with the template's tables and rows, for one that leaves the tables as they are.

        It is swept and lent again, which takes less time than a fresh copy.
        """
        idle = self._idle.setdefault(template, [])
        if idle:
            name = idle.pop()
        else:
            name = self.create(template=template)
            self._say(KEEP, to=name)
        yield name
        self._say(END_SESSIONS, SWEEP, to=name)
        idle.append(name)

    def _say(self, *statements: str, to: str = "postgres") -> None:
        with psycopg.connect(host=str(self.folder), user="curator", dbname=to, autocommit=True) as db:
            for statement in statements:
                db.execute(statement.encode())


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Start one, or raise NoPostgresql."""
    binaries = _binaries()
    account = _account()
    # Not in pytest's own folder: root's is closed to the account, and a socket's path has 107 bytes at most.
    folder = Path(tempfile.mkdtemp(prefix="curator-pg-"))
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)
    cluster = Cluster(folder)
    try:
        data = folder / "data"
        initdb: list[str | Path] = [binaries / "initdb", "-D", data, "-U", "curator", "-A", "trust"]
        _run([*initdb, "-E", "UTF8", "--no-locale", "--no-sync"], account)
        with (data / "postgresql.conf").open("a", encoding="utf-8") as configuration:
            configuration.write(SETTINGS.format(folder=folder))
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    found = [Path(initdb).parent for initdb in [shutil.which("initdb")] if initdb]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda bin_: float(bin_.parent.name))[::-1]
    for folder in found:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NoPostgresql("no PostgreSQL server binaries (Debian: apt-get install postgresql)")


def _account() -> pwd.struct_passwd | None:
    """Whom the server runs as: PostgreSQL refuses to be root. None: whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPostgresql("PostgreSQL refuses to run as root and there is neither a postgres nor a nobody")


def _as(account: pwd.struct_passwd | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": [], "cwd": "/"}


def _run(command: Sequence[str | Path], account: pwd.struct_passwd | None) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **_as(account))
    if done.returncode:
        raise NoPostgresql(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")


def _wait(folder: Path, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(host=str(folder), user="curator", dbname="postgres").close()
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise NoPostgresql(f"the server did not start: {(folder / 'log').read_text()}") from error
            time.sleep(0.05)
        else:
            return
