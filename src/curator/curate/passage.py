"""From what a source said to the passage that is quoted."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Sequence
from dataclasses import replace

from lxml.html import fragment_fromstring, tostring

from curator import text
from curator.errors import BadInput
from curator.model import Article, Entry, Excerpt, Lang, Page, SafeHtml, Source

_MARKUP = re.compile(
    r"<(?:p|br|ul|ol|li|dl|blockquote|h[1-6]|em|strong|b|i|a|q|pre|table|figure)\b", re.IGNORECASE
)


def reading(entry: Entry, page: Page | None) -> Entry:
    """The entry with the text that is quoted from: its page's, where that says more than the feed does.

    What the feed says of it stays; what the feed leaves open, its page may say. What is no part of
    the text – share bars, comment forms, captions that are file names – is left out.
    """
    said = text.trimmed(entry.html)
    if page is None:
        return replace(entry, html=said.html, goes_on=said.goes_on)
    article = page.article
    fuller = len(text.plain(article.html).split()) > len(text.plain(entry.html).split())
    quoted = text.trimmed(article.html) if fuller else said
    return replace(
        entry,
        html=quoted.html,
        goes_on=quoted.goes_on,
        url=entry.url or article.url,
        title=_title(entry, article),
        authors=entry.authors or article.authors,
        language=entry.language or article.language,
        published=entry.published or article.published,
        image=entry.image or article.image,
        license=entry.license or article.license,
    )


def _title(entry: Entry, article: Article) -> str:
    """A sitemap has no titles: the words of the address do until the page has been read."""
    is_makeshift = bool(entry.url) and entry.title == text.address_words(entry.url or "")
    return (article.title if is_makeshift else None) or entry.title or article.title or ""


def opening(entry: Entry, source: Source, *, words: int) -> Excerpt | None:
    """The excerpt a claimed item starts with: its first sentences, up to `words`."""
    html, truncated = text.excerpt(entry.html, max_words=words)
    if not text.plain(html).strip():
        return None
    return _excerpt(html, entry, source, truncated=truncated or entry.goes_on, language=None)


def typed(words: str, entry: Entry | None, source: Source | None, *, language: Lang | None) -> Excerpt:
    """An excerpt as an editor typed or pasted it: plain paragraphs, or HTML, which is cleaned."""
    base = entry.url if entry and entry.url else "about:blank"
    html = text.clean(words if _MARKUP.search(words) else _as_html(words), base_url=base)
    if not text.plain(html).strip():
        raise BadInput("excerpt_empty")
    return _excerpt(html, entry, source, truncated=None, language=language)


def chosen(numbers: str, entry: Entry, source: Source, *, language: Lang | None) -> Excerpt:
    """The paragraphs of the entry that `numbers` names: `3`, `2-4` or `1,3-5`, counted from 1."""
    blocks = paragraphs(entry.html)
    picked: list[str] = []
    last = 0
    for number in _numbers(numbers, most=len(blocks)):
        if last and number != last + 1:
            picked.append("<p>[…]</p>")  # what is left out is said, or the quotation would not be verbatim
        picked.append(blocks[number - 1])
        last = number
    return _excerpt(SafeHtml("".join(picked)), entry, source, truncated=None, language=language)


def paragraphs(html: SafeHtml) -> list[SafeHtml]:
    """The blocks of a text as `show --entry` numbers them; each is balanced HTML."""
    if not html.strip():
        return []
    root = fragment_fromstring(html, create_parent="div")
    while len(root) == 1 and root[0].tag in ("div", "section", "article") and not (root.text or "").strip():
        root = root[0]
    blocks: list[str] = []
    loose = entities.escape(root.text or "", quote=False)
    for child in root:
        tail, child.tail = child.tail or "", None
        markup = tostring(child, encoding="unicode")
        if child.tag in _INLINE:
            loose += markup
        else:
            blocks += [f"<p>{loose.strip()}</p>", markup]
            loose = ""
        loose += entities.escape(tail, quote=False)
    blocks.append(f"<p>{loose.strip()}</p>")
    return [SafeHtml(block) for block in blocks if text.plain(SafeHtml(block)).strip()]


_INLINE = frozenset(
    "a abbr b br cite code del em i img ins mark q s small span strong sub sup time u".split()
)


def in_words(block: SafeHtml) -> str:
    """A block as plain text, for a terminal."""
    return text.plain(block).strip()


def _excerpt(
    html: SafeHtml,
    entry: Entry | None,
    source: Source | None,
    *,
    truncated: bool | None,
    language: Lang | None,
) -> Excerpt:
    words = text.plain(html)
    if truncated is None:
        whole = text.normalised(text.plain(entry.html)) if entry else ""
        truncated = len(text.normalised(words)) < len(whole) or bool(entry and entry.goes_on)
    declared = (entry.language if entry else None) or (source.language if source else None)
    return Excerpt(
        html=html,
        text=words,
        language=language or text.language_of(words, declared=declared),
        truncated=truncated,
    )


def _as_html(words: str) -> str:
    paragraphs = re.split(r"\n[ \t]*\n+", words.replace("\r\n", "\n").strip())
    return "".join(
        f"<p>{entities.escape(p.strip(), quote=False).replace(chr(10), '<br>')}</p>"
        for p in paragraphs
        if p.strip()
    )


def _numbers(numbers: str, *, most: int) -> Sequence[int]:
    picked: list[int] = []
    for part in numbers.replace(" ", "").split(","):
        found = re.fullmatch(r"(\d{1,6})(?:[-–](\d{1,6}))?", part)
        if found is None:
            raise BadInput("paragraphs_invalid", given=numbers)
        first, last = int(found[1]), int(found[2] or found[1])
        if not 1 <= first <= last <= most:
            raise BadInput("paragraphs_out_of_range", given=numbers, most=most)
        picked += range(first, last + 1)
    return picked
