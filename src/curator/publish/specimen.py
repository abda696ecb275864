"""Pages made for trial, before anything that readers have is replaced.

A newsroom's own templates can be wrong in ways that show only when a page is
made of them. So an item that has everything, and one that has next to
nothing, go through all of them first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from curator.model import (
    UNDATED,
    UNKNOWN_LANGUAGE,
    Attribution,
    Copy,
    Excerpt,
    Image,
    Issue,
    IssueStatus,
    Lang,
    Publication,
    PublicItem,
    SafeHtml,
)
from curator.publish import forms, pages, showing
from curator.publish.around import NOTHING_AROUND, Around, Link, Translation
from curator.publish.forms import Choice, Filled
from curator.publish.letter import letter
from curator.publish.showing import Shown
from curator.publish.site import (
    ARCHIVE,
    WHOLE,
    Channel,
    Line,
    Site,
    item_path,
    language_channel,
    source_channel,
    tag_channel,
)

_WHEN = datetime(2026, 3, 2, 9, tzinfo=UTC)
_LATER = _WHEN.replace(day=9)
_WORDS = "Lorem ipsum dolor sit amet"
_CHANNELS = (tag_channel("lorem"), language_channel(Lang("en")), source_channel("lorem.example", "Lorem"))


def check(site: Site) -> None:
    """Raise TemplateBroken, with file and line, if any page could not be made with the newsroom's templates.

    The house's own are tested with the program.
    """
    if site.templates.are_own:
        site.templates.compile()
        watched = replace(site, templates=site.templates.watched())
        for _page in chain(specimens(watched), answers(watched)):
            pass


def specimens(site: Site) -> Iterator[tuple[str, bytes]]:
    """Every kind of page once full and once bare, with a name for each."""
    for name, content in (("full", _full(site)), ("bare", _bare(site))):
        publication = _publication(content, updated_at=_LATER if name == "full" else _WHEN)
        shown = showing.show(publication, site=site)
        yield f"item, {name}", pages.item(shown, site=site, around=_around(site, shown, name))
        yield f"preview, {name}", pages.item(shown, site=site, banner=_WORDS)
        yield from _of_items(site, name, [shown])
        yield f"letter, {name}", pages.issue(_letter(site, publication), 1, site=site)
        gone = replace(publication, withdrawn_at=_LATER, public_note=_WORDS if name == "full" else None)
        yield f"withdrawn, {name}", pages.withdrawn(gone, site=site)
    undated = showing.show(_undated(_bare(site)), site=site)
    yield "item, undated", pages.item(undated, site=site)
    yield from _of_items(site, "undated", [undated])
    yield "undated", pages.undated([undated], site=site)
    yield from _of_items(site, "empty", [])
    yield from _of_the_site(site)


def answers(site: Site) -> Iterator[tuple[str, bytes]]:
    """The same for what `serve` makes while somebody waits: to subscribe, and to leave."""
    topics = ("Lorem", "Ipsum")
    wrong = Filled(email="lorem", tags=("Dolor",), problem="email_invalid")
    full = Choice(edition=site.edition, topics=topics, tags=("Dolor",))
    said: dict[str, Any] = {"email": "lorem@lorem.example", "token": "0.0"}
    for name, form in (
        ("subscribe", forms.subscribe(site, up="../", topics=())),
        ("subscribe, full", forms.subscribe(site, up="../", topics=topics, filled=wrong)),
        ("asked", forms.asked(site, email="lorem@lorem.example")),
        ("confirm", forms.confirm(site)),
        ("confirmed", forms.confirmed(site)),
        ("unsubscribe", forms.leave(site)),
        ("left", forms.left(site, up="../../")),
        ("ask for preferences", forms.ask_preferences(site, up="../", filled=wrong)),
        ("preferences, bare", forms.preferences(site, choices=(), problems={}, **said)),
        (
            "preferences, full",
            forms.preferences(site, choices=[full], problems={site.edition.key: "topics_missing"}, **said),
        ),
        ("erase", forms.erase(site, email="lorem@lorem.example")),
        ("broken link", forms.broken_link(site, "link_expired", up="../")),
    ):
        yield name, form.content


def _of_items(site: Site, name: str, shown: list[Shown]) -> Iterator[tuple[str, bytes]]:
    around: dict[str, Any] = {"newer": WHOLE.page(3), "older": WHOLE.page(1)} if name == "full" else {}
    yield f"front page, {name}", pages.index(WHOLE, shown, site=site, older=ARCHIVE if around else None)
    yield f"numbered page, {name}", pages.index(WHOLE, shown, site=site, page=2, **around)
    for channel in _CHANNELS:
        yield f"{channel.line}, {name}", pages.index(channel, shown, site=site, **around)
    months = {"newer": "2026-04", "older": "2026-02"} if name == "full" else {}
    yield f"month, {name}", pages.month("2026-03", shown, site=site, **months)
    yield f"feeds, {name}", pages.feed_page(site, shown, _CHANNELS if name == "full" else ())


def _of_the_site(site: Site) -> Iterator[tuple[str, bytes]]:
    for line in (Line.TAG, Line.LANGUAGE, Line.SOURCE):
        listed: list[tuple[Channel, int, datetime]] = [(c, 2, _WHEN) for c in _CHANNELS if c.line is line]
        yield f"list of {line}", pages.listing(line, listed, site=site)
        yield f"empty list of {line}", pages.listing(line, [], site=site)
    yield "archive", pages.archive([("2026-03", 2), ("2025-12", 1)], site, undated=2)
    yield "empty archive", pages.archive([], site)
    yield "newsletter", pages.newsletter([_issue(site)], site=site)
    yield "empty newsletter", pages.newsletter([], site=site)
    yield "about", pages.about(site)
    yield "search", pages.search(site, 1)
    yield "not found", pages.not_found(site)


# ── what they are made of ──


def _full(site: Site) -> PublicItem:
    cited = Attribution(
        title=_WORDS,
        authors=("Lorem Ipsum", "Dolor Sit"),
        publisher="Lorem",
        url="https://lorem.example/a?b=1&c=2",
        license="https://creativecommons.org/licenses/by/4.0/",
    )
    return PublicItem(
        language=site.edition.language,
        headline=_WORDS,
        note=f"{_WORDS}.\n{_WORDS}.\n\n{_WORDS}.",
        author="Lorem Ipsum",
        excerpt=Excerpt(
            html=SafeHtml(f"<h2>{_WORDS}</h2><p>{_WORDS}</p>"),
            text=f"{_WORDS}\n{_WORDS}",
            language=Lang("la"),
            truncated=True,
        ),
        attributions=(
            cited,
            Attribution(title=None, authors=(), publisher="Lorem", url=None, license="© Lorem"),
        ),
        image=Image(url="https://lorem.example/a.jpg", alt=_WORDS, credit="Lorem", license="CC BY 4.0"),
        tags=("lorem", "ipsum"),
        origin=None,
        correction=_WORDS,
        corrected_at=_LATER,
        copy=Copy(digest="0" * 64, media_type="image/jpeg", width=640, height=400, length=1),
    )


def _bare(site: Site) -> PublicItem:
    other = Lang("en") if site.edition.language != "en" else UNKNOWN_LANGUAGE
    return PublicItem(
        language=other,
        headline=_WORDS,
        note=None,
        author="",
        excerpt=None,
        attributions=(),
        image=None,
        tags=(),
        origin=None,
    )


def _publication(content: PublicItem, *, updated_at: datetime) -> Publication:
    return Publication(
        item_id=0,
        edition="",
        ulid="0" * 26,
        slug="lorem-ipsum",
        sequence=0,
        atom_id="tag:lorem.example,2026:item/0",
        published_at=_WHEN,
        updated_at=updated_at,
        item_version=1,
        content=content,
    )


def _undated(content: PublicItem) -> Publication:
    made = _publication(content, updated_at=UNDATED)
    return replace(made, published_at=UNDATED, imported=True, undated=True)


def _around(site: Site, shown: Shown, name: str) -> Around:
    if name == "bare":
        return NOTHING_AROUND
    link = Link(path=item_path(shown.publication), title=_WORDS, language=Lang("la"))
    translation = Translation(
        hreflang=Lang("la"),
        path=f"la/{link.path}",
        url=site.url(f"la/{link.path}"),
        title=_WORDS,
        language=Lang("la"),
        default=not site.edition.default,
    )
    return Around(newer=link, older=link, translations=(translation,))


def _letter(site: Site, publication: Publication) -> str:
    return letter([publication], site=site, number=1, closed_at=_WHEN).html


def _issue(site: Site) -> Issue:
    return Issue(
        id=1,
        edition=site.edition.key,
        number=1,
        status=IssueStatus.CLOSED,
        letter=letter([], site=site, number=1, closed_at=_WHEN),
        content_hash="",
        closed_at=_WHEN,
        slot=None,
        item_ids=(),
    )
