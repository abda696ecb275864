"""Our own copies of pictures, by what is in them, and how asking for them goes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, exists, func, insert, or_, select, update

from curator.model import ENCODER, Copy, Image, Picture, Status
from curator.store.dialect import insert_unless_there
from curator.store.tables import commentaries, images, items, picture_fetches, pictures, publications


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of asking for a picture: our copy, or why there is none. Neither: being asked for now."""

    copy: Copy | None
    error: Mapping[str, Any] | None
    next_try: datetime | None
    at: datetime


class Pictures:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # ── looking ──

    def asked(self, urls: Iterable[str]) -> dict[str, Asked]:
        """What came of each address; those that were never asked for are left out."""
        keys = {_key(url) for url in urls}
        if not keys:
            return {}
        f = picture_fetches.c
        query = (
            select(f.url, f.error, f.next_try, f.at, *_COPY)
            .select_from(picture_fetches)
            .outerjoin(pictures, pictures.c.digest == f.digest)
            .where(f.key.in_(keys))
        )
        return {
            row.url: Asked(
                copy=_copy(row) if row.digest else None, error=row.error, next_try=row.next_try, at=row.at
            )
            for row in self._db.execute(query)
        }

    def copy_of(self, image: Image | None) -> Copy | None:
        found = self.asked([image.url]).get(image.url) if image else None
        return found.copy if found else None

    def content(self, digest: str) -> bytes:
        return bytes(
            self._db.execute(select(pictures.c.content).where(pictures.c.digest == digest)).scalar_one()
        )

    def wanted(self, *, now: datetime) -> list[Image]:
        """Pictures at the desk with a licence or a permission of their own, that are due to be asked for."""
        i, f = images.c, picture_fetches.c
        query = (
            select(images)
            .join(items, items.c.id == i.item_id)
            .outerjoin(picture_fetches, f.url == i.url)
            .where(
                items.c.status == Status.DRAFTING,
                or_(i.license.is_not(None), i.permission.is_not(None)),
                or_(f.key.is_(None), and_(f.digest.is_(None), f.next_try <= now)),
            )
            .order_by(i.item_id)
        )
        return list({row.url: image_of(row) for row in self._db.execute(query)}.values())

    def late(self, edition: str) -> list[tuple[int, Image]]:
        """Published items whose picture came after readers got them; theirs to judge who publishes."""
        i, f, c, p = images.c, picture_fetches.c, commentaries.c, publications.c
        query = (
            select(images)
            .join(picture_fetches, f.url == i.url)
            .join(commentaries, and_(c.item_id == i.item_id, c.edition == edition))
            .join(publications, and_(p.item_id == i.item_id, p.edition == edition))
            .where(
                f.digest.is_not(None),
                or_(i.license.is_not(None), i.permission.is_not(None)),
                c.stage == Status.PUBLISHED,
                p.withdrawn_at.is_(None),
                f.at >= p.updated_at,
            )
            .order_by(i.item_id)
        )
        return [(row.item_id, image_of(row)) for row in self._db.execute(query)]

    def outdated(self) -> list[str]:
        """Copies that an older program made, by digest."""
        old = or_(pictures.c.encoder.is_(None), pictures.c.encoder.between(1, ENCODER - 1))
        return list(self._db.execute(select(pictures.c.digest).where(old)).scalars())

    def owners(self) -> dict[str, list[Image]]:
        """Each address that we have a copy of, with the pictures of items that are at it; perhaps none."""
        f = picture_fetches.c
        joined = picture_fetches.outerjoin(images, images.c.url == f.url)
        query = select(f.url.label("copied"), images).select_from(joined).where(f.digest.is_not(None))
        found: dict[str, list[Image]] = {}
        for row in self._db.execute(query):
            found.setdefault(row.copied, []).extend([image_of(row)] if row.url else [])
        return found

    # ── changing ──

    def claim(self, url: str, *, now: datetime, lease: timedelta, on_demand: bool) -> int | None:
        """Note that this address is being asked for, and how often it was, this time included.

        None: it has been answered, or whoever asks has not come back yet; `on_demand` asks all the same.
        """
        mine = picture_fetches.c.key == _key(url)
        found = self._db.execute(select(picture_fetches).where(mine)).one_or_none()
        waiting = found is None or (found.digest is None and found.next_try and found.next_try <= now)
        if not waiting and not on_demand:
            return None
        attempts: int = 1 if found is None else found.attempts + 1
        self._settle(url, attempts=attempts, next_try=now + lease, at=now)
        return attempts

    def keep(self, url: str, picture: Picture, *, now: datetime) -> None:
        """Our copy of what is at this address; the same picture under another address is kept once."""
        self._put(picture, now=now)
        self._settle(url, digest=picture.copy.digest, error=None, next_try=None, at=now, attempts=0)

    def replace(self, digest: str, picture: Picture, *, now: datetime) -> None:
        """Another copy takes the place of this one, which stays for as long as readers have it."""
        self.leave(digest)
        self._put(picture, now=now)
        f = picture_fetches.c
        self._db.execute(update(picture_fetches).where(f.digest == digest).values(digest=picture.copy.digest))
        self._drop_unused()

    def leave(self, digest: str) -> None:
        """This one is not made anew, but kept as it was fetched."""
        self._db.execute(update(pictures).where(pictures.c.digest == digest).values(encoder=0))

    def _put(self, picture: Picture, *, now: datetime) -> None:
        copy = picture.copy
        row = {
            "digest": copy.digest,
            "media_type": copy.media_type,
            "width": copy.width,
            "height": copy.height,
            "content": picture.content,
            "added_at": now,
        }
        self._db.execute(insert_unless_there(self._db, pictures), [row])
        # Whatever program kept them: these bytes are what this one makes.
        mine = pictures.c.digest == copy.digest
        self._db.execute(update(pictures).where(mine).values(encoder=ENCODER))

    def fail(self, url: str, error: Mapping[str, Any], *, next_try: datetime | None, now: datetime) -> None:
        """Why there is none, and when to try again; None: not by ourselves. A copy that we have stays."""
        self._settle(url, error=dict(error), next_try=next_try, at=now)

    def forget(self, urls: Iterable[str]) -> None:
        """Let the copies of these addresses go, and all that nothing refers to; what readers have stays."""
        keys = [_key(url) for url in urls]
        self._db.execute(delete(picture_fetches).where(picture_fetches.c.key.in_(keys)))
        self._drop_unused()

    def _drop_unused(self) -> None:
        shown = publications.c.content["copy"]["digest"].as_string()
        self._db.execute(
            delete(pictures).where(
                ~exists().where(picture_fetches.c.digest == pictures.c.digest),
                ~exists().where(shown == pictures.c.digest, publications.c.withdrawn_at.is_(None)),
            )
        )

    def _settle(self, url: str, **values: Any) -> None:
        mine = picture_fetches.c.key == _key(url)
        if not self._db.execute(update(picture_fetches).where(mine).values(**values)).rowcount:
            values = {"key": _key(url), "url": url, "attempts": 1, **values}
            self._db.execute(insert(picture_fetches).values(**values))


_COPY = (
    pictures.c.digest,
    pictures.c.media_type,
    pictures.c.width,
    pictures.c.height,
    func.length(pictures.c.content).label("length"),
)


def image_of(row: Row[Any]) -> Image:
    """An item's picture, from its row in `images`."""
    return Image(
        url=row.url,
        alt=row.alt,
        credit=row.credit,
        width=row.width,
        height=row.height,
        license=row.license,
        permission=row.permission,
        named_in=row.named_in,
        file_name=row.file_name,
    )


def _copy(row: Any) -> Copy:
    return Copy(
        digest=row.digest, media_type=row.media_type, width=row.width, height=row.height, length=row.length
    )


def _key(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()
