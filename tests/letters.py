"""Issues to be judged as mails: one of everything, one of nothing good, one of too much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from builders import ITALIAN, NOW
from curator.model import Issue, IssueStatus, Lang, Letter, Publication
from curator.publish.drafting import content_hash
from curator.publish.letter import letter
from curator.publish.message import Sender
from publishing import SITE, a_copy, a_publication, an_attribution, an_excerpt, an_image

EDITION = replace(ITALIAN, address="Via della Moscova 18, 20121 Milano")
LETTER_SITE = replace(SITE, edition=EDITION)
PUBLIC_URL = "https://servizio.rassegna.example/"
INTRO = (
    "Care lettrici, cari lettori,\nquesta settimana si parla di promesse.\n\n"
    "Scriveteci a redazione@aicex.example: leggiamo tutto."
)
SENDER = Sender(
    name="Redazione “AICEX”",
    address="rassegna@aicex.example",
    reply_to="redazione@aicex.example",
    bounce_domain="ritorni.aicex.example",
    home_url=SITE.home_url,
    public_url=PUBLIC_URL,
)

_GERMAN = "<p>Kunden erinnern sich an „gebrochene“ Versprechen.</p><p>Halte, was du <em>sagst</em>.</p>"


def rich() -> list[Publication]:
    """All that an item can be or have, each once."""
    later = NOW + timedelta(days=3)
    kinds: list[dict[str, Any]] = [
        {"copy": a_copy()},
        {"headline": "Una sola frase", "image": None, "tags": ()},
        {
            "headline": "Più originali",
            "attributions": (
                an_attribution(title="Service", license="CC BY-SA 4.0"),
                an_attribution(title="The Profit Chain", url="https://hbr.example/x", authors=()),
                an_attribution(title="Una terza voce & “altre”", authors=("Rossi, Ada", "Bo")),
                an_attribution(title=None, url="https://altrove.example/", license="© 2014"),
            ),
        },
        {"headline": "Dal tedesco", "excerpt": an_excerpt(_GERMAN, text="x", language=Lang("de"))},
        {"headline": "Dall’italiano", "excerpt": an_excerpt("<p>Si fa così.</p>", language=Lang("it"))},
        {"headline": "Senza citazione", "excerpt": None},
        {"headline": "Senza nota", "note": None, "attributions": (an_attribution(title=None),)},
        {"headline": "Riga su riga", "note": "Prima.\nSeconda.\n\nUn capoverso con <segni> & altro: 5 > 3."},
        {"headline": "Un’immagine altrove", "image": an_image(license="CC BY-SA 4.0", alt=None)},
        {"headline": "Un’altra ancora", "image": an_image(url="https://p.example/2.jpg", alt=None)},
        {
            "headline": "<Titolo> & “altro”: AT&T &nbsp; </b> {{ 7 * 7 }} 100 %s None",
            "tags": ("C++", "顧客満足"),
        },
        {"headline": "Corretto", "correction": "Era il 2014.", "corrected_at": later, "updated_at": later},
        {"headline": "Keeping is enough", "note": "Promises are kept.\nMostly.", "language": Lang("en")},
        {
            "headline": "顧客満足とは",
            "note": "約束を守ることがいちばん大切です。" * 8,
            "language": Lang("ja"),
        },
        {"headline": "الوعد دين", "note": "الوفاء بالوعد يكفي.", "language": Lang("ar")},
        {"headline": "Lungo", "excerpt": an_excerpt(_long(60), text="x", truncated=True)},
        {"headline": "Con legami", "excerpt": an_excerpt(_LINKED, text="x")},
    ]
    return [a_publication(n, **kind) for n, kind in enumerate(kinds, start=1)]


_LINKED = (
    '<h2>Why</h2><ul><li>One <a href="https://cx.example/1">here</a></li><li>Two <a href="https://cx.example/2">'
    "here</a></li></ul><table><tr><th>a</th><td>b</td></tr></table><pre>x = 1</pre>"
)


def _long(sentences: int) -> str:
    return "<p>" + "Customers remember how you made them feel. " * sentences + "</p>"


EVIL = (
    "=?utf-8?q?Ciao=0D=0ABcc:_v@evil.example?=",
    "=?utf-8?b?Q2lhbw0KQmNjOiB2QGV2aWwuZXhhbXBsZQ==?=",
    "Ciao\r\nBcc: v@evil.example\r\n\r\n.\r\n",
    "Ciao\u2028Bcc: v@evil.example\u2029",
    "Ciao\0\x0b\x85\x1b[31m\ud800",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "{{ config }}{% include 'x' %}",
    "https://unsubscribe.invalid/",
    "From qui in poi\n.\n..\nFrom ancora",
    "x" * 1500,
    "é" * 800,
    "\u202eoilgof\u202c e \u200bnulla",
)


def hostile() -> list[Publication]:
    """Every text of each is evil in another way."""

    def one(n: int, evil: str) -> Publication:
        return a_publication(
            n,
            headline=evil,
            note=evil,
            author=evil,
            tags=(evil,),
            excerpt=an_excerpt(f'<p>{_MARKUP}</p><p onclick="x()">{n}</p>', text=evil),
            attributions=(an_attribution(title=evil, authors=(evil,), publisher=evil, license=evil),),
            image=an_image(alt=evil, credit=evil),
        )

    return [one(n, evil) for n, evil in enumerate(EVIL, start=1)]


_MARKUP = (
    '<script>alert(1)</script><a href="javascript:alert(1)">x</a>'
    '<img src="https://t.example/p.gif" width="1" height="1"><a href="https://cx.example/?utm_source=x">y</a>'
    '<form action="https://evil.example/"><input name="a"></form><style>p{color:#fff}</style>'
    '<span style="display:none">nascosto</span><iframe src="https://e.example/"></iframe><a href="/x"></a>'
)


def crowded() -> list[Publication]:
    """More than any mail has room for."""
    return [
        a_publication(n, headline=f"Titolo numero {n}", excerpt=an_excerpt(_long(80), text="x"))
        for n in range(1, 141)
    ]


def an_issue_of(publications: Sequence[Publication], **said: Any) -> Issue:
    """Closed, with an intro, served in public."""
    ordinary: dict[str, Any] = {"intro": INTRO, "public_url": PUBLIC_URL, "site": LETTER_SITE}
    written = letter(publications, number=7, closed_at=NOW, **(ordinary | said))
    return of_letter(written, [p.item_id for p in publications])


def of_letter(written: Letter, item_ids: Sequence[int] = (1,)) -> Issue:
    return Issue(
        id=1,
        edition="it",
        number=7,
        status=IssueStatus.CLOSED,
        letter=written,
        content_hash=content_hash(written),
        closed_at=NOW,
        slot=None,
        item_ids=tuple(item_ids),
    )
