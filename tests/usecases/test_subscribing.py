"""What readers do for themselves: nobody is subscribed by another, and nobody's mailbox is filled by one."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from builders import ITALIAN, NOW
from curator.edges.mail import FolderMailer, open_mailer
from curator.errors import BadInput, NewsroomError, Refused
from curator.ports import HandOver, Mail, Mailroom
from curator.publish import erasures, notices, subscribers, subscribing, tokens
from curator.publish.consent import consent_text, network_of
from curator.publish.reception import Reception
from curator.store import Store
from curator.store import tables as t
from curator.store.backup import back_up
from newsletter import SECRET, Newsletter, a_newsletter, part, read_mail
from postoffice import HANG_UP, PostOffice, post_office
from publishing import ENGLISH
from restoring import restore

ANNA = "anna@lettori.example"
HERE = "198.51.100.7"


@pytest.fixture(scope="module")
def office() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


on_both = pytest.mark.parametrize("desk", ["sqlite", "postgresql"], indirect=True)
"""What leans on the database most; the rest of it is proved on one."""


@pytest.fixture
def desk(request: pytest.FixtureRequest, tmp_path: Path, office: PostOffice) -> Newsletter:
    """A newsroom that answers in public and hands its mail to a server."""
    store: Store = request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_store")
    office.taken.clear()
    office.at.clear()
    office.heard.clear()
    newsletter = a_newsletter(store, tmp_path)
    newsletter.settings = replace(newsletter.settings, editions={"it": ITALIAN, "en": ENGLISH})
    newsletter.with_(serve={"public_url": "https://desk.example/"}, mail={"url": office.url})
    return newsletter


def ask(desk: Newsletter, email: str = ANNA, **said: object) -> None:
    subscribing.ask(
        desk.store,
        **{  # type: ignore[arg-type]
            "settings": desk.settings,
            "edition": desk.edition,
            "email": email,
            "tags": None,
            "form_url": "https://desk.example/subscribe/it",
            "client": HERE,
            "secret": SECRET,
            "now": desk.now,
            **said,
        },
    )


def post(desk: Newsletter, *, worker: str = "here:1") -> int:
    mailer = open_mailer(desk.settings.mail)
    try:
        return notices.send_notices(
            desk.store,
            Mailroom(mailer=mailer),
            desk.settings,
            secret=SECRET,
            worker=worker,
            is_gone=desk.gone,
            clock=lambda: desk.now,
            sleep=desk.slept.append,
        )
    finally:
        mailer.close()


def link_in(content: bytes) -> str:
    """The token of the only link."""
    (url,) = set(re.findall(r"https://desk[.]example/\S+", part(content, "plain")))
    return str(url).rpartition("/")[2]


def asked(desk: Newsletter, office: PostOffice, email: str = ANNA, **said: object) -> str:
    """The token of the mail that asking brings."""
    ask(desk, email, **said)
    assert post(desk) == 1
    return link_in(office.taken[-1].content)


def confirm(desk: Newsletter, token: str) -> str:
    return subscribing.confirm(desk.store, settings=desk.settings, token=token, secret=SECRET, now=desk.now)


def statuses(desk: Newsletter) -> dict[str, str]:
    _, found = subscribers.list_subscribers(desk.store, limit=None)
    return {f"{s.email} {s.edition}": str(s.status) for s in found}


def rows(desk: Newsletter, table: object) -> list[dict[str, object]]:
    with desk.store.read() as tx:
        return [dict(row) for row in tx.connection.execute(table.select()).mappings()]  # type: ignore[attr-defined]


def everything_kept(desk: Newsletter) -> list[str]:
    with desk.store.read() as tx:
        return [
            str(value)
            for table in t.metadata.sorted_tables
            for row in tx.connection.execute(table.select())
            for value in row
        ]


# ── double opt-in ──


@on_both
def test_who_confirms_is_subscribed_and_the_proof_says_to_what_where_and_when(
    desk: Newsletter, office: PostOffice
) -> None:
    began = desk.now
    token = asked(desk, office)
    before = statuses(desk)
    desk.later(hours=1)

    assert confirm(desk, token) == "it"

    words = consent_text(ITALIAN)
    proof = [
        (row["kind"], row["at"], row["text"], row["version"], row["language"], row["url"], row["network"])
        for row in rows(desk, t.consents)
    ]
    kept = (words.words, words.version, "it", "https://desk.example/subscribe/it", "198.51.100.0/24")
    assert before == {f"{ANNA} it": "unconfirmed"}
    assert statuses(desk) == {f"{ANNA} it": "confirmed"}
    assert proof == [("asked", began, *kept), ("confirmed", desk.now, *kept)]


def test_looking_at_the_link_changes_nothing_and_confirming_twice_is_once(
    desk: Newsletter, office: PostOffice
) -> None:
    token = asked(desk, office)
    look = {"settings": desk.settings, "token": token, "secret": SECRET, "now": desk.now}

    assert subscribing.look_confirm(desk.store, **look) == "it"  # type: ignore[arg-type]
    assert statuses(desk) == {f"{ANNA} it": "unconfirmed"}
    assert (confirm(desk, token), confirm(desk, token)) == ("it", "it")
    assert len(rows(desk, t.consents)) == 2
    assert subscribing.look_confirm(desk.store, **look) == "it"  # type: ignore[arg-type]


def test_a_link_is_good_for_as_long_as_the_settings_say(desk: Newsletter, office: PostOffice) -> None:
    token = asked(desk, office)
    desk.later(hours=72)

    with pytest.raises(BadInput, match="link_expired"):
        confirm(desk, token)
    assert statuses(desk) == {f"{ANNA} it": "unconfirmed"}


@on_both
def test_a_link_from_before_somebody_left_does_not_bring_them_back(
    desk: Newsletter, office: PostOffice
) -> None:
    old = asked(desk, office)
    confirm(desk, old)
    desk.later(hours=1)
    desk.unsubscribe(ANNA)
    with pytest.raises(BadInput, match="link_invalid"):
        confirm(desk, old)
    desk.later(days=1)
    new = asked(desk, office)

    with pytest.raises(BadInput, match="link_invalid"):
        confirm(desk, old)
    assert statuses(desk) == {f"{ANNA} it": "unsubscribed"}  # until they confirm
    confirm(desk, new)
    assert statuses(desk) == {f"{ANNA} it": "confirmed"}


@pytest.mark.parametrize(
    "token",
    ["", "it", "it.1.1.", "en.1.1." + "0" * 32, "it.1.99999999999999999." + "0" * 32, "it.1.1.é\ud800", "\0"],
)
def test_what_we_did_not_send_confirms_nobody(sqlite_store: Store, tmp_path: Path, token: str) -> None:
    desk = a_newsletter(sqlite_store, tmp_path)

    with pytest.raises(BadInput, match="link_invalid"):
        confirm(desk, token)


def test_a_token_serves_one_purpose_and_one_person_and_tells_no_address() -> None:
    moment = NOW
    made = tokens.confirm_token(SECRET, subscriber_id=7, edition="it", asked_at=moment)
    preference = tokens.preferences_token(SECRET, subscriber_id=7, edition="it", made_at=moment)
    leaving = tokens.unsubscribe_token(SECRET, edition="it", subscriber_id=7)

    assert tokens.read_confirm_token(SECRET, made) == tokens.Link(
        subscriber_id=7, edition="it", made_at=moment
    )
    assert tokens.read_confirm_token(SECRET, made.replace("it.7", "it.8")) is None
    assert tokens.read_confirm_token(b"another key", made) is None
    assert tokens.read_preferences_token(SECRET, made.removeprefix("it."), edition="it") is None
    assert tokens.read_preferences_token(SECRET, preference, edition="en") is None
    assert tokens.read_unsubscribe_token(SECRET, edition="it", token=preference) is None
    assert tokens.read_unsubscribe_token(SECRET, edition="en", token=leaving) is None
    assert tokens.read_unsubscribe_token(SECRET, edition="it", token=leaving) == 7


def test_the_mail_that_asks_has_one_link_and_is_of_no_list(desk: Newsletter, office: PostOffice) -> None:
    asked(desk, office)

    (taken,) = office.taken
    mail = read_mail(taken.content)
    html = part(taken.content, "html")
    assert taken.recipient == ANNA
    assert mail["To"] == ANNA
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "it"
    assert not [name for name in mail if name.startswith("List-") or name == "Precedence"]
    assert re.findall('href="([^"]+)"', html) == [re.findall(r"https://\S+", part(taken.content, "plain"))[0]]
    assert "<img" not in html
    assert '<html lang="it"' in html
    assert ANNA not in part(taken.content, "plain") + html
    assert max(map(len, re.sub(r"https://\S+", "", part(taken.content, "plain")).splitlines())) <= 72


# ── the same answer for everybody ──


def test_nobody_learns_from_the_form_who_is_known(desk: Newsletter, office: PostOffice) -> None:
    desk.subscribe("gia@lettori.example", "via@lettori.example", "mai@lettori.example")
    desk.unsubscribe("via@lettori.example")
    desk.erase("mai@lettori.example")

    for who in ("nuova", "gia", "via", "mai"):
        ask(desk, f"{who}@lettori.example")  # returns nothing, and raises nothing
    post(desk)

    assert [mail.recipient.partition("@")[0] for mail in office.taken] == ["nuova", "gia", "via"]
    assert not [value for value in everything_kept(desk) if "mai@" in value]
    assert "già" in str(read_mail(office.taken[1].content)["Subject"])


@on_both
def test_asking_again_brings_a_mail_a_day_then_one_a_week(desk: Newsletter) -> None:
    came = []
    for _ in range(12):
        ask(desk)
        ask(desk, ANNA.upper())
        came.append(post(desk))
        desk.later(days=1)

    assert came == [1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0]


def ask_the_way(desk: Newsletter, *, edition: str = "it", client: str = HERE) -> None:
    subscribing.ask_preferences(
        desk.store,
        settings=desk.settings,
        edition=desk.settings.editions[edition],
        email=ANNA,
        client=client,
        secret=SECRET,
        now=desk.now,
    )


def test_no_mailbox_gets_more_than_four_a_day(desk: Newsletter) -> None:
    desk.subscribe(ANNA)
    for hour in range(4):
        for edition in desk.settings.editions:
            ask(desk, edition=desk.settings.editions[edition])
            ask_the_way(desk, edition=edition, client=f"10.{hour}.0.1")
        desk.later(hours=1)

    assert post(desk) == 4


def test_asking_twice_in_one_instant_brings_one_mail(desk: Newsletter) -> None:
    desk.subscribe(ANNA)
    for _ in range(2):
        ask_the_way(desk)

    assert post(desk) == 1


def test_many_names_of_one_mailbox_are_counted_as_one(desk: Newsletter) -> None:
    for number in range(5):
        ask(desk, f"anna+{number}@lettori.example")
    for email in ("an.na@gmail.com", "a.n.n.a+x@googlemail.com", "anna@gmail.com"):
        ask(desk, email)

    assert post(desk) == 2


@on_both
def test_who_is_asked_for_by_many_at_once_gets_one_mail(desk: Newsletter) -> None:
    with ThreadPoolExecutor(4) as crowd:
        list(crowd.map(lambda _: ask(desk), range(8)))

    assert len(rows(desk, t.notices)) == len(statuses(desk)) == 1


def test_an_earlier_mail_of_two_confirms_as_well(desk: Newsletter, office: PostOffice) -> None:
    first = asked(desk, office)
    desk.later(days=1)
    asked(desk, office)

    assert confirm(desk, first) == "it"


def test_a_link_brings_what_was_asked_for_with_it_whatever_a_stranger_asks_since(
    desk: Newsletter, office: PostOffice
) -> None:
    token = asked(desk, office, tags=("CX", "Fedeltà"))
    ask(desk, tags=("Altro",), client="203.0.113.9")  # no mail: one a day
    desk.later(days=1)
    ask(desk, tags=("Altro ancora",), client="203.0.113.9")

    confirm(desk, token)

    assert [row["tags"] for row in rows(desk, t.subscriptions)] == [["CX", "Fedeltà"]]
    assert rows(desk, t.consents)[-1]["tags"] == ["CX", "Fedeltà"]


def test_somebody_subscribed_is_told_so_once_a_day_and_stays_as_they_are(desk: Newsletter) -> None:
    desk.subscribe(ANNA)
    for _ in range(3):
        ask(desk, tags=("Altro",))

    assert post(desk) == 1
    assert [row["tags"] for row in rows(desk, t.subscriptions)] == [None]


@on_both
def test_a_network_that_asks_for_too_many_is_told_to_wait_and_nothing_of_it_is_kept(
    desk: Newsletter,
) -> None:
    for number in range(30):  # heard by two machines, one of them ten minutes behind
        heard = desk.now - timedelta(minutes=10 * (number % 2))
        ask(desk, f"a{number}@lettori.example", client=f"198.51.100.{number}", now=heard)

    with pytest.raises(Refused, match="asked_too_often") as refused:
        ask(desk, "vittima@lettori.example")
    ask(desk, "altrove@lettori.example", client="203.0.113.5")
    desk.later(minutes=61)
    ask(desk, "dopo@lettori.example")

    assert 0 < refused.value.data["seconds"] <= 3600
    assert not [email for email in statuses(desk) if email.startswith("vittima")]
    assert not [value for row in rows(desk, t.askings) for value in row.values() if "198.51" in str(value)]


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("198.51.100.7", "198.51.100.0/24"),
        ("::ffff:198.51.100.7", "198.51.100.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("unknown", None),
        ("", None),
    ],
)
def test_only_the_network_of_an_address_is_kept(client: str, network: str | None) -> None:
    assert network_of(client) == network


def test_what_is_no_address_is_said(desk: Newsletter) -> None:
    with pytest.raises(BadInput, match="email_invalid"):
        ask(desk, "anna@")


def test_nobody_asks_where_a_link_would_lead_nowhere(desk: Newsletter) -> None:
    desk.with_(serve={"public_url": None})

    with pytest.raises(Refused, match="subscribing_closed"):
        ask(desk)
    assert post(desk) == 0


# ── leaving ──


def test_leaving_twice_is_once_and_a_probe_is_nobody(desk: Newsletter) -> None:
    (anna,) = desk.subscribe(ANNA)
    for who in (anna.id, anna.id, 0):
        token = tokens.unsubscribe_token(SECRET, edition="it", subscriber_id=who)
        subscribing.look_leave(edition="it", token=token, secret=SECRET)
        subscribing.leave(desk.store, desk.settings, edition="it", token=token, secret=SECRET, now=desk.now)

    assert statuses(desk) == {f"{ANNA} it": "unsubscribed"}
    assert [(row["kind"], row["origin"]) for row in rows(desk, t.consents)] == [
        ("given", "editor"),
        ("withdrawn", "web"),
    ]
    with pytest.raises(BadInput, match="link_invalid"):
        subscribing.leave(desk.store, desk.settings, edition="en", token=token, secret=SECRET, now=desk.now)


def test_leaving_ends_what_was_asked_and_keeps_nothing_of_who_never_confirmed(
    desk: Newsletter, office: PostOffice
) -> None:
    desk.subscribe("via@lettori.example")
    desk.unsubscribe("via@lettori.example")
    desk.later(days=1)
    for email in (ANNA, "via@lettori.example"):
        token = asked(desk, office, email)
        desk.unsubscribe(email)
        with pytest.raises(BadInput, match="link_invalid"):
            confirm(desk, token)

    assert not [value for value in everything_kept(desk) if "anna" in value]
    assert statuses(desk) == {"via@lettori.example it": "unsubscribed"}


# ── preferences ──


def preferences_link(desk: Newsletter, office: PostOffice, email: str = ANNA, *, mails: int = 1) -> str:
    subscribing.ask_preferences(
        desk.store,
        settings=desk.settings,
        edition=desk.edition,
        email=email,
        client=HERE,
        secret=SECRET,
        now=desk.now,
    )
    assert post(desk) == mails
    return link_in(office.taken[-1].content)


def following(desk: Newsletter, token: str) -> dict[str, tuple[str, ...] | None]:
    found = subscribing.preferences(desk.store, edition="it", token=token, secret=SECRET, now=desk.now)
    return dict(found.following)


def change(desk: Newsletter, token: str, wanted: dict[str, tuple[str, ...] | None]) -> None:
    subscribing.change(
        desk.store,
        settings=desk.settings,
        edition="it",
        token=token,
        wanted=wanted,
        client=HERE,
        secret=SECRET,
        now=desk.now,
    )


@on_both
def test_a_reader_chooses_editions_and_tags(desk: Newsletter, office: PostOffice) -> None:
    desk.subscribe(ANNA)
    token = preferences_link(desk, office)
    before = following(desk, token)

    change(desk, token, {"it": ("Fedeltà", "fedelta", "Ascolto"), "en": None, "xx": None})
    chosen = following(desk, token)
    change(desk, token, {"en": ()})

    assert before == {"it": None}
    assert chosen == {"it": ("Fedeltà", "Ascolto"), "en": None}
    assert statuses(desk) == {f"{ANNA} en": "confirmed", f"{ANNA} it": "unsubscribed"}
    assert [(row["edition"], row["kind"]) for row in rows(desk, t.consents)] == [
        ("it", "given"),
        ("en", "asked"),
        ("en", "confirmed"),
        ("it", "withdrawn"),
    ]


def test_who_complained_and_says_yes_by_their_own_link_gets_mail_again(
    desk: Newsletter, office: PostOffice
) -> None:
    (anna,) = desk.subscribe(ANNA)
    token = preferences_link(desk, office)
    with desk.store.begin() as tx:
        reception = Reception(tx=tx, settings=desk.settings, secret=SECRET, now=desk.now)
        reception.people.suppress(tokens.address_hash(SECRET, ANNA), reason="complained", now=desk.now)
        subscribers.leave_in(reception, edition="it", subscriber_id=anna.id, origin="complaint")
    desk.later(hours=1)

    change(desk, token, {"it": None})

    assert statuses(desk) == {f"{ANNA} it": "confirmed"}
    assert rows(desk, t.suppressions) == []


def test_leaving_all_is_unsubscribing(desk: Newsletter, office: PostOffice) -> None:
    desk.subscribe(ANNA)
    change(desk, preferences_link(desk, office), {})

    assert statuses(desk) == {f"{ANNA} it": "unsubscribed"}


def test_the_link_is_good_for_three_days_and_its_edition(desk: Newsletter, office: PostOffice) -> None:
    desk.subscribe(ANNA)
    token = preferences_link(desk, office)

    with pytest.raises(BadInput, match="link_invalid"):
        subscribing.preferences(desk.store, edition="en", token=token, secret=SECRET, now=desk.now)
    desk.later(hours=72)
    with pytest.raises(BadInput, match="link_expired"):
        following(desk, token)


def test_who_is_unknown_or_not_to_be_written_to_gets_no_link(desk: Newsletter) -> None:
    desk.subscribe(ANNA)
    desk.erase(ANNA)
    for email in (ANNA, "mai@vista.example"):
        subscribing.ask_preferences(
            desk.store,
            settings=desk.settings,
            edition=desk.edition,
            email=email,
            client=HERE,
            secret=SECRET,
            now=desk.now,
        )

    assert post(desk) == 0


@on_both
def test_no_link_of_somebody_who_is_gone_opens_anybody_else(
    desk: Newsletter, office: PostOffice, tmp_path: Path
) -> None:
    """Gone with a mail that came back; gone with what a restore does not bring back."""
    ask(desk, "mallory@lettori.example")
    old = preferences_link(desk, office, "mallory@lettori.example", mails=2)
    gone = int(old.split(".")[0])
    archive = tmp_path / "backup.zip"
    with desk.store.begin() as tx:
        tx.mailing.subscribers.forget_one(gone, "it")
    back_up(desk.store, archive, files={}, program="test", now=desk.now, overwrite=False)
    (berta,) = desk.subscribe("berta@lettori.example")
    lost = tokens.unsubscribe_token(SECRET, edition="it", subscriber_id=berta.id)
    restore(archive, desk.store)
    desk.later(hours=1)
    (anna,) = desk.subscribe(ANNA)

    subscribing.leave(desk.store, desk.settings, edition="it", token=lost, secret=SECRET, now=desk.now)

    assert len({gone, berta.id, anna.id}) == 3
    assert statuses(desk) == {f"{ANNA} it": "confirmed"}
    with pytest.raises(BadInput, match="link_invalid"):
        following(desk, old)


def test_a_link_that_is_older_than_its_person_was_somebody_elses(desk: Newsletter) -> None:
    (anna,) = desk.subscribe(ANNA)
    before = desk.now - timedelta(microseconds=1)
    old, own = (
        tokens.preferences_token(SECRET, subscriber_id=anna.id, edition="it", made_at=moment)
        for moment in (before, desk.now)
    )

    assert following(desk, own) == {"it": None}
    with pytest.raises(BadInput, match="link_invalid"):
        following(desk, old)
    with pytest.raises(BadInput, match="link_invalid"):
        change(desk, old, {})
    assert statuses(desk) == {f"{ANNA} it": "confirmed"}


@on_both
def test_a_reader_has_everything_forgotten(desk: Newsletter, office: PostOffice) -> None:
    confirm(desk, asked(desk, office))
    token = preferences_link(desk, office)
    subscribing.forget(desk.store, desk.settings, edition="it", token=token, secret=SECRET, now=desk.now)

    assert not [value for value in everything_kept(desk) if "anna" in value or "198.51" in value]
    assert rows(desk, t.notices) == []
    with pytest.raises(BadInput, match="link_invalid"):
        following(desk, token)
    desk.later(days=40)
    ask(desk)
    assert post(desk) == 0


def test_the_form_offers_the_tags_of_what_came_out(desk: Newsletter) -> None:
    desk.publish("Uno", tags=("Fedeltà", "Ascolto"))
    desk.publish("Due", tags=("fedelta", "CX"))

    assert [tag.lower() for tag in subscribing.offered_tags(desk.store, "it")] == ["ascolto", "cx", "fedelta"]


# ── who never confirms ──


@on_both
def test_who_never_confirms_is_forgotten_without_a_trace(desk: Newsletter) -> None:
    ask(desk)
    ask(desk, "via@lettori.example")
    desk.subscribe("via@lettori.example")
    desk.unsubscribe("via@lettori.example")
    desk.later(hours=1)
    desk.later(days=29)
    early = subscribing.forget_unconfirmed(desk.store, desk.settings, secret=SECRET, now=desk.now)
    desk.later(days=1)

    late = subscribing.forget_unconfirmed(desk.store, desk.settings, secret=SECRET, now=desk.now)

    assert (early, late) == (0, 1)
    assert not [value for value in everything_kept(desk) if "anna" in value]
    assert rows(desk, t.suppressions) == rows(desk, t.askings) == []
    assert statuses(desk) == {"via@lettori.example it": "unsubscribed"}


@on_both
def test_who_had_left_and_does_not_confirm_has_still_left(desk: Newsletter) -> None:
    desk.subscribe(ANNA)
    desk.unsubscribe(ANNA)
    desk.later(hours=1)
    ask(desk)
    desk.later(days=31)

    subscribing.forget_unconfirmed(desk.store, desk.settings, secret=SECRET, now=desk.now)

    assert statuses(desk) == {f"{ANNA} it": "unsubscribed"}
    assert [row["kind"] for row in rows(desk, t.consents)] == ["given", "withdrawn"]
    assert [row["asked_at"] for row in rows(desk, t.subscriptions)] == [None]


@on_both
def test_an_unconfirmed_reader_in_the_ledger_is_forgotten_and_its_numbers_stay(desk: Newsletter) -> None:
    desk.publish()
    ask(desk)
    desk.close()
    desk.later(days=31)

    subscribing.forget_unconfirmed(desk.store, desk.settings, secret=SECRET, now=desk.now)

    assert not [value for value in everything_kept(desk) if "anna" in value]
    assert desk.counts().excluded == 1


# ── sending them ──


def test_a_notice_that_may_have_arrived_is_not_sent_again(desk: Newsletter, office: PostOffice) -> None:
    office.at["DATA"] = lambda _number, _to: HANG_UP
    ask(desk)
    post(desk)
    desk.later(hours=2)
    post(desk)

    assert [row["state"] for row in rows(desk, t.notices)] == ["ambiguous"]
    assert len(office.taken) == 1


@on_both
def test_a_temporary_no_is_tried_again_for_a_day(desk: Newsletter, office: PostOffice) -> None:
    office.at["RCPT"] = lambda number, _to: "451 4.7.1 greylisted" if number < 3 else None
    ask(desk)
    tries = []
    for _ in range(4):
        tries.append(post(desk))
        desk.later(minutes=10)

    assert tries == [0, 0, 1, 0]


def test_a_notice_leaves_only_when_it_is_written_down(desk: Newsletter, office: PostOffice) -> None:
    """After a restore nobody could know of it otherwise."""
    ask(desk)
    path = desk.folder / "data/journal"
    path.mkdir(parents=True)

    with pytest.raises(NewsroomError, match="journal_unwritable"):
        post(desk)
    before = len(office.taken)
    path.rmdir()
    desk.later(hours=1)
    post(desk)

    assert (before, len(office.taken)) == (0, 1)
    assert " notice " in path.read_text()


def test_a_notice_that_cannot_leave_for_a_day_is_given_up(desk: Newsletter, office: PostOffice) -> None:
    office.at["RCPT"] = lambda _number, _to: "451 4.7.1 later"
    ask(desk)
    for _ in range(13):
        post(desk)
        desk.later(hours=2)

    assert [row["state"] for row in rows(desk, t.notices)] == ["failed"]


def test_a_final_no_ends_it(desk: Newsletter, office: PostOffice) -> None:
    office.at["RCPT"] = lambda _number, _to: "550 5.1.1 no such user"
    ask(desk)
    post(desk)

    assert [row["state"] for row in rows(desk, t.notices)] == ["failed"]


@on_both
@pytest.mark.parametrize("begun", [False, True])
def test_what_a_dead_sender_left_is_sent_only_if_it_had_not_begun(desk: Newsletter, *, begun: bool) -> None:
    ask(desk)
    with desk.store.begin() as tx:
        notice = tx.mailing.notices.claim(
            worker="dead:1", now=desk.now, lease_until=desk.now + timedelta(hours=1)
        )
        assert notice is not None
        if begun:
            tx.mailing.notices.begin_data(notice, worker="dead:1", now=desk.now)
    assert post(desk) == 0
    desk.gone = lambda worker: worker == "dead:1"

    assert post(desk) == (0 if begun else 1)


def test_who_is_erased_right_before_data_gets_nothing(desk: Newsletter, office: PostOffice) -> None:
    ask(desk)

    def erase(_number: int, _to: str) -> None:
        desk.erase(ANNA)

    office.at["RCPT"] = erase
    post(desk)

    assert office.taken == []


def test_no_file_keeps_the_address_of_who_was_erased_meanwhile(desk: Newsletter, tmp_path: Path) -> None:
    """While a notice is written; and the copies that editors send to look at."""
    box = tmp_path / "letters"
    desk.with_(mail={"url": f"folder:{box}"})
    ask(desk)

    class WhileItIsWritten(FolderMailer):
        def send(self, mail: Mail, **said: Any) -> HandOver:
            desk.erase(ANNA)
            return super().send(mail, **said)

    notices.send_notices(
        desk.store,
        Mailroom(mailer=WhileItIsWritten(box)),
        desk.settings,
        secret=SECRET,
        worker="here:1",
        is_gone=desk.gone,
        clock=lambda: desk.now,
    )
    during = list(box.glob("*.eml"))
    for name, email in (("it-1-test.5c", ANNA), ("it-1-test.5d", "bruno@lettori.example")):
        (box / f"{name}.eml").write_bytes(f"Subject: =?utf-8?q?=C3=A8?=\r\nTo: {email}\r\n\r\nx".encode())
    desk.erase(ANNA.upper())

    assert during == []
    assert [path.name for path in box.glob("*.eml")] == ["it-1-test.5d.eml"]


def test_an_erasure_that_was_killed_leaves_no_file_either(desk: Newsletter, tmp_path: Path) -> None:
    box = tmp_path / "letters"
    desk.with_(mail={"url": f"folder:{box}"})
    ask(desk)
    post(desk)

    class Killed(Exception):
        pass

    with contextlib.suppress(Killed), desk.store.begin() as tx:
        erasures.erase_in(tx, desk.settings, email=ANNA, secret=SECRET, now=desk.now)
        raise Killed

    erasures.reapply_erasures(desk.store, desk.settings, secret=SECRET)

    assert list(box.glob("*.eml")) == []
    assert statuses(desk) == {}


def test_the_same_notice_is_the_same_mail_at_every_try(desk: Newsletter, office: PostOffice) -> None:
    office.at["DATA"] = lambda number, _to: "451 4.3.0 later" if number == 1 else None
    contents: list[bytes] = []
    office.before_answer = lambda taken: contents.append(taken.content)
    try:
        ask(desk)
        post(desk)
        desk.later(hours=1)
        post(desk)
    finally:
        office.before_answer = None

    assert len(contents) == 2
    assert contents[0] == contents[1]


# ── logs ──


def test_no_address_is_ever_logged(desk: Newsletter, office: PostOffice) -> None:
    with structlog.testing.capture_logs() as logged:
        confirm(desk, asked(desk, office))
        ask(desk)
        office.at["RCPT"] = lambda _number, to: f"451 4.7.1 {to} later"
        post(desk)
        office.at.clear()
        desk.later(days=1)
        token = preferences_link(desk, office)
        change(desk, token, {"it": None, "en": None})
        subscribing.forget(desk.store, desk.settings, edition="it", token=token, secret=SECRET, now=desk.now)
        subscribing.forget_unconfirmed(desk.store, desk.settings, secret=SECRET, now=desk.now)

    assert "anna" not in str(logged)
