"""What becomes of the posts of an existing blog: each is one item, whatever document tells of it."""

from __future__ import annotations

import random
import threading
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select

from bringing import BELOW, BLOG, PICTURE, WHOLE, a_blog, a_post, a_teaser, bring
from builders import ITALIAN, MARTA, NOW, PAOLO, SETTINGS
from curator.curate.dossier import find, read_dossier
from curator.curate.undoing import undo
from curator.curate.usecases import claim, withdraw, write
from curator.curate.writing import Writing
from curator.errors import BadInput, Refused
from curator.importing.outcome import ImportResult
from curator.model import Access, Attribution, Form, Item, Lang, LeftOut, Original, Publication, Status
from curator.publish.drafting import draft_issue
from curator.publish.outgoing import Outgoing
from curator.settings import EditorSettings
from curator.store import Store
from curator.store import tables as t
from curator.store.search import Search

ANOTHER_WEEK = (
    "<p>This week we read of queues, of banks and airlines, and of the long wait for an answer from all"
    " those who said that they would call back on the next morning and never did so at all.</p>"
)
THE_WHOLE = (a_post(form=Form.WXR), a_post(form=Form.REST), a_post(form=Form.FEED), a_post(form=Form.PAGE))


def items(store: Store) -> list[Item]:
    with store.read() as tx:
        return tx.items.many(
            list(tx.connection.execute(select(t.items.c.id).order_by(t.items.c.id)).scalars())
        )


def the_item(store: Store) -> Item:
    [item] = items(store)
    return item


def publication(store: Store, item_id: int = 1) -> Publication:
    with store.read() as tx:
        found = tx.publications.get(item_id, "it")
    assert found is not None
    return found


def counts(done: ImportResult) -> dict[str, int]:
    told = {name: getattr(done, name) for name in ("created", "unchanged", "completed", "changed", "drafts")}
    return {name: count for name, count in told.items() if count}


def everything(store: Store) -> dict[str, Any]:
    """Every row of every table."""
    with store.read() as tx:
        return {
            table.name: tx.connection.execute(select(table).order_by(*table.primary_key.columns)).all()
            for table in t.metadata.sorted_tables
        }


def doubted(store: Store) -> list[str]:
    return [problem.code for problem in read_dossier(store, 1).doubts("it")]


# ── a public post ──


def test_a_public_post_is_published_as_readers_have_had_it(store: Store) -> None:
    done = bring(store, a_post(7))

    item, public = the_item(store), publication(store)
    assert counts(done) == {"created": 1}
    assert item.status_in("it") is Status.PUBLISHED
    assert item.commentaries["it"].headline == "Ascoltare il cliente numero 7"
    assert (public.atom_id, public.slug) == (f"{BLOG}/?p=7", "7-ascoltare")
    assert public.published_at == NOW - timedelta(days=1993)
    assert public.updated_at == NOW - timedelta(days=1893)
    assert (public.imported, public.undated) == (True, False)
    assert public.content.note == "chi ascolta i clienti li tiene, e chi tace li perde."
    with store.read() as tx:
        [event] = tx.events.of_item(item.id)
        leads = {redirect.path: redirect.target for redirect in tx.redirects.all()}
    assert (event.move, event.editor, event.edition) == ("import", "marta", "it")
    assert (event.after["form"], event.after["place"]) == ("wxr", "blog.wxr, 7")
    assert event.after["problems"] == [found.problem.code for found in done.problems]
    assert leads["/2019/05/7-ascoltare"] == leads["/?p=7"] == "items/7-ascoltare.html"
    assert leads["/feed"] == "feed.rss"


def test_what_is_missing_is_listed_and_keeps_nothing_back(sqlite_store: Store) -> None:
    done = bring(sqlite_store, a_post(html=WHOLE, guid=None, image=replace(PICTURE, alt=None)))

    assert {"attribution_missing", "alt_missing"} <= {found.problem.code for found in done.problems}
    assert {found.item for found in done.problems} == {1}
    assert the_item(sqlite_store).status_in("it") is Status.PUBLISHED


def test_what_the_house_lint_says_is_listed_too(sqlite_store: Store) -> None:
    found = replace(bring(sqlite_store, a_post(html=WHOLE)).problems[0].problem, code="lint_made_up")

    done = bring(sqlite_store, a_post(2), warnings=lambda _item: [found])

    assert "lint_made_up" in [each.problem.code for each in done.problems]
    with sqlite_store.read() as tx:
        assert "lint_made_up" in tx.events.of_item(2)[0].after["problems"]


def test_what_is_left_out_is_passed_on(sqlite_store: Store) -> None:
    left = LeftOut(place="blog.wxr, 3", code="import_trashed")

    done = bring(sqlite_store, a_post(1), left, a_post(2))

    assert (done.left_out, done.seen, done.created) == ((left,), 2, 2)


# ── again ──


def test_a_second_import_changes_nothing(store: Store) -> None:
    posts = [a_post(1), a_teaser(1), a_post(2, form=Form.REST), a_post(3, access=Access.DRAFT), a_teaser(4)]
    bring(store, *posts)
    before = everything(store)

    again = bring(store, *posts, clock=lambda: NOW + timedelta(days=1))

    assert everything(store) == before
    assert (again.unchanged, again.seen, again.problems, again.redirects) == (5, 5, (), 0)


def test_an_interrupted_import_goes_on(sqlite_store: Store) -> None:
    posts = [a_post(n) for n in range(1, 8)]
    asked = iter([False, True, True])

    stopped = bring(sqlite_store, *posts, at_once=2, stopping=lambda: next(asked))
    resumed = bring(sqlite_store, *posts, at_once=2)

    assert (stopped.stopped, stopped.created) == (True, 4)
    assert (resumed.stopped, resumed.created, resumed.unchanged) == (False, 3, 4)
    assert len(items(sqlite_store)) == 7


def test_what_was_read_before_the_blog_broke_off_stays(sqlite_store: Store) -> None:
    broken = a_blog([a_post(1), a_post(2), a_post(3)], breaks=BadInput("import_broken_off", url="x"))

    with pytest.raises(BadInput, match="import_broken_off"):
        bring(sqlite_store, blog=broken, at_once=2)

    assert len(items(sqlite_store)) == 3


def test_progress_is_told_after_each_batch(sqlite_store: Store) -> None:
    told: list[tuple[int, int | None]] = []
    blog = replace(a_blog(a_post(n) for n in range(5)), total=5)

    bring(sqlite_store, blog=blog, at_once=2, told=lambda done, of: told.append((done, of)))

    assert told == [(2, 5), (4, 5), (5, 5)]


def test_a_rehearsal_says_the_same_and_writes_nothing(store: Store) -> None:
    bring(store, a_post(1), a_teaser(2))
    with store.begin() as tx:  # an event that names a later one
        first = tx.events.of_item(1)[0].id
        tx.events.mark_undone(first, by=tx.events.add(at=NOW, editor="marta", move="write", item_id=1))
    before = everything(store)
    posts = [a_post(2), a_post(1, raw="other", title="Un altro"), a_post(3, access=Access.DRAFT), a_teaser(3)]
    posts += [a_post(4), a_post(4, form=Form.REST), a_post(1)]

    rehearsed = bring(store, *posts, dry_run=True, at_once=2)
    nothing_written = everything(store) == before
    done = bring(store, *posts, at_once=2)

    assert nothing_written
    assert {found.item for found in rehearsed.problems} == {None}
    assert replace(rehearsed, problems=()) == replace(done, problems=())
    assert [f.problem.code for f in rehearsed.problems] == [f.problem.code for f in done.problems]


def test_a_terminal_that_is_gone_is_not_taken_for_the_database(sqlite_store: Store) -> None:
    def told(_done: int, _of: int | None) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        bring(sqlite_store, a_post(), told=told, dry_run=True)


# ── one post, told several times ──


@pytest.mark.parametrize("at_once", [1, 100])
def test_a_post_in_many_forms_is_one_item(sqlite_store: Store, at_once: int) -> None:
    bring(sqlite_store, a_teaser(), *reversed(THE_WHOLE), a_post(form=Form.PLAIN), at_once=at_once)

    item, public = the_item(sqlite_store), publication(sqlite_store)
    assert item.excerpt is not None
    assert not item.excerpt.truncated
    assert [each.url for each in item.attributions] == ["https://hbr.org/2019/05/ask"]
    assert (item.tags, item.image) == (("Ascolto", "CX"), PICTURE)
    assert (public.atom_id, public.published_at, public.undated) == (
        f"{BLOG}/?p=1",
        NOW - timedelta(days=1999),
        False,
    )
    assert (public.content.excerpt, public.content.attributions) == (item.excerpt, item.attributions)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"guid": "tag:x,2019:1"}, {"guid": "tag:x,2019:1", "permalink": None}),
        (
            {"permalink": "http://www.rassegna.example/a/"},
            {"permalink": "https://rassegna.example/a?utm_source=x"},
        ),
        ({"permalink": "https://rassegna.example/a"}, {"addresses": ("https://rassegna.example/a/#more-7",)}),
        ({"guid": None, "number": 9, "blog": "http://www.rassegna.example"}, {"guid": f"{BLOG}/?p=9"}),
        ({"number": 9}, {"permalink": f"{BLOG}/?p=9", "guid": None}),
    ],
)
def test_a_post_is_known_by_its_id_or_its_address(
    sqlite_store: Store, one: dict[str, Any], other: dict[str, Any]
) -> None:
    """Whatever its title and its text are by then."""
    nothing: dict[str, Any] = {"guid": None, "permalink": None, "number": None}
    first = a_post(1, form=Form.WXR, **(nothing | one))
    second = a_post(1, form=Form.FEED, title="Altro titolo", html=WHOLE.upper(), **(nothing | other))

    bring(sqlite_store, first)
    bring(sqlite_store, second)

    assert len(items(sqlite_store)) == 1


def test_the_front_of_a_blog_is_no_posts_address(sqlite_store: Store) -> None:
    """Saved listings say it of all that is on them."""
    bring(sqlite_store, *(a_post(n, form=Form.PAGE, permalink=f"{BLOG}/") for n in (1, 2)))

    assert len(items(sqlite_store)) == 2


def test_titles_are_compared_without_their_typography(sqlite_store: Store) -> None:
    bring(sqlite_store, a_teaser(title="L’attesa:\u00a0“empowered” clienti"))
    bring(sqlite_store, a_post(form=Form.PAGE, title='L\'attesa: "empowered" Clienti'))

    assert len(items(sqlite_store)) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(a_post(1), a_post(2, title=a_post(1).title), id="two texts under one title"),
        pytest.param(
            a_post(1, form=Form.PLAIN, html="<p>Eccoci.</p>"),
            a_post(2, form=Form.PLAIN, html="<p>Eccoci.</p>", title=a_post(1).title),
            id="hardly any text",
        ),
        pytest.param(
            a_post(1, form=Form.PLAIN, html=""),
            a_post(2, form=Form.PLAIN, html="", title=a_post(1).title),
            id="no text",
        ),
        pytest.param(
            a_post(1),
            a_post(2, title=a_post(1).title, html=a_post(1).html),
            id="published twice, by its blog",
        ),
        pytest.param(
            a_post(1, form=Form.PLAIN),
            a_post(
                2,
                form=Form.PLAIN,
                title=a_post(1).title,
                html=WHOLE.replace("once", "1 times").partition("<p>The others")[0] + ANOTHER_WEEK,
            ),
            id="a serial that begins alike",
        ),
    ],
)
@pytest.mark.parametrize("at_once", [1, 100])
def test_two_posts_stay_two(sqlite_store: Store, one: Original, other: Original, at_once: int) -> None:
    bring(sqlite_store, one, other, at_once=at_once)

    assert len(items(sqlite_store)) == 2


@pytest.mark.parametrize(
    "shared",
    [
        pytest.param({"guid": f"{BLOG}/?p=1"}, id="brought into another blog, which numbers anew"),
        pytest.param({"guid": f"{BLOG}/?p=1", "key": "post 1"}, id="and known by that"),
        pytest.param({"guid": f"{BLOG}/", "key": f"{BLOG}/", "form": Form.FEED}, id="the blog is their id"),
        pytest.param({"permalink": f"{BLOG}/a", "key": f"{BLOG}/a"}, id="all at one address"),
        pytest.param(
            {
                "permalink": f"{BLOG}/",
                "guid": None,
                "key": f"{BLOG}/",
                "form": Form.PAGE,
            },
            id="pages that name the front as theirs",
        ),
    ],
)
def test_posts_that_share_an_id_by_mistake_are_all_there(sqlite_store: Store, shared: dict[str, Any]) -> None:
    """Whether they come in one batch or another."""
    posts = [a_post(n, **shared) for n in (1, 2, 3)]

    bring(sqlite_store, *posts, at_once=2)
    again = bring(sqlite_store, *reversed(posts), at_once=2)

    assert [item.commentaries["it"].headline for item in items(sqlite_store)] == [p.title for p in posts]
    assert counts(again) == {"unchanged": 3}
    with sqlite_store.read() as tx:
        assert {len(told) for told in tx.imports.of_items([1, 2, 3]).values()} == {1}


def test_posts_that_share_an_id_are_said_to(sqlite_store: Store) -> None:
    done = bring(sqlite_store, a_post(1), a_post(2, guid=f"{BLOG}/?p=1"))

    [said] = (found for found in done.problems if found.problem.code == "import_twice")
    assert {said.item, said.problem.data["item"]} == {1, 2}


def test_what_fits_two_posts_makes_them_no_one(sqlite_store: Store) -> None:
    shared: dict[str, Any] = {"guid": f"{BLOG}/?p=1"}
    either = a_post(3, form=Form.FEED, permalink=None, **shared)

    bring(sqlite_store, a_post(1), a_post(2, **shared), either)

    assert len(items(sqlite_store)) == 2


def test_a_feed_that_knows_posts_by_a_shared_id_completes_each(sqlite_store: Store) -> None:
    shared: dict[str, Any] = {"guid": f"{BLOG}/?p=1"}
    bring(sqlite_store, *(a_post(n, **shared) for n in (1, 2)))

    done = bring(sqlite_store, *(a_post(n, form=Form.FEED, **shared) for n in (1, 2)))

    assert (done.created, len(items(sqlite_store))) == (0, 2)


def test_what_may_be_two_items_of_one_post_is_said(sqlite_store: Store) -> None:
    bring(sqlite_store, a_post(1, form=Form.PLAIN, html="<p>Corto.</p>", key="a"))
    bring(sqlite_store, a_post(2, form=Form.PAGE, permalink=f"{BLOG}/b", html="<p>Breve.</p>"))

    done = bring(sqlite_store, a_post(3, form=Form.WXR, addresses=(f"{BLOG}/b",)))
    again = bring(sqlite_store, a_post(3, form=Form.PLAIN), a_post(1, form=Form.PLAIN, key="a"))

    assert done.completed == 1
    assert len(items(sqlite_store)) == 2
    assert again.created == 0


# ── what becomes known later ──


def test_a_teaser_is_completed_by_the_whole_post(store: Store) -> None:
    bring(store, a_teaser())
    before = publication(store)

    done = bring(store, a_post(), clock=lambda: NOW + timedelta(days=1))

    item, public = the_item(store), publication(store)
    assert counts(done) == {"completed": 1}
    assert item.excerpt is not None
    assert item.excerpt.text.endswith("before the evening comes.")
    assert item.attributions[0].publisher == "Harvard Business Review"
    assert (item.image, item.tags) == (PICTURE, ("Ascolto", "CX"))
    assert (before.undated, public.undated) == (True, False)
    assert (public.atom_id, public.published_at) == (f"{BLOG}/?p=1", NOW - timedelta(days=1999))
    assert (public.content.excerpt, public.content.tags) == (item.excerpt, item.tags)
    assert (public.item_version, public.slug) == (item.version, before.slug)


def test_a_teaser_takes_nothing_from_the_whole_post(sqlite_store: Store) -> None:
    bring(sqlite_store, a_post())
    before = the_item(sqlite_store)

    done = bring(sqlite_store, a_teaser(), a_teaser(form=Form.FEED))

    assert (the_item(sqlite_store), counts(done)) == (before, {"unchanged": 2})


def test_what_an_editor_has_written_is_never_written_over(sqlite_store: Store) -> None:
    bring(sqlite_store, a_teaser())
    correct(sqlite_store, headline="Un titolo nostro", tags=("nostra",))
    mine = the_item(sqlite_store)

    bring(sqlite_store, a_post())

    item = the_item(sqlite_store)
    assert (item.commentaries, item.tags) == (mine.commentaries, mine.tags)
    assert item.excerpt == mine.excerpt  # a teaser still: she has read it so
    assert item.attributions[0].publisher == "Harvard Business Review"  # which nobody had said
    assert (
        publication(sqlite_store).content.headline == "Ascoltare il cliente numero 1"
    )  # hers is not out yet
    with sqlite_store.read() as tx:
        assert [waiting.id for waiting in tx.items.published("it")] == [item.id]


def test_what_was_corrected_stays_said_to_be(sqlite_store: Store) -> None:
    """Another document completes the item; what readers were told of its correction stays before them."""
    bring(sqlite_store, a_post(form=Form.FEED, html=WHOLE + BELOW, tags=(), image=None))
    source = Attribution(title="Ask", publisher="HBR", url="https://hbr.org/ask")
    correct(sqlite_store, attributions=(source,), correction="La fonte mancava.")
    with sqlite_store.begin() as tx:
        assert outgoing(tx).correct()[0] == [1]
    before = publication(sqlite_store).content

    assert bring(sqlite_store, a_post(form=Form.WXR)).completed == 1

    content = publication(sqlite_store).content
    assert content != before
    assert (content.correction, content.corrected_at) == ("La fonte mancava.", NOW)


def test_what_an_editor_took_away_does_not_come_back(sqlite_store: Store) -> None:
    bring(sqlite_store, a_post(form=Form.REST))
    correct(sqlite_store, tags=(), no_image=True)

    bring(sqlite_store, a_post(form=Form.WXR), a_post(form=Form.FEED))

    assert (the_item(sqlite_store).tags, the_item(sqlite_store).image) == ((), None)


def test_a_correction_that_waits_for_another_editor_goes_on_waiting(sqlite_store: Store) -> None:
    two = replace(SETTINGS, review=replace(SETTINGS.review, two_person=True))
    bring(sqlite_store, a_teaser())
    correct(sqlite_store, headline="Un titolo nostro", settings=two)

    bring(sqlite_store, a_post(), settings=two)

    done, held = outgoing_corrections(sqlite_store, settings=two)
    assert done == []
    assert "approval_missing" in held


def test_the_words_of_a_withdrawn_item_stay_as_they_are(sqlite_store: Store) -> None:
    bring(sqlite_store, a_teaser())
    withdraw(sqlite_store, 1, reason="x", public_note=None, by=MARTA, edition=ITALIAN, now=NOW)
    before = the_item(sqlite_store)

    done = bring(sqlite_store, a_post())

    assert (the_item(sqlite_store), counts(done)) == (before, {"unchanged": 1})


def test_a_doubt_stays_with_what_it_is_about(sqlite_store: Store) -> None:
    """Another document tells the source otherwise, and the item stays as it is."""
    otherwise = WHOLE + '<p>Source: <a href="https://hbr.org/2019/05/ask">Ask every day</a></p>'
    bring(sqlite_store, a_post(form=Form.PAGE))
    before = the_item(sqlite_store).attributions
    doubts = doubted(sqlite_store)

    bring(sqlite_store, a_post(form=Form.WXR, html=otherwise))

    assert doubts == ["import_license_unknown", "import_date_missing"]
    assert doubted(sqlite_store) == ["import_license_unknown"]  # an export knows the date
    assert the_item(sqlite_store).attributions == before


def test_all_documents_together_bring_the_best_of_each_later_too(sqlite_store: Store) -> None:
    """What a lesser one said before is still no editor's."""
    page = a_post(form=Form.PAGE, title="Ascoltare")
    bring(sqlite_store, page)
    bring(sqlite_store, a_post(form=Form.WXR))
    assert the_item(sqlite_store).commentaries["it"].headline == "Ascoltare"

    bring(sqlite_store, page, a_post(form=Form.WXR), a_post(form=Form.REST))

    assert the_item(sqlite_store).commentaries["it"].headline == "Ascoltare il cliente numero 1"


# ── the blog says something else by now ──


def test_a_changed_post_is_kept_as_a_difference_and_changes_nothing(sqlite_store: Store) -> None:
    bring(sqlite_store, a_post(1), a_post(2))
    before = items(sqlite_store), publication(sqlite_store)
    changed = a_post(1, title="Un altro titolo")

    done = bring(sqlite_store, changed, a_post(2))
    again = bring(sqlite_store, changed, a_post(2))

    with sqlite_store.read() as tx:
        [imported] = tx.imports.of_items([1])[1]
        raw, was = tx.imports.changed_raw(imported.id), tx.imports.raw(imported.id)
    assert (items(sqlite_store), publication(sqlite_store)) == before
    assert counts(done) == {"unchanged": 1, "changed": 1}
    assert [found.problem.code for found in done.problems] == ["import_changed"]
    assert counts(again) == {"unchanged": 1, "changed": 1}
    assert [found.problem.code for found in again.problems] == ["import_changed"]
    assert imported.changed is not None
    assert (imported.changed.headline, imported.recovered.headline) == ("Un altro titolo", a_post(1).title)
    assert (raw, was) == (changed.raw, a_post(1).raw)


def test_the_difference_goes_when_the_blog_is_as_it_was(sqlite_store: Store) -> None:
    bring(sqlite_store, a_post())
    bring(sqlite_store, a_post(title="Un altro titolo"))

    bring(sqlite_store, a_post())

    with sqlite_store.read() as tx:
        [imported] = tx.imports.of_items([1])[1]
        assert tx.imports.changed_raw(imported.id) is None
    assert (imported.changed, imported.changed_at) == (None, None)


def test_other_bytes_that_say_the_same_are_no_difference(sqlite_store: Store) -> None:
    bring(sqlite_store, a_post())

    done = bring(sqlite_store, a_post(raw="the share bar has another number"))

    assert counts(done) == {"unchanged": 1}


def test_a_copy_whose_accents_stand_apart_is_no_difference(sqlite_store: Store) -> None:
    """As programs of a Macintosh write them."""
    image = replace(PICTURE, alt="Un caffè")
    post = a_post(title="Perché sì", html=WHOLE.replace("i clienti", "perciò"), tags=("Però",), image=image)
    apart = partial(unicodedata.normalize, "NFD")
    copied = replace(
        post,
        title=apart(post.title),
        html=apart(post.html),
        tags=(apart("Però"),),
        image=replace(image, alt=apart("Un caffè")),
        raw="apart",
    )
    bring(sqlite_store, copied)

    assert counts(bring(sqlite_store, post)) == {"unchanged": 1}


@pytest.mark.parametrize("listing_first", [True, False])
def test_pages_that_leave_different_things_out_are_no_difference(
    sqlite_store: Store, *, listing_first: bool
) -> None:
    """A post without a fold stands whole in the listing, which says no tags, and on its own page."""
    day, moment = NOW.replace(hour=0), NOW.replace(hour=7, minute=12, second=3)
    pages = [
        a_post(form=Form.PAGE, key="listing", raw="listing", published=day, image=None),
        a_post(form=Form.PAGE, key="single", raw="single", published=moment, tags=("Ascolto",)),
    ]

    for page in pages if listing_first else reversed(pages):
        assert bring(sqlite_store, page).changed == 0

    item = the_item(sqlite_store)
    assert (item.tags, item.image) == (("Ascolto",), PICTURE)
    with sqlite_store.read() as tx:
        [imported] = tx.imports.of_items([1])[1]
    assert imported.published == moment
    assert bring(sqlite_store, *pages).unchanged == 2


@pytest.mark.parametrize("at_once", [1, 100])
@pytest.mark.parametrize("newer_first", [True, False])
def test_of_two_versions_in_one_import_the_newer_holds(
    sqlite_store: Store, at_once: int, *, newer_first: bool
) -> None:
    versions = [a_post(), a_post(title="Il titolo di poi", updated=NOW)]
    if newer_first:
        versions.reverse()

    bring(sqlite_store, *versions, at_once=at_once)
    bring(sqlite_store, *versions, at_once=at_once)

    with sqlite_store.read() as tx:
        [imported] = tx.imports.of_items([1])[1]
        assert tx.imports.raw(imported.id) == a_post(title="Il titolo di poi").raw
    assert imported.changed is None
    assert the_item(sqlite_store).commentaries["it"].headline == "Il titolo di poi"
    assert publication(sqlite_store).content.headline == "Il titolo di poi"


def test_what_differed_first_and_is_told_as_it_was_later_is_a_version(sqlite_store: Store) -> None:
    """Two exports in one folder, after the older one alone, and in batches of their own."""
    older, newer = a_post(), a_post(title="Il titolo di poi", updated=NOW)
    bring(sqlite_store, older)

    done = bring(sqlite_store, newer, older, at_once=1)

    assert counts(done) == {"completed": 1, "unchanged": 1}
    assert publication(sqlite_store).content.headline == "Il titolo di poi"


# ── drafts, dates, tags, names ──


@pytest.mark.parametrize("access", [Access.DRAFT, Access.CLOSED])
def test_what_no_reader_had_waits_in_the_queue_with_its_texts(sqlite_store: Store, access: Access) -> None:
    done = bring(sqlite_store, a_post(access=access))

    item = the_item(sqlite_store)
    assert counts(done) == {"created": 1, "drafts": 1}
    assert (item.status_in("it"), item.editor) == (Status.QUEUED, None)
    assert item.commentaries["it"].note
    assert item.excerpt
    with sqlite_store.read() as tx:
        assert tx.publications.get(item.id, "it") is None
        assert [redirect for redirect in tx.redirects.all() if redirect.item_id] == []
        assert tx.items.count(Search(edition="it", status=Status.QUEUED)) == 1


@pytest.mark.parametrize("form", [Form.WXR, Form.REST])
def test_a_draft_that_was_published_there_meanwhile_is_published_here(
    sqlite_store: Store, form: Form
) -> None:
    bring(sqlite_store, a_post(access=Access.DRAFT, published=None))

    done = bring(sqlite_store, a_post(form=form))

    assert counts(done) == {"completed": 1}
    assert the_item(sqlite_store).status_in("it") is Status.PUBLISHED
    assert publication(sqlite_store).published_at == NOW - timedelta(days=1999)


def test_what_is_kept_from_readers_there_is_not_published_by_what_else_is_said_of_it(
    sqlite_store: Store,
) -> None:
    """A feed says of a post with a password that there is one."""
    placeholder = a_post(form=Form.FEED, title="Protetto: Ascoltare", html="")

    bring(sqlite_store, a_post(access=Access.CLOSED))
    bring(sqlite_store, placeholder)

    item = the_item(sqlite_store)
    assert item.status_in("it") is Status.QUEUED
    assert item.commentaries["it"].headline == a_post().title
    assert item.excerpt is not None


@pytest.mark.parametrize("access", [Access.DRAFT, Access.CLOSED])
def test_what_readers_have_gets_no_word_that_the_blog_keeps_from_them(
    sqlite_store: Store, access: Access
) -> None:
    """Saved pages have its teaser; by the time of the export it was private, or a draft again."""
    bring(sqlite_store, a_teaser(form=Form.PAGE, permalink=f"{BLOG}/2019/05/1-ascoltare/"))
    before = the_item(sqlite_store), publication(sqlite_store)

    done = bring(sqlite_store, a_post(access=access))
    again = bring(sqlite_store, a_post(access=access))

    assert (the_item(sqlite_store), publication(sqlite_store)) == before
    for each in (done, again):
        assert [(found.item, found.problem.code) for found in each.problems] == [(1, "import_hidden")]
    with sqlite_store.read() as tx:
        assert len(tx.imports.of_items([1])[1]) == 2  # it is kept, and editors see it


def test_a_draft_comes_out_with_the_words_that_came_out_there(sqlite_store: Store) -> None:
    bring(sqlite_store, a_post(access=Access.DRAFT, title="Da rifare", tags=("bozza",)))

    bring(sqlite_store, a_post(form=Form.FEED, tags=()))

    content = publication(sqlite_store).content
    assert (content.headline, content.tags) == ("Ascoltare il cliente numero 1", ())


def test_a_draft_that_an_editor_has_taken_up_is_hers(sqlite_store: Store) -> None:
    bring(sqlite_store, a_post(access=Access.DRAFT))
    claim(sqlite_store, [1], by=PAOLO, settings=SETTINGS, edition=ITALIAN, now=NOW)

    done = bring(sqlite_store, a_post(form=Form.REST))

    item = the_item(sqlite_store)
    assert (item.status_in("it"), item.editor) == (Status.DRAFTING, "paolo")
    assert "import_public_there" in [found.problem.code for found in done.problems]


def test_posts_of_which_nobody_knows_the_date_come_before_all_others(sqlite_store: Store) -> None:
    bring(sqlite_store, *(a_post(n, form=Form.PLAIN) for n in (1, 2)), a_post(3))

    first, second, dated = (publication(sqlite_store, n) for n in (1, 2, 3))
    assert (first.undated, second.undated, dated.undated) == (True, True, False)
    assert second.published_at < first.published_at < dated.published_at or (
        first.published_at < dated.published_at and second.published_at < dated.published_at
    )


@pytest.mark.parametrize("year", [1, 2099, 9999])
def test_a_date_on_which_nothing_can_have_come_out_is_none(sqlite_store: Store, year: int) -> None:
    """In year 9999 the next second would be past all time, and a feed of 2099 stands on top for ever."""
    impossible = datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)

    done = bring(sqlite_store, a_post(1, published=impossible), a_post(2, updated=impossible))

    first, second = (publication(sqlite_store, n) for n in (1, 2))
    assert [
        found.problem.data for found in done.problems if found.problem.code == "import_date_doubtful"
    ] == [{"stated": f"{year:04}-12-31", "limit": "impossible"}]
    assert first.undated
    assert second.published_at == second.updated_at == NOW - timedelta(days=1998)


@pytest.mark.parametrize("said", [{"guid": f"{BLOG}/{{}}"}, {"permalink": f"{BLOG}/{{}}/", "guid": None}])
def test_long_ids_and_addresses_of_many_bytes_end_no_import(
    postgresql_store: Store, said: dict[str, Any]
) -> None:
    """1,500 letters of 3 bytes, in no order that an index could press."""
    letters = random.Random(1)
    long = "".join(chr(letters.randrange(0x4E00, 0x9FA0)) for _ in range(1500))

    bring(postgresql_store, a_post(**{name: each and each.format(long) for name, each in said.items()}))

    assert len(items(postgresql_store)) == 1


def test_nobody_misses_the_date_of_a_draft(sqlite_store: Store) -> None:
    done = bring(sqlite_store, a_post(access=Access.DRAFT, published=None))

    assert "import_date_missing" not in [found.problem.code for found in done.problems]


@pytest.mark.parametrize("access", [Access.DRAFT, Access.PUBLIC])
def test_what_came_into_one_edition_is_said_to_be_there(sqlite_store: Store, access: Access) -> None:
    english = replace(ITALIAN, key="en", language=Lang("en"), default=False)
    settings = replace(SETTINGS, editions={"it": ITALIAN, "en": english})
    bring(sqlite_store, a_post(access=access), settings=settings)
    before = the_item(sqlite_store)

    for form in (Form.WXR, Form.REST):
        done = bring(sqlite_store, a_post(form=form), settings=settings, edition=english)
        assert "import_other_edition" in [found.problem.code for found in done.problems]

    assert the_item(sqlite_store) == before


def test_tags_are_written_as_they_are_written_already(sqlite_store: Store) -> None:
    bring(sqlite_store, a_post(1, tags=("Customer Experience",)))

    bring(sqlite_store, a_post(2, tags=("customer experience", "Nuova", "NUOVA")), a_post(3, tags=("nuova",)))

    assert [item.tags for item in items(sqlite_store)[1:]] == [("Customer Experience", "Nuova"), ("Nuova",)]


def test_only_an_editor_of_the_settings_is_said_to_have_written_it(sqlite_store: Store) -> None:
    editors = {"marta": EditorSettings(name="Marta Rossi", public=True)}
    settings = replace(SETTINGS, editors=editors)
    posts = [a_post(n, author=author) for n, author in enumerate(("marta rossi", "admin", None), 1)]

    bring(sqlite_store, *posts, settings=settings)

    assert [item.commentaries["it"].author for item in items(sqlite_store)] == ["marta", None, None]
    assert publication(sqlite_store).content.author == "Marta Rossi"


def test_words_that_no_database_keeps_are_kept_without_what_it_cannot(store: Store) -> None:
    image = replace(PICTURE, alt="Una\0 coda\ud800", credit="Olav\0")
    bring(store, a_post(raw="a\0b\ud800", title="Un\0 titolo", place="p\udcff", guid="x\0y", image=image))

    assert len(items(store)) == 1


def test_an_old_address_leads_to_one_item(sqlite_store: Store) -> None:
    bring(sqlite_store, a_post(1, guid=None))

    done = bring(
        sqlite_store,
        a_post(2, guid=None, number=None, permalink="https://other.example/2019/05/1-ascoltare", blog=None),
    )

    taken = [found for found in done.problems if found.problem.code == "import_address_taken"]
    assert [(found.item, found.problem.data) for found in taken] == [
        (2, {"address": "/2019/05/1-ascoltare", "item": 1})
    ]


# ── what happens to them afterwards ──


def test_the_gate_is_at_the_next_correction(sqlite_store: Store) -> None:
    bring(sqlite_store, a_post(html=WHOLE))
    correct(sqlite_store, headline="Un titolo nostro")

    before = outgoing_corrections(sqlite_store)
    source = Attribution(title="Ask", publisher="HBR", url="https://hbr.org/ask")
    correct(sqlite_store, attributions=(source,))

    assert before == ([], ["attribution_missing"])
    assert outgoing_corrections(sqlite_store) == ([1], [])
    public = publication(sqlite_store)
    assert (public.content.headline, public.atom_id) == ("Un titolo nostro", f"{BLOG}/?p=1")
    assert public.published_at == NOW - timedelta(days=1999)


def test_an_import_is_not_taken_back(sqlite_store: Store) -> None:
    bring(sqlite_store, a_post(1), a_post(2, access=Access.DRAFT))

    for item_id in (1, 2):
        with pytest.raises(Refused, match="undo_of_import"):
            undo(sqlite_store, item_id, by=MARTA, now=NOW)


def test_they_are_withdrawn_like_all_others(sqlite_store: Store) -> None:
    bring(sqlite_store, a_post())
    withdraw(sqlite_store, 1, reason="x", public_note="y", by=MARTA, edition=ITALIAN, now=NOW)

    with sqlite_store.begin() as tx:
        gone = outgoing(tx).withdraw()

    assert gone == [1]
    assert publication(sqlite_store).withdrawn_at == NOW


def test_they_are_found_by_their_words(store: Store) -> None:
    bring(store, a_post(1), a_post(2))

    found = find(
        store, Search(edition="it", query="ascoltare evening"), settings=SETTINGS, limit=10, offset=0
    )

    assert (found.total, found.unread) == (2, 0)


def test_they_are_in_no_newsletter_and_nobodys_news(sqlite_store: Store) -> None:
    bring(sqlite_store, a_post(1), a_post(2, published=NOW - timedelta(hours=1)))

    with sqlite_store.read() as tx:
        assert tx.connection.execute(select(func.count()).select_from(t.story_keys)).scalar() == 0
        assert tx.items.count(Search(edition="it", status=Status.QUEUED)) == 0
    shown = draft_issue(sqlite_store, SETTINGS, edition=ITALIAN, now=NOW)
    assert (shown.waiting, shown.places, shown.left_out) == ((), (), ())


# ── several at once ──


def test_two_imports_at_once_make_each_item_once(store: Store) -> None:
    posts = [a_post(n, form=form) for n in range(1, 13) for form in (Form.WXR, Form.FEED)]
    failures: list[BaseException] = []

    def run(some: list[Original]) -> None:
        try:
            bring(store, *some, at_once=5)
        except BaseException as error:  # noqa: BLE001 - told to the test
            failures.append(error)

    threads = [threading.Thread(target=run, args=(some,)) for some in (posts, posts[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert len(items(store)) == 12
    with store.read() as tx:
        assert {len(told) for told in tx.imports.of_items(range(1, 13)).values()} == {2}


def correct(store: Store, *, settings: Any = SETTINGS, **written: Any) -> None:
    write(store, 1, Writing(**written), by=MARTA, settings=settings, edition=ITALIAN, now=NOW)


def outgoing(tx: Any, settings: Any = SETTINGS) -> Outgoing:
    return Outgoing(tx=tx, settings=settings, edition=ITALIAN, by=MARTA, now=NOW)


def outgoing_corrections(store: Store, settings: Any = SETTINGS) -> tuple[list[int], list[str]]:
    """What a publish would correct, and the problems that hold the rest."""
    with store.begin() as tx:
        done, held = outgoing(tx, settings).correct()
    return done, [problem.code for one in held for problem in one.problems]
