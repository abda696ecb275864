"""What a source says now against what it said before, and two editors' texts of one item, word by word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from curator import text
from curator.curate.dossier import Dossier, open_dossier
from curator.curate.imported import differing
from curator.model import Entry, Item, Page, SafeHtml
from curator.store import Store, Transaction

_MOST_COMPARED = 5_000
"""Paragraphs of a text, or words of a changed passage: beyond, the comparison takes seconds and says less."""
_BREAK = "\n\n"


class Kind(StrEnum):
    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    kind: Kind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field of an entry in two revisions; of `page`, in two fetched texts.

    Of an imported item: as it was imported (1), and as its blog has it now (2).
    """

    field: str
    old: int
    new: int
    pieces: tuple[Piece, ...]


def source_changes(store: Store, item_id: int) -> tuple[Change, ...] | None:
    """What the source has changed since the claim; before a claim, with its last revision.

    None: there is no other revision. Empty: there is one, with the same words.
    """
    with store.read() as tx:
        dossier = open_dossier(tx, tx.items.get(item_id))
        entries, pages = _entries(tx, dossier), _pages(tx, dossier)
    of_blog = any(each.changed for each in dossier.imports)
    if entries is None and pages is None and not of_blog:
        return None
    return tuple(
        Change(field=field, old=old, new=new, pieces=difference(before, after))
        for field, old, new, before, after in (
            *_of_entry(entries),
            *_of_page(pages),
            *((field, 1, 2, then, now) for field, then, now in differing(dossier.imports)),
        )
        if before != after
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """A field of an item that two editors have differently: what stands now, what the other wanted."""

    field: str
    stored: str
    yours: str

    @property
    def pieces(self) -> tuple[Piece, ...]:
        return difference(self.stored, self.yours)


def clashes(stored: Item, yours: Item, *, edition: str) -> tuple[Clash, ...]:
    """In the order in which an editor writes them; empty: the two say the same."""
    theirs, mine = texts_of(stored, edition), texts_of(yours, edition)
    return tuple(
        Clash(field=field, stored=theirs[field], yours=mine[field])
        for field in mine
        if mine[field] != theirs[field]
    )


def texts_of(item: Item, edition: str) -> dict[str, str]:
    """What readers of this edition would get, field by field; "" where there is nothing."""
    said, image = item.commentaries.get(edition), item.image
    credited = ((a.title, ", ".join(a.authors), a.publisher, a.url, a.license) for a in item.attributions)
    found = {
        "headline": said.headline if said else None,
        "note": said.note if said else None,
        "excerpt": item.excerpt.text if item.excerpt else None,
        "tags": ", ".join(item.tags),
        "attributions": _BREAK.join(" | ".join(part or "" for part in parts) for parts in credited),
        "image": image.url if image else None,
        "credit": image.credit if image else None,
        "alt": image.alt if image else None,
    }
    return {field: text or "" for field, text in found.items()}


def in_words(changes: Sequence[Change | Clash]) -> str:
    """As `git diff --word-diff` shows it: [-gone-], {+new+}, and […] for paragraphs without a change."""
    return _BREAK.join(shown for change in changes for shown in _shown(change.pieces))


def difference(old: str, new: str) -> tuple[Piece, ...]:
    """Paragraph by paragraph, and word by word within those that differ."""
    a, b = old.split(_BREAK), new.split(_BREAK)
    found: list[tuple[Kind, list[str]]] = []
    for kind, i, j, k, m in _steps(a, b):
        if kind == "equal":
            found.append((Kind.SAME, _tokens(a[i:j])))
            continue
        before, after = _tokens(a[i:j]), _tokens(b[k:m])
        for inner, p, q, r, s in _steps(before, after):
            if inner == "equal":
                found.append((Kind.SAME, before[p:q]))
            else:
                found += [(Kind.REMOVED, before[p:q]), (Kind.ADDED, after[r:s])]
    return tuple(Piece(kind=kind, text=_joined(tokens)) for kind, tokens in _merged(found))


def _entries(tx: Transaction, dossier: Dossier) -> tuple[Entry, Entry] | None:
    entry = dossier.said
    if entry is None:
        return None
    newest = tx.entries.get(entry.id)
    if dossier.item.revision is None and newest.revision > 1:
        entry = tx.entries.revision(entry.id, newest.revision - 1)
    if entry.cleared_at is not None or newest.cleared_at is not None:
        return None  # nobody can say any more what it said
    return (entry, newest) if entry.revision < newest.revision else None


def _pages(tx: Transaction, dossier: Dossier) -> tuple[Page, Page] | None:
    page = dossier.page
    if page is None or dossier.item.page is None:
        return None
    newest = tx.pages.newest([page.entry_id])[page.entry_id]
    return (page, newest) if page.n < newest.n else None


_Field = tuple[str, int, int, str, str]


def _of_entry(pair: tuple[Entry, Entry] | None) -> Iterator[_Field]:
    if pair is None:
        return
    old, new = pair
    for field, before, after in (
        ("title", old.title, new.title),
        ("authors", ", ".join(old.authors), ", ".join(new.authors)),
        ("url", old.url or "", new.url or ""),
        ("license", old.license or "", new.license or ""),
        ("text", _plain(old.html), _plain(new.html)),
    ):
        yield field, old.revision, new.revision, before, after


def _of_page(pair: tuple[Page, Page] | None) -> Iterator[_Field]:
    if pair is not None:
        old, new = pair
        yield "page", old.n, new.n, _plain(old.article.html), _plain(new.article.html)


def _plain(html: SafeHtml) -> str:
    paragraphs = (" ".join(block.split()) for block in text.plain(html).split(_BREAK))
    return _BREAK.join(paragraph for paragraph in paragraphs if paragraph)


def _steps(a: Sequence[str], b: Sequence[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """difflib's opcodes, with what is equal at both ends taken off first, and a bound on the rest."""
    shorter = min(len(a), len(b))
    head = next((n for n in range(shorter) if a[n] != b[n]), shorter)
    tail = next((n for n in range(shorter - head) if a[-1 - n] != b[-1 - n]), shorter - head)
    middle_a, middle_b = a[head : len(a) - tail], b[head : len(b) - tail]
    yield "equal", 0, head, 0, head
    if max(len(middle_a), len(middle_b)) > _MOST_COMPARED:
        yield "replace", head, len(a) - tail, head, len(b) - tail
    else:
        # autojunk: of 200 words and more the commonest no longer open a match; without it "the cat the cat"
        # against "cat the cat the" takes a minute.
        matcher = SequenceMatcher(a=middle_a, b=middle_b)
        for kind, i, j, k, m in matcher.get_opcodes():
            yield kind, head + i, head + j, head + k, head + m
    yield "equal", len(a) - tail, len(a), len(b) - tail, len(b)


def _tokens(paragraphs: Sequence[str]) -> list[str]:
    """Words, and a break after each paragraph."""
    return [token for paragraph in paragraphs for token in (*paragraph.split(), _BREAK)]


def _merged(found: Sequence[tuple[Kind, list[str]]]) -> Iterator[tuple[Kind, list[str]]]:
    kept: list[tuple[Kind, list[str]]] = []
    for kind, tokens in found:
        if tokens and kept and kept[-1][0] is kind:
            kept[-1][1].extend(tokens)
        elif tokens:
            kept.append((kind, list(tokens)))
    return iter(kept)


def _joined(tokens: Sequence[str]) -> str:
    return " ".join(tokens).replace(f" {_BREAK} ", _BREAK).replace(f" {_BREAK}", _BREAK)


def _shown(pieces: Sequence[Piece]) -> Iterator[str]:
    """The paragraphs with a change and those beside them; […] for each run of others."""
    paragraphs = _paragraphs(pieces)
    changed = [any(piece.kind is not Kind.SAME for piece in paragraph) for paragraph in paragraphs]
    gap = False
    for place, paragraph in enumerate(paragraphs):
        if any(changed[max(place - 1, 0) : place + 2]):
            gap = False
            yield " ".join(map(_marked, paragraph))
        elif not gap:
            gap = True
            yield "[…]"


def _paragraphs(pieces: Sequence[Piece]) -> list[list[Piece]]:
    found: list[list[Piece]] = [[]]
    for piece in pieces:
        for place, words in enumerate(piece.text.split(_BREAK)):
            if place:
                found.append([])
            if words.strip():
                found[-1].append(Piece(kind=piece.kind, text=words.strip()))
    return [paragraph for paragraph in found if paragraph]


def _marked(piece: Piece) -> str:
    match piece.kind:
        case Kind.SAME:
            return piece.text
        case Kind.REMOVED:
            return f"[-{piece.text}-]"
        case Kind.ADDED:
            return f"{{+{piece.text}+}}"
