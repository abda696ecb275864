"""Pictures of terminals for the editors' handbook: made by tests, compared with those in docs/manuale/.

UPDATE_PICTURES=1 (`make pictures`) writes them anew; look at what changed before you commit it.
"""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

from rich.console import Console
from rich.text import Text

FOLDER = Path(__file__).parents[1] / "docs/manuale"

_FONTS = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
_FAMILY = re.compile(r"font-family: [^;]*;")
_IDS = re.compile(r"terminal-\d+")
OURS = "font-family: ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace;"


def drawn(raw: str, *, title: str, columns: int) -> str:
    """What a terminal showed (with its colours) as SVG."""
    console = Console(
        record=True, width=columns, file=io.StringIO(), force_terminal=True, color_system="standard"
    )
    console.print(Text.from_ansi(raw), highlight=False, soft_wrap=False)
    return neutral(console.export_svg(title=title))


def neutral(svg: str) -> str:
    """Without what is loaded from elsewhere, and with ids that depend on nothing."""
    svg = _IDS.sub("terminal", _FAMILY.sub(OURS, _FONTS.sub("", svg)))
    return "\n".join(line.rstrip() for line in svg.splitlines()).strip() + "\n"


def is_in_the_handbook(svg: str, name: str) -> bool:
    """Whether docs/manuale/NAME.svg is this very picture."""
    path = FOLDER / f"{name}.svg"
    if os.environ.get("UPDATE_PICTURES"):
        FOLDER.mkdir(exist_ok=True)
        path.write_text(svg, encoding="utf-8")
    return path.exists() and path.read_text(encoding="utf-8") == svg
