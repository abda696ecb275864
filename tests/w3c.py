"""The W3C feed validator itself, where FEEDVALIDATOR_SRC names the `src` of a checkout of w3c/feedvalidator.

It runs in a process of its own: it is old code, and warns of itself while it is read.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

SOURCE = os.environ.get("FEEDVALIDATOR_SRC")
_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
_ASKING = """
import base64, io, json, sys
import feedvalidator
from feedvalidator import compatibility
from feedvalidator.logging import ValidationFailure
for line in sys.stdin:
    asked = json.loads(line)
    stream = io.BytesIO(base64.b64decode(asked["document"]))
    try:
        judged = feedvalidator.validateStream(stream, contentType=asked["type"], base=asked["url"])
        events = judged["loggedEvents"]
    except ValidationFailure as failure:
        events = [failure.event]
    found = [[type(event).__name__, str(event.params)] for event in compatibility.AA(events)]
    print(json.dumps(found), flush=True)
"""


@dataclass(frozen=True)
class Asked:
    document: bytes
    url: str

    @property
    def line(self) -> str:
        kind = "rss" if b"<rss" in self.document[:200] else "atom"
        asked = {
            "document": base64.b64encode(self.document).decode(),
            "type": f"application/{kind}+xml; charset=utf-8",
            "url": self.url,
        }
        return json.dumps(asked) + "\n"


def w3c_findings(asked: Sequence[Asked]) -> list[list[str]]:
    """Of each document, at level AA, but for the namespace of tombstones, which it does not know."""
    environ = os.environ | {"PYTHONPATH": SOURCE or ""}
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _ASKING],
        input="".join(each.line for each in asked),
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    return [
        [f"{rule}: {said}" for rule, said in json.loads(line) if _TOMBSTONES not in said]
        for line in answer.stdout.splitlines()
    ]
