"""Every setting with its type and its default, as one frozen value.

What may be written for each stands in `rules.py`, how it is said to an
operator in config/curator.toml; tests/house keeps the three alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import curator
from curator.model import Lang


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSettings:
    url: str = "sqlite:///data/curator.db"
    busy_timeout: float = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """Limits of one fetch and politeness; seconds, bytes after decompression, intervals in minutes."""

    allow_private: tuple[str, ...] = ()
    total_timeout: float = 60.0
    connect_timeout: float = 15.0
    max_bytes: int = 15 * 1024 * 1024
    max_redirects: int = 10
    concurrency: int = 32
    per_host: int = 1
    per_host_gap: float = 1.0
    first_entries: int = 10
    max_queued: int = 50
    interval: int = 60
    shortest_interval: int = 30
    longest_interval: int = 12 * 60
    user_agent: str = f"Curator/{curator.__version__} (+https://github.com/curator-desk/curator)"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSettings:
    """Limits of reading one document in a worker process."""

    workers: int = 2
    cpu_seconds: float = 10.0
    memory_bytes: int = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishSettings:
    directory: Path = Path("public")
    base_url: str = "http://localhost:8000/"
    feed_items: int = 50
    page_items: int = 20
    templates: Path = Path("config/templates")
    hubs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimKey:
    """One signature (RFC 6376) by the RSA or Ed25519 key in `key_file`. `domain` None: the sender's."""

    selector: str
    key_file: Path
    domain: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """`sender` and `reply_to` are `mail.from` and `mail.reply_to`. `given`: mail.url was set on purpose.

    `bounce_domain` may name a whole address: "news@example.org" takes what comes back as news+….
    Rates are mails; `rate_per_domain` is per hour and domain of the receiver. `warm_up`: on the first
    day, twice as many on each that follows. `most_bounces`, `most_complaints`: per cent of an issue.
    """

    url: str = "folder:outbox"
    given: bool = False
    sender: str = "curator@localhost"
    reply_to: str | None = None
    bounce_domain: str | None = None
    password_file: Path | None = None
    bounce_mailbox: str | None = None
    bounce_password_file: Path | None = None
    rate_per_second: float = 0.0
    rate_per_hour: float = 0.0
    rate_per_domain: float = 0.0
    warm_up: int = 0
    retry_days: float = 5.0
    log: Path | None = None
    most_bounces: float = 5.0
    most_complaints: float = 0.3
    dkim: tuple[DkimKey, ...] = ()
    timeout: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsletterSettings:
    """`confirm_hours`: how long a link to confirm is good; `unconfirmed_days`: how long one waits for it."""

    weekday: str = "monday"
    time: str = "09:00"
    confirm: bool = False
    ambiguous: str = "hold"
    start: str = "7 days"
    confirm_hours: int = 72
    unconfirmed_days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSettings:
    claim_hours: float = 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSettings:
    """`note_max_words` is for a note beside a quotation; where the note is all there is, it has no end.

    `words` are the house's own, in no dictionary; `dictionaries` are folders looked into before the system's.
    """

    two_person: bool = False
    note_min_words: int = 10
    note_max_words: int = 120
    spelling: bool = True
    dictionaries: tuple[Path, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotationSettings:
    """Words a claimed excerpt starts with, and the most that may be quoted where a source sets no limit.

    `max_share` is per cent of the original, for what is longer than `free_words`: of a feed that
    carries teasers the original is not known, and a short text cannot be quoted in half.
    """

    excerpt_words: int = 150
    max_words: int = 400
    max_share: int = 50
    free_words: int = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureSettings:
    """Under which licences (of `rights.FAMILIES`) a picture is copied and shown; bytes, pixels, seconds."""

    licenses: tuple[str, ...] = ("cc0", "pdm", "by", "by-sa", "by-nd", "unsplash", "pexels", "pixabay")
    max_bytes: int = 10 * 1024 * 1024
    max_side: int = 12_000
    shown_side: int = 1280
    timeout: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslateEngine:
    """`daily_characters` None: as many as `TranslateSettings` says."""

    engine: str
    url: str | None = None
    key_file: Path | None = None
    daily_characters: int | None = None
    key: str | None = field(default=None, repr=False)  # for CURATOR_TRANSLATE__ENGINES: in no config file


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslateSettings:
    """`timeout`: seconds for one answer; `deadline`: for a whole text, other tries included."""

    engines: tuple[TranslateEngine, ...] = ()
    timeout: float = 15.0
    deadline: float = 45.0
    retries: int = 1
    daily_characters: int = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """`timeout`: seconds a client may take to send a request, or to take its answer.

    `max_age`: seconds that readers may go without asking again; `metrics`: a "host:port" of its own.
    """

    public_url: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = 8080
    timeout: float = 30.0
    connections: int = 200
    max_age: int = 300
    metrics: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WordPressSettings:
    """A WordPress that gets what is published, by REST with an application password. `url` None: none.

    `password` is for CURATOR_WORDPRESS__PASSWORD, and in no config file. `edition` None: the default one.
    `status` is of a new post; `withdrawn` is what becomes of one whose item is withdrawn; `categories` are
    names that every new post is filed under, beside its tags.
    """

    url: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    password_file: Path | None = None
    edition: str | None = None
    status: str = "draft"
    withdrawn: str = "trash"
    categories: tuple[str, ...] = ()
    timeout: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    """Whom to tell when something is wrong, once, and once that it is over: addresses, a program, or both.

    `command` is given what happened as JSON on its standard input; its words are those of a list, no shell.
    `heartbeat_url` is asked (GET) while all goes on: whoever is there says when it stays away.
    """

    to: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    heartbeat_url: str | None = field(default=None, repr=False)  # whoever knows it can keep it quiet


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepSettings:
    """For how many days what nobody needs any more is kept; 0: for good.

    `bodies_days`: texts of entries that nobody quotes; `polls_days`: what each poll of a source met.
    """

    bodies_days: int = 180
    polls_days: int = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSettings:
    """Whether the sources of published items are looked at every `days`.

    `archive`: where one that is dead may still be found, with `{url}` and `{date}` (20261122). None: nowhere.
    """

    check: bool = True
    days: int = 30
    archive: str | None = "https://web.archive.org/web/{date}/{url}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EditorSettings:
    name: str
    email: str | None = None
    role: str = "editor"
    public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """A language line that readers follow. `key` names its folder and its rows.

    `address`, `privacy_url`: where the organisation is, and what it does with readers' data, as mails say it.
    """

    key: str
    language: Lang
    title: str
    subtitle: str
    timezone: str
    organisation: str
    note_label: str
    read_more: str
    source_label: str
    address: str = ""
    privacy_url: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    newsroom: Path
    database: DatabaseSettings = DatabaseSettings()
    fetch: FetchSettings = FetchSettings()
    read: ReadSettings = ReadSettings()
    publish: PublishSettings = PublishSettings()
    mail: MailSettings = MailSettings()
    newsletter: NewsletterSettings = NewsletterSettings()
    desk: DeskSettings = DeskSettings()
    review: ReviewSettings = ReviewSettings()
    quotation: QuotationSettings = QuotationSettings()
    pictures: PictureSettings = PictureSettings()
    translate: TranslateSettings = TranslateSettings()
    serve: ServeSettings = ServeSettings()
    wordpress: WordPressSettings = WordPressSettings()
    alerts: AlertSettings = AlertSettings()
    keep: KeepSettings = KeepSettings()
    links: LinkSettings = LinkSettings()
    editors: Mapping[str, EditorSettings] = field(default_factory=dict)
    editions: Mapping[str, Edition] = field(default_factory=dict)

    @property
    def default_edition(self) -> Edition:
        return next(iter(self.editions.values()))

    @property
    def claim_time(self) -> timedelta:
        return timedelta(hours=self.desk.claim_hours)
