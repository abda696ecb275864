"""Making a newsroom, and completing one, without ever writing over anything."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from builders import NOW
from curator.bootstrap import Newsroom, init_newsroom, open_newsroom
from curator.errors import BadSettings, NewsroomError
from curator.settings import load_settings
from curator.store.tables import SCHEMA_HEAD


def made(folder: Path, base_url: str | None = None, **environ: str) -> tuple[str, ...]:
    return init_newsroom(folder, base_url=base_url, environ=environ, now=NOW).created


def test_a_newsroom_is_made_whole(tmp_path: Path) -> None:
    created = made(tmp_path / "new")

    assert {"config/curator.toml", "config/editions.toml", "data/secret.key", "data/curator.db"} <= set(
        created
    )
    with open_newsroom(tmp_path / "new", {}) as newsroom:
        newsroom.store.require_schema()
        assert len(newsroom.secret) == 32
        with newsroom.store.read() as tx:
            assert tx.meta.instant("created_at") == NOW


def test_twice_is_harmless(tmp_path: Path) -> None:
    made(tmp_path)
    secret = (tmp_path / "data/secret.key").read_bytes()

    again = init_newsroom(tmp_path, base_url=None, environ={}, now=NOW + timedelta(days=1))

    assert again.created == ()
    assert (tmp_path / "data/secret.key").read_bytes() == secret
    with open_newsroom(tmp_path, {}) as newsroom, newsroom.store.read() as tx:
        assert tx.meta.instant("created_at") == NOW


def test_what_is_missing_is_completed_and_the_rest_kept(tmp_path: Path) -> None:
    made(tmp_path)
    (tmp_path / "config/editions.toml").unlink()
    (tmp_path / "config/curator.toml").write_text("[fetch]\ninterval = 90\n")

    created = made(tmp_path)

    assert created == ("config/editions.toml",)
    assert load_settings(tmp_path, {}).fetch.interval == 90


def test_the_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    made(tmp_path)

    assert stat.S_IMODE((tmp_path / "data/secret.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_the_public_address_is_written_into_the_settings(tmp_path: Path) -> None:
    made(tmp_path, base_url="https://example.org/cx")

    assert load_settings(tmp_path, {}).publish.base_url == "https://example.org/cx/"


def test_the_public_address_can_be_said_later_and_again(tmp_path: Path) -> None:
    made(tmp_path)
    made(tmp_path, base_url="https://example.org/")
    made(tmp_path, base_url="https://example.org")

    assert load_settings(tmp_path, {}).publish.base_url == "https://example.org/"


def test_a_public_address_that_readers_know_is_kept(tmp_path: Path) -> None:
    made(tmp_path, base_url="https://example.org/")

    with pytest.raises(NewsroomError) as refused:
        made(tmp_path, base_url="https://example.net/")

    assert refused.value.reason == "base_url_said"
    assert load_settings(tmp_path, {}).publish.base_url == "https://example.org/"


def test_a_public_address_that_is_none_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadSettings):
        made(tmp_path / "new", base_url="example.org")

    assert not (tmp_path / "new").exists()


def test_a_newsroom_on_postgresql(tmp_path: Path, postgresql_url: str) -> None:
    created = made(tmp_path, CURATOR_DATABASE__URL=postgresql_url)

    assert not (tmp_path / "data/curator.db").exists()
    assert any(one.startswith("postgresql") for one in created)
    with Newsroom(tmp_path, {"CURATOR_DATABASE__URL": postgresql_url}) as newsroom:
        assert newsroom.store.schema() == SCHEMA_HEAD


def test_a_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "new").write_text("")

    with pytest.raises(NewsroomError) as refused:
        made(tmp_path / "new")

    assert refused.value.reason == "newsroom_not_writable"


def test_a_damaged_key_is_said_and_never_replaced(tmp_path: Path) -> None:
    made(tmp_path)
    (tmp_path / "data/secret.key").write_bytes(b"short")
    made(tmp_path)

    with open_newsroom(tmp_path, {}) as newsroom, pytest.raises(NewsroomError) as refused:
        _ = newsroom.secret

    assert refused.value.reason == "secret_too_short"
