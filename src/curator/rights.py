"""Whose a picture is, as far as its names tell, and whether we may keep and show a copy of it (pure).

A name is a hint, never a licence: only a licence of the picture itself, or a permission
that an editor recorded, lets us show it. Everything else is a link with its credit.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from curator.model import Image, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A trace that an agency or a library of pictures left in a name, an address or a line of text.

    `sold`: its pictures are paid for; by an agency of None it is some bank of pictures that sells them.
    The others give theirs away under terms that want to be known.
    `photographer` and `page` are there where the name says them.
    """

    agency: str | None
    found: str
    sold: bool
    photographer: str | None = None
    page: str | None = None


_SOLD = (
    ("Getty Images", r"getty[\s_-]*images?|(?<=/)getty|(?<=/ )getty"),
    ("iStock", r"istock(?:photo)?(?:[\s_.-]*\d{5,}\w*)?"),
    ("Shutterstock", r"shutterstock(?:[\s_-]*\d{5,})?"),
    ("Adobe Stock", r"adobe[\s_-]?stock(?:[\s_-]*\d{5,})?|fotolia(?:_\d+)?"),
    ("Depositphotos", r"depositphotos(?:_\d+)?"),
    ("Dreamstime", r"dreamstime(?:_\w*\d+)?"),
    ("123RF", r"123rf(?:_\w*\d+)?"),
    ("Alamy", r"alamy(?:[\s_-]stock(?:[\s_-]photo)?)?"),
    ("Bigstock", r"bigstock(?:photo)?(?:[\s_-][\w-]*\d{5,})?"),
    ("Corbis", r"corbis(?:[\s_-]*images?)?"),
    ("Reuters", r"reuters"),
    ("AFP", r"(?-i:AFP)"),
    ("ANSA", r"(?-i:ANSA)"),
    ("LaPresse", r"la[\s_-]?presse"),
    ("Imagoeconomica", r"imagoeconomica"),
)
_SOLD_NAME = re.compile("|".join(rf"(?P<a{n}>{form})" for n, (_, form) in enumerate(_SOLD)), re.IGNORECASE)
# What banks of pictures call a file that somebody bought: 2535985_HiRes, 000026964040XXLarge.
_BOUGHT = re.compile(r"\d{6,}_?(?:hi-?res|x{0,3}large)", re.IGNORECASE)
# Without one of these there is no need to look closer: most names hold none, and lists show thousands.
# Part of a name only where no letter goes on: "transamerica" holds no "ANSA", "scalamyth" no Alamy.
_HINTS = tuple(
    "getty istock shutterstock adobe fotolia depositphotos dreamstime 123rf alamy bigstock corbis reuters"
    " afp ansa presse imagoeconomica".split()
)

_UNSPLASH = re.compile(
    r"(?:(?P<who>[A-Za-z0-9'’-]{1,80})-)?(?P<id>[A-Za-z0-9_-]{11})-unsplash(?![A-Za-z])", re.IGNORECASE
)
_PEXELS = re.compile(r"pexels-(?:photo-)?(?:(?P<who>[a-z][a-z0-9-]*?)-)?(?P<id>\d{3,9})(?!\d)", re.IGNORECASE)
_PIXABAY = re.compile(r"[a-z]-(?P<id>\d{5,8})_(?:640|960|1280|1920)(?!\d)", re.IGNORECASE)
_FLICKR = re.compile(r"(?<![0-9a-f])(?P<id>\d{8,11})_[0-9a-f]{10}(?:_[a-z])?(?![0-9a-z])")
_FREE = (
    ("Unsplash", "unsplash"),
    ("Pexels", "pexels"),
    ("Pixabay", "pixabay"),
    ("Flickr", "flickr"),
    ("Wikimedia Commons", "wikimedia"),
)
_LONGEST_FILE_NAME = 150
_LONGEST = 2000  # characters of a name; a caption of more is no name


def marks(words: str) -> tuple[Mark, ...]:
    """What a file name, an address, a credit or a caption tells about where a picture is from; each once."""
    words = words[:_LONGEST]
    return _each_once((*_sold(words), *_named(words), *_free(words)))


def marks_of(image: Image) -> tuple[Mark, ...]:
    """The same of everything that is known of a picture: its names, then credit and alt text."""
    said = (_address_words(image.url), image.file_name or "", image.credit or "", image.alt or "")
    return _each_once(mark for words in said for mark in marks(words))


def _each_once(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """One mark of an agency; a nameless bank of pictures is told only where no agency is."""
    found: dict[str | None, Mark] = {}
    for mark in marks:
        found.setdefault(mark.agency, mark)
    if any(mark.sold and mark.agency for mark in found.values()):
        found.pop(None, None)
    return tuple(found.values())


def completed(image: Image | None, other: Image | None) -> Image | None:
    """What two places say of one picture, told by its file name; of two pictures the first."""
    if image is None or other is None or file_of(image.url) != file_of(other.url):
        return image or other
    return replace(
        image,
        alt=image.alt or other.alt,
        credit=image.credit or other.credit,
        license=image.license or other.license,
        width=image.width or (None if image.height else other.width),
        height=image.height or (None if image.width else other.height),
        file_name=image.file_name or other.file_name,
    )


def file_of(url: str) -> str:
    """The file's name without the size that WordPress and others append (`-300x200`)."""
    return re.sub(r"-\d{1,5}x\d{1,5}(?=\.\w+$)", "", urlsplit(url).path.rsplit("/", 1)[-1])


def warnings(image: Image | None) -> tuple[Problem, ...]:
    """What an editor should know about a picture's rights before it goes out; nothing here blocks."""
    if image is None:
        return ()
    return tuple(_warnings(image))


def may_show(image: Image, *, licenses: Collection[str]) -> bool:
    """Whether we may keep a copy and show it, under the licences that the house accepts."""
    return obstacle(image, licenses=licenses) is None


def obstacle(image: Image, *, licenses: Collection[str]) -> Problem | None:
    """Why a picture stays a link. A recorded permission opens every door but one: none without a credit.

    A licence alone is not believed of a picture that an agency sells.
    """
    if not (image.credit or "").strip():
        return Problem(code="picture_uncredited", field="image.credit")
    if (image.permission or "").strip():
        return None
    if not (image.license or "").strip():
        return Problem(code="picture_unlicensed", field="image.license")
    if license_family(image.license) not in licenses:
        data = {"license": image.license, "known": ", ".join(licenses)}
        return Problem(code="picture_license_unknown", field="image.license", data=data)
    sold = next((mark for mark in marks_of(image) if mark.sold), None)
    if sold is not None:
        return Problem(code="picture_sold", field="image", data={"agency": sold.agency, "found": sold.found})
    return None


FAMILIES = (
    "cc0",
    "pdm",
    "by",
    "by-sa",
    "by-nd",
    "by-nc",
    "by-nc-sa",
    "by-nc-nd",
    "unsplash",
    "pexels",
    "pixabay",
)
"""Licences known by a word, as the settings name them."""


def license_family(stated: str | None) -> str | None:
    """Which of the known licences an address or some words mean; None: nobody can say."""
    if not stated:
        return None
    words = " ".join(stated.split()).casefold()
    for form in _LICENCES:
        if found := form.fullmatch(words):
            name = found[1].replace(" ", "-")
            name = _OTHERWISE.get(name, name)
            return name if name in FAMILIES else None
    return None


def license_address(stated: str | None) -> str | None:
    """Where the terms of a licence can be read, if it says so itself or is one that everybody knows."""
    words = " ".join((stated or "").split())
    if words.startswith(("https://", "http://")):
        return words
    family = license_family(words)
    if family in _TERMS:
        return _TERMS[family]
    version = re.search(r"\d\.\d", words)
    return f"https://creativecommons.org/licenses/{family}/{version[0]}/" if family and version else None


_TERMS = {
    "cc0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "pdm": "https://creativecommons.org/publicdomain/mark/1.0/",
    "unsplash": "https://unsplash.com/license",
    "pexels": "https://www.pexels.com/license/",
    "pixabay": "https://pixabay.com/service/license-summary/",
}
_LICENCES = tuple(
    re.compile(form)
    for form in (
        r"https?://(?:www\.)?creativecommons\.org/licenses/([a-z-]+)(?:/.*)?",
        r"https?://(?:www\.)?creativecommons\.org/publicdomain/(zero|mark)(?:/.*)?",
        r"https?://(?:www\.)?(unsplash|pexels|pixabay)\.com/\S*licen[sc]e\S*",
        r"cc[ -]?(0|zero)(?: 1\.0)?",
        r"(cc0|pdm|public domain|pubblico dominio|public domain mark)",
        r"cc[ -](by(?:-(?:nc|nd|sa))*)(?: \d\.\d)?(?: [a-z]{2})?",
        r"(unsplash|pexels|pixabay)(?: licen[sc]e)?",
    )
)
_OTHERWISE = {
    "0": "cc0",
    "zero": "cc0",
    "mark": "pdm",
    "public-domain": "pdm",
    "pubblico-dominio": "pdm",
    "public-domain-mark": "pdm",
}


def is_file_name(words: str) -> bool:
    """Whether this is the name of a file rather than something said about a picture."""
    words = words.strip()
    if len(words) > _LONGEST_FILE_NAME:
        return False
    if re.search(r"\.(?:jpe?g|png|gif|webp|avif|tiff?|heic|svg)$", words, re.IGNORECASE):
        return True
    return " " not in words and bool(
        re.fullmatch(
            r"(?:img|dsc[nf]?|image|foto|photo|cropped|screenshot)[-_]?\w*\d+\w*", words, re.IGNORECASE
        )
        or re.fullmatch(r"[\w-]+-unsplash", words, re.IGNORECASE)
        or _FLICKR.fullmatch(words)
        or _BOUGHT.search(words)
        or re.fullmatch(r"[0-9a-f]{16,}|\d{5,}(?:_\w+)?", words, re.IGNORECASE)
    )


# ── what is warned of ───────────────────────────────────────────────────────


def _warnings(image: Image) -> Iterator[Problem]:
    cleared = bool((image.permission or "").strip())
    licensed = license_family(image.license) is not None
    for mark in marks_of(image):
        if mark.sold and not cleared:
            data = {"agency": mark.agency, "found": mark.found, "suggestion": None}
            yield Problem(
                code="lint_image_rights" if mark.agency else "lint_image_bought", field="image", data=data
            )
        elif not mark.sold and not (cleared or licensed):
            yield Problem(
                code="lint_image_license",
                field="image",
                data={
                    "agency": mark.agency,
                    "found": mark.found,
                    "photographer": mark.photographer,
                    "page": mark.page,
                    "suggestion": _credit(mark),
                },
            )
    for field in ("alt", "credit"):
        said = getattr(image, field)
        if said and is_file_name(said):
            yield Problem(
                code="lint_image_file_name",
                field=f"image.{field}",
                data={"start": 0, "end": len(said), "found": said, "suggestion": None},
            )


def _credit(mark: Mark) -> str | None:
    return f"{mark.photographer} / {mark.agency}" if mark.photographer else None


# ── names ───────────────────────────────────────────────────────────────────


def _sold(words: str) -> Iterator[Mark]:
    lowered = words.lower()
    if any(hint in lowered for hint in _HINTS):
        for match in _SOLD_NAME.finditer(words):
            before, after = words[: match.start()], words[match.end() :]
            if not (before[-1:].isalpha() or after[:1].isalpha()):
                agency = _SOLD[int((match.lastgroup or "a0")[1:])][0]
                yield Mark(agency=agency, found=match[0].strip(), sold=True)
    if ("res" in lowered or "large" in lowered) and (bought := _BOUGHT.search(words)):
        yield Mark(agency=None, found=bought[0], sold=True)


def _named(words: str) -> Iterator[Mark]:
    lowered = words.lower()
    if "unsplash" in lowered and (match := _UNSPLASH.search(words)):
        page = f"https://unsplash.com/photos/{match['id']}"
        yield Mark(
            agency="Unsplash", found=match[0], sold=False, photographer=_person(match["who"]), page=page
        )
    if "pexels" in lowered and (match := _PEXELS.search(words)):
        page = f"https://www.pexels.com/photo/{match['id']}/"
        yield Mark(agency="Pexels", found=match[0], sold=False, photographer=_person(match["who"]), page=page)
    if match := _PIXABAY.search(words):
        yield Mark(agency="Pixabay", found=match[0], sold=False)
    if match := _FLICKR.search(words):
        page = f"https://www.flickr.com/photo.gne?id={match['id']}"
        yield Mark(agency="Flickr", found=match[0], sold=False, page=page)


def _free(words: str) -> Iterator[Mark]:
    lowered = words.lower()
    for agency, name in _FREE:
        place = lowered.find(name)
        if place >= 0 and not (lowered[:place][-1:].isalpha() or lowered[place + len(name) :][:1].isalpha()):
            yield Mark(agency=agency, found=words[place : place + len(name)], sold=False)


def _person(slug: str | None) -> str | None:
    """`olav-ahrens-rotne` as a person writes it; words in front of the name cannot be told from it."""
    parts = [part for part in (slug or "").split("-") if part]
    if not parts or any(part.isdigit() for part in parts):
        return None
    return " ".join(part[:1].upper() + part[1:] for part in parts)


def _address_words(url: str) -> str:
    """Host and file name, unquoted: folders and queries name other things."""
    parts = urlsplit(url)
    name = unquote(parts.path.rsplit("/", 1)[-1])
    return f"{parts.hostname or ''} {name}"
