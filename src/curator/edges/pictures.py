"""Pictures made ours: decoded, brought to a bounded size, and written anew. Alone knows Pillow.

What comes from outside is never passed on: whatever hides in or behind a picture stays behind, and only
its pixels and the names of those who made and own it (Directive 2001/29/EC, Art. 7: rights-management
information is not removed) are written into ours. Mail programs take JPEG and PNG, so it is one of these.
SVG is a program and no picture. Runs in a reader process: a picture may be built to take all memory.
"""

from __future__ import annotations

import hashlib
import io
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lxml import etree
from PIL import (
    AvifImagePlugin,
    ExifTags,
    GifImagePlugin,
    Image,
    ImageCms,
    ImageFile,
    IptcImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from curator.model import Copy, Picture, Unreadable
from curator.text import clean_text

_TYPES = (
    (JpegImagePlugin.JpegImageFile.format, re.compile(rb"\xff\xd8\xff")),
    (PngImagePlugin.PngImageFile.format, re.compile(rb"\x89PNG\r\n\x1a\n")),
    (GifImagePlugin.GifImageFile.format, re.compile(rb"GIF8[79]a")),
    (WebPImagePlugin.WebPImageFile.format, re.compile(rb"RIFF....WEBPVP8[ LX]", re.DOTALL)),
    (AvifImagePlugin.AvifImageFile.format, re.compile(rb"....ftypavi[fs]", re.DOTALL)),
)
_SMALLEST = 40  # pixels of the longer side: what is less is a counter or a spacer
_MOST_PIXELS = 40_000_000
"""Decoded at once; four bytes each, and a second time, fit into what a reader process may hold."""
_MOST_PIXELS_OF_WEBP = 20_000_000  # its decoder holds each four times

QUALITIES = (82, 74, 66)
"""Of a JPEG; the lower ones where it came as a smaller JPEG than ours would be."""
_DRAWN = 16_384  # colours: what has more is a photograph
_PALETTE = 256
_CRISP = 1.5  # times the size of a JPEG that a drawing may have, for the sake of its edges
_HEAVY = 512 * 1024  # bytes; a photograph cut out of its background does with a palette
_LONGEST = 300  # characters of a name

_EIGHT_BITS = [value // 257 for value in range(65536)]
_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
_ARTIST, _COPYRIGHT = ExifTags.Base.Artist, ExifTags.Base.Copyright
_XMP = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}
_BYLINE, _NOTICE = (2, 80), (2, 116)  # IPTC IIM


def encode(body: bytes, *, max_side: int, shown_side: int) -> Picture | Unreadable:
    """Our own copy, the same for the same bytes; or why there is none.

    The longer side is `shown_side` at most; a picture of more than `max_side` is not looked into.
    """
    kind = next((kind for kind, start in _TYPES if start.match(body)), None)
    if kind is None:
        return Unreadable(code="read_not_a_picture")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of libraries, about files that are not as they should be
            with Image.open(io.BytesIO(body), formats=(kind,)) as found:
                if why := _unfit(found, max_side=max_side, shown_side=shown_side):
                    return why
                return _encoded(found, shown_side=shown_side, most=len(body))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  what decoders raise over bytes that are no picture is of every kind
        return Unreadable(code="read_picture_broken")


def _unfit(found: ImageFile.ImageFile, *, max_side: int, shown_side: int) -> Unreadable | None:
    """By what the header says; a JPEG is decoded at a fraction of its size where that is enough."""
    width, height = found.size
    if not _SMALLEST <= max(width, height) <= max_side:
        data = {"width": width, "height": height, "least": _SMALLEST, "most": max_side}
        return Unreadable(code="read_picture_size", data=data)
    if isinstance(found, JpegImagePlugin.JpegImageFile) and not found.info.get("progressive"):
        fraction = 2 * shown_side / max(width, height)
        found.draft(None, (max(1, int(width * fraction)), max(1, int(height * fraction))))
    most = _MOST_PIXELS_OF_WEBP if found.format == "WEBP" else _MOST_PIXELS
    if found.width * found.height > most:
        return Unreadable(
            code="read_picture_pixels", data={"width": width, "height": height, "most": most // 1_000_000}
        )
    return None


def _encoded(found: ImageFile.ImageFile, *, shown_side: int, most: int) -> Picture:
    exif = _names(found)
    orientation = _orientation(found)
    profile = found.info.get("icc_profile")
    shown = _whole(found)
    if max(shown.size) > shown_side:
        shown.thumbnail((shown_side, shown_side), Image.Resampling.LANCZOS, reducing_gap=3.0)
    shown = _turned(_in_srgb(_opaque(shown), profile), orientation)
    if isinstance(found, JpegImagePlugin.JpegImageFile):
        media_type, content = "image/jpeg", _jpeg(shown, exif, most=most)
    else:
        media_type, content = _smaller(shown, exif)
    copy = Copy(
        digest=hashlib.sha256(content).hexdigest(),
        media_type=media_type,
        width=shown.width,
        height=shown.height,
        length=len(content),
    )
    return Picture(copy=copy, content=content)


# ── pixels ──


def _whole(found: ImageFile.ImageFile) -> Image.Image:
    """The first frame, as grey, colours or inks of eight bits, with its transparency if it has any.

    Without a second one of the same beside it, where that can be: it may be large.
    """
    if found.mode.startswith("I"):  # sixteen bits of grey, which convert() would cut off and not scale
        return found.convert("I").point(_EIGHT_BITS, "L")
    mode = (
        "RGBA" if found.has_transparency_data else {"1": "L", "L": "L", "CMYK": "CMYK"}.get(found.mode, "RGB")
    )
    return found if found.mode == mode else found.convert(mode)


def _opaque(shown: Image.Image) -> Image.Image:
    """Without a transparency that lets nothing through."""
    hides = shown.mode == "RGBA" and shown.getchannel("A").getextrema() == (255, 255)
    return shown.convert("RGB") if hides else shown


def _in_srgb(shown: Image.Image, profile: bytes | None) -> Image.Image:
    """Its colours as every screen and mail program takes them, and no profile to say so."""
    colours = shown.convert("RGB") if shown.mode == "RGBA" else shown
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            known = ImageCms.profileToProfile(colours, source, _SRGB, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):  # of other colours than the picture, or of none
            known = None
        if known is not None:
            colours = known.convert("L") if shown.mode == "L" else known
    if colours.mode == "CMYK":
        colours = colours.convert("RGB")
    if shown.mode == "RGBA":
        colours.putalpha(shown.getchannel("A"))
    return colours


def _orientation(found: ImageFile.ImageFile) -> Any:
    return _where_it_can_be_read(lambda: found.getexif().get(ExifTags.Base.Orientation))


def _turned(shown: Image.Image, orientation: Any) -> Image.Image:
    """As it was held: https://www.cipa.jp/std/documents/e/DC-X008-Translation-2019-E.pdf, 4.6.4."""
    turn = _TURNS.get(orientation) if isinstance(orientation, int) else None
    return shown if turn is None else shown.transpose(turn)


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


# ── bytes ──


def _jpeg(shown: Image.Image, exif: bytes, *, most: int = sys.maxsize) -> bytes:
    content = b""
    for quality in QUALITIES:
        content = _saved(
            shown, "JPEG", exif, quality=quality, progressive=True, optimize=True, subsampling="4:2:0"
        )
        if len(content) <= most:
            break
    return content


def _smaller(shown: Image.Image, exif: bytes) -> tuple[str, bytes]:
    """A drawing as PNG, a photograph as JPEG; what lets something through can only be a PNG."""
    if shown.mode == "RGBA":
        content = _saved(shown, "PNG", exif, optimize=True)
        if len(content) > _HEAVY:
            palette = shown.quantize(_PALETTE, method=Image.Quantize.FASTOCTREE)
            content = _saved(palette, "PNG", exif, optimize=True)
        return "image/png", content
    photograph = _jpeg(shown, exif)
    if shown.getcolors(_DRAWN) is None:
        return "image/jpeg", photograph
    drawing = _saved(_with_palette(shown), "PNG", exif, optimize=True)
    if len(drawing) <= _CRISP * len(photograph):
        return "image/png", drawing
    return "image/jpeg", photograph


def _with_palette(shown: Image.Image) -> Image.Image:
    """The very same colours, numbered, where they are few. quantize() would take some that are near."""
    if shown.mode != "RGB" or (found := shown.getcolors(_PALETTE)) is None:
        return shown
    colours = sorted(_parts(colour) for _, colour in found)
    numbers = {colour: number for number, colour in enumerate(colours)}
    parts = shown.tobytes()
    pixels = bytes(map(numbers.__getitem__, zip(parts[0::3], parts[1::3], parts[2::3], strict=True)))
    numbered = Image.frombytes("P", shown.size, pixels)
    numbered.putpalette([part for colour in colours for part in colour])
    return numbered


def _parts(colour: Any) -> tuple[int, int, int]:
    red, green, blue = colour
    return red, green, blue


def _saved(shown: Image.Image, kind: str, exif: bytes, **said: Any) -> bytes:
    written = io.BytesIO()
    shown.info = {}  # else what was found in the file would go on in ours
    shown.save(written, kind, **said, **({"exif": exif} if exif else {}))
    return written.getvalue()


# ── names: who made it, whose it is ──


def _names(found: ImageFile.ImageFile) -> bytes:
    """EXIF with nothing but Artist and Copyright, as EXIF, XMP, IPTC or a PNG's own words name them."""
    said = Image.Exif()
    for tag, names in _named(found).items():
        if name := next((name for name in map(_one_line, names) if name), None):
            said[tag] = name.encode()  # the standard says ASCII, everybody writes UTF-8
    return said.tobytes() if said else b""


def _named(found: ImageFile.ImageFile) -> Mapping[int, Iterator[Any]]:
    return {
        _ARTIST: _each(found, _ARTIST, "creator", _BYLINE, "Author"),
        _COPYRIGHT: _each(found, _COPYRIGHT, "rights", _NOTICE, "Copyright"),
    }


def _each(
    found: ImageFile.ImageFile, tag: int, term: str, field: tuple[int, int], word: str
) -> Iterator[Any]:
    yield _where_it_can_be_read(lambda: found.getexif().get(tag))
    yield _where_it_can_be_read(lambda: _of_xmp(found, term))
    yield _where_it_can_be_read(lambda: (IptcImagePlugin.getiptcinfo(found) or {}).get(field))
    yield found.info.get(word)


def _where_it_can_be_read(look: Callable[[], Any]) -> Any:
    """A picture is shown although what is said of it is broken."""
    try:
        return look()
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  like decoders, which raise what they like
        return None


def _of_xmp(found: ImageFile.ImageFile, term: str) -> str | None:
    packet = found.info.get("xmp")
    if not packet:
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.fromstring(packet if isinstance(packet, bytes) else packet.encode(), parser)
    names = [" ".join(li.itertext()) for li in root.iterfind(f".//dc:{term}//rdf:li", _XMP)]
    return ", ".join(dict.fromkeys(names)) or None


def _one_line(name: Any) -> str:
    """IPTC gives bytes and lists of them; Pillow reads EXIF as Latin-1, which is seldom what it is."""
    if isinstance(name, list):
        return ", ".join(map(_one_line, name))
    if isinstance(name, str):
        try:
            name = name.encode("latin-1")
        except UnicodeEncodeError:
            return _bounded(name)
    if not isinstance(name, bytes):
        return ""
    try:
        return _bounded(name.decode())
    except UnicodeDecodeError:
        return _bounded(name.decode("latin-1"))


def _bounded(name: str) -> str:
    return " ".join(clean_text(name.replace("\0", " ")).split())[:_LONGEST]
