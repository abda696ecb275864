"""An issue takes what no issue had, goes to everybody who wants it, and is accounted for."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from builders import NOW
from curator.edges.mail import open_mailer
from curator.errors import NotFound, Refused
from curator.model import IssueStatus
from curator.ports import Mailroom
from curator.publish import drafting, issues, recall, steering, trial
from curator.publish.week import start_of
from curator.settings import NewsletterSettings
from curator.store import Store
from curator.store import tables as t
from newsletter import SECRET, Newsletter, a_newsletter, part, read_mail
from postoffice import post_office


@pytest.fixture
def newsletter(store: Store, tmp_path: Path) -> Newsletter:
    return a_newsletter(store, tmp_path)


# ── what is in an issue ──


def test_an_issue_takes_every_item_once_in_the_order_of_publication(newsletter: Newsletter) -> None:
    first, second = newsletter.publish("Uno"), newsletter.publish("Due")
    one = newsletter.close()
    newsletter.later(days=7)
    third = newsletter.publish("Tre")
    two = newsletter.close()

    assert one is not None
    assert two is not None
    assert (one.number, one.item_ids, two.number, two.item_ids) == (1, (first, second), 2, (third,))


def test_an_edition_with_nothing_new_makes_no_issue(newsletter: Newsletter) -> None:
    newsletter.publish()
    newsletter.close()

    assert newsletter.close() is None


def test_the_very_first_issue_reaches_back_seven_days_and_never_further(newsletter: Newsletter) -> None:
    newsletter.publish("Vecchio")
    newsletter.later(days=8)
    recent = newsletter.publish("Recente")
    first = newsletter.close()
    newsletter.later(days=1)
    late = newsletter.publish("Nuovo")
    second = newsletter.close()

    assert first is not None
    assert second is not None
    assert (first.item_ids, second.item_ids) == ((recent,), (late,))


@pytest.mark.parametrize(("followed", "taken"), [(True, 2), (False, 0)])
def test_a_machine_that_was_off_when_the_first_issue_was_due_misses_nothing(
    newsletter: Newsletter, *, followed: bool, taken: int
) -> None:
    with newsletter.store.begin() as tx:
        tx.meta.set("created_at", (newsletter.now - timedelta(days=400)).isoformat())
    newsletter.publish("Di un anno fa")
    newsletter.later(days=350)
    if followed:
        newsletter.subscribe("ada@example.org")
    for headline in ("Domenica", "Martedì"):
        newsletter.publish(headline)
        newsletter.later(days=4)
    newsletter.later(days=13)

    closed = newsletter.close(slot=newsletter.now)

    assert len(closed.item_ids if closed else ()) == taken


def test_an_item_waits_for_the_next_issue_however_long_that_takes(newsletter: Newsletter) -> None:
    newsletter.publish("Uno")
    newsletter.close()
    waiting = newsletter.publish("Due")
    newsletter.later(days=40)

    late = newsletter.close()

    assert late is not None
    assert late.item_ids == (waiting,)


def test_withdrawn_and_imported_items_are_in_no_issue(newsletter: Newsletter) -> None:
    withdrawn, imported, live = newsletter.publish("A"), newsletter.publish("B"), newsletter.publish("C")
    with newsletter.store.begin() as tx:
        p = t.publications
        tx.connection.execute(p.update().where(p.c.item_id == withdrawn).values(withdrawn_at=newsletter.now))
        tx.connection.execute(p.update().where(p.c.item_id == imported).values(imported=True))

    closed = newsletter.close()

    assert closed is not None
    assert closed.item_ids == (live,)


def test_a_draft_shows_what_closing_would_freeze(newsletter: Newsletter) -> None:
    newsletter.publish()

    draft = drafting.draft_issue(
        newsletter.store, newsletter.settings, edition=newsletter.edition, now=newsletter.now
    ).issue

    closed = newsletter.close()
    assert closed is not None
    assert (draft.number, draft.item_ids, draft.letter, draft.content_hash) == (
        closed.number,
        closed.item_ids,
        closed.letter,
        closed.content_hash,
    )


def test_two_processes_closing_the_same_week_make_one_issue(newsletter: Newsletter) -> None:
    for n in range(3):
        newsletter.publish(f"Numero {n}")
    slot = newsletter.now
    made = []

    def close() -> None:
        made.append(newsletter.close(slot=slot))

    together = [threading.Thread(target=close) for _ in range(4)]
    for thread in together:
        thread.start()
    for thread in together:
        thread.join()

    assert sorted(issue.number for issue in made if issue) == [1]


def test_a_week_with_nothing_to_say_is_dealt_with_all_the_same(newsletter: Newsletter) -> None:
    slot = newsletter.now
    assert newsletter.close(slot=slot) is None
    newsletter.later(days=2)
    newsletter.publish("Di mercoledì")

    assert newsletter.close(slot=slot) is None


def test_a_machine_that_was_off_on_monday_owes_the_issue_once(newsletter: Newsletter) -> None:
    with newsletter.store.begin() as tx:
        tx.meta.set("created_at", (newsletter.now - timedelta(days=30)).isoformat())
    newsletter.later(days=2)
    wednesday = newsletter.now

    def due() -> datetime | None:
        return issues.due_slot(
            newsletter.store, newsletter.settings, edition=newsletter.edition, now=wednesday
        )

    owed = due()
    newsletter.publish()
    newsletter.close(slot=owed)

    assert owed == datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # 09:00 in Rome
    assert due() is None


def test_a_newsroom_that_opens_on_wednesday_owes_nothing_for_monday(newsletter: Newsletter) -> None:
    newsletter.later(days=2)
    with newsletter.store.begin() as tx:
        tx.meta.set("created_at", newsletter.now.isoformat())

    assert (
        issues.due_slot(newsletter.store, newsletter.settings, edition=newsletter.edition, now=newsletter.now)
        is None
    )


def test_the_start_may_be_a_date_in_the_editions_zone() -> None:
    start = start_of(NewsletterSettings(start="2026-01-15"), timezone="Europe/Rome", closing=NOW)

    assert start == datetime(2026, 1, 14, 23, 0, tzinfo=UTC)


# ── who gets it ──


def test_everybody_confirmed_gets_one_mail_and_the_account_adds_up(newsletter: Newsletter) -> None:
    newsletter.publish()
    newsletter.subscribe("anna@lettori.example", "bruno@lettori.example")
    newsletter.subscribe("dubbio@lettori.example", confirmed=False)
    newsletter.close()

    with post_office() as office:
        newsletter.with_(mail={"url": office.url})
        newsletter.send()
        newsletter.send()

    assert sorted(office.recipients) == ["anna@lettori.example", "bruno@lettori.example"]
    assert newsletter.states() == {"accepted": 2, "excluded": 1}
    assert newsletter.issue().status is IssueStatus.FINISHED


def test_whoever_leaves_between_closing_and_sending_gets_nothing(newsletter: Newsletter) -> None:
    newsletter.publish()
    newsletter.subscribe("anna@lettori.example", "bruno@lettori.example", "carla@lettori.example")
    newsletter.close()
    newsletter.unsubscribe("anna@lettori.example")
    newsletter.erase("bruno@lettori.example")

    with post_office() as office:
        newsletter.with_(mail={"url": office.url})
        newsletter.send()

    assert office.recipients == ["carla@lettori.example"]
    assert newsletter.states() == {"accepted": 1, "suppressed": 2}


def test_whoever_leaves_while_the_issue_is_going_out_gets_nothing(newsletter: Newsletter) -> None:
    readers = {"anna@lettori.example", "bruno@lettori.example"}
    newsletter.publish()
    newsletter.subscribe(*readers)
    newsletter.close()

    with post_office() as office:
        office.before_answer = lambda mail: newsletter.unsubscribe(*(readers - {mail.recipient}))
        newsletter.with_(mail={"url": office.url})
        newsletter.send()

    assert len(office.recipients) == 1
    assert newsletter.states() == {"accepted": 1, "suppressed": 1}


def test_whoever_subscribes_or_confirms_before_the_first_mail_still_gets_it(newsletter: Newsletter) -> None:
    newsletter.publish()
    newsletter.subscribe("dubbio@lettori.example", confirmed=False)
    newsletter.close()
    newsletter.subscribe("dubbio@lettori.example", "tardi@lettori.example")

    with post_office() as office:
        newsletter.with_(mail={"url": office.url})
        newsletter.send()

    assert sorted(office.recipients) == ["dubbio@lettori.example", "tardi@lettori.example"]


def test_an_address_that_was_erased_and_came_back_is_another_subscriber(newsletter: Newsletter) -> None:
    newsletter.publish()
    newsletter.subscribe("anna@lettori.example")
    newsletter.close()
    newsletter.erase("anna@lettori.example")
    newsletter.subscribe("anna@lettori.example")

    with post_office() as office:
        newsletter.with_(mail={"url": office.url})
        newsletter.send()

    assert office.recipients == ["anna@lettori.example"]
    assert newsletter.states() == {"accepted": 1, "suppressed": 1}


# ── a folder first, a server later ──


def test_files_in_a_folder_are_not_sent_and_a_server_gets_them_once(newsletter: Newsletter) -> None:
    newsletter.publish()
    newsletter.subscribe("anna@lettori.example", "bruno@lettori.example")
    newsletter.close()
    newsletter.send()
    newsletter.send()
    in_folder = {path.name: path.read_bytes() for path in (newsletter.folder / "outbox").iterdir()}
    assert newsletter.states() == {"written": 2}
    assert newsletter.issue().status is IssueStatus.SENDING

    with post_office() as office:
        newsletter.with_(mail={"url": office.url})
        newsletter.send()
        newsletter.send()

    assert sorted(mail.content for mail in office.taken) == sorted(in_folder.values())
    assert newsletter.states() == {"accepted": 2}
    assert newsletter.issue().status is IssueStatus.FINISHED


def test_erasing_somebody_takes_their_mails_out_of_the_folder(newsletter: Newsletter) -> None:
    newsletter.publish()
    newsletter.subscribe("anna@lettori.example", "bruno@lettori.example")
    newsletter.close()
    newsletter.send()

    removed = newsletter.erase("anna@lettori.example")

    left = [path.read_bytes() for path in (newsletter.folder / "outbox").iterdir()]
    assert removed == 1
    assert [read_mail(mail)["To"] for mail in left] == ["bruno@lettori.example"]


# ── what an editor may do ──


def test_a_paused_issue_does_not_leave_until_it_is_resumed(newsletter: Newsletter) -> None:
    newsletter.publish()
    newsletter.subscribe("anna@lettori.example")
    newsletter.close()
    steering.pause_issue(newsletter.store, edition=newsletter.edition, number=1, now=NOW)

    with post_office() as office:
        newsletter.with_(mail={"url": office.url})
        with pytest.raises(Refused, match="issue_not_sendable"):
            newsletter.send()
        steering.resume_issue(newsletter.store, edition=newsletter.edition, number=1, now=NOW)
        newsletter.send()

    assert office.recipients == ["anna@lettori.example"]


def test_pausing_stops_a_sender_in_the_middle(newsletter: Newsletter) -> None:
    newsletter.publish()
    newsletter.subscribe("anna@lettori.example", "bruno@lettori.example", "carla@lettori.example")
    newsletter.close()

    with post_office() as office:
        office.before_answer = lambda _mail: steering.pause_issue(
            newsletter.store, edition=newsletter.edition, number=1, now=NOW
        )
        newsletter.with_(mail={"url": office.url})
        newsletter.send()

    assert newsletter.states() == {"accepted": 1, "pending": 2}
    assert newsletter.issue().status is IssueStatus.PAUSED


def test_a_cancelled_issue_is_over(newsletter: Newsletter) -> None:
    newsletter.publish()
    newsletter.close()
    steering.cancel_issue(
        newsletter.store, newsletter.settings, edition=newsletter.edition, number=1, now=NOW
    )

    with pytest.raises(Refused, match="issue_move_not_allowed"):
        steering.resume_issue(newsletter.store, edition=newsletter.edition, number=1, now=NOW)


def test_an_issue_that_is_not_there_is_named(newsletter: Newsletter) -> None:
    with pytest.raises(NotFound) as raised:
        newsletter.issue(7)

    assert raised.value.data == {"noun": "issue", "id": 7, "edition": "it"}


def test_a_test_mail_is_marked_and_leaves_no_trace_in_the_ledger(newsletter: Newsletter) -> None:
    newsletter.publish("Uno")
    newsletter.close()

    with post_office() as office:
        newsletter.with_(mail={"url": office.url})
        mailer = open_mailer(newsletter.settings.mail)
        trial.send_test(
            newsletter.store,
            Mailroom(mailer=mailer),
            newsletter.settings,
            edition=newsletter.edition,
            to="capo@aicex.example",
            secret=SECRET,
            now=NOW,
        )
        mailer.close()

    assert read_mail(office.taken[0].content)["Subject"].startswith("[TEST] Rassegna CX")
    assert newsletter.counts().selected == 0


def test_a_preview_shows_the_draft_as_files(newsletter: Newsletter) -> None:
    newsletter.publish("Un titolo")

    files = trial.preview_issue(
        newsletter.store,
        newsletter.settings,
        edition=newsletter.edition,
        folder=newsletter.folder / "preview",
        secret=SECRET,
        now=newsletter.now,
    )

    assert "Un titolo" in files.text.read_text(encoding="utf-8")
    assert "unsubscribe.invalid" not in files.html.read_text(encoding="utf-8")
    assert "Un titolo" in part(files.eml.read_bytes(), "plain")


# ── an item is withdrawn after closing ──


def _withdraw(newsletter: Newsletter, item_id: int) -> tuple[int, ...]:
    with newsletter.store.begin() as tx:
        public = tx.publications.get(item_id, newsletter.edition.key)
        assert public is not None
        tx.publications.withdraw(public, public_note=None, item_version=2, at=newsletter.now)
        return recall.take_out(
            tx, newsletter.settings, edition=newsletter.edition, item_ids=[item_id], now=newsletter.now
        ).waiting


def test_what_has_not_left_leaves_without_a_withdrawn_item(newsletter: Newsletter) -> None:
    wrong, right = newsletter.publish("Ritirato"), newsletter.publish("Resta")
    newsletter.subscribe("anna@lettori.example")
    newsletter.close()

    _withdraw(newsletter, wrong)

    assert _moves(newsletter) == ["issue_rewrite", "issue_close"]
    with post_office() as office:
        newsletter.with_(mail={"url": office.url})
        newsletter.send()
    mail = office.taken[0].content
    assert newsletter.issue().item_ids == (right,)
    assert "Resta" in part(mail, "plain")
    assert not any(
        "Ritirato" in said
        for said in (str(read_mail(mail)["Subject"]), part(mail, "plain"), part(mail, "html"))
    )


def test_files_in_a_folder_are_written_again_without_a_withdrawn_item(newsletter: Newsletter) -> None:
    wrong = newsletter.publish("Ritirato")
    newsletter.publish("Resta")
    newsletter.subscribe("anna@lettori.example")
    newsletter.close()
    newsletter.send()

    _withdraw(newsletter, wrong)
    newsletter.send()

    (file,) = (newsletter.folder / "outbox").iterdir()
    assert newsletter.states() == {"written": 1}
    assert "Ritirato" not in part(file.read_bytes(), "plain")


def test_an_issue_of_withdrawn_items_alone_is_cancelled(newsletter: Newsletter) -> None:
    wrong = newsletter.publish("Ritirato")
    newsletter.subscribe("anna@lettori.example")
    newsletter.close()

    _withdraw(newsletter, wrong)

    assert newsletter.issue().status is IssueStatus.CANCELLED
    assert _moves(newsletter) == ["issue_cancel", "issue_close"]


def _moves(newsletter: Newsletter) -> list[str]:
    with newsletter.store.read() as tx:
        return [event.move for event in tx.events.find() if event.move.startswith("issue_")]


def test_an_issue_half_way_out_waits_for_an_editor_when_an_item_is_withdrawn(newsletter: Newsletter) -> None:
    wrong = newsletter.publish("Ritirato")
    newsletter.publish("Resta")
    newsletter.subscribe("anna@lettori.example", "bruno@lettori.example")
    newsletter.close()
    waiting: list[int] = []

    with post_office() as office:
        office.before_answer = lambda _mail: waiting.extend(_withdraw(newsletter, wrong))
        newsletter.with_(mail={"url": office.url})
        newsletter.send()

    assert waiting == [1]
    assert newsletter.states() == {"accepted": 1, "pending": 1}
    paused = newsletter.issue()
    assert paused.status is IssueStatus.PAUSED
    assert paused.paused_because is not None
    assert (paused.paused_because["code"], paused.paused_because["data"]) == (
        "issue_item_withdrawn",
        {"items": [wrong]},
    )
    assert "issue_pause" in _moves(newsletter)


@pytest.mark.parametrize("finished", [False, True])
def test_the_letter_that_a_first_reader_has_is_the_letter_for_ever(
    newsletter: Newsletter, *, finished: bool
) -> None:
    wrong = newsletter.publish("Ritirato")
    newsletter.publish("Resta")
    newsletter.subscribe("anna@lettori.example", "bruno@lettori.example")
    newsletter.close()
    frozen = newsletter.issue()

    with post_office() as office:
        newsletter.with_(mail={"url": office.url})
        if not finished:
            office.before_answer = lambda _mail: steering.pause_issue(
                newsletter.store, edition=newsletter.edition, number=1, now=NOW
            )
        newsletter.send()
        _withdraw(newsletter, wrong)
        if not finished:
            office.before_answer = lambda _mail: None
            steering.resume_issue(newsletter.store, edition=newsletter.edition, number=1, now=NOW)
            newsletter.send()

    kept = newsletter.issue()
    assert (kept.letter, kept.content_hash, kept.item_ids) == (
        frozen.letter,
        frozen.content_hash,
        frozen.item_ids,
    )
    assert [part(mail.content, "plain").count("Ritirato") for mail in office.taken] == [1, 1]


def test_before_the_first_mail_the_letter_is_frozen_anew(newsletter: Newsletter) -> None:
    wrong = newsletter.publish("Ritirato")
    newsletter.publish("Resta")
    newsletter.close()
    frozen = newsletter.issue()

    _withdraw(newsletter, wrong)

    kept = newsletter.issue()
    assert kept.content_hash != frozen.content_hash
    assert kept.content_hash == drafting.content_hash(kept.letter)
    assert kept.closed_at == frozen.closed_at
