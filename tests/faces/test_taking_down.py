"""`withdraw --now`: readers lose it at once, or the editor is told that they have not, and how they will."""

from __future__ import annotations

import pytest

from newsroom import STORY, Newsroom, an_item, feed

NOTE = "Una frase che non deve restare."


@pytest.fixture
def item_id(newsroom: Newsroom) -> int:
    """What readers have, under a footer of the newsroom's own."""
    own = newsroom.folder / "config/templates"
    own.mkdir()
    (own / "footer.html").write_text("<footer><p>Fatto in casa</p></footer>", "utf-8")
    newsroom.follow(feed(an_item("1", "Keeping a promise", STORY)))
    published = newsroom.ready(newsroom.queue()[0]["id"], note=NOTE)
    newsroom.curator("publish")
    return published


def saying(newsroom: Newsroom, words: str) -> list[str]:
    """The files that readers have and that say this."""
    public = newsroom.folder / "public"
    files = [file for file in public.rglob("*") if file.suffix in (".html", ".atom", ".rss", ".json")]
    return [str(file.relative_to(public)) for file in files if words in file.read_text("utf-8")]


def test_a_broken_template_does_not_keep_what_is_taken_down(newsroom: Newsroom, item_id: int) -> None:
    broken = newsroom.folder / "config/templates/index.html"
    broken.write_text("{% if %}", "utf-8")

    told = newsroom.curator("withdraw", item_id, "--reason", "diffida", "--now")

    assert saying(newsroom, NOTE) == saying(newsroom, "Fatto in casa") == []
    assert str(broken) in told.err
    assert "curator publish" in told.err
    assert newsroom.curator("publish", ok=False).status == 1
    assert f"✗ The template {broken}, line 1" in newsroom.curator("doctor", ok=False).out
    broken.unlink()
    newsroom.curator("publish")
    assert "index.html" in saying(newsroom, "Fatto in casa")
    assert saying(newsroom, NOTE) == []


def test_a_withdrawal_that_could_not_go_out_says_so_and_is_completed_by_the_same_words(
    newsroom: Newsroom, item_id: int
) -> None:
    words = ("withdraw", item_id, "--reason", "diffida", "--public-note", "Ritirato.", "--now")
    manifest = newsroom.folder / "public/.curator-files.json"
    was = manifest.read_bytes()
    manifest.write_bytes(b"{")

    failed = newsroom.curator(*words, "--json", ok=False)
    still = saying(newsroom, NOTE)
    manifest.write_bytes(was)
    done = newsroom.ask(*words)
    again = newsroom.ask(*words)

    assert (failed.status, failed.json["error"]["data"]["withdrawn"]) == (1, item_id)
    assert "readers still have it" in failed.err
    assert still
    assert saying(newsroom, NOTE) == []
    assert "Ritirato." in (newsroom.folder / "public/feed.atom").read_text("utf-8")
    assert (done["status"], again) == ("withdrawn", done)


def test_the_public_word_on_what_is_gone_is_not_changed_unnoticed(newsroom: Newsroom, item_id: int) -> None:
    newsroom.curator("withdraw", item_id, "--reason", "diffida", "--now")

    words = ("withdraw", item_id, "--reason", "diffida")
    other = newsroom.curator(*words, "--public-note", "Altro.", "--now", ok=False)
    later = newsroom.curator(*words, ok=False)

    assert (other.status, later.status) == (1, 1)
