"""The part of the journal that speaks of mails: which were handed to a server, and which may have been.

Before the first mail of those that were taken in hand leaves, one line with all of them is
on the disk; what the server says of each is added, and need not be: without it a mail is in doubt.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from curator.model import Delivery, Issue
from curator.ports import Accepted, HandOver, Unknown
from curator.publish import journal, tokens
from curator.settings import Settings

_LENGTH = 9  # bytes: 72 bits tell the mails of one issue apart


class NotBegun(Exception):
    """Raised right before the word DATA: this mail has not left."""


@dataclass(slots=True)
class Said:
    """What became of one mail; None: it was not handed over after all."""

    outcome: HandOver | None = None


@dataclass(slots=True, kw_only=True)
class Handing:
    """Mails that one sender has in hand, by the number of its claim. For a folder it has none."""

    settings: Settings
    number: int
    _places: dict[int, int] = field(default_factory=dict)

    def begin(self, issue: Issue, mails: Sequence[Delivery], *, secret: bytes, now: datetime) -> None:
        """On the disk when this returns."""
        if self.number:
            said = [
                f"{mail_hash(one.message_id)}.{reader_hash(secret, issue, one.email or '')}" for one in mails
            ]
            line = journal.handing(self.number, issue.edition, issue.number, said, now=now)
            journal.write(self.settings, [line])
            self._places = {one.id: place for place, one in enumerate(mails)}

    @contextmanager
    def handing(self, delivery: Delivery) -> Iterator[Said]:
        """While one is being handed over. Whatever else is raised leaves it in doubt."""
        place = self._places.pop(delivery.id, None)
        said = Said()
        try:
            yield said
        except NotBegun:
            self._say("unsent", [place])
            raise
        if not isinstance(said.outcome, Unknown):
            self._say("handed" if isinstance(said.outcome, Accepted) else "unsent", [place])

    def give_back(self, rest: Sequence[Delivery]) -> None:
        """Of these none was begun, but for the one that is in doubt."""
        self._say("unsent", [self._places.get(one.id) for one in rest])

    def _say(self, word: str, places: Sequence[int | None]) -> None:
        if lines := [f"- {word} {self.number} {place}." for place in places if place is not None]:
            journal.try_to_write(self.settings, lines)


def mail_hash(message_id: str) -> str:
    return _short(hashlib.sha256(message_id.encode()).digest())


def reader_hash(secret: bytes, issue: Issue, email: str) -> str:
    """Of this issue alone: lines of two issues do not tell that they speak of one reader."""
    said = tokens.token(secret, "handed", issue.edition, issue.number, email.lower())
    return _short(bytes.fromhex(said))


def _short(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest[:_LENGTH]).decode()


# ── reading ──


@dataclass(slots=True)
class Left:
    """What the journal says of the mails of one issue; all by hash, of the mail and of its reader.

    `mails`: how many mails a server has.
    """

    handed: set[str] = field(default_factory=set)
    doubtful: dict[str, datetime] = field(default_factory=dict)
    mails: set[str] = field(default_factory=set)


def read(settings: Settings) -> dict[tuple[str, int], Left]:
    """By edition and number of the issue."""
    found: dict[tuple[str, int], Left] = {}
    for one in _hands(settings):
        left = found.setdefault(one.issue, Left())
        for place, hashes in enumerate(one.mails):
            match one.said.get(place):
                case "handed":
                    left.handed.update(hashes)
                    left.mails.add(hashes[0])
                case None:
                    left.doubtful.update(dict.fromkeys(hashes, one.at))
                case _:
                    pass
    for left in found.values():
        left.doubtful = {each: at for each, at in left.doubtful.items() if each not in left.handed}
    return found


def notices(settings: Settings) -> frozenset[str]:
    """Single mails that a server may have."""
    return frozenset(said[2] for said in journal.lines(settings, "notice"))


@dataclass(slots=True)
class _Hand:
    at: datetime
    issue: tuple[str, int]
    mails: Sequence[Sequence[str]]
    said: dict[int, str] = field(default_factory=dict)


def _hands(settings: Settings) -> Sequence[_Hand]:
    hands: list[_Hand] = []
    by_number: dict[str, _Hand] = {}  # the last one of its file: numbers come again after a restore
    for at, word, number, *said in journal.lines(settings, "handing|handed|unsent"):
        if word == "handing":
            moment = journal.moment(at)
            if moment is not None and len(said) > 1 and said[1].isdecimal():
                mails = [one.split(".") for one in said[2:]]
                by_number[number] = _Hand(moment, (said[0], int(said[1])), mails)
                hands.append(by_number[number])
        elif number in by_number and said and re.fullmatch(r"[0-9]+[.]", said[0], re.ASCII):
            by_number[number].said[int(said[0][:-1])] = word  # the point: a line cut off says another place
    return hands
