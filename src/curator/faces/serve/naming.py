"""Each request has a name, by which a reader, a proxy and the log speak of the same one."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

HEADER = "X-Request-ID"

_GIVEN, _NAMED = "curator.request.given", "curator.request"
_HARMLESS = re.compile(rb"[A-Za-z0-9-]{8,64}")


class Believed(ProxyHeadersMiddleware):
    """What a proxy that is trusted says of a request: who asks, by which scheme, and what it is called."""

    def __init__(self, app: ASGIApp, *, proxies: Iterable[str]) -> None:
        super().__init__(app, trusted_hosts=list(proxies))  # type: ignore[arg-type] # its own word for ASGI

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # type: ignore[override]
        # Before the proxy's own address gives way to its client's.
        client = scope.get("client")
        if scope["type"] == "http" and client and client[0] in self.trusted_hosts:
            scope[_GIVEN] = next((said for name, said in scope["headers"] if name == b"x-request-id"), None)
        await super().__call__(scope, receive, send)  # type: ignore[arg-type]


def name_of(scope: Scope) -> str:
    """The one that a proxy gave, where it is harmless, else one of our own; always the same."""
    name = scope.get(_NAMED)
    if name is None:
        given = scope.get(_GIVEN) or b""
        name = given.decode() if _HARMLESS.fullmatch(given) else secrets.token_hex(8)
        scope[_NAMED] = name
    return str(name)


def failed(name: str) -> str:
    return f"Internal Server Error (request {name})"


def later(name: str) -> str:
    return f"try again later (request {name})"
