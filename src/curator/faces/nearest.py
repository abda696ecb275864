"""What somebody may have meant who typed a word that is not there."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def near(word: str, known: Iterable[str], *, most: int = 3) -> list[str]:
    """The known words most like it, the likest first; none where nothing is like it. Case does not count."""
    folded = {each.casefold(): each for each in known}
    found = difflib.get_close_matches(word.casefold(), folded, n=most, cutoff=0.6)
    begun = [each for each in folded if len(word) > 1 and each.startswith(word.casefold())]
    return [folded[each] for each in dict.fromkeys([*found, *begun])][:most]
