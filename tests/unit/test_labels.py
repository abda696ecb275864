"""The words of pages and mails speak to whoever reads them."""

from __future__ import annotations

import re

from curator.settings.labels import ITALIAN


def test_italian_words_take_nobody_for_a_man() -> None:
    supposing = re.compile(
        r"\bsei (?:\w+ )?(?:\w+[ts]o|l’autore)\b|\bstato tu\b|\bbenvenuto\b", re.IGNORECASE
    )

    assert [name for name, words in ITALIAN.items() if supposing.search(words)] == []
