"""Saved pages of a blog: listings, single posts, and what is neither."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

import blogpages
from blogpages import BESIDE, BLOG, COMMENTS, TEXT, classic, classic_listing, classic_single, page
from curator.importing.house import House
from curator.importing.pages import Read, read, settled
from curator.model import Lang, LeftOut, Original
from curator.model.originals import Access

HOUSE = House(
    language=Lang("it"),
    organisation="Casa",
    note_labels=("NOTA CASA", "CASA"),
    read_more=("Continua a leggere", "Continue reading"),
    source_labels=("Source",),
    zone="Europe/Rome",
)
ROME = timezone(timedelta(hours=1))


def reading(document: bytes, *, url: str | None = f"{BLOG}/", content_type: str | None = None) -> Read:
    return read(document, content_type=content_type, url=url, place="pagina.html", house=HOUSE)


def originals(found: Read) -> list[Original]:
    return [each for each in found.originals if isinstance(each, Original)]


def posts(document: bytes, *, url: str | None = f"{BLOG}/") -> list[Original]:
    return originals(reading(document, url=url))


def only(document: bytes, *, url: str | None = f"{BLOG}/") -> Original:
    (post,) = posts(document, url=url)
    return post


def codes(document: bytes) -> list[str]:
    return [each.code for each in reading(document).originals if isinstance(each, LeftOut)]


# ── listings ────────────────────────────────────────────────────────────────


def test_a_listing_gives_its_posts_and_where_older_ones_are() -> None:
    found = reading(classic_listing(classic(12), classic(13, "Il patto")))

    assert [each.title for each in found.originals if isinstance(each, Original)] == [
        "La promessa",
        "Il patto",
    ]
    assert [each.place for each in found.originals] == ["pagina.html#1", "pagina.html#2"]
    assert found.older_url == f"{BLOG}/page/2/"


def test_a_classic_post_says_all_about_itself() -> None:
    post = posts(classic_listing(classic(12), classic(13)))[0]

    assert post.permalink == f"{BLOG}/2014/03/post-12/"
    assert (post.number, post.blog, post.language) == (12, f"{BLOG}/", "it-IT")
    assert post.published == datetime(2014, 3, 5, 9, 30, tzinfo=ROME)
    assert post.updated == datetime(2014, 3, 6, 10, 0, tzinfo=ROME)
    assert (post.author, post.tags) == ("Ada Neri", ("Metodo", "Fiducia"))
    assert (post.access, post.whole, post.problems) == (Access.PUBLIC, True, ())


def test_the_text_is_the_authors_and_no_share_bar() -> None:
    post = posts(classic_listing(classic(12), classic(13)))[0]

    assert post.html == TEXT


def test_a_read_more_line_says_that_the_rest_is_elsewhere() -> None:
    teaser, whole = posts(classic_listing(classic(12, more=True), classic(13)))

    assert (teaser.whole, whole.whole) == (False, True)
    assert 'class="more-link"' in teaser.html
    assert teaser.key != posts(classic_listing(classic(12), classic(13)))[0].key


def test_the_houses_own_words_for_the_rest_count_without_a_class() -> None:
    rest = f'<p><a href="{BLOG}/2014/03/post-12/">Continua a leggere La promessa</a></p>'

    post = posts(classic_listing(classic(12, text=TEXT + rest), classic(13)))[0]

    assert not post.whole


def test_a_sidebar_lists_no_posts() -> None:
    linked = '<article class="post"><h3><a href="/recente/">Un recente</a></h3></article>'

    assert (
        len(posts(page(f"<main>{classic(1)}{classic(2)}</main><aside>{linked}</aside>", marks="blog"))) == 2
    )


def test_one_post_alone_on_a_listing_is_still_listed() -> None:
    found = reading(classic_listing(classic(12)))

    assert [each.place for each in found.originals] == ["pagina.html"]
    assert only(classic_listing(classic(12))).permalink == f"{BLOG}/2014/03/post-12/"


def test_a_block_theme_is_read_by_its_blocks() -> None:
    first, second = posts(blogpages.block_listing(), url=None)

    assert (first.title, second.title) == ("Blocco 1", "Blocco 2")
    assert (first.permalink, first.number) == (f"{BLOG}/2024/01/b1/", 1)
    assert first.published == datetime(2024, 1, 1, 8, tzinfo=UTC)
    assert (first.tags, first.whole) == (("Blocchi",), False)
    assert first.image is not None
    assert (first.image.url, first.image.alt) == (f"{BLOG}/up/b1.jpg", None)


def test_the_next_page_of_a_saved_listing_is_found_from_where_it_was_saved() -> None:
    assert reading(blogpages.block_listing(), url=None).older_url == f"{BLOG}/page/2/"


def test_blogger_is_read_by_its_microformats() -> None:
    post = only(blogpages.blogger(), url=None)

    assert (post.title, post.permalink) == ("Voci", "http://voci.blog.example/2014/03/a.html")
    assert post.published == datetime(2014, 3, 3, 16, 15, tzinfo=UTC)
    assert (post.author, post.tags, post.html) == ("Bo Blu", ("ascolto",), "<p>Una voce sola.</p>")
    assert reading(blogpages.blogger(), url=None).older_url == (
        "http://voci.blog.example/search?updated-max=2014"
    )


def test_the_title_of_a_link_post_does_not_lead_to_the_post() -> None:
    post = classic(12).replace(f"{BLOG}/2014/03/post-12/", "https://altrove.example/x", 1)

    assert posts(classic_listing(post, classic(13)))[0].permalink == f"{BLOG}/2014/03/post-12/"


@pytest.mark.parametrize(
    "name",
    [
        *("sharedaddy", "addtoany_share_save_container", "a2a_kit", "social-share", "share-buttons", "wpcnt"),
        *("heateor_sss_sharing_container", "mashsb-container", "author-box", "post-views", "jp-relatedposts"),
    ],
)
def test_what_plugins_put_into_a_text_is_not_the_authors(name: str) -> None:
    assert posts(classic_listing(classic(12, text=f"{TEXT}<div class='{name}'>Altro</div>")))[0].html == TEXT


def test_a_page_that_holds_a_list_is_the_list() -> None:
    holder = f'<article class="page type-page hentry">{classic(1)}{classic(2)}</article>'

    assert [each.number for each in posts(page(f"<main>{holder}</main>", marks="home page"))] == [1, 2]


# ── single pages ────────────────────────────────────────────────────────────


def test_a_single_page_is_one_post_and_its_comments_are_none() -> None:
    post = only(classic_single(), url=f"{BLOG}/2014/03/post-12/")

    assert (post.title, post.permalink) == ("La promessa", f"{BLOG}/2014/03/post-12/")
    assert post.addresses == (f"{BLOG}/?p=12",)
    assert post.published == datetime(2014, 3, 5, 9, 30, tzinfo=ROME)
    assert (post.author, post.tags, post.whole) == ("Ada Neri", ("Metodo",), True)
    assert post.html == f'{TEXT}<span id="more-12"></span>'


def test_next_on_a_single_page_is_another_post() -> None:
    assert reading(classic_single()).older_url is None


def test_the_featured_picture_is_the_largest_with_its_credit() -> None:
    image = only(classic_single()).image

    assert image is not None
    assert (image.url, image.alt, image.credit) == (f"{BLOG}/up/mani.jpg", "Due mani", "Foto: Bo Blu")


def test_a_single_page_of_a_block_theme_is_its_main_part() -> None:
    post = only(blogpages.block_single())

    assert (post.title, post.number, post.author) == ("Blocco 7", 7, "Ada Neri")
    assert post.published == datetime(2024, 1, 7, 8, tzinfo=UTC)
    assert (post.html, post.tags) == (TEXT, ("Metodo",))


def test_what_a_page_says_for_machines_counts() -> None:
    post = only(blogpages.ghost(), url=None)

    assert (post.title, post.author) == ("Carta", "Cleo Rossi")
    assert post.published == datetime(2021, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert post.updated == datetime(2021, 5, 7, 7, 8, 9, tzinfo=UTC)
    assert post.html == "<p>Un foglio bianco.</p>"


def test_the_blogs_front_is_no_posts_address_whatever_calls_it_canonical() -> None:
    """As plugins do that are set up wrongly; all of a blog's posts would be one."""
    said = classic_single()
    front = re.sub(rb'rel="canonical" href="[^"]*"', f'rel="canonical" href="{BLOG}/"'.encode(), said)

    assert front != said
    assert only(front, url=None).permalink is None
    assert only(front).key != only(front.replace(b"La promessa", b"Il patto")).key
    assert only(front, url=f"{BLOG}/2014/03/post-12/").permalink == f"{BLOG}/2014/03/post-12/"


def test_a_canonical_address_on_another_site_is_not_the_posts() -> None:
    document = classic_single().replace(
        b'rel="canonical" href="https://blog.example', b'rel="canonical" href="https://origin.example'
    )

    assert only(document, url=f"{BLOG}/2014/03/post-12/").permalink == f"{BLOG}/2014/03/post-12/"


def test_a_post_on_several_pages_is_not_whole() -> None:
    links = '<nav class="page-links">Pagine: <span>1</span> <a href="/2014/03/post-12/2/">2</a></nav>'

    post = only(classic_single(TEXT + links))

    assert not post.whole
    assert "Pagine" not in post.html


def test_a_page_without_any_mark_is_one_post() -> None:
    document = page(f"<h1>La promessa</h1><div class='post-content'>{TEXT}</div>{COMMENTS}{BESIDE}")

    post = only(document, url=f"{BLOG}/promessa.html")

    assert (post.title, post.html, post.published) == ("La promessa", TEXT, None)
    assert post.permalink == f"{BLOG}/promessa.html"


def test_a_text_that_no_class_names_is_the_post_without_its_head() -> None:
    document = page(f"<article><header><h1>La promessa</h1><time>ieri</time></header>{TEXT}</article>")

    assert only(document).html == TEXT


def test_one_time_for_both_says_nothing_of_a_change() -> None:
    assert only(classic_single()).updated is None


def test_an_automatic_excerpt_leads_to_its_post_and_is_none() -> None:
    link = f'<a class="more-link" href="{BLOG}/2014/03/post-1/">Oltre</a>'
    excerpt = f"<p>Nota e citazione insieme&hellip; {link}</p>"
    cut, automatic = posts(classic_listing(classic(2, more=True), classic(1, text=excerpt)))

    assert settled(cut) == cut
    assert settled(automatic) == LeftOut(
        place="pagina.html#2",
        code="import_excerpt_only",
        data={"title": "La promessa", "url": f"{BLOG}/2014/03/post-1/"},
    )
    assert not automatic.whole


def test_the_excerpts_of_a_block_theme_are_automatic() -> None:
    assert {type(settled(each)) for each in posts(blogpages.block_listing(), url=None)} == {LeftOut}


def test_a_picture_that_links_to_the_post_is_not_described_by_its_title() -> None:
    document = blogpages.block_listing().replace(b'alt=""', b'alt="Blocco 1"')

    first, second = (each.image for each in posts(document, url=None))

    assert first is not None
    assert second is not None
    assert (first.alt, second.alt) == (None, "Blocco 1")


# ── no posts ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (page("<h1>Pagina non trovata</h1>", marks="error404"), "import_page_without_posts"),
        (page('<form id="loginform"></form><h1>Entra</h1>', marks="login"), "import_page_without_posts"),
        (page(f"<main>{classic(1)}{classic(2)}</main>", marks="search search-results"), "import_page_search"),
        (page(f"<main>{classic(1)}</main>", marks="page page-id-2"), "import_page_static"),
        (classic_single().replace(b"type-post", b"type-page"), "import_page_static"),
        (page("<p>Niente.</p>"), "import_page_without_posts"),
        (b"%PDF-1.4 no page", "import_page_without_posts"),
        (b"", "import_page_without_posts"),
        (
            classic_single('<form class="post-password-form"><input type="password"></form>'),
            "import_page_protected",
        ),
    ],
)
def test_what_is_no_post_is_left_out(document: bytes, code: str) -> None:
    assert posts(document) == []
    assert codes(document) == [code]


def test_pictures_written_into_a_page_count_for_nothing() -> None:
    grey = "data:image/png;base64," + "A" * (5 * 1024 * 1024)

    post = only(classic_single(f'<p>Uno.</p><img src="{grey}" data-src="/up/a.jpg">'))

    assert f'src="{BLOG}/up/a.jpg"' in post.html
    assert len(post.html) < 1_000


@pytest.mark.parametrize("filling", ["x" * (4 * 1024 * 1024), "<br>" * 100_001])
def test_a_page_of_more_than_anybody_wrote_is_refused(filling: str) -> None:
    assert codes(page(f"<h1>Troppo</h1>{filling}")) == ["import_page_too_large"]


def test_a_post_with_a_password_is_known_by_its_title_where_only_that_stands() -> None:
    document = blogpages.block_listing().replace(b"Blocco 1", b"Protetto: Blocco")

    assert codes(document) == ["import_page_protected"]


def test_a_draft_that_an_editor_previewed_is_not_public() -> None:
    private = classic(1).replace("status-publish", "status-private")
    draft = classic(2).replace("status-publish", "status-draft")

    assert [each.access for each in posts(classic_listing(private, draft))] == [Access.CLOSED, Access.DRAFT]


# ── dates ───────────────────────────────────────────────────────────────────


def test_a_time_without_an_offset_is_the_editions_and_a_doubt() -> None:
    post = posts(classic_listing(classic(1, date="2014-07-05T09:30:00"), classic(2)))[0]

    assert post.published == datetime(2014, 7, 5, 7, 30, tzinfo=UTC)
    assert [(each.code, each.field) for each in post.problems] == [("import_published_doubtful", "published")]


def test_a_printed_date_is_the_last_resort() -> None:
    printed = (
        classic(1).replace("<time", "<span").replace("</time>", "</span>").replace("datetime=", "data-x=")
    )

    post = posts(classic_listing(printed, classic(2)))[0]

    assert post.published == datetime(2014, 3, 4, 23, tzinfo=UTC)
    assert [each.code for each in post.problems] == ["import_published_doubtful"]


def test_an_address_may_say_the_day() -> None:
    document = page(f"<article><h1>Giorno</h1><div class='post-content'>{TEXT}</div></article>")

    post = only(document, url=f"{BLOG}/2014/03/05/giorno/")

    assert post.published == datetime(2014, 3, 4, 23, tzinfo=UTC)
    assert [each.code for each in post.problems] == ["import_published_doubtful"]


@pytest.mark.parametrize("said", ["0001-01-01", "9999-12-31T23:59:59-12:00", "1 gennaio 0001"])
def test_the_first_and_the_last_day_there_is_are_none(said: str) -> None:
    printed = re.sub(
        "<time.*?</time>", f"<span class='entry-date'>{said}</span>", classic(1), flags=re.DOTALL
    )

    post = posts(classic_listing(printed, classic(2)))[0]

    assert said in printed
    assert post.published is None


def test_no_date_is_no_date() -> None:
    document = page(f"<article><h1>Mai</h1><div class='post-content'>{TEXT}</div></article>{COMMENTS}")

    assert only(document).published is None


# ── pictures and addresses in the text ──────────────────────────────────────

GREY = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        (f'<img src="{GREY}" data-src="/up/a.jpg">', f'src="{BLOG}/up/a.jpg"'),
        (f'<img src="{GREY}" data-lazy-src="/up/a.jpg">', f'src="{BLOG}/up/a.jpg"'),
        (f'<img src="{GREY}" data-srcset="/up/s.jpg 300w, /up/a.jpg 900w">', f'src="{BLOG}/up/a.jpg"'),
        (f'<img src="{GREY}"><noscript><img src="/up/a.jpg"></noscript>', f'src="{BLOG}/up/a.jpg"'),
        ('<noscript><img src="/up/a.jpg"></noscript>', f'src="{BLOG}/up/a.jpg"'),
        ('<img src="./La promessa_files/a.jpg" data-orig-file="/up/a.jpg">', f'src="{BLOG}/up/a.jpg"'),
        ('<img src="./La promessa_files/a.jpg">', 'data-file="a.jpg"'),
        ('<iframe data-src="//video.example/1"></iframe>', 'src="https://video.example/1"'),
        ('<a href="../altro/">x</a>', f'href="{BLOG}/2014/03/altro/"'),
    ],
)
def test_what_comes_late_or_is_relative_gets_its_true_address(markup: str, shown: str) -> None:
    document = classic_single(f"<p>{markup}</p>").replace(GREY.encode(), GREY.encode())

    html = only(document, url=f"{BLOG}/2014/03/post-12/").html

    assert shown in html
    assert "noscript" not in html
    assert html.count("a.jpg") <= html.count("/up/a.jpg") + html.count("data-file") + html.count("orig-file")


def test_a_picture_saved_beside_the_page_gets_no_invented_address() -> None:
    html = only(classic_single('<p><img src="./La promessa_files/a.jpg"></p>')).html

    assert " src=" not in html


def test_a_page_says_where_it_was_saved_from() -> None:
    document = page(
        f'<article><h1>Dove</h1><div class="post-content"><a href="/x">x</a>{TEXT}</div></article>',
        before=f"<!--\n Page saved with SingleFile \n url: {BLOG}/2015/dove/ \n saved date: oggi\n-->",
    )

    post = only(document, url=None)

    assert post.permalink == f"{BLOG}/2015/dove/"
    assert f'href="{BLOG}/x"' in post.html


def test_without_any_address_relative_ones_stay_as_they_are() -> None:
    document = page('<article><h1>Dove</h1><div class="post-content"><a href="/x">x</a></div></article>')

    post = only(document, url=None)

    assert (post.permalink, post.html) == (None, '<a href="/x">x</a>')


@pytest.mark.parametrize(
    ("encoded", "content_type"),
    [
        ("<meta charset=utf-8><h1>Perché</h1>".encode(), None),
        ("<meta charset=iso-8859-1><h1>Perché</h1>".encode("latin-1"), None),
        ("<h1>Perché</h1>".encode("latin-1"), "text/html; charset=ISO-8859-1"),
        ("<h1>Perché</h1>".encode("cp1252"), None),
        ("<h1>Perché</h1>".encode("utf-16"), None),
        ("\ufeff<h1>Perché</h1>".encode(), None),
    ],
)
def test_letters_are_read_in_the_encoding_that_is_said(encoded: bytes, content_type: str | None) -> None:
    body = "<div class=post-content>x</div>"
    kind = "utf-16" if encoded[:2] in {b"\xff\xfe", b"\xfe\xff"} else "ascii"
    document = encoded + body.encode(kind)[2 if kind == "utf-16" else 0 :]

    (post,) = reading(document, content_type=content_type).originals

    assert isinstance(post, Original)
    assert post.title == "Perché"


# ── bounds ──────────────────────────────────────────────────────────────────


def test_nesting_without_end_is_refused_not_cut_off() -> None:
    deep = page("<article>" * 5_000 + "<h1>Fondo</h1>" + "<div class='post-content'>" * 5_000 + "x")

    assert codes(deep) == ["import_page_too_large"]


MARKUP = st.lists(
    st.sampled_from(
        [
            "<article class='post hentry'>",
            "</article>",
            "<div class=entry-content>",
            "</div>",
            "<h1 class=entry-title>",
            "</h1>",
            "<a rel=bookmark href='http://[::1'>",
            "<a class=more-link href='?#more-1'>",
            "<time class=published datetime='2014-02-30'>",
            "<time datetime='0001-01-01T00:00:00+23:59'>",
            "<img src='data:,' srcset=',, 1w'>",
            "<noscript>",
            "<!-- -->",
            "<?x ?>",
            "<script type='application/ld+json'>[[[{\"@type\":[1]}]]]</script>",
            "<link rel=canonical href=':'>",
            "<base href='//'>",
            "<li class='wp-block-post post-99999999999999999999'>",
            "testo 31/02/2014",
            "<body class='single postid-x'>",
            "<figure class=post-thumbnail>",
            "<aside>",
            "<footer>",
        ]
    ),
    max_size=30,
)


@given(MARKUP, st.sampled_from(["", "single", "blog", "page"]))
def test_no_markup_breaks_a_page(pieces: list[str], marks: str) -> None:
    for each in reading(page("".join(pieces), marks=marks), url=None).originals:
        assert each.place


@given(st.binary(max_size=300))
def test_no_bytes_break_a_page(document: bytes) -> None:
    assert reading(document).originals
    assert reading(b"<html><h1>x</h1><article>" + document).originals
