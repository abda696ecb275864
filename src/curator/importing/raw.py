"""What a post said, as it is kept for good: the same words, the same text.  (pure)"""

from __future__ import annotations

import json
import re

# What no database and no terminal should get as it is: JSON has a way to write it.
_STRANGE = re.compile("[\x7f-\x9f\u2028\u2029\u202d\u202e\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]")


def as_raw(said: object) -> str:
    """JSON on one line, its keys in order."""
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return _STRANGE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
