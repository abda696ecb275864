"""What somebody wrote: the values of the files and of the environment, each with where it stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from curator.errors import BadSettings
from curator.settings import rules

SETTINGS = "config/curator.toml"
EDITIONS = "config/editions.toml"

PREFIX = "CURATOR_"
NO_SETTINGS = frozenset({"CURATOR_NEWSROOM", "CURATOR_EDITOR", "CURATOR_LOCALE", "CURATOR_SHARED"})

NAMED = {"editors": rules.EDITOR, "editions": rules.EDITION}
"""Tables of tables: who the editors are and which editions there are is for the newsroom to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One value under `key`, as TOML read it. `text`: as a variable had it; `where`: file or variable.

    An editor or an edition is given by its table alone, too: then there is no value.
    """

    key: tuple[str, ...]
    value: Any
    where: str
    text: str | None = None

    @property
    def name(self) -> str:
        return ".".join(self.key)


def from_file(newsroom: Path, name: str) -> list[Given]:
    """The leaves of config/curator.toml or config/editions.toml, in their order."""
    tables = read_toml(newsroom / name)
    if name == EDITIONS:
        tables = {"editions": tables}
    found: list[Given] = []
    for table, content in tables.items():
        known = name == EDITIONS or table in rules.TABLES or table == "editors"
        if not known:
            raise _unknown(Given(key=(table,), value=None, where=name))
        found += _leaves((table,), content, name)
    return found


def from_environment(environ: Mapping[str, str], files: Sequence[Given]) -> Iterator[Given]:
    """CURATOR_FETCH__TOTAL_TIMEOUT=20 as [fetch] total_timeout = 20; what is not TOML is a text."""
    names = {table: [one.key[1] for one in files if one.key[0] == table] for table in NAMED}
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or variable in NO_SETTINGS:
            continue
        key = tuple(variable.removeprefix(PREFIX).lower().split("__"))
        match key:
            case ("editors" | "editions" as table, name, word) if name and word in NAMED[table]:
                # Variables are written in capitals: [editors.Marta] is meant by …MARTA….
                named = next((one for one in names[table] if one.lower() == name), None)
                key = (table, named or name, word)
                if named is None:
                    yield Given(key=(table, name), value=None, where=variable)
            case (table, word) if word in rules.TABLES.get(table, ()):
                pass
            case _:
                raise _unknown(Given(key=key, value=None, where=variable), variable)
        text = environ[variable]
        yield Given(key=key, value=_value(text), where=variable, text=text)


def nearest(given: Given) -> str:
    """The known key, written in full, that looks most like the one that is none."""
    return _closest(given.name, _known(given.key))


def _unknown(given: Given, variable: str | None = None) -> BadSettings:
    """Where a variable is meant, variables are named: that is what has to be typed."""
    if variable is None:
        return BadSettings("settings_unknown", key=given.name, where=given.where, nearest=nearest(given))
    known = [PREFIX + name.upper().replace(".", "__") for name in _known(given.key) if "." in name]
    known += sorted(NO_SETTINGS)
    return BadSettings("settings_unknown_variable", key=variable, nearest=_closest(variable, known))


def _known(key: tuple[str, ...]) -> list[str]:
    known = [f"{table}.{name}" for table, keys in rules.TABLES.items() for name in keys]
    known += [*rules.TABLES, "editors"]
    if key[0] in NAMED:
        name = key[1] if len(key) > 1 and key[1] else "name"
        known += [f"{key[0]}.{name}.{one}" for one in NAMED[key[0]]]
    return known


def _closest(name: str, known: Sequence[str]) -> str:
    def likeness(candidate: str) -> float:
        whole = SequenceMatcher(None, name, candidate).ratio()
        last = SequenceMatcher(None, name.rpartition(".")[2], candidate.rpartition(".")[2]).ratio()
        return max(whole, 0.9 * last)  # a key under the wrong table is found, too

    return max(known, key=likeness)


def _leaves(key: tuple[str, ...], content: Any, where: str) -> Iterator[Given]:
    if not isinstance(content, dict):
        raise BadSettings("settings_wants_table", key=".".join(key), where=where)
    for name, value in content.items():
        if key[0] in NAMED and len(key) == 1:
            if not name.strip() or not name.isprintable():
                raise BadSettings("settings_wants_text", key=key[0], where=where)
            yield Given(key=(*key, name), value=None, where=where)
            yield from _leaves((*key, name), value, where)
        else:
            yield Given(key=(*key, name), value=value, where=where)


def read_toml(path: Path) -> dict[str, Any]:
    try:
        written = path.read_bytes().decode("utf-8-sig")  # some editors put a byte order mark first
    except OSError as error:
        raise BadSettings("settings_unreadable", path=str(path), cause=error.strerror) from error
    except UnicodeDecodeError as error:
        raise BadSettings("settings_not_utf8", path=str(path), byte=error.start) from error
    try:
        return tomllib.loads(written)
    except (ValueError, RecursionError) as error:  # ValueError also for an integer of thousands of digits
        place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        line, column = (int(place[1]), int(place[2])) if place else (written.count("\n") + 1, 1)
        cause = str(error).partition(" (at ")[0]
        raise BadSettings(
            "settings_not_toml", path=str(path), line=line, column=column, cause=cause
        ) from error


def _value(text: str) -> Any:
    try:
        read = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return (
        read["value"] if read.keys() == {"value"} else text
    )  # a line break must not smuggle in a second key
