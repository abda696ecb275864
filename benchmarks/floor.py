"""The least that a poll can cost in Python: libcurl's multi interface → lxml → executemany. Keeps no promise.

python floor.py DATABASE add FILE-OF-URLS | poll
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pycurl  # type: ignore[import-untyped]  # ships no types
from lxml import etree

AT_ONCE = 32
ENTRY = {"item", "entry", "{http://www.w3.org/2005/Atom}entry"}


def poll(db: sqlite3.Connection) -> None:
    waiting = list(db.execute("SELECT url, etag, modified FROM feed"))
    multi, free = pycurl.CurlMulti(), [pycurl.Curl() for _ in range(AT_ONCE)]
    answers: list[tuple[str | None, ...]] = []
    entries: list[tuple[str, ...]] = []
    active = 0
    while waiting or active:
        while waiting and free:
            multi.add_handle(_asking(free.pop(), *waiting.pop()))
            active += 1
        while multi.perform()[0] == pycurl.E_CALL_MULTI_PERFORM:
            pass
        _, done, failed = multi.info_read()
        for curl in [*done, *(each[0] for each in failed)]:
            multi.remove_handle(curl)
            active -= 1
            if curl.getinfo(pycurl.RESPONSE_CODE) == 200:
                entries += _entries(curl.feed, curl.body.getvalue())
                answers.append((curl.said.get("etag"), curl.said.get("last-modified"), curl.feed))
            free.append(curl)
        if active:
            multi.select(1.0)
    with db:
        db.executemany("UPDATE feed SET etag = ?, modified = ? WHERE url = ?", answers)
        db.executemany("INSERT OR IGNORE INTO entry VALUES (?, ?, ?, ?, ?)", entries)


def _asking(curl: Any, url: str, etag: str | None, modified: str | None) -> Any:
    curl.feed, curl.body, curl.said = url, BytesIO(), {}

    def header(line: bytes) -> None:
        name, _, value = line.decode("latin-1").partition(":")
        curl.said[name.lower()] = value.strip()

    conditions = {"If-None-Match": etag, "If-Modified-Since": modified}
    curl.setopt(pycurl.URL, url)
    curl.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in conditions.items() if value])
    curl.setopt(pycurl.HEADERFUNCTION, header)
    curl.setopt(pycurl.WRITEDATA, curl.body)
    return curl


def _entries(feed: str, body: bytes) -> Iterator[tuple[str, ...]]:
    for entry in etree.fromstring(body).iter(*ENTRY):
        said = {etree.QName(part).localname: part.text or part.get("href") or "" for part in entry}
        text = said.get("encoded") or said.get("content") or said.get("description") or ""
        guid = said.get("guid") or said.get("id") or ""
        yield feed, guid, said.get("title", ""), said.get("link", ""), text


if __name__ == "__main__":
    database = sqlite3.connect(sys.argv[1])
    if sys.argv[2] == "add":
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE feed (url PRIMARY KEY, etag, modified)")
        database.execute("CREATE TABLE entry (feed, guid, title, link, text, PRIMARY KEY (feed, guid))")
        added = [(url,) for url in Path(sys.argv[3]).read_text().split()]
        with database:
            database.executemany("INSERT INTO feed (url) VALUES (?)", added)
    else:
        poll(database)
    database.close()
