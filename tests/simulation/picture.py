"""The requests of a simulation as a picture: how many each hour, and to which host when. SVG by hand."""

from __future__ import annotations

import base64
import struct
import zlib
from collections import Counter
from collections.abc import Sequence

from simulation.world import Asked

LEFT, TOP, WIDTH, BARS, ROW = 60, 40, 1080, 140, 3
COLOURS = [(255, 255, 255), (198, 219, 239), (107, 174, 214), (33, 113, 181), (8, 48, 107)]
STEPS = (0, 1, 2, 5)
"""A cell is darker from 1, 2, 3, and 6 requests in its hours on."""


def drawn(asked: Sequence[Asked], *, days: float) -> str:
    hours = int(days * 24)
    per_hour = Counter(int(each.at // 3600) for each in asked if each.at < hours * 3600)
    hosts = [host for host, _ in Counter(each.host for each in asked).most_common()]
    top = max(per_hour.values())
    steady = max(count for hour, count in per_hour.items() if hour)
    bars = "".join(
        f"M{LEFT + hour * WIDTH / hours:.1f} {TOP + BARS}v-{min(count, steady) * BARS / steady:.1f}"
        for hour, count in sorted(per_hour.items())
    )
    below = TOP + BARS + 40
    height = below + ROW * len(hosts) + 40
    cells = base64.b64encode(_cells(asked, hosts, hours)).decode()
    ticks = "".join(
        f'<text x="{LEFT + day * WIDTH / days:.0f}" y="{TOP + BARS + 14}">{day}</text>'
        for day in range(0, int(days) + 1, max(1, int(days) // 15))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 20}" height="{height}" '
        'font-family="sans-serif" font-size="11" fill="#333">'
        '<rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="{LEFT}" y="20" font-size="14">{len(asked)} requests in {days:g} days to {len(hosts)}'
        f" hosts: each hour (the first, {top}: all sources are new), and below each host a line</text>"
        f'<text x="{LEFT - 6}" y="{TOP + 8}" text-anchor="end">{steady}</text>'
        f'<text x="{LEFT - 6}" y="{TOP + BARS}" text-anchor="end">0</text>'
        f'<path d="{bars}" stroke="#2171b5" stroke-width="{WIDTH / hours:.2f}"/>'
        f'<g text-anchor="middle">{ticks}</g>'
        f'<text x="{LEFT}" y="{TOP + BARS + 30}">day; white: nothing asked in two hours; '
        "the darker the more (1, 2, 3 to 5, 6 and more)</text>"
        f'<image x="{LEFT}" y="{below}" width="{WIDTH}" height="{ROW * len(hosts)}" '
        'preserveAspectRatio="none" style="image-rendering:pixelated" '
        f'href="data:image/png;base64,{cells}"/></svg>\n'
    )


def _cells(asked: Sequence[Asked], hosts: Sequence[str], hours: int) -> bytes:
    """A PNG (ISO/IEC 15948) with a pixel for each host and two hours; the busiest host first."""
    count = Counter((each.host, int(each.at // 7200)) for each in asked)
    columns = hours // 2
    rows = b"".join(b"\0" + bytes(_shade(count[host, column]) for column in range(columns)) for host in hosts)
    palette = b"".join(bytes(colour) for colour in COLOURS)
    header = struct.pack(">IIBBBBB", columns, len(hosts), 8, 3, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def _shade(count: int) -> int:
    return sum(count > step for step in STEPS)
