"""Foreign text made safe: the one home of cleaning, quoting, comparing and naming its language.

Pure: nothing here reads a clock, a file or the network (the language model is
loaded from the package on first use).
"""

from curator.text.characters import clean_text, fingerprint, normalised
from curator.text.clean import CLEANER_VERSION, clean
from curator.text.excerpt import excerpt
from curator.text.language import language_of
from curator.text.plain import plain
from curator.text.urls import absolute, safe_url, url_key

__all__ = [
    "CLEANER_VERSION",
    "absolute",
    "clean",
    "clean_text",
    "excerpt",
    "fingerprint",
    "language_of",
    "normalised",
    "plain",
    "safe_url",
    "url_key",
]
