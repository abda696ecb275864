"""Nothing that anybody writes into the settings brings anything but Settings or BadSettings."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from curator.errors import BadSettings
from curator.settings import load_settings, rules

KEYS = [f"{table}.{key}" for table, keys in rules.TABLES.items() for key in keys]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("newsroom")
    (folder / "config").mkdir()
    (folder / "config/curator.toml").touch()
    (folder / "config/editions.toml").write_text("[it]")
    return folder


@pytest.mark.parametrize("key", KEYS)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text() | VALUES.map(json.dumps))
def test_any_text_in_a_variable(folder: Path, key: str, text: str) -> None:
    variable = "CURATOR_" + key.upper().replace(".", "__")
    _loaded_or_refused(folder, {variable: text})


@given(name=st.text(max_size=30), text=st.text(max_size=30))
def test_any_variable(folder: Path, name: str, text: str) -> None:
    _loaded_or_refused(folder, {f"CURATOR_{name}": text})


@given(content=st.binary())
@example(content=b"[fetch]\ninterval = " + b"9" * 5000)
@example(content=b"[fetch]\nallow_private = " + b"[" * 5000)
@example(content=b"[newsletter]\nstart = 2026-03-02T09:00:00Z\ntime = 09:00:00")
@example(content=b"[editors.'']")
def test_any_file(folder: Path, content: bytes) -> None:
    for name in ("curator.toml", "editions.toml"):
        path = folder / "config" / name
        before = path.read_bytes()
        path.write_bytes(content)
        try:
            _loaded_or_refused(folder, {})
        finally:
            path.write_bytes(before)


def _loaded_or_refused(folder: Path, environ: dict[str, str]) -> None:
    with suppress(BadSettings):
        load_settings(folder, environ)
