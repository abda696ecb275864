"""How the parts of a fetch say that it failed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from curator.model import Failed
from curator.model.credentials import masked


class CannotFetch(Exception):
    """How this package and the guarded transport say `Failed` from within; `fetch` lets none out."""

    def __init__(
        self,
        code: str,
        *,
        http_status: int | None = None,
        retry_after: timedelta | None = None,
        **data: Any,
    ) -> None:
        super().__init__(code, data)
        self.failed = Failed(code=code, data=data, http_status=http_status, retry_after=retry_after)


def shown(text: str) -> str:
    """Foreign text fit for a message: short, printable, without a password."""
    text = re.sub(r"\A[^/?#\s]*@", "***@", masked(text))[:300]  # an address may lack its scheme
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )
