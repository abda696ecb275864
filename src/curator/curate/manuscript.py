"""An item as a Markdown file that an editor writes in `$EDITOR`, and back (pure).

    ---
    headline: Mantenere una promessa basta
    attribution: Title | Author; Author | Publisher | https://… | licence
    ---
    The note, in paragraphs.

    > The excerpt, in paragraphs.

Only ` | ` inside an attribution is escaped (`\\|`). Only what was changed in
the file becomes a change.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from curator import frontmatter
from curator.curate.writing import Writing
from curator.errors import BadInput
from curator.frontmatter import FENCE
from curator.model import Attribution, Item, Lang

_RIGHTS = ("image-license", "image-permission")
_PLAIN = ("headline", "tags", "excerpt-language", "image", "credit", "alt", *_RIGHTS, "version")
_NAMES = (*_PLAIN, "attribution")
_PARTS = 5  # of an attribution: title, authors, publisher, URL, licence


@dataclass(frozen=True, slots=True, kw_only=True)
class Manuscript:
    fields: dict[str, str]
    attributions: tuple[Attribution, ...]
    note: str
    excerpt: str


def manuscript(item: Item, *, edition: str, hints: tuple[str, ...] = ()) -> str:
    """The file for this item. `hints` are lines for the editor, put in as comments."""
    commentary = item.commentaries.get(edition)
    image = item.image
    fields = {
        "headline": commentary.headline if commentary else None,
        "tags": ", ".join(item.tags),
        "excerpt-language": item.excerpt.language if item.excerpt else None,
        "image": image.url if image else None,
        "credit": image.credit if image else None,
        "alt": image.alt if image else None,
        "image-license": image.license if image else None,
        "image-permission": image.permission if image else None,
        "version": str(item.version),
    }
    lines = [FENCE, *(f"# {hint}" for hint in hints)]
    lines += [f"{name}: {value or ''}".rstrip() for name, value in fields.items()]
    lines += [f"attribution: {_attribution_line(a)}" for a in item.attributions] or ["attribution:"]
    lines += [FENCE, "", (commentary.note if commentary else None) or "", ""]
    if item.excerpt:
        lines += [f"> {line}".rstrip() for line in item.excerpt.text.splitlines()]
    return "\n".join(lines).rstrip() + "\n"


def complaint(text: str, sentence: str) -> str:
    """The same file with the reason why it could not be read on top."""
    kept = [line for line in text.splitlines() if not line.startswith("#!")]
    return "\n".join([f"#! {sentence}", *kept]) + "\n"


def changes(text: str, *, before: str) -> Writing:
    """What the editor changed in the file that was `before`; BadInput says which line cannot be read."""
    new, old = read(text), read(before)

    def changed(name: str) -> str | None:
        value = new.fields.get(name, "")
        return None if value == old.fields.get(name, "") else value

    image = changed("image")
    gone = image == ""
    language = changed("excerpt-language")
    excerpt = None if _same(new.excerpt, old.excerpt) else new.excerpt
    return Writing(
        headline=changed("headline"),
        note=None if new.note == old.note else new.note,
        excerpt=excerpt,
        excerpt_language=Lang(language) if language and excerpt != "" else None,
        tags=None if changed("tags") is None else _tags(new.fields.get("tags", "")),
        attributions=None if new.attributions == old.attributions else new.attributions,
        image_url=image or None,
        no_image=gone,
        credit=None if gone else changed("credit"),
        alt=None if gone else changed("alt"),
        image_license=None if gone else changed("image-license"),
        image_permission=None if gone else changed("image-permission"),
        version=_version(new.fields.get("version", "")),
    )


def read(text: str) -> Manuscript:
    front, body = frontmatter.read(text, names=_NAMES)
    fields: dict[str, str] = {}
    attributions: list[Attribution] = []
    for number, name, value in front:
        if name == "attribution":
            if value:
                attributions.append(_attribution(value, line=number))
        elif name in fields:
            raise BadInput("manuscript_name_twice", line=number, name=name)
        else:
            fields[name] = value
    return Manuscript(
        fields=fields,
        attributions=tuple(attributions),
        note="\n".join(line for line in body if not line.startswith(">")).strip(),
        excerpt="\n".join(line[1:].removeprefix(" ") for line in body if line.startswith(">")).strip(),
    )


def _attribution_line(attribution: Attribution) -> str:
    parts = [
        attribution.title,
        "; ".join(attribution.authors),
        attribution.publisher,
        attribution.url,
        attribution.license,
    ]
    while parts and not parts[-1]:
        parts.pop()
    return " | ".join((part or "").replace("|", "\\|") for part in parts)


def _attribution(value: str, *, line: int) -> Attribution:
    parts = [part.replace("\\|", "|").strip() for part in re.split(r"(?<!\\)\|", value)]
    if len(parts) > _PARTS:
        raise BadInput("manuscript_attribution_parts", line=line, parts=len(parts), most=_PARTS)
    title, authors, publisher, url, licence = parts + [""] * (_PARTS - len(parts))
    return Attribution(
        title=title or None,
        authors=tuple(name.strip() for name in authors.split(";") if name.strip()),
        publisher=publisher or None,
        url=url or None,
        license=licence or None,
    )


def _tags(typed: str) -> tuple[str, ...]:
    return tuple(tag.strip() for tag in typed.split(",") if tag.strip())


def _version(typed: str) -> int | None:
    if typed and not typed.isdecimal():
        raise BadInput("manuscript_version", version=typed)
    return int(typed) if typed else None


def _same(one: str, other: str) -> bool:
    """Rewrapped lines are no other excerpt: its structure is kept unless its words change."""
    return one.split() == other.split()
