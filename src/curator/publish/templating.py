"""The house's templates, and a newsroom's own in front of them; sandboxed."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from curator.publish import labels, markup
from curator.rights import license_address


class Templates:
    """What pages and letters are made with. `folder`: a newsroom's own, which go before the house's."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        house = PackageLoader("curator.publish", "templates")
        # Foreign text only ever arrives as a value; the sandbox is for the template that forgets it.
        self._environment = ImmutableSandboxedEnvironment(
            loader=ChoiceLoader([FileSystemLoader(folder), house]) if folder else house,
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(
            quotation=markup.quotation,
            paragraphs=markup.paragraphs,
            licence=markup.licence_name,
            terms=license_address,
            unlabelled=markup.unlabelled,
        )
        self._environment.globals.update(
            label=labels.label, day=labels.day, month=labels.month, title_language=markup.title_language
        )

    def render(self, template: str, **values: object) -> Markup:
        return Markup(self._environment.get_template(template).render(**values))  # noqa: S704  autoescape is on

    @property
    def fingerprint(self) -> str:
        """Differs whenever what is made with them may differ."""
        digest = hashlib.sha256()
        for folder in (files("curator.publish").joinpath("templates"), self._folder):
            if folder is None or not folder.is_dir():
                continue
            for file in sorted(folder.iterdir(), key=lambda each: each.name):
                if file.is_file():
                    digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
        return digest.hexdigest()


@lru_cache(maxsize=1)
def house() -> Templates:
    """Those that come with the program, and no others."""
    return Templates()
