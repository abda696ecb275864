"""The house's templates, and a newsroom's own in front of them; sandboxed."""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import (
    BytecodeCache,
    ChoiceLoader,
    DictLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    StrictUndefined,
    TemplateSyntaxError,
    meta,
)
from jinja2.bccache import Bucket
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from curator.errors import CuratorError, TemplateBroken
from curator.model import UNDATED
from curator.publish import labels, markup
from curator.rights import license_address

_HOUSE = Path(str(files("curator.publish").joinpath("templates")))
_LONGEST = 32 * 1024 * 1024  # characters of one page; an archive of 10,000 headlines has 3 million
_ROUNDS = 10_000
_WIDEST = 1_000_000  # characters that one expression may make of fewer


_NOTHING = object()


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's, in which nothing grows without end: a slip of the hand must not eat the machine."""

    intercepted_binops = frozenset(("*", "**"))

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._safe: set[tuple[type, str]] = set()

    def getattr(self, obj: Any, attribute: str) -> Any:
        """As Jinja does it; what is safe of one thing is so of all of its type, and asked once."""
        kind = (type(obj), attribute)
        if kind in self._safe:
            return getattr(obj, attribute)
        found = super().getattr(obj, attribute)
        if found is getattr(obj, attribute, _NOTHING) and self.is_safe_attribute(obj, attribute, found):
            self._safe.add(kind)
        return found

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" and max(abs(left), abs(right)) > _ROUNDS:
            raise OverflowError("too great a power")
        for many, times in ((left, right), (right, left)):
            if isinstance(many, str | list | tuple) and len(many) * times > _WIDEST:
                raise OverflowError(f"more than {_WIDEST} at once")
        return super().call_binop(context, operator, left, right)


class _Compiled(BytecodeCache):
    """Templates as Python, by their file: the house's are compiled once, whatever goes in front of them."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self._code.get(bucket.key):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key] = bucket.bytecode_to_string()


_COMPILED = {sandboxed: _Compiled() for sandboxed in (False, True)}  # a sandbox compiles other calls


class Templates:
    """What pages and letters are made with. `folder`: a newsroom's own, which go before the house's."""

    def __init__(self, folder: Path | None = None, *, sources: Mapping[str, str] | None = None) -> None:
        """`sources`: these templates and no others, as they were when somebody froze them."""
        self._folder = folder
        self._watched = False
        self.fingerprint = _fingerprint(self._folders) if sources is None else _digest_of(sources)
        """Differs whenever what is made with them may differ."""
        house = PackageLoader("curator.publish", "templates")
        # Foreign text only ever arrives as a value; the sandbox is for the template that forgets it.
        # The house's own are tested with the program, and where no others are, they go without: it is an
        # eighth of the time.
        own = folder is not None or sources is not None
        loader = ChoiceLoader([FileSystemLoader(folder), house]) if folder else house
        self._environment = (_Sandbox if own else Environment)(
            loader=loader if sources is None else DictLoader(sources),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            bytecode_cache=_COMPILED[own],
            auto_reload=False,  # one publish, one set of templates
            cache_size=-1,
        )
        self._environment.filters.pop("random")  # two builds of one state are byte-identical
        self._environment.globals.pop("lipsum")
        self._environment.filters.update(
            quotation=markup.quotation,
            paragraphs=markup.paragraphs,
            licence=markup.licence_name,
            terms=license_address,
            unlabelled=markup.unlabelled,
            linked=markup.linked,
            shortened=markup.shortened,
        )
        self._environment.globals.update(
            range=_range,
            UNDATED=UNDATED,
            label=labels.label,
            say=labels.say,
            words_language=labels.words_language,
            day=labels.day,
            month=labels.month,
            month_named=labels.month_named,
            date_language=labels.date_language,
            language_name=labels.language_name,
            own_name=labels.own_name,
            title_language=markup.title_language,
        )

    def render(self, template: str, **values: object) -> Markup:
        with self._telling(template):
            found = self._environment.get_template(template)
            if self._watched:
                return Markup("".join(_ending(found.generate(**values))))  # noqa: S704  autoescape is on
            return Markup(found.render(**values))  # noqa: S704  the same

    def watched(self) -> Templates:
        """The same templates, but one that does not end is stopped; that costs time."""
        watched = copy(self)
        watched._watched = True  # noqa: SLF001  our own kind
        return watched

    @property
    def are_own(self) -> bool:
        """Whether a newsroom has any of its own."""
        return self._folder is not None

    def compile(self) -> None:
        """Read every template, also those that no page uses today."""
        for name in self.names:
            with self._telling(name):
                self._environment.get_template(name)

    def source(self, name: str) -> bytes:
        """A file that is no template, as it is: the style, the script, the icon.

        A template could ask for it, so it is one of these folders or none.
        """
        if Path(name).name != name:
            raise FileNotFoundError(name)
        own = self._folder / name if self._folder else None
        return (own if own and own.is_file() else _HOUSE / name).read_bytes()

    def sources(self, *names: str) -> dict[str, str]:
        """Templates and all that they include, import or extend, as they are written."""
        loader = self._environment.loader
        found: dict[str, str] = {}
        waiting = list(names)
        while waiting and loader is not None:
            name = waiting.pop()
            if name in found:
                continue
            with self._telling(name):
                found[name] = loader.get_source(self._environment, name)[0]
                told = meta.find_referenced_templates(self._environment.parse(found[name]))
            for other in told:  # None: one that is named only while it renders, so it may be any
                waiting += self.names if other is None else [other]
        return found

    @property
    def names(self) -> list[str]:
        return [name for name in self._environment.list_templates() if name.endswith((".html", ".xml"))]

    @contextmanager
    def _telling(self, template: str) -> Iterator[None]:
        """Whatever a template does wrong becomes TemplateBroken."""
        try:
            yield
        except CuratorError:
            raise
        except MemoryError:
            raise  # of the machine, not of the template
        except Exception as error:
            raise self._broken(template, error) from error

    def _broken(self, template: str, error: Exception) -> TemplateBroken:
        """Where in which file: of what went wrong in a template, the innermost line of a template."""
        if isinstance(error, TemplateSyntaxError):
            return TemplateBroken(
                path=self._shown(error.filename or template), line=error.lineno, cause=error.message or ""
            )
        path, line = template, 1
        for frame in traceback.extract_tb(error.__traceback__):
            if frame.filename.startswith(tuple(map(str, self._folders))):
                path, line = frame.filename, frame.lineno or 1
        return TemplateBroken(path=self._shown(path), line=line, cause=_cause(error))

    @property
    def _folders(self) -> list[Path]:
        return [folder for folder in (self._folder, _HOUSE) if folder]

    def _shown(self, path: str) -> str:
        """A template by its file: its own folder's, else the house's."""
        if Path(path).is_absolute():
            return path
        return next((str(f / path) for f in self._folders if (f / path).is_file()), path)


def _cause(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _ending(pieces: Iterable[str]) -> Iterator[str]:
    length = 0
    for piece in pieces:
        yield piece
        length += len(piece)
        if length > _LONGEST:
            raise OverflowError(f"more than {_LONGEST} characters")


def _range(*bounds: int) -> range:
    rounds = range(*bounds)
    if len(rounds) > _ROUNDS:
        raise OverflowError(f"more than {_ROUNDS} rounds")
    return rounds


def _fingerprint(folders: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for folder in folders:
        for file in _files(folder):
            name = file.relative_to(folder).as_posix()
            digest.update(name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _digest_of(sources: Mapping[str, str]) -> str:
    told = "\0".join(part for each in sorted(sources.items()) for part in each)
    return hashlib.sha256(told.encode()).hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.rglob("*")) if file.is_file())


def templates_in(folder: Path) -> Templates:
    """A newsroom's own; read anew only when a file of them is another."""
    stamps = tuple((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in _files(folder))
    return _read(folder, stamps)


@lru_cache(maxsize=2)
def _read(folder: Path, _stamps: tuple[tuple[str, int, int], ...]) -> Templates:
    return Templates(folder)


@lru_cache(maxsize=1)
def house() -> Templates:
    """Those that come with the program, and no others."""
    return Templates()
