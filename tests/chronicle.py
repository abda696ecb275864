"""A newsroom's life for figures, and the same figures counted again from what was written down of it.

Counted without any of the program's own counting: rows are read as they are,
and gone through in plain Python.
"""

from __future__ import annotations

import contextlib
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from bringing import a_post, bring
from builders import ITALIAN, MARTA, a_source, an_entry
from curator.curate.siblings import join
from curator.curate.usecases import approve, claim, skip, undo, withdraw, write
from curator.curate.writing import Writing
from curator.errors import CuratorError
from curator.figures import Figures, figures
from curator.publish.returns import read_returned
from curator.publish.subscribing import forget_unconfirmed
from curator.publish.usecases import settle
from curator.settings import Edition
from curator.store import Store
from curator.store import tables as t
from curator.store.statistics import remembered
from newsletter import SECRET, Newsletter, a_newsletter
from publishing import ENGLISH
from returning import complaint, dsn, failed, letter_head

DAY = timedelta(days=1)


class Life:
    """What editors, sources and readers do, one step after another; each at its own moment."""

    def __init__(self, store: Store, folder: Path, *, mail: str | None = None) -> None:
        self.store = store
        self.news: Newsletter = a_newsletter(store, folder)
        self.news.with_(publish={"base_url": "https://rassegna.example/"})
        self.news.settings = replace(self.news.settings, editions={"it": ITALIAN, "en": ENGLISH})
        if mail:
            self.news.with_(mail={"url": mail, "bounce_domain": "news@aicex.example"})
        # All that were ever written down, of the erased ones too, in that order; an id may come again.
        self.consents: dict[tuple[Any, ...], Any] = {}
        self.arrived = 0
        self.sources: dict[int, int] = {}

    @property
    def now(self) -> datetime:
        return self.news.now

    def later(self, **span: float) -> None:
        self.news.later(**span)

    # ── sources and editors ──

    def source(self, n: int, **said: Any) -> int:
        source = a_source(self.store, url=f"https://blog{n}.example/feed", name=f"Blog {n}")
        with self.store.begin() as tx:
            tx.connection.execute(
                update(t.sources).where(t.sources.c.id == source).values(said or {"tags": []})
            )
        return source

    def arrives(
        self,
        source: int,
        *,
        hours_old: float | None = 5,
        changed_hours_ago: float | None = None,
        language: str = "en",
    ) -> int:
        """An entry that came out so long ago (None: it does not say), and waits in the queue now."""
        self.arrived += 1
        entry = an_entry(
            self.store,
            source,
            guid=f"e{self.arrived}",
            url=f"https://blog.example/{self.arrived}",
            language=language,
        )
        out, changed = (
            None if hours is None else self.now - timedelta(hours=hours)
            for hours in (hours_old, changed_hours_ago)
        )
        with self.store.begin() as tx:
            mine = t.entry_revisions.c.entry_id == entry
            tx.connection.execute(
                update(t.entry_revisions).where(mine).values(published=out, updated=changed)
            )
            this = t.entries.c.id == entry
            tx.connection.execute(update(t.entries).where(this).values(first_seen=self.now))
            return tx.items.enqueue_all({entry: self.now}, now=self.now)[entry]

    def desk(self, edition: Edition = ITALIAN) -> dict[str, Any]:
        return {"by": MARTA, "settings": self.news.settings, "edition": edition, "now": self.now}

    def are_one_story(self, item: int, other: int) -> None:
        join(self.store, item, other, by=MARTA, now=self.now)

    def takes(self, item: int) -> None:
        claim(self.store, [item], **self.desk())

    def skips(self, item: int) -> None:
        skip(self.store, [item], by=MARTA, edition=ITALIAN, reason=None, now=self.now)

    def writes(self, item: int, *, edition: Edition = ITALIAN, **said: Any) -> None:
        words = {"headline": "Mantenere basta", "note": "Le promesse si mantengono."} | said
        write(self.store, item, Writing(**words), **self.desk(edition))
        approve(self.store, [item], at=None, **self.desk(edition))

    def corrects(self, item: int, **said: Any) -> None:
        write(self.store, item, Writing(**said), **self.desk())

    def withdraws(self, item: int) -> None:
        withdraw(
            self.store, item, reason="Sbagliata", public_note=None, by=MARTA, edition=ITALIAN, now=self.now
        )

    def takes_back(self, item: int) -> None:
        undo(self.store, item, by=MARTA, now=self.now)

    def publishes(self, *editions: Edition) -> None:
        for edition in editions or (ITALIAN,):
            settle(self.store, self.news.settings, edition=edition, by=MARTA, now=self.now)

    def imports(self, *numbers: int) -> None:
        posts = [a_post(n) for n in numbers]
        bring(self.store, *posts, settings=self.news.settings, clock=lambda: self.now)

    # ── by number, for lives that nobody wrote ──

    def source_of(self, n: int) -> int:
        """The n-th, which is there from when it is first named."""
        if n not in self.sources:
            self.sources[n] = self.source(n + 1, license="CC BY 4.0" if n % 2 else None)
        return self.sources[n]

    def one_of(self, status: str | None, n: int) -> int:
        """The n-th item of those in this status; LookupError where there is none."""
        query = select(t.items.c.id).order_by(t.items.c.id)
        with self.store.read() as tx:
            found = tx.connection.execute(query.where(t.items.c.status == status)).scalars().all()
        if not found:
            raise LookupError
        return int(found[n % len(found)])

    def gives(self, n: int) -> None:
        item = self.one_of("queued", n)
        edition = (ITALIAN, ENGLISH)[n % 2]
        self.writes(item, edition=edition)
        self.publishes(edition)

    def gives_back(self, n: int) -> None:
        self.withdraws(self.one_of("drafting", n))
        self.publishes()

    def drops(self, n: int) -> None:
        self.skips(self.one_of("queued", n))

    def tries(self, step: Callable[[], object]) -> None:
        """Much of what might happen is refused."""
        with contextlib.suppress(CuratorError, LookupError):
            step()

    # ── readers ──

    def joins(self, *addresses: str, confirmed: bool = True) -> None:
        self.news.subscribe(*addresses, confirmed=confirmed)

    def comes_with_a_list(self, *addresses: str, agreed: datetime) -> None:
        lines = "".join(f"{address},{agreed:%Y-%m-%d}T08:00:00Z\n" for address in addresses)
        self.news.import_(f"email,consented_at\n{lines}")

    def leaves(self, address: str) -> None:
        self.news.unsubscribe(address)

    def is_erased(self, address: str) -> None:
        self.remember()
        self.news.erase(address)

    def forgets_who_never_confirmed(self) -> None:
        self.remember()
        forget_unconfirmed(self.store, self.news.settings, secret=SECRET, now=self.now)

    def remember(self) -> None:
        """What was said so far, before anything of it is deleted."""
        with self.store.read() as tx:
            query = select(t.consents, t.subscribers.c.added_at).join(
                t.subscribers, t.subscribers.c.id == t.consents.c.subscriber_id
            )
            rows = tx.connection.execute(query.order_by(t.consents.c.id))
            self.consents |= {(row.id, row.subscriber_id, row.kind, row.at): row for row in rows}

    def sends(self) -> None:
        self.news.close()
        self.news.send()

    def comes_back(self, address: str, *, status: str = "5.1.1", complains: bool = False) -> None:
        """A mail of the newest issue."""
        query = (
            select(t.deliveries.c.token)
            .join(t.subscribers, t.subscribers.c.id == t.deliveries.c.subscriber_id)
            .where(t.subscribers.c.email == address)
            .order_by(t.deliveries.c.id.desc())
        )
        with self.store.read() as tx:
            token = str(tx.connection.execute(query).scalars().first())
        message = (
            complaint(head=letter_head(token, "redacted"))
            if complains
            else dsn(failed(status, reader=address), to=f"news+{token}@aicex.example")
        )
        read_returned(self.store, self.news.settings, message, secret=SECRET, now=self.now)

    # ── the figures, twice ──

    def figures(self, *, edition: str | None = None, days: float = 365) -> Figures:
        since = (self.now - timedelta(days=days)).replace(microsecond=0)
        with self.store.read() as tx:
            told = remembered(tx, edition=edition, since=since, until=self.now)
        return figures(told, edition=edition, since=since, until=self.now)

    def recounted(self, *, edition: str | None = None, days: float = 365) -> dict[str, Any]:
        self.remember()
        since = (self.now - timedelta(days=days)).replace(microsecond=0)
        return Recount(self, edition=edition, since=since).all()


def said(found: Figures) -> dict[str, Any]:
    """The program's figures in the shape of the recount."""
    whole = asdict(found)
    for name in ("since", "until", "edition", "links"):
        del whole[name]
    return whole


class Recount:
    def __init__(self, life: Life, *, edition: str | None, since: datetime) -> None:
        self.life = life
        self.edition = edition
        self.since, self.until = since, life.now
        with life.store.read() as tx:
            self.rows = {
                table.name: list(tx.connection.execute(select(table).order_by(*table.primary_key)))
                for table in (
                    *(t.events, t.entries, t.entry_revisions, t.sources, t.items),
                    *(t.deliveries, t.bounces, t.issues, t.subscribers, t.suppressions),
                )
            }
        self.fold()

    def all(self) -> dict[str, Any]:
        fresh = [one for one in self.given if not one["imported"] and self.within(one["at"])]
        live = [one for one in self.given if not one["withdrawn"]]
        return {
            "seen": sum(self.within(entry.first_seen) for entry in self.rows["entries"]),
            "published": {
                "publications": len(fresh),
                "items": len({one["item"] for one in fresh}),
                "withdrawn": sum(
                    bool(one["withdrawn"]) and self.within(one["withdrawn"])
                    for one in self.given
                    if not one["imported"]
                ),
                "imported": sum(one["imported"] for one in self.given),
            },
            "sources": self.sources(fresh),
            "from_source": self.took(fresh, "came_out"),
            "from_first_seen": self.took(fresh, "first_seen"),
            "entry_languages": self.entry_languages(),
            "quotation_languages": mix(one["quoted"]["language"] for one in fresh if one["quoted"]),
            "edition_languages": mix(one["language"] for one in fresh),
            "queue": self.queue(),
            "subscribers": self.subscribers(),
            "issues": self.issues(),
            "quoted": self.quoted(one for one in live if not one["imported"]),
            "quoted_imported": self.quoted(one for one in live if one["imported"]),
            "pictures": self.pictures(one for one in live if not one["imported"]),
        }

    def within(self, at: datetime) -> bool:
        return self.since <= at <= self.until

    def fold(self) -> None:
        """Every item as its events tell it, and what readers had of it when."""
        items: dict[int, dict[str, Any]] = defaultdict(dict)
        given: dict[tuple[int, str], dict[str, Any]] = {}
        self.queued_at: dict[int, datetime] = {}
        self.story_of: dict[int, int | None] = {}
        entry_of = {row.id: row.entry_id for row in self.rows["items"]}
        for event in self.rows["events"]:
            if event.item_id is None:
                continue
            if event.move in ("join", "separate"):
                stories = event.after["clusters"].items()
                self.story_of |= {int(number): cluster for number, cluster in stories}
                continue
            item = items[event.item_id]
            item.update(event.after)
            key = (event.item_id, event.edition)
            if event.move == "enqueue":
                self.queued_at[event.item_id] = event.at
            if event.move == "import" and item[f"commentaries.{event.edition}"]["stage"] == "published":
                given[key] = {"imported": True, "at": event.at}
            if event.move == "publish" and key not in given:
                given[key] = {"imported": False, "at": event.at.replace(microsecond=0)}
            if event.move in ("publish", "import") and key in given:
                given[key] |= self.shown(item, event, entry_of[event.item_id])
            if event.move == "undo" and key in given:
                given[key]["withdrawn"] = None
            if event.move == "withdraw" and key in given:
                given[key]["withdrawn"] = event.at.replace(microsecond=0)
        self.items = items
        self.given = [
            {"item": item, "edition": edition, **one}
            for (item, edition), one in given.items()
            if self.edition in (None, edition)
        ]

    def shown(self, item: dict[str, Any], event: Any, entry_id: int | None) -> dict[str, Any]:
        entry = next((row for row in self.rows["entries"] if row.id == entry_id), None)
        revisions = {row.n: row for row in self.rows["entry_revisions"] if entry and row.entry_id == entry.id}
        source = next((row for row in self.rows["sources"] if entry and row.id == entry.source_id), None)
        stated = [each["license"] for each in item.get("attributions", ()) if each["license"]]
        words = re.sub(r"<[^>]+>", " ", revisions[item["revision"]].html).split() if entry else ()
        return {
            "language": item[f"commentaries.{event.edition}"]["language"],
            "quoted": item.get("excerpt"),
            "license": stated[0] if stated else source and source.license,
            "original": len(words),
            "image": item.get("image"),
            "source": entry and entry.source_id,
            "first_seen": entry and entry.first_seen,
            "came_out": entry and self.came_out(entry, revisions[1]),
            "withdrawn": None,
        }

    def came_out(self, entry: Any, first: Any) -> datetime | None:
        said: datetime | None = first.published or first.updated
        return said and min(said, entry.first_seen)

    def sources(self, fresh: Sequence[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
        seen = Counter(row.source_id for row in self.rows["entries"] if self.within(row.first_seen))
        items = defaultdict(set)
        for one in fresh:
            items[one["source"]].add(one["item"])
        names = {row.id: row.name for row in self.rows["sources"]}
        if None in items:
            names[None] = None
        rows = [
            {"id": n, "name": name, "seen": seen[n], "published": len(items[n])} for n, name in names.items()
        ]
        return tuple(sorted(rows, key=lambda r: (-r["published"], -r["seen"], r["id"] is None, r["id"] or 0)))

    def took(self, fresh: Sequence[dict[str, Any]], begin: str) -> dict[str, Any]:
        spans = [max(0, math.trunc((one["at"] - one[begin]).total_seconds())) for one in fresh if one[begin]]
        return {
            "publications": len(spans),
            "median_seconds": smallest(spans, 50),
            "p90_seconds": smallest(spans, 90),
        }

    def entry_languages(self) -> tuple[dict[str, Any], ...]:
        told = {(row.entry_id, row.n): row for row in self.rows["entry_revisions"]}
        newest = (told[row.id, row.revision] for row in self.rows["entries"] if self.within(row.first_seen))
        return mix(row.found_language or row.language for row in newest)

    def queue(self) -> dict[str, Any]:
        where = {row.id: row.position for row in self.rows["items"]}
        waiting = [n for n, item in self.items.items() if item.get("status", "queued") == "queued"]
        told = {self.story_of.get(n) for n, item in self.items.items() if self.in_hand(item)} - {None}
        listed: list[int] = []
        for number in sorted(waiting, key=lambda n: (where[n], n)):
            story = self.story_of.get(number)
            if story is None or story not in told:
                listed.append(number)
                told |= {story} - {None}
        ages = [math.trunc((self.until - self.queued_at[n]).total_seconds()) for n in listed]
        bounds = [(0, 1), (1, 7), (7, 30), (30, 90), (90, None)]
        bands = [
            {
                "from_days": low,
                "below_days": high,
                "items": sum(low * 86400 <= age and (high is None or age < high * 86400) for age in ages),
            }
            for low, high in bounds
        ]
        return {
            "waiting": len(ages),
            "siblings": len(waiting) - len(ages),
            "median_seconds": smallest(ages, 50),
            "oldest_seconds": max(ages, default=None),
            "bands": tuple(bands),
        }

    def in_hand(self, item: dict[str, Any]) -> bool:
        """Somebody writes it, or readers have it, in an edition that is asked about."""
        stages = [
            said["stage"]
            for key, said in item.items()
            if key.startswith("commentaries.")
            and said
            and key.partition(".")[2] == (self.edition or key[13:])
        ]
        said = [stage for stage in stages if stage] or [item.get("status", "queued")]
        return any(stage in ("drafting", "ready", "published") for stage in said)

    def subscribers(self) -> dict[str, Any]:
        """From every consent that was ever written down, and the log's word of who was erased when."""
        erased = {
            row.after["subscriber"]: row.at for row in self.rows["events"] if row.move == "subscriber_erase"
        }
        told = [
            ((row.subscriber_id, row.edition), row.kind, max(row.at, row.added_at))
            for row in self.life.consents.values()
            if self.edition in (None, row.edition) and row.kind != "asked"
        ]
        told += [(who, "withdrawn", erased[who[0]]) for who in {who for who, *_ in told} if who[0] in erased]
        moves: list[tuple[datetime, int]] = []
        standing: dict[tuple[int, str], datetime] = {}
        last: dict[tuple[int, str], datetime] = {}
        for who, kind, moment in told:
            at = last[who] = max(moment, last.get(who, moment))
            if kind == "withdrawn" and who in standing:
                del standing[who]
                moves.append((at, -1))
            elif kind != "withdrawn" and who not in standing:
                standing[who] = at
                moves.append((at, 1))
        weeks = []
        monday = week_of(self.since)
        while monday <= week_of(self.until):
            here = [by for at, by in moves if week_of(at) == monday]
            weeks.append(
                {
                    "monday": monday.date(),
                    "confirmed": sum(by for at, by in moves if week_of(at) <= monday),
                    "joined": here.count(1),
                    "left": here.count(-1),
                }
            )
            monday += 7 * DAY
        reasons = Counter(row.reason for row in self.rows["suppressions"])
        return {"confirmed": len(standing), "suppressed": dict(reasons), "weeks": tuple(weeks)}

    def issues(self) -> tuple[dict[str, Any], ...]:
        found = []
        for issue in sorted(self.rows["issues"], key=lambda row: (row.closed_at, row.id)):
            if self.edition not in (None, issue.edition) or not self.within(issue.closed_at):
                continue
            mails = [row for row in self.rows["deliveries"] if row.issue_id == issue.id]
            back: dict[str, set[int]] = defaultdict(set)
            for row in self.rows["bounces"]:
                if row.delivery_id in {mail.id for mail in mails}:
                    back["soft" if row.kind == "policy" else row.kind].add(row.delivery_id)
            states = Counter("pending" if mail.state == "in_data" else mail.state for mail in mails)
            names = "accepted failed suppressed excluded pending deferred ambiguous written".split()
            found.append(
                {
                    "edition": issue.edition,
                    "number": issue.number,
                    "status": issue.status,
                    "closed_at": issue.closed_at,
                    "counts": {name: states[name] for name in names},
                    "hard": len(back["hard"]),
                    "soft": len(back["soft"]),
                    "complaints": len(back["complaint"]),
                }
            )
        return tuple(found)

    def quoted(self, live: Iterable[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
        by_license: dict[str | None, list[dict[str, Any]]] = defaultdict(list)
        for one in live:
            if one["quoted"]:
                by_license[one["license"]].append(one)
        found = []
        for license_, several in by_license.items():
            words = [len(one["quoted"]["text"].split()) for one in several]
            known = [(n, one["original"]) for n, one in zip(words, several, strict=True) if one["original"]]
            original, quoted = sum(n for _, n in known), sum(n for n, _ in known)
            share = min(100, math.ceil(100 * quoted / original)) if original else None
            found.append(
                {
                    "license": license_,
                    "items": len(several),
                    "words_quoted": sum(words),
                    "measured": len(known),
                    "original_words": original,
                    "share_percent": share,
                }
            )
        return tuple(sorted(found, key=lambda r: (-r["items"], r["license"] is not None, r["license"] or "")))

    def pictures(self, live: Iterable[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
        counted = Counter(one["image"]["license"] for one in live if one["image"])
        ordered = sorted(counted.items(), key=lambda each: (-each[1], each[0] is not None, each[0] or ""))
        return tuple({"license": license_, "items": n, "shown": 0} for license_, n in ordered)


def smallest(numbers: Iterable[int], percent: int) -> int | None:
    """The smallest that so many per cent of them do not go beyond."""
    ordered = sorted(numbers)
    for n in ordered:
        if 100 * sum(each <= n for each in ordered) >= percent * len(ordered):
            return n
    return None


def mix(languages: Iterable[str | None]) -> tuple[dict[str, Any], ...]:
    counted = Counter(None if each in (None, "und") else str(each).split("-")[0] for each in languages)
    ordered = sorted(counted.items(), key=lambda each: (-each[1], each[0] is None, each[0] or ""))
    return tuple({"language": language, "number": n} for language, n in ordered)


def week_of(moment: datetime) -> datetime:
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())
