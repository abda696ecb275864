"""The door: what was published goes out from here, everything else is the application's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import BinaryIO

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from curator.faces import logs
from curator.faces.serve import naming
from curator.faces.serve.answers import Answer
from curator.faces.serve.figures import Figures
from curator.faces.serve.guard import log
from curator.faces.serve.outputs import Outputs

PIECE = 256 * 1024
"""Of an answer: whoever takes longer for one than `serve.timeout` is let go."""


class Front:
    """Bare ASGI: routing and middleware would cost as much again as an answer does.

    What is answered here is counted and not logged; a line each would cost more than all the rest.
    """

    def __init__(self, outputs: Outputs, app: ASGIApp, *, figures: Figures) -> None:
        self._outputs = outputs
        self._app = app
        self._figures = figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        try:
            answer = await self._outputs.answer(scope)
        except Exception as error:  # noqa: BLE001 - no traceback for anybody, as in the guard
            name = naming.name_of(scope)
            log.error("request_failed", request=name, kind=type(error).__name__, where=logs.where(error))
            words, header = naming.failed(name), (naming.HEADER.lower().encode(), name.encode())
            answer = Answer.said(500, words.encode(), header)
        if answer is None:
            await self._pass_on(scope, receive, send, began)
            return
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        if answer.file is not None:
            sent = await _poured(answer.file, answer, send)
        elif len(answer.content) > PIECE:
            sent = await _cut(answer.content, send)
        else:
            await send({"type": "http.response.body", "body": answer.content})
            sent = len(answer.content)
        self._figures.answered(
            answer.kind,
            answer.status,
            sent=sent,
            seconds=time.perf_counter() - began,
        )

    def at_hand(self, method: bytes, url: bytes, fields: Mapping[bytes, bytes]) -> Answer | None:
        """What can go out at once and in one piece, see `Prompt`; counted as if it had."""
        if not url.startswith(b"/") or b"%" in url:
            return None
        path, _, query = url.partition(b"?")
        if self._outputs.may_lead(query):
            return None
        began = time.perf_counter()
        try:
            answer = self._outputs.at_hand(method.decode(), path.decode(), fields)
        except Exception:  # noqa: BLE001 - asked as usual it fails once more, and is logged there
            return None
        if not isinstance(answer, Answer) or not answer.wire or answer.large or len(answer.content) > PIECE:
            return None
        seconds = time.perf_counter() - began
        self._figures.answered(answer.kind, answer.status, sent=len(answer.content), seconds=seconds)
        return answer

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send, began: float) -> None:
        status, sent = 500, 0

        async def counted(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, counted)
        finally:
            route = getattr(scope.get("endpoint"), "__name__", None) or "other"
            self._figures.answered(route, status, sent=sent, seconds=time.perf_counter() - began)


async def _cut(content: bytes | memoryview, send: Send) -> int:
    rest = memoryview(content)
    while len(rest) > PIECE:
        await send({"type": "http.response.body", "body": rest[:PIECE], "more_body": True})
        rest = rest[PIECE:]
    await send({"type": "http.response.body", "body": rest})
    return len(content)


async def _poured(file: BinaryIO, answer: Answer, send: Send) -> int:
    rest = answer.length
    with file:
        file.seek(answer.start)
        while rest:
            piece = await asyncio.to_thread(file.read, min(rest, PIECE))
            if not piece:
                break  # shorter than it was a moment ago: uvicorn closes a connection that was promised more
            rest -= len(piece)
            await send({"type": "http.response.body", "body": piece, "more_body": rest > 0})
    return answer.length - rest
