"""What readers will get of an item, as text: publish's own composition, on a terminal."""

from __future__ import annotations

from textual.content import Content

from curator import text
from curator.compose import compose
from curator.curate.dossier import Dossier
from curator.faces.desk.passages import folded
from curator.model import Item, PublicItem
from curator.publish import crediting, markup, showing
from curator.settings import Edition, Settings

MOST_NARROW = 12
_BOLD, _DIM, _QUIET = "bold", "dim", "italic"


def composed(item: Item, dossier: Dossier, *, edition: Edition, settings: Settings) -> PublicItem:
    """The public version as `publish` would make it now, harmless as readers get it."""
    public = compose(item, dossier.said, dossier.source, edition=edition, editors=settings.editors)
    return showing.harmless(public)


def as_text(public: PublicItem, *, edition: Edition, width: int = 0) -> Content:
    """`width`: the columns there are, for a bar before each line of the quotation."""
    blocks = [Content.styled(public.headline, _BOLD)]
    if public.note:
        note = markup.unlabelled(public.note, edition.note_label)
        blocks.append(Content.assemble((f"{edition.note_label}: ", _BOLD), note))
    if public.excerpt:
        words = text.plain(public.excerpt.html)
        lines = folded(words, width - 2) if width > MOST_NARROW else folded(words, 10_000)
        quoted = [words[start:end] for start, end in lines]
        blocks.append(Content("\n").join(Content.assemble(("│ ", _DIM), line) for line in quoted))
    if public.image:
        blocks.append(Content.styled("\n".join(crediting.of_picture(public.image, edition)), _QUIET))
    for n, attribution in enumerate(public.attributions):
        language = markup.title_language(public, n)
        said, *more = crediting.of_source(attribution, edition, language=language)
        blocks.append(Content.assemble(said, ("".join(f"\n{line}" for line in more), _DIM)))
    if public.tags:
        blocks.append(Content.styled(" · ".join(public.tags), _DIM))
    blocks.append(Content.styled(public.author or edition.organisation, _DIM))
    return Content("\n\n").join(blocks)
