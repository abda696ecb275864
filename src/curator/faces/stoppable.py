"""A mailer that ends between two mails, not within one, once the service is to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable

from curator.ports import Deferred, HandOver, Mail, Mailer


class Stoppable:
    """Answers as a server that shuts down would (RFC 5321 §3.8: 421), once we are to stop.

    So no mail is begun that could be cut in the middle, and the rest stays pending.
    """

    def __init__(self, mailer: Mailer, stopping: threading.Event) -> None:
        self._mailer = mailer
        self._stopping = stopping
        self.writes_files = mailer.writes_files

    def send(
        self,
        mail: Mail,
        *,
        before_data: Callable[[], None] = lambda: None,
        coming: Callable[[], Mail | None] = lambda: None,
    ) -> HandOver:
        if self._stopping.is_set():
            return Deferred(reply="421 stopping", whole_session=True)
        return self._mailer.send(mail, before_data=before_data, coming=coming)

    def close(self) -> None:
        self._mailer.close()
