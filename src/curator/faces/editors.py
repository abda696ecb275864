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
    known_editor(settings, name)
    known = settings.editors[name]
    return Editor(name=name, public_name=known.name if known.public else None, role=known.role)


def known_editor(settings: Settings, name: str) -> str:
    """The key of an editor who is to be named; refused, with the nearest, once the settings list any."""
    if not name.strip() or not name.isprintable():
        raise BadInput("editor_name_invalid", name=name)
    if settings.editors and name not in settings.editors:
        raise UnknownEditor(name=name, nearest=_nearest(settings, name), known=list(settings.editors))
    return name


def _nearest(settings: Settings, name: str) -> str | None:
    """By key or by the name in full: "Anna Rossi" is anna."""
    spelt = {known.casefold(): known for known in settings.editors}
    spelt |= {listed.name.casefold(): key for key, listed in settings.editors.items()}
    found = difflib.get_close_matches(name.casefold(), spelt, n=1, cutoff=0.0)
    return spelt[found[0]] if found else None


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no entry in the user database: containers with a bare uid
        return "editor"
