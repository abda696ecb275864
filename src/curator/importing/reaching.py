"""Where an existing blog is read from: what somebody typed → its posts, in whatever form it has them.

On the web the best form is taken: WordPress' REST API, then a feed with all that comes before it,
then the pages themselves. robots.txt is not asked: it is their own blog that people bring, by hand.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urljoin, urlsplit

from lxml import etree, html

from curator.errors import BadInput
from curator.extract import usual_places
from curator.fetch import Web, shown
from curator.importing import plain, saved, wxr
from curator.importing.feedpages import FeedPages
from curator.importing.house import House
from curator.importing.recognising import HEAD, decoded, form_of, refusal
from curator.importing.restpages import RestPages, is_posts, json_of, posts_at
from curator.importing.site import WAITS, Site, Stopped, is_temporary, unreachable
from curator.importing.webpages import WebPages
from curator.model import Failed, Fetched, Form, LeftOut, Original
from curator.ports import Readers
from curator.text import absolute, masked, safe_url, without_credentials

_API = "https://api.w.org/"
_HOSTED = "https://public-api.wordpress.com/wp/v2/sites/{host}/posts"
_MOST_FEEDS = 3
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*>")  # lxml wants none in what is decoded already


@dataclass(frozen=True, slots=True, kw_only=True)
class Blog:
    """The posts of a blog, to be read once. `total` is about how many; None: nobody knows.

    `originals` may raise a CuratorError in the middle (`import_broken_off`): what came before it is good,
    and doing it all again goes on. It ends early where somebody wants us to stop. `form` None: of several.
    """

    originals: Iterator[Original | LeftOut]
    total: int | None
    form: Form | None


def open_blog(
    what: str,
    *,
    web: Web,
    readers: Readers,
    house: House,
    clock: Callable[[], datetime],
    stopping: Callable[[], bool] = lambda: False,
    waits: Sequence[float] = WAITS,
    sleep: Callable[[float], None] = time.sleep,
) -> Blog:
    """The blog at a path or an address; `blog.example` means https, where no file is called so.

    BadInput or FetchFailed where nothing of ours is there. `waits`: seconds before asking again.
    """
    if (path := _path(what)) is not None:
        found = saved.opened(path, readers=readers, house=house, clock=clock, stopping=stopping)
        return Blog(originals=found.originals(), total=found.total, form=found.form)
    site = Site(web=web, start=_url(what), clock=clock, stopping=stopping, waits=waits, sleep=sleep)
    try:
        return _on_the_web(site, readers, house)
    except Stopped:
        return Blog(originals=iter(()), total=None, form=None)


def _path(what: str) -> Path | None:
    if "://" in what or not what:
        return None
    path = Path(what).expanduser()
    with suppress(OSError, ValueError):  # too long, or with a NUL in it
        return path if path.exists() else None
    return None


def _url(what: str) -> str:
    typed = what.strip()
    is_address = "://" in typed or "." in typed.partition("/")[0].strip(".")
    address = safe_url(typed if "://" in typed else f"https://{typed}") if is_address else None
    if address is None:
        raise BadInput("import_nothing_there", given=shown(masked(typed))[:200])
    return address


def _on_the_web(site: Site, readers: Readers, house: House) -> Blog:
    if is_posts(site.start):
        pages = RestPages(site=site, url=site.start)
        if (failed := pages.opened()) is not None:
            raise unreachable(site.start, failed)
        return _rest(pages)
    got = site.ask_again(site.start)
    if isinstance(got, Failed):
        raise unreachable(site.start, got)
    site.know(got.final_url)
    form = form_of(got.body[:HEAD], name=urlsplit(got.final_url).path, content_type=got.content_type)
    match form:
        case Form.PAGE:
            return _of_page(site, readers, house, got)
        case Form.FEED:
            feed = FeedPages(site=site, readers=readers, house=house, url=site.start)
            if (failed := feed.opened(got)) is not None:
                raise unreachable(site.start, failed)
            return Blog(originals=feed.posts(), total=None, form=form)
        case Form.WXR:
            return Blog(originals=_downloaded(got), total=None, form=form)
        case Form.PLAIN:
            place = without_credentials(got.final_url)
            return Blog(
                originals=iter(plain.read(decoded(got.body), place=place, house=house)), total=None, form=form
            )
        case _:
            return _of_api(site, got)


def _of_api(site: Site, got: Fetched) -> Blog:
    """An API's own page, which says where its posts are."""
    with suppress(ValueError):
        said = json_of(got.body)
        if isinstance(said, dict) and "namespaces" in said:
            pages = RestPages(site=site, url=posts_at(got.final_url))
            if (failed := pages.opened()) is not None:
                raise unreachable(pages.url, failed)
            return _rest(pages)
    raise BadInput(
        refusal(got.body[:HEAD]) or "import_not_recognised",
        place=without_credentials(got.final_url),
    )


def _of_page(site: Site, readers: Readers, house: House, got: Fetched) -> Blog:
    for url, is_said in _apis(got):
        pages = RestPages(site=site, url=url)
        failed = pages.opened(patient=is_said)
        if failed is None and not pages.is_empty:
            return _rest(pages)
        if failed and is_said and is_temporary(failed):
            raise unreachable(url, failed)  # a feed would bring less, and nobody would know
    for url, is_said in _feeds(readers, got):
        feed = FeedPages(site=site, readers=readers, house=house, url=url)
        failed = feed.opened(patient=is_said)
        if failed is None:
            return Blog(originals=feed.posts(), total=None, form=Form.FEED)
        if is_said and is_temporary(failed):
            raise unreachable(url, failed)
    return Blog(originals=WebPages(site=site, house=house, first=got).posts(), total=None, form=Form.PAGE)


def _rest(pages: RestPages) -> Blog:
    return Blog(originals=pages.posts(), total=pages.total, form=Form.REST)


def _apis(got: Fetched) -> Iterator[tuple[str, bool]]:
    """Where posts may be asked for, and whether the site says so itself or we only try."""
    said = list(filter(None, (got.api_url, _linked(got))))
    yield from ((url, True) for url in dict.fromkeys(map(posts_at, said)))
    if said:
        return
    if (host := urlsplit(got.final_url).hostname) and (
        host.endswith(".wordpress.com") or b'content="WordPress.com"' in got.body[:HEAD]
    ):
        yield _HOSTED.format(host=host), False
    homes = dict.fromkeys((urljoin(got.final_url, "."), urljoin(got.final_url, "/")))
    for home in homes:
        yield f"{home}wp-json/wp/v2/posts", False
        yield f"{home}?rest_route=/wp/v2/posts", False


def _linked(got: Fetched) -> str | None:
    """What the page's own head says of an API."""
    try:
        page = html.document_fromstring(_DECLARATION.sub("", decoded(got.body)[:HEAD]))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    for link in page.iter("link"):
        if _API in (link.get("rel") or "").split():
            return absolute(link.get("href"), base_url=got.final_url)
    return None


def _feeds(readers: Readers, got: Fetched) -> Iterator[tuple[str, bool]]:
    links = readers.links(got.body, content_type=got.content_type, url=got.final_url)
    yield from ((link.url, link.declared) for link in links[:_MOST_FEEDS])
    yield from ((url, False) for url in usual_places(got.final_url)[:_MOST_FEEDS] if not links)


def _downloaded(got: Fetched) -> Iterator[Original | LeftOut]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / (urlsplit(got.final_url).path.rpartition("/")[2][:100] or "export.xml")
        path.write_bytes(got.body)
        yield from wxr.read(path)
