"""What stands in the editor's fields, and what of it is a change (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from curator.curate.writing import Writing
from curator.errors import BadInput
from curator.model import Attribution, Item

FIELDS = (
    *("headline", "note", "excerpt", "attributions", "tags"),
    *("image", "alt", "credit", "image_license", "image_permission"),
)
"""In the order of the screen."""

PARTS = ("title", "authors", "publisher", "url", "license")


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The fields as text, and the version of the item that they were read from.

    `chosen`: which paragraphs of the entry `excerpt` is; their markup is kept while its words are.
    """

    item_id: int
    edition: str
    version: int
    headline: str = ""
    note: str = ""
    excerpt: str = ""
    attributions: str = ""
    tags: str = ""
    image: str = ""
    alt: str = ""
    credit: str = ""
    image_license: str = ""
    image_permission: str = ""
    chosen: str | None = None
    chosen_text: str = ""

    def text(self, field: str) -> str:
        return str(getattr(self, field))

    def with_texts(self, texts: Mapping[str, str], *, chosen: str | None, chosen_text: str) -> Form:
        return from_plain({**asdict(self), **texts, "chosen": chosen, "chosen_text": chosen_text})

    def same_texts(self, other: Form) -> bool:
        return all(self.text(field) == other.text(field) for field in FIELDS)


def form_of(item: Item, *, edition: str, names: Mapping[str, str]) -> Form:
    """`names` are the words for the parts of an attribution in the editor's language."""
    commentary = item.commentaries.get(edition)
    image = item.image
    return Form(
        item_id=item.id,
        edition=edition,
        version=item.version,
        headline=(commentary.headline if commentary else None) or "",
        note=(commentary.note if commentary else None) or "",
        excerpt=item.excerpt.text if item.excerpt else "",
        attributions=attribution_lines(item.attributions, names),
        tags=", ".join(item.tags),
        image=image.url if image else "",
        alt=(image.alt if image else None) or "",
        credit=(image.credit if image else None) or "",
        image_license=(image.license if image else None) or "",
        image_permission=(image.permission if image else None) or "",
    )


def changes(form: Form, before: Form, *, names: Mapping[str, str]) -> Writing:
    """Only what is another than before; BadInput names the line that cannot be read."""

    def changed(field: str) -> str | None:
        return None if form.text(field).strip() == before.text(field).strip() else form.text(field)

    image = changed("image")
    gone = image is not None and not image.strip()
    tags, tagged = split_tags(form.tags), split_tags(before.tags)
    attributions = changed("attributions")
    excerpt = None if form.excerpt.split() == before.excerpt.split() else form.excerpt
    chosen = form.chosen if form.chosen and form.excerpt.split() == form.chosen_text.split() else None
    return Writing(
        headline=changed("headline"),
        note=changed("note"),
        excerpt=None if chosen else excerpt,
        paragraphs=chosen,
        tags=None if tags == tagged else tags,
        attributions=None if attributions is None else attributions_in(attributions, names),
        image_url=None if gone else image,
        no_image=gone,
        credit=None if gone else changed("credit"),
        alt=None if gone else changed("alt"),
        image_license=None if gone else changed("image_license"),
        image_permission=None if gone else changed("image_permission"),
        version=before.version,
    )


def is_nothing(writing: Writing) -> bool:
    return replace(writing, version=None) == Writing()


def split_tags(typed: str) -> tuple[str, ...]:
    return tuple(" ".join(tag.split()) for tag in typed.split(",") if tag.strip())


# ── attributions: a block of lines each, a blank line between two ──


def attribution_lines(attributions: tuple[Attribution, ...], names: Mapping[str, str]) -> str:
    blocks = []
    for each in attributions or (Attribution(title=None, publisher=None, url=None),):
        said = {**asdict(each), "authors": "; ".join(each.authors)}
        blocks.append("\n".join(f"{names[part]}: {said[part] or ''}".rstrip() for part in PARTS))
    return "\n\n".join(blocks)


def attributions_in(typed: str, names: Mapping[str, str]) -> tuple[Attribution, ...]:
    known = {names[part].casefold(): part for part in PARTS} | {part: part for part in PARTS}
    found: list[dict[str, str]] = [{}]
    for number, line in enumerate(typed.split("\n"), start=1):
        if not line.strip():
            found.append({})
            continue
        name, colon, value = line.partition(":")
        part = known.get(name.strip().casefold())
        if not colon or part is None:
            raise BadInput(
                "attribution_line_unknown", line=number, given=line.strip()[:60], known=list(names.values())
            )
        if part in found[-1]:
            raise BadInput("attribution_line_twice", line=number, name=name.strip())
        found[-1][part] = value.strip()
    return tuple(_attribution(said) for said in found if any(said.values()))


def _attribution(said: Mapping[str, str]) -> Attribution:
    return Attribution(
        title=said.get("title") or None,
        authors=tuple(name.strip() for name in said.get("authors", "").split(";") if name.strip()),
        publisher=said.get("publisher") or None,
        url=said.get("url") or None,
        license=said.get("license") or None,
    )


# ── as a file ──


def to_plain(form: Form) -> dict[str, Any]:
    return asdict(form)


def from_plain(said: Mapping[str, Any]) -> Form:
    """Keys of another version of the program are left out; a text that is there is taken."""
    known = Form.__dataclass_fields__
    return Form(**{name: value for name, value in said.items() if name in known})
