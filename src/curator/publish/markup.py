"""A publication as markup, the same in feed, page and mail; nothing foreign passes uncleaned.

Text was cleaned when it came in. It is made harmless once more here, on its
way out: an item from an older database, an import or a bug must neither run
in a reader's window nor make a document of many items unreadable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

import html5lib
from jinja2 import PackageLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml import etree
from markupsafe import Markup

from curator import text
from curator.model import (
    UNKNOWN_LANGUAGE,
    Attribution,
    Copy,
    Excerpt,
    Image,
    Lang,
    Origin,
    Publication,
    PublicItem,
    SafeHtml,
)
from curator.publish import labels
from curator.publish.site import Site
from curator.rights import license_address

XHTML = "http://www.w3.org/1999/xhtml"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

# A picture, film or frame in a quotation makes every reader's machine call a third party.
_EMBEDDED = frozenset(
    "audio canvas embed iframe img map area object picture source svg track video math".split()
)
_TO_CHANGE = re.compile(rf"<(?:{'|'.join(sorted(_EMBEDDED))}|h1|h2)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A publication ready for readers: every text harmless, the address known, the body made once."""

    publication: Publication
    url: str
    body: Markup
    summary: str | None

    @property
    def content(self) -> PublicItem:
        return self.publication.content


def show(publication: Publication, *, site: Site) -> Shown:
    content = harmless(publication.content)
    if not content.author:
        content = replace(content, author=site.edition.organisation)
    return Shown(
        publication=replace(publication, content=content, public_note=plain_line(publication.public_note)),
        url=site.item_url(publication),
        body=body(content, site=site),
        summary=summary(content),
    )


def body(content: PublicItem, *, site: Site) -> Markup:
    """Note with its label, quotation, picture and attributions: all that an entry shows but its headline."""
    picture = _picture(content.copy, site) if content.copy else None
    return render("body.html", item=content, edition=site.edition, picture=picture)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Picture:
    """Our copy as it is shown: no wider than a column of text, which mail programs would not see to."""

    url: str
    width: int
    height: int


_COLUMN = 584  # pixels: what a letter's sheet leaves for its text


def _picture(copy: Copy, site: Site) -> _Picture:
    width = min(copy.width, _COLUMN)
    return _Picture(
        url=site.picture_url(copy), width=width, height=max(1, round(copy.height * width / copy.width))
    )


def summary(content: PublicItem) -> str | None:
    """The note as one paragraph of plain text."""
    return " ".join(content.note.split()) if content.note else None


@lru_cache(maxsize=1)
def environment() -> ImmutableSandboxedEnvironment:
    """Foreign text only ever arrives as a value; the sandbox is for the template that forgets it."""
    made = ImmutableSandboxedEnvironment(
        loader=PackageLoader("curator.publish", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        quotation=_quotation,
        paragraphs=paragraphs,
        licence=licence_name,
        terms=license_address,
        unlabelled=unlabelled,
    )
    made.globals.update(label=labels.label, day=labels.day, month=labels.month, title_language=title_language)
    return made


def render(template: str, **values: object) -> Markup:
    return Markup(environment().get_template(template).render(**values))  # noqa: S704  autoescape is on


# ── the parts of a body ──


def paragraphs(note: str) -> list[list[str]]:
    """Blank lines part paragraphs, single line ends part lines."""
    return [block.split("\n") for block in re.split(r"\n[ \t]*\n\s*", note.strip()) if block.strip()]


def unlabelled(note: str, note_label: str) -> str:
    """The note without the label that its author typed although the house adds it."""
    spaced = r"\s+".join(re.escape(word) for word in note_label.split())
    return re.sub(rf"^\s*{spaced}\s*:\s*", "", note, flags=re.IGNORECASE)


def licence_name(licence: str) -> str:
    """Creative Commons' addresses by the name everybody knows; anything else as it is."""
    match = re.match(r"https?://creativecommons\.org/(licenses|publicdomain)/([a-z+-]+)/(\d\.\d)", licence)
    if match is None:
        return licence
    kind, name, version = match.groups()
    if kind == "publicdomain":
        return f"CC0 {version}" if name == "zero" else "Public Domain Mark"
    return f"CC {name.upper()} {version}"


def title_language(content: PublicItem, position: int) -> Lang:
    """The original's title is in the language of the passage quoted from it; of further ones nobody knows."""
    return content.excerpt.language if content.excerpt and position == 0 else UNKNOWN_LANGUAGE


def _quotation(excerpt: Excerpt) -> Markup:
    return Markup(_without_embedded(excerpt.html))  # noqa: S704  serialised from a tree that was cleaned


@lru_cache(maxsize=4096)
def _without_embedded(html: SafeHtml) -> str:
    """The passage with no pictures in it, and its headings below the two levels that are ours."""
    if not _TO_CHANGE.search(html):
        return html  # as the cleaner wrote it; reading it again would be most of a publish's time
    division = _parsed(html, namespace=False)
    for element in list(division.iter(*_EMBEDDED)):
        _drop(element)
    for element in division.iter("h1", "h2"):
        element.tag = "h3"
    for element in reversed(list(division.iter("a", "p", "figure", "div"))):
        if not len(element) and not (element.text or "").strip():
            _drop(element)
    whole = etree.tostring(division, method="html", encoding="unicode")
    return whole.removeprefix("<div>").removesuffix("</div>")


def _drop(element: etree._Element) -> None:
    """Take the element out and leave the text behind it where it was."""
    parent = element.getparent()
    if parent is None:
        return
    before = element.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + (element.tail or "")
    else:
        parent.text = (parent.text or "") + (element.tail or "")
    parent.remove(element)


def _parsed(html: str, *, namespace: bool) -> etree._Element:
    """The fragment in one div, read as browsers read it."""
    document = html5lib.parse(html, treebuilder="lxml", namespaceHTMLElements=namespace)
    division: etree._Element = document.getroot()[-1]
    division.tag = f"{{{XHTML}}}div" if namespace else "div"
    return division


def xhtml(html: str) -> etree._Element:
    """The same as one XHTML div for an XML document; `lang` is said in XML's way too."""
    division = _parsed(html, namespace=True)
    alone = etree.Element(division.tag, nsmap={None: XHTML})
    alone.text = division.text
    alone.extend(list(division))
    for element in alone.iter():
        if language := element.get("lang"):
            element.set(XML_LANG, language)
    return alone


# ── harmless ──


def harmless(content: PublicItem) -> PublicItem:
    """Nothing in it runs, calls out or breaks XML, whatever the store holds."""
    return replace(
        content,
        headline=plain_line(content.headline) or _some_title(content),
        note=_text(content.note),
        author=plain_line(content.author) or "",
        excerpt=_excerpt(content.excerpt, content.attributions),
        attributions=tuple(_attribution(attribution) for attribution in content.attributions),
        image=(image := _image(content.image)),
        copy=content.copy if image else None,
        tags=tuple(tag for tag in map(plain_line, content.tags) if tag),
        origin=_origin(content.origin),
        correction=plain_line(content.correction),
    )


def _text(words: str | None) -> str | None:
    return (text.clean_text(words).strip() or None) if words else None


def _some_title(content: PublicItem) -> str:
    """A headline of which nothing readable is left must not stop the other items' feed."""
    return next((title for a in content.attributions if (title := plain_line(a.title))), "—")


def plain_line(words: str | None) -> str | None:
    """One line that XML can carry; None where nothing is left."""
    return (" ".join(text.clean_text(words).split()) or None) if words else None


def _address(url: str | None) -> str | None:
    return text.safe_url(url) if url else None


def _excerpt(excerpt: Excerpt | None, attributions: tuple[Attribution, ...]) -> Excerpt | None:
    if excerpt is None:
        return None
    base = next((a.url for a in attributions if a.url), None)
    clean = text.clean(excerpt.html, base_url=base)
    html = text.without_captions(clean)
    words = excerpt.text if html is clean else text.plain(html)
    return replace(excerpt, html=html, text=_text(words) or "")


def _attribution(attribution: Attribution) -> Attribution:
    return replace(
        attribution,
        title=plain_line(attribution.title),
        authors=tuple(author for author in map(plain_line, attribution.authors) if author),
        publisher=plain_line(attribution.publisher),
        url=_address(attribution.url),
        license=plain_line(attribution.license),
    )


def _image(image: Image | None) -> Image | None:
    if image is None or (url := _address(image.url)) is None:
        return None
    return replace(
        image,
        url=url,
        alt=plain_line(image.alt),
        credit=plain_line(image.credit),
        license=_terms(image.license),
    )


def _terms(stated: str | None) -> str | None:
    words = plain_line(stated)
    return _address(words) if words and words.startswith(("https:", "http:")) else words


def _origin(origin: Origin | None) -> Origin | None:
    if origin is None or (url := _address(origin.url)) is None:
        return None
    return replace(
        origin,
        url=url,
        name=plain_line(origin.name) or url,
        home_url=_address(origin.home_url),
        license=plain_line(origin.license),
    )
