"""The JSON shapes that scripts rely on: every key always there, what is unknown is null."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from curator import merging, rights
from curator.errors import CuratorError
from curator.faces.cli.plain import instant, unlocked
from curator.faces.messages import Messages
from curator.model import (
    Alert,
    Attribution,
    Comment,
    Commentary,
    Entry,
    Event,
    Excerpt,
    HubSubscription,
    Image,
    Imported,
    Page,
    Permission,
    Problem,
    Publication,
    Sibling,
    Source,
    SourceStatus,
    Status,
    Subscriber,
)
from curator.model.credentials import masked
from curator.review import still_machine
from curator.settings import Edition, Settings

if TYPE_CHECKING:
    from curator.curate.comparison import Change
    from curator.curate.dossier import Dossier
    from curator.quotation import Measured
    from curator.store.yields import Yield

View = dict[str, Any]


def problem(problem: Problem, messages: Messages) -> View:
    return {
        "code": problem.code,
        "field": problem.field,
        "message": messages.problem(problem),
        "waivable": problem.waivable,
        "blocks": problem.blocks,
        "start": problem.data.get("start"),
        "end": problem.data.get("end"),
        "suggestion": problem.data.get("suggestion"),
    }


def error(error: CuratorError, messages: Messages) -> View:
    data = unlocked(error.data)
    if "problems" in data:
        data["problems"] = [problem(each, messages) for each in data["problems"]]
    return {"code": error.reason, "message": messages.error(error.reason, error.data), "data": data}


def source(source: Source, messages: Messages) -> View:
    asked = source.status is SourceStatus.ACTIVE
    return {
        "id": source.id,
        "url": masked(source.url),
        "name": source.name,
        "kind": source.kind,
        "status": source.status,
        "language": source.language,
        "tags": list(source.tags),
        "license": source.license,
        "max_words": source.max_words,
        "max_share": source.policy.max_share,
        "full_text_permission": permission(source.policy.permission),
        "interval": int(source.interval.total_seconds() // 60) if source.interval else None,
        "home_url": source.home_url and masked(source.home_url),
        "full_text": source.policy.full_text,
        "selectors": selectors(source),
        "due_at": instant(source.due_at) if asked else None,
        "failures": source.failures,
        "last_outcome": source.last_outcome,
        "last_error": failure(source.last_error, messages, of=source.id),
        "problems": problems_of(source.problems, messages, of=source.id),
        "last_fetched_at": instant(source.last_fetched_at),
        "last_success_at": instant(source.last_success_at),
        "unverified": source.unverified,
        "added_at": instant(source.added_at),
        "due_because": source.due_because if asked else None,
        "moved_to": source.moved_to and masked(source.moved_to),
        "alert": alert(source, messages),
        "successor_url": source.successor_url and masked(source.successor_url),
    }


def permission(recorded: Permission | None) -> View | None:
    """Who let us repeat texts whole, as an editor put it on record."""
    if recorded is None:
        return None
    return {"text": recorded.text, "by": recorded.by, "at": instant(recorded.at)}


def push(told: HubSubscription | None, messages: Messages) -> View | None:
    """What the source's hub and we have agreed upon; not its callback, which is a capability."""
    if told is None:
        return None
    data = {"host": urlsplit(told.hub_url).hostname, "until": told.lease_until}
    return {
        "state": told.state,
        "hub_url": told.hub_url,
        "topic_url": told.topic_url and masked(told.topic_url),
        "lease_until": instant(told.lease_until),
        "last_push_at": instant(told.last_push_at),
        "pushes": told.pushes,
        "refused": told.refused,
        "error": failure(told.last_error, messages),
        "message": messages.say(f"push_{told.state}", **data),
    }


def selectors(source: Source) -> View | None:
    """In the order in which an entry is read; a database keeps its own."""
    stored = source.policy.selectors or {}
    order = ("item", "title", "link", "date", "picture", "teaser", "seen")
    return {field: stored[field] for field in order if field in stored} or None


def yielding(followed: Source, of: Yield, messages: Messages) -> View:
    """SOURCE with what following it brings."""
    return {
        **source(followed, messages),
        "seen_per_week": of.seen,
        "published_per_week": of.published,
    }


def alert(source: Source, messages: Messages) -> View | None:
    """The open incident: `{code, since, message}`."""
    if source.alert is None:
        return None
    return {
        "code": source.alert.code,
        "since": instant(source.alert.since),
        "message": incident(source.alert, messages),
    }


def incident(alert: Alert, messages: Messages) -> str:
    data = {**alert.data, "since": alert.since}
    return messages.say(f"incident_{alert.code}", **data)


def problems_of(problems: Iterable[Problem], messages: Messages, *, of: int) -> list[View]:
    """What was wrong with a source's document. `of`: the source, for sentences that say what to type."""
    named = (replace(each, data={"id": of, **each.data}) for each in problems)
    return [{"code": each.code, "message": messages.problem(each)} for each in named]


def failure(error: Mapping[str, Any] | None, messages: Messages, *, of: int | None = None) -> View | None:
    """A stored fetch or read failure: `{code, message}` as `Failed` and `Unreadable` left it.

    `of`: the id of what it happened to, for sentences that say what to type.
    """
    if not error:
        return None
    code = str(error.get("code", "error"))
    data = error.get("data")
    known: Mapping[str, Any] = {} if of is None else {"id": of}
    said = data if isinstance(data, Mapping) else {}
    return {"code": code, "message": messages.error(code, {**known, **said})}


def entry(entry: Entry, *, html: bool = True) -> View:
    """`html=False` leaves the text out where a list would carry megabytes."""
    return {
        "id": entry.id,
        "source": entry.source_id,
        "guid": entry.guid,
        "url": entry.url,
        "title": entry.title,
        "language": entry.language,
        "language_confidence": entry.language_confidence,
        "declared_language": entry.declared,
        "authors": list(entry.authors),
        "published": instant(entry.published),
        "updated": instant(entry.updated),
        "first_seen": instant(entry.first_seen),
        "html": entry.html if html else None,
        "cleared_at": None if entry.html else instant(entry.cleared_at),
        "revision": entry.revision,
    }


def page(page: Page) -> View:
    """An entry's own page as fetched; its text is ENTRY's `html` where it says more than the feed."""
    from curator.text import plain  # no other view needs what cleans

    article = page.article
    return {
        "revision": page.n,
        "fetched_at": instant(page.fetched_at),
        "url": article.url,
        "title": article.title,
        "authors": list(article.authors),
        "language": article.language,
        "published": instant(article.published),
        "license": article.license,
        "publisher": article.publisher,
        "opt_outs": list(article.opt_outs),
        "image": image(article.image),
        "words": len(plain(article.html).split()),
    }


def change(change: Change) -> View:
    pieces = [{"kind": piece.kind, "text": piece.text} for piece in change.pieces]
    return {"field": change.field, "from": change.old, "to": change.new, "pieces": pieces}


def attribution(attribution: Attribution) -> View:
    return {
        "title": attribution.title,
        "authors": list(attribution.authors),
        "publisher": attribution.publisher,
        "url": attribution.url,
        "license": attribution.license,
    }


def excerpt(excerpt: Excerpt | None) -> View | None:
    if excerpt is None:
        return None
    return {
        "html": excerpt.html,
        "text": excerpt.text,
        "language": excerpt.language,
        "words": excerpt.words,
        "truncated": excerpt.truncated,
    }


def quotation(measured: Measured) -> View:
    """How much of the original is quoted, and how much may be; null: all of it, or nobody knows."""
    return {
        "words": measured.words,
        "original_words": measured.original,
        "share": measured.share,
        "most_words": measured.most,
        "full_text_permission": permission(measured.permission),
    }


def image(image: Image | None) -> View | None:
    return None if image is None else {"url": image.url, "alt": image.alt, "credit": image.credit}


def item_image(dossier: Dossier, settings: Settings, messages: Messages) -> View | None:
    """The picture with its rights, and how readers would get it at the next publish."""
    image, asked = dossier.item.image, dossier.picture
    if image is None:
        return None
    obstacle = rights.obstacle(image, licenses=settings.pictures.licenses)
    copy = asked.copy if asked else None
    return {
        "url": image.url,
        "alt": image.alt,
        "credit": image.credit,
        "license": image.license,
        "permission": image.permission,
        "named_in": image.named_in,
        "shown": "picture" if copy and not obstacle else "link",
        "link_because": problem(obstacle, messages) if obstacle else None,
        "copy": {
            "digest": copy.digest,
            "type": copy.media_type,
            "width": copy.width,
            "height": copy.height,
            "length": copy.length,
        }
        if copy
        else None,
        "copy_error": failure(asked.error, messages, of=dossier.item.id) if asked else None,
    }


def item(dossier: Dossier, *, edition: Edition, settings: Settings, messages: Messages) -> View:
    """ITEM as one edition sees it."""
    item = dossier.item
    commentary = item.commentaries.get(edition.key)
    keys = sorted({edition.key, *item.commentaries, *(p.edition for p in dossier.publications)})
    editions = {key: _in_edition(dossier, key, settings) for key in keys}
    here = editions[edition.key]
    source = dossier.source
    return {
        "id": item.id,
        "status": here["status"],
        "version": item.version,
        "editor": item.editor,
        "claimed_until": instant(item.claimed_until),
        "assignee": item.assignee,
        "source": {"id": source.id, "name": source.name, "url": masked(source.url)} if source else None,
        "entry": entry(dossier.entry) if dossier.entry else None,
        "page": page(dossier.page) if dossier.page else None,
        "page_error": failure(dossier.page_failure, messages, of=item.id),
        "edition": edition.key,
        "language": commentary.language if commentary else edition.language,
        "headline": here["headline"],
        "note": here["note"],
        "excerpt": excerpt(item.excerpt),
        "quotation": quotation(dossier.quotation(settings)) if item.excerpt else None,
        "attributions": [attribution(each) for each in item.attributions],
        "image": item_image(dossier, settings, messages),
        "tags": list(item.tags),
        "suggestions": list(_suggestions(dossier, settings)),
        "machine": _machine(commentary),
        "duplicates": [sibling.item_id for sibling in dossier.siblings],
        "siblings": [_sibling(each, edition.key) for each in dossier.siblings],
        "comments": [comment(each) for each in dossier.comments],
        "already_published": _already(dossier.already_published(edition.key), edition.key),
        "correction": _correction(dossier, edition, settings),
        "source_changed": dossier.source_changed,
        "imported": imported(dossier.imports),
        "waivers": [
            {"code": waiver.code, "reason": waiver.reason, "editor": waiver.editor}
            for waiver in item.waivers
            if waiver.edition == edition.key
        ],
        "problems": [problem(each, messages) for each in dossier.reviewed(edition, settings)],
        "publish_at": here["publish_at"],
        "published_at": here["published_at"],
        "updated_at": here["updated_at"],
        "public": here["public"],
        "editions": editions,
    }


def imported(imports: Sequence[Imported]) -> View | None:
    """Of what an item was made, what says most first, and how sure each field was; null: of no blog."""
    if not imports:
        return None
    said = merging.merged(imports)
    lost = said.lost_picture
    return {
        "originals": [original(each) for each in sorted(imports, key=merging.best)],
        "confidence": dict(said.confidence),
        "lost_picture": {"file_name": lost.file_name, "credit": lost.credit, "alt": lost.alt}
        if lost
        else None,
    }


def original(told: Imported) -> View:
    return {
        "form": told.form,
        "place": told.place,
        "permalink": told.permalink,
        "guid": told.guid,
        "published": instant(told.published),
        "at": instant(told.at),
        "changed": instant(told.changed_at) if told.changed else None,
    }


def _in_edition(dossier: Dossier, key: str, settings: Settings) -> View:
    commentary = dossier.item.commentaries.get(key)
    publication = dossier.publication(key)
    dated = publication if publication and not publication.undated else None
    return {
        "headline": commentary.headline if commentary else None,
        "note": commentary.note if commentary else None,
        "status": dossier.item.status_in(key),
        "publish_at": instant(commentary.publish_at) if commentary else None,
        # Of what nobody knows the date of, the store has one to sort it by.
        "published_at": instant(dated.published_at) if dated else None,
        "updated_at": instant(dated.updated_at) if dated else None,
        "public": _public(publication, settings) if publication else None,
    }


def _correction(dossier: Dossier, edition: Edition, settings: Settings) -> View | None:
    """Where readers of the edition still have another text: which, and what theirs waits for."""
    public = dossier.publication(edition.key)
    said = dossier.item.commentaries.get(edition.key)
    out = dossier.item.status_in(edition.key) is Status.PUBLISHED
    if public is None or said is None or not out or not dossier.correction_pending(edition.key):
        return None
    waits_for = "approval" if dossier.waiting(edition.key, settings) else "publish"
    return {"waits_for": waits_for, "readers_have": public.content.headline}


def _public(publication: Publication, settings: Settings) -> View:
    from curator.publish.site import site_of

    edition = settings.editions.get(publication.edition)
    site = site_of(settings, edition) if edition else None
    return {"url": site.item_url(publication) if site else None, "atom_id": publication.atom_id}


def _sibling(sibling: Sibling, edition: str) -> View:
    return {
        "item": sibling.item_id,
        "source": {"id": sibling.source_id, "name": sibling.source_name} if sibling.source_id else None,
        "title": sibling.title,
        "url": sibling.url,
        "status": sibling.status_in(edition),
        "published_at": instant(sibling.published_at.get(edition)),
    }


def _already(sibling: Sibling | None, edition: str) -> View | None:
    if sibling is None:
        return None
    return {"item": sibling.item_id, "at": instant(sibling.published_at[edition])}


def _machine(commentary: Commentary | None) -> list[View]:
    """Of which fields the words began as an engine's, and whether an editor has made them hers."""
    said = commentary.suggested if commentary else {}
    return [
        {"field": field, "engine": machine.engine, "edited": not still_machine(commentary, field)}
        for field, machine in sorted(said.items())
        if commentary
    ]


def _suggestions(dossier: Dossier, settings: Settings) -> Iterator[View]:
    from curator.curate import suggesting

    stale = suggesting.stale(dossier, settings)
    for each in dossier.suggestions:
        yield {
            "field": each.field,
            "text": each.text,
            "html": each.html,
            "language": each.language,
            "engine": each.engine,
            "at": instant(each.at),
            "stale": each in stale,
        }


def comment(comment: Comment) -> View:
    return {"editor": comment.editor, "at": instant(comment.at), "text": comment.text}


def event(event: Event) -> View:
    return {
        "id": event.id,
        "at": instant(event.at),
        "editor": event.editor,
        "item": event.item_id,
        "edition": event.edition,
        "move": event.move,
        "version": event.version,
        "before": dict(event.before),
        "after": dict(event.after),
        "reason": event.reason,
    }


def subscriber(subscriber: Subscriber) -> View:
    return {"email": subscriber.email, "edition": subscriber.edition, "status": subscriber.status}
