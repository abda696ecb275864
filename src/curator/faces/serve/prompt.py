"""What lies ready goes out at once: a task and its messages cost more than all the rest of such an answer."""

from __future__ import annotations

from typing import ClassVar

from curator.faces.serve.front import Front
from curator.faces.serve.patience import Patient


class Prompt(Patient):
    """Asks the front itself, before uvicorn makes anything of a request; all else goes its usual way."""

    front: ClassVar[Front]

    _undecided = False

    def head_complete(self) -> None:
        # A task under way answers first; a body and an upgrade are nothing to be prompt about.
        self._undecided = not self._under_way and not self.parser.should_upgrade()
        if not self._undecided:
            super().head_complete()

    def on_body(self, body: bytes) -> None:
        self._as_usual()
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self._undecided and self._answered():
            self._undecided = False
            return
        self._as_usual()
        super().on_message_complete()

    def _as_usual(self) -> None:
        if self._undecided:
            self._undecided = False
            super().head_complete()

    def _answered(self) -> bool:
        if self.flow.write_paused or self._crowded or self.transport.is_closing():
            return False
        answer = self.front.at_hand(self.parser.get_method(), self.url, self.fields)
        if answer is None:
            return False
        keep_alive = self.parser.should_keep_alive() and self.parser.get_http_version() != "1.0"
        date = b"".join([b"%s: %s\r\n" % header for header in self.server_state.default_headers])
        end = b"\r\n" if keep_alive else b"connection: close\r\n\r\n"
        self.transport.writelines([answer.wire + date + end, answer.content])
        if not keep_alive:
            self.transport.close()
        self.on_response_complete()
        return True

    @property
    def _crowded(self) -> bool:
        most = self.limit_concurrency
        return most is not None and (len(self.connections) >= most or len(self.tasks) >= most)
