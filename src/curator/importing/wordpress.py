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
_BLOCK = re.compile(r"<!--\s+/?wp:(?:(?!-->|<!--).)*-->", re.DOTALL)
# The one block that is shown with paragraphs of its own.
_SHORTCODE_BLOCK = re.compile(
    r"<!--\s+wp:shortcode\s+-->((?:(?!<!--).)*)<!--\s+/wp:shortcode\s+-->", re.DOTALL
)
_SHORTCODE_ENDS = re.compile(r"\[/([a-z][a-z0-9_-]{2,40})\]", re.IGNORECASE)
_SHORTCODE = re.compile(r"\[([a-z][a-z0-9_-]{2,40})(?:\s+[\w-]+=[^\[\]]*)?\]", re.IGNORECASE)


def rendered(content: str) -> str:
    """The content (`post_content`) as HTML for a browser; not cleaned."""
    content = _without_open_comment(content.replace("\r\n", "\n").replace("\r", "\n"))
    if "<!-- wp:" in content:
        # What an editor made of blocks has its paragraphs already.
        content = typeset(with_embeds(_SHORTCODE_BLOCK.sub(lambda found: autop(found[1]), content)))
        return with_markup(_BLOCK.sub("", content))
    return autop(with_markup(typeset(with_embeds(content))))


def _without_open_comment(content: str) -> str:
    """A comment that never ends would take all words behind it along."""
    opened = content.find("<!--", content.rfind("-->") + 1)
    return content if opened < 0 else content[:opened] + content[opened:].replace("<!--", "&lt;!&#45;&#45;")


def unknown_shortcodes(html: str) -> tuple[str, ...]:
    """The shortcodes that are still there, whose plugin the blog had and nobody else has; each once."""
    if "[" not in html:
        return ()
    names: dict[str, bool] = {}
    for found in _SHORTCODE.finditer(html):
        names[found[1]] = names.get(found[1], False) or "=" in found[0]
    ended = set(_SHORTCODE_ENDS.findall(html))
    return tuple(name for name, stated in names.items() if stated or name in ended)


def is_no_category(name: str) -> bool:
    """Whether it is the category that WordPress gives to what has none."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return plain.strip().replace(" ", "-") in _NONE
