"""The files for readers: the old or the new, whatever happens in between, and nobody else's touched."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import resource
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import brotli  # type: ignore[import-untyped]  # it has no types
import pytest

from builders import NOW
from curator.errors import OutputFailed
from curator.publish import output
from curator.publish.documents import Document, SharedFile
from curator.publish.manifest import BEFORE, MANIFEST, Manifest, content, load
from curator.publish.output import COMING, Replaced, locked, replace_tree

OLD = {"items/a.html": b"old a", "items/gone.html": b"gone", "index.html": b"old index", "feed.atom": b"old"}
NEW = {"items/a.html": b"new a", "items/b.html": b"new b", "index.html": b"new index", "feed.atom": b"new"}
MUCH = b"the same again and again, " * 99  # what is worth packing


def replace(directory: Path, tree: Mapping[str, bytes], *, at: datetime = NOW, **said: Any) -> Replaced:
    """Each file is made of what is in it."""
    return replace_tree(
        directory,
        [a_document(path, content) for path, content in tree.items()],
        make=lambda documents: [(document, tree[document.path]) for document in documents],
        now=at,
        **said,
    )


def a_document(path: str, content: bytes) -> Document:
    inputs = hashlib.sha256(content).hexdigest()
    kind = SharedFile if path.startswith("packed") else Document
    return kind(path=path, edition="it", inputs=inputs)


def files(directory: Path) -> dict[str, bytes]:
    """Everything there that readers could ask for."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file() and not path.relative_to(directory).parts[0].startswith(".curator")
    }


def served(directory: Path, told: Manifest) -> dict[str, bytes | None]:
    """What somebody finds who goes by this manifest."""
    return {path: content(directory, path, file) for path, file in told.files.items()}


def test_the_directory_becomes_what_is_wanted(tmp_path: Path) -> None:
    replace(tmp_path, OLD)

    replaced = replace(tmp_path, NEW)

    assert files(tmp_path) == NEW
    assert replaced.manifest == load(tmp_path)
    assert served(tmp_path, replaced.manifest) == NEW
    assert replaced.written == tuple(NEW)
    assert replaced.removed == ("items/gone.html",)
    assert {p.name for p in tmp_path.iterdir()} == {"items", "index.html", "feed.atom", MANIFEST}


def test_a_file_that_is_right_already_is_not_touched(tmp_path: Path) -> None:
    replace(tmp_path, OLD | {"packed.json": MUCH})
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file() and p.name != MANIFEST}

    replaced = replace(tmp_path, OLD | {"packed.json": MUCH}, at=NOW + timedelta(days=1))

    assert replaced.written == ()
    assert {p: p.stat().st_mtime_ns for p in before} == before


def test_what_is_made_of_the_same_is_not_made_again(tmp_path: Path) -> None:
    made: list[str] = []

    def make(documents: Sequence[Document]) -> list[tuple[Document, bytes]]:
        made.extend(document.path for document in documents)
        return [(document, OLD[document.path]) for document in documents]

    for inputs in ("1", "1", "2"):
        documents = [Document(path="index.html", edition="it", inputs=inputs)]
        replaced = replace_tree(tmp_path, documents, make=make, now=NOW)

    assert made == ["index.html", "index.html"]
    assert replaced.written == ()
    assert load(tmp_path).files["index.html"].inputs == "2"


def test_a_file_says_when_the_publish_was_that_changed_it(tmp_path: Path) -> None:
    replace(tmp_path, OLD)

    replace(tmp_path, OLD | {"index.html": b"new"}, at=NOW + timedelta(days=1))

    assert (tmp_path / "feed.atom").stat().st_mtime == NOW.timestamp()
    assert (tmp_path / "index.html").stat().st_mtime == (NOW + timedelta(days=1)).timestamp()


@pytest.mark.parametrize("late", [timedelta(0), timedelta(seconds=-5), timedelta(milliseconds=300)])
def test_a_file_that_is_another_says_a_later_time(tmp_path: Path, late: timedelta) -> None:
    """Whoever asks for what is newer than he has must get it, though two publishes came at once."""
    replace(tmp_path, {"packed.json": MUCH})

    replace(tmp_path, {"packed.json": MUCH + b"!"}, at=NOW + late)

    later = NOW.timestamp() + 1
    assert {path.name: path.stat().st_mtime for path in tmp_path.glob("packed*")} == {
        "packed.json": later,
        "packed.json.br": later,
        "packed.json.gz": later,
    }


def test_a_file_that_somebody_changed_or_removed_is_put_right(tmp_path: Path) -> None:
    replace(tmp_path, OLD)
    (tmp_path / "index.html").write_bytes(b"defaced!!"[: len(OLD["index.html"])])
    (tmp_path / "feed.atom").unlink()

    assert set(replace(tmp_path, OLD).written) == {"index.html", "feed.atom"}
    assert files(tmp_path) == OLD


def test_a_packed_form_lies_beside_its_file_and_goes_with_it(tmp_path: Path) -> None:
    replace(tmp_path, {"packed.json": MUCH, "packed.txt": b"short"})
    there = files(tmp_path)
    replace(tmp_path, {"packed.json": MUCH + b"!"})

    assert set(there) == {"packed.json", "packed.json.br", "packed.json.gz", "packed.txt"}
    assert gzip.decompress(files(tmp_path)["packed.json.gz"]) == MUCH + b"!"
    assert brotli.decompress(files(tmp_path)["packed.json.br"]) == MUCH + b"!"
    replace(tmp_path, {"packed.json": b"short"})
    assert files(tmp_path) == {"packed.json": b"short"}


def test_a_packed_form_that_is_missing_or_broken_is_put_right(tmp_path: Path) -> None:
    replace(tmp_path, {"packed.json": MUCH})
    there = files(tmp_path)
    (tmp_path / "packed.json.gz").unlink()
    (tmp_path / "packed.json.br").write_bytes(b"x" * len(there["packed.json.br"]))

    assert replace(tmp_path, {"packed.json": MUCH}).written == ("packed.json",)
    assert files(tmp_path) == there


def test_who_goes_by_the_manifest_of_before_finds_all_that_it_names(tmp_path: Path) -> None:
    new = OLD | NEW
    replace(tmp_path, OLD)
    told = load(tmp_path)

    replace(tmp_path, new)

    assert served(tmp_path, told) == OLD
    assert served(tmp_path, load(tmp_path)) == new
    replace(tmp_path, new | {"index.html": b"newer index"})
    assert served(tmp_path, told)["items/a.html"] is None
    assert [file.read_bytes() for file in (tmp_path / BEFORE).iterdir()] == [b"new index"]


def test_nothing_is_kept_of_what_is_taken_back(tmp_path: Path) -> None:
    replace(tmp_path, OLD)
    told = load(tmp_path)

    replace(tmp_path, NEW)

    assert served(tmp_path, told)["items/gone.html"] is None
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.read_bytes() == b"gone"]


def test_files_of_a_folder_that_was_restored_are_read_once_and_trusted_again(tmp_path: Path) -> None:
    replace(tmp_path, OLD)
    for path in OLD:
        os.utime(tmp_path / path)  # their state is younger than the manifest's now
    before = (tmp_path / MANIFEST).stat().st_ctime_ns

    replace(tmp_path, OLD)
    after = (tmp_path / MANIFEST).stat().st_ctime_ns

    assert after > before
    replace(tmp_path, OLD)
    assert files(tmp_path) == OLD


def test_a_web_server_may_read_what_is_written(tmp_path: Path) -> None:
    replace(tmp_path, OLD)

    assert (tmp_path / "items/a.html").stat().st_mode & 0o044 == 0o044


def test_files_that_are_not_ours_stay(tmp_path: Path) -> None:
    (tmp_path / "items").mkdir()
    (tmp_path / "items/theirs.html").write_bytes(b"theirs")
    replace(tmp_path, OLD)

    replace(tmp_path, {})

    assert files(tmp_path) == {"items/theirs.html": b"theirs"}


@pytest.mark.parametrize("path", ["packed.json", "packed.json.gz"])
def test_a_file_of_somebody_else_in_our_place_is_not_overwritten(tmp_path: Path, path: str) -> None:
    (tmp_path / path).write_bytes(b"theirs")

    with pytest.raises(OutputFailed) as refusal:
        replace(tmp_path, OLD | {"packed.json": MUCH})

    assert (refusal.value.reason, refusal.value.data["path"]) == ("output_not_ours", str(tmp_path / path))
    assert files(tmp_path) == {path: b"theirs"}


def test_a_packed_file_of_somebody_else_beside_one_that_we_do_not_pack_stays(tmp_path: Path) -> None:
    (tmp_path / "items").mkdir()
    (tmp_path / "items/a.html.gz").write_bytes(b"theirs")
    replace(tmp_path, OLD)

    replace(tmp_path, NEW)

    assert files(tmp_path) == NEW | {"items/a.html.gz": b"theirs"}


def test_a_link_in_our_place_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.html"
    outside.write_bytes(b"outside")
    directory = tmp_path / "public"
    directory.mkdir()
    (directory / "index.html").symlink_to(outside)

    with pytest.raises(OutputFailed):
        replace(directory, {"index.html": b"ours"})

    assert outside.read_bytes() == b"outside"


def test_a_link_that_took_the_place_of_our_file_is_replaced_and_not_served(tmp_path: Path) -> None:
    outside = tmp_path / "outside.html"
    outside.write_bytes(b"ours")
    directory = tmp_path / "public"
    told = replace(directory, {"index.html": b"ours"}).manifest
    (directory / "index.html").unlink()
    (directory / "index.html").symlink_to(outside)

    found = served(directory, told)
    replace(directory, {"index.html": b"ours"})

    assert found == {"index.html": None}
    assert outside.read_bytes() == b"ours"
    assert not (directory / "index.html").is_symlink()


@pytest.mark.parametrize("folder", ["items", BEFORE])
def test_a_folder_that_is_a_link_is_somebody_elses(tmp_path: Path, folder: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.html").write_bytes(b"theirs")
    directory = tmp_path / "public"
    if folder == BEFORE:
        replace(directory, OLD)
    directory.mkdir(exist_ok=True)
    (directory / folder).symlink_to(outside)

    with pytest.raises(OutputFailed) as refusal:
        replace(directory, NEW)

    assert (refusal.value.reason, refusal.value.data) == (
        "output_folder_linked",
        {"path": str(directory / folder)},
    )

    assert [path.name for path in outside.iterdir()] == ["a.html"]
    assert (outside / "a.html").read_bytes() == b"theirs"


@pytest.mark.parametrize("name", [MANIFEST, COMING])
def test_a_list_of_files_that_points_outside_removes_nothing_there(tmp_path: Path, name: str) -> None:
    directory = tmp_path / "public"
    directory.mkdir()
    precious = tmp_path / "precious.txt"
    precious.write_bytes(b"precious")
    listed = ["../precious.txt", str(precious), "x.html"]
    (directory / name).write_text(json.dumps({"files": listed} if name == MANIFEST else listed))

    replace(directory, {})

    assert precious.read_bytes() == b"precious"


def test_a_manifest_whose_files_point_outside_serves_nothing_there(tmp_path: Path) -> None:
    directory = tmp_path / "public"
    directory.mkdir()
    (tmp_path / "precious.txt").write_bytes(b"precious")
    named = {"digest": hashlib.sha256(b"precious").hexdigest(), "length": 8}
    (directory / MANIFEST).write_text(
        json.dumps({"files": {"../precious.txt": named, "x/../../precious.txt": named}})
    )

    assert load(directory).files == {}


@pytest.mark.parametrize("name", [MANIFEST, COMING])
@pytest.mark.parametrize(
    "broken", ["{", '{"files": 1}', '{"files": {"a": {"digest": 1, "length": 1}}}', "[1]"]
)
def test_a_broken_manifest_is_said_and_nothing_is_changed(tmp_path: Path, name: str, broken: str) -> None:
    replace(tmp_path, OLD)
    (tmp_path / name).write_text(broken)

    with pytest.raises(OutputFailed, match="output_manifest_broken"):
        replace(tmp_path, NEW)

    assert files(tmp_path) == OLD


def test_what_an_older_program_wrote_is_taken_over(tmp_path: Path) -> None:
    """0.1 had a manifest for each edition, with the paths alone."""
    for folder, tree in (("", OLD), ("en/", OLD)):
        (tmp_path / folder / "items").mkdir(parents=True)
        for path, written in tree.items():
            (tmp_path / folder / path).write_bytes(written)
        (tmp_path / folder / MANIFEST).write_text(json.dumps({"files": sorted(tree)}))
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / MANIFEST).write_text('{"files": ["index.html"]}')
    wanted = {"index.html": b"old index", "en/index.html": b"new index"}

    replaced = replace(tmp_path, wanted, older=["en/"])

    assert replaced.written == ("en/index.html",)
    assert files(tmp_path) == wanted | {f"theirs/{MANIFEST}": b'{"files": ["index.html"]}'}
    assert not (tmp_path / "en" / MANIFEST).exists()


def test_a_full_disk_leaves_everything_old_whole(tmp_path: Path) -> None:
    replace(tmp_path, OLD)
    told = load(tmp_path)

    with no_file_larger_than(4096), pytest.raises(OutputFailed) as refusal:
        replace(tmp_path, NEW | {"feed.atom": b"x" * 10_000})

    assert refusal.value.code == "output_failed"
    assert refusal.value.data["cause"]
    assert files(tmp_path) == OLD
    assert load(tmp_path) == told
    assert not (tmp_path / ".curator-staging").exists()


def test_a_directory_that_cannot_be_one_is_said(tmp_path: Path) -> None:
    (tmp_path / "public").write_bytes(b"a file")

    with pytest.raises(OutputFailed) as refusal:
        replace(tmp_path / "public", NEW)

    assert refusal.value.data["path"] == str(tmp_path / "public")


class Killed(BaseException):
    """From the step at which it comes, nothing else is done, cleaning up neither."""


def killed_at(step: int, directory: Path, tree: Mapping[str, bytes], patch: pytest.MonkeyPatch) -> bool:
    """Whether the publish died; False: it had fewer steps."""
    left = step

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def dying(*args: Any, **more: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed
            return real(*args, **more)

        return dying

    with patch.context() as patched:
        for name in ("replace", "unlink", "hardlink_to", "mkdir", "rmdir"):
            patched.setattr(Path, name, counted(getattr(Path, name)))
        patched.setattr(output, "_discard", lambda staging: None if left < 0 else real_discard(staging))
        try:
            replace(directory, tree)
        except Killed:
            return True
    return False


real_discard = output._discard
BEFORE_THAT = {**OLD, "index.html": b"older index", "packed.json": MUCH}
AFTER_THAT = NEW | {"packed.json": MUCH + b"!", "packed2.json": MUCH}


def test_killed_at_any_step_every_file_is_the_old_or_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And who goes by the manifest finds all that it names, also while the next publish is killed in turn."""
    old = OLD | {"packed.json": MUCH}
    for step in range(99):
        directory = tmp_path / str(step)
        replace(directory, BEFORE_THAT)
        told = replace(directory, old).manifest

        died = killed_at(step, directory, AFTER_THAT, monkeypatch)
        found, by_the_old = files(directory), served(directory, told)
        by_the_manifest = served(directory, load(directory))
        killed_at(9, directory, OLD, monkeypatch)
        later = served(directory, load(directory))
        replace(directory, AFTER_THAT)

        assert by_the_manifest in (old, AFTER_THAT), step
        assert by_the_old == old or by_the_manifest == AFTER_THAT, step
        assert None not in later.values(), step
        assert all(content in (old.get(path), AFTER_THAT.get(path)) for path, content in plain(found)), step
        # What a page links to is there before the page is.
        assert found["index.html"] == b"old index" or "items/b.html" in found
        assert found["feed.atom"] == b"old" or found["index.html"] == b"new index"
        assert dict(plain(files(directory))) == AFTER_THAT
        assert {p.name for p in directory.glob(".*")} <= {MANIFEST, BEFORE}
        if not died:
            break
    assert step > 20


def plain(found: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    return ((path, content) for path, content in found.items() if not path.endswith((".gz", ".br")))


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
