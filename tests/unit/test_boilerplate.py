"""What stands around a text on its page is no part of it, and is not quoted."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.text import boilerplate_spans, clean, normalised, plain, trimmed

LINK = '<a href="https://blog.example/post">'


def left(*blocks: str) -> str:
    return trimmed(clean("".join(blocks), base_url=None)).html


@pytest.mark.parametrize(
    "furniture",
    [
        f"<p>{LINK}Continue reading <span>“A title”</span> →</a></p>",
        "<p>Continua a leggere “Il mito dei clienti “difficili””</p>",
        f"<p>{LINK}Read the rest of this entry »</a></p>",
        "<p>Weiterlesen …</p>",
        f"<p>The post {LINK}Promises</a> appeared first on {LINK}A blog</a>.</p>",
        f"<p>L’articolo {LINK}Promesse</a> proviene da {LINK}Un blog</a>.</p>",
        (
            f"<h3>Share this:</h3><ul><li>{LINK}Click to share on Twitter (Opens in new window)</a></li>"
            f"<li>{LINK}Facebook</a></li><li>{LINK}Print</a></li></ul>"
        ),
        f"<p>Condividi su Facebook, LinkedIn</p><p>{LINK}Twitter</a> | {LINK}WhatsApp</a></p>",
        "<p>Like this:</p><p>Like Loading...</p>",
        "<p>Like this: Like Loading...</p>",
        "<p>Share this: Facebook Twitter LinkedIn</p>",
        "<p>Share this: Tweet Email Print More</p>",
        "<p>Condividi: Facebook · WhatsApp · Stampa · Altro</p>",
        f"<h4>Related</h4><ul><li>{LINK}Why our other story is better</a></li></ul>",
        f"<p>Leggi anche: {LINK}Un’altra storia nostra</a></p>",
        (
            "<h3>Lascia un commento</h3>"
            "<p>Effettua il login con uno di questi metodi per inviare il tuo commento:</p>"
            "<p>Logo di WordPress.com</p><p>Google photo</p><p>Foto di Facebook</p>"
            "<p>Stai commentando usando il tuo account Google. Chiudi sessione / Modifica )</p>"
            "<p>Connessione a %s...</p>"
        ),
        "<p>Your email address will not be published. Required fields are marked *</p>",
        "<p>Subscribe to our weekly newsletter</p>",
        "<p>Filed under: Loyalty, Service</p>",
        "<p>Articolo di riferimento: https://blog.example/a?b=7cf43https://other.example/c</p>",
        "<p>Source:\u00a0http://blog.example/a AICEX</p>",
        f"<p>Fonte: {LINK}https://blog.example/post</a></p>",
        "<p>Pubblicità</p>",
        "<p>Embed from Getty Images</p>",
        "<p>CREDIT: Getty Images</p>",
        "<p>Photo by Ann Lee on Unsplash</p>",
        "<p>© 2020 Ann Lee</p>",
        (
            '<figure><img src="https://blog.example/a.jpg">'
            "<figcaption>Talk_ann-lee-1aB-unsplash.jpg</figcaption></figure>"
        ),
        "<p>3462376323_e55120ea0a</p>",
        "<p>iStock_000026964040XXLarge</p>",
    ],
)
def test_furniture_goes_and_the_text_stays(furniture: str) -> None:
    text = "<p>Customers remember.</p>"
    after = "<p>They tell their friends.</p>"

    assert re.sub(r"<figure>.*</figure>", "", left(text, furniture, after)) == text + after


@pytest.mark.parametrize(
    ("block", "rest"),
    [
        ("<p>They tell. Continua a leggere “Una promessa”</p>", "<p>They tell.</p>"),
        ("<p>Why not buy? Continue reading “It’s “no problem””</p>", "<p>Why not buy?</p>"),
        (f"<p>They tell. {LINK}Read more</a></p>", "<p>They tell. </p>"),
        (f"<p>They tell.{LINK} Read more about telling</a></p>", "<p>They tell.</p>"),
        (f"<p>They tell us that {LINK}Read More</a></p>", "<p>They tell us that </p>"),
        ("<p>They tell [Leggi tutto…]</p>", "<p>They tell </p>"),
        ("<p>of the consumer.iStock_000026964040XXLarge</p>", "<p>of the consumer.</p>"),
        ("<p>a relationship. 2535985_HiRes Trying is hard.</p>", "<p>a relationship. Trying is hard.</p>"),
        ("<p>One<br>Photo by Ann Lee on Unsplash<br>two</p>", "<p>One<br>two</p>"),
        ("<p>They tell. Source: http://blog.example/a AICEX</p>", "<p>They tell.</p>"),
        ("<p>“They tell.”Fonte: https://blog.example/a?b=1https://blog.example/c</p>", "<p>“They tell.”</p>"),
        ("<p>Of their relationships..</p>", "<p>Of their relationships.</p>"),
    ],
)
def test_what_is_glued_to_a_paragraph_is_cut_off(block: str, rest: str) -> None:
    assert left("<p>First.</p>", block) == "<p>First.</p>" + rest


@pytest.mark.parametrize(
    "text",
    [
        "<p>Read more about loyalty in the report of last year.</p>",
        f"<p>Do they {LINK}read more</a> than we think?</p>",
        f"<p>It is kept (do {LINK}read more about it elsewhere</a>) {LINK}↩</a></p>",
        "<h2>Facebook</h2><p>Facebook grew.</p>",
        "<p>Share of wallet is what counts. Print is dead.</p>",
        "<p>Source: our survey of last year (https://blog.example/a).</p>",
        "<p>It is open source: https://blog.example/a has it.</p>",
        "<p>All of it is open source: https://blog.example/a</p>",
        "<p>Share: the more you give</p><p>Share this: customers remember</p>",
        "<p>Photo by photo, the story unfolds.</p>",
        "<p>Copyright: who owns a story that everybody tells? Nobody knows. It was told before.</p>",
        "<p>The post office was the first of our customers.</p>",
        "<p>Comments of customers are gold.</p>",
        "<ul><li>Like the customer.</li><li>Share the customer’s pain.</li></ul>",
        "<pre>Advertisement</pre><table><tbody><tr><td>Share</td></tr></tbody></table>",
        "<p>In 2014 sales rose by 2535985.</p>",
        "<p>To be continued...</p>",
    ],
)
def test_prose_about_such_things_is_left_alone(text: str) -> None:
    html = clean(text, base_url=None)

    assert trimmed(html).html is html


@pytest.mark.parametrize(
    ("html", "goes_on"),
    [
        ("<p>A teaser. Continue reading “All of it”</p>", True),
        ("<p>A teaser […]</p>", True),
        (f"<p>A teaser.</p><p>{LINK}Leggi tutto</a></p><h3>Share this:</h3>", True),
        ("<p>All of it.</p><p>Embed from Getty Images</p>", False),
        ("<p>Wait…</p>", False),
    ],
)
def test_a_teaser_says_that_it_goes_on(html: str, goes_on: bool) -> None:  # noqa: FBT001
    assert trimmed(clean(html, base_url=None)).goes_on is goes_on


def test_trimming_twice_changes_nothing() -> None:
    once = left("<p>They tell.</p><h3>Share this:</h3><p>Continue reading “All”</p><p>End..</p>")

    assert left(once) == once


def test_in_plain_text_it_is_pointed_at() -> None:
    text = "They tell.\n\nEmbed from Getty Images\n\nAnd buy. Continue reading “All of it”"

    assert [text[start:end] for start, end in boilerplate_spans(text)] == [
        "Embed from Getty Images",
        "Continue reading “All of it”",
    ]


@pytest.mark.parametrize(
    "word",
    [
        "Share ",
        "Source: http://a ",
        "“",
        ". ",
        "Continue reading ",
        "iStock",
        "A-",
        " ",
        "photo ",
        "1",
        "© ",
        "Tags: ",
    ],
)
def test_a_hostile_line_takes_no_longer_than_reading_it(word: str) -> None:
    html = clean(f"<p>{word * 30_000}.jpg</p>", base_url=None)

    assert len(trimmed(html).html) <= len(html)


@settings(max_examples=50)
@given(st.text(alphabet="aA .,:“”\n1_", max_size=40), st.sampled_from(["", "Read more", "Share this:"]))
def test_what_is_left_was_there(words: str, furniture: str) -> None:
    html = clean(f"<p>{escape(words)}</p><p>{furniture}</p>", base_url=None)

    assert normalised(plain(trimmed(html).html)).rstrip(".") in normalised(plain(html))


def test_the_house_s_own_pages_lose_their_furniture(shared: Path) -> None:
    """All thirteen links to the rest, the residue of pictures, and the comment form of the single page."""
    before, after = "", ""
    for page in sorted((shared / "seeds").glob("*.txt")):
        blocks = re.split(r"\n\s*\n", page.read_text(encoding="utf-8"))
        html = clean("".join(f"<p>{escape(block)}</p>" for block in blocks), base_url=None)
        before, after = before + plain(html), after + plain(trimmed(html).html)

    furniture = re.compile(
        "Continua a leggere|Continue reading|Embed from|CREDIT:|unsplash|cropped-|3462376323|iStock|HiRes"
        "|Stai commentando|Effettua il login|Connessione a|Google photo|Foto |Logo di"
    )
    assert (len(furniture.findall(before)), furniture.findall(after)) == (32, [])
    assert len(after.split()) > 0.9 * len(before.split())
