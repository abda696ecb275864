"""What we and the hubs of our sources have agreed upon. What they brought is read in pushes.py.

Every change of a subscription's state is one statement under its row's lock:
`run` asks hubs while `serve` hears them, in two processes or twenty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, case, delete, exists, func, insert, or_, select, update

from curator.model import Because, HubState, HubSubscription, SourceKind, SourceStatus
from curator.store.tables import hub_subscriptions, pushes, sources

ENDED_KEPT = timedelta(days=30)
"""How long a hub that goes on is told that it is over (410) and not that there never was anything."""

MOST_WAITING = 20
MOST_BYTES_WAITING = 32 * 1024 * 1024
"""Pushes of one subscription that wait to be read. One more than that is a reason to poll, no more."""

SOONEST_AFTER_A_POLL = timedelta(minutes=1)
MISSES_BEFORE_DOUBT = 2

_h = hub_subscriptions.c
_WANTED = (HubState.ASKED, HubState.ACTIVE, HubState.DENIED)
_TOPIC = func.coalesce(sources.c.topic_url, sources.c.url)
_NAMES_A_HUB = and_(
    sources.c.status == SourceStatus.ACTIVE,
    sources.c.kind == SourceKind.FEED,
    sources.c.removed_at.is_(None),
    sources.c.hub_url.is_not(None),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a new subscription is made of: where its callbacks arrive, and two things nobody can guess."""

    callback: str
    token: str
    secret: str | None


class Hubs:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # ── looking ──

    def by_token(self, token: str, *, to_change: bool = False) -> HubSubscription | None:
        """Whose callback this is; `to_change`: locked until the transaction ends."""
        query = select(hub_subscriptions).where(_h.token == token)
        if to_change:
            query = query.with_for_update()
        row = self._db.execute(query).one_or_none()
        return _subscription(row) if row else None

    def of_source(self, source_id: int) -> HubSubscription | None:
        """The one that is wanted; not those that were left behind."""
        query = select(hub_subscriptions).where(_h.source_id == source_id, _h.state.in_(_WANTED))
        row = self._db.execute(query.order_by(_h.id.desc()).limit(1)).one_or_none()
        return _subscription(row) if row else None

    def unconfirmed(self, *, asked_before: datetime) -> tuple[int, int]:
        """How many subscriptions are wanted since then or longer, and how many of those are not confirmed."""
        waiting = _h.state == HubState.ASKED
        query = select(func.count(), func.coalesce(func.sum(case((waiting, 1), else_=0)), 0))
        row = self._db.execute(query.where(_h.state.in_(_WANTED), _h.added_at <= asked_before)).one()
        return int(row[0]), int(row[1])

    # ── whom we want to hear from ──

    def needs_tending(self, *, callback: str | None, now: datetime) -> bool:
        """`callback` is where hubs reach us; None: nowhere."""
        due = exists().where(_h.due_at <= now)
        if callback is None:
            return bool(self._db.execute(select(or_(exists().where(_h.state.in_(_WANTED)), due))).scalar())
        outdated = exists().where(_h.state.in_(_WANTED), ~_is_wanted(callback))
        return bool(
            self._db.execute(select(or_(due, outdated))).scalar()
            or self._db.execute(_lacking(callback).limit(1)).first()
        )

    def want(self, *, callback: str | None, credentials: Callable[[str], Credentials], now: datetime) -> None:
        """Make the subscriptions those of the sources as they are: leave what is outdated, add what lacks.

        Polling of a source that loses its hub goes on at once. `credentials` makes new ones for a hub.
        """
        outdated = ~_is_wanted(callback) if callback is not None else _h.id.is_not(None)
        rows = self._db.execute(
            select(_h.id, _h.source_id, _h.state, _h.callback).where(_h.state.in_(_WANTED), outdated)
        ).all()
        for row in rows:
            # A hub asks back whether we really want to leave: at a callback that is still ours.
            reachable = row.callback == callback and row.state != HubState.DENIED
            values: Mapping[str, Any] = (
                {"state": HubState.LEAVING, "due_at": now} if reachable else _over(now)
            )
            self._put(row.id, failures=0, awaiting=None, challenge=None, lease_until=None, **values)
            self._forget_unread(row.id)
            self.distrust(row.source_id, now=now)
        if callback is not None:
            for lacking in self._db.execute(_lacking(callback)).all():
                made = credentials(lacking.hub_url)
                self._db.execute(
                    insert(hub_subscriptions).values(
                        source_id=lacking.id,
                        hub_url=lacking.hub_url,
                        topic_url=lacking.topic,
                        callback=made.callback,
                        token=made.token,
                        secret=made.secret,
                        state=HubState.ASKED,
                        due_at=now,
                        added_at=now,
                        failures=0,
                        pushes=0,
                        refused=0,
                        missed=0,
                    )
                )
        self._db.execute(delete(hub_subscriptions).where(_h.state == HubState.ENDED, _h.due_at <= now))

    # ── asking hubs ──

    def claim(self, *, now: datetime, until: datetime) -> HubSubscription | None:
        """The one whose time has come first; nobody else gets it before `until`."""
        ours: int | None = self._db.execute(
            select(_h.id)
            .where(_h.due_at <= now, _h.state != HubState.ENDED)
            .order_by(_h.due_at, _h.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).scalar()
        if ours is None:
            return None
        self._put(ours, due_at=until)
        return self._as_it_stands(ours, now=now)

    def _as_it_stands(self, subscription_id: int, *, now: datetime) -> HubSubscription:
        """An active one whose lease ran out before the hub renewed it is none."""
        query = select(hub_subscriptions).where(_h.id == subscription_id)
        found = _subscription(self._db.execute(query).one())
        if found.state is not HubState.ACTIVE or found.lease_until is None or found.lease_until > now:
            return found
        self._put(found.id, state=HubState.ASKED, lease_until=None)
        self.distrust(found.source_id, now=now)
        return replace(found, state=HubState.ASKED, lease_until=None)

    def expect(self, subscription: HubSubscription, mode: str, *, now: datetime) -> None:
        """From now on the hub may ask back whether we want it. Kept before it hears of it: some are fast."""
        state = HubState.ASKED if subscription.state is HubState.DENIED else subscription.state
        self._put(subscription.id, state=state, awaiting=mode, asked_at=now, challenge=None)

    def accepted(self, subscription: HubSubscription, *, asked_at: datetime, due_at: datetime) -> None:
        """The hub took the request; `due_at` is when we stop waiting for its question, had it not asked."""
        self._db.execute(
            update(hub_subscriptions)
            .where(_h.id == subscription.id, _h.asked_at == asked_at, _h.awaiting.is_not(None))
            .values(due_at=due_at)
        )

    def stumbled(
        self,
        subscription: HubSubscription,
        error: Mapping[str, Any],
        *,
        asked_at: datetime | None,
        due_at: datetime,
    ) -> None:
        """The hub did not take it, or never asked back; to be tried again."""
        self._db.execute(
            update(hub_subscriptions)
            .where(_h.id == subscription.id, _h.awaiting.is_not(None), _h.asked_at == asked_at)
            .values(failures=_h.failures + 1, last_error=dict(error), due_at=due_at, awaiting=None)
        )

    # ── hearing hubs ──

    def confirmed(
        self,
        subscription: HubSubscription,
        *,
        challenge: str,
        lease_until: datetime,
        due_at: datetime,
    ) -> None:
        self._put(
            subscription.id,
            state=HubState.ACTIVE,
            awaiting=None,
            challenge=challenge,
            lease_until=lease_until,
            due_at=due_at,
            failures=0,
            last_error=None,
        )
        # Renewed, and it had proved itself before.
        self._db.execute(
            update(sources)
            .where(sources.c.id == subscription.source_id, sources.c.push_until.is_not(None))
            .values(push_until=lease_until)
        )

    def ended(self, subscription: HubSubscription, *, challenge: str | None, now: datetime) -> None:
        self._put(subscription.id, awaiting=None, challenge=challenge, lease_until=None, **_over(now))

    def denied(
        self, subscription: HubSubscription, error: Mapping[str, Any], *, due_at: datetime, now: datetime
    ) -> None:
        """A hub may say so at any time (§5.2), also after it had agreed."""
        self._put(
            subscription.id,
            state=HubState.DENIED,
            awaiting=None,
            lease_until=None,
            failures=subscription.failures + 1,
            last_error=dict(error),
            due_at=due_at,
        )
        self.distrust(subscription.source_id, now=now)

    def refused(self, subscription_id: int) -> None:
        """Somebody brought something without the right signature."""
        self._db.execute(
            update(hub_subscriptions).where(_h.id == subscription_id).values(refused=_h.refused + 1)
        )

    def knocked(self, subscription: HubSubscription, *, now: datetime) -> None:
        """The hub says that there is something new, and nothing that could be believed or kept."""
        self._put(subscription.id, pushes=_h.pushes + 1, last_push_at=now, missed=0)
        self.poll_soon(subscription.source_id, now=now)

    def brought(
        self, subscription: HubSubscription, *, body: bytes, content_type: str | None, now: datetime
    ) -> None:
        """Keep what the hub brought until somebody reads it. From now on polls may be far apart."""
        size = func.coalesce(func.sum(func.length(pushes.c.body)), 0)
        waiting = self._db.execute(
            select(func.count().label("pushes"), size.label("size")).where(
                pushes.c.subscription_id == subscription.id
            )
        ).one()
        if waiting.pushes >= MOST_WAITING or waiting.size + len(body) > MOST_BYTES_WAITING:
            self.knocked(subscription, now=now)
            return
        self._db.execute(
            insert(pushes).values(
                subscription_id=subscription.id,
                received_at=now,
                content_type=content_type,
                body=body,
                due_at=now,
            )
        )
        self._put(subscription.id, pushes=_h.pushes + 1, last_push_at=now, missed=0)
        self._db.execute(
            update(sources)
            .where(sources.c.id == subscription.source_id)
            .values(push_until=subscription.lease_until)
        )

    # ── what it means for polling ──

    def missed(self, source_id: int) -> None:
        """A poll found what no push had brought. Twice in a row, and the source is polled like any other."""
        row = self._db.execute(
            update(hub_subscriptions)
            .where(_h.source_id == source_id, _h.state == HubState.ACTIVE)
            .values(missed=_h.missed + 1)
            .returning(_h.missed)
        ).first()
        if row is None or row.missed >= MISSES_BEFORE_DOUBT:
            self._db.execute(update(sources).where(sources.c.id == source_id).values(push_until=None))

    def distrust(self, source_id: int, *, now: datetime) -> None:
        """Nobody tells us any more: a poll that was put off for that is due."""
        trusted = self._db.execute(
            update(sources)
            .where(sources.c.id == source_id, sources.c.push_until.is_not(None))
            .values(push_until=None)
        )
        if trusted.rowcount:
            self._bring_forward(source_id, to=now, because=Because.HUB_SILENT)

    def read_anew(self, source_id: int) -> None:
        """Let the next poll read the whole document, also where it is the one that was read last."""
        self._db.execute(
            update(sources)
            .where(sources.c.id == source_id)
            .values(etag=None, last_modified=None, body_hash=None)
        )

    def poll_soon(self, source_id: int, *, now: datetime) -> None:
        """Bring its poll forward; whoever knocks all day long still makes no more than one a minute."""
        soon = now
        fetched: datetime | None = self._db.execute(
            select(sources.c.last_fetched_at).where(sources.c.id == source_id)
        ).scalar()
        if fetched is not None and fetched <= now:
            soon = max(now, fetched + SOONEST_AFTER_A_POLL)
        self._bring_forward(source_id, to=soon, because=Because.PUSH)

    def _bring_forward(self, source_id: int, *, to: datetime, because: Because) -> None:
        """Not where its own server has asked to be left alone: what a hub says is no leave to ask."""
        asked_for_a_pause = sources.c.due_because.in_((Because.RETRY_AFTER, Because.HOST_PAUSE))
        self._db.execute(
            update(sources)
            .where(
                sources.c.id == source_id,
                sources.c.due_at > to,
                or_(sources.c.due_because.is_(None), ~asked_for_a_pause),
            )
            .values(due_at=to, due_because=because)
        )

    def _put(self, subscription_id: int, **values: Any) -> None:
        self._db.execute(update(hub_subscriptions).where(_h.id == subscription_id).values(values))

    def _forget_unread(self, subscription_id: int) -> None:
        self._db.execute(delete(pushes).where(pushes.c.subscription_id == subscription_id))


def _over(now: datetime) -> dict[str, Any]:
    return {"state": HubState.ENDED, "due_at": now + ENDED_KEPT}


def _is_wanted(callback: str) -> Any:
    """Does the subscription fit its source as it is?"""
    return and_(
        _h.callback == callback,
        exists().where(
            sources.c.id == _h.source_id,
            _NAMES_A_HUB,
            sources.c.hub_url == _h.hub_url,
            _h.topic_url == _TOPIC,
        ),
    )


def _lacking(callback: str) -> Any:
    """Sources that name a hub which we have not asked."""
    asked = exists().where(
        _h.source_id == sources.c.id,
        _h.state.in_(_WANTED),
        _h.callback == callback,
        _h.hub_url == sources.c.hub_url,
        _h.topic_url == _TOPIC,
    )
    query = select(sources.c.id, sources.c.hub_url, _TOPIC.label("topic"))
    return query.where(_NAMES_A_HUB, ~asked).order_by(sources.c.id)


def _subscription(row: Row[Any]) -> HubSubscription:
    return HubSubscription(
        id=row.id,
        source_id=row.source_id,
        hub_url=row.hub_url,
        topic_url=row.topic_url,
        callback=f"{row.callback}{row.token}",
        secret=row.secret,
        state=HubState(row.state),
        awaiting=row.awaiting,
        asked_at=row.asked_at,
        challenge=row.challenge,
        lease_until=row.lease_until,
        due_at=row.due_at,
        failures=row.failures,
        last_error=row.last_error,
        last_push_at=row.last_push_at,
        pushes=row.pushes,
        refused=row.refused,
        missed=row.missed,
    )
