"""One item brought to the mirror, whatever came before: asked and unanswered, made by hand, changed, gone.

Look, then write, and look again where it matters: the mirror has neither idempotency nor conditional
writes. Before each question that must not be asked twice `Ledger.asked` commits that it is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from curator.model import Mirrored, MirroredRevision, Owed, Publication, Wanted, WantedPicture
from curator.ports import Mirror
from curator.publish.mirror import comparing
from curator.settings import WordPressSettings

OLD = timedelta(hours=1)
"""What readers have had for longer keeps its date there; the clock there may be behind ours by less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """`what`: made, changed, withdrawn, or unchanged: it was there already, or need not be."""

    what: str
    remote: Mapping[str, Any]
    look_again: bool = False
    """What was asked before may come about even now: a twin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """It is not as we left it; `code` says how."""

    code: str
    remote: Mapping[str, Any]
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TooEarly:
    """What was asked last may still come about: who looks now may look too early."""

    until: datetime


class Ledger(Protocol):
    def asked(self, remote: Mapping[str, Any]) -> None:
        """Commit that something is asked now; raises where the mirror is in other hands by now."""

    def known(self) -> Collection[int]:
        """The posts that are known to be other items'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bringing:
    """`settle`: how long a question may go on there after whoever asked it has died."""

    mirror: Mirror
    settings: WordPressSettings
    ledger: Ledger
    owed: Owed
    publication: Publication
    wanted: Wanted
    picture: Callable[[WantedPicture], bytes]
    settle: timedelta
    now: datetime

    def bring(self) -> Brought | Conflict | TooEarly:
        number = self.owed.remote.get("number")
        there = self.mirror.get(number) if number else None
        if there is not None and (twins := self.owed.remote.get("twins")):
            self._destroy_twins(twins, but=there.number)
        if there is None and (not number or self.owed.insist):
            there = self._found()
        if there is None and self._is_too_early:
            return TooEarly(until=self._settled_at)
        if there is not None and (conflict := self._meddled(there)) is not None:
            return conflict
        if self.publication.withdrawn_at is not None:
            return self._withdraw(there)
        if there is None:
            return self._make() if not number or self.owed.insist else self._conflict("mirror_deleted", None)
        if there.status == "trash" and not self.owed.insist:
            return self._conflict("mirror_trashed", there)
        return self._change(there)

    # ── what is there ──

    def _found(self) -> Mirrored | None:
        """Made by us and never answered, perhaps; of two (see `_make`) the older is the one."""
        found = next(iter(self.mirror.find(self.owed.slug)), None)
        if self.owed.asked_at is None:
            return found
        if found is None:
            return self._renamed()
        self._destroy_twins((self.owed.remote.get("asked"),))
        return found

    def _destroy_twins(self, asked: Collection[str | None], *, but: int | None = None) -> None:
        for twin in self.mirror.find(f"{self.owed.slug}-2"):
            if twin.number != but and comparing.plain_of(twin) in asked:
                self.mirror.destroy(twin.number)

    def _renamed(self) -> Mirrored | None:
        """Made and never answered, and by another slug: a plugin's, or an editor was there before us."""
        asked = self.owed.remote.get("asked")
        alike = [one for one in self.mirror.recent() if comparing.plain_of(one) == asked] if asked else []
        known = self.ledger.known() if alike else ()
        return next((one for one in alike if one.number not in known), None)

    @property
    def _settled_at(self) -> datetime:
        return (self.owed.asked_at or self.now) + self.settle

    @property
    def _is_too_early(self) -> bool:
        return self.owed.asked_at is not None and self.now < self._settled_at

    def _is_ours(self, there: Mirrored) -> bool:
        return comparing.is_ours(there, self.wanted, self.owed.remote)

    # ── making ──

    def _make(self) -> Brought | Conflict | TooEarly:
        beside = self._beside()
        if isinstance(beside, TooEarly):
            return beside
        left_out = beside.left_out
        categories = []
        for name in self.settings.categories:
            found = self.mirror.term("categories", name)
            categories += [found] if found else []
            left_out += [] if found else [["category", name]]
        fields: dict[str, Any] = {
            "title": self.wanted.title,
            "content": self.wanted.content,
            "excerpt": self.wanted.excerpt,
            "slug": self.owed.slug,
            "status": self.settings.status,
            "tags": beside.tags,
        }
        fields |= {"categories": categories} if categories else {}
        fields |= {"featured_media": beside.picture} if beside.picture else {}
        if self.settings.status == "publish" and self.now - self.publication.published_at > OLD:
            fields["date_gmt"] = f"{self.publication.published_at:%Y-%m-%dT%H:%M:%S}"
        self._ask(self.wanted)
        made = self.mirror.make(fields)
        if made.slug != self.owed.slug:
            earlier = [one for one in self.mirror.find(self.owed.slug) if one.number != made.number]
            if earlier:
                # What was asked before by somebody who has died came about late: one is enough.
                self.mirror.destroy(made.number)
                return self._change(earlier[0])
        left = comparing.left(made, self.wanted, **beside.remembered)
        in_doubt = self.owed.asked_at is not None
        if in_doubt:  # who was killed may have been slower than all patience
            left["twins"] = [self.owed.remote.get("asked"), comparing.plain_of(self.wanted)]
        return Brought(what="made", remote=left, look_again=in_doubt)

    def _ask(self, wanted: Mirrored | Wanted, **more: Any) -> None:
        """That the text is to be as `wanted` has it."""
        asked = {"asked": comparing.plain_of(wanted), "asked_text": comparing.text_of(wanted)}
        self.ledger.asked({**self._remembered, **more, **asked})

    def _beside(self, there: Mirrored | None = None) -> _Beside | TooEarly:
        """Tags and picture by the mirror's numbers, and what it does not take of them."""
        known = self.owed.remote.get("tag_names", {})  # one that was renamed there is the same tag still
        tags = {name: known.get(name) or self.mirror.term("tags", name) for name in self.wanted.tags}
        left_out = [["tag", name] for name, number in tags.items() if number is None]
        picture = self._picture(self.wanted.picture, there) if self.wanted.picture else None
        if isinstance(picture, TooEarly):
            return picture
        if self.wanted.picture and picture is None:
            left_out.append(["picture", self.wanted.picture.slug])
        took_time = self.wanted.picture is not None or not known.keys() >= tags.keys()
        return _Beside(
            {name: number for name, number in tags.items() if number}, picture, left_out, took_time
        )

    def _picture(self, picture: WantedPicture, there: Mirrored | None) -> int | TooEarly | None:
        known = self.mirror.find_picture(picture.slug)
        if known is not None:
            return known
        if there is not None and self._has_their_picture(there):
            ours: int | None = self.owed.remote["picture"]  # another of ours would be shown nowhere
            return ours
        if self._is_too_early:
            return TooEarly(until=self._settled_at)
        content = self.picture(picture)
        self.ledger.asked(self.owed.remote)
        return self.mirror.upload(picture, content)

    # ── changing ──

    def _change(self, there: Mirrored) -> Brought | Conflict | TooEarly:
        if self._clashes(there):
            return self._conflict(self._changed_there, there)
        beside = self._beside(there)
        if isinstance(beside, TooEarly):
            return beside
        if not beside.took_time:
            return self._change_to(there, beside)
        again = self.mirror.get(there.number)
        if again is None or (again.status == "trash" and not self.owed.insist):
            return self._conflict("mirror_trashed" if again else "mirror_deleted", again)
        return (
            self._conflict("mirror_changed", again)
            if self._clashes(again)
            else self._change_to(again, beside)
        )

    @property
    def _is_news(self) -> bool:
        return comparing.text_of(self.wanted) != self.owed.remote.get("sent")

    def _clashes(self, there: Mirrored) -> bool:
        return self._is_news and not self.owed.insist and not self._is_ours(there)

    def _change_to(self, there: Mirrored, beside: _Beside) -> Brought | Conflict:
        remote, ours = self.owed.remote, self._is_ours(there)
        write_text = (ours and self._is_news) or self.owed.insist
        fields: dict[str, Any] = comparing.changed_fields(there, self.wanted) if write_text else {}
        fields |= self._tags(there, beside.tags) | self._featured(there, beside.picture)
        if there.status == "trash":
            fields["status"] = self.settings.status
        left: dict[str, Any] = beside.remembered
        if not ours and not self.owed.insist:  # nothing of ours is new in it: theirs does not become ours
            left |= {name: remote.get(name) for name in ("text", "sent", "lost_markup")}
        elif not comparing.TEXTS & fields.keys():  # nor does what somebody saves there this very moment
            left |= {"text": comparing.text_of(there)}
        if not fields:
            return Brought(what="unchanged", remote=comparing.left(there, self.wanted, **left))
        return self._write(there, fields, left)

    def _write(
        self, there: Mirrored, fields: Mapping[str, Any], left: Mapping[str, Any]
    ) -> Brought | Conflict:
        """And look who was there meanwhile."""
        told = comparing.told_again(fields, there)
        wanted = replace(there, **{name: fields[name] for name in told})
        self._ask(wanted, number=there.number, before=there.revision or 0, fields=told)
        after = self.mirror.change(there.number, fields)
        if "tags" not in fields and after.tags != there.tags:
            # WordPress sets them anew by name with each change, and takes "C" for "C++".
            after = self.mirror.change(there.number, {"tags": there.tags})
        last = comparing.text_of(there)
        slipped = self._others(after, since=there.revision or 0, last=last)
        if slipped:
            return self._put_back(after, slipped[0])
        if after.status == "trash" and not self.owed.insist:
            return self._conflict("mirror_trashed", after)  # thrown away as we wrote: there it stays
        return Brought(what="changed", remote=comparing.left(after, self.wanted, **left))

    def _tags(self, there: Mirrored, tags: tuple[int, ...]) -> dict[str, Any]:
        before = self.owed.remote.get("tags", [])
        wanted = comparing.merged(there.tags, ours=tags, before=before)
        return {"tags": wanted} if wanted != there.tags else {}

    def _featured(self, there: Mirrored, picture: int | None) -> dict[str, Any]:
        """An editor's other picture stays; so does none, where we had one and have not another now."""
        theirs = there.picture != self.owed.remote.get("picture")
        not_taken = self.wanted.picture is not None and picture is None
        if there.picture == picture or theirs or not_taken:
            return {}
        return {"featured_media": picture or 0}

    def _has_their_picture(self, there: Mirrored) -> bool:
        """Or none any more; not where it is not known what we have left there."""
        remote = self.owed.remote
        return "picture" in remote and there.picture != remote["picture"]

    # ── who was there between our look and our write ──

    def _meddled(self, there: Mirrored) -> Conflict | None:
        """Of a change whose answer was lost: it is asked now what would have been asked then."""
        before, asked = self.owed.remote.get("before"), self.owed.remote.get("fields", {})
        if self.owed.asked_at is None or before is None or self.owed.insist or there.status == "trash":
            return None
        if not comparing.has_landed(there, asked):
            return None
        others = self._others(there, since=before, last=self.owed.remote.get("text", ""))
        ours = self.owed.remote.get("asked_text")
        if comparing.text_of(there) != ours:
            # A filter's work, or that of somebody who came after us: then ours is among what was saved.
            slipped = [one for one in others if not comparing.has_landed(one, asked)]
            if there.revision is None or len(slipped) < len(others):
                return self._conflict(self._changed_there, there)
            others = slipped
        return self._put_back(there, others[0]) if others else None

    def _others(self, after: Mirrored, *, since: int, last: str) -> list[MirroredRevision]:
        """What an editor saved after we looked, and we wrote over. Tags have no revisions: they are merged.

        `last`: the text that we saw. Somebody who only publishes a draft saves that once more.
        """
        if after.revision is None or self.owed.insist:
            return []
        known = (comparing.text_of(after), last)
        saved = self.mirror.revisions(after.number, after=since)
        return [one for one in saved if comparing.text_of(one) not in known]

    def _put_back(self, after: Mirrored, slipped: MirroredRevision) -> Conflict:
        theirs = {"title": slipped.title, "content": slipped.content, "excerpt": slipped.excerpt}
        restored = self.mirror.change(after.number, theirs)
        return self._conflict(self._changed_there, restored)

    @property
    def _changed_there(self) -> str:
        withdrawn = self.publication.withdrawn_at is not None
        return "mirror_withdrawn_changed" if withdrawn else "mirror_changed"

    # ── taking back ──

    def _withdraw(self, there: Mirrored | None) -> Brought | Conflict | TooEarly:
        """Nothing where there is nothing: what never got there, or was thrown away there."""
        if there is None or there.status == "trash":
            return Brought(what="unchanged", remote=self._remembered)
        if not self._is_ours(there) and not self.owed.insist:
            return self._conflict(self._changed_there, there)
        if self.settings.withdrawn == "mark":
            done = self._change(there)
            return Brought(what="withdrawn", remote=done.remote) if isinstance(done, Brought) else done
        self.ledger.asked({**self._remembered, "number": there.number})
        if not self.mirror.trash(there.number):
            self.mirror.change(there.number, {"status": "draft"})
        after = self.mirror.get(there.number)
        if after and comparing.text_of(after) != comparing.text_of(there) and not self.owed.insist:
            return self._conflict(self._changed_there, after)  # as we took it away; the trash has theirs
        return Brought(what="withdrawn", remote={**self._remembered, "status": "trash"})

    # ── outcomes ──

    @property
    def _remembered(self) -> dict[str, Any]:
        """What is remembered, without what is over once it is known what became of it."""
        return {key: value for key, value in self.owed.remote.items() if key not in _ASKED}

    def _conflict(self, code: str, there: Mirrored | None) -> Conflict:
        remote = self._remembered
        if there is not None:
            remote |= {"number": there.number, "link": there.link, "status": there.status}
        data = {
            "link": remote.get("link"),
            "at": there.modified.isoformat() if there and there.modified else None,
        }
        return Conflict(code=code, remote=remote, data=data)


_ASKED = frozenset(("asked", "asked_text", "before", "fields", "twins"))


@dataclass(frozen=True, slots=True)
class _Beside:
    """What a post has besides its text: our tags there by name, our picture; `left_out` is not taken."""

    tag_names: Mapping[str, int]
    picture: int | None
    left_out: list[list[str]]
    took_time: bool

    @property
    def tags(self) -> tuple[int, ...]:
        return tuple(sorted(set(self.tag_names.values())))

    @property
    def remembered(self) -> dict[str, Any]:
        tags: dict[str, Any] = {"tags": list(self.tags), "tag_names": dict(self.tag_names)}
        return {**tags, "picture": self.picture, "left_out": self.left_out}
