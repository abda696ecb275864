"""Feeds as programs write them, and as they go wrong: well-formed XML with anything anywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from hypothesis import strategies as st

_NAMESPACES = (
    ("content", "http://purl.org/rss/1.0/modules/content/"),
    ("dc", "http://purl.org/dc/elements/1.1/"),
    ("dcterms", "http://purl.org/dc/terms/"),
    ("media", "http://search.yahoo.com/mrss/"),
    ("itunes", "http://www.itunes.com/dtds/podcast-1.0.dtd"),
    ("feedburner", "http://rssnamespace.org/feedburner/ext/1.0"),
    ("slash", "http://purl.org/rss/1.0/modules/slash/"),
    ("creativeCommons", "http://backend.userland.com/creativeCommonsRssModule"),
    ("x", "http://unknown.example/ns#"),
)
# What programs do now and then, and what makes the strict reader think twice.
_ODD_NAMESPACES = (
    ("dc", "http://other.example/"),
    ("a10", "http://www.w3.org/2005/Atom"),
    ("rss1", "http://purl.org/rss/1.0/"),
    ("xlink", "http://www.w3.org/1999/xlink"),
    ("media", "http://search.yahoo.com/mrss"),
    ("thr", "http://purl.org/syndication/thread/1.0"),
    ("georss", "http://www.georss.org/georss"),
)

_texts = st.sampled_from(
    [
        *(
            "",
            " ",
            "Words",
            " Two words\n",
            "a & b",
            "<p>Markup</p>",
            "<b>bold</b> & x",
            "AT&amp;T",
            "&nbsp;x",
        ),
        *(
            "It’s",
            "Ã©tÃ©",
            "caf\x92",
            "1 < 2",
            "<i>only",
            "x</y>",
            "<blink>x</blink>",
            "&unknown; x",
            "&#8217;",
        ),
        *(
            "http://a.example/1",
            "/relative",
            "https:///three",
            "a?b=1&c=2;d",
            "ada@a.example (Ada)",
            "Ada, Bob",
        ),
        *("true", "en", "it-IT", "60", "ünï"),
    ]
)
_usual_dates = st.sampled_from(
    [
        *("Mon, 20 Nov 2026 10:00:00 +0000", "Sun, 1 Mar 2026 23:59 GMT", "2 January 2026 10:00:00 EST", ""),
        *("2026-11-20T10:00:00Z", "2026-11-20T10:00:00.123+05:30", "Fri, 6 November 2026 01:02:03 -0330"),
    ]
)
_odd_dates = st.sampled_from(
    [
        *(
            "x",
            "2026-11-20",
            "2026-11-20T25:00:00Z",
            "Tue, 31 Feb 2026 10:00:00 +0000",
            "Thu, 05 Nov 2026 08:00:60 PST",
        ),
        *("9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+10:00", "mar, 01 set 2026 10:00:00 +0200"),
    ]
)
_dates = st.integers(0, 19).flatmap(lambda n: _usual_dates if n else _odd_dates)
_addresses = st.sampled_from(
    [
        "http://a.example/1",
        "/2",
        "3?x=1&y=2",
        "",
        " http://a.example/4 ",
        "mailto:a@b.example",
        "http:////a.example",
        "#f",
    ]
)
_types = st.sampled_from(
    ["text", "html", "HTML", "TEXT/HTML", "text/plain", "plain", "text/html", "image/png"]
)
_bases = st.sampled_from(["http://base.example/", "https://base.example/a/b", "http://c.example", "", "/d"])
_languages = st.sampled_from(["it", "en_US", ""])


def _attribute(name: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return values.map(lambda value: f" {name}={quoteattr(value)}")


def _sometimes(strategy: st.SearchStrategy[str], *, never: int = 5) -> st.SearchStrategy[str]:
    return st.integers(0, never).flatmap(lambda n: strategy if n == 0 else st.just(""))


_scope = st.builds(
    "{}{}{}".format,
    _sometimes(_attribute("xml:base", _bases), never=25),
    _sometimes(_attribute("xml:lang", _languages), never=25),
    _sometimes(
        st.sampled_from([" lang='de'", " base='http://x.example/'", " x:y='1'", " mode='escaped'"]), never=80
    ),
)


def _written(text: str, way: int) -> str:
    if way == 0 and "]]>" not in text:
        return f"<![CDATA[{text}]]>"
    return escape(text) if way == 1 else escape(text).replace("W", "<!-- c -->W")


_prose = st.builds(_written, _texts, st.integers(0, 2))


def _leaf(
    names: str, inside: st.SearchStrategy[str] = _prose, attributes: st.SearchStrategy[str] | None = None
) -> st.SearchStrategy[str]:
    stated = attributes if attributes is not None else st.just("")
    return st.builds(
        lambda name, some, scope, text: f"<{name}{some}{scope}>{text}</{name}>",
        st.sampled_from(names.split()),
        stated,
        _scope,
        inside,
    )


def _attributes(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*(_sometimes(part, never=1) for part in parts)).map("".join)


_typed = _attributes(_sometimes(_attribute("type", _types), never=1))
_xhtml = st.sampled_from(
    [
        "<div xmlns='http://www.w3.org/1999/xhtml'><p CLASS='x'>One &amp; <br/>two</p></div>",
        " <div xmlns='http://www.w3.org/1999/xhtml'>a</div> b",
        "<div xmlns='http://www.w3.org/1999/xhtml'>a</div>\n<div xmlns='http://www.w3.org/1999/xhtml'>b</div>",
        "<p xmlns='http://www.w3.org/1999/xhtml' xml:lang='it'>a &lt; b <a href='/x?a=1&amp;b=2'>c</a></p>",
        "<div><p>not XHTML</p></div>",
        "plain &amp; simple",
    ]
)
_people = st.lists(
    _leaf("name name email uri url")
    | st.sampled_from(["<x:image rel='y' src='z'/>", "<x:image>t</x:image>", "Ada"]),
    max_size=4,
).map("".join)
_media_parts = _leaf("media:title media:description", attributes=_typed) | _leaf(
    "media:credit media:keywords media:text media:rating media:category media:license"
)
_pictures = st.builds(
    lambda name, size, inside: f"<{name} url='http://a.example/p.jpg'{size}>{inside}</{name}>",
    st.sampled_from(["media:content", "media:thumbnail", "media:content"]),
    st.sampled_from(["", " medium='image'", " type='image/png' width='100' height='x'", " WIDTH='9'"]),
    st.lists(_media_parts, max_size=2).map("".join),
)
_said = (
    _leaf("title title dc:title media:title", attributes=_typed)
    | _leaf(
        "description summary itunes:summary dc:description media:description content:encoded",
        attributes=_typed,
    )
    | _leaf("content", attributes=_typed)
    | _sometimes(_leaf("content summary title", _xhtml, st.just(" type='xhtml'")), never=2)
    | _leaf("rights copyright dc:rights", attributes=_typed)
)
_linked = (
    _leaf("link")
    | _leaf(
        "link atom:link enclosure",
        st.just("") | _prose,
        _attributes(
            _attribute("href", _addresses),
            _attribute(
                "rel", st.sampled_from(["alternate", "self", "hub", "license", "enclosure", "ALTERNATE"])
            ),
            _attribute("type", _types),
            _attribute("url", _addresses),
        ),
    )
    | _leaf(
        "guid id",
        attributes=_attributes(_attribute("isPermaLink", st.sampled_from(["false", "true", "False"]))),
    )
    | _leaf("feedburner:origLink creativeCommons:license comments")
)
_dated = _leaf("pubDate published updated dc:date created dcterms:modified issued", _dates.map(escape))
_named = (
    _leaf("author dc:creator itunes:author")
    | _leaf("author contributor", _people)
    | _leaf("dc:contributor dc:publisher")
)
_tagged = _leaf(
    "category dc:subject keywords media:category itunes:keywords",
    attributes=_attributes(
        _attribute("term", _texts),
        _attribute("label", _texts),
        _attribute("domain", _addresses),
        _attribute("scheme", _addresses),
    ),
)
_others = (
    _leaf("slash:comments x:y x:title language expirationDate itunes:subtitle foo")
    | _leaf("itunes:image", st.just(""), _attribute("href", _addresses))
    | _sometimes(_leaf("x:wrap foo", _said) | _leaf("ttl date image"), never=9)
    | _leaf("source", _prose, _attribute("url", _addresses))
    | _leaf("source", st.lists(_leaf("title id updated link x:y"), max_size=3).map("".join))
    | st.builds("<media:group>{}{}</media:group>".format, _pictures, _media_parts)
    | _pictures
    | st.just("<!-- nothing --> loose text ")
)
_children = st.lists(_said | _linked | _dated | _named | _tagged | _others, max_size=7).map("".join)
_channel_children = st.lists(
    _said
    | _linked
    | _named
    | _leaf("language ttl generator lastBuildDate updated docs webMaster category subtitle")
    | _sometimes(_leaf("image", st.lists(_leaf("url title link width"), max_size=3).map("".join)), never=3)
    | _sometimes(_leaf("managingEditor cloud"), never=3)
    | _sometimes(
        _leaf("itunes:owner", st.lists(_leaf("itunes:name itunes:email"), max_size=2).map("".join)), never=3
    )
    | _leaf("itunes:category", st.just("<itunes:category text='b'/>"), st.just(" text='a'"))
    | _others,
    max_size=5,
).map("".join)
_declared = st.builds(
    lambda odd: "".join(f' xmlns:{p}="{u}"' for p, u in dict((*_NAMESPACES, *odd)).items()),
    st.integers(0, 9).flatmap(
        lambda n: st.lists(st.sampled_from(_ODD_NAMESPACES), max_size=2 if n == 0 else 0)
    ),
)
_declarations = st.sampled_from(
    [
        "<?xml version='1.0' encoding='utf-8'?>",
        '<?xml version="1.0"?>\n',
        "",
        "<?xml version='1.0' encoding='iso-8859-1'?>",
    ]
)


class _Parts(NamedTuple):
    declaration: str
    declared: str
    root: str
    before: str
    items: list[tuple[str, str]]
    after: str


def _rss(parts: _Parts) -> str:
    items = "".join(f"<item{scope}>{children}</item>" for scope, children in parts.items)
    return (
        f'{parts.declaration}<rss version="2.0"{parts.declared} xmlns:atom="http://www.w3.org/2005/Atom"'
        f"{parts.root}><channel>{parts.before}{items}{parts.after}</channel></rss>"
    )


def _atom(parts: _Parts) -> str:
    entries = "".join(f"<entry{scope}>{children}</entry>" for scope, children in parts.items)
    return (
        f'{parts.declaration}<feed xmlns="http://www.w3.org/2005/Atom" xmlns:atom="http://www.w3.org/2005/Atom"'
        f"{parts.declared}{parts.root}>{parts.before}{entries}{parts.after}</feed>"
    )


def _as_bytes(write: Callable[[_Parts], str], parts: _Parts) -> bytes:
    return write(parts).encode("iso-8859-1" if "8859" in parts.declaration else "utf-8", "xmlcharrefreplace")


_items = st.lists(st.tuples(_scope, _children), max_size=3)
feeds = st.builds(
    _as_bytes,
    st.sampled_from([_rss, _atom]),
    st.builds(
        _Parts, _declarations, _declared, _scope, _channel_children, _items, _sometimes(_channel_children)
    ),
)
"""Documents of which the strict reader takes most, and feedparser all."""
