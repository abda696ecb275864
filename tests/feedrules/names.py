"""Namespaces, and which elements and attributes may stand where."""

from __future__ import annotations

A = "{http://www.w3.org/2005/Atom}"
X = "{http://www.w3.org/1999/xhtml}"
AT = "{http://purl.org/atompub/tombstones/1.0}"
FH = "{http://purl.org/syndication/history/1.0}"
DC = "{http://purl.org/dc/elements/1.1/}"
TERMS = "{http://purl.org/dc/terms/}"
C = "{http://purl.org/rss/1.0/modules/content/}"
MEDIA = "{http://search.yahoo.com/mrss/}"
XML = "{http://www.w3.org/XML/1998/namespace}"
XML_LANG = f"{XML}lang"

PREFIXES = {
    A[1:-1]: "atom",
    AT[1:-1]: "at",  # unknown to the validator, and the one finding that is accepted
    FH[1:-1]: "fh",
    DC[1:-1]: "dc",
    TERMS[1:-1]: "dcterms",
    C[1:-1]: "content",
    MEDIA[1:-1]: "media",
    X[1:-1]: "xhtml",
}

_PERSON = {f"{A}name": "1", f"{A}uri": "?", f"{A}email": "?"}
_MEDIA = {
    f"{MEDIA}{name}": "*" for name in "category credit hash keywords player rating text thumbnail".split()
} | {f"{MEDIA}{name}": "?" for name in "copyright description title".split()}
_SOURCE = {
    f"{A}author": "*",
    f"{A}category": "*",
    f"{A}contributor": "*",
    f"{A}generator": "?",
    f"{A}icon": "?",
    f"{A}id": "1",
    f"{A}link": "*",
    f"{A}logo": "?",
    f"{A}rights": "?",
    f"{A}subtitle": "?",
    f"{A}title": "1",
    f"{A}updated": "1",
}
CHILDREN = {
    f"{A}feed": _SOURCE
    | {f"{A}entry": "*", f"{FH}archive": "?", f"{FH}complete": "?", f"{AT}deleted-entry": "*"},
    f"{A}source": _SOURCE,
    f"{A}entry": {
        f"{A}author": "*",
        f"{A}category": "*",
        f"{A}content": "?",
        f"{A}contributor": "*",
        f"{A}id": "1",
        f"{A}link": "*",
        f"{A}published": "?",
        f"{A}rights": "?",
        f"{A}source": "?",
        f"{A}summary": "?",
        f"{A}title": "1",
        f"{A}updated": "1",
        f"{MEDIA}content": "*",
    },
    f"{A}author": _PERSON,
    f"{A}contributor": _PERSON,
    f"{AT}by": _PERSON,
    f"{AT}deleted-entry": {f"{AT}by": "?", f"{AT}comment": "?", f"{A}link": "*"},
    f"{MEDIA}content": _MEDIA,
    "rss": {"channel": "1"},
    "channel": {
        "title": "1",
        "link": "1",
        "description": "1",
        "language": "1",
        "docs": "?",
        "generator": "?",
        "lastBuildDate": "?",
        "pubDate": "?",
        "ttl": "?",
        "copyright": "?",
        "category": "*",
        "item": "*",
        f"{A}link": "*",
        f"{A}updated": "?",
        f"{DC}creator": "1",
        f"{DC}rights": "?",
        f"{TERMS}modified": "?",
    },
    "item": {
        "title": "?",
        "link": "1",
        "description": "?",
        "author": "?",
        "category": "*",
        "enclosure": "*",
        "guid": "?",
        "pubDate": "1",
        "source": "?",
        f"{A}author": "?",
        f"{A}contributor": "*",
        f"{A}id": "?",
        f"{A}link": "*",
        f"{A}published": "?",
        f"{A}updated": "?",
        f"{DC}contributor": "*",
        f"{DC}creator": "1",
        f"{DC}date": "?",
        f"{DC}language": "?",
        f"{DC}rights": "?",
        f"{DC}source": "?",
        f"{DC}subject": "*",
        f"{TERMS}modified": "?",
        f"{C}encoded": "1",
        f"{MEDIA}content": "*",
    },
}
TEXT_ATTRIBUTES = {"type"}
ATTRIBUTES = {
    f"{A}link": set("href rel type hreflang title length".split()),
    f"{A}category": {"term", "scheme", "label"},
    f"{A}generator": {"uri", "version"},
    f"{A}content": {"type", "src"},
    **{f"{A}{name}": TEXT_ATTRIBUTES for name in "title subtitle summary rights".split()},
    f"{AT}deleted-entry": {"ref", "when"},
    f"{AT}comment": TEXT_ATTRIBUTES,
    f"{MEDIA}content": set("url fileSize type medium width height".split()),
    f"{MEDIA}title": TEXT_ATTRIBUTES,
    f"{MEDIA}copyright": {"url"},
    "rss": {"version"},
    "guid": {"isPermaLink"},
    "category": {"domain"},
    "source": {"url"},
    "enclosure": {"url", "length", "type"},
}

MEANT = "\ue000"  # stands for `&` in hexadecimal while a document is looked at

OURS = {
    "ContainsRelRef",  # of Atom's content, where the validator does not look
    "DeletedEntryIsAlive",
    "EmptyLanguage",
    "FeedLinkIsNotThePage",
    "FeedOlderThanItsEntries",
    "ForeignPicture",
    "HasDoctype",
    "InvalidURIAttribute",  # of an address without a scheme
    "MissingAlternateLink",
    "NoDeclaration",
    "NonstdPrefix",  # for the validator a matter of level AAA
    "NotAUri",
    "NotAlone",
    "TombstoneInArchive",
}
"""Rules that the validator does not have, or not where we want them."""
