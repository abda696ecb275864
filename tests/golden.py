"""What the house's own pages say, item by item, written down from reading them; words as counts and hashes.

A hash is of the words as a comparer sees them (`text.normalised`), so that it is the same of every form
in which a post comes. Paragraphs are those of the scraped text.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from curator.text import normalised

STRATEGY = "https://www.strategy-business.com/article/The-Rise-of-the-Last-Mile-Exchange?gko=7cf43"
HBR = "https://hbr.org/2018/02/the-most-successful-brands-focus-on-users-not-buyers"
BETTER_CX = "http://bettercxperience.com/2014/05/20/the-real-reason-your-customers-want-to-break-up/"
LOYALTY360 = (
    "http://loyalty360.org/loyalty-today/article/"
    "customer-experience-improvement-it-doesnt-necessarily-begin-with-the-custom"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How many words, in how many paragraphs (a list is one, with its points), and their hash."""

    count: int
    paragraphs: int
    points: int = 0
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    """`file` and `number`: where it stands first. `lints`: house typos that must be pointed at.

    `picture` and `alt` are hashes of a file's name and of what is said of a picture.
    """

    file: str
    number: int
    headline: Words
    headline_language: str = "it"
    note: Words | None = None
    excerpt: Words | None = None
    truncated: bool = True
    urls: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    picture: str | None = None
    agency: str | None = None
    credit: str | None = None
    alt: str | None = None
    too_long: bool = False
    dangling: bool = False  # points at a figure, a video, a list that has not come along
    lints: frozenset[str] = frozenset()


def hash_of(words: str | None) -> str | None:
    return hashlib.sha256(normalised(words).encode()).hexdigest()[:16] if words else None


def _title(count: int, digest: str) -> Words:
    return Words(count=count, paragraphs=1, hash=digest)


def _words(count: int, paragraphs: int, digest: str, *, points: int = 0) -> Words:
    return Words(count=count, paragraphs=paragraphs, points=points, hash=digest)


GOLDEN = (
    Golden(  # a promise kept
        file="000",
        number=1,
        headline=_title(11, "cb5760ab5290401d"),
        note=_words(25, 1, "7a3b4e2768d4800a"),
        excerpt=_words(152, 4, "a1f1e0a039bd4aa6"),
        alt="1eec97a07f6be56a",
    ),
    Golden(  # to lose a customer; its last full stop is doubled
        file="000",
        number=2,
        headline=_title(7, "c43ddc626bc32086"),
        note=_words(34, 1, "687feabc926d31f5"),
        excerpt=_words(211, 4, "72a582ebb1ede544"),
        picture="b361924cea47e9ad",
        agency="Flickr",
    ),
    Golden(  # not only customers: no note, no picture, a list that is gone
        file="000",
        number=3,
        headline=_title(8, "8e5a823b4791fa0d"),
        excerpt=_words(133, 3, "72c44771764a9f1c"),
        dangling=True,
    ),
    Golden(  # information technology; ends with a heading
        file="000",
        number=4,
        headline=_title(8, "a2ac45f891d3c0a1"),
        note=_words(17, 1, "419c0803de4f6bb5"),
        excerpt=_words(120, 4, "532bac62edeee8fd"),
        credit="Getty Images",
        lints=frozenset({"lint_space_before"}),
    ),
    Golden(  # an overview: no note, a list, the title of a table without the table
        file="001",
        number=1,
        headline=_title(5, "3f35daa8bc21e250"),
        excerpt=_words(178, 3, "1b1cf399b66b5ca6", points=6),
        dangling=True,
        alt="6ff2bc846950ce57",
    ),
    Golden(  # linkage analysis: what is said of a picture stands between two paragraphs
        file="001",
        number=2,
        headline=_title(7, "48005a9d82af4ee2"),
        note=_words(30, 1, "3acde2a70ab94dd1"),
        excerpt=_words(142, 2, "bc26af349f0b919b"),
        alt="26609664faa767da",
        lints=frozenset({"lint_letter_split"}),
    ),
    Golden(  # the whole article in one paragraph, with the name of a bought picture in it
        file="002",
        number=1,
        headline=_title(6, "4629ef7fd6da083c"),
        headline_language="en",
        excerpt=_words(536, 1, "33789636f1f6b3ed"),
        dangling=True,
        truncated=False,
        urls=(BETTER_CX,),
        publishers=("bettercxperience.com",),
        picture="8521a995f2c98a64",
        too_long=True,
    ),
    Golden(  # no problem: lines of a dialogue, quotation marks in the title
        file="003",
        number=1,
        headline=_title(10, "59048b9dd0b21cb9"),
        note=_words(58, 1, "5b95682a5f5f733a"),
        excerpt=_words(140, 4, "f2a1396c12970e26"),
        picture="efce681c69c42fe4",
        agency="Unsplash",
        credit="Olav Ahrens Rotne / Unsplash",
    ),
    Golden(  # the perfect experience: the credit stands before the note
        file="003",
        number=2,
        headline=_title(8, "5336df28a8e2e312"),
        note=_words(28, 1, "f7ea19bdb5e6f70f"),
        excerpt=_words(89, 2, "63a195e5a73aa169"),
        credit="Getty Images",
    ),
    Golden(  # nothing but a note, and two sources with nothing between them
        file="003",
        number=3,
        headline=_title(5, "731209cae5c1339b"),
        note=_words(154, 7, "48273d485183e225"),
        truncated=False,
        urls=(STRATEGY, HBR),
        publishers=("strategy+business", "Harvard Business Review"),
        picture="62dadde0d0b7f1b2",
        lints=frozenset({"lint_space_before"}),
    ),
    Golden(  # the whole article, its source, who signs
        file="004",
        number=1,
        headline=_title(12, "312fb6d0894cd115"),
        note=_words(47, 1, "e5efa877bc0cdd07"),
        excerpt=_words(419, 4, "c9b321f169630739"),
        truncated=False,
        urls=(LOYALTY360,),
        publishers=("Loyalty360",),
        credit="Getty Images",
        too_long=True,
    ),
    Golden(  # rooms: questions as headings, no picture, a note full of typos
        file="004",
        number=2,
        headline=_title(9, "7777aece8a359a94"),
        note=_words(82, 1, "3d4439d5c25cc749"),
        excerpt=_words(220, 5, "14d0766969e10e87"),
        lints=frozenset({"lint_apostrophe", "lint_article_fused", "lint_no_verb", "lint_space_at_end"}),
    ),
    Golden(  # the empowered customer: the name of a picture welded to the last word
        file="004",
        number=3,
        headline=_title(5, "060e2b367d8781a9"),
        note=_words(34, 1, "cf18cdb5761294ad"),
        excerpt=_words(156, 1, "b1ed24c6e0e444f1"),
        picture="a704eb9dd1b13535",
        agency="iStock",
    ),
    Golden(  # a concert: an English caption with a date stands before the note
        file="004",
        number=4,
        headline=_title(8, "c9aac4ef56522848"),
        note=_words(68, 1, "c9a6692a96b23bfb"),
        excerpt=_words(111, 3, "4cae682985e2d079"),
        alt="d51646c87bd0a418",
        lints=frozenset({"lint_space_doubled"}),
    ),
)
"""The fourteen, in the order of the pages; two of them stand on a second page, too."""


def page(shared: Path, file: str) -> str:
    return next((shared / "seeds").glob(f"{file}_*.txt")).read_text(encoding="utf-8")
