"""The label before a note: the edition prints it, and whoever types it all the same is not doubled."""

from __future__ import annotations

import re

from curator.settings import Edition


def label_end(note: str, edition: Edition) -> int:
    """Where the note itself begins: behind “NOTA AICEX:”, “Aicex :” or both, however they are spaced."""
    names = "|".join(
        r"\s*".join(map(re.escape, name.split()))
        for name in (edition.note_label, edition.organisation)
        if name.strip()
    )
    if not names:
        return 0
    found = re.match(rf"(?:\s*(?:{names})\s*[:：]\s*)+", note, re.IGNORECASE)
    return found.end() if found else 0
