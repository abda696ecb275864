"""Installed as people install it, on each Python that we name: it works, is found, and leaves nothing behind.

Needs the package registry, uv, and a Python of each version: `python3.12`, or one of pyenv's.
"""

from __future__ import annotations

import json
import os
import re
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
EARLIER = "7d116899881949c41d0e15a470034fea7a4412b0"  # 0.1.0, with schema 0007


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
    done = ran(words, cwd=cwd, environ=environ)
    assert done.returncode == 0, (
        f"{words}: exit {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    )
    return done.stdout


def ran(
    words: list[str | Path], *, cwd: Path | None = None, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={**clean(os.environ), **(environ or {})},
        capture_output=True,
        text=True,
        check=False,
    )


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


@pytest.mark.parametrize("python", PYTHONS[:1], indirect=True)
def test_pipx_upgrades_an_earlier_version_and_one_command_its_newsroom(
    python: Path, pipx: Path, tmp_path: Path
) -> None:
    places = {
        name: str(tmp_path / part)
        for name, part in {"PIPX_HOME": "pipx", "PIPX_BIN_DIR": "bin", "PIPX_MAN_DIR": "man"}.items()
    }
    source, demo, program = tmp_path / "source", tmp_path / "demo", tmp_path / "bin/curator"
    said(["git", "clone", "--quiet", ROOT, source])
    said(["git", "checkout", "--quiet", EARLIER], cwd=source)
    bound = ["--pip-args", f"--constraint {CONSTRAINTS}"]
    said([pipx, "install", "--python", python, *bound, source], environ=places)
    assert said([program, "--version"]) == "curator 0.1.0\n"
    said([program, "demo", demo])
    before = kept_in(demo, program)

    said(["git", "checkout", "--quiet", "-"], cwd=source)
    said([pipx, "upgrade", "curator"], environ=places)

    assert said([program, "--version"]) == f"curator {curator.__version__}\n"
    refused = ran([program, "items", "--newsroom", demo])
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (1, "", 1)
    assert "curator db upgrade" in refused.stderr
    told = json.loads(said([program, "db", "upgrade", "--json", "--newsroom", demo]))
    assert (told["before"], Path(told["backup"]).is_file()) == ("0007", True)
    assert kept_in(demo, program) == before
    said([program, "publish", "--newsroom", demo])
    assert kept_in(demo, program) == before


def kept_in(newsroom: Path, program: Path) -> list[object]:
    """What editors, readers and their programs would miss: never what a later version says besides."""

    def asked(*words: str) -> dict[str, list[dict[str, object]]]:
        return json.loads(said([program, *words, "--json", "--newsroom", newsroom]))  # type: ignore[no-any-return]

    feed = (newsroom / "public/feed.atom").read_text(encoding="utf-8")
    return [
        [(item["id"], item["status"], item["version"]) for item in asked("items", "--limit", "99")["items"]],
        [(one["email"], one["status"]) for one in asked("subscriber", "list")["subscribers"]],
        [(one["number"], one["status"], one["written"]) for one in asked("issue", "list")["issues"]],
        re.findall("<id>(.*?)</id>", feed),
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
