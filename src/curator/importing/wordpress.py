"""A post's content as WordPress shows it: what it does to its database's text (pure).

The steps are those that its own documentation names for `the_content`: embeds, blocks, typography,
shortcodes, paragraphs. No words are lost on the way: what we cannot show stays as it was written.
"""

from __future__ import annotations

import re
import unicodedata

from curator.importing.autop import autop
from curator.importing.shortcodes import with_embeds, with_markup
from curator.importing.typography import typeset

_NONE = frozenset(
    "uncategorized uncategorised senza-categoria non-categorizzato non-classe sin-categoria sem-categoria "
    "allgemein-unkategorisiert unkategorisiert geen-categorie bez-kategorii okategoriserade".split()
)
_BLOCK = re.compile(
    r"<!--\s+/?wp:(?:[a-z][a-z0-9_-]*/)?[a-z][a-z0-9_-]*(?:\s+\{(?:(?!-->).)*\})?\s+/?-->\n?", re.DOTALL
)


def rendered(content: str) -> str:
    """The content (`post_content`) as HTML for a browser; not cleaned."""
    content = content.replace("\r\n", "\n").replace("\r", "\n")
    if "<!-- wp:" in content:
        return with_markup(typeset(_BLOCK.sub("", with_embeds(content))))
    return autop(with_markup(typeset(with_embeds(content))))


def is_no_category(name: str) -> bool:
    """Whether it is the category that WordPress gives to what has none."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return plain.strip().replace(" ", "-") in _NONE
