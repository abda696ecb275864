"""How much of a source may be quoted: its own limits, else the house's; the whole only by permission."""

from __future__ import annotations

from dataclasses import dataclass

from curator.model import Permission, Source, SourcePolicy
from curator.settings import QuotationSettings

WHOLE = 100  # per cent


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotationPolicy:
    """Most words, and most per cent of the original for what is longer than `free_words`.

    None: no such limit. A permission on record lifts both.
    """

    source_id: int | None = None
    max_words: int | None
    max_share: int | None
    free_words: int = 0
    permission: Permission | None = None

    def most(self, original_words: int | None) -> int | None:
        """How many words may be quoted of an original of this length (None: unknown); None: all of it."""
        if self.permission is not None:
            return None
        by_share = None
        if self.max_share is not None and original_words is not None:
            by_share = max(self.free_words, original_words * self.max_share // WHOLE)
        limits = [limit for limit in (self.max_words, by_share) if limit is not None]
        return min(limits, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class TooLong:
    """A quotation over its limit, with the figures. `limit`: the one that decides, words or share."""

    words: int
    most: int
    limit: str | None  # None: words, and nobody knows of how many
    original: int | None
    share: int | None
    max_share: int | None


def policy_of(source: Source | None, house: QuotationSettings) -> QuotationPolicy:
    """The limits of a source. Those that an editor set go before the house's, which know nothing of it."""
    own = source.policy if source else SourcePolicy()
    max_words = source.max_words if source else None
    is_decided = max_words is not None or own.max_share is not None
    return QuotationPolicy(
        source_id=source.id if source else None,
        max_words=house.max_words if max_words is None else max_words,
        max_share=own.max_share if is_decided else house.max_share,
        free_words=0 if is_decided else house.free_words,
        permission=own.permission,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A quotation beside its limits; `most` None: all of it may be quoted."""

    words: int
    original: int | None
    share: int | None
    most: int | None
    permission: Permission | None


def measured(words: int, policy: QuotationPolicy, *, original_words: int | None) -> Measured:
    return Measured(
        words=words,
        original=original_words,
        share=share_of(words, original_words),
        most=policy.most(original_words),
        permission=policy.permission,
    )


def too_long(words: int, policy: QuotationPolicy, *, original_words: int | None) -> TooLong | None:
    """What is wrong with a quotation of so many words; None: nothing is."""
    most = policy.most(original_words)
    if most is None or words <= most:
        return None
    by_words = policy.max_words is not None and most == policy.max_words
    limit = "words" if by_words else "share"
    return TooLong(
        words=words,
        most=most,
        limit=limit if original_words else None,
        original=original_words,
        share=share_of(words, original_words),
        max_share=policy.max_share,
    )


def share_of(words: int, original_words: int | None) -> int | None:
    """In per cent, rounded up: half a word more than a half is more than a half."""
    if not original_words:
        return None
    return min(WHOLE, -(-words * WHOLE // original_words))
