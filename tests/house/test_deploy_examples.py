"""The units, the cron line and the container file of docs/deploy/ are tried, as far as a test can."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from curator.faces.cli import grammar
from curator.faces.cli.call import Call
from curator.settings import load_settings
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


def test_the_backup_line_leaves_a_backup_among_others(newsroom: Newsroom) -> None:
    [line] = [one for one in (DEPLOY / "curator-backup.cron").read_text().splitlines() if one[0].isdigit()]
    backups = newsroom.folder.parent / "backups"
    backups.mkdir()
    (backups / "by-hand.zip").touch()
    command = here(line.split(None, 6)[6], newsroom.folder).replace("/srv/backups", str(backups))

    done = subprocess.run(
        ["/bin/sh", "-c", command],
        env={"SHELL": "/bin/sh", "PATH": "/usr/bin:/bin", "HOME": "/", "LOGNAME": "curator"},
        cwd="/",
        capture_output=True,
        check=False,
    )

    logged = (newsroom.folder / "data/backup.log").read_text(encoding="utf-8")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b""), logged
    assert len({path.name for path in backups.iterdir()} - {"by-hand.zip"}) == 1
    assert (backups / "by-hand.zip").exists()


def test_every_command_that_is_called_there_is_one() -> None:
    called = {call for path in DEPLOY.iterdir() for call in COMMANDS.findall(path.read_text())}

    assert called == {"backup", "run", "run --once", "serve"}


def test_the_container_gets_all_that_the_package_is_made_of(tmp_path: Path) -> None:
    """Its copies are made, and the package is built of them alone; no engine for images is asked."""
    for step in (DEPLOY / "Containerfile").read_text(encoding="utf-8").splitlines():
        match shlex.split(step, comments=True):
            case ["COPY", *sources, target] if not sources[0].startswith("--from"):
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


def test_the_image_has_the_program_alone() -> None:
    said = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    *_, last = re.split(r"^FROM ", said, flags=re.MULTILINE)

    assert re.findall(r"^(?:COPY|ADD) .*$", last, flags=re.MULTILINE) == [
        "COPY --from=build /srv/venv /srv/venv"
    ]
    assert last.index("\nUSER curator\n") > last.index("\nRUN ")


def test_what_the_container_is_asked_are_commands() -> None:
    said = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    health, command = (
        json.loads(re.search(rf"^{step}.*(\[.*\])$", said, flags=re.MULTILINE)[1])  # type: ignore[index] # it is there
        for step in ("HEALTHCHECK", "CMD")
    )

    assert health[0] == "curator"
    assert parsed(*health[1:]) == "items"
    assert parsed(*command) == "run"


def test_the_services_are_commands_with_settings_that_there_are(newsroom: Newsroom) -> None:
    services = yaml.safe_load(substituted((DEPLOY / "compose.yaml").read_text(encoding="utf-8")))["services"]
    ours = {name: service for name, service in services.items() if service["image"] == "curator"}

    assert {name: parsed(*service["command"]) for name, service in ours.items()} == {
        "prepare": "init",
        "run": "run",
        "serve": "serve",
    }
    for service in ours.values():
        settings = load_settings(newsroom.folder, service["environment"])
        assert settings.database.url == "postgresql+psycopg://curator@db/curator"
        assert settings.serve.public_url == settings.publish.base_url == "https://news.example.org/"


def test_the_services_fit_together() -> None:
    said = yaml.safe_load(substituted((DEPLOY / "compose.yaml").read_text(encoding="utf-8")))
    services, volumes = said["services"], set(said["volumes"])
    [subnet] = said["networks"]["front"]["ipam"]["config"]

    assert {each.split(":")[0] for one in services.values() for each in one["volumes"]} == volumes
    assert {name for one in services.values() for name in one.get("depends_on", {})} <= services.keys()
    assert {name for one in services.values() for name in one["networks"]} == said["networks"].keys()
    assert subnet["subnet"] in services["serve"]["environment"]["CURATOR_SERVE__TRUSTED_PROXIES"]
    assert [name for name, one in services.items() if "ports" in one] == ["web"]


def parsed(*words: str) -> str:
    """The command that these words are; one that cannot be read is an error."""
    command = grammar.load(words[0])
    command.make_context(words[0], list(words[1:]), obj=Call({}))
    return words[0]


def substituted(said: str) -> str:
    values = {"NEWSROOM_HOST": "news.example.org", "POSTGRES_PASSWORD": "a long one"}
    return re.sub(r"\$\{([A-Z_]+)(?::\?[^}]*)?\}", lambda found: values[found[1]], said)


def _copy(source: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, place, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copyfile(source, place)
