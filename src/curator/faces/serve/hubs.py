"""Where hubs reach us: one address per subscription, which nobody else knows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from curator.faces.serve.guard import Errands, body_of
from curator.ingest import websub
from curator.ingest.websub import Heard
from curator.store import Store

BODIES_AT_ONCE = 4
"""Each may be as large as a document that we fetch."""


def routes(store: Store, run: Errands, *, limit: int, clock: Callable[[], datetime]) -> list[BaseRoute]:
    room = asyncio.Semaphore(BODIES_AT_ONCE)

    async def hub_asks(request: Request) -> Response:
        said = dict(request.query_params)
        token = request.path_params["token"]
        answer = await run(websub.verify, store, token, said, now=clock())
        return PlainTextResponse("not here", 404) if answer is None else PlainTextResponse(answer)

    async def hub_brings(request: Request) -> Response:
        token = request.path_params["token"]
        if (standing := await run(websub.standing, store, token)) is not None:
            return _said(standing)
        if room.locked():
            return PlainTextResponse("try again later", 503, headers={"Retry-After": "30"})
        async with room:
            try:
                body = await body_of(request, limit=limit)
            except ClientDisconnect:
                return PlainTextResponse("", 400)
            heard = await run(
                websub.receive,
                store,
                token,
                body=body,
                content_type=request.headers.get("content-type"),
                signature=request.headers.get("x-hub-signature"),
                readable=request.headers.get("content-encoding", "identity").lower() == "identity",
                now=clock(),
            )
        return _said(heard)

    async def hub_callback(request: Request) -> Response:
        match request.method:
            case "GET":
                return await hub_asks(request)
            case "POST":
                return await hub_brings(request)
            case _:  # HEAD: whoever only looks confirms nothing
                return PlainTextResponse("", 405, headers={"Allow": "GET, POST"})

    return [Route(f"/{websub.PATH}{{token}}", hub_callback, methods=["GET", "POST"])]


def _said(heard: Heard) -> Response:
    match heard:
        case Heard.UNKNOWN:
            return PlainTextResponse("not here", 404)
        case Heard.OVER:
            return PlainTextResponse("no longer wanted", 410)
        case _:
            # Also where it is ignored (§7): who forges learns nothing of it.
            return Response(status_code=202)
