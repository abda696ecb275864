"""An issue on the web: what every mail links to, and nothing that only one reader should have."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from newsroom import STORY, Newsroom, an_item, feed
from postoffice import post_office


@pytest.fixture
def closed(newsroom: Newsroom) -> Newsroom:
    newsroom.follow(feed(an_item("1", "Keeping a promise", STORY)))
    newsroom.ready(newsroom.queue()[0]["id"], headline="Mantenere basta")
    newsroom.curator("publish")
    newsroom.curator("subscriber", "add", "ada@example.org", "--confirmed", "--consent", "a voce")
    newsroom.curator("issue", "close")
    return newsroom


def test_a_closed_issue_has_a_page_without_the_way_out(closed: Newsroom) -> None:
    public = closed.folder / "public"

    page = (public / "newsletter/1.html").read_text(encoding="utf-8")

    assert "Mantenere basta" in page
    assert "unsubscribe" not in page
    assert "Ricevi questa mail" not in page
    assert "Leggi nel browser" not in page
    assert 'href="1.html"' in (public / "newsletter/index.html").read_text(encoding="utf-8")


def test_times_are_said_as_html_knows_them(closed: Newsroom) -> None:
    """A fraction of a second has at most three digits there, and the house says none."""
    pages = [page.read_text("utf-8") for page in (closed.folder / "public/newsletter").glob("*.html")]

    said = [time for page in pages for time in re.findall(r'<time[^>]* datetime="([^"]*)"', page)]

    assert len(said) > len(pages)
    assert [time for time in said if datetime.fromisoformat(time).microsecond] == []


def test_the_mail_leads_to_the_page(closed: Newsroom) -> None:
    closed.curator("issue", "send")

    mail = next((closed.folder / "outbox").glob("*.eml")).read_text(encoding="ascii")

    assert "http://localhost:8000/newsletter/1.html" in mail.replace("=\n", "")


def test_the_service_does_not_send_what_an_editor_closed_to_look_at(closed: Newsroom) -> None:
    closed.ask("run", "--once", CURATOR_MAIL__URL="folder:outbox")

    assert not (closed.folder / "outbox").exists() or not list((closed.folder / "outbox").glob("*.eml"))


def test_the_service_finishes_what_an_editor_began_to_send(closed: Newsroom) -> None:
    closed.curator("issue", "send")

    closed.ask("run", "--once", CURATOR_MAIL__URL="folder:outbox")

    assert len(list((closed.folder / "outbox").glob("*.eml"))) == 1


def test_a_second_publish_changes_no_byte_of_it(closed: Newsroom) -> None:
    page = closed.folder / "public/newsletter/1.html"
    before = page.stat().st_mtime_ns

    assert closed.ask("publish")["written"] == []
    assert page.stat().st_mtime_ns == before


@pytest.mark.parametrize("sent", [False, True])
def test_a_withdrawn_item_leaves_the_page_of_its_issue_and_the_list(
    newsroom: Newsroom, *, sent: bool
) -> None:
    newsroom.environ["CURATOR_PUBLISH__BASE_URL"] = "https://rassegna.example/"  # where readers can leave
    newsroom.follow(feed(an_item("1", "Keeping a promise", STORY), an_item("2", "Another", STORY)))
    wrong, right = (item["id"] for item in newsroom.queue())
    newsroom.ready(wrong, headline="Ritirato", note="Parole ritirate.")
    newsroom.ready(right, headline="Resta")
    newsroom.curator("publish")
    newsroom.curator("subscriber", "add", "ada@example.org", "--confirmed", "--consent", "a voce")
    newsroom.curator("issue", "close")
    if sent:
        with post_office() as office:
            newsroom.curator("issue", "send", CURATOR_MAIL__URL=office.url)

    newsroom.curator("withdraw", wrong, "--reason", "querela", "--now")

    pages = [path.read_text("utf-8") for path in (newsroom.folder / "public/newsletter").iterdir()]
    assert any("Resta" in page for page in pages)
    assert not any(word in page for page in pages for word in ("Ritirato", "Parole ritirate"))
