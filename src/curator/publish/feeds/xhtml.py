"""HTML → one XHTML div, the same as browsers would read it.

html5lib reads anything as browsers do, and takes most of a publish's time over it. What nh3 and
our templates wrote can nearly always be read by an XML parser, a hundred times as fast, once its
void elements are closed. That the two agree is known where nothing is left to HTML's own rules:
no element that ends another, none that belongs in a table, no character that one of them would
change. Everything else is read as browsers do. tests/properties has both to compare.
"""

from __future__ import annotations

import re

import html5lib
from lxml import etree

from curator.publish.markup import XHTML, XML_LANG


def _names(words: str) -> frozenset[str]:
    return frozenset(f"{{{XHTML}}}{name}" for name in words.split())


_ENDS_P = _names("blockquote div dl dd dt figcaption figure h1 h2 h3 h4 h5 h6 hr li ol p pre ul")
_HEADINGS = _names("h1 h2 h3 h4 h5 h6")
_WITHIN = {name: _names("ol ul") for name in _names("li")} | {name: _names("dl") for name in _names("dd dt")}
_PLAIN = _names(
    "abbr b br cite code del em i img ins kbd mark q s samp small span strong sub sup time u var wbr"
)
[_P], [_A], [_PRE] = _names("p"), _names("a"), _names("pre")

_VOID = re.compile(r"<(br|hr|img|wbr)((?:\s+[a-z-]+=\"[^\"]*\")*)\s*>")
# Comments and the like; void elements closed already; references of which the two think differently;
# what XML makes a space of in attributes.
_SURPRISE = re.compile(r"<[!?]|/>|xmlns|&#(?!3[49];)|[\r\f]|='|=\s*\"[^\"\t\n]*[\t\n]")
_ATTRIBUTE = re.compile(r"[a-z-]+")
_HTML_SPACE = " \t\n\f\r"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True)


def xhtml(html: str) -> etree._Element:
    """As one div for an XML document; `lang` is said in XML's way too."""
    division = at_once(html)
    if division is None:
        division = as_browsers_do(html)
    for element in division.iter():
        if language := element.get("lang"):
            element.set(XML_LANG, language)
    return division


def at_once(html: str) -> etree._Element | None:
    """By the XML parser; None where it might be wrong."""
    if _SURPRISE.search(html):
        return None
    source = _VOID.sub(r"<\1\2/>", html.lstrip(_HTML_SPACE)).replace("&nbsp;", "\xa0")
    try:
        division = etree.fromstring(f'<div xmlns="{XHTML}">{source}</div>', _PARSER)
    except etree.XMLSyntaxError:
        return None
    return division if _means_the_same(division) else None


def _means_the_same(division: etree._Element) -> bool:
    """Whether HTML's rules leave each element where it stands, and as it is."""
    said: set[str | bytes] = set()
    for element in division.iterdescendants():
        said.update(element.keys())
        tag = element.tag
        if tag not in _PLAIN and not _is_in_its_place(element, str(tag)):
            return False
    return all(_ATTRIBUTE.fullmatch(str(name)) for name in said)


def _is_in_its_place(element: etree._Element, tag: str) -> bool:
    if tag == _A:
        return all(each.tag != _A for each in element.iterancestors())
    above = element.getparent()
    parent = "" if above is None else str(above.tag)
    return (
        tag in _ENDS_P
        and all(each.tag != _P for each in element.iterancestors())
        and (tag not in _WITHIN or parent in _WITHIN[tag])
        and not (tag in _HEADINGS and parent in _HEADINGS)
        and not (tag == _PRE and "".join(element.itertext()).startswith("\n"))
    )


def as_browsers_do(html: str) -> etree._Element:
    document = html5lib.parse(html, treebuilder="lxml", namespaceHTMLElements=True)
    body = document.getroot()[-1]
    division = etree.Element(f"{{{XHTML}}}div", nsmap={None: XHTML})
    division.text = body.text
    division.extend(list(body))
    return division
