"""`serve` in a thread, on a loopback port that is free: the real server with the real application."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import datetime
from threading import Thread
from typing import Any

from starlette.routing import BaseRoute

from builders import NOW, SETTINGS
from curator.faces.serve import server
from curator.faces.serve.app import application, observation
from curator.faces.serve.figures import Figures
from curator.faces.serve.moments import Moments
from curator.settings import FetchSettings, PublishSettings, ServeSettings, Settings
from curator.store import Store
from newsletter import SECRET


@contextmanager
def answering(
    store: Store,
    *,
    clock: Callable[[], datetime] = lambda: NOW,
    fetch: FetchSettings | None = None,
    routes: Sequence[BaseRoute] = (),
    path: str = "/",
    published: Settings = SETTINGS,
    publish: PublishSettings | None = None,
    wake: Callable[[], None] = lambda: None,
    moments: Moments = nullcontext,
    observed: bool = False,
    **serve: Any,
) -> Iterator[Settings]:
    """The settings it runs with: those of `published`; `serve.public_url` is where it answers.

    What `publish` says lies there too. `observed`: what answers is the listener of `serve.metrics`.
    """
    listener = server.listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}{path}"
    settings = replace(
        published,
        fetch=fetch or published.fetch,
        publish=replace(publish, base_url=url) if publish else published.publish,
        serve=ServeSettings(**{"public_url": url, **serve}),
    )
    app = (
        observation(settings, store, figures=Figures())
        if observed
        else application(
            settings, store, secret=SECRET, clock=clock, wake=wake, moments=moments, routes=routes
        )
    )
    running = server.Answering(server.config(app, settings.serve))
    thread = Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield settings
    finally:
        running.should_exit = True
        thread.join()
