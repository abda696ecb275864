"""What stands around a post without being of it, and how a post says that it goes on elsewhere."""

from __future__ import annotations

import pytest

from anatomised import ENGLISH, HOUSE, MORE_ENGLISH, NOTE, codes, quoted, taken_apart
from curator.importing.anatomy.ending import ends_at_mark

BODY = f"<p>{ENGLISH}</p><p>{MORE_ENGLISH}</p>"
QUOTED = f"{ENGLISH}\n\n{MORE_ENGLISH}"
TITLE = "Il mito dei clienti “empowered”"
OWN = "https://blog.example/2014/05/mito/"


@pytest.mark.parametrize(
    "title", [TITLE, "Se dici “no problem” nascondi un\xa0problema.", "È vero?", "Per esempio: L’IT"]
)
@pytest.mark.parametrize(
    "more",
    [
        "<p>Continua a leggere “{}”</p>",
        "<p>Continue reading “{}”</p>",
        '<p>Continua a leggere "{}"</p>',
        "<p>continua a leggere «{}» →</p>",
        "<p>Continua a leggere&nbsp;“{}”&nbsp;&rarr;</p>",
        "<p>Continua a leggere {}</p>",
        "<p>[Continua a leggere…]</p>",
        "<p>Leggi tutto →</p>",
        "<p>Continua a leggere</p>",
        f'<p><a href="{OWN}#more-7" class="more-link">(altro…)</a></p>',
        f'<p><a href="{OWN}">Read more</a></p>',
        f'<p><a class="more-link" href="{OWN}">Continua<span class="sr-only"> “{{}}”</span></a></p>',
    ],
)  # fmt: skip
def test_a_read_more_line_goes_and_says_that_there_is_more(more: str, title: str) -> None:
    said = taken_apart(BODY + more.format(title), title=title)

    assert quoted(said) == QUOTED
    assert said.excerpt is not None
    assert said.excerpt.truncated


@pytest.mark.parametrize(
    "more",
    [
        " Continua a leggere “{}”",
        " Continue reading “{}”",
        "<br />\nContinua a leggere “{}”",
        " Continua a leggere →",
    ],
)
def test_also_where_it_is_glued_to_the_last_words(more: str) -> None:
    glued = f"<p>{ENGLISH}</p><p>{MORE_ENGLISH}{more.format(TITLE)}</p>"
    question = f"<p>{ENGLISH}</p><p>Why did they keep it?{more.format(TITLE)}</p>"

    assert quoted(taken_apart(glued, title=TITLE)) == QUOTED
    assert quoted(taken_apart(question, title=TITLE)) == f"{ENGLISH}\n\nWhy did they keep it?"


def test_a_sentence_with_these_words_stays() -> None:
    sentence = "Who wants to continue reading the study should ask the authors for the long version of it."

    said = taken_apart(f"<p>{ENGLISH}</p><p>{sentence}</p>")

    assert quoted(said) == f"{ENGLISH}\n\n{sentence}"
    assert said.excerpt is not None
    assert not said.excerpt.truncated


@pytest.mark.parametrize(
    ("last", "left"),
    [
        ("They sabotage their relationships..", "They sabotage their relationships."),
        ("They sabotage their relationships […]", "They sabotage their relationships […]"),
        ("They sabotage their relationships [&hellip;]", "They sabotage their relationships […]"),
        ("They sabotage their relationships…", "They sabotage their relationships…"),
    ],
)
def test_a_mark_of_omission_says_that_there_is_more(last: str, left: str) -> None:
    said = taken_apart(f"<p>{ENGLISH}</p><p>{last}</p>")

    assert quoted(said) == f"{ENGLISH}\n\n{left}"
    assert said.excerpt is not None
    assert said.excerpt.truncated


@pytest.mark.parametrize(
    ("html", "ends"),
    [
        ("<p>a</p><!--more-->", True),
        ("<p>a <!--more Leggi--></p>\n<p>&nbsp;</p>", True),
        ('<p>a <span id="more-12"></span></p>', True),
        ('<p>a<!--more--></p><div class="sharedaddy">Condividi</div>', True),
        ("<p>a</p><!--more--><p>b</p>", False),
        ("<p>a</p>", False),
    ],
)
def test_wordpress_own_mark_counts_where_nothing_follows(html: str, *, ends: bool) -> None:
    assert ends_at_mark(html, title="t", house=HOUSE) is ends


@pytest.mark.parametrize(
    "furniture",
    [
        '<div class="sharedaddy sd-sharing-enabled"><h3>Condividi:</h3><ul><li>Twitter</li></ul></div>',
        "<p>Condividi su Facebook Twitter LinkedIn</p>",
        "<p>Mi piace: Mi piace Caricamento...</p>",
        '<div id="jp-relatedposts" class="jp-relatedposts"><h3>Correlati</h3><p>Un altro articolo</p></div>',
        f'<p>The post <a href="{OWN}">{TITLE}</a> appeared first on <a href="https://blog.example">Blog</a>.</p>',
        f'<p>L’articolo <a href="{OWN}">{TITLE}</a> proviene da <a href="https://blog.example">Blog</a>.</p>',
        '<nav class="post-navigation"><a href="/x">Articolo precedente</a></nav>',
        "<p>← Articoli precedenti</p>",
        "<p>Navigazione articoli</p>",
        '<p style="display:none">nascosto</p>',
        '<div class="wpcnt"><div class="wpa">Annunci</div></div>',
        '<p><a href="https://twitter.com/x">Tweet</a> <a href="https://fb.example">Share</a></p>',
    ],
)
def test_what_themes_and_plugins_add_is_left_out(furniture: str) -> None:
    said = taken_apart(f"<p>NOTA AICEX: {NOTE}</p>{BODY}{furniture}", title=TITLE)

    assert (said.note, quoted(said)) == (NOTE, QUOTED)
    assert said.attributions == ()


FORM = """<p>Effettua il login con uno di questi metodi per inviare il tuo commento:</p>
<p>Logo di WordPress.com</p>
<p>Stai commentando usando il tuo account WordPress.com. Chiudi&nbsp;sessione&nbsp;/&nbsp; Modifica&nbsp;)</p>
<p>Google photo</p><p>Connessione a %s...</p>"""


@pytest.mark.parametrize(
    "form",
    [
        FORM,
        "<h3>Lascia un commento</h3><p>Il tuo indirizzo email non sarà pubblicato.</p><p>Nome</p>",
        "<p>Leave a Reply Cancel reply</p><p>Your email address will not be published.</p>",
        "<h2>3 Comments</h2><p>Ada says:</p><p>Bello!</p>",
        '<div id="respond" class="comment-respond"><form><p>Commento</p></form></div>',
    ],
)
def test_a_comment_form_ends_the_post_and_does_not_turn_its_language(form: str) -> None:
    said = taken_apart(f"{BODY}<p>Source: https://hbr.org/x AICEX</p>{form}")

    assert quoted(said) == QUOTED
    assert said.language == "en"
    assert [each.url for each in said.attributions] == ["https://hbr.org/x"]


def test_readers_comments_below_it_are_no_part_of_the_post_and_told() -> None:
    comment = (
        "I have always thought so and would be glad to read more about promises on these pages, thank you. "
        * 2
    )

    said = taken_apart(f"{BODY}<h3>2 Comments</h3><p>{comment}</p>")

    assert quoted(said) == QUOTED
    assert "import_comments_cut" in codes(said)


@pytest.mark.parametrize("start", ["Un commento di un cliente vale", "One comment was that"])
def test_a_paragraph_about_comments_is_no_form(start: str) -> None:
    sentence = f"{start} more than all the studies of the world taken together."

    assert sentence in quoted(taken_apart(f"{BODY}<p>{sentence}</p>"))


def test_the_title_at_the_top_is_not_of_the_text() -> None:
    assert quoted(taken_apart(f"<h1>{TITLE}</h1>{BODY}", title=TITLE)) == QUOTED


def test_a_document_that_shows_only_the_beginning_makes_a_teaser() -> None:
    whole, teaser = taken_apart(BODY).excerpt, taken_apart(BODY, whole=False).excerpt

    assert whole is not None
    assert teaser is not None
    assert (whole.truncated, teaser.truncated) == (False, True)
