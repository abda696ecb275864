"""docs/schema: what each command's --json answer must be; every answer in the tests is held against it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator, Registry

SCHEMAS = Path(__file__).parents[1] / "docs/schema"
OF: dict[str, str] = json.loads((SCHEMAS / "index.json").read_text(encoding="utf-8"))
ERROR = "error.json"
TAKE_A_VALUE = ("--newsroom", "--editor", "--locale")


def loaded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
    return found


def complaints(answer: Any, schema: str) -> list[str]:
    return [
        f"{'.'.join(map(str, error.instance_path)) or 'the answer'}: {error.message[:300]}"
        for error in _validator(schema).iter_errors(answer)
    ]


def misanswered(words: Sequence[str], status: int, out: str) -> list[str]:
    """What is wrong with what `curator WORDS --json` wrote on standard output."""
    try:
        answer = json.loads(out)
    except ValueError as error:
        return [f"no JSON document: {error}"]
    if isinstance(answer, dict) and "error" in answer and status != 0:
        return complaints(answer, ERROR)
    return complaints(answer, OF[command_of(words)])


def command_of(words: Sequence[str]) -> str:
    """Which of our commands this line calls; options of every command may stand before it."""
    ahead = list(words)
    while ahead and ahead[0].startswith("--"):
        del ahead[: 2 if ahead[0] in TAKE_A_VALUE else 1]
    return next(name for name in (" ".join(ahead[:2]), ahead[0]) if name in OF)


@cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(loaded(schema), registry=_registry(), validate_formats=True)


@cache
def _registry() -> Registry:
    return Registry((path.name, loaded(path.name)) for path in SCHEMAS.glob("*.json"))
