"""The posts of a WordPress export (WXR 1.0 to 1.2), one after the other, however large it is."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit, urlunsplit

from curator.importing import wordpress
from curator.importing.typography import typeset
from curator.importing.wxr_fields import Fields, Prefixes, fields, head_fields, kept, mended
from curator.importing.wxr_stream import CutOff, Head, Item, Unread, parts, split_again
from curator.model import Image, Lang, Problem
from curator.model.originals import Access, Form, LeftOut, Original
from curator.text import language_tag, one_line, plain, safe_url

_ACCESS = {
    "publish": Access.PUBLIC,
    "private": Access.CLOSED,
    "draft": Access.DRAFT,
    "pending": Access.DRAFT,
    "future": Access.DRAFT,
}
_NEVER_WRITTEN = frozenset({"auto-draft", "inherit"})
_KEYWORDS = frozenset({"tag", "post_tag"})
_KIND = re.compile(rb"<wp:post_type>\s*+(?:<!\[CDATA\[\s*+)?([^\]<\s]{1,40}+)\s*+[\]<]")
_FEATURED = re.compile(
    rb"_thumbnail_id(?:\]\]>)?</wp:meta_key>\s*<wp:meta_value>(?:<!\[CDATA\[)?(\d{1,18})(?!\d)"
)
_POSTS = frozenset({"", "post"})
_DIGITS = 19
_NAMED = 5
_FEED_DATE = re.compile(r"\s(?:199|2\d\d)\d\s+\d\d:\d\d")
_DATE_LENGTH = len("2015-03-02 09:30:00")
_TITLE = re.compile(rb"<title>\s*+(?:<!\[CDATA\[)?+(.{1,300}?)(?:\]\]>)?\s{0,20}</title>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Picture:
    """An attachment that a post may name as its own."""

    url: str
    alt: str | None
    caption: str | None


Pictures = Mapping[tuple[str, int], Picture]
"""By the blog's address and the number of the attachment in it."""


@dataclass(slots=True)
class _Blog:
    """What the head of a document says of all its posts."""

    address: str | None = None
    language: Lang | None = None
    authors: dict[str, str] = field(default_factory=dict)
    prefixes: Prefixes = field(default_factory=lambda: Prefixes.of(b""))


def read(
    path: Path, *, shown: Pictures | None = None, place: str | None = None
) -> Iterator[Original | LeftOut]:
    """The posts in the order of the document; what is no post is counted at the end, by its kind.

    `shown`: the `pictures` of all parts of an export that came in parts; without, the document is read
    for its own ones first, which may come after the posts that show them. A post that is damaged, too
    large or cut off is said, and those around it are read. `place`: what the document is called. `OSError`.
    """
    place = place or path.name
    shown = pictures([path]) if shown is None else shown
    blog = _Blog()
    others: Counter[str] = Counter()
    last = ""
    for part in parts(path):
        match part:
            case Head(xml):
                _learn(blog, xml)
            case Item(xml) if _kinds(xml) == {"attachment"}:
                others["attachment"] += 1
            case Item(xml):
                for one, said in _items(xml, blog.prefixes):
                    last = said.of("title") or last
                    post = _post(one, said, blog, shown, place)
                    if post is None:
                        others[said.of("wp:post_type")] += 1
                    else:
                        yield post
            case Unread(xml, code):
                yield LeftOut(place=place, code=code, data={"title": _title(xml)})
            case CutOff():
                yield LeftOut(place=place, code="import_document_cut_off", data={"last": _words(last)})
    for kind, number in sorted(others.items()):
        yield LeftOut(place=place, code="import_other_kind", data={"kind": kind, "count": number})


def count(path: Path) -> int:
    """About how many posts `read` will come upon, without reading them."""
    return sum(isinstance(part, Item) and _kinds(part.xml) <= _POSTS for part in parts(path))


def pictures(paths: Iterable[Path]) -> Pictures:
    """The pictures that posts name as theirs; a part that cannot be read has none."""
    named: set[int] = set()
    found: dict[tuple[str, int], Picture] = {}
    for path in paths:
        with suppress(OSError):
            _look_through(path, named, found)
    return {key: picture for key, picture in found.items() if key[1] in named}


def _look_through(path: Path, named: set[int], found: dict[tuple[str, int], Picture]) -> None:
    blog = _Blog()
    for part in parts(path):
        match part:
            case Head(xml):
                _learn(blog, xml)
            case Item(xml):
                named.update(map(int, _FEATURED.findall(xml)))
                if "attachment" in _kinds(xml):
                    for _, said in _items(xml, blog.prefixes):
                        number, picture = _number(said.of("wp:post_id")), _picture(said)
                        if number and picture:
                            found[blog.address or "", number] = picture
            case _:
                pass


def _kinds(xml: bytes) -> set[str]:
    """The kind of the item, at a glance; more than one where its words speak of such, too."""
    return {kind.decode("utf-8", "replace") for kind in _KIND.findall(xml)}


def _items(xml: bytes, prefixes: Prefixes) -> Iterator[tuple[bytes, Fields]]:
    """The item, or the items where something unclosed welded several together."""
    said = fields(xml, prefixes)
    if said is not None:
        yield xml, said
        return
    for one in split_again(xml):
        yield one, fields(one, prefixes) or mended(one, prefixes)


def _learn(blog: _Blog, head: bytes) -> None:
    blog.prefixes = Prefixes.of(head)
    said = head_fields(head, blog.prefixes)
    for name in ("wp:base_blog_url", "link", "wp:base_site_url"):
        if address := safe_url(said.of(name)):
            blog.address = address
            break
    blog.language = language_tag(said.of("language"))
    blog.authors.update({login: one_line(unescape(name)) for login, name in said.authors.items()})


def _picture(said: Fields) -> Picture | None:
    url = safe_url(said.of("wp:attachment_url")) or safe_url(said.of("guid"))
    if url is None or said.of("wp:post_type") != "attachment":
        return None
    alt = _words(_meta(said, "_wp_attachment_image_alt"))
    return Picture(url=url, alt=alt or None, caption=_words(typeset(said.of("excerpt:encoded"))) or None)


def _post(xml: bytes, said: Fields, blog: _Blog, shown: Pictures, document: str) -> Original | LeftOut | None:
    """The post of an item, why it is left out, or None for what is none."""
    status = said.of("wp:status") or "publish"
    if said.of("wp:post_type") not in _POSTS or status in _NEVER_WRITTEN:
        return None
    number = _number(said.of("wp:post_id"))
    place = f"{document}#{number}" if number else document
    whole = bool(said.of("content:encoded"))  # an excerpt is only how it begins
    content = said.of("content:encoded") or said.of("excerpt:encoded")
    title = _words(typeset(said.of("title")))
    if not content and not title:
        code = "import_item_damaged" if said.damaged else "import_empty"
        return LeftOut(place=place, code=code, data={"title": _title(xml)})
    if status == "trash":
        return LeftOut(place=place, code="import_trashed", data={"title": title})
    access = Access.CLOSED if said.of("wp:post_password") else _ACCESS.get(status, Access.DRAFT)
    guid = said.of("guid") or None
    permalink = safe_url(said.of("link")) if access is not Access.DRAFT else None
    published, doubt = _published(said) if access is not Access.DRAFT else (None, _scheduled(said))
    image, lost = _image(said, blog, shown)
    html = wordpress.rendered(content)
    return Original(
        form=Form.WXR,
        key=guid or _key(said, blog, number, xml),
        place=place,
        title=title,
        html=html,
        raw=kept(xml, damaged=said.damaged),
        guid=guid,
        permalink=permalink,
        addresses=_addresses(said, blog, number, permalink),
        blog=blog.address,
        number=number,
        published=published,
        updated=_updated(said, published),
        access=access,
        author=_author(said, blog),
        tags=_tags(said),
        language=_language(said) or blog.language,
        image=image,
        whole=whole or not content,
        problems=tuple(filter(None, (doubt, lost, _left(html), _DAMAGED if said.damaged else None))),
    )


_DAMAGED = Problem(code="import_item_mended")


def _left(html: str) -> Problem | None:
    names = wordpress.unknown_shortcodes(html)
    data = {"names": ", ".join(f"[{name}]" for name in names[:_NAMED])}
    return Problem(code="import_shortcodes_left", field="excerpt", data=data) if names else None


def _key(said: Fields, blog: _Blog, number: int | None, xml: bytes) -> str:
    if number and blog.address:
        return f"{blog.address.rstrip('/')}/?p={number}"
    return safe_url(said.of("link")) or hashlib.sha256(xml).hexdigest()


def _number(stated: str) -> int | None:
    return int(stated) if stated.isdecimal() and stated.isascii() and len(stated) < _DIGITS else None


def _meta(said: Fields, key: str) -> str:
    return next(iter(said.meta.get(key, ())), "")


def _words(html: str) -> str:
    """A title, a name or a caption without its markup: WordPress stores these as HTML."""
    return one_line(plain(html)) if "<" in html else one_line(unescape(html))


def _title(xml: bytes) -> str:
    """What the item is called, from its bytes."""
    found = _TITLE.search(xml)
    return _words(found[1].decode("utf-8", "replace")) if found else ""


def _published(said: Fields) -> tuple[datetime | None, Problem | None]:
    """When the post was published, as far as the document says it with its time zone."""
    if (moment := _moment(said.of("wp:post_date_gmt"))) is not None:
        return moment, None
    if (moment := _feed_moment(said.of("pubDate"))) is not None:
        return moment, None
    # What is left is the blog's own time, of a zone that the document names nowhere.
    stated = said.of("wp:post_date")
    if _moment(stated) is None:
        return None, None
    return None, Problem(code="import_date_doubtful", field="published", data={"stated": stated})


def _scheduled(said: Fields) -> Problem | None:
    """When the blog was going to publish it: nobody does that now, unless it is said."""
    moment = _moment(said.of("wp:post_date_gmt")) or _moment(said.of("wp:post_date"))
    if said.of("wp:status") != "future" or moment is None:
        return None
    return Problem(code="import_scheduled", field="published", data={"at": f"{moment:%Y-%m-%d %H:%M}"})


def _feed_moment(stated: str) -> datetime | None:
    """A date as feeds have it; of `30 Nov -0001`, which drafts have, the library makes 2000."""
    if not _FEED_DATE.search(stated):
        return None
    try:
        moment = parsedate_to_datetime(stated)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _updated(said: Fields, published: datetime | None) -> datetime | None:
    changed = _moment(said.of("wp:post_modified_gmt"))
    return changed if changed and (published is None or changed > published) else None


def _moment(stated: str) -> datetime | None:
    """A date as the database has it, in UTC; None for `0000-00-00 00:00:00`."""
    try:
        return datetime.fromisoformat(stated).replace(tzinfo=UTC) if len(stated) == _DATE_LENGTH else None
    except ValueError:
        return None


def _author(said: Fields, blog: _Blog) -> str | None:
    login = said.of("dc:creator")
    return blog.authors.get(login) or one_line(unescape(login)) or None


def _tags(said: Fields) -> tuple[str, ...]:
    # Everywhere else WordPress tells the categories first; an export mixes them, by their names.
    told = sorted(said.categories, key=lambda one: one[0] in _KEYWORDS)
    names = (
        _words(name)
        for domain, nicename, name in told
        if (not domain or domain == "category" or domain in _KEYWORDS)
        and not wordpress.is_no_category(nicename or name)
    )
    return tuple(dict.fromkeys(name for name in names if name))


def _language(said: Fields) -> Lang | None:
    """The post's own language, which Polylang keeps among the categories."""
    stated = (nicename for domain, nicename, _ in said.categories if domain == "language")
    return language_tag(next(stated, None))


def _image(said: Fields, blog: _Blog, shown: Pictures) -> tuple[Image | None, Problem | None]:
    stated = _meta(said, "_thumbnail_id").strip()
    number = _number(stated)
    if not number:
        return None, None
    picture = shown.get((blog.address or "", number))
    if picture is None:
        return None, Problem(code="import_picture_elsewhere", field="image", data={"number": number})
    url = urljoin(blog.address or "", picture.url)
    return Image(url=url, alt=picture.alt, credit=picture.caption, named_in="featured"), None


def _addresses(said: Fields, blog: _Blog, number: int | None, permalink: str | None) -> tuple[str, ...]:
    """All that led to the post: its guid, its number under the blog, and where it stood before."""
    found = [safe_url(said.of("guid")), safe_url(said.of("link"))]
    if blog.address and number:
        found.append(f"{blog.address.rstrip('/')}/?p={number}")
    if permalink and not urlsplit(permalink).query:
        found += (_renamed(permalink, slug) for slug in said.meta.get("_wp_old_slug", ()) if slug.strip())
    return tuple(dict.fromkeys(address for address in found if address and address != permalink))


def _renamed(permalink: str, slug: str) -> str | None:
    """The same address with another last segment."""
    where = urlsplit(permalink)
    found = _LAST.fullmatch(where.path)
    if found is None:
        return None
    return safe_url(urlunsplit(where._replace(path=f"{found['folder']}{slug.strip()}{found['end']}")))


_LAST = re.compile(r"(?P<folder>(?:.*/)?)[^/]+?(?P<end>(?:\.html?)?/?)")
