"""One original → the fields of an item. One anatomy for all forms in which a post may be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from unicodedata import normalize

from curator.importing.anatomy import ending, languages, note, pictures, sources
from curator.importing.anatomy.blocks import Block, Kind, blocks_of, links, written
from curator.importing.house import House
from curator.mastheads import host_of
from curator.model import (
    UNKNOWN_LANGUAGE,
    Confidence,
    Excerpt,
    Lang,
    Original,
    Problem,
    Recovered,
)
from curator.text import one_line, plain, trimmed, url_key

_MOST_COMMENT_WORDS = 20  # below a comment form; more may be of the post after all
_FEWEST = 12  # words of a paragraph that counts
_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Dissected:
    """What was made of a post, and the words of its body that are in no field because they are furniture."""

    recovered: Recovered
    furniture: tuple[str, ...]


def recover(original: Original, *, house: House) -> Recovered:
    """What this post says, field by field; what nobody says stays None, what is unsure is a doubt."""
    return dissect(original, house=house).recovered


def dissect(original: Original, *, house: House) -> Dissected:
    """The same, with the words that were left out."""
    base_url = original.permalink or original.blog
    original = _composed(original)
    headline = one_line(original.title)
    own_hosts = _own(original, house)
    whole = blocks_of(original.html, base_url=base_url)
    ended = ending.cut(whole, title=headline, house=house, own_hosts=own_hosts)
    told = pictures.recognised(ended.blocks)
    credited = sources.credited(told, title=headline, house=house, own_hosts=own_hosts)
    unsigned, signed = ending.without_signature(credited.blocks, house=house)
    label = note.place(unsigned, house=house)
    told = pictures.guessed(unsigned, label=label, featured=original.image)
    goes_on = (
        ended.goes_on or not original.whole or ending.ends_at_mark(original.html, title=headline, house=house)
    )
    noted = note.taken(told, house=house, goes_on=goes_on, sourced=bool(credited.attributions))
    pictured = pictures.collected(noted.blocks, featured=original.image, base_url=base_url)
    unmarked, is_cut = ending.without_mark(pictured.blocks)
    quoted = _quoted(unmarked, truncated=goes_on or is_cut, base_url=base_url)
    doubts = (
        *original.problems,
        *_of_headline(headline, house),
        *noted.doubts,
        *_links_lost(noted, credited),
        *pictured.doubts,
        *(quoted.doubts),
        *_of_own_words(unmarked, house),
        *_apart(unmarked, told, note.place(told, house=house)),
        *_apart(unmarked, credited.blocks, credited.at),
        *credited.doubts,
        *_of_licences(credited),
        *_of_picture(pictured),
        *_of_comments(ended),
        *([Problem(code="import_date_missing", field="published")] if original.published is None else []),
    )
    recovered = Recovered(
        headline=headline,
        language=quoted.excerpt.language if quoted.excerpt else UNKNOWN_LANGUAGE,
        note=noted.note,
        excerpt=quoted.excerpt,
        attributions=credited.attributions,
        image=pictured.image,
        lost_picture=pictured.lost,
        tags=original.tags,
        author=original.author,
        confidence={
            "headline": _if(bool(headline)),
            "note": noted.confidence,
            "excerpt": quoted.confidence,
            "language": quoted.language_confidence,
            "attributions": credited.confidence,
            "image": _of_image(pictured),
            "tags": _if(bool(original.tags)),
            "published": _if(original.published is not None),
            "author": _if(original.author is not None),
        },
        doubts=doubts,
    )
    furniture = (
        *ended.furniture,
        *credited.said,
        *signed,
        *noted.said,
        *pictured.said,
        *quoted.furniture,
    )
    return Dissected(recovered=recovered, furniture=tuple(filter(None, furniture)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Quoted:
    excerpt: Excerpt | None
    confidence: Confidence
    language_confidence: Confidence
    furniture: tuple[str, ...] = ()
    doubts: tuple[Problem, ...] = ()


def _quoted(blocks: Sequence[Block], *, truncated: bool, base_url: str | None) -> _Quoted:
    """The quotation, each block of it in its language, without what cleaning finds beside it."""
    spoken, sure = languages.excerpt_language(blocks)
    whole, others = languages.marked(blocks, spoken)
    cleaned = written(whole, base_url=base_url)
    alone = trimmed(cleaned)
    text = plain(alone.html)
    if not text:
        return _Quoted(
            excerpt=None,
            confidence=Confidence.MISSING,
            language_confidence=Confidence.MISSING,
            furniture=(plain(cleaned),),
        )
    doubts = _mixed(others, spoken)
    if sure is Confidence.DOUBTFUL:
        doubts.append(Problem(code="import_language_doubtful", field="language", data={"language": spoken}))
    furniture = (plain(cleaned),) if alone.html != cleaned else ()
    return _Quoted(
        excerpt=Excerpt(html=alone.html, text=text, language=spoken, truncated=truncated or alone.goes_on),
        confidence=Confidence.SURE if not others else Confidence.LIKELY,
        language_confidence=sure,
        furniture=furniture,
        doubts=tuple(doubts),
    )


def _composed(original: Original) -> Original:
    """In NFC: copies from some systems spell `è` as two characters, and are the same words."""
    html, title = normalize("NFC", original.html), normalize("NFC", original.title)
    if html == original.html and title == original.title:
        return original
    return replace(original, html=html, title=title)


def _own(original: Original, house: House) -> frozenset[str]:
    """Where the blog itself stands; links there credit nobody."""
    urls = (original.permalink, original.blog, original.guid, *original.addresses)
    return frozenset(filter(None, (*map(host_of, urls), *house.hosts)))


def _if(known: bool) -> Confidence:  # noqa: FBT001  one word, read beside its field
    return Confidence.SURE if known else Confidence.MISSING


# ── what an editor should see ──


def _of_headline(headline: str, house: House) -> list[Problem]:
    """A headline in another language than the edition's."""
    if not headline:
        return []
    language = languages.headline_language(headline, home=house.language)
    if languages.same(language, house.language):
        return []
    data = {"language": language, "expected": house.language}
    return [Problem(code="import_headline_language", field="headline", data=data)]


def _links_lost(noted: note.Noted, credited: sources.Credited) -> list[Problem]:
    """A note is plain text: what its links led to is said nowhere else."""
    known = {url_key(each.url) for each in credited.attributions}
    urls = [url for url in dict.fromkeys(noted.urls) if url_key(url) not in known]
    return [Problem(code="import_note_links", field="note", data={"urls": " ".join(urls)})] if urls else []


def _of_licences(credited: sources.Credited) -> list[Problem]:
    """Under which terms their words may be quoted, posts hardly ever say."""
    unsaid = [each for each in credited.attributions if each.url and not each.license]
    if not unsaid:
        return []
    urls = " ".join(filter(None, (each.url for each in unsaid)))
    return [Problem(code="import_license_unknown", field="attributions", data={"urls": urls})]


def _of_picture(pictured: pictures.Pictured) -> list[Problem]:
    lost = pictured.lost
    if lost is None:
        return []
    found = "; ".join(filter(None, (lost.file_name, lost.credit, lost.alt)))
    return [Problem(code="import_picture_lost", field="image", data={"found": found})]


def _of_image(pictured: pictures.Pictured) -> Confidence:
    if pictured.image is not None:
        return Confidence.SURE
    if pictured.lost is None:
        return Confidence.MISSING
    return Confidence.DOUBTFUL


def _of_comments(ended: ending.Ended) -> list[Problem]:
    if ended.after_form <= _MOST_COMMENT_WORDS:
        return []
    return [Problem(code="import_comments_cut", field="excerpt", data={"words": ended.after_form})]


def _of_own_words(blocks: Sequence[Block], house: House) -> list[Problem]:
    """A sentence of ours at the end of somebody else's paragraph."""
    for block in blocks:
        ours = languages.ours_at_end(block.text, home=house.language) if block.kind is Kind.TEXT else None
        if ours:
            return [Problem(code="import_excerpt_own_words", field="excerpt", data={"found": _short(ours)})]
    return []


def _apart(quoted: Sequence[Block], blocks: Sequence[Block], at: int | None) -> list[Problem]:
    """A quotation on both sides of our note, or of its source's line: perhaps the one of them is not it."""
    if at is None:
        return []
    kept = {block.text for block in quoted}
    sides = [
        [block for block in side if block.text in kept and block.kind is Kind.TEXT and block.words >= _FEWEST]
        for side in (blocks[:at], blocks[at:])
    ]
    if not all(sides):
        return []
    return [Problem(code="import_excerpt_apart", field="excerpt", data={"found": _short(sides[1][0].text)})]


def _short(text: str) -> str:
    words = text.split()
    return " ".join(words[:_SHOWN]) + ("…" if len(words) > _SHOWN else "")


def _mixed(others: Sequence[Block], language: Lang) -> list[Problem]:
    """Paragraphs of the quotation that are in another language: perhaps they are ours."""
    told = [block for block in others if block.words >= _FEWEST]
    if not told:
        return []
    data = {"language": language, "found": _short(told[0].text)}
    return [Problem(code="import_languages_mixed", field="excerpt", data=data)]


__all__ = ["Dissected", "Kind", "dissect", "links", "recover"]
