"""Editors arrange the next issue; closing freezes all that it is made of; opening it again loses no word."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import event, text

from builders import NOW
from curator.edges.mail import open_mailer
from curator.errors import ArrangementConflict, NotFound, Refused
from curator.model import Editor, Issue, IssueStatus
from curator.ports import Mailroom
from curator.publish import drafting, issues, recall, sending, trial, usecases
from curator.publish.arranging import Changes
from curator.publish.drafting import Draft
from curator.publish.freezing import sender_of_issue
from curator.publish.site import site_of
from curator.store import Store
from curator.store import tables as t
from newsletter import SECRET, Newsletter, a_newsletter
from publishing import a_public_item

MARTA = Editor(name="marta")
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.fixture
def newsletter(store: Store, tmp_path: Path) -> Newsletter:
    return a_newsletter(store, tmp_path)


def draft(newsletter: Newsletter) -> Draft:
    return drafting.draft_issue(
        newsletter.store, newsletter.settings, edition=newsletter.edition, now=newsletter.now
    )


def arrange(newsletter: Newsletter, by: Editor = MARTA, **wishes: object) -> Draft:
    return drafting.edit_issue(
        newsletter.store,
        newsletter.settings,
        Changes(**wishes),  # type: ignore[arg-type]  # as each test names them
        edition=newsletter.edition,
        by=by,
        now=newsletter.now,
    )


def close(newsletter: Newsletter) -> Issue:
    closed = newsletter.close()
    assert closed is not None
    return closed


def reopen(newsletter: Newsletter, number: int) -> issues.Reopened:
    return issues.reopen_issue(
        newsletter.store,
        newsletter.settings,
        edition=newsletter.edition,
        number=number,
        by=MARTA,
        now=newsletter.now,
    )


def correct(newsletter: Newsletter, item_id: int, *, minor: bool = False, **said: object) -> None:
    with newsletter.store.begin() as tx:
        public = tx.publications.get(item_id, "it")
        assert public is not None
        content = a_public_item(**{"headline": public.content.headline, **said})
        tx.publications.correct(public, content, item_version=2, at=None if minor else newsletter.now)


def withdraw(newsletter: Newsletter, item_id: int) -> None:
    with newsletter.store.begin() as tx:
        public = tx.publications.get(item_id, "it")
        assert public is not None
        tx.publications.withdraw(public, public_note=None, item_version=2, at=newsletter.now)
        recall.take_out(
            tx, newsletter.settings, edition=newsletter.edition, item_ids=[item_id], now=newsletter.now
        )


# ── arranging ──


def test_editors_say_what_comes_first_what_waits_and_what_stays_out(newsletter: Newsletter) -> None:
    one, two, three, four, five = (newsletter.publish(f"Numero {n}") for n in range(1, 6))

    arranged = arrange(newsletter, pin=(five,), order=(three, one), hold=(two,), drop=(four,))

    assert arranged.issue.item_ids == (five, three, one)
    assert {place.item_id: [str(r) for r in place.reasons] for place in arranged.places} == {
        five: ["new", "pinned"],
        three: ["new", "moved"],
        one: ["new", "moved"],
    }
    assert {place.item_id: str(place.reasons[0]) for place in arranged.left_out} == {
        two: "held",
        four: "dropped",
    }


def test_what_was_held_over_is_in_the_next_issue_and_what_was_dropped_in_none(newsletter: Newsletter) -> None:
    one, two, three = (newsletter.publish(f"Numero {n}") for n in range(1, 4))
    arrange(newsletter, hold=(two,), drop=(three,))
    first = close(newsletter)
    newsletter.later(days=7)

    following = draft(newsletter)

    assert (first.item_ids, following.issue.item_ids) == ((one,), (two,))
    assert (following.places[0].reasons, following.places[0].kept_from) == ((drafting.Reason.KEPT,), 1)
    close(newsletter)
    assert draft(newsletter).waiting == ()


def test_every_wish_can_be_taken_back(newsletter: Newsletter) -> None:
    one, two, three = (newsletter.publish(f"Numero {n}") for n in range(1, 4))
    arrange(newsletter, pin=(three,), hold=(one,), drop=(two,), order=(three,))

    plain = arrange(newsletter, take_back=(one, two, three), subject="", intro="")

    assert plain.issue.item_ids == (one, two, three)
    assert plain.left_out == ()


def test_an_intro_and_a_subject_are_in_the_letter_and_without_one_a_subject_is_proposed(
    newsletter: Newsletter,
) -> None:
    newsletter.publish("Mantenere una promessa basta")

    proposed = draft(newsletter)
    own = arrange(newsletter, subject="La  settimana\nin breve", intro="Care lettrici,\n\nbuona lettura.")

    assert "Mantenere una promessa basta" in proposed.issue.letter.subject
    assert len(proposed.issue.letter.subject) <= 140
    assert proposed.proposed == proposed.issue.letter.subject == own.proposed
    assert own.issue.letter.subject == "La settimana in breve"
    assert "buona lettura." in own.issue.letter.html
    assert "buona lettura." in own.issue.letter.text


def test_of_two_editors_at_once_the_second_is_told_and_nothing_is_covered(newsletter: Newsletter) -> None:
    newsletter.publish()
    seen = draft(newsletter).arranged.version
    arrange(newsletter, intro="Di Marta", version=seen)

    with pytest.raises(ArrangementConflict) as refused:
        arrange(newsletter, Editor(name="luca"), intro="Di Luca", version=seen)

    assert refused.value.theirs.editor == "marta"
    assert draft(newsletter).arrangement.intro == "Di Marta"


def test_words_for_an_issue_that_was_closed_meanwhile_do_not_slip_into_the_next(
    newsletter: Newsletter,
) -> None:
    newsletter.publish()
    seen = draft(newsletter).arranged.version
    close(newsletter)
    newsletter.publish()

    with pytest.raises(ArrangementConflict):
        arrange(newsletter, intro="Per il primo numero", version=seen)


def test_an_item_that_does_not_wait_cannot_be_arranged(newsletter: Newsletter) -> None:
    used = newsletter.publish()
    close(newsletter)

    for wish in ("pin", "hold", "drop", "order", "take_back"):
        with pytest.raises(NotFound) as refused:
            arrange(newsletter, MARTA, **{wish: (used,)})
        assert (refused.value.reason, refused.value.data["number"]) == ("issue_item_dealt_with", 1), wish


def test_a_week_in_which_all_was_held_makes_no_issue_and_holds_nothing_any_longer(
    newsletter: Newsletter,
) -> None:
    item = newsletter.publish()
    arrange(newsletter, hold=(item,), intro="Resta qui")

    assert newsletter.close() is None
    assert draft(newsletter).issue.item_ids == ()
    assert newsletter.close(slot=newsletter.now) is None
    newsletter.later(days=14)
    late = draft(newsletter)
    assert (late.issue.item_ids, late.arrangement.intro) == ((item,), "Resta qui")


def test_what_was_withdrawn_before_any_issue_had_it_is_named(newsletter: Newsletter) -> None:
    gone, left = newsletter.publish("Ritirato"), newsletter.publish("Resta")
    withdraw(newsletter, gone)

    found = draft(newsletter)

    assert found.issue.item_ids == (left,)
    assert [(p.item_id, p.reasons) for p in found.left_out] == [(gone, (drafting.Reason.WITHDRAWN,))]


def test_who_arranged_closed_and_reopened_is_in_the_log(newsletter: Newsletter) -> None:
    newsletter.publish()
    arrange(newsletter, intro="Ciao")
    close(newsletter)
    reopen(newsletter, 1)

    with newsletter.store.read() as tx:
        told = [(e.move, e.editor, e.after["number"]) for e in tx.events.find() if "issue" in e.move]
    assert told == [("issue_reopen", "marta", 1), ("issue_close", "curator", 1), ("issue_edit", "marta", 1)]


# ── opening again ──


def test_an_issue_that_nobody_has_is_opened_again_with_all_its_words(newsletter: Newsletter) -> None:
    _, two, three, four = (newsletter.publish(f"Numero {n}") for n in range(1, 5))
    newsletter.subscribe("ada@example.org")
    arrange(newsletter, pin=(three,), hold=(two,), drop=(four,), subject="Mio", intro="Prima")
    closed = close(newsletter)
    arrange(newsletter, intro="Per quello dopo", subject="Altro")

    reopened = reopen(newsletter, 1)

    again = reopened.draft
    assert (again.issue.number, again.issue.item_ids) == (1, closed.item_ids)
    assert again.arrangement.intro == "Prima\n\nPer quello dopo"
    assert (again.arrangement.subject, reopened.other_subject) == ("Mio", "Altro")
    assert (again.arrangement.held, again.arrangement.dropped) == ((two,), (four,))
    with newsletter.store.read() as tx:
        assert tx.connection.execute(t.deliveries.select()).all() == []
    closed_again = close(newsletter)
    assert (closed_again.number, newsletter.counts().pending) == (1, 1)
    assert newsletter.counts().selected == 1


def test_a_reopened_week_is_not_closed_by_itself_at_once(newsletter: Newsletter) -> None:
    newsletter.publish()
    slot = newsletter.now
    assert newsletter.close(slot=slot) is not None
    reopen(newsletter, 1)

    assert newsletter.close(slot=slot) is None
    assert newsletter.close(slot=slot + timedelta(days=7)) is not None


def test_a_sender_that_slept_while_its_issue_was_opened_again_stops(newsletter: Newsletter) -> None:
    newsletter.publish()
    old = close(newsletter)
    reopen(newsletter, 1)
    arrange(newsletter, intro="Altro")
    new = close(newsletter)

    with newsletter.store.read() as tx:
        assert tx.mailing.issues.status(old) is None
        assert tx.mailing.issues.status(new) is not None


def test_what_has_left_stays_closed(newsletter: Newsletter) -> None:
    newsletter.publish()
    newsletter.subscribe("ada@example.org")
    close(newsletter)

    for state in ("accepted", "in_data", "ambiguous", "written", "failed"):
        with newsletter.store.begin() as tx:
            tx.connection.execute(t.deliveries.update().values(state=state))
        with pytest.raises(Refused) as refused:
            reopen(newsletter, 1)
        assert refused.value.reason == "issue_has_left", state


def test_files_that_a_withdrawal_made_wrong_go_when_the_issue_is_opened_again(newsletter: Newsletter) -> None:
    wrong = newsletter.publish("Ritirato")
    newsletter.publish("Resta")
    newsletter.subscribe("ada@example.org")
    close(newsletter)
    newsletter.send()
    withdraw(newsletter, wrong)
    files = list((newsletter.folder / "outbox").glob("*.eml"))

    reopen(newsletter, 1)

    assert [len(files), *(newsletter.folder / "outbox").glob("*.eml")] == [1]


def test_an_issue_is_not_opened_again_under_a_mail_that_is_leaving(
    postgresql_store: Store, tmp_path: Path
) -> None:
    """SQLite has one writer; on PostgreSQL the sender waits, and finds nothing to send."""
    newsletter = a_newsletter(postgresql_store, tmp_path)
    newsletter.publish()
    newsletter.subscribe("ada@example.org")
    issue, engine, begun = close(newsletter), postgresql_store.engine, list[bool]()
    lease: dict[str, Any] = {
        "worker": "w",
        "lease_until": newsletter.now + timedelta(hours=1),
        "now": newsletter.now,
    }
    with postgresql_store.begin() as tx:
        tx.mailing.issues.move(issue, to=IssueStatus.SENDING, allowed=(IssueStatus.CLOSED,))
        [mail] = tx.mailing.deliveries.claim(issue, to_folder=False, **lease)

    def begin() -> None:
        with postgresql_store.begin() as tx:
            begun.append(tx.mailing.deliveries.begin_data(issue, mail, address_hash="", **lease))

    sender = Thread(target=begin)

    def begin_now(*said: Any) -> None:
        """Nothing has left as far as `reopen` knows; before it goes on, a sender is as far as it can get."""
        if not said[2].startswith("DELETE FROM deliveries"):
            return
        sender.start()
        while sender.is_alive() and not waits():
            pass

    def waits() -> bool:
        with engine.connect() as other:
            return bool(other.scalar(text(WAITING)))

    event.listen(engine, "before_cursor_execute", begin_now)
    reopen(newsletter, 1)
    sender.join()

    assert begun == [False]


def test_only_the_newest_issue_is_opened_again_and_none_that_is_over(newsletter: Newsletter) -> None:
    for _ in range(2):
        newsletter.publish()
        close(newsletter)
    with pytest.raises(Refused) as older:
        reopen(newsletter, 1)
    with newsletter.store.begin() as tx:
        tx.connection.execute(t.issues.update().where(t.issues.c.number == 2).values(status="cancelled"))
    with pytest.raises(Refused) as over:
        reopen(newsletter, 2)

    assert (older.value.reason, over.value.reason) == ("issue_not_newest", "issue_move_not_allowed")


def test_a_letter_that_was_written_anew_after_the_gate_is_judged_again(newsletter: Newsletter) -> None:
    wrong = newsletter.publish("Ritirato")
    newsletter.publish("Resta")
    newsletter.subscribe("ada@example.org")
    newsletter.with_(serve={"public_url": "https://newsroom.example/"})
    close(newsletter)
    asked: list[str] = []

    def answers(url: str) -> None:
        """The gate asks whether readers can leave; meanwhile an editor withdraws an item."""
        if not asked:
            withdraw(newsletter, wrong)
        asked.append(url)

    sending.send_issue(
        newsletter.store,
        Mailroom(mailer=open_mailer(newsletter.settings.mail), answers=answers),
        newsletter.settings,
        edition=newsletter.edition,
        by="marta",
        secret=SECRET,
        worker="here:1",
        is_gone=newsletter.gone,
        clock=lambda: newsletter.now,
    )

    with newsletter.store.read() as tx:
        told = [(e.move, e.editor) for e in tx.events.find() if "issue" in e.move]
    assert (len(asked), told[0]) == (2, ("issue_send", "marta"))


# ── what is frozen ──


def test_an_issue_is_made_again_byte_for_byte_whatever_has_changed_since(newsletter: Newsletter) -> None:
    first, second = newsletter.publish("Uno"), newsletter.publish("Due")
    arrange(newsletter, pin=(second,), intro="Care lettrici")
    before = rebuild(newsletter, close(newsletter).number)
    first_eml = before.files.eml.read_bytes()

    newsletter.later(days=200)
    correct(newsletter, first, headline="Corretto")
    withdraw(newsletter, second)
    own = newsletter.folder / "templates"
    own.mkdir()
    (own / "letter.html").write_text("<p>{{ subject }}</p>", encoding="utf-8")
    newsletter.with_(
        mail={"sender": "Altri <altri@altrove.example>", "reply_to": "via@altrove.example"},
        publish={"base_url": "https://altrove.example/", "templates": "templates"},
    )
    newsletter.edition = replace(
        newsletter.edition, title="Altro titolo", labels={"issue": "Uscita {number}"}
    )
    again = rebuild(newsletter, 1)

    # What was withdrawn went out of it while nobody had it; the rest is as it was closed.
    assert (before.same, again.same, again.differing, again.now) == (True, True, (), None)
    assert again.issue.item_ids == (first,)
    assert b"Corretto" not in again.files.html.read_bytes()
    assert "Care lettrici" in again.files.text.read_text(encoding="utf-8")
    assert header(again.files.eml.read_bytes(), b"From") == header(first_eml, b"From")


def test_the_same_bytes_come_out_when_nothing_was_taken_out(newsletter: Newsletter) -> None:
    item = newsletter.publish("Uno")
    newsletter.with_(mail={"reply_to": "redazione@aicex.example"})
    close(newsletter)
    before = [each.read_bytes() for each in files(rebuild(newsletter, 1).files)]
    newsletter.later(days=90)
    correct(newsletter, item, headline="Corretto")
    newsletter.with_(
        mail={"sender": "Altri <altri@altrove.example>", "reply_to": None},
        publish={"base_url": "https://altrove.example/"},
    )

    assert [each.read_bytes() for each in files(rebuild(newsletter, 1).files)] == before
    sender = sender_of_issue(newsletter.settings, newsletter.issue(1), edition=newsletter.edition)
    assert (sender.address, sender.reply_to) == ("rassegna@aicex.example", "redazione@aicex.example")


def test_a_rebuild_says_what_comes_out_differently_and_keeps_what_was_frozen(newsletter: Newsletter) -> None:
    newsletter.publish()
    frozen = close(newsletter)
    with newsletter.store.begin() as tx:  # as if another program had made it
        tx.connection.execute(t.issues.update().values(html=b"<p>Altro</p>"))

    again = rebuild(newsletter, 1)

    assert (again.same, again.differing) == (False, ("hash", "html"))
    assert again.files.html.read_bytes() == b"<p>Altro</p>"
    assert again.now is not None
    assert frozen.letter.html.split("<body")[0] in again.now.html.read_text(encoding="utf-8")


def test_an_issue_of_an_older_program_says_that_nobody_knows(newsletter: Newsletter) -> None:
    newsletter.publish()
    close(newsletter)
    with newsletter.store.begin() as tx:
        tx.connection.execute(t.issues.update().values(frozen=None))

    assert rebuild(newsletter, 1).same is None


def rebuild(newsletter: Newsletter, number: int) -> trial.Rebuilt:
    return trial.rebuild_issue(
        newsletter.store,
        newsletter.settings,
        edition=newsletter.edition,
        number=number,
        folder=newsletter.folder / "preview",
        secret=SECRET,
    )


def files(preview: trial.PreviewFiles) -> list[Path]:
    return [preview.html, preview.text, preview.eml]


def header(mail: bytes, name: bytes) -> list[bytes]:
    return [line for line in mail.split(b"\r\n") if line.startswith(name + b":")]


# ── its page ──


def test_a_correction_after_closing_changes_the_page_alone_and_is_marked(newsletter: Newsletter) -> None:
    item, other = newsletter.publish("Sbagliato"), newsletter.publish("Giusto")
    frozen = close(newsletter)
    page = published_page(newsletter)
    newsletter.later(days=3)
    correct(newsletter, item, headline="Corretto davvero")
    corrected = published_page(newsletter)

    assert newsletter.issue(1).letter == frozen.letter
    assert "Sbagliato" in page
    assert "Corretto davvero" in corrected
    assert "Sbagliato" not in corrected
    with newsletter.store.read() as tx:
        site = site_of(newsletter.settings, newsletter.edition)
        shown = recall.on_the_web(tx, tx.mailing.issues.get("it", 1), site=site)
    assert shown.html.count("Corretto il") == 1
    assert other in newsletter.issue(1).item_ids


def test_a_minor_correction_is_on_the_page_without_a_mark(newsletter: Newsletter) -> None:
    item = newsletter.publish("Sbaliato")
    close(newsletter)
    newsletter.later(days=1)
    correct(newsletter, item, headline="Sbagliato", minor=True)

    page = published_page(newsletter)

    assert "Sbagliato" in page
    assert "Corretto il" not in page


def published_page(newsletter: Newsletter) -> str:
    usecases.write_outputs(newsletter.store, newsletter.settings, now=newsletter.now)
    return (newsletter.folder / "public/newsletter/1.html").read_text(encoding="utf-8")


# ── who gets it ──


def test_whoever_wants_certain_topics_gets_the_issues_that_have_one(newsletter: Newsletter) -> None:
    newsletter.publish("Uno", tags=("Fedeltà", "retail"))
    wanting, other, all_ = newsletter.subscribe("a@example.org", "b@example.org", "c@example.org")
    topics(newsletter, wanting.id, ["fedelta"])
    topics(newsletter, other.id, ["sanità"])
    close(newsletter)
    before = by_subscriber(newsletter)
    topics(newsletter, other.id, None)
    with newsletter.store.begin() as tx:
        issues.enter_subscribers(
            tx,
            newsletter.settings,
            tx.mailing.issues.get("it", 1),
            edition=newsletter.edition,
            secret=SECRET,
            now=NOW,
        )

    assert before == {wanting.id: "pending", other.id: "excluded", all_.id: "pending"}
    assert by_subscriber(newsletter)[other.id] == "pending"


def topics(newsletter: Newsletter, subscriber_id: int, tags: list[str] | None) -> None:
    with newsletter.store.begin() as tx:
        mine = t.subscriptions.update().where(t.subscriptions.c.subscriber_id == subscriber_id)
        tx.connection.execute(mine.values(tags=tags))


def by_subscriber(newsletter: Newsletter) -> dict[int, str]:
    with newsletter.store.read() as tx:
        rows = tx.connection.execute(t.deliveries.select())
        return {row.subscriber_id: row.state for row in rows}
