"""`config/sources.toml` → a list of sources. Pure.

[[source]]
url = "https://example.com"          # its home page, for people
feed = "https://example.com/feed"    # what is polled
name = "Example"
language = "en"
tags = ["cx"]
license = "CC-BY-4.0"
max_words = 200
max_share = 30                       # per cent
full_text = true                     # fetch each entry's page: the feed carries only teasers
"""

from __future__ import annotations

import tomllib
from typing import Any

from curator.errors import BadInput
from curator.ingest.lists import ListedSource, RefusedLine, SourceList, listed_url, tidy_tags
from curator.model import SourceDraft
from curator.quotation import WHOLE
from curator.text import language_tag, safe_url

KEYS: dict[str, type] = {
    "url": str,
    "feed": str,
    "name": str,
    "language": str,
    "tags": list,
    "license": str,
    "max_words": int,
    "max_share": int,
    "full_text": bool,
}


def read_starter(document: str) -> SourceList:
    """The sources of a starter list. Raises BadInput where it is no TOML; refuses single sources by line."""
    try:
        tables = tomllib.loads(document).get("source", [])
    except tomllib.TOMLDecodeError as error:
        raise BadInput("starter_invalid", cause=str(error)) from error
    if not isinstance(tables, list):
        raise BadInput("starter_invalid", cause="[[source]]")
    # tomllib tells no lines; the headers stand in the order of the tables.
    headers = [
        n for n, line in enumerate(document.splitlines(), 1) if line.split("#")[0].strip() == "[[source]]"
    ]
    sources: list[ListedSource] = []
    refused: list[RefusedLine] = []
    for place, table in enumerate(tables):
        line = headers[place] if place < len(headers) else 0
        read = _listed(table, line=line)
        (sources if isinstance(read, ListedSource) else refused).append(read)  # type: ignore[arg-type]  # the branch decides
    return SourceList(sources=tuple(sources), refused=tuple(refused))


def _listed(table: Any, *, line: int) -> ListedSource | RefusedLine:
    said = table if isinstance(table, dict) else {}
    address = str(said.get("feed") or said.get("url") or "")
    if not said or any(not isinstance(value, KEYS.get(key, ())) for key, value in said.items()):
        return RefusedLine(line=line, url=address, why="source_table_invalid")
    if said.get("max_words", 1) < 1:
        return RefusedLine(line=line, url=address, why="max_words_invalid")
    if not 1 <= said.get("max_share", 1) <= WHOLE:
        return RefusedLine(line=line, url=address, why="max_share_invalid")
    url = listed_url(address)
    if url is None:
        return RefusedLine(line=line, url=address[:200], why="url_refused")
    draft = SourceDraft(
        name=said.get("name"),
        tags=tidy_tags(map(str, said.get("tags", []))),
        language=language_tag(said.get("language")),
        license=said.get("license"),
        max_words=said.get("max_words"),
        max_share=said.get("max_share"),
        home_url=safe_url(said.get("url")),
        full_text=said.get("full_text"),
    )
    return ListedSource(url=url, draft=draft, line=line)
