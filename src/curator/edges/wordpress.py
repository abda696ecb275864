"""A WordPress by its REST API, as an account with an application password (WordPress 5.6 and newer)."""

from __future__ import annotations

import ipaddress
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape, unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from curator.edges.restdoor import Answer, RestDoor, strange
from curator.errors import BadSettings, MirrorFailed
from curator.model import MirrorAccount, Mirrored, MirroredRevision, WantedPicture
from curator.publish.mirror.owing import target_of
from curator.settings import Settings

ANY_STATUS = "any,trash"  # "any" is all that is public or to become so; the trash is asked for by name
TRASHED = "__trashed"
"""What WordPress puts behind the slug of a post in the trash, so that another may have it."""
_POST = "id,slug,status,modified_gmt,link,title,content,excerpt,tags,featured_media,_links"
_EDIT = {"context": "edit"}
_EXTENSIONS = {
    "image/avif": "avif",
    "image/gif": "gif",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
}
_MOST_TERMS = 100  # of one answer: REST's own limit


def open_wordpress(settings: Settings) -> WordPress:
    """Connects to nothing yet. The address is the operator's own, private or not."""
    said, target = settings.wordpress, target_of(settings)
    if said.url is None or target is None or not said.user:
        raise BadSettings("settings_wordpress_incomplete", key="wordpress.user")
    password = said.password or _first_line(said.password_file)
    if not password:
        raise BadSettings("settings_wordpress_incomplete", key="wordpress.password_file")
    if urlsplit(said.url).scheme != "https" and not _is_this_machine(said.url):
        raise BadSettings("settings_wordpress_wants_https", key="wordpress.url")
    door = RestDoor(said.url, user=said.user, password=password, timeout=said.timeout)
    return WordPress(door, target=target)


class WordPress:
    def __init__(self, door: RestDoor, *, target: str) -> None:
        self.target = target
        self._door = door
        self._me: int | None = None
        self._terms: dict[tuple[str, str], int | None] = {}

    def close(self) -> None:
        self._door.close()

    def account(self) -> MirrorAccount:
        said = self._object(self._door.get("users/me", {**_EDIT, "_fields": "id,name,roles,capabilities"}))
        self._me = _number(said.get("id"))
        may = said.get("capabilities")
        may = may if isinstance(may, Mapping) else {}
        roles = said.get("roles")
        return MirrorAccount(
            name=str(said.get("name", "")),
            roles=tuple(str(role) for role in roles) if isinstance(roles, list) else (),
            may_publish=bool(may.get("publish_posts")),
            may_upload=bool(may.get("upload_files")),
            keeps_html=bool(may.get("unfiltered_html")),
        )

    # ── posts ──

    def get(self, number: int) -> Mirrored | None:
        answer = self._door.get(f"posts/{number}", {**_EDIT, "_fields": _POST}, may_fail=(404,))
        if answer.status == 404:  # noqa: PLR2004 - Not Found
            if answer.code != "rest_post_invalid_id":  # "rest_no_route" and pages of others say nothing of it
                raise strange(answer)
            return None
        return _mirrored(self._object(answer))

    def find(self, slug: str) -> tuple[Mirrored, ...]:
        asked = {**_EDIT, "_fields": _POST, "status": ANY_STATUS, "slug": f"{slug},{slug}{TRASHED}"}
        answer = self._door.get("posts", {**asked, "orderby": "id", "order": "asc", "per_page": "20"})
        return tuple(_mirrored(each) for each in self._objects(answer))

    def recent(self) -> tuple[Mirrored, ...]:
        asked = {**_EDIT, "_fields": _POST, "status": ANY_STATUS, "author": str(self._me or 0)}
        answer = self._door.get("posts", {**asked, "orderby": "id", "order": "desc", "per_page": "30"})
        return tuple(_mirrored(each) for each in self._objects(answer))

    def make(self, fields: Mapping[str, Any]) -> Mirrored:
        return _mirrored(self._object(self._door.post("posts", _said(fields), {"_fields": _POST, **_EDIT})))

    def change(self, number: int, fields: Mapping[str, Any]) -> Mirrored:
        answer = self._door.post(f"posts/{number}", _said(fields), {"_fields": _POST, **_EDIT})
        return _mirrored(self._object(answer))

    def trash(self, number: int) -> bool:
        answer = self._door.delete(f"posts/{number}", {}, may_fail=(410, 501))
        return answer.status != 501  # noqa: PLR2004 - "rest_trash_not_supported"; 410: it lies there already

    def destroy(self, number: int) -> None:
        self._door.delete(f"posts/{number}", {"force": "true"}, may_fail=(404, 410))

    def revisions(self, number: int, *, after: int) -> tuple[MirroredRevision, ...]:
        asked = {**_EDIT, "_fields": "id,slug,title,content,excerpt", "per_page": "30"}
        answer = self._door.get(f"posts/{number}/revisions", asked, may_fail=(404,))
        if answer.status == 404:  # noqa: PLR2004 - "rest_no_route": this WordPress keeps none
            return ()
        found = (
            _revision(each)
            for each in self._objects(answer)
            # An autosave is what somebody has typed and not saved: nothing of it was written over.
            if "autosave" not in str(each.get("slug", ""))
        )
        newest = sorted((one for one in found if one.number > after), key=lambda one: -one.number)
        return tuple(newest)

    # ── terms and pictures ──

    def term(self, taxonomy: str, name: str) -> int | None:
        key = (taxonomy, name.casefold())
        if key not in self._terms:
            self._terms[key] = self._known_term(taxonomy, name) or self._new_term(taxonomy, name)
        return self._terms[key]

    def _known_term(self, taxonomy: str, name: str) -> int | None:
        # Names are stored as HTML: "A & B" is found as "A &amp; B" alone.
        asked = {"search": escape(name, quote=False), "per_page": str(_MOST_TERMS), "_fields": "id,name"}
        for each in self._objects(self._door.get(taxonomy, asked)):
            if unescape(str(each.get("name", ""))).casefold() == name.casefold():
                return _number(each.get("id"))
        return None

    def _new_term(self, taxonomy: str, name: str) -> int | None:
        answer = self._door.post(taxonomy, {"name": name}, {"_fields": "id"}, may_fail=(400, 403))
        if answer.status == 400 and answer.code == "term_exists":  # noqa: PLR2004 - spelt otherwise
            return _number(answer.data.get("term_id"))
        return _number(self._object(answer).get("id")) if answer.status < 300 else None  # noqa: PLR2004

    def find_picture(self, slug: str) -> int | None:
        answer = self._door.get("media", {"slug": slug, "_fields": "id", "orderby": "id", "order": "asc"})
        return next((_number(each.get("id")) for each in self._objects(answer)), None)

    def upload(self, picture: WantedPicture, content: bytes) -> int | None:
        kind = picture.copy.media_type
        said = {"title": picture.alt or picture.slug, "alt_text": picture.alt, "caption": picture.caption}
        body, content_type = form({**said, "slug": picture.slug}, picture.slug, kind, content)
        answer = self._door.send(
            "media", body, content_type, {"_fields": "id"}, may_fail=(400, 403, 413, 415, 500)
        )
        if answer.status < 300:  # noqa: PLR2004 - a class of status codes (RFC 9110 §15)
            return _number(self._object(answer).get("id"))
        # It says 500 of a file of a kind that it does not take ("rest_upload_sideload_error").
        if answer.status == 500 and not answer.code.startswith("rest_upload"):  # noqa: PLR2004
            raise strange(answer)
        return None

    # ── answers ──

    def _object(self, answer: Answer) -> Mapping[str, Any]:
        if not isinstance(answer.said, Mapping):
            raise strange(answer)
        return answer.said

    def _objects(self, answer: Answer) -> list[Mapping[str, Any]]:
        if not isinstance(answer.said, list) or not all(isinstance(each, Mapping) for each in answer.said):
            raise strange(answer)
        return answer.said


def form(fields: Mapping[str, str], name: str, media_type: str, content: bytes) -> tuple[bytes, str]:
    """multipart/form-data (RFC 7578): file and words at once, so that no picture is without its credit."""
    boundary = secrets.token_hex(16)
    pieces = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    head = f'Content-Disposition: form-data; name="file"; filename="{name}.{_EXTENSIONS[media_type]}"'
    pieces.append(f"--{boundary}\r\n{head}\r\nContent-Type: {media_type}\r\n\r\n".encode())
    return b"".join((*pieces, content, f"\r\n--{boundary}--\r\n".encode())), (
        f"multipart/form-data; boundary={boundary}"
    )


def _said(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in fields.items()}


def _mirrored(said: Mapping[str, Any]) -> Mirrored:
    """Raises where it is no post: an answer of some other program must not pass for an empty one."""
    number, tags = _number(said.get("id")), said.get("tags", [])
    if number is None or not isinstance(tags, list):
        raise MirrorFailed("mirror_strange", unsure=True, status=200)
    return Mirrored(
        number=number,
        slug=str(said.get("slug", "")),
        status=str(said.get("status", "")),
        modified=_instant(said.get("modified_gmt")),
        link=str(said.get("link", "")),
        title=_raw(said.get("title")),
        content=_raw(said.get("content")),
        excerpt=_raw(said.get("excerpt")),
        tags=tuple(sorted(tag for tag in map(_number, tags) if tag)),
        picture=_number(said.get("featured_media")) or None,
        revision=_newest_revision(said.get("_links")),
    )


def _revision(said: Mapping[str, Any]) -> MirroredRevision:
    return MirroredRevision(
        number=_number(said.get("id")) or 0,
        title=_raw(said.get("title")),
        content=_raw(said.get("content")),
        excerpt=_raw(said.get("excerpt")),
    )


def _newest_revision(links: Any) -> int | None:
    """`predecessor-version` names the revision that is the post as it stands; there may be none yet."""
    try:
        return _number(links["predecessor-version"][0]["id"])
    except (KeyError, IndexError, TypeError):
        return None


def _raw(said: Any) -> str:
    """As its editors have it; what is rendered would pass for changed. No `raw`: we may not edit it."""
    if not isinstance(said, Mapping) or not isinstance(said.get("raw"), str):
        raise MirrorFailed("mirror_not_theirs", status=403, said="rest_forbidden_context")
    return str(said["raw"])


def _number(said: Any) -> int | None:
    return said if isinstance(said, int) and not isinstance(said, bool) and 0 <= said < 2**63 else None


def _instant(said: Any) -> datetime | None:
    """`modified_gmt` has no zone: it is UTC, to the second."""
    try:
        return datetime.fromisoformat(str(said)).replace(tzinfo=UTC)
    except ValueError:
        return None


def _first_line(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(
            "settings_file_unreadable", key="wordpress.password_file", path=str(path)
        ) from error


def _is_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if re.fullmatch(r"localhost|.*\.localhost", host):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
