"""`tags`: which tags are in use; so that the next item gets one of them and not its cousin."""

from __future__ import annotations

from curator.faces.cli.call import Call
from curator.faces.cli.grammar import command, option, pass_call


@command()
@option("--query", metavar="TEXT")
@pass_call
def tags(call: Call, /, query: str | None) -> None:
    with call.store.read() as tx:
        known = tx.items.tags_in_use()
    wanted = (query or "").casefold()
    found = [(tag, count) for tag, count in known if wanted in tag.casefold()]
    call.emit({"tags": [{"tag": tag, "items": count} for tag, count in found]})
    call.table(["tag", "count"], found)
    call.page_note(shown=len(found), offset=0, total=len(found))
