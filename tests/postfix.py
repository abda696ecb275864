"""A real Postfix of the tests' own: Debian's package, unpacked and never installed, on a free port.

`make postfix` unpacks it (`python tests/postfix.py .venv/postfix`). It must be
started as root, since Postfix changes to other accounts for its own safety;
who is not root, or has no apt, goes without and is told so.

Every domain below .example is at home here, by what stands before the @:

    ok…                  delivered, into the Maildir `delivered`
    news, bounces, +…    what comes back: into the Maildir `returned`
    full…                taken, then bounced: 5.2.2, the box is full
    refused…             550 at RCPT
    later…               450 at RCPT, every time
    anything else        taken, then bounced: 5.1.1, no such reader
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from loopback import free_port

CACHE = Path(__file__).parents[1] / ".venv" / "postfix"

# Three accounts that every Debian has, and no two the same (postconf(5): mail_owner, default_privs).
OWNER, GROUP, READER = "daemon", "mail", "nobody"

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = {home}/usr/sbin
daemon_directory = {home}/usr/lib/postfix/sbin
shlib_directory = {home}/usr/lib/postfix
meta_directory = {folder}/settings
mail_owner = {owner}
setgid_group = {group}
default_privs = {reader}
import_environment = MAIL_CONFIG TZ LANG=C LD_LIBRARY_PATH
export_environment = TZ LANG=C LD_LIBRARY_PATH
maillog_file = {folder}/data/mail.log
maillog_file_prefixes = {folder}
inet_interfaces = loopback-only
inet_protocols = ipv4
myhostname = mx.postfix.example
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
recipient_delimiter = +
in_flow_delay = 0
smtputf8_enable = yes
virtual_mailbox_domains = regexp:{folder}/settings/domains
virtual_mailbox_base = {folder}/boxes
virtual_mailbox_maps = regexp:{folder}/settings/boxes
virtual_uid_maps = static:{reader_id}
virtual_gid_maps = static:{reader_id}
virtual_minimum_uid = 1
transport_maps = regexp:{folder}/settings/transport
smtpd_reject_unlisted_recipient = no
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = check_recipient_access regexp:{folder}/settings/refused, permit
default_transport = error:5.1.2 this test sends nothing elsewhere
relay_transport = error:5.1.2 this test sends nothing elsewhere
"""

# master(5): service, type, private, unprivileged, chroot, wakeup, most processes, command.
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
proxymap  unix  - - n - - proxymap
error     unix  - - n - - error
retry     unix  - - n - - error
virtual   unix  - n n - - virtual
anvil     unix  - - n - 1 anvil
postlog   unix-dgram n - n - 1 postlogd
"""

TABLES = {
    "domains": r"/\.example$/ here",
    "boxes": "/^ok[^@]*@/ delivered/\n" r"/^(news|bounces)(\+[^@]*)?@/ returned/",
    "refused": "/^refused[^@]*@/ 550 5.7.1 not wanted here\n/^later[^@]*@/ 450 4.2.0 come back later",
    "transport": "/^full[^@]*@/ error:5.2.2 the box is full",
}

_QUEUES = ("incoming", "active", "deferred", "maildrop")  # what may still become a mail in a box
_PATIENCE = 60.0  # seconds


class NoPostfix(Exception):
    """Why there is none here, in words for the person who runs the tests."""


@dataclass(frozen=True, slots=True)
class Postfix:
    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """With a line `message-id=<…>` for every mail taken, and one that says what became of it."""
        return self.folder / "data" / "mail.log"

    @property
    def mailbox(self) -> Path:
        """The Maildir of what came back."""
        return self.folder / "boxes" / "returned"

    def delivered(self) -> list[bytes]:
        """The mails in the boxes of the readers, as delivered: with Return-Path and Delivered-To on top."""
        return _in(self.folder / "boxes" / "delivered")

    def returned(self) -> list[bytes]:
        return _in(self.mailbox)

    def settle(self) -> None:
        """Wait until everything taken is delivered or has come back."""
        _wait(lambda: not any(True for _ in self._queued()), "the queue is not empty after a minute")

    def be_visited(self) -> None:
        """As any server is, again and again: its log goes on, also after the last mail."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as there:
            there.recv(3)

    def empty(self) -> None:
        """As if nothing had been delivered yet; the log goes on."""
        self.settle()
        for box in (self.folder / "boxes").iterdir():
            shutil.rmtree(box)

    def _queued(self) -> Iterator[Path]:
        for name in _QUEUES:
            # A mail moves from one to the next while we look.
            with suppress(FileNotFoundError):
                yield from (path for path in (self.folder / "queue" / name).rglob("*") if path.is_file())


@contextmanager
def running_postfix(home: Path = CACHE) -> Iterator[Postfix]:
    """Start one, or raise NoPostfix."""
    if os.geteuid() != 0:
        raise NoPostfix("Postfix can be started by root only")
    master = home / "usr" / "lib" / "postfix" / "sbin" / "master"
    if not master.exists():
        raise NoPostfix(f"none in {home} (run: make postfix)")
    # Not in pytest's own folder: root's is closed to Postfix's accounts.
    folder = Path(tempfile.mkdtemp(prefix="curator-postfix-"))
    try:
        postfix = Postfix(folder, free_port())
        _furnish(postfix, home)
        environ = {**os.environ, "LD_LIBRARY_PATH": _libraries(home), "MAIL_CONFIG": str(folder / "settings")}
        with (folder / "master.log").open("wb") as log:
            server = subprocess.Popen(
                [master, "-c", folder / "settings", "-d"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environ,
                start_new_session=True,
            )
        try:
            _wait_for(postfix, server)
            yield postfix
        finally:
            _stop(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def unpack(home: Path = CACHE) -> None:
    """Fetch Debian's package and what it needs, and unpack them into a folder. Nothing is installed."""
    if (home / "usr" / "lib" / "postfix" / "sbin" / "master").exists() and not _lacks(home):
        return
    home.mkdir(parents=True, exist_ok=True)
    _download(home, "postfix")
    if _lacks(home):
        said = _say(home, "apt-cache", "depends", "--important", "postfix")
        needed = [line.split()[-1] for line in said.splitlines() if line.strip().startswith("Depends: lib")]
        _download(home, *needed)
    if lacking := _lacks(home):
        raise NoPostfix(f"its programs lack {lacking}")


# ── what it finds when it starts ──


def _furnish(postfix: Postfix, home: Path) -> None:
    folder = postfix.folder
    owner, group, reader = _id_of(OWNER), _group_of(GROUP), _id_of(READER)
    folder.chmod(0o755)
    settings = folder / "settings"
    settings.mkdir()
    main = MAIN.format(
        folder=folder, home=home.resolve(), owner=OWNER, group=GROUP, reader=READER, reader_id=reader
    )
    (settings / "main.cf").write_text(main, encoding="utf-8")
    (settings / "master.cf").write_text(MASTER.format(port=postfix.port), encoding="utf-8")
    for name, rows in TABLES.items():
        (settings / name).write_text(rows + "\n", encoding="utf-8")
    for name, account in {"data": owner, "boxes": reader, "queue": 0}.items():
        (folder / name).mkdir()
        os.chown(folder / name, account, -1)
    private = "active bounce corrupt defer deferred flush hold incoming private saved trace"
    for name in (*private.split(), "maildrop", "public"):
        path = folder / "queue" / name
        path.mkdir(mode=0o700)
        os.chown(path, owner, -1)
    (folder / "queue" / "pid").mkdir()
    os.chown(folder / "queue" / "public", owner, group)
    (folder / "queue" / "public").chmod(0o710)


def _wait_for(postfix: Postfix, server: subprocess.Popen[bytes]) -> None:
    def answers() -> bool:
        if server.poll() is not None:
            raise NoPostfix(f"it ended as it started: {_complaints(postfix)}")
        try:
            with socket.create_connection(("127.0.0.1", postfix.port), timeout=10) as there:
                return there.recv(3) == b"220"
        except OSError:
            return False

    try:
        _wait(answers, "no answer")
    except TimeoutError as error:
        raise NoPostfix(f"it does not answer: {_complaints(postfix)}") from error


def _complaints(postfix: Postfix) -> str:
    logs = [postfix.folder / "master.log", postfix.log]
    return " ".join(log.read_text(errors="replace") for log in logs if log.exists())[-2000:]


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Master ends its children with itself; it leads the group that they all are in."""
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGTERM)
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _in(box: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted((box / "new").glob("*"))]


def _wait(until: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not until():
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise)
        time.sleep(0.02)


def _id_of(name: str) -> int:
    import pwd

    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError as error:
        raise NoPostfix(f"there is no account {name}") from error


def _group_of(name: str) -> int:
    import grp

    try:
        return grp.getgrnam(name).gr_gid
    except KeyError as error:
        raise NoPostfix(f"there is no group {name}") from error


# ── the package ──


def _libraries(home: Path) -> str:
    folders = [home / "usr" / "lib" / "postfix", *(home / "usr" / "lib").glob("*-linux-gnu*")]
    return os.pathsep.join(str(folder.resolve()) for folder in folders)


def _lacks(home: Path) -> str:
    """The libraries that its daemons do not find here."""
    programs = [home / "usr/lib/postfix/sbin" / name for name in ("master", "smtpd", "cleanup", "bounce")]
    environ = {**os.environ, "LD_LIBRARY_PATH": _libraries(home)}
    said = subprocess.run(["ldd", *programs], env=environ, capture_output=True, text=True, check=False).stdout
    return " ".join(sorted({line.split()[0] for line in said.splitlines() if line.endswith("not found")}))


def _download(home: Path, *packages: str) -> None:
    try:
        _say(home, "apt-get", "download", "-qq", *packages)
    except NoPostfix:  # a machine that was never asked knows no packages yet
        _say(home, "apt-get", "update", "-qq")
        _say(home, "apt-get", "download", "-qq", *packages)
    for package in home.glob("*.deb"):
        _say(home, "dpkg", "-x", package.name, ".")
        package.unlink()


def _say(home: Path, *command: str) -> str:
    try:
        done = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NoPostfix(f"{command[0]}: {error}") from error
    if done.returncode:
        raise NoPostfix(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


if __name__ == "__main__":
    try:
        unpack(Path(sys.argv[1]))
    except NoPostfix as why:
        sys.exit(f"No Postfix: {why}")
