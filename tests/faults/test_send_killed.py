"""kill -9 of a real sender, and two real senders at once: nobody twice, nobody skipped."""

from __future__ import annotations

from collections import Counter
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

import sender
from curator.edges.process import is_gone, this_worker
from curator.store import Store
from killing import FORKS
from newsletter import Newsletter, a_newsletter, read_mail
from postoffice import PostOffice, post_office

READERS = [f"lettore{n}@lettori.example" for n in range(8)]


@pytest.fixture
def newsletter(store: Store, tmp_path: Path) -> Newsletter:
    newsletter = a_newsletter(store, tmp_path)
    newsletter.gone = is_gone
    newsletter.publish()
    newsletter.subscribe(*READERS)
    newsletter.close()
    return newsletter


def _start_sender(newsletter: Newsletter, mail_url: str) -> BaseProcess:
    database = newsletter.store.url.render_as_string(hide_password=False)
    process = FORKS.Process(target=sender.main, args=(database, mail_url, str(newsletter.folder)))
    process.start()
    return process


def _ended(process: BaseProcess) -> int | None:
    process.join(60)
    return process.exitcode


def _killed_at(newsletter: Newsletter, office: PostOffice, word: str, count: int) -> None:
    """Start a sender and kill it when the server has heard `word` so many times, before it answers."""
    process = _start_sender(newsletter, office.url)

    def kill(n: int, _argument: str) -> str | None:
        if n == count:
            process.kill()
            wait([process.sentinel])
        return None

    office.at[word] = kill
    assert _ended(process) == -9
    office.at.clear()


@pytest.mark.parametrize(
    ("word", "count"),
    [("MAIL", 1), ("MAIL", 4), ("RCPT", 1), ("RCPT", 5), ("DATA", 1), ("DATA", 3), ("DATA", 8)],
)
def test_a_killed_sender_leaves_doubt_only_where_the_message_was_on_its_way(
    newsletter: Newsletter, word: str, count: int
) -> None:
    with post_office() as office:
        _killed_at(newsletter, office, word, count)
        newsletter.with_(mail={"url": office.url})
        newsletter.send(worker=this_worker())

    arrived = Counter(office.recipients)
    counts = newsletter.counts()
    assert set(arrived.values()) == {1}
    assert len(arrived) == len(READERS)
    in_doubt = 1 if word == "DATA" else 0
    assert (counts.accepted, counts.ambiguous) == (len(READERS) - in_doubt, in_doubt)


@pytest.mark.parametrize("word", ["RCPT", "DATA"])
def test_nobody_is_missed_where_doubt_is_resent(newsletter: Newsletter, word: str) -> None:
    with post_office() as office:
        _killed_at(newsletter, office, word, 3)
        newsletter.with_(mail={"url": office.url}, newsletter={"ambiguous": "resend"})
        newsletter.send(worker=this_worker())

    assert set(office.recipients) == set(READERS)
    assert len({read_mail(mail.content)["Message-ID"] for mail in office.taken}) == len(READERS)
    assert newsletter.states() == {"accepted": len(READERS)}


def test_a_sender_killed_while_it_writes_files_is_simply_followed_by_another(newsletter: Newsletter) -> None:
    outbox = newsletter.folder / "outbox"
    process = _start_sender(newsletter, f"folder:{outbox}")
    while not outbox.is_dir() and process.is_alive():
        pass
    process.kill()
    _ended(process)

    newsletter.send(worker=this_worker())

    assert len(list(outbox.glob("it-1.*.eml"))) == len(READERS)
    assert newsletter.states() == {"written": len(READERS)}


def test_two_senders_at_once_send_nothing_twice(newsletter: Newsletter) -> None:
    with post_office() as office:
        senders = [_start_sender(newsletter, office.url) for _ in range(2)]

        assert [_ended(process) for process in senders] == [0, 0]
    assert sorted(office.recipients) == READERS
    newsletter.with_(mail={"url": office.url})
    assert newsletter.states() == {"accepted": len(READERS)}


def test_whoever_leaves_while_the_server_is_slow_gets_nothing(newsletter: Newsletter) -> None:
    with post_office() as office:
        newsletter.with_(mail={"url": office.url})

        def leave(_n: int, _argument: str) -> str | None:
            newsletter.unsubscribe(READERS[0])
            office.at.clear()
            return None

        office.at["RCPT"] = leave
        newsletter.send(worker=this_worker())

    assert sorted(office.recipients) == READERS[1:]
    assert newsletter.states() == {"accepted": len(READERS) - 1, "suppressed": 1}
