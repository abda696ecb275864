from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from curator.edges.process import is_gone, this_worker


def test_a_worker_that_runs_is_not_gone() -> None:
    assert not is_gone(this_worker())


def test_a_worker_names_its_host_and_process() -> None:
    host, pid, _start = this_worker().rsplit(":", 2)

    assert host.partition("/")[0] == socket.gethostname()
    assert int(pid) == os.getpid()


def test_a_process_of_another_container_is_not_known_to_be_gone() -> None:
    """Two that share a name: what has this pid here is somebody else, or nobody."""
    worker = this_worker()
    host, _, rest = worker.partition("/")

    assert not is_gone(f"{host}/1:{rest.partition(':')[2]}")
    assert not is_gone(f"{host}/1:999999:1-00000000")


def test_a_worker_that_was_killed_is_gone_even_before_its_parent_has_looked() -> None:
    program = "from curator.edges.process import this_worker; print(this_worker(), flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        worker = process.stdout.readline().strip()

        assert not is_gone(worker)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, and not buried yet
        assert is_gone(worker)
    assert is_gone(worker)


def test_a_pid_that_went_to_another_process_is_not_the_worker() -> None:
    host = this_worker().rsplit(":", 2)[0]

    assert is_gone(f"{host}:{os.getpid()}:0-00000000")


@pytest.mark.parametrize(
    "worker", ["", "x", "elsewhere:1:0-0", "a:b:c", f"{this_worker().rsplit(':', 2)[0]}:-1:0"]
)
def test_of_what_cannot_be_known_nobody_says_it_is_gone(worker: str) -> None:
    assert not is_gone(worker)
