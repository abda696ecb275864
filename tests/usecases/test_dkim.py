"""Signatures that others accept: checked by dkimpy, by Mail::DKIM, and by hand with OpenSSL."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dkim.canonicalization import Relaxed  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

import maildkim
from curator.edges.dkim import DkimSigner, open_signer, relaxed_body
from curator.errors import BadSettings
from curator.settings import DkimKey, MailSettings

CLOSED = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MAIL = (
    b'From: "La rassegna" <news@aicex.example>\r\n'
    b"To: <anna@lettori.example>\r\n"
    b"Subject: =?utf-8?q?Perch=C3=A9_=C3=A8_cos=C3=AC?=\r\n =?utf-8?q?_lungo?=\r\n"
    b"Date: Mon, 23 Nov 2026 09:00:00 +0000\r\n"
    b"Message-ID: <it-7.0123@aicex.example>\r\n"
    b"List-Id: <newsletter-it.aicex.example>\r\n"
    b"List-Unsubscribe: <https://aicex.example/unsubscribe/it/1.abc>,\r\n <mailto:news@aicex.example>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    b"Feedback-ID: 7:it:newsletter:aicex.example\r\n"
    b"Precedence: bulk\r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="=_b"\r\n'
    b"\r\n"
    b"--=_b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    b"Due  spazi, un tab\te uno in fine \r\n.\r\n\r\n--=_b--\r\n\r\n\r\n"
)
# What somebody on the way might do to it.
CHANGED = {
    "a word": MAIL.replace(b"spazi", b"spazzi"),
    "the subject": MAIL.replace(b"_lungo", b"_corto"),
    "the reader": MAIL.replace(b"anna@", b"bruno@"),
    "another From above": b"From: <boss@aicex.example>\r\n" + MAIL,
    "another Subject above": b"Subject: Vinci\r\n" + MAIL,
    "a Reply-To": b"Reply-To: <me@evil.example>\r\n" + MAIL,
    "another way out": b"List-Unsubscribe: <https://evil.example/>\r\n" + MAIL,
    "no one-click": MAIL.replace(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b""),
    "another Feedback-ID": MAIL.replace(b"Feedback-ID: 7", b"Feedback-ID: 8"),
    "words at the end": MAIL + b"Compra!\r\n",
}
# What servers on the way may do: blanks, folding, fields that are not signed (RFC 6376 §3.4).
HARMLESS = {
    "as it was": MAIL,
    "folded otherwise": MAIL.replace(b"=?\r\n =?", b"=? =?"),
    "blanks": MAIL.replace(b"Due  spazi", b"Due \t spazi").replace(b"To: <", b"to:   <"),
    "empty lines at the end": MAIL + b"\r\n\r\n",
    "a trace": b"Received: from a by b; Mon, 23 Nov 2026 09:00:01 +0000\r\n" + MAIL,
    "the precedence": MAIL.replace(b"Precedence: bulk\r\n", b""),
}


@dataclass(frozen=True)
class Keys:
    folder: Path

    def key(self, name: str, *command: str) -> Path:
        """The key, made by OpenSSL when it is first asked for."""
        path = self.folder / name
        if not path.exists():
            made = ["openssl", *command[:1], "-out", str(path), *command[1:]]
            subprocess.run(made, check=True, capture_output=True)
            path.chmod(0o600)
        return path

    @property
    def rsa(self) -> Path:
        return self.key("rsa.pem", "genrsa", "2048")

    @property
    def ed25519(self) -> Path:
        return self.key("ed.pem", "genpkey", "-algorithm", "ed25519")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys"))


def _signer(*paths: Path, sender: str = "La rassegna <news@aicex.example>") -> DkimSigner:
    dkim = tuple(DkimKey(selector=f"s{at}", key_file=path) for at, path in enumerate(paths))
    signer = open_signer(MailSettings(url="smtp://localhost", sender=sender, dkim=dkim))
    assert signer is not None
    return signer


@pytest.fixture(scope="module")
def signer(keys: Keys) -> DkimSigner:
    """With both keys: each mail has two signatures."""
    return _signer(keys.rsa, keys.ed25519)


def _signatures(signed: bytes) -> list[dict[str, str]]:
    """The tags of each signature, read by hand."""
    fields = re.findall(
        rb"(?ms)^DKIM-Signature:(.*?)\r\n(?![ \t])", signed.partition(b"\r\n\r\n")[0] + b"\r\n"
    )
    return [
        dict(part.strip().split("=", 1) for part in re.sub(r"\s+", "", field.decode()).split(";"))
        for field in fields
    ]


def _meanwhile(signed: bytes, changed: bytes) -> bytes:
    """The signatures of the one before the bytes of the other."""
    return signed[: signed.index(MAIL)] + changed


# ── what is signed ──


def test_both_keys_sign_what_mailbox_providers_look_for(signer: DkimSigner) -> None:
    signed = signer.sign(MAIL, at=CLOSED)

    assert signed.endswith(MAIL)
    rsa, ed25519 = _signatures(signed)
    assert (rsa["a"], ed25519["a"]) == ("rsa-sha256", "ed25519-sha256")
    for tags in (rsa, ed25519):
        assert (tags["c"], tags["d"], "l" in tags) == ("relaxed/relaxed", "aicex.example", False)
        names = tags["h"].split(":")
        assert names.count("from") == 2
        assert {
            "to", "subject", "date", "message-id", "mime-version", "content-type", "reply-to",
            "list-id", "list-unsubscribe", "list-unsubscribe-post", "feedback-id",
        } <= set(names)  # fmt: skip


def test_the_same_mail_is_signed_with_the_same_bytes_whenever(signer: DkimSigner) -> None:
    first, second = signer.sign(MAIL, at=CLOSED), signer.sign(MAIL, at=CLOSED)

    assert first == second
    assert {tags["t"] for tags in _signatures(first)} == {str(int(CLOSED.timestamp()))}


def test_lines_stay_short_and_end_in_crlf(signer: DkimSigner) -> None:
    head = signer.sign(MAIL, at=CLOSED).partition(b"\r\nFrom:")[0]

    assert max(len(line) for line in head.split(b"\r\n")) <= 78
    assert re.search(rb"\r(?!\n)|(?<!\r)\n", head) is None


@pytest.mark.parametrize("sender", ["news@però.example", "Però <news@xn--per-ena.example>"])
def test_the_domain_is_said_as_the_dns_knows_it(keys: Keys, sender: str) -> None:
    assert _signer(keys.ed25519, sender=sender).records[0].name == "s0._domainkey.xn--per-ena.example"


def test_nothing_is_signed_where_a_mail_is_composed_anew(keys: Keys) -> None:
    dkim = (DkimKey(selector="s", key_file=keys.ed25519),)

    assert open_signer(MailSettings(url="listmonk+https://u@lists.example/?template=1", dkim=dkim)) is None


# ── whether it holds ──


@pytest.mark.parametrize("change", HARMLESS)
def test_it_survives_what_servers_may_do(signer: DkimSigner, change: str) -> None:
    assert signer.verifies(_meanwhile(signer.sign(MAIL, at=CLOSED), HARMLESS[change]))


@pytest.mark.parametrize("change", CHANGED)
def test_it_breaks_by_what_nobody_may_do(signer: DkimSigner, change: str) -> None:
    assert not signer.verifies(_meanwhile(signer.sign(MAIL, at=CLOSED), CHANGED[change]))


def test_every_key_must_have_signed(signer: DkimSigner, keys: Keys) -> None:
    assert not signer.verifies(MAIL)
    assert not signer.verifies(_signer(keys.rsa).sign(MAIL, at=CLOSED))


def test_a_second_implementation_agrees(signer: DkimSigner, mail_dkim: None) -> None:  # noqa: ARG001
    signed = signer.sign(MAIL, at=CLOSED)
    dns = {record.name: record.value for record in signer.records}

    mails = [_meanwhile(signed, changed) for changed in (*HARMLESS.values(), *CHANGED.values())]
    verdicts = maildkim.verdicts(mails, dns=dns)

    assert [found["rsa-sha256"] for found in verdicts] == ["pass"] * len(HARMLESS) + ["fail"] * len(CHANGED)
    # Before 1.20230630 it knew no Ed25519.
    assert {found["ed25519-sha256"] for found in verdicts[: len(HARMLESS)]} <= {"pass", "invalid"}
    assert {found["ed25519-sha256"] for found in verdicts[len(HARMLESS) :]} <= {"fail", "invalid"}


def test_ed25519_holds_by_hand(signer: DkimSigner, keys: Keys, tmp_path: Path) -> None:
    """RFC 8463 §3, written again here, and OpenSSL for the curve: nothing of dkimpy's."""
    signed = signer.sign(MAIL, at=CLOSED)
    tags = _signatures(signed)[1]
    said = dict(part.strip().split("=", 1) for part in signer.records[1].value.split(";"))
    head, _, body = MAIL.decode().partition("\r\n\r\n")
    plain = [" ".join(line.replace("\t", " ").rstrip(" ").split(" ")) for line in body.split("\r\n")]
    plain = [re.sub(" +", " ", line) for line in plain]
    while plain and not plain[-1]:
        plain.pop()
    body_hash = hashlib.sha256("".join(f"{line}\r\n" for line in plain).encode()).digest()
    fields = [
        (name.lower(), re.sub(r"[ \t]+", " ", value).strip())
        for name, _, value in (
            line.partition(":") for line in re.sub(r"\r\n(?=[ \t])", "", head).split("\r\n")
        )
    ]
    hashed = ""
    for name in tags["h"].split(":"):
        at = next((at for at in reversed(range(len(fields))) if fields[at][0] == name), None)
        if at is not None:
            hashed += f"{name}:{fields.pop(at)[1]}\r\n"
    own = signed.partition(MAIL)[0].decode().split("DKIM-Signature:")[2]
    own = re.sub(r"[ \t]+", " ", own.replace("\r\n", "")).strip()
    hashed += "dkim-signature:" + re.sub(r"; b=.*", "; b=", own)
    (tmp_path / "hash").write_bytes(hashlib.sha256(hashed.encode()).digest())
    (tmp_path / "signature").write_bytes(base64.b64decode(tags["b"]))
    subprocess.run(
        ["openssl", "pkey", "-in", keys.ed25519, "-pubout", "-out", tmp_path / "public.pem"], check=True
    )
    verify = "openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in hash -sigfile signature"
    checked = subprocess.run(verify.split(), cwd=tmp_path, check=False, capture_output=True)

    assert base64.b64decode(tags["bh"]) == body_hash
    assert checked.returncode == 0, checked.stdout
    assert base64.b64decode(said["p"]) in base64.b64decode(
        "".join((tmp_path / "public.pem").read_text().split("\n")[1:-2])
    )


@given(
    st.lists(st.sampled_from([b"a", b" ", b"\t", b"\r\n", b"=20", b"."])).map(
        lambda said: b"".join([*said, b"\r\n"])
    )
)
def test_our_quick_way_through_a_body_is_the_standards(body: bytes) -> None:
    assert relaxed_body(body) == Relaxed.canonicalize_body(body)


# ── keys ──


def test_every_usual_form_of_a_key_is_read(keys: Keys, tmp_path: Path) -> None:
    old = keys.key("pkcs1.pem", "rsa", "-traditional", "-in", str(keys.rsa))
    bare = tmp_path / "bare"  # as dkimpy's own dknewkey writes it
    seed = "".join(keys.ed25519.read_text().split("\n")[1:-2])
    bare.write_bytes(base64.b64encode(base64.b64decode(seed)[-32:]) + b"\n")
    bare.chmod(0o600)

    assert b"RSA PRIVATE KEY" in old.read_bytes()
    assert _signer(old).records == _signer(keys.rsa).records
    assert _signer(bare).records == _signer(keys.ed25519).records
    assert _signer(keys.rsa, bare).verifies(_signer(keys.rsa, bare).sign(MAIL, at=CLOSED))


def test_a_key_that_anybody_can_read_is_refused(keys: Keys, tmp_path: Path) -> None:
    shutil.copy(keys.ed25519, tmp_path / "key.pem")
    (tmp_path / "key.pem").chmod(0o644)

    with pytest.raises(BadSettings, match="settings_dkim_key_open"):
        _signer(tmp_path / "key.pem")


def test_a_small_key_is_refused(keys: Keys) -> None:
    small = keys.key("small.pem", "genrsa", "768")

    with pytest.raises(BadSettings, match="settings_dkim_key_small") as raised:
        _signer(small)
    assert raised.value.data["bits"] == 768


def _public(keys: Keys) -> bytes:
    return subprocess.run(
        ["openssl", "pkey", "-in", keys.rsa, "-pubout"], check=True, capture_output=True
    ).stdout


def _damaged(keys: Keys) -> bytes:
    """Still of the right form, but one of its primes is another number."""
    begin, *lines, end = keys.rsa.read_bytes().strip().split(b"\n")
    der = bytearray(base64.b64decode(b"".join(lines)))
    der[620] ^= 2
    return b"\n".join([begin, base64.b64encode(bytes(der)), end])


UNUSABLE: dict[str, Callable[[Keys], bytes]] = {
    "empty": lambda _keys: b"",
    "words": lambda _keys: b"not a key\n",
    "the public half": _public,
    "a damaged one": _damaged,
    "half of one": lambda keys: keys.rsa.read_bytes()[:800] + b"\n-----END PRIVATE KEY-----\n",
    "one with a password": lambda _keys: b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END",
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_what_is_no_key_is_named(keys: Keys, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(UNUSABLE[kind](keys))
    path.chmod(0o600)

    with pytest.raises(BadSettings, match="settings_dkim_key_unusable") as raised:
        _signer(path)
    assert raised.value.data["path"] == str(path)


def test_a_key_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="settings_file_unreadable") as raised:
        _signer(tmp_path / "none.pem")
    assert raised.value.data["key"] == "mail.dkim"
