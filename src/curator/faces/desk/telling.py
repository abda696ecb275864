"""What the desk says around the texts: the head of the reader, the state of an item, differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path

from textual.content import Content

from curator.curate import suggesting
from curator.curate.comparison import Change, Kind, Piece
from curator.curate.imported import Kept
from curator.faces.desk import preview
from curator.faces.desk.form import FIELDS, Form
from curator.faces.desk.keys import KEYS, LIST, READER, TYPING
from curator.faces.desk.meanwhile import Clashing, Meanwhile
from curator.faces.desk.work import Opened, Work
from curator.faces.messages import Messages, printable
from curator.model import Sibling

_MARKS = {Kind.SAME: ("", ""), Kind.REMOVED: ("[-", "-]"), Kind.ADDED: ("{+", "+}")}
_WORDS = frozenset({"enter", "space", "backspace"})
MOST_COMMENTS = 3
"""Of an item, the newest; all of them are in its history."""
_LOOKS = {Kind.SAME: "", Kind.REMOVED: "$error strike", Kind.ADDED: "bold $success"}


def head(work: Work, opened: Opened) -> list[tuple[str, str]]:
    """Lines above the text that is read, each with its style."""
    dossier, messages = opened.dossier, work.messages
    entry, source = dossier.entry, dossier.source
    if opened.original is not None:
        return list(_original(work, opened, opened.original))
    if entry is None:
        return [(messages.say("item_without_entry", item=opened.item.id), "faint")]
    said = [(entry.title, "head")]
    by = ", ".join(entry.authors)
    when = work.messages.when(entry.published or entry.first_seen)
    name = source.name if source else None
    said.append((" · ".join(filter(None, [name, by, when, entry.language])), "faint"))
    said.append((entry.url or "", "faint"))
    said += [(_sibling(work, each), "faint") for each in dossier.siblings]
    if dossier.already_published(work.edition.key):
        said.append((messages.say("desk_already_published"), "warn"))
    if dossier.source_changed:
        said.append((messages.say("desk_source_changed"), "warn"))
    if entry.cleared_at is not None and not entry.html:
        since = messages.when(entry.cleared_at)
        said.append((messages.say("item_text_gone", item=opened.item.id, at=since).strip(), "warn"))
    return [line for line in said if line[0]]


def _original(work: Work, opened: Opened, kept: Kept) -> Iterator[tuple[str, str]]:
    """Of an imported item: what its blog said, to be read; there is nothing more to quote from."""
    told = kept.imported
    yield told.recovered.headline, "head"
    form = work.messages.say(f"form_{told.form}")
    when = work.messages.when(told.published) if told.published else None
    yield " · ".join(filter(None, [form, told.place, when])), "faint"
    yield told.permalink or told.guid or "–", "faint"
    if opened.dossier.source_changed:
        yield work.messages.say("desk_source_changed"), "warn"
    yield from ((paragraph, "text") for paragraph in kept.paragraphs)


def _sibling(work: Work, sibling: Sibling) -> str:
    status = sibling.status_in(work.edition.key)
    source = sibling.source_name or "–"
    return work.messages.say("desk_sibling", item=sibling.item_id, source=source, status=status)


def state(work: Work, opened: Opened, told: Meanwhile | None = None) -> Content:
    item, messages = opened.item, work.messages
    status = item.status_in(work.edition.key)
    first = messages.say("desk_state", item=item.id, status=status, version=item.version)
    said: list[tuple[str, str]] = [(first, "bold")]
    if item.editor and item.claimed_until:
        until = work.messages.when(item.claimed_until)
        said.append((f" · {messages.say('desk_held', editor=item.editor, until=until)}", ""))
    elif not opened.writable:
        said.append((f" · {messages.say('desk_hint_write')}", "dim"))
    if told is not None:
        said.append((f"\n{meanwhile(work, told)}", "bold $warning"))
    if opened.kept is not None and not opened.writable:
        said.append((f"\n{messages.say('desk_kept_here')}", "bold $warning"))
    if opened.kept is not None and opened.writable and told is None:
        stale = opened.kept.before.version != item.version
        key = "desk_restored_stale" if stale else "desk_restored"
        said.append((f"\n{messages.say(key)}", "bold $warning"))
    if opened.dossier.source_changed:
        said.append((f"\n{messages.say('desk_source_changed')}", "$warning"))
    for comment in opened.dossier.comments[-MOST_COMMENTS:]:
        at = work.messages.when(comment.at)
        said.append((f"\n{comment.editor} · {at}: ", "bold $secondary"))
        said.append((printable_lines(comment.text), ""))
    return Content.assemble(*said)


def resting(work: Work, opened: Opened, *, width: int = 0) -> Content:
    """Where it is not to be written in: where it stands, and what has been written so far."""
    commentary = opened.item.commentaries.get(work.edition.key)
    if hints := suggested(work, opened):
        return Content("\n\n").join([state(work, opened), *hints.values()])
    if commentary is None or not (commentary.headline or commentary.note):
        return state(work, opened)
    public = preview.composed(opened.item, opened.dossier, edition=work.edition, settings=work.call.settings)
    said = preview.as_text(public, edition=work.edition, width=width)
    return Content("\n\n").join([state(work, opened), said])


def suggested(work: Work, opened: Opened) -> Mapping[str, Content]:
    """Machine text by field: beside what she writes, and never in it."""
    said: dict[str, Content] = {}
    stale = suggesting.stale(opened.dossier, work.call.settings)
    for machine in opened.dossier.suggestions:
        if machine.language != work.edition.language:
            continue
        head = work.messages.say(
            "item_suggestion_stale" if machine in stale else "item_suggestion",
            item=opened.item.id,
            field=work.messages.say(f"field_{machine.field}"),
            language=machine.language,
            engine=machine.engine,
            at=work.messages.when(machine.at),
        )
        field = machine.field if machine.field in FIELDS else "excerpt"
        said[field] = Content.assemble(
            (f"~ {head.strip()} ", "dim"), (printable_lines(machine.text), "italic")
        )
    return said


def beside(work: Work, opened: Opened) -> Content:
    """Below the fields: what was waived, by whom and why."""
    return Content("\n").join(
        Content.styled(
            work.messages.say(
                "desk_waived",
                code=work.messages.waiver(waiver.code),
                reason=waiver.reason,
                editor=waiver.editor,
            ),
            "dim",
        )
        for waiver in opened.item.waivers
        if waiver.edition == work.edition.key
    )


def printable_lines(text: str) -> str:
    return "\n".join(printable(line) for line in text.splitlines())


def lengths(work: Work, opened: Opened, form: Form) -> Mapping[str, str]:
    """How long the texts are, beside the most they may be."""
    quoted = len(form.excerpt.split())
    return {
        "headline": work.messages.say("desk_characters", count=len(form.headline.strip())),
        "note": work.messages.say("desk_words", count=len(form.note.split())),
        "excerpt": (
            work.messages.say("desk_words", count=quoted)
            if opened.most_words is None
            else work.messages.say("desk_words_of", count=quoted, most=opened.most_words)
        ),
        "tags": work.messages.say("desk_tags_how"),
    }


def changes(work: Work, found: Sequence[Change] | None) -> Content:
    if not found:
        return Content.styled(work.messages.say("desk_no_changes"))
    return Content("\n\n").join(
        Content.assemble(
            (f"{work.messages.say(f'desk_changed_{change.field}')}\n", "bold"), _compared(change.pieces)
        )
        for change in found
    )


def conflict(work: Work, clash: Clashing) -> Content:
    """Theirs against hers, field by field, who wrote it and when, and where hers is kept."""
    messages = work.messages
    said = []
    if clash.meanwhile is not None:
        said.append(Content.styled(meanwhile(work, clash.meanwhile), "bold $warning"))
    said.append(Content.styled(messages.say("desk_conflict_kept", draft=shown_path(work, clash.draft))))
    said += [
        Content.assemble(
            (f"{messages.say(f'desk_field_{each.field}')}\n", "bold"),
            (f"{who(work, clash.meanwhile)}: ", "dim"),
            f"{printable_lines(each.stored) or '–'}\n",
            (f"{messages.say('desk_yours')} ", "dim"),
            f"{printable_lines(each.yours) or '–'}\n",
            (f"{messages.say('desk_difference')} ", "dim"),
            _compared(each.pieces),
        )
        for each in clash.fields
    ]
    return Content("\n\n").join(said)


def shown_path(work: Work, path: Path) -> str:
    """From the newsroom's folder, where the program is started."""
    folder = work.call.settings.newsroom
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


def who(work: Work, told: Meanwhile | None) -> str:
    """The colleague by name; she herself, at another desk."""
    if told is None:
        return work.messages.say("desk_somebody")
    return work.messages.say("desk_yourself") if told.editor == work.call.editor.name else told.editor


def meanwhile(work: Work, told: Meanwhile) -> str:
    key = "desk_meanwhile_taken" if told.took else "desk_meanwhile_saved"
    return work.messages.say(key, editor=who(work, told), at=work.messages.when(told.at))


def meanwhile_in_short(messages: Messages, told: Meanwhile | None) -> str:
    return messages.say("desk_meanwhile_short", editor=told.editor) if told is not None else ""


def _compared(pieces: Sequence[Piece]) -> Content:
    said = []
    for piece in pieces:
        before, after = _MARKS[piece.kind]
        said.append(Content.styled(f"{before}{printable_lines(piece.text)}{after}", _LOOKS[piece.kind]))
    return Content(" ").join(said)


def key_name(messages: Messages, shown: str) -> str:
    """Keys that have a word on them, by that word."""
    return messages.say(f"desk_keyname_{shown}") if shown in _WORDS else shown


def foot(messages: Messages, where: str, *, columns: int) -> Content:
    """The keys that matter in this pane, as many as there is room for; the one for help always."""
    said = [
        Content.assemble(
            (f" {key_name(messages, does.shown.split()[0])}", "bold $accent"),
            f" {messages.say(f'desk_foot_{does.name}')} ",
        )
        for does in sorted(KEYS, key=lambda does: does.name != "help")
        if does.foot and where in does.where
    ]
    room = list(accumulate(each.cell_length for each in said))
    fitting = [each for each, used in zip(said, room, strict=True) if used <= columns]
    return Content("").join([*fitting[1:], *fitting[:1]])


def keys(messages: Messages) -> Content:
    """All of them, by where they work."""
    return Content("\n\n").join(_section(messages, where) for where in (LIST, READER, TYPING))


def _section(messages: Messages, where: str) -> Content:
    lines = [Content.styled(messages.say(f"desk_keys_{where}"), "bold underline")]
    lines += [Content.assemble((f"{shown:>14}  ", "bold"), says) for shown, says in _listed(messages, where)]
    return Content("\n").join(lines)


def _listed(messages: Messages, where: str) -> Iterator[tuple[str, str]]:
    """What a pane shares with the list is said there."""
    seen: dict[str, list[str]] = {}
    for does in KEYS:
        if where in does.where and not (where == READER and LIST in does.where):
            seen.setdefault(messages.say(f"desk_key_{does.name}"), []).append(key_name(messages, does.shown))
    for says, shown in seen.items():
        yield ", ".join(shown), says
