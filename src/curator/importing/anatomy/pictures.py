"""A post's picture: shown, or only told of by a file name, a credit, a caption left in the text.

Posts that were scraped, or whose pictures are gone, say no address: what is known then is a lost picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from curator import rights
from curator.importing.anatomy.blocks import Block, Kind, marked_whole, text_block, without
from curator.model import Image, LostPicture, Problem
from curator.text import absolute, one_line
from curator.text.attributes import kept_of_picture
from curator.text.markup import Start

_GETTY = re.compile(r"(?:embed from|incorpora da|einbetten von) getty images", re.IGNORECASE)
_GETTY_HOSTS = ("gettyimages.com", "gettyimages.it", "gty.im")
_CREDIT = re.compile(
    r"(?i:(?:photo|image|picture|foto|immagine|video)?\s*(?:credits?|crediti?|courtesy)(?: (?:by|of|di|to))?)"
    r"\s*[:–-]\s*(?P<said>.{1,90})"
    r"|(?i:photo|image|picture|photograph|illustration|foto|immagine)s?\s*"
    r"(?i:by|di|courtesy of|via|from|:)\s*(?P<by>[A-ZÀ-Þ@©][^.!?]{1,80})"
    r"|(?P<own>(?:©|\([cC]\))\s*[^.!?]{2,60})"
)
_MOST_CREDIT_WORDS = 14
_BANKS = "istock(?:photo)?|shutterstock|gettyimages|adobestock|depositphotos|dreamstime|123rf|fotolia"
_WELDED = re.compile(
    r"(?:(?<=[.!?…”»,;:)])|(?<![^\s]))"
    rf"(?:\d{{5,}}_?(?i:hi-?res|lo-?res|x*large)|(?i:{_BANKS})[_-]?\d{{4,}}\w*"
    r"|[\w%+-]{4,120}\.(?i:jpe?g|png|gif|webp)|[\w-]{8,120}-unsplash|\d{8,11}_[0-9a-f]{10}(?:_[a-z])?)"
    r"(?!\S)[ \xa0]?"
)
_TITLED = re.compile(
    r"(?:table|figure|fig\.|chart|exhibit|tabella|figura|grafico)\s*\d+\s*[.:–-]\s*\S.{2,200}", re.IGNORECASE
)
_DATED = re.compile(r"(?=[^a-zà-ÿ\W])(?:[^\s.!?]+\s+){2,20}(?:19|20)\d\d\.?")
_UNENDED = re.compile(r"(?=[^a-zà-ÿ\W])[^\n]*[^\s.!?…:;,”»\"'’)\]\n]")
_MOST_PHRASE_WORDS = 12
_LONGEST_PHRASE = 110  # characters
_WITHOUT_BLANKS = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")  # words that cannot be counted
_MOST_CAPTION_WORDS = 25
_FEWEST_PROSE_WORDS = 15
_MOST_NAMED = 5
_MOST_NAME_WORDS = 5  # of somebody who took a picture; more describe it
_ALT_LIKE = range(2, 9)  # words of what a picture is called in the middle of a text


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictured:
    """The blocks without pictures and what is said of them; of several pictures the first is the item's."""

    blocks: tuple[Block, ...]
    image: Image | None
    lost: LostPicture | None
    said: tuple[str, ...]
    doubts: tuple[Problem, ...] = ()


def recognised(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """With what can only be said of a picture as such: names of files, credits, what an embed left behind."""
    return tuple(part for block in blocks for part in _told_apart(block))


def guessed(blocks: Sequence[Block], *, label: int | None, featured: Image | None) -> tuple[Block, ...]:
    """With captions, too, that only their place gives away.

    `label`: where the note begins. What stands before it and is no prose stood at the picture; so did a
    phrase that is no sentence before the first prose, unless there is a picture that says its words itself.
    """
    shown = featured is not None or any(any(_addresses(block)) for block in blocks)
    told = any(block.kind is Kind.PICTURE for block in blocks)
    prose = next((n for n, block in enumerate(blocks) if _is_prose(block) and n != label), len(blocks))
    found = list(blocks)
    for number, block in enumerate(blocks):
        if block.kind is not Kind.TEXT or number == label or marked_whole(block):
            continue
        before_label = label is not None and number < label
        if before_label and _is_caption(block.text):
            found[number] = replace(block, kind=Kind.PICTURE)
        elif shown or told:
            continue
        elif (number < prose and _is_phrase(block.text) and _goes_on(blocks, number)) or (
            _is_between_prose(blocks, number) and _is_alt(block.text)
        ):
            found[number] = replace(block, kind=Kind.PICTURE)
            told = True
    return tuple(found)


def collected(blocks: Sequence[Block], *, featured: Image | None, base_url: str | None) -> Pictured:
    """The item's picture of all that was found, and what was said of others."""
    gathered = _Gathered(base_url)
    if featured is not None:
        gathered.featured(featured)
    left = [block for number, block in enumerate(blocks) if not gathered.takes(block, blocks, number)]
    image, more = _first(gathered.images)
    doubts = gathered.doubts
    if more:
        data = {"count": len(more), "urls": " ".join(more[:_MOST_NAMED])}
        doubts.append(Problem(code="import_pictures_more", field="excerpt", data=data))
    lost = _credited_by_name(gathered.lost)
    if image is not None:
        image, unheard = _completed(image, lost)
        doubts += [_cut(unheard)] if unheard else []
    return Pictured(
        blocks=tuple(left),
        image=image,
        lost=None if image is not None or lost == LostPicture() else lost,
        said=tuple(gathered.words),
        doubts=tuple(doubts),
    )


class _Gathered:
    """What the blocks of a post tell of its pictures, in reading order."""

    def __init__(self, base_url: str | None) -> None:
        self.images: list[Image] = []
        self.lost = LostPicture()
        self.words: list[str] = []
        self.doubts: list[Problem] = []
        self._base_url = base_url

    def featured(self, image: Image) -> None:
        told, unheard = _featured(image)
        self.images.append(told)
        self.doubts += [_cut(unheard)] if unheard else []

    def takes(self, block: Block, blocks: Sequence[Block], number: int) -> bool:
        """Whether this block is about a picture, and no part of the text."""
        if block.kind is Kind.EMBED:
            self._embed(block)
            if said := one_line(block.text):
                self.words.append(said)
                self.doubts.append(_cut(said))
        elif block.kind is Kind.PICTURE:
            self._picture(block)
        elif _is_title_alone(blocks, number):
            self.words.append(block.text)
            self.doubts.append(_cut(block.text))
        else:
            return False
        return True

    def _picture(self, block: Block) -> None:
        said = one_line(block.text)
        found = list(_images(block, self._base_url))
        if said:
            self.words.append(said)
        if not found:
            for told in (*_saved(block), said):
                self.lost = _with(self.lost, told) if told else self.lost
            return
        if said and not self.images:
            found[0] = _captioned(found[0], said)
        self.images += found
        if said and _is_unheard(said, self.images[0]):
            self.doubts.append(_cut(said))

    def _embed(self, block: Block) -> None:
        """Of a frame only its address is left; one of Getty's was a picture."""
        frames = (token for token in block.tokens if isinstance(token, Start) and token.name == "iframe")
        frame = next(frames, None)
        stated = (frame.attributes.get("src") or frame.attributes.get("data-src")) if frame else None
        url = absolute(stated, base_url=self._base_url or "https://embed.invalid/")
        host = urlsplit(url or "").hostname or ""
        if any(host == each or host.endswith(f".{each}") for each in _GETTY_HOSTS):
            self.lost = replace(self.lost, credit=self.lost.credit or "Getty Images")
        elif url is not None:
            self.doubts.append(Problem(code="import_embed_lost", field="excerpt", data={"url": url}))


# ── what words tell ──


def _told_apart(block: Block) -> Iterator[Block]:
    if block.kind is not Kind.TEXT:
        yield block
        return
    words = " ".join(block.text.split())
    if _GETTY.fullmatch(words) or rights.is_file_name(words) or credit_in(words):
        yield replace(block, kind=Kind.PICTURE)
        return
    welded = [found.span() for found in _WELDED.finditer(block.text)]
    if (shorter := without(block, welded)) is not None:
        yield shorter
    for start, end in welded:
        yield replace(text_block(block.text[start:end].strip(), like=block), kind=Kind.PICTURE)


def credit_in(words: str) -> str | None:
    """Whom a credit line names, if this is one."""
    found = _CREDIT.fullmatch(words) if len(words.split()) <= _MOST_CREDIT_WORDS else None
    if found is None:
        return None
    return (found["said"] or found["by"] or found["own"]).strip(" .")


def _with(lost: LostPicture, said: str) -> LostPicture:
    """With the first that is told of each kind."""
    if _GETTY.fullmatch(said):
        return replace(lost, credit=lost.credit or "Getty Images")
    if rights.is_file_name(said) or _WELDED.fullmatch(said):
        return replace(lost, file_name=lost.file_name or said)
    if credit := credit_in(said):
        return replace(lost, credit=lost.credit or credit)
    return replace(lost, alt=lost.alt or said)


def _credited_by_name(lost: LostPicture) -> LostPicture:
    if lost.credit or not lost.file_name:
        return lost
    return replace(lost, credit=_photographer(rights.marks(lost.file_name)))


def _photographer(marks: Sequence[rights.Mark]) -> str | None:
    return next((f"{mark.photographer} / {mark.agency}" for mark in marks if mark.photographer), None)


def _is_prose(block: Block) -> bool:
    return block.kind in (Kind.TEXT, Kind.LIST, Kind.OTHER) and block.words >= _FEWEST_PROSE_WORDS


def _is_caption(words: str) -> bool:
    if "\n" in words or len(words.split()) > _MOST_CAPTION_WORDS:
        return False
    return bool(_DATED.fullmatch(words.strip()) or _UNENDED.fullmatch(words.strip()))


def _is_phrase(words: str) -> bool:
    if len(words) > _LONGEST_PHRASE or _WITHOUT_BLANKS.search(words) or "://" in words:
        return False
    return len(words.split()) <= _MOST_PHRASE_WORDS and bool(_UNENDED.fullmatch(words.strip()))


def _goes_on(blocks: Sequence[Block], number: int) -> bool:
    """Whether a paragraph follows; a list or a quotation would have been announced."""
    following = blocks[number + 1] if number + 1 < len(blocks) else None
    return following is not None and following.kind is not Kind.LIST and not following.quoted


def _is_alt(words: str) -> bool:
    """A few words that go on in lower case: a heading of these sources is in Title Case, or asks."""
    said = words.split()
    return (
        len(said) in _ALT_LIKE
        and bool(_UNENDED.fullmatch(words.strip()))
        and all(word[:1].islower() for word in said[1:])
    )


def _is_between_prose(blocks: Sequence[Block], number: int) -> bool:
    return 0 < number < len(blocks) - 1 and _is_prose(blocks[number - 1]) and _is_prose(blocks[number + 1])


def _is_title_alone(blocks: Sequence[Block], number: int) -> bool:
    """`Table 1. …`, whose table has not come along."""
    block = blocks[number]
    if block.kind is not Kind.TEXT or not _TITLED.fullmatch(block.text.strip()):
        return False
    beside = blocks[max(0, number - 1) : number + 2]
    return block.words <= _MOST_CAPTION_WORDS and not any("<table" in each.html for each in beside)


# ── what is shown ──


def _addresses(block: Block) -> list[str]:
    images = (token for token in block.tokens if isinstance(token, Start) and token.name == "img")
    return [token.attributes.get("src", "") for token in images]


def _images(block: Block, base_url: str | None) -> Iterator[Image]:
    for token in block.tokens:
        if not isinstance(token, Start) or token.name != "img":
            continue
        found = kept_of_picture(token.attributes, base_url=base_url)
        if found is not None:
            yield _worded(Image(url=found["src"], named_in="text"), one_line(found.get("alt", "")))


def _saved(block: Block) -> Iterator[str]:
    """Of pictures saved beside a page, whose addresses are lost: their files' names, and their words."""
    for token in block.tokens:
        if isinstance(token, Start) and token.name == "img" and "data-file" in token.attributes:
            yield one_line(token.attributes["data-file"])
            yield one_line(token.attributes.get("alt", ""))


def _worded(image: Image, said: str) -> Image:
    """With its alternative text, unless that is only the name of its file."""
    if not said:
        return image
    if rights.is_file_name(said):
        return replace(image, file_name=image.file_name or said)
    return replace(image, alt=image.alt or said)


def _featured(image: Image) -> tuple[Image, str | None]:
    """What a library of media says of a picture: its caption may be a credit, a name or a description."""
    bare = replace(image, alt=None, credit=None)
    told = _worded(bare, one_line(image.alt or ""))
    said = one_line(image.credit or "")
    if not said or credit_in(said) or rights.is_file_name(said):
        return (_captioned(told, said) if said else told), None
    if rights.marks(said) or len(said.split()) <= _MOST_NAME_WORDS:
        return replace(told, credit=said), None
    return replace(told, alt=told.alt or said), said if told.alt and told.alt != said else None


def _captioned(image: Image, said: str) -> Image:
    if credit := credit_in(said):
        return replace(image, credit=image.credit or credit)
    return _worded(image, said)


def _is_unheard(said: str, image: Image) -> bool:
    heard = (image.alt, image.credit, image.file_name, credit_in(said))
    return said not in heard and credit_in(said) != image.credit


def _first(images: Sequence[Image]) -> tuple[Image | None, list[str]]:
    """The first, with what the text says of the same picture; and the addresses of all others."""
    if not images:
        return None, []
    image, more = images[0], []
    for other in images[1:]:
        if _file(other.url) == _file(image.url):
            image = rights.completed(image, replace(other, url=image.url)) or image
        elif other.url not in more:
            more.append(other.url)
    return image, more


_SIZED = re.compile(r"-(?:\d{2,4}x\d{2,4}|scaled|e\d{10,})(?=\.\w{3,4}\Z)")  # as WordPress names its copies


def _file(url: str) -> str:
    return _SIZED.sub("", urlsplit(url).path.rsplit("/", 1)[-1])


def _completed(image: Image, lost: LostPicture) -> tuple[Image, str | None]:
    """With what words beside it say; and the caption that found no place."""
    alt = image.alt if image.alt and not rights.is_file_name(image.alt) else None
    image = replace(
        image,
        alt=alt or lost.alt,
        credit=image.credit or lost.credit,
        file_name=image.file_name or (image.alt if not alt else None) or lost.file_name,
    )
    if image.credit is None:
        image = replace(image, credit=_photographer(rights.marks_of(image)))
    return image, lost.alt if lost.alt and image.alt != lost.alt else None


def _cut(words: str) -> Problem:
    return Problem(code="import_caption_cut", field="excerpt", data={"found": one_line(words)})
