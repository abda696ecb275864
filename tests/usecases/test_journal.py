"""The journal beside the database: what is in it when something has left, and what a crash leaves there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from builders import MARTA, NOW
from curator.errors import NewsroomError, Refused
from curator.model import HeldBecause, Hold, IssueStatus
from curator.publish import departures, handing, holding, journal, records, steering
from curator.publish.departures import Word
from curator.publish.issues import reopen_issue
from curator.store import Store
from curator.store.publications import Had
from newsletter import SECRET, Newsletter, a_newsletter
from postoffice import HANG_UP, PostOffice, post_office

HAD = Had(
    atom_id="tag:rassegna.example,2026:item/01J",
    ulid="01J",
    slug="perché-no",
    sequence=7,
    published_at=NOW,
    updated_at=NOW,
)


@pytest.fixture
def newsletter(store: Store, tmp_path: Path) -> Newsletter:
    return a_newsletter(store, tmp_path)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as running:
        yield running


def sending_to(newsletter: Newsletter, office: PostOffice) -> None:
    newsletter.with_(mail={"url": office.url})


def everything(newsletter: Newsletter) -> list[Path]:
    return [*journal.files(newsletter.settings), *journal.mail_files(newsletter.settings)]


def handed(newsletter: Newsletter) -> handing.Left:
    return handing.read(newsletter.settings, journal.read(newsletter.settings), of=[("it", 1)])["it", 1]


def test_every_word_is_read_as_it_was_written(newsletter: Newsletter) -> None:
    closed = records.Closed(
        at=NOW, edition="it", number=3, slot=NOW, subject="Perché i clienti, e altro", items=("A", "B")
    )
    journal.write(newsletter.settings, [journal.published(1, "it", "ITEM", HAD, now=NOW)])
    journal.write(newsletter.settings, [journal.withdrawn(2, "it", "ITEM", now=NOW)])
    journal.stood(newsletter.settings, 2, now=NOW)
    journal.write(newsletter.settings, [journal.closed(3, closed)])
    journal.stood(newsletter.settings, 3, now=NOW)
    journal.write(newsletter.settings, [journal.cancelled(4, "it", 3, now=NOW)])
    journal.stood(newsletter.settings, 4, now=NOW)

    found = journal.read(newsletter.settings)

    assert found.published == {("it", "ITEM"): HAD}
    assert found.withdrawn == {("it", "ITEM"): NOW}
    assert found.closed == {("it", 3): closed}
    assert found.cancelled == {("it", 3)}
    assert found.number == 4


def test_what_is_cut_off_or_strange_spoils_nothing_else(newsletter: Newsletter) -> None:
    path = newsletter.folder / "data/journal"
    path.parent.mkdir()
    at = b"2026-11-22T07:30:00+00:00"
    path.write_bytes(b"\xff\xfe no line\n" + at + b" stood nine\n" + at + b" clos")
    journal.stood(newsletter.settings, 5, now=NOW)
    with path.open("ab") as file:
        file.write(at + b" stood 77")  # being written this very moment

    assert journal.read(newsletter.settings).number == 5


def test_only_its_owner_may_read_it(newsletter: Newsletter) -> None:
    journal.write(newsletter.settings, [journal.withdrawn(1, "it", "ITEM", now=NOW)])

    assert (newsletter.folder / "data/journal").stat().st_mode & 0o777 == 0o600


def test_what_other_machines_and_older_programs_wrote_counts_as_well(newsletter: Newsletter) -> None:
    data = newsletter.folder / "data"
    data.mkdir()
    journal.stood(newsletter.settings, 1, now=NOW)
    (data / "journal").rename(data / "journal.host2")
    (data / "erasures.20260101T000000Z").write_text(f"{NOW.isoformat()} erased {'a' * 64}\n")
    journal.write(newsletter.settings, [journal.published(2, "it", "ITEM", HAD, now=NOW)])

    found = journal.read(newsletter.settings)

    assert (found.number, list(found.published)) == (1, [("it", "ITEM")])
    assert departures.read(newsletter.settings)["a" * 64].erased == NOW


def test_a_backup_never_unpacks_it_over_a_newer_one(newsletter: Newsletter) -> None:
    data = newsletter.folder / "data"
    data.mkdir()
    for name in ("journal", "journal.host2", "erasures"):
        (data / name).touch()
    for name in ("journal.mails/it-1", "journal.mails/it-2.host2", "journal.mails.host2/it-1"):
        (data / name).parent.mkdir(exist_ok=True)
        (data / name).touch()

    assert sorted(journal.in_archive(newsletter.settings, now=NOW)) == [
        f"data/erasures.{NOW:%Y%m%dT%H%M%SZ}",
        f"data/journal.{NOW:%Y%m%dT%H%M%SZ}",
        "data/journal.host2",
        "data/journal.mails.host2/it-1",
        f"data/journal.mails/it-1.{NOW:%Y%m%dT%H%M%SZ}",
        "data/journal.mails/it-2.host2",
    ]


def test_a_mail_that_a_server_took_is_in_it(newsletter: Newsletter, office: PostOffice) -> None:
    sending_to(newsletter, office)
    newsletter.subscribe("a@example.org", "b@example.org", "c@example.org")
    newsletter.publish()
    issue = newsletter.close()
    assert issue is not None
    office.at["DATA"] = lambda nth, _to: {2: HANG_UP, 3: "450 later"}.get(nth)

    newsletter.send()

    left = handed(newsletter)
    one, two = (handing.reader_hash(SECRET, issue, address) for address in office.recipients)
    assert (one in left.handed, two in left.doubtful) == (True, True)
    assert len(left.handed) == len(left.doubtful) == 2  # a mail, and its reader: of the third, nothing
    assert len(left.mails) == 1


def test_mails_of_each_issue_have_a_file_of_their_own(newsletter: Newsletter, office: PostOffice) -> None:
    """Whoever must know what was published reads one line for twenty mails, and no hash of them."""
    sending_to(newsletter, office)
    newsletter.subscribe("a@example.org", "b@example.org")
    newsletter.publish()
    newsletter.close()

    newsletter.send()

    path = newsletter.folder / "data/journal.mails/it-1"
    lines = [line for line in (newsletter.folder / "data/journal").read_text().splitlines() if "hand" in line]
    assert [line.split(" ")[1:] for line in lines] == [["handing", str(n), "it", "1", "."] for n in (2, 3)]
    assert path.read_text().count(" handed ") == 2
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_files_of_other_issues_are_not_read(newsletter: Newsletter) -> None:
    mails = newsletter.folder / "data/journal.mails"
    for name in ("it-1", "it-11", "it-1.20260101T000000Z", "it-1.other"):
        line = journal.handing(7, "it", 1, [f"{name}!.reader" if "." not in name else "old.reader"], now=NOW)
        journal.write(newsletter.settings, [line], to=f"data/journal.mails/{name}")
    (mails / "it-12").mkdir()

    assert set(handed(newsletter).doubtful) == {"it-1!", "old", "reader"}
    assert handing.count(newsletter.settings, of=[("it", 12), ("it", 2)]) == {}


def test_what_a_server_said_to_one_machine_is_no_word_on_the_mails_of_another(newsletter: Newsletter) -> None:
    """A copy of its file that was cut off in front: numbers of two machines may be the same."""
    ours = journal.handing(7, "it", 1, ["mail.reader"], now=NOW)
    journal.write(newsletter.settings, [ours], to="data/journal.mails/it-1")
    journal.write(newsletter.settings, ["- handed 7 0."], to="data/journal.mails.other/it-1")

    assert set(handed(newsletter).doubtful) == {"mail", "reader"}


def test_a_file_of_mails_that_is_not_whole_is_known_as_such(
    newsletter: Newsletter, office: PostOffice
) -> None:
    sending_to(newsletter, office)
    newsletter.subscribe("a@example.org")
    newsletter.publish()
    newsletter.close()
    newsletter.send()

    before = handed(newsletter).lacks
    (newsletter.folder / "data/journal.mails/it-1").unlink()

    assert (before, handed(newsletter).lacks) == (False, True)


def test_mails_that_were_taken_in_hand_and_never_begun_are_in_no_doubt(
    newsletter: Newsletter, office: PostOffice
) -> None:
    """The journal's own file cannot be written, after that of the mails was."""
    sending_to(newsletter, office)
    newsletter.subscribe("a@example.org")
    newsletter.publish()
    newsletter.close()
    path = newsletter.folder / "data/journal"
    aside = path.rename(path.with_name("aside"))
    path.mkdir()

    with pytest.raises(NewsroomError, match="journal_unwritable"):
        newsletter.send()

    path.rmdir()
    aside.rename(path)
    assert (handed(newsletter).handed, handed(newsletter).doubtful) == (set(), {})


def test_no_address_is_in_it(newsletter: Newsletter, office: PostOffice) -> None:
    sending_to(newsletter, office)
    newsletter.subscribe("anna@example.org")
    newsletter.publish()
    newsletter.close()
    newsletter.send()
    newsletter.unsubscribe("anna@example.org")

    written = "".join(path.read_text() for path in everything(newsletter))

    assert "handed" in written
    assert "left" in written
    assert "anna" not in written


def test_mails_in_a_folder_have_reached_nobody(newsletter: Newsletter) -> None:
    newsletter.subscribe("a@example.org")
    newsletter.publish()
    newsletter.close()

    newsletter.send()

    assert handing.read(newsletter.settings, journal.read(newsletter.settings), of=[("it", 1)]) == {}


def test_where_it_cannot_be_written_no_mail_leaves(newsletter: Newsletter, office: PostOffice) -> None:
    sending_to(newsletter, office)
    newsletter.subscribe("a@example.org")
    newsletter.publish()
    newsletter.close()
    path = newsletter.folder / "data/journal"
    path.rename(path.with_name("aside"))
    path.mkdir()

    with pytest.raises(NewsroomError, match="journal_unwritable"):
        newsletter.send()
    path.rmdir()
    path.with_name("aside").rename(path)
    newsletter.send()

    assert office.recipients == ["a@example.org"]


def test_an_issue_that_was_opened_again_is_not_in_it(newsletter: Newsletter) -> None:
    newsletter.publish()
    newsletter.close()
    said = newsletter.settings, newsletter.edition

    reopen_issue(newsletter.store, said[0], edition=said[1], number=1, by=MARTA, now=NOW)

    assert journal.read(newsletter.settings).closed == {}


def test_an_issue_that_was_cancelled_is(newsletter: Newsletter) -> None:
    newsletter.publish()
    newsletter.close()

    steering.cancel_issue(newsletter.store, newsletter.settings, edition=newsletter.edition, now=NOW)

    assert journal.read(newsletter.settings).cancelled == {("it", 1)}


def test_a_line_whose_commit_never_came_holds_nobody(newsletter: Newsletter) -> None:
    """A crash in between: the line is there, and what it says is not."""
    journal.write(newsletter.settings, [journal.published(1, "it", "ITEM", HAD, now=NOW)])

    holding.require_free(newsletter.store, newsletter.settings, now=NOW)

    with newsletter.store.read() as tx:
        assert tx.holds.current() is None


def test_an_issue_whose_closing_was_never_committed_is_none(newsletter: Newsletter) -> None:
    newsletter.publish()
    closed = records.Closed(at=NOW, edition="it", number=1, slot=NOW, subject="–", items=())
    journal.write(newsletter.settings, [journal.closed(1, closed)])

    before = journal.read(newsletter.settings).closed
    newsletter.close()

    assert before == {}
    assert journal.read(newsletter.settings).closed["it", 1].items != ()


def test_a_database_that_is_older_than_what_stood_is_held_by_itself(newsletter: Newsletter) -> None:
    newsletter.publish()
    newsletter.close()
    with newsletter.store.begin() as tx:
        tx.meta.set(journal.NUMBER, "0")  # a file of yesterday, put back

    with pytest.raises(Refused, match="newsroom_restored"):
        newsletter.send()

    with newsletter.store.read() as tx:
        hold = tx.holds.current()
    assert hold is not None
    assert hold.because is HeldBecause.RESTORED
    assert newsletter.issue().status is IssueStatus.CLOSED


def test_an_older_copy_of_it_unsays_nothing(newsletter: Newsletter) -> None:
    """A backup brought it back beside the newer one, and is read after that."""
    data, settings = newsletter.folder / "data", newsletter.settings
    first = records.Closed(at=NOW, edition="it", number=1, slot=None, subject="–", items=("A",))
    later = NOW + timedelta(hours=1)
    journal.write(settings, [journal.closed(1, first)])
    journal.stood(settings, 1, now=NOW)
    (data / "journal.20260302T080000Z").write_bytes((data / "journal").read_bytes())
    journal.write(settings, [journal.reopened(2, "it", 1, now=later)])
    journal.stood(settings, 2, now=later)

    reopened = journal.read(settings)
    journal.write(settings, [journal.closed(3, replace(first, at=later, items=("A", "B")))])
    journal.stood(settings, 3, now=later)
    again = journal.read(settings)

    assert (reopened.closed, reopened.reopened) == ({}, {("it", 1)})
    assert again.closed["it", 1].items == ("A", "B")


def test_a_number_that_was_never_committed_is_taken_again(newsletter: Newsletter) -> None:
    """The closing crashed, a publish took its number: there is no such issue."""
    lost = records.Closed(at=NOW, edition="it", number=1, slot=None, subject="–", items=("A",))
    later = NOW + timedelta(seconds=1)
    journal.write(newsletter.settings, [journal.closed(1, lost)])
    journal.write(newsletter.settings, [journal.published(1, "it", "ITEM", HAD, now=later)])
    journal.stood(newsletter.settings, 1, now=later)

    assert journal.read(newsletter.settings).closed == {}


def test_no_two_transactions_take_the_same_number(newsletter: Newsletter) -> None:
    """Nor where nobody has taken one yet."""
    taken: list[int] = []
    together = Barrier(3)

    def take() -> None:
        together.wait()
        for _ in range(5):
            with newsletter.store.begin() as tx:
                taken.append(journal.number(tx))

    takers = [Thread(target=take) for _ in range(3)]
    for one in takers:
        one.start()
    for one in takers:
        one.join()

    assert sorted(taken) == list(range(1, 16))


def test_what_was_never_committed_is_not_believed(newsletter: Newsletter) -> None:
    """Crashes: the issue went on after all, and an editor took the withdrawal back."""
    settings, later = newsletter.settings, NOW + timedelta(seconds=1)
    journal.write(settings, [journal.cancelled(1, "it", 1, now=NOW)])
    journal.write(settings, [journal.cancelled(1, "it", 2, unknown=True, now=later)])
    journal.write(settings, [journal.withdrawn(1, "it", "A", now=later + timedelta(seconds=1))])

    found = journal.read(settings)

    assert (found.cancelled, found.unknown, found.withdrawn) == (set(), set(), {})


def test_all_that_one_transaction_says_counts_once_it_stood(newsletter: Newsletter) -> None:
    """Of what was written under its number before, by one that crashed, nothing does."""
    settings, later = newsletter.settings, NOW + timedelta(seconds=1)
    journal.write(settings, [journal.withdrawn(1, "it", "LOST", now=NOW)])
    said = [journal.withdrawn(1, "it", item, now=later) for item in ("A", "B")]
    journal.write(settings, [*said, journal.cancelled(1, "it", 1, now=later)])
    journal.stood(settings, 1, now=later)

    found = journal.read(settings)

    assert (sorted(item for _, item in found.withdrawn), found.cancelled) == (["A", "B"], {("it", 1)})


def test_people_who_left_hold_nobody(newsletter: Newsletter) -> None:
    """They go again by themselves, as ever."""
    with newsletter.store.begin() as tx:
        departures.note(tx, newsletter.settings, Word.LEFT, "a" * 64, "it", now=NOW)
        tx.meta.set(departures.HEARD, "0")

    holding.require_free(newsletter.store, newsletter.settings, now=NOW)

    with newsletter.store.read() as tx:
        assert tx.holds.current() is None


def test_an_item_that_readers_had_gets_its_id_and_its_address_again(newsletter: Newsletter) -> None:
    item_id = newsletter.publish("Altro")
    with newsletter.store.begin() as tx:
        first = tx.publications.get(item_id, "it")
        assert first is not None
        tx.connection.exec_driver_sql("DELETE FROM publications")
        again = tx.publications.first(
            item_id=item_id,
            edition="it",
            content=first.content,
            item_version=2,
            authority="elsewhere.example,2030",
            now=NOW,
            item="ITEM",
            had=HAD,
        )

    assert Had.of(again) == replace(HAD, updated_at=again.updated_at)


def test_a_held_newsroom_says_why_at_every_door(newsletter: Newsletter, office: PostOffice) -> None:
    sending_to(newsletter, office)
    newsletter.subscribe("a@example.org")
    newsletter.publish()
    newsletter.close()
    with newsletter.store.begin() as tx:
        tx.holds.put(Hold(because=HeldBecause.COPIED, since=NOW))

    for door in (newsletter.close, newsletter.send):
        with pytest.raises(Refused, match="newsroom_copied"):
            door()
    newsletter.unsubscribe("a@example.org")  # whoever leaves is heard

    assert office.taken == []
