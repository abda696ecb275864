"""The units, the cron line and the container file of docs/deploy/ are tried, as far as a test can."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from newsroom import Newsroom

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "docs/deploy"
PROGRAM = Path(sys.executable).with_name("curator")
UNITS = sorted(path.name for path in DEPLOY.iterdir() if path.suffix in (".service", ".timer"))
COMMANDS = re.compile(r"/srv/venv/bin/curator ([a-z-]+(?: --?[a-z]+)*)")


def here(said: str, folder: Path) -> str:
    """With this machine's own program and folder in place of those below /srv."""
    moved = said.replace("/srv/venv/bin/curator", str(PROGRAM)).replace("/srv/newsroom", str(folder))
    return moved.replace("User=curator", "User=root")


def test_the_handbook_names_every_file() -> None:
    said = (ROOT / "docs/running.md").read_text(encoding="utf-8")

    assert [path.name for path in DEPLOY.iterdir() if f"deploy/{path.name}" not in said] == []


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    for name in UNITS:
        (tmp_path / name).write_text(here((DEPLOY / name).read_text(encoding="utf-8"), tmp_path))

    done = subprocess.run(
        ["systemd-analyze", "verify", *(tmp_path / name for name in UNITS)],
        capture_output=True,
        text=True,
        check=False,
    )

    ours = [line for line in done.stderr.splitlines() if "curator" in line]
    assert ours == []


def test_the_cron_line_works_with_what_cron_gives_it(newsroom: Newsroom) -> None:
    """crontab(5): sh, and an environment of five variables; this one has no word of a language either."""
    [line] = [one for one in (DEPLOY / "curator.cron").read_text().splitlines() if one.startswith("*")]
    fields = line.split(None, 6)
    environ = {"SHELL": "/bin/sh", "PATH": "/usr/bin:/bin", "HOME": "/", "LOGNAME": "curator"}
    needed = {name: value for name, value in newsroom.environ.items() if name.startswith("CURATOR_FETCH")}

    done = subprocess.run(
        ["/bin/sh", "-c", here(fields[6], newsroom.folder)],
        env=environ | needed,
        cwd="/",
        capture_output=True,
        check=False,
    )

    logged = (newsroom.folder / "data/cron.log").read_text(encoding="utf-8")
    assert fields[5] == "curator"
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b""), logged
    assert (newsroom.folder / "public/index.html").exists()


def test_every_command_that_is_called_there_is_one() -> None:
    called = {call for path in DEPLOY.iterdir() for call in COMMANDS.findall(path.read_text())}

    assert called == {"run", "run --once", "serve"}


def test_the_container_gets_all_that_the_package_is_made_of(tmp_path: Path) -> None:
    """Its copies are made, and the package is built of them alone; no engine for images is asked."""
    for step in (DEPLOY / "Containerfile").read_text(encoding="utf-8").splitlines():
        match shlex.split(step, comments=True):
            case ["COPY", *sources, target]:
                place = tmp_path / target.lstrip("/")
                for source in sources:
                    _copy(ROOT / source, place / source if target.endswith("/") else place)

    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    done = subprocess.run(build, cwd=tmp_path / "src", capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as package:
        packed = set(package.namelist())
    ours = (path for path in (ROOT / "src").rglob("*") if path.suffix in (".py", ".toml", ".html"))
    assert {str(path.relative_to(ROOT / "src")) for path in ours} - packed == set()


def _copy(source: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, place, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copyfile(source, place)
