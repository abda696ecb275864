"""What is new in the queue to the editor who looks at it, and that they have looked."""

from __future__ import annotations

import sys
from datetime import datetime

from curator.errors import BadInput, StoreError, UnknownEditor
from curator.faces.cli.call import Call
from curator.settings import Edition


def new_since(call: Call, edition: Edition) -> datetime | None:
    """What came into the queue after this is new to them; None: they never looked, or nobody knows them."""
    name = _editor(call)
    if name is None:
        return None
    with call.store.read() as tx:
        return tx.looks.new_since(name, edition.key, now=call.now)


def looked(call: Call, edition: Edition) -> None:
    """Remember that an editor saw the queue on their screen; a script that reads it has seen nothing."""
    name = _editor(call)
    if name is None or call.as_json or not sys.stdout.isatty():
        return
    try:
        with call.store.begin() as tx:
            tx.looks.put(name, edition.key, now=call.now)
    except StoreError:
        return  # a queue that can be read is shown, though a poll or a full disk keeps us from writing


def _editor(call: Call) -> str | None:
    try:
        return call.editor.name
    except (UnknownEditor, BadInput):
        return None  # looking is free: whoever would move an item is told then
