"""Walks a page of docs/ as its reader would: types its commands in order, and writes into files what it says.

Boxes of shell begin with who types (`# as root`, `# as curator`), boxes of
settings with the file they go into. Everything happens below one folder that
stands for the root of a machine; what needs a whole one is listed, and not done.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).parents[1]
WHOLE_MACHINE = frozenset(
    (
        "/srv/venv/bin/pip adduser apt-get caddy certbot curl getent git gpg journalctl nano nginx python3 "
        "systemctl"
    ).split()
)
"""What is not typed: it installs, starts or asks what no test may, or it needs somebody's hands."""

DEBIAN = (
    "etc/caddy etc/cron.d etc/logrotate.d etc/nginx/sites-available etc/nginx/sites-enabled "
    "etc/systemd/system srv/backups srv/newsroom usr/local/bin var/www/html"
).split()
_PLACES = re.compile(r"(?<![\w.])/(?=(?:srv|etc|usr/local|var)/)")
_AS_CURATOR = re.compile(r"su - curator -c '(.+)'")


class Typist(Protocol):
    def __call__(self, words: list[str], *, statuses: frozenset[int]) -> str:
        """Run the program with these words; it must end with one of these. What it says."""
        ...


@dataclass(frozen=True, slots=True)
class Box:
    """One box of a page: `goes` is who types it or the file it goes into, `under` the heading above."""

    under: str
    goes: str
    text: str
    line: int
    shell: bool


def boxes(page: Path) -> Iterator[Box]:
    text = page.read_text(encoding="utf-8")
    for found in re.finditer(r"^( *)```(sh|toml)\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL):
        indent, kind, inner = found.groups()
        lines = [line.removeprefix(indent) for line in inner.splitlines()]
        goes = lines[0].removeprefix("# ").removeprefix("as ") if lines[0].startswith("# ") else ""
        under = re.findall(
            r"^#+ (.+)$", re.sub(r"```.*?```", "", text[: found.start()], flags=re.DOTALL), re.MULTILINE
        )
        number = text.count("\n", 0, found.start()) + 1
        yield Box(under[-1], goes, "\n".join(lines[1:]), number, shell=kind == "sh")


def commands(text: str) -> Iterator[str]:
    """The commands of a box, one by one; a here-document belongs to its command."""
    lines = iter(text.splitlines())
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        whole = line
        if here := re.search(r"<<'(\w+)'", line):
            for more in lines:
                whole += f"\n{more}"
                if more == here[1]:
                    break
        yield whole


@dataclass(slots=True)
class Walk:
    """`instead`: what stands for addresses that only the world has."""

    machine: Path
    typist: Typist
    instead: Mapping[str, str]
    left_out: list[str] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def newsroom(self) -> Path:
        return self.machine / "srv/newsroom"

    def go(self, box: Box) -> None:
        if box.shell:
            assert box.goes in ("root", "curator"), f"line {box.line} does not say who types"
            for command in commands(box.text):
                self._type(command)
        else:
            fill_in(self.newsroom / box.goes, self._here(box.text))

    def _type(self, command: str) -> None:
        if for_a_moment := _AS_CURATOR.fullmatch(command):
            command = for_a_moment[1]
        match command.partition(" ")[0]:
            case "curator":
                self._call(command)
            case "export":
                name, _, value = shlex.split(command)[1].partition("=")
                self.environ[name] = value
            case "runuser" if command.startswith("runuser -u postgres"):
                self.left_out.append(command)
            case word if word in WHOLE_MACHINE:
                self.left_out.append(command)
            case "cd":
                assert Path(self._here(command.removeprefix("cd "))) == self.newsroom
            case _:
                done = subprocess.run(
                    ["/bin/sh", "-ec", self._here(command).replace(" -o curator -g curator", "")],
                    cwd=self.newsroom,
                    capture_output=True,
                    text=True,
                    check=False,
                )
                assert done.returncode == 0, f"{command}\n{done.stderr}"

    def _call(self, command: str) -> None:
        said, _, comment = command.partition("  # ")
        said, _, into = said.partition(" > ")
        words = shlex.split(self._here(said))[1:]
        may_find_fault = "doctor" in words
        statuses = {1} if "refused" in comment else {0, 1} if may_find_fault else {0}
        told = self.typist(words, statuses=frozenset(statuses))
        if into:
            Path(self._here(into)).write_text(told, encoding="utf-8")

    def _here(self, text: str) -> str:
        for old, new in self.instead.items():
            text = text.replace(old, new)
        text = text.replace("/srv/src/", f"{ROOT}/")
        return _PLACES.sub(f"{self.machine}/", text)


def fill_in(path: Path, said: str) -> None:
    """What somebody does who is told to write these lines below the line that names their table."""
    lines = path.read_text(encoding="utf-8").splitlines()
    table = "[nowhere]"
    for line in said.splitlines():
        if line.startswith("["):
            table = line
            if table not in lines:
                lines += ["", table]
        elif key := re.match(r"[\w-]+(?= = )", line):
            begins = lines.index(table) + 1
            ends = next((n for n in range(begins, len(lines)) if lines[n].startswith("[")), len(lines))
            there = [n for n in range(begins, ends) if lines[n].startswith(f"{key[0]} = ")]
            lines[begins:begins] = [line] if not there else []
            for n in there:
                lines[n] = line
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")


def an_empty_machine(folder: Path) -> Path:
    """With the folders that Debian has already, and the newsroom's."""
    for name in DEBIAN:
        (folder / name).mkdir(parents=True)
    return folder


def without_syntax_errors(text: str) -> bool:
    shell = shutil.which("bash") or "/bin/sh"
    return subprocess.run([shell, "-n"], input=text, text=True, check=False).returncode == 0
