"""Telling somebody outside that something is wrong, or that all goes on: a program, and a sign of life.

What goes wrong comes back as a Problem that names neither the program's words nor the
address that was asked: both may hold what is nobody's business.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import httpx2

from curator.edges.http import open_web, place_of
from curator.fetch import DEADLINE, MOST_BYTES, CannotFetch
from curator.model import Problem
from curator.settings import FetchSettings

PATIENCE = 60.0  # seconds for a program
LAST_PATIENCE = 15.0  # once we are told to stop
HEARTBEAT_WITHIN = 10.0

_HANDED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER", "LOGNAME", "SSL_CERT_FILE")
"""What a program gets of our surroundings: nothing that could be a password of ours."""

_LOOK = 0.2
_MOST = 64 * 1024


def run_program(
    words: Sequence[str],
    said: bytes,
    *,
    newsroom: Path,
    patience: float = PATIENCE,
    is_stopping: Callable[[], bool] = lambda: False,
) -> Problem | None:
    """Start it with `said` on its standard input, in the newsroom's folder, and wait until it ends well.

    No shell reads the words. Whatever it has started itself is ended with it when it takes too long.
    """
    surroundings = {name: os.environ[name] for name in _HANDED_ON if name in os.environ}
    try:
        program = subprocess.Popen(  # noqa: S603 - the operator's own, from the settings
            list(words),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=newsroom,
            env=surroundings | {"CURATOR_NEWSROOM": str(newsroom)},
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or type(error).__name__
        return Problem(code="alert_command_unusable", data={"cause": cause})
    try:
        return _waited_for(program, said, patience=patience, is_stopping=is_stopping)
    finally:
        _end(program)


def _waited_for(
    program: subprocess.Popen[bytes], said: bytes, *, patience: float, is_stopping: Callable[[], bool]
) -> Problem | None:
    until, given = time.monotonic() + patience, said
    while True:
        try:
            # communicate goes on where it was; it wants its input once.
            program.communicate(given or None, timeout=_LOOK)
        except subprocess.TimeoutExpired:
            given = b""
        else:
            break
        if is_stopping():
            until = min(until, time.monotonic() + LAST_PATIENCE)
            is_stopping = _no
        if time.monotonic() > until:
            return Problem(code="alert_command_slow", data={"seconds": int(patience)})
    if program.returncode:
        return Problem(code="alert_command_failed", data={"status": program.returncode})
    return None


def _no() -> bool:
    return False


def _end(program: subprocess.Popen[bytes]) -> None:
    if program.poll() is None:
        with suppress(OSError):
            os.killpg(program.pid, signal.SIGKILL)
        program.wait()
    if program.stdin is not None:
        with suppress(OSError):
            program.stdin.close()


def give_sign_of_life(url: str) -> Problem | None:
    """Ask an address that the settings name, wherever it is; it must not lead elsewhere."""
    try:
        target = httpx2.URL(url)
        place = place_of(url)
    except (httpx2.InvalidURL, KeyError):
        return Problem(code="heartbeat_silent", data={"cause": "URL"})
    limits = FetchSettings(
        allow_private=(place,), total_timeout=HEARTBEAT_WITHIN, connect_timeout=HEARTBEAT_WITHIN
    )
    web = open_web(limits)
    extensions = {DEADLINE: time.monotonic() + HEARTBEAT_WITHIN, MOST_BYTES: _MOST}
    with web.client as client:
        try:
            request = client.build_request(
                "GET", target, headers={"User-Agent": limits.user_agent}, extensions=extensions
            )
            answer = client.send(request, stream=True)
            answer.close()
        except CannotFetch as stop:
            return Problem(code="heartbeat_silent", data={"cause": stop.failed.code})
        except httpx2.TimeoutException:
            return Problem(code="heartbeat_silent", data={"cause": f"{HEARTBEAT_WITHIN:.0f} s"})
        except (httpx2.HTTPError, OSError) as error:
            return Problem(code="heartbeat_silent", data={"cause": type(error).__name__})
    if not answer.is_success:
        return Problem(code="heartbeat_refused", data={"status": answer.status_code})
    return None
