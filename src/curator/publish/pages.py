"""Publications → HTML pages that work from a disk, a web server or a reader's archive alike.

Links among our pages are relative, one style lies beside them all, and the
pages' own policy forbids them to load anything from elsewhere: no page makes
a reader's machine call a third party.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from markupsafe import Markup

from curator.facets import facets_of
from curator.model import UNKNOWN_LANGUAGE, Copy, Issue, Publication, PublicItem
from curator.publish import labels, markup, structured
from curator.publish.around import NOTHING_AROUND, Around
from curator.publish.showing import Shown
from curator.publish.site import (
    ABOUT,
    ARCHIVE,
    FEED_NAMES,
    FEED_PAGE,
    FEED_TYPES,
    ICON,
    INDEX,
    LANGUAGES,
    LISTS,
    NEWSLETTER,
    NOT_FOUND,
    SCRIPT,
    SEARCH,
    SOURCES,
    STYLE,
    TAGS,
    UNDATED_PAGE,
    WHOLE,
    Channel,
    Line,
    Site,
    issue_path,
    item_path,
    language_channel,
    month_page,
    picture_path,
    source_channel,
    tag_channel,
)

One = TypeVar("One")

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'"
)
"""What a page may do, said by itself and by whoever serves it; `frame-ancestors` counts in a header only."""

LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; form-action 'none'"
)
"""The same for an issue's web version: a mail carries its style in itself."""

_BANNER_STYLE = "margin:0;padding:.75rem 1rem;background:#8a2c0d;color:#ffffff;font:600 1rem sans-serif"
_SECTIONS = (INDEX, TAGS, SOURCES, ARCHIVE, NEWSLETTER, SEARCH, FEED_PAGE, ABOUT)
_EVERYWHERE = {*_SECTIONS, LANGUAGES}  # what every edition has, so that one links to the other's


# ── items ──


def item(shown: Shown, *, site: Site, around: Around = NOTHING_AROUND, banner: str | None = None) -> bytes:
    """One item's page. With a `banner` it is a preview, alone in its folder, and says so."""
    path = item_path(shown.publication)
    return _page(
        "item.html",
        path,
        site,
        banner=banner,
        shown=_raised(_local(shown, site, root="" if banner else "../")),
        meta=_meta(_Same(shown), _Same(site)),
        around=around,
        description=markup.shortened(shown.summary or ""),
        og_alternates=[labels.og_locale_of(each.hreflang) for each in around.translations],
        alternates=[] if banner else _alternates_of(around, site, shown.url),
        data=structured.script(structured.article(shown, site=site, around=around)),
        **_channels(shown, around),
    )


def withdrawn(publication: Publication, *, site: Site) -> bytes:
    """The page of an item taken back: what it said is gone, what the editors say about that is there."""
    return _page(
        "withdrawn.html",
        item_path(publication),
        site,
        alternates=[],
        withdrawn_at=publication.withdrawn_at,
        public_note=markup.plain_line(publication.public_note),
    )


# ── pages of items ──


def index(
    channel: Channel,
    front: Sequence[Shown],
    *,
    site: Site,
    page: int | None = None,
    newer: str | None = None,
    older: str | None = None,
) -> bytes:
    """Items of a channel, newest first: whole ones of the edition, cards of a topic, language or source.

    `page`: its number, None for the newest. `newer` and `older` are the paths of the pages around it.
    """
    path = channel.path(INDEX) if page is None else channel.page(page)
    depth = "../" * path.count("/")
    whole = channel.line is Line.EDITION
    name = _name(channel, site)
    said = (
        structured.front(site, channel, front)
        if whole
        else structured.collection(site, channel, name=name, path=path)
    )
    return _page(
        "index.html" if whole else "channel.html",
        path,
        site,
        channel=channel,
        name=name,
        name_lang=_name_lang(channel, site),
        front=[_whole(shown, site, root=depth) for shown in front] if whole else (),
        cards=() if whole else _cards(front, site, path),
        newest=page is None,
        page=page,
        newer=newer,
        older=older,
        feeds=_feeds(site, channel),
        listed=LISTS.get(channel.line, ""),
        description=site.edition.subtitle if whole and page is None else "",
        data=structured.script(said),
    )


def _whole(shown: Shown, site: Site, *, root: str) -> tuple[Shown, Markup]:
    return _local(shown, site, root=root), _meta(_Same(shown), _Same(site))


@lru_cache(maxsize=2048)
def _meta(shown: _Same[Shown], site: _Same[Site]) -> Markup:
    """Who and when: the same on an item's page, among others and on its card."""
    return site.one.templates.render(
        "meta.html", shown=shown.one, edition=site.one.edition, date_lang=_marked_date(site.one)
    )


def _cards(front: Sequence[Shown], site: Site, path: str, *, heading: str = "h2") -> list[Markup]:
    depth = Markup("../" * path.count("/"))  # noqa: S704  ours
    return [_card(_Same(shown), _Same(site), heading).replace(_ROOT, depth) for shown in front]


_ROOT = Markup("\x1a")  # a character that no text of an item has: they were made harmless


@lru_cache(maxsize=2048)
def _card(shown: _Same[Shown], site: _Same[Site], heading: str) -> Markup:
    """An item as a list shows it. It stands in several: of its topics, its source, its language."""
    return site.one.templates.render(
        "card.html",
        shown=shown.one,
        meta=_meta(shown, site),
        sources=_sources(shown.one.content),
        edition=site.one.edition,
        site=site.one,
        heading=heading,
        root=_ROOT,
        item_path=item_path,
        date_lang=_marked_date(site.one),
    )


def _sources(content: PublicItem) -> tuple[str, ...]:
    """All that it quotes, by name: it stands in the list of each of them."""
    named = (each.publisher or ", ".join(each.authors) for each in content.attributions)
    return tuple(dict.fromkeys(filter(None, named)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    name: str
    path: str
    count: int
    newest: datetime
    language: str


def listing(line: Line, entries: Sequence[tuple[Channel, int, datetime]], *, site: Site) -> bytes:
    """All topics, languages or sources: how many items each has, and when the newest came."""

    def listed(channel: Channel, count: int, newest: datetime) -> _Listed:
        name, language = channel.name, str(site.edition.language)
        if line is Line.LANGUAGE:
            name = labels.language_name(site.edition, channel.key)
            language = str(labels.date_language(site.edition))
        elif line is Line.SOURCE:
            language = "und"  # a name
        return _Listed(name=name, path=channel.path(INDEX), count=count, newest=newest, language=language)

    return _page(
        "listing.html",
        LISTS[line],
        site,
        line=str(line),
        entries=sorted((listed(*entry) for entry in entries), key=lambda each: each.name.casefold()),
    )


def archive(months: Sequence[tuple[str, int]], site: Site, *, undated: int = 0) -> bytes:
    """Every month that has items ("2026-03"), newest first, and how many; and how many have no date."""
    years: dict[str, list[tuple[str, int]]] = {}
    for month_key, count in months:
        years.setdefault(month_key[:4], []).append((month_key, count))
    return _page(
        "archive.html",
        ARCHIVE,
        site,
        years=years,
        month_page=month_page,
        undated=undated,
        undated_page=UNDATED_PAGE,
    )


def month(
    key: str, shown: Sequence[Shown], *, site: Site, newer: str | None = None, older: str | None = None
) -> bytes:
    """The headlines of one month. `newer` and `older` are the months around it that have any."""
    return _page(
        "month.html",
        month_page(key),
        site,
        key=key,
        shown=shown,
        newer=newer,
        older=older,
        month_page=month_page,
    )


def undated(shown: Sequence[Shown], *, site: Site) -> bytes:
    """The headlines of what nobody knows the date of."""
    return _page("undated.html", UNDATED_PAGE, site, shown=shown)


def issue(letter: str, number: int, *, site: Site) -> bytes:
    """A closed issue as everybody may read it: the letter, and where it is and how to follow."""
    path = issue_path(number)
    top = "../" if site.edition.default else "../../"
    head = site.templates.render(
        "issue.html", edition=site.edition, top=top, url=site.page_url(path), feeds=_feeds(site, WHOLE)
    )
    return letter.replace("</head>", f"{head}\n</head>", 1).encode()


def newsletter(issues: Sequence[Issue], *, site: Site) -> bytes:
    """Every issue that was closed, newest first."""
    return _page("newsletter.html", NEWSLETTER, site, issues=issues)


# ── pages about the site ──


def about(site: Site) -> bytes:
    """Who makes it, how to follow it, how it quotes, and what it does not know of its readers."""
    return _page("about.html", ABOUT, site, feeds=_feeds(site, WHOLE))


def feed_page(
    site: Site, shown: Sequence[Shown], channels: Sequence[Channel] = (), *, empty: bool = False
) -> bytes:
    """The feeds as people see them: their addresses, and what those who follow them get."""
    return _page(
        "feed.html",
        FEED_PAGE,
        site,
        feeds=_feeds(site, WHOLE),
        cards=_cards(shown, site, FEED_PAGE, heading="h3"),
        empty=empty,
        lines=[
            (
                key,
                [
                    (channel, _name(channel, site), _feeds(site, channel))
                    for channel in channels
                    if channel.line is line
                ],
            )
            for line, key in ((Line.TAG, "feeds_by_topic"), (Line.LANGUAGE, "feeds_by_language"))
        ],
    )


def search(site: Site, shards: int) -> bytes:
    """Where the browser searches the `shards` index files; without a script, it says what to do."""
    return _page("search.html", SEARCH, site, shards=shards)


def not_found(site: Site) -> bytes:
    """For any address where nothing is, so its links start at the top of the server."""
    top = urlsplit(site.top_url).path
    return _page("404.html", NOT_FOUND, site, top=top, root=f"{top}{site.folder}", others=site.others)


def shared(site: Site) -> Mapping[str, bytes]:
    """What all pages of all editions use, at the top of the public folder."""
    return {name: site.templates.source(name) for name in (STYLE, SCRIPT, ICON)}


# ── previews ──


def beside(markup: str, copy: Copy | None, *, site: Site, root: str = "") -> str:
    """Markup whose picture is where the page is, not where it will be in public."""
    return markup.replace(site.picture_url(copy), f"{root}{picture_path(copy)}") if copy else markup


def marked(document: str, *, banner: str) -> bytes:
    """A whole document of somebody else's making, with a line at its top that says what it is."""
    before, body, after = re.split("(<body[^>]*>)", document, maxsplit=1)
    line = Markup('<p role="note" style="{}">{}</p>').format(_BANNER_STYLE, banner)
    return f"{before}{body}{line}{after}\n".encode()


def _local(shown: Shown, site: Site, *, root: str) -> Shown:
    """A page shows the picture that lies beside it: it works from a disk, and loads from nowhere else."""
    body = beside(shown.body, shown.content.copy, site=site, root=root)
    if "<table" in body and (excerpt := shown.content.excerpt):
        body = _scrolling(body, excerpt.language, site)
    return shown if body is shown.body else replace(shown, body=Markup(body))  # noqa: S704  it was Markup before


def _scrolling(body: str, language: str, site: Site) -> str:
    """A wide table moves in a frame of its own on a narrow screen, by keyboard too."""
    edition = site.edition
    frame = Markup(
        '<div class="scroll" tabindex="0" role="region" aria-label="{}" lang="{}"><table lang="{}"'
    ).format(labels.label(edition, "table"), labels.words_language(edition, "table"), language)
    return re.sub('<table(?: lang="[^"]*")?(?=[ >])', lambda _: frame, body).replace(
        "</table>", "</table></div>"
    )


def _raised(shown: Shown) -> Shown:
    return replace(shown, body=Markup(markup.raised(shown.body))) if "<h3" in shown.body else shown  # noqa: S704  the same


# ── what every page has ──


def _page(template: str, path: str, site: Site, *, banner: str | None = None, **values: object) -> bytes:
    depth = "../" * path.count("/")
    root = str(values.pop("root", "" if banner else depth))
    top = str(values.pop("top", "" if banner else depth + ("" if site.edition.default else "../")))
    frame = _frame(_Same(site), root, top, path if path in _SECTIONS else "")
    url = site.page_url(path)
    return dressed(
        template, site, frame=frame, root=root, top=top, path=path, url=url, banner=banner, **values
    )


def dressed(template: str, site: Site, *, frame: Frame, root: str, top: str, **values: object) -> bytes:
    """A page of the house, whoever answers with it: `root` leads to the edition's pages, `top` to all."""
    page = site.templates.render(
        template,
        **{
            "site": site,
            "edition": site.edition,
            "root": root,
            "top": top,
            "frame": frame,
            "policy": POLICY,
            "banner": None,
            "item_path": item_path,
            "feeds": (),
            "description": "",
            "data": "",
            "alternates": _alternates(site, str(values.get("path", ""))),
            "og_locale": labels.og_locale(site.edition),
            "og_alternates": (),
            "date_lang": _marked_date(site),
            "runs_left": labels.runs_left(site.edition),
            **values,
        },
    )
    return f"{page}\n".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The parts of a page that all pages of one folder have in common, made once for all of them."""

    head: Markup
    navigation: Markup
    footer: Markup


class _Same(Generic[One]):
    """The key of a cache: this very thing, not another that is like it."""

    __slots__ = ("one",)

    def __init__(self, one: One) -> None:
        self.one = one

    def __hash__(self) -> int:
        return id(self.one)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.one is other.one


@lru_cache(maxsize=64)
def _frame(same: _Same[Site], root: str, top: str, section: str) -> Frame:
    site = same.one
    values = {
        "site": site,
        "edition": site.edition,
        "root": root,
        "top": top,
        "policy": POLICY,
        "section": section,
        "feeds": _feeds(site, WHOLE),
        "others": [(other.edition, f"{top}{other.folder}{INDEX}") for other in site.others],
    }
    return Frame(
        head=site.templates.render("head.html", **values),
        navigation=site.templates.render("navigation.html", **values),
        footer=site.templates.render("footer.html", **values),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed as people are told of it. `explained` is the label that says whom it is for."""

    name: str
    type: str
    path: str
    url: str
    title: str
    explained: str


_EXPLAINED = {"Atom": "feed_atom", "RSS": "feed_rss", "JSON Feed": "feed_json"}


def _feeds(site: Site, channel: Channel) -> tuple[Feed, ...]:
    if channel.line is Line.SOURCE:
        return ()
    of = f" – {_name(channel, site)}" if channel != WHOLE else ""
    return tuple(
        Feed(
            name=name,
            type=FEED_TYPES[file],
            path=channel.path(file),
            url=site.url(channel.path(file)),
            title=f"{site.edition.title}{of} ({name})",
            explained=_EXPLAINED[name],
        )
        for file, name in FEED_NAMES.items()
    )


def _name(channel: Channel, site: Site) -> str:
    return labels.language_name(site.edition, channel.key) if channel.line is Line.LANGUAGE else channel.name


def _channels(shown: Shown, around: Around) -> Mapping[str, object]:
    """Where the item's topics, sources and language have pages of their own."""
    facets = facets_of(shown.content)
    spoken = language_channel(facets.language) if facets.language not in (None, UNKNOWN_LANGUAGE) else None
    return {
        "topics": [(tag, tag_channel(tag).path(INDEX)) for tag in facets.tags],
        "sources": [
            (host if host in around.shared else name, source_channel(host, name).path(INDEX))
            for host, name in facets.sources
        ],
        "quoted": (spoken.key, spoken.path(INDEX)) if spoken else None,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternate:
    """The same page for readers of another language, by its absolute address."""

    hreflang: str
    url: str


def _alternates(site: Site, path: str) -> list[Alternate]:
    """Of a page that every edition has."""
    if path not in _EVERYWHERE or not site.others:
        return []
    every = sorted((site, *site.others), key=lambda each: not each.edition.default)
    return _of_languages([(each.edition.language, each.page_url(path)) for each in every])


def _alternates_of(around: Around, site: Site, url: str) -> list[Alternate]:
    if not around.translations:
        return []
    here = (site.edition.language, url, site.edition.default)
    there = [(each.hreflang, each.url, each.default) for each in around.translations]
    every = sorted([here, *there], key=lambda each: not each[2])
    return _of_languages([(language, url) for language, url, _ in every])


def _of_languages(every: Sequence[tuple[str, str]]) -> list[Alternate]:
    """One for each language, the default edition's first: it is for readers of any other, too."""
    by_language: dict[str, str] = {}
    for language, url in every:
        by_language.setdefault(language, url)
    first = next(iter(by_language.values()))
    return [
        *(Alternate(hreflang=language, url=url) for language, url in by_language.items()),
        Alternate(hreflang="x-default", url=first),
    ]


def _name_lang(channel: Channel, site: Site) -> Markup:
    if channel.line is Line.LANGUAGE:
        return _marked_date(site)
    return Markup(' lang="und"') if channel.line is Line.SOURCE else Markup()


def _marked_date(site: Site) -> Markup:
    """Where the edition's language has no dates that we know, they are in English, and say so."""
    language = labels.date_language(site.edition)
    return Markup(' lang="{}"').format(language) if language != site.edition.language else Markup()
