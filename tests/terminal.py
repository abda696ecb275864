"""A terminal to call the program on, in this process: so wide, of a certain kind, with what it showed."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass

import pytest

from curator.faces.cli import run
from newsroom import Newsroom


class _Screen(io.TextIOWrapper):
    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)

    def isatty(self) -> bool:
        return True

    def text(self) -> str:
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue().decode()


@dataclass(frozen=True, slots=True)
class Shown:
    """`raw` as it was sent, colours and all."""

    status: int
    raw: str
    err: str

    @property
    def words(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.raw)

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.words.splitlines()]


class Terminal:
    """`terminal("queue")`: what an editor sees who types `curator queue`."""

    def __init__(self, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
        self.newsroom = newsroom
        self._monkeypatch = monkeypatch

    def __call__(self, *words: str | int, columns: int = 100, **environ: str) -> Shown:
        with self._monkeypatch.context() as patch:
            for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLORTERM"):
                patch.delenv(name, raising=False)
            for name, value in {"COLUMNS": str(columns), "LINES": "40", "TERM": "xterm", **environ}.items():
                patch.setenv(name, value)
            out, err = _Screen(), _Screen()
            with redirect_stdout(out), redirect_stderr(err):
                status = run([str(word) for word in words], self.newsroom.environ | environ)
        return Shown(status, out.text(), err.text())
