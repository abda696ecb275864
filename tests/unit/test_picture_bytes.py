"""A picture becomes ours by its pixels: bounded, upright, in colours that everybody shows, with its names."""

from __future__ import annotations

import hashlib
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageCms

from curator.edges.pictures import encode
from curator.model import Copy, Picture, Unreadable
from drawing import avif, claiming, gif, jpeg, opened, photograph, png, png_chunk, saved, webp

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><script>alert(1)</script></svg>'
LIMITS = {"max_side": 6000, "shown_side": 400}


def made(body: bytes, **limits: int) -> Picture:
    found = encode(body, **(LIMITS | limits))
    assert isinstance(found, Picture), found
    return found


def shown(body: bytes, **limits: int) -> Image.Image:
    return opened(made(body, **limits).content)


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (png(), "image/png"),
        (jpeg(), "image/jpeg"),
        (gif(), "image/png"),
        (webp(), "image/jpeg"),
        (avif(), "image/jpeg"),
        (saved(photograph(), "PNG"), "image/jpeg"),
        (saved(photograph().quantize(256), "GIF"), "image/jpeg"),  # a photograph all the same
        (saved(photograph().convert("CMYK"), "JPEG"), "image/jpeg"),
        (saved(photograph().convert("L"), "JPEG"), "image/jpeg"),
        (saved(Image.new("1", (640, 480), 1), "PNG"), "image/png"),
        (saved(Image.new("LA", (640, 480), (9, 9)), "PNG"), "image/png"),
    ],
)
def test_every_kind_becomes_one_that_mail_programs_show(body: bytes, media_type: str) -> None:
    picture = made(body)

    image = opened(picture.content)
    assert picture.copy == Copy(
        digest=hashlib.sha256(picture.content).hexdigest(),
        media_type=media_type,
        width=400,
        height=300,
        length=len(picture.content),
    )
    assert (image.size, Image.MIME[str(image.format)]) == ((400, 300), media_type)
    assert made(body) == picture


def test_a_picture_that_is_small_stays_as_it_is() -> None:
    assert shown(jpeg(300, 200)).size == (300, 200)
    assert shown(jpeg(100, 3000)).size == (13, 400)


def test_a_photograph_comes_line_by_line_finer_and_no_larger_than_it_was() -> None:
    coarse = jpeg(390, 300, quality=40)

    picture = made(coarse)

    assert opened(picture.content).info["progressive"]
    assert picture.copy.length < 1.5 * len(coarse)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    body = jpeg(320, 240, exif=exif)

    image = shown(body)

    assert image.size == ((320, 240) if orientation < 5 else (240, 320))
    assert ExifTags.Base.Orientation not in image.getexif()
    # Black lies where the picture's top left corner was put: EXIF's own table of corners.
    corners = {"tl": (4, 4), "tr": (-5, 4), "bl": (4, -5), "br": (-5, -5)}
    dark = {name: sum(pixel(image, *corner)) for name, corner in corners.items()}
    assert min(dark, key=lambda name: dark[name]) == "- tl tr br bl tl tr br bl".split()[orientation]


def pixel(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    found = image.getpixel((x % image.width, y % image.height))
    assert isinstance(found, tuple)
    return tuple(map(int, found))


def test_what_lets_something_through_still_does() -> None:
    cut_out = photograph(300, 200).convert("RGBA")
    cut_out.putalpha(Image.linear_gradient("L").resize((300, 200)))
    coloured = Image.new("P", (300, 200), 1)
    coloured.putpalette([255, 0, 0, 0, 0, 255])

    found = shown(saved(cut_out, "PNG"))
    keyed = shown(saved(coloured, "PNG", transparency=0))
    whole = made(saved(photograph(300, 200).convert("RGBA"), "PNG"))

    assert (found.mode, found.getpixel((9, 0))) == ("RGBA", cut_out.getpixel((9, 0)))
    assert keyed.convert("RGBA").getpixel((0, 0)) == (0, 0, 255, 255)
    assert whole.copy.media_type == "image/jpeg"  # a channel that hides nothing


def test_a_heavy_cut_out_makes_do_with_a_palette() -> None:
    noisy = Image.effect_noise((900, 900), 90)
    heavy = Image.merge("RGBA", (noisy, noisy.rotate(90), noisy.rotate(180), noisy.rotate(270)))

    picture = made(saved(heavy, "PNG"), shown_side=900)

    assert opened(picture.content).mode == "P"
    assert opened(picture.content).has_transparency_data
    assert picture.copy.length < 900 * 900


def test_the_colours_of_a_drawing_are_the_very_same() -> None:
    drawing = Image.new("RGB", (300, 200), (250, 250, 245))
    for n in range(200):
        drawing.putpixel((n, n), (n, 17, 255 - n))

    image = shown(saved(drawing, "PNG"))

    assert image.mode == "P"
    assert image.convert("RGB").tobytes() == drawing.tobytes()


def test_sixteen_bits_are_scaled_and_not_cut_off() -> None:
    grey = Image.new("I;16", (100, 100), 32768)

    assert shown(saved(grey, "PNG")).convert("L").getpixel((50, 50)) == 127


def test_the_first_frame_of_what_moves_is_shown() -> None:
    frames = [Image.new("RGB", (100, 100), colour) for colour in ("red", "blue", "green")]

    for kind in ("GIF", "WEBP", "PNG"):
        image = shown(saved(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True))
        assert image.convert("RGB").getpixel((50, 50)) == (255, 0, 0), kind
        assert getattr(image, "n_frames", 1) == 1


def test_colours_are_those_of_the_screen() -> None:
    swapped = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    wide = display_p3()

    plain = shown(jpeg(200, 200, quality=95))
    of_wide = shown(jpeg(200, 200, quality=95, icc_profile=wide))
    of_nonsense = shown(jpeg(200, 200, quality=95, icc_profile=swapped))
    of_rubbish = shown(jpeg(200, 200, quality=95, icc_profile=b"no profile"))

    assert of_wide.tobytes() != plain.tobytes()
    assert of_nonsense.tobytes() == of_rubbish.tobytes() == plain.tobytes()
    assert "icc_profile" not in of_wide.info


def display_p3() -> bytes:
    """sRGB with red and green exchanged: a profile with other primaries, made of what is there."""
    body = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack_from(">I", body, 128)[0]
    tags = {bytes(body[132 + 12 * n : 136 + 12 * n]): 132 + 12 * n for n in range(count)}
    red, green = tags[b"rXYZ"], tags[b"gXYZ"]
    body[red + 4 : red + 12], body[green + 4 : green + 12] = (
        body[green + 4 : green + 12],
        body[red + 4 : red + 12],
    )
    return bytes(body)


XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator><rdf:Seq>'
    "<rdf:li>Ada Rossi</rdf:li><rdf:li>Žofie</rdf:li></rdf:Seq></dc:creator>"
    "<dc:rights><rdf:Alt><rdf:li>© Ada</rdf:li></rdf:Alt></dc:rights></rdf:Description></rdf:RDF></x:xmpmeta>"
)


def in_exif() -> dict[str, Any]:
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Ada Rossi, Žofie".encode()
    exif[ExifTags.Base.Copyright] = "© Ada\0".encode()
    exif[ExifTags.Base.Make] = "A camera with a number"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[1] = "N"
    return {"exif": exif}


def test_who_made_it_and_whose_it_is_stays_written_in_it() -> None:
    bodies = [
        jpeg(100, 100, **in_exif()),
        jpeg(100, 100, xmp=XMP.encode()),
        jpeg(100, 100)[:2] + iptc() + jpeg(100, 100)[2:],
        saved(photograph(100, 100), "WEBP", **in_exif()),
        saved(Image.new("L", (100, 100)), "PNG", **in_exif()),
    ]

    for body in bodies:
        image = shown(body)
        said = {tag: text.encode("latin-1").decode() for tag, text in image.getexif().items()}
        assert said == {
            ExifTags.Base.Artist: "Ada Rossi, Žofie",
            ExifTags.Base.Copyright: "© Ada",
        }
        assert not set(image.info) & {"xmp", "photoshop", "comment", "icc_profile"}


def iptc() -> bytes:
    """A by-line of two names and a copyright notice (IPTC IIM in Photoshop's APP13)."""
    fields = ((80, "Ada Rossi"), (80, "Žofie"), (116, "© Ada"))
    data = b"".join(
        b"\x1c\x02" + bytes([number]) + struct.pack(">H", len(text.encode())) + text.encode()
        for number, text in fields
    )
    data += b"" if len(data) % 2 == 0 else b"\0"
    block = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(data)) + data
    return b"\xff\xed" + struct.pack(">H", len(block) + 2) + block


def test_names_that_cannot_be_read_are_no_reason_to_refuse_a_picture() -> None:
    bodies = [
        jpeg(100, 100, exif=b"Exif\0\0II*\0\xff\xff\xff\xff rubbish"),
        jpeg(100, 100, xmp=b"<x:xmpmeta><not closed"),
        jpeg(100, 100)[:2] + b"\xff\xed\x00\x10Photoshop 3.0\x00" + jpeg(100, 100)[2:],
    ]

    for body in bodies:
        assert dict(shown(body).getexif()) == {}


def test_nothing_that_hides_behind_a_picture_comes_along() -> None:
    script = b"<script>alert(1)</script>"
    bodies = [
        jpeg(100, 100) + b"PK\x03\x04" + script,
        jpeg(100, 100, comment=script),
        gif(100, 100) + script,
        png(100, 100)[:33] + png_chunk(b"tEXt", b"Comment\0" + script) + png(100, 100)[33:] + script,
    ]

    for body in bodies:
        assert b"script" not in made(body).content


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "read_not_a_picture"),
        (SVG, "read_not_a_picture"),
        (b'<?xml version="1.0"?>' + SVG, "read_not_a_picture"),
        (b"<!doctype html><html><img src=x></html>", "read_not_a_picture"),
        (b"BM" + bytes(60), "read_not_a_picture"),
        (b"\x00\x00\x01\x00" + bytes(60), "read_not_a_picture"),
        (png(50, 50)[:-30], "read_picture_broken"),
        (jpeg()[:-2000], "read_picture_broken"),
        (webp()[:-2000], "read_picture_broken"),
        (avif()[:-2000], "read_picture_broken"),
        (b"\xff\xd8\xff\xd9", "read_picture_broken"),
        (png(1, 1), "read_picture_size"),
        (gif(1, 1), "read_picture_size"),
        (jpeg(39, 10), "read_picture_size"),
        (jpeg(6001, 10), "read_picture_size"),
        (claiming(6000, 12000), "read_picture_size"),
    ],
)
def test_what_cannot_be_shown_is_refused(body: bytes, code: str) -> None:
    found = encode(body, **LIMITS)

    assert isinstance(found, Unreadable)
    assert found.code == code


def test_what_would_take_all_memory_is_not_opened() -> None:
    found = encode(claiming(9000, 9000), max_side=12_000, shown_side=1280)

    assert found == Unreadable(code="read_picture_pixels", data={"width": 9000, "height": 9000, "most": 40})


SMALL = [png(60, 40), jpeg(60, 40), gif(60, 40), webp(60, 40), avif(60, 40), jpeg(60, 40, progressive=True)]


@given(
    st.sampled_from([*SMALL, b""]),
    st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=4)), max_size=4),
    st.integers(0, 3000),
    st.binary(max_size=40),
)
def test_no_bytes_break_it(start: bytes, strokes: list[tuple[int, bytes]], end: int, tail: bytes) -> None:
    body = bytearray(start)
    for place, stroke in strokes:
        body[place : place + len(stroke)] = stroke
    found = encode(bytes(body[:end]) + tail, max_side=6000, shown_side=50)

    if isinstance(found, Picture):
        image = opened(found.content)
        assert max(image.size) <= 50
        assert image.size == (found.copy.width, found.copy.height)
        assert Image.MIME[str(image.format)] == found.copy.media_type
        assert found.copy.digest == hashlib.sha256(found.content).hexdigest()
