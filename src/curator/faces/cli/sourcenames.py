"""A source by the name that people know it by, where an id is asked for."""

from __future__ import annotations

from curator.errors import BadInput
from curator.faces.cli.call import Call


def source_named(call: Call, name: str) -> int:
    """The id. The whole name counts before a part of it, and neither case."""
    with call.store.read() as tx:
        known = tx.hints.sources()
    wanted = name.casefold().strip()
    whole = [source_id for source_id, said in known if said.casefold() == wanted]
    parts = [source_id for source_id, said in known if wanted and wanted in said.casefold()]
    found = whole or parts
    if len(found) == 1:
        return found[0]
    if found:
        choice = [f"{source_id} ({said})" for source_id, said in known if source_id in found]
        raise BadInput("source_name_ambiguous", name=name, choice=choice)
    raise BadInput("source_name_unknown", name=name, known=[said for _, said in known])
