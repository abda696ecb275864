"""Well-formed RSS 2.0 and Atom 1.0 → StatedFeed, in feedparser's words and at a fortieth of its cost.

feedparser's reading is the reference: `read` gives what `lenient.read` would
give, or None where that is not certain, and then feedparser reads. So every
list here is of what is understood; whatever is not on it declines the whole
document. The XML parser is expat, the one beneath feedparser, which keeps what
is well-formed the same for both; a document with a document type is declined
before it is parsed, so that there are no entities to expand.

tests/corpus and tests/properties compare both, field by field.
"""

from __future__ import annotations

from curator.ingest.feeds.stated import StatedFeed
from curator.ingest.feeds.strict.opening import Declined, decoded, parsed
from curator.ingest.feeds.strict.words import Document

__all__ = ["as_utf8", "read"]


def read(body: bytes, *, content_type: str, url: str) -> StatedFeed | None:
    try:
        root, names = parsed(decoded(body, content_type))
        return Document(names).feed(root, url=url)
    except Declined:
        return None


def as_utf8(body: bytes, content_type: str) -> bytes | None:
    """The document without its declaration, decoded as feedparser would; None if it has a document type."""
    try:
        return decoded(body, content_type)
    except Declined:
        return None
