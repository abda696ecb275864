"""docs/running.md is walked from its first box to its last: what it says can be typed, and does it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import feedparser  # type: ignore[import-untyped]  # it has no types
import pytest

from newsroom import STORY, Newsroom, Web, an_item, feed
from postoffice import post_office
from vps import NAME, make_certificate, site_here, write_nginx
from walking import Box, Walk, an_empty_machine, boxes, commands, without_syntax_errors

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/running.md"
DEPLOY = ROOT / "docs/deploy"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")


def test_it_leads_from_an_empty_machine_to_the_first_issue_and_through_the_years(
    tmp_path: Path, web: Web, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    web["/blog"] = feed(an_item("1", "Kept promises", STORY))
    machine = an_empty_machine(tmp_path / "machine")
    newsroom = _not_made_yet(machine / "srv/newsroom", web)
    monkeypatch.chdir(newsroom.folder)

    def types(words: list[str], *, statuses: frozenset[int]) -> str:
        done = newsroom.curator(*words, ok=False, **walk.environ)
        assert done.status in statuses, f"curator {words}: exit {done.status}\n{done.out}\n{done.err}"
        return done.out

    with post_office() as office:
        walk = Walk(
            machine,
            types,
            {
                "https://blog.example.org/": web.url("/blog"),
                "smtp+starttls://rassegna%40example.org@mail.example.org:587": office.url,
                "postgresql+psycopg:///curator": postgresql_url,
            },
        )
        for box in boxes(PAGE):
            if "\ncurator restore" in box.text:
                _lose(newsroom.folder)
                monkeypatch.chdir(newsroom.folder)
            walk.go(box)
    published = feedparser.parse((newsroom.folder / "public/feed.atom").read_bytes())

    assert [entry.title for entry in published.entries] == ["Una promessa mantenuta"]
    letters = [mail.recipient for mail in office.taken if b"List-Unsubscribe" in mail.content]
    assert letters == ["marta@example.org"] * 2  # the test, and the issue: no more after a restore
    assert "tecnica@example.org" in office.recipients
    assert newsroom.ask("db", "current", **walk.environ)["database"]


def test_each_request_about_somebodys_data_is_answered_as_the_page_says(
    newsroom_template: Path, tmp_path: Path, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = an_empty_machine(tmp_path / "machine")
    shutil.copytree(newsroom_template, machine / "srv/newsroom", dirs_exist_ok=True)
    newsroom = Newsroom(machine / "srv/newsroom", web, serve__public_url="https://rassegna.example.org/")
    monkeypatch.chdir(newsroom.folder)
    for name in ("ada", "bob"):
        newsroom.curator("subscriber", "add", f"{name}@example.org", "--confirmed", "--consent", "by letter")
    told = []

    def types(words: list[str], *, statuses: frozenset[int]) -> str:
        done = newsroom.curator(*words)
        assert done.status in statuses
        told.append(done.out)
        return done.out

    walk = Walk(machine, types, {})
    for box in boxes(ROOT / "docs/privacy.md"):
        walk.go(box)
    left = newsroom.ask("subscriber", "list")["subscribers"]

    assert [(each["email"], each["status"]) for each in left] == [("ada.new@example.org", "unconfirmed")]
    assert any("by letter" in said for said in told)
    assert not list((machine / "srv/backups").iterdir())


@pytest.mark.parametrize("box", [box for box in boxes(PAGE) if box.shell], ids=lambda box: f"line {box.line}")
def test_every_box_is_shell(box: Box) -> None:
    assert without_syntax_errors(box.text)
    assert list(commands(box.text))


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_the_site_hands_on_who_asks_and_logs_nothing(name: str) -> None:
    said = (DEPLOY / name).read_text(encoding="utf-8")
    directives = [line.strip() for line in said.splitlines() if not line.strip().startswith("#")]

    assert any("127.0.0.1:8080" in line for line in directives)
    assert not any(line.startswith(("log ", "log{", "access_log /")) for line in directives)
    assert name == "Caddyfile" or "proxy_set_header X-Forwarded-For $remote_addr;" in said


@pytest.mark.skipif(shutil.which("caddy") is None, reason="no caddy here")
@pytest.mark.parametrize("path", ["deploy/Caddyfile", "serving/Caddyfile"])
def test_caddy_takes_what_it_is_told(path: str, tmp_path: Path) -> None:
    done = subprocess.run(
        ["caddy", "validate", "--adapter", "caddyfile", "--config", ROOT / "docs" / path],
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(NGINX is None, reason="no nginx here")
@pytest.mark.parametrize("path", ["deploy/nginx.conf", "serving/nginx.conf"])
def test_nginx_takes_what_it_is_told(path: str, tmp_path: Path) -> None:
    site = (ROOT / "docs" / path).read_text(encoding="utf-8")
    if path.startswith("deploy"):
        make_certificate(tmp_path / "etc/letsencrypt/live" / NAME / "fullchain.pem")
        site = site_here(site, tmp_path, http=1, https=2, serve=8080)
    site = re.sub(r"listen (?:127\.0\.0\.1:)?(\d+)", rf"listen unix:{tmp_path}/\1", site)

    done = subprocess.run(
        [str(NGINX), "-t", "-c", write_nginx(tmp_path / "nginx", site)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


def _lose(folder: Path) -> None:
    """Another machine, to which no more was saved than the journal, as the page says."""
    lost = folder.rename(folder.with_name("lost"))
    (folder / "data").mkdir(parents=True)
    for kept in [*(lost / "data").glob("journal*"), *(lost / "data").glob("erasures*")]:
        if kept.is_dir():
            shutil.copytree(kept, folder / "data" / kept.name)
        else:
            shutil.copyfile(kept, folder / "data" / kept.name)


def _not_made_yet(folder: Path, web: Web) -> Newsroom:
    """One whose `init` is the page's."""
    (folder / "config").mkdir()
    return Newsroom(folder, web, serve__public_url='""')
