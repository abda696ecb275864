"""Whoever is gone gets no more mail; whoever is there goes on getting it, whatever anybody sends us."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from builders import NOW
from curator.edges.mailbox import open_path
from curator.model import SubscriptionStatus
from curator.publish import subscribers, tokens
from curator.publish.erasures import reapply_erasures
from curator.publish.returns import Kind, Readings, Returned, given_up, read_mailbox, read_returned
from curator.store import Store
from curator.store import tables as t
from curator.store.backup import back_up
from curator.store.bounces import Bounced, Handed
from newsletter import SECRET, Newsletter, a_newsletter
from postoffice import PostOffice, post_office
from proving import tells_enough
from restoring import restore
from returning import OTHER, complaint, dsn, failed, letter_head, plain

LUCIA, ANNA = "lucia@lettori.example", "anna@lettori.example"


@pytest.fixture(scope="module")
def office() -> Iterator[PostOffice]:
    with post_office() as running:
        yield running


class World:
    """A newsletter that was sent to Lucia and Anna, and what a server may say of it."""

    def __init__(self, store: Store, folder: Path, office: PostOffice) -> None:
        self.news: Newsletter = a_newsletter(store, folder)
        self.news.with_(mail={"url": office.url, "bounce_domain": "news@aicex.example"})
        self.store = store
        self.news.subscribe(LUCIA, ANNA)

    def send(self) -> None:
        self.news.publish()
        self.news.close()
        self.news.send()

    def token(self, email: str = LUCIA, *, number: int | None = None) -> str:
        issue = self.news.issue(number)
        query = (
            select(t.deliveries.c.token)
            .join(t.subscribers, t.subscribers.c.id == t.deliveries.c.subscriber_id)
            .where(t.subscribers.c.email == email, t.deliveries.c.issue_id == issue.id)
        )
        with self.store.read() as tx:
            return str(tx.connection.execute(query).scalar_one())

    def bounce(self, status: str = "5.1.1", *, email: str = LUCIA, number: int | None = None) -> bytes:
        to = f"news+{self.token(email, number=number)}@aicex.example"
        return dsn(failed(status, reader=email), to=to)

    def read(self, message: bytes) -> Returned:
        return read_returned(self.store, self.news.settings, message, secret=SECRET, now=self.news.now)

    def suppressed(self, email: str = LUCIA) -> str | None:
        """Why this address gets no mail any more."""
        with self.store.read() as tx:
            found = tx.mailing.subscribers.suppression(tokens.address_hash(SECRET, email))
        return found and found[0]

    def status(self, email: str = LUCIA) -> SubscriptionStatus:
        return subscribers.show_subscriber(self.store, email=email)[0].status

    def bounced(self) -> Bounced:
        with self.store.read() as tx:
            return tx.mailing.bounces.bounced(self.news.issue())

    def everything(self) -> list[tuple[object, ...]]:
        """All rows that a returned mail may change."""
        tables = (
            t.bounces,
            t.suppressions,
            t.subscribers,
            t.subscriptions,
            t.consents,
            t.deliveries,
            t.notices,
        )
        with self.store.read() as tx:
            return [tuple(row) for table in tables for row in tx.connection.execute(select(table))]


@pytest.fixture
def world(sqlite_store: Store, tmp_path: Path, office: PostOffice) -> World:
    return World(sqlite_store, tmp_path, office)


@pytest.fixture
def either(store: Store, tmp_path: Path, office: PostOffice) -> World:
    """On both engines."""
    return World(store, tmp_path, office)


# ── for good ──


def test_whoever_is_gone_gets_no_more_mail_and_nobody_else_is_touched(either: World) -> None:
    either.send()

    returned = either.read(either.bounce())

    assert (returned.kind, returned.status, returned.suppressed) == (Kind.HARD, "5.1.1", True)
    assert (either.suppressed(), either.suppressed(ANNA)) == ("bounced", None)
    assert either.bounced() == Bounced(hard=1)
    assert either.news.states() == {"accepted": 2}  # handed over is handed over
    either.send()
    assert either.news.states() == {"accepted": 1, "suppressed": 1}


def test_reading_it_again_changes_nothing(either: World) -> None:
    either.send()
    message = either.bounce()
    either.read(message)
    before = either.everything()

    again = either.read(b"Received: by another way\n" + message)

    assert (again.kind, again.settled) == (Kind.IGNORED, True)
    assert either.everything() == before


@tells_enough("sqlite")
def test_who_is_gone_or_complained_stays_so_after_a_restore(either: World, tmp_path: Path) -> None:
    either.send()
    archive = tmp_path / "backup.zip"
    back_up(either.store, archive, files={}, program="test", now=either.news.now, overwrite=False)
    either.news.later(hours=1)
    either.read(either.bounce())
    either.read(complaint(to=f"news+{either.token(ANNA)}@aicex.example"))

    restore(archive, either.store)
    again = reapply_erasures(either.store, either.news.settings, secret=SECRET)

    assert (either.suppressed(), either.suppressed(ANNA), again) == ("bounced", "complained", 1)
    assert (either.status(), either.status(ANNA)) == ("confirmed", "unsubscribed")


def test_two_reports_on_one_letter_are_one_reader(world: World) -> None:
    world.send()
    world.read(world.bounce("5.1.1"))
    world.read(world.bounce("5.2.1"))

    assert world.bounced() == Bounced(hard=1)


def test_two_at_once_book_one_message_once(either: World) -> None:
    either.send()
    message = either.bounce()
    together = threading.Barrier(2)
    kinds: list[Kind] = []

    def read() -> None:
        together.wait()
        kinds.append(either.read(message).kind)

    workers = [threading.Thread(target=read) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(kinds) == [Kind.HARD, Kind.IGNORED]


def test_a_bounce_of_last_year_does_not_strike_off_who_has_come_back(world: World) -> None:
    world.send()
    message = world.bounce()
    world.read(message)
    world.news.subscribe(LUCIA)  # with a new, stated consent

    world.read(message)

    assert world.suppressed() is None


QMAIL = "Hi. This is the qmail-send program.\n\n<lucia@lettori.example>:\nno user\n"
FORGED = {
    "a guessed token": dsn(failed(), to=f"news+{OTHER}@aicex.example", returned=letter_head(OTHER)),
    "an address alone": dsn(failed(), to="news@aicex.example", returned="To: <lucia@lettori.example>\n"),
    "a complaint": complaint(head=letter_head(OTHER)),
    "a report of old": plain(QMAIL, to="news@aicex.example"),
    "a way out": plain("", to=f"news+leave-it.1.{OTHER}@aicex.example", sender=LUCIA),
    "nothing": b"",
}


def test_without_a_token_of_ours_nothing_happens(world: World) -> None:
    world.send()
    before = world.everything()

    for name, message in FORGED.items():
        returned = world.read(message)

        assert (name, returned.kind, returned.settled) == (name, Kind.FOREIGN, False)
    assert world.everything() == before


def test_an_erased_reader_leaves_a_number_and_nothing_else(world: World) -> None:
    world.send()
    message = world.bounce()
    world.news.erase(LUCIA)

    assert world.read(message).kind is Kind.HARD
    assert LUCIA not in repr(world.everything())


def test_what_came_back_had_been_handed_over(world: World) -> None:
    world.send()
    with world.store.begin() as tx:
        tx.connection.execute(t.deliveries.update().values(state="ambiguous"))

    world.read(world.bounce("4.4.1").replace(b"Action: failed", b"Action: delayed"))

    assert world.news.states() == {"accepted": 1, "ambiguous": 1}


# ── not this time ──


def test_full_for_three_issues_over_fifteen_days_is_gone(world: World) -> None:
    suppressed = []
    for _ in range(4):
        world.send()
        world.read(world.bounce("5.2.2"))
        suppressed.append(world.suppressed())
        world.news.later(days=7)

    assert suppressed == [None, None, None, "bounced"]  # the third comes after fourteen days


def test_what_is_no_fault_of_the_address_never_strikes_it_off(world: World) -> None:
    for _ in range(5):
        world.send()
        returned = world.read(world.bounce("5.7.1"))
        world.news.later(days=7)

    assert (returned.kind, world.suppressed()) == (Kind.POLICY, None)
    assert world.bounced() == Bounced(soft=1)


SOFT, NOTHING = frozenset({"soft"}), frozenset[str]()


@pytest.mark.parametrize(
    ("letters", "gone"),
    [
        ([(0, SOFT), (7, SOFT), (15, SOFT)], True),
        ([(0, SOFT), (7, SOFT), (14, SOFT)], False),
        ([(0, SOFT), (30, SOFT)], False),
        ([(0, SOFT), (7, NOTHING), (14, SOFT), (21, SOFT), (28, SOFT)], False),  # one arrived: from there on
        ([(0, SOFT), (7, NOTHING), (14, SOFT), (21, SOFT), (29, SOFT)], True),
        ([(0, SOFT), (10, SOFT), (20, SOFT), (29, NOTHING)], True),  # that one may still come back
        ([(0, SOFT), (7, frozenset({"policy"})), (14, SOFT), (21, SOFT)], True),  # which says nothing
        ([], False),
    ],
)
def test_given_up(letters: list[tuple[int, frozenset[str]]], *, gone: bool) -> None:
    handed = [
        Handed(issue_id=number, at=NOW + timedelta(days=day), accepted=True, kinds=kinds)
        for number, (day, kinds) in enumerate(letters)
    ]

    assert given_up(handed[::-1], now=NOW + timedelta(days=30)) is gone


# ── people who say so ──


def test_who_complains_is_out_of_everything_at_once(world: World) -> None:
    world.send()

    returned = world.read(complaint(head=letter_head(world.token(), reader="redacted")))

    assert returned.kind is Kind.COMPLAINT
    assert (world.suppressed(), world.status()) == ("complained", SubscriptionStatus.UNSUBSCRIBED)
    assert (world.status(ANNA), world.bounced()) == (SubscriptionStatus.CONFIRMED, Bounced(complaints=1))
    with world.store.read() as tx:
        said = select(t.consents.c.kind, t.consents.c.origin).order_by(t.consents.c.id.desc())
        assert tuple(tx.connection.execute(said).first() or ()) == ("withdrawn", "complaint")


def test_a_mail_to_the_way_out_unsubscribes_whoever_writes_it(either: World) -> None:
    subscriber = subscribers.show_subscriber(either.store, email=LUCIA)[0]
    token = tokens.unsubscribe_token(SECRET, edition="it", subscriber_id=subscriber.id)
    message = plain("", to=f"news+leave-it.{token}@aicex.example", sender="somebody@phone.example")

    first, again = either.read(message), either.read(message)

    assert (first.kind, again.kind) == (Kind.LEAVE, Kind.IGNORED)
    assert (either.status(), either.status(ANNA)) == (
        SubscriptionStatus.UNSUBSCRIBED,
        SubscriptionStatus.CONFIRMED,
    )
    assert either.suppressed() is None  # they may come back by themselves
    either.news.subscribe(LUCIA)
    either.read(message)
    assert either.status() is SubscriptionStatus.CONFIRMED


# ── a mail that somebody asked for on the web ──


def test_a_confirmation_that_cannot_arrive_lets_go_of_who_never_said_yes(world: World) -> None:
    bruno = world.news.subscribe("bruno@lettori.example", confirmed=False)[0]
    with world.store.begin() as tx:
        row = {"kind": "confirm", "subscriber_id": bruno.id, "edition": "it", "state": "accepted"}
        row |= {"message_id": f"<it-confirm.{OTHER}@aicex.example>", "attempts": 1}
        tx.connection.execute(t.notices.insert().values(asked_at=NOW, changed_at=NOW, **row))

    returned = world.read(dsn(failed(), to=f"news+{OTHER}@aicex.example", returned=letter_head(OTHER)))

    assert returned.kind is Kind.HARD
    assert world.suppressed("bruno@lettori.example") is None  # whoever has that address one day may ask
    assert "bruno" not in repr(world.everything())


# ── boxes ──


def maildir(folder: Path, *messages: bytes) -> Path:
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for number, message in enumerate(messages):
        (folder / ("new" if number % 2 else "cur") / f"{number}.M1.host").write_bytes(message)
    return folder


def read_all(world: World, path: Path) -> Readings:
    return read_mailbox(world.store, world.news.settings, open_path(path), secret=SECRET, now=world.news.now)


def test_a_maildir_keeps_only_what_is_not_ours(world: World, tmp_path: Path) -> None:
    world.send()
    holidays = plain(
        "Torno.", header="Precedence: auto_reply\n", to=f"news+{world.token()}@a.example", sender=LUCIA
    )
    person = plain("Grazie!", to=f"news+{world.token(ANNA)}@a.example", sender=ANNA)
    foreign = dsn(failed(), to="news@aicex.example", returned="")
    box = maildir(tmp_path / "box", world.bounce(), holidays, person, foreign)

    first, again = read_all(world, box), read_all(world, box)

    assert first == Readings(read=4, hard=1, ignored=2, unclear=1, suppressed=1)
    assert again == Readings(read=2, ignored=1, unclear=1)
    assert sorted(path.name for path in box.glob("*/*")) == ["2.M1.host", "3.M1.host"]


def test_nothing_leaves_the_box_before_it_is_written_down(world: World, tmp_path: Path) -> None:
    world.send()
    box = maildir(tmp_path / "box", world.bounce(), world.bounce(email=ANNA))
    opened = open_path(box)

    class Killed(Exception):
        pass

    def die(_returned: Returned) -> None:
        raise Killed  # after the commit, before the removal

    with pytest.raises(Killed):
        read_mailbox(world.store, world.news.settings, opened, secret=SECRET, now=world.news.now, told=die)
    assert len(list(box.glob("*/*"))) == 2

    assert read_all(world, box) == Readings(read=2, hard=1, ignored=1, suppressed=1)
    assert (world.suppressed(), world.suppressed(ANNA)) == ("bounced", "bounced")


def test_an_mbox_is_read_and_never_rewritten(world: World, tmp_path: Path) -> None:
    world.send()
    box = tmp_path / "mbox"
    messages = (world.bounce(), world.bounce("5.2.2", email=ANNA))
    box.write_bytes(
        b"".join(b"From MAILER-DAEMON Mon Mar  2 09:00:00 2026\n" + m + b"\n\n" for m in messages)
    )
    before = box.read_bytes()

    first, again = read_all(world, box), read_all(world, box)

    assert first == Readings(read=2, hard=1, soft=1, suppressed=1)
    assert again == Readings(read=2, ignored=2)
    assert box.read_bytes() == before
