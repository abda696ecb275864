"""Who is at the keyboard: --editor, else CURATOR_EDITOR, else the login name."""

from __future__ import annotations

import difflib
import getpass
from collections.abc import Mapping

from curator.errors import BadInput, UnknownEditor
from curator.model import Editor
from curator.settings import Settings


def current_editor(settings: Settings, *, asked: str | None, environ: Mapping[str, str]) -> Editor:
    """The editor who acts. Once the settings list any, a name that is not among them is refused."""
    name = asked or environ.get("CURATOR_EDITOR") or _login_name()
    if not name.strip() or not name.isprintable():
        raise BadInput("editor_name_invalid", name=name)  # it stands in logs, file names, before readers
    if not settings.editors:
        return Editor(name=name)
    known = settings.editors.get(name)
    if known is None:
        nearest = difflib.get_close_matches(name, settings.editors, n=1, cutoff=0.0)
        raise UnknownEditor(name=name, nearest=nearest[0] if nearest else None, known=list(settings.editors))
    return Editor(name=name, public_name=known.name if known.public else None, role=known.role)


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no entry in the user database: containers with a bare uid
        return "editor"
