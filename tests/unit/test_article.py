"""The article on a page: layouts written after what real sites do, and pages that are no article."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from curator.curate.passage import in_words, paragraphs
from curator.extract.article import MAX_BYTES, MAX_PAGE_TEXT, article_of
from curator.ingest.feeds.pictures import picture_of
from curator.model import Article, Image, Unreadable

URL = "https://www.blog.example/2026/11/promesse"

ITALIAN = (
    "I clienti ricordano per anni una promessa non mantenuta, e lo raccontano a chiunque voglia ascoltare.",
    "Quasi non si accorgono, invece, di una promessa superata: nessuno aveva contato su qualcosa di più.",
    "Dunque mantenete ciò che avete detto, e spendete il resto per la prossima promessa che farete.",
    "Costa meno dell’incanto, si misura, e non passa di moda: perciò conviene cominciare da qui.",
)
ENGLISH = (
    "Customers remember a broken promise for years, and they tell it to everybody who wants to listen.",
    "They hardly notice a promise that was exceeded, for nobody had counted on anything more than that.",
    "So keep what you said, and spend whatever is left over on the next promise that you are going to make.",
    "It costs less than delight, it can be measured, and it does not go out of fashion from year to year.",
)


def p(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def read(
    html: str | bytes, *, content_type: str | None = "text/html; charset=utf-8", url: str = URL
) -> Article | Unreadable:
    body = html.encode() if isinstance(html, str) else html
    return article_of(body, content_type=content_type, url=url, picture_of=picture_of)


def article(html: str | bytes, *, content_type: str = "text/html; charset=utf-8") -> Article:
    found = read(html, content_type=content_type)
    assert isinstance(found, Article), found
    return found


def words(found: Article) -> list[str]:
    return [in_words(block) for block in paragraphs(found.html)]


class Layout(NamedTuple):
    html: str
    texts: tuple[str, ...]


RELATED = "".join(
    f"<li><a href='/altro-{n}'>Un altro articolo del blog, il numero {n}</a></li>" for n in range(8)
)
CARD = (
    "<h3><a href='/altro-%d'>Un altro articolo</a></h3><p>Due righe per chi vuole leggere anche questo.</p>"
)
CARDS = "".join(f"<div class=card>{CARD % n}</div>" for n in range(6))
COMMENTS = "<li class=comment><p>Che bell’articolo, grazie di cuore!</p></li>" * 5
SECTIONS = "".join(f"<a href='/s{n}'>Sezione {n}</a>" for n in range(15))
SIGN_UP = "<form><label>Your address</label><input type=email><button>Go</button></form>"
ADVICE = "<ul><li>Write down what you promise to whom</li><li>Count what you keep</li></ul>"


def page(body: str, *, head: str = "<title>Promises</title>", lang: str = "en") -> str:
    return f"<!doctype html><html lang={lang}><head>{head}</head><body>{body}</body></html>"


LAYOUTS = {
    "a WordPress blog with comments": Layout(
        page(
            "<header><nav><ul><li><a href='/'>Home</a><li><a href='/chi'>Chi siamo</a></ul></nav></header>"
            "<div id=content><article class='post hentry'><h1 class=entry-title>Promesse</h1>"
            "<div class=entry-meta>di <a rel=author href='/ada'>Ada Rossi</a></div>"
            f"<div class=entry-content>{p(*ITALIAN)}</div></article>"
            f"<div id=comments><ol class=comment-list>{COMMENTS}</ol></div></div><footer>© CX</footer>",
            head="<title>Promesse - CX</title>",
            lang="it-IT",
        ),
        ITALIAN,
    ),
    "a newspaper with a sidebar and related stories": Layout(
        page(
            f"<div class=masthead>{SECTIONS}</div><div class=row><main><h1>Promesse</h1>"
            f"<p class=lead><em>Che cosa ricordano i clienti</em></p><div class=story>{p(*ITALIAN)}</div>"
            f"<section class=related><h2>Leggi anche</h2><ul>{RELATED}</ul></section></main>"
            f"<aside><h2>I più letti</h2>{CARDS}</aside></div>",
            head="<title>Promesse | Il Giornale</title>",
            lang="it",
        ),
        ITALIAN,
    ),
    "an old page in a table with line breaks": Layout(
        page(
            "<table width=600><tr><td><font face=Arial><b>Promises</b><br><br>"
            f"{'<br><br>'.join(ENGLISH)}</font></td></tr></table>"
        ),
        ENGLISH,
    ),
    "a company blog of nested boxes": Layout(
        page(
            "<div id=root><div class=css-1x><div class=css-2y><div class=css-hero><h1>Promises</h1></div>"
            f"<div class=css-body>{''.join(f'<div class=css-p>{p(t)}</div>' for t in ENGLISH)}</div></div>"
            f"</div><div class=css-more>{CARDS}</div></div>"
        ),
        ENGLISH,
    ),
    "a magazine with a quotation, headings and a list": Layout(
        page(
            f"<article><h1>Promises</h1>{p(*ENGLISH[:2])}<h2>What to do</h2>{p(ENGLISH[2])}{ADVICE}"
            f"<blockquote><p>Nobody had counted on more.</p></blockquote>{p(ENGLISH[3])}</article>"
        ),
        ENGLISH,
    ),
    "a page with a newsletter box in the middle": Layout(
        page(
            f"<main><article><h1>Promises</h1>{p(*ENGLISH[:2])}<div class='newsletter-signup'>{SIGN_UP}</div>"
            f"{p(*ENGLISH[2:])}</article></main>"
        ),
        ENGLISH,
    ),
    "a page of sections without paragraphs": Layout(
        page(f"<main>{''.join(f'<section><div>{text} {text}</div></section>' for text in ITALIAN)}</main>"),
        ITALIAN,
    ),
    "XHTML with a declaration": Layout(
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x">'
        '<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="it"><head><title>Promesse</title></head><body>'
        f"<div id='main'><h1>Promesse</h1>{p(*ITALIAN)}</div></body></html>",
        ITALIAN,
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_the_text_of_a_page_is_found_without_its_furniture(layout: Layout) -> None:
    text = "\n".join(words(article(layout.html)))

    assert [each for each in layout.texts if each not in text] == []
    assert [
        each
        for each in (
            "Chi siamo",
            "Un altro articolo",
            "Sezione 3",
            "Che bell’articolo",
            "Your address",
            "© CX",
        )
        if each in text
    ] == []


def test_a_table_that_only_lays_a_page_out_is_no_single_paragraph() -> None:
    old = words(article(LAYOUTS["an old page in a table with line breaks"].html))

    assert [text for text in ENGLISH if text not in old] == []


HEAD = (
    "<html lang=it><head><title>Promesse - CX Blog</title><base href='https://www.blog.example/it/'>"
    "<link rel=canonical href='/promesse'><link rel='license' href='https://creativecommons.org/licenses/by/4.0/'>"
    "<meta name=author content='Ada Rossi; Bo Bianchi'><meta property='og:image' content='/img/promesse.jpg'>"
    "<meta property='og:image:alt' content='Una mano'>"
    "<meta property='article:published_time' content='2026-11-20T08:30:00+01:00'></head>"
)


def test_what_a_page_states_of_itself_is_kept() -> None:
    found = article(f"{HEAD}<body><article><h1>Promesse</h1>{p(*ITALIAN)}</article></body></html>")

    assert (found.title, found.language, found.url) == ("Promesse", "it", "https://www.blog.example/promesse")
    assert found.authors == ("Ada Rossi", "Bo Bianchi")
    assert found.published == datetime(2026, 11, 20, 7, 30, tzinfo=UTC)
    assert found.license == "https://creativecommons.org/licenses/by/4.0/"
    assert found.image == Image(
        url="https://www.blog.example/img/promesse.jpg", alt="Una mano", named_in="opengraph"
    )


def test_the_title_is_not_the_first_paragraph() -> None:
    found = article(
        f"<html><head><title>T</title></head><body><article><h1>T</h1>{p(*ITALIAN)}</article></body></html>"
    )

    assert words(found) == list(ITALIAN)


def test_addresses_in_the_text_are_absolute_and_safe() -> None:
    linked = p(
        *ITALIAN[:3], f"{ITALIAN[3]} <a href='../altro?x=1'>Qui</a> e <a href='javascript:alert(1)'>là</a>."
    )

    found = article(f"<html><body><article>{linked}<script>alert(1)</script></article></body></html>")

    assert 'href="https://www.blog.example/2026/altro?x=1"' in found.html
    assert "javascript" not in found.html
    assert "alert" not in found.html


@pytest.mark.parametrize(
    ("head", "body", "image"),
    [
        ("<meta property='og:image' content='//cdn.example/a.jpg'>", "", "https://cdn.example/a.jpg"),
        ("", "<img src='/b.jpg' width=800 height=400>", "https://www.blog.example/b.jpg"),
        # Stands for any page of the site: the article's own goes first, and it only where there is none.
        (
            "<meta property='og:image' content='/default-share.png'>",
            "<img src='/b.jpg'>",
            "https://www.blog.example/b.jpg",
        ),
        ("<meta property='og:image' content='/site-logo.png'>", "", "https://www.blog.example/site-logo.png"),
        ("<meta property='og:image' content='javascript:alert(1)'>", "", None),
        ("", "<img src='/pixel.gif' width=1 height=1>", None),
    ],
)
def test_the_picture_is_the_page_s_own_word_else_the_first_of_its_text(
    head: str, body: str, image: str | None
) -> None:
    found = article(f"<html><head>{head}</head><body><article>{body}{p(*ITALIAN)}</article></body></html>")

    assert (found.image and found.image.url) == image


def test_a_caption_that_is_a_credit_comes_with_the_picture() -> None:
    caption = "<figcaption>Foto: Bo Bianchi / Unsplash</figcaption>"
    figure = f"<figure><img src='/a.jpg' alt='Una mano'>{caption}</figure>"

    found = article(f"<html><body><article>{figure}{p(*ITALIAN)}</article></body></html>")

    assert found.image is not None
    assert (found.image.alt, found.image.credit) == ("Una mano", "Foto: Bo Bianchi / Unsplash")


def picture_in_data(image: object, head: str = "", *more: object) -> Image | None:
    data = json.dumps([{"@type": "Article", "headline": "T", "image": image}, *more])
    head = f"<head><title>T</title>{head}<script type='application/ld+json'>{data}</script></head>"
    return article(f"<html>{head}<body><article>{p(*ITALIAN)}</article></body></html>").image


def test_json_ld_says_to_whom_the_picture_is_owed_and_under_which_licence() -> None:
    of_it = {
        "@type": "ImageObject",
        "contentUrl": "/img/coda.jpg",
        "creator": {"@type": "Person", "name": "Bo Bianchi"},
        "copyrightNotice": "Agenzia X",
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "caption": "Una coda",
        "width": "1200px",
        "height": {"@type": "QuantitativeValue", "value": 800},
    }

    assert picture_in_data([of_it]) == Image(
        url="https://www.blog.example/img/coda.jpg",
        alt="Una coda",
        credit="Bo Bianchi, Agenzia X",
        license="https://creativecommons.org/licenses/by/4.0/",
        width=1200,
        height=800,
        named_in="json-ld",
    )


def test_opengraph_names_the_picture_and_json_ld_the_credit_of_the_same_file() -> None:
    head = "<meta property='og:image' content='https://cdn.example/coda.jpg'>"
    of_it = {"@id": "#pic", "@type": "ImageObject", "url": "/img/coda.jpg", "creditText": "Foto: Bo"}

    image = picture_in_data({"@id": "#pic"}, head, of_it)

    assert image == Image(url="https://cdn.example/coda.jpg", credit="Foto: Bo", named_in="opengraph")


@pytest.mark.parametrize(
    "stated",
    [
        None,
        7,
        {},
        [],
        {"url": 7},
        {"url": "javascript:alert(1)"},
        [[]],
        {"@id": []},
        {"url": [], "width": "9" * 99},
    ],
)
def test_what_json_ld_says_of_a_picture_may_be_anything(stated: object) -> None:
    assert picture_in_data(stated) is None


def test_no_page_speaks_for_the_address_of_another_site() -> None:
    head = "<head><link rel=canonical href='https://elsewhere.example/x'></head>"

    assert article(f"<html>{head}<body><article>{p(*ITALIAN)}</article></body></html>").url == URL


@pytest.mark.parametrize(
    ("encoding", "content_type", "meta"),
    [
        ("utf-8", "text/html", ""),
        ("utf-8-sig", "text/html; charset=iso-8859-1", ""),
        ("cp1252", "text/html", ""),
        ("cp1252", "text/html; charset=iso-8859-1", ""),
        ("iso-8859-15", "text/html", "<meta charset=iso-8859-15>"),
        ("cp1252", "text/html", "<meta http-equiv=content-type content='text/html; charset=windows-1252'>"),
        ("utf-16", "text/html", ""),
        ("utf-8", "text/html; charset=no-such-thing", ""),
    ],
)
def test_a_page_is_read_in_the_encoding_it_is_in(encoding: str, content_type: str, meta: str) -> None:
    texts = [text.replace("’", "'") for text in ITALIAN]  # ISO 8859-15 has none of those
    html = f"<html><head>{meta}<title>Perché</title></head><body><article>{p(*texts)}</article></body></html>"

    found = article(html.encode(encoding), content_type=content_type)

    assert words(found) == texts


# ── no article ──


def listing(body: str) -> str:
    return (
        f"<html lang=it><head><title>Blog</title></head><body><main><h1>Blog</h1>{body}</main></body></html>"
    )


TEASER = (
    "<h2><a href='/articolo-%d'>Titolo del pezzo</a></h2><p>Un sommario del pezzo, lungo una riga o più, "
    "che dice di che cosa parla.</p><a href='/articolo'>Leggi tutto</a>"
)
TEASERS = "".join(f"<article>{TEASER % n}</article>" for n in range(10))


def data(json: str) -> str:
    return f'<script type="application/ld+json">{json}</script>'


SOLD = data('{"@graph":[{"@type":["NewsArticle"],"isAccessibleForFree":"False"}]}')
FREE = data('[{"@type":"Article","isAccessibleForFree":"https://schema.org/True"}]')
LOCKED = "<meta property='article:content_tier' content='locked'>"
COOKIES = (
    "<div id=consent><h1>Prima di continuare</h1><p>Noi e i nostri partner usiamo cookie e chiediamo il tuo "
    "consenso. Accetta i cookie, o scegli quali cookie accettare nelle preferenze sulla privacy.</p></div>"
)
LOGIN = "<form><p>Accedi</p><input name=u><input type=password></form>"
BOX = "<div class='paywall-box'>Abbonati</div>"

NO_ARTICLES = {
    "cards": (listing(TEASERS), "listing"),
    "list": (listing(TEASERS.replace("<article>", "<li>")), "listing"),
    "collection": (page(p(*ITALIAN) + CARDS, head=data('{"@type":"CollectionPage"}')), "listing"),
    "sold (JSON-LD)": (page(p(*ITALIAN), head=SOLD), "restricted"),
    "sold (meta)": (page(p(*ITALIAN), head=LOCKED), "restricted"),
    "paywall by name": (page(f"<article>{p(*ITALIAN[:2])}</article>{BOX}"), "restricted"),
    "paywall by its words": (page(p(*ITALIAN[:2], "Abbonati per continuare a leggere.")), "restricted"),
    "login": (page(LOGIN), "restricted"),
    "cookies": (page(COOKIES), "consent"),
    "shell": (page("<div id=root></div><script src=app.js></script>"), "missing"),
    "not found": (page(p("404: pagina non trovata.")), "missing"),
    "empty": ("<html></html>", "missing"),
}


@pytest.mark.parametrize(("html", "why"), NO_ARTICLES.values(), ids=NO_ARTICLES)
def test_a_page_that_is_no_article_is_refused_with_the_reason(html: str, why: str) -> None:
    found = read(html)

    assert isinstance(found, Unreadable), found
    assert found.code == f"read_article_{why}"


def test_an_article_for_everybody_is_none_for_subscribers() -> None:
    assert isinstance(read(f"<html><head>{FREE}</head><body>{p(*ITALIAN)}</body></html>"), Article)


def test_a_long_article_may_speak_of_cookies_and_subscriptions() -> None:
    about = "I cookie chiedono un consenso che nessuno legge: abbonati per continuare, dice poi il sito. "

    assert isinstance(read(f"<html><body><article>{p(*ITALIAN * 4, about)}</article></body></html>"), Article)


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"%PDF-1.7 ...", "application/pdf", "read_not_a_page"),
        (b'{"a": 1}', "application/json", "read_not_a_page"),
        (b"\x89PNG....", "image/png", "read_not_a_page"),
        (b"<rss/>", "text/xml", "read_not_a_page"),
        (b"", "text/html", "read_article_missing"),
        (b"\x00\xff" * 50, "text/html", "read_article_missing"),
        (b"<html>" + b" " * MAX_BYTES, "text/html", "read_page_too_large"),
        (b"<html><body><p>" + b"parola " * (MAX_PAGE_TEXT // 7 + 1), "text/html", "read_page_too_large"),
    ],
    ids=["PDF", "JSON", "picture", "feed", "nothing", "bytes", "too large", "too long"],
)
def test_what_is_no_page_is_not_read_as_one(body: bytes, content_type: str, code: str) -> None:
    found = read(body, content_type=content_type)

    assert isinstance(found, Unreadable), found
    assert found.code == code


@pytest.mark.parametrize(
    "said", ["{", "[[[[", '{"@type": {"x": 1}}', "[" * 100_000, '{"@graph": {"@type": []}}', '"x"', "null"]
)
def test_nonsense_for_machines_costs_no_article(said: str) -> None:
    script = f'<script type="application/ld+json">{said}</script>'

    assert isinstance(read(f"<html><head>{script}</head><body>{p(*ITALIAN)}</body></html>"), Article)
