"""A page that is in no feed → an entry, and an item in the queue for whoever clipped it.

Its source is the one that is followed on that site; else the site itself, which
is followed by nobody and listed nowhere, but may have limits and permissions.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from curator.errors import FetchFailed
from curator.extract.bylines import signed
from curator.fetch import Web
from curator.ingest.articles import ask
from curator.ingest.following import usable_url
from curator.ingest.reconcile import address_key, reconcile
from curator.model import Article, Gone, ParsedEntry, Problem, Source, Unreadable
from curator.ports import Readers
from curator.store import Store, Transaction
from curator.text import as_html, clean_text, fingerprint, plain, without_credentials


class Clipped(NamedTuple):
    """`is_new`: there was no item of this page before."""

    item_id: int
    is_new: bool


_PAGE = re.compile(r"\s*(?:<\?xml\b[^>]*>\s*)?(?:<!doctype\s+html|<html\b)", re.IGNORECASE)
_LONGEST_TITLE = 200
_NO_TITLE = (".", ":", ";", ",", "”", "»", '"')


def clip(
    store: Store, web: Web, readers: Readers, *, url: str, saved: str | None = None, now: datetime
) -> Clipped:
    """The page's item; where there is one already the page is not asked for.

    `saved`: what somebody kept of a page that refuses to be read; nobody is asked then, and a known item
    can be quoted from it. Raises FetchFailed with the reason in `problems`.
    """
    address = usable_url(url)
    with store.read() as tx:
        _, known = _known(tx, address)
    if known is not None and saved is None:
        return Clipped(known, is_new=False)
    if saved is None:
        article = _fetched(web, readers, address, now=now)
    else:
        article = _kept(readers, saved, url=address)
    article = replace(article, url=without_credentials(article.url))
    with store.begin() as tx:
        tx.serialise("clip")
        return _stored(tx, article, asked=address, now=now)


def _known(tx: Transaction, *urls: str) -> tuple[int | None, int | None]:
    """The entry at one of these addresses, one with an item first of all, and its item."""
    entry_ids = tx.entries.at(map(address_key, urls))
    items = tx.items.of_entries(entry_ids)
    entry_id = next((each for each in entry_ids if each in items), next(iter(entry_ids), None))
    return entry_id, None if entry_id is None else items.get(entry_id)


def _fetched(web: Web, readers: Readers, url: str, *, now: datetime) -> Article:
    found = ask(web, readers, url, now=now)
    if isinstance(found, Article):
        return found
    code, data = ("fetch_gone", {"url": url}) if isinstance(found, Gone) else (found.code, found.data)
    raise FetchFailed("clip_refused", url=url, problems=(Problem(code=code, data={**data, "limit": "clip"}),))


def _kept(readers: Readers, saved: str, *, url: str) -> Article:
    """A page as a browser keeps it, or its text: a title with an empty line after it, perhaps a byline."""
    if _PAGE.match(saved):
        page = saved.encode()
        read = readers.article(page, content_type="text/html; charset=utf-8", url=url, was_let_in=True)
        if isinstance(read, Unreadable):
            problem = Problem(code=read.code, data=read.data)
            raise FetchFailed("clip_page_unreadable", url=url, problems=(problem,))
        return replace(read, url=url)
    words = clean_text(saved.replace("\r\n", "\n")).strip()
    title, rest = _titled(words)
    line, _, after = rest.strip().partition("\n")
    authors = signed([line.strip()])
    html = as_html(after if authors else rest)
    if not plain(html):
        raise FetchFailed("clip_file_empty", url=url)
    return Article(url=url, title=title, html=html, authors=authors)


def _titled(words: str) -> tuple[str | None, str]:
    first, _, rest = words.partition("\n")
    title = first.lstrip("# ").strip()
    stands_alone = rest[:1] == "\n" or first.startswith("# ")
    if stands_alone and 0 < len(title) <= _LONGEST_TITLE and not title.endswith(_NO_TITLE):
        return title, rest
    return None, words


def _stored(tx: Transaction, article: Article, *, asked: str, now: datetime) -> Clipped:
    """As an entry of its source, with the page beside it as fetched pages are kept."""
    entry_id, _ = _known(tx, asked, article.url)
    if entry_id is None:
        source = _source_of(tx, article, now=now)
        changes = reconcile(tx.entries.known([source.id])[source.id], [_entry(article)])
        added = tx.entries.apply({source.id: changes}, now=now)[source.id]
        entry_id = next(iter(added.values()), None) or tx.entries.at([address_key(article.url)])[0]
    tx.pages.add(entry_id, article, now=now)
    is_new = not tx.items.of_entries([entry_id])  # the page may only have moved
    item_id = tx.items.enqueue_all({entry_id: min(article.published or now, now)}, now=now)[entry_id]
    return Clipped(item_id, is_new=is_new)


def _entry(article: Article) -> ParsedEntry:
    key = fingerprint(article.title, plain(article.html))
    return ParsedEntry(
        guid=None,
        url=article.url,
        title=article.title or "",
        html=article.html,
        authors=article.authors,
        language=article.language,
        published=article.published,
        updated=None,
        tags=(),
        image=article.image,
        raw_hash=key,
        content_key=key,
        license=article.license,
    )


def _source_of(tx: Transaction, article: Article, *, now: datetime) -> Source:
    """The source that is followed at this site, or in this part of it: a host may be home to many blogs."""
    host, path = _place(article.url)
    _, sources = tx.sources.find(limit=None)
    near = []
    for source in sources:
        home, part = _place(source.home_url or "")
        if home == host and f"{path}/".startswith(f"{part}/".replace("//", "/")):
            near.append((-len(part), source.id, source))
    if near:
        return min(near)[2]
    return tx.sources.site(
        f"{urlsplit(article.url).scheme}://{urlsplit(article.url).netloc}/",
        name=article.publisher or host,
        now=now,
    )


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return (parts.hostname or "").removeprefix("www."), parts.path.rstrip("/")
