"""One original → the fields of an item. One anatomy for all forms in which a post may be read."""

from __future__ import annotations

import re

from curator.importing.house import House
from curator.mastheads import of_address
from curator.model import UNKNOWN_LANGUAGE, Confidence, Excerpt, Original, Recovered, SafeHtml
from curator.text import addresses, as_html, clean, language_of, one_line, plain


def recover(original: Original, *, house: House) -> Recovered:
    """What this post says, field by field; what nobody says stays None."""
    paragraphs = plain(clean(original.html, base_url=original.permalink)).split("\n\n")
    labels = "|".join(map(re.escape, house.note_labels))
    note = next((p for p in paragraphs if re.match(rf"(?:{labels})\s*:", p)), None)
    rest = [p for p in paragraphs if p and p != note]
    html = SafeHtml("".join(map(as_html, rest)))
    text = plain(html)
    language = language_of(text, declared=None) if text else UNKNOWN_LANGUAGE
    excerpt = Excerpt(html=html, text=text, language=language, truncated=not original.whole) if text else None
    found = tuple(of_address(url) for url in addresses(text))
    return Recovered(
        headline=one_line(original.title),
        language=language,
        note=note and note.partition(":")[2].strip(),
        excerpt=excerpt,
        attributions=found,
        image=original.image,
        lost_picture=None,
        tags=original.tags,
        author=original.author,
        confidence={"headline": Confidence.SURE},
    )
