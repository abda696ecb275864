"""What stands around a post without being of it: how it goes on, who signs, buttons, forms, navigation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from curator.importing.anatomy.blocks import Block, Kind, blocks_of, links, without
from curator.importing.house import House, any_of
from curator.mastheads import host_of
from curator.text import boilerplate_spans, normalised
from curator.text.markup import Start

_QUOTES = "“”\"«»„‟‘’'`"
_AFTER_MORE = re.compile(rf"[\s{_QUOTES}→›>…»\]\[().:]*")
_BEFORE_MORE = " \xa0\n[("
_OPENING = re.compile(rf"[\s]*[{_QUOTES}]")
# From here on a page is no longer the post's: the comment form of WordPress and of its themes, in it and en.
_FORM = re.compile(
    r"(?:effettua il login con uno|fill in your details below|inserisci i tuoi dati qui sotto"
    r"|stai commentando usando|you are commenting using|devi essere connesso|you must be logged in"
    r"|il tuo indirizzo e-?mail non sarà|your e-?mail address will not be) .{0,150}"
    r"|(?:lascia un commento|leave a (?:reply|comment)|post a comment|rispondi)"
    r"(?:\s*:|\s*(?:annulla risposta|cancel reply|qui sotto|below))?"
    r"|(?:\d+|one|no|nessun) comment[ois]?(?: (?:on|to|su|a) .{1,150})?"
    r"|(?:\d+|one|un|una) (?:thoughts?|pensier[oi]|rispost[ae]|responses?|repl(?:y|ies)) (?:on|su|to|a)"
    r" [“\"«].{1,150}",
    re.IGNORECASE,
)
_MOST_LABELS = 8  # looked at in one block, from its end
_LONGEST_REST = 100  # characters around the title behind a read-more label
_LONGEST_FORM_LINE = 200
_LINES = re.compile(
    r"(?:posted|published|pubblicato|scritto|written|inserito|aggiornato|updated)\b.{0,30}\b(?:19|20)\d\d\b.{0,60}"
    r"|(?:←|→|«|»|<<|>>)?\s*(?:older|newer|previous|next|articoli|post)\s*(?:posts?|entries|articles?"
    r"|precedenti|successivi|meno recenti|più recenti|più vecchi)\s*(?:←|→|«|»|<<|>>)?"
    r"|navigazione (?:articol[oi]|post)|post(?:s)? navigation|(?:pagina|page) \d+(?: (?:di|of) \d+)?"
    r"|pubblicità|annunci|advertisements?|segnala questo annuncio|report this ad"
    r"|vai al contenuto|skip to content|cerca(?::| …)?|search(?: for)?:?|menu|home"
    r"|carica(?:mento)?(?: in corso)?(?:\.\.\.|…)|loading(?:\.\.\.|…)|modifica|edit",
    re.IGNORECASE,
)
_SIGNING = re.compile(r"(?:[-–—(\[]|a cura di|la redazione di|redazione|by|di)?\s*", re.IGNORECASE)
_DOUBLED_STOP = re.compile(r"(?<=[^.\s])\.\.\s*\Z")
_OMISSION = re.compile(r"(?:\[\s*(?:…|\.\.\.)\s*\]|\(\s*(?:…|\.\.\.)\s*\)|…|(?<!\.)\.\.\.)\s*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The post's own blocks, the words that were left out, and whether it says that it goes on elsewhere.

    `after_form`: words below a comment form that no form has, so perhaps readers' comments.
    """

    blocks: tuple[Block, ...]
    furniture: tuple[str, ...]
    goes_on: bool = False
    after_form: int = 0


def cut(
    blocks: Sequence[Block], *, title: str, house: House, own_hosts: frozenset[str] = frozenset()
) -> Ended:
    """Without what a theme, a plugin or WordPress itself put around it.

    A read-more link that leads out of `own_hosts` stays: it names the source.
    """
    left: list[Block] = []
    furniture: list[str] = []
    goes_on = False
    for number, block in enumerate(blocks):
        if _begins_form(block) and number:
            furniture += [each.text for each in blocks[number:] if each.text]
            after = sum(each.words for each in blocks[number:] if _is_prose(each))
            return Ended(blocks=tuple(left), furniture=tuple(furniture), goes_on=goes_on, after_form=after)
        if leads_out(block, house=house, own_hosts=own_hosts):
            goes_on = goes_on or bool(_more(house).search(block.text))
            left.append(block)
            continue
        more = read_more(block, title=title, house=house, own_hosts=own_hosts)
        if more is not None:
            goes_on = True
            furniture.append(block.text[more:])
            shorter = without(block, [(more, len(block.text))])
            left += [shorter] if shorter else []
        elif _is_apart(block, title=title, first=not left):
            furniture.append(block.text)
        else:
            left.append(block)
    return Ended(blocks=tuple(left), furniture=tuple(furniture), goes_on=goes_on)


def ends_at_mark(html: str, *, title: str, house: House) -> bool:
    """Whether WordPress's `<!--more-->` is the last thing in it: what it announces has not come along."""
    marks = list(_MARK.finditer(html))
    if not marks:
        return False
    rest = html[marks[-1].end() :]
    if len(rest) > _LONGEST_BEHIND_MARK:
        return False
    behind = cut(blocks_of(rest, base_url=None), title=title, house=house)
    return not any(block.text.strip() for block in behind.blocks)


_LONGEST_BEHIND_MARK = 20_000  # characters; more is no furniture
_MARK = re.compile(r"<!--\s*more\b[^>]{0,200}-->|<span\s[^>]{0,200}\bid=[\"']?more-\d+[^>]{0,100}>")


def read_more(
    block: Block, *, title: str, house: House, own_hosts: frozenset[str] = frozenset()
) -> int | None:
    """Where in the block its read-more line begins: on its own, glued to the last words, or as a link.

    Whatever quotation marks stand around the title, and inside of it.
    """
    if block.kind not in (Kind.TEXT, Kind.HEADING):
        return None
    if _is_more_link(block) or _leads_on(block, house=house, own_hosts=own_hosts):
        first = links(block)[-1]
        return first.start
    echo = _bare(title)
    for found in list(_more(house).finditer(block.text))[: -_MOST_LABELS - 1 : -1]:
        rest = block.text[found.end() :]
        if len(rest) > len(title) + _LONGEST_REST:
            break
        before = block.text[: found.start()].rstrip(_BEFORE_MORE)
        begins = (
            not before or before[-1] in ".!?…:;”»\"')]’" or "\n" in block.text[len(before) : found.start()]
        )
        if _bare(rest) == echo and (echo or begins):
            return _with_bracket(block.text, found.start())
        if begins and (_AFTER_MORE.fullmatch(rest) or (_OPENING.match(rest) and "\n" not in rest)):
            return _with_bracket(block.text, found.start())
    return None


def leads_out(block: Block, *, house: House, own_hosts: frozenset[str]) -> bool:
    """Whether it ends with `Continua a leggere` or a source's label as a link to somebody else's page."""
    url = _leading_to(block, house)
    return url is not None and bool(own_hosts) and not _is_own(url, own_hosts)


def _leads_on(block: Block, *, house: House, own_hosts: frozenset[str]) -> bool:
    """The same to the post's own page."""
    url = _leading_to(block, house)
    return url is not None and _is_own(url, own_hosts)


def _is_own(url: str, own_hosts: frozenset[str]) -> bool:
    return host_of(url) in own_hosts or "#more" in url


def _leading_to(block: Block, house: House) -> str | None:
    found = links(block) if block.kind in (Kind.TEXT, Kind.HEADING) else []
    if not found or block.text[found[-1].end :].strip(_LINK_ENDS):
        return None
    return found[-1].url if _leading(house).match(found[-1].words.strip(_LINK_ENDS)) else None


_LINK_ENDS = " \xa0\n.…→›»[]()"


def signature(text: str, *, house: House) -> int | None:
    """Where a signature of the organisation begins that ends the text; a name in a sentence is none."""
    name = house.organisation
    if not name:
        return None
    spaced = r"\s+".join(map(re.escape, name.split()))
    own_line = rf"(?i:(?:\A|(?<=\n)){_SIGNING.pattern}{spaced}[\s.)\]]*\Z)"
    found = re.search(rf"{own_line}|(?<=[.!?”»])[\s\xa0]+{spaced}[\s.]*\Z", text)
    return found.start() if found else None


def without_signature(blocks: Sequence[Block], *, house: House) -> tuple[tuple[Block, ...], list[str]]:
    """The blocks without who signs below them, and what the signature said."""
    left = list(blocks)
    signed: list[str] = []
    while left and left[-1].kind in (Kind.TEXT, Kind.HEADING):
        start = signature(left[-1].text, house=house)
        if start is None:
            break
        signed.append(left[-1].text[start:])
        shorter = without(left[-1], [(start, len(left[-1].text))])
        left[-1:] = [shorter] if shorter else []
    return tuple(left), signed


def without_mark(blocks: Sequence[Block]) -> tuple[tuple[Block, ...], bool]:
    """`relationships..`: a full stop too many is how a cut was marked; dots and brackets may stay."""
    if not blocks or blocks[-1].kind is not Kind.TEXT:
        return tuple(blocks), False
    last = blocks[-1]
    if doubled := _DOUBLED_STOP.search(last.text):
        shorter = without(last, [(doubled.start(), doubled.start() + 1)])
        return (*blocks[:-1], *([shorter] if shorter else [])), True
    return tuple(blocks), bool(_OMISSION.search(last.text))


def is_title(text: str, title: str) -> bool:
    return bool(_bare(title)) and _bare(text) == _bare(title)


def _is_apart(block: Block, *, title: str, first: bool) -> bool:
    """A block that is furniture as a whole."""
    if block.kind in (Kind.FURNITURE, Kind.RULE):
        return True
    if block.kind not in (Kind.TEXT, Kind.HEADING, Kind.LIST):
        return False
    if first and block.kind is Kind.HEADING and is_title(block.text, title):
        return True
    words = " ".join(block.text.split())
    if block.kind is Kind.TEXT and _LINES.fullmatch(words):
        return True
    return _is_shared(block) or (block.kind is Kind.HEADING and bool(_RELATED.fullmatch(words)))


_RELATED = re.compile(
    r"(?:related(?: posts?| articles?)?|articoli correlati|post correlati|condividi(?: su| questo articolo)?"
    r"|share this|mi piace|like this)\s*:?",
    re.IGNORECASE,
)
_NOT_OURS = re.compile(  # said by `boilerplate`, but of a source or a picture: others look at these
    r"\s*(?:fonte|source|original|articol[oi]|post|via|photo|image|picture|foto|immagine|credits?|crediti?"
    r"|courtesy|copyright|©|\(c\)|embed from|incorpora da|video)",
    re.IGNORECASE,
)


_BUTTONS = re.compile(
    r"(?:(?:tweet|share|condividi|facebook|twitter|linkedin|whatsapp|telegram|pinterest|reddit|tumblr|pocket|e-?mail"
    r"|like|mi piace|print|stampa|pin it|save|salva|more|altro|x|su|on|and|e)(?:\s|[|·•/,:+])*)+",
    re.IGNORECASE,
)


# An article in a network, and not a button or somebody's profile.
_TO_A_TEXT = re.compile(r"linkedin\.com/(?:pulse|posts)/|facebook\.com/(?:notes|[^/?#]+/posts)/|/status/\d")


def _is_shared(block: Block) -> bool:
    """Share bars, forms, “The post … appeared first on …”: the lines that `boilerplate` knows."""
    if (found := links(block)) and _BUTTONS.fullmatch(block.text.strip()):
        return len(found) > 1 or not _TO_A_TEXT.search(found[0].url)
    if _NOT_OURS.match(block.text) and not block.text.lower().startswith("il post"):
        return False
    words = "".join(block.text[start:end] for start, end in boilerplate_spans(block.text))
    is_name = "_" in words or re.search(r"\.(?:jpe?g|png|gif|webp)", words)
    return bool(words) and not is_name and len("".join(words.split())) == len("".join(block.text.split()))


def _begins_form(block: Block) -> bool:
    if block.kind not in (Kind.TEXT, Kind.HEADING) or len(block.text) > _LONGEST_FORM_LINE:
        return False
    return bool(_FORM.fullmatch(" ".join(block.text.split())))


_FORM_WORDS = re.compile(
    r"\b(?:login|account|commentando|commenting|logo|foto|photo|connessione|connecting|notific\w*|notify|e-?mail"
    r"|nome|name|sito|website|commento|comment|cookie|rispondi|reply|chiudi|akismet)\b|%s",
    re.IGNORECASE,
)
_FEWEST_PROSE = 12  # words


def _is_prose(block: Block) -> bool:
    return block.words >= _FEWEST_PROSE and not _FORM_WORDS.search(block.text)


def _is_more_link(block: Block) -> bool:
    """A link that a theme calls so, at the end of the block."""
    classes = [
        token.attributes.get("class", "").split()
        for token in block.tokens
        if isinstance(token, Start) and token.name == "a"
    ]
    found = links(block)
    is_last = bool(found) and not block.text[found[-1].end :].strip(" .…→»]")
    return is_last and bool(classes) and "more-link" in classes[-1]


@lru_cache(maxsize=16)
def _more(house: House) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{any_of(house.read_more)})(?!\w)", re.IGNORECASE)


@lru_cache(maxsize=16)
def _leading(house: House) -> re.Pattern[str]:
    labels = any_of((*house.read_more, *(each for each in house.source_labels if " " in each)))
    labels = labels.replace("’", "['’]")
    return re.compile(rf"(?:{labels})(?!\w)", re.IGNORECASE)


def _with_bracket(text: str, start: int) -> int:
    """`[Continua a leggere…]`: the bracket goes with it, and the white space before."""
    before = text[:start].rstrip()
    return len(before) - 1 if before.endswith(("[", "(")) else start


@lru_cache(maxsize=512)
def _bare(words: str) -> str:
    """For comparing a title with its echo: without any quotation marks, arrows and final stops."""
    folded = normalised(words).replace('"', "").replace("'", "")
    return " ".join(folded.strip(" .:→›>»…-|[]()").split()).casefold()
