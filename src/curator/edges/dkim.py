"""Signatures of our own where no mail server signs (RFC 6376, RFC 8463).

dkimpy counts and checks. Its `sign` is not used: it stamps the time of the signing, so that a second
try of one mail would not be the same mail; and it reads the key and the whole body once for each.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import dkim  # type: ignore[import-untyped]  # ships no types
from dkim.canonicalization import CanonicalizationPolicy  # type: ignore[import-untyped]
from dkim.crypto import (  # type: ignore[import-untyped]
    RSASSA_PKCS1_v1_5_sign,
    RSASSA_PKCS1_v1_5_verify,
    UnparsableKeyError,
    parse_private_key,
    parse_public_key,
)
from dkim.util import InvalidTagValueList, parse_tag_value  # type: ignore[import-untyped]
from nacl.signing import SigningKey

from curator.errors import BadSettings
from curator.publish.message import ascii_address
from curator.settings import DkimKey, MailSettings

LEAST_BITS = 1024  # RFC 8301 §3.2: who verifies must not take less
GOOD_BITS = 2048  # the same: who signs should not use less

# Besides every List-*. Mailbox providers look for the whole of RFC 8058, and Gmail for Feedback-ID, in here.
_SIGNED = frozenset(b"from to reply-to subject date message-id mime-version content-type feedback-id".split())
# Named once more than they are there: a second one, added on the way, breaks the signature (RFC 6376 §8.15).
_ONLY_ONE = (
    b"from",
    b"to",
    b"reply-to",
    b"subject",
    b"date",
    b"message-id",
    b"content-type",
    b"list-unsubscribe",
    b"list-unsubscribe-post",
)
_RELAXED = CanonicalizationPolicy.from_c_value(b"relaxed/relaxed")
_ED25519_PREFIX = bytes.fromhex("302e020100300506032b657004220420")  # RFC 8410 §7, before the 32 bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimRecord:
    """What the DNS must say at `name` (a TXT record), so that others can check what we sign."""

    name: str
    value: str
    bits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    algorithm: bytes
    domain: bytes
    selector: bytes
    private: Any
    record: DkimRecord


def open_signer(mail: MailSettings) -> DkimSigner | None:
    """None: nobody signs here. listmonk composes its mails anew, and signs or not by itself."""
    if not mail.dkim or mail.url.startswith("listmonk+"):
        return None
    return DkimSigner(_read(key, sender=mail.sender) for key in mail.dkim)


class DkimSigner:
    """One signature for each key of `mail.dkim`, in that order. Keys are read once."""

    def __init__(self, keys: Iterable[_Key]) -> None:
        self._keys = tuple(keys)

    @property
    def records(self) -> tuple[DkimRecord, ...]:
        return tuple(key.record for key in self._keys)

    def sign(self, message: bytes, *, at: datetime) -> bytes:
        head, _, body = message.partition(b"\r\n\r\n")
        signing = dkim.DKIM(head + b"\r\n\r\n")
        signing.hasher = hashlib.sha256
        names = _names([name.lower() for name, _ in signing.headers])
        body_hash = base64.b64encode(hashlib.sha256(relaxed_body(body)).digest())
        stamp = str(int(at.timestamp())).encode("ascii")
        signatures = []
        for key in self._keys:
            signing.signature_algorithm = key.algorithm
            fields = [
                (b"v", b"1"),
                (b"a", key.algorithm),
                (b"c", b"relaxed/relaxed"),
                (b"d", key.domain),
                (b"s", key.selector),
                (b"t", stamp),
                (b"h", b" : ".join(names)),
                (b"bh", body_hash),
                (b"b", b"0" * 60),  # so long that dkimpy begins a line with it
            ]
            signature = signing.gen_header(fields, names, _RELAXED, b"DKIM-Signature", key.private)
            signatures.append(b"DKIM-Signature: " + signature)
        return b"".join([*signatures, message])

    def verifies(self, message: bytes) -> bool:
        known = {key.record.name: key.record.value for key in self._keys}
        right = set()
        try:
            read = dkim.DKIM(message)
            for field in read.headers:
                if field[0].lower() != b"dkim-signature":
                    continue
                tags = parse_tag_value(field[1])
                name = f"{tags[b's'].decode()}._domainkey.{tags[b'd'].decode()}"
                if name in known:
                    if not _is_right(read, field, tags, record=known[name].encode("ascii")):
                        return False
                    right.add(name)
        except (dkim.DKIMException, InvalidTagValueList, ValueError, KeyError):  # of a field that is none
            return False
        return right == known.keys()


def _is_right(
    read: dkim.DKIM, field: tuple[bytes, bytes], tags: Mapping[bytes, bytes], *, record: bytes
) -> bool:
    """dkimpy's judgement, but for its clock's: `t` may lie a moment ahead of this machine's."""
    names = [name.strip().lower() for name in tags[b"h"].split(b":")]
    return b"l" not in tags and bool(read.verify_sig(tags, names, field, lambda *_, **__: record))


def relaxed_body(body: bytes) -> bytes:
    """RFC 6376 §3.4.4, of lines that end in CRLF. dkimpy's is right too, and touches every blank."""
    body = body.replace(b"\t", b" ")
    while b"  " in body:
        body = body.replace(b"  ", b" ")
    body = body.replace(b" \r\n", b"\r\n").rstrip(b"\r\n")
    return body + b"\r\n" if body else b""


def _names(found: list[bytes]) -> list[bytes]:
    there = [name for name in found if name in _SIGNED or name.startswith(b"list-")]
    return [*there, *_ONLY_ONE]


# ── keys ──


def _read(key: DkimKey, *, sender: str) -> _Key:
    domain = (key.domain or ascii_address(parseaddr(sender)[1]).rpartition("@")[2]).lower()
    algorithm, private, public, bits = _key_in(key.key_file)
    kind = algorithm.partition("-")[0]
    name = f"{key.selector}._domainkey.{domain}"
    record = DkimRecord(name=name, value=f"v=DKIM1; k={kind}; p={_base64(public)}", bits=bits)
    return _Key(
        algorithm=algorithm.encode("ascii"),
        domain=domain.encode("ascii"),
        selector=key.selector.encode("ascii"),
        private=private,
        record=record,
    )


def _key_in(path: Path) -> tuple[str, Any, bytes, int]:
    """Algorithm, private key as dkimpy wants it, public key as the record has it, bits."""
    der = _der(path)
    seed = der.removeprefix(_ED25519_PREFIX)
    if len(seed) == 32:  # noqa: PLR2004  RFC 8032 §5.1.5
        ed25519 = SigningKey(seed)
        return "ed25519-sha256", ed25519, bytes(ed25519.verify_key), 256
    try:
        rsa = parse_private_key(der)
        public = _rsa_public(rsa["modulus"], rsa["publicExponent"])
        # A file that was damaged, or put together by hand, would make signatures that nobody accepts.
        sample = hashlib.sha256(public)
        holds = RSASSA_PKCS1_v1_5_verify(
            sample, RSASSA_PKCS1_v1_5_sign(sample, rsa), parse_public_key(public)
        )
    except (UnparsableKeyError, ValueError, ArithmeticError, LookupError, TypeError, AssertionError) as error:
        raise _unusable(path, "neither RSA nor Ed25519") from error
    if not holds:
        raise _unusable(path, "its parts do not belong together")
    bits = rsa["modulus"].bit_length()
    if bits < LEAST_BITS:
        raise BadSettings(
            "settings_dkim_key_small", key="mail.dkim", path=str(path), bits=bits, least=GOOD_BITS
        )
    return "rsa-sha256", rsa, public, bits


def _der(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        written = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings("settings_file_unreadable", key="mail.dkim", path=str(path)) from error
    if stat.S_IMODE(mode) & 0o007:
        raise BadSettings("settings_dkim_key_open", key="mail.dkim", path=str(path))
    if "ENCRYPTED" in written:
        raise _unusable(path, "it is encrypted")
    pem = re.search(r"-----BEGIN (?:RSA )?PRIVATE KEY-----(.+?)-----END", written, re.DOTALL)
    try:
        return base64.b64decode("".join((pem[1] if pem else written).split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _unusable(path, "no private key in PEM") from error


def _unusable(path: Path, cause: str) -> BadSettings:
    return BadSettings("settings_dkim_key_unusable", key="mail.dkim", path=str(path), cause=cause)


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _rsa_public(modulus: int, exponent: int) -> bytes:
    """A SubjectPublicKeyInfo (RFC 6376 §3.6.1, RFC 5280 §4.1.2.7) in DER."""
    numbers = _tagged(0x30, _integer(modulus) + _integer(exponent))
    rsa = bytes.fromhex("300d06092a864886f70d0101010500")  # rsaEncryption, without parameters
    return _tagged(0x30, rsa + _tagged(0x03, b"\0" + numbers))


def _integer(number: int) -> bytes:
    return _tagged(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _tagged(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:  # noqa: PLR2004  X.690 §8.1.3: the short form
        return bytes([tag, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content
