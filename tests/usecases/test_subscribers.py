"""Only people who said yes, each once, and nobody after they said no."""

from __future__ import annotations

from pathlib import Path

import pytest

from curator.errors import BadInput, NotFound, Refused
from curator.model import SubscriptionStatus
from curator.publish import roster, subscribers
from curator.store import Store
from curator.store import tables as t
from newsletter import SECRET, Newsletter, a_newsletter


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

    with newsletter.store.read() as tx:
        kept = [
            str(value)
            for table in t.metadata.sorted_tables
            for row in tx.connection.execute(table.select())
            for value in row
        ]
    assert not [value for value in kept if "anna" in value]
    assert newsletter.counts().selected == 1


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


# ── lists from elsewhere ──


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
        (9, "email_invalid"),
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


def test_a_list_without_end_is_refused_whole(newsletter: Newsletter) -> None:
    with pytest.raises(BadInput, match="subscribers_too_many"):
        newsletter.import_(b"a@b.example\n" * (roster.MOST_LINES + 1))


def test_a_list_that_is_no_text_is_refused_line_by_line(newsletter: Newsletter) -> None:
    imported = newsletter.import_(b"\x89PNG\r\n\x1a\n\x00\x00\xff\xfe" + b"\x00" * 300)

    assert imported.added == 0
    assert imported.refused


def test_a_spreadsheet_from_windows_is_read(newsletter: Newsletter) -> None:
    imported = newsletter.import_("nome;email\r\nNicolò;nico@lettori.example\r\n".encode("cp1252"))

    assert imported.added == 1
