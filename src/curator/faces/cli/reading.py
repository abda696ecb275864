"""`poll` and `entries`: what sources say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curator.errors import StoreError
from curator.faces.cli import views
from curator.faces.cli.call import Call
from curator.faces.cli.grammar import argument, command, limits, option, pass_call
from curator.model import Outcome
from curator.model.credentials import masked

if TYPE_CHECKING:
    from curator.ingest.usecases import Poll, Polled


@command()
@argument("ids", nargs=-1, type=int, metavar="[ID...]")
@option("--all", "everything", is_flag=True)
@option("--no-enrich", is_flag=True)
@pass_call
def poll(call: Call, ids: tuple[int, ...], *, everything: bool, no_enrich: bool) -> None:
    from curator.edges.process import is_gone, this_worker
    from curator.faces.clock import utcnow
    from curator.ingest.articles import fetch_articles
    from curator.ingest.polling import poll as poll_sources

    with call.progress("poll_working") as told:
        done = poll_sources(
            call.store,
            call.web,
            call.newsroom.readers,
            source_ids=ids or None,
            everything=everything,
            settings=call.settings,
            worker=this_worker(),
            is_gone=is_gone,
            clock=utcnow,
            told=told,
        )
    with call.progress("pages_working"):
        pages = fetch_articles(call.store, call.web, call.newsroom.readers, clock=utcnow)
        entries, joined = (0, 0) if no_enrich else enriched(call)
    call.emit(
        poll_view(call, done)
        | {
            "pages": {"fetched": pages.fetched, "failed": pages.failed},
            "enriched": {"entries": entries, "joined": joined},
        }
    )
    call.table(
        ["source", "outcome", "http", "new", "revised", "url", "why"],
        [
            [
                each.source,
                Outcome(each.outcome),
                each.http_status,
                each.new,
                each.revised,
                each.url,
                _why(call, each),
            ]
            for each in done.results
        ],
    )
    for each in done.results:
        if each.raised is not None:
            call.say("source_alert", id=each.source, why=views.incident(each.raised, call.messages))
        if each.ended is not None:
            call.say("source_all_clear", id=each.source, since=each.ended.since)
    call.say(
        "polled" if done.sources else "polled_nothing",
        count=done.sources,
        fetched=done.fetched,
        not_modified=done.not_modified,
        failed=done.failed,
        gone=done.gone,
        new=done.new,
        revised=done.revised,
    )
    if pages.fetched or pages.failed:
        call.say("pages_fetched", fetched=pages.fetched, failed=pages.failed)
    if joined:
        call.say("poll_joined", count=joined)
    if done.busy:
        call.note("poll_busy", count=done.busy)


def enriched(call: Call) -> tuple[int, int]:
    """How many entries were looked at, and how many joined others."""
    with call.store.read() as tx:
        if not tx.enrichment.is_due():
            return 0, 0  # most polls bring nothing: the model that knows languages takes a second to load
    from curator.faces.clock import utcnow
    from curator.ingest.enriching import enrich

    try:
        done = enrich(call.store, clock=utcnow)
    except StoreError as error:
        # What was polled is stored and said; the rest waits for the next poll, or for the service.
        call.note("enrich_waits", cause=call.messages.error(error.reason, error.data))
        return 0, 0
    return done.entries, done.joined


def poll_view(call: Call, done: Poll) -> views.View:
    return {
        "sources": done.sources,
        "fetched": done.fetched,
        "not_modified": done.not_modified,
        "failed": done.failed,
        "gone": done.gone,
        "new": done.new,
        "revised": done.revised,
        "busy": done.busy,
        "results": [
            {
                "source": each.source,
                "url": masked(each.url),
                "outcome": each.outcome,
                "http_status": each.http_status,
                "new": each.new,
                "revised": each.revised,
                "error": views.failure(each.error, call.messages, of=each.source),
                "problems": views.problems_of(each.problems, call.messages, of=each.source),
            }
            for each in done.results
        ],
    }


def _why(call: Call, polled: Polled) -> str | None:
    failure = views.failure(polled.error, call.messages, of=polled.source)
    return failure["message"] if failure else None


@command()
@option("--source", "source_id", type=int, metavar="ID")
@limits
@pass_call
def entries(call: Call, source_id: int | None, limit: int, offset: int) -> None:
    with call.store.read() as tx:
        if source_id is not None:
            tx.sources.get(source_id)
        total, found = tx.entries.find(source_id=source_id, limit=limit, offset=offset)
    call.emit({"total": total, "entries": [views.entry(entry) for entry in found]})
    call.table(
        ["id", "source", "published", "language", "title", "url"],
        [[e.id, e.source_id, call.short(e.published), e.language, e.title, e.url] for e in found],
    )
    call.page_note(shown=len(found), offset=offset, total=total)
