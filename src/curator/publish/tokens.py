"""Words that only this newsroom can make, one purpose each: nobody can guess one or turn it back.

All are keyed with data/secret.key. They reveal no address, and a word made for
one purpose says nothing about another.
"""

from __future__ import annotations

import hashlib
import hmac

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
