"""Known entries + a parsed document → Changes. Pure: the heart of "polling twice is polling once".

An entry is recognised within its source only, by the first rung that holds:

1. its *guid*; where several entries have the same one, guid and address, text,
   title or date together;
2. its *address*, where one entry of the document and one known entry have it
   and it names more than the site's front page;
3. its *text* (title and body).

A rung is refused where what remains contradicts it: another guid, title, text
and date behind one address is another entry (a page that always shows the
newest), and so is one text at another address on another date ("Open thread").

Every choice is made by value, never by place: a document in any order gives
the same result. Only `Changes.new` keeps the document's order, because feeds
list the newest first.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from curator import text
from curator.model import ChangedEntry, Changes, KnownEntry, NewEntry, ParsedEntry, Told

LONGEST_KEY = 500
"""Characters. PostgreSQL indexes no value above 2.7 kB: a longer key is replaced by its hash."""

_NO_DATE = datetime.min.replace(tzinfo=UTC)


def skippable(told: Sequence[Told]) -> frozenset[str]:
    """The telling hashes that a reader may leave out, because nothing could come of reading them.

    Such an entry has a guid that nothing else of its source has, so that it is recognised by the first
    rungs whatever else the document says.
    """
    guids = Counter(old.guid for old in told)
    return frozenset(
        old.telling_hash for old in told if old.telling_hash and old.guid and guids[old.guid] == 1
    )


def reconcile(
    known: Sequence[KnownEntry], said: Sequence[ParsedEntry], *, unchanged: Collection[str] = ()
) -> Changes:
    """What the entries of one document change in what is known of its source.

    `unchanged` are the telling hashes of entries that were not read again: the same as if they had been.
    """
    left_out = [old for old in known if old.telling_hash in set(unchanged)] if unchanged else []
    met = _said_once([_Met(entry, place) for place, entry in enumerate(said)])
    recognised = _recognise(known, met, left_out=left_out)
    identities = _Identities(known)
    new: list[tuple[int, NewEntry]] = []
    revised: list[ChangedEntry] = []
    touched: list[ChangedEntry] = []
    restored: list[ChangedEntry] = []
    for entry in met:
        old = recognised.get(entry.place)
        if old is None:
            named = NewEntry(identity=identities.give(entry), url_key=entry.url_key, said=entry.said)
            new.append((entry.place, named))
        elif _says_something_else(old, entry.said):
            revised.append(_changed(old, entry, revision=old.revision + 1))
        elif _is_told_differently(old, entry):
            touched.append(_changed(old, entry, revision=old.revision))
        if old is not None and old.cleared and not _says_something_else(old, entry.said):
            restored.append(_changed(old, entry, revision=old.revision))
    new.sort(key=lambda placed: placed[0])
    return Changes(
        new=tuple(named for _, named in new),
        revised=tuple(revised),
        touched=tuple(touched),
        restored=tuple(restored),
        unchanged=len(left_out) + len(recognised) - len(revised) - len(touched),
    )


def address_key(url: str | None) -> str | None:
    """By which an address is recognised, in a store of either engine."""
    return _bounded(text.url_key(url)) if url else None


class _Met:
    """An entry of the document, with what it can be recognised by."""

    __slots__ = ("marks", "place", "said", "url_key")

    def __init__(self, said: ParsedEntry, place: int) -> None:
        self.said = said
        self.place = place
        self.url_key = address_key(said.url)
        self.marks = _Marks(said.guid or None, self.url_key, said.content_key, said.title, said.published)

    def rank(self) -> tuple[datetime, datetime, str, str, str, str]:
        """Oldest first, and total: what ties is equal in all that matters."""
        return (
            self.said.published or _NO_DATE,
            self.said.updated or _NO_DATE,
            self.url_key or "",
            self.said.guid or "",
            self.said.content_key,
            self.said.raw_hash,
        )


@dataclass(frozen=True, slots=True)
class _Marks:
    """What told and stored entries have in common."""

    guid: str | None
    url: str | None
    content: str
    title: str
    published: datetime | None

    @classmethod
    def of(cls, old: KnownEntry) -> _Marks:
        return cls(old.guid, old.url_key, old.content_key, old.title, old.published)


def _said_once(met: Sequence[_Met]) -> list[_Met]:
    """The document, oldest first, without what it says twice; of several tellings the newest counts.

    One guid with one address and date, or with one text, is one entry. Without
    a guid it is one where address, text and date agree, and without an address
    either only where nothing at all differs: a log may say the same every day.
    """
    kept = sorted(met, key=_Met.rank)
    for sameness in (_guid_address_date, _guid_text, _without_guid):
        kept = list({sameness(entry): entry for entry in kept}.values())
    return sorted(kept, key=_Met.rank)


def _guid_address_date(entry: _Met) -> Hashable:
    marks = entry.marks
    return (marks.guid, marks.url, marks.published) if marks.guid and marks.url else id(entry)


def _guid_text(entry: _Met) -> Hashable:
    return (entry.marks.guid, entry.marks.content) if entry.marks.guid else id(entry)


def _without_guid(entry: _Met) -> Hashable:
    marks = entry.marks
    if marks.guid:
        return id(entry)
    return (marks.url, marks.content, marks.published) if marks.url else entry.said.raw_hash


# ── recognising ─────────────────────────────────────────────────────────────

_Key = Callable[[_Marks], Hashable | None]
_Veto = Callable[[_Marks, _Marks], bool]


def _recognise(
    known: Sequence[KnownEntry], met: Sequence[_Met], *, left_out: Sequence[KnownEntry]
) -> dict[int, KnownEntry]:
    """Place in the document → stored entry. Each stored entry is given away once.

    What was left out has been recognised before; it counts only where something is asked to be alone.
    """
    free = {old.id: (_Marks.of(old), old) for old in sorted(known, key=lambda old: old.id)}
    rest = {entry.place: entry for entry in met}
    recognised: dict[int, KnownEntry] = {}
    in_document = [*(entry.marks for entry in met), *(free[old.id][0] for old in left_out)]
    rungs = _rungs(in_document, [marks for marks, _ in free.values()])
    for old in left_out:
        del free[old.id]
    for key, veto in rungs:
        if not rest or not free:
            break
        candidates: dict[Hashable, list[int]] = defaultdict(list)
        for old_id, (marks, _) in reversed(free.items()):
            if (value := key(marks)) is not None:
                candidates[value].append(old_id)
        for entry in list(rest.values()):
            olds = candidates.get(key(entry.marks))
            if olds and not veto(entry.marks, free[olds[-1]][0]):
                recognised[entry.place] = free.pop(olds.pop())[1]
                del rest[entry.place]
    return recognised


def _rungs(met: Sequence[_Marks], known: Sequence[_Marks]) -> Iterator[tuple[_Key, _Veto]]:
    lone_guids = _once(met, known, lambda marks: marks.guid)
    lone_urls = {url for url in _once(met, known, lambda marks: marks.url) if _names_a_page(str(url))}

    def guid_and(*parts: Callable[[_Marks], Hashable | None]) -> _Key:
        def key(marks: _Marks) -> Hashable | None:
            values = tuple(part(marks) for part in (lambda m: m.guid, *parts))
            return None if None in values else values

        return key

    yield guid_and(_url, _content), _never
    yield guid_and(_url, _published), _never
    yield guid_and(_content), _never
    yield (lambda marks: marks.guid if marks.guid in lone_guids else None), _never
    yield guid_and(_url), _dates_differ
    yield guid_and(_title), _never
    yield guid_and(_published), _never
    yield (lambda marks: marks.url if marks.url in lone_urls else None), _is_another_story
    yield (lambda marks: (marks.content, marks.url, marks.published)), _never
    yield (lambda marks: (marks.content, marks.url)), _never
    yield (lambda marks: (marks.content, marks.published) if marks.published else None), _never
    yield _content, _elsewhere_on_another_date


def _once(met: Sequence[_Marks], known: Sequence[_Marks], key: _Key) -> set[Hashable]:
    in_document = Counter(key(marks) for marks in met)
    in_source = Counter(key(marks) for marks in known)
    return {
        value for value, n in in_document.items() if n == 1 and in_source[value] == 1 and value is not None
    }


def _names_a_page(url_key: str) -> bool:
    """Not so a site's front page: entries without a page of their own point there."""
    parts = urlsplit(url_key if "//" in url_key else f"//{url_key}")
    return bool(parts.path.strip("/") or parts.query)


def _url(marks: _Marks) -> str | None:
    return marks.url


def _content(marks: _Marks) -> str:
    return marks.content


def _title(marks: _Marks) -> str | None:
    return marks.title or None


def _published(marks: _Marks) -> datetime | None:
    return marks.published


def _never(_said: _Marks, _old: _Marks) -> bool:
    return False


def _dates_differ(said: _Marks, old: _Marks) -> bool:
    return bool(said.published and old.published and said.published != old.published)


def _elsewhere_on_another_date(said: _Marks, old: _Marks) -> bool:
    return bool(said.url and old.url and said.url != old.url) and _dates_differ(said, old)


def _is_another_story(said: _Marks, old: _Marks) -> bool:
    return (
        bool(said.guid and old.guid and said.guid != old.guid)
        and said.title != old.title
        and said.content != old.content
        and _dates_differ(said, old)
    )


# ── what is different ───────────────────────────────────────────────────────


def _says_something_else(old: KnownEntry, said: ParsedEntry) -> bool:
    """Title, text, authors or language. Another date, tag or markup alone is no revision."""
    return said.raw_hash != old.raw_hash and (
        said.content_key != old.content_key or said.authors != old.authors or said.language != old.language
    )


def _is_told_differently(old: KnownEntry, entry: _Met) -> bool:
    marks = entry.marks
    return (
        entry.said.raw_hash != old.raw_hash
        or marks.guid not in (None, old.guid)
        or marks.url not in (None, old.url_key)
    )


def _changed(old: KnownEntry, entry: _Met, *, revision: int) -> ChangedEntry:
    return ChangedEntry(id=old.id, revision=revision, url_key=entry.url_key, said=entry.said)


# ── naming what is new ──────────────────────────────────────────────────────


class _Identities:
    """Gives each new entry the shortest name that nothing else of its source has."""

    def __init__(self, known: Sequence[KnownEntry]) -> None:
        self._taken = {old.identity for old in known}

    def give(self, entry: _Met) -> str:
        name = next(name for name in _names(entry.marks) if name not in self._taken)
        self._taken.add(name)
        return name


def _names(marks: _Marks) -> Iterator[str]:
    content = f"content:{marks.content}"
    if marks.guid:
        guid = f"guid:{_bounded(marks.guid)}"
        yield guid
        yield f"{guid} {marks.url or content}"
        content = f"{guid} {content}"
    elif marks.url and _names_a_page(marks.url):
        yield f"url:{marks.url}"
    yield content
    n = 2
    while True:  # a name that once was another entry's, whose text has changed since
        yield f"{content} {n}"
        n += 1


def _bounded(key: str | None) -> str | None:
    if key is None or len(key) <= LONGEST_KEY:
        return key
    return f"sha256:{hashlib.sha256(key.encode(errors='surrogatepass')).hexdigest()}"
