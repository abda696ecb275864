"""Every setting stands in config/curator.toml with its default, has a rule, and has a field."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields, replace
from pathlib import Path

import pytest

from curator.publish import labels
from curator.settings import Settings, load_settings, rules
from curator.settings.labels import ENGLISH, LABELS
from curator.shipped import shipped

SHIPPED = shipped("config") / "curator.toml"
RENAMED = {"from": "sender"}  # `from` is a word of Python
DERIVED = {"mail": {"given"}}


def uncommented() -> str:
    return re.sub(r"^# (\[|[a-z_]+ = )", r"\1", SHIPPED.read_text(encoding="utf-8"), flags=re.MULTILINE)


def loaded(folder: Path, text: str) -> Settings:
    (folder / "config").mkdir(exist_ok=True)
    (folder / "config/curator.toml").write_text(text, encoding="utf-8")
    (folder / "config/editions.toml").write_text("[it]", encoding="utf-8")
    return load_settings(folder, {})


def test_what_is_shipped_changes_no_default(tmp_path: Path) -> None:
    settings = loaded(tmp_path, SHIPPED.read_text(encoding="utf-8"))

    assert settings == loaded(tmp_path, "")


def test_what_is_commented_out_is_the_default(tmp_path: Path) -> None:
    said = loaded(tmp_path, uncommented())

    assert said.mail.given
    said = replace(said, mail=replace(said.mail, given=False), editors={})
    assert said == loaded(tmp_path, "")


@pytest.mark.parametrize("table", rules.TABLES)
def test_every_setting_is_documented(table: str) -> None:
    documented = tomllib.loads(uncommented())[table]

    assert documented.keys() == rules.TABLES[table].keys()


@pytest.mark.parametrize("table", rules.TABLES)
def test_every_setting_has_a_field_and_every_field_a_rule(table: str) -> None:
    settings = Settings(newsroom=Path("/"))

    named = {one.name for one in fields(getattr(settings, table))} - DERIVED.get(table, set())

    assert named == {RENAMED.get(key, key) for key in rules.TABLES[table]}


def test_every_comment_says_something_about_each_setting() -> None:
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    said = [lines[number - 1] for number, line in enumerate(lines) if re.match(r"# [a-z_]+ = ", line)]

    assert [line for line in said if line.startswith("[")] == []


@pytest.mark.parametrize("language", LABELS)
def test_every_label_is_there_in_every_language(language: str) -> None:
    assert LABELS[language].keys() == ENGLISH.keys()
    assert all(LABELS[language].values())


def test_every_label_is_said_somewhere() -> None:
    sources = (path for path in Path(labels.__file__).parent.rglob("*") if path.suffix in {".html", ".py"})
    words = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    # A label may be put together where it is used: "item_" ~ word, line ~ "_text".
    starts, ends = re.findall(r'"(\w+_)" ~', words), re.findall(r'~ "(_\w+)"', words)

    said = {name for name in ENGLISH if re.search(rf"""["'.]{name}\b""", words)}
    said |= {name for name in ENGLISH if name.startswith(tuple(starts)) or name.endswith(tuple(ends))}

    assert sorted(ENGLISH.keys() - said) == []
