"""Whom a quotation is owed to: filled in from the entry and its page, and what is doubtful about it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from curator import text
from curator.mastheads import host_of, is_of, masthead_at, of_address, prefixed
from curator.model import Attribution, Entry, Excerpt, Item, Page, Problem, Source

_CREDITED = re.compile(
    r"\b(?:source|fonte|original (?:article|post)|articolo (?:di riferimento|originale)"
    r"|(?:first|originally) (?:published|appeared) (?:at|on|in)|pubblicato in origine su)\s*:?\s*(?=https?://)",
    re.IGNORECASE,
)
_LAST_LINES = 4
# Requests that say nothing about quoting: where links lead, how pictures and films are shown in results.
_QUIET = (
    "nofollow",
    "noimageindex",
    "max-image-preview",
    "max-video-preview",
    "notranslate",
    "unavailable_after",
)


def attributions(entry: Entry, source: Source, *, page: Page | None = None) -> tuple[Attribution, ...]:
    """Title, authors, publisher, address, licence as far as they are stated; what nobody states stays open.

    A post about another page owes that one, too: a link post, one whose title begins with the name
    of a publication ("HBR: …"), one that names its source in its last lines.
    """
    own = Attribution(
        title=entry.title or None,
        authors=entry.authors,
        publisher=_publisher(entry, source, page),
        url=entry.url,
        license=source.license or entry.license,
    )
    others = [of_address(entry.external_url, title=entry.title or None)] if entry.external_url else []
    others += [of_address(url) for url in _credited(entry)]
    if said := prefixed(entry.title):
        if is_of(said.masthead, own):
            own = replace(own, title=said.rest, publisher=said.masthead.name)
        elif not any(is_of(said.masthead, other) for other in others):
            others.append(Attribution(title=said.rest, publisher=said.masthead.name, url=None))
    owed = {text.url_key(own.url): own}
    for other in others:
        owed.setdefault(text.url_key(other.url) or other.publisher, other)
    return tuple(owed.values())


def completed(given: tuple[Attribution, ...], stated: tuple[Attribution, ...]) -> tuple[Attribution, ...]:
    """With what is now stated of the same address and was open; nothing that is there is changed."""
    by_address = {text.url_key(each.url): each for each in stated if each.url}

    def filled(each: Attribution) -> Attribution:
        known = by_address.get(text.url_key(each.url))
        if known is None:
            return each
        return replace(
            each,
            title=each.title or known.title,
            authors=each.authors or known.authors,
            publisher=each.publisher or known.publisher,
            license=each.license or known.license,
        )

    return tuple(filled(each) for each in given)


def split(given: Attribution) -> tuple[Attribution, ...]:
    """One for each address: two that were pasted with nothing between them are two sources (…cf43https://…).

    What was typed is said of the first; of the others their address speaks. An address that was typed
    for a title is no title.
    """
    if given.url is None and text.addresses(given.title or ""):
        given = replace(given, title=None, url=given.title)
    addresses = text.addresses(given.url or "")
    if not addresses:
        return (given,)
    first, *more = addresses
    masthead = masthead_at(first)
    publisher = given.publisher or (masthead.name if masthead else None)
    return (replace(given, url=first, publisher=publisher), *(of_address(url) for url in more))


def with_publisher(given: tuple[Attribution, ...], headline: str | None) -> tuple[Attribution, ...]:
    """With the publication that the headline names ("HBR: …"), where one attribution has no publisher yet."""
    said = prefixed(headline)
    unsaid = [n for n, each in enumerate(given) if not each.publisher]
    if said is None or len(unsaid) != 1:
        return given
    (place,) = unsaid
    if masthead_at(given[place].url) not in (None, said.masthead):
        return given
    if any(is_of(said.masthead, each) for n, each in enumerate(given) if n != place):
        return given
    return (*given[:place], replace(given[place], publisher=said.masthead.name), *given[place + 1 :])


def warnings(
    item: Item, *, headline: str | None, source: Source | None = None, page: Page | None = None
) -> Iterator[Problem]:
    """What an editor should look at; nothing of it keeps an item from readers."""
    if source is not None:
        yield from _published_elsewhere(item, source)
    yield from _unsigned(item, page.article.authors if page else ())
    said = prefixed(headline)
    if said and item.attributions and not any(is_of(said.masthead, each) for each in item.attributions):
        data = {"start": 0, "end": len(said.written), "found": said.written, "suggestion": None}
        yield Problem(
            code="lint_headline_publisher",
            field="headline",
            data=data | {"publisher": said.masthead.name},
        )
    asked = [each for each in (page.article.opt_outs if page else ()) if not each.startswith(_QUIET)]
    if item.excerpt is not None and asked:
        yield Problem(code="lint_opt_out", field="excerpt", data={"opt_outs": asked})


def _published_elsewhere(item: Item, source: Source) -> Iterator[Problem]:
    """Where the source is named as the publisher of another site: it may only have passed the article on."""
    for position, each in enumerate(item.attributions):
        host = host_of(each.url)
        if host and each.publisher == source.name and not _is_own_site(host, source):
            data = {"host": host, "publisher": source.name}
            yield Problem(
                code="lint_publisher_elsewhere", field=f"attributions.{position}.publisher", data=data
            )


def _unsigned(item: Item, on_page: tuple[str, ...]) -> Iterator[Problem]:
    """Where nobody is named as author; worse where the excerpt says "I": readers will take that for ours."""
    if not item.attributions or any(each.authors for each in item.attributions):
        return
    named = {"limit": "named", "authors": "; ".join(on_page)} if on_page else {}
    suggested = {"suggestion": named["authors"]} if named else {}
    spoken = first_person(item.excerpt)
    if spoken is not None:
        where = {"start": spoken.start(), "end": spoken.end(), "found": spoken[0]}
        yield Problem(code="lint_first_person", field="excerpt", data={**where, **named})
    else:
        yield Problem(code="lint_author_missing", field="attributions.0.authors", data={**named, **suggested})


def first_person(excerpt: Excerpt | None) -> re.Match[str] | None:
    """Where the one who writes says "I", outside of what she lets others say."""
    if excerpt is None:
        return None
    pattern = _FIRST_PERSON.get(excerpt.language.split("-")[0])
    if pattern is None:
        return None
    quoted = [found.span() for found in _QUOTED.finditer(excerpt.text)]
    return next(
        (
            found
            for found in pattern.finditer(excerpt.text)
            if not any(start <= found.start() < end for start, end in quoted)
        ),
        None,
    )


_QUOTED = re.compile(
    r"“[^“”]{1,1000}”|«[^«»]{1,1000}»|„[^„“]{1,1000}“|\"[^\"\n]{1,1000}\"|‘[^‘’\n]{3,500}’(?!\w)"
)
_FIRST_PERSON = {
    "en": re.compile(r"\bI(?=[\s’',]|$)(?![.])|\b(?:[Mm]y|[Mm]yself|[Mm]ine)\b"),
    "it": re.compile(r"\b(?:[Ii]o|[Mm]io|[Mm]ia|[Mm]iei|[Mm]ie|[Hh]o|[Ss]econdo me)\b"),
    "fr": re.compile(r"\b(?:[Jj]e|[Mm]on|[Mm]es)\b|\b[Jj]['’](?=\w)"),
    "es": re.compile(r"\b(?:[Yy]o|[Mm]is?|[Hh]e)\b(?!\w)"),
    "de": re.compile(r"\b(?:[Ii]ch|[Mm]ein(?:e[mnrs]?)?)\b"),
}


def _publisher(entry: Entry, source: Source, page: Page | None) -> str | None:
    """The source, unless the entry lies on another site: a feed of others' posts publishes none of them."""
    host = host_of(entry.url)
    is_named = bool(source.name) and _ADDRESS.fullmatch(source.name) is None
    if is_named and (not host or _is_own_site(host, source)):
        return source.name
    masthead = masthead_at(entry.url)
    stated = page.article.publisher if page else None
    known = masthead.name if masthead else stated
    return known or (host if "://" in source.name else source.name or host) or None


_ADDRESS = re.compile(r"\S+://\S+|[\w-]+(?:\.[\w-]+)+(?:/\S*)?")  # what a source without a title is called by


def _is_own_site(host: str, source: Source) -> bool:
    own = [each for url in (source.home_url, source.url) if (each := host_of(url))]
    return any(host == each or host.endswith(f".{each}") or each.endswith(f".{host}") for each in own)


def _credited(entry: Entry) -> Iterator[str]:
    """The addresses that a post names as its source in its last lines."""
    last = "\n".join(line for line in text.plain(entry.html).splitlines() if line.strip())
    lines = last.splitlines()[-_LAST_LINES:]
    for line in lines:
        for found in _CREDITED.finditer(line):
            yield from text.addresses(line[found.end() :])
