"""The tree of what can go wrong: codes and data, no language.

    CuratorError
    ├── NewsroomError        no newsroom, bad settings, unusable folder
    │   ├── NoNewsroom
    │   └── BadSettings
    ├── StoreError           the database
    │   ├── DatabaseMissing
    │   ├── DatabaseBusy
    │   ├── DatabaseUnusable
    │   └── SchemaMismatch
    ├── NotFound             an id that is not there
    ├── BadInput             a value somebody typed or a file they gave
    ├── Refused              a rule of the house says no
    │   ├── MoveNotAllowed
    │   ├── NotReady
    │   ├── ClaimedByOther
    │   └── UnknownEditor
    ├── EditConflict         somebody was faster; carries both texts
    ├── ArrangementConflict  the same about the next issue of the newsletter
    ├── FetchFailed          a page or feed that was needed at once
    ├── OutputFailed         a file for readers that could not be written
    ├── TemplateBroken       a page that cannot be made with the templates as they are
    ├── MailRefused          a mail that could not be handed over
    └── MirrorFailed         a mirror (a WordPress) that did not take what we asked of it

`code` is stable and is the key of the message in `faces/messages/*.toml`;
`data` fills the message. Faces alone turn them into a language.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

from curator.model import Arranged, Item, Problem


class CuratorError(Exception):
    """Base of everything this program raises on purpose."""

    code: ClassVar[str] = "error"

    def __init__(self, code: str | None = None, /, **data: Any) -> None:
        self.reason = code or self.code
        self.data = data
        super().__init__(self.reason, data)


class NewsroomError(CuratorError):
    code = "newsroom_unusable"


class NoNewsroom(NewsroomError):
    code = "newsroom_missing"


class BadSettings(NewsroomError):
    """A settings file or variable that cannot be used; data names the key and the nearest known one."""

    code = "settings_invalid"


class StoreError(CuratorError):
    code = "database_failed"


class DatabaseMissing(StoreError):
    code = "database_missing"


class DatabaseBusy(StoreError):
    code = "database_busy"


class DatabaseUnusable(StoreError):
    """Unreachable, read-only, corrupt, or the disk is full; data says which."""

    code = "database_unusable"


class SchemaMismatch(StoreError):
    code = "schema_mismatch"


class NotFound(CuratorError):
    """data: `noun` (item, source, entry, issue, subscriber, edition) and `id`."""

    code = "not_found"


class BadInput(CuratorError):
    code = "input_invalid"


class Refused(CuratorError):
    code = "refused"


class MoveNotAllowed(Refused):
    code = "move_not_allowed"


class NotReady(Refused):
    code = "not_ready"

    def __init__(self, *, item_id: int, problems: Sequence[Problem]) -> None:
        super().__init__(item=item_id, problems=tuple(problems))
        self.problems = tuple(problems)


class ClaimedByOther(Refused):
    code = "claimed_by_other"


class UnknownEditor(Refused):
    code = "editor_unknown"


class EditConflict(CuratorError):
    """The item moved on since it was read. `theirs` is what stands now; the caller keeps its own text."""

    code = "edit_conflict"

    def __init__(self, *, item_id: int, expected: int, theirs: Item, **data: Any) -> None:
        super().__init__(item=item_id, expected=expected, version=theirs.version, **data)
        self.theirs = theirs


class ArrangementConflict(CuratorError):
    """The next issue was edited, or closed, since it was read. `theirs` is what stands now."""

    code = "issue_edit_conflict"

    def __init__(self, *, edition: str, expected: int, theirs: Arranged, **data: Any) -> None:
        super().__init__(
            edition=edition, expected=expected, version=theirs.version, editor=theirs.editor, **data
        )
        self.theirs = theirs


class FetchFailed(CuratorError):
    code = "fetch_failed"


class MailRefused(CuratorError):
    code = "mail_refused"


class MirrorFailed(CuratorError):
    """`whole`: it is no item's fault. `unsure`: it may have been done all the same.

    `retry_after`: how long the mirror wants to be left alone.
    """

    code = "mirror_failed"

    def __init__(
        self,
        code: str,
        /,
        *,
        whole: bool = False,
        unsure: bool = False,
        retry_after: timedelta | None = None,
        **data: Any,
    ) -> None:
        super().__init__(code, **data)
        self.whole = whole
        self.unsure = unsure
        self.retry_after = retry_after


class OutputFailed(CuratorError):
    """data: `path` and `cause`. What readers had is still there."""

    code = "output_failed"


class TemplateBroken(CuratorError):
    """data: `path`, `line` and `cause`. What readers had is still there."""

    code = "template_broken"
