"""HTML that a WordPress keeps as it is, whoever writes it, and shows as it is.  (pure)

Two things happen to what is written there. On saving, the text of everybody
who is no editor loses what `wp_kses_post` does not know (WordPress 6.1,
wp-includes/kses.php); we write only what it knows, spelt as it spells it. On
showing, `[words]` may be a shortcode, an address alone in a paragraph becomes
somebody's frame, and where no block is found each line end becomes a `<br />`:
so brackets and the colon of an address are written as entities, and all of it
stands in one HTML block.
"""

from __future__ import annotations

import re

import html5lib
from lxml import etree

# Of what our cleaner lets pass (text/clean.py) and kses knows. The rest is a span, or nothing but its words.
TAGS = frozenset(
    "a abbr b blockquote br caption cite code col colgroup dd del dfn div dl dt em figcaption figure"
    " h1 h2 h3 h4 h5 h6 hr i ins kbd li mark ol p pre q rb rp rt ruby s samp small span strong sub sup"
    " table tbody td tfoot th thead tr u ul var".split()
)
_AS_SPAN = frozenset("bdi bdo time data".split())
_ANYWHERE = frozenset(("lang", "dir", "title", "class"))
ATTRIBUTES = {
    "a": {"href", "rel"},
    "blockquote": {"cite"},
    "ins": {"cite"},
    "li": {"value"},
    "ol": {"start"},
    "q": {"cite"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_VOID = frozenset(("br", "hr", "col"))
_OPEN, _CLOSE = "<!-- wp:html -->", "<!-- /wp:html -->"


def block(html: str) -> str:
    """Our markup with its foreign parts, as one block."""
    return f"{_OPEN}\n{written(html)}\n{_CLOSE}"


def written(html: str) -> str:
    """The fragment, element by element: nothing passes that is not named here, comments neither."""
    body = _parsed(html)
    pieces = [words(body.text or "")]
    for child in body:
        _write(child, pieces)
    return "".join(pieces).strip()


def words(text: str) -> str:
    """Plain text in a body."""
    # Three digits, as kses writes them.
    return heading(text).replace("[", "&#091;").replace("]", "&#093;").replace("://", "&#058;//")


def heading(text: str) -> str:
    """Plain text as a title: WordPress reads HTML there, and nothing else."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _write(element: etree._Element, pieces: list[str]) -> None:
    tag = element.tag if isinstance(element.tag, str) else None
    if tag is not None:
        name = "span" if tag in _AS_SPAN else tag
        if name in TAGS:
            pieces.append(f"<{name}{_attributes(element, name)}>")
        if name not in _VOID:
            pieces.append(words(element.text or ""))
            for child in element:
                _write(child, pieces)
            if name in TAGS:
                pieces.append(f"</{name}>")
    pieces.append(words(element.tail or ""))


def _attributes(element: etree._Element, name: str) -> str:
    allowed = _ANYWHERE | ATTRIBUTES.get(name, frozenset())
    return "".join(
        f' {key}="{_value(key, value)}"'
        for key, value in element.attrib.items()
        if isinstance(key, str) and key in allowed and isinstance(value, str)
    )


def _value(key: str, value: str) -> str:
    if key in ("href", "cite"):
        # RFC 3986 §2.2: a bracket stands raw in nothing but an IPv6 address, which no reader follows.
        value = value.replace("[", "%5B").replace("]", "%5D")
    escaped = re.sub(r"\s+", " ", heading(value).replace('"', "&quot;"))
    return escaped.replace("[", "&#091;").replace("]", "&#093;")


def plain(html: str) -> str:
    """The bare words of what stands there, however it was marked up or stripped: to tell our text again."""
    return "".join("".join(_parsed(html).itertext()).split())


def _parsed(html: str) -> etree._Element:
    """As browsers read it; what XML cannot carry is no character of anybody's text."""
    said = _NO_TEXT.sub(" ", html)
    document = html5lib.parse(said, treebuilder="lxml", namespaceHTMLElements=False)
    body: etree._Element = document.getroot()[-1]
    for comment in list(body.iter(etree.Comment)):
        comment.text = ""
    return body


_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
