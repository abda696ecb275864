"""The words in square brackets, and the bare addresses, that WordPress turns into markup (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape, unescape

_ATTRIBUTE = re.compile(r"(?<![\w-])([\w-]++)\s*+=\s*+(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'\]]+))")
_CAPTION = re.compile(r"\[((?:wp_)?caption)\b([^\[\]]*)\]")
_PICTURE = re.compile(r"\s*((?:<a\s[^>]*>\s*)?<img\s[^>]*>(?:\s*</a>)?)(.*)", re.DOTALL | re.IGNORECASE)
_EMBED = re.compile(r"\[embed\b[^\[\]]*\]\s*(https?://[^\s\[\]<>\"]+)\s*\[/embed\]")
_ALONE = re.compile(r"^([ \t]*(?:<p>[ \t]*)?)(https?://[^\s<>\"\[\]]+)((?:[ \t]*</p>)?[ \t]*)$", re.MULTILINE)
_MEDIA = re.compile(r"\[(audio|video)\b([^\[\]]*)\](?:\s*\[/\1\])?")
_PICTURES = re.compile(r"\[(?:gallery|playlist)\b[^\[\]]*\]")
_ADDRESS = re.compile(r"https?://[^\s\"'<>\[\]]+")
_BY_ADDRESS = re.compile(
    r"\[(youtube|vimeo|soundcloud|ted|dailymotion|instagram|tweet|twitter)\b([=\s][^\[\]]*)\]"
)
_GETTY = re.compile(r"\[(?:gettyimages|getty)\b([^\[\]]*)\]")
_YOUTUBE = re.compile(
    r"https?://(?:www\.|m\.)?(?:youtube\.com/(?:watch\?(?:[^\s]*&(?:amp;)?)?v=|embed/|shorts/)|youtu\.be/)([\w-]{6,20})"
)
_VIMEO = re.compile(r"https?://(?:www\.|player\.)?vimeo\.com/(?:video/)?(\d{4,12})")


def with_embeds(content: str) -> str:
    """The content with what stands alone in a line as an address shown as what it leads to.

    Films of the two great film sites become frames, as on the blog's page; of everything else a link is
    left, for which no site has to be asked.
    """
    if "[embed" in content:
        content = _EMBED.sub(lambda found: shown(found[1]), content)
    if "http" in content:
        content = _ALONE.sub(lambda found: found[1] + shown(found[2], bare=True) + found[3], content)
    return content


def shown(address: str, *, bare: bool = False) -> str:
    """The frame of a film, else a link; a bare address of something else stays one."""
    if film := _YOUTUBE.match(address):
        return _frame(f"https://www.youtube.com/embed/{film[1]}")
    if film := _VIMEO.match(address):
        return _frame(f"https://player.vimeo.com/video/{film[1]}")
    return address if bare else _link(address)


def with_markup(content: str) -> str:
    """The content with the shortcodes of WordPress itself, and of WordPress.com, as markup.

    One of something else stays as it was written: `[sic]` and `[1]` look the same.
    """
    if "[" not in content:
        return content
    content = "".join(_with_figures(content))
    content = _MEDIA.sub(_played, content)
    content = _PICTURES.sub(lambda found: f"<!-- {_commented(found[0])} -->", content)
    content = _BY_ADDRESS.sub(_by_address, content)
    return _GETTY.sub(_getty, content)


def _with_figures(content: str) -> Iterator[str]:
    at = 0
    while (opened := _CAPTION.search(content, at)) is not None:
        closing = f"[/{opened[1]}]"
        end = content.find(closing, opened.end())
        if end < 0:
            break
        yield content[at : opened.start()]
        yield _figure(_attributes(opened[2]), content[opened.end() : end])
        at = end + len(closing)
    yield content[at:]


def _figure(stated: Mapping[str, str], inside: str) -> str:
    picture = _PICTURE.match(inside)
    shown_first, words = (picture[1], picture[2]) if picture else (inside, "")
    words = " ".join((unescape(stated.get("caption", "")), words.strip())).strip()
    named = f' id="{escape(stated["id"])}"' if stated.get("id") else ""
    aligned = escape(stated.get("align") or "alignnone")
    caption = f'<figcaption class="wp-caption-text">{words}</figcaption>' if words else ""
    return f'<figure{named} class="wp-caption {aligned}">{shown_first.strip()}{caption}</figure>'


def _played(found: re.Match[str]) -> str:
    address = _ADDRESS.search(unescape(found[2]))
    return _link(address[0]) if address else found[0]


def _by_address(found: re.Match[str]) -> str:
    stated = unescape(found[2])
    address = _ADDRESS.search(stated)
    if address:
        return shown(address[0])
    number = re.search(r"[\w-]{6,20}", stated.replace("id=", ""))
    if found[1] == "youtube" and number:
        return _frame(f"https://www.youtube.com/embed/{number[0]}")
    if found[1] == "vimeo" and number and number[0].isdecimal():
        return _frame(f"https://player.vimeo.com/video/{number[0]}")
    return found[0]


def _getty(found: re.Match[str]) -> str:
    number = re.search(r"\d{5,12}", found[1])
    if number is None:
        return found[0]
    link = f'<a href="https://www.gettyimages.com/detail/{number[0]}">Embed from Getty Images</a>'
    return f'<div class="getty embed image">{link}</div>'


def _attributes(stated: str) -> dict[str, str]:
    return {name: double or single or plain for name, double, single, plain in _ATTRIBUTE.findall(stated)}


def _frame(address: str) -> str:
    return f'<iframe src="{escape(address)}"></iframe>'


def _link(address: str) -> str:
    return f'<a href="{escape(unescape(address))}">{escape(unescape(address), quote=False)}</a>'


def _commented(words: str) -> str:
    return words.replace("--", "&#45;&#45;")
