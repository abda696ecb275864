"""What an operator hears of the WordPress: by `publish`, `mirror`, `run` and `doctor`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from curator.bootstrap import open_newsroom
from curator.faces.clock import utcnow
from curator.faces.doctor import Check, examine
from newsroom import STORY, Newsroom, an_item, feed
from wordpressserver import Blog, running_wordpress


@pytest.fixture
def blog() -> Iterator[Blog]:
    with running_wordpress() as running:
        yield running


@pytest.fixture
def house(newsroom: Newsroom, blog: Blog) -> Newsroom:
    """A WordPress is set, and one item is ready."""
    newsroom.environ |= {
        "CURATOR_WORDPRESS__URL": blog.url,
        "CURATOR_WORDPRESS__USER": blog.user,
        "CURATOR_WORDPRESS__PASSWORD": blog.password,
    }
    newsroom.follow(feed(an_item("1", "Keep", STORY)))
    newsroom.ready(newsroom.queue()[0]["id"])
    return newsroom


def checks(house: Newsroom) -> dict[str, Check]:
    with open_newsroom(house.folder, house.environ) as newsroom:
        found = examine(newsroom, now=utcnow())
    return {check.name: check for check in found if check.name.startswith("mirror")}


def test_a_publish_brings_it_there_and_a_conflict_is_shown_until_somebody_decides(
    house: Newsroom, blog: Blog
) -> None:
    published = house.ask("publish")
    (item,) = published["published"]
    post = blog.only()
    blog.edit(post, title="Loro")
    house.curator("write", item, "--note", "Un’altra nota.")
    corrected = house.curator("publish")
    again = house.ask("publish")
    status = house.ask("mirror", "status")
    shown = checks(house)
    said = house.curator("mirror", "status").out
    settled = house.ask("mirror", "settle", item, "--overwrite")
    pushed = house.ask("mirror", "push")

    assert published["mirrored"]["made"] == [item]
    assert f"Item {item} is in conflict with the WordPress" in corrected.err
    assert f"curator mirror settle {item} --overwrite" in corrected.err
    assert [one["item"] for one in again["mirrored"]["conflicts"]] == [item]
    assert [(row["item"], row["state"]) for row in status["items"]] == [(item, "conflict")]
    assert f"In conflict: {item} Titolo" in said
    assert (shown["mirror"].code, shown["mirror conflicts"].data) == ("doctor_mirror", {"items": [item]})
    assert settled == {"settled": [item], "overwrite": True}
    assert (pushed["updated"], post.title) == ([item], "Titolo")


def test_a_wordpress_that_is_down_fails_no_publish(house: Newsroom, blog: Blog) -> None:
    blog.password = "revoked"

    answer = house.curator("publish", "--json")
    assert "In the WordPress: made 0, updated 0, withdrawn 0; in conflict 0, waiting 1." in answer.err
    shown = checks(house)
    status = house.ask("mirror", "status")
    once = house.curator("run", "--once", "--json")

    assert (answer.status, len(answer.json["published"])) == (0, 1)
    assert answer.json["mirrored"]["refusal"]["code"] == "mirror_login_refused"
    assert "refused the log-in of desk" in answer.err
    assert shown["mirror"].code == "doctor_mirror_refuses"
    assert "refused the log-in of desk" in house.curator("doctor", ok=False).out
    assert status["counts"] == {"waiting": 1, "done": 0, "conflict": 0, "theirs": 0}
    assert (once.status, once.json["mirrored"]) == (0, 0)
    spoken = answer.out + answer.err + str(status) + str(shown)
    assert "abcd EFGH" not in spoken


@pytest.mark.parametrize("unset", ["USER", "PASSWORD"])
def test_half_a_setting_is_said_and_fails_no_publish(house: Newsroom, unset: str) -> None:
    del house.environ[f"CURATOR_WORDPRESS__{unset}"]

    answer = house.curator("publish", "--json")
    doctor = house.curator("doctor", "--json", ok=False)
    once, twice = (house.curator("run", "--once", "--json", ok=False).json for _ in range(2))

    assert answer.json["mirrored"]["refusal"]["code"] == "settings_wordpress_incomplete"
    assert doctor.status == 1
    assert (once["failures"], twice["failures"]) == (1, 0)


def test_what_is_withdrawn_now_leaves_the_wordpress_too(house: Newsroom, blog: Blog) -> None:
    (item,) = house.ask("publish")["published"]

    house.curator("withdraw", item, "--reason", "Sbagliato", "--now")

    assert blog.only().status == "trash"


def test_what_a_push_would_bring_is_said_and_nothing_is_asked(house: Newsroom, blog: Blog) -> None:
    del house.environ["CURATOR_WORDPRESS__URL"]
    refused = house.curator("mirror", "status", "--json", ok=False)
    (older,) = house.ask("publish")["published"]
    house.environ["CURATOR_WORDPRESS__URL"] = blog.url

    by_itself = house.ask("mirror", "push", "--dry-run")
    older_too = house.ask("mirror", "push", "--all", "--dry-run")
    since = house.ask("mirror", "push", "--since", "2100-01-01", "--dry-run")

    assert refused.json["error"]["code"] == "mirror_not_set"
    assert (by_itself["waiting"], older_too["waiting"], since["waiting"]) == ([], [older], [])
    assert blog.asked == []
    assert house.ask("mirror", "push", "--all")["made"] == [older]
    refused = house.curator(
        "mirror", "push", "--moved-from", "https://elsewhere.example/", "--json", ok=False
    )
    assert refused.json["error"]["code"] == "mirror_not_there"
    assert house.curator("mirror", "settle", older, "--keep", "--json", ok=False).json["error"]["code"] == (
        "mirror_no_conflict"
    )
    assert house.curator("mirror", "settle", older, ok=False).status == 1


def test_run_brings_what_was_published(house: Newsroom, blog: Blog) -> None:
    done = house.ask("run", "--once")

    assert (done["published"], done["mirrored"], done["mirror_conflicts"], done["failures"]) == (1, 1, 0, 0)
    assert blog.only().title == "Titolo"
