"""From what a source said to the passage that is quoted."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from lxml.html import fragment_fromstring, tostring

from curator import rights, text
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
        image=rights.completed(entry.image, article.image),
        license=entry.license or article.license,
    )


def furnished(entry: Entry, page: Page | None) -> Entry:
    """The same with all that stands around the text: there a post may say what it is about."""
    read = reading(entry, page)
    htmls = (entry.html, page.article.html) if page else (entry.html,)
    quoted = next((html for html in htmls if text.trimmed(html).html == read.html), read.html)
    return replace(read, html=quoted)


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
    """An excerpt as an editor typed or pasted it: plain paragraphs, or HTML, which is cleaned.

    Plain words that stand so in the entry bring their markup along: lists, headings, emphasis.
    """
    base = entry.url if entry and entry.url else "about:blank"
    if _MARKUP.search(words):
        html = text.without_captions(text.clean(words, base_url=base))
    else:
        found = _found(words, text.without_captions(entry.html)) if entry else None
        html = found or text.clean(_as_html(words), base_url=base)
    if not any(letter.isalnum() for letter in text.plain(html)):
        raise BadInput("excerpt_empty")
    return _excerpt(html, entry, source, truncated=None, language=language)


def _found(words: str, html: SafeHtml) -> SafeHtml | None:
    """The parts of the text that these are, with […] between them where the editor left something out."""
    parts = [part for part in _OMITTED.split(words) if part.strip()]
    found = [text.located(html, part) for part in parts]
    if not parts or any(part is None for part in found):
        return None
    return SafeHtml(_OMISSION.join(part for part in found if part))


_OMITTED = re.compile(r"(?:^|\n)[ \t]*[\[(][ \t]*(?:…|\.\.\.)[ \t]*[\])][ \t]*(?=\n|\Z)")
_OMISSION = "<p>[…]</p>"  # what is left out is said, or the quotation would not be verbatim


def chosen(picked: str, entry: Entry, source: Source, *, language: Lang | None) -> Excerpt:
    """What of the entry `picked` names: paragraphs `3`, `2-4` or `1,3-5`, sentences `2.1-3.2`, or `all`.

    Both are counted from 1, sentences within their paragraph.
    """
    blocks = paragraphs(entry.html)
    parts: list[str] = []
    last: _Spot | None = None
    for first, end in _spans(picked, blocks):
        if last is not None and not _adjoining(last, first, blocks):
            parts.append(_OMISSION)
        parts += _between(first, end, blocks)
        last = end
    return _excerpt(SafeHtml("".join(parts)), entry, source, truncated=None, language=language)


class _Spot(NamedTuple):
    """A sentence of a paragraph, both from 1."""

    paragraph: int
    sentence: int


def _spans(picked: str, blocks: Sequence[SafeHtml]) -> Iterator[tuple[_Spot, _Spot]]:
    for part in picked.replace(" ", "").lower().split(","):
        if part == ALL and blocks:
            yield _Spot(1, 1), _Spot(len(blocks), _count(blocks[-1]))
            continue
        found = _PICKED.fullmatch(part)
        if found is None:
            raise BadInput("paragraphs_invalid", given=picked)
        begins, begin_sentence, ends, end_sentence = (
            None if each is None else int(each) for each in found.groups()
        )
        first, last = begins or 0, (begins if ends is None else ends) or 0
        if not 1 <= first <= last <= len(blocks):
            raise BadInput("paragraphs_out_of_range", given=picked, most=len(blocks))
        alone = end_sentence if ends is not None else begin_sentence
        start = _Spot(first, begin_sentence or 1)
        end = _Spot(last, _count(blocks[last - 1]) if alone is None else alone)
        for spot in (start, end):
            if not 1 <= spot.sentence <= (most := _count(blocks[spot.paragraph - 1])):
                raise BadInput("sentences_out_of_range", given=picked, paragraph=spot.paragraph, most=most)
        if start > end:
            raise BadInput("paragraphs_invalid", given=picked)
        yield start, end


ALL = "all"
OPENING = "opening"
"""For `write --paragraphs`: the whole entry; its first sentences, as many as may be quoted."""
_PICKED = re.compile(r"(\d{1,6})(?:\.(\d{1,6}))?(?:[-–](\d{1,6})(?:\.(\d{1,6}))?)?")


def _count(block: SafeHtml) -> int:
    return len(text.sentences_of(block)) or 1


def _adjoining(one: _Spot, other: _Spot, blocks: Sequence[SafeHtml]) -> bool:
    if one.paragraph == other.paragraph:
        return other.sentence == one.sentence + 1
    is_last = one.sentence == _count(blocks[one.paragraph - 1])
    return is_last and other == _Spot(one.paragraph + 1, 1)


def _between(first: _Spot, last: _Spot, blocks: Sequence[SafeHtml]) -> Iterator[SafeHtml]:
    for number in range(first.paragraph, last.paragraph + 1):
        block = blocks[number - 1]
        begins = first.sentence if number == first.paragraph else 1
        ends = last.sentence if number == last.paragraph else _count(block)
        is_whole = begins == 1 and ends == _count(block)
        yield block if is_whole else text.portion(block, begins, ends)


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


def sentences(block: SafeHtml) -> list[SafeHtml]:
    """The sentences of a block, as `2.1` names the first one of the second paragraph."""
    return text.sentences_of(block)


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
