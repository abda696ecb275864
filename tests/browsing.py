"""Chromium as readers have it, and what it sees of a page: what was loaded, said, drawn and shut out.

The machine's own browser is driven; none is downloaded. One browser serves a module of tests: while it
runs, its thread has an event loop that `asyncio.run` elsewhere would trip over.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]  # it has no types
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 320, "height": 640}

# What may be otherwise in the dark and where there is little room: all else was asked already.
OF_COLOUR_AND_ROOM = ("color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable")


Scheme: TypeAlias = Literal["light", "dark"]
Medium: TypeAlias = Literal["screen", "print"]


class NoBrowser(Exception):
    """Why there is none here, in words for the person who runs the tests."""


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Start one, or raise NoBrowser."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        raise NoBrowser("no Chromium (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        # Without its sandbox (Playwright's default): that refuses to be root's, and all it opens is ours.
        browser = playwright.chromium.launch(executable_path=program, args=["--disable-dev-shm-usage"])
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Noticed:
    """What a page did, of its own, while it was open."""

    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


class Reader:
    """One person's browser: a window that is resized, darkened and pointed at page after page."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.noticed = Noticed()
        context.on("console", lambda said: self._heard(said.type, said.text))
        context.on("weberror", lambda error: self.noticed.said.append(str(error.error)))
        context.on("request", lambda request: self.noticed.asked.append(request.url))
        context.expose_binding("refused", lambda _source, what: self.noticed.refused.append(what))
        context.add_init_script(
            "addEventListener('securitypolicyviolation', e => refused(e.violatedDirective))"
        )

    def _heard(self, kind: str, words: str) -> None:
        if kind in ("warning", "error"):
            self.noticed.said.append(words)

    def open(self, url: str) -> int:
        """The status it was answered with; what was noticed before is forgotten."""
        self.noticed.said.clear()
        self.noticed.asked.clear()
        self.noticed.refused.clear()
        answer = self.page.goto(url, wait_until="load")
        return answer.status if answer else 0

    def show(self, *, size: Any = WIDE, color_scheme: Scheme = "light", media: Medium = "screen") -> None:
        """How pages are looked at from now on."""
        self.page.set_viewport_size(size)
        self.page.emulate_media(color_scheme=color_scheme, media=media)

    def ask(self, script: str, argument: Any = None) -> Any:
        return self.page.evaluate(script, argument)

    def photograph(self, name: str) -> None:
        """Into the folder that SCREENSHOTS names; none is taken without one."""
        folder = os.environ.get("SCREENSHOTS")
        if folder:
            width = WIDE["width"] if "wide" in name else NARROW["width"]
            part: Any = {"x": 0, "y": 0, "width": width, "height": 2400}
            self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True, clip=part)

    def faults(self, *only: str) -> list[str]:
        """What axe-core has against the page as it is now: the rule, how bad, and where."""
        if not self.ask("() => !!window.axe"):
            self.ask(AXE_SCRIPT)
        options: dict[str, Any] = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
        if only:
            options["runOnly"] = {"type": "rule", "values": only}
        found: list[str] = self.ask(FAULTS, options)
        return found


@contextmanager
def a_reader(browser: Browser, **how: Any) -> Iterator[Reader]:
    # Without motion: what scrolls smoothly is still out of sight when it is looked at.
    said: Any = {
        "viewport": WIDE,
        "locale": "it-IT",
        "timezone_id": "Europe/Rome",
        "reduced_motion": "reduce",
    }
    context = browser.new_context(**said, **how)
    try:
        yield Reader(context)
    finally:
        context.close()


# ── what can be asked of a page ──

FAULTS = """async options => {
  const {violations} = await axe.run(document, options);
  const told = (id, one) => `${id}: ${one.target[0]} ${one.failureSummary}`;
  return violations.flatMap(({id, nodes}) => nodes.map(one => told(id, one)));
}"""

STICKS_OUT = """() => {
  const wide = document.documentElement.clientWidth, found = [];
  if (document.documentElement.scrollWidth <= wide) return found;
  for (const each of document.querySelectorAll('body *')) {
    if (each.getBoundingClientRect().right > wide + 1) found.push(each.outerHTML.slice(0, 120));
  }
  return found.length ? found : ['something'];
}"""

TINY_TEXT = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (walk.nextNode()) {
    const words = walk.currentNode.data.trim(), holder = walk.currentNode.parentElement;
    if (!words || !holder.checkVisibility()) continue;
    const size = parseFloat(getComputedStyle(holder).fontSize);
    if (size < 12) found.push(`${size}px: ${words.slice(0, 60)}`);
  }
  return found;
}"""

KEPT = """async () => [
  document.cookie,
  ...Object.keys(localStorage), ...Object.keys(sessionStorage),
  ...(await navigator.serviceWorker.getRegistrations()).map(one => one.scope),
  ...(await indexedDB.databases()).map(one => one.name),
  ...(await caches.keys()),
].filter(Boolean)"""

FOCUSED = """() => {
  const here = document.activeElement, box = here.getBoundingClientRect(), drawn = getComputedStyle(here);
  return {
    href: here.getAttribute('href'),
    name: here.outerHTML.slice(0, 100),
    at: [...document.querySelectorAll('*')].indexOf(here),
    ringed: here.matches(':focus-visible')
      && drawn.outlineStyle !== 'none' && parseFloat(drawn.outlineWidth) >= 1,
    in_sight: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight
      && box.right > 0 && box.left < innerWidth,
    in_main: !!here.closest('main'),
  };
}"""

BARE = """() => {
  const drawn = getComputedStyle(document.body);
  return [drawn.fontFamily, drawn.backgroundColor, drawn.color].join(' | ');
}"""

PRINTED = """() => ({
  controls: [...document.querySelectorAll('nav, form, button, a[href^="#"]')]
    .filter(each => each.checkVisibility()).map(each => each.outerHTML.slice(0, 100)),
  bare: [...document.querySelectorAll('.attribution a[href^="http"]')]
    .filter(each => !getComputedStyle(each, '::after').content.includes(each.getAttribute('href')))
    .map(each => each.outerHTML.slice(0, 100)),
  paper: getComputedStyle(document.body).backgroundColor,
})"""

UNKNOWN_STYLE = """css => {
  const bare = css.replace(/[/][*][^]*?[*][/]/g, '').replace(/@page[^}]*}/g, '');
  const said = [...bare.matchAll(/[{;]\\s*([a-z-]+)\\s*:\\s*([^;{}]+)(?=[;}])/g)];
  const known = (name, value) => name.startsWith('--') || CSS.supports(name, value.replace('!important', ''));
  const unknown = said.filter(([, name, value]) => !known(name, value));
  return [said.length, unknown.map(([, name, value]) => `${name}: ${value}`)];
}"""

# What was typed last is answered a moment later; then the status says how it went.
SETTLED = """() => {
  const said = document.querySelector('[role=status]').textContent.trim();
  return said && said !== document.querySelector('form').dataset.searching;
}"""
