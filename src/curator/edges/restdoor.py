"""One question to a WordPress's REST API at a time, over the guarded client, and what its refusals mean.

The credentials go to the address of the settings and nowhere else: no redirect is followed. What may
have been done although no answer came is told apart from what cannot have been (`MirrorFailed.unsure`).
"""

from __future__ import annotations

import base64
import contextlib
import json
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2

from curator.edges.http import open_web
from curator.errors import MirrorFailed
from curator.fetch import DEADLINE, WHOLE_ERRORS, CannotFetch, shown
from curator.fetch.headers import retry_after
from curator.fetch.unpacking import unpacked
from curator.settings import FetchSettings

_ANYWHERE = ("0.0.0.0/0:*", "[::/0]:*")
LARGEST_ANSWER = 16 * 1024 * 1024  # bytes; a post with its text, or thirty revisions of it
LONGEST_PAUSE = timedelta(days=1)
"""What a WordPress may ask for with Retry-After."""
_API = "wp/v2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`said` is what the JSON says; `code` WordPress's own word for an error, `data` what belongs to it."""

    status: int
    said: Any
    code: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    changes: bool = False


class RestDoor:
    def __init__(self, url: str, *, user: str, password: str, timeout: float) -> None:
        self._url = url.rstrip("/")
        self._user = user
        account = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
        self._headers = {
            "Authorization": f"Basic {account}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
        }
        self._timeout = timeout
        self._root: str | None = None
        self._web = open_web(
            FetchSettings(
                allow_private=_ANYWHERE,
                total_timeout=timeout,
                connect_timeout=timeout,
                max_bytes=LARGEST_ANSWER,
            )
        )

    def close(self) -> None:
        self._web.close()

    def get(self, path: str, asked: Mapping[str, str], *, may_fail: tuple[int, ...] = ()) -> Answer:
        return self._asked("GET", path, asked, may_fail=may_fail)

    def post(
        self,
        path: str,
        said: Mapping[str, Any],
        asked: Mapping[str, str],
        *,
        may_fail: tuple[int, ...] = (),
    ) -> Answer:
        body = json.dumps(said, ensure_ascii=False).encode()
        return self.send(path, body, "application/json", asked, may_fail=may_fail)

    def send(
        self,
        path: str,
        body: bytes,
        content_type: str,
        asked: Mapping[str, str],
        *,
        may_fail: tuple[int, ...] = (),
    ) -> Answer:
        headers = {"Content-Type": content_type}
        return self._asked("POST", path, asked, body=body, headers=headers, may_fail=may_fail)

    def delete(self, path: str, asked: Mapping[str, str], *, may_fail: tuple[int, ...] = ()) -> Answer:
        return self._asked("DELETE", path, asked, may_fail=may_fail)

    def _asked(
        self,
        method: str,
        path: str,
        asked: Mapping[str, str],
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        may_fail: tuple[int, ...] = (),
    ) -> Answer:
        url = self._address(f"{_API}/{path}", asked)
        answer = self._ask(method, url, body=body, headers=headers or {}, lenient=may_fail)
        if answer.status < 300 or answer.status in may_fail:  # noqa: PLR2004 - RFC 9110 §15
            return answer
        raise strange(answer, user=self._user)

    def _address(self, path: str, asked: Mapping[str, str]) -> str:
        root = self._root = self._root or self._found_root()
        words = urlencode(asked)
        if "?" in root:
            return f"{root}/{path}&{words}" if words else f"{root}/{path}"
        return f"{root}/{path}?{words}" if words else f"{root}/{path}"

    def _found_root(self) -> str:
        """`/wp-json/`, or `?rest_route=` where a WordPress has addresses with question marks only."""
        answer = None
        for root in (f"{self._url}/wp-json", f"{self._url}/?rest_route="):
            url = f"{root}/{'&' if '?' in root else '?'}_fields=namespaces"
            answer = self._ask("GET", url, body=b"", headers={}, lenient=range(600))
            named = answer.said.get("namespaces") if isinstance(answer.said, Mapping) else None
            if isinstance(named, list) and _API in named:
                return root
            if answer.status not in (200, 404):
                raise strange(answer, user=self._user)
        raise MirrorFailed("mirror_no_api", whole=True, url=f"{self._url}/wp-json/")

    def _ask(
        self, method: str, url: str, *, body: bytes, headers: Mapping[str, str], lenient: Collection[int]
    ) -> Answer:
        """`lenient`: the status codes of which no JSON is expected."""
        changes = method != "GET"
        host = urlsplit(url).hostname or url
        try:
            request = self._web.client.build_request(
                method,
                url,
                content=body,
                headers={"User-Agent": self._web.limits.user_agent, **self._headers, **headers},
                extensions={DEADLINE: time.monotonic() + self._timeout, WHOLE_ERRORS: True},
            )
            response = self._web.client.send(request, stream=True)
        except CannotFetch as stop:  # no name, no address, no certificate to be trusted
            raise _not_asked(stop, host) from stop
        except (httpx2.ConnectTimeout, httpx2.ConnectError) as error:
            raise MirrorFailed(
                "mirror_unreachable", whole=True, host=host, why=shown(str(error)) or "–"
            ) from error
        except (httpx2.HTTPError, OSError, ValueError) as error:
            # The question has left; what became of it nobody knows.
            raise MirrorFailed("mirror_silent", unsure=changes, host=host) from error
        try:
            return self._answer(response, host, changes=changes, lenient=lenient)
        finally:
            with contextlib.suppress(httpx2.HTTPError, OSError):
                response.close()

    def _answer(
        self, response: httpx2.Response, host: str, *, changes: bool, lenient: Collection[int]
    ) -> Answer:
        status = response.status_code
        if status // 100 == 3:  # noqa: PLR2004 - RFC 9110 §15.4
            where = shown(response.headers.get("location", "–"))
            raise MirrorFailed("mirror_redirected", whole=True, host=host, to=where)
        pause = retry_after(response.headers, now=_its_time(response)) if status in (429, 503) else None
        if pause or status == 429:  # noqa: PLR2004 - Too Many Requests; a 503 without more is a breakdown
            raise MirrorFailed(
                "mirror_busy",
                whole=True,
                unsure=changes and status == 503,  # noqa: PLR2004 - somebody before it may say so
                retry_after=min(pause, LONGEST_PAUSE) if pause else None,
                host=host,
                status=status,
            )
        try:
            body = unpacked(response, host=host, limit=LARGEST_ANSWER)
        except (httpx2.HTTPError, CannotFetch, OSError, ValueError) as error:
            raise MirrorFailed("mirror_silent", unsure=changes, host=host) from error
        said = _json(body)
        if said is None and status < 500 and status not in lenient:  # noqa: PLR2004
            done = changes and status < 300  # noqa: PLR2004
            code = "mirror_blocked" if changes and not done else "mirror_strange"
            raise MirrorFailed(code, unsure=done, host=host, status=status)
        wrong = said if isinstance(said, Mapping) and status >= 400 else {}  # noqa: PLR2004
        data = wrong.get("data")
        return Answer(
            status=status,
            said=said,
            code=str(wrong.get("code", ""))[:80],
            data=data if isinstance(data, Mapping) else {},
            changes=changes,
        )


def strange(answer: Answer, *, user: str = "") -> MirrorFailed:
    """What a refusal means: of this item, or of everything. WordPress's own words are not repeated."""
    status, said = answer.status, answer.code or str(answer.status)
    match status:
        case 401 | 403:
            return _not_let(answer, said, user)
        case 404 if answer.code in ("", "rest_no_route"):
            return MirrorFailed("mirror_no_api", url="wp-json/")
        case _ if status >= 500:  # noqa: PLR2004 - it may have broken after it was done
            return MirrorFailed("mirror_broken", unsure=answer.changes, status=status)
        case _ if status < 300:  # noqa: PLR2004
            return MirrorFailed("mirror_strange", unsure=answer.changes, status=status)
        case _:
            return MirrorFailed("mirror_refused", status=status, said=said)


def _not_let(answer: Answer, said: str, user: str) -> MirrorFailed:
    """WordPress's own codes are told apart from those of its plugins."""
    refused = answer.status == 403  # noqa: PLR2004 - Forbidden
    whole = True
    match answer.code:
        case "" if refused:
            code, whole = "mirror_blocked" if answer.changes else "mirror_strange", False
        case "rest_not_logged_in":
            code = "mirror_login_unheard"
        case "" | "incorrect_password" | "invalid_username" | "invalid_email":
            code = "mirror_login_refused"
        case "rest_cannot_edit" | "rest_cannot_delete" | "rest_forbidden_context":
            code, whole = "mirror_not_theirs", False
        case known if refused and known.startswith(("rest_cannot_", "rest_forbidden")):
            code, whole = "mirror_not_allowed", known == "rest_cannot_publish"
        case _:
            code = "mirror_shut"
    return MirrorFailed(code, whole=whole, user=user, status=answer.status, said=said)


def _not_asked(stop: CannotFetch, host: str) -> MirrorFailed:
    said = stop.failed
    why = str(said.data.get("why") or said.data.get("address") or said.code)
    code = "mirror_tls" if said.code == "fetch_tls" else "mirror_unreachable"
    return MirrorFailed(code, whole=True, host=host, why=why)


def _its_time(response: httpx2.Response) -> datetime:
    """By the clock that a Retry-After date was written by (RFC 9110 §6.6.1)."""
    try:
        return parsedate_to_datetime(response.headers.get("date", "")).astimezone(UTC)
    except (ValueError, TypeError):
        return datetime.max.replace(tzinfo=UTC)  # a date then says nothing; seconds still do


def _json(body: bytes) -> Any:
    """None: it is none. What PHP warns of stands before the answer where somebody lets it be shown."""
    for start in (0, *(found for sign in _BEGINS if (found := body.find(sign)) > 0)):
        with contextlib.suppress(ValueError, RecursionError):
            return json.loads(body[start:])
    return None


_BEGINS = (b'{"', b"[{", b"[]")
