"""HTML as it comes: hostile, broken, and as ordinary people's programs write it."""

from __future__ import annotations

from hypothesis import strategies as st

# Bricks of hostile markup: random text alone rarely opens a tag.
_BRICKS = st.sampled_from(
    [
        *(
            "<p>",
            "</p>",
            "<b>",
            "</b>",
            "<i>",
            "</i>",
            "<a href='/x'>",
            "<a href='javascript:alert(1)'>",
            "</a>",
        ),
        *(
            "<div style='display:none'>",
            "<div hidden>",
            "<div>",
            "</div>",
            "<span lang=it>",
            "<span>",
            "</span>",
        ),
        *(
            "<ul>",
            "<ol start=3>",
            "<li>",
            "</li>",
            "</ul>",
            "<table>",
            "<tr>",
            "<td>",
            "<td",
            "</table>",
            "<pre>\n",
        ),
        *(
            "<img src=x onerror=alert(1)>",
            "<img src='/p.png' width=1>",
            "<img",
            "<svg>",
            "</svg>",
            "<math><mtext>",
        ),
        *(
            "<style>",
            "</style>",
            "<script>",
            "</script>",
            "<noscript>",
            "</noscript>",
            "<template>",
            "<iframe srcdoc='",
        ),
        *(
            "<!--",
            "-->",
            "<!-->",
            "--!>",
            "<![CDATA[",
            "]]>",
            "<?x",
            "&lt;",
            "&#60;",
            "&#0;",
            "&nbsp;",
            "&",
            "<",
            ">",
        ),
        *(
            "'",
            '"',
            "=",
            "`",
            "/",
            " ",
            "\n",
            "\n\n",
            "\x00",
            "\u2028",
            "\ufffe",
            "\ud800",
            "word",
            "Word. ",
            "e.g. ",
            "È.",
        ),
        *(
            "<form>",
            "</form>",
            "<button>",
            "<h1>",
            "</h1>",
            "<blockquote>",
            "<br>",
            "<hr>",
            "<section>",
            "<q>",
            "<title>",
        ),
        *(
            "<select><option>",
            "<plaintext>",
            "<xmp>",
            "<textarea>",
            "<frameset>",
            "<base href='//evil.example'>",
            "<body>",
        ),
    ]
)
markup = st.lists(_BRICKS | st.text(max_size=8), max_size=40).map("".join)

_WORDS = st.sampled_from(
    [
        "word",
        "Two words. ",
        " - x",
        "1. one",
        "a > b",
        "&amp;",
        "&nbsp;",
        "&#8217;",
        "&hellip;",
        "&copy",
        "\u2014",
        " ",
        "\n",
    ]
)
_ATTRIBUTES = st.sampled_from(
    [
        *("", "", "", ' class="wp-block"', ' class="sr-only"', " class=a", ' style="color:red"'),
        *(
            ' style="display:none"',
            " id='x'",
            ' lang="it"',
            ' dir="LTR"',
            ' title="a &quot;b&quot;"',
            " hidden",
        ),
    ]
)
_LINKS = st.sampled_from(
    [
        *(
            "http://a.example/",
            "/x?a=1&amp;b=2",
            "//b.example/x;y",
            "x.html#top",
            "mailto:ada@a.example",
            "#n",
            "?q=1",
        ),
        *(
            "javascript:x",
            "https://A.example/%7e",
            "http://a.example/a/../b",
            "feed:x",
            " http://a.example/ ",
            "",
        ),
    ]
)
_images = st.builds(
    '<img{0} width="{1}" src="{2}" alt="{3}"{4}>'.format,
    _ATTRIBUTES,
    st.sampled_from(["1", "300", "x", ""]),
    _LINKS | st.just("https://stats.wordpress.com/b.gif") | st.just("data:image/gif;base64,x"),
    st.sampled_from(["", "A &amp; B", "a > b"]),
    st.sampled_from([" /", "", ' data-src="/lazy.png"', ' loading="lazy"']),
)
_leaves = (
    _WORDS | _images | st.sampled_from(["<br>", "<br />", "<hr/>", "<!--more-->", "<wbr>", "<!-- a - b -->"])
)
_NAMES = st.sampled_from(
    "p p p div span span b em strong a ul ol li li blockquote figure figcaption h2 pre q code table tr td th "
    "section font center dl dt dd cite sub".split()
)


def _element(name: str, attributes: str, link: str, inside: str) -> str:
    href = f' href="{link}"' if name == "a" else ""
    return f"<{name}{href}{attributes}>{inside}</{name}>"


ordinary_markup = st.lists(
    st.recursive(
        _leaves,
        lambda inner: st.builds(
            _element, _NAMES, _ATTRIBUTES, _LINKS, st.lists(inner, max_size=4).map("".join)
        ),
        max_leaves=12,
    ),
    max_size=4,
).map("".join)
"""Well nested for the most part, with all that makes cleaning more than a copy."""
