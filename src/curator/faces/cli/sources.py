"""`source …`: whom the newsroom follows."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from curator.errors import BadInput
from curator.faces.cli import views
from curator.faces.cli.call import Call
from curator.faces.cli.grammar import argument, command, limits, option, pass_call
from curator.faces.cli.plain import instant
from curator.model import Lang, Outcome, ParsedEntry, Permission, Source, SourceDraft, SourceStatus
from curator.model.credentials import masked

if TYPE_CHECKING:
    from curator.ingest.pages import Followed

F = TypeVar("F", bound=Callable[..., Any])

source_id = argument("source_id", type=int, metavar="ID")
PREVIEWED = 5
FORGETTABLE = (
    "name",
    "tags",
    "language",
    "license",
    "max_words",
    "max_share",
    "full_text_permission",
    "interval",
    "home_url",
)


def said_of_it(function: F) -> F:
    """What an editor may state of a source, when adding or later."""
    for each in (
        option("--full-text/--no-full-text", default=None),
        option("--interval", type=click.IntRange(min=1), metavar="MINUTES"),
        option("--license", "license_"),
        option("--full-text-permission", metavar="TEXT"),
        option("--max-share", type=click.IntRange(1, 100), metavar="PERCENT"),
        option("--max-words", type=int, metavar="N"),
        option("--language"),
        option("--tag", "tags", multiple=True),
        option("--name"),
    ):
        function = each(function)
    return function


def _draft(
    call: Call,
    /,
    *,
    name: str | None,
    tags: tuple[str, ...],
    language: str | None,
    max_words: int | None,
    max_share: int | None,
    full_text_permission: str | None,
    license_: str | None,
    interval: int | None,
    full_text: bool | None,
) -> SourceDraft:
    return SourceDraft(
        name=name,
        tags=tags or None,
        language=Lang(language) if language else None,
        max_words=max_words,
        max_share=max_share,
        permission=_permission(call, full_text_permission),
        license=license_,
        interval=timedelta(minutes=interval) if interval is not None else None,
        full_text=full_text,
    )


def _permission(call: Call, given: str | None) -> Permission | None:
    if given is None:
        return None
    if not given.strip():
        raise BadInput("permission_empty")
    return Permission(text=given.strip(), by=call.editor.name, at=call.now)


@command()
@argument("url")
@option("--page", is_flag=True)
@option("--selector", "selectors", multiple=True, metavar="FIELD=CSS")
@option("--feed", type=click.IntRange(min=1), metavar="N")
@said_of_it
@pass_call
def add(
    call: Call, /, url: str, feed: int | None, *, page: bool, selectors: tuple[str, ...], **said: Any
) -> None:
    from curator.ingest.usecases import add_page, add_source

    web, readers, draft = call.web, call.newsroom.readers, _draft(call, **said)
    if page:
        if feed is not None:
            raise BadInput("page_option", option="--selector")
        told = add_page(
            call.store, web, readers, url=url, draft=draft, selectors=_selectors(selectors), now=call.now
        )
        call.emit(views.source(told.source, call.messages) | {"preview": _previews(told)})
        _added(call, told.source)
        _preview(call, told)
        return
    if selectors:
        raise BadInput("page_option", option="--selector")
    source = add_source(call.store, web, readers, url=url, draft=draft, feed=feed, now=call.now)
    call.emit(views.source(source, call.messages))
    _added(call, source)


@command()
@option("--status", type=click.Choice([str(status) for status in SourceStatus]))
@option("--tag", "tags", multiple=True)
@limits
@pass_call
def list_(call: Call, status: str | None, tags: tuple[str, ...], limit: int, offset: int) -> None:
    from curator.store.yields import yields

    with call.store.read() as tx:
        total, found = tx.sources.find(
            status=SourceStatus(status) if status else None, tags=tags, limit=limit, offset=offset
        )
        brought = yields(tx, [source.id for source in found], now=call.now)
    shown = [views.yielding(source, brought[source.id], call.messages) for source in found]
    call.emit({"total": total, "sources": shown})
    call.table(
        [
            "id",
            "name",
            "status",
            "language",
            "outcome",
            "failures",
            "seen_per_week",
            "published_per_week",
            "alert",
            "url",
        ],
        [
            [
                source.id,
                source.name,
                source.status,
                source.language,
                source.last_outcome,
                source.failures,
                view["seen_per_week"],
                view["published_per_week"],
                view["alert"] and view["alert"]["message"],
                source.url,
            ]
            for source, view in zip(found, shown, strict=True)
        ],
    )


@command()
@source_id
@pass_call
def show(call: Call, source_id: int) -> None:
    from curator.store.yields import yields

    with call.store.read() as tx:
        source = tx.sources.listed(source_id)
        brought = yields(tx, [source_id], now=call.now)
        told = tx.hubs.of_source(source_id)
        asked = tx.pages.opt_outs(source_id)
    view = views.yielding(source, brought[source_id], call.messages)
    _answer(call, view | {"opt_outs": asked, "push": views.push(told, call.messages)})


@command()
@source_id
@said_of_it
@option("--selector", "selectors", multiple=True, metavar="FIELD=CSS")
@option("--infer", is_flag=True)
@option("--url")
@option("--clear", multiple=True, type=click.Choice(FORGETTABLE))
@pass_call
def edit(
    call: Call,
    /,
    source_id: int,
    url: str | None,
    clear: tuple[str, ...],
    *,
    selectors: tuple[str, ...],
    infer: bool,
    **said: Any,
) -> None:
    from curator.ingest.usecases import edit_source, infer_again

    clear = tuple("permission" if field == "full_text_permission" else field for field in clear)
    chosen, draft = _selectors(selectors), _draft(call, **said)
    if infer:
        told = infer_again(
            call.store,
            call.web,
            call.newsroom.readers,
            source_id,
            draft=draft,
            clear=clear,
            url=url,
            selectors=chosen,
            now=call.now,
        )
        call.emit(views.source(told.source, call.messages) | {"preview": _previews(told)})
        _preview(call, told)
        return
    source = edit_source(
        call.store, source_id, draft=draft, clear=clear, url=url, selectors=chosen, now=call.now
    )
    _answer(call, views.source(source, call.messages))


@command()
@source_id
@pass_call
def pause(call: Call, source_id: int) -> None:
    from curator.ingest.usecases import pause_source

    source = pause_source(call.store, source_id, now=call.now)
    call.emit(views.source(source, call.messages))
    call.say("source_status", id=source.id, name=source.name, status=source.status)


@command()
@source_id
@pass_call
def resume(call: Call, source_id: int) -> None:
    from curator.ingest.usecases import resume_source

    source = resume_source(call.store, source_id, now=call.now)
    call.emit(views.source(source, call.messages))
    call.say("source_status", id=source.id, name=source.name, status=source.status)


@command()
@source_id
@pass_call
def remove(call: Call, source_id: int) -> None:
    from curator.ingest.usecases import remove_source

    source = remove_source(call.store, source_id, now=call.now)
    call.emit(views.source(source, call.messages))
    call.say("source_removed", id=source.id, name=source.name)


@command()
@argument("url")
@pass_call
def check(call: Call, url: str) -> int:
    from curator.ingest.asking import stored
    from curator.ingest.usecases import check_source

    found = check_source(call.web, call.newsroom.readers, url=url, now=call.now)
    problems = [
        {"code": problem.code, "message": call.messages.problem(problem)} for problem in found.problems
    ]
    call.emit(
        {
            "outcome": found.outcome,
            "http_status": found.http_status,
            "url": masked(found.url),
            "kind": found.kind,
            "title": found.title,
            "feeds": [
                {"n": n, "url": masked(feed.url), "title": feed.title}
                for n, feed in enumerate(found.feeds, 1)
            ],
            "entries": [_unstored(entry) for entry in found.entries],
            "selectors": stored(found.selectors) if found.selectors else None,
            "problems": problems,
        }
    )
    call.say(
        "source_checked",
        outcome=Outcome(found.outcome),
        url=found.url,
        title=found.title or None,
        count=len(found.entries),
    )
    call.table(
        ["published", "title", "url"],
        [[call.short(entry.published), entry.title, entry.url] for entry in found.entries],
    )
    for problem in problems:
        call.tell(f"  {problem['message']}")
    for n, feed in enumerate(found.feeds, 1):
        call.say("source_feed", n=n, url=feed.url, title=feed.title)
    if found.selectors:
        call.say("source_inferable", url=found.url)
    return 0 if found.outcome == "fetched" else 1


@command()
@argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@option("--dry-run", is_flag=True)
@pass_call
def import_(call: Call, file: Path | None, *, dry_run: bool) -> None:
    from curator.ingest.usecases import import_sources, read_opml, read_starter, would_import

    if file is None:
        listed = read_starter(_text(call.newsroom.folder / "config/sources.toml"))
    else:
        listed = read_opml(sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes())
    done = would_import(call.store, listed) if dry_run else import_sources(call.store, listed, now=call.now)
    added, skipped, refused = done.added, done.skipped, done.refused
    call.emit(
        {
            "added": added,
            "skipped": skipped,
            "refused": [
                {
                    "line": line.line,
                    "url": masked(line.url),
                    "why": line.why,
                    "message": call.messages.error(line.why, {"url": line.url}),
                }
                for line in refused
            ],
            **({"dry_run": True} if dry_run else {}),
        }
    )
    said = "sources_would_import" if dry_run else "sources_imported"
    call.say(said, added=added, skipped=skipped, refused=len(refused))
    for line in refused:
        why = call.messages.error(line.why, {"url": line.url})
        call.say("source_line_refused", line=line.line, why=why)


@command()
@pass_call
def export(call: Call) -> None:
    from curator.ingest.usecases import export_opml

    opml = export_opml(call.store, title=call.settings.default_edition.title).decode()
    if call.as_json:
        with call.store.read() as tx:
            total, found = tx.sources.find(limit=None)
        sources = [views.source(source, call.messages) for source in found]
        call.emit({"total": total, "sources": sources, "opml": opml})
    call.tell(opml.rstrip("\n"))


def _selectors(said: tuple[str, ...]) -> dict[str, str]:
    """`FIELD=CSS` as typed; CSS may have further signs of equality."""
    found = {}
    for each in said:
        field, sign, selector = each.partition("=")
        if not sign:
            raise BadInput("selector_form", given=each[:200])
        found[field.strip()] = selector
    return found


def _added(call: Call, source: Source) -> None:
    call.say("source_added", id=source.id, name=source.name, kind=source.kind, url=source.url)


def _previews(told: Followed) -> list[views.View]:
    """The first entries of a page, as its selectors find them."""
    return [
        {
            "title": entry.title,
            "url": entry.url,
            "published": instant(entry.published),
            "image": entry.image.url if entry.image else None,
            "teaser": _line(entry) or None,
        }
        for entry in told.preview[:PREVIEWED]
    ]


def _line(entry: ParsedEntry) -> str:
    from curator.text import plain

    return " ".join(plain(entry.html).split())


def _preview(call: Call, told: Followed) -> None:
    call.table(
        ["published", "title", "link", "picture", "teaser"],
        [
            [
                call.short(entry.published),
                entry.title,
                entry.url,
                entry.image and entry.image.url,
                _line(entry),
            ]
            for entry in told.preview[:PREVIEWED]
        ],
    )
    call.say("source_preview", id=told.source.id, selectors=_read_so(call, views.selectors(told.source)))


def _read_so(call: Call, selectors: views.View | None) -> str:
    """The selectors that `--selector` sets; how many entries they found is no selector."""
    if selectors is None:
        return call.messages.in_words(None)
    said = call.messages.in_words({field: each for field, each in selectors.items() if field != "seen"})
    return (
        f"{said} {call.messages.say('selectors_found', n=selectors['seen'])}" if "seen" in selectors else said
    )


def _answer(call: Call, view: views.View) -> None:
    """Everything known of one source, a line for each."""
    call.emit(view)
    for key, value in view.items():
        spoken = key in ("last_error", "alert", "push") and value
        said = value["message"] if spoken else call.messages.in_words(value)
        if key == "selectors":
            said = _read_so(call, value)
        if key == "problems":
            said = " ".join(problem["message"] for problem in value) or "–"
        call.tell(f"{key:16} {said}")


def _unstored(entry: ParsedEntry) -> views.View:
    """ENTRY of something that was only looked at."""
    return {
        "id": None,
        "source": None,
        "guid": entry.guid,
        "url": entry.url,
        "title": entry.title,
        "language": entry.language,
        "language_confidence": None,
        "declared_language": entry.language,
        "authors": list(entry.authors),
        "published": instant(entry.published),
        "updated": instant(entry.updated),
        "first_seen": None,
        "html": entry.html,
        "cleared_at": None,
        "revision": None,
    }


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadInput("file_not_utf8", path=str(path), at=error.start) from error
