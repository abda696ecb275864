"""Every address there is, on one page. A new part brings its routes and one line in `application`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from curator.errors import CuratorError
from curator.faces.serve import figures as counted
from curator.faces.serve import hubs, naming, subscribing
from curator.faces.serve.figures import Figures
from curator.faces.serve.formpages import Pages
from curator.faces.serve.front import Front
from curator.faces.serve.guard import Errands, Guard, TooLarge, TooSlow, log
from curator.faces.serve.moments import Moments, at_moments
from curator.faces.serve.outputs import PAGES_POLICY, Outputs
from curator.settings import Settings
from curator.store import Store


def application(
    settings: Settings,
    store: Store,
    *,
    secret: bytes,
    clock: Callable[[], datetime],
    wake: Callable[[], None] = lambda: None,
    moments: Moments = at_moments,
    figures: Figures | None = None,
    routes: Sequence[BaseRoute] = (),
) -> ASGIApp:
    """`secret`: the newsroom's key. `wake`: called when somebody on the web asked for a mail.

    `moments`: others for tests, which need not wait. `routes`: more than the program's own, for tests.
    """
    figures = figures or Figures()
    outputs = Outputs(settings, figures=figures, clock=clock)
    run = Errands()
    pages = Pages(settings=settings, store=store, run=run, clock=clock)
    readers = subscribing.routes(pages, secret=secret, wake=wake, moments=moments)
    every = [*hubs.routes(store, run, limit=settings.fetch.max_bytes, clock=clock), *readers, *routes]
    # A proxy may hand on the whole path of serve.public_url, or what comes after it: both are understood.
    prefix = urlsplit(settings.serve.public_url or "").path.rstrip("/")
    app = Starlette(
        routes=[*every, *([Mount(prefix, routes=every)] if prefix else [])],
        exception_handlers={
            CuratorError: _unable,
            TooSlow: _too_slow,
            TooLarge: _too_large,
            404: _not_here(outputs),
            500: _failed,
        },
    )
    app.router.redirect_slashes = False
    return Front(outputs, Guard(app, patience=settings.serve.timeout), figures=figures)


def observation(settings: Settings, store: Store, *, figures: Figures) -> ASGIApp:
    """How it goes, for whoever looks after it: at an address of its own, and not in the log."""
    run = Errands()

    async def health(_request: Request) -> Response:
        """Does it answer, and can it read its database?"""
        await run(store.require_schema)
        return JSONResponse({"ok": True})

    async def metrics(request: Request) -> Response:
        newer = "application/openmetrics-text" in request.headers.get("accept", "")
        said = figures.exposition(open_metrics=newer)
        return Response(
            said, media_type=None, headers={"Content-Type": counted.OPEN_METRICS if newer else counted.TEXT}
        )

    app = Starlette(
        routes=[Route("/health", health), Route("/metrics", metrics)],
        exception_handlers={CuratorError: _unable, 500: _failed},
    )
    return Guard(app, patience=settings.serve.timeout, telling=False)


def _not_here(outputs: Outputs) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def not_here(_request: Request, _error: Exception) -> Response:
        page = await outputs.not_found()
        if page is None:
            return PlainTextResponse("Not Found", 404)
        return HTMLResponse(page, 404, headers={"Content-Security-Policy": PAGES_POLICY})

    return not_here


async def _failed(request: Request, _error: Exception) -> Response:
    """With the name that the log knows it by; the guard logs what went wrong."""
    return PlainTextResponse(naming.failed(naming.name_of(request.scope)), 500)


async def _unable(request: Request, error: Exception) -> Response:
    """The database is away or busy: whoever asked may ask again. An error's own words are not logged."""
    assert isinstance(error, CuratorError)  # noqa: S101 - Starlette's signature knows no narrower type
    log.error("request_failed", code=error.reason)
    words = naming.later(naming.name_of(request.scope))
    return PlainTextResponse(words, 503, headers={"Retry-After": "60"})


async def _too_large(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse("too large", 413)


async def _too_slow(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse("too slow", 408, headers={"Connection": "close"})
