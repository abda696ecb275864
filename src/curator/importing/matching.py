"""Which originals are one post: by its ids, its addresses, or its title and how it goes on. Pure.

The same post stands in listings, on its page, in feeds and in exports; each says it in other words.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

from curator import merging
from curator.model import Access, Form, Image, Imported, Original, Problem, Recovered
from curator.text import normalised, safe_url, url_key

_url_key = lru_cache(maxsize=1024)(url_key)  # each address of a post is asked about several times
BEGINNING = 8
"""Words of its text that a post is looked up by; one that has fewer is known by ids and addresses only."""
_COMPARED = 25  # words that must be the same, as far as both texts go
_ALIKE = 0.85  # of all words that both could share: an old copy of a post differs in some
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One original, what was made of it, and by which keys it is met again.

    `slot` is this very telling of it; `ids` are what no other post has; `beginning` is shared by posts
    that may be the same. `n`: its number among all that were read.
    """

    n: int
    imported: Imported
    raw: str
    raw_hash: str
    slot: str
    ids: tuple[str, ...]
    beginning: str | None
    addresses: tuple[str, ...]
    blog: str | None

    @classmethod
    def of_known(cls, imported: Imported, *, raw_hash: str) -> Told:
        """One that is kept already, to be compared; the store has what its document said."""
        return cls(
            n=0,
            imported=imported,
            raw="",
            raw_hash=raw_hash,
            slot=imported.key,
            ids=(),
            beginning=None,
            addresses=(),
            blog=None,
        )

    @property
    def keys(self) -> tuple[str, ...]:
        """All of them, each once."""
        return tuple(dict.fromkeys((self.slot, *self.ids, *((self.beginning,) if self.beginning else ()))))

    def order(self) -> tuple[object, ...]:
        """The best first, whatever was read first; of two versions in one form the newer."""
        one = self.imported
        return (*rank(one), self.raw_hash)


def storable(original: Original, *, now: datetime) -> Original:
    """As both engines can keep it: PostgreSQL takes no NUL, and half of a pair is no character.

    Of a date that no post of a blog can have a doubt is left.
    """
    number, published, problems = original.number, original.published, original.problems
    if published is not None and not _can_be(published, now):
        data = {"stated": published.date().isoformat(), "limit": "impossible"}
        problems = (*problems, Problem(code="import_date_doubtful", field="published", data=data))
        published = None
    return replace(
        original,
        **{name: _storable(getattr(original, name)) for name in _WORDS},
        addresses=tuple(map(_storable, original.addresses)),
        tags=tuple(_composed(tag) for tag in original.tags),
        image=original.image and _image(original.image),
        number=number if number and 0 < number < _MOST else None,
        published=published,
        updated=original.updated if original.updated and _can_be(original.updated, now) else None,
        problems=problems,
    )


_MOST = 2**63  # what a column takes; WordPress counts as far
_FIRST = datetime(1990, 1, 1, tzinfo=UTC)  # before the web was, nothing came out on it
_AHEAD = timedelta(days=1)  # clocks and zones differ


def _can_be(moment: datetime, now: datetime) -> bool:
    return _FIRST <= moment <= now + _AHEAD


_Words = TypeVar("_Words", str, str | None)
_WORDS = ("key", "place", "title", "html", "raw", "guid", "permalink", "blog", "author")


def _storable(words: _Words) -> _Words:
    if words is None or (words.isascii() and "\0" not in words):
        return words
    return words.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _composed(words: str) -> str:
    """In NFC: copies from some systems spell `è` as two characters, and are the same words."""
    return unicodedata.normalize("NFC", _storable(words))


def _image(image: Image) -> Image:
    """Its address is left as it is: a server may know a file by these very letters."""
    said: dict[str, Any] = {
        field.name: _composed(value)
        for field in fields(image)
        if isinstance(value := getattr(image, field.name), str)
    }
    return replace(image, **said | {"url": _storable(image.url)})


def told_of(original: Original, recovered: Recovered, *, n: int, now: datetime) -> Told:
    """An original (storable) as it is kept and compared."""
    imported = Imported(
        id=0,
        item_id=0,
        form=original.form,
        key=slot_of(original),
        place=original.place,
        at=now,
        recovered=recovered,
        permalink=original.permalink,
        guid=None if _is_front(original.guid) else original.guid,
        number=original.number,
        published=original.published,
        updated=original.updated,
        access=original.access,
        whole=original.whole,
    )
    return Told(
        n=n,
        imported=imported,
        raw=original.raw,
        raw_hash=raw_hash_of(original),
        slot=imported.key,
        ids=tuple(dict.fromkeys(_ids(original))),
        beginning=beginning(recovered),
        addresses=tuple(dict.fromkeys(_old_addresses(original))),
        blog=original.blog,
    )


def slot_of(original: Original) -> str:
    """What this very telling of a post is known by: never that of two posts that share their key."""
    own = (original.number or "", _address_key(original.permalink) or "", original.guid or "")
    if not (original.number or own[1]) and _is_front(original.key):
        own = (*own[:2], original.title)
    return _hashed("slot", original.form, str(original.whole), original.key, *map(str, own))


def _is_front(address: str | None) -> bool:
    """Whether it is a whole site, which is no post."""
    return safe_url(address) is not None and _address_key(address) is None


def raw_hash_of(original: Original) -> str:
    return hashlib.sha256(original.raw.encode()).hexdigest()


def rank(one: Imported) -> tuple[object, ...]:
    """What is public, whole and newest comes first, then what says more."""
    age = -one.updated.timestamp() if one.updated else 0.0
    return one.access is Access.DRAFT, list(Form).index(one.form), not one.whole, age


def beginning(recovered: Recovered) -> str | None:
    """Title and first words, folded; None where there is too little to tell a post by."""
    title, words = folded_words(recovered.headline), folded_words(recovered.note or "")
    if len(words) < BEGINNING:  # the excerpt is many words to fold
        words = words_of(recovered)
    if not title or len(words) < BEGINNING:
        return None
    return _hashed("begins", *title, "", *words[:BEGINNING])


def words_of(recovered: Recovered) -> list[str]:
    """Note and excerpt, folded."""
    return folded_words(recovered.note or "") + folded_words(
        recovered.excerpt.text if recovered.excerpt else ""
    )


def folded_words(words: str) -> list[str]:
    """Without typography, capitals and signs."""
    return _WORD.findall(unicodedata.normalize("NFKC", normalised(words)).casefold())


def same_post(one: Imported, other: Imported) -> bool:
    """Whether two of the same title and beginning go on alike, or the one is how the other begins."""
    short, long = sorted((words_of(one.recovered), words_of(other.recovered)), key=len)
    if len(short) > BEGINNING and not (one.whole and other.whole):
        short = short[:-1]  # a teaser may end within a word
    compared = min(len(short), _COMPARED)
    if compared < BEGINNING or short[:compared] != long[:compared]:
        return False
    shared = Counter(short) & Counter(long[: len(short) + _COMPARED])
    return shared.total() >= _ALIKE * len(short)


def is_another(one: Imported, other: Imported) -> bool:
    """Whether their blog itself says that these are two posts, however alike they are."""
    mine, theirs = _lasting(one.permalink), _lasting(other.permalink)
    if mine and theirs and mine != theirs:
        return mine.partition("/")[0] == theirs.partition("/")[0]
    if one.form is other.form and one.guid and other.guid:
        return one.guid != other.guid
    return False


def are_two(one: Imported, other: Imported) -> bool:
    """Whether they share an id by mistake: their blog tells two posts apart, and so do title and text.

    Exports that were brought into another blog keep ids that it gives to other posts, too.
    """
    if one.number and one.number == other.number:
        return False
    differ = bool(one.number and other.number)
    if one.form is other.form:
        differ |= is_another(one, other) or bool(one.guid and other.guid and one.guid != other.guid)
    return differ and not (
        folded_words(one.recovered.headline) == folded_words(other.recovered.headline)
        or same_post(one, other)
    )


def _lasting(permalink: str | None) -> str | None:
    """`?p=12` is another way to the same page."""
    key = _url_key(permalink)
    return key if key and "?" not in key and "/" in key else None


def _ids(original: Original) -> Iterator[str]:
    if original.guid and not _is_front(original.guid):
        yield _address_key(original.guid) or _hashed("guid", original.guid)
    for address in (original.permalink, *original.addresses, _numbered(original)):
        if key := _address_key(address):
            yield key


def _address_key(address: str | None) -> str | None:
    """None for what is no address, or is a whole site."""
    key = _url_key(safe_url(address))
    if key is None or not ("/" in key or "?" in key):
        return None
    return _hashed("at", key)


def _numbered(original: Original) -> str | None:
    """WordPress answers this for every post, under whatever address it has: https://blog.example/?p=12."""
    if original.blog is None or original.number is None:
        return None
    return f"{original.blog.rstrip('/')}/?p={original.number}"


def _old_addresses(original: Original) -> Iterator[str]:
    """All by which readers may come; of other sites none."""
    home = urlsplit(_url_key(original.blog or original.permalink) or "").path.partition("/")[0]
    for address in (original.permalink, *original.addresses, original.guid, _numbered(original)):
        key = _url_key(safe_url(address))
        if address and key and ("/" in key or "?" in key) and re.split(r"[/?]", key)[0] == home:
            yield address


def _hashed(kind: str, *parts: str) -> str:
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return f"{kind}:{digest[:40]}"


def newest(several: Sequence[Told]) -> Told:
    """Of several versions of one telling the one to go by."""
    return min(several, key=Told.order)


# ── pages: a listing, a post's own page and an archive may each leave something out ──

_SPARE = frozenset((Form.PAGE, Form.PLAIN))


def united(several: Iterable[Told]) -> list[Told]:
    """Versions of one telling, each once; pages that do not contradict each other are one."""
    found: list[Told] = []
    for one in sorted(several, key=Told.order):
        for n, other in enumerate(found):
            if agree(one.imported, other.imported):
                found[n] = replace(other, imported=completed(other.imported, one.imported))
                break
        else:
            found.append(one)
    return found


def agree(one: Imported, other: Imported) -> bool:
    """Whether the same is said, or as much of it as each document shows."""
    alike = merging.compatible if one.form in _SPARE else merging.same
    return alike(one.recovered, other.recovered)


def completed(one: Imported, other: Imported) -> Imported:
    """The first with what only the other knows, or knows more exactly."""
    published = [each for each in (one.published, other.published) if each]
    mine, theirs = one.recovered, other.recovered
    more = any(getattr(theirs, name) and not getattr(mine, name) for name in merging.SAID)
    return replace(
        one,
        recovered=merging.merged([one, replace(other, key=one.key)]) if more else mine,
        permalink=one.permalink or other.permalink,
        guid=one.guid or other.guid,
        published=min(published, key=_vague, default=None),
        updated=max((each for each in (one.updated, other.updated) if each), default=None),
    )


def _vague(moment: datetime) -> tuple[bool, datetime]:
    """A day alone, as some pages say it, tells less than a moment."""
    return moment.minute == moment.second == 0, moment
