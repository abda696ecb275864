"""Servers of the tests on this machine: a free port, and one in a thread that is started and ended."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseServer
from threading import Thread


def free_port() -> int:
    """One that nobody had just now: for a program that must be told its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def started(server: BaseServer) -> Iterator[None]:
    """It answers within; afterwards its thread has ended and its port is let go, however the test went."""
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
