"""How long a connection may take. uvicorn bounds neither a request's head nor the reading of an answer."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

LINGER = 2.0  # seconds for an answer to arrive at somebody who is still sending


class Patient(H11Protocol):
    patience: ClassVar[float]

    _alarm: asyncio.TimerHandle | None = None
    _lingers = False

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._set_alarm(self.patience)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._lingers:
            return
        if self.conn.their_state is not h11.IDLE:  # the head is there; the body's time is the guard's
            self._stop_alarm()
        elif self._alarm is None:
            self._set_alarm(self.patience)

    def on_response_complete(self) -> None:
        unread = self.conn.their_state is h11.SEND_BODY
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

    def _set_alarm(self, seconds: float) -> None:
        self._stop_alarm()
        self._alarm = self.loop.call_later(seconds, self.transport.abort)

    def _stop_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
