"""`issue edit`: what an editor decides about the next issue, from options or in the editor's own program."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from curator.curate.manuscript import complaint
from curator.errors import ArrangementConflict, BadInput, CuratorError, StoreError
from curator.faces.cli import drafts
from curator.faces.cli.call import Call
from curator.faces.cli.ending import WrongUsage
from curator.faces.cli.grammar import Command, command, edition_option, option, pass_call
from curator.faces.cli.program import run_program
from curator.publish.arranging import Changes, arranged
from curator.publish.drafting import Draft, draft_issue, edit_issue
from curator.publish.sheet import changes, sheet
from curator.settings import Edition

_ID = re.compile(r"[0-9]{1,9}")
_LISTS = ("--order", "--pin", "--hold", "--drop", "--take-back")


class Edit(Command):
    """Takes `--order 12 15 --drop 13`: the numbers behind an option are its own. `12,15` is as good."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        joined: list[str] = []
        inside = 0  # how many words of the list that we are in have come
        for word in args:
            if inside > 1 and _ID.fullmatch(word):
                joined[-1] += f",{word}"
            else:
                inside = 1 if word in _LISTS else inside + 1 if inside == 1 else 0
                joined.append(word)
        return super().parse_args(ctx, joined)


@command(cls=Edit)
@option("--subject", metavar="TEXT")
@option("--intro", metavar="TEXT")
@option("--intro-file", metavar="FILE")
@option("--order", multiple=True, metavar="ID")
@option("--pin", multiple=True, metavar="ID")
@option("--hold", multiple=True, metavar="ID")
@option("--drop", multiple=True, metavar="ID")
@option("--take-back", multiple=True, metavar="ID")
@option("--version", type=int, metavar="N")
@edition_option
@pass_call
def edit(call: Call, /, edition: str | None, **typed: Any) -> None:
    from curator.faces.cli.issue_words import answer_draft

    wanted = call.edition(edition)
    given = [name for name, value in typed.items() if value not in (None, ())]
    try:
        if given in ([], ["version"]):
            draft = _in_program(call, wanted, version=typed["version"])
        else:
            draft = _save(call, _from_options(**typed), wanted)
    except ArrangementConflict as refusal:
        _tell_clashes(call, refusal)
        raise
    answer_draft(call, draft)


def _from_options(
    *, intro: str | None, intro_file: str | None, order: tuple[str, ...], version: int | None, **typed: Any
) -> Changes:
    if intro is not None and intro_file is not None:
        raise WrongUsage("usage_not_together", "--intro", "--intro-file")
    items = {name: _ids(typed[name], name) for name in ("pin", "hold", "drop", "take_back")}
    return Changes(
        subject=typed["subject"],
        intro=drafts.given(intro_file) if intro_file else intro,
        order=_ids(order, "order") or None,
        version=version,
        **items,
    )


def _ids(typed: tuple[str, ...], name: str) -> tuple[int, ...]:
    words = [word for each in typed for word in each.replace(",", " ").split()]
    if wrong := [word for word in words if not _ID.fullmatch(word)]:
        raise WrongUsage("usage_ids", f"--{name.replace('_', '-')}", wrong[0])
    return tuple(dict.fromkeys(map(int, words)))


# ── in her own program ──


def _in_program(call: Call, edition: Edition, *, version: int | None) -> Draft:
    """Let the editor arrange; the draft changes only when what she leaves can be saved.

    The file lies in the newsroom until then: no crash, refusal or conflict loses a word.
    """
    found = draft_issue(call.store, call.settings, edition=edition, now=call.now)
    if version is not None and version != found.arranged.version:
        raise ArrangementConflict(edition=edition.key, expected=version, theirs=found.arranged)
    before = _sheet(call, found)
    kept = _path(call, edition)
    if kept.is_file():
        call.note("draft_resumed", path=kept)
    else:
        drafts.put(kept, before)
    while True:
        shown = drafts.read(kept)
        run_program(call, kept, untouched=before)
        typed = drafts.read(kept)
        try:
            made = changes(typed, before=before)
            if made.version is None:
                made = replace(made, version=found.arranged.version)
            draft = _save(call, made, edition, kept=kept)
        except CuratorError as error:
            error.data.setdefault("draft", str(kept))
            if isinstance(error, ArrangementConflict) or typed == shown:
                raise  # she left it as it is: the text stays in its file
            drafts.put(kept, complaint(typed, call.messages.error(error.reason, error.data)))
        else:
            kept.unlink()
            return draft


def _save(call: Call, made: Changes, edition: Edition, *, kept: Path | None = None) -> Draft:
    """Save; where somebody was faster, refuse and keep her text on top of what stands now, in a file."""
    try:
        return edit_issue(call.store, call.settings, made, edition=edition, by=call.editor, now=call.now)
    except ArrangementConflict as refusal:
        refusal.data |= {
            "yours": {"subject": made.subject, "intro": made.intro},
            "stored": {
                "subject": refusal.theirs.arrangement.subject,
                "intro": refusal.theirs.arrangement.intro,
            },
        }
        _keep(call, refusal, made, edition, kept=kept)
        raise
    except StoreError as error:
        if kept is None and (made.subject or made.intro):
            _keep(call, error, made, edition, kept=None)
        raise


def _keep(call: Call, error: CuratorError, made: Changes, edition: Edition, *, kept: Path | None) -> None:
    with suppress(StoreError, BadInput):  # what cannot be read, or put together, stays as she typed it
        stands = draft_issue(call.store, call.settings, edition=edition, now=call.now)
        mine = arranged(stands.arrangement, made)
        text = _sheet(call, replace(stands, arranged=replace(stands.arranged, arrangement=mine)))
        file = kept or _path(call, edition)
        if kept is None and file.is_file():
            file = drafts.of_editor(call, f"issue-{edition.key}", f"-{call.now:%Y%m%dT%H%M%S%f}")
        error.data["draft"] = str(file)
        said = [call.messages.error(error.reason, error.data), *_theirs(call, error)]
        marked = "".join(f"#! {line}\n" for each in said for line in each.splitlines())
        drafts.put(file, marked + text)


def _theirs(call: Call, error: CuratorError) -> list[str]:
    """What stands now where she wrote something else, to be brought together by her."""
    if not isinstance(error, ArrangementConflict):
        return []
    yours, stored = error.data["yours"], error.data["stored"]
    differing = [
        name for name in stored if yours[name] is not None and stored[name] not in (None, yours[name])
    ]
    return [call.messages.say(f"sheet_{name}_now", text=stored[name]) for name in differing]


def _tell_clashes(call: Call, refusal: ArrangementConflict) -> None:
    if "yours" in refusal.data:
        for said in _theirs(call, refusal):
            call.tell(said)


def _path(call: Call, edition: Edition) -> Path:
    return drafts.of_editor(call, f"issue-{edition.key}")


def _sheet(call: Call, draft: Draft) -> str:
    said = call.messages.say("sheet_help", proposed=draft.proposed, number=draft.issue.number)
    return sheet(
        draft.arrangement,
        {p.item_id: p.content.headline for p in draft.waiting},
        version=draft.arranged.version,
        hints=said.splitlines(),
    )
