"""`run`, `serve`, `db …`, `backup`: what keeps a newsroom going."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event

import click

from curator import __version__
from curator.faces.cli.call import Call
from curator.faces.cli.grammar import argument, command, option, pass_call


@command()
@option("--once", is_flag=True)
@option("--log", "log_format", type=click.Choice(["human", "json"]))
@pass_call
def run(call: Call, log_format: str | None, *, once: bool) -> int:
    from curator.faces import logs, loop

    service = loop.Service(call.newsroom, store=call.store)
    logs.configure(log_format or ("json" if call.as_json else "human"))
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
@pass_call
def serve(call: Call, host: str | None, port: int | None, log_format: str | None) -> None:
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
    logs.configure(log_format or ("json" if call.as_json else "human"))
    address, taken = listener.getsockname()[:2]
    call.emit({"host": address, "port": taken, "public_url": settings.public_url})
    call.say("serving", url=server.url_of(listener), public=call.settings.publish.base_url)
    if not manifest.load(call.settings.newsroom / call.settings.publish.directory).files and not call.as_json:
        call.note("serving_nothing_yet")
    sys.stdout.flush()
    with sending(partial(_send_notices, call)) as wake:
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


@command()
@pass_call
def db_upgrade(call: Call) -> None:
    from curator.store import schema

    store = call.newsroom.store
    before = schema.upgrade(store)
    after = schema.current(store)
    call.emit({"database": store.shown_url, "before": before, "after": after})
    if before == after:
        call.say("schema_is_current", schema=after)
    else:
        call.say("schema_upgraded", before=before, after=after)


@command()
@pass_call
def db_current(call: Call) -> None:
    from curator.store import schema

    store = call.newsroom.store
    found, wanted = schema.current(store), schema.head()
    answer = {"database": store.shown_url, "schema": found, "head": wanted, "current": found == wanted}
    call.emit(answer)
    call.say("schema_is_current" if found == wanted else "schema_differs", schema=found, head=wanted)


@command()
@argument("file", type=click.Path(path_type=Path))
@option("--force", is_flag=True)
@pass_call
def backup(call: Call, file: Path, *, force: bool) -> None:
    from curator.store.backup import back_up

    with call.progress("backup_working"):
        made = back_up(
            call.store,
            file.absolute(),
            files=_precious(call),
            program=__version__,
            now=call.now,
            overwrite=force,
        )
    call.emit({"file": made.path, "size": made.size, "rows": made.rows, "files": made.files})
    call.say("backed_up", path=made.path, rows=sum(made.rows.values()), size=made.size)


def _precious(call: Call) -> dict[str, Path]:
    """What no database holds and no command can make again. Outputs are made anew by `publish`."""
    from curator.bootstrap import KEY_FILE
    from curator.publish.departures import FILE

    folder = call.newsroom.folder
    found = {
        str(path.relative_to(folder)): path
        for path in [
            *sorted((folder / "config").glob("*.toml")),
            folder / KEY_FILE,
            *_earlier_records(folder),
        ]
    }
    # Under a name of its own: unpacked over a newer record of erasures, it must stand beside it.
    found[f"{FILE}.{call.now:%Y%m%dT%H%M%SZ}"] = folder / FILE
    return {name: path for name, path in found.items() if path.is_file()}


def _earlier_records(folder: Path) -> list[Path]:
    """Of departures, as backups have brought them: without them the next backup would forget."""
    from curator.publish.departures import FILE

    return sorted((folder / FILE).parent.glob(f"{Path(FILE).name}.*"))
