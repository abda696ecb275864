"""Foreign text made safe: the one home of cleaning, quoting, comparing and naming its language.

Pure: nothing here reads a clock, a file or the network (the language model is
loaded from the package on first use).
"""

from curator.model.credentials import masked, without_credentials
from curator.text.boilerplate import Trimmed, boilerplate_spans, trimmed
from curator.text.captions import without_captions
from curator.text.characters import clean_text, confined, fingerprint, normalised, one_line
from curator.text.clean import CLEANER_VERSION, clean
from curator.text.excerpt import excerpt
from curator.text.language import Identified, identify, language_of, language_tag
from curator.text.languages import is_language, languages_like
from curator.text.plain import as_html, plain, words_of
from curator.text.portions import located, portion, sentences_of
from curator.text.robots import TDM_RESERVED, opt_outs
from curator.text.sentences import sentence_spans, sentences
from curator.text.slugs import SLUG_LENGTH, address_words, slug_of
from curator.text.urls import absolute, addresses, safe_url, untracked, url_key, without_keys

__all__ = [
    "CLEANER_VERSION",
    "SLUG_LENGTH",
    "TDM_RESERVED",
    "Identified",
    "Trimmed",
    "absolute",
    "address_words",
    "addresses",
    "as_html",
    "boilerplate_spans",
    "clean",
    "clean_text",
    "confined",
    "excerpt",
    "fingerprint",
    "identify",
    "is_language",
    "language_of",
    "language_tag",
    "languages_like",
    "located",
    "masked",
    "normalised",
    "one_line",
    "opt_outs",
    "plain",
    "portion",
    "safe_url",
    "sentence_spans",
    "sentences",
    "sentences_of",
    "slug_of",
    "trimmed",
    "untracked",
    "url_key",
    "without_captions",
    "without_credentials",
    "without_keys",
    "words_of",
]
