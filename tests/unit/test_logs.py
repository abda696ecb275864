"""How a line of the log is made: for people, programs and the journal, without what is nobody's business."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import redirect_stderr
from datetime import datetime
from pathlib import Path
from typing import TextIO

import pytest
import structlog

from curator.faces import logs

log = structlog.get_logger()


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    yield io.StringIO()
    structlog.reset_defaults()


def configure(said: io.StringIO, form: str, level: str = "info") -> None:
    with redirect_stderr(said):  # it is this stream's from then on
        logs.configure(form, level=level)


def test_a_line_for_programs_is_one_object_with_its_time_and_level(said: io.StringIO) -> None:
    configure(said, "json")
    log.info("issue_sent", number=3, edition="it")

    (line,) = said.getvalue().splitlines()
    event = json.loads(line)
    assert event.items() >= {"event": "issue_sent", "level": "info", "number": 3, "edition": "it"}.items()
    assert datetime.fromisoformat(event["timestamp"]).utcoffset() is not None
    assert event["timestamp"].endswith("Z")


def test_what_is_less_important_than_was_asked_for_is_not_said(said: io.StringIO) -> None:
    configure(said, "json", "warning")
    log.info("source_polled")
    log.warning("source_alert")

    assert [json.loads(line)["event"] for line in said.getvalue().splitlines()] == ["source_alert"]


@pytest.mark.parametrize("form", ["human", "json"])
def test_no_address_and_no_password_leaves_whatever_was_put_into_a_key(said: io.StringIO, form: str) -> None:
    configure(said, form)
    log.warning(
        "returned_refused",
        words="<Ada.Lovelace+news@lettori.example>: no such user ada@x",
        url="https://redazione:Passw0rd@blog.example/feed",
        path=Path("/srv/ada@lettori.example/x"),
        problems=[{"who": ("grace@lettori.example",)}],
    )

    assert not any(word in said.getvalue() for word in ("Ada", "ada@", "lettori", "Passw0rd", "grace"))
    assert "https://redazione:***@blog.example/feed" in said.getvalue()


@pytest.mark.parametrize("form", ["human", "json"])
def test_of_a_mistake_the_kind_and_the_place_are_told_and_not_its_words(said: io.StringIO, form: str) -> None:
    configure(said, form)
    try:
        int("for ada, the secret is 42")
    except ValueError:
        log.exception("poll_internal")

    assert len(said.getvalue().splitlines()) == 1
    assert "ValueError" in said.getvalue()
    assert "test_logs.py" in said.getvalue()
    assert "secret" not in said.getvalue()


def test_what_libraries_and_threads_say_becomes_events_without_what_was_put_in(said: io.StringIO) -> None:
    def fails() -> None:
        raise RuntimeError("ada@lettori.example")

    with redirect_stderr(said), logs.service("json"):
        logging.getLogger("uvicorn.error").error("cannot serve %s", "ada@lettori.example")
        logging.getLogger("httpcore").warning("connecting for ada")
        warnings.showwarning("for ada", UserWarning, "/x/y.py", 3)
        failing = threading.Thread(target=fails, name="page-1")
        failing.start()
        failing.join()
    logging.getLogger("httpcore").warning("after the service has ended")

    lines = [json.loads(line) for line in said.getvalue().splitlines()]
    assert [(line["event"], line.get("library"), line.get("words")) for line in lines] == [
        ("library_said", "uvicorn.error", "cannot serve %s"),
        ("library_said", "httpcore", None),
        ("library_warned", None, None),
        ("thread_failed", None, None),
    ]
    assert "ada" not in said.getvalue()


def test_a_log_that_cannot_be_written_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/full").open("w", encoding="utf-8", buffering=1) as full:
        monkeypatch.setattr(sys, "stderr", full)
        logs.configure("json")
        log.info("source_polled")
        log.error("work_failed")
        monkeypatch.undo()
        structlog.reset_defaults()
        os.dup2(os.open(os.devnull, os.O_WRONLY), full.fileno())  # what is left in its buffer


@pytest.mark.parametrize(("level", "beginning"), [("info", "<6>"), ("warning", "<4>"), ("error", "<3>")])
def test_the_journal_gets_the_level_and_keeps_the_time_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, level: str, beginning: str
) -> None:
    with (tmp_path / "journal").open("w+", encoding="utf-8") as stream:
        line = _one_line(stream, monkeypatch, level)

    assert line.startswith(f"{beginning}[{level}")
    assert "20" not in line


def test_a_file_that_is_not_the_journal_gets_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tmp_path / "log").open("w+", encoding="utf-8") as stream:
        monkeypatch.setenv("JOURNAL_STREAM", "1:2")
        line = _one_line(stream, monkeypatch, "info", journal=False)

    assert datetime.fromisoformat(line.split()[0]).utcoffset() is not None


def _one_line(stream: TextIO, monkeypatch: pytest.MonkeyPatch, level: str, *, journal: bool = True) -> str:
    found = os.fstat(stream.fileno())
    if journal:
        monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino}")
    monkeypatch.setattr(sys, "stderr", stream)
    logs.configure("human")
    getattr(log, level)("source_polled")
    monkeypatch.undo()
    structlog.reset_defaults()
    stream.seek(0)
    return stream.read()
