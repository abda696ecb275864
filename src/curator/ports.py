"""Protocols, only where there are two real implementations, or where a stage needs what an edge owns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from curator.model import (
    Article,
    Failed,
    FeedLink,
    Inferred,
    Lang,
    MirrorAccount,
    Mirrored,
    MirroredRevision,
    ParsedFeed,
    Picture,
    Selectors,
    Sitemap,
    Unreadable,
    WantedPicture,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The server said 250 after the data: it is theirs now. `reply` may hold the queue id."""

    reply: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Put into a folder as .eml: nobody has received it."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferred:
    """A temporary no (4xx, no connection before DATA): to be tried again."""

    reply: str
    whole_session: bool = False  # 421, or nobody answers: stop this run, keep the rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A final no (5xx) for this address or this message."""

    reply: str
    code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """The connection broke after DATA began and before the answer: nobody knows (RFC 5321 §4.5.3.2.6)."""

    reply: str


HandOver = Accepted | Written | Deferred | Rejected | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One message in its envelope. `name` is stable per delivery: a file of that name is written once."""

    sender: str
    recipient: str
    message: bytes
    name: str


class Mailer(Protocol):
    """Hands over one ready-made message. Outcomes of ordinary days are values."""

    writes_files: bool

    def send(
        self,
        mail: Mail,
        *,
        before_data: Callable[[], None] = lambda: None,
        coming: Callable[[], Mail | None] = lambda: None,
    ) -> HandOver:
        """A server is told nothing of the message until `before_data` has returned.

        From then on a broken line leaves doubt. What it raises ends the mail and
        comes out of here. A folder leaves no doubt and does not call it.

        `coming`, which raises nothing, may be asked for the next mail while the
        server takes this one in: the time to make it ready is then free.
        """

    def close(self) -> None: ...


class Signer(Protocol):
    """Signs mails in the name of the sender's domain (DKIM, RFC 6376)."""

    def sign(self, message: bytes, *, at: datetime) -> bytes:
        """The message with its signature fields before it: the same bytes whenever it is signed for `at`."""

    def verifies(self, message: bytes) -> bool:
        """Whether every signature of ours in it is right, by the key that signs. DNS is not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailroom:
    """What an issue leaves through. `signer` None: a mail server signs, or nobody.

    `answers`: whether the page at this address of `serve.public_url` is ours and answers; None: fine,
    else why not, in a few words. It asks over the network.

    `log`: the lines of the mail server's log since a moment, as of now, oldest first; None: there is none.
    """

    mailer: Mailer
    signer: Signer | None = None
    answers: Callable[[str], str | None] = lambda _url: None
    log: Callable[[datetime, datetime], Iterable[str]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedMail:
    """One message in a box. `name` finds it there again; `content` None: it could not be read."""

    name: str
    content: bytes | None


class ReturnedMails(Protocol):
    """A box of what came back: a folder, a file, or an IMAP or POP server."""

    def mails(self) -> Iterator[ReturnedMail]:
        """Each message once, as far as there is time; long ones without their end."""

    def remove(self, mail: ReturnedMail) -> None:
        """Called when what it said is written down; where nothing is ever removed, nothing happens."""


class Readers(Protocol):
    """Reads documents from outside; the processes that may be killed for it live in `edges.readers`."""

    def read(
        self,
        body: bytes,
        *,
        content_type: str | None,
        url: str,
        now: datetime,
        known: Collection[str] = (),
        as_said: bool = False,
    ) -> ParsedFeed | Unreadable:
        """What a feed says, without the entries whose telling is `known` (see `ingest.reconcile.skippable`).

        Which were left out is said in `ParsedFeed.unchanged`; `reconcile` wants to be told. `as_said`:
        each entry brings its text uncleaned as well, and nothing is known.
        """

    def links(self, body: bytes, *, content_type: str | None, url: str) -> tuple[FeedLink, ...]:
        """The feeds that an HTML page names; none for anything else."""

    def infer(
        self, body: bytes, *, content_type: str | None, url: str, now: datetime
    ) -> Inferred | Unreadable:
        """How a page without a feed lists its entries, or why it is no list."""

    def listing(
        self, body: bytes, selectors: Selectors, *, content_type: str | None, url: str, now: datetime
    ) -> ParsedFeed | Unreadable:
        """The entries of a page without a feed; Unreadable once its structure is another."""

    def sitemap(
        self, body: bytes, *, content_type: str | None, url: str, now: datetime
    ) -> Sitemap | Unreadable:
        """The entries of a sitemap, or the sitemaps that an index names."""

    def article(
        self, body: bytes, *, content_type: str | None, url: str, was_let_in: bool = False
    ) -> Article | Unreadable:
        """The article on an HTML page, without its furniture; `url` is where the page was found.

        `was_let_in`: a reader of ours saved it behind its wall, so that a wall is no reason to refuse it.
        """

    def picture(self, body: bytes, *, url: str, max_side: int, shown_side: int) -> Picture | Unreadable:
        """Our own copy of a picture: no longer than `shown_side`, the same bytes for the same bytes.

        Nothing that a server says of it counts. One of more than `max_side` is not looked into.
        """


class Translator(Protocol):
    """One engine. It gets sentences of plain text, with marks in them that it should leave alone.

    `label` tells two of one name apart, `at_once` is how many sentences it takes in one request,
    `daily_characters` how many of them a day; 0: any.
    """

    name: str
    label: str
    at_once: int
    daily_characters: int

    def translate(
        self, texts: Sequence[str], *, source: Lang, target: Lang, within: float, now: datetime
    ) -> tuple[str, ...] | Failed:
        """One line of text for each, never empty, within so many seconds whatever the other side does.

        `source` may be `und`: the engine has to find out.
        """

    def close(self) -> None: ...


class Spelling(Protocol):
    """Whether words are spelt right, where there is a dictionary of their language on this machine."""

    def knows(self, word: str, *, language: Lang) -> bool | None:
        """None where there is no dictionary of that language: then nobody can say."""

    def nearest(self, word: str, *, language: Lang) -> str | None:
        """The word of the dictionary that was probably meant, if there is one."""

    def load(self, *languages: Lang) -> None:
        """In advance; who asks meanwhile hears that nobody can say yet."""


class Mirror(Protocol):
    """A WordPress as the account we have there may use it. What it will not do is MirrorFailed.

    It knows no idempotency: who asks twice to make a post has two. `fields` are REST's own.
    """

    target: str
    """Its address without scheme and user, as the outbox names it."""

    def account(self) -> MirrorAccount: ...

    def get(self, number: int) -> Mirrored | None:
        """None: deleted for good. One in the trash is still there."""

    def find(self, slug: str) -> tuple[Mirrored, ...]:
        """Those of ours with that slug, in the trash too, oldest first."""

    def recent(self) -> tuple[Mirrored, ...]:
        """What this account made last, whatever it is called by now, newest first."""

    def make(self, fields: Mapping[str, Any]) -> Mirrored: ...

    def change(self, number: int, fields: Mapping[str, Any]) -> Mirrored: ...

    def trash(self, number: int) -> bool:
        """False: this one has no trash, and nothing was done."""

    def destroy(self, number: int) -> None:
        """For a double that we have just made."""

    def revisions(self, number: int, *, after: int) -> tuple[MirroredRevision, ...]:
        """What was saved after the revision of that number (0: all), newest first; no autosaves."""

    def term(self, taxonomy: str, name: str) -> int | None:
        """The tag or category ("tags", "categories") of that name, made where the account may; else None."""

    def find_picture(self, slug: str) -> int | None: ...

    def upload(self, picture: WantedPicture, content: bytes) -> int | None:
        """None: it does not take such a file."""

    def close(self) -> None: ...
