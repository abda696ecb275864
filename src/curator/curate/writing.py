"""What an editor wants to change about an item, and the item as it is after that (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from curator import text
from curator.curate import attributing, passage
from curator.curate.labelled import label_end
from curator.errors import BadInput
from curator.model import (
    Attribution,
    Commentary,
    Entry,
    Excerpt,
    Image,
    Item,
    Lang,
    MachineText,
    Source,
    Waiver,
)
from curator.review import CODES
from curator.settings import Edition


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """None leaves a field as it is; an empty string empties it.

    `version`: what the editor has read; the save is refused when the item has moved on.
    `suggested`: of which fields the words are a machine's.
    """

    headline: str | None = None
    note: str | None = None
    excerpt: str | None = None
    paragraphs: str | None = None
    no_excerpt: bool = False
    excerpt_language: Lang | None = None
    tags: tuple[str, ...] | None = None
    attributions: tuple[Attribution, ...] | None = None
    image_url: str | None = None
    no_image: bool = False
    credit: str | None = None
    alt: str | None = None
    image_license: str | None = None
    image_permission: str | None = None
    waive: Mapping[str, str] = field(default_factory=dict)
    suggested: Mapping[str, MachineText] = field(default_factory=dict)
    version: int | None = None
    minor: bool = False
    correction: str | None = None


def written(
    item: Item, writing: Writing, *, entry: Entry | None, source: Source | None, edition: Edition, by: str
) -> Item:
    """The item with the editor's changes in it; BadInput names what cannot be."""
    if writing.minor and writing.correction:
        raise BadInput("correction_minor")
    return replace(
        item,
        excerpt=_excerpt(item, writing, entry, source),
        image=_image(item.image, writing),
        tags=_tags(writing.tags) if writing.tags is not None else item.tags,
        attributions=_attributions(item, writing, edition),
        waivers=_waivers(item.waivers, writing.waive, edition.key, by),
        commentaries={
            **item.commentaries,
            edition.key: _commentary(item.commentaries.get(edition.key), writing, edition, by),
        },
    )


def _commentary(old: Commentary | None, writing: Writing, edition: Edition, by: str) -> Commentary:
    commentary = old or Commentary(edition=edition.key, language=edition.language)
    headline = commentary.headline if writing.headline is None else _line(writing.headline)
    note = commentary.note if writing.note is None else _note(writing.note, edition)
    suggested = {**commentary.suggested, **writing.suggested}
    said = replace(commentary, headline=headline, note=note, suggested=suggested)
    return commentary if said == commentary else replace(said, author=by)


def _note(typed: str, edition: Edition) -> str | None:
    """The note without its label: editors paste "NOTA AICEX: …", the edition prints it anyway."""
    note = text.clean_text(typed.replace("\r\n", "\n")).strip()
    return note[label_end(note, edition) :].strip() or None


def _line(typed: str) -> str | None:
    return " ".join(text.clean_text(typed).split(" ")).replace("\n", " ").strip() or None


def _excerpt(item: Item, writing: Writing, entry: Entry | None, source: Source | None) -> Excerpt | None:
    old = item.excerpt
    ways = [writing.excerpt is not None, writing.paragraphs is not None, writing.no_excerpt]
    if sum(ways) > 1:
        raise BadInput("excerpt_ambiguous")
    language = _language(writing.excerpt_language) if writing.excerpt_language else None
    if writing.no_excerpt or (writing.excerpt is not None and not writing.excerpt.strip()):
        return None
    if writing.excerpt is not None:
        return passage.typed(writing.excerpt, entry, source, language=language)
    if writing.paragraphs is not None:
        if entry is None or source is None:
            raise BadInput("paragraphs_without_entry")
        try:
            return passage.chosen(writing.paragraphs, entry, source, language=language)
        except BadInput as refusal:
            refusal.data["item"] = item.id
            raise
    if language is None:
        return old
    if old is None:
        raise BadInput("excerpt_language_without_excerpt")
    return replace(old, language=language)


def _language(typed: Lang) -> Lang:
    tag = text.language_tag(typed)
    if tag is None or not text.is_language(tag):
        raise BadInput("language_invalid", given=typed, meant=text.languages_like(typed))
    return tag


def _image(old: Image | None, writing: Writing) -> Image | None:
    said = (writing.credit, writing.alt, writing.image_license, writing.image_permission)
    if writing.no_image:
        if writing.image_url or any(said):
            raise BadInput("image_ambiguous")
        return None
    image = old
    if writing.image_url is not None:
        url = _web_url(writing.image_url, field="image")
        image = old if old and old.url == url else Image(url=url)  # another picture has other rights
    if all(words is None for words in said):
        return image
    if image is None:
        raise BadInput("image_missing")

    def changed(words: str | None, before: str | None) -> str | None:
        return before if words is None else _line(words)

    return replace(
        image,
        credit=changed(writing.credit, image.credit),
        alt=changed(writing.alt, image.alt),
        license=changed(writing.image_license, image.license),
        permission=changed(writing.image_permission, image.permission),
    )


def _attributions(item: Item, writing: Writing, edition: Edition) -> tuple[Attribution, ...]:
    given = item.attributions
    if writing.attributions is not None:
        given = tuple(_attribution(one) for each in writing.attributions for one in attributing.split(each))
    old = item.commentaries.get(edition.key)
    headline = writing.headline if writing.headline is not None else old.headline if old else None
    return attributing.with_publisher(given, headline)


def _attribution(given: Attribution) -> Attribution:
    return Attribution(
        title=_line(given.title or ""),
        authors=tuple(name for author in given.authors if (name := _line(author))),
        publisher=_line(given.publisher or ""),
        url=_web_url(given.url, field="attribution.url") if given.url else None,
        license=_line(given.license or ""),
    )


def _web_url(url: str, *, field: str) -> str:
    safe = text.safe_url(url.strip())
    if safe is None:
        raise BadInput("url_invalid", url=url, field=field)
    return safe


def _tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """As typed, each once, empty ones dropped."""
    return tuple(dict.fromkeys(tag for typed in tags if (tag := _line(typed))))


def _waivers(old: tuple[Waiver, ...], waive: Mapping[str, str], edition: str, by: str) -> tuple[Waiver, ...]:
    """One waiver per edition and code; an empty reason takes it back."""
    waivers = {(w.edition, w.code): w for w in old}
    for code, reason in waive.items():
        if code not in CODES:
            raise BadInput("waiver_unknown", code=code, known=", ".join(c for c, can in CODES.items() if can))
        if not CODES[code]:
            raise BadInput(
                "waiver_not_allowed", code=code, known=", ".join(c for c, can in CODES.items() if can)
            )
        if reason.strip():
            waivers[edition, code] = Waiver(edition=edition, code=code, reason=reason.strip(), editor=by)
        else:
            waivers.pop((edition, code), None)
    return tuple(waivers[key] for key in sorted(waivers))
