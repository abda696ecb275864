"""`run`, `serve`: what keeps a newsroom going."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from threading import Event

import click

from curator.faces.cli.call import Call
from curator.faces.cli.grammar import command, option, pass_call

LEVELS = ("debug", "info", "warning", "error")


@command()
@option("--once", is_flag=True)
@option("--log", "log_format", type=click.Choice(["human", "json"]))
@option("--log-level", type=click.Choice(LEVELS), default="info")
@pass_call
def run(call: Call, log_format: str | None, log_level: str, *, once: bool) -> int:
    from curator.faces import logs, loop

    service = loop.Service(call.newsroom, store=call.store)
    with logs.service(log_format or ("json" if call.as_json else "human"), level=log_level):
        if not once:
            service.forever()
            return 0
        done = service.once()
    call.emit(done)
    call.say("ran_once", **done)
    return 1 if done["failures"] else 0


@command()
@option("--host")
@option("--port", type=click.IntRange(0, 65535))
@option("--log", "log_format", type=click.Choice(["human", "json"]))
@option("--log-level", type=click.Choice(LEVELS), default="info")
@pass_call
def serve(call: Call, host: str | None, port: int | None, log_format: str | None, log_level: str) -> None:
    from curator.faces import logs
    from curator.faces.clock import utcnow
    from curator.faces.serve import app, server
    from curator.faces.serve.figures import Figures
    from curator.faces.serve.notices import sending
    from curator.publish import manifest

    settings = call.settings.serve
    store, secret = call.store, call.newsroom.secret
    figures = Figures(began=utcnow().timestamp())
    listener = server.listen(host or settings.host, settings.port if port is None else port)
    beside = server.listen(*server.place(settings.metrics)) if settings.metrics else None
    address, taken = listener.getsockname()[:2]
    call.emit({"host": address, "port": taken, "public_url": settings.public_url})
    call.say("serving", url=server.url_of(listener), public=call.settings.publish.base_url)
    if not manifest.load(call.settings.newsroom / call.settings.publish.directory).files and not call.as_json:
        call.note("serving_nothing_yet")
    sys.stdout.flush()
    told = logs.service(log_format or ("json" if call.as_json else "human"), level=log_level)
    with told, sending(partial(_send_notices, call)) as wake:
        site = app.application(call.settings, store, secret=secret, clock=utcnow, wake=wake, figures=figures)
        answering = {listener: site}
        if beside:
            answering[beside] = app.observation(call.settings, store, figures=figures)
        server.serve(answering, settings)


def _send_notices(call: Call, stopping: Event) -> None:
    """Not where nothing says how mail leaves: what was asked for waits for `run`, or for the settings."""
    from curator.edges.process import is_gone, this_worker
    from curator.faces.clock import utcnow
    from curator.faces.stoppable import Stoppable
    from curator.publish.notices import send_notices

    if not call.settings.mail.given or call.settings.serve.public_url is None:
        return
    if call.newsroom.look(now=utcnow()) is not None:  # what was asked for waits until it may leave
        return
    room = call.newsroom.mailroom
    send_notices(
        call.store,
        replace(room, mailer=Stoppable(room.mailer, stopping)),
        call.settings,
        secret=call.newsroom.secret,
        worker=this_worker(),
        is_gone=is_gone,
        clock=utcnow,
    )
