"""Rules of texts, addresses, dates and markup, wherever they stand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from html.entities import name2codepoint
from unicodedata import normalize
from urllib.parse import unquote, urlsplit

import html5lib
from html5lib.html5parser import ParseError
from lxml import etree

LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")
BAD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd-\uffff]")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_RFC2822 = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d? (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r" \d{4} \d\d:\d\d:\d\d [+-]\d\d[03]0"
)
_URI = re.compile(r"[a-z][a-z0-9+.-]*:[0-9A-Za-z;/?:@&=+$.\-_!~*'()%,#]+")
_TAG_URI = re.compile(r"tag:[a-z0-9.@-]+,\d{4}(-\d\d){0,2}:[0-9A-Za-z;/?:@&=+$.\-_!~*'()%,#]*")
_END_TAG = re.compile(r"</(\w+)>")
_REFERENCE = re.compile(r"&(#?\w+)")
_EMAIL = re.compile(r"<[\w.+-]+@[\w.-]+\w>")
_FORBIDDEN = frozenset(
    "applet audio base button embed form frame iframe input link math meta noscript object script"
    " select source style svg template textarea video".split()
)
_HTML = frozenset(
    "a abbr b blockquote br caption cite code dd del div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i"
    " img ins kbd li mark ol p pre q s samp small span strong sub sup table tbody td tfoot th thead time tr"
    " u ul var wbr".split()
)
_OUR_PICTURE = re.compile(r"/pictures/[0-9a-f]{64}\.(?:jpg|png|gif|webp|avif)$")
_URLS = frozenset("href src cite longdesc action data poster background".split())


def no_html(words: str | None, name: str, *, rule: str = "ContainsHTML") -> Iterator[str]:
    """What readers take for HTML where only plain text may stand."""
    tags = [tag for tag in _END_TAG.findall(words or "") if tag.lower() in _HTML | _FORBIDDEN]
    references = [
        said
        for said in _REFERENCE.findall(words or "")
        if said in name2codepoint or said == "apos" or not said.isalpha()
    ]
    if tags or references:
        yield f"{rule}: {name}: {(tags or references)[0]}"


def no_email(words: str, name: str) -> Iterator[str]:
    if _EMAIL.search(words):
        yield f"ContainsEmail: {name}"


def one_address(url: str | None, name: str, *, wrong: str = "InvalidFullLink") -> Iterator[str]:
    """Absolute, http(s) or an id of ours, in the letters of RFC 3986."""
    url = url or ""
    if url.startswith("tag:"):
        if not _TAG_URI.fullmatch(url):
            yield f"InvalidTAG: {name}: {url}"
    elif ":" not in url:
        yield f"{wrong}: {name}: {url}"
    elif not _URI.fullmatch(url):
        yield f"{'InvalidUriChar' if url.isascii() else 'NotAUri'}: {name}: {url}"
    elif (parts := urlsplit(url)).scheme not in ("http", "https"):
        yield f"SchemeNotIANARegistered: {name}: {url}"
    elif not parts.hostname:
        yield f"{wrong}: {name}: {url}"


def one_id(url: str, name: str) -> Iterator[str]:
    """An id is compared by letters, so that there is one way only to write it (RFC 3986 §6.2.2)."""
    wrong = list(one_address(url, name))
    yield from wrong
    if not wrong and not url.startswith("tag:") and not _is_canonical(url):
        yield f"NonCanonicalURI: {name}: {url}"


def _is_canonical(url: str) -> bool:
    parts = urlsplit(url)
    port = {"http": ":80", "https": ":443"}[parts.scheme]
    try:
        escapes = all(
            unquote(run, errors="strict") == normalize("NFC", unquote(run, errors="strict"))
            for run in re.findall(r"(?:%[0-9A-Fa-f]{2})+", url)
        )
    except UnicodeDecodeError:
        return False
    return (
        escapes
        and parts.netloc == parts.netloc.lower()
        and not parts.netloc.endswith((port, ":"))
        and parts.path.startswith("/")
        and not re.search(r"/\.\.?(?:/|$)", parts.path)
        and not re.search(r"%(?![0-9A-F]{2})|%(?:2D|2E|5F|7E|3\d|4[1-9A-F]|5[0-9A]|6[1-9A-F]|7[0-9A])", url)
    )


def one_date(words: str | None, name: str) -> Iterator[str]:
    try:
        date = datetime.fromisoformat(words or "") if _RFC3339.fullmatch(words or "") else None
    except ValueError:
        date = None
    if date is None:
        yield f"InvalidRFC3339Date: {name}: {words}"
    elif date.year < 1990:
        yield f"ImplausibleDate: {name}: {words}"


def one_mail_date(words: str | None, name: str) -> Iterator[str]:
    if not _RFC2822.fullmatch(words or ""):
        yield f"InvalidRFC2822Date: {name}: {words}"
        return
    date = parsedate_to_datetime(words or "")
    if f"{date:%a}" != (words or "")[:3]:
        yield f"IncorrectDOW: {name}: {words}"
    elif date.year < 1990:
        yield f"ImplausibleDate: {name}: {words}"


def one_language(words: str | None, name: str) -> Iterator[str]:
    if not LANGUAGE.fullmatch(words or ""):
        yield f"InvalidLanguage: {name}: {words!r}"


@lru_cache(maxsize=2048)
def html(words: str, name: str) -> tuple[str, ...]:
    """What is wrong with HTML in a text: any error of its syntax, whatever runs, what is not absolute."""
    parser = html5lib.HTMLParser(html5lib.getTreeBuilder("lxml"), strict=True, namespaceHTMLElements=True)
    try:
        parts = parser.parseFragment(words)
    except ParseError as error:
        return (f"NotHtml: {name}: {error}",)
    elements = (element for part in parts if not isinstance(part, str) for element in part.iter())
    return tuple(markup(elements))


def markup(elements: Iterable[etree._Element]) -> Iterator[str]:
    for element in elements:
        if not isinstance(element.tag, str):
            yield "NotAlone: a comment or instruction"
            continue
        tag = etree.QName(element)
        if tag.namespace != "http://www.w3.org/1999/xhtml":
            yield f"MissingNamespace: {element.tag}"
        elif tag.localname in _FORBIDDEN:
            yield f"SecurityRisk: {tag.localname}"
        elif tag.localname not in _HTML:
            yield f"NotHtml: {tag.localname}"
        # Our own rule: a picture is a copy of ours, told by its bytes; any other calls a third party.
        if tag.localname == "img" and not _is_our_picture(element):
            yield f"ForeignPicture: {element.get('src')}"
        yield from _attributes(element)


def _is_our_picture(element: etree._Element) -> bool:
    return bool(_OUR_PICTURE.search(element.get("src") or "")) and {"alt", "width", "height"} <= set(
        map(str, element.attrib)
    )


def _attributes(element: etree._Element) -> Iterator[str]:
    for attribute, value in element.attrib.items():
        local = etree.QName(attribute).localname
        if local == "style":
            yield f"DangerousStyleAttr: {value}"
        elif local.startswith("on") or local in ("srcset", "srcdoc", "id"):
            yield f"SecurityRiskAttr: {local}"
        if local in _URLS and not re.match(r"https?://[^/]|mailto:.", str(value)):
            yield f"ContainsRelRef: {value}"


def no_two(rule: str, values: Iterable[object]) -> Iterator[str]:
    for value, count in Counter(values).items():
        if count > 1:
            yield f"{rule}: {value}"
