"""What the lint knows of Italian: particles, accents, and the look of a sentence that has no verb."""

from __future__ import annotations

import re
from collections.abc import Iterator

from curator.curate.lint.pointing import LETTER, masked, pointed
from curator.model import Problem
from curator.text import sentence_spans

# ── words ───────────────────────────────────────────────────────────────────

ARTICLES = frozenset("il lo la l i gli le un uno una".split())
PREPOSITIONS = frozenset(
    "di a ad da in con su per tra fra d del dello della dell dei degli delle al allo alla all ai agli "
    "alle dal dallo dalla dall dai dagli dalle nel nello nella nell nei negli nelle sul sullo sulla "
    "sull sui sugli sulle col coi verso senza presso durante secondo dopo prima oltre sotto sopra "
    "dentro fuori entro".split()
)
_BEFORE_NOUNS = (
    ARTICLES
    | PREPOSITIONS
    | frozenset(
        "questo questa quest questi queste quel quello quella quell quei quegli quelle ogni qualche "
        "suo sua suoi sue loro nostro nostra nostri nostre vostro vostra vostri vostre mio mia miei "
        "mie tuo tua tuoi tue alcuni alcune molti molte tutti tutte due tre quattro cinque dieci "
        "altro altra altri altre".split()
    )
)
_RELATIVE = frozenset(
    "che cui quale quali chi dove quando se perché affinché sebbene benché poiché come".split()
)
_LITTLE = (
    _BEFORE_NOUNS
    | _RELATIVE
    | frozenset(
        "e ed o od ma però anzi né non più meno molto poco tanto troppo così anche ancora già mai "
        "sempre spesso ora oggi ieri domani qui qua lì là solo soltanto proprio davvero quasi circa "
        "quindi dunque infatti inoltre tuttavia insieme bene male meglio peggio io tu lui lei noi voi "
        "essi esse si ci vi ne mi ti se ciò nulla niente qualcosa tutto tutta ciascuno ciascuna "
        "nessuno nessuna invece cioè ossia ovvero innanzitutto soprattutto appunto almeno neanche "
        "nemmeno neppure mentre grazie tale tali stesso stessa stessi stesse primo prima ultimo "
        "ultima grande grandi piccolo piccola nuovo nuova nuovi nuove vero vera buono buona".split()
    )
)
# Finite forms that nothing but a list can tell from a noun, or that must count wherever they stand.
_FINITE = frozenset(
    "è sei sono siamo siete era eri erano ho hai ha abbiamo avete hanno aveva avevano può puoi posso "
    "possono vuole vuoi voglio vogliono deve devi devo devono va vai vado vanno fa fai faccio fanno "
    "sta stai sto stanno dà dai danno dice dici dico dicono sa sai so sanno viene vieni vengo vengono "
    "tiene esce pare sembra vale basta resta conta serve occorre bisogna conviene accade succede "
    "significa indica implica spiega racconta scrive ricorda insegna mostra dimostra conferma rivela "
    "propone chiede aiuta porta crea offre permette consente richiede riguarda credo penso ritengo "
    "scopriamo vediamo leggete scoprite leggi scopri".split()
)
# A gerund is no finite verb, but a sentence of one is style, not a slip.
_FINITE_ENDING = re.compile(
    r"(?:[aei]mo|[aei]te|[ao]no|[aei]v[aoi]|[aei]vano|[aei]vamo|r[àò]|r[ae]i|ranno|remo|rete|rebbe|rebbero"
    r"|[ae]ndo(?:si|l[oaie]|ci|ne)?|ass[ei]|ess[ei]|iss[ei]|assero|essero|issero|arono|erono|irono|ò|ì|isce|iscono)\Z"
)
_NO_VERB_ENDING = re.compile(
    r"(?:zion[ei]|sion[ei]|ment[oi]|tà|enz[ae]|ism[oi]|[^v]al[ei]|il[ei]|os[oie]|iv[oi]|ic[oi]|iche|bil[ei]"
    r"|tor[ei]|tric[ei]|at[oai]|ut[oi]|it[oi]|[aei]r(?:e|si|l[oaie]|ci|ne)|mente"
    r"|[ea]nce|o|i|[^aeiouàèéìòù])\Z"
)
_FOREIGN = re.compile(r"[jkwxy]")
_WORD = re.compile(rf"{LETTER}+")
_FEWEST_WORDS = 10  # shorter ones are meant so: “Una bella sfida per tutti.”

WORDS_ON_A_CONSONANT = frozenset(
    "per con in non il del al dal nel sul col un ben buon gran bel qual quel".split()
)
# An article is not followed by these; a letter that broke off is.
PARTICLES = (
    PREPOSITIONS | ARTICLES | frozenset("e ed o ma che è sono ha hanno era anche come se si".split())
) - {
    "secondo",
    "prima",
    "dopo",
}
LETTER_NAMERS = frozenset(
    "lettera punto comma opzione caso fase tipo classe gruppo piano vitamina parte allegato sezione "
    "serie fascia livello".split()
)

# ── accents ─────────────────────────────────────────────────────────────────

_ACCENTS = (
    (
        re.compile(
            r"\b(\w*(?:perch|poich|finch|ffinch|bench|nzich|sicch|iacch|onch|urch|anch))è\b", re.IGNORECASE
        ),
        r"\1é",
    ),
    (re.compile(r"\b(n|s)è\b", re.IGNORECASE), r"\1é"),
    (re.compile(r"\b(un )pò\b", re.IGNORECASE), r"\1po’"),
    (re.compile(r"\b(qual)[’'‘]è\b", re.IGNORECASE), r"\1 è"),
    (re.compile(r"(?<!\w)E[’'‘](?=\s)"), "È"),
    (re.compile(r"(?<!\w)é(?!\w)"), "è"),
    (re.compile(r"\b([a-z]{2,})á\b"), r"\1à"),
    (re.compile(r"\b([a-z]+)í\b"), r"\1ì"),
    (re.compile(r"\b([a-z]{2,})ó\b"), r"\1ò"),
    (re.compile(r"\b([a-z]+)ú\b"), r"\1ù"),
    (re.compile(r"\b(cio|caff|t)é\b"), r"\1è"),
)


def accents(text: str, field: str) -> Iterator[Problem]:
    prose = masked(text)
    for pattern, meant in _ACCENTS:
        for found in pattern.finditer(prose):
            yield pointed("lint_accent", field, text, found.span(), found.expand(meant))


# ── sentences ───────────────────────────────────────────────────────────────


def verbless(text: str, field: str) -> Iterator[Problem]:
    """Long sentences in which every word can be told not to be their verb."""
    prose = masked(text)
    for start, end in sentence_spans(prose):
        if prose[start:end].rstrip("”»)").endswith(".") and _lacks_verb(prose[start:end]):
            yield pointed("lint_no_verb", field, text, (start, end))


def _lacks_verb(sentence: str) -> bool:
    """A relative clause has a verb of its own; the main clause needs another.

    A sentence that begins with one ("Perché ascoltare è diverso.") is said as headlines are.
    """
    words = [found[0] for found in _WORD.finditer(sentence)]
    if len(words) < _FEWEST_WORDS:
        return False
    verbs = [n for n in range(len(words)) if _may_be_verb(words, n)]
    clauses = sum(word.lower() in _RELATIVE for word in words)
    if not clauses or words[0].lower() in _RELATIVE:
        return not verbs
    first = next(n for n, word in enumerate(words) if word.lower() in _RELATIVE)
    return len(verbs) <= clauses and all(n > first for n in verbs)


def _may_be_verb(words: list[str], n: int) -> bool:
    word = words[n].lower()
    if word in _FINITE:
        return True
    before = words[n - 1].lower() if n else ""
    if word in _LITTLE or (n and words[n] != word):  # a capital inside a sentence: a name
        return False
    if before in _BEFORE_NOUNS and before not in {"lo", "la", "li", "le", "gli"}:
        return bool(_FINITE_ENDING.search(word)) and before in ARTICLES - {"un", "uno", "una", "il", "i"}
    if _FOREIGN.search(word):
        return False
    return n == 0 or bool(_FINITE_ENDING.search(word)) or not _NO_VERB_ENDING.search(word)
