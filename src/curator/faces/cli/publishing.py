"""`publish` and `preview`: what readers get, and what they would get."""

from __future__ import annotations

import click

from curator.faces.cli import views
from curator.faces.cli.call import Call
from curator.faces.cli.grammar import argument, command, edition_option, option, pass_call


@command()
@edition_option
@option("--dry-run", is_flag=True)
@pass_call
def publish(call: Call, edition: str | None, *, dry_run: bool) -> None:
    from curator.publish.usecases import publish_edition

    line = call.edition(edition)
    if dry_run:
        _would(call, line.key)
        return
    done = publish_edition(call.store, call.settings, edition=line, by=call.editor, now=call.now)
    call.emit(
        {
            "published": done.published,
            "corrected": done.corrected,
            "withdrawn": done.withdrawn,
            "held": [
                {"item": held.item_id, "problems": [views.problem(p, call.messages) for p in held.problems]}
                for held in done.held
            ],
            "files": done.files,
            "written": done.written,
            "addresses": done.addresses,
        }
    )
    call.say(
        "published",
        published=len(done.published),
        corrected=len(done.corrected),
        withdrawn=len(done.withdrawn),
        written=len(done.written),
    )
    for held in done.held:
        call.note("publish_held", item=held.item_id, problems=held.problems)
    for address in done.addresses:
        call.tell(f"  {address}")


def _would(call: Call, edition: str) -> None:
    """What a publish would look at; whether each still passes the review is seen when it runs."""
    with call.store.read() as tx:
        ready = [item.id for item in tx.items.ready(edition, now=call.now)]
        changed = [item.id for item in tx.items.published(edition)]
        withdrawn = [item.id for item in tx.items.withdrawn(edition)]
    call.emit(
        {
            "dry_run": True,
            "published": ready,
            "corrected": changed,
            "withdrawn": withdrawn,
            "held": [],
            "files": [],
            "written": [],
            "addresses": [],
        }
    )
    call.say("would_publish", published=ready, corrected=changed, withdrawn=withdrawn)


@command()
@argument("item_id", type=int, metavar="ID")
@edition_option
@option("--open", "show_it", is_flag=True)
@pass_call
def preview(call: Call, item_id: int, edition: str | None, *, show_it: bool) -> None:
    from curator.publish.usecases import preview_item

    files = preview_item(
        call.store,
        call.settings,
        item_id=item_id,
        edition=call.edition(edition),
        directory=call.preview_folder,
        now=call.now,
    )
    call.emit({"files": files})
    for file in files:
        call.tell(str(file))
    if show_it:
        click.launch(str(files[0]))
