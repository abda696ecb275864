"""What may be written for each setting: one rule per key, and every key there is.

A rule takes what TOML gave and returns what the house uses, or raises Wrong
with a code and the limits. It never says the value itself: it may be a secret.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from datetime import date
from datetime import time as wall_time
from difflib import SequenceMatcher
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from curator.rights import FAMILIES
from curator.settings.labels import ENGLISH

Rule = Callable[[Any], Any]

MAIL_SERVERS = ("smtp", "smtps", "smtp+starttls", "listmonk+http", "listmonk+https")
MAILBOX_SERVERS = ("imap", "imaps", "imap+starttls", "pop3", "pop3s")

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SIZES = {"b": 1, "kib": 1024, "mib": 1024**2, "gib": 1024**3, "kb": 1000, "mb": 1000**2, "gb": 1000**3}


class Wrong(Exception):
    """A value that a rule refuses: the code of a message, and what the message needs."""

    def __init__(self, code: str, **data: Any) -> None:
        self.code = code
        self.data = data
        super().__init__(code, data)


# ── rules ───────────────────────────────────────────────────────────────────


def text(value: Any) -> str:
    """One line without control characters or halves of surrogate pairs: it may end up in a mail's header."""
    if not isinstance(value, str) or re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", value):
        raise Wrong("settings_wants_text")
    return value.strip()


def words(value: Any) -> str:
    if not text(value):
        raise Wrong("settings_wants_text")
    return text(value)


def yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong("settings_wants_yes_or_no")
    return value


def number(least: float, most: float) -> Rule:
    def rule(value: Any) -> float:
        right = isinstance(value, int | float) and not isinstance(value, bool)
        # Compared before it is converted: an integer may be too large for a float, and nan equals nothing.
        if not right or not least <= value <= most:
            raise Wrong("settings_wants_number", least=least, most=most)
        return float(value)

    return rule


def whole(least: int, most: int) -> Rule:
    def rule(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise Wrong("settings_wants_whole_number", least=least, most=most)
        return value

    return rule


def size(least: int, most: int) -> Rule:
    """Bytes as an integer, or as "15 MiB"."""

    def rule(value: Any) -> int:
        if isinstance(value, str):
            written = re.fullmatch(r"\s*([0-9]{1,12})\s*([A-Za-z]{1,3})\s*", value)
            if written is None or written[2].lower() not in SIZES:
                raise Wrong("settings_wants_size", least=least, most=most)
            value = int(written[1]) * SIZES[written[2].lower()]
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise Wrong("settings_wants_size", least=least, most=most)
        return value

    return rule


def one_of(*choices: str) -> Rule:
    def rule(value: Any) -> str:
        if not isinstance(value, str) or value.strip().lower() not in choices:
            raise Wrong("settings_wants_one_of", choices=", ".join(choices))
        return value.strip().lower()

    return rule


def each(rule: Rule) -> Rule:
    def rules(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise Wrong("settings_wants_list")
        return tuple(rule(one) for one in value)

    return rules


def some(rule: Rule) -> Rule:
    """Several, or one said by itself; an empty text is none."""
    several = each(rule)
    return lambda value: several(value if isinstance(value, list) else [value] if value else [])


def command_line(value: Any) -> tuple[str, ...]:
    """A program and its arguments: a list, or one line in which quotes hold words together; for no shell."""
    if isinstance(value, list):
        return tuple(words(one) for one in value)
    try:
        return tuple(shlex.split(text(value)))
    except ValueError as error:  # a quotation mark that is never closed
        raise Wrong("settings_wants_command") from error


def optional(rule: Rule) -> Rule:
    """An empty text, as an empty variable is, says that there is none."""
    return lambda value: None if value == "" else rule(value)


def path(value: Any) -> Path:
    return Path(words(value))


def address(value: Any) -> str:
    """`somebody@example.org`, or `Name <somebody@example.org>`; whether mail arrives there is not asked."""
    if not re.fullmatch(r"(?:[^<>@]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)", text(value)):
        raise Wrong("settings_wants_address")
    return text(value)


def domain(value: Any) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?", text(value)):
        raise Wrong("settings_wants_domain")
    return text(value).lower()


def bounce_domain(value: Any) -> str:
    """A domain of its own for what comes back, or one address of which the part after + is free."""
    return address(value).lower() if isinstance(value, str) and "@" in value else domain(value)


def web_url(value: Any) -> str:
    """A public address: http(s), a host, no credentials, nothing after the path.

    As feeds and sitemaps need it (RFC 3986), however it was written: xn--caff-8oa for caffè.
    """
    written = text(value)
    if not _has_host(written, ("http", "https")) or set(written) & set(" ?#@\\"):
        raise Wrong("settings_wants_web_url")
    parts = urlsplit(written)
    path = quote(parts.path, safe="/%:!$&'()*+,;=~@")
    return urlunsplit(parts._replace(netloc=_of_ascii(parts.netloc), path=path))


def asked_url(value: Any) -> str:
    """An address that is asked as it stands, query and all: a secret may be part of it."""
    written = text(value)
    if not _has_host(written, ("http", "https")) or set(written) & set(' "<>\\'):
        raise Wrong("settings_wants_asked_url")
    return written


def archive_url(value: Any) -> str:
    """Where an archive keeps an address: `{url}` in it, and `{date}` where it knows days (20261122)."""
    written = text(value)
    if not _has_host(written, ("http", "https")) or "{url}" not in written:
        raise Wrong("settings_wants_archive_url")
    return written


def folder_url(value: Any) -> str:
    """The same with its last slash: feeds and pages are addressed below it."""
    return web_url(value).rstrip("/") + "/"


def database_url(value: Any) -> str:
    """SQLite in a file, or PostgreSQL through psycopg 3 however it is spelt."""
    written = text(value)
    scheme, _, rest = written.partition("://")
    if scheme in ("sqlite", "sqlite+pysqlite") and re.match(r"/[^?]", rest):
        if not rest.startswith(("/:memory:", "/file:")):  # neither would be there tomorrow
            return f"sqlite://{rest}"
    elif scheme in ("postgresql", "postgres", "postgresql+psycopg") and "/" in rest:
        if re.search(r"[@/?#]", rest.rpartition("@")[0]):  # its end would be taken, and shown, for the host
            raise Wrong("settings_wants_escaped_password")
        return f"postgresql+psycopg://{rest}"
    raise Wrong("settings_wants_database_url")


def mail_url(value: Any) -> str:
    written = text(value)
    if re.fullmatch(r"folder:\S.*", written) or _has_host(written, MAIL_SERVERS):
        return written
    raise Wrong("settings_wants_mail_url")


def mailbox_url(value: Any) -> str:
    """Where bounces come in: `maildir:PATH`, `mbox:PATH`, or an IMAP or POP server."""
    written = text(value)
    if re.fullmatch(r"(maildir|mbox):\S.*", written) or _has_host(written, MAILBOX_SERVERS):
        return written
    raise Wrong("settings_wants_mailbox_url")


def reachable(value: Any) -> str:
    """`host:port`, `CIDR:port` or `[v6]:port`; `*` for any port."""
    found = re.fullmatch(
        r"(?:\[([0-9A-Fa-f:./]+)\]|([^\s:\[\]/]+(?:/[0-9]{1,3})?)):([0-9]{1,5}|\*)", text(value)
    )
    if found is None or (found[3] != "*" and int(found[3]) not in range(1, 2**16)):
        raise Wrong("settings_wants_host_and_port")
    if found[1] or "/" in found[2]:
        _network(found[1] or found[2], "settings_wants_host_and_port")
    return text(value)


def host_and_port(value: Any) -> str:
    """`host:port` or `[v6]:port`: one place to listen at. Port 0 is any that is free."""
    found = re.fullmatch(
        r"(?:\[([0-9A-Fa-f:.]+)\]|[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?):([0-9]{1,5})",
        text(value) if isinstance(value, str) else "",  # a port alone is a number
    )
    if found is None or int(found[2]) not in range(2**16):
        raise Wrong("settings_wants_host_and_port")
    if found[1]:
        _network(found[1], "settings_wants_host_and_port")
    return text(value)


def network(value: Any) -> str:
    _network(text(value), "settings_wants_network")
    return text(value)


def language(value: Any) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*", text(value)):
        raise Wrong("settings_wants_language")
    return text(value)


def timezone(value: Any) -> str:
    try:
        ZoneInfo(words(value))
    except (LookupError, ValueError, OSError) as error:
        raise Wrong("settings_wants_timezone") from error
    return words(value)


def time_of_day(value: Any) -> str:
    if isinstance(value, wall_time):  # TOML has such a type of its own
        value = value.isoformat("minutes")
    if not re.fullmatch(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", text(value)):
        raise Wrong("settings_wants_time")
    return text(value)


def days_or_date(value: Any) -> str:
    if type(value) is date:
        value = value.isoformat()
    written = text(value)
    if not re.fullmatch(r"[0-9]{1,4} days?", written):
        try:
            date.fromisoformat(written)
        except ValueError as error:
            raise Wrong("settings_wants_days_or_date") from error
    return written


def _has_host(url: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.hostname) and port != 0


def _of_ascii(place: str) -> str:
    """A host, maybe with its port, as the net knows it. Refused where two versions of IDNA differ ("ß")."""
    if place.isascii():
        return place
    try:
        known = place.lower().encode("idna").decode()
        if known.encode().decode("idna") == place.lower():
            return known
    except UnicodeError:
        pass  # an empty label, or one that is too long
    raise Wrong("settings_wants_xn_host")


def _network(written: str, code: str) -> None:
    try:
        ip_network(written, strict=False)
    except ValueError as error:
        raise Wrong(code) from error


# ── every key there is ──────────────────────────────────────────────────────

ENGINES = ("libretranslate", "deepl", "google", "mymemory")


def engine_name(value: Any) -> str:
    name = text(value).lower()
    if name not in ENGINES:
        nearest = max(ENGINES, key=lambda known: SequenceMatcher(None, name, known).ratio())
        raise Wrong("settings_engine_unknown", known=", ".join(ENGINES), nearest=nearest)
    return name


ENGINE: Mapping[str, Rule] = {
    "engine": engine_name,
    "url": optional(web_url),
    "key_file": optional(path),
    "key": optional(words),
    "daily_characters": whole(0, 1_000_000_000),
}

EDITOR: Mapping[str, Rule] = {
    "name": words,
    "email": optional(address),
    "role": one_of("editor", "chief"),
    "public": yes_or_no,
}

EDITION: Mapping[str, Rule] = {
    "language": language,
    "title": words,
    "subtitle": text,
    "timezone": timezone,
    "organisation": words,
    "address": text,
    "privacy_url": optional(web_url),
    **dict.fromkeys(ENGLISH, words),
}


def engine(value: Any) -> dict[str, Any]:
    """One table of `translate.engines`."""
    if not isinstance(value, dict) or "engine" not in value or not value.keys() <= ENGINE.keys():
        raise Wrong("settings_wants_engine", known=", ".join(ENGINE))
    made = {key: ENGINE[key](given) for key, given in value.items()}
    if made["engine"] == "libretranslate" and not made.get("url"):
        raise Wrong("settings_engine_wants_url", engine=made["engine"])
    if made["engine"] == "deepl" and not (made.get("key") or made.get("key_file")):
        raise Wrong("settings_engine_wants_key", engine=made["engine"])
    if made["engine"] in ("google", "mymemory") and not made.keys() <= {"engine", "daily_characters"}:
        raise Wrong("settings_engine_wants_nothing", engine=made["engine"])
    return made


DKIM: Mapping[str, Rule] = {"selector": domain, "key_file": path, "domain": optional(domain)}


def dkim(value: Any) -> dict[str, Any]:
    """One table of `mail.dkim`."""
    if not isinstance(value, dict) or not {"selector", "key_file"} <= value.keys() <= DKIM.keys():
        raise Wrong("settings_wants_dkim", known=", ".join(DKIM))
    return {key: DKIM[key](given) for key, given in value.items()}


TABLES: Mapping[str, Mapping[str, Rule]] = {
    "database": {"url": database_url, "busy_timeout": number(0, 3600)},
    "fetch": {
        "allow_private": each(reachable),
        "total_timeout": number(0.05, 3600),
        "connect_timeout": number(0.05, 600),
        "max_bytes": size(1024, 1024**3),
        "max_redirects": whole(0, 50),
        "concurrency": whole(1, 200),
        "per_host": whole(1, 50),
        "per_host_gap": number(0, 3600),
        "first_entries": whole(0, 10_000),
        "max_queued": whole(0, 100_000),
        "interval": whole(1, 60 * 24 * 30),
        "shortest_interval": whole(1, 60 * 24 * 30),
        "longest_interval": whole(1, 60 * 24 * 30),
        "user_agent": words,
    },
    "read": {
        "workers": whole(1, 64),
        "cpu_seconds": number(0.1, 600),
        "memory_bytes": size(64 * 1024**2, 64 * 1024**3),
    },
    "publish": {
        "directory": path,
        "base_url": folder_url,
        "feed_items": whole(1, 1000),
        "page_items": whole(1, 200),
        "templates": path,
        "hubs": each(web_url),
    },
    "mail": {
        "url": mail_url,
        "from": address,
        "reply_to": optional(address),
        "bounce_domain": optional(bounce_domain),
        "password_file": optional(path),
        "bounce_mailbox": optional(mailbox_url),
        "bounce_password_file": optional(path),
        "rate_per_second": number(0, 10_000),
        "rate_per_hour": number(0, 10_000_000),
        "rate_per_domain": number(0, 10_000_000),
        "warm_up": whole(0, 1_000_000),
        "retry_days": number(0, 30),
        "log": optional(path),
        "most_bounces": number(0, 100),
        "most_complaints": number(0, 100),
        "dkim": each(dkim),
        "timeout": number(0.05, 3600),
    },
    "newsletter": {
        "weekday": one_of(*WEEKDAYS),
        "time": time_of_day,
        "confirm": yes_or_no,
        "ambiguous": one_of("hold", "resend"),
        "start": days_or_date,
        "confirm_hours": whole(1, 24 * 30),
        "unconfirmed_days": whole(1, 366),
    },
    "desk": {"claim_hours": number(0.01, 24 * 366)},
    "review": {
        "two_person": yes_or_no,
        "note_min_words": whole(0, 10_000),
        "note_max_words": whole(0, 10_000),
        "spelling": yes_or_no,
        "dictionaries": each(path),
        "words": each(words),
    },
    "quotation": {
        "excerpt_words": whole(1, 100_000),
        "max_words": whole(1, 100_000),
        "max_share": whole(1, 100),
        "free_words": whole(0, 100_000),
    },
    "pictures": {
        "licenses": each(one_of(*FAMILIES)),
        "max_bytes": size(1024, 50 * 1024**2),
        "max_side": whole(100, 30_000),
        "shown_side": whole(100, 4_000),
        "timeout": number(0.05, 600),
    },
    "translate": {
        "engines": each(engine),
        "timeout": number(0.05, 600),
        "deadline": number(0.05, 3600),
        "retries": whole(0, 5),
        "daily_characters": whole(0, 1_000_000_000),
    },
    "serve": {
        "public_url": optional(folder_url),
        "trusted_proxies": each(network),
        "host": words,
        "port": whole(0, 65535),
        "timeout": number(0.05, 3600),
        "connections": whole(1, 10_000),
        "max_age": whole(0, 366 * 24 * 3600),
        "metrics": optional(host_and_port),
    },
    "wordpress": {
        "url": optional(folder_url),
        "user": optional(words),
        "password": optional(words),
        "password_file": optional(path),
        "edition": optional(words),
        "status": one_of("draft", "publish"),
        "withdrawn": one_of("trash", "mark"),
        "categories": each(words),
        "timeout": number(0.05, 600),
    },
    "alerts": {
        "to": some(address),
        "command": command_line,
        "heartbeat_url": optional(asked_url),
    },
    "keep": {
        "bodies_days": whole(0, 36_600),
        "polls_days": whole(0, 36_600),
    },
    "links": {
        "check": yes_or_no,
        "days": whole(1, 3_660),
        "archive": optional(archive_url),
    },
}
