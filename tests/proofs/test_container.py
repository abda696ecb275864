"""The image of docs/deploy/Containerfile, built by Podman and run as said there, writes to its volume alone.

CONTAINER_PYTHON names another base image than the file's own, CONTAINER_BUILD and CONTAINER_RUN more options.
"""

from __future__ import annotations

import json
import os
import secrets
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import curator

ROOT = Path(__file__).parents[2]
AS_SAID = ("--init", "--read-only", "--tmpfs", "/tmp")
BUILD, RUN = (shlex.split(os.environ.get(f"CONTAINER_{what}", "")) for what in ("BUILD", "RUN"))
PATIENCE = 60.0  # seconds

Podman = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def podman() -> Podman:
    program = shutil.which("podman")
    assert program is not None, "no podman here: a proof that proves nothing is a failure"

    def asked(*words: str, ok: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run([program, *words], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0 or not ok, (
            f"podman {words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
        return done

    return asked


@pytest.fixture(scope="module")
def image(podman: Podman) -> str:
    base = os.environ.get("CONTAINER_PYTHON")
    other = ["--build-arg", f"PYTHON={base}"] if base else []
    file = ("--file", "docs/deploy/Containerfile")
    podman("build", "--format", "docker", *other, *BUILD, *file, "--tag", "curator-proof", ".")
    return "curator-proof"


@pytest.fixture
def volume(podman: Podman) -> Iterator[str]:
    name = f"newsroom-{secrets.token_hex(4)}"
    podman("volume", "create", name)
    yield name
    podman("volume", "rm", "--force", name)


@pytest.fixture
def containers(podman: Podman, image: str, volume: str) -> Iterator[Callable[..., str]]:
    """Starts one that stays."""
    started = []

    def start(*command: str, **environ: str) -> str:
        name = f"curator-{secrets.token_hex(4)}"
        variables = [word for key, value in environ.items() for word in ("--env", f"{key}={value}")]
        place = ("--volume", f"{volume}:/srv/newsroom")
        podman("run", "--detach", "--name", name, *AS_SAID, *RUN, *place, *variables, image, *command)
        started.append(name)
        return name

    yield start
    podman("rm", "--force", *started)


def until(holds: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < PATIENCE
        time.sleep(0.5)


def test_the_container_works_answers_and_ends_well(
    podman: Podman, image: str, volume: str, containers: Callable[..., str]
) -> None:
    place = ("--volume", f"{volume}:/srv/newsroom")
    once = ("run", "--rm", *AS_SAID, *RUN, *place, image)
    assert podman(*once, "--version").stdout.strip() == f"curator {curator.__version__}"
    podman(*once, "init", "--base-url", "https://news.example.org/")

    works = containers()
    answers = containers("serve", "--host", "0.0.0.0", CURATOR_SERVE__METRICS="127.0.0.1:9090")
    asks = 'import urllib.request as u; u.urlopen("http://127.0.0.1:9090/health", timeout=5)'
    until(lambda: podman("exec", answers, "python", "-c", asks, ok=False).returncode == 0)
    until(lambda: "service_started" in podman("logs", works).stdout + podman("logs", works).stderr)

    podman("healthcheck", "run", works)
    assert json.loads(podman("exec", works, "curator", "doctor", "--json").stdout)["ok"]
    assert podman("exec", works, "id", "-u").stdout.strip() == "990"
    assert podman("exec", works, "touch", "/srv/venv/x", ok=False).returncode != 0
    for name in (works, answers):
        podman("stop", "--time", "30", name)
        assert podman("inspect", name, "--format", "{{.State.ExitCode}}").stdout.strip() == "0"
