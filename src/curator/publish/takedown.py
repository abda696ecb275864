"""What is taken back leaves at once: no template of the newsroom's own is worth another hour of it."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from curator.errors import TemplateBroken
from curator.model import Editor
from curator.publish.usecases import Published, publish_edition
from curator.settings import Edition, Settings
from curator.store import Store

_NOWHERE = Path(os.devnull)  # is no folder, so there are no templates but the house's


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenDown:
    """`broken`: why everything looks as the house makes it, until the next publish."""

    published: Published
    broken: TemplateBroken | None = None


def take_down(store: Store, settings: Settings, *, edition: Edition, by: Editor, now: datetime) -> TakenDown:
    """A publish that a broken template does not stop: the house's make all pages then. Safe to repeat."""
    try:
        return TakenDown(published=publish_edition(store, settings, edition=edition, by=by, now=now))
    except TemplateBroken as broken:
        plain = replace(settings, publish=replace(settings.publish, templates=_NOWHERE))
        published = publish_edition(store, plain, edition=edition, by=by, now=now)
        return TakenDown(published=published, broken=broken)
