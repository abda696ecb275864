"""What is there, what we left there, and what we want there: whose change is whose.  (pure)"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any

from curator.model import Mirrored, MirroredRevision, Wanted
from curator.publish.mirror import inert


def text_of(said: Mirrored | MirroredRevision | Wanted) -> str:
    """Fingerprint of title, body and excerpt, to the byte. `modified_gmt` counts seconds, and tags as well:
    a change in the second of ours is seen by what it changed.
    """
    return _digest(said.title, said.content, said.excerpt)


def plain_of(said: Mirrored | Wanted) -> str:
    """The same of the bare words: what a role's filter leaves of our HTML is still ours."""
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
        "slug": there.slug,
        "link": there.link,
        "status": there.status,
        "modified": there.modified.isoformat() if there.modified else None,
        "text": text_of(there),
        "sent": text_of(wanted),
        "plain": plain_of(wanted),
        "revision": there.revision,
        "lost_markup": lost_markup(there, wanted),
        **more,
    }


def is_ours(there: Mirrored, wanted: Wanted, remote: Mapping[str, Any]) -> bool:
    """Whether title, body and excerpt are as we left them, or as we were about to write them."""
    if text_of(there) == remote.get("text"):
        return True
    return plain_of(there) in (plain_of(wanted), remote.get("asked"))


def told_again(fields: Mapping[str, Any]) -> dict[str, str]:
    """What is asked to be written of title, body and excerpt, to be known again where no answer came."""
    return {name: _digest(inert.plain(fields[name])) for name in _TEXTS if name in fields}


def has_landed(there: Mirrored, asked: Mapping[str, str]) -> bool:
    said = {"title": there.title, "content": there.content, "excerpt": there.excerpt}
    return bool(asked) and all(_digest(inert.plain(said[name])) == told for name, told in asked.items())


_TEXTS = ("title", "content", "excerpt")


def _digest(*pieces: str) -> str:
    return hashlib.sha256(json.dumps(pieces).encode()).hexdigest()
