"""The configurations for web servers say what `serve` says."""

from __future__ import annotations

from pathlib import Path

import pytest

from curator.faces.serve.catalogue import TYPES
from curator.publish.pages import LETTER_POLICY, POLICY

SERVING = Path(__file__).parents[2] / "docs/serving"


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_pages_may_do_the_same_behind_each_server(name: str) -> None:
    said = (SERVING / name).read_text()

    for policy in (POLICY, LETTER_POLICY):
        assert f"\"{policy}; frame-ancestors 'none'\"" in said


def test_nginx_knows_every_type() -> None:
    said = (SERVING / "nginx.conf").read_text()

    missing = [
        (ending, kind) for ending, kind in TYPES.items() if f"{kind.partition(';')[0]} {ending};" not in said
    ]
    assert not missing
