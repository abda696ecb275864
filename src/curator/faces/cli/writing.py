"""`write`: an editor's words from options, or from a file in the editor's own program."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from curator.curate import dossier as dossiers
from curator.curate import usecases as curate
from curator.curate.dossier import Dossier
from curator.curate.manuscript import changes, complaint, manuscript
from curator.curate.writing import Writing, written
from curator.errors import BadInput, CuratorError, EditConflict, Refused
from curator.faces.cli import looking, views
from curator.faces.cli.call import Call
from curator.faces.cli.grammar import argument, command, edition_option, option, pass_call
from curator.model import Attribution, Item, Lang
from curator.settings import Edition

_PROGRAMS = ("nano", "vim", "vi")


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
@option("--waive", multiple=True, metavar="CODE=REASON")
@option("--version", type=int, metavar="N")
@option("--minor", is_flag=True)
@option("--correction", metavar="TEXT")
@edition_option
@pass_call
def write(call: Call, /, item_id: int, edition: str | None, **typed: Any) -> None:
    wanted = call.edition(edition)
    if any(value not in (None, (), False) for name, value in typed.items() if name != "version"):
        item = _save(call, item_id, _from_options(**typed), wanted)
    else:
        item = _in_program(call, item_id, wanted, version=typed["version"])
    found = dossiers.read_dossier(call.store, item.id)
    view = views.item(found, edition=wanted, settings=call.settings, messages=call.messages)
    call.emit(view)
    looking.print_item(call, view)


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
        raise click.UsageError("--note, --note-file")
    if excerpt is not None and excerpt_file is not None:
        raise click.UsageError("--excerpt, --excerpt-file")
    return Writing(
        note=_file(note_file) if note_file else note,
        excerpt=_file(excerpt_file) if excerpt_file else excerpt,
        excerpt_language=Lang(excerpt_language) if excerpt_language else None,
        tags=tags or None,
        attributions=tuple(_attribution(each) for each in attributions) or None,
        waive=dict(_waiver(each) for each in waive),
        **plain,
    )


def _save(call: Call, item_id: int, writing: Writing, edition: Edition) -> Item:
    """Save; where somebody was faster, keep this editor's text in a file and name it."""
    try:
        return curate.write(
            call.store,
            item_id,
            writing,
            by=call.editor,
            settings=call.settings,
            edition=edition,
            now=call.now,
        )
    except EditConflict as conflict:
        found = dossiers.read_dossier(call.store, item_id)
        mine = written(
            found.item,
            writing,
            entry=found.entry,
            source=found.source,
            edition=edition,
            by=call.editor.name,
        )
        draft = _draft(call, item_id, f"-{call.now:%Y%m%dT%H%M%S%f}")
        draft.write_text(manuscript(mine, edition=edition.key), encoding="utf-8")
        raise _both_texts(conflict, draft, mine, edition) from conflict


def _both_texts(conflict: EditConflict, draft: Path, mine: Item, edition: Edition) -> EditConflict:
    return EditConflict(
        item_id=mine.id,
        expected=conflict.data["expected"],
        theirs=conflict.theirs,
        draft=str(draft),
        yours=_texts(mine, edition),
        stored=_texts(conflict.theirs, edition),
    )


def _texts(item: Item, edition: Edition) -> dict[str, str | None]:
    commentary = item.commentaries.get(edition.key)
    return {
        "headline": commentary.headline if commentary else None,
        "note": commentary.note if commentary else None,
        "excerpt": item.excerpt.text if item.excerpt else None,
    }


# ── $EDITOR ─────────────────────────────────────────────────────────────────


def _in_program(call: Call, item_id: int, edition: Edition, *, version: int | None) -> Item:
    """Let the editor write in a file of the newsroom: it outlives a crash, a refusal and a conflict."""
    found = dossiers.read_dossier(call.store, item_id)
    if version is not None and version != found.item.version:
        raise EditConflict(item_id=item_id, expected=version, theirs=found.item)
    if found.item.revision is None:
        # What the source says belongs in the file: quoting starts from it.
        curate.claim(
            call.store,
            [item_id],
            by=call.editor,
            settings=call.settings,
            edition=edition,
            now=call.now,
        )
        found = dossiers.read_dossier(call.store, item_id)
    before = manuscript(found.item, edition=edition.key, hints=_hints(call, found, edition))
    draft = _draft(call, item_id)
    if draft.is_file():
        call.note("draft_resumed", path=draft)
    else:
        draft.write_text(before, encoding="utf-8")
    while True:
        shown = _read(draft)
        _run_program(call, draft)
        typed = _read(draft)
        try:
            if typed.split() == before.split():
                draft.unlink()
                call.note("write_unchanged", item=item_id)
                return found.item
            item = _save_draft(call, found.item, changes(typed, before=before), edition, draft)
        except CuratorError as error:
            if isinstance(error, EditConflict) or typed == shown or not sys.stdin.isatty():
                raise _kept(error, draft) from error
            sentence = call.messages.error(error.reason, error.data)
            draft.write_text(complaint(typed, sentence), encoding="utf-8")
            continue
        draft.unlink()
        return item


def _save_draft(call: Call, item: Item, writing: Writing, edition: Edition, draft: Path) -> Item:
    try:
        return curate.write(
            call.store,
            item.id,
            replace(writing, version=writing.version or item.version),
            by=call.editor,
            settings=call.settings,
            edition=edition,
            now=call.now,
        )
    except EditConflict as conflict:
        mine = {"headline": writing.headline, "note": writing.note, "excerpt": writing.excerpt}
        raise EditConflict(
            item_id=item.id,
            expected=conflict.data["expected"],
            theirs=conflict.theirs,
            draft=str(draft),
            yours=mine,
            stored=_texts(conflict.theirs, edition),
        ) from conflict


def _kept(error: CuratorError, draft: Path) -> CuratorError:
    """The same refusal, naming the file that holds what was typed."""
    error.data.setdefault("draft", str(draft))
    return error


def _run_program(call: Call, draft: Path) -> None:
    program = call.environ.get("VISUAL") or call.environ.get("EDITOR") or _installed(call.environ)
    try:
        ended = subprocess.run([*shlex.split(program), str(draft)], check=False)  # noqa: S603 - the editor's own choice
    except (OSError, ValueError) as error:
        raise Refused("editor_program_failed", program=program, cause=str(error), draft=str(draft)) from error
    if ended.returncode != 0:
        raise Refused("edit_aborted", program=program, status=ended.returncode, draft=str(draft))


def _installed(environ: Mapping[str, str]) -> str:
    from shutil import which

    for program in _PROGRAMS:
        if which(program, path=environ.get("PATH")):
            return program
    raise BadInput("editor_program_missing")


def _hints(call: Call, found: Dossier, edition: Edition) -> tuple[str, ...]:
    entry = found.entry
    return (
        *call.messages.say("manuscript_help", label=edition.note_label).splitlines(),
        *((f"{entry.title}", f"{entry.url or ''}") if entry else ()),
    )


def _draft(call: Call, item_id: int, suffix: str = "") -> Path:
    folder = call.newsroom.settings.newsroom / "data" / "drafts"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"item-{item_id}-{quote(call.editor.name, safe='')}{suffix}.md"


# ── what was typed ──────────────────────────────────────────────────────────


def _file(name: str) -> str:
    if name == "-":
        return _decoded(sys.stdin.buffer.read(), name)
    return _read(Path(name))


def _read(path: Path) -> str:
    return _decoded(path.read_bytes(), str(path))


def _decoded(raw: bytes, name: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput("file_not_utf8", path=name, byte=error.start) from error


def _attribution(typed: str) -> Attribution:
    known = [field.name for field in fields(Attribution)]
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
