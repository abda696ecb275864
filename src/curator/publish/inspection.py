"""The HTML of a mail as programs and people meet it: its links, pictures, languages, colours and words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol
from urllib.parse import urlsplit

from lxml import etree

from curator.model import Issue, Problem, Publication
from curator.publish import contrast, markup
from curator.publish.letter import defused
from curator.publish.message import Sender
from curator.settings import Edition

_ACTIVE = frozenset(
    "script form input button select textarea iframe frame object embed applet link base audio video svg "
    "math canvas".split()
)
_SAYS_NOTHING = frozenset(
    ("qui", "clicca qui", "leggi", "link", "vai", "here", "click here", "more", "read more", "link")
)
_TRACKING = re.compile(r"[?&](?:utm_\w+|fbclid|gclid|mc_[ce]id)=", re.IGNORECASE)
_SMALLEST = 3  # pixels: what is smaller is there to be counted, not to be seen


class Held(Protocol):
    """What the HTML is held against; see `gate.Given`."""

    @property
    def issue(self) -> Issue: ...
    @property
    def sender(self) -> Sender: ...
    @property
    def edition(self) -> Edition: ...
    @property
    def publications(self) -> Sequence[Publication]: ...
    @property
    def intro(self) -> str | None: ...

    def url(self, publication: Publication) -> str: ...
    def label(self, key: str, **values: object) -> str: ...


@dataclass(frozen=True)
class Looked:
    """A letter's HTML, read once; `words` are those that are seen."""

    html: str
    root: etree._Element

    @cached_property
    def seen(self) -> list[etree._Element]:
        """All elements of the body that are shown, in the order in which they are read."""
        body = self.root.find("body")
        return [] if body is None else list(_shown(body))

    @cached_property
    def _said(self) -> dict[etree._Element, str]:
        """What each element says, with what is in it, but for white space."""
        return {element: _bare(_text(element)) for element in self.seen}

    @cached_property
    def words(self) -> str:
        body = self.root.find("body")
        return "" if body is None else _text(body)

    @property
    def hidden_too(self) -> str:
        """With what lists of mails show of it, and programs read aloud."""
        spoken = [
            e.get(name) or ""
            for e in self.root.iter(etree.Element)
            for name in ("alt", "aria-label", "title")
        ]
        said = (
            t
            for e in self.root.iter(etree.Element)
            if e.tag != "style"
            for t in (e.text, *(c.tail for c in e))
        )
        return "\n".join(filter(None, [*said, *spoken]))

    @cached_property
    def links(self) -> list[etree._Element]:
        return [element for element in self.seen if element.tag == "a"]

    @cached_property
    def addresses(self) -> str:
        return "\n".join(e.get("href") or e.get("src") or "" for e in self.seen if e.tag in {"a", "img"})

    @property
    def said(self) -> str:
        return f"{self.words}\n{self.addresses}"

    @cached_property
    def foot(self) -> str:
        """The cell, or whatever is around the last link: there the organisation says who it is."""
        last = self.links[-1] if self.links else None
        while last is not None and last.tag not in {"td", "footer", "body"}:
            last = last.getparent()
        return "" if last is None else _text(last)

    def saying(self, words: str, within: etree._Element | None = None) -> list[etree._Element]:
        """The innermost elements that say all of these words, and those around them that say no more."""
        wanted = _bare(defused(words))
        among = self.seen if within is None else _shown(within)
        holding = [element for element in among if wanted in self._said[element]]
        inner = [
            e for e in holding if not any(child in self._said and wanted in self._said[child] for child in e)
        ]
        around = [a for e in inner for a in e.iterancestors() if self._said.get(a) == self._said[e]]
        return inner + around

    def scopes(self, urls: Sequence[str]) -> dict[str, etree._Element]:
        """What is around each item, and around no other: its cell in our own letter."""
        anchors = {url: _anchor(self.leading_to(url)) for url in urls if self.leading_to(url)}
        others = set(anchors.values())
        found = {}
        for url, anchor in anchors.items():
            scope = anchor
            while (parent := scope.getparent()) is not None and parent in self._said:
                if any(link in others and link is not anchor for link in parent.iter("a")):
                    break
                scope = parent
            found[url] = scope
        return found

    def leading_to(self, url: str) -> list[etree._Element]:
        return [link for link in self.links if link.get("href") == url]

    def has_room_for(self, publication: Publication, held: Held) -> bool:
        """Whether the item stands in it whole; else it is shortened, named, or left to the archive."""
        links = self.leading_to(held.url(publication))
        return bool(links) and _has_room(links, held)

    def problems(self, held: Held, way_out: str | None) -> Iterator[Problem]:
        yield from _document(self, held)
        yield from _safety(self)
        yield from _links(self, held, way_out)
        yield from _pictures(self, held)
        yield from _colours(self)
        yield from _items(self, held)


def look(html: str) -> Looked:
    return Looked(html, contrast.parsed(html or "<html></html>"))


def _problem(code: str, *, field: str | None = "text/html", **data: Any) -> Problem:
    return Problem(code=code, field=field, data=data)


def _anchor(links: Sequence[etree._Element]) -> etree._Element:
    """The link that the item is headed by; else the first, which is no source's."""
    headed = (link for link in links if any(e.tag in _HEADINGS for e in link.iterancestors()))
    return next(headed, links[0])


_HEADINGS = frozenset({"h1", "h2", "h3", "h4"})


def _shown(element: etree._Element) -> Iterator[etree._Element]:
    if isinstance(element.tag, str) and not _hidden(element):
        yield element
        for child in element:
            yield from _shown(child)


def _hidden(element: etree._Element) -> bool:
    return element.tag in {"script", "style", "template"} or contrast.styles(element).get("display") == "none"


_BLOCKS = frozenset("p div td th tr li ul ol blockquote h1 h2 h3 h4 h5 h6 br table pre dd dt".split())


def _text(element: etree._Element) -> str:
    """What is seen of it; blocks are parted."""
    pieces = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str) and not _hidden(child):
            space = " " if child.tag in _BLOCKS else ""
            pieces += [space, _text(child), space]
        pieces.append(child.tail or "")
    return "".join(pieces)


def _bare(words: str) -> str:
    return "".join(words.split())


# ── the document ──


def _document(looked: Looked, held: Held) -> Iterator[Problem]:
    root, language = looked.root, held.edition.language
    if root.get("lang") != language:
        yield _problem("mail_language_missing", found=root.get("lang") or "", expected=language)
    if not (root.findtext("head/title") or "").strip():
        yield _problem("mail_title_missing")
    if (count := sum(1 for _ in root.iter("h1"))) != 1:
        yield _problem("mail_heading", count=count)
    for table in root.iter("table"):
        if table.get("role") != "presentation" and not _is_quoted(table):
            yield _problem("mail_table_role")
    if not _preheader(root):
        yield _problem("mail_preheader_missing")
    # White sheets at night are what readers turn away from; a program that is told nothing inverts by guess.
    if not any(contrast.dark_rules(looked.html)) or 'name="color-scheme"' not in looked.html:
        yield _problem("mail_dark_missing")


def _is_quoted(element: etree._Element) -> bool:
    return any(around.tag == "blockquote" for around in element.iterancestors())


def _preheader(root: etree._Element) -> bool:
    """What lists of mails show beside the subject: words that are there before the heading, and not seen."""
    for element in root.iter("h1", "div", "span", "p"):
        if element.tag == "h1":
            return False
        if (
            contrast.styles(element).get("display") == "none"
            and "".join(map(str, element.itertext())).strip()
        ):
            return True
    return False


def _safety(looked: Looked) -> Iterator[Problem]:
    """Nothing runs, nothing is asked of a server but our own pictures."""
    for element in looked.root.iter(etree.Element):
        if element.tag in _ACTIVE:
            yield _problem("mail_active", found=f"<{element.tag}>")
        for name, value in element.attrib.items():
            if str(name).lower().startswith("on"):
                yield _problem("mail_active", found=str(name))
            if str(name).lower() in {"style", "background"} and re.search(
                r"url\s*\(|^https?:", str(value), re.IGNORECASE
            ):
                yield _problem("mail_style_remote", found=str(value)[:60])
        if element.tag == "style":
            yield from _style(element.text or "")


def _style(sheet: str) -> Iterator[Problem]:
    if found := re.search(r"@import|@font-face|url\s*\(", sheet, re.IGNORECASE):
        yield _problem("mail_style_remote", found=found[0])
    outside = re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", sheet)
    if "{" in outside:
        yield _problem("mail_style_loose", found=outside.strip()[:60])


# ── links ──


def _links(looked: Looked, held: Held, way_out: str | None) -> Iterator[Problem]:
    led: dict[str, str] = {}
    token = _token_in(way_out)
    for link in looked.links:
        url, said = (
            (link.get("href") or "").strip(),
            " ".join((link.get("aria-label") or _text(link)).split()),
        )
        if not url or not said:
            yield _problem("mail_link_empty", found=said or url)
            continue
        yield from _address(url, held)
        if token and token in url and url != way_out:
            yield _problem("mail_link_personal", found=said)
        if led.setdefault(said, url) != url:
            yield _problem("mail_link_text_twice", found=said)
        if said.lower() in _SAYS_NOTHING and not _is_quoted(link):
            yield _problem("mail_link_text_bare", found=said)
    if way_out and way_out not in looked.addresses.split("\n"):
        yield _problem("mail_unsubscribe_unlinked")


def _token_in(way_out: str | None) -> str | None:
    found = re.search(r"[0-9]+\.[0-9a-f]{32}", way_out or "")
    return found[0] if found else None


def _address(url: str, held: Held) -> Iterator[Problem]:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if not parts.scheme:
        yield _problem("mail_link_relative", found=url)
    elif parts.scheme not in {"https", "http", "mailto"}:
        yield _problem("mail_link_scheme", found=url[:60])
    elif parts.scheme == "http" and _should_be_safe(url, held.sender):
        yield _problem("mail_link_insecure", found=url)
    own = {a.url for p in held.publications for a in p.content.attributions}
    if _TRACKING.search(url) and url not in own:
        yield _problem("mail_link_tracking", found=url)


def _should_be_safe(url: str, sender: Sender) -> bool:
    ours = (sender.home_url, sender.public_url or "")
    return any(o.startswith("https:") and urlsplit(o).hostname == urlsplit(url).hostname for o in ours)


# ── pictures ──


def _pictures(looked: Looked, held: Held) -> Iterator[Problem]:
    for picture in looked.root.iter("img"):
        url = picture.get("src") or ""
        sizes = [picture.get(side) or "" for side in ("width", "height")]
        if not all(map(str.isdecimal, sizes)):
            yield _problem("mail_picture_size", found=url)
        elif min(map(int, sizes)) < _SMALLEST:
            yield _problem("mail_pixel", found=url)
        if not (picture.get("alt") or "").strip():
            yield _problem("mail_picture_alt", found=url)
        if urlsplit(url).netloc != urlsplit(held.sender.home_url).netloc or _hidden(picture):
            yield _problem("mail_picture_foreign", found=url)


# ── colours ──


def _colours(looked: Looked) -> Iterator[Problem]:
    for code, faint in (
        ("mail_contrast_light", contrast.faint_by_day(looked.root)),
        ("mail_contrast_dark", contrast.faint_in_the_dark(looked.html)),
    ):
        for one in faint[:1]:
            yield _problem(code, found=one.words, ratio=one.contrast, least=contrast.LEAST, count=len(faint))


# ── items ──


def _items(looked: Looked, held: Held) -> Iterator[Problem]:
    if held.intro and not all(looked.saying(word) for word in held.intro.split("\n") if word.strip()):
        yield _problem("mail_html_incomplete", found=held.intro[:60], what="intro")
    scopes = looked.scopes([held.url(publication) for publication in held.publications])
    for publication in held.publications:
        links = looked.leading_to(held.url(publication))
        if not links:
            if held.label("all_items") not in looked.words:  # there is no room even for its name
                yield _problem("mail_html_incomplete", found=publication.content.headline[:60], what="url")
            continue
        scope = scopes[held.url(publication)]
        yield from _passages(looked, held, publication, scope=scope, shown=_has_room(links, held))


def _has_room(links: Sequence[etree._Element], held: Held) -> bool:
    """Not so, where an item is only named, or was shortened: then a further link leads to the whole of it."""
    named = all(any(around.tag == "li" for around in link.iterancestors()) for link in links)
    shortened = any(_text(link).strip().startswith(held.label("read_in_browser")) for link in links)
    return not (named or shortened)


def _passages(
    looked: Looked, held: Held, publication: Publication, *, scope: etree._Element, shown: bool
) -> Iterator[Problem]:
    """Each is there, and in its language."""
    led = {link.get("href") for link in scope.iter("a")}
    content = publication.content
    passages: list[tuple[str, str | None, str | None]] = [("headline", content.headline, content.language)]
    if shown:
        note = markup.unlabelled(content.note, held.edition.note_label) if content.note else None
        passages.append(("note", note, content.language))
        if content.excerpt:
            quoted = _text(contrast.parsed(f"<body>{markup.quotation(content.excerpt)}</body>"))
            passages.append(("excerpt", quoted, content.excerpt.language))
        for one in content.attributions:
            passages += [("title", one.title, None), ("publisher", one.publisher, None)]
            passages += [("author", name, None) for name in one.authors]
            if one.url and defused(one.url) not in led:
                yield _problem("mail_html_incomplete", found=one.url[:60], what="url")
        if content.image and content.image.credit and not looked.saying(content.image.credit, scope):
            yield _problem("mail_picture_credit", found=content.image.credit[:60])
    for what, words, language in passages:
        if words and _bare(words):
            yield from _passage(looked.saying(words, scope), what, words, language, held.edition.language)


def _passage(
    saying: Sequence[etree._Element], what: str, words: str, language: str | None, ordinary: str
) -> Iterator[Problem]:
    if not saying:
        yield _problem("mail_html_incomplete", found=words[:60], what=what)
    elif language and language not in {_language_of(element) or ordinary for element in saying}:
        yield _problem("mail_language_unmarked", found=words[:60], what=what, expected=language)


def _language_of(element: etree._Element) -> str | None:
    near = (element, *element.iterancestors())
    return next((said for one in near if (said := one.get("lang")) is not None), None)
