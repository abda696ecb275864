"""Every kind of feed document that we make, and words that sources may hold."""

from __future__ import annotations

from dataclasses import replace

from builders import NOW
from curator.model import Lang, Publication
from curator.publish.site import ATOM, Site, language_channel, tag_channel
from publishing import (
    ENGLISH,
    SITE,
    a_copy,
    a_document,
    a_publication,
    an_attribution,
    an_excerpt,
    an_image,
    an_origin,
)

ENGLISH_SITE = Site(edition=ENGLISH, base_url=SITE.base_url, authority=SITE.authority)
ODD_WORDS = (
    "Perché <b>mai</b>",
    "Scrivere &eacute; o &#233;",
    "x <y, AT&T, R&D1; &copy 2026",
    "Ada <ada@example.org>",
    "3 < 4 > 2 && ]]> --> \ufffd",
    "</title></entry>",
)
ATTACKS = [
    "<script>alert(1)</script>",
    "<p>hi</p><!--><img src=x onerror=alert(1)>-->",
    '<img src="x" onerror="alert(1)"',
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<a href="javascript:alert(1)">x</a><a href="data:text/html,x">y</a>',
    '<p style="position:fixed" onclick="x()">z</p>',
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "]]></content><script>alert(1)</script>",
    '<img src="https://tracker.example/pixel.gif" width="1" height="1">',
    '<video src="https://tracker.example/a.mp4"></video><picture><source srcset="http:a<script>"></picture>',
]


def a_hostile_publication(n: int, words: str) -> Publication:
    """An attack in every field that a source, or an import, can fill."""
    return a_publication(
        n,
        headline=words,
        note=words,
        author=words,
        excerpt=an_excerpt(f"<p>before</p>{words}<p>after</p>", truncated=True),
        attributions=(
            an_attribution(
                title=words, authors=(words,), publisher=words, license=words, url="javascript:alert(1)"
            ),
        ),
        image=an_image(url="data:image/svg+xml,<svg/>", alt=words, credit=words),
        tags=(words,),
        origin=an_origin(url="javascript:1", name=words),
        correction=words,
        corrected_at=NOW,
    )


DOCUMENTS = {
    "empty": a_document(),
    "ordinary": a_document(a_publication(2), a_publication(1)),
    "bare": a_document(
        a_publication(
            1,
            note=None,
            excerpt=None,
            image=None,
            tags=(),
            origin=None,
            attributions=(an_attribution(authors=(), license=None),),
        )
    ),
    "several sources": a_document(
        a_publication(
            1,
            attributions=(
                an_attribution(),
                an_attribution(
                    title=None, url="https://second.example/", license="Tutti i diritti riservati"
                ),
                an_attribution(url=None, publisher=None, authors=(), license=None),
            ),
        )
    ),
    "foreign": a_document(
        a_publication(1, language=Lang("en"), excerpt=an_excerpt(language=Lang("und"), truncated=True))
    ),
    "corrected": a_document(a_publication(1, correction="Era il 2014.", corrected_at=NOW)),
    "withdrawn": a_document(
        a_publication(1),
        withdrawn=[a_publication(2, withdrawn_at=NOW, public_note="Ritirato su richiesta.")],
    ),
    "unknown picture": a_document(
        a_publication(1, image=an_image(url="https://p.example/?id=7", credit=None))
    ),
    "our picture": a_document(
        a_publication(
            1, copy=a_copy(), image=an_image(license="https://creativecommons.org/licenses/by/4.0/")
        ),
        a_publication(2, copy=a_copy(media_type="image/webp"), image=an_image(alt=None, license="CC BY")),
    ),
    "of a topic": a_document(a_publication(1), channel=tag_channel("C++ & co.")),
    "of a language": a_document(a_publication(1), channel=language_channel(Lang("en"), "inglese")),
    "with hubs": a_document(
        a_publication(1), site=replace(SITE, hubs=("https://hub.example/", "https://b.example/"))
    ),
    "another edition": a_document(a_publication(1, edition="en"), site=ENGLISH_SITE),
    "odd addresses": a_document(
        a_publication(
            1,
            attributions=(
                an_attribution(url="https://cx.example/perché?a[]=1|2&b=%e8", license="https://cx.example/à"),
            ),
            origin=an_origin(
                url="HTTPS://CX.example:443/a/../feed/%7Eè%E8", home_url="https://bücher.example"
            ),
        )
    ),
    "words that look like something else": a_document(
        *(
            a_publication(
                n,
                headline=words,
                note=words,
                author=words,
                attributions=(an_attribution(title=words, authors=(words,), publisher=words, license=words),),
                image=an_image(alt=words, credit=words, license=words),
                copy=a_copy(),
                tags=(words,),
                origin=an_origin(name=words, license=words),
            )
            for n, words in enumerate(ODD_WORDS, start=1)
        )
    ),
    # Alone: what is said in HTML stands for all of its line, as far as the validator sees.
    "markup that is begun": a_document(
        a_publication(1, image=an_image(alt="A coda <di src=x gente"), copy=a_copy()),
        a_publication(2, image=an_image(license="<CC> BY"), copy=a_copy()),
        a_publication(3, attributions=(an_attribution(title="a <b c"),)),
    ),
    "an odd name of the house": a_document(
        a_publication(1),
        site=replace(SITE, edition=replace(SITE.edition, organisation="R&amp;D <a@b.example>")),
    ),
    "hostile": a_document(*(a_hostile_publication(n, words) for n, words in enumerate(ATTACKS, start=1))),
    "the archive of a month": a_document(
        a_publication(2),
        a_publication(1),
        path="archive/2026-03.atom",
        archive=True,
        current=ATOM,
        previous="archive/2026-02.atom",
        next="archive/2026-04.atom",
    ),
    "the only archive": a_document(a_publication(1), path="archive/2026-03.atom", archive=True, current=ATOM),
    "before an archive": a_document(a_publication(9), previous="archive/2026-03.atom"),
}
