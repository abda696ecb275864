"""The configurations for web servers say what `serve` says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.routing import Route

from builders import NOW
from curator.faces.serve.catalogue import TYPES, Kind, kind_of
from curator.faces.serve.formpages import Pages
from curator.faces.serve.guard import Errands
from curator.faces.serve.subscribing import routes
from curator.ingest import websub
from curator.publish.pages import LETTER_POLICY, POLICY
from curator.settings import ServeSettings, Settings
from curator.store import Store

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


_PICTURE = f"pictures/{'5a' * 32}"
_PATHS = {
    **{
        f"{folder}{_PICTURE}.{ending}": True
        for folder in ("", "en/")
        for ending in ("jpg", "png", "gif", "webp")
    },
    # A topic and a source may be called "pictures", and somebody may lay a page there.
    "tags/pictures/index.html": False,
    "en/sources/pictures/": False,
    "pictures/index.html": False,
    f"{_PICTURE}.html": False,
    "pictures/logo.jpg": False,
}


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("nginx.conf", r'"~(\^.*pictures.*)" "public, max-age=31536000, immutable";'),
        ("Caddyfile", r"path_regexp (\^.*pictures.*)"),
    ],
)
def test_pictures_of_ours_are_kept_for_a_year_and_nothing_else(name: str, line: str) -> None:
    [pattern] = re.findall(line, (SERVING / name).read_text())

    assert {path for path in _PATHS if re.search(pattern, f"/{path}")} == {
        p for p, kept in _PATHS.items() if kept
    }


@pytest.mark.parametrize("path", [path for path in _PATHS if "logo" not in path and not path.endswith("/")])
def test_a_picture_is_one_in_every_edition(path: str) -> None:
    assert (kind_of(path)[0] is Kind.PICTURE) == _PATHS[path]


@pytest.mark.parametrize(
    ("name", "line"),
    [("nginx.conf", r"location ~ (\^/\(\?:subscribe.*) \{"), ("Caddyfile", r"@readers path_regexp (\^.*)")],
)
def test_what_readers_ask_of_serve_is_handed_on_and_no_page_is(name: str, line: str) -> None:
    [pattern] = re.findall(line, (SERVING / name).read_text())
    pages = Pages(
        settings=Settings(newsroom=Path(), serve=ServeSettings(public_url="https://rassegna.example/")),
        store=Store("sqlite://"),
        run=Errands(),
        clock=lambda: NOW,
    )
    served = routes(pages, secret=b"", wake=lambda: None)
    addresses = [route.path for route in served if isinstance(route, Route)]

    assert len(addresses) == 6
    assert [each for each in [*addresses, f"/{websub.PATH}x"] if not re.search(pattern, each)] == []
    assert [path for path in _PATHS if re.search(pattern, f"/{path}")] == []
    assert not re.search(pattern, "/newsletter/1.html")
