"""What an installation gets: code, templates, messages, migrations and default config, under one version."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

import curator

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


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


def test_no_lock_names_a_registry() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        assert not re.search(r"^--|://", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
