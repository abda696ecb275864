"""What several documents say of one post, as one: of each field the best that any of them has. Pure.

Nothing depends on the order in which the documents were read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from curator.model import Access, Confidence, Form, Image, Imported, Problem, Recovered

_FORMS = {form: n for n, form in enumerate(Form)}
_PARTS = {"language": "excerpt", "lost_picture": "image"}
"""Fields that come from the same document as another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """Since when readers have a post, and under which id; None where no document says it."""

    published: datetime | None
    updated: datetime | None
    guid: str | None
    permalink: str | None


def merged(imports: Sequence[Imported]) -> Recovered:
    """One post as all of its documents together tell it; at least one is given.

    Note and excerpt are of one document: where the one ends and the other begins is told by it alone.
    """
    fullest = sorted(imports, key=_fullest)
    ranked = sorted(imports, key=best)
    words = fullest[0]
    from_: dict[str, Imported] = {
        "headline": _first(ranked, lambda said: said.headline),
        "note": words,
        "excerpt": words,
        "attributions": _first(fullest, lambda said: said.attributions),
        "image": _first(ranked, lambda said: said.image or said.lost_picture),
        "tags": _first(ranked, lambda said: said.tags),
        "author": _first(ranked, lambda said: said.author),
        "published": next((one for one in ranked if one.published), ranked[0]),
    }
    if from_["image"].recovered.image is None:
        from_["image"] = next((one for one in ranked if one.recovered.image), from_["image"])
    pictured = from_["image"].recovered
    return Recovered(
        headline=from_["headline"].recovered.headline,
        language=words.recovered.language,
        note=words.recovered.note,
        excerpt=words.recovered.excerpt,
        attributions=from_["attributions"].recovered.attributions,
        image=pictured.image and _completed(pictured.image, ranked),
        lost_picture=None if pictured.image else pictured.lost_picture,
        tags=from_["tags"].recovered.tags,
        author=from_["author"].recovered.author,
        confidence=dict(_confidence(from_)),
        doubts=tuple(_doubts(from_)),
    )


def dates(imports: Sequence[Imported]) -> Dates:
    """Of each the word of the best document that has one."""
    ranked = sorted(imports, key=best)
    return Dates(
        published=next((one.published for one in ranked if one.published), None),
        updated=next((one.updated for one in ranked if one.updated), None),
        guid=next((one.guid for one in ranked if one.guid), None),
        permalink=next((one.permalink for one in ranked if one.permalink), None),
    )


def is_public(imports: Sequence[Imported]) -> bool:
    """Whether any document says that readers have it, and none that it is kept from them."""
    told = {one.access for one in imports}
    return Access.PUBLIC in told and Access.CLOSED not in told


def to_go_by(imports: Sequence[Imported], *, public: bool) -> Sequence[Imported]:
    """Those that may say what an item is: where readers have it, only what readers of the blog have."""
    return [one for one in imports if one.access is Access.PUBLIC] if public else imports


def tellings(imports: Sequence[Imported]) -> tuple[Recovered, ...]:
    """What an item may have been made of: all of them together, or any of them, the fullest first."""
    return merged(imports), *(one.recovered for one in sorted(imports, key=_fullest))


def compatible(one: Recovered, other: Recovered) -> bool:
    """Whether neither contradicts the other: what both say, both say alike."""
    return all(
        not (mine := getattr(one, name)) or not (theirs := getattr(other, name)) or mine == theirs
        for name in SAID
    )


def same(one: Recovered, other: Recovered) -> bool:
    """Whether they come to the same item, however sure each is."""
    return all(getattr(one, name) == getattr(other, name) for name in SAID)


SAID = ("headline", "note", "excerpt", "attributions", "image", "lost_picture", "tags", "author")
"""The fields of what is recovered, without what is said about them."""


def best(one: Imported) -> tuple[object, ...]:
    """Sorts first what says most of a post beside its text: readers have it, and a form that tells more."""
    return one.access is Access.DRAFT, _FORMS[one.form], not one.whole, one.key


def _fullest(one: Imported) -> tuple[object, ...]:
    said = one.recovered
    wordless = said.note is None and said.excerpt is None
    return one.access is Access.DRAFT, wordless, not one.whole, _FORMS[one.form], one.key


def _first(imports: Sequence[Imported], said: Callable[[Recovered], object]) -> Imported:
    """The first that has it; the first of all where none does."""
    return next((one for one in imports if said(one.recovered)), imports[0])


def _completed(image: Image, imports: Sequence[Imported]) -> Image:
    """The picture with what other documents know of the same one."""
    told = [one.recovered.image for one in imports]
    same = [image, *(each for each in told if each and each.url == image.url)]
    return replace(
        image,
        alt=_said(same, lambda each: each.alt),
        credit=_said(same, lambda each: each.credit),
        license=_said(same, lambda each: each.license),
        permission=_said(same, lambda each: each.permission),
        file_name=_said(same, lambda each: each.file_name),
        named_in=_said(same, lambda each: each.named_in),
    )


def _said(images: Sequence[Image], what: Callable[[Image], str | None]) -> str | None:
    return next((said for image in images if (said := what(image))), None)


def _confidence(from_: Mapping[str, Imported]) -> Iterator[tuple[str, Confidence]]:
    for name in (*from_, *_PARTS):
        said = from_[_PARTS.get(name, name)].recovered.confidence
        if name in said:
            yield name, said[name]


def _doubts(from_: Mapping[str, Imported]) -> Iterator[Problem]:
    """Each document's about the fields that are its own; what is about none goes with the words."""
    for one in {id(each): each for each in from_.values()}.values():
        for doubt in one.recovered.doubts:
            name = (doubt.field or "").split(".")[0]
            if from_.get(_PARTS.get(name, name), from_["excerpt"]) is one:
                yield doubt
