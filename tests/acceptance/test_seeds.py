"""The house's own pages, curated as an editor would and found again, complete, in feed and mail.

Each seed's English text is served as an entry of a fixture feed; headline, note
and excerpt are typed through the command line. The words are read from the
shared material and never kept here.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from email import policy
from email.parser import BytesParser
from html import escape
from pathlib import Path

import feedparser  # type: ignore[import-untyped]  # it has no types
import pytest

from curator.text import normalised, plain
from newsroom import Newsroom, an_item, feed

PERMITTED = 700  # words: two of the pages repeat a whole article, which needs a permission on record


@dataclass(frozen=True)
class Seed:
    """Where one item stands in its file: the lines of its parts, counted without the blank ones, from 1.

    `note_to` is exclusive, like `quote_to`; 0 means that there is none.
    """

    file: str
    headline: int
    note: tuple[int, int] = (0, 0)
    quote: tuple[int, int] = (0, 0)
    urls: tuple[str, ...] = ()
    flowing: bool = False  # one paragraph with its source inline


SEEDS = [
    Seed("000", 1, (2, 3), (4, 8)),
    Seed("000", 9, (10, 11), (12, 16)),
    Seed("000", 17, quote=(18, 21)),
    Seed("000", 21, (22, 23), (24, 28)),
    Seed("001", 1, quote=(3, 11)),
    Seed("001", 13, (14, 15), (15, 18)),
    Seed(
        "002",
        1,
        quote=(2, 3),
        urls=("http://bettercxperience.com/2014/05/20/the-real-reason-your-customers-want-to-break-up/",),
        flowing=True,
    ),
    Seed("003", 1, (3, 4), (4, 10)),
    Seed("003", 10, (12, 13), (13, 15)),
    Seed(
        "003",
        16,
        (18, 25),
        urls=(
            "https://www.strategy-business.com/article/The-Rise-of-the-Last-Mile-Exchange?gko=7cf43",
            "https://hbr.org/2018/02/the-most-successful-brands-focus-on-users-not-buyers",
        ),
    ),
    Seed(
        "004",
        1,
        (3, 4),
        (4, 8),
        urls=(
            (
                "http://loyalty360.org/loyalty-today/article/"
                "customer-experience-improvement-it-doesnt-necessarily-begin-with-the-custom"
            ),
        ),
    ),
    Seed("004", 10, (11, 12), (12, 17)),
    Seed("004", 17, (18, 19), (19, 20)),
    Seed("004", 21, (23, 24), (24, 27)),
]


@dataclass(frozen=True)
class Story:
    headline: str
    note: str
    quote: tuple[str, ...]
    urls: tuple[str, ...]


def read(seed: Seed, folder: Path) -> Story:
    path = next(folder.glob(f"{seed.file}_*.txt"))
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip(" \xa0\t")]
    text = [line.strip(" \xa0\t") for line in lines]
    note = "\n\n".join(text[seed.note[0] - 1 : seed.note[1] - 1]) if seed.note[0] else ""
    quote = text[seed.quote[0] - 1 : seed.quote[1] - 1] if seed.quote[0] else []
    if seed.flowing:
        quote = [quote[0].partition("Source:")[0]]
    quote = [re.sub(r"\s*Contin(?:ua a leggere|ue reading).*", "", line) for line in quote]
    return Story(
        headline=text[seed.headline - 1],
        note=re.sub(r"^(?:NOTA )?AICEX:\s*", "", note),
        quote=tuple(line for line in quote if line),
        urls=seed.urls,
    )


@pytest.fixture
def stories(shared: Path) -> list[Story]:
    return [read(seed, shared / "seeds") for seed in SEEDS]


def source_url(story: Story, position: int) -> str:
    return story.urls[0] if story.urls else f"https://blog.example/seed-{position}"


def curate(newsroom: Newsroom, stories: list[Story]) -> None:
    entries = [
        an_item(
            f"seed-{n}",
            f"Original {n}",
            "".join(f"<p>{escape(paragraph, quote=False)}</p>" for paragraph in story.quote)
            or "<p>Elsewhere.</p>",
            link=source_url(story, n),
        )
        for n, story in enumerate(stories)
    ]
    newsroom.follow(feed(*entries), max_words=PERMITTED)
    source = newsroom.ask("source", "list")["sources"][0]
    assert source["max_words"] == PERMITTED
    entries_seen = newsroom.ask("entries", "--limit", 100)
    assert entries_seen["total"] == len(stories)
    by_title = {item["entry"]["title"]: item["id"] for item in newsroom.queue()}
    for n, story in enumerate(stories):
        write(newsroom, by_title[f"Original {n}"], story, n)


def write(newsroom: Newsroom, item_id: int, story: Story, position: int) -> None:
    note_file = newsroom.folder / "note.txt"
    note_file.write_text(story.note, encoding="utf-8")
    quote_file = newsroom.folder / "quote.txt"
    quote_file.write_text("\n\n".join(story.quote), encoding="utf-8")
    words: list[str | int] = ["write", item_id, "--headline", story.headline]
    words += ["--note-file", str(note_file)] if story.note else ["--waive", "note_missing=senza nota"]
    if story.quote:
        words += ["--excerpt-file", str(quote_file), "--excerpt-language", "en"]
    else:
        words += ["--no-excerpt"]
    for url in story.urls or (source_url(story, position),):
        credit = {"title": f"Original {position}", "authors": ["A. Author"], "publisher": "Blog", "url": url}
        words += ["--attribution", json.dumps(credit)]
    newsroom.curator(*words)
    newsroom.curator("approve", item_id)


def test_the_seeds_are_curated_and_come_back_whole(newsroom: Newsroom, stories: list[Story]) -> None:
    newsroom.environ["CURATOR_FETCH__FIRST_ENTRIES"] = "50"
    curate(newsroom, stories)

    published = newsroom.ask("publish")
    assert len(published["published"]) == len(stories)
    newsroom.curator("subscriber", "add", "lettrice@example.org", "--confirmed", "--consent", "a voce")
    issue = newsroom.ask("issue", "close")
    assert len(issue["items"]) == len(stories)
    newsroom.curator("issue", "send")

    parsed = feedparser.parse((newsroom.folder / "public/feed.atom").read_bytes())
    by_title = {normalised(entry.title): entry for entry in parsed.entries}
    mail = next((newsroom.folder / "outbox").glob("*.eml")).read_bytes()
    message = BytesParser(policy=policy.default).parsebytes(mail)
    text_part, html_part = message.iter_parts()
    letter_text = normalised(text_part.get_content())
    letter_html = normalised(plain(html_part.get_content()))

    for position, story in enumerate(stories):
        entry = by_title[normalised(story.headline)]
        body = normalised(plain(entry.content[0].value))
        via = [link.href for link in entry.links if link.rel in ("via", "related")]
        assert entry.title_detail.language == "it"
        assert via == list(story.urls or (source_url(story, position),))
        for words in (*story.note.split("\n\n"), *story.quote):
            assert normalised(words) in body, words
        for url in via:
            assert url in text_part.get_content().replace("\n", "")
        assert normalised(story.headline) in letter_html
        assert squeezed(story.headline) in squeezed(letter_text)
        assert squeezed(story.note) in squeezed(letter_text)


def squeezed(words: str) -> str:
    """Without any white space: the text part wraps its lines."""
    return "".join(normalised(words).split())
