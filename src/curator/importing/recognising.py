"""In which form a document of a blog is, by what stands in it: file names and servers' words lie.  (pure)"""

from __future__ import annotations

import codecs
import re

from curator.model import Form

HEAD = 256 * 1024
"""Bytes of a document that are enough to know its form."""

_PACKED = (
    b"\x1f\x8b",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"7z\xbc\xaf",
    b"\x28\xb5\x2f\xfd",
    b"Rar!",
)
_PACKED_DOCUMENTS = (".docx", ".odt", ".xlsx", ".ods", ".pptx", ".epub", ".pages")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins as UTF-16 does
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SPACE = " \t\r\n\f\x00\ufeff"
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")

_PROLOGUE = re.compile(
    r"\s*(?:<\?.*?(?:\?>|>)|<!--.*?-->|<!DOCTYPE(?![^<>\[]*html)[^>\[]*(?:\[.*?\]\s*)?>)",
    re.DOTALL | re.IGNORECASE,
)
_FIRST_TAG = re.compile(r"<(?:[a-z_][\w.-]*:)?([a-z_][\w.-]*)([^>]*)", re.IGNORECASE)
_WXR = re.compile(r"wordpress\.org/export/\d|<wp:wxr_version\b")
_FEED_ROOTS = frozenset({"rss", "feed", "rdf", "channel"})
_HTML = re.compile(r"\s*(?:<!doctype\s+html\b|<(?:html|head|body)\b)", re.IGNORECASE)
_HTML_PARTS = frozenset(
    "html head body title meta link script style header footer main article section aside nav div p span a "
    "img figure h1 h2 h3 h4 h5 h6 ul ol table blockquote center font br hr b i em strong iframe form".split()
)
_MIME = re.compile(r"(?:\A|\n)(?:MIME-Version:|Content-Type:\s*multipart/|From: <Saved by)", re.IGNORECASE)

_FEED_KEYS = re.compile(
    r"\"version\"\s*:\s*\"[^\"]{0,12}jsonfeed\.org|\"(?:content_html|content_text|home_page_url)\"\s*:"
)
_REST_KEYS = re.compile(
    r"\"(?:rendered|date_gmt|modified_gmt|comment_status|featured_media)\"\s*:|\"(?:wp:featuredmedia|wp:term)\"|/wp/v2/"
)
_ERROR_KEYS = re.compile(r"\A\s*\{\s*\"code\"\s*:\s*\"[a-z_]+\"")
_ROOT_KEYS = re.compile(r"\"namespaces\"\s*:\s*\[")


def form_of(head: bytes, *, name: str | None = None, content_type: str | None = None) -> Form | None:
    """The form of a document that begins so; None: none of ours, see `refusal`.

    `name` and `content_type` are only asked about text that could be two things.
    """
    if refusal(head, name=name) is not None:
        return None
    text = beginning(head)
    if text.startswith(("{", "[")) and (form := _json_form(text)) is not None:
        return form
    if text.startswith("<"):
        return _marked_form(text)
    if _is_json(text, name=name, content_type=content_type) or _MIME.search(text[:2_000]):
        return None
    return Form.PAGE if _says_html(name, content_type) and re.search(r"<[a-zA-Z/!]", text) else Form.PLAIN


def refusal(head: bytes, *, name: str | None = None) -> str | None:
    """The code that says why nothing like this can be read, whatever else it may be; None where it can."""
    if not head.strip(b" \t\r\n\f\x00\xef\xbb\xbf\xff\xfe"):
        return "import_document_empty"
    if head.startswith(_PACKED):
        return "import_binary" if (name or "").lower().endswith(_PACKED_DOCUMENTS) else "import_packed"
    text = beginning(head)
    strange = len(_CONTROLS.findall(text[:8_000]))
    return "import_binary" if strange * 50 > len(text[:8_000]) or head.startswith(b"%PDF-") else None


def decoded(document: bytes) -> str:
    """A text in whatever it was saved in: by its mark, UTF-8, UTF-16 as it shows, else Windows-1252."""
    for mark, encoding in _BOMS:
        if document.startswith(mark):
            return document[len(mark) :].decode(encoding, "replace")
    if (wide := _wide(document)) is not None:
        return document.decode(wide, "replace")
    try:
        return document.decode()
    except UnicodeDecodeError as error:
        if error.start >= len(document) - 3 and error.reason == "unexpected end of data":
            return document[: error.start].decode()  # cut in the middle of a character
        return document.decode("cp1252", "replace")


def beginning(head: bytes) -> str:
    """How a document begins: decoded, without what stands before its first sign."""
    return decoded(head[:HEAD]).lstrip(_SPACE)


def _wide(document: bytes) -> str | None:
    """UTF-16 without its mark: every other byte of a Latin text is nought."""
    start = document[:400]
    if len(start) < 4 or b"\x00" not in start:  # noqa: PLR2004  two characters
        return None
    even, odd = start[::2].count(0), start[1::2].count(0)
    if odd * 2 > len(start) // 2 > even * 8:
        return "utf-16-le"
    return "utf-16-be" if even * 2 > len(start) // 2 > odd * 8 else None


def _marked_form(text: str) -> Form | None:
    if _HTML.match(text):
        return Form.PAGE
    position = 0
    while prologue := _PROLOGUE.match(text, position):
        position = prologue.end()
    if _HTML.match(text, position):
        return Form.PAGE
    found = _FIRST_TAG.match(text[position:].lstrip())
    root = found[1].lower() if found else ""
    if root in _FEED_ROOTS:
        return Form.WXR if root in {"rss", "channel"} and _WXR.search(text) else Form.FEED
    if root in _HTML_PARTS:
        return Form.PAGE
    if root == "" and not text.startswith(("<?", "<!")):
        return Form.PLAIN  # "<3 and other signs of affection"
    return None


def _json_form(text: str) -> Form | None:
    if _ERROR_KEYS.match(text[:500]) or _ROOT_KEYS.search(text[:20_000]):
        return None
    if _REST_KEYS.search(text) and not _FEED_KEYS.search(text[:2_000]):
        return Form.REST
    if text.startswith("{") and _FEED_KEYS.search(text):
        return Form.FEED
    return Form.REST if re.match(r"\[\s*\]\s*\Z", text) else None


def _is_json(text: str, *, name: str | None, content_type: str | None) -> bool:
    """JSON that says nothing we know. A text that begins with a bracket is none."""
    says = (name or "").lower().endswith(".json") or "json" in (content_type or "").lower()
    return (
        says
        or re.match(r"(?:\{\s*(?:\"[^\"\n]*\"\s*:|\}\s*\Z)|\[\s*(?:[\[{\"]|-?\d+\s*[,\]]))", text) is not None
    )


def _says_html(name: str | None, content_type: str | None) -> bool:
    return (name or "").lower().endswith((".html", ".htm", ".xhtml", ".php")) or "html" in (
        content_type or ""
    ).lower()
