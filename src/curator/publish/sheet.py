"""The next issue as a Markdown file that an editor arranges in `$EDITOR`, and back (pure).

    ---
    subject: Cinque storie sulla fiducia
    version: 4
    pin: 12 · Mantenere una promessa basta
    in: 15 · Perché i clienti se ne vanno
    hold: 13 · Un titolo per la settimana prossima
    drop: 14 · Un titolo per nessun numero
    ---
    The intro, in paragraphs.

One line per item: its word says what becomes of it, the order of the lines is
that of the letter. Lines of the front matter that start with `#` are ours and
ignored. Only what was changed in the file becomes a change; an item whose line
is gone stays where it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from curator import frontmatter
from curator.errors import BadInput
from curator.frontmatter import FENCE
from curator.model import Arrangement
from curator.publish.arranging import Changes, in_order

PIN, IN, HOLD, DROP = "pin", "in", "hold", "drop"
_WISHES = (PIN, IN, HOLD, DROP)
_NAMES = ("subject", "version", *_WISHES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What a file says. `wishes`: of each item that has a line, in the order of the lines."""

    subject: str = ""
    intro: str = ""
    version: int | None = None
    wishes: Mapping[int, str] = field(default_factory=dict)

    @property
    def order(self) -> list[int]:
        """Of what is in the issue, as its letter has it: what is pinned first."""
        return [i for wish in (PIN, IN) for i, said in self.wishes.items() if said == wish]


def sheet(
    arrangement: Arrangement,
    headlines: Mapping[int, str],
    *,
    version: int,
    hints: Sequence[str] = (),
) -> str:
    """The file. `headlines`: of all that waits, in the order of publication; `hints`: put in as comments."""
    lines = [FENCE, *(f"# {hint}" for hint in hints)]
    lines += [f"subject: {arrangement.subject or ''}".rstrip(), f"version: {version}"]
    lines += [_line(wish, i, headlines[i]) for i, wish in _wishes(arrangement, list(headlines))]
    return "\n".join([*lines, FENCE, "", arrangement.intro or ""]).rstrip() + "\n"


def changes(text: str, *, before: str) -> Changes:
    """What the editor changed in the file that was `before`; BadInput says which line cannot be read."""
    new, old = read(text), read(before)
    wished = {wish: tuple(i for i, said in new.wishes.items() if said == wish) for wish in _WISHES}

    def changed(wish: str) -> tuple[int, ...]:
        return tuple(i for i in wished[wish] if old.wishes.get(i, IN) != wish)

    in_it = set(new.order)
    as_before = [i for i in old.order if i in in_it]
    return Changes(
        subject=None if new.subject == old.subject else new.subject,
        intro=None if new.intro == old.intro else new.intro,
        order=None if new.order == as_before else tuple(new.order),
        pin=changed(PIN),
        hold=changed(HOLD),
        drop=changed(DROP),
        take_back=changed(IN),
        version=new.version,
    )


def read(text: str) -> Sheet:
    front, body = frontmatter.read(text, names=_NAMES)
    once: dict[str, str] = {}
    wishes: dict[int, str] = {}
    for number, name, value in front:
        if name in _WISHES:
            item_id = _item(value, line=number)
            if item_id in wishes:
                raise BadInput("issue_item_twice", item=item_id, one=wishes[item_id], other=name)
            wishes[item_id] = name
        elif name in once:
            raise BadInput("manuscript_name_twice", line=number, name=name)
        else:
            once[name] = value
    version = once.get("version", "")
    if version and not version.isdecimal():
        raise BadInput("manuscript_version", version=version)
    return Sheet(
        subject=once.get("subject", ""),
        intro="\n".join(body).strip(),
        version=int(version) if version else None,
        wishes=wishes,
    )


def _item(value: str, *, line: int) -> int:
    found = re.match(r"(\d{1,9})(?!\S)", value)
    if not found:
        raise BadInput("sheet_item", line=line, given=value[:40])
    return int(found[1])


@dataclass(frozen=True, slots=True)
class _Numbered:
    item_id: int


def _wishes(arrangement: Arrangement, waiting: Sequence[int]) -> Iterator[tuple[int, str]]:
    for item in in_order([_Numbered(i) for i in waiting], arrangement):
        yield item.item_id, PIN if item.item_id in arrangement.pinned else IN
    yield from ((i, HOLD) for i in waiting if i in arrangement.held)
    yield from ((i, DROP) for i in waiting if i in arrangement.dropped)


def _line(wish: str, item_id: int, headline: str) -> str:
    return f"{wish}: {item_id} · {' '.join(headline.split())}"
