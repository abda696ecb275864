"""`doctor`: is everything in order, and what to do where it is not.

A check is a fact and its advice. `ok=False` is what keeps the newsroom from
its work or its readers, or what nobody would notice by themselves: `watching.py`
makes an incident of it. Advice beside `ok=True` is what may wait.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from curator.errors import CuratorError
from curator.faces import logs
from curator.ingest import incidents
from curator.model import Alert, Because, Problem, Source, SourceStatus

if TYPE_CHECKING:
    from curator.bootstrap import Newsroom

NEARLY_USED = 0.95  # of an engine's characters for the day
WALLED = 5  # pages of one source that could not be had, before the editors hear of it
HUBS_ANSWER_WITHIN = timedelta(hours=2)
HUBS_TOLD_WITHIN = timedelta(days=1)
LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1", "0.0.0.0"}  # noqa: S104 - compared, not bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`code` and `advice` name sentences of `[say]`, both filled from `data`; `error` speaks for itself.

    For whoever makes incidents of them: `kind` says that there is one at a time of what is named, and
    which; without it each code is one of its own. `keeps`: better, but an incident that is open goes on.
    `after`: what lasts no longer is nobody's business.
    """

    name: str
    ok: bool = True
    code: str
    advice: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    error: CuratorError | None = None
    area: str = ""  # the check of which this is a finding
    kind: str | None = None
    keeps: bool = False
    after: timedelta = timedelta()
    machine: str = ""  # whose fact it is, where several share a database
    cut_short: bool = False  # the look failed halfway: nothing of its area is known to be over


UNASKED = ("config", "database")
"""Nothing further can be asked without these."""


def examine(newsroom: Newsroom, *, leave_out: Collection[str] = (), now: datetime) -> list[Check]:
    """Every check in turn; one that cannot be made is a finding, and does not stop the others."""
    found: list[Check] = []
    for name, look in CHECKS.items():
        if name in leave_out:
            continue
        try:
            for check in look(newsroom, now):
                found.append(replace(check, area=name))  # noqa: PERF401 - what was found before it fails counts
        except CuratorError as error:
            wrong = Check(name=name, ok=False, code=error.reason, data=error.data, error=error, area=name)
            found.append(wrong)
            if name in UNASKED:
                break
        except Exception as error:  # noqa: BLE001 - a sick disk, say, must not silence what is told of it
            cause = getattr(error, "strerror", None) or type(error).__name__
            data = {"what": name, "cause": cause, "where": logs.where(error)}
            found.append(
                Check(
                    name=name,
                    ok=False,
                    code="doctor_unreadable",
                    advice="advice_unreadable",
                    data=data,
                    area=name,
                    cut_short=True,
                )
            )
            if name in UNASKED:
                break
    return found


def _upkeep(name: str) -> Callable[[Newsroom, datetime], Iterator[Check]]:
    def look(newsroom: Newsroom, now: datetime) -> Iterator[Check]:
        from curator.faces import upkeep

        look_at: Callable[[Newsroom, datetime], Iterator[Check]] = getattr(upkeep, name)
        yield from look_at(newsroom, now)

    return look


def _config(newsroom: Newsroom, _now: datetime) -> Iterator[Check]:
    editions = list(newsroom.settings.editions)
    yield Check(name="config", code="doctor_config", data={"newsroom": newsroom.folder, "editions": editions})


def _database(newsroom: Newsroom, now: datetime) -> Iterator[Check]:
    """A large one is read once a day, by whoever watches; in between, what that found is said."""
    from curator.store.health import faults, known_whole

    store = newsroom.store
    store.require_schema()
    if (whole_at := known_whole(store, now=now)) is not None:
        data = {"url": store.shown_url, "faults": [], "since": whole_at}
        yield Check(name="database", code="doctor_database_known", data=data)
        return
    with store.read() as tx:
        wrong = faults(tx)
    data = {"url": store.shown_url, "faults": wrong}
    if wrong:
        yield Check(
            name="database", ok=False, code="doctor_database_faulty", advice="advice_restore", data=data
        )
    else:
        yield Check(name="database", code="doctor_database", data=data)


def _folders(newsroom: Newsroom, _now: datetime) -> Iterator[Check]:
    settings = newsroom.settings
    wanted = {newsroom.folder / "data", newsroom.folder / settings.publish.directory}
    if settings.mail.url.startswith("folder:"):
        wanted.add(newsroom.folder / settings.mail.url.removeprefix("folder:"))
    unwritable = [path for path in sorted(wanted) if not os.access(_nearest(path), os.W_OK)]
    if unwritable:
        data = {"folders": unwritable}
        yield Check(
            name="folders", ok=False, code="doctor_folders_unwritable", advice="advice_rights", data=data
        )
    else:
        yield Check(name="folders", code="doctor_folders", data={"folders": sorted(wanted)})


def _secret(newsroom: Newsroom, _now: datetime) -> Iterator[Check]:
    from curator.bootstrap import KEY_FILE

    path = newsroom.folder / KEY_FILE
    _ = newsroom.secret  # raises with its own words where it is not there
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        data = {"path": path}
        yield Check(name="secret", ok=False, code="doctor_secret_open", advice="advice_secret", data=data)
    else:
        yield Check(name="secret", code="doctor_secret", data={"path": path})


def _base_url(newsroom: Newsroom, _now: datetime) -> Iterator[Check]:
    url = newsroom.settings.publish.base_url
    host = urlsplit(url).hostname or ""
    with newsroom.store.read() as tx:
        authority = tx.meta.get("tag_authority")
    data = {"url": url, "authority": authority}
    local = host in LOCAL_HOSTS or host.endswith(".localhost")
    yield Check(
        name="base_url",
        code="doctor_base_url",
        advice="advice_base_url" if local else None,
        data=data,
    )
    if authority is not None and authority.partition(",")[0] != host:
        yield Check(name="tag_authority", code="doctor_authority", advice="advice_authority", data=data)


def _mail(newsroom: Newsroom, _now: datetime) -> Iterator[Check]:
    mail = newsroom.settings.mail
    kind, _, rest = mail.url.partition(":")
    # A user's name may stand in the address; a password never does.
    data = {"url": mail.url if kind == "folder" else f"{kind}://{rest.rpartition('@')[2].lstrip('/')}"}
    if kind == "folder":
        yield Check(name="mail", code="doctor_mail_folder", advice="advice_mail_folder", data=data)
    else:
        yield Check(name="mail", code="doctor_mail", data=data)


def _mail_domain(newsroom: Newsroom, now: datetime) -> Iterator[Check]:
    """The one check that asks the network: the DNS, for three seconds at most."""
    from curator.faces.preflight import mail_domain

    yield from mail_domain(newsroom, now)


def _sources(newsroom: Newsroom, _now: datetime) -> Iterator[Check]:
    """From what the last polls met: the doctor asks nobody."""
    with newsroom.store.read() as tx:
        _, sources = tx.sources.find(limit=None)
    if not sources:
        yield Check(name="sources", code="doctor_no_sources", advice="advice_no_sources")
    for source in sources:
        yield _source(source)


def _source(source: Source) -> Check:
    data = {
        "id": source.id,
        "name": source.name,
        "since": source.last_success_at,
        "failures": source.failures,
    }
    if source.last_error:
        data["why"] = Problem(
            code=source.last_error["code"], data={"id": source.id, **source.last_error.get("data", {})}
        )
    found = _state(source, data)
    if source.successor_url is not None and found.advice is not None:
        data["successor"] = source.successor_url
        return replace(found, advice="advice_source_successor")
    return found


def _state(source: Source, data: dict[str, Any]) -> Check:
    name = f"source {source.id}"
    match source.status:
        case SourceStatus.RETIRED:
            return Check(
                name=name,
                ok=False,
                code="doctor_source_gone",
                advice="advice_source_gone",
                data=data,
                kind="source_gone",
            )
        case SourceStatus.PAUSED:
            return Check(name=name, code="doctor_source_paused", data=data)
        case _ if source.failures:
            return _failing(name, source, data)
        case _ if source.unverified:
            return Check(name=name, code="doctor_source_unverified", advice="advice_poll", data=data)
        case _ if source.alert is not None:
            return _alerted(name, source.alert, data)
        case _:
            return Check(name=name, code="doctor_source", data=data)


def _failing(name: str, source: Source, data: dict[str, Any]) -> Check:
    """A few polls that failed are no matter for the operator; `incidents.py` says when they are."""
    known = source.alert.code if source.alert is not None else None
    probed = source.due_because is Because.PROBE
    never = "doctor_source_never" if source.unverified else None
    return Check(
        name=name,
        ok=known not in (incidents.FAILING, incidents.GONE, incidents.QUIET),
        code=never or ("doctor_source_probed" if probed else "doctor_source_failing"),
        advice="advice_source_failing",
        data=data,
        kind=known or incidents.FAILING,
        keeps=True,
    )


def _alerted(name: str, alert: Alert, data: dict[str, Any]) -> Check:
    match alert.code:
        case incidents.QUIET:
            return Check(
                name=name,
                ok=False,
                code="doctor_source_quiet",
                advice="advice_source_quiet",
                data=data,
                kind=alert.code,
            )
        case incidents.MOVED_ONTO:
            data["other"] = alert.data.get("source")
            return Check(
                name=name, code="doctor_source_moved_onto", advice="advice_source_moved_onto", data=data
            )
        case _:  # it answers again; the all-clear comes when that lasts
            return Check(name=name, code="doctor_source", data=data, kind=alert.code, keeps=True)


def _issues(newsroom: Newsroom, now: datetime) -> Iterator[Check]:
    from curator.faces import overdue

    yield from overdue.issues(newsroom, now)
    yield from overdue.mails(newsroom, now)


def _draft(newsroom: Newsroom, now: datetime) -> Iterator[Check]:
    """The next issue, made for trial: the dearest look, and no incident."""
    from curator.faces import overdue

    yield from overdue.draft(newsroom, now)


def _newsletter(newsroom: Newsroom, now: datetime) -> Iterator[Check]:
    from curator.faces import overdue

    yield from overdue.late(newsroom, now)


def _outputs(newsroom: Newsroom, now: datetime) -> Iterator[Check]:
    from curator.publish.usecases import editions_due

    due = editions_due(newsroom.store, newsroom.settings, now=now)
    for edition in newsroom.settings.editions.values():
        with newsroom.store.read() as tx:
            begun = bool(tx.publications.live(edition.key, limit=1))
        waiting = begun and edition in due
        yield Check(
            name=f"outputs {edition.key}",
            code="doctor_outputs_waiting" if waiting else "doctor_outputs",
            advice="advice_publish" if waiting else None,
            data={"edition": edition.key},
        )


def _editions(newsroom: Newsroom, _now: datetime) -> Iterator[Check]:
    """Whether they stand where readers know them; the refusal that a publish would meet says where not."""
    from curator.publish import standing

    with newsroom.store.read() as tx:
        standing.require(tx, newsroom.settings)
    yield from ()


def _templates(newsroom: Newsroom, _now: datetime) -> Iterator[Check]:
    """Whether pages can be made with the newsroom's own, for trial; what cannot be says itself where."""
    from curator.publish.usecases import require_templates

    require_templates(newsroom.settings)
    yield from ()


def _pages(newsroom: Newsroom, _now: datetime) -> Iterator[Check]:
    """Sources set to --full-text whose pages are behind a wall, or want not to be read."""
    with newsroom.store.read() as tx:
        walled = tx.pages.walled(at_least=WALLED)
        sources = tx.sources.many(walled)
    for source_id, (failed, fetched) in walled.items():
        data = {"id": source_id, "name": sources[source_id].name, "failed": failed, "fetched": fetched}
        yield Check(name=f"pages {source_id}", code="doctor_pages", advice="advice_pages", data=data)


def _cited(newsroom: Newsroom, _now: datetime) -> Iterator[Check]:
    """From what the last looks met: the doctor asks nobody."""
    with newsroom.store.read() as tx:
        standing = tx.links.standing()
    data = {"known": standing.known, "dead": len(standing.dead)}
    if standing.dead:
        yield Check(name="links", code="doctor_links_dead", advice="advice_links", data=data)
    elif standing.known:
        yield Check(name="links", code="doctor_links", data=data)


def _hubs(newsroom: Newsroom, now: datetime) -> Iterator[Check]:
    """Only where there are any that could reach us."""
    if newsroom.settings.serve.public_url is None:
        return
    with newsroom.store.read() as tx:
        wanted, unconfirmed = tx.hubs.unconfirmed(asked_before=now - HUBS_ANSWER_WITHIN)
    data = {"wanted": wanted, "confirmed": wanted - unconfirmed}
    if wanted:
        lost = wanted == unconfirmed
        yield Check(
            name="hubs",
            code="doctor_hubs_silent" if lost else "doctor_hubs",
            advice="advice_hubs" if lost else None,
            data=data,
        )


def _announcing(newsroom: Newsroom, now: datetime) -> Iterator[Check]:
    """Whether our own hubs know what is new in our feeds; from what the last tries met."""
    hubs = newsroom.settings.publish.hubs
    with newsroom.store.read() as tx:
        waiting = {one.hub: one for one in tx.announcements.untold(hubs)}
    for hub in hubs:
        untold = waiting.get(hub)
        data: dict[str, Any] = {"hub": hub, "feeds": untold.feeds if untold else 0}
        if untold is None or now - untold.since < HUBS_TOLD_WITHIN:
            yield Check(name=f"hub {hub}", code="doctor_hub_waiting" if untold else "doctor_hub", data=data)
            continue
        error = untold.error or {"code": "hub_untold", "data": {}}
        data |= {"since": untold.since, "why": Problem(code=error["code"], data=error.get("data", {}))}
        yield Check(name=f"hub {hub}", code="doctor_hub_untold", advice="advice_hub_untold", data=data)


def _mirror(newsroom: Newsroom, now: datetime) -> Iterator[Check]:
    """From the outbox: the doctor asks no WordPress."""
    from curator.faces import mirrorcheck

    yield from mirrorcheck.mirror(newsroom, now)


def _engines(newsroom: Newsroom, now: datetime) -> Iterator[Check]:
    """From what the last questions met: the doctor asks nobody."""
    for translator in newsroom.machines.translators:
        with newsroom.store.read() as tx:
            state = tx.translations.engine(translator.label)
        used = state.characters if state.day == now.date().isoformat() else 0
        most = translator.daily_characters
        data: dict[str, Any] = {"engine": translator.label, "used": used, "most": most}
        name = f"engine {translator.label}"
        if state.resting_until is not None and now < state.resting_until:
            error = state.error or {"code": "engine_answer", "data": {"host": translator.name}}
            data["until"] = state.resting_until
            data["why"] = Problem(code=error["code"], data=error.get("data", {}))
            yield Check(name=name, code="doctor_engine_resting", advice="advice_engine", data=data)
        else:
            nearly = most and used > most * NEARLY_USED
            yield Check(name=name, code="doctor_engine_used_up" if nearly else "doctor_engine", data=data)


def _schedule(newsroom: Newsroom, now: datetime) -> Iterator[Check]:
    """Only where an editor gave a time and nothing would publish by itself then."""
    from curator.edges.process import is_gone
    from curator.faces import pulse

    with newsroom.store.read() as tx:
        at = tx.items.next_publish_at(now=now)
    if at is not None and not pulse.is_alive(newsroom.store, is_gone=is_gone, now=now):
        yield Check(name="schedule", code="doctor_schedule", advice="advice_schedule", data={"at": at})


def _nearest(path: Path) -> Path:
    """The path itself, or the parent that would have to let it be made."""
    return path if path.exists() or path.parent == path else _nearest(path.parent)


CHECKS: Mapping[str, Callable[[Newsroom, datetime], Iterator[Check]]] = {
    "config": _config,
    "disk": _upkeep("disk"),  # before the database: a full disk is why that fails
    "database": _database,
    "held": _upkeep("held"),
    "folders": _folders,
    "secret": _secret,
    "backup": _upkeep("backup"),
    "journal": _upkeep("journal"),
    "base_url": _base_url,
    "mail": _mail,
    "mail_domain": _mail_domain,
    "sources": _sources,
    "pages": _pages,
    "links": _cited,
    "hubs": _hubs,
    "announcing": _announcing,
    "mirror": _mirror,
    "engines": _engines,
    "issues": _issues,
    "draft": _draft,
    "newsletter": _newsletter,
    "schedule": _schedule,
    "editions": _editions,
    "templates": _templates,
    "outputs": _outputs,
    "service": _upkeep("service"),
    "work": _upkeep("work"),
    "alerts": _upkeep("alerts"),
    "heartbeat": _upkeep("heartbeat"),
}
