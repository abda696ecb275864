"""What comes with the program besides code: the migrations (`alembic`) and the default files (`config`)."""

from __future__ import annotations

from pathlib import Path


def shipped(name: str) -> Path:
    """The folder of that name: inside the package where a wheel put it, else at the root of the checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "_shipped" / name
    # An editable install copies nothing: the package lies in src/ of the checkout.
    return installed if installed.is_dir() else package.parents[1] / name
