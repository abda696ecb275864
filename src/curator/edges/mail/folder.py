"""A folder of .eml files: what would be sent, without sending it."""

from __future__ import annotations

import contextlib
import os
import re
import threading
from collections.abc import Callable
from pathlib import Path

from curator.edges.mail.wire import ready
from curator.errors import MailRefused
from curator.ports import HandOver, Mail, Written
from curator.syncing import sync_one


class FolderMailer:
    """Writes each mail as a file named after its delivery: twice is once, and never half a file."""

    writes_files = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(
        self,
        mail: Mail,
        *,
        before_data: Callable[[], None] = lambda: None,  # noqa: ARG002
        coming: Callable[[], Mail | None] = lambda: None,  # noqa: ARG002
    ) -> HandOver:
        # The envelope is nobody's business here: a file has not been sent.
        content = ready(mail).message
        path = self.folder / f"{re.sub(r'[^A-Za-z0-9._-]', '_', mail.name)}.eml"
        unfinished = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
            sync_one(self.folder)
        except OSError as error:
            with contextlib.suppress(OSError):
                unfinished.unlink()
            raise MailRefused("mail_folder_unusable", path=str(path), cause=error.strerror) from error
        return Written(path=str(path))

    def close(self) -> None:
        pass
