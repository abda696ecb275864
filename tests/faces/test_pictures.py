"""A picture from an editor's hands to readers, on the command line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from curator.edges.pictures import encode
from curator.model import Picture
from drawing import jpeg
from newsroom import Newsroom, Page, an_item, feed, own_story, serving


def ours(width: int) -> bytes:
    made = encode(jpeg(width), max_side=12_000, shown_side=1280)
    assert isinstance(made, Picture)
    return made.content


CC_BY = "https://creativecommons.org/licenses/by/4.0/"


@pytest.fixture(scope="module")
def newsroom(newsroom_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """One for all: each test has an item of its own."""
    folder = tmp_path_factory.mktemp("pictures") / "newsroom"
    shutil.copytree(newsroom_template, folder)
    with serving() as web:
        made = Newsroom(folder, web, publish__base_url="https://rassegna.example/")
        made.follow(feed(*(an_item(str(n), f"Story {n}", own_story(n)) for n in range(6))))
        yield made


@pytest.fixture
def item(newsroom: Newsroom) -> int:
    item_id: int = newsroom.queue()[0]["id"]
    newsroom.web[f"/{item_id}.jpg"] = Page(jpeg(640 + item_id))
    newsroom.curator(
        *("write", item_id, "--headline", f"Titolo {item_id}", "--note", "Una nota.", "--alt", "Una coda"),
        *("--image", newsroom.web.url(f"/{item_id}.jpg"), "--credit", "Ada Rossi"),
    )
    return item_id


def test_a_picture_is_a_link_until_its_licence_is_written_down(newsroom: Newsroom, item: int) -> None:
    before = newsroom.ask("show", item)["image"]
    after = newsroom.ask("write", item, "--image-license", CC_BY)["image"]
    copied = newsroom.ask("picture", item)["image"]

    assert (before["shown"], before["link_because"]["code"]) == ("link", "picture_unlicensed")
    assert (after["shown"], after["link_because"], after["copy"], after["license"]) == (
        "link",
        None,
        None,
        CC_BY,
    )
    assert (copied["shown"], copied["copy"]["type"], copied["copy"]["length"]) == (
        "picture",
        "image/jpeg",
        len(ours(640 + item)),
    )


def test_a_process_that_begins_with_a_picture_says_nothing_but_its_answer(
    newsroom: Newsroom, item: int
) -> None:
    newsroom.curator("write", item, "--image-license", CC_BY)

    out, err = newsroom.start("picture", item, "--json").communicate(timeout=60)

    assert json.loads(out)["image"]["shown"] == "picture"
    assert b"picture_copied" not in err


def test_publishing_fetches_the_picture_and_shows_it(newsroom: Newsroom, item: int) -> None:
    newsroom.curator("write", item, "--image-permission", "Ada Rossi, per mail, 3 marzo")
    newsroom.curator("approve", item)

    answer = newsroom.curator("publish", "--json")

    [file] = [Path(path) for path in answer.json["written"] if "/pictures/" in path]
    assert file.read_bytes() == ours(640 + item)
    page = newsroom.folder / f"public/items/titolo-{item}.html"
    assert f' src="../pictures/{file.name}">' in page.read_text("utf-8")


def test_a_picture_that_cannot_be_had_goes_out_as_a_link_and_says_why(newsroom: Newsroom, item: int) -> None:
    newsroom.web[f"/{item}.jpg"] = Page(b"<svg onload='alert(1)'/>")
    newsroom.curator("write", item, "--image-license", "CC0")
    newsroom.curator("approve", item)

    answer = newsroom.curator("publish", "--json")

    assert f"Item {item} went out without its picture" in answer.err
    assert newsroom.ask("show", item)["image"]["copy_error"]["code"] == "read_not_a_picture"
    refused = newsroom.curator("picture", item, ok=False)
    assert refused.status == 1
    assert "There is no picture at this address" in refused.err


def test_warnings_name_whose_the_picture_may_be(newsroom: Newsroom, item: int) -> None:
    newsroom.curator(
        "write",
        item,
        "--image",
        "https://blog.example/olav-ahrens-rotne-4Ennrbj1svk-unsplash.jpg",
        "--credit",
        "x",
    )

    [problem] = [p for p in newsroom.ask("review", item)["problems"] if p["code"].startswith("lint_image")]

    assert (problem["code"], problem["blocks"]) == ("lint_image_license", False)
    assert problem["suggestion"] == "Olav Ahrens Rotne / Unsplash"
    assert "https://unsplash.com/photos/4Ennrbj1svk" in problem["message"]


def test_the_service_copies_pictures_by_itself(newsroom: Newsroom, item: int) -> None:
    newsroom.curator("write", item, "--image-license", "CC0")

    done = newsroom.ask("run", "--once")

    assert (done["pictures"], done["pictures_failed"]) == (1, 0)
    assert newsroom.ask("show", item)["image"]["shown"] == "picture"
