"""An entry as it is quoted: what its feed says, and what its page says beyond that."""

from __future__ import annotations

from dataclasses import replace

from builders import NOW, a_followed_source
from curator.curate.attributing import attributions
from curator.curate.passage import reading
from curator.model import (
    Article,
    Entry,
    Image,
    Lang,
    Page,
    SafeHtml,
)
from curator.review import original_words

TEASER = Entry(
    id=1,
    source_id=1,
    identity="1",
    guid="1",
    url="https://blog.example/1",
    title="Promises",
    html=SafeHtml("<p>Customers remember…</p>"),
    authors=(),
    language=None,
    published=None,
    updated=None,
    tags=(),
    image=None,
    license=None,
    first_seen=NOW,
    revision=1,
    raw_hash="",
    content_key="",
)
ARTICLE = Article(
    url="https://blog.example/1?canonical",
    title="Promises, and how to keep them",
    html=SafeHtml("<p>Customers remember a broken promise for years.</p>"),
    authors=("Ada",),
    language=Lang("en"),
    published=NOW,
    image=Image(url="https://blog.example/lead.jpg"),
    license="https://creativecommons.org/licenses/by/4.0/",
)
SOURCE = a_followed_source(name="CX Blog")


def page(article: Article = ARTICLE) -> Page:
    return Page(entry_id=1, n=1, fetched_at=NOW, article=article)


def test_the_page_fills_in_what_the_feed_leaves_open() -> None:
    read = reading(TEASER, page())

    assert (read.html, read.authors, read.language) == (ARTICLE.html, ("Ada",), "en")
    assert (read.image, read.published, read.license) == (ARTICLE.image, NOW, ARTICLE.license)


def test_what_the_feed_says_of_an_entry_stays() -> None:
    said = replace(
        TEASER, authors=("Bo",), language=Lang("it"), image=Image(url="https://blog.example/feed.jpg")
    )

    read = reading(said, page())

    assert (read.title, read.url, read.authors) == ("Promises", "https://blog.example/1", ("Bo",))
    assert (read.language, read.image) == ("it", said.image)


def test_a_page_that_says_less_takes_no_words_away() -> None:
    shorter = replace(ARTICLE, html=SafeHtml("<p>Customers.</p>"))

    read = reading(TEASER, page(shorter))

    assert (read.html, read.image) == (TEASER.html, ARTICLE.image)


def test_without_a_page_the_entry_is_as_its_feed_says() -> None:
    assert reading(TEASER, None) == TEASER


def test_a_link_post_credits_its_blog_and_what_it_is_about() -> None:
    own, about = attributions(replace(TEASER, external_url="https://www.study.example/2026"), SOURCE)

    assert (own.publisher, own.url) == ("CX Blog", "https://blog.example/1")
    assert (about.title, about.publisher, about.url) == (
        "Promises",
        "study.example",
        "https://www.study.example/2026",
    )
    assert len(attributions(TEASER, SOURCE)) == 1


def test_the_longer_of_feed_and_page_is_the_original_that_is_quoted() -> None:
    longer = replace(ARTICLE, html=SafeHtml("<p>" + "word " * 90 + "</p>"))

    assert original_words(TEASER, None) == 2
    assert original_words(TEASER, page(longer)) == 90
    assert original_words(replace(TEASER, html=longer.html), page(ARTICLE)) == 90
    assert original_words(None, None) is None
