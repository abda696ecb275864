"""`write`: an editor's words from options, or from a file in the editor's own program."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

from curator.curate import dossier as dossiers
from curator.curate.writing import Writing
from curator.errors import BadInput, EditConflict
from curator.faces.cli import drafts, looking, views
from curator.faces.cli.call import Call
from curator.faces.cli.ending import WrongUsage
from curator.faces.cli.grammar import argument, command, edition_option, option, pass_call
from curator.faces.cli.program import save_draft, write_in_program
from curator.faces.cli.remembering import tell_before
from curator.model import Attribution, Lang, Status


@command()
@argument("item_id", type=int, metavar="ID")
@option("--headline", metavar="TEXT")
@option("--note", metavar="TEXT")
@option("--note-file", metavar="FILE")
@option("--excerpt", metavar="TEXT")
@option("--excerpt-file", metavar="FILE")
@option("--paragraphs", metavar="2-4")
@option("--no-excerpt", is_flag=True)
@option("--excerpt-language", metavar="LANG")
@option("--tag", "tags", multiple=True, metavar="TAG")
@option("--attribution", "attributions", multiple=True, metavar="JSON")
@option("--image", "image_url", metavar="URL")
@option("--no-image", is_flag=True)
@option("--credit", metavar="TEXT")
@option("--alt", metavar="TEXT")
@option("--image-license", metavar="LICENCE")
@option("--image-permission", metavar="TEXT")
@option("--waive", multiple=True, metavar="CODE=REASON")
@option("--draft", metavar="FILE")
@option("--version", type=int, metavar="N")
@option("--minor", is_flag=True)
@option("--correction", metavar="TEXT")
@edition_option
@pass_call
def write(call: Call, /, item_id: int, edition: str | None, draft: str | None, **typed: Any) -> None:
    wanted = call.edition(edition)
    given = [name for name, value in typed.items() if value not in (None, (), False)]
    try:
        if draft is not None:
            if given:
                raise WrongUsage("usage_not_together", "--draft", f"--{given[0].replace('_', '-')}")
            item = save_draft(call, item_id, wanted, file=Path(draft))
        elif given not in ([], ["version"]):
            item = drafts.save(call, item_id, _from_options(**typed), wanted)
        else:
            item = write_in_program(call, item_id, wanted, version=typed["version"])
    except EditConflict as refusal:
        drafts.tell_clashes(call, refusal)
        raise
    found = dossiers.read_dossier(call.store, item.id)
    public = item.status_in(wanted.key) is Status.PUBLISHED
    if public and call.settings.review.two_person and found.correction_pending(wanted.key):
        call.note("correction_waits", item=item.id)
    view = views.item(found, edition=wanted, settings=call.settings, messages=call.messages)
    call.emit(view)
    looking.print_item(call, view)


@command()
@argument("url")
@option("--text-file", metavar="FILE")
@edition_option
@pass_call
def clip(call: Call, url: str, text_file: str | None, edition: str | None) -> None:
    from curator.curate.usecases import take_up
    from curator.faces.cli.reading import enriched
    from curator.ingest.clipping import clip

    wanted, editor = call.edition(edition), call.editor
    saved = drafts.given(text_file) if text_file is not None else None
    web, readers = call.web, call.newsroom.readers
    clipped = clip(call.store, web, readers, url=url, saved=saved, now=call.now)
    if not clipped.is_new:
        was = dossiers.read_dossier(call.store, clipped.item_id).item.status_in(wanted.key)
        call.note("clip_known", item=clipped.item_id, status=was)
    item = take_up(
        call.store, clipped.item_id, by=editor, settings=call.settings, edition=wanted, now=call.now
    )
    if clipped.is_new:
        enriched(call)  # the same story may be here already, told by somebody else
    found = dossiers.read_dossier(call.store, item.id)
    view = views.item(found, edition=wanted, settings=call.settings, messages=call.messages)
    call.emit(view)
    looking.print_item(call, view)
    tell_before(call, [item.id], edition=wanted)


def _from_options(
    *,
    note: str | None,
    note_file: str | None,
    excerpt: str | None,
    excerpt_file: str | None,
    tags: tuple[str, ...],
    attributions: tuple[str, ...],
    waive: tuple[str, ...],
    excerpt_language: str | None,
    **plain: Any,
) -> Writing:
    if note is not None and note_file is not None:
        raise WrongUsage("usage_not_together", "--note", "--note-file")
    if excerpt is not None and excerpt_file is not None:
        raise WrongUsage("usage_not_together", "--excerpt", "--excerpt-file")
    return Writing(
        note=drafts.given(note_file) if note_file else note,
        excerpt=drafts.given(excerpt_file) if excerpt_file else excerpt,
        excerpt_language=Lang(excerpt_language) if excerpt_language else None,
        tags=tags or None,
        attributions=tuple(_attribution(each) for each in attributions) or None,
        waive=dict(_waiver(each) for each in waive),
        **plain,
    )


# ── what was typed ──────────────────────────────────────────────────────────


def _attribution(typed: str) -> Attribution:
    known = [field.name for field in fields(Attribution)]
    if re.match(r"https?://", typed):
        return Attribution(title=None, publisher=None, url=typed)
    try:
        given = json.loads(typed)
    except ValueError as error:
        raise BadInput("attribution_not_json", given=typed[:80], cause=str(error)) from error
    if not isinstance(given, dict):
        raise BadInput("attribution_not_json", given=typed[:80], cause=type(given).__name__)
    if unknown := sorted(given.keys() - set(known)):
        raise BadInput("attribution_key_unknown", key=unknown[0], known=known)
    authors = given.get("authors") or []
    texts = {name: given.get(name) for name in known if name != "authors"}
    names = [authors] if isinstance(authors, str) else authors
    if not isinstance(names, list) or not _all_texts(names) or not _all_texts(texts.values(), none=True):
        raise BadInput("attribution_not_json", given=typed[:80], cause="text expected")
    return Attribution(authors=tuple(names), **texts)


def _all_texts(values: Iterable[object], *, none: bool = False) -> bool:
    return all(isinstance(value, str) or (none and value is None) for value in values)


def _waiver(typed: str) -> tuple[str, str]:
    code, equals, reason = typed.partition("=")
    if not equals or not reason.strip():
        raise BadInput("waiver_without_reason", given=typed)
    return code.strip(), reason.strip()
