"""`serve`: uvicorn, with less patience than it has of its own, until SIGTERM or SIGINT."""

from __future__ import annotations

import contextlib
import logging
import signal
import socket
from collections.abc import Iterator
from ipaddress import ip_network

import uvicorn
from starlette.types import ASGIApp

from curator.errors import Refused
from curator.faces.serve.guard import LONGEST_HEAD, log
from curator.faces.serve.patience import Patient
from curator.settings import ServeSettings

KEEP_ALIVE = 15  # seconds between two requests of one client
GRACE = 10  # seconds that requests under way may take to end
WAITING_LINE = 256


def listen(host: str, port: int) -> socket.socket:
    """Taken before anything else is opened; port 0 takes any."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, proto)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(WAITING_LINE)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise Refused(
            "serve_cannot_listen", host=host, port=port, cause=error.strerror or str(error)
        ) from error
    return listener


def serve(app: ASGIApp, listener: socket.socket, settings: ServeSettings) -> None:
    """Until SIGTERM or SIGINT; requests under way may end. A second signal ends them at once."""
    quiet = logging.getLogger("uvicorn")  # our own log says what is to be said, as events
    quiet.addHandler(logging.NullHandler())
    quiet.propagate = False
    server = Answering(config(app, settings))

    def stop(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    host, port = listener.getsockname()[:2]
    log.info("serve_started", host=host, port=port)
    server.run(sockets=[listener])
    log.info("serve_stopped")


def config(app: ASGIApp, settings: ServeSettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=type("Hurried", (Patient,), {"patience": settings.timeout}),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        # uvicorn trusts 127.0.0.1 where it is not told whom; and reads a network only without host bits.
        forwarded_allow_ips=[str(ip_network(proxy, strict=False)) for proxy in settings.trusted_proxies],
        limit_concurrency=settings.connections,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
        h11_max_incomplete_event_size=LONGEST_HEAD,
    )


class Answering(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn's own raises the signal once more at the end, and so dies of it."""
        yield
