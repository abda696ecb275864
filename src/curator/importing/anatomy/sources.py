"""Whom a post says it is owed to: its `Fonte:` lines, its last link, the publication in its headline.

What is labelled is believed. A link on a line of its own at the end probably is the source; a lone link in
the text may be, and is said to be a guess. Of several links in a text nobody can tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from curator.importing.anatomy import authors
from curator.importing.anatomy.authors import PERSON, SEPARATORS
from curator.importing.anatomy.blocks import Block, Kind, Linked, links, without
from curator.importing.anatomy.ending import leads_out
from curator.importing.house import House
from curator.mastheads import host_of, is_of, masthead_at, masthead_named, of_address, prefixed
from curator.model import Attribution, Confidence, Problem
from curator.rights import license_family
from curator.text import addresses, normalised, url_key

_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_NO_TITLE = re.compile(
    r"(?:qui|here|link|clicca(?: qui)?|click(?: here)?|articolo|article|post|questo (?:articolo|post|link)"
    r"|this (?:article|post|link)|(?:the )?original|(?:l[’'])?originale|sito|website|fonte|source|via|leggi"
    r"|read)[\s.…→»]*",
    re.IGNORECASE,
)
_ASKING = re.compile(  # what a button says, and no title
    r"(?:read (?:the|full|more|on|whole|it|this)|leggi|continua|continue|clicca|click|listen|ascolta|download"
    r"|scarica|watch|guarda|save|sign up|subscribe|iscriviti|register|klicke|weiterlesen|did you click)\b",
    re.IGNORECASE,
)
_FEWEST_TITLE_WORDS = 3
_LAST = 3  # blocks from the end: where a source stands that no label names
_MOST_WORDS = 15  # of a source line beside its addresses and links; more are a sentence
_MOST_LABELS = 8  # looked at in one block
_MOST_NAME_WORDS = 10  # of one that names no address
_TITLE_QUOTES = '“”"«»'


@dataclass(frozen=True, slots=True, kw_only=True)
class Credited:
    """The blocks without their source lines; `said`: the words of those, `doubts`: what was guessed.

    `at`: which of the blocks stood behind the first labelled line.
    """

    blocks: tuple[Block, ...]
    attributions: tuple[Attribution, ...]
    confidence: Confidence
    said: tuple[str, ...]
    doubts: tuple[Problem, ...] = ()
    at: int | None = None


def credited(blocks: Sequence[Block], *, title: str, house: House, own_hosts: frozenset[str]) -> Credited:
    """`own_hosts`: of the blog itself, where links credit nobody."""
    labelled = _labelled(blocks, house, own_hosts)
    if labelled.attributions:
        return _cited(labelled)
    last = _last_link(labelled.blocks, own_hosts)
    found = last if last.attributions else _guessed(labelled.blocks, title=title, own_hosts=own_hosts)
    return _cited(
        replace(found, said=(*labelled.said, *found.said), doubts=(*found.doubts, *labelled.doubts))
    )


def _cited(found: Credited) -> Credited:
    """With who is named below a quotation in an element of its own: `<cite>Jane Doe, Forbes</cite>`."""
    for number, block in enumerate(found.blocks):
        cited = authors.cited(block)
        if cited is None:
            continue
        named = masthead_named(cited["where"] or "")
        if cited["where"] and named is None:
            continue
        first = next(iter(found.attributions), None)
        if first is None:
            first = Attribution(title=None, publisher=named.name if named else None, url=None)
        elif first.authors or (named and not is_of(named, first)):
            continue
        at = found.at - 1 if found.at is not None and number < found.at else found.at
        return replace(
            found,
            blocks=(*found.blocks[:number], *found.blocks[number + 1 :]),
            attributions=(replace(first, authors=(cited["name"],)), *found.attributions[1:]),
            confidence=Confidence.LIKELY if found.confidence is Confidence.MISSING else found.confidence,
            said=(*found.said, block.text),
            at=at,
        )
    return found


# ── what is labelled ──


def _labelled(blocks: Sequence[Block], house: House, own_hosts: frozenset[str]) -> Credited:
    left: list[Block] = []
    found: list[Attribution] = []
    said: list[str] = []
    after_label = False
    empty: list[tuple[int, str]] = []
    at: int | None = None
    for number, block in enumerate(blocks):
        if after_label and (listed := _listed(block)):
            found += listed
            said.append(block.text)
            continue
        is_last = number >= len(blocks) - _LAST
        line = _line(block, house, is_last=is_last) or _leading_out(block, house, own_hosts)
        after_label = False
        if line is None:
            left.append(block)
            continue
        start, end, attributions = line
        found += attributions
        said.append(block.text[start:end])
        after_label = not attributions
        if after_label and start == 0 and block.text.rstrip(_BLANKS).endswith((":", "：")):
            empty.append((number, block.text))
        shorter = without(block, [(start, end)])
        left += [shorter] if shorter else []
        at = len(left) if at is None else at
    if not found:
        alone = {number for number, _ in empty}
        return Credited(
            blocks=tuple(block for n, block in enumerate(blocks) if n not in alone),
            attributions=(),
            confidence=Confidence.MISSING,
            said=tuple(words for _, words in empty),
            doubts=(_doubt("import_source_unnamed", label=empty[0][1].strip()),) if empty else (),
        )
    each = _each_once(found)
    vague = any(one.url is None for one in each)
    return Credited(
        blocks=tuple(left),
        attributions=each,
        confidence=Confidence.LIKELY if vague else Confidence.SURE,
        said=tuple(said),
        at=at,
    )


def _line(block: Block, house: House, *, is_last: bool) -> tuple[int, int, list[Attribution]] | None:
    """The stretch of a block that says a source: from its label to the end of its line."""
    if block.kind not in (Kind.TEXT, Kind.HEADING):
        return None
    every = links(block)
    for label in list(_labels(house).finditer(block.text))[:_MOST_LABELS]:
        end = block.text.find("\n", label.end())
        end = len(block.text) if end < 0 else end
        inside = [link for link in every if link.end > label.start() and link.start < end]
        behind = _behind(block.text, label, end, inside, named=is_last)
        if behind is not None:
            return label.start(), behind, _credits(block.text[label.end() : behind], inside, house)
    return None


def _leading_out(
    block: Block, house: House, own_hosts: frozenset[str]
) -> tuple[int, int, list[Attribution]] | None:
    """A read-more link that leads to somebody else's page."""
    if not leads_out(block, house=house, own_hosts=own_hosts):
        return None
    link = links(block)[-1]
    return link.start, len(block.text), [of_address(url) for url in addresses(link.url)]


def _behind(
    text: str, label: re.Match[str], end: int, inside: Sequence[Linked], *, named: bool
) -> int | None:
    """Where the source line ends; None: this is a sentence with the word in it.

    `named`: it may say a name instead of an address.
    """
    rest = text[label.end() : end]
    before = text[: label.start()].rstrip(" \xa0")
    at_start = not before or before.endswith("\n")
    bare = _URL.sub("", rest)
    for link in inside:
        bare = bare.replace(link.words, " ") if link.words.strip() else bare
    is_short = len(bare.split()) <= _MOST_WORDS
    if url := _URL.match(rest):
        behind = end if is_short else label.end() + url.end()
        return behind if label["colon"] or at_start else None
    if not is_short or not (at_start or before[-1] in '.!?…”»")]:'):
        return None
    if inside:
        covered = inside[0].start <= label.start()
        said = label["colon"] or covered or (at_start and label["label"][0].isupper())
        return end if said and (at_start or not bare.strip(SEPARATORS)) else None
    is_alone = at_start and label.end() == len(text)
    is_name = named and len(bare.split()) <= _MOST_NAME_WORDS and not bare.rstrip().endswith(".")
    return end if (is_name and label["colon"] and at_start) or is_alone else None


def _credits(rest: str, inside: Sequence[Linked], house: House) -> list[Attribution]:
    """What a line names: its links with their titles, its bare addresses; else a publication by its name."""
    found = [
        of_address(url, title=None if number else _title(link.words, house))
        for link in inside
        for number, url in enumerate(addresses(link.url))
    ]
    known = {url_key(each.url) for each in found}
    found += [of_address(url) for url in addresses(_with_scheme(rest)) if url_key(url) not in known]
    found = _licensed(found)
    words = _URL.sub(" ", rest)
    for link in inside:
        words = words.replace(link.words, " ") if link.words.strip() else words
    named = _unsigned(" ".join(words.split()).strip(SEPARATORS), house)
    if not named:
        return found
    names, named = authors.authored(named) if found else ((), named)
    told = [_told(found[0], named) if named else found[0], *found[1:]] if found else [_named(named)]
    return [replace(told[0], authors=names), *told[1:]] if names else told


def _licensed(found: Sequence[Attribution]) -> list[Attribution]:
    """An address of terms is no source: it is the licence of the one before."""
    licence = next((each.url for each in found if license_family(each.url)), None)
    others = [each for each in found if not license_family(each.url)]
    return [replace(others[0], license=licence), *others[1:]] if others else []


def _told(first: Attribution, named: str) -> Attribution:
    """With the words beside its address: a publication, a title, or whoever published it."""
    if masthead := masthead_named(named):
        return replace(first, publisher=masthead.name)
    if first.title is None and len(named.split()) >= _FEWEST_TITLE_WORDS and not named[0].islower():
        return replace(first, title=named.strip(_TITLE_QUOTES))
    is_name = named[0].isupper() and masthead_at(first.url) is None
    return replace(first, publisher=named) if is_name else first


def _named(words: str) -> Attribution:
    masthead = masthead_named(words)
    if masthead is not None or len(words.split()) < _FEWEST_TITLE_WORDS:
        return Attribution(title=None, publisher=masthead.name if masthead else words, url=None)
    return Attribution(title=words.strip('“”"«»'), publisher=None, url=None)


def _listed(block: Block) -> list[Attribution]:
    """The addresses below a label that stands alone, as links or bare."""
    inside = links(block)
    bare = _URL.sub("", _with_scheme(block.text))
    for link in inside:
        bare = bare.replace(link.words, " ") if link.words.strip() else bare
    if len(bare.split()) > _MOST_WORDS:
        return []
    found = [of_address(url, title=_title(link.words)) for link in inside for url in addresses(link.url)]
    return found or [of_address(url) for url in addresses(_with_scheme(block.text))]


def _title(words: str, house: House | None = None) -> str | None:
    """The words of a link, when they are a title rather than an address, a label or “here”."""
    line = " ".join(words.split())
    if not line or addresses(_with_scheme(line)) or _NO_TITLE.fullmatch(line) or masthead_named(line):
        return None
    if _ASKING.match(line):
        return None
    if house is not None and _labels(house).fullmatch(line):
        return None
    if len(line.split()) < _FEWEST_TITLE_WORDS:
        return None
    return line.strip('“”"«»')


def _unsigned(words: str, house: House) -> str:
    """Without who signs behind the address."""
    name = house.organisation
    if not name:
        return words
    if _signed(house).fullmatch(normalised(words).strip(SEPARATORS)):
        return ""
    return re.sub(rf"(?<![\s–—-])[\s–—-]++{re.escape(name)}\Z", "", words, flags=re.IGNORECASE)


@lru_cache(maxsize=16)
def _signed(house: House) -> re.Pattern[str]:
    """The organisation alone, or one of its people behind it: `AICEX - Anna Rossi`."""
    name = r"\s+".join(map(re.escape, normalised(house.organisation).split()))
    return re.compile(rf"(?i:{name})(?:\s*[-–—,|/:(]\s*(?:(?i:by|di|a cura di)\s+)?{PERSON})?")


_BLANKS = " \t\n\xa0"


def _with_scheme(words: str) -> str:
    return re.sub(r"(?<![\w/.])www\.(?=\w)", "https://www.", words)


@lru_cache(maxsize=16)
def _labels(house: House) -> re.Pattern[str]:
    spaced = "|".join(
        r"[\s\xa0]+".join(re.escape(word).replace("’", "[’']") for word in label.split())
        for label in house.source_labels
    )
    return re.compile(
        rf"(?:\A|(?<=[\s.!?…”»\")\]]))(?P<label>{spaced})(?!\w)"
        r"[ \t\xa0]*(?P<colon>[:：])?[ \t\xa0]*",
        re.IGNORECASE,
    )


# ── what is not ──


def _last_link(blocks: Sequence[Block], own_hosts: frozenset[str]) -> Credited:
    """A paragraph at the end that is nothing but links, or bare addresses."""
    for number in range(len(blocks) - 1, max(-1, len(blocks) - 1 - _LAST), -1):
        block = blocks[number]
        if block.kind not in (Kind.TEXT, Kind.HEADING):
            continue
        found = _only_links(block, own_hosts)
        if found:
            return Credited(
                blocks=(*blocks[:number], *blocks[number + 1 :]),
                attributions=_each_once(found),
                confidence=Confidence.LIKELY,
                said=(block.text,),
            )
    return Credited(blocks=tuple(blocks), attributions=(), confidence=Confidence.MISSING, said=())


def _only_links(block: Block, own_hosts: frozenset[str]) -> list[Attribution]:
    inside = [link for link in links(block) if addresses(link.url)]
    outside = block.text
    for link in reversed(inside):
        outside = outside[: link.start] + outside[link.end :]
    bare = addresses(_with_scheme(outside))
    if _URL.sub("", outside).strip(SEPARATORS) or not (inside or bare):
        return []
    found = [of_address(url, title=_title(link.words)) for link in inside for url in addresses(link.url)]
    found += [of_address(url) for url in bare]
    return [each for each in found if _may_be_source(each.url, own_hosts)]


def _may_be_source(url: str | None, own_hosts: frozenset[str]) -> bool:
    """Neither the blog itself, nor a button that shares it, nor the terms of a licence."""
    return (
        bool(url)
        and host_of(url) not in own_hosts
        and not (_SHARING.search(url or "") or license_family(url))
    )


_SHARING = re.compile(
    r"//(?:[\w-]+\.)*(?:facebook|twitter|x|linkedin|pinterest|reddit|tumblr|telegram|whatsapp)\.\w+/"
    r"\S*(?:share|sharer|intent|submit|create|send)|//(?:t|wa)\.me/",
    re.IGNORECASE,
)


def _guessed(blocks: Sequence[Block], *, title: str, own_hosts: frozenset[str]) -> Credited:
    """The only place outside that the text leads to; else the publication that the headline names."""
    urls: dict[str | None, str] = {}
    for block in blocks:
        if block.kind in (Kind.FURNITURE, Kind.PICTURE, Kind.EMBED):
            continue
        for url in (*(link.url for link in links(block)), *addresses(block.text)):
            for each in addresses(url):
                if _may_be_source(each, own_hosts):
                    urls.setdefault(url_key(each), each)
    doubts: list[Problem] = []
    found: list[Attribution] = []
    if len(urls) == 1:
        found = [of_address(url) for url in urls.values()]
        doubts.append(_doubt("import_attribution_guessed", url=found[0].url))
    elif urls:
        doubts.append(_doubt("import_attribution_unclear", urls=" ".join([*urls.values()][:_MOST_NAMED])))
    said = prefixed(title)
    if said and not found:
        found = [Attribution(title=None, publisher=said.masthead.name, url=None)]
        doubts.append(_doubt("import_attribution_named", publisher=said.masthead.name))
    return Credited(
        blocks=tuple(blocks),
        attributions=tuple(found),
        confidence=Confidence.DOUBTFUL if found else Confidence.MISSING,
        said=(),
        doubts=tuple(doubts),
    )


_MOST_NAMED = 5


def _doubt(code: str, **data: object) -> Problem:
    return Problem(code=code, field="attributions", data=data)


def _each_once(found: Sequence[Attribution]) -> tuple[Attribution, ...]:
    return tuple(_unique(found))


def _unique(found: Sequence[Attribution]) -> Iterator[Attribution]:
    seen: set[str | None] = set()
    for each in found:
        key = url_key(each.url) or each.title or each.publisher
        if key not in seen:
            seen.add(key)
            yield each
