"""`backup`, `restore`, `db …`: a newsroom saved, brought back, and brought up to date."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

import click

from curator import __version__
from curator.errors import CuratorError
from curator.faces.cli.call import Call
from curator.faces.cli.grammar import argument, command, option, pass_call


@command()
@argument("file", type=click.Path(path_type=Path))
@option("--force", is_flag=True)
@option("--keep", type=click.IntRange(min=1), metavar="N")
@option("--check", is_flag=True)
@pass_call
def backup(call: Call, file: Path, *, force: bool, keep: int | None, check: bool) -> None:
    if check:
        _check(call, file.absolute())
        return
    from curator.faces import keepsakes
    from curator.store.backup import back_up, clear_unfinished

    now = call.now
    target = file.absolute()
    if target.is_dir():
        target /= f"curator-{now:%Y%m%dT%H%M%SZ}.zip"
    _know(call)
    clear_unfinished(call.newsroom.folder / "data")
    with call.progress("backup_working"):
        made = back_up(
            call.newsroom.store,  # of an older schema as well: this is what one does before an upgrade
            target,
            files=keepsakes.precious(call.settings, now=now),
            outside=keepsakes.outside(call.settings),
            program=__version__,
            now=now,
            overwrite=force,
        )
    removed = _thin_out(target.parent, keep) if keep and file.is_dir() else ()
    call.emit(
        {
            "file": made.path,
            "size": made.size,
            "made_at": made.made_at,
            "schema": made.schema,
            "rows": made.rows,
            "files": made.files,
            "outside": made.outside,
            "removed": removed,
        }
    )
    call.say("backed_up", path=made.path, rows=sum(made.rows.values()), size=made.size)
    if made.outside:
        call.say("backup_outside", paths=made.outside)
    if removed:
        call.say("backup_removed", count=len(removed), paths=removed)


def _know(call: Call) -> None:
    """A backup says beside which file of the journal it was made: no other is believed to be whole."""
    with suppress(CuratorError):  # whoever must read or write there says so
        call.newsroom.look(now=call.now)


def _thin_out(folder: Path, keep: int) -> Sequence[Path]:
    """Leave the newest; only what bears a name that this command gives."""
    ours = [each for each in folder.iterdir() if re.fullmatch(r"curator-\d{8}T\d{6}Z\.zip", each.name)]
    old = sorted(ours, key=lambda path: path.name)[:-keep]
    for path in old:
        path.unlink()
    return old


def _check(call: Call, file: Path) -> None:
    from curator.store import restoring
    from curator.store.archive import opened

    with call.progress("backup_checking"), opened(file) as archive:
        restoring.require_known(archive)
        said = archive.manifest
        call.emit(
            {
                "file": file,
                "size": file.stat().st_size,
                "made_at": said.made_at,
                "schema": said.schema,
                "rows": said.rows,
                "files": archive.files,
                "outside": said.outside,
                "removed": (),
            }
        )
    call.say("backup_whole", path=file, rows=sum(said.rows.values()), made_at=said.made_at)


@command()
@argument("file", type=click.Path(path_type=Path))
@option("--force", is_flag=True)
@pass_call
def restore(call: Call, file: Path, *, force: bool) -> None:
    from curator.faces.restoring import restore_newsroom

    folder = _where(call)
    with call.progress("restore_working"):
        done = restore_newsroom(
            file.absolute(), folder, environ=call.environ, program=__version__, now=call.now, force=force
        )
    call.emit(
        {
            "file": file.absolute(),
            "newsroom": folder,
            "made_at": done.made_at,
            "schema": done.schema,
            "rows": done.rows,
            "files": done.files,
            "kept": done.kept,
            "outside": done.outside,
            "held": True,
        }
    )
    call.say("restored", newsroom=folder, rows=sum(done.rows.values()), made_at=done.made_at)
    if done.kept:
        call.say("restore_kept", paths=done.kept)
    if done.outside:
        call.say("restore_outside_missing", paths=done.outside)
    call.say("restore_next")


def _where(call: Call) -> Path:
    """A folder that is named need not be a newsroom yet."""
    named = call.newsroom_dir or call.environ.get("CURATOR_NEWSROOM")
    return Path(named).resolve() if named else call.newsroom.folder


@command()
@option("--no-backup", is_flag=True)
@pass_call
def db_upgrade(call: Call, *, no_backup: bool) -> None:
    from curator.faces import keepsakes
    from curator.store import schema

    store = call.newsroom.store
    saved = None if no_backup else keepsakes.save_before_upgrade(call.newsroom, now=call.now)
    before = schema.upgrade(store)
    after = schema.current(store)
    _know(call)
    call.emit({"database": store.shown_url, "before": before, "after": after, "backup": saved})
    if saved:
        call.say("upgrade_saved", path=saved)
    if before == after:
        call.say("schema_is_current", schema=after)
    else:
        call.say("schema_upgraded", before=before, after=after)


@command()
@pass_call
def db_current(call: Call) -> None:
    from curator.store import schema

    store = call.newsroom.store
    found, wanted = schema.current(store), schema.head()
    answer = {"database": store.shown_url, "schema": found, "head": wanted, "current": found == wanted}
    call.emit(answer)
    ahead = found is not None and wanted is not None and found > wanted
    said = "schema_is_current" if found == wanted else "schema_ahead" if ahead else "schema_differs"
    call.say(said, schema=found, head=wanted)


@command()
@option("--to", metavar="URL", required=True)
@pass_call
def db_copy(call: Call, to: str) -> None:
    from curator.store import copying

    source = call.store
    with closing(call.newsroom.other_store(to)) as target, call.progress("copy_working") as told:
        done = copying.copy(source, target, told=told, now=call.now)
    shown = target.shown_url
    call.emit({"from": source.shown_url, "to": shown, "rows": done.rows, "hashes": done.hashes, "held": True})
    call.say("copy_done", rows=sum(done.rows.values()), to=shown)
    call.say("copied_next", to=shown)
