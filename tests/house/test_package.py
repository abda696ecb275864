"""What an installation gets: code, templates, messages, migrations and default config, under one version."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email import message_from_string
from importlib.metadata import version
from pathlib import Path

import pytest

import curator

ROOT = Path(__file__).parents[2]


def built(target: str, tree: Path, folder: Path) -> Path:
    build = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(folder)]
    subprocess.run(build, cwd=tree, check=True, capture_output=True)
    [package] = folder.iterdir()
    return package


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the sdist holds."""
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(built("sdist", ROOT, folder)) as packed:
        packed.extractall(folder, filter="data")
    [tree] = (path for path in folder.iterdir() if path.is_dir())
    return tree


def content(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_the_wheel_holds_migrations_and_default_config(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())

    for folder in ("alembic", "config"):
        files = [
            path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts
        ]
        assert {f"curator/_shipped/{path.relative_to(ROOT)}" for path in files} <= names


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    files = [path for path in (ROOT / "src/curator").rglob("*") if path.is_file()]
    files = [path for path in files if "__pycache__" not in path.parts]

    assert {str(path.relative_to(ROOT / "src")) for path in files} <= names


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    """No test, no cache, nothing of a newsroom; the man pages where `man` looks."""
    meant = re.compile(
        r"curator/|curator-[\d.]+\.(?:dist-info/|data/data/share/man/(?:it/)?man1/curator\.1$)"
    )
    names = zipfile.ZipFile(wheel).namelist()

    assert [name for name in names if not meant.match(name) or "__pycache__" in name or ".db" in name] == []
    assert sum(name.endswith("/curator.1") for name in names) == 2


def test_the_sdist_makes_the_same_wheel(wheel: Path, unpacked: Path, tmp_path: Path) -> None:
    again = built("wheel", unpacked, tmp_path)

    assert content(again) == content(wheel)


def test_the_sdist_holds_what_it_takes_to_test_it(unpacked: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.splitlines()
    left_out = (".ci/", ".gitignore")

    assert [
        name
        for name in tracked
        if not name.startswith(left_out) and (ROOT / name).exists() and not (unpacked / name).exists()
    ] == []


def test_the_package_says_who_it_is(wheel: Path) -> None:
    [name] = [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith("dist-info/METADATA")]
    said = message_from_string(content(wheel)[name].decode())
    classifiers = said.get_all("Classifier", [])

    assert (said["License-Expression"], said["Requires-Python"]) == ("Apache-2.0", ">=3.11")
    assert said["Description-Content-Type"] == "text/markdown"
    assert {one.split(",")[0] for one in said.get_all("Project-URL", [])} >= {
        "Homepage",
        "Issues",
        "Changelog",
    }
    for python in ("3.11", "3.12", "3.13"):
        assert f"Programming Language :: Python :: {python}" in classifiers
    # On PyPI the name is another project's: nothing of ours may go, or be looked for, there.
    assert "Private :: Do Not Upload" in classifiers


def test_no_library_is_asked_for_without_its_least_version_or_with_a_greatest() -> None:
    """A newer one is tried by whoever has it; the locks say which ones we did."""
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]

    assert [one for one in asked if not re.fullmatch(r"[a-z0-9-]+(\[[a-z0-9]+\])?>=[\d.]+(;.*)?", one)] == []


def test_the_version_is_said_once(wheel: Path) -> None:
    assert wheel.name.startswith(f"curator-{curator.__version__}-")
    assert version("curator") == curator.__version__


def test_alembic_is_the_library_and_our_folder_no_package() -> None:
    assert not (ROOT / "alembic/__init__.py").exists()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_library_we_ask_for_is_locked(lock: str) -> None:
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    locked = set(
        re.findall(r"^([a-z0-9-]+)==", (ROOT / lock).read_text(encoding="utf-8"), flags=re.MULTILINE)
    )

    assert {re.split(r"[\[<>= ;]", one)[0] for one in asked} <= locked, "make lock"


def test_constraints_are_the_lock_without_hashes() -> None:
    """For `pipx install --pip-args`: with hashes in it, pip would want one of the package itself, too."""
    locked = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    bound = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()

    assert bound == [line.removesuffix(" \\") for line in locked if "==" in line], "make lock"


def test_no_lock_names_a_registry() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        assert not re.search(r"^--|://", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
