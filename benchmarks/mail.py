"""What sending costs: a newsletter beside plain smtplib, to one loopback server in one run.

The servers are aiosmtpd in a process of its own, which takes everything and keeps nothing, and a real
Postfix where there is one (`make postfix`), which has each mail on its disk before it answers. Both
senders use one connection and send the same bytes to the same addresses. Ours does all it does in
earnest: the ledger on SQLite with synchronous=FULL, suppression asked right before DATA, one commit
before each message and one after its answer.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import smtplib
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from multiprocessing.synchronize import Event
from pathlib import Path

from aiosmtpd.controller import Controller
from sqlalchemy import insert

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from builders import NOW
from curator.edges.mail import open_mailer
from curator.model import DeliveryState
from curator.ports import Mailroom
from curator.publish import sending, tokens
from curator.publish.freezing import sender_of_issue
from curator.publish.issues import enter_subscribers
from curator.publish.message import cast
from curator.store import Store
from curator.store import tables as t
from curator.store.tables import SCHEMA_HEAD, metadata
from newsletter import SECRET, Newsletter, a_newsletter
from postfix import NoPostfix, running_postfix

NOTE = "Mantenere è il mestiere: chi ascolta i clienti ogni giorno non ha bisogno di riconquistarli. " * 4


class _Takes:
    async def handle_DATA(self, _server: object, _session: object, _envelope: object) -> str:  # noqa: N802
        return "250 OK"


def _serve(port: int, ready: Event, ended: Event) -> None:
    controller = Controller(_Takes(), hostname="127.0.0.1", port=port)
    controller.start()
    ready.set()
    ended.wait()
    controller.stop()


@contextmanager
def a_server() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    context = multiprocessing.get_context("spawn")
    ready, ended = context.Event(), context.Event()
    process = context.Process(target=_serve, args=(port, ready, ended), daemon=True)
    process.start()
    ready.wait()
    try:
        yield port
    finally:
        ended.set()
        process.join()


def a_newsroom(folder: Path, readers: int, url: str) -> Newsletter:
    folder.mkdir()
    store = Store(f"sqlite:///{folder / 'curator.db'}")
    with store.begin() as tx:
        metadata.create_all(tx.connection)
        tx.connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
        tx.connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{SCHEMA_HEAD}')")
    newsletter = a_newsletter(store, folder)
    newsletter.with_(mail={"url": url})
    for n in range(8):
        newsletter.publish(f"Perché i clienti se ne vanno, parte {n}", note=NOTE)
    with store.begin() as tx:
        people = [
            {"id": n, "email": f"ok{n}@posta{n % 40}.example", "added_at": NOW} for n in range(1, readers + 1)
        ]
        follow = [
            {"subscriber_id": n, "edition": "it", "status": "confirmed", "changed_at": NOW}
            for n in range(1, readers + 1)
        ]
        tx.connection.execute(insert(t.subscribers), people)
        tx.connection.execute(insert(t.subscriptions), follow)
    return newsletter


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def memory() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    return 0


def measured(said: str, mails: int, work: Callable[[], object]) -> float:
    """Print what it cost a mail; returns mails a second."""
    before, started = cpu(), time.monotonic()
    work()
    wall, used = time.monotonic() - started, cpu() - before
    each, busy = 1000 * wall / mails, 1000 * used / mails
    print(f"  {said:34} {mails / wall:8.0f} /s  {each:7.3f} ms  CPU {busy:7.3f} ms")
    return mails / wall


def letters(newsletter: Newsletter) -> Iterator[tuple[str, str, bytes]]:
    """All mails of the issue, as they leave."""
    issue = newsletter.issue()
    sender = sender_of_issue(newsletter.settings, issue, edition=newsletter.edition)
    made = cast(issue, sender=sender, language=newsletter.edition.language)
    with newsletter.store.read() as tx:
        rows = tx.mailing.deliveries.in_state(issue, DeliveryState.PENDING)
    for row in rows:
        token = tokens.unsubscribe_token(SECRET, edition="it", subscriber_id=row.subscriber_id)
        name = row.message_id.strip("<>").rpartition("@")[0]
        email = row.email or ""
        yield (
            sender.envelope(name),
            email,
            made.message(recipient=email, message_id=row.message_id, token=token),
        )


def plainly(port: int, mails: list[tuple[str, str, bytes]]) -> None:
    with smtplib.SMTP("127.0.0.1", port) as session:
        for sender, recipient, message in mails:
            session.sendmail(sender, [recipient], message)


def in_earnest(newsletter: Newsletter, told: Callable[[int], None] = lambda _done: None) -> None:
    began = time.monotonic()
    mailer = open_mailer(newsletter.settings.mail)
    sent = sending.send_issue(
        newsletter.store,
        Mailroom(mailer=mailer),
        newsletter.settings,
        edition=newsletter.edition,
        secret=SECRET,
        worker="benchmark:1",
        is_gone=lambda _worker: False,
        clock=lambda: NOW + timedelta(seconds=time.monotonic() - began),
        sleep=time.sleep,
        told=told,
    )
    mailer.close()
    assert not sent.counts.unfinished, sent.counts


def rates(folder: Path, mails: int, repeats: int) -> None:
    with a_server() as port:
        rate(folder / "aiosmtpd", port, mails, repeats, server="aiosmtpd")
    try:
        with running_postfix() as postfix:
            some = max(1, mails // 4)  # it delivers them too
            rate(folder / "postfix", postfix.port, some, repeats, server="Postfix", settle=postfix.empty)
    except NoPostfix as why:
        print(f"no Postfix: {why}")


def rate(
    folder: Path,
    port: int,
    mails: int,
    repeats: int,
    *,
    server: str,
    settle: Callable[[], None] = lambda: None,
) -> None:
    print(f"{mails} mails over one connection to {server}")
    folder.mkdir()
    ratios = []
    for n in range(repeats):
        newsletter = a_newsroom(folder / f"rate{n}", mails, f"smtp://127.0.0.1:{port}")
        newsletter.close()
        ready = list(letters(newsletter))
        if n == 0:
            print(f"  {len(ready[0][2])} bytes each")
        plain = measured("plain smtplib, before", mails, partial(plainly, port, ready))
        settle()
        ours = measured("curator", mails, partial(in_earnest, newsletter))
        settle()
        after = measured("plain smtplib, after", mails, partial(plainly, port, ready))
        settle()
        ratios.append(2 * ours / (plain + after))
        newsletter.store.close()
    said = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    print(f"  of plain smtplib's rate: {statistics.median(ratios):.2f} (median of {said})")


def grown(folder: Path, mails: int) -> None:
    print(f"memory of a sender, {mails} mails")
    held: dict[int, float] = {}

    def look(done: int) -> None:
        if done in (mails // 10, mails // 2, mails):
            held[done] = memory() / 1e6

    with a_server() as port:
        newsletter = a_newsroom(folder / "grown", mails, f"smtp://127.0.0.1:{port}")
        newsletter.close()
        in_earnest(newsletter, look)
        newsletter.store.close()
    print("  " + ", ".join(f"{size:.1f} MB after {done}" for done, size in held.items()))


def queue(folder: Path, mails: int) -> None:
    print(f"{mails} deliveries entered and their mails made")
    newsletter = a_newsroom(folder / "queue", mails, "folder:outbox")
    total, started = cpu(), memory()
    measured("closed, and readers entered", mails, newsletter.close)

    def make() -> None:
        for _ in letters(newsletter):
            pass

    measured("mails made", mails, make)
    grown, busy = (memory() - started) / 1e6, 1000 * (cpu() - total) / mails
    print(f"  CPU {busy:.3f} ms each in all (at most 5 wanted); memory {grown:+.1f} MB")
    issue = newsletter.issue()
    with newsletter.store.begin() as tx:  # nobody is new: what a later run pays
        measured(
            "readers looked through again",
            mails,
            lambda: enter_subscribers(
                tx,
                newsletter.settings,
                issue,
                edition=newsletter.edition,
                secret=SECRET,
                now=NOW + timedelta(hours=1),
            ),
        )
    newsletter.store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=2000)
    parser.add_argument("--queued", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", help="on the disk to be measured; default: where temporary files are")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        grown(Path(folder), asked.queued)
        queue(Path(folder), asked.queued)
        rates(Path(folder), asked.mails, asked.repeats)


if __name__ == "__main__":
    main()
