"""Mails through listmonk's API for transactional messages, for those who run it already (6.1 or newer).

It composes the mail anew: our words and header fields travel, our bytes do not. See docs/newsletter.md.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.header import Header
from email.message import EmailMessage
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from curator.edges.http import open_web
from curator.edges.mail.account import secret_of, user_of
from curator.edges.mail.wire import ready
from curator.errors import BadSettings, MailRefused
from curator.fetch import DEADLINE, CannotFetch, Web, shown
from curator.ports import Accepted, Deferred, HandOver, Mail, Rejected, Unknown
from curator.settings import FetchSettings, MailSettings

# The address comes from the settings: it is the operator's own, private or not.
_ANYWHERE = ("0.0.0.0/0:*", "[::/0]:*")
_LARGEST_ANSWER = 64 * 1024  # bytes; {"data": true} is expected
# Made anew by listmonk, or said in another place of the question.
_NOT_SENT_ALONG = frozenset({"from", "to", "subject", "mime-version", "content-type", "dkim-signature"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Listmonk:
    """`url`: of /api/tx. `template`: the number of the transactional template that prints our words."""

    url: str
    template: int
    user: str
    token: str
    timeout: float

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or self.url


def listmonk_of(mail: MailSettings) -> ListmonkMailer:
    parts = urlsplit(mail.url)
    template = parse_qs(parts.query).get("template", [""])[0]
    user, token = user_of(parts), secret_of(mail, parts)
    if not re.fullmatch(r"[1-9][0-9]{0,8}", template) or not user or not token or not parts.hostname:
        raise BadSettings("settings_wants_listmonk", key="mail.url")
    place = parts.netloc.rpartition("@")[2]
    url = f"{parts.scheme.removeprefix('listmonk+')}://{place}{parts.path.rstrip('/')}/api/tx"
    web = open_web(
        FetchSettings(
            allow_private=_ANYWHERE,
            total_timeout=mail.timeout,
            connect_timeout=mail.timeout,
            max_bytes=_LARGEST_ANSWER,
        )
    )
    listmonk = Listmonk(url=url, template=int(template), user=user, token=token, timeout=mail.timeout)
    return ListmonkMailer(web, listmonk)


class ListmonkMailer:
    """One request for each mail, over a connection of its own: libcurl repeats none by itself."""

    writes_files = False

    def __init__(self, web: Web, listmonk: Listmonk) -> None:
        self._web = web
        self._listmonk = listmonk
        self._has_taken = False

    def send(
        self,
        mail: Mail,
        *,
        before_data: Callable[[], None] = lambda: None,
        coming: Callable[[], Mail | None] = lambda: None,  # noqa: ARG002
    ) -> HandOver:
        try:
            mail = ready(mail)
        except MailRefused as refused:
            if refused.reason == "mail_address_invalid":  # this reader's alone
                return Rejected(reply=refused.reason, code=0)
            raise
        asked = json.dumps(question(mail, template=self._listmonk.template)).encode()
        before_data()
        return self._ask(asked)

    def close(self) -> None:
        self._web.close()

    def _ask(self, asked: bytes) -> HandOver:
        client, listmonk = self._web.client, self._listmonk
        account = base64.b64encode(f"{listmonk.user}:{listmonk.token}".encode()).decode("ascii")
        try:
            request = client.build_request(
                "POST",
                listmonk.url,
                content=asked,
                headers={"Content-Type": "application/json", "Authorization": f"Basic {account}"},
                extensions={DEADLINE: time.monotonic() + listmonk.timeout},
            )
            response = client.send(request, stream=True)
        except CannotFetch as stop:  # no name, no address, no certificate to be trusted
            return self._not_asked(stop)
        except (httpx2.ConnectTimeout, httpx2.ConnectError) as error:
            return Deferred(reply=_words(error), whole_session=True)
        except (httpx2.HTTPError, OSError, ValueError) as error:
            return Unknown(reply=_words(error))  # the question has left; what became of it nobody knows
        try:
            return self._outcome(response)
        finally:
            with contextlib.suppress(httpx2.HTTPError, OSError):
                response.close()

    def _not_asked(self, stop: CannotFetch) -> HandOver:
        said = stop.failed
        cause = str(said.data.get("why") or said.data.get("address") or said.code)
        if said.code == "fetch_tls":
            port = urlsplit(self._listmonk.url).port or 443
            raise MailRefused("mail_tls_failed", host=self._listmonk.host, port=port, cause=cause) from stop
        return Deferred(reply=cause, whole_session=True)

    def _outcome(self, response: httpx2.Response) -> HandOver:
        """What its answers mean (cmd/tx.go of listmonk 6): it queues last of all, so an error queued nothing.

        A 400 may be this reader's address, and may be our template: until it has taken
        one mail it is taken for ours, or a wrong template would be held against everybody.
        """
        status, said = response.status_code, f"{response.status_code} {response.reason_phrase}".strip()
        match status:
            case 200:
                return self._taken(response)
            case 401 | 403:
                raise MailRefused("mail_login_refused", host=self._listmonk.host, user=self._listmonk.user)
            case 400 | 422 if self._has_taken:
                return Rejected(reply=said, code=status)
            case 400 | 422 | 408 | 429:
                return Deferred(reply=said, whole_session=True)
            case 502 | 504:  # a server before it, which may have passed the question on
                return Unknown(reply=said)
            case _ if status // 100 == 5:  # noqa: PLR2004 - a class of status codes (RFC 9110 §15)
                return Deferred(reply=said, whole_session=True)
            case _:  # moved, not found, too large: not for want of trying
                raise MailRefused("mail_listmonk_strange", url=self._listmonk.url, status=status)

    def _taken(self, response: httpx2.Response) -> HandOver:
        try:
            answer = response.read()
        except (httpx2.HTTPError, CannotFetch, OSError, ValueError) as error:
            return Unknown(reply=_words(error))
        try:
            taken = json.loads(answer)["data"] is True
        except (ValueError, LookupError, TypeError, RecursionError):
            taken = False
        if not taken:  # a page of somebody else's: of ours it has understood nothing
            raise MailRefused("mail_listmonk_strange", url=self._listmonk.url, status=200)
        self._has_taken = True
        return Accepted(reply="200 listmonk")


def question(mail: Mail, *, template: int) -> Mapping[str, Any]:
    """One mail as /api/tx takes it.  (pure)

    listmonk runs subject and text as Go templates. They are only names of data here, so that
    no text of any feed is run. `Return-Path` becomes the envelope's sender there.
    """
    read = message_from_bytes(mail.message, policy=policy.default)
    return {
        "subscriber_mode": "external",
        "subscriber_emails": [mail.recipient],
        "template_id": template,
        "from_email": _from(read),
        "subject": "{{ .Tx.Data.subject }}",
        "altbody": "{{ .Tx.Data.text }}",
        "content_type": "html",
        "messenger": "email",
        "data": {
            "subject": str(read["Subject"] or ""),
            "html": _part(read, "html"),
            "text": _part(read, "plain"),
        },
        "headers": [
            *({name: str(value)} for name, value in read.items() if name.lower() not in _NOT_SENT_ALONG),
            {"Return-Path": mail.sender},
        ],
    }


def _from(read: EmailMessage) -> str:
    """A name that is more than words goes encoded: listmonk's library parts addresses at every comma."""
    sender = read["From"].addresses[0]
    name = sender.display_name
    if not name:
        return str(sender.addr_spec)
    if not re.fullmatch(r"[A-Za-z0-9 _-]+", name):
        name = Header(name, "utf-8", maxlinelen=998).encode()
    return f"{name} <{sender.addr_spec}>"


def _part(read: EmailMessage, kind: str) -> str:
    part = read.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""


def _words(error: Exception) -> str:
    return shown(str(error)) or "no answer in time"
