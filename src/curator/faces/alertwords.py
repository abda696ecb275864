"""An incident in words: kept as facts, said in whatever language it is asked for. A mail, and a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from html import escape
from pathlib import PurePath
from typing import Any

from curator.faces.cli.plain import document, instant, unlocked
from curator.faces.doctor import Check
from curator.faces.messages import LOCALES, Messages
from curator.model import Lang, Letter, Problem
from curator.settings import Edition
from curator.store.alerts import Incident

_AT, _PROBLEM = "$at", "$problem"
_LONGEST_SUBJECT = 160


def kept(check: Check) -> dict[str, Any]:
    """What a check found, as JSON that gives it back."""
    said = {"is_error": check.error is not None, "facts": _kept(dict(check.data))}
    return {**said, "machine": check.machine} if check.machine else said


def message_of(incident: Incident, messages: Messages) -> str:
    said = messages.error if incident.data["is_error"] else _say(messages)
    return said(incident.code, facts_of(incident))


def advice_of(incident: Incident, messages: Messages) -> str | None:
    return messages.say(incident.advice, **facts_of(incident)) if incident.advice else None


def facts_of(incident: Incident) -> dict[str, Any]:
    given: dict[str, Any] = _given_back(incident.data["facts"])
    return given


def kept_data(data: Mapping[str, Any]) -> dict[str, Any]:
    """Of an error, as JSON; times become text."""
    said: dict[str, Any] = _kept(unlocked(dict(data)))
    return said


def _say(messages: Messages) -> Any:
    return lambda code, data: messages.say(code, **data)


def _kept(value: Any) -> Any:  # noqa: PLR0911 - one type, one answer
    match value:
        case None | bool() | int() | float():
            return value
        case Enum():
            return str(value)
        case str():
            return value
        case datetime():
            return {_AT: value.isoformat()}
        case Problem():
            return {_PROBLEM: {"code": value.code, "field": value.field, "data": _kept(dict(value.data))}}
        case Mapping():
            return {str(key): _kept(each) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_kept(each) for each in value]
        case PurePath() | _:
            return str(value)


def _given_back(value: Any) -> Any:
    match value:
        case {"$at": str(at)}:
            return datetime.fromisoformat(at)
        case {"$problem": said}:
            return Problem(code=said["code"], field=said["field"], data=_given_back(said["data"]))
        case Mapping():
            return {key: _given_back(each) for key, each in value.items()}
        case list():
            return [_given_back(each) for each in value]
        case _:
            return value


# ── for whoever runs the newsroom ──


def messages_for(edition: Edition) -> Messages:
    """In the language and the time of the default edition, as far as the house speaks it."""
    language = edition.language.split("-")[0]
    return Messages(language if language in LOCALES else "en", zone=edition.timezone)


def language_of(messages: Messages) -> Lang:
    return Lang(messages.locale)


def letter(
    raised: Sequence[Incident], ended: Sequence[Incident], *, title: str, newsroom: str, messages: Messages
) -> Letter:
    """What began comes first: it is what somebody must do something about."""
    blocks = []
    if raised:
        blocks.append((messages.say("alert_mail_wrong"), [_lines(one, messages) for one in raised]))
    if ended:
        blocks.append((messages.say("alert_mail_over"), [_over(one, messages) for one in ended]))
    after = messages.say("alert_mail_after")
    signed = messages.say("alert_mail_from", newsroom=newsroom)
    text = "\n\n".join(
        [f"{head}\n\n" + "\n\n".join(_item(lines) for lines in said) for head, said in blocks]
        + [after, f"-- \n{signed}"]
    )
    html = "".join(
        f"<h2>{escape(head)}</h2><ul>"
        + "".join(f"<li>{'<br>'.join(map(escape, lines))}</li>" for lines in said)
        + "</ul>"
        for head, said in blocks
    )
    subject = _subject(raised, ended, title=title, messages=messages)
    return Letter(
        subject=subject,
        text=f"{text}\n",
        html=f'<!DOCTYPE html>\n<html lang="{messages.locale}"><head><meta charset="utf-8">'
        f"<title>{escape(subject)}</title></head>\n<body>{html}<p>{escape(after)}</p><p>{escape(signed)}</p>"
        "</body></html>\n",
    )


def _subject(raised: Sequence[Incident], ended: Sequence[Incident], *, title: str, messages: Messages) -> str:
    first = (raised or ended)[0]
    what, more = message_of(first, messages), len(raised) + len(ended) - 1
    if len(what) > _LONGEST_SUBJECT:
        what = what[:_LONGEST_SUBJECT].rpartition(" ")[0] + " …"
    said = messages.say("alert_subject" if raised else "alert_subject_over", title=title, what=what)
    return f"{said} (+{more})" if more else said


def _item(lines: Sequence[str]) -> str:
    return "* " + "\n  ".join(lines)


def _lines(incident: Incident, messages: Messages) -> list[str]:
    """Of one that may be over by now, too: it is told again in the same words."""
    since = messages.say("alert_mail_since", since=incident.raised_at)
    machine = incident.data.get("machine")
    where = messages.say("alert_mail_machine", machine=machine) if machine else None
    said = (message_of(incident, messages), advice_of(incident, messages), where, since)
    return [line for line in said if line]


def _over(incident: Incident, messages: Messages) -> list[str]:
    span = messages.say("alert_mail_span", since=incident.raised_at, until=incident.ended_at)
    return [message_of(incident, messages), span]


def for_program(
    raised: Sequence[Incident], ended: Sequence[Incident], *, name: str, newsroom: str, messages: Messages
) -> bytes:
    """The document on a program's standard input."""
    said = {
        "id": name,
        "newsroom": newsroom,
        "raised": [_facts(one, one.raised_at, messages) for one in raised],
        "ended": [_facts(one, one.ended_at, messages) for one in ended],
    }
    return document(unlocked(said)).encode()


def _facts(incident: Incident, at: datetime | None, messages: Messages) -> dict[str, Any]:
    return {
        "id": incident.id,
        "key": incident.key,
        "code": incident.code,
        "message": message_of(incident, messages),
        "advice": advice_of(incident, messages),
        "data": _in_json(facts_of(incident)),
        "at": instant(at),
        "raised_at": instant(incident.raised_at),
    }


def _in_json(value: Any) -> Any:
    match value:
        case datetime():
            return instant(value)
        case Problem():
            return {"code": value.code, "data": _in_json(dict(value.data))}
        case Mapping():
            return {key: _in_json(each) for key, each in value.items()}
        case list():
            return [_in_json(each) for each in value]
        case _:
            return value
