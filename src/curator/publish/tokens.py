"""Words that only this newsroom can make, one purpose each: nobody can guess one or turn it back.

All are keyed with data/secret.key. They reveal no address, and a word made for
one purpose says nothing about another.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LENGTH = 32  # 128 bits in hexadecimal


def token(secret: bytes, purpose: str, *parts: str | int) -> str:
    said = "\x00".join([purpose, *map(str, parts)])
    return hmac.new(secret, said.encode(), hashlib.sha256).hexdigest()[:LENGTH]


def address_hash(secret: bytes, email: str) -> str:
    """What is kept of an address that must never be written to again."""
    return hmac.new(secret, b"address\x00" + email.lower().encode(), hashlib.sha256).hexdigest()


def mail_name(secret: bytes, *, edition: str, number: int, subscriber_id: int) -> str:
    """The name of one mail: what stands left of the @ in its Message-ID, and its file in a folder.

    Made from the subscriber, not from the address: somebody who was erased and
    came back is another subscriber.
    """
    return f"{edition}-{number}.{token(secret, 'mail', edition, number, subscriber_id)}"


def unsubscribe_token(secret: bytes, *, edition: str, subscriber_id: int) -> str:
    """Never expires: a mail is kept for years, and its link must go on working."""
    return f"{subscriber_id}.{token(secret, 'unsubscribe', edition, subscriber_id)}"


def read_unsubscribe_token(secret: bytes, *, edition: str, token: str) -> int | None:
    """Whose it is; None: we did not make it, or for another edition. 0 is nobody: a probe's."""
    who = re.match("(0|[1-9][0-9]{0,9})[.]", token, re.ASCII)
    if who is None:
        return None
    subscriber_id = int(who[1])
    made = unsubscribe_token(secret, edition=edition, subscriber_id=subscriber_id)
    return subscriber_id if hmac.compare_digest(made.encode(), token.encode("utf-8", "replace")) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a link in a notice says of itself."""

    subscriber_id: int
    edition: str
    made_at: datetime


def confirm_token(secret: bytes, *, subscriber_id: int, edition: str, asked_at: datetime) -> str:
    """For this asking alone: confirming ends it, and with it every link that was made for it."""
    return _dated(secret, "confirm", f"{edition}.{subscriber_id}.{_stamp(asked_at)}")


def read_confirm_token(secret: bytes, token: str) -> Link | None:
    found = _undated(secret, "confirm", token, r"(?P<edition>[a-z0-9-]{1,32})[.]" + _WHO_AND_WHEN)
    return found and _link(found, edition=found["edition"])


def preferences_token(secret: bytes, *, subscriber_id: int, edition: str, made_at: datetime) -> str:
    """`edition`: whose mail the link is in. It shows all that the person gets."""
    return _dated(secret, f"preferences:{edition}", f"{subscriber_id}.{_stamp(made_at)}")


def read_preferences_token(secret: bytes, token: str, *, edition: str) -> Link | None:
    found = _undated(secret, f"preferences:{edition}", token, _WHO_AND_WHEN)
    return found and _link(found, edition=edition)


_WHO_AND_WHEN = r"(?P<who>[1-9][0-9]{0,9})[.](?P<when>[1-9][0-9]{0,16})"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _stamp(moment: datetime) -> int:
    """Whole microseconds: no float, which would forget some."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _dated(secret: bytes, purpose: str, said: str) -> str:
    return f"{said}.{token(secret, purpose, said)}"


def _undated(secret: bytes, purpose: str, given: str, form: str) -> re.Match[str] | None:
    said = given.rpartition(".")[0].encode("ascii", "replace").decode()
    if not hmac.compare_digest(_dated(secret, purpose, said).encode(), given.encode("utf-8", "replace")):
        return None
    return re.fullmatch(form, said, re.ASCII)


def _link(found: re.Match[str], *, edition: str) -> Link:
    made_at = _EPOCH + timedelta(microseconds=int(found["when"]))
    return Link(subscriber_id=int(found["who"]), edition=edition, made_at=made_at)
