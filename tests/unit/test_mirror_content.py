"""What a WordPress is to have of an item: whole, in its languages, and nothing in it does anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import ITALIAN, NOW
from curator.model import Copy, Lang, Publication
from curator.publish.mirror import comparing, inert
from curator.publish.mirror.content import MOST_SLUG, mirror_slug, wanted_of
from publishing import a_publication, an_attribution, an_excerpt, an_image

COPY = Copy(digest="ab" * 32, media_type="image/jpeg", width=1200, height=800, length=9)


def told(**content: object) -> Publication:
    publication = a_publication()
    return replace(publication, content=replace(publication.content, **content))  # type: ignore[arg-type]


def body(**content: object) -> str:
    return wanted_of(told(**content), edition=ITALIAN).content


def test_each_passage_says_its_language_and_where_it_is_from() -> None:
    said = body(
        note="Una nota.",
        excerpt=an_excerpt("<p>Hello <em lang='fr'>monde</em>.</p>"),
        attributions=(an_attribution(),),
    )

    assert said.startswith('<!-- wp:html -->\n<div lang="it">')
    assert said.endswith("<!-- /wp:html -->")
    assert (
        '<div class="note" lang="it" dir="auto"><p><strong>NOTA AICEX:</strong> Una nota.</p></div>' in said
    )
    assert (
        '<blockquote class="excerpt" lang="en" dir="auto" cite="https://cx.example/leave?a=1&amp;b=2">'
        in said
    )
    assert '<p>Hello <em lang="fr">monde</em>.</p>' in said
    assert '<cite lang="en" dir="auto"><a href="https://cx.example/leave?a=1&amp;b=2">' in said
    assert '<span lang="und" dir="auto">Ada Smith, Bo Jones, The CX Journal</span>' in said
    assert 'rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>' in said


@pytest.mark.parametrize(
    "words",
    [
        "[gallery ids='1']",
        "<!--more-->",
        "<!-- wp:latest-posts /-->",
        "<!-- /wp:html --><script>alert(1)</script>",
        "[embed]https://video.example/1[/embed]",
        "https://video.example/1",
        "</div></blockquote><b>",
    ],
)
def test_nothing_that_somebody_wrote_is_wordpress_markup(words: str) -> None:
    said = body(
        headline=words,
        note=words,
        excerpt=an_excerpt(f"<p>{words}</p>", text=words),
        attributions=(an_attribution(title=words, publisher=words),),
    )

    within = said.removeprefix("<!-- wp:html -->").removesuffix("<!-- /wp:html -->")
    assert "<!--" not in within
    assert "[" not in within
    assert "<script" not in within
    assert ">https://" not in within
    assert within.count("<div") == within.count("</div>")


def test_a_title_is_text_and_keeps_its_brackets() -> None:
    assert wanted_of(told(headline="[Video] A < B & C"), edition=ITALIAN).title == "[Video] A &lt; B &amp; C"


def test_only_our_own_copy_becomes_the_picture_and_its_credit_stands_in_the_text() -> None:
    image = an_image(license="https://creativecommons.org/licenses/by/4.0/")

    shown = wanted_of(told(image=image, copy=COPY), edition=ITALIAN)
    linked = wanted_of(told(image=image, copy=None), edition=ITALIAN)

    assert shown.picture is not None
    assert shown.picture.alt == image.alt
    assert shown.picture.slug.startswith(f"curator-{COPY.digest[:16]}-")
    assert "Olav Rotne / Unsplash</a> (" in shown.picture.caption
    assert linked.picture is None
    assert "Olav Rotne / Unsplash" in shown.content
    assert shown.content == linked.content
    assert "<img" not in shown.content


def test_what_is_withdrawn_says_so_and_nothing_else() -> None:
    gone = replace(told(), withdrawn_at=NOW, public_note="Era sbagliato [davvero].")

    wanted = wanted_of(gone, edition=ITALIAN)

    assert "Era sbagliato &#091;davvero&#093;." in wanted.content
    assert told().content.headline not in wanted.title + wanted.content + wanted.excerpt
    assert (wanted.tags, wanted.picture) == ((), None)


def test_a_slug_is_the_same_each_time_and_short_enough() -> None:
    slug = mirror_slug("parola-" * 40, "01HXAMPLEXXXXXXXXX12345678")

    assert slug == mirror_slug("parola-" * 40, "01HXAMPLEXXXXXXXXX12345678")
    assert slug.endswith("-12345678")
    assert "--" not in slug
    assert mirror_slug("", "01HXAMPLEXXXXXXXXX12345678") == "12345678"
    assert len(slug) <= MOST_SLUG


def test_a_correction_is_said_in_the_text() -> None:
    said = body(correction="Il nome era sbagliato.", corrected_at=NOW + timedelta(days=1))

    assert '<span lang="it" dir="auto">Il nome era sbagliato.</span>' in said


def test_what_only_editors_may_write_is_written_otherwise() -> None:
    assert inert.written('<p><bdi lang="ar">x</bdi><time datetime="2026">y</time></p>') == (
        '<p><span lang="ar">x</span><span>y</span></p>'
    )
    assert inert.written('<a href="https://a.example/" hreflang="en" onclick="x()">z</a>') == (
        '<a href="https://a.example/">z</a>'
    )


@given(st.text(max_size=60))
def test_any_text_comes_back_as_it_was(words: str) -> None:
    told = inert.words(words)

    assert not set("<>[]") & set(told)
    assert inert.plain(told) == "".join(inert.plain(f"<p>{inert.heading(words)}</p>").split())


@given(st.sets(st.integers(1, 9)), st.sets(st.integers(1, 9)), st.sets(st.integers(1, 9)))
def test_no_tag_of_theirs_is_lost_and_none_of_ours_comes_back(
    theirs: set[int], ours: set[int], before: set[int]
) -> None:
    found = set(comparing.merged(theirs, ours=ours, before=before))

    assert theirs - before <= found
    assert ours - before <= found
    assert not found & ((before & ours) - theirs)
    assert not found & (before - ours)


def test_another_language_is_said() -> None:
    said = body(language=Lang("en"), note="A note.")

    assert '<strong lang="it" dir="auto">NOTA AICEX:</strong> A note.' in said
