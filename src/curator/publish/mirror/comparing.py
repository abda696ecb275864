"""What is there, what we left there, and what we want there: whose change is whose.  (pure)"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from curator.model import Mirrored, MirroredRevision, Wanted
from curator.publish.mirror import inert


def text_of(said: Mirrored | MirroredRevision | Wanted) -> str:
    """Fingerprint of title, body and excerpt, to the byte. `modified_gmt` counts seconds, and tags as well:
    a change in the second of ours is seen by what it changed.
    """
    return _digest(said.title, said.content, said.excerpt)


def plain_of(said: Mirrored | Wanted) -> str:
    """The same of the bare words, where a filter there may have taken markup away."""
    return _digest(inert.plain(said.title), inert.plain(said.content), inert.plain(said.excerpt))


def changed_fields(there: Mirrored, wanted: Wanted) -> dict[str, str]:
    """Only what differs is written, so that nobody's change of another field is written over."""
    pairs = {
        "title": (there.title, wanted.title),
        "content": (there.content, wanted.content),
        "excerpt": (there.excerpt, wanted.excerpt),
    }
    return {name: ours for name, (theirs, ours) in pairs.items() if theirs != ours}


def merged(theirs: Collection[int], *, ours: Collection[int], before: Collection[int]) -> tuple[int, ...]:
    """Tags: what we add and take away, in what is there. Nothing that an editor added or removed is lost."""
    kept = set(theirs) - (set(before) - set(ours))
    return tuple(sorted(kept | (set(ours) - set(before))))


def lost_markup(there: Mirrored, wanted: Wanted) -> bool:
    """Whether a filter there took away what says languages and sources."""
    return any(
        there.content.count(sign) < wanted.content.count(sign)
        for sign in (' lang="', ' cite="', ' href="', "<blockquote", "<cite")
    )


def left(there: Mirrored, wanted: Wanted, **more: Any) -> dict[str, Any]:
    """What is remembered of a post as we leave it."""
    return {
        "number": there.number,
        "link": there.link,
        "status": there.status,
        "text": text_of(there),
        "sent": text_of(wanted),
        "lost_markup": lost_markup(there, wanted),
        **more,
    }


def is_ours(there: Mirrored, wanted: Wanted, remote: Mapping[str, Any]) -> bool:
    """Whether title, body and excerpt are as we left them, or as we were about to write them.

    To the byte: a picture or a link that an editor puts in changes none of the words. Of what was made and
    never answered it is not known how it was kept: there the words do, as long as nobody has saved it since.
    """
    if text_of(there) in (remote.get("text"), text_of(wanted), remote.get("asked_text")):
        return True
    if remote.get("text") is None and there.revision is None:
        return plain_of(there) in (plain_of(wanted), remote.get("asked"))
    return has_landed(there, remote.get("fields", {})) and plain_of(there) == remote.get("asked")


def told_again(fields: Mapping[str, Any], there: Mirrored) -> dict[str, list[str | None]]:
    """What is asked to be written of title, body and excerpt, to be known again where no answer came: each
    to the byte, and by its words where these are other than they were.
    """
    told = {}
    for name in TEXTS & fields.keys():
        words, before = (_digest(inert.plain(text)) for text in (fields[name], getattr(there, name)))
        told[name] = [_digest(fields[name]), words if words != before else None]
    return told


def has_landed(there: Mirrored | MirroredRevision, asked: Mapping[str, Sequence[str | None]]) -> bool:
    return bool(asked) and all(
        _digest(said := getattr(there, name)) == text
        or (words is not None and _digest(inert.plain(said)) == words)
        for name, (text, words) in asked.items()
    )


TEXTS = frozenset(("title", "content", "excerpt"))


def _digest(*pieces: str) -> str:
    return hashlib.sha256(json.dumps(pieces).encode()).hexdigest()
