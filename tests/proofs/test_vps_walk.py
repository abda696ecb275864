"""docs/running.md walked with the real nginx and the real Caddy: from an empty machine to the first issue.

As in tests/house/test_running.py, but each command is a process of its own,
both services run, readers come over HTTPS, and the relay wants TLS and a password.
"""

from __future__ import annotations

import os
import re
import ssl
import subprocess
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import feedparser  # type: ignore[import-untyped]  # it has no types
import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from lxml import html

from newsletter import part, read_mail
from newsroom import STORY, Web, an_item, feed, serving
from postoffice import PostOffice, Taken, post_office
from vps import NAME, PATIENCE, Answer, NoVps, Vps, a_vps, curator
from walking import ROOT, Box, Walk, an_empty_machine, boxes

PASSWORD = "a word of the relay's"


class Walked:
    """The whole way, up to the first issue, by one of the two web servers."""

    def __init__(self, vps: Vps, web: Web, office: PostOffice, server: str) -> None:
        self.vps = vps
        self.office = office
        self.server = server
        self.unpublished = 0
        self.feeds: dict[str, Answer] = {}
        relay = f"smtp+starttls://rassegna%40example.org@mail.example.org:{office.port}"
        self.walk = Walk(
            vps.machine,
            self._types,
            {
                "https://blog.example.org/": web.url("/blog"),
                f"https://{NAME}/": f"https://{NAME}:{vps.https}/",
                "smtp+starttls://rassegna%40example.org@mail.example.org:587": relay,
            },
        )

    @property
    def environ(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.walk.newsroom),
            "LOGNAME": "curator",
            "CURATOR_LOCALE": "en",
            "CURATOR_FETCH__ALLOW_PRIVATE": '["127.0.0.0/8:*"]',
            "CURATOR_SERVE__PORT": str(self.vps.serve),
            "SSL_CERT_FILE": str(self.vps.trusted),
        } | self.walk.environ

    def go(self, until: str) -> None:
        other = {"nginx": "With Caddy", "caddy": "With nginx"}[self.server]
        for box in boxes(ROOT / "docs/running.md"):
            if box.under == until:
                return
            if box.under != other:
                self.walk.go(box)
                self._systemctl(box)

    def asks(self, *words: str) -> str:
        return self._types(list(words), statuses=frozenset({0}))

    def _types(self, words: list[str], *, statuses: frozenset[int]) -> str:
        done = subprocess.run(
            self.vps.inside(*curator(*words)),
            env=self.environ,
            cwd=self.walk.newsroom,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in statuses, (
            f"curator {words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
        return done.stdout

    def _systemctl(self, box: Box) -> None:
        """What the box has told systemd, and whom it let type."""
        if "nano data/mail.password" in box.text:
            for name in ("mail", "bounce"):
                (self.walk.newsroom / f"data/{name}.password").write_text(f"{PASSWORD}\n")
        if re.search(r"systemctl (enable --now|restart) curator curator-serve", box.text):
            for name, words in (("curator", ("run",)), ("curator-serve", ("serve",))):
                self.vps.start(
                    name, *curator("--newsroom", str(self.walk.newsroom), *words), environ=self.environ
                )
            self.vps.await_serve()
        if f"systemctl reload {self.server}" in box.text:
            {"nginx": self.vps.nginx, "caddy": self.vps.caddy}[self.server]()
            self.unpublished = self.vps.ask("/")[0]


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def walked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walked]:
    machine = an_empty_machine(tmp_path_factory.mktemp(request.param) / "machine")
    try:
        with serving() as web, a_vps(machine) as vps, _relay(vps) as office:
            web["/blog"] = feed(an_item("1", "Kept promises", STORY))
            one = Walked(vps, web, office, request.param)
            one.go("Backups")
            one.feeds = {path: vps.ask(f"/{path}") for path in ("feed.atom", "feed.rss", "feed.json", "")}
            yield one
            vps.end()
    except NoVps as why:
        pytest.skip(f"a server to play with: {why}")


def test_before_the_first_publish_nothing_is_there_and_then_the_feeds_are(walked: Walked) -> None:
    found = walked.feeds

    assert walked.unpublished == 503
    assert {
        path: (status, said["content-type"].partition(";")[0]) for path, (status, said, _) in found.items()
    } == {
        "feed.atom": (200, "application/atom+xml"),
        "feed.rss": (200, "application/rss+xml"),
        "feed.json": (200, "application/feed+json"),
        "": (200, "text/html"),
    }
    [entry] = feedparser.parse(found["feed.atom"][2]).entries
    assert entry.title == "Una promessa mantenuta"
    assert entry.link.startswith(f"https://{NAME}:{walked.vps.https}/items/")


def test_without_encryption_one_is_sent_to_where_there_is_some(walked: Walked) -> None:
    status, said, _ = walked.vps.ask("/feed.atom", encrypted=False)

    assert status in (301, 308)
    assert said["location"].startswith(f"https://{NAME}")


def test_the_first_issue_arrived_over_tls_and_its_way_out_is_one_click(walked: Walked) -> None:
    trial, issue = [mail for mail in walked.office.taken if mail.recipient == "marta@example.org"]
    way_out = str(read_mail(issue.content)["List-Unsubscribe"]).partition(">")[0].removeprefix("<")
    path = urlsplit(way_out).path

    looked = walked.vps.ask(path)
    left = walked.vps.ask(path, "POST", body="List-Unsubscribe=One-Click")
    standing = walked.asks("subscriber", "show", "marta@example.org", "--json")

    assert "Una promessa mantenuta" in part(trial.content, "plain")
    assert "Una promessa mantenuta" in part(issue.content, "plain")
    assert urlsplit(way_out).netloc == f"{NAME}:{walked.vps.https}"
    assert (looked[0], left[0]) == (200, 200)
    assert '"unsubscribed"' in standing


def test_a_reader_subscribes_by_the_form_and_is_in(walked: Walked) -> None:
    form = html.fromstring(walked.vps.ask("/subscribe/it")[2]).forms[0]
    fields: dict[str, Any] = {name: value for name, value in form.form_values() if value}
    fields |= {"email": "ada@example.org", "consent": form.xpath("//input[@name='consent']/@value")[0]}

    asked = walked.vps.ask("/subscribe/it", "POST", body=urlencode(fields))
    mail = _mail_to(walked.office, "ada@example.org")
    [link] = re.findall(rf"https://{NAME}\S+", part(mail.content, "plain"))
    looked = walked.vps.ask(urlsplit(link).path)
    waits = walked.asks("subscriber", "show", "ada@example.org", "--json")
    walked.vps.ask(urlsplit(link).path, "POST", body="")
    gets = walked.asks("subscriber", "show", "ada@example.org", "--json")

    assert (asked[0], looked[0]) == (200, 200)
    assert '"unconfirmed"' in waits
    assert '"confirmed"' in gets


def test_what_is_withdrawn_is_gone(walked: Walked) -> None:
    [entry] = feedparser.parse(walked.feeds["feed.atom"][2]).entries
    path = urlsplit(entry.link).path

    before = walked.vps.ask(path)[0]
    walked.asks("withdraw", "1", "--reason", "trial", "--now")

    assert (before, walked.vps.ask(path)[0]) == (200, 410)


def test_no_log_has_who_asked_for_what(walked: Walked) -> None:
    said = "".join(path.read_text(errors="replace") for path in walked.vps.machine.glob("**/*.log"))

    assert "ada@" not in said
    assert "/unsubscribe/it/" not in said
    assert "/confirm/" not in said


def _relay(vps: Vps) -> Any:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(vps.certificate, vps.certificate.with_name("privkey.pem"))

    def knows(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        known = (data.login, data.password) == (b"rassegna@example.org", PASSWORD.encode())
        return AuthResult(success=known, handled=False)

    return post_office(tls_context=context, authenticator=knows, auth_required=True)


def _mail_to(office: PostOffice, recipient: str) -> Taken:
    """The next one: `serve` sends by itself, a moment after its answer."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := [mail for mail in office.taken if mail.recipient == recipient]:
            return found[-1]
        time.sleep(0.05)
    raise AssertionError(f"no mail to {recipient}")
