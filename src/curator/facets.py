"""By what readers find an item: its topics, whom it quotes and in which language."""

from __future__ import annotations

from urllib.parse import urlsplit

from curator.model import Facets, PublicItem
from curator.text import one_line, safe_url, untracked, without_credentials


def facets_of(content: PublicItem, *, corrected: bool = False) -> Facets:
    """The first name that each host is quoted under; without an address, an original's publisher stands.

    The same of an item as it is stored and of what pages show of it, which is harmless: a page of
    the item must lead to the pages that there are.
    """
    sources: dict[str, str] = {}
    for attribution in content.attributions:
        name = one_line(attribution.publisher or "")
        if host := _host(attribution.url) or name.casefold():
            sources.setdefault(host, name or host)
    return Facets(
        tags=tuple(tag for tag in map(one_line, content.tags) if tag),
        sources=tuple(sources.items()),
        language=content.excerpt.language if content.excerpt else None,
        copy=content.copy,
        corrected=corrected,
    )


def _host(url: str | None) -> str | None:
    address = safe_url(untracked(without_credentials(url))) if url else None
    host = urlsplit(address).hostname if address else None
    return host.removeprefix("www.") if host else None
