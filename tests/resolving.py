"""Names that lead where a test wants them to."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from typing import Any


class Names:
    """A resolver of our own: each question to a name gets its next answer, and the last for ever."""

    def __init__(self, answers: Mapping[str, Sequence[Sequence[str]]]) -> None:
        self.answers = {name: list(each) for name, each in answers.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int, **_: Any) -> list[tuple[int, int, int, str, tuple[Any, ...]]]:
        self.asked.append(host)
        answers = self.answers[host]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
            for each in addresses
        ]
