"""How long a connection may take, and which heads are refused. uvicorn bounds neither head nor answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from curator.faces.serve.negotiating import fields

LINGER = 2.0  # seconds for an answer to arrive at somebody who is still sending
LONGEST_HEAD = 16 * 1024

_TOO_LARGE = PlainTextResponse("too large", 431, headers={"Connection": "close"})
_ONE_HOST = PlainTextResponse("name one host", 400, headers={"Connection": "close"})
_TOO_LARGE_SO_FAR = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: text/plain; charset=utf-8\r\ncontent-length: 9\r\nconnection: close\r\n\r\ntoo large"
)


class Patient(HttpToolsProtocol):
    patience: ClassVar[float]
    fields: Mapping[bytes, bytes]  # of the last head that is whole

    _alarm: Any = None
    _in_head = False
    _head = 0  # bytes that came since it began, and what came with its beginning
    _heads_whole = 0
    _lingers = False

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._set_alarm(self.patience)

    def data_received(self, data: bytes) -> None:
        before = self._heads_whole
        self._head += len(data)
        super().data_received(data)
        if self._lingers:
            return
        if self._in_head and self._heads_whole == before:
            if self._head > LONGEST_HEAD:
                self._refuse()
                return
        else:
            self._head = 0
        if self.flow.write_paused:
            return  # its alarm stands: asking on is no reading
        if self._under_way or self.timeout_keep_alive_task is not None:
            self._stop_alarm()  # the head is there: a body's time is the guard's, and a pause is uvicorn's
        elif self._alarm is None:
            self._set_alarm(self.patience)

    def on_message_begin(self) -> None:
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._heads_whole += 1
        refusal = self._refusal()
        if refusal is None:
            self.head_complete()
            return
        self.app, app = refusal, self.app
        try:
            super().on_headers_complete()
        finally:
            self.app = app

    def head_complete(self) -> None:
        """A request may begin."""
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        if self._lingers:
            self._lingers = False
            self._stop_alarm()

    def on_response_complete(self) -> None:
        # With another request waiting, `cycle` is that one's: then this one was read to its end.
        unread = not self.pipeline and self.cycle is not None and self.cycle.more_body
        super().on_response_complete()
        if unread:
            # It goes on sending what nobody will read.
            self._lingers = True
            self._set_alarm(LINGER)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._set_alarm(self.patience)

    def resume_writing(self) -> None:
        if not self._lingers:
            self._stop_alarm()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_alarm()
        super().connection_lost(exc)

    @property
    def _under_way(self) -> bool:
        """From a whole head to the end of its answer."""
        return self.cycle is not None and not self.cycle.response_complete

    def _refusal(self) -> ASGIApp | None:
        if self._head > LONGEST_HEAD and _length(self.url, self.headers) > LONGEST_HEAD:
            return _TOO_LARGE
        self.fields = fields(self.headers)
        host = self.fields.get(b"host")
        if host is None:  # RFC 9112 §3.2; before HTTP/1.1 nobody had to say it
            return None if self.parser.get_http_version() == "1.0" else _ONE_HOST
        return _ONE_HOST if b", " in host else None  # of several lines: no name has a space

    def _refuse(self) -> None:
        if not self._under_way:
            self.transport.write(_TOO_LARGE_SO_FAR)
        self.transport.close()

    def _set_alarm(self, seconds: float) -> None:
        self._stop_alarm()
        self._alarm = self.loop.call_later(seconds, self.transport.abort)

    def _stop_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None


def _length(url: bytes, headers: list[tuple[bytes, bytes]]) -> int:
    return len(url) + sum(len(name) + len(value) for name, value in headers)
