"""Whatever order documents are read in, however often, and wherever an import ends: the same items."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bringing import PICTURE, WHOLE, a_blog, a_post, a_teaser, bring, what_came
from builders import NOW
from curator.errors import FetchFailed
from curator.model import Access, Form, Original
from curator.store import Store
from proving import PROOF

FEW = settings(max_examples=200 if PROOF else 4)

# Every telling of a post that there may be; some know more, some less, some say a title in another way.
TELLINGS: dict[str, Any] = {
    "export": a_post,
    "export, some years older": lambda n: a_post(
        n, raw="older", html=WHOLE.replace("once", f"{n} times"), updated=NOW - timedelta(days=1990)
    ),
    "export, a draft still": lambda n: a_post(n, access=Access.DRAFT, raw="draft", published=None),
    "rest": lambda n: a_post(n, form=Form.REST, title=f"Ascoltare il cliente\u00a0numero\u00a0{n}"),
    "feed": lambda n: a_post(n, form=Form.FEED, image=None),
    "feed, a teaser": lambda n: a_teaser(n, form=Form.FEED, key=f"short {n}"),
    "page": lambda n: a_post(n, form=Form.PAGE, tags=("CX",)),
    "page, in a listing": lambda n: a_teaser(n, form=Form.PAGE),
    "page, in another listing": lambda n: a_teaser(n, form=Form.PAGE, key=f"{n} again", image=None),
    "page, whole in a listing": lambda n: a_post(n, form=Form.PAGE, key=f"listed {n}", image=None, raw="l"),
    "text": a_teaser,
    "text, of its page": lambda n: a_post(n, form=Form.PLAIN, image=replace(PICTURE, alt=None)),
}
telling = st.tuples(st.sampled_from(sorted(TELLINGS)), st.integers(min_value=1, max_value=3))
told = st.lists(telling, min_size=2, max_size=8, unique=True)


def posts(which: list[tuple[str, int]]) -> list[Original]:
    return [TELLINGS[name](n) for name, n in which]


def brought(template: Path, *imports: list[Original], at_once: int = 100, breaks: int | None = None) -> Any:
    """What is in the store after these imports, without numbers; `breaks`: the first ends after so many."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        shutil.copyfile(template, path)
        store = Store(f"sqlite:///{path}")
        try:
            if breaks is not None:
                try:
                    broken = a_blog(imports[0][:breaks], breaks=FetchFailed("import_broken_off"))
                    bring(store, blog=broken, at_once=at_once)
                except FetchFailed:
                    pass
            for some in imports:
                bring(store, *some, at_once=at_once)
            return what_came(store)
        finally:
            store.close()


@FEW
@given(told, st.randoms(use_true_random=False), st.integers(min_value=1, max_value=4))
def test_the_order_of_documents_does_not_matter(
    sqlite_template: Path, which: list[tuple[str, int]], chance: Any, at_once: int
) -> None:
    shuffled = posts(which)
    chance.shuffle(shuffled)

    assert brought(sqlite_template, shuffled, at_once=at_once) == brought(sqlite_template, posts(which))


@FEW
@given(told, st.integers(min_value=1, max_value=4), st.data())
def test_an_import_that_broke_off_and_is_done_again_is_as_one_that_did_not(
    sqlite_template: Path, which: list[tuple[str, int]], at_once: int, data: st.DataObject
) -> None:
    some = posts(which)
    breaks = data.draw(st.integers(min_value=0, max_value=len(some)))

    resumed = brought(sqlite_template, some, some, at_once=at_once, breaks=breaks)

    assert resumed == brought(sqlite_template, some, at_once=at_once)


def test_each_post_is_one_item_whatever_is_told_of_it(sqlite_template: Path) -> None:
    every = [(name, n) for n in (1, 2, 3) for name in sorted(TELLINGS)]

    assert len(brought(sqlite_template, posts(every), at_once=5)) == 3
