"""The demo's little web: its made-up sources, their pictures, and the newsroom's own pages; loopback only."""

from __future__ import annotations

import hashlib
import html
import http.server
import mimetypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

HOST = "127.0.0.1"
PORT = 8642
SAMPLES = Path(__file__).parent / "samples"
FEEDS = {
    "second-call/feed.xml": ("second-call.xml", "application/rss+xml"),
    "frontline/feed.atom": ("frontline.atom", "application/atom+xml"),
    "carnet/feed.atom": ("carnet.atom", "application/atom+xml"),
    "kundenlage/feed.json": ("kundenlage.json", "application/feed+json"),
}


@contextmanager
def serving(public: Path, *, port: int = PORT) -> Iterator[str]:
    """Serve until the block ends; gives the base URL. A port that is taken is replaced by a free one."""
    answer = partial(_Answers, public=public)
    try:
        server = http.server.ThreadingHTTPServer((HOST, port), answer)
    except OSError:
        server = http.server.ThreadingHTTPServer((HOST, 0), answer)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Answers(http.server.BaseHTTPRequestHandler):
    def __init__(self, *args: Any, public: Path) -> None:
        self._public = public
        super().__init__(*args)

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path).lstrip("/")
        found = self._feed(path) or _picture(path) or _page(path) or self._public_file(path)
        if found is None:
            self.send_error(404)
            return
        body, media_type = found
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if self.headers.get("If-None-Match") == etag:
            self.send_response(304)
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", etag)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        """The demo's own output is what people came to see."""

    def _feed(self, path: str) -> tuple[bytes, str] | None:
        if path not in FEEDS:
            return None
        name, media_type = FEEDS[path]
        base = f"http://{HOST}:{self.server.server_address[1]}/"  # type: ignore[index] # a TCP server's
        return (SAMPLES / name).read_bytes().replace(b"{base}", base.encode()), media_type

    def _public_file(self, path: str) -> tuple[bytes, str] | None:
        """The newsroom's outputs, so that the demo's pages open in a browser."""
        file = (self._public / (path or "index.html")).resolve()
        if not file.is_relative_to(self._public.resolve()) or not file.is_file():
            return None
        media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        if media_type.startswith("text/"):
            media_type += "; charset=utf-8"
        return file.read_bytes(), media_type


def _page(path: str) -> tuple[bytes, str] | None:
    """A source's home names its feed; its articles say that they are made up."""
    folder, _, name = path.partition("/")
    feed = next((each for each in FEEDS if each.startswith(f"{folder}/")), None)
    if feed is None or not (name == "" or name.endswith(".html")):
        return None
    media_type = FEEDS[feed][1]
    title = html.escape((name.removesuffix(".html") or folder).replace("-", " ").capitalize())
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f'<link rel="alternate" type="{media_type}" title="{folder}" href="/{feed}">'
        f"<h1>{title}</h1><p>Made up for Curator's demo. "
        f'What this source says is in <a href="/{feed}">its feed</a>.</p>'
    )
    return page.encode(), "text/html; charset=utf-8"


def _picture(path: str) -> tuple[bytes, str] | None:
    """A drawing in the colour of its name: enough to see that a picture is there, and whose."""
    folder, _, name = path.partition("/")
    if folder != "pictures" or not name.endswith(".svg"):
        return None
    hue = sum(name.encode()) % 360
    bars = "".join(
        f'<rect x="{x}" y="{440 - 40 * ((hue + x) // 60 % 7)}" width="70" height="400" rx="8"/>'
        for x in range(60, 900, 105)
    )
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 540" width="960" height="540">'
        f'<rect width="960" height="540" fill="hsl({hue} 35% 92%)"/>'
        f'<g fill="hsl({hue} 45% 45%)">{bars}</g></svg>'
    )
    return drawing.encode(), "image/svg+xml"
