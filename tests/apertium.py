"""A small server that speaks LibreTranslate's protocol and has Apertium translate, over Spanish if it must.

with running_apertium() as apertium:
    apertium.url        # POST /translate and GET /languages, as https://docs.libretranslate.com has them
    apertium.requests   # how often it was asked to translate
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from loopback import started

MODES = {("en", "es"): "eng-spa", ("es", "it"): "spa-ita", ("fr", "es"): "fr-es", ("it", "es"): "ita-spa"}
PIVOT = "es"
NAMES = {"en": "English", "es": "Spanish", "fr": "French", "it": "Italian"}


class NoApertium(Exception):
    """It is not installed, or a pair of languages is not."""


@dataclass
class Apertium:
    server: ThreadingHTTPServer
    requests: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"


def require() -> None:
    if shutil.which("apertium") is None:
        raise NoApertium("apt-get install apertium apertium-eng-spa apertium-spa-ita apertium-fr-es")
    there = subprocess.run(["apertium", "-l"], capture_output=True, text=True, check=True).stdout.split()
    if lacking := set(MODES.values()) - set(there):
        raise NoApertium(f"apertium lacks {', '.join(sorted(lacking))}")


def way(source: str, target: str) -> list[str] | None:
    """The modes that lead from one language to the other, one after the other."""
    if (source, target) in MODES:
        return [MODES[source, target]]
    over = MODES.get((source, PIVOT)), MODES.get((PIVOT, target))
    return [mode for mode in over if mode] if all(over) else None


def translated(texts: list[str], modes: list[str]) -> list[str]:
    """Each text as a paragraph of its own: a run of Apertium takes longer to start than to translate."""
    whole = "\n\n".join(" ".join(text.split()) for text in texts)
    for mode in modes:
        run = ["apertium", "-u", "-f", "txt", mode]
        whole = subprocess.run(
            run, input=whole, capture_output=True, text=True, check=True, timeout=60
        ).stdout
    return [" ".join(text.split()) for text in whole.split("\n\n")]


@contextmanager
def running_apertium() -> Iterator[Apertium]:
    require()

    class Conversation(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if urlsplit(self.path).path != "/languages":
                self._say(404, {"error": "Not found"})
                return
            self._say(
                200,
                [
                    {"code": code, "name": name, "targets": [t for t in NAMES if t == code or way(code, t)]}
                    for code, name in NAMES.items()
                ],
            )

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            # deep-translator puts everything into the address, ours into a body of JSON.
            said: dict[str, Any] = {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
            if body:
                said |= json.loads(body)
            if urlsplit(self.path).path != "/translate" or "q" not in said:
                self._say(400, {"error": "Invalid request: missing q parameter"})
                return
            modes = way(str(said.get("source")), str(said.get("target")))
            if modes is None:
                self._say(400, {"error": f"{said.get('source')} to {said.get('target')} is not supported"})
                return
            apertium.requests += 1
            texts = said["q"] if isinstance(said["q"], list) else [said["q"]]
            answers = translated(texts, modes)
            self._say(200, {"translatedText": answers if isinstance(said["q"], list) else answers[0]})

        def _say(self, status: int, said: Any) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Conversation)
    apertium = Apertium(server)
    with started(server):
        yield apertium
