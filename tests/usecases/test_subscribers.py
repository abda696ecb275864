"""Only people who said yes, each once, and nobody after they said no."""

from __future__ import annotations

import contextlib
import csv
import io
import random
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import event

from builders import NOW
from curator.errors import BadInput, NewsroomError, NotFound, Refused
from curator.model import SubscriptionStatus
from curator.publish import departures, erasures, journal, kept, roster, subscribers, subscribing, tokens
from curator.publish.reception import Reception
from curator.store import Store
from curator.store import tables as t
from curator.store.backup import back_up
from newsletter import SECRET, Newsletter, a_newsletter
from proving import PROOF, tells_enough
from restoring import restore


@pytest.fixture
def newsletter(store: Store, tmp_path: Path) -> Newsletter:
    return a_newsletter(store, tmp_path)


def _everybody(newsletter: Newsletter) -> list[tuple[str, str, str]]:
    _, found = subscribers.list_subscribers(newsletter.store)
    return [(s.email, s.edition, str(s.status)) for s in found]


def _consents(newsletter: Newsletter) -> list[tuple[str, str | None]]:
    with newsletter.store.read() as tx:
        rows = tx.connection.execute(t.consents.select().order_by(t.consents.c.id))
        return [(row.kind, row.text) for row in rows]


def _all_values(newsletter: Newsletter) -> list[str]:
    with newsletter.store.read() as tx:
        return [
            str(value)
            for table in t.metadata.sorted_tables
            for row in tx.connection.execute(table.select())
            for value in row
        ]


def _reapplied(newsletter: Newsletter) -> int:
    return erasures.reapply_erasures(newsletter.store, newsletter.settings, secret=SECRET)


def _added(newsletter: Newsletter, email: str) -> subscribers.Added:
    return subscribers.add_subscriber(
        newsletter.store,
        newsletter.settings,
        email=email,
        edition=newsletter.edition,
        confirmed=False,
        consent=None,
        secret=SECRET,
        now=newsletter.now,
    )


def test_a_consent_given_elsewhere_confirms_at_once_and_is_kept(newsletter: Newsletter) -> None:
    newsletter.subscribe("Anna.Rossi@LETTORI.Example")

    assert _everybody(newsletter) == [("Anna.Rossi@lettori.example", "it", "confirmed")]
    assert _consents(newsletter) == [("given", "Modulo cartaceo, convegno del 3 febbraio 2026")]


def test_without_consent_nobody_is_confirmed(newsletter: Newsletter) -> None:
    newsletter.subscribe("anna@lettori.example", confirmed=False)

    assert _everybody(newsletter) == [("anna@lettori.example", "it", "unconfirmed")]


def test_confirming_wants_the_consent_in_words(newsletter: Newsletter) -> None:
    with pytest.raises(BadInput, match="consent_missing"):
        subscribers.add_subscriber(
            newsletter.store,
            newsletter.settings,
            email="anna@lettori.example",
            edition=newsletter.edition,
            confirmed=True,
            consent="  ",
            secret=SECRET,
            now=newsletter.now,
        )


def test_one_person_is_entered_once_however_they_spell_themselves(newsletter: Newsletter) -> None:
    newsletter.subscribe("anna@lettori.example", "ANNA@LETTORI.EXAMPLE", "info@bücher.example")
    newsletter.subscribe("info@xn--bcher-kva.example")

    assert [email for email, _, _ in _everybody(newsletter)] == [
        "anna@lettori.example",
        "info@bücher.example",
    ]


@pytest.mark.parametrize(
    "wrong", ["anna", "anna@", "anna@lettori", "Anna <a@b.example>", "a@b.example\r\nBcc: c@d.example", ""]
)
def test_what_is_no_address_is_refused(newsletter: Newsletter, wrong: str) -> None:
    with pytest.raises(BadInput, match="email_invalid"):
        newsletter.subscribe(wrong)


def test_unsubscribing_twice_is_once_and_leaves_its_proof(newsletter: Newsletter) -> None:
    newsletter.subscribe("anna@lettori.example")
    newsletter.unsubscribe("anna@lettori.example")
    newsletter.unsubscribe("anna@lettori.example")

    assert _everybody(newsletter) == [("anna@lettori.example", "it", "unsubscribed")]
    assert [kind for kind, _ in _consents(newsletter)] == ["given", "withdrawn"]


def test_unsubscribing_somebody_unknown_is_said(newsletter: Newsletter) -> None:
    with pytest.raises(NotFound):
        newsletter.unsubscribe("nessuno@lettori.example")


def test_erasing_leaves_no_address_anywhere(newsletter: Newsletter) -> None:
    newsletter.publish()
    newsletter.subscribe("anna@lettori.example")
    newsletter.close()
    newsletter.send()
    newsletter.erase("anna@lettori.example")

    assert not [value for value in _all_values(newsletter) if "anna" in value]
    assert newsletter.counts().selected == 1


def test_an_erased_address_is_in_no_byte_of_the_files(newsletter: Newsletter) -> None:
    path = newsletter.store.path
    if path is None:
        return  # PostgreSQL clears its pages in its own time
    newsletter.subscribe("anna@lettori.example", *(f"berta{n}@lettori.example" for n in range(30)))
    newsletter.erase("anna@lettori.example")

    kept = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    assert b"berta1@lettori.example" in kept
    assert b"anna@lettori.example" not in kept


def test_an_erased_person_comes_back_only_with_a_new_consent(newsletter: Newsletter) -> None:
    newsletter.subscribe("anna@lettori.example")
    newsletter.erase("anna@lettori.example")

    imported = newsletter.import_("anna@lettori.example\n")
    with pytest.raises(Refused, match="subscriber_suppressed"):
        newsletter.subscribe("Anna@lettori.example", confirmed=False)
    newsletter.subscribe("anna@lettori.example")

    assert imported.refused == (
        roster.RefusedLine(line=1, email="anna@lettori.example", why="subscriber_suppressed"),
    )
    assert _everybody(newsletter) == [("anna@lettori.example", "it", "confirmed")]


def test_a_backup_from_before_an_erasure_does_not_bring_the_person_back(newsletter: Newsletter) -> None:
    newsletter.publish()
    newsletter.subscribe("anna@lettori.example", "bruno@lettori.example", "carla@lettori.example")
    newsletter.close()
    newsletter.send()
    archive = newsletter.folder / "backup.zip"
    back_up(newsletter.store, archive, files={}, program="test", now=newsletter.now, overwrite=False)
    for email in ("anna@lettori.example", "carla@lettori.example"):
        newsletter.erase(email)
        newsletter.later(hours=1)
    newsletter.subscribe("carla@lettori.example")  # with a new consent

    restore(archive, newsletter.store)
    again = [_reapplied(newsletter), _reapplied(newsletter)]

    assert again == [1, 0]
    assert [email for email, _, _ in _everybody(newsletter)] == [
        "bruno@lettori.example",
        "carla@lettori.example",
    ]
    assert not [value for value in _all_values(newsletter) if "anna" in value]
    assert newsletter.import_("anna@lettori.example").refused[0].why == "subscriber_suppressed"


def test_who_comes_back_through_another_machine_stays(newsletter: Newsletter, tmp_path: Path) -> None:
    """Two machines on one database, each with a journal of its own: the first has not heard of it."""
    other = replace(newsletter, settings=replace(newsletter.settings, newsroom=tmp_path / "other"))
    newsletter.subscribe("anna@lettori.example")
    newsletter.erase("anna@lettori.example")
    other.later(hours=1)
    other.subscribe("anna@lettori.example")
    journal.write(newsletter.settings, [f"{NOW.isoformat()} left {'b' * 64} it"])  # so that it listens again

    heard = [_reapplied(newsletter), _reapplied(other)]

    assert heard == [0, 0]
    assert _everybody(newsletter) == [("anna@lettori.example", "it", "confirmed")]
    with newsletter.store.read() as tx:
        assert departures.length(newsletter.settings).is_heard(tx)
        assert departures.length(other.settings).is_heard(tx)
        anna = tokens.address_hash(SECRET, "anna@lettori.example")
        assert tx.mailing.subscribers.suppressed([anna]) == set()


def test_who_leaves_while_an_older_backup_is_in_place_has_left_in_the_newer_one(
    newsletter: Newsletter,
) -> None:
    (anna,) = newsletter.subscribe("anna@lettori.example")
    archive = newsletter.folder / "backup.zip"
    back_up(newsletter.store, archive, files={}, program="test", now=newsletter.now, overwrite=False)
    link = tokens.unsubscribe_token(SECRET, edition="it", subscriber_id=anna.id)
    with newsletter.store.begin() as tx:
        for table in (t.consents, t.subscriptions, t.subscribers):  # from before they came
            tx.connection.execute(table.delete())
    newsletter.later(hours=1)
    for _ in range(2):
        subscribing.leave(
            newsletter.store, newsletter.settings, edition="it", token=link, secret=SECRET, now=newsletter.now
        )

    restore(archive, newsletter.store)
    again = [_reapplied(newsletter), _reapplied(newsletter)]

    assert again == [1, 0]
    assert _everybody(newsletter) == [("anna@lettori.example", "it", "unsubscribed")]
    assert (newsletter.folder / "data/journal").read_text().count(" clicked ") == 1


def test_a_journal_that_grows_and_changes_is_followed(newsletter: Newsletter) -> None:
    """Only what was added is read again; what another file brings in between is put in its place."""
    data = newsletter.folder / "data"
    data.mkdir(exist_ok=True)
    lines = [
        f"2026-01-0{day}T00:00:00+00:00 {word} {'a' * 64}\n" for day, word in ((1, "erased"), (3, "back"))
    ]
    found = []
    for name, line in (
        ("journal", lines[0]),
        ("journal.b", lines[1]),
        ("journal.a", lines[0].replace("01T", "02T")),
    ):
        (data / name).write_text(line)
        found.append(departures.of(newsletter.settings, "a" * 64).erased is not None)
    (data / "journal.b").unlink()
    found.append(departures.of(newsletter.settings, "a" * 64).erased is not None)

    assert found == [True, False, False, True]
    assert len(departures.of(newsletter.settings, "a" * 64).steps) == 2


def test_an_erasure_takes_their_mails_out_of_the_folder_and_their_name_out_of_the_ledger(
    newsletter: Newsletter,
) -> None:
    newsletter.publish()
    anna, _ = newsletter.subscribe("anna@lettori.example", "bruno@lettori.example")
    newsletter.close()
    newsletter.send()

    removed = newsletter.erase("anna@lettori.example")

    left = [path.read_bytes() for path in newsletter.folder.rglob("*.eml")]
    assert (removed, len(left)) == (1, 1)
    assert b"anna@" not in left[0]
    with newsletter.store.read() as tx:
        hers = tx.connection.execute(
            t.deliveries.select().where(t.deliveries.c.subscriber_id == anna.id)
        ).one()
    assert (hers.reply, hers.domain) == (None, None)


def test_the_record_of_erasures_is_private_survives_half_a_line_and_holds_no_address(
    newsletter: Newsletter,
) -> None:
    record = newsletter.folder / departures.FILE
    newsletter.erase("anna@lettori.example")
    with record.open("ab") as torn:
        torn.write(b"2026-03-02T09:00:00.000000+00:00 era")
    newsletter.erase("bruno@lettori.example")
    record.with_name("erasures.20260101T000000Z").write_bytes(b"\xff\x00 nonsense\n")

    assert record.stat().st_mode & 0o777 == 0o600
    assert len(departures.read(newsletter.settings)) == 2
    assert b"lettori" not in record.read_bytes()


def test_nobody_is_erased_where_it_could_not_be_recorded(newsletter: Newsletter) -> None:
    newsletter.subscribe("anna@lettori.example")
    (newsletter.folder / "data").write_text("in the way")

    with pytest.raises(NewsroomError, match="journal_unwritable"):
        newsletter.erase("anna@lettori.example")
    assert _everybody(newsletter) == [("anna@lettori.example", "it", "confirmed")]


def test_who_bounced_and_is_erased_is_erased_after_a_restore_too(newsletter: Newsletter) -> None:
    newsletter.subscribe("anna@lettori.example")
    with newsletter.store.begin() as tx:
        fingerprint = tokens.address_hash(SECRET, "anna@lettori.example")
        tx.mailing.subscribers.suppress(fingerprint, reason="bounced", now=newsletter.now)
    archive = newsletter.folder / "backup.zip"
    back_up(newsletter.store, archive, files={}, program="test", now=newsletter.now, overwrite=False)
    newsletter.erase("anna@lettori.example")

    restore(archive, newsletter.store)

    assert _reapplied(newsletter) == 1
    assert _everybody(newsletter) == []


@pytest.mark.parametrize("seed", range(9 if PROOF else 1))
def test_whatever_happened_since_the_backup_who_left_has_left_and_who_came_back_is_there(
    newsletter: Newsletter, seed: int
) -> None:
    chance = random.Random(seed)
    archive = newsletter.folder / "backup.zip"
    readers = [f"{name}@lettori.example" for name in ("anna", "bruno", "carla")]
    wants: set[str] = set()
    there: set[str] = set()

    def back_it_up() -> None:
        back_up(newsletter.store, archive, files={}, program="test", now=newsletter.now, overwrite=True)

    back_it_up()
    held: set[str] = set()
    for _ in range(24):
        newsletter.later(minutes=chance.choice([1, 0, -1]))  # clocks are set back, too
        who = chance.choice(readers)
        match chance.choice(["subscribe", "subscribe", "leave", "leave", "erase", "back up", "restore"]):
            case "subscribe":
                newsletter.subscribe(who)
                wants.add(who)
                there.add(who)
            case "leave" if who in there:
                newsletter.unsubscribe(who)
                wants.discard(who)
                there.discard(who)
            case "erase":
                newsletter.erase(who)
                wants.discard(who)
                there.discard(who)
            case "back up":
                back_it_up()
                held = set(there)
            case "restore":
                restore(archive, newsletter.store)
                _reapplied(newsletter)
                there = held & wants
        confirmed = {email for email, _, status in _everybody(newsletter) if status == "confirmed"}
        assert confirmed == there
    assert _reapplied(newsletter) == 0


def test_who_left_what_a_restored_backup_does_not_know_comes_in_by_no_list(newsletter: Newsletter) -> None:
    archive = newsletter.folder / "backup.zip"
    back_up(newsletter.store, archive, files={}, program="test", now=newsletter.now, overwrite=False)
    newsletter.subscribe("anna@lettori.example")
    newsletter.unsubscribe("anna@lettori.example")
    restore(archive, newsletter.store)

    imported = newsletter.import_("anna@lettori.example\n")

    assert [line.why for line in imported.refused] == ["subscriber_unsubscribed"]


def test_who_left_while_the_process_was_killed_has_left(newsletter: Newsletter) -> None:
    """Between the line and the commit."""
    (anna,) = newsletter.subscribe("anna@lettori.example")
    newsletter.later(hours=1)
    with contextlib.suppress(KeyboardInterrupt), newsletter.store.begin() as tx:
        reception = Reception(tx=tx, settings=newsletter.settings, secret=SECRET, now=newsletter.now)
        subscribers.leave_in(reception, edition="it", subscriber_id=anna.id, origin="web")
        raise KeyboardInterrupt
    before = _everybody(newsletter)

    again = [_reapplied(newsletter), _reapplied(newsletter)]

    assert [status for _, _, status in [*before, *_everybody(newsletter)]] == ["confirmed", "unsubscribed"]
    assert again == [1, 0]


def test_who_leaves_has_left_even_where_it_cannot_be_recorded(newsletter: Newsletter) -> None:
    newsletter.subscribe("anna@lettori.example")
    (newsletter.folder / "data").write_text("in the way")

    newsletter.unsubscribe("anna@lettori.example")

    assert [status for _, _, status in _everybody(newsletter)] == ["unsubscribed"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("anna@lettori.example", "ANNA@lettori.example", True),
        ("info@bücher.example", "info@xn--bcher-kva.example", True),
        ("info@B\u00dcCHER.example", "info@bu\u0308cher.example", True),
        ("ren\u00e9@lettori.example", "rene\u0301@lettori.example", True),
        ("REN\u00c9@lettori.example", "ren\u00e9@lettori.example", True),
        ("anna+cx@lettori.example", "anna@lettori.example", False),
        ("anna.rossi@lettori.example", "annarossi@lettori.example", False),
    ],
)
def test_who_is_one_person_and_who_are_two(
    newsletter: Newsletter, one: str, other: str, *, same: bool
) -> None:
    newsletter.subscribe(one, other)

    assert len(_everybody(newsletter)) == (1 if same else 2)
    newsletter.erase(other)
    assert len(_everybody(newsletter)) == (0 if same else 1)


def test_adding_without_a_consent_asks_by_mail_where_a_link_leads_somewhere(newsletter: Newsletter) -> None:
    unasked = _added(newsletter, "anna@lettori.example")
    newsletter.with_(serve={"public_url": "https://desk.example/"})
    asked = [_added(newsletter, "bruno@lettori.example") for _ in range(2)]

    assert [unasked.asked, *(each.asked for each in asked)] == [False, True, False]
    with newsletter.store.read() as tx:
        assert [row.kind for row in tx.connection.execute(t.notices.select())] == ["confirm"]


def test_adding_who_left_without_a_consent_leaves_them_where_they_are(newsletter: Newsletter) -> None:
    newsletter.subscribe("anna@lettori.example")
    newsletter.unsubscribe("anna@lettori.example")

    _added(newsletter, "anna@lettori.example")

    assert _everybody(newsletter) == [("anna@lettori.example", "it", "unsubscribed")]


def test_the_log_of_moves_knows_people_by_number_only(newsletter: Newsletter) -> None:
    (anna,) = newsletter.subscribe("anna@lettori.example")
    newsletter.unsubscribe("anna@lettori.example")
    newsletter.import_("bruno@lettori.example")
    newsletter.erase("anna@lettori.example")

    with newsletter.store.read() as tx:
        moves = [(event.move, dict(event.after)) for event in reversed(tx.events.find())]
    assert moves == [
        ("subscriber_add", {"subscriber": anna.id}),
        ("subscriber_unsubscribe", {"subscriber": anna.id}),
        ("subscriber_import", {"added": 1}),
        ("subscriber_erase", {"subscriber": anna.id}),
    ]


# ── taken away ──


def test_what_is_exported_is_safe_in_a_spreadsheet_and_comes_back_as_it_was(newsletter: Newsletter) -> None:
    hostile = ["=cmd|a@lettori.example", "+39@lettori.example", "-a@lettori.example", "'=a@lettori.example"]
    listed = [*hostile[:3], "''=a@lettori.example"]
    newsletter.import_("email,tags,consented_at\n" + "".join(f"{e},CX|=1+1,2026-01-02\n" for e in listed))
    newsletter.subscribe("via@lettori.example")
    newsletter.unsubscribe("via@lettori.example")

    written, count = roster.export_subscribers(newsletter.store, secret=SECRET)
    for email in hostile:
        newsletter.erase(email)
    with newsletter.store.begin() as tx:
        tx.connection.execute(t.suppressions.delete())
    (newsletter.folder / departures.FILE).unlink()
    back = newsletter.import_(written)

    cells = [cell for row in csv.reader(io.StringIO(written)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert (count, back.added, back.refused) == (4, 4, ())
    assert {email for email, _, status in _everybody(newsletter) if status == "confirmed"} == set(hostile)
    with newsletter.store.read() as tx:
        kept = tx.mailing.subscribers.listed(statuses=[SubscriptionStatus.CONFIRMED])
    assert {each.tags for each in kept} == {("CX", "=1+1")}
    assert {each.consented_at for each in kept} == {datetime(2026, 1, 2, tzinfo=UTC)}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_cell_is_a_formula_whatever_separates_cells(newsletter: Newsletter, separator: str) -> None:
    said = "x;=WEBSERVICE(Z1);y"
    newsletter.import_(f'email,tags\nanna@l.example,"{said}|;@SUM(1)"\n', consent=f"{said} ; -2+3")

    written, _ = roster.export_subscribers(newsletter.store, secret=SECRET)

    cells = [cell.strip() for row in csv.reader(io.StringIO(written), delimiter=separator) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_only_the_confirmed_are_exported_unless_others_are_asked_for(newsletter: Newsletter) -> None:
    newsletter.subscribe("anna@lettori.example", "via@lettori.example")
    newsletter.unsubscribe("via@lettori.example")

    newsletter.subscribe("gone@lettori.example")
    with newsletter.store.begin() as tx:
        fingerprint = tokens.address_hash(SECRET, "gone@lettori.example")
        tx.mailing.subscribers.suppress(fingerprint, reason="bounced", now=newsletter.now)
    export = partial(roster.export_subscribers, newsletter.store, secret=SECRET)

    ordinary, _ = export(edition="it")
    left, count = export(statuses=[SubscriptionStatus.UNSUBSCRIBED])
    confirmed, _ = export(statuses=[SubscriptionStatus.CONFIRMED])

    assert "via@" not in ordinary
    assert "gone@" not in ordinary
    assert "gone@lettori.example,it,suppressed" in confirmed
    assert ("via@" in left, count) == (True, 1)
    assert newsletter.import_(left).refused[0].why == "roster_not_confirmed"


def test_a_person_gets_all_that_is_kept_of_them(newsletter: Newsletter) -> None:
    newsletter.publish()
    newsletter.import_("email,tags\nanna@lettori.example,CX\n")
    newsletter.close()
    newsletter.send()
    newsletter.unsubscribe("anna@lettori.example")

    said = kept.plainly(
        kept.kept_of(newsletter.store, email="ANNA@lettori.example", secret=SECRET), now=newsletter.now
    )

    assert said["email"] == "anna@lettori.example"
    assert [(each["edition"], each["status"], each["tags"]) for each in said["subscriptions"]] == [
        ("it", "unsubscribed", ("CX",))
    ]
    assert [each["kind"] for each in said["consents"]] == ["given", "withdrawn"]
    assert [(each["number"], each["edition"]) for each in said["issues"]] == [(1, "it")]
    assert said["suppressed"] is None


# ── lists from elsewhere ──


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("a@b.example,2027-01-01", "roster_time_invalid"),
        ("a@b.example,domani", "roster_time_invalid"),
        ("a@b.example,0001-01-01T00:00:00+14:00", "roster_time_invalid"),
        ("=cmd|' /C calc'!A0,2026-01-01", "email_invalid"),
    ],
)
def test_a_line_that_cannot_be_right_is_refused(newsletter: Newsletter, line: str, why: str) -> None:
    imported = newsletter.import_(f"email,consented_at\n{line}\nbruno@lettori.example,2026-01-01\n")

    assert [(each.line, each.why) for each in imported.refused] == [(2, why)]
    assert imported.added == 1


def test_a_list_is_brought_in_and_every_refused_line_is_named(newsletter: Newsletter) -> None:
    newsletter.subscribe("gia@lettori.example", "via@lettori.example")
    newsletter.unsubscribe("via@lettori.example")

    imported = newsletter.import_(
        "\ufeffNome;Email;Edition\r\n"
        "Anna;anna@lettori.example;it\r\n"
        "Bruno;bruno@;it\r\n"
        "\r\n"
        "Già;GIA@lettori.example;\r\n"
        "Via;via@lettori.example;it\r\n"
        "Dora;dora@lettori.example;fr\r\n"
        "Anna;anna@lettori.example;en\r\n"
        '"Enzo;enzo@lettori.example;it\r\n'
    )

    assert (imported.added, imported.skipped) == (2, 1)
    assert [(line.line, line.why) for line in imported.refused] == [
        (3, "email_invalid"),
        (6, "subscriber_unsubscribed"),
        (7, "roster_edition_unknown"),
        (9, "roster_quote_open"),
    ]
    assert ("anna@lettori.example", "en", "confirmed") in _everybody(newsletter)


def test_a_plain_column_of_addresses_needs_no_heading(newsletter: Newsletter) -> None:
    imported = newsletter.import_("anna@lettori.example\nbruno@lettori.example\nanna@lettori.example\n")

    assert (imported.added, imported.skipped, imported.refused) == (2, 1, ())


def test_an_import_confirms_whoever_was_waiting(newsletter: Newsletter) -> None:
    newsletter.subscribe("anna@lettori.example", confirmed=False)

    newsletter.import_("anna@lettori.example")

    assert subscribers.show_subscriber(newsletter.store, email="anna@lettori.example")[0].status is (
        SubscriptionStatus.CONFIRMED
    )


def test_a_rehearsal_says_the_same_and_changes_nothing(newsletter: Newsletter) -> None:
    rehearsed = newsletter.import_("anna@lettori.example\nbruno@\n", dry_run=True)

    assert _everybody(newsletter) == []
    assert rehearsed == newsletter.import_("anna@lettori.example\nbruno@\n")


def test_a_list_without_a_stated_consent_is_refused(newsletter: Newsletter) -> None:
    with pytest.raises(BadInput, match="consent_missing"):
        newsletter.import_("anna@lettori.example", consent="")


@tells_enough("sqlite")
def test_a_list_without_end_is_refused_whole(newsletter: Newsletter) -> None:
    with pytest.raises(BadInput, match="subscribers_too_many"):
        newsletter.import_(b"\n" * 9 + b"email\n" + b"a@b.example\n" * (roster.MOST_PEOPLE + 1))


@pytest.mark.parametrize(
    ("document", "added", "refused"),
    [
        ('anna@l.example,"Spoke to\nbob@l.example, who wants NO mail"\ncarla@l.example,x\n', 2, []),
        ('"anna@l.example\r\nBcc: x@l.example",x\n', 0, [(2, "email_invalid")]),
        ('anna@l.example,"never closed\nbob@l.example,x\n', 0, [(2, "roster_quote_open")]),
        ('"anna@l.example,x\nbob@l.example,x\n"C, D",e\nd@l.example,\n', 0, [(2, "roster_quote_open")]),
        ("bob@l.example\u2028bea@l.example\x0bbice@l.example,x\n", 0, [(2, "email_invalid")]),
        (f"anna@l.example,{'x' * 5000}\nbob@l.example,\n", 1, [(2, "roster_line_too_long")]),
        (f'anna@l.example,"{"x" * 200_000}"\nbob@l.example,\n', 1, [(2, "roster_line_too_long")]),
        ('"Anna" Rossi,x\n"bob@l.example",x', 1, [(2, "email_invalid")]),
    ],
)
def test_what_stands_in_a_note_subscribes_nobody(
    document: str, added: int, refused: list[tuple[int, str]]
) -> None:
    for encoding in ("utf-8", "utf-16"):
        written = f"email,notes\n{document}".encode(encoding)
        read = roster.read_roster(written, edition="it", editions=("it",), now=NOW)

        assert len(read.lines) == added
        assert [(each.line, each.why) for each in read.refused] == refused


def test_many_are_entered_in_few_statements(newsletter: Newsletter) -> None:
    newsletter.subscribe("uno@lettori.example", confirmed=False)
    with newsletter.store.read() as tx:
        statements: list[str] = []
        event.listen(tx.connection.engine, "before_cursor_execute", lambda *said: statements.append(said[2]))

    done = newsletter.import_(
        "email,tags\nUNO@lettori.example,CX\n" + "".join(f"a{n}@l.example,\n" for n in range(999))
    )

    assert done.added == 1000
    assert len(statements) < 40


def test_a_list_that_is_no_text_is_refused_line_by_line(newsletter: Newsletter) -> None:
    imported = newsletter.import_(b"\x89PNG\r\n\x1a\n\x00\x00\xff\xfe" + b"\x00" * 300)

    assert imported.added == 0
    assert imported.refused


def test_a_spreadsheet_from_windows_is_read(newsletter: Newsletter) -> None:
    imported = newsletter.import_("nome;email\r\nNicolò;nico@lettori.example\r\n".encode("cp1252"))

    assert imported.added == 1
