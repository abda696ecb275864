"""An issue as a letter: subject, HTML and plain text, both complete, before it is anybody's.

Everything that differs from reader to reader is one placeholder, so that a
letter is rendered once and all bodies are otherwise the same, byte for byte.
"""

from __future__ import annotations

import re
import textwrap
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, lru_cache
from urllib.parse import urlsplit

import css_inline
from markupsafe import Markup

from curator import text
from curator.model import Letter, Publication, PublicItem
from curator.publish import crediting, labels, markup, showing
from curator.publish.labels import label
from curator.publish.site import Site
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

    @property
    def edition(self) -> Edition:
        return self.site.edition


def letter(publications: Sequence[Publication], *, site: Site, number: int, closed_at: datetime) -> Letter:
    """Shortened, excerpts first, until its HTML is small enough to arrive whole.

    Where that is not enough, the last items are named and linked only. Its plain text has them all.
    """
    head = Head(site=site, number=number, closed_at=closed_at)
    whole = [
        Piece(publication=_harmless(p, head.edition), url=site.item_url(p), shortened=False)
        for p in publications
    ]
    subject = subject_of(head, whole)

    @cache
    def fitted(room: Room) -> tuple[list[Piece], str]:
        pieces = [_fit(piece, room) for piece in whole]
        return pieces, _html(head, pieces, subject=subject)

    def arrives_whole(room: Room) -> bool:
        return len(fitted(room)[1].encode()) <= MOST_BYTES

    roomiest = 0 if arrives_whole(ROOMS[0]) else bisect_left(ROOMS, True, key=arrives_whole)  # noqa: FBT003  the key's answer
    pieces, html = fitted(ROOMS[min(roomiest, len(ROOMS) - 1)])
    if len(html.encode()) > MOST_BYTES:
        html = _crowded(head, pieces, subject=subject)
    return Letter(subject=subject, html=html, text=_text(head, pieces))


def _crowded(head: Head, pieces: Sequence[Piece], *, subject: str) -> str:
    """As many items as there is room for when all others are named; if even those are too many, names."""

    def too_large(shown: int, named: int) -> bool:
        html = _html(head, pieces[:shown], subject=subject, named=pieces[shown:named], of=len(pieces))
        return len(html.encode()) > MOST_BYTES

    every = len(pieces)
    shown = _most(every, lambda shown: too_large(shown, every))
    named = every if shown else _most(every, lambda named: too_large(0, named))
    return _html(head, pieces[:shown], subject=subject, named=pieces[shown:named], of=every)


def _most(every: int, too_many: Callable[[int], bool]) -> int:
    return max(0, bisect_right(range(every + 1), False, key=too_many) - 1)  # noqa: FBT003  the key's answer


def for_everybody(html: str) -> str:
    """The letter as a page on the web: without what only its reader should have, the way out above all."""
    return _YOURS.sub("", html)


_YOURS = re.compile(r'<(p|span) class="yours"[^>]*>.*?</\1>', re.DOTALL)


def subject_of(head: Head, pieces: Sequence[Piece]) -> str:
    edition = head.edition
    issue = label(edition, "issue", number=head.number)
    first = f": {pieces[0].content.headline}" if pieces else ""
    subject = f"{edition.title} · {issue}{first}"
    return textwrap.shorten(subject, SUBJECT_LENGTH, placeholder="…")


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


def _harmless(publication: Publication, edition: Edition) -> Publication:
    content = showing.harmless(publication.content)
    said = replace(
        content,
        headline=_defused(content.headline),
        author=_defused(content.author or edition.organisation),
        tags=tuple(map(_defused, content.tags)),
    )
    return replace(publication, content=said)


def _defused(said: str) -> str:
    """An item that spells the placeholder out must not get a reader's own address put in."""
    return said.replace(urlsplit(UNSUBSCRIBE).netloc, "unsubscribe (invalid)")


# ── HTML ──


def _html(
    head: Head, pieces: Sequence[Piece], *, subject: str, named: Sequence[Piece] = (), of: int = 0
) -> str:
    """`of`: how many there are, where not all of them may be in it."""
    edition = head.edition
    page = head.site.templates.render(
        "letter.html",
        subject=subject,
        edition=edition,
        number=head.number,
        closed_at=head.closed_at,
        pieces=[(piece, Markup(_defused(showing.body(piece.content, site=head.site)))) for piece in pieces],  # noqa: S704  what was Markup is
        named=named,
        all_shown=len(pieces) + len(named) >= of,
        home_url=head.site.home_url,
        issue_url=head.site.issue_url(head.number),
        unsubscribe_url=UNSUBSCRIBE,
    )
    return _inliner().inline(page)


@lru_cache(maxsize=1)
def _inliner() -> css_inline.CSSInliner:
    """Many mail programs read style attributes only; @media rules stay in the head for those that can.

    Never a stylesheet from somewhere else: rendering must not touch the network.
    """
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


# ── plain text ──


def _text(head: Head, pieces: Sequence[Piece]) -> str:
    edition = head.edition
    issue = label(edition, "issue", number=head.number)
    top = [
        _wrap(f"{edition.title} · {issue}"),
        labels.day(edition, head.closed_at),
        f"{label(edition, 'read_in_browser')}:\n{head.site.issue_url(head.number)}",
    ]
    blocks = ["\n".join(top)]
    blocks += [
        f"{'-' * COLUMNS}\n\n" + _defused("\n\n".join(_lines(piece, edition, position)))
        for position, piece in enumerate(pieces, start=1)
    ]
    why = label(edition, "why_you_get_this", organisation=edition.organisation)
    foot = [
        "=" * COLUMNS,
        f"{edition.organisation} · {edition.title}\n{head.site.home_url}",
        _wrap(why),
        f"{label(edition, 'unsubscribe')}:\n{UNSUBSCRIBE}",
    ]
    blocks.append("\n\n".join(foot))
    return "\n\n".join(blocks) + "\n"


def _lines(piece: Piece, edition: Edition, position: int) -> Iterator[str]:
    content = piece.content
    yield _wrap(f"{position}. {content.headline}")
    yield _wrap(_circumstances(piece, edition))
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
    """Folded at spaces only: an address or a long word stays in one piece."""
    return "\n".join(
        textwrap.wrap(
            said,
            COLUMNS,
            initial_indent=before,
            subsequent_indent=before,
            break_long_words=False,
            break_on_hyphens=False,
        )
    )
