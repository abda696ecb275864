"""A post's content is shown as WordPress shows it: paragraphs, blocks, shortcodes, typography.

What is expected was held against the real filters of `the_content` (WordPress 6.1); a few of them
write tags that do not match, of which browsers make what is said here.
"""

from __future__ import annotations

import pytest

from curator.importing.autop import autop
from curator.importing.typography import typeset
from curator.importing.wordpress import is_no_category, rendered, unknown_shortcodes

_TABLE = "<table><tr><td>a</td><td>b<br />c</td></tr></table>"


def tight(html: str) -> str:
    return html.replace("\n", "")


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("Hello\nworld\n\nnext", "<p>Hello<br />world</p><p>next</p>"),
        ("one\n\n\n \n\ntwo", "<p>one</p><p>two</p>"),
        ("a<br />b<br/><br />c", "<p>a<br />b</p><p>c</p>"),
        ("a<br>\nb", "<p>a<br>b</p>"),
        ("\u00a0\n\ntext\u00a0", "<p>\u00a0</p><p>text\u00a0</p>"),
        ("<div>text\n\nmore</div>", "<div>text<p>more</p></div>"),
        ("<div>\n\ntext\n\n</div>after", "<div><p>text</p></div><p>after</p>"),
        ("<blockquote>quoted\n\ntwo</blockquote>", "<blockquote><p>quoted</p><p>two</p></blockquote>"),
        ("<blockquote><p>quoted</p></blockquote>", "<blockquote><p>quoted</p></blockquote>"),
        ("<h2>Title</h2>\ntext under", "<h2>Title</h2><p>text under</p>"),
        ("<ul>\n<li>a</li>\n<li>b</li>\n</ul>\ntail", "<ul><li>a</li><li>b</li></ul><p>tail</p>"),
        ("<p>one</p>\ntwo\n<p>three\n\nfour</p>", "<p>one</p><p>two</p><p>three</p><p>four</p>"),
        ("intro\n\n<!--more-->\n\nrest", "<p>intro</p><p><!--more--></p><p>rest</p>"),
        ("<table><tr>\n<td>a</td><td>b\nc</td></tr></table>", _TABLE),
        ('<a href="x"\nclass="y">l</a>\nnext', '<p><a href="x" class="y">l</a><br />next</p>'),
        ("", ""),
        (" \n ", ""),
    ],
)  # fmt: skip
def test_returns_become_paragraphs(content: str, shown: str) -> None:
    assert tight(autop(content)) == shown


def test_what_is_set_in_fixed_type_stays_as_it_is() -> None:
    assert "<pre>a\n\nb\n  c</pre>" in autop("x <pre>a\n\nb\n  c</pre> y")
    assert "<script>\na;\n\nb;\n</script>" in autop("<script>\na;\n\nb;\n</script>\n\ny")


def test_a_tag_that_nothing_ends_keeps_the_words_behind_it() -> None:
    assert tight(autop("<script>a\n\nb")) == "<p><script>a</p><p>b</p>"


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (
            (
                '<!-- wp:paragraph {"dropCap":true} -->\n<p>One</p>\n<!-- /wp:paragraph -->\n\n'
                "<!-- wp:list --><ul><li>a</li></ul><!-- /wp:list -->"
            ),
            "<p>One</p><ul><li>a</li></ul>",
        ),
        ("<!-- wp:more -->\n<!--more-->\n<!-- /wp:more -->", "<!--more-->"),
        ("<!-- wp:separator /--><p>x</p>\nloose\n\ntext", "<p>x</p>loosetext"),
        ("<!-- wp:shortcode -->\n[sic]\n<!-- /wp:shortcode -->", "<p>[sic]</p>"),
        ("<!-- wp:acme/box --><div>x</div><!-- /wp:acme/box -->", "<div>x</div>"),
    ],
)
def test_of_blocks_their_markup_is_left(content: str, shown: str) -> None:
    assert tight(rendered(content)) == shown


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (
            (
                '[caption id="attachment_6" align="alignleft" width="300"]<a href="b"><img src="a.jpg" /></a>'
                " The <em>caption</em>[/caption]\n\nText"
            ),
            (
                '<figure id="attachment_6" class="wp-caption alignleft"><a href="b"><img src="a.jpg" /></a>'
                '<figcaption class="wp-caption-text">The <em>caption</em></figcaption></figure><p>Text</p>'
            ),
        ),
        (
            '[caption width="300" caption="Old &amp; way"]<img src="a.jpg" />[/caption]',
            (
                '<figure class="wp-caption alignnone"><img src="a.jpg" />'
                '<figcaption class="wp-caption-text">Old & way</figcaption></figure>'
            ),
        ),
        (
            "[embed]https://other.example/x?a=1&b=2[/embed]",
            '<p><a href="https://other.example/x?a=1&amp;b=2">https://other.example/x?a=1&amp;b=2</a></p>',
        ),
        (
            "https://www.youtube.com/watch?v=dQw4w9WgXcQ\n\ntext",
            '<p><iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ"></iframe></p><p>text</p>',
        ),
        ("see https://youtu.be/dQw4w9WgXcQ there", "<p>see https://youtu.be/dQw4w9WgXcQ there</p>"),
        ("https://other.example/x", "<p>https://other.example/x</p>"),
        ('[gallery ids="1,2"]', '<p><!-- [gallery ids="1,2"] --></p>'),
        (
            '[audio src="https://a.example/x.mp3"]',
            '<p><a href="https://a.example/x.mp3">https://a.example/x.mp3</a></p>',
        ),
        (
            "[gettyimages id='123456789']",
            (
                '<div class="getty embed image"><a href="https://www.gettyimages.com/detail/123456789">'
                "Embed from Getty Images</a></div>"
            ),
        ),
        ("[sic] [1] [foo]words[/foo]", "<p>[sic] [1] [foo]words[/foo]</p>"),
        ("[caption] never ended", "<p>[caption] never ended</p>"),
    ],
)
def test_shortcodes_become_what_they_stand_for(content: str, shown: str) -> None:
    assert tight(rendered(content)) == shown


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ('"Hello," she said', "“Hello,” she said"),
        ("l'azienda dell'anno", "l’azienda dell’anno"),
        ("perche' no? E' vero", "perche’ no? E’ vero"),
        ("'quoted' and ('x')", "‘quoted’ and (‘x’)"),
        ("in '99, 'tis said", "in ’99, ’tis said"),
        ("a -- b---c--d - e-f", "a — b—c–d – e-f"),
        ("wait...", "wait…"),
        ('6\' 2" tall, "12" and 9x9, 0x12', "6′ 2″ tall, “12” and 9×9, 0x12"),
        ("AT&T &amp; R&D", "AT&#038;T &amp; R&#038;D"),
        ('"in <em>it</em>" and <em>"x"</em>.', "“in <em>it</em>” and <em>“x”</em>."),
        ('<code>"x" -- y</code> "z"', '<code>"x" -- y</code> “z”'),
        ('<a title="x -- y">"z"</a>', '<a title="x -- y">“z”</a>'),
        ('a\u00a0"b"\u00a0c', "a\u00a0“b”\u00a0c"),
        ("“già” ’fatto’ – così…", "“già” ’fatto’ – così…"),
    ],
)
def test_what_was_typed_is_printed(typed: str, printed: str) -> None:
    assert typeset(typed) == printed


def test_a_comment_that_never_ends_hides_no_words() -> None:
    shown = tight(rendered("a <!--more--> b <!-- c\n\nd"))

    assert shown == "<p>a <!--more--> b &lt;!&#45;&#45; c</p><p>d</p>"


def test_only_what_looks_like_a_plugins_code_is_told() -> None:
    assert unknown_shortcodes('[sic] [1] [row a="b"] [x]y[/x] [box]z[/box] […]') == ("row", "box")


def test_categories_that_mean_none() -> None:
    assert is_no_category("senza-categoria")
    assert not is_no_category("Relazioni")
