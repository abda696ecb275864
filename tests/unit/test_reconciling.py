"""What Postfix's log proves of a mail in doubt, and what it does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from curator.edges.maillog import open_log
from curator.publish.reconciling import NotTaken, Taken, reconcile

WENT_OUT = datetime(2026, 3, 2, 9, 0, 5, 250_000, tzinfo=UTC)
NOW = WENT_OUT + timedelta(minutes=1)
MAIL = "<it-1.0123@aicex.example>"


KNOWN = "<it-1.0122@aicex.example>"
ACKNOWLEDGED = {KNOWN: WENT_OUT - timedelta(seconds=5)}
IN_IT = (
    f"00 cleanup[8]: AAAAAAAAAA: message-id={KNOWN}",
    "00 qmgr[4]: AAAAAAAAAA: from=<a@b.example>, size=99, nrcpt=1 (queue active)",
)
LATER = "07 qmgr[4]: AAAAAAAAAA: removed"


def a_log(*said: str, old: bool = True) -> list[str]:
    """Lines as Debian's rsyslog writes them: "second daemon[pid]: words".

    An old one was begun before, holds the mail that was acknowledged, and goes on after.
    """
    lines = ["2026-03-02T08:00:00.000000+00:00 mx postfix/master[1]: daemon started"] if old else []
    lines += ["2026-03-02T08:30:00.000000+00:00 mx postfix/qmgr[4]: AAAAAAAAAA: removed"] if old else []
    for each in (*IN_IT, *said, LATER) if old else said:
        second, words = each.split(" ", 1)
        lines.append(f"2026-03-02T09:00:{float(second):09.6f}+00:00 mx postfix/{words}")
    return lines


def known_of(lines: list[str], **said: Any) -> Taken | NotTaken | None:
    return reconcile(lines, {MAIL: WENT_OUT}, **{"acknowledged": ACKNOWLEDGED, "now": NOW, **said}).get(MAIL)


BEGUN = (
    "01 smtpd[7]: connect from localhost[127.0.0.1]",
    "05 smtpd[7]: 4D5F2A0C11: client=localhost[127.0.0.1]",
)
NAMED = f"05.3 cleanup[8]: 4D5F2A0C11: message-id={MAIL}"
QUEUED = "05.4 qmgr[4]: 4D5F2A0C11: from=<bounce+0123@aicex.example>, size=4100, nrcpt=1 (queue active)"
OVER = "06 smtpd[7]: disconnect from localhost[127.0.0.1] ehlo=1 mail=1 rcpt=1 data=1 commands=4"
LOST = "06 smtpd[7]: lost connection after DATA (2048 bytes) from localhost[127.0.0.1]"
TOO_LATE = "06 smtpd[7]: lost connection after END-OF-MESSAGE from localhost[127.0.0.1]"
OTHER = "05.3 cleanup[8]: 4D5F2A0C11: message-id=<other@aicex.example>"


@pytest.mark.parametrize(
    ("lines", "known"),
    [
        (a_log(*BEGUN, NAMED, QUEUED, OVER), Taken(queue_id="4D5F2A0C11")),
        (a_log(*BEGUN, NAMED, QUEUED), Taken(queue_id="4D5F2A0C11")),
        # It was taken, whatever became of the line to us; and however little of the log is left.
        (a_log(*BEGUN, NAMED, QUEUED, LOST, OVER), Taken(queue_id="4D5F2A0C11")),
        (a_log(NAMED, QUEUED, old=False), Taken(queue_id="4D5F2A0C11")),
        # The header was read, then the line broke: thrown away.
        (a_log(*BEGUN, NAMED, LOST, OVER), NotTaken()),
        (a_log(*BEGUN, NAMED, LOST), NotTaken()),
        # The two programs do not wait for each other then.
        (a_log(*BEGUN, LOST, OVER, NAMED), NotTaken()),
        (a_log(*BEGUN, NAMED, "06 smtpd[7]: timeout after DATA (9 bytes) from a[1.2.3.4]"), NotTaken()),
        (
            a_log(*BEGUN, NAMED, "05.5 cleanup[8]: 4D5F2A0C11: milter-reject: END-OF-MESSAGE from a"),
            NotTaken(),
        ),
        # The header never came, and all who could have brought it have gone.
        (a_log(*BEGUN, LOST, OVER), NotTaken()),
        # The header was read and nothing said since: qmgr may be busy.
        (a_log(*BEGUN, NAMED), None),
        (a_log(*BEGUN, NAMED, OVER), None),
        (a_log(*BEGUN, NAMED, TOO_LATE, OVER), None),
        # Whoever was served then brought another mail: ours is nowhere.
        (a_log(*BEGUN, OTHER, QUEUED, OVER), None),
        # A session that may bring it is not over; or nobody was served at that time.
        (a_log(*BEGUN), None),
        (a_log(*BEGUN, LOST, OVER, "04 smtpd[9]: BBBBBBBBBB: client=localhost[127.0.0.1]"), None),
        (a_log("01 smtpd[7]: connect from localhost[127.0.0.1]", OVER), None),
        (a_log(), None),
        # Rotated since: what is left begins after the mail.
        (a_log(LOST, OVER, old=False), None),
        ([], None),
        (
            ["no line of a log", "\x00\xff", "2026-99-99T99:99:99Z mx postfix/qmgr[1]: AAAAAAAAAA: from=<>"],
            None,
        ),
    ],
)
def test_only_what_the_log_proves_is_known(lines: list[str], known: Taken | NotTaken | None) -> None:
    assert known_of(lines) == known


def at(second: str, host: str, words: str) -> str:
    return f"2026-03-02T09:00:{second}+00:00 {host} postfix/{words}"


@pytest.mark.parametrize(
    "lines",
    [
        # Of another server, or of one of several behind one name: what ours has told us is not in it.
        [line for line in a_log(*BEGUN, LOST, OVER) if KNOWN not in line],
        # Thinned out by the logging itself.
        [
            *a_log(*BEGUN, LOST, OVER),
            "Mar  2 09:01:00 mx rsyslogd: imjournal: 40123 messages lost due to ...",
        ],
        [*a_log(*BEGUN, LOST, OVER), "Mar  2 09:01:00 mx systemd-journald[9]: Suppressed 91 messages from x"],
        # Behind: another's session is over, and ours is not in it yet.
        a_log(*BEGUN, "05.2 smtpd[7]: disconnect from localhost[127.0.0.1]"),
        a_log(*BEGUN, "05.2 smtpd[7]: disconnect from localhost[127.0.0.1]")[:-1],
        # It begins in the middle of a session, which may be ours.
        [
            *a_log(),
            at("05.1", "mx", "smtpd[9]: lost connection after DATA from a[1.2.3.4]"),
            *a_log(*BEGUN, LOST),
            at("06.0", "mx", "smtpd[9]: disconnect from a[1.2.3.4]"),
            *a_log(OVER),
        ],
        # Of two machines, whose processes and queues have the same numbers.
        [
            *a_log(*BEGUN)[:-1],
            at("05.9", "mx2", "smtpd[7]: connect from a[1.2.3.4]"),
            at("06.0", "mx2", "smtpd[7]: BBBBBBBBBB: client=a[1.2.3.4]"),
            at("06.1", "mx2", "smtpd[7]: disconnect from a[1.2.3.4]"),
            at("07.0", "mx", "qmgr[4]: AAAAAAAAAA: removed"),
        ],
        # Words of a mail that a warning quotes.
        a_log(
            *BEGUN, NAMED, "05.3 cleanup[8]: 4D5F2A0C11: warning: body What editors reject: five; from=<a@b>"
        ),
    ],
)
def test_silence_proves_nothing_in_a_log_that_does_not_prove_itself(lines: list[str]) -> None:
    assert known_of(lines) is None


def test_silence_proves_nothing_to_somebody_whom_the_server_has_told_nothing() -> None:
    assert known_of(a_log(*BEGUN, LOST, OVER), acknowledged={}) is None
    assert known_of(a_log(*BEGUN, LOST, OVER), acknowledged={KNOWN: WENT_OUT - timedelta(hours=2)}) is None


def test_a_queue_id_of_another_machine_takes_nothing() -> None:
    lines = [
        *a_log(*BEGUN, NAMED)[:-1],
        at("05.9", "mx2", "qmgr[4]: 4D5F2A0C11: from=<x@y.example>, size=100, nrcpt=1 (queue active)"),
        at("06.0", "mx", LOST.partition(" ")[2]),
    ]

    assert known_of(lines) == NotTaken()


def test_the_hour_that_comes_twice_says_nothing() -> None:
    """02:30 of the 25th of October, first and second: the log may have been rotated between them."""
    went_out = datetime(2026, 10, 25, 0, 30, 5, tzinfo=UTC)
    lines = [
        f"Oct 25 {each} mx postfix/{words}"
        for each, words in (
            ("02:29:00", f"cleanup[8]: AAAAAAAAAA: message-id={KNOWN}"),
            ("02:29:00", "qmgr[4]: AAAAAAAAAA: from=<a@b.example>, size=99, nrcpt=1 (queue active)"),
            ("02:30:01", "smtpd[7]: connect from a[1.2.3.4]"),
            ("02:30:05", "smtpd[7]: BBBBBBBBBB: client=a[1.2.3.4]"),
            ("02:30:07", "smtpd[7]: disconnect from a[1.2.3.4]"),
            ("02:30:08", "qmgr[4]: AAAAAAAAAA: removed"),
        )
    ]

    known = reconcile(
        lines,
        {MAIL: went_out},
        acknowledged={KNOWN: went_out - timedelta(minutes=1)},
        zone=ZoneInfo("Europe/Rome"),
        now=went_out + timedelta(hours=2),
    )

    assert known == {}


def test_a_queue_id_that_comes_again_is_another_mail() -> None:
    again = [OTHER.replace("05.3", "07"), QUEUED.replace("05.4", "08")]

    assert known_of(a_log(*BEGUN, NAMED, LOST, *again)) == NotTaken()


def test_a_second_attempt_that_arrived_counts() -> None:
    second = [each.replace("4D5F2A0C11", "5E5F2A0C22") for each in (NAMED, QUEUED)]

    assert known_of(a_log(*BEGUN, NAMED, LOST, *second)) == Taken(queue_id="5E5F2A0C22")


@pytest.mark.parametrize(
    ("zone", "known"), [(timezone(timedelta(hours=1)), NotTaken()), (timezone(timedelta(hours=-5)), None)]
)
def test_stamps_without_a_year_or_a_zone_are_this_machines(zone: timezone, known: NotTaken | None) -> None:
    lines = [
        "Mar  2 09:00:00 mx postfix/smtpd[7]: connect from localhost[127.0.0.1]",
        f"Mar  2 10:00:00 mx postfix/cleanup[8]: AAAAAAAAAA: message-id={KNOWN}",
        "Mar  2 10:00:00 mx postfix/qmgr[4]: AAAAAAAAAA: from=<a@b.example>, size=9, nrcpt=1 (queue active)",
        "Mar  2 10:00:05 mx postfix/smtpd[7]: 4D5F2A0C11: client=localhost[127.0.0.1]",
        "Mar  2 10:00:06 mx postfix/smtpd[7]: disconnect from localhost[127.0.0.1]",
    ]

    assert known_of(lines, zone=zone) == known


def test_new_years_eve_is_of_last_year() -> None:
    went_out = datetime(2025, 12, 31, 23, 59, 58, tzinfo=UTC)
    lines = [
        "Dec 31 23:00:00 mx postfix/smtpd[7]: connect from localhost[127.0.0.1]",
        f"Dec 31 23:59:50 mx postfix/cleanup[8]: AAAAAAAAAA: message-id={KNOWN}",
        "Dec 31 23:59:50 mx postfix/qmgr[4]: AAAAAAAAAA: from=<a@b.example>, size=9, nrcpt=1 (queue active)",
        "Dec 31 23:59:57 mx postfix/smtpd[7]: 4D5F2A0C11: client=localhost[127.0.0.1]",
        "Jan  1 00:00:01 mx postfix/smtpd[7]: disconnect from localhost[127.0.0.1]",
    ]

    known = reconcile(
        lines,
        {MAIL: went_out},
        acknowledged={KNOWN: went_out},
        zone=UTC,
        now=datetime(2026, 1, 1, 0, 1, tzinfo=UTC),
    )

    assert known == {MAIL: NotTaken()}


def test_a_huge_log_is_read_from_its_end(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    noise = "2026-03-02T08:00:00+00:00 mx postfix/anvil[3]: statistics: max connection rate 1/60s\n"
    path.write_text(noise * 60_000 + "\n".join(a_log(*BEGUN, NAMED, QUEUED, OVER)) + "\n")
    log = open_log(path)

    assert log is not None
    lines = list(log(WENT_OUT - timedelta(minutes=5), NOW))
    assert len(lines) < 30_000
    assert reconcile(lines, {MAIL: WENT_OUT}, now=NOW) == {MAIL: Taken(queue_id="4D5F2A0C11")}


def test_a_log_that_was_rotated_goes_on_in_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    path.write_text("\n".join(a_log(OVER, LATER, old=False)) + "\n")
    path.with_name("mail.log.1").write_text("\n".join(a_log(*BEGUN, LOST)[:-1]) + "\n")
    log = open_log(path)

    assert log is not None
    lines = log(WENT_OUT - timedelta(minutes=5), NOW)
    assert known_of(list(lines)) == NotTaken()


def test_a_log_that_is_rotated_while_it_is_read_goes_on_in_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    path.write_text("\n".join(a_log(*BEGUN, LOST)[:-1]) + "\n")
    log = open_log(path)
    assert log is not None

    lines = iter(log(WENT_OUT - timedelta(minutes=5), NOW))
    read = [next(lines)]
    path.rename(path.with_name("mail.log.1"))
    path.write_text("\n".join(a_log(OVER, LATER, old=False)) + "\n")
    read += lines

    assert read == a_log(*BEGUN, LOST, OVER)


def test_an_old_log_next_to_it_is_not_the_one_before(tmp_path: Path) -> None:
    """logrotate's `dateext` leaves a `.1` of another time where it is."""
    path = tmp_path / "mail.log"
    path.write_text("\n".join(a_log(*BEGUN, old=False)) + "\n")
    path.with_name("mail.log.1").write_text(
        "2026-02-01T08:00:00+00:00 mx postfix/qmgr[4]: AAAAAAAAAA: removed\n"
    )
    log = open_log(path)
    assert log is not None

    assert list(log(WENT_OUT - timedelta(minutes=5), NOW)) == a_log(*BEGUN, old=False)


def test_a_log_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    log = open_log(tmp_path / "mail.log")

    assert log is not None
    assert list(log(WENT_OUT, NOW)) == []
    assert open_log(None) is None
