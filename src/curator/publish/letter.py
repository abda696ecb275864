"""An issue as a letter: subject, HTML and plain text, both complete, before it is anybody's.

Everything that differs from reader to reader is one placeholder, so that a
letter is rendered once and all bodies are otherwise the same, byte for byte.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, lru_cache
from html import escape, unescape
from types import MappingProxyType
from urllib.parse import quote, urlsplit

import css_inline
from markupsafe import Markup

from curator import text
from curator.model import Letter, Publication, PublicItem
from curator.publish import crediting, labels, markup, showing
from curator.publish.labels import label
from curator.publish.site import ABOUT, Site
from curator.settings import Edition

UNSUBSCRIBE = "https://unsubscribe.invalid/"
"""Stands in a letter where each reader's own way out goes. RFC 6761: `.invalid` is nobody's, ever."""

MOST_BYTES = 100 * 1024  # Gmail cuts a mail's HTML off at about 102 kB, and the way out with it
COLUMNS = 72
SUBJECT_LENGTH = 140


@dataclass(frozen=True, slots=True)
class Room:
    """How many words an excerpt and a note may have; None: as many as they are."""

    excerpt: int | None = None
    note: int | None = None


ROOMS = (
    Room(),
    Room(excerpt=120),
    Room(excerpt=60),
    Room(excerpt=25),
    Room(excerpt=0),
    Room(excerpt=0, note=60),
    Room(excerpt=0, note=20),
    Room(excerpt=0, note=0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One item of the letter: what is said, where the whole of it is, and whether it was shortened."""

    publication: Publication
    url: str
    shortened: bool
    corrected_at: datetime | None = None  # since the issue was closed: said on the web, where it is so
    name: str | None = None  # what its links are called, where another item has the same headline

    @property
    def content(self) -> PublicItem:
        return self.publication.content

    def updated_at(self, edition: Edition) -> datetime | None:
        """When it last changed, where that was on another day than it came out."""
        first, last = self.publication.published_at, self.publication.updated_at
        return last if labels.day(edition, first) != labels.day(edition, last) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What an issue says about itself."""

    site: Site
    number: int
    closed_at: datetime
    subject: str
    intro: str | None
    preferences_url: str | None
    bodies: dict[int, str] = field(default_factory=dict, repr=False)  # by `id`, while the letter is written

    @property
    def edition(self) -> Edition:
        return self.site.edition


def letter(
    publications: Sequence[Publication],
    *,
    site: Site,
    number: int,
    closed_at: datetime,
    subject: str | None = None,
    intro: str | None = None,
    public_url: str | None = None,
    corrected: Mapping[int, datetime] = MappingProxyType({}),
) -> Letter:
    """Shortened, excerpts first, until its HTML is small enough to arrive whole.

    Where that is not enough, the last items are named and linked only. Its plain text has them all.
    `subject` and `intro` are the editors'; the intro is plain text, blank lines part its paragraphs.
    `public_url`: where `serve` answers, for the way to one's preferences. `corrected`: which items are
    other than they were when the issue was closed, and since when; never of a mail.
    """
    edition = site.edition
    whole = [
        Piece(
            publication=p,
            url=site.item_url(p),
            shortened=False,
            corrected_at=corrected.get(p.item_id),
            name=name,
        )
        for p, name in _named(as_shown(p, edition) for p in publications)
    ]
    head = Head(
        site=site,
        number=number,
        closed_at=closed_at,
        subject=_line(subject) or _proposed(edition, number, whole),
        intro=intro_shown(intro),
        preferences_url=f"{public_url.rstrip('/')}/preferences/{quote(edition.key)}" if public_url else None,
    )

    @cache
    def fitted(room: Room) -> tuple[list[Piece], str]:
        pieces = [_fit(piece, room) for piece in whole]
        return pieces, _html(head, pieces)

    def arrives_whole(room: Room) -> bool:
        return len(fitted(room)[1].encode()) <= MOST_BYTES

    roomiest = 0 if arrives_whole(ROOMS[0]) else bisect_left(ROOMS, True, key=arrives_whole)  # noqa: FBT003  the key's answer
    pieces, html = fitted(ROOMS[min(roomiest, len(ROOMS) - 1)])
    if len(html.encode()) > MOST_BYTES:
        html = _crowded(head, pieces)
    return Letter(subject=head.subject, html=html, text=_text(head, _with_notes(pieces, whole)))


def _named(publications: Iterable[Publication]) -> Iterator[tuple[Publication, str | None]]:
    """Each with what tells it apart from one before it of the same headline."""
    seen: set[str] = set()
    for position, publication in enumerate(publications, start=1):
        headline = publication.content.headline
        yield publication, f"{headline} ({position})" if headline in seen else None
        seen.add(headline)


def _with_notes(pieces: Sequence[Piece], whole: Sequence[Piece]) -> Iterator[Piece]:
    """What the editors wrote stands whole in the plain text, which is never cut off on its way."""
    for piece, full in zip(pieces, whole, strict=True):
        content = replace(piece.content, note=full.content.note)
        yield replace(piece, publication=replace(piece.publication, content=content))


def _crowded(head: Head, pieces: Sequence[Piece]) -> str:
    """As many items as there is room for when all others are named; if even those are too many, names."""

    def too_large(shown: int, named: int) -> bool:
        html = _html(head, pieces[:shown], named=pieces[shown:named], of=len(pieces))
        return len(html.encode()) > MOST_BYTES

    every = len(pieces)
    shown = _most(every, lambda shown: too_large(shown, every))
    named = every if shown else _most(every, lambda named: too_large(0, named))
    return _html(head, pieces[:shown], named=pieces[shown:named], of=every)


def _most(every: int, too_many: Callable[[int], bool]) -> int:
    return max(0, bisect_right(range(every + 1), False, key=too_many) - 1)  # noqa: FBT003  the key's answer


def for_everybody(html: str) -> str:
    """The letter as a page on the web: without what only its reader should have, the way out above all."""
    return _YOURS.sub("", html)


_YOURS = re.compile(r'<(p|span) class="yours"[^>]*>.*?</\1>', re.DOTALL)


def proposed_subject(publications: Sequence[Publication], *, site: Site, number: int) -> str:
    """What stands in lists of mails where the editors say nothing else: the issue, and its first headline."""
    pieces = [Piece(publication=as_shown(p, site.edition), url="", shortened=False) for p in publications[:1]]
    return _proposed(site.edition, number, pieces)


def _proposed(edition: Edition, number: int, pieces: Sequence[Piece]) -> str:
    issue = labels.label(edition, "issue", number=number)
    first = f": {pieces[0].content.headline}" if pieces else ""
    subject = _line(f"{edition.title} · {issue}{first}") or issue
    # A word of its own that is longer than a line would leave nothing at all.
    return (
        textwrap.shorten(subject, SUBJECT_LENGTH, placeholder="…")
        if " " in subject
        else subject[:SUBJECT_LENGTH]
    )


def _line(words: str | None) -> str | None:
    return defused(line) if (line := markup.plain_line(words)) else None


def intro_shown(words: str | None) -> str | None:
    said = text.confined(text.clean_text(words)).strip() if words else ""
    return defused(said) or None


# ── shortening ──


def _fit(piece: Piece, room: Room) -> Piece:
    content, shortened = piece.content, piece.shortened
    quoted, note = content.excerpt, content.note
    if quoted and room.excerpt is not None and quoted.words > room.excerpt:
        shortened = True
        if room.excerpt:
            html, _ = text.excerpt(quoted.html, max_words=room.excerpt)
            quoted = replace(quoted, html=html, text=text.plain(html), truncated=True)
        else:
            quoted = None
    if note and room.note is not None and len(note.split()) > room.note:
        shortened = True
        note = " ".join([*note.split()[: room.note], "…"]) if room.note else None
    fitted = replace(piece.publication, content=replace(content, excerpt=quoted, note=note))
    return replace(piece, publication=fitted, shortened=shortened)


def as_shown(publication: Publication, edition: Edition) -> Publication:
    """An item as the letter says it: nothing in it runs, calls out or stands for a reader's own way out."""
    content = showing.harmless(publication.content)
    said = replace(
        content,
        headline=defused(content.headline),
        author=defused(content.author or edition.organisation),
        tags=tuple(map(defused, content.tags)),
    )
    return replace(publication, content=said)


def defused(said: str) -> str:
    """An item that spells the placeholder out must not get a reader's own address put in."""
    return said.replace(urlsplit(UNSUBSCRIBE).netloc, "unsubscribe (invalid)")


# ── HTML ──


def _html(head: Head, pieces: Sequence[Piece], *, named: Sequence[Piece] = (), of: int = 0) -> str:
    """`of`: how many there are, where not all of them may be in it."""
    edition = head.edition
    page = head.site.templates.render(
        "letter.html",
        subject=head.subject,
        intro=head.intro,
        edition=edition,
        number=head.number,
        closed_at=head.closed_at,
        pieces=list(zip(pieces, _bodies(head, pieces), strict=True)),
        named=named,
        all_shown=len(pieces) + len(named) >= of,
        home_url=head.site.home_url,
        issue_url=head.site.issue_url(head.number),
        privacy_url=_privacy_url(head),
        preferences_url=head.preferences_url,
        unsubscribe_url=UNSUBSCRIBE,
    )
    inlined = _TAG_WITH_VALUES.sub(_unmistakable, _inliner().inline(page))
    if _CHARSET not in inlined:
        return inlined
    # The rules that stay come first in the head; but of the encoding is told within the first 1024 bytes.
    return inlined.replace(_CHARSET, "", 1).replace("<head>", f"<head>{_CHARSET}", 1)


_CHARSET = '<meta charset="utf-8">'


_TAG_WITH_VALUES = re.compile(r'<[a-z][a-z0-9]*(?:\s+[^\s=>"]+(?:="[^"]*")?)*\s*>', re.IGNORECASE)


def _unmistakable(tag: re.Match[str]) -> str:
    """HTML allows "<script>" as it is within a value; filters that look for it do not look so closely."""
    return f"<{tag[0][1:-1].replace('<', '&lt;').replace('>', '&gt;')}>"


def _bodies(head: Head, pieces: Sequence[Piece]) -> Iterator[Markup]:
    """What each says below its headline; a link that says what another said, and leads elsewhere, says more.

    Whoever listens to a mail has its links read out one by one, without what stands around them.
    """
    edition = head.edition
    led = {piece.content.headline: piece.url for piece in reversed(pieces)}
    led |= {edition.title: head.site.home_url, label(edition, "read_in_browser"): ""}

    def told_apart(found: re.Match[str], said: str, position: int) -> str:
        before, url, after, inside = found.groups()
        words = " ".join(unescape(_TAG.sub("", inside)).split())
        if not words:
            return ""
        if led.setdefault(words, url) == url:
            return found[0]
        name = f"{words}: {said}"
        if led.setdefault(name, url) != url:
            led[name := f"{words} ({position}.{len(led)}): {said}"] = url
        return f'<a aria-label="{escape(name)}"{before}href="{url}"{after}>{inside}</a>'

    for position, piece in enumerate(pieces, start=1):
        said = piece.content.headline
        # It is tried out how many there is room for: each is made once.
        html = head.bodies.get(id(piece)) or defused(showing.body(piece.content, site=head.site))
        head.bodies[id(piece)] = html
        yield Markup(_LINK.sub(lambda found: told_apart(found, said, position), html))  # noqa: B023, S704


_LINK = re.compile(r'<a((?: [^<>]*)? )href="([^"]*)"([^<>]*)>(.*?)</a>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def _privacy_url(head: Head) -> str:
    return head.edition.privacy_url or head.site.page_url(ABOUT)


@lru_cache(maxsize=1)
def _inliner() -> css_inline.CSSInliner:
    """Many mail programs read style attributes only; @media rules stay in the head for those that can.

    Never a stylesheet from somewhere else: rendering must not touch the network.
    """
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


# ── plain text ──


def _text(head: Head, pieces: Iterable[Piece]) -> str:
    edition = head.edition
    issue = label(edition, "issue", number=head.number)
    top = [
        _wrap(f"{edition.title} · {issue}"),
        labels.day(edition, head.closed_at),
        f"{label(edition, 'read_in_browser')}:\n{head.site.issue_url(head.number)}",
    ]
    blocks = ["\n".join(top)]
    if head.intro:
        blocks.append(_paragraphs(head.intro))
    blocks += [
        f"{'-' * COLUMNS}\n\n" + defused("\n\n".join(_lines(piece, edition, position)))
        for position, piece in enumerate(pieces, start=1)
    ]
    blocks.append("\n\n".join(_foot(head)))
    return "\n\n".join(blocks) + "\n"


def _foot(head: Head) -> Iterator[str]:
    """Who writes, why, and the ways to have it otherwise."""
    edition = head.edition
    yield "=" * COLUMNS
    address = f"{_wrap(edition.address)}\n" if edition.address else ""
    yield f"{edition.organisation} · {edition.title}\n{address}{head.site.home_url}"
    yield _wrap(label(edition, "why_you_get_this", organisation=edition.organisation))
    if head.preferences_url:
        yield f"{label(edition, 'mail_preferences')}:\n{head.preferences_url}"
    yield f"{label(edition, 'mail_privacy')}:\n{_privacy_url(head)}"
    yield f"{label(edition, 'unsubscribe')}:\n{UNSUBSCRIBE}"


def _lines(piece: Piece, edition: Edition, position: int) -> Iterator[str]:
    content = piece.content
    yield _wrap(f"{position}. {content.headline}")
    yield _wrap(_circumstances(piece, edition))
    if piece.corrected_at:
        yield _wrap(f"{label(edition, 'corrected_on')} {labels.day(edition, piece.corrected_at)}")
    if content.note:
        note = markup.unlabelled(content.note, edition.note_label)
        yield _paragraphs(f"{edition.note_label}: {note}")
    if content.excerpt:
        if language := crediting.foreign(edition, content.excerpt.language):
            yield _wrap(f"{label(edition, 'excerpt_label')} ({language}):")
        yield _paragraphs(text.plain(content.excerpt.html), before="> ")
    if content.image:
        yield _lined(crediting.of_picture(content.image, edition))
    for n, attribution in enumerate(content.attributions):
        language = markup.title_language(content, n)
        yield _lined(crediting.of_source(attribution, edition, language=language))
    if content.tags:
        yield _wrap(f"{label(edition, 'tags')}: {', '.join(content.tags)}")
    if content.correction and content.corrected_at:
        on = labels.day(edition, content.corrected_at)
        yield _wrap(f"{label(edition, 'correction')} ({on}): {content.correction}")
    yield f"{label(edition, 'read_in_browser')}:\n{piece.url}"


def _circumstances(piece: Piece, edition: Edition) -> str:
    """Who writes, when it came out and last changed, and the language where it is not the edition's."""
    content = piece.content
    said = [content.author, labels.day(edition, piece.publication.published_at)]
    if updated := piece.updated_at(edition):
        said.append(f"{label(edition, 'updated_on')} {labels.day(edition, updated)}")
    if language := crediting.foreign(edition, content.language):
        said.append(label(edition, "in_language", language=language))
    return " · ".join(said)


def _lined(lines: Iterable[str]) -> str:
    return "\n".join(map(_wrap, lines))


def _paragraphs(said: str, *, before: str = "") -> str:
    blocks = ("\n".join(_wrap(line, before=before) for line in lines) for lines in markup.paragraphs(said))
    return f"\n{before.rstrip()}\n".join(blocks)


def _wrap(said: str, *, before: str = "") -> str:
    """Folded at spaces only: an address or a long word stays in one piece.

    Where words are written without spaces, a line ends after so many signs, each as wide as two letters.
    """
    lines = textwrap.wrap(
        said,
        COLUMNS,
        initial_indent=before,
        subsequent_indent=before,
        break_long_words=False,
        break_on_hyphens=False,
    )
    if said.isascii() or not any(map(_is_wide, said)):
        return "\n".join(lines)
    return "\n".join(
        before + part for line in lines for part in _narrow(line.removeprefix(before), len(before))
    )


def _narrow(line: str, used: int) -> Iterator[str]:
    start, width = 0, used
    for end, sign in enumerate(line):
        wide = _is_wide(sign)
        width += 1 + wide
        if width > COLUMNS and wide:
            yield line[start:end]
            start, width = end, used + 2
    yield line[start:]


def _is_wide(sign: str) -> bool:
    return unicodedata.east_asian_width(sign) in "WF"
