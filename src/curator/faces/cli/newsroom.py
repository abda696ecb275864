"""`init` and `doctor`: a newsroom made, and looked over."""

from __future__ import annotations

from pathlib import Path

import click

from curator.faces.cli.call import Call
from curator.faces.cli.grammar import argument, command, option, pass_call


@command()
@argument("directory", type=click.Path(path_type=Path, file_okay=False), required=False)
@option("--base-url", metavar="URL")
@pass_call
def init(call: Call, directory: Path | None, base_url: str | None) -> None:
    from curator.bootstrap import init_newsroom

    folder = directory or call.newsroom_dir or Path(call.environ.get("CURATOR_NEWSROOM") or ".")
    made = init_newsroom(folder, base_url=base_url, environ=call.environ, now=call.now)
    call.emit({"newsroom": made.newsroom, "created": made.created})
    if made.created:
        call.say("newsroom_made", newsroom=made.newsroom, created=made.created)
    else:
        call.say("newsroom_whole", newsroom=made.newsroom)
    if base_url is not None:
        call.say("newsroom_base_url", url=base_url)
    call.say("newsroom_next")


@command()
@pass_call
def doctor(call: Call) -> int:
    from curator.faces.doctor import examine

    checks = examine(call.newsroom, now=call.now)
    ok = all(check.ok for check in checks)
    said = [
        {
            "name": check.name,
            "ok": check.ok,
            "message": call.messages.error(check.code, check.data)
            if check.error
            else call.messages.say(check.code, **check.data),
            "advice": call.messages.say(check.advice, **check.data) if check.advice else None,
        }
        for check in checks
    ]
    call.emit({"ok": ok, "checks": said})
    for each in said:
        mark = "✓" if each["ok"] and not each["advice"] else "!" if each["ok"] else "✗"
        call.tell(f"{mark} {each['message']}" + (f" {each['advice']}" if each["advice"] else ""))
    call.say("doctor_ok" if ok else "doctor_not_ok")
    return 0 if ok else 1
