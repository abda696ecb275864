"""The real program in a real (pseudo) terminal, in a process of its own that can be killed."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class Typewriter:
    """Keys go in, what the terminal would paint comes out."""

    def __init__(self, process: subprocess.Popen[bytes], terminal: int) -> None:
        self.process = process
        self._terminal = terminal
        self.painted = b""

    def types(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    def paints(self, *, within: float) -> bytes:
        """What comes next; empty if nothing does."""
        ready, _, _ = select.select([self._terminal], [], [], within)
        if not ready:
            return b""
        try:
            got = os.read(self._terminal, 1 << 16)
        except OSError:  # the other side is gone
            return b""
        self.painted += got
        return got

    def waits(self, seconds: float) -> None:
        """Reads on meanwhile: a terminal that nobody reads stops its program."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.paints(within=left)

    def rests(self, *, quiet: float = 0.3, within: float = 20) -> None:
        """Until nothing has been painted for a while."""
        until = time.monotonic() + within
        while self.paints(within=quiet) and time.monotonic() < until:
            pass

    def shows(self, text: str, *, within: float = 20) -> None:
        until = time.monotonic() + within
        while text.encode() not in self.painted:
            assert time.monotonic() < until, f"{text!r} not within {within} s: {self.painted[-2000:]!r}"
            self.paints(within=0.1)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextmanager
def typewriter(
    *words: str, environ: Mapping[str, str], columns: int = 160, rows: int = 45
) -> Iterator[Typewriter]:
    """`curator WORDS` on a terminal of that size."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "curator", *words],
        env={"TERM": "xterm-256color", "COLORTERM": "truecolor"} | dict(environ),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Typewriter(process, ours)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(ours)
