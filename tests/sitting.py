"""An editor at the desk of a test newsroom: keys to press, and what stands on the screen afterwards.

def test_something(newsroom):
    item = a_story(newsroom)

    async def sits(desk): await desk.keys("enter"); ...

    sit(newsroom, sits)
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from textual.events import Key, Paste
from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from builders import NOW, a_queued_item, a_source
from curator.faces.cli.call import Call
from curator.faces.desk.app import DeskApp
from curator.faces.desk.screen import DeskScreen
from curator.faces.desk.work import Work
from curator.store import Store
from newsroom import Newsroom
from picturing import neutral

WIDE, MIDDLE, NARROW = (160, 44), (104, 30), (80, 24)
LATER = NOW + timedelta(hours=3)


class AtThree(Call):
    """A call of the program at a known hour."""

    @property
    def now(self) -> datetime:
        return LATER


class Sitting:
    """One editor in front of one screen."""

    def __init__(self, app: DeskApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot
        self.pressed = 0

    @property
    def screen(self) -> DeskScreen:
        found = self.app.screen_stack[0]
        assert isinstance(found, DeskScreen)
        return found

    async def keys(self, *names: str) -> None:
        """Keys that are no text: they are counted."""
        self.pressed += len(names)
        await self.pilot.press(*names)
        await self.settled()

    async def at_once(self, *names: str) -> None:
        """Keys faster than any of them can be answered."""
        for name in names:
            self.app.post_message(Key(name, name if len(name) == 1 else None))
        await self.until(lambda: not self.app._message_queue.qsize())
        await self.settled()

    async def types(self, text: str) -> None:
        """Text, as a terminal brings what is typed fast or pasted."""
        self.app.post_message(Paste(text))
        await self.settled()

    async def settled(self) -> None:
        """The keys before have been answered, and nothing is being read or painted any more."""
        answered = asyncio.Event()
        self.app.call_later(answered.set)
        await asyncio.wait_for(answered.wait(), 20)
        with suppress(WorkerCancelled):  # the cursor had moved on before its item was read
            await self.app.workers.wait_for_complete()
        await self.pilot.pause()

    async def until(self, true: Callable[[], bool], *, seconds: float = 5) -> None:
        for _ in range(int(seconds / 0.02)):
            if true():
                return
            await self.pilot.pause(0.02)
        raise AssertionError(f"not within {seconds} s: {self.text()}")

    async def picture(self) -> str:
        """The screen as the handbook shows it, once it stands still."""
        before = ""
        while before != (before := self.text()):
            await self.pilot.pause(0.4)
        return neutral(self.app.export_screenshot(title="curator desk"))

    def field(self, name: str) -> str:
        form = self.screen.editor.form
        assert form is not None
        return form.text(name)

    def text(self) -> str:
        """Everything on the screen, line by line."""
        size = self.app.size
        lines = self.app.screen._compositor.render_strips(size)
        return "\n".join("".join(segment.text for segment in line) for line in lines)


def sit(
    newsroom: Newsroom,
    story: Callable[[Sitting], Awaitable[Any]],
    *,
    size: tuple[int, int] = MIDDLE,
    editor: str = "marta",
    locale: str = "it",
    walking: bool = False,
    light: bool = False,
    **environ: str,
) -> None:
    """Open the desk, let the story happen, and leave the terminal as a lost connection would."""
    call = AtThree(newsroom.environ | environ | {"CURATOR_EDITOR": editor, "CURATOR_LOCALE": locale})

    async def session() -> None:
        app = DeskApp(Work(call, call.edition(None)), walking=walking, light=light)
        async with app.run_test(size=size, notifications=True) as pilot:
            desk = Sitting(app, pilot)
            await desk.settled()
            await story(desk)

    try:
        asyncio.run(session())
    finally:
        call.close()


def store_of(newsroom: Newsroom) -> Store:
    return Call(newsroom.environ).store


STORIES = (
    (
        "Keeping a promise is enough",
        """<p>Customers remember a broken promise. They hardly notice one that was exceeded.</p>
        <p>So keep what you said, and spend the rest on the next promise. A company that is always early
        teaches people to expect it.</p><h2>What to do on Monday</h2>
        <ul><li>List what you promise.</li><li>Strike out what you cannot keep.</li></ul>
        <p>The rest is patience.</p>""",
    ),
    (
        "Nine questions before the next survey",
        """<p>Ask less. Every question that nobody will act upon costs you an answer to one that matters.</p>
        <p>Read the answers aloud in the room where decisions are made.</p>""",
    ),
    (
        "When the chatbot says sorry",
        "<p>An apology by a machine is read as an instruction to give up. Let a person say it.</p>",
    ),
    (
        "The waiting room is part of the cure",
        "<p>Patients judge a hospital by the hours in which nothing happens to them.</p>",
    ),
)


def a_full_queue(newsroom: Newsroom, *, max_words: int | None = 120) -> list[int]:
    """Four stories, the first on top of the list; the ids in the order of the list."""
    store = store_of(newsroom)
    source = a_source(store, name="The Keeping Journal", max_words=max_words)
    found = [
        a_queued_item(
            store,
            source_id=source,
            guid=f"story-{number}",
            title=title,
            html=html,
            url=f"https://keeping.example/{number}",
        )
        for number, (title, html) in reversed(list(enumerate(STORIES, start=1)))
    ]
    store.close()
    return found[::-1]
