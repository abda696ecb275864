"""What may be shown of foreign HTML (FAULTS: every XSS row, tracking, hidden text)."""

from __future__ import annotations

import html5lib
import pytest

from curator.text import as_html, clean, clean_text, confined, one_line, plain

BASE = "https://blog.example/2026/post"

HOSTILE = {
    "comment hole, open in feedparser 6.0.14": "<p>hi</p><!--><img src=x onerror=alert(1)>-->",
    "comment closed by --!>": "<!-- --!><img src=x onerror=alert(1)>-->",
    "unclosed img, live when the next tag follows": '<img src="x" onerror="alert(1)"',
    "nested CDATA": "<![CDATA[<![CDATA[<script>alert(1)</script>]]>]]>",
    "CDATA inside svg": "<svg><![CDATA[><img src=x onerror=alert(1)>]]></svg>",
    "mXSS by noscript": '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    "mXSS by math and mglyph": "<math><mtext><table><mglyph><style><img src=x onerror=x></style></math>",
    "mXSS by svg and style": "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "mXSS by svg title": '<svg></p><title><a id="</title><img src=x onerror=alert(1)>"></title></svg>',
    "mXSS by style attribute": '<p style="</p><img src=x onerror=alert(1)>">x</p>',
    "mXSS by template": "<template><script>alert(1)</script></template>",
    "iframe srcdoc": '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "object and embed": '<object data="javascript:alert(1)"></object><embed src="javascript:alert(1)">',
    "javascript: link": '<a href="javascript:alert(1)">x</a>',
    "javascript: with a tab": '<a href="java\tscript:alert(1)">x</a>',
    "javascript: as character references": '<a href="&#106;avascript&colon;alert(1)">x</a>',
    "javascript: behind a control character": '<a href="\x01javascript:alert(1)">x</a>',
    "vbscript: link": '<a href="vbscript:msgbox(1)">x</a>',
    "data: link": '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "data: picture": '<img src="data:image/svg+xml,<svg onload=alert(1)>">',
    "srcset (CVE-2023-27592)": '<img srcset="http:a<script>alert(1)</script>">',
    "handler on a harmless tag": "<p onclick=alert(1) onmouseover=alert(1)>x</p>",
    "style element": "<style>@import 'http://evil.example/x.css'</style><p>x</p>",
    "CSS with an address": '<p style="background:url(javascript:alert(1))">x</p>',
    "meta refresh and base": '<meta http-equiv=refresh content="0;url=javascript:x"><base href="j:">',
    "form with formaction": '<form action="javascript:x"><button formaction="javascript:x">x</button></form>',
    "details ontoggle": "<details open ontoggle=alert(1)>x</details>",
    "link stylesheet": '<link rel=stylesheet href="http://evil.example/x.css">',
    "quote in an attribute": "<a href='https://x.example/\"onmouseover=\"alert(1)'>x</a>",
    "plaintext": "<plaintext><script>alert(1)</script>",
}


@pytest.mark.parametrize("html", HOSTILE.values(), ids=HOSTILE)
def test_nothing_runs_when_a_browser_reads_what_was_cleaned(html: str) -> None:
    # Once alone and once with a tag behind it, which brings unfinished markup to life.
    for cleaned in (clean(html, base_url=BASE), clean(html, base_url=BASE) + "<p>next</p>"):
        tree = html5lib.parseFragment(cleaned, namespaceHTMLElements=False)

        assert not [
            e.tag for e in tree.iter() if e.tag in {"script", "style", "iframe", "object", "embed", "svg"}
        ]
        assert not [
            name for e in tree.iter() for name in e.attrib if name.startswith("on") or name == "style"
        ]
        addresses = [
            value for e in tree.iter() for name, value in e.attrib.items() if name in {"href", "src"}
        ]
        assert all(address.startswith("https://") for address in addresses)


@pytest.mark.parametrize(
    ("html", "cleaned"),
    [
        ('<a href="/about?a=1&b=2">x</a>', '<a href="https://blog.example/about?a=1&amp;b=2">x</a>'),
        ('<a href="../2025">x</a>', '<a href="https://blog.example/2025">x</a>'),
        (
            '<img src="p.png" alt="A" width=300>',
            '<img src="https://blog.example/2026/p.png" alt="A" width="300">',
        ),
        ('<blockquote cite="/c">x</blockquote>', '<blockquote cite="https://blog.example/c">x</blockquote>'),
        ('<a href="mailto:a@b.example">x</a>', '<a href="mailto:a@b.example">x</a>'),
        (
            '<img src="data:image/gif;base64,R0" data-src="/real.jpg">',
            '<img src="https://blog.example/real.jpg">',
        ),
    ],
)
def test_addresses_are_made_absolute(html: str, cleaned: str) -> None:
    assert clean(html, base_url=BASE) == cleaned


def test_relative_addresses_without_a_base_are_dropped() -> None:
    assert clean('<a href="/x">x</a><img src="y.png">', base_url=None) == "x"


@pytest.mark.parametrize(
    "html",
    [
        '<img src="https://t.example/p.gif" width="1" height="1">',
        '<img src="https://t.example/p.gif" height="0">',
        '<img src="https://t.example/p.gif" style="width:1px;height:1px">',
        '<img src="https://pixel.wp.com/b.gif?host=x">',
        '<img src="http://feeds.feedburner.com/~r/blog/~4/abc">',
        '<span style="display: none">seo seo seo</span>',
        '<span hidden>seo</span><p style="visibility:hidden">seo</p>',
        '<span class="screen-reader-text">Continue reading</span>',
        '<div style="font-size:0"><p>seo</p></div>',
        "<p> &nbsp; </p><div><div></div></div><p><br></p><ul><li></li></ul>",
    ],
)
def test_beacons_hidden_text_and_empty_shells_are_removed(html: str) -> None:
    assert clean(f"<p>a</p>{html}<p>b</p>", base_url=BASE) == "<p>a</p><p>b</p>"


def test_what_an_author_means_stays() -> None:
    html = (
        '<h2 lang="fr" dir="ltr">T</h2><p>a <em>b</em> <b>c</b><br>d<sup>1</sup></p><ul><li>x</li></ul>'
        '<ol start="3"><li value="4">y</li></ol><dl><dt>t</dt><dd>d</dd></dl>'
        "<pre>  code\n  more</pre>"
        '<table><caption>c</caption><tbody><tr><td colspan="2">z</td><td></td></tr></tbody></table>'
        '<figure><img src="https://a.example/p.png" alt="p"><figcaption>Foto: A</figcaption></figure>'
    )

    assert clean(html, base_url=None) == html


def test_words_stay_apart_where_tags_are_dropped() -> None:
    html = "<section>one</section><section>two</section><p>a<b> </b>b</p><center>c</center>"

    assert plain(clean(html, base_url=None)).split() == ["one", "two", "a", "b", "c"]


def test_absurdly_deep_markup_keeps_its_text_and_costs_little() -> None:
    assert clean("<div>" * 100_000 + "deep", base_url=None) == "<p>deep</p>"
    assert clean("<div>" * 1_500 + "deep", base_url=None).count("<div>") == 100


def test_only_characters_that_xml_and_mail_can_carry_stay() -> None:
    assert clean_text("a\x00b\x1b[0m\u2028c\ud800d\ufffe\x85e\r\nf\ufeff") == "ab[0m\ncd\ne\nf"
    assert clean_text("Titolo \u202econtrario\u202d") == "Titolo contrario"
    assert clean("a&#1;b&#x2028;c<p title='&#0;'>\x07d</p>", base_url=None) == "ab\nc<p>d</p>"


@pytest.mark.parametrize("sign", "\u202a\u202b\u2066\u2067\u2068")
def test_what_is_printed_after_a_text_keeps_its_direction(sign: str) -> None:
    end = "\u2069" if sign >= "\u2066" else "\u202c"
    closed = f"שלום {sign}ACME (IL){end} שלום"

    assert one_line(f" Titolo {sign}contrario\n{end} ") == "Titolo contrario"
    assert confined(closed) is closed
    assert confined(f"<p>{closed}</p>\n{sign}aperto{sign}{end}") == f"<p>{closed}</p>\naperto"
    assert confined(f"<p>{sign}aperto <em>fino{end}</em> qui</p>") == "<p>aperto <em>fino</em> qui</p>"
    assert confined(f"{sign}uno\ndue{end}") == "uno\ndue"


def test_plain_text_becomes_paragraphs_and_markup_in_it_stays_text() -> None:
    assert as_html("a < b\nc\n\n  \n<b>d</b>") == "<p>a &lt; b<br>c</p><p>&lt;b&gt;d&lt;/b&gt;</p>"
