"""Whatever words an item holds, the documents it is in stay whole and nothing of it runs."""

from __future__ import annotations

import re
from string import ascii_lowercase

from hypothesis import given, settings
from hypothesis import strategies as st

from builders import NOW
from curator.publish import pages, showing
from curator.text import SLUG_LENGTH, slug_of
from feedrules import findings
from publishing import (
    SITE,
    a_copy,
    a_document,
    a_publication,
    an_attribution,
    an_excerpt,
    an_image,
    an_origin,
)

# Surrogates too: a JSON escape in a source can make one.
ANY_TEXT = st.text(st.characters(), max_size=40)
MARKUP = st.lists(
    st.sampled_from(
        "<p> </p> <!-- --> <![CDATA[ ]]> <script> </script> <img src=x onerror=y> <svg> </svg> <math> "
        "<style> <a href='javascript:x'> &nbsp; &lt; <br> <h1> <table> <td> <form> <b a text".split(" ")
    ),
    max_size=12,
).map(" ".join)
WORDS = ANY_TEXT | MARKUP


@settings(max_examples=60)
@given(words=WORDS, quoted=MARKUP | ANY_TEXT, address=ANY_TEXT)
def test_no_words_break_a_feed_or_a_page(words: str, quoted: str, address: str) -> None:
    url = f"https://example.org/{address}"
    publication = a_publication(
        1,
        headline=words,
        note=words,
        author=words or "x",
        excerpt=an_excerpt(quoted, text=words),
        attributions=(
            an_attribution(title=words, authors=(words,), publisher=words, url=url, license=words),
        ),
        image=an_image(url=url, alt=words, credit=words),
        tags=(words,),
        origin=an_origin(url=url, name=words, home_url=address, license=words),
        correction=words,
        corrected_at=NOW,
    )
    image = an_image(url=url, alt=words, credit=words, license=words)
    pictured = a_publication(2, headline=words, note=words, image=image, copy=a_copy())
    document = a_document(publication, pictured)

    assert findings(document.atom, self_url=SITE.url("feed.atom")) == []
    assert findings(document.rss, self_url=SITE.url("feed.rss")) == []
    assert document.json["items"][0]["id"] == publication.atom_id
    page = pages.item(showing.show(publication, site=SITE), site=SITE).decode()
    assert page.count("<script") == page.count('<script type="application/ld+json">') == 1
    assert page.count("<img") == page.count("<iframe") == 0
    page = pages.item(showing.show(pictured, site=SITE), site=SITE).decode()
    assert page.count("<script") == page.count('<script type="application/ld+json">') == 1
    assert page.count("<iframe") == 0
    assert page.count("<img") == len(re.findall(r'<img [^>]*src="\.\./pictures/', page))


@given(headline=st.text(max_size=200))
def test_a_slug_is_a_file_name_whatever_the_headline(headline: str) -> None:
    slug = slug_of(headline)

    assert len(slug) <= SLUG_LENGTH
    assert set(slug) <= set(ascii_lowercase + "0123456789-")
    assert not slug.startswith("-")
    assert not slug.endswith("-")
    assert slug_of(slug) == slug
