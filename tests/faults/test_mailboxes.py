"""Boxes on servers: read by whoever may, emptied of what is written down, and never waited for in vain."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from curator.edges.mailbox import open_mailbox
from curator.edges.mailbox.imap import READ
from curator.errors import BadInput, BadSettings, MailRefused
from curator.ports import ReturnedMails
from curator.settings import MailSettings
from mailboxserver import HANG_UP, PASSWORD, Box, imap_server, pop_server

CERTIFICATE = Path(__file__).with_name("tls.pem")  # of secure.example, by nobody anybody trusts


def a_mail(name: str) -> bytes:
    return f"Subject: {name}\n\nfirst\n.hidden\n".encode()


@pytest.fixture(params=["imap", "pop3"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def box(kind: str) -> Iterator[Box]:
    with imap_server() if kind == "imap" else pop_server() as box:
        yield box


def opened(
    url: str, *, password: str = PASSWORD, at_most: float = 20.0, timeout: float = 5.0
) -> AbstractContextManager[ReturnedMails]:
    url = url.replace("@", f":{password.replace(' ', '%20')}@", 1)
    return open_mailbox(MailSettings(bounce_mailbox=url, timeout=timeout), at_most=at_most)


def url_of(kind: str, box: Box, *, host: str = "127.0.0.1") -> str:
    return f"{kind}://news%20desk%40aicex.example@{host}:{box.port}/"


def subjects(mailbox: ReturnedMails, *, remove: str = "") -> list[str]:
    """What is read; those whose subject stands in `remove` are taken out."""
    found = []
    for mail in mailbox.mails():
        assert mail.content is not None
        subject = mail.content.split(b"\r\n")[0].removeprefix(b"Subject: ").decode()
        found.append(subject)
        if subject in remove:
            mailbox.remove(mail)
    return found


def test_what_is_removed_is_gone_and_the_rest_stays(kind: str, box: Box) -> None:
    box.put(a_mail("a"), a_mail("b"), a_mail("c"))

    with opened(url_of(kind, box)) as mailbox:
        assert subjects(mailbox, remove="b") == ["c", "b", "a"]
    assert sorted(box.messages) == [1, 3]


def test_a_mail_comes_as_it_was(kind: str, box: Box) -> None:
    box.put(a_mail("a"))

    with opened(url_of(kind, box)) as mailbox:
        assert [mail.content for mail in mailbox.mails()] == [b"Subject: a\r\n\r\nfirst\r\n.hidden\r\n"]


def test_who_is_killed_before_the_end_has_lost_nothing(kind: str, box: Box) -> None:
    """What was asked to be removed is or is not; what was not asked is there."""
    box.put(a_mail("a"), a_mail("b"))

    def read_one() -> None:
        with opened(url_of(kind, box)) as mailbox:
            assert next(mailbox.mails()).name == "2"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_one()
    assert box.left == {1: set(), 2: set()}


def test_what_imap_has_shown_once_stays_unread_and_is_not_asked_for_again() -> None:
    with imap_server() as box:
        box.put(a_mail("a"), a_mail("b"))
        with opened(url_of("imap", box)) as mailbox:
            subjects(mailbox, remove="b")
        assert box.left == {1: {READ}}
        box.put(a_mail("c"))
        with opened(url_of("imap", box)) as mailbox:
            assert subjects(mailbox) == ["c"]


def test_a_server_without_keywords_and_uidplus_shows_it_again() -> None:
    with imap_server() as box:
        box.keywords = box.uidplus = False
        box.put(a_mail("a"), a_mail("b"))
        with opened(url_of("imap", box)) as mailbox:
            subjects(mailbox, remove="b")
        with opened(url_of("imap", box)) as mailbox:
            assert subjects(mailbox) == ["a"]
        assert box.left == {1: set(), 2: {r"\Seen", r"\Deleted"}}  # others may have marked theirs


@pytest.mark.parametrize("content", [b'Subject: a "short" \\one', b""])
def test_a_mail_may_come_in_quotes(content: bytes) -> None:
    with imap_server() as box:
        box.quotes = True
        box.put(content)
        with opened(url_of("imap", box)) as mailbox:
            assert [mail.content for mail in mailbox.mails()] == [content]
        assert box.left == {1: {READ}}


def test_a_long_mail_is_read_from_its_beginning(kind: str, box: Box) -> None:
    box.put(b"Subject: long\n\n" + b"x" * 70_000 + b"\n" + b"y\n" * 400_000)

    with opened(url_of(kind, box)) as mailbox:
        mails = [mail.content for mail in mailbox.mails()]

    assert [content and len(content) <= 256 * 1024 for content in mails] in ([True], [None])


# ── servers that hang or lie ──


def drip(connection: socket.socket) -> bytes:
    """A byte now and then: no timeout of a socket ever ends this."""
    connection.settimeout(0.05)
    while True:
        connection.sendall(b" ")
        try:
            if not connection.recv(1):
                return HANG_UP
        except TimeoutError:
            continue


LIES: dict[str, dict[str, dict[str, Any]]] = {
    "imap": {
        "hangs up at once": {"GREETING": lambda _: HANG_UP},
        "is something else": {"GREETING": lambda _: b"220 smtp\r\n"},
        "drips": {"GREETING": drip},
        "drips in a mail": {"FETCH": drip},
        "a literal without an end": {"FETCH": lambda _: b"* 1 FETCH (UID 1 BODY[] {99999999999}\r\n"},
        "a line without an end": {"SEARCH": lambda _: b"* SEARCH " + b"1 " * 600_000},
        "hangs up in the middle": {"FETCH": lambda _: HANG_UP},
        "hangs up at the removal": {"STORE": lambda _: HANG_UP},
    },
    "pop3": {
        "hangs up at once": {"GREETING": lambda _: HANG_UP},
        "is something else": {"GREETING": lambda _: b"220 smtp\r\n"},
        "drips": {"GREETING": drip},
        "drips in a mail": {"RETR": drip},
        "a mail without an end": {"RETR": lambda _: b"+OK\r\n" + b"x" * 998 + b"\r\n" * 2_100_000},
        "numbers that are none": {"LIST": lambda _: b"+OK\r\none two\r\n.\r\n"},
        "hangs up in the middle": {"RETR": lambda _: HANG_UP},
        "hangs up at the removal": {"DELE": lambda _: HANG_UP},
    },
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, lies in LIES.items() for name in lies])
def test_a_server_that_hangs_or_lies_ends_the_visit_and_nothing_else(kind: str, name: str, box: Box) -> None:
    box.put(a_mail("a"))
    box.at.update(LIES[kind][name])

    with (
        pytest.raises(MailRefused, match="mailbox_failed"),
        opened(url_of(kind, box), at_most=0.5) as mailbox,
    ):
        subjects(mailbox, remove="a")
    assert sorted(box.messages) == [1]


def test_a_mail_that_pop_does_not_give_stops_no_other() -> None:
    with pop_server() as box:
        box.put(a_mail("a"), a_mail("b"))

        def once(_connection: socket.socket) -> bytes:
            del box.at["RETR"]
            return b"-ERR not today\r\n"

        box.at["RETR"] = once
        with opened(url_of("pop3", box)) as mailbox:
            assert [mail.content is None for mail in mailbox.mails()] == [True, False]


def test_deletions_that_pop_did_not_finish_are_undone() -> None:
    with pop_server() as box:
        box.put(a_mail("a"))
        box.at["QUIT"] = lambda _: HANG_UP
        with opened(url_of("pop3", box)) as mailbox:
            assert subjects(mailbox, remove="a") == ["a"]
        assert sorted(box.messages) == [1]


def test_nobody_there_is_said(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(MailRefused, match="mailbox_failed"), opened(f"{kind}://a@127.0.0.1:{port}/"):
        pass


def test_a_wrong_password_is_said(kind: str, box: Box) -> None:
    with pytest.raises(MailRefused, match="mailbox_login_refused"), opened(url_of(kind, box), password="x"):
        pass


def test_a_folder_that_is_not_there_is_said() -> None:
    with (
        imap_server() as box,
        pytest.raises(MailRefused, match="mailbox_folder_missing"),
        opened(url_of("imap", box) + "Bounces") as mailbox,
    ):
        subjects(mailbox)


# ── who may read it ──


@pytest.fixture
def context() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    return context


@pytest.fixture
def _trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine trusts the certificate, and secure.example is this machine."""
    resolve = socket.getaddrinfo

    def here(host: Any, *args: Any, **options: Any) -> Any:
        return resolve("127.0.0.1" if host == "secure.example" else host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", here)
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


@pytest.mark.usefixtures("_trusted")
@pytest.mark.parametrize("kind", ["imap", "pop3"])
def test_a_verified_server_is_read_encrypted(kind: str, context: ssl.SSLContext, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(f"{PASSWORD}\nonly the first line counts\n")
    with imap_server(context=context) if kind == "imap" else pop_server(context=context) as box:
        box.put(a_mail("a"))
        mail = MailSettings(
            bounce_mailbox=url_of(f"{kind}s", box, host="secure.example"),
            bounce_password_file=tmp_path / "password",
        )
        with open_mailbox(mail) as mailbox:
            assert subjects(mailbox, remove="a") == ["a"]
        assert box.messages == {}


@pytest.mark.parametrize("kind", ["imap", "pop3"])
def test_a_certificate_that_nobody_trusts_ends_it(kind: str, context: ssl.SSLContext) -> None:
    with imap_server(context=context) if kind == "imap" else pop_server(context=context) as box:
        with pytest.raises(MailRefused, match="mailbox_tls_failed"), opened(url_of(f"{kind}s", box)):
            pass
        assert box.heard == []


def test_starttls_is_not_gone_without() -> None:
    with imap_server() as box:
        with pytest.raises(MailRefused, match="mailbox_failed"), opened(url_of("imap+starttls", box)):
            pass
        assert "LOGIN" not in box.heard


@pytest.mark.parametrize("kind", ["imap", "pop3"])
def test_a_password_goes_over_no_network_for_all_to_read(kind: str) -> None:
    with pytest.raises(MailRefused, match="mailbox_not_encrypted"), opened(f"{kind}://a@mail.example/"):
        pass


def test_a_box_that_is_not_set_or_not_whole_is_said() -> None:
    with pytest.raises(BadInput, match="mailbox_not_set"), open_mailbox(MailSettings()):
        pass
    with (
        pytest.raises(BadSettings, match="settings_wants_mailbox_url"),
        open_mailbox(MailSettings(bounce_mailbox="imaps://mail.example/")),
    ):
        pass
