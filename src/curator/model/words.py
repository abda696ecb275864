"""What every other word is made of: languages, cleaned HTML, problems."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NewType

Lang = NewType("Lang", str)
"""A BCP 47 language tag; `und` where nobody knows."""

UNKNOWN_LANGUAGE = Lang("und")

SafeHtml = NewType("SafeHtml", str)
"""HTML that passed the cleaner (`text.clean`): the only HTML that may reach an output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something missing or doubtful: a stable code and data, never a sentence.

    What begins with `import_` an import was not sure of. A warning (`lint_…`) says in `data` where:
    `start` and `end` (characters of the field's text), `found`, and a `suggestion` where there is one.
    """

    code: str
    field: str | None = None
    waivable: bool = False
    data: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def blocks(self) -> bool:
        """Whether it keeps an item from readers; a warning never does."""
        return not self.code.startswith(("lint_", "import_"))
