"""Pages of what nobody here knows any more: readers had them, and the next publish takes them away."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import PurePosixPath

from curator.publish.site import sites_of
from curator.settings import Settings

FOLDER = "data/lost"


def keep_pages(settings: Settings, gone: Iterable[str]) -> Mapping[str, str]:
    """Of each address (`EDITION/NAME`) where its page lies now, below the newsroom: the last of its words.

    What cannot be copied is left out: a full disk must not keep a newsroom from going on.
    """
    sites = {site.edition.key: site for site in sites_of(settings)}
    public = settings.newsroom / settings.publish.directory
    kept: dict[str, str] = {}
    for address in gone:
        edition, _, name = address.partition("/")
        if edition not in sites or PurePosixPath(name).name != name:
            continue
        page = public / sites[edition].file(f"items/{name}.html")
        copy = f"{FOLDER}/{edition}/{name}.html"
        with suppress(OSError):
            (settings.newsroom / copy).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copy2(page, settings.newsroom / copy)
            kept[address] = copy
    return kept
