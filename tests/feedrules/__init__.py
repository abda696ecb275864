"""The rules of the W3C feed validator (level AA) that can apply to what we publish, as checks of our own.

Each finding is named like the validator's class where it has one; `OURS` names those that are
stricter than it. The list is empty for a document that the validator finds nothing in, but for
the namespace of tombstones, which it does not know. The validator itself is in no package
registry; tests/unit/test_feed_validator.py asks it too where there is a checkout.

`check_always` hangs the rules into publish/feeds: no document that any test makes goes unchecked.
"""

from feedrules.always import check_always, found
from feedrules.jsonfeed import json_findings
from feedrules.names import AT, DC, MEDIA, OURS, XML_LANG, A, C, X
from feedrules.whole import findings

__all__ = [
    "AT",
    "DC",
    "MEDIA",
    "OURS",
    "XML_LANG",
    "A",
    "C",
    "X",
    "check_always",
    "findings",
    "found",
    "json_findings",
]
