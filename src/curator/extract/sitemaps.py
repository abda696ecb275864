"""What looks like a sitemap, before anybody reads it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_GZIP = b"\x1f\x8b"
_ROOT = re.compile(rb"<(?:[A-Za-z][\w.-]*:)?(?:urlset|sitemapindex)\b")
_START = 4_000


def looks_like_sitemap(body: bytes, *, url: str) -> bool:
    """By content; a mere list of addresses only where the address says so too.

    A packed file can be nothing else: a feed is packed on its way, if at all.
    """
    path = urlsplit(url).path.lower()
    if body.startswith(_GZIP) or _ROOT.search(body[:_START]):
        return True
    return path.endswith(".txt") and body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"http://", b"https://"))
