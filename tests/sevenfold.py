"""How each of the seven outputs is read: by its own standard's words, and never by what wrote it.

Feeds are read by their fields and, where these say less, by the markup in them:
`lang`, `cite`, `rel=license` and the classes of microformats' h-cite. What two
places of one document say must be the same.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin

import feedparser  # type: ignore[import-untyped]  # it has no types
import html5lib
from babel import Locale
from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
DC = "{http://purl.org/dc/elements/1.1/}"
MEDIA = "{http://search.yahoo.com/mrss/}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
LANG, XML_LANG = "lang", "{http://www.w3.org/XML/1998/namespace}lang"
UNKNOWN = "und"


@dataclass(frozen=True, kw_only=True)
class Cited:
    """Whom a passage is from. `terms`: where its licence can be read, else the licence as it is."""

    title: str | None
    language: str | None
    authors: tuple[str, ...]
    publisher: str | None
    url: str | None
    terms: str | None


@dataclass(frozen=True, kw_only=True)
class Picture:
    """`ours` is the address of our copy, None where readers get a link."""

    url: str
    ours: str | None
    alt: str | None
    credit: str | None
    terms: str | None


@dataclass(frozen=True, kw_only=True)
class Told:
    """What one output says of one item. Instants are days where the output says no more."""

    headline: str
    language: str
    note: str | None
    note_language: str | None
    excerpt: str | None
    excerpt_language: str | None
    attributions: tuple[Cited, ...]
    picture: Picture | None
    rights: str | None
    tags: tuple[str, ...]
    published: date
    updated: date
    correction: str | None
    corrected: date | None


# ── HTML, wherever it stands ──


def parsed(document: str) -> etree._Element:
    """As browsers read it."""
    root: etree._Element = html5lib.parse(document, treebuilder="lxml", namespaceHTMLElements=False).getroot()
    return root


def fragment(markup: str, *, language: str) -> etree._Element:
    """In a document of this language, as a reader's window would have it."""
    return parsed(f'<!DOCTYPE html><html lang="{language}"><title>x</title><body>{markup}</body></html>')


def language_of(element: etree._Element | None) -> str | None:
    """The nearest word on it."""
    for near in () if element is None else (element, *element.iterancestors()):
        if (said := near.get(XML_LANG) or near.get(LANG)) is not None:
            return said
    return None


def of_class(root: etree._Element, name: str) -> list[etree._Element]:
    return [element for element in root.iter(etree.Element) if name in (element.get("class") or "").split()]


def words(element: etree._Element | None, *, but: Iterable[etree._Element] = ()) -> str | None:
    """The text with white space as one space, `but` for what is in some elements; None where nothing is."""
    if element is None:
        return None
    left_out = set(but)

    def said(one: etree._Element) -> Iterator[str]:
        if one not in left_out:
            yield one.text or ""
            for child in one:
                # Lines and paragraphs are parted for the eye, by no character.
                yield " " if etree.QName(child).localname in {"br", "p", "li", "blockquote"} else ""
                yield from said(child)
                yield child.tail or ""

    return " ".join("".join(said(element)).split()) or None


def body_of(root: etree._Element, terms: Mapping[str, str]) -> dict[str, Any]:
    """Note, passage, whom it is from, picture and correction, by the markup around them."""
    note = next(iter(of_class(root, "note")), None)
    label = [] if note is None else list(note.iter("{*}strong"))[:1]
    quotation = next(iter(root.iter("{*}blockquote")), None)
    cited = [_cited(each, terms) for each in of_class(root, "h-cite")]
    correction = next(iter(of_class(root, "correction")), None)
    picture = next(iter(of_class(root, "picture")), None)
    return {
        "note": (words(note, but=label) or "").removeprefix(": ") or None,
        "note_language": None if note is None else language_of(note),
        "excerpt": words(quotation),
        "excerpt_language": None if quotation is None else language_of(quotation),
        "attributions": tuple(one for one, _ in cited),
        "rights": "; ".join(dict.fromkeys(rights for _, rights in cited if rights)) or None,
        "picture": None if picture is None else _picture(picture, terms),
        "correction": words(correction, but=correction.iter("{*}strong")) if correction is not None else None,
        "corrected": _time(next(correction.iter("{*}time"))) if correction is not None else None,
    }


def _cited(element: etree._Element, terms: Mapping[str, str]) -> tuple[Cited, str | None]:
    title, url = (next(iter(of_class(element, name)), None) for name in ("p-name", "u-url"))
    licence, where = _licence(element)
    one = Cited(
        title=words(title),
        language=language_of(title) if title is not None else None,
        authors=tuple(words(name) or "" for name in of_class(element, "p-author")),
        publisher=words(next(iter(of_class(element, "p-publication")), None)),
        url=url.get("href") if url is not None else None,
        terms=terms.get(where or "", where),
    )
    return one, ": ".join(filter(None, (one.publisher or one.title, licence))) if licence else None


def _picture(element: etree._Element, terms: Mapping[str, str]) -> Picture:
    shown = next(iter(element.iter("{*}img")), None)
    alt = shown.get("alt") if shown is not None else words(next(iter(of_class(element, "alt")), None))
    where = _licence(element)[1]
    return Picture(
        url=next(a.get("href") or "" for a in element.iter("{*}a") if a.get("rel") != "license"),
        ours=shown.get("src") if shown is not None else None,
        alt=alt or None,
        credit=words(next(iter(of_class(element, "credit")), None)),
        terms=terms.get(where or "", where),
    )


def _licence(element: etree._Element) -> tuple[str | None, str | None]:
    """Its words, and where it can be read."""
    for link in element.iter("{*}a"):
        if link.get("rel") == "license":
            return words(link), link.get("href")
    named = words(next(iter(of_class(element, "license")), None))
    return named, named


def _time(element: etree._Element) -> datetime:
    return datetime.fromisoformat(element.get("datetime") or "")


def agreed(*said: Any) -> Any:
    """What several places of one document say."""
    assert all(one == said[0] for one in said), said
    return said[0]


# ── 1: Atom ──


def read_atom(document: bytes, terms: Mapping[str, str]) -> dict[str, Told]:
    feed = etree.fromstring(document)
    return {entry.findtext(f"{ATOM}id") or "": _atom(entry, terms) for entry in feed.iter(f"{ATOM}entry")}


def _atom(entry: etree._Element, terms: Mapping[str, str]) -> Told:
    def text(name: str) -> str | None:
        element = entry.find(f"{ATOM}{name}")
        if element is None:
            return None
        return html.unescape(element.text or "") if element.get("type") == "html" else element.text

    def links(*rels: str) -> list[etree._Element]:
        return [link for link in entry.iter(f"{ATOM}link") if link.get("rel") in rels]

    content = entry.find(f"{ATOM}content")
    title = entry.find(f"{ATOM}title")
    assert content is not None
    assert title is not None
    assert language_of(content) is not None
    body = body_of(content, terms)
    cited: tuple[Cited, ...] = body["attributions"]
    originals = [link for link in links("via", "related") if link.getparent() is entry]
    agreed([c.url for c in cited if c.url], [link.get("href") for link in originals])
    titled = [link.get("hreflang", UNKNOWN) for link in originals if link.get("title")]
    agreed([c.language for c in cited if c.url and c.title], titled)
    contributors = [name.text for name in entry.iterfind(f"{ATOM}contributor/{ATOM}name")]
    agreed(list(dict.fromkeys(name for c in cited for name in c.authors)), contributors)
    enclosed = next((link.get("href") for link in links("enclosure")), None)
    agreed(body["picture"].ours if body["picture"] else None, enclosed)
    agreed(body["note"], " ".join((text("summary") or "").split()) or None)
    return Told(
        **body | {"rights": agreed(body["rights"], text("rights"))},
        headline=text("title") or "",
        language=language_of(title) or "",
        tags=tuple(tag.get("label") or "" for tag in entry.iterfind(f"{ATOM}category")),
        published=datetime.fromisoformat(text("published") or ""),
        updated=datetime.fromisoformat(text("updated") or ""),
    )


# ── 2: RSS ──


def read_rss(document: bytes, terms: Mapping[str, str]) -> dict[str, Told]:
    channel = etree.fromstring(document, etree.XMLParser(resolve_entities=True))[0]
    language = channel.findtext("language") or ""
    return {item.findtext("guid") or "": _rss(item, language, terms) for item in channel.iterfind("item")}


def _rss(item: etree._Element, language: str, terms: Mapping[str, str]) -> Told:
    body = body_of(fragment(item.findtext(CONTENT) or "", language=language), terms)
    published = parsedate_to_datetime(item.findtext("pubDate") or "")
    changed = item.findtext(f"{ATOM}updated")
    media = item.find(f"{MEDIA}content")
    picture: Picture | None = body["picture"]
    if picture and picture.ours:
        assert media is not None
        enclosure = item.find("enclosure")
        assert enclosure is not None
        agreed(picture.ours, enclosure.get("url"), media.get("url"))
        agreed(picture.alt, media.findtext(f"{MEDIA}title"))
        agreed(picture.credit, media.findtext(f"{MEDIA}credit"))
    creators = [element.text for element in item.iterfind(f"{DC}contributor")]
    agreed(list(dict.fromkeys(name for c in body["attributions"] for name in c.authors)), creators)
    rights = item.findtext(f"{DC}rights")
    return Told(
        **body | {"rights": agreed(body["rights"], html.unescape(rights) if rights else None)},
        # What a title in RSS is, plain or HTML, nobody knows: most readers take what looks like HTML for it.
        headline=_as_readers_do(item.findtext("title") or ""),
        language=item.findtext(f"{DC}language") or language,
        tags=tuple(_as_readers_do(tag.text or "") for tag in item.iterfind("category")),
        published=published,
        updated=datetime.fromisoformat(changed) if changed else published,
    )


def _as_readers_do(said: str) -> str:
    return html.unescape(said) if re.search(r"&#?\w+;|</?\w", said) else said


# ── 3: JSON Feed ──


def read_json(document: bytes, terms: Mapping[str, str]) -> dict[str, Told]:
    feed = json.loads(document)
    return {item["id"]: _json(item, terms) for item in feed["items"]}


def _json(item: dict[str, Any], terms: Mapping[str, str]) -> Told:
    extension = item["_curator"]
    language = extension.get("content_language", item["language"])
    body = body_of(fragment(item["content_html"], language=language), terms)
    cited = tuple(
        Cited(
            title=each.get("title"),
            language=each.get("language"),
            authors=tuple(each.get("authors", ())),
            publisher=each.get("publisher"),
            url=each.get("url"),
            terms=terms.get(each.get("license", ""), each.get("license")),
        )
        for each in extension.get("attributions", ())
    )
    agreed(item.get("external_url"), next((c.url for c in cited if c.url), None))
    agreed(item.get("summary"), body["note"])
    image, correction = extension.get("image"), extension.get("correction") or {}
    corrected = correction.get("date")
    picture = image and Picture(
        url=image["url"],
        ours=item.get("image"),
        alt=image.get("alt"),
        credit=image.get("credit"),
        terms=terms.get(image.get("license", ""), image.get("license")),
    )
    passage = extension.get("excerpt") or {}
    return Told(
        headline=item["title"],
        language=item["language"],
        note=body["note"],
        note_language=body["note_language"],
        excerpt=agreed(body["excerpt"], " ".join(passage.get("text", "").split()) or None),
        excerpt_language=agreed(body["excerpt_language"], extension.get("excerpt_language")),
        attributions=agreed(cited, body["attributions"]),
        picture=agreed(picture, body["picture"]),
        rights=agreed(extension.get("rights"), body["rights"]),
        tags=tuple(item.get("tags", ())),
        published=datetime.fromisoformat(item["date_published"]),
        updated=datetime.fromisoformat(item["date_modified"]),
        correction=agreed(correction.get("text"), body["correction"]),
        corrected=agreed(datetime.fromisoformat(corrected) if corrected else None, body["corrected"]),
    )


# ── 4: the item's page ──


def read_page(document: bytes, terms: Mapping[str, str], *, address: str) -> Told:
    root = parsed(document.decode())
    for picture in root.iter("img"):  # on our pages it lies beside them
        picture.set("src", urljoin(address, picture.get("src")))
    article = next(root.iter("article"))
    headline = next(article.iter("h1"))
    properties = {meta.get("property"): meta.get("content") or "" for meta in root.iter("meta")}
    tags = next(iter(of_class(article, "tags")), None)
    told = Told(
        **body_of(article, terms),
        headline=words(headline) or "",
        language=language_of(headline) or "",
        tags=tuple(words(tag) or "" for tag in tags.iter("li")) if tags is not None else (),
        published=datetime.fromisoformat(properties["article:published_time"]),
        updated=datetime.fromisoformat(properties["article:modified_time"]),
    )
    for script in root.iter("script"):
        if script.get("type") == "application/ld+json":
            _agree_with_schema(told, json.loads(script.text or ""))
    return told


def _agree_with_schema(told: Told, said: Any) -> None:
    """schema.org's words for the same, for search engines."""
    graph = said.get("@graph", [said])
    about = next(one for one in graph if "headline" in one)
    agreed(told.headline, about["headline"])
    agreed(told.language, about["inLanguage"])
    agreed(told.published, datetime.fromisoformat(about["datePublished"]))
    agreed(told.updated, datetime.fromisoformat(about["dateModified"]))
    agreed(list(told.tags), about.get("keywords", []))
    cited = about.get("citation", [])
    agreed([c.title for c in told.attributions], [one.get("name") for one in cited])
    agreed([c.url for c in told.attributions], [one.get("url") for one in cited])
    if told.picture and told.picture.ours:
        agreed(told.picture.credit, about["image"].get("creditText"))


# ── 5: an archive document (RFC 5005), as feedparser reads it ──


def read_archive(document: bytes, terms: Mapping[str, str]) -> dict[str, Told]:
    feed = feedparser.parse(document, sanitize_html=False, resolve_relative_uris=False)
    assert not feed.bozo, feed.bozo_exception
    return {entry.id: _archived(entry, terms) for entry in feed.entries}


def _archived(entry: Any, terms: Mapping[str, str]) -> Told:
    [content] = [part for part in entry.content if part.type == "application/xhtml+xml"]
    # The language stands twice in XHTML, in XML's way and in HTML's; here it is read as HTML.
    as_html = re.sub(r' xml:lang="[^"]*"', "", content.value)
    body = body_of(fragment(as_html, language=content.language), terms)
    agreed(body["picture"].ours if body["picture"] else None, *[e.href for e in entry.get("enclosures", ())])
    return Told(
        **body | {"rights": agreed(body["rights"], entry.get("rights"))},
        headline=html.unescape(entry.title) if entry.title_detail.type == "text/html" else entry.title,
        language=entry.title_detail.language,
        tags=tuple(tag.label for tag in entry.get("tags", ())),
        published=datetime.fromisoformat(entry.published),
        updated=datetime.fromisoformat(entry.updated),
    )


# ── 6: the newsletter's HTML ──


def read_letter(document: str, terms: Mapping[str, str]) -> dict[str, Told]:
    """By headline's address."""
    found = {}
    for headline in parsed(document).iter("h2"):
        cell = next(headline.iterancestors("td"))
        published = next(iter(of_class(cell, "dt-published")))
        updated = next(iter(of_class(cell, "dt-updated")), published)
        link = next(headline.iter("a"))
        spoken = next(iter(link.iter("span")), link)
        found[link.get("href") or ""] = Told(
            **body_of(cell, terms),
            headline=words(headline) or "",
            language=language_of(spoken) or "",
            tags=tuple(words(tag) or "" for tag in of_class(cell, "p-category")),
            published=_time(published),
            updated=_time(updated),
        )
    return found


# ── 7: the newsletter's text, in Italian ──

_MONTHS = {name: number for number, name in Locale("it").months["format"]["wide"].items()}
_LANGUAGES = {name: code for code, name in Locale("it").languages.items()}
_FOREIGN = re.compile(r"(.*) \(([a-z ]+)\)")


def read_plain(document: str, terms: Mapping[str, str], *, note_label: str) -> dict[str, Told]:
    """By the address of its page."""
    blocks = document.partition("\n====")[0].split("-" * 72 + "\n")[1:]
    return dict(_plain([p for p in block.strip().split("\n\n") if p], terms, note_label) for block in blocks)


def _plain(paragraphs: list[str], terms: Mapping[str, str], note_label: str) -> tuple[str, Told]:
    said: dict[str, Any] = {"note": None, "excerpt": None, "excerpt_language": "it", "picture": None}
    said |= {"tags": (), "correction": None, "corrected": None, "attributions": (), "note_language": None}
    headline = _unfolded(paragraphs[0]).partition(". ")[2]
    _, published, *circumstances = _unfolded(paragraphs[1]).split(" · ")
    updated = next((c.removeprefix("Aggiornato il ") for c in circumstances if "Aggiornato" in c), published)
    language = next((_LANGUAGES[c.removeprefix("In ")] for c in circumstances if c.startswith("In ")), "it")
    rights, address, label = [], "", ""
    for paragraph in paragraphs[2:]:
        lines = paragraph.split("\n")
        kind, _, rest = _unfolded(paragraph).partition(":")
        label = kind if not paragraph.startswith(">") else ">"
        if kind == note_label:
            said["note"], said["note_language"] = rest.strip(), language
        elif paragraph.startswith(">"):
            said["excerpt"] = " ".join(" ".join(line.removeprefix(">") for line in lines).split())
        elif kind.startswith("Estratto dall’originale"):
            said["excerpt_language"] = _LANGUAGES[_parenthesised(kind)[1] or ""]
        elif kind == "Immagine":
            said["picture"] = _plain_picture(paragraph, terms)
        elif kind == "Fonte":
            cited, licence = _plain_source(paragraph, terms)
            said["attributions"] += (cited,)
            rights += [licence] if licence else []
        elif kind == "Temi":
            said["tags"] = tuple(rest.strip().split(", "))
        elif kind.startswith("Correzione"):
            said["corrected"] = _day(kind.partition("(")[2].removesuffix(")"))
            said["correction"] = rest.strip()
        elif kind == "Leggi nel browser":
            address = lines[1]
        else:  # the note goes on
            said["note"] = f"{said['note']} {_unfolded(paragraph)}"
    assert label == "Leggi nel browser"
    told = Told(
        **said | {"excerpt_language": said["excerpt_language"] if said["excerpt"] else None},
        headline=headline,
        language=language,
        rights="; ".join(dict.fromkeys(rights)) or None,
        published=_day(published),
        updated=_day(updated),
    )
    return address, told


def _plain_source(paragraph: str, terms: Mapping[str, str]) -> tuple[Cited, str | None]:
    said, url, (licence, where) = _plain_credit(paragraph)
    title, *names = said.split(" — ")
    authors = next((name.removeprefix("di ") for name in names if name.startswith("di ")), "")
    publisher = next((name for name in names if not name.startswith("di ")), None)
    named, language = _parenthesised(title)
    titled = named if named != "articolo originale" else None
    one = Cited(
        title=titled,
        language=(_LANGUAGES[language] if language else UNKNOWN) if titled else None,
        authors=tuple(authors.split("; " if ";" in authors else ", ")) if authors else (),
        publisher=publisher,
        url=url,
        terms=terms.get(where or "", where),
    )
    return one, ": ".join(filter(None, (publisher or titled, licence))) if licence else None


def _plain_picture(paragraph: str, terms: Mapping[str, str]) -> Picture:
    said, url, (_, where) = _plain_credit(paragraph)
    alt, _, credit = said.partition(" — ")
    return Picture(
        url=url or "",
        ours=None,
        alt=alt if alt != "apri l’immagine" else None,
        credit=credit or None,
        terms=terms.get(where or "", where),
    )


def _plain_credit(paragraph: str) -> tuple[str, str | None, tuple[str | None, str | None]]:
    """What is said, its address, and the licence in words and by address."""
    rest, _, licence = paragraph.partition("\nLicenza: ")
    lines = rest.split("\n")
    url = next((line for line in lines if line.startswith(("https://", "http://"))), None)
    said = " ".join(line for line in lines if line != url).partition(": ")[2]
    name, _, where = _unfolded(licence).partition(" — ")
    return said, url, (name or None, where or name or None)


def _parenthesised(said: str) -> tuple[str, str | None]:
    found = _FOREIGN.fullmatch(said)
    return (found[1], found[2]) if found and found[2] in _LANGUAGES else (said, None)


def _unfolded(paragraph: str) -> str:
    return " ".join(paragraph.split("\n"))


def _day(said: str) -> date:
    day, month, year = said.split()
    return date(int(year), _MONTHS[month], int(day))
