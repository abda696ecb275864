"""`demo`: a small newsroom made and worked in, to be looked at and played with."""

from __future__ import annotations

import contextlib
import shutil
import sys
import threading
from pathlib import Path

import click

from curator.errors import Refused
from curator.faces.cli.call import Call
from curator.faces.cli.grammar import argument, command, option, pass_call


@command()
@argument("directory", type=click.Path(path_type=Path, file_okay=False), required=False)
@option("--serve", is_flag=True)
@pass_call
def demo(call: Call, directory: Path | None, *, serve: bool) -> None:
    from curator.faces import cli
    from curator.faces.demo import story

    folder = (directory or Path("demo")).absolute()
    if not (serve and story.made_here(folder)):
        # Under --json standard output is for the one document: the story goes to standard error.
        with contextlib.redirect_stdout(sys.stderr) if call.as_json else contextlib.nullcontext():
            told = story.tell(
                folder,
                run=cli.run,
                say=lambda key, **data: sys.stdout.write(f"\n# {call.messages.say(key, **data)}\n"),
                environ={**call.environ, "CURATOR_LOCALE": call.locale},
            )
        call.emit(told)
        call.say("demo_done", newsroom=_short(folder), seconds=round(told.seconds))
        for path in ("public/index.html", "public/feed.atom", "public/archive/index.html"):
            call.tell(f"  {_short(folder / path)}")
        for mail in told.mails:
            call.tell(f"  {_short(mail)}")
        program = "curator" if shutil.which("curator") else Path(sys.argv[0]).absolute()
        call.say("demo_next", newsroom=_short(folder), curator=program, item=told.next_item)
    if serve:
        _serve(call, folder)


def _serve(call: Call, folder: Path) -> None:
    from curator.faces.demo import story
    from curator.faces.demo.server import serving

    port = story.made_here(folder) or 0
    with serving(folder / "public", port=port) as base:
        if not base.endswith(f":{port}/"):  # what was published names the port of the first day
            raise Refused("demo_port_taken", port=port)
        call.note("demo_serving", url=base, newsroom=_short(folder))
        threading.Event().wait()  # until Ctrl-C


def _short(path: Path) -> Path:
    """As one would type it from here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
