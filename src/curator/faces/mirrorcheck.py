"""What the doctor says of the mirror: who stands in its way, and what waits for an editor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from curator.faces.doctor import Check
from curator.model import OutboxState, Problem

if TYPE_CHECKING:
    from curator.bootstrap import Newsroom

LASTING = timedelta(hours=1)
"""A WordPress may be away for as long, and nobody need come."""


def mirror(newsroom: Newsroom, _now: datetime) -> Iterator[Check]:
    """Nothing where no mirror is set. Settings that cannot be used say themselves what is wrong."""
    from curator.edges.wordpress import open_wordpress
    from curator.publish.mirror import owing, settling

    if owing.target_of(newsroom.settings) is None:
        return
    with closing(open_wordpress(newsroom.settings)):  # asks nothing; its password is read
        pass
    found = settling.standing(newsroom.store, newsroom.settings)
    data: dict[str, Any] = {
        "target": found.target,
        "waiting": found.counts[OutboxState.WAITING],
        "done": found.counts[OutboxState.DONE],
    }
    error = found.state.error if found.state else None
    if error:
        data["why"] = Problem(code=error["code"], data=error.get("data", {}))
        yield Check(
            name="mirror",
            ok=False,
            code="doctor_mirror_refuses",
            advice="advice_mirror",
            data=data,
            kind="mirror",
            after=LASTING,
        )
    else:
        yield Check(name="mirror", code="doctor_mirror", data=data)
    if found.elsewhere:
        data = {"target": ", ".join(found.elsewhere), "number": sum(found.elsewhere.values())}
        yield Check(
            name="mirror elsewhere",
            code="doctor_mirror_elsewhere",
            advice="advice_mirror_elsewhere",
            data=data,
        )
    conflicts = [owed.item_id for owed, _ in found.rows if owed.state is OutboxState.CONFLICT]
    if conflicts:
        data = {"items": conflicts}
        yield Check(
            name="mirror conflicts",
            ok=False,
            code="doctor_mirror_conflicts",
            advice="advice_mirror_settle",
            data=data,
        )
    if found.lost_markup:
        data = {"items": found.lost_markup}
        yield Check(
            name="mirror markup", code="doctor_mirror_markup", advice="advice_mirror_markup", data=data
        )
