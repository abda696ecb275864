"""Installed as people install it, on each Python that we name: it works, is found, and leaves nothing behind.

Needs the package registry, uv, and a Python of each version: `python3.12`, or one of pyenv's.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

import curator

ROOT = Path(__file__).parents[2]
PYTHONS = ("3.11", "3.12", "3.13")
CONSTRAINTS = ROOT / "constraints.txt"


@dataclass(frozen=True, kw_only=True)
class Packages:
    wheel: Path
    sdist: Path


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    folder = tmp_path_factory.mktemp("dist")
    said([sys.executable, "-m", "hatchling", "build", "--directory", folder], cwd=ROOT)
    [wheel], [sdist] = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return Packages(wheel=wheel, sdist=sdist)


@pytest.fixture(scope="session")
def pipx(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """In a virtual environment of its own: it is no part of ours."""
    folder = tmp_path_factory.mktemp("pipx")
    venv.create(folder, with_pip=True)
    said([folder / "bin/pip", "install", "--quiet", "pipx"])
    return folder / "bin/pipx"


@pytest.fixture(params=PYTHONS)
def python(request: pytest.FixtureRequest) -> Path:
    version: str = request.param
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [*sorted(root.glob(f"{version}.*/bin/python")), shutil.which(f"python{version}")]
    usable = [Path(one) for one in found if one]
    assert usable, f"no Python {version} here: a proof that proves nothing is a failure"
    return usable[0]


def said(
    words: list[str | Path], *, cwd: Path | None = None, environ: Mapping[str, str] | None = None
) -> str:
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={**clean(os.environ), **(environ or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (
        f"{words}: exit {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    )
    return done.stdout


def clean(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environ.items()
        if not name.startswith(("CURATOR_", "PYTHON", "VIRTUAL"))
    }


def black_box(program: Path, folder: Path) -> None:
    """What somebody does first, and what keeps it."""
    assert said([program, "--version"]).strip() == f"curator {curator.__version__}"
    newsroom = folder / "newsroom"
    said([program, "init", newsroom, "--base-url", "https://news.example.org/"])
    assert json.loads(said([program, "doctor", "--json", "--newsroom", newsroom]))["ok"]
    assert json.loads(said([program, "db", "current", "--json", "--newsroom", newsroom]))["current"]
    demo = folder / "demo"
    said([program, "demo", demo])
    assert list((demo / "outbox").glob("*.eml"))
    assert (demo / "public/feed.atom").is_file()
    said([program, "backup", folder / "backup.zip", "--newsroom", demo])
    said([program, "run", "--once", "--newsroom", newsroom])
    for shell in ("bash", "zsh", "fish"):
        assert "_CURATOR_COMPLETE" in said([program, "completion", shell])
    asking = {"_CURATOR_COMPLETE": "1", "CURATOR_NEWSROOM": str(newsroom)}
    assert "claim\t" in said([program, "cl"], environ=asking)


def manual_below(folder: Path) -> list[Path]:
    return sorted(folder.rglob("man1/curator.1"))


@pytest.fixture
def environment(python: Path, tmp_path: Path) -> Iterator[Path]:
    said([python, "-m", "venv", tmp_path / "venv"])
    yield tmp_path / "venv"
    shutil.rmtree(tmp_path / "venv")


@pytest.mark.parametrize("package", ["wheel", "sdist"])
def test_pip_installs_it_and_takes_all_of_it_away(
    environment: Path, packages: Packages, package: str, tmp_path: Path
) -> None:
    before = {path for path in environment.rglob("*") if "__pycache__" not in path.parts}
    said([environment / "bin/pip", "install", "--quiet", getattr(packages, package)])

    said([environment / "bin/pip", "check"])
    black_box(environment / "bin/curator", tmp_path)
    assert len(manual_below(environment / "share/man")) == 2

    said([environment / "bin/pip", "uninstall", "--quiet", "--yes", "curator"])
    left = {path for path in environment.rglob("*") if "curator" in path.name} - before
    assert left == set()


@pytest.mark.parametrize("locked", [False, True], ids=["newest", "locked"])
def test_pipx_installs_it_and_takes_all_of_it_away(
    python: Path, packages: Packages, pipx: Path, tmp_path: Path, *, locked: bool
) -> None:
    places = {
        name: str(tmp_path / part)
        for name, part in {"PIPX_HOME": "pipx", "PIPX_BIN_DIR": "bin", "PIPX_MAN_DIR": "man"}.items()
    }
    bound = ["--pip-args", f"--constraint {CONSTRAINTS}"] if locked else []
    said([pipx, "install", "--python", python, *bound, packages.wheel], environ=places)

    black_box(tmp_path / "bin/curator", tmp_path)
    assert manual_below(tmp_path / "man") == [tmp_path / "man/man1/curator.1"]
    if locked:
        assert set(installed(tmp_path / "pipx/venvs/curator/bin/python")) <= set(
            CONSTRAINTS.read_text().split()
        )

    # As an upgrade is.
    said([pipx, "install", "--force", "--python", python, *bound, packages.wheel], environ=places)
    assert json.loads(said([tmp_path / "bin/curator", "doctor", "--json"], cwd=tmp_path / "newsroom"))["ok"]

    said([pipx, "uninstall", "curator"], environ=places)
    assert not (tmp_path / "bin/curator").exists()
    assert [path for path in tmp_path.rglob("*curator*") if "newsroom" not in str(path)] == [
        path for path in tmp_path.rglob("*curator*") if "demo" in str(path)
    ]


def installed(python: Path) -> list[str]:
    frozen = "import importlib.metadata as m; print(*(f'{d.name}=={d.version}' for d in m.distributions()))"
    ours = ("curator==", "pip==", "setuptools==", "wheel==")
    return [one.lower() for one in said([python, "-c", frozen]).split() if not one.lower().startswith(ours)]


def test_uv_installs_it_and_takes_all_of_it_away(python: Path, packages: Packages, tmp_path: Path) -> None:
    uv = shutil.which("uv") or Path(sys.executable).with_name("uv")
    places = {"UV_TOOL_DIR": str(tmp_path / "tools"), "UV_TOOL_BIN_DIR": str(tmp_path / "bin")}
    said(
        [uv, "tool", "install", "--python", python, "--constraints", CONSTRAINTS, packages.wheel],
        environ=places,
    )

    black_box(tmp_path / "bin/curator", tmp_path)
    assert len(manual_below(tmp_path / "tools")) == 2

    said([uv, "tool", "uninstall", "curator"], environ=places)
    assert not (tmp_path / "bin/curator").exists()
    assert list((tmp_path / "tools").glob("curator*")) == []
