"""`serve`: uvicorn, with less patience than it has of its own, until SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from urllib.parse import urlsplit

import uvicorn
from starlette.types import ASGIApp

from curator import __version__
from curator.edges.process import this_worker
from curator.errors import Refused
from curator.faces.serve.front import Front
from curator.faces.serve.guard import log
from curator.faces.serve.naming import Believed
from curator.faces.serve.patience import Patient
from curator.faces.serve.prompt import Prompt
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


def place(host_and_port: str) -> tuple[str, int]:
    """Of "127.0.0.1:9464" or "[::1]:9464"."""
    parts = urlsplit(f"//{host_and_port}")
    return parts.hostname or "", parts.port or 0


def url_of(listener: socket.socket) -> str:
    """What to open on this machine: of all its addresses, its own."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - to be read, not listened at
        host = "localhost"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def serve(answering: Mapping[socket.socket, ASGIApp], settings: ServeSettings) -> None:
    """Until SIGTERM or SIGINT; requests under way may end. A second signal ends them at once.

    Each application has its own listener, and its own connections: whoever looks
    after it gets an answer while visitors have taken all of theirs.
    """
    # Our own log says what is to be said; of what it grumbles at, strangers could make it grumble all day.
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    servers = {listener: Answering(config(app, settings)) for listener, app in answering.items()}

    def stop(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        for server in servers.values():
            server.should_exit = True

    async def together() -> None:
        await asyncio.gather(*(server.serve(sockets=[listener]) for listener, server in servers.items()))

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    for event, listener in zip(("serve_started", "serve_observed"), servers, strict=False):
        host, port = listener.getsockname()[:2]
        log.info(event, host=host, port=port, version=__version__, worker=this_worker())
    with asyncio.Runner(loop_factory=next(iter(servers.values())).config.get_loop_factory()) as runner:
        runner.run(together())
    log.info("serve_stopped")


def config(app: ASGIApp, settings: ServeSettings) -> uvicorn.Config:
    # uvicorn reads a network only without host bits.
    proxies = [str(ip_network(proxy, strict=False)) for proxy in settings.trusted_proxies]
    return uvicorn.Config(
        Believed(app, proxies=proxies),
        http=_protocol(app, settings),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # see Believed
        limit_concurrency=settings.connections,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
    )


def _protocol(app: ASGIApp, settings: ServeSettings) -> type[Patient]:
    if isinstance(app, Front):
        return type("Hurried", (Prompt,), {"patience": settings.timeout, "front": app})
    return type("Hurried", (Patient,), {"patience": settings.timeout})


class Answering(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn's own raises the signal once more at the end, and so dies of it."""
        yield
