"""When those are answered who name an address: a clock with so few hands that it tells of nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

MOMENT = 0.4
"""Seconds: many times what the longest way through the database takes."""

Moments = Callable[[], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def at_moments() -> AsyncIterator[None]:
    """What is done in here ends one moment later, or two …, so that no time tells what there was to do.

    To be entered when the whole request is there: whoever is slow to send it
    would set the clock. While it waits nothing is held but the connection.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        yield
    finally:
        await asyncio.sleep(MOMENT - (loop.time() - began) % MOMENT)
