"""Which languages there are, and which one somebody may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from functools import cache

from curator.model import Lang

_SPOKEN_HERE = ("it", "en")
"""In which languages a language may be named: «tedesco», “German”; and always in its own."""
_MOST = 3


def is_language(tag: Lang) -> bool:
    """Whether there is such a language; what follows it (region, script) is not looked at."""
    return tag.split("-", 1)[0].lower() in _known()


def languages_like(typed: str) -> list[Lang]:
    """The languages whose name or old code is most like it, the likeliest first."""
    from babel.core import get_global  # the tables of all languages take a while

    wanted = typed.strip().casefold()
    current = get_global("language_aliases").get(wanted)
    if current is not None:
        return [Lang(current)]
    named = dict(reversed(list(_named())))  # of two of one name the first counts
    close = difflib.get_close_matches(wanted, named, n=_MOST, cutoff=0.75)
    return list(dict.fromkeys(named[name] for name in close))


def _named() -> Iterator[tuple[str, Lang]]:
    from babel import Locale

    for language in _SPOKEN_HERE:
        for code, name in Locale(language).languages.items():
            if "_" not in code and code in _known():
                yield name.casefold(), Lang(code)
    for code in ("fr", "de", "es", "pt"):
        yield str(Locale(code).languages[code]).casefold(), Lang(code)


@cache
def _known() -> frozenset[str]:
    from babel import Locale
    from babel.core import get_global

    spoken = {str(code) for code in Locale("en").languages if "_" not in str(code)}
    listed = {str(code).split("_", 1)[0] for code in get_global("likely_subtags")}
    return frozenset(spoken | listed) - {"und", "mul", "zxx", "root"}
