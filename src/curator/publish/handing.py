"""The part of the journal that speaks of mails: which were handed to a server, and which may have been.

Before the first mail of those that were taken in hand leaves, one line with all of them is
on the disk; what the server says of each is added, and need not be: without it a mail is in doubt.
Each issue has a file of its own, `data/journal.mails/EDITION-NUMBER`:

    INSTANT handing N EDITION NUMBER MESSAGE_ID.ADDRESS… .   hashes
    - handed N PLACE. · - unsent N PLACE.                    what the server said; unsent: it has not got it

The journal itself has the first line without its mails, written after it: it says
how much of this must be here. Only a replay reads the mails, those of issues that it must know of.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from curator.model import Delivery, Issue
from curator.ports import Accepted, HandOver, Unknown
from curator.publish import journal, records, tokens
from curator.publish.records import Journal
from curator.settings import Settings

Key = tuple[str, int]
"""An issue, by its edition and number."""
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
    _file: str = ""
    _places: dict[int, int] = field(default_factory=dict)

    def begin(self, issue: Issue, mails: Sequence[Delivery], *, secret: bytes, now: datetime) -> None:
        """On the disk when this returns."""
        if self.number:
            said = [
                f"{mail_hash(one.message_id)}.{reader_hash(secret, issue, one.email or '')}" for one in mails
            ]
            what = self.number, issue.edition, issue.number
            self._file = _name(issue.edition, issue.number)
            journal.write(self.settings, [journal.handing(*what, said, now=now)], to=self._file)
            self._places = {one.id: place for place, one in enumerate(mails)}
            journal.write(self.settings, [journal.handing(*what, now=now)])

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
            journal.try_to_write(self.settings, lines, to=self._file)


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

    `mails`: how many mails a server has. `lacks`: it knows that there were more than are told of.
    """

    handed: set[str] = field(default_factory=set)
    doubtful: dict[str, datetime] = field(default_factory=dict)
    mails: set[str] = field(default_factory=set)
    lacks: bool = False


def read(settings: Settings, record: Journal, *, of: Collection[Key]) -> dict[Key, Left]:
    """Of these issues alone, those of which no mail was ever in hand left out."""
    found = {}
    for issue in of:
        left = _left(settings, issue, wanted=record.hands[issue])
        if left is not None:
            found[issue] = left
    return found


def count(settings: Settings, *, of: Collection[Key]) -> Mapping[Key, int]:
    """How many mails a server has, of issues of which some were in hand at all: one is read at a time."""
    lefts = ((issue, _left(settings, issue, wanted=0)) for issue in of)
    return {issue: len(left.mails) for issue, left in lefts if left and (left.mails or left.doubtful)}


def notices(settings: Settings) -> frozenset[str]:
    """Single mails that a server may have."""
    return frozenset(said[2] for said in journal.lines(settings, "notice"))


def _left(settings: Settings, issue: Key, *, wanted: int) -> Left | None:
    """None: none of its mails was in hand, as far as is told here, and none is `wanted`."""
    left, hands, own = Left(), 0, 0
    ours = settings.newsroom / _name(*issue)
    for path in journal.mail_files(settings, issue):
        found = _follow(path, issue, left)
        hands += found
        own += found if path == ours else 0
    left.lacks = own < wanted
    left.doubtful = {each: at for each, at in left.doubtful.items() if each not in left.handed}
    return left if hands or wanted else None


def _name(edition: str, number: int) -> str:
    return f"{journal.MAILS}/{edition}-{number}"


@dataclass(slots=True)
class _Hand:
    """Mails that one sender took in hand, by their place: those of which nothing was said so far."""

    at: datetime
    mails: dict[int, list[str]]


_LINE = re.compile(
    rb"\n(?:(\S+) handing ([0-9]+) (\S+) ([0-9]+)((?: \S+)*) \.|- (handed|unsent) ([0-9]+) ([0-9]+)\.)(?=\n)"
)


def _follow(path: Path, issue: Key, left: Left) -> int:
    """How often some were taken in hand. A line cut off was no promise yet: not one of its mails had left."""
    hands = dict[bytes, _Hand]()  # of this file: another machine has numbers of its own, and those of a
    found = 0  # restored database come again
    for some in records.portions(path):
        for line in _LINE.finditer(some):
            at, number, edition, of, mails, word, hand, place = line.groups()
            if word is None:
                if (moment := records.moment(at.decode())) and (edition.decode(), int(of)) == issue:
                    _doubt(left, hands.pop(number, None))
                    said = mails.decode().split()
                    hands[number] = _Hand(moment, {nth: one.split(".") for nth, one in enumerate(said)})
                    found += 1
            elif hand in hands and (hashes := hands[hand].mails.pop(int(place), None)) and word == b"handed":
                left.handed.update(hashes)
                left.mails.add(hashes[0])
    for rest in hands.values():
        _doubt(left, rest)
    return found


def _doubt(left: Left, hand: _Hand | None) -> None:
    if hand is not None:
        for hashes in hand.mails.values():
            left.doubtful.update(dict.fromkeys(hashes, hand.at))
