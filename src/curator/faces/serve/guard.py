"""Round every request: its time, its headers, its one line in the log, and no traceback for anybody."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from curator.faces import logs
from curator.faces.serve import naming

P = ParamSpec("P")
R = TypeVar("R")

log = structlog.get_logger()

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""Unless an answer says otherwise."""


class TooSlow(Exception):
    """The client took longer over its request than it may."""


class TooLarge(Exception):
    """The client sent more than it may."""


class Guard:
    """`telling`: whether each request is a line in the log."""

    def __init__(self, app: ASGIApp, *, patience: float, telling: bool = True) -> None:
        self._app = app
        self._patience = patience
        self._telling = telling

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.monotonic()
        request = naming.name_of(scope)
        status: int | None = None
        whole = False  # the request; whoever asks on waits for the client to leave

        async def receive_in_time() -> Message:
            nonlocal whole
            if whole:
                return await receive()
            try:
                async with asyncio.timeout(began + self._patience - time.monotonic()):
                    message = await receive()
            except TimeoutError as error:
                raise TooSlow from error
            whole = not message.get("more_body", False)
            return message

        async def send_safely(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers.setdefault(naming.HEADER, request)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        # What threads log for it carries its name, too: they get the context along.
        named = structlog.contextvars.bind_contextvars(request=request)
        try:
            await self._app(scope, receive_in_time, send_safely)
        except Exception as error:  # noqa: BLE001 - Starlette has answered 500; what is left is to say what it was
            log.error(  # noqa: TRY400 - a traceback ends with words that may hold an address
                "request_failed", kind=type(error).__name__, where=logs.where(error)
            )
        finally:
            # Paths hold capabilities, and clients are persons: neither is in the log.
            if self._telling:
                log.info(
                    "request",
                    route=getattr(scope.get("endpoint"), "__name__", None),
                    method=scope["method"],
                    status=status,
                    ms=round((time.monotonic() - began) * 1000),
                )
            structlog.contextvars.reset_contextvars(**named)


class Errands:
    """What has to wait for the database, in threads, and no more at once than it has connections for."""

    def __init__(self, at_once: int = 8) -> None:
        self._room = asyncio.Semaphore(at_once)

    async def __call__(self, errand: Callable[P, R], /, *args: P.args, **named: P.kwargs) -> R:
        async with self._room:
            return await run_in_threadpool(errand, *args, **named)


async def body_of(request: Request, *, limit: int) -> bytes:
    """The whole body, or TooLarge as soon as it is clear that there is more."""
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated[:20]) > limit:
        raise TooLarge
    parts: list[bytes] = []
    async for part in request.stream():
        limit -= len(part)
        if limit < 0:
            raise TooLarge
        parts.append(part)
    return b"".join(parts)
