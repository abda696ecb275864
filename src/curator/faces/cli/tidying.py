"""`tidy`: what nobody needs any more is let go, as `run` does it at night."""

from __future__ import annotations

from dataclasses import asdict

from curator.faces.cli.call import Call
from curator.faces.cli.grammar import command, option, pass_call


@command()
@option("--dry-run", is_flag=True)
@pass_call
def tidy(call: Call, *, dry_run: bool) -> None:
    from curator.ingest import tidying

    keep = call.settings.keep
    with call.progress("tidying"):
        if dry_run:
            found = tidying.what_would_go(call.store, keep, now=call.now)
        else:
            found = tidying.tidy(call.store, keep, now=call.now)
    call.emit({"dry_run": dry_run, **asdict(found)})
    call.say("tidied", **asdict(found))
    if dry_run:
        call.say("would_all")
