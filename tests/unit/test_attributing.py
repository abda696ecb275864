"""Whom a quotation is owed to: what is filled in, what two addresses in one are, what looks doubtful."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import ITALIAN, NOW, a_followed_source
from curator.curate.attributing import attributions, warnings, with_publisher
from curator.curate.writing import Writing, written
from curator.faces.messages import Messages
from curator.mastheads import prefixed
from curator.model import Article, Attribution, Entry, Excerpt, Item, Lang, Page, SafeHtml, Status
from curator.review import problems
from curator.settings import QuotationSettings
from curator.text import addresses, safe_url

Credit = tuple[str | None, str | None, str | None]

BLOG = a_followed_source(name="CX Blog", url="https://feeds.example/cx", home_url="https://blog.example/")
JAMMED = "https://www.strategy-business.com/article/Last-Mile?gko=7cf43https://hbr.org/2018/02/brands"
STRATEGY = "https://www.strategy-business.com/article/Last-Mile?gko=7cf43"
HBR = "https://hbr.org/2018/02/brands"
REVIEW = "Harvard Business Review"


def an_entry(**said: Any) -> Entry:
    ordinary: dict[str, Any] = {
        "id": 1, "source_id": 1, "identity": "1", "guid": "1", "url": "https://blog.example/1",
        "title": "Promises", "html": SafeHtml("<p>Customers remember.</p>"), "authors": ("Ada Rossi",),
        "language": Lang("en"), "published": NOW, "updated": None, "tags": (), "image": None,
        "license": None, "first_seen": NOW, "revision": 1, "raw_hash": "", "content_key": "",
    }  # fmt: skip
    return Entry(**(ordinary | said))


def a_page(**said: Any) -> Page:
    article = Article(url="https://blog.example/1", title=None, html=SafeHtml("<p>x</p>"), **said)
    return Page(entry_id=1, n=1, fetched_at=NOW, article=article)


def an_item(quoted: str = "Customers remember.", *authors: str, language: str = "en") -> Item:
    excerpt = Excerpt(html=SafeHtml(f"<p>{quoted}</p>"), text=quoted, language=Lang(language), truncated=True)
    credit = Attribution(title="T", authors=authors, publisher="P", url="https://blog.example/1")
    return Item(
        id=7, ulid="01J00000000000000000000000", version=1, status=Status.DRAFTING, editor="marta",
        claimed_until=None, entry_id=1, revision=1, queued_at=NOW, excerpt=excerpt, attributions=(credit,),
    )  # fmt: skip


def credited(entry: Entry, page: Page | None = None) -> list[Credit]:
    return [(a.title, a.publisher, a.url) for a in attributions(entry, BLOG, page=page)]


def codes(item: Item, *, headline: str | None = "Titolo", page: Page | None = None) -> list[str]:
    return [problem.code for problem in warnings(item, headline=headline, page=page)]


# ── filling in ──


def test_an_entry_is_owed_to_its_source() -> None:
    (own,) = attributions(replace(an_entry(), license="CC BY 4.0"), BLOG)

    assert own == Attribution(
        title="Promises",
        authors=("Ada Rossi",),
        publisher="CX Blog",
        url="https://blog.example/1",
        license="CC BY 4.0",
    )


def test_a_feed_of_other_peoples_posts_publishes_none_of_them() -> None:
    elsewhere = an_entry(url="https://review.example/1")

    assert credited(elsewhere, a_page(publisher="The Review"))[0][1] == "The Review"
    assert credited(an_entry(url=HBR), a_page(publisher="hbr"))[0][1] == REVIEW
    assert credited(an_entry(url="https://www.blog.example/1"), a_page(publisher="Theme"))[0][1] == "CX Blog"


@pytest.mark.parametrize("name", ["blog.example", "https://blog.example/feed", ""])
def test_the_address_of_a_source_is_not_its_name(name: str) -> None:
    (credit,) = attributions(an_entry(), replace(BLOG, name=name), page=a_page(publisher="The CX Blog"))
    assert credit.publisher == "The CX Blog"

    (credit,) = attributions(an_entry(url=HBR), replace(BLOG, name="hbr.org", home_url="https://hbr.org/"))
    assert credit.publisher == REVIEW


def test_the_prefix_of_a_title_is_the_publication_and_no_part_of_the_title() -> None:
    assert credited(an_entry(title="HBR: The Brands", url=HBR)) == [("The Brands", REVIEW, HBR)]


def test_a_title_that_names_another_publication_owes_it_too_and_asks_for_its_address() -> None:
    assert credited(an_entry(title="HBR: The Brands")) == [
        ("HBR: The Brands", "CX Blog", "https://blog.example/1"),
        ("The Brands", REVIEW, None),
    ]
    link_post = an_entry(title="HBR: The Brands", external_url=HBR)
    assert credited(link_post)[1:] == [("The Brands", REVIEW, HBR)]


def test_a_post_that_names_its_source_at_the_end_owes_that_one() -> None:
    html = f"<p>Words.</p><p>Source:\xa0{JAMMED} AICEX</p>"

    assert credited(an_entry(html=SafeHtml(html)))[1:] == [
        (None, "strategy+business", STRATEGY),
        (None, REVIEW, HBR),
    ]


def test_an_address_in_the_middle_of_a_text_is_no_source_of_it() -> None:
    html = "<p>Source: https://census.example/1</p>" + "<p>Words and more words.</p>" * 6

    assert len(attributions(an_entry(html=SafeHtml(html)), BLOG)) == 1


def test_a_source_that_names_itself_is_owed_once() -> None:
    html = SafeHtml("<p>Words.</p><p>Originally published at https://blog.example/1.</p>")

    assert len(attributions(an_entry(html=html), BLOG)) == 1


# ── what editors type ──


def saved(*typed: Attribution, headline: str | None = None) -> list[Credit]:
    writing = Writing(attributions=typed, headline=headline)
    item = written(an_item(), writing, entry=None, source=None, edition=ITALIAN, by="marta")
    return [(a.title, a.publisher, a.url) for a in item.attributions]


def test_two_addresses_pasted_as_one_become_two_attributions() -> None:
    assert saved(Attribution(title="Last Mile", publisher=None, url=JAMMED)) == [
        ("Last Mile", "strategy+business", STRATEGY),
        (None, REVIEW, HBR),
    ]


def test_an_address_is_taken_out_of_what_was_pasted_around_it() -> None:
    pasted = "Articolo di riferimento:\xa0https://blog.example/1 AICEX"

    assert saved(Attribution(title="T", publisher="P", url=pasted)) == [("T", "P", "https://blog.example/1")]


def test_an_address_alone_is_no_title() -> None:
    assert saved(Attribution(title=HBR, publisher=None, url=None)) == [(None, REVIEW, HBR)]


def test_an_address_within_an_address_stays_whole() -> None:
    archived = "https://web.archive.example/web/2014/http://blog.example/1"

    assert saved(Attribution(title="T", publisher="P", url=archived)) == [("T", "P", archived)]


def test_the_publication_that_a_headline_names_is_filled_in() -> None:
    unsaid = Attribution(title="Brands", publisher=None, url="https://short.example/x")

    assert saved(unsaid, headline="HBR: i marchi")[0][1] == REVIEW
    assert saved(unsaid, headline="CX: i marchi")[0][1] is None
    other = replace(unsaid, url="https://www.strategy-business.com/x")
    assert with_publisher((other,), "HBR: i marchi") == (other,)


# ── what looks doubtful ──


@pytest.mark.parametrize(
    ("words", "language", "warned"),
    [
        ("In my recent report on promises.", "en", "lint_first_person"),
        ("After the popular post I wrote, many asked.", "en", "lint_first_person"),
        ("Il mio ultimo libro ne parla.", "it", "lint_first_person"),
        ("“I think so,” says Epley. “My view is another.”", "en", "lint_author_missing"),
        ("World War I. changed it.", "en", "lint_author_missing"),
        ("I clienti ricordano le promesse.", "it", "lint_author_missing"),
    ],
)
def test_an_excerpt_that_says_i_wants_its_author_named(words: str, language: str, warned: str) -> None:
    assert codes(an_item(words, language=language)) == [warned]
    assert codes(an_item(words, "Ada Rossi", language=language)) == []


def test_the_author_whom_the_page_names_is_suggested() -> None:
    (problem,) = warnings(
        an_item("Customers."), headline=None, page=a_page(authors=("Ada Rossi", "Bo Bianchi"))
    )

    assert (problem.code, problem.data["suggestion"]) == ("lint_author_missing", "Ada Rossi; Bo Bianchi")
    assert "Ada Rossi; Bo Bianchi" in Messages("en").problem(problem)


def test_a_headline_that_names_a_publication_wants_it_credited() -> None:
    item = an_item("Customers.", "Ada Rossi")
    theirs = replace(item, attributions=(replace(item.attributions[0], url=HBR),))

    assert codes(item, headline="HBR: i marchi") == ["lint_headline_publisher"]
    assert codes(theirs, headline="HBR: i marchi") == []


def test_a_source_that_only_passed_an_article_on_is_pointed_out_as_its_publisher() -> None:
    item = an_item("Customers.", "Ada Rossi")
    theirs, ours = (
        replace(item, attributions=(replace(item.attributions[0], publisher="CX Blog", url=url),))
        for url in ("https://elsewhere.example/1", "https://www.blog.example/1")
    )

    assert [p.code for p in warnings(theirs, headline=None, source=BLOG)] == ["lint_publisher_elsewhere"]
    assert list(warnings(ours, headline=None, source=BLOG)) == []


def test_what_a_page_asks_of_programs_is_pointed_out_where_it_is_quoted() -> None:
    item = an_item("Customers.", "Ada Rossi")

    assert codes(item, page=a_page(opt_outs=("noai", "noarchive"))) == ["lint_opt_out"]
    assert codes(item, page=a_page(opt_outs=("nofollow", "max-image-preview: standard"))) == []
    assert codes(replace(item, excerpt=None), page=a_page(opt_outs=("noai",))) == []


@given(st.text(max_size=300))
def test_any_text_is_read_for_addresses_and_publications(words: str) -> None:
    assert all(safe_url(url) == url for url in addresses(words))
    named = prefixed(words)
    assert named is None or words.strip().startswith(named.written)


def test_what_an_attribution_lacks_is_said_with_its_number_and_in_the_editors_language() -> None:
    item = replace(
        an_item(), attributions=(*an_item().attributions, Attribution(title=None, publisher="P", url=None))
    )
    alone = replace(item, attributions=item.attributions[1:])

    assert said(item, "it") == [
        "Nella 2ª attribuzione manca: titolo.",
        "Nella 2ª attribuzione manca: indirizzo.",
    ]
    assert said(item, "en") == ["Attribution 2 lacks: title.", "Attribution 2 lacks: address."]
    assert said(alone, "it") == ["Nell’attribuzione manca: titolo.", "Nell’attribuzione manca: indirizzo."]
    assert said(replace(item, attributions=()), "it") == [
        "Nell’attribuzione manca: titolo, editore, indirizzo."
    ]


def said(item: Item, locale: str) -> list[str]:
    found = problems(item, edition="it", entry=None, source=None, quotation=QuotationSettings())
    sentences = [Messages(locale).problem(each) for each in found if each.code == "attribution_missing"]
    return [sentence.split(".")[0] + "." for sentence in sentences]
