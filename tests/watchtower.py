"""A newsroom that is looked at by a clock of the test's own, and whoever is told what is wrong there.

Each look is made by a newsroom opened anew, as by a process that was started again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import structlog
from structlog.testing import capture_logs

from curator import bootstrap
from curator.faces.clock import utcnow
from curator.faces.doctor import Check, examine
from curator.faces.watching import Watched, Watcher, watch
from curator.store.backup import LAST
from newsletter import Newsletter, a_newsletter, read_mail
from newsroom import Newsroom

OPS = "ops@example.org"
TELL = "mkdir -p told; n=$(ls told | wc -l); cat > told/$n.json"
"""For a shell: what it is told, a file each."""


@contextmanager
def hearing() -> Iterator[list[MutableMapping[str, Any]]]:
    """What is logged meanwhile, however quiet a command before has made the log."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("info"))
    with capture_logs() as logged:
        yield logged


@dataclass(slots=True)
class Watchtower:
    house: Newsroom
    now: datetime = field(default_factory=utcnow)

    def __post_init__(self) -> None:
        self.house.environ["CURATOR_ALERTS__COMMAND"] = json.dumps(["sh", "-c", TELL])

    @contextmanager
    def opened(self) -> Iterator[bootstrap.Newsroom]:
        with bootstrap.open_newsroom(self.house.folder, self.house.environ) as newsroom:
            yield newsroom

    def look(
        self, *, worker: str = "here:1", machine: str = "", shared: bool = True, **span: float
    ) -> Watched:
        """So much later."""
        self.now += timedelta(**span)
        by = Watcher(
            worker=worker,
            is_gone=lambda _: False,
            clock=lambda: self.now,
            machine=machine,
            looks_at_shared=shared,
        )
        with self.opened() as newsroom:
            return watch(newsroom, newsroom.store, by)

    def checks(self, name: str) -> list[Check]:
        with self.opened() as newsroom:
            found = examine(newsroom, leave_out=["mail_domain"], now=self.now)
        return [check for check in found if check.name.startswith(name)]

    def change(self, *statements: Any) -> None:
        with self.opened() as newsroom, newsroom.store.begin() as tx:
            for statement in statements:
                tx.connection.execute(statement)

    def set(self, key: str, value: str) -> None:
        with self.opened() as newsroom, newsroom.store.begin() as tx:
            tx.meta.set(key, value)

    def backed_up(self) -> None:
        self.set(LAST, self.now.isoformat())

    @contextmanager
    def newsletter(self) -> Iterator[Newsletter]:
        with self.opened() as newsroom:
            made = a_newsletter(newsroom.store, self.house.folder)
            made.now = self.now
            yield made

    @property
    def documents(self) -> list[dict[str, Any]]:
        """What the program was told, in order."""
        files = sorted((self.house.folder / "told").glob("*.json"), key=lambda path: int(path.stem))
        return [json.loads(path.read_text()) for path in files]

    @property
    def told(self) -> list[tuple[str, str]]:
        """`("raised", "disk")` and so on."""
        return [
            (phase, one["key"])
            for document in self.documents
            for phase in ("raised", "ended")
            for one in document[phase]
        ]

    @property
    def mails(self) -> list[EmailMessage]:
        """In order of their dates."""
        files = (self.house.folder / "outbox").glob("alert-*.eml")
        return sorted(
            (read_mail(path.read_bytes()) for path in files), key=lambda mail: mail["Date"].datetime
        )
