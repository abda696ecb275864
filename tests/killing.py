"""Run one call of the program in a process of its own and kill -9 it at its n-th step.

A step is anything that can leave a trace: an SQL statement, a commit, a file
opened for writing, renamed or removed, a connection made. Counting them
instead of waiting a random time makes every run of the proof the same.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from proving import PROOF

_TRACES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "socket.connect", "os.link"}
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        "curator.faces.cli",
        "curator.bootstrap",
        "curator.publish.usecases",
        "curator.ingest.usecases",
        "curator.publish.sending",
        "curator.edges.mail",
    ]
)
_LONG = 120.0  # seconds: a call that hangs must not hang the tests


def steps(words: Sequence[str | int], environ: dict[str, str]) -> int:
    """Run the call to its end; how many steps it took."""
    status, count = _run(words, environ, kill_at=None)
    assert status == 0, f"{words} ended with {status}"
    assert count is not None
    return count


def kill(words: Sequence[str | int], environ: dict[str, str], *, at: int | str) -> None:
    """Run the call and kill it right before its n-th step (counted from 1), or the first that says `at`.

    An SQL statement is said with its values.
    """
    status, _ = _run(words, environ, kill_at=at)
    assert status == -signal.SIGKILL, f"{words} ended with {status} before step {at}"


def terminate(words: Sequence[str | int], environ: dict[str, str], *, at: int) -> int | None:
    """Run the call and tell it to end (SIGTERM) right before its n-th step; how it ended."""
    status, _ = _run(words, environ, kill_at=at, by=signal.SIGTERM)
    return status


def squeeze(words: Sequence[str | int], environ: dict[str, str], *, room: int, said: Path) -> int | None:
    """Run the call with no more than so many bytes of memory beyond what it begins with; how it ended."""
    process = FORKS.Process(target=_squeezed, args=([*map(str, words)], environ, room, said), daemon=False)
    process.start()
    process.join(_LONG)
    if process.is_alive():
        process.kill()
        raise AssertionError(f"{words} did not end")
    status = process.exitcode
    process.close()
    return status


def _squeezed(words: list[str], environ: dict[str, str], room: int, said: Path) -> None:
    from curator.faces.cli import run

    sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - the process ends with it
    sys.stderr = said.open("w", encoding="utf-8")
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + room
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    status = run(words, environ)
    sys.stderr.flush()
    os._exit(status)


def spread(count: int, *, most: int) -> list[int]:
    """At most so many of the steps 1…count, first and last among them; all of them for the proof."""
    if PROOF or count <= most:
        return list(range(1, count + 1))
    return sorted({1 + round(n * (count - 1) / (most - 1)) for n in range(most)})


def _run(
    words: Sequence[str | int],
    environ: dict[str, str],
    *,
    kill_at: int | str | None,
    by: signal.Signals = signal.SIGKILL,
) -> tuple[int | None, int | None]:
    here, there = FORKS.Pipe(duplex=False)
    process = FORKS.Process(
        target=_call, args=([str(word) for word in words], environ, kill_at, by, there), daemon=False
    )
    process.start()
    there.close()
    process.join(_LONG)
    if process.is_alive():
        process.kill()
        raise AssertionError(f"{words} did not end")
    count: int | None = None
    with contextlib.suppress(EOFError):
        count = here.recv() if here.poll() else None
    here.close()
    status = process.exitcode
    process.close()
    return status, count


def _call(
    words: list[str],
    environ: dict[str, str],
    kill_at: int | str | None,
    by: signal.Signals,
    there: Connection,
) -> None:
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    from curator.faces.cli import run

    taken = 0

    def step(*said: object) -> None:
        nonlocal taken
        taken += 1
        if kill_at == taken or (isinstance(kill_at, str) and kill_at in " ".join(map(str, said))):
            os.kill(os.getpid(), by)

    def audit(name: str, arguments: tuple[object, ...]) -> None:
        if (name in _TRACES or (name == "open" and _writes(arguments))) and not _compiles(arguments):
            step(name, *arguments)

    def statement(_connection: object, _cursor: object, said: str, values: object, *_: object) -> None:
        step(said, values)

    event.listen(Engine, "before_cursor_execute", statement)
    event.listen(Engine, "commit", lambda _connection: step("COMMIT"))
    sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - the process ends with it
    if told_to := environ.get("CURATOR_TEST_STDERR"):
        sys.stderr = Path(told_to).open("w", encoding="utf-8")  # noqa: SIM115 - as above
    elif not environ.get("CURATOR_TEST_DEBUG"):
        sys.stderr = sys.stdout
    sys.addaudithook(audit)
    status = run(
        words, {name: each for name, each in environ.items() if not name.startswith("CURATOR_TEST_")}
    )
    there.send(taken)
    there.close()
    os._exit(status)


def _compiles(arguments: tuple[object, ...]) -> bool:
    """What Python keeps of a module that it compiled: only the first run after a change has these steps."""
    path = arguments[0]
    return isinstance(path, str) and (".pyc" in path or path.endswith("__pycache__"))


def _writes(arguments: tuple[object, ...]) -> bool:
    path, mode, flags = arguments
    if not isinstance(path, str | bytes | os.PathLike) or "/dev/" in os.fsdecode(path):
        return False
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR)) and mode != "r"
