"""The picture of a post: shown, or only told of by what was left in the text."""

from __future__ import annotations

import pytest

from anatomised import ENGLISH, MORE_ENGLISH, NOTE, codes, quoted, taken_apart
from curator.model import Confidence, Image, LostPicture

BODY = f"<p>{ENGLISH}</p><p>{MORE_ENGLISH}</p>"
QUOTED = f"{ENGLISH}\n\n{MORE_ENGLISH}"
LABELLED = f"<p>NOTA AICEX: {NOTE}</p>"
FIGURE = '<figure><img src="/a.jpg" alt="x y"><figcaption>{}</figcaption></figure>'
CAPTION = '<div class="wp-caption"><img src="/a.jpg" alt="x y"><p class="wp-caption-text">{}</p></div>'
DESCRIBED = "Due colleghi che si danno la mano davanti alla finestra"
DETAIL = '<a class="gie-single" href="https://www.gettyimages.com/detail/1">Embed from Getty Images</a>'
FRAME = '<div class="getty"><iframe src="//embed.gettyimages.com/embed/1?et=x"></iframe></div>'
CROPPED = "cropped-ax_18580601_19062839295_n-1.jpg"
UNSPLASH = "No_Promise_anna-maria-rossi-4Xyzrbj1svk-unsplash.jpg"


@pytest.mark.parametrize(
    "shown",
    [
        '<p><img src="https://blog.example/a.jpg" alt="Una stretta di mano"></p>',
        '<p><a href="https://blog.example/a.jpg"><img src="/a.jpg" alt="Una stretta di mano" /></a></p>',
        '<figure class="wp-block-image"><img src="/a.jpg" alt="Una stretta di mano"/></figure>',
        '<div class="wp-block-image"><figure><img src="/a.jpg" alt="Una stretta di mano"/></figure></div>',
        '<p><img src="data:image/gif;base64,R0lG" data-src="/a.jpg" alt="Una stretta di mano"></p>',
        '<figure><img src="/a.jpg" alt="IMG_2041"/><figcaption>Una stretta di mano</figcaption></figure>',
    ],
)
def test_the_first_picture_is_the_items(shown: str) -> None:
    said = taken_apart(f"{shown}{LABELLED}{BODY}")

    assert said.image is not None
    assert (said.image.url, said.image.alt) == ("https://blog.example/a.jpg", "Una stretta di mano")
    assert said.confidence["image"] is Confidence.SURE
    assert (said.note, quoted(said)) == (NOTE, QUOTED)
    assert said.excerpt is not None
    assert "<img" not in said.excerpt.html


@pytest.mark.parametrize(
    ("shown", "credit"),
    [
        (FIGURE.format("Photo by Ann Lee on Unsplash"), "Ann Lee on Unsplash"),
        (FIGURE.format("© Anna Rossi"), "© Anna Rossi"),
        (CAPTION.format("Foto: Anna Rossi"), "Anna Rossi"),
        ('<p><img src="/a.jpg" alt="x y"></p><p>CREDIT: Getty Images</p>', "Getty Images"),
        ('<p>CREDIT:&nbsp;Getty Images</p><p><img src="/a.jpg" alt="x y"></p>', "Getty Images"),
        (f'<p><img src="/{UNSPLASH}" alt="x y"></p>', "Anna Maria Rossi / Unsplash"),
        (f'<p><img src="/a.jpg" alt="{UNSPLASH}"></p>', "Anna Maria Rossi / Unsplash"),
        ('<p><img src="/iStock_000026964040XXLarge.jpg" alt="x y"></p>', None),
    ],
)
def test_its_credit_is_found_beside_it_or_in_its_name(shown: str, credit: str | None) -> None:
    said = taken_apart(f"{shown}{LABELLED}{BODY}")

    assert said.image is not None
    assert said.image.credit == credit
    assert (said.note, quoted(said)) == (NOTE, QUOTED)


def test_a_featured_picture_goes_before_those_of_the_body_and_learns_from_its_copy() -> None:
    featured = Image(url="https://blog.example/w/a.jpg", credit="CREDIT: Getty Images")
    body = '<p><img src="/w/a-300x225.jpg" alt="Una stretta di mano"></p><p><img src="/w/b.jpg"></p>'

    said = taken_apart(f"{LABELLED}{body}{BODY}", image=featured)

    assert said.image is not None
    known = (said.image.url, said.image.alt, said.image.credit)
    assert known == (featured.url, "Una stretta di mano", "Getty Images")
    assert codes(said) == ["import_pictures_more"]


@pytest.mark.parametrize(
    ("caption", "alt", "credit", "file_name"),
    [
        ("Getty Images", None, "Getty Images", None),
        ("Anna Rossi", None, "Anna Rossi", None),
        (UNSPLASH, None, "Anna Maria Rossi / Unsplash", UNSPLASH),
        (DESCRIBED, DESCRIBED, None, None),
    ],
)
def test_the_caption_of_a_featured_picture_is_a_credit_a_name_or_a_description(
    caption: str, alt: str | None, credit: str | None, file_name: str | None
) -> None:
    said = taken_apart(BODY, image=Image(url="https://blog.example/a.jpg", credit=caption))

    assert said.image is not None
    assert (said.image.alt, said.image.credit, said.image.file_name) == (alt, credit, file_name)


@pytest.mark.parametrize(
    ("left", "lost"),
    [
        ("<p>Embed from Getty Images</p>", LostPicture(credit="Getty Images")),
        ("<p>Incorpora da Getty Images</p>", LostPicture(credit="Getty Images")),
        (f"<p>{DETAIL}</p>", LostPicture(credit="Getty Images")),
        (FRAME, LostPicture(credit="Getty Images")),
        (f"<p>{DETAIL}</p>{FRAME}", LostPicture(credit="Getty Images")),
        ("<p>CREDIT: Getty Images</p>", LostPicture(credit="Getty Images")),
        (f"<p>{UNSPLASH}</p>", LostPicture(file_name=UNSPLASH, credit="Anna Maria Rossi / Unsplash")),
        ("<p>3462376323_e55120ea0a</p>", LostPicture(file_name="3462376323_e55120ea0a")),
        (f"<p>{CROPPED}</p>", LostPicture(file_name=CROPPED)),
        ("<p>Handshake</p>", LostPicture(alt="Handshake")),
    ],
)
@pytest.mark.parametrize("before", [True, False])
def test_of_a_picture_without_an_address_the_traces_are_kept(
    left: str, lost: LostPicture, *, before: bool
) -> None:
    said = taken_apart(f"{left}{LABELLED}{BODY}" if before else f"{LABELLED}{left}{BODY}")

    assert (said.image, said.lost_picture) == (None, lost)
    assert codes(said) == ["import_picture_lost"]
    assert said.attributions == ()
    assert (said.note, quoted(said)) == (NOTE, QUOTED)


def test_a_caption_with_a_date_stands_before_the_note() -> None:
    caption = "The band live at Ann's Ampitheater in Rome on April 26, 2014."

    said = taken_apart(f"<p>{caption}</p>{LABELLED}{BODY}")

    assert said.lost_picture == LostPicture(alt=caption)
    assert quoted(said) == QUOTED


@pytest.mark.parametrize(
    ("welded", "left"),
    [
        (f"{ENGLISH}iStock_000026964040XXLarge", ENGLISH),
        (f"{ENGLISH} 2535985_HiRes {MORE_ENGLISH}", f"{ENGLISH} {MORE_ENGLISH}"),
        (f"{ENGLISH} {UNSPLASH} {MORE_ENGLISH}", f"{ENGLISH} {MORE_ENGLISH}"),
        (f"shutterstock_123456789 {ENGLISH}", ENGLISH),
    ],
)
def test_the_name_of_a_picture_is_cut_out_of_the_text_it_is_welded_to(welded: str, left: str) -> None:
    said = taken_apart(f"{LABELLED}<p>{welded}</p>")

    assert quoted(said) == left
    assert said.lost_picture is not None
    assert said.lost_picture.file_name


def test_what_is_said_of_a_picture_between_two_paragraphs_is_taken_out_and_told() -> None:
    said = taken_apart(f"{LABELLED}<p>{ENGLISH}</p><p>Promises linkage effect</p><p>{MORE_ENGLISH}</p>")

    assert quoted(said) == QUOTED
    assert said.lost_picture == LostPicture(alt="Promises linkage effect")
    assert codes(said) == ["import_picture_lost"]


@pytest.mark.parametrize(
    "heading",
    [
        "<p>Why do people keep promises?</p>",
        "<p>What We Found Out</p>",
        "<p><strong>Linkage effect</strong></p>",
        "<h3>Linkage effect</h3>",
        "<p>Here is what they said:</p>",
    ],
)
def test_a_heading_is_no_caption(heading: str) -> None:
    said = taken_apart(f"{LABELLED}<p>{ENGLISH}</p>{heading}<p>{MORE_ENGLISH}</p>")

    assert said.lost_picture is None
    assert len(quoted(said).split("\n\n")) == 3


def test_the_title_of_a_table_that_is_gone_is_taken_out_and_told() -> None:
    title = "Table 1. Promises kept, broken and exceeded"
    table = "<table><tr><td>kept</td><td>12</td></tr></table>"

    gone = taken_apart(f"{BODY}<p>{title}</p>")
    there = taken_apart(f"{BODY}<p>{title}</p>{table}")

    assert quoted(gone) == QUOTED
    assert [(doubt.code, doubt.data["found"]) for doubt in gone.doubts] == [("import_caption_cut", title)]
    assert title in quoted(there)


def test_somebody_elses_film_is_told_of() -> None:
    frame = '<iframe src="https://www.youtube.com/embed/abc"></iframe>'

    said = taken_apart(f"{BODY}<figure class='wp-block-embed'>{frame}</figure>")

    assert [(doubt.code, doubt.data["url"]) for doubt in said.doubts] == [
        ("import_embed_lost", "https://www.youtube.com/embed/abc")
    ]
    assert quoted(said) == QUOTED


def test_a_beacon_is_no_picture_and_an_emoji_is_a_sign() -> None:
    beacon = '<img src="https://pixel.wp.com/b.gif?x" width="1" height="1">'
    emoji = '<img class="emoji" alt="🙂" src="https://s.w.org/images/core/emoji/1.png">'

    said = taken_apart(f"<p>{ENGLISH} {emoji}</p><p>{MORE_ENGLISH}{beacon}</p>")

    assert said.image is None
    assert quoted(said) == f"{ENGLISH} 🙂\n\n{MORE_ENGLISH}"


def test_where_a_picture_is_shown_a_phrase_stays_in_the_text() -> None:
    said = taken_apart(f'<p><img src="/a.jpg" alt="x y"></p>{LABELLED}<p>Introduction</p>{BODY}')

    assert quoted(said).startswith("Introduction")


def test_a_picture_saved_beside_its_page_has_lost_its_address() -> None:
    said = taken_apart(f'<p><img data-file="IMG_2041.jpg" alt="Una stretta di mano"></p>{LABELLED}{BODY}')

    assert said.image is None
    assert said.lost_picture == LostPicture(file_name="IMG_2041.jpg", alt="Una stretta di mano")


@pytest.mark.parametrize(
    "first",
    [
        "<p>In a talk on promises a friend says</p><blockquote><p>Keep them.</p></blockquote>",
        "<p>What they found</p><ul><li>Promises are kept</li></ul>",
        "<p>こういう論理をする人は一定数います。</p>",
        "<p>Found at https://one.example/a</p>",
    ],
)
def test_what_announces_or_cannot_be_counted_is_no_caption(first: str) -> None:
    assert taken_apart(f"{first}{BODY}").lost_picture is None


def test_a_long_caption_that_names_an_agency_is_a_credit() -> None:
    caption = "Una foto di due colleghi al lavoro in ufficio, Getty Images"

    said = taken_apart(BODY, image=Image(url="https://blog.example/a.jpg", credit=caption))

    assert said.image is not None
    assert (said.image.credit, said.image.alt) == (caption, None)


@pytest.mark.parametrize(
    "played",
    [
        '<figure class="wp-block-video"><video controls src="https://blog.example/a.mp4"></video></figure>',
        '<p><audio controls><source type="audio/mpeg" src="https://blog.example/a.mp4"></audio></p>',
    ],
)
def test_a_film_or_a_sound_in_the_text_is_told_of(played: str) -> None:
    said = taken_apart(f"<p>NOTA AICEX: {NOTE}</p><p>{ENGLISH}</p>{played}<p>{MORE_ENGLISH}</p>")

    assert [(each.code, each.data["url"]) for each in said.doubts] == [
        ("import_embed_lost", "https://blog.example/a.mp4")
    ]
