"""`serve` as readers meet it who subscribe: the forms over HTTP, and the mails that these bring."""

from __future__ import annotations

import http.client
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from lxml import html

from answering import answering
from builders import ITALIAN, NOW
from curator.edges.mail import open_mailer
from curator.model import Subscriber
from curator.ports import Mailroom
from curator.publish import tokens
from curator.publish.consent import consent_text
from curator.publish.notices import send_notices
from curator.settings import Edition, MailSettings, PublishSettings, Settings
from curator.store import Store
from newsletter import SECRET, part, read_mail
from publishing import ENGLISH

TRUSTED = ("127.0.0.1",)
ONE_CLICK = "List-Unsubscribe=One-Click"
FORM = "application/x-www-form-urlencoded"

Fields = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def page(self) -> Any:
        return html.fromstring(self.body)

    @property
    def title(self) -> str:
        return " ".join(self.page.findtext(".//h1").split())

    @property
    def words(self) -> str:
        return " ".join(self.page.find(".//main").text_content().split())


@dataclass(slots=True)
class Readership:
    """`network`: whence whoever asks comes, as a trusted proxy says it; each test has one of its own."""

    store: Store
    folder: Path
    settings: Settings = field(init=False)
    now: datetime = NOW
    network: str = "203.0.113.7"
    woken: int = 0
    moments: int = 0
    """How many were answered by the clock that tells nothing, which does not wait here."""

    def ask(
        self,
        path: str,
        method: str = "GET",
        *,
        body: bytes | str | None = None,
        kind: str = FORM,
        **headers: str,
    ) -> Answer:
        where = urlsplit(self.settings.publish.base_url)
        said = {"X-Forwarded-For": self.network, **({"Content-Type": kind} if body is not None else {})}
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        line = http.client.HTTPConnection(where.hostname or "", where.port, timeout=20)
        try:
            content = body.encode() if isinstance(body, str) else body
            line.request(method, path if path.startswith("/") else where.path + path, content, said)
            answer = line.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(status=answer.status, headers=found, body=answer.read())
        finally:
            line.close()

    def post(self, path: str, fields: Fields | None = None, **headers: str) -> Answer:
        return self.ask(path, "POST", body=urlencode(fields or {}, doseq=True), **headers)

    def subscribe(self, email: str, edition: Edition = ITALIAN, *, fields: Fields | None = None) -> Answer:
        """The form, filled in and sent."""
        said = {"email": email, "consent": consent_text(edition).version, **(fields or {})}
        return self.post(f"subscribe/{edition.key}", said)

    def send(self) -> None:
        """What `serve` does whenever it is woken."""
        mailer = open_mailer(self.settings.mail)
        send_notices(
            self.store,
            Mailroom(mailer=mailer),
            self.settings,
            secret=SECRET,
            worker="here:1",
            is_gone=lambda _worker: False,
            clock=lambda: self.now,
        )
        mailer.close()

    def mails(self) -> list[tuple[str, str]]:
        """Sends what is due; to whom, and the path of the link in it, the oldest first."""
        outbox = self.folder / "outbox"
        before = set(outbox.glob("*.eml"))
        self.send()
        new = sorted(set(outbox.glob("*.eml")) - before, key=lambda path: path.stat().st_mtime_ns)
        mails = [path.read_bytes() for path in new]
        return [(str(read_mail(mail)["To"]).strip("<>"), self.link_in(mail)) for mail in mails]

    def link(self, email: str) -> str:
        """Of the one mail that is due, which is to this address."""
        [(recipient, link)] = self.mails()
        assert recipient == email
        return link

    def link_in(self, mail: bytes) -> str:
        """The one link of ours, from `serve.public_url` on."""
        base = self.settings.serve.public_url or ""
        [link] = re.findall(re.escape(base) + r"(\S+)", part(mail, "plain"))
        return str(link)

    def confirmed(self, email: str, edition: Edition = ITALIAN) -> str:
        """Somebody who subscribed, confirmed, and has this link to unsubscribe."""
        self.subscribe(email, edition)
        assert self.post(self.link(email)).status == 200
        return self.way_out(email, edition)

    def way_out(self, email: str, edition: Edition = ITALIAN) -> str:
        with self.store.read() as tx:
            who = tx.mailing.subscribers.id_of(email)
        token = tokens.unsubscribe_token(SECRET, edition=edition.key, subscriber_id=who or 0)
        return f"unsubscribe/{edition.key}/{token}"

    def choosing(self, email: str) -> str:
        """The link to somebody's preferences."""
        self.post("preferences/it", {"email": email})
        return self.link(email)

    def standing(self, email: str) -> dict[str, str]:
        """Status by edition; empty for whom nobody knows."""
        with self.store.read() as tx:
            who = tx.mailing.subscribers.id_of(email)
            found: list[Subscriber] = [] if who is None else tx.mailing.subscribers.of(who)
        return {each.edition: str(each.status) for each in found}

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)


@contextmanager
def a_readership(
    store: Store, folder: Path, *, mail_url: str | None = None, **how: Any
) -> Iterator[Readership]:
    """Two editions, mail into a folder unless said, a proxy that is trusted; `how` goes to `answering`."""
    readership = Readership(store, folder)
    given = Settings(newsroom=folder, editions={"it": ITALIAN, "en": ENGLISH})
    mail = MailSettings(
        url=mail_url or f"folder:{folder / 'outbox'}",
        sender="Redazione AICEX <rassegna@aicex.example>",
        given=True,
    )

    def wake() -> None:
        readership.woken += 1

    @asynccontextmanager
    async def at_once() -> AsyncIterator[None]:
        yield
        readership.moments += 1

    how = {"trusted_proxies": TRUSTED, "moments": at_once, "publish": PublishSettings(), **how}
    with answering(
        store, clock=lambda: readership.now, published=replace(given, mail=mail), wake=wake, **how
    ) as running:
        readership.settings = running
        yield readership
