"""What a receiver's no means for the reader: gone for good, not now, or no fault of theirs.

The codes are of RFC 3463 and IANA's registry of them. In doubt a no is soft: three issues in
fifteen days confirm it, while whoever is struck off by mistake never learns why the mail stopped.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Meaning(StrEnum):
    HARD = "hard"
    SOFT = "soft"
    POLICY = "policy"  # of us or of this mail, not of the address: for the operator


# The longest match decides: "5.1.10" before "5.1", "5.1" before "5".
MEANINGS: dict[str, Meaning] = {
    "5": Meaning.SOFT,  # a class we do not know
    "5.1": Meaning.SOFT,
    "5.1.1": Meaning.HARD,  # no such mailbox
    "5.1.2": Meaning.HARD,  # no such domain
    "5.1.3": Meaning.HARD,  # no address at all, by its syntax
    "5.1.6": Meaning.HARD,  # moved, and nobody says where to
    "5.1.7": Meaning.POLICY,  # our own address is what they do not like
    "5.1.8": Meaning.POLICY,  # the same: our domain
    "5.1.10": Meaning.HARD,  # the domain takes no mail and says so: a null MX (RFC 7505)
    "5.2": Meaning.SOFT,
    "5.2.1": Meaning.HARD,  # the mailbox is closed
    "5.2.2": Meaning.SOFT,  # full: people come back from holidays
    "5.2.3": Meaning.POLICY,  # our mail is too long for it
    "5.3": Meaning.SOFT,  # something is wrong over there
    "5.3.4": Meaning.POLICY,  # too big for the whole system
    # No way there; also Postfix's "host not found" and Microsoft's "access denied", which may mean anything.
    "5.4": Meaning.SOFT,
    "5.5": Meaning.POLICY,  # the two servers did not understand each other
    "5.6": Meaning.POLICY,  # the content
    "5.7": Meaning.POLICY,  # reputation, authentication, spam filters: 5.7.1, 5.7.26 and the like
    "5.7.13": Meaning.HARD,  # the account is disabled (RFC 5248)
    "5.7.17": Meaning.HARD,  # another person has this mailbox now (RFC 7293)
    "5.7.18": Meaning.HARD,  # another owner has this domain now
    "4": Meaning.SOFT,  # "failed" after days of temporary noes
    "4.7": Meaning.POLICY,
}

# Statuses that say nothing: the server's own words say more.
_GENERIC = frozenset({"5.0.0", "5.1.0", "5.5.0", "4.0.0"})

_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
_REPLY = re.compile(r"(?<![\d.])([45]\d\d)(?=[ -])")
_FULL = re.compile(
    r"quota|mailbox (?:is )?full|full mailbox|storage (?:limit|allocation)|inbox (?:is )?full"
    r"|casella (?:è )?piena|insufficient (?:system )?(?:storage|disk)",
    re.IGNORECASE,
)
_JUDGED = re.compile(
    r"spam|black ?list|block ?list|\bblocked\b|spamhaus|barracuda|reputation|\bpolicy\b|\bdmarc\b|\bspf\b"
    r"|\bdkim\b|not authenticated|rate limit|too many|virus|message (?:content|too large|size)",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(
    r"(?:user|recipient|mailbox|address|account)[^.\n]{0,60}"
    r"(?:unknown|not found|(?:does not|doesn't|do not|no longer) exist|invalid|unavailable|disabled|inactive"
    r"|inesistente|sconosciuto)"
    r"|(?:no such|unknown|invalid|no) (?:user|recipient|mailbox|address|account|person|local part)"
    r"|user doesn't have|utente (?:sconosciuto|inesistente)",
    re.IGNORECASE,
)
_BY_REPLY = {
    "550": Meaning.SOFT,  # anything at all
    "551": Meaning.HARD,  # not local (RFC 5321 §4.2.3)
    "552": Meaning.SOFT,  # full
    "553": Meaning.SOFT,  # name not allowed: by syntax or by taste
    "554": Meaning.POLICY,  # transaction failed: filters, nearly always
    "556": Meaning.HARD,  # the domain takes no mail (RFC 7504)
}


def status_in(words: str) -> str | None:
    """The first enhanced status in what a server said: "5.1.1"."""
    found = _STATUS.search(words)
    return ".".join(found.groups()) if found else None


def meaning(status: str | None, words: str = "") -> tuple[Meaning, str | None]:
    """What a final no means, and the status that was decisive.

    `status` is the report's own; `words` is the server's answer, which counts where the status says nothing.
    """
    told = status_in(status or "")
    if told is None or told in _GENERIC:
        inner = status_in(words)
        if inner is None or inner in _GENERIC or inner.startswith("2"):
            return _by_words(words), inner or told
        told = inner
    parts = told.split(".")
    longest_first = (".".join(parts[:length]) for length in (3, 2, 1))
    return next((MEANINGS[code] for code in longest_first if code in MEANINGS), Meaning.SOFT), told


def _by_words(words: str) -> Meaning:
    if _FULL.search(words):
        return Meaning.SOFT
    if _JUDGED.search(words):
        return Meaning.POLICY
    if _UNKNOWN.search(words):
        return Meaning.HARD
    code = _REPLY.search(words)
    return _BY_REPLY.get(code[1], Meaning.SOFT) if code else Meaning.SOFT
