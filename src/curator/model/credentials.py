"""Names and passwords in addresses.

Here, because every face needs it at once, and `curator.text` loads what cleans.
"""

from __future__ import annotations

import re

_USERINFO = re.compile(r"(?<=://)([^\s/?#@:<>\"]*)(:?)[^\s/?#<>\"]*@")


def masked(text: str) -> str:
    """The text without what opens a door: passwords in addresses, or what stands alone for one (a token)."""
    return (
        _USERINFO.sub(lambda found: f"{found[1]}:***@" if found[2] else "***@", text)
        if "@" in text and "://" in text
        else text
    )


def without_credentials(url: str) -> str:
    return _USERINFO.sub("", url)
