"""Whatever is done, and whatever fails: no line of any log names a reader, a password or a token."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import quote, urlencode, urlsplit

from sqlalchemy import select

import blog
from curator.bootstrap import open_newsroom
from curator.publish import tokens
from curator.publish.consent import consent_text
from curator.settings import Edition
from curator.store.tables import (
    deliveries,
    hub_subscriptions,
    suppressions,
)
from hub import linked, running_hub
from newsletter import part
from newsroom import STORY, Newsroom, an_item, feed
from postoffice import post_office
from returning import complaint, dsn, failed
from wordpressserver import running_wordpress

READERS = ("ada.lovelace", "grace.hopper", "hedy.lamarr", "mary.somerville")
PASSWORDS = ("f33d-Passw0rd", "m4il-Passw0rd", "d4tabase-Passw0rd", "he4rtbeat-T0ken", "w0rd-Press-Passw0rd")
TALKATIVE = ("--log", "json", "--log-level", "debug")


def address(reader: str) -> str:
    return f"{reader}@lettori.example"


@contextmanager
def serving(newsroom: Newsroom) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    newsroom.environ["CURATOR_SERVE__PUBLIC_URL"] = f"http://127.0.0.1:{port}/"
    process = newsroom.start("serve", "--port", port, "--json", *TALKATIVE)
    assert process.stdout
    assert b"{" in process.stdout.readline()
    try:
        yield port, process
    finally:
        process.kill()
        process.communicate()


def posted(port: int, path: str, **fields: str) -> int:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    line.request("POST", path, urlencode(fields), form)
    status = line.getresponse().status
    line.close()
    return status


def test_no_line_of_any_log_names_a_reader_a_password_or_a_token(newsroom: Newsroom) -> None:
    told: list[str] = []

    def run(*, ok: bool = True, **environ: str) -> None:
        told.extend(newsroom.curator("run", "--once", *TALKATIVE, ok=ok, **environ).err.splitlines())

    with (
        post_office() as office,
        running_hub() as hub,
        running_wordpress(password=PASSWORDS[4]) as wordpress,
    ):
        returned = newsroom.folder / "returned"
        for name in ("cur", "new", "tmp"):
            (returned / name).mkdir(parents=True)
        newsroom.environ |= {
            "CURATOR_ALERTS__HEARTBEAT_URL": f"http://127.0.0.1:9/{PASSWORDS[3]}",
            "CURATOR_ALERTS__TO": json.dumps([address(READERS[3])]),
            "CURATOR_MAIL__URL": office.url,
            "CURATOR_MAIL__BOUNCE_MAILBOX": f"maildir:{returned}",
            "CURATOR_PUBLISH__BASE_URL": "https://rassegna.example/",
            "CURATOR_WORDPRESS__URL": wordpress.url,
            "CURATOR_WORDPRESS__USER": wordpress.user,
            "CURATOR_WORDPRESS__PASSWORD": wordpress.password,
        }
        page = linked(
            blog.Page(body=feed(*(an_item(str(n), f"Post {n}", STORY) for n in (1, 2))).encode()), hub=hub.url
        )
        newsroom.web["/feed"] = page.body
        guarded = newsroom.web.url("/feed").replace("://", f"://redazione:{PASSWORDS[0]}@")
        newsroom.ask("source", "add", guarded)
        with serving(newsroom) as (port, server):
            (returned / "new" / "1").write_bytes(dsn(failed(reader=address(READERS[0]))))
            (returned / "new" / "2").write_bytes(complaint())
            run()
            newsroom.ready(1)
            consent = consent_text(edition_of(newsroom)).version
            for reader in READERS[:3]:
                assert posted(port, "/subscribe/it", email=address(reader), consent=consent) == 200
            asking = set(map(address, READERS[:3]))
            until(lambda: asking <= set(office.recipients))
            links = [link_of(mail.content, port) for mail in office.taken if mail.recipient in asking]
            for link in links:
                assert posted(port, link) == 200
            with open_newsroom(newsroom.folder, newsroom.environ) as opened, opened.store.begin() as tx:
                tx.meta.set("created_at", datetime(2020, 1, 1, tzinfo=UTC).isoformat())  # an issue is owed
            office.at["RCPT"] = lambda _number, said: (
                f"550 5.1.1 {said} unknown" if READERS[1] in said else None
            )
            run()
            ways = ways_out(newsroom)
            assert posted(port, f"/{ways[address(READERS[0])]}") == 200
            assert posted(port, "/preferences/it", email=address(READERS[2])) == 200
            newsroom.curator("subscriber", "erase", address(READERS[2]))
            hub.push(page.body.replace(b"Post 2", b"Post 3"))
            wordpress.says = (500, {}, f"<p>{address(READERS[0])} {PASSWORDS[4]}")
            newsroom.ready(2)
            run(ok=False)
            run(ok=False, CURATOR_MAIL__URL=office.url.replace("://", f"://postman:{PASSWORDS[1]}@"))
            nowhere = f"postgresql+psycopg://curator:{PASSWORDS[2]}@127.0.0.1:9/curator"
            told.extend(
                newsroom.curator("run", "--once", ok=False, CURATOR_DATABASE__URL=nowhere).err.splitlines()
            )
            (newsroom.folder / "data/curator.db").rename(newsroom.folder / "data/away.db")
            (newsroom.folder / "data/curator.db").mkdir()
            assert posted(port, f"/{ways[address(READERS[0])]}") in (200, 503)
            (newsroom.folder / "data/curator.db").rmdir()
            (newsroom.folder / "data/away.db").rename(newsroom.folder / "data/curator.db")
            server.terminate()
            told.extend(server.communicate(timeout=30)[1].decode().splitlines())

    secrets = forbidden(newsroom, [*links, *ways.values()])
    assert [(line, word) for line in told for word in secrets if word.lower() in line.lower()] == []
    heard = {json.loads(line)["event"] for line in told if line.startswith("{")}
    assert heard >= {
        "source_polled",
        "hub_asked",
        "issue_sent",
        "request",
        "serve_stopped",
        "mirrored",
        "returned_read",
    }


def edition_of(newsroom: Newsroom) -> Edition:
    with open_newsroom(newsroom.folder, newsroom.environ) as opened:
        return opened.settings.default_edition


def until(so: Callable[[], bool]) -> None:
    for _ in range(600):
        if so():
            return
        time.sleep(0.05)
    raise AssertionError("it never came")


def link_of(mail: bytes, port: int) -> str:
    [link] = re.findall(rf"http://127\.0\.0\.1:{port}(/\S+)", part(mail, "plain"))
    return str(link)


def ways_out(newsroom: Newsroom) -> dict[str, str]:
    """The link by which each leaves."""
    with open_newsroom(newsroom.folder, newsroom.environ) as opened, opened.store.read() as tx:
        found = {reader: tx.mailing.subscribers.id_of(address(reader)) for reader in READERS[:3]}
        return {
            address(reader): "unsubscribe/it/"
            + tokens.unsubscribe_token(opened.secret, edition="it", subscriber_id=number or 0)
            for reader, number in found.items()
        }


def forbidden(newsroom: Newsroom, links: list[str]) -> list[str]:
    with open_newsroom(newsroom.folder, newsroom.environ) as opened, opened.store.read() as tx:
        hubs = tx.connection.execute(select(hub_subscriptions.c.token, hub_subscriptions.c.secret)).one()
        given = tx.connection.execute(select(deliveries.c.token)).scalars().all()
        hashes = tx.connection.execute(select(suppressions.c.address_hash)).scalars().all()
        key = opened.secret
    everybody = [word for reader in READERS for word in ways_to_write(reader)]
    paths = [urlsplit(link).path.rpartition("/")[2] for link in links]
    words = [*PASSWORDS, *everybody, *paths, *map(str, hubs), *map(str, given), *map(str, hashes), key.hex()]
    return [word for word in words if len(word) > 5]


def ways_to_write(reader: str) -> list[str]:
    whole = address(reader)
    return [
        reader,
        quote(whole, safe=""),
        base64.b64encode(whole.encode()).decode().rstrip("="),
        base64.b64encode(reader.encode()).decode().rstrip("=")[:-1],
        *(hashlib.new(name, whole.encode()).hexdigest()[:16] for name in ("sha256", "sha1", "md5")),
    ]
