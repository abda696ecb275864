"""Writing in the editor's own program: a file is opened, read back, and shown again until it can be read."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from curator.curate import usecases as curate
from curator.curate.dossier import Dossier
from curator.curate.manuscript import changes, complaint, manuscript
from curator.curate.writing import Writing
from curator.errors import BadInput, CuratorError, EditConflict, Refused
from curator.faces.cli import drafts
from curator.faces.cli.call import Call
from curator.model import Item
from curator.settings import Edition

_PROGRAMS = ("nano", "vim", "vi")


def write_in_program(call: Call, item_id: int, edition: Edition, *, version: int | None) -> Item:
    """Let the editor write; the item changes only when what she leaves can be saved.

    The file lies in the newsroom until then, so that no crash, refusal or
    conflict loses a word; opened again, the item goes on from it.
    """
    found = curate.opened(
        call.store, item_id, by=call.editor, settings=call.settings, edition=edition, now=call.now
    )
    if version is not None and version != found.item.version:
        raise EditConflict(item_id=item_id, expected=version, theirs=found.item)
    before = manuscript(found.item, edition=edition.key, hints=_hints(call, found, edition))
    draft = drafts.path(call, item_id)
    if draft.is_file():
        call.note("draft_resumed", path=draft)
    else:
        drafts.put(draft, before)
    while True:
        shown = drafts.read(draft)
        run_program(call, draft, untouched=before)
        typed = drafts.read(draft)
        try:
            item = _save(call, found, typed, before=before, edition=edition, draft=draft)
        except CuratorError as error:
            error.data.setdefault("draft", str(draft))
            if isinstance(error, EditConflict) or typed == shown:
                raise  # she left it as it is: the text stays in its file
            drafts.put(draft, complaint(typed, call.messages.error(error.reason, error.data)))
        else:
            draft.unlink()
            return item


def save_draft(call: Call, item_id: int, edition: Edition, *, file: Path) -> Item:
    """Save a text that was kept, as its editor has mended it; a file of ours has then done its work."""
    typed = drafts.read(file)
    found = curate.opened(
        call.store, item_id, by=call.editor, settings=call.settings, edition=edition, now=call.now
    )
    before = manuscript(found.item, edition=edition.key)
    ours = file.resolve().parent == drafts.path(call, item_id).resolve().parent
    item = _save(call, found, typed, before=before, edition=edition, draft=file if ours else None)
    if ours:
        file.unlink()
    return item


def _save(
    call: Call, found: Dossier, typed: str, *, before: str, edition: Edition, draft: Path | None
) -> Item:
    writing = changes(typed, before=before)
    if replace(writing, version=None) == Writing():
        call.note("write_unchanged", item=found.item.id)
        return found.item
    if writing.version is None:
        writing = replace(writing, version=found.item.version)
    return drafts.save(call, found.item.id, writing, edition, opened=found, draft=draft)


def run_program(call: Call, draft: Path, *, untouched: str) -> None:
    """Start the program and wait; whoever leaves it with an error, or an empty file, wants nothing saved."""
    program = call.environ.get("VISUAL") or call.environ.get("EDITOR") or _installed(call.environ)
    kept = drafts.read(draft)
    try:
        ended = subprocess.run([*shlex.split(program), str(draft)], check=False)  # noqa: S603 - her own choice
    except (OSError, ValueError) as error:
        _forget(draft, untouched)
        raise Refused("editor_program_failed", program=program, cause=str(error), draft=str(draft)) from error
    if ended.returncode == 0 and not drafts.read(draft).strip():
        drafts.put(draft, kept)
        _forget(draft, untouched)
        raise Refused("edit_emptied", draft=str(draft))
    if ended.returncode != 0:
        _forget(draft, untouched)
        raise Refused("edit_aborted", program=program, status=ended.returncode, draft=str(draft))


def _forget(draft: Path, untouched: str) -> None:
    """A file in which nobody typed is no draft."""
    if draft.is_file() and drafts.read(draft) == untouched:
        draft.unlink()


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
        *((entry.title, " · ".join((entry.url or "", *_limits(call, found)))) if entry else ()),
    )


def _limits(call: Call, found: Dossier) -> Iterator[str]:
    """What she needs to know while she quotes: how much she may, and what the page asks for."""
    measured = found.quotation(call.settings)
    if measured.most is not None:
        yield call.messages.say("manuscript_limit", most=measured.most, original=measured.original)
    if asked := found.page.article.opt_outs if found.page else ():
        yield call.messages.say("item_opt_outs", opt_outs=asked).strip()
