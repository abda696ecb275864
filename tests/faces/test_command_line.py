"""What every command shares: help, languages, global options, exit statuses, one clean line."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import shlex
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from curator.errors import NotFound, Refused
from curator.faces import cli
from curator.faces.cli import commands, grammar
from curator.faces.cli.call import Call

PROGRAM = [sys.executable, "-c", "from curator.faces.cli import main; main()", "--help"]


@dataclass(frozen=True)
class Answer:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Mapping[str, object]:
        found: Mapping[str, object] = json.loads(self.out)
        return found


class Caller:
    """Calls the program in this process, with one command of the test's own: `probe`."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def probe(self, does: object) -> None:
        @grammar.command()
        @grammar.argument("word", required=False)
        @grammar.option("--note")
        @grammar.pass_call
        def probe(call: Call, word: str | None, note: str | None) -> object:
            return does(call, word, note) if callable(does) else None

        table = {**commands.COMMANDS, "probe": "probe:probe", "probes one": "probe:probe"}
        self._monkeypatch.setattr(commands, "COMMANDS", table)
        self._monkeypatch.setattr(grammar, "COMMANDS", table)
        self._monkeypatch.setattr(grammar, "load", lambda _name: probe)

    def __call__(self, *arguments: str, **environ: str) -> Answer:
        status = cli.run(arguments, environ)
        said = self._capsys.readouterr()
        return Answer(status, said.out, said.err)


@pytest.fixture
def curator(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Caller:
    return Caller(capsys, monkeypatch)


def test_help_imports_nothing_heavy() -> None:
    # Seconds depend on the machine; what is imported does not.
    seen = subprocess.run(
        [
            sys.executable,
            "-c",
            (
                "import sys; from curator.faces import cli; cli.run(['--help'], {});"
                "print(*sorted({m.partition('.')[0] for m in sys.modules}), file=sys.stderr)"
            ),
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    heavy = {"sqlalchemy", "feedparser", "httpx2", "lxml", "nh3", "rich", "babel", "jinja2", "structlog"}
    heavy |= {"textual", "spylls", "snowballstemmer", "PIL", "py3langid"}
    assert not heavy & set(seen.stderr.split())
    assert "curator" in seen.stdout


def test_help_speaks_the_language_asked_for_wherever_it_is_asked(curator: Caller) -> None:
    assert "Le fonti" in curator("--help", "--locale", "it").out
    assert "Le fonti" in curator("--locale=it", "--help").out
    assert "Le fonti" in curator("--help", LANG="it_IT.UTF-8").out
    assert "Sources" in curator("--help", LANG="it_IT.UTF-8", CURATOR_LOCALE="en").out
    assert "Sources" in curator("--help", LANG="fr_FR.UTF-8").out


def test_the_program_alone_shows_its_help(curator: Caller) -> None:
    answer = curator()

    assert (answer.status, answer.err) == (0, "")
    assert "Usage: curator" in answer.out


@pytest.mark.parametrize(
    "arguments",
    [
        ["--json", "--editor", "anna", "--locale", "it", "probe"],
        ["probe", "--json", "--editor", "anna", "--locale", "it"],
        ["--editor=anna", "probe", "--json", "--locale=it"],
        ["probes", "--json", "--editor", "anna", "one", "--locale", "it"],
    ],
)
def test_global_options_count_before_and_after_the_command(curator: Caller, arguments: list[str]) -> None:
    met: list[Call] = []
    curator.probe(lambda call, _word, _note: met.append(call))

    assert curator(*arguments).status == 0
    assert (met[0].as_json, met[0].editor_name, met[0].locale) == (True, "anna", "it")


def test_a_value_that_looks_like_a_global_option_stays_a_value(curator: Caller) -> None:
    met: list[object] = []
    curator.probe(lambda call, _word, note: met.extend([note, call.as_json]))

    curator("probe", "--note=--json")

    assert met == ["--json", False]


def test_json_is_the_only_thing_on_standard_output(curator: Caller) -> None:
    def speak(call: Call, _word: object, _note: object) -> None:
        call.note("yes")
        call.say("yes")
        call.tell("words")
        call.table(["no"], [["cell"]])
        call.emit({"è": 1})

    curator.probe(speak)

    answer = curator("probe", "--json")

    assert answer.json == {"è": 1}
    assert answer.err == "yes\n"
    assert curator("probe").out == "yes\nwords\ncell\n"


def test_a_refusal_is_one_line_and_exit_1(curator: Caller) -> None:
    def refuse(_call: Call, _word: object, _note: object) -> None:
        raise Refused(cause="first line\nsecond\x1b[31m line")

    curator.probe(refuse)

    answer = curator("probe")

    assert (answer.status, answer.out) == (1, "")
    assert answer.err == "This is refused: first line second [31m line.\n"


def test_a_refusal_under_json_is_a_document_too(curator: Caller) -> None:
    def refuse(_call: Call, _word: object, _note: object) -> None:
        raise NotFound("edition_unknown", id="fr", known=["it", "en"])

    curator.probe(refuse)

    answer = curator("probe", "--json", "--locale", "it")

    assert answer.status == 1
    assert answer.json["error"] == {
        "code": "edition_unknown",
        "message": answer.err.strip(),
        "data": {"id": "fr", "known": ["it", "en"]},
    }


def test_a_bug_is_one_line_and_debug_shows_where(curator: Caller) -> None:
    def fail(_call: Call, _word: object, _note: object) -> None:
        raise ZeroDivisionError("ten by zero")

    curator.probe(fail)

    plain = curator("probe", "--json")
    assert plain.status == 1
    assert plain.json["error"]["code"] == "internal"  # type: ignore[index] # the shape under test
    assert plain.err.count("\n") == 1
    assert "Traceback" in curator("probe", "--debug").err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(28, "No space left on device", "a.db"), "disk_full"),
        (PermissionError(13, "Permission denied", "a.db"), "permission_denied"),
        (FileNotFoundError(2, "No such file", "a.db"), "file_missing"),
        (IsADirectoryError(21, "Is a directory", "a.db"), "file_failed"),
    ],
)
def test_what_the_system_refuses_is_named(curator: Caller, error: OSError, code: str) -> None:
    def fail(_call: Call, _word: object, _note: object) -> None:
        raise error

    curator.probe(fail)

    answer = curator("probe", "--json")

    assert answer.status == 1
    assert answer.json["error"]["code"] == code  # type: ignore[index] # the shape under test
    assert "a.db" in answer.err


@pytest.mark.parametrize("arguments", [["prob"], ["probe", "--nte", "x"], ["probe", "a", "b"], ["probes"]])
def test_wrong_usage_is_exit_2_with_json_too(curator: Caller, arguments: list[str]) -> None:
    curator.probe(lambda *_: None)

    answer = curator(*arguments, "--json")

    assert answer.status == 2
    assert answer.json["error"]["code"] == "usage"  # type: ignore[index] # the shape under test
    assert answer.err.count("\n") == 1


def test_words_that_are_not_utf8_are_refused_before_a_letter_is_lost(curator: Caller) -> None:
    met: list[object] = []
    curator.probe(lambda *_: met.append("called"))

    answer = curator("probe", "--note", b"perch\xe9".decode(errors="surrogateescape"), "--json")

    assert (answer.status, met, answer.err.count("\n")) == (1, [], 1)
    assert answer.json["error"]["code"] == "argument_not_utf8"  # type: ignore[index] # the shape under test


def test_a_slip_of_the_finger_is_answered_with_the_nearest(curator: Caller) -> None:
    curator.probe(lambda *_: None)

    assert "probe" in curator("prbe").err
    assert "--note" in curator("probe", "--nte", "x").err


def test_an_interrupt_is_exit_130(curator: Caller) -> None:
    def interrupt(_call: Call, _word: object, _note: object) -> None:
        raise KeyboardInterrupt

    curator.probe(interrupt)

    assert curator("probe").status == 130


def test_a_reader_who_has_seen_enough_is_not_bothered() -> None:
    reading, writing = os.pipe()
    os.close(reading)  # as `curator --help | head -0`

    done = subprocess.run(
        PROGRAM,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_an_answer_that_cannot_be_written_is_a_failure() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(PROGRAM, stdout=full, stderr=subprocess.PIPE, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "disk is full" in done.stderr


def test_closed_streams_are_no_reason_to_fail() -> None:
    done = subprocess.run(f"{shlex.join(PROGRAM)} >&- 2>&-", shell=True, executable="/bin/bash", check=False)

    assert done.returncode == 0


def test_a_command_may_say_its_exit_status(curator: Caller) -> None:
    curator.probe(lambda *_: 1)

    assert curator("probe").status == 1


def test_every_command_of_the_table_is_there() -> None:
    for name in commands.COMMANDS:
        assert isinstance(grammar.load(name), click.Command), name


def test_columns_have_no_place_for_control_characters(curator: Caller) -> None:
    curator.probe(lambda c, *_: c.table(["no"], [["a\tb\x1b[2J", None, 3]]))

    assert curator("probe").out == "a b [2J\t\t3\n"


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
def test_a_table_loses_no_word_however_narrow_the_terminal(columns: int) -> None:
    row = ["4711", "queued", "2026-11-22 05:57", "Loyalty in Practice", "en-US", "Entry 1 of feed-moved"]
    headings = ["ID", "status", "since", "source", "language", "title"]
    program = (
        "from curator.faces.cli.tables import table; from curator.faces.messages import Messages;"
        f"table({headings}, [{row}], messages=Messages('en', zone='UTC'))"
    )

    said = _on_terminal([sys.executable, "-c", program], columns=columns)

    words = " ".join(said.split())
    assert all(cell in words for cell in row)


def test_without_headings_each_number_says_what_it_counts() -> None:
    headings, row = ["ID", "name", "failures", "per week", "url"], ["7", "127.0.0.1", "3", "0.75", "x" * 20]
    program = (
        "from curator.faces.cli.tables import table; from curator.faces.messages import Messages;"
        f"table({headings}, [{row}], messages=Messages('en', zone='UTC'))"
    )

    said = _on_terminal([sys.executable, "-c", program], columns=40)

    assert said.split("\r\n")[0] == "7  127.0.0.1  failures 3  per week 0.75"


def _on_terminal(command: list[str], *, columns: int) -> str:
    """What a program says on a terminal so wide."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environ = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    with os.fdopen(ours, "rb", buffering=0) as screen:
        program = subprocess.Popen(command, stdin=its, stdout=its, env=environ | {"TERM": "xterm"})
        os.close(its)
        said = b""
        with suppress(OSError):  # Linux says EIO when the last program has left the terminal
            while more := screen.read(65536):
                said += more
        assert program.wait() == 0
    return said.decode()
