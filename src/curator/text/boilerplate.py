"""What stands in a text without being of it: share bars, comment forms, teasers' links, residue of pictures.

Judged line by line, by its words and by what is a link; in doubt a line stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from curator.model import SafeHtml
from curator.text.captions import without_captions
from curator.text.clean import clean
from curator.text.markup import BLOCKS, VOID, End, Start, Text, Token, escaped, tokens
from curator.text.sentences import sentences

_NETWORKS = (
    r"facebook|twitter|x|linkedin|whatsapp|telegram|pinterest|reddit|tumblr|pocket|e-?mail|mastodon|bluesky"
    r"|threads|skype|xing|flipboard|instagram|youtube|messenger|google\+?"
)
_SHARE = "share|condividi|teilen|partager|compartir"
_BUTTONS = "tweet|print|stampa|drucken|imprimer|imprimir|pin it|save|salva|more|altro|mehr|plus|más"
_SHARED = (
    "this|the|it|post|article|story|page|questo|articolo|l[’']articolo|on|with|via|su|con|mit|sur|en|and|e"
)
_MORE = (
    r"continue reading|continua a leggere|keep reading|read more|read on|leggi tutto|leggi di più"
    r"|leggi ancora|leggi (?:tutto )?l[’']articolo(?: completo)?"
    r"|read the (?:full|whole|rest of this) (?:article|entry|post|story)"
    r"|weiterlesen|mehr lesen|lire la suite|(?:seguir|sigue|continuar) leyendo|leer más"
)
_FIRST_ELSEWHERE = (
    "(?:first )?appeared first on|first appeared on|proviene da|sembra essere il primo su"
    "|è stato pubblicato per la prima volta su|erschien zuerst auf|est apparu en premier sur"
    "|se publicó primero en|apareció primero en"
)
_TITLED = "the post|l[’']articolo|il post|der beitrag|l[’']article|la entrada"
_FILED = "filed under|posted in|tagged(?: with)?|tags?|categor(?:ies|y|ie|ia)|pubblicato in|archiviato in"
_LOADING = r"(?:like|mi piace)?\s*(?:loading|caricamento)(?: in corso)?\s*(?:\.\.\.|…)"
_REFERENCE = "(?:articolo|fonte|post) (?:di riferimento|originale)|fonte|source|original (?:article|post)|via"
_ADDRESS = r"(?:https?://|www\.)\S+"
# With the name that signs it, as “AICEX” or “Ed.”, behind it.
_CITED = rf"(?:{_REFERENCE})\s*:\s*{_ADDRESS}(?:\s+{_ADDRESS})*(?:\s+(?-i:[A-Z][A-Z.]{{1,15}}))?"
_BANKS = "istock(?:photo)?|shutterstock|gettyimages|adobestock|depositphotos|dreamstime|123rf|fotolia"
_PICTURE = "(?i:photo|image|picture|photograph|illustration|foto|immagine)"
# Whole lines, whatever stands around them.
_LINES = rf"""
(?:{_MORE})\s*(?:[“"«„‘'].*|[→»›>….:\])]*)

(?:{_SHARE})(?:[ ,]*(?:{_NETWORKS}|{_SHARED}))*\s*:?
(?:{_SHARE})(?: (?:{_SHARED}))*\s*:(?:[ ,|·•/]*(?:{_NETWORKS}|{_SHARED}|{_BUTTONS}))*
click to (?:share|e-?mail|print)\b.{{0,90}}
(?:clicca|fai clic) (?:qui )?(?:per|su) (?:condividere|inviare|stampare)\b.{{0,110}}
(?:like this|mi piace|i like this)\s*:(?:\s*{_LOADING})?
{_LOADING}
(?:follow us|seguici)(?: (?:on|su))?(?:[ ,|·•]*(?:{_NETWORKS}))+

leave a (?:reply|comment)(?: cancel reply)?
lascia un commento(?: annulla risposta)?
post a comment|cancel reply|annulla risposta|rispondi annulla risposta
(?:no|nessun|\d+) comment(?:o|i|s)?
effettua il login con uno .{{0,90}}
(?:fill in your details below|inserisci i tuoi dati qui sotto).{{0,90}}
(?:stai commentando usando|you are commenting using) .{{0,130}}
(?:connessione a|connecting to) %s.{{0,5}}
logo di (?:wordpress\.com|gravatar).{{0,20}}
foto twitter|foto di (?:facebook|google|twitter)|google photo
(?:wordpress\.com|gravatar|twitter|facebook|google) (?:logo|picture|photo)
(?:notificami|notify me) .{{0,90}}
(?:il tuo indirizzo email non sarà|your e-?mail address will not be) .{{0,90}}

{_CITED}
(?:{_TITLED}) .{{1,300}} (?:{_FIRST_ELSEWHERE}) .{{1,120}}
(?:subscribe|sign up|iscriviti|abbonati)\b.{{0,100}}(?:newsletter|e-?mails?|updates|blog)\b.{{0,40}}
(?:{_FILED})\s*:.{{0,200}}
advertisement|pubblicità|publicidad|werbung|anzeige|sponsored(?: content)?|contenuto sponsorizzato

embed from getty images|incorpora da getty images
view this post on (?:instagram|threads)|visualizza questo post su instagram
(?:a|un) post (?:shared by|condiviso da) .{{1,100}}
[\w%,()+ -]{{0,80}}[\w%()+-]\.(?:jpe?g|png|gif|webp|svg|bmp|tiff?|avif)
\d{{6,}}_[0-9a-f]{{8,}}(?:_[a-z])?
(?:img|dsc[nf]?|pxl|screenshot|schermata)[_ -]?\d[\w ._-]{{0,30}}
(?:{_BANKS})[_ -]?\d[\w-]*
"""
_LINE = re.compile("|".join(f"(?:{line})" for line in _LINES.split("\n") if line), re.IGNORECASE)
# A credit without its picture credits nothing. “Foto di” and “Image by” go before a name, or it is prose.
_CREDIT = re.compile(
    r"(?i:(?:photo|image|picture|foto|immagine|video)?\s*(?:credits?|crediti?|courtesy(?: of)?|copyright))"
    r"\s*[:©–-].{1,90}"
    rf"|{_PICTURE}s?\s*(?i:by|di|courtesy of|via|from|:)\s*[A-ZÀ-Þ@©][^.!?]{{1,80}}"
    r"|(?:©|\([cC]\))\s*[^.!?]{2,60}"
)
_MOST_CREDIT_WORDS = 14
_LONGEST_LINE = 450  # characters; furniture is short
# Furniture only where the whole line is a link, or several of them.
_LINKED = re.compile(
    rf"(?:{_MORE})\b.{{0,200}}|(?:(?:{_NETWORKS}|tweet|share|like|print|stampa|pin it|save|post|reply"
    r"|rispondi|condividi|more|altro|→|»|permalink|comments?|commenti)[\s,|·•/]*)+",
    re.IGNORECASE,
)
# After these come links that belong to them.
_HEADS = re.compile(
    r"(?:related(?: posts?| articles?| stories| reading| content)?|articoli correlati|post correlati"
    r"|potrebbe(?:ro)? (?:anche )?interessar[tv]i(?: anche)?|you (?:may|might) also (?:like|enjoy).{0,20}"
    r"|(?:leggi|vedi) anche|read also|see also|(?:share|condividi)(?: this| questo articolo)?)\s*:?",
    re.IGNORECASE,
)
_HEAD_AND_LINK = re.compile(
    r"(?:related|correlati|(?:leggi|vedi) anche|read also|see also)\s*:", re.IGNORECASE
)

# Glued to the end of a paragraph, after a full stop or a heading that asks.
_GLUED = re.compile(
    r"(?:(?<=[.!?…:”»\")])|(?<=\S\s))\s*\[?"
    r"(?i:(?:continue reading|continua a leggere)\s*(?:[“\"«„‘'].*|[→»›>….\])]*)"
    rf"|(?:{_MORE})\s*[→»›>…\]]+)\s*$",
    re.DOTALL,
)
_STOCK = re.compile(
    r"(?:(?<=[.!?…”»])|(?<!\S))"
    rf"(?:\d{{5,}}_?(?i:hi-?res|lo-?res|x*large)|(?i:{_BANKS})[_-]?\d{{4,}}\w*)(?!\S)\s?"
)
_CITED_AT_END = re.compile(rf"(?<=[.!?…”»\")])\s*{_CITED}\s*$", re.IGNORECASE)
_LEADS_ON = re.compile(rf"\s*\[?(?:{_MORE})\b", re.IGNORECASE)
_ONLY_MORE = re.compile(rf"(?:{_MORE})[\s→»›>….\])]*", re.IGNORECASE)
_OMISSION = re.compile(r"\[\s*(?:…|\.\.\.)\s*\]\s*(?:</[a-z0-9]+>\s*)*\Z")
_DOUBLED_STOP = re.compile(r"(?<=[^.])\.\.(?=\s*$)")

_UNTOUCHED = frozenset({"pre", "table", "code"})
_EMPTY_POINT = re.compile(r"<(ul|ol|li|figcaption|p|h[1-6])>(?:\s|<br>)*</\1>")
_LOOSE_BREAK = re.compile(r"(?<=<p>)(?:\s*<br>)+\s*|\s*(?:<br>\s*)+(?=</p>)")


class _Run(NamedTuple):
    """Text between two edges of blocks: the numbers of its tokens, and whether each is in a link."""

    pieces: tuple[tuple[int, str, bool], ...]
    untouched: bool

    @property
    def text(self) -> str:
        return "".join(piece for _, piece, _ in self.pieces)

    @property
    def all_linked(self) -> bool:
        return all(linked or not _WORDS.search(piece) for _, piece, linked in self.pieces)


_WORDS = re.compile(r"\w")
_LINES_OF = re.compile(r"[^\n]+")


class Trimmed(NamedTuple):
    """`goes_on`: the text itself says that there is more of it elsewhere."""

    html: SafeHtml
    goes_on: bool


@lru_cache(maxsize=256)  # one command reads a text several times
def trimmed(html: SafeHtml) -> Trimmed:
    """The text alone; the same object where there is nothing to take away."""
    goes_on = bool(_OMISSION.search(html))
    stream = list(tokens(html))
    runs = list(_runs(stream))
    gone: dict[int, list[tuple[int, int]]] = {}
    for run, spans in zip(runs, _to_cut(runs), strict=True):
        for start, end in spans:
            goes_on = goes_on or bool(_LEADS_ON.match(run.text, start, end))
            _mark(run, start, end, gone)
    if not gone:
        return Trimmed(without_captions(html), goes_on)
    left = _tidy("".join(_left(number, token, gone) for number, token in enumerate(stream)))
    return Trimmed(without_captions(left), goes_on)


def boilerplate_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where plain text has some, as far as that can be told without its links."""
    for line in _LINES_OF.finditer(text):
        for start, end in _in_line(line[0], linked=False):
            found = line[0][start:end]
            if stripped := found.strip():
                first = line.start() + start + found.index(stripped)
                yield first, first + len(stripped)


# ── what goes ──


def _to_cut(runs: Sequence[_Run]) -> Iterator[list[tuple[int, int]]]:
    after_head = False
    last = max((n for n, run in enumerate(runs) if run.text.strip()), default=-1)
    for n, run in enumerate(runs):
        text = run.text
        if run.untouched or not text.strip():
            yield []
            continue
        is_head = bool(_HEADS.fullmatch(text.strip()))
        if is_head or (after_head and run.all_linked):
            after_head = True
            yield [(0, len(text))]
            continue
        after_head = False
        spans = list(_in_lines(run))
        if n == last and not spans:
            spans = [(stop.start(), stop.start() + 1) for stop in _DOUBLED_STOP.finditer(text)]
        yield spans


def _in_lines(run: _Run) -> Iterator[tuple[int, int]]:
    text = run.text
    if _HEAD_AND_LINK.match(text.strip()) and _rest_is_linked(run):
        yield 0, len(text)
        return
    for line in _LINES_OF.finditer(text):
        for start, end in _in_line(line[0], linked=run.all_linked):
            whole = end - start == len(line[0]) and text[line.end() : line.end() + 1] == "\n"
            yield line.start() + start, line.start() + end + whole  # with its line break
    yield from _last_link(run)


@lru_cache(maxsize=2048)  # a post that is imported is asked about three times
def _in_line(line: str, *, linked: bool) -> tuple[tuple[int, int], ...]:
    return tuple(_found_in(line, linked=linked))


def _found_in(line: str, *, linked: bool) -> Iterator[tuple[int, int]]:
    if len(line) <= _LONGEST_LINE:
        words = " ".join(line.split())
        if _LINE.fullmatch(words) or _is_credit(words) or (linked and _LINKED.fullmatch(words)):
            yield 0, len(line)
            return
    if _NUMBERED.search(line):
        for found in _STOCK.finditer(line):
            yield found.span()
    for form in (_GLUED, _CITED_AT_END):
        if glued := form.search(line, max(0, len(line) - _LONGEST_LINE)):
            yield glued.span()
            return


_NUMBERED = re.compile("[_0-9]")


def _last_link(run: _Run) -> Iterator[tuple[int, int]]:
    """“… and so on. Read more”, where the last words are a link."""
    end = len(run.text)
    start = end
    for _, piece, linked in reversed(run.pieces):
        if not linked and _WORDS.search(piece):
            break
        start -= len(piece)
    words = run.text[start:end].strip()
    if not 0 < start < end or len(words) > _LONGEST_LINE:
        return
    after_sentence = run.text[:start].rstrip().endswith((".", "!", "?", "…", "”", "»", '"'))
    if _ONLY_MORE.fullmatch(words) or (after_sentence and _LEADS_ON.match(words)):
        yield start, end


def _is_credit(words: str) -> bool:
    if not _CREDIT.fullmatch(words):
        return False
    return len(words.split()) <= _MOST_CREDIT_WORDS and len(sentences(words)) == 1


def _rest_is_linked(run: _Run) -> bool:
    linked = [is_linked for _, piece, is_linked in run.pieces if _WORDS.search(piece)]
    return len(linked) > 1 and all(linked[1:])


# ── tokens ──


def _runs(stream: Sequence[Token]) -> Iterator[_Run]:
    pieces: list[tuple[int, str, bool]] = []
    links = untouched = 0
    for number, token in enumerate(stream):
        match token:
            case Text():
                pieces.append((number, token.text, links > 0))
            case Start("br"):
                pieces.append((number, "\n", links > 0))
            case Start(name) | End(name) if name in BLOCKS:
                yield _Run(tuple(pieces), untouched > 0)
                pieces = []
            case _:
                pass
        if isinstance(token, Start | End) and token.name not in VOID:
            step = 1 if isinstance(token, Start) else -1
            links += step * (token.name == "a")
            untouched += step * (token.name in _UNTOUCHED)
    yield _Run(tuple(pieces), untouched > 0)


def _mark(run: _Run, start: int, end: int, gone: dict[int, list[tuple[int, int]]]) -> None:
    position = 0
    for number, piece, _ in run.pieces:
        first, last = max(start - position, 0), min(end - position, len(piece))
        if first < last:
            gone.setdefault(number, []).append((first, last))
        position += len(piece)


def _left(number: int, token: Token, gone: dict[int, list[tuple[int, int]]]) -> str:
    spans = gone.get(number)
    if spans is None:
        return token.html
    if not isinstance(token, Text):
        return ""  # a line break
    text, kept, position = token.text, [], 0
    for start, end in sorted(spans):
        kept.append(text[position:start])
        position = max(position, end)
    return escaped("".join([*kept, text[position:]]))


def _tidy(html: str) -> SafeHtml:
    """Without the elements that are empty now."""
    html = clean(html, base_url=None)
    while (fewer := _EMPTY_POINT.sub("", _LOOSE_BREAK.sub("", html))) != html:
        html = clean(fewer, base_url=None)
    return SafeHtml(html)
