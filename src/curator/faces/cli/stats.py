"""`stats`: the chief editor's figures, on the terminal, as JSON, or as a page with plots."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import click

from curator.errors import BadInput, Refused
from curator.faces.chapters import Chapter, chapters
from curator.faces.cli.call import Call
from curator.faces.cli.grammar import command, edition_option, option, pass_call
from curator.faces.cli.plain import instant
from curator.figures import Figures, Posted, figures
from curator.publish.links import archived
from curator.settings import Settings
from curator.store.statistics import remembered

YEAR = 365
SHOWN = 20
"""Rows of a chapter on a terminal; the page has them all."""


@command()
@edition_option
@option("--since", metavar="TIME")
@option("--days", type=click.IntRange(1, 36_600), metavar="N")
@option("--page", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
@option("--open", "opened", is_flag=True)
@pass_call
def stats(
    call: Call,
    /,
    edition: str | None,
    since: str | None,
    days: int | None,
    page: Path | None,
    *,
    opened: bool,
) -> None:
    if since is not None and days is not None:
        raise BadInput("usage_not_together", names=["--since", "--days"])
    now = call.now
    key = call.edition(edition).key if edition else None
    start = call.time(since, call.edition(edition)) if since else now - timedelta(days=days or YEAR)
    if start > now:
        raise BadInput("stats_since_to_come", time=start)
    start = start.replace(microsecond=0)  # as publications have their moment
    with call.store.read() as tx:
        told = remembered(tx, edition=key, since=start, until=now)
    found = figures(told, edition=key, since=start, until=now)
    archive = partial(_archived, call.settings)
    said = chapters(found, messages=call.messages, archive=archive)
    written = _written(call, found, said, page) if page or opened else None
    call.emit({**_document(found, call.settings), "page": written})
    if written is None:
        _tell(call, found, said)
    else:
        call.say("stats_written", path=written)
    if opened and written is not None:
        import webbrowser

        webbrowser.open(written.as_uri())


def _tell(call: Call, found: Figures, said: tuple[Chapter, ...]) -> None:
    call.prose(call.messages.say("stats_when", since=found.since, until=found.until))
    for chapter in said:
        call.tell("")
        title = call.messages.say(f"stats_chapter_{chapter.key}")
        call.prose(f"{title}{'' if title.endswith('?') else '.'} {chapter.told}")
        rows = chapter.rows[-SHOWN:] if chapter.newest else chapter.rows[:SHOWN]
        call.table(chapter.headings, rows, named=True)
        if len(rows) < len(chapter.rows) and not call.as_json:
            call.note("stats_goes_on", shown=len(rows), total=len(chapter.rows))


def _written(call: Call, found: Figures, said: tuple[Chapter, ...], page: Path | None) -> Path:
    """Never among what readers get, where a web server would hand it to anybody."""
    from curator.faces import statspage

    ours = call.newsroom.folder / "data" / "stats" / "index.html"
    path = (page or ours).resolve()
    public = (call.newsroom.folder / call.settings.publish.directory).resolve()
    if path.is_relative_to(public):
        raise Refused("stats_page_public", path=path, folder=public)
    if page is None:
        ours.parent.mkdir(parents=True, exist_ok=True)
    elif not path.parent.exists():  # a slip of the pen makes no folders
        raise BadInput("stats_page_no_folder", folder=path.parent)
    title = call.edition(found.edition).title
    statspage.write(path, statspage.page(found, said, title=title, messages=call.messages))
    return path


def _archived(settings: Settings, url: str, published_at: Any) -> str | None:
    return archived(settings.links.archive, url=url, published_at=published_at)


def _document(found: Figures, settings: Settings) -> dict[str, Any]:
    """Every figure as it is; an issue's ledger is flat, and a dead link has its archive."""
    links = {name: getattr(found.links, name) for name in found.links.__dataclass_fields__}
    dead = [
        {
            "url": each.url,
            "since": instant(each.since),
            "checked_at": instant(each.checked_at),
            "http_status": each.http_status,
            "items": list(each.items),
            "published_at": instant(each.published_at),
            "archive_url": _archived(settings, each.url, each.published_at),
        }
        for each in found.links.dead
    ]
    whole = {name: getattr(found, name) for name in Figures.__dataclass_fields__}
    return {**whole, "issues": [_issue(each) for each in found.issues], "links": {**links, "dead": dead}}


def _issue(each: Posted) -> dict[str, Any]:
    counts = {name: getattr(each.counts, name) for name in each.counts.__dataclass_fields__}
    return {
        "edition": each.edition,
        "number": each.number,
        "status": each.status,
        "closed_at": instant(each.closed_at),
        "selected": each.counts.selected,
        **counts,
        "bounced_hard": each.hard,
        "bounced_soft": each.soft,
        "complaints": each.complaints,
    }
