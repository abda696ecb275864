"""`bounce read`: what came back, from the command line."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from mailboxserver import HANG_UP, PASSWORD, imap_server
from newsroom import STORY, Newsroom, an_item, feed
from returning import dsn, failed, letter_head

COUNTS = ("read", "hard", "soft", "policy", "complaints", "left", "ignored", "unclear", "suppressed")


@pytest.fixture
def sent(newsroom: Newsroom) -> Newsroom:
    """One issue, written for one reader."""
    newsroom.follow(feed(an_item("1", "Keep", STORY)))
    newsroom.ready(newsroom.queue()[0]["id"])
    newsroom.curator("publish")
    newsroom.curator("subscriber", "add", "lucia@lettori.example", "--confirmed", "--consent", "by letter")
    newsroom.curator("issue", "close")
    newsroom.curator("issue", "send")
    return newsroom


def returned(newsroom: Newsroom, status: str = "5.1.1", words: str = "") -> bytes:
    """The letter's own name, as the folder has it, is what its server would give back."""
    (letter,) = (newsroom.folder / "outbox").glob("*.eml")
    token = letter.stem.rpartition(".")[2]
    return dsn(failed(status, words), to="mailer@aicex.example", returned=letter_head(token))


def nothing_but(**counts: int) -> dict[str, int]:
    return dict.fromkeys(COUNTS, 0) | counts


def test_a_bounce_is_read_once_and_its_reader_gets_no_more(sent: Newsroom, tmp_path: Path) -> None:
    message = tmp_path / "returned.eml"
    message.write_bytes(returned(sent))

    first = sent.ask("bounce", "read", message)
    again = sent.ask("bounce", "read", message)
    said = sent.curator("bounce", "read", message).out

    assert first == nothing_but(read=1, hard=1, suppressed=1)
    assert again == nothing_but(read=1, ignored=1)
    assert said.startswith("One message read: 0 bounced for good")
    assert message.exists()


def test_a_pipe_is_read_to_its_end(sent: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    class Pipe:
        buffer = io.BytesIO(b"From MAILER-DAEMON Mon Mar  2 09:00:00 2026\n" + returned(sent) + b"\n" * 10**6)

    monkeypatch.setattr("sys.stdin", Pipe)

    assert sent.ask("bounce", "read", "-") == nothing_but(read=1, hard=1, suppressed=1)
    assert Pipe.buffer.read() == b""


def test_why_we_are_refused_is_said_and_no_address(sent: Newsroom, tmp_path: Path) -> None:
    message = tmp_path / "returned.eml"
    message.write_bytes(returned(sent, "5.7.1", "554 5.7.1 <lucia@lettori.example>: blocked"))

    said = sent.curator("bounce", "read", message)

    assert "(5.7.1): smtp; 554 5.7.1 <…>: blocked" in said.out
    assert "lucia" not in said.out + said.err


def test_without_a_path_the_box_of_the_settings_is_read(sent: Newsroom) -> None:
    """Its server goes away right after the first commit: what is read again is only taken out."""
    with imap_server() as box:
        box.put(returned(sent))
        box.at["STORE"] = lambda _: HANG_UP
        url = f"imap://a:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{box.port}/"
        sent.environ["CURATOR_MAIL__BOUNCE_MAILBOX"] = url

        failed_at = sent.curator("bounce", "read", ok=False).err
        suppressed = sent.ask("subscriber", "show", "lucia@lettori.example")["subscribers"]
        del box.at["STORE"]

        assert failed_at.startswith("The mailbox on 127.0.0.1 could not be read to its end")
        assert sent.ask("bounce", "read") == nothing_but(read=1, ignored=1)
        assert sent.ask("subscriber", "show", "lucia@lettori.example")["subscribers"] == suppressed
        assert box.messages == {}


def test_a_box_that_is_not_there_is_named(newsroom: Newsroom, tmp_path: Path) -> None:
    missing = newsroom.curator("bounce", "read", tmp_path / "nowhere", ok=False).err
    strange = newsroom.curator("bounce", "read", tmp_path, ok=False).err
    unset = newsroom.curator("bounce", "read", ok=False).err

    assert f"There is no mailbox {tmp_path / 'nowhere'}." in missing
    assert f"The folder {tmp_path} is no Maildir" in strange
    assert unset.startswith("Which mailbox?")
