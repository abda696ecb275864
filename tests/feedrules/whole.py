"""What holds for a whole XML document: its letters, its namespaces, and what may stand where."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from feedrules.atom import atom
from feedrules.names import ATTRIBUTES, CHILDREN, MEANT, PREFIXES, XML, XML_LANG, A, C, X
from feedrules.rss import rss
from feedrules.words import BAD, one_language

_LONGEST = 5_000_000


def findings(document: bytes, *, self_url: str) -> list[str]:
    """What is wrong with this Atom or RSS document."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(document.replace(b"&#x26;", MEANT.encode()), parser)
    except etree.XMLSyntaxError as error:
        return [f"SAXError: {error}"]
    rules = atom if root.tag == f"{A}feed" else rss
    return [*_letters(document), *_namespaces(root), *_places(root), *rules(root, self_url)]


def _letters(document: bytes) -> Iterator[str]:
    if len(document) > _LONGEST:
        yield f"ValidatorLimit: {len(document)} bytes"
    if not document.startswith(b"<?xml version='1.0' encoding='UTF-8'?>"):
        yield "NoDeclaration"
    if b"<!DOCTYPE" in document:
        yield "HasDoctype"
    if found := BAD.search(document.decode()):
        yield f"BadCharacters: {found[0]!r}"


def _namespaces(root: etree._Element) -> Iterator[str]:
    seen: set[tuple[str | None, str]] = set()
    for element in root.iter(etree.Element):
        for prefix, uri in element.nsmap.items():
            if (prefix, uri) in seen:
                continue
            seen.add((prefix, uri))
            if uri not in PREFIXES:
                yield f"UnknownNamespace: {uri}"
            elif prefix in PREFIXES.values() and PREFIXES[uri] != prefix:
                yield f"ReservedPrefix: {prefix} for {uri}"
            elif prefix and root.tag == f"{A}feed" and uri in (A[1:-1], X[1:-1]):
                yield f"AvoidNamespacePrefix: {prefix}"
            elif prefix and PREFIXES[uri] != prefix:
                yield f"NonstdPrefix: {prefix} for {uri}"


def _places(element: etree._Element) -> Iterator[str]:
    tag = str(element.tag)
    yield from _said(element, tag)
    if (allowed := CHILDREN.get(tag)) is None:
        if tag not in (f"{A}content", f"{C}encoded") and any(isinstance(child.tag, str) for child in element):
            yield f"UndefinedElement: in {tag}"
        return
    if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
        yield f"UnexpectedText: {tag}"
    counts: dict[str, int] = {}
    for child in element:
        name = str(child.tag)
        counts[name] = counts.get(name, 0) + 1
        if name not in allowed:
            yield f"UndefinedElement: {name} in {tag}"
        elif counts[name] == 2 and allowed[name] != "*":
            yield f"{'DuplicateValue' if name == 'guid' else 'DuplicateElement'}: {name} in {tag}"
        else:
            yield from _places(child)
    for name, often in allowed.items():
        if often == "1" and name not in counts:
            rule = "MissingSourceElement" if tag == f"{A}source" else "MissingElement"
            yield f"{rule}: {name} in {tag}"


def _said(element: etree._Element, tag: str) -> Iterator[str]:
    allowed = ATTRIBUTES.get(tag, set())
    for name, value in element.attrib.items():
        if str(name).startswith(XML):
            continue
        if name not in allowed:
            yield f"UnexpectedAttribute: {name} of {tag}"
        if name == "hreflang":
            yield from one_language(str(value), "hreflang")
    for part in element.iter(etree.Element) if tag == f"{A}content" else (element,):
        for name in (XML_LANG, "lang"):
            if (language := part.get(name)) == "":
                yield f"EmptyLanguage: {part.tag!r}"
            elif language is not None:
                yield from one_language(language, name)
