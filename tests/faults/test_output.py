"""The files for readers: the old or the new, whatever happens in between, and nobody else's touched."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from curator.errors import OutputFailed
from curator.publish.output import MANIFEST, locked, replace_tree

OLD = {"items/a.html": b"old a", "items/gone.html": b"gone", "index.html": b"old index", "feed.atom": b"old"}
NEW = {"items/a.html": b"new a", "items/b.html": b"new b", "index.html": b"new index", "feed.atom": b"new"}


def files(directory: Path) -> dict[str, bytes]:
    """Everything there that readers could ask for."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file() and not path.relative_to(directory).parts[0].startswith(".curator")
    }


def test_the_directory_becomes_what_the_tree_says(tmp_path: Path) -> None:
    replace_tree(tmp_path, OLD)

    replaced = replace_tree(tmp_path, NEW)

    assert files(tmp_path) == NEW
    assert replaced.files == tuple(NEW)
    assert replaced.written == tuple(NEW)
    assert replaced.removed == ("items/gone.html",)
    assert {p.name for p in tmp_path.iterdir()} == {"items", "index.html", "feed.atom", MANIFEST}


def test_a_file_that_is_right_already_is_not_touched(tmp_path: Path) -> None:
    replace_tree(tmp_path, OLD)
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file()}

    replaced = replace_tree(tmp_path, OLD)

    assert replaced.written == ()
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file()} == before


def test_a_file_that_somebody_changed_or_removed_is_put_right(tmp_path: Path) -> None:
    replace_tree(tmp_path, OLD)
    (tmp_path / "index.html").write_bytes(b"defaced")
    (tmp_path / "feed.atom").unlink()

    assert set(replace_tree(tmp_path, OLD).written) == {"index.html", "feed.atom"}
    assert files(tmp_path) == OLD


def test_a_web_server_may_read_what_is_written(tmp_path: Path) -> None:
    replace_tree(tmp_path, OLD)

    assert (tmp_path / "items/a.html").stat().st_mode & 0o044 == 0o044


def test_files_that_are_not_ours_stay(tmp_path: Path) -> None:
    (tmp_path / "items").mkdir()
    (tmp_path / "items/theirs.html").write_bytes(b"theirs")
    replace_tree(tmp_path, OLD)

    replace_tree(tmp_path, {})

    assert files(tmp_path) == {"items/theirs.html": b"theirs"}


def test_a_file_of_somebody_else_in_our_place_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_bytes(b"theirs")

    with pytest.raises(OutputFailed) as refusal:
        replace_tree(tmp_path, OLD)

    assert (refusal.value.reason, refusal.value.data["path"]) == (
        "output_not_ours",
        str(tmp_path / "index.html"),
    )
    assert files(tmp_path) == {"index.html": b"theirs"}


def test_a_link_in_our_place_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.html"
    outside.write_bytes(b"outside")
    directory = tmp_path / "public"
    directory.mkdir()
    (directory / "index.html").symlink_to(outside)

    with pytest.raises(OutputFailed):
        replace_tree(directory, {"index.html": b"ours"})

    assert outside.read_bytes() == b"outside"


def test_a_manifest_that_points_outside_removes_nothing_there(tmp_path: Path) -> None:
    directory = tmp_path / "public"
    directory.mkdir()
    precious = tmp_path / "precious.txt"
    precious.write_bytes(b"precious")
    (directory / MANIFEST).write_text(json.dumps({"files": ["../precious.txt", str(precious), "x.html"]}))

    replace_tree(directory, {})

    assert precious.read_bytes() == b"precious"


def test_a_broken_manifest_is_said_and_nothing_is_changed(tmp_path: Path) -> None:
    replace_tree(tmp_path, OLD)
    (tmp_path / MANIFEST).write_text("{")

    with pytest.raises(OutputFailed, match="output_manifest_broken"):
        replace_tree(tmp_path, NEW)

    assert files(tmp_path) == OLD


def test_a_full_disk_leaves_the_old_tree_whole(tmp_path: Path) -> None:
    replace_tree(tmp_path, OLD)

    with no_file_larger_than(4096), pytest.raises(OutputFailed) as refusal:
        replace_tree(tmp_path, NEW | {"feed.atom": b"x" * 10_000})

    assert refusal.value.code == "output_failed"
    assert refusal.value.data["cause"]
    assert files(tmp_path) == OLD
    assert not (tmp_path / ".curator-staging").exists()


def test_a_directory_that_cannot_be_one_is_said(tmp_path: Path) -> None:
    (tmp_path / "public").write_bytes(b"a file")

    with pytest.raises(OutputFailed) as refusal:
        replace_tree(tmp_path / "public", NEW)

    assert refusal.value.data["path"] == str(tmp_path / "public")


KILLED_AT_THE_NTH_RENAME = """
import os, sys
from pathlib import Path
from curator.publish.output import replace_tree
left, rename = int(sys.argv[1]), Path.replace
def dying(self, target):
    global left
    if left == 0:
        os._exit(9)
    left -= 1
    return rename(self, target)
Path.replace = dying
replace_tree(Path(sys.argv[2]), eval(sys.argv[3]))
"""


@pytest.mark.parametrize("renames", range(7))
def test_killed_between_two_renames_every_file_is_the_old_or_the_new(tmp_path: Path, renames: int) -> None:
    replace_tree(tmp_path, OLD)

    killed = subprocess.run(
        [sys.executable, "-c", KILLED_AT_THE_NTH_RENAME, str(renames), str(tmp_path), repr(NEW)], check=False
    )
    found = files(tmp_path)
    replace_tree(tmp_path, NEW)

    assert killed.returncode == (9 if renames < 6 else 0)
    assert all(content in (OLD.get(path), NEW.get(path)) for path, content in found.items())
    # What a page links to is there before the page is.
    assert found["index.html"] == b"old index" or "items/b.html" in found
    assert found["feed.atom"] == b"old" or found["index.html"] == b"new index"
    assert files(tmp_path) == NEW
    assert not (tmp_path / ".curator-staging").exists()


def test_one_process_at_a_time_writes_a_directory(tmp_path: Path) -> None:
    done: list[str] = []

    def second() -> None:
        with locked(tmp_path):
            done.append("second")

    with locked(tmp_path):
        thread = Thread(target=second)
        thread.start()
        thread.join(timeout=0.2)
        done.append("first")
    thread.join(timeout=10)

    assert done == ["first", "second"]


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """What a full disk does, without filling one: the write fails half-way."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
