"""What readers do for themselves on the web: ask, confirm, choose, leave, be forgotten.

Whoever asks learns nothing about an address: whether it is known, confirmed or
never to be written to, the same is written down in the same time, and only a
mail to that address says more (see `publish/notices.py`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from curator.errors import BadInput, Refused
from curator.facets import facets_of
from curator.model import SubscriptionStatus
from curator.publish import erasures, tokens
from curator.publish.consent import consent_text, network_of
from curator.publish.erasures import LOCK
from curator.publish.reception import Reception
from curator.publish.site import tag_channel
from curator.publish.subscribers import MOST_TAGS, canonical, chosen, erase, leave_in
from curator.settings import Edition, Settings
from curator.store import Store, Transaction
from curator.store.notices import NoticeKind
from curator.store.subscribers import Consent, Standing

PREFERENCES_GOOD_FOR = timedelta(hours=72)
LONGEST_URL = 500
RECENT = 200
"""Items of an edition whose tags are offered to choose from."""

_CONFIRMED = SubscriptionStatus.CONFIRMED


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """`following`: the editions that this person gets, each with its tags; None: all of it."""

    email: str
    following: Mapping[str, tuple[str, ...] | None]


# ── asking ──


def ask(
    store: Store,
    *,
    settings: Settings,
    edition: Edition,
    email: str,
    tags: tuple[str, ...] | None = None,
    form_url: str,
    client: str,
    secret: bytes,
    now: datetime,
) -> None:
    """Somebody typed this address into the form. Says no more than that; what follows is a mail, or nothing.

    `client`: the address of the internet they came from; only its network is
    kept. Raises BadInput("email_invalid"), Refused("asked_too_often") per
    network and Refused("subscribing_closed") where links could lead nowhere.
    """
    address = _reachable(settings, email)
    network = network_of(client)
    asked = _consent(edition, kind="asked", url=form_url, network=network, now=now)
    consent = replace(asked, tags=chosen(tags))
    with store.begin() as tx:
        tx.serialise(LOCK)
        reception = Reception(tx=tx, settings=settings, secret=secret, now=now)
        wait = reception.limits.network(network)
        if wait is None:
            _heed(reception, address, consent)
    _told_to_wait(wait)


def _heed(reception: Reception, email: str, consent: Consent) -> None:
    """What a stranger asks for changes nothing of what somebody else has asked for, or gets."""
    edition = consent.edition
    subscriber_id = reception.people.id_of(email)
    standing = None if subscriber_id is None else reception.people.standings(subscriber_id).get(edition)
    is_known = standing is not None and standing.status is _CONFIRMED
    kind = NoticeKind.ALREADY if is_known else NoticeKind.CONFIRM
    may_mail = reception.limits.may_mail(kind, email=email, edition=edition, is_known=is_known)
    if reception.is_suppressed(email) or not may_mail:  # counted all the same: it takes as long
        return
    if is_known and standing is not None:
        reception.queue(kind, standing.subscriber_id, edition)
    else:
        reception.await_confirmation(email, consent)


def ask_preferences(
    store: Store,
    *,
    settings: Settings,
    edition: Edition,
    email: str,
    client: str,
    secret: bytes,
    now: datetime,
) -> None:
    """A link to one's preferences, for whoever we know and may write to. Raises what `ask` raises."""
    address = _reachable(settings, email)
    with store.begin() as tx:
        tx.serialise(LOCK)
        reception = Reception(tx=tx, settings=settings, secret=secret, now=now)
        wait = reception.limits.network(network_of(client))
        if wait is None:
            _show_the_way(reception, address, edition.key)
    _told_to_wait(wait)


def _show_the_way(reception: Reception, email: str, edition: str) -> None:
    subscriber_id = None if reception.is_suppressed(email) else reception.people.id_of(email)
    standings = {} if subscriber_id is None else reception.people.standings(subscriber_id)
    if subscriber_id is None or not standings:
        return
    kind = NoticeKind.PREFERENCES
    is_known = any(each.status is not SubscriptionStatus.UNCONFIRMED for each in standings.values())
    if reception.limits.may_mail(kind, email=email, edition=edition, is_known=is_known):
        reception.queue(kind, subscriber_id, edition)


# ── confirming ──


def look_confirm(store: Store, *, settings: Settings, token: str, secret: bytes, now: datetime) -> str:
    """The edition that this link confirms; nothing changes. Raises what `confirm` raises."""
    link = _confirm_link(secret, token)
    with store.read() as tx:
        _waiting(tx, settings, link, now=now)
    return link.edition


def confirm(store: Store, *, settings: Settings, token: str, secret: bytes, now: datetime) -> str:
    """Subscribed from now on; returns the edition's key. By the same link again: nothing more happens.

    Raises BadInput("link_expired") after `newsletter.confirm_hours`, and
    BadInput("link_invalid") for what we did not send or what is over: the
    person left since, or was forgotten.
    """
    link = _confirm_link(secret, token)
    with store.begin() as tx:
        tx.serialise(LOCK)
        standing = _waiting(tx, settings, link, now=now)
        if standing is not None:
            reception = Reception(tx=tx, settings=settings, secret=secret, now=now)
            reception.confirmed(link.subscriber_id, link.edition, asked_at=link.made_at)
    return link.edition


def _confirm_link(secret: bytes, token: str) -> tokens.Link:
    link = tokens.read_confirm_token(secret, token)
    if link is None:
        raise BadInput("link_invalid")
    return link


def _waiting(tx: Transaction, settings: Settings, link: tokens.Link, *, now: datetime) -> Standing | None:
    """The subscription that waits for this link; None: it has confirmed already.

    A link is for what was asked when it was made. Asking again later sends a
    newer one and leaves this one good; leaving ends both.
    """
    standing = tx.mailing.subscribers.standings(link.subscriber_id).get(link.edition)
    if standing is None or link.edition not in settings.editions:
        raise BadInput("link_invalid")
    if standing.status is _CONFIRMED:
        return None
    asked = standing.asked_at
    if asked is None or not standing.changed_at <= link.made_at <= asked:
        raise BadInput("link_invalid")
    if now >= link.made_at + timedelta(hours=settings.newsletter.confirm_hours):
        raise BadInput("link_expired")
    return standing


# ── leaving ──


def look_leave(*, edition: str, token: str, secret: bytes) -> None:
    """Raises BadInput("link_invalid") unless this link is one of ours. Nothing is asked of the database."""
    if tokens.read_unsubscribe_token(secret, edition=edition, token=token) is None:
        raise BadInput("link_invalid")


def leave(
    store: Store, settings: Settings, *, edition: str, token: str, secret: bytes, now: datetime
) -> None:
    """Out of this edition, at once and for good; twice is once. Subscriber 0 is a probe's, and nobody."""
    subscriber_id = tokens.read_unsubscribe_token(secret, edition=edition, token=token)
    if subscriber_id is None:
        raise BadInput("link_invalid")
    with store.begin() as tx:
        reception = Reception(tx=tx, settings=settings, secret=secret, now=now)
        leave_in(reception, edition=edition, subscriber_id=subscriber_id, origin="web")


# ── choosing ──


def preferences(store: Store, *, edition: str, token: str, secret: bytes, now: datetime) -> Preferences:
    """What they get. Raises BadInput("link_invalid"); after three days BadInput("link_expired")."""
    link = _preferences_link(secret, edition, token, now=now)
    with store.read() as tx:
        email = _somebody(tx, link)
        standings = tx.mailing.subscribers.standings(link.subscriber_id)
    following = {key: each.tags for key, each in standings.items() if each.status is _CONFIRMED}
    return Preferences(email=email, following=following)


def change(
    store: Store,
    *,
    settings: Settings,
    edition: str,
    token: str,
    wanted: Mapping[str, tuple[str, ...] | None],
    client: str,
    form_url: str = "",
    secret: bytes,
    now: datetime,
) -> None:
    """Follow exactly these editions, each with its tags (None or none: all). The others are left.

    The link came to the address by mail, so that an edition that is new to
    this person needs no second mail. Editions that there are not are passed over.
    """
    link = _preferences_link(secret, edition, token, now=now)
    with store.begin() as tx:
        tx.serialise(LOCK)
        _somebody(tx, link)
        reception = Reception(tx=tx, settings=settings, secret=secret, now=now)
        standings = reception.people.standings(link.subscriber_id)
        for key, tags in wanted.items():
            if key not in settings.editions:
                continue
            if key not in standings or standings[key].status is not _CONFIRMED:
                asked = settings.editions[key]
                consent = _consent(asked, kind="asked", url=form_url, network=network_of(client), now=now)
                reception.people.wait(link.subscriber_id, key, now=now)
                reception.people.keep_consent(link.subscriber_id, replace(consent, tags=chosen(tags)))
                reception.confirmed(link.subscriber_id, key, asked_at=now)
            reception.people.prefer(link.subscriber_id, key, chosen(tags))
        for key in standings.keys() - wanted.keys():  # last: whom nothing keeps here is forgotten
            leave_in(reception, edition=key, subscriber_id=link.subscriber_id, origin="web")


def forget(
    store: Store, settings: Settings, *, edition: str, token: str, secret: bytes, now: datetime
) -> None:
    """Erase all that is kept of this person; only the hash stays, so that nobody writes to them again."""
    link = _preferences_link(secret, edition, token, now=now)
    with store.read() as tx:
        email = _somebody(tx, link)
    erase(store, settings, email=email, secret=secret, now=now)


def offered_tags(store: Store, edition: str) -> tuple[str, ...]:
    """What one can choose from: the tags of recent items, the most frequent, in the order of the alphabet."""
    names: dict[str, str] = {}
    counts: Counter[str] = Counter()
    with store.read() as tx:
        recent = tx.publications.live(edition, limit=RECENT)
    for publication in recent:
        for tag in facets_of(publication.content).tags:
            key = tag_channel(tag).key
            names.setdefault(key, tag)
            counts[key] += 1
    most = [key for key, _ in counts.most_common(MOST_TAGS)]
    return tuple(names[key] for key in sorted(most))


def _preferences_link(secret: bytes, edition: str, token: str, *, now: datetime) -> tokens.Link:
    link = tokens.read_preferences_token(secret, token, edition=edition)
    if link is None:
        raise BadInput("link_invalid")
    if now >= link.made_at + PREFERENCES_GOOD_FOR:
        raise BadInput("link_expired")
    return link


def _somebody(tx: Transaction, link: tokens.Link) -> str:
    """The address; whom we have forgotten has no preferences.

    A link that is older than its person was somebody else's, before a restore.
    """
    people = tx.mailing.subscribers
    email = people.email_of(link.subscriber_id)
    if email is None or link.made_at < people.added_at(link.subscriber_id):
        raise BadInput("link_invalid")
    return email


# ── letting go of who never confirmed ──


def forget_unconfirmed(store: Store, settings: Settings, *, secret: bytes, now: datetime) -> int:
    """Erase whoever did not confirm within `newsletter.unconfirmed_days`; returns how many subscriptions.

    Without a trace: perhaps it was not them who asked, and they may ask
    tomorrow. Old notices and counts go, too. To be called once a day.
    """
    kept = timedelta(days=settings.newsletter.unconfirmed_days)
    confirmable = timedelta(hours=settings.newsletter.confirm_hours)
    with store.begin() as tx:
        tx.serialise(LOCK)
        gone = tx.mailing.subscribers.forget_waiting(since_before=now - kept, asked_before=now - confirmable)
        tx.mailing.notices.forget(before=now - kept)
        erasures.try_to_remove(settings, gone.message_ids)
        Reception(tx=tx, settings=settings, secret=secret, now=now).limits.expire()
    store.forget_deleted()
    erasures.remove_mails(settings, gone.message_ids)
    return gone.subscriptions


def _reachable(settings: Settings, email: str) -> str:
    if settings.serve.public_url is None:
        raise Refused("subscribing_closed")
    return canonical(email)


def _consent(edition: Edition, *, kind: str, url: str, network: str | None, now: datetime) -> Consent:
    said = consent_text(edition)
    return Consent(
        edition=edition.key,
        at=now,
        kind=kind,
        text=said.words,
        origin="web",
        version=said.version,
        language=said.language,
        url=url[:LONGEST_URL] or None,
        network=network,
    )


def _told_to_wait(wait: timedelta | None) -> None:
    if wait is not None:
        raise Refused("asked_too_often", seconds=math.ceil(wait.total_seconds()))
