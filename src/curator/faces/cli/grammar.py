"""How commands are written: lazy groups, help from the catalogues, global options at any place.

    @command()
    @argument("ids", nargs=-1, type=int)
    @option("--reason")
    @pass_call
    def skip(call: Call, ids: tuple[int, ...], reason: str | None) -> None: ...

A command returns None (exit 0) or its exit status.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from curator import __version__
from curator.faces.cli.call import Call
from curator.faces.cli.commands import COMMANDS, SECTIONS, below
from curator.faces.messages import LOCALES
from curator.faces.nearest import near

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

F = TypeVar("F", bound=Callable[..., Any])

NAMES = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

pass_call = click.make_pass_decorator(Call)

LARGEST = 2**31 - 1
"""Of any number that is typed: ids are 32 bits wide in PostgreSQL, and a larger one is a slip."""


def program() -> click.Command:
    """`curator` itself."""
    whole = Branch("curator", no_args_is_help=True)
    return click.version_option(__version__, prog_name="curator", message="%(prog)s %(version)s")(whole)


def argument(*names: str, **attributes: Any) -> Callable[[F], F]:
    return click.argument(*names, **_completed(_bounded(names, attributes)))


def option(*names: str, **attributes: Any) -> Callable[[F], F]:
    return click.option(*names, **_completed(_bounded(names, attributes)))


def command(**attributes: Any) -> Callable[[Callable[..., Any]], Command]:
    """Make a function a command of the house (its name and help come from the table and catalogues)."""
    return click.command(cls=attributes.pop("cls", Command), context_settings=NAMES, **attributes)


def limits(function: F) -> F:
    """`--limit` and `--offset` of every list."""
    count = click.IntRange(min=0)
    function = option("--offset", type=count, default=0, show_default=True, metavar="N")(function)
    return option("--limit", type=count, default=50, show_default=True, metavar="N")(function)


def edition_option(function: F) -> F:
    return option("--edition", metavar="E")(function)


def _bounded(names: tuple[str, ...], attributes: dict[str, Any]) -> dict[str, Any]:
    wanted = attributes.get("type")
    if wanted is int and "source_id" in names:
        return attributes | {"type": SourceId()}
    if wanted is int:
        return attributes | {"type": click.IntRange(max=LARGEST)}
    if isinstance(wanted, click.IntRange) and wanted.max is None:
        return attributes | {"type": click.IntRange(min=wanted.min, max=LARGEST)}
    return attributes


def _completed(attributes: dict[str, Any]) -> dict[str, Any]:
    """Names and numbers of ours are completed; what click knows (choices, files), it completes itself."""
    wanted = attributes.get("type")
    if attributes.get("is_flag") or isinstance(wanted, click.Choice | click.Path):
        return attributes
    return {"shell_complete": _hinted, **attributes}


def _hinted(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem[str]]:
    from curator.faces.cli.completing import values

    return values(ctx, param, begun)


class SourceId(click.IntRange):
    """A source's id; or its name, or a part of it that no other has."""

    def __init__(self) -> None:
        super().__init__(max=LARGEST)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, int) or re.fullmatch(r"[-+]?\d+", value) or ctx is None or ctx.resilient_parsing:
            return super().convert(value, param, ctx)
        from curator.faces.cli.sourcenames import source_named

        return source_named(ctx.find_object(Call), value)  # type: ignore[arg-type] # main always gives one


class Spoken(click.Command):
    """Help in the reader's language; the global options before and after every command."""

    def __init__(self, *args: Any, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.params.extend(_global_options())

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=f"{_help(ctx, 'usage')}: ")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(_help(ctx, path(ctx) or "curator"))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        own: list[tuple[str, str]] = []
        everywhere: list[tuple[str, str]] = []
        for param, names, said in self.spoken_options(ctx):
            (everywhere if param.name in GLOBALS else own).append((names, said))
        if own:
            with formatter.section(_help(ctx, "options")):
                formatter.write_dl(own)
        if everywhere and ctx.parent is None:
            with formatter.section(_help(ctx, "global_options")):
                formatter.write_dl(everywhere)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """Options with their help in the reader's language."""
        said = {name: said for param, _, said in self.spoken_options(ctx) for name in param.opts}
        offered = click.Command.shell_complete(self, ctx, incomplete)
        for item in offered:
            item.help = said.get(item.value, item.help)
        return offered

    def spoken_options(self, ctx: click.Context) -> Iterator[tuple[click.Option, str, str]]:
        """Each option as one types it, and what it does. Arguments speak for themselves in the usage."""
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if isinstance(param, click.Option) and record is not None:
                flag = max(param.opts, key=len)
                said = _help(ctx, f"{path(ctx)} {flag}", flag)
                yield param, record[0], f"{said} {_extra(ctx, param)}".strip()


class NoCommand(click.NoSuchCommand):
    """`meant` is ours: click drops what is not spelled alike, and `add` is `source add`."""

    def __init__(self, name: str, *, meant: list[str], ctx: click.Context) -> None:
        super().__init__(name, ctx=ctx)
        self.meant = meant


class Command(Spoken):
    """A command of the table."""


class Branch(Spoken, click.Group):
    """A group whose commands are the table's: each imported only when it is called."""

    def __init__(self, name: str | None = None, **attributes: Any) -> None:
        super().__init__(name, context_settings=NAMES, **attributes)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return below(path(ctx) or None)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        whole = f"{path(ctx)} {cmd_name}".strip()
        if whole in COMMANDS:
            return load(whole)
        if cmd_name in below(path(ctx) or None):
            return Branch(cmd_name, no_args_is_help=True)
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        found = self.get_command(ctx, name)
        if found is None and not ctx.resilient_parsing:
            raise NoCommand(name, meant=self._near(ctx, name), ctx=ctx)
        return name, found, args[1:]

    def _near(self, ctx: click.Context, name: str) -> list[str]:
        """What it may have meant: a word like it here, or a group's command of that name (`add`)."""
        within = [whole for whole in COMMANDS if whole.endswith(f" {name}")] if not path(ctx) else []
        return near(name, self.list_commands(ctx)) or within

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """The commands with their help, none of them imported."""
        from click.shell_completion import CompletionItem

        here = path(ctx)
        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        said = [CompletionItem(name, help=_help(ctx, f"{here} {name}".strip())) for name in names]
        return [*said, *Spoken.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Every command with its help: the root's by section, a group's in one list."""
        here = path(ctx)
        if here:
            with formatter.section(_help(ctx, "commands")):
                formatter.write_dl([(name, _help(ctx, f"{here} {name}")) for name in below(here)])
            return
        for section, commands in SECTIONS.items():
            names = dict.fromkeys(name.split()[0] for name in commands)
            if names:
                with formatter.section(_help(ctx, f"section {section}")):
                    formatter.write_dl([(name, _help(ctx, name)) for name in names])

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_commands(ctx, formatter)
        Spoken.format_options(self, ctx, formatter)


def load(name: str) -> click.Command:
    """Import the command that the table names so."""
    module, _, attribute = COMMANDS[name].partition(":")
    return cast("click.Command", getattr(import_module(module), attribute))


def path(ctx: click.Context) -> str:
    """The words that led here without the program's own name: "source add"; "" at the root."""
    words: list[str] = []
    step: click.Context | None = ctx
    while step is not None and step.parent is not None:
        words.insert(0, step.info_name or "")
        step = step.parent
    return " ".join(words)


def _help(ctx: click.Context, *keys: str) -> str:
    return ctx.find_object(Call).messages.help(*keys)  # type: ignore[union-attr] # main always gives one


def _extra(ctx: click.Context, param: click.Option) -> str:
    """What click adds to an option's help, in the reader's language: required, default, range."""
    extra = param.get_help_extra(ctx)
    said = [
        _help(ctx, "required") if "required" in extra else "",
        f"{_help(ctx, 'default')} {extra['default']}" if "default" in extra else "",
        "" if _is_plain_number(param) else extra.get("range", ""),
    ]
    return f"[{'; '.join(filter(None, said))}]" if any(said) else ""


def _is_plain_number(param: click.Option) -> bool:
    """Its bounds are only those of every number."""
    return isinstance(param.type, click.IntRange) and param.type.max == LARGEST


# ── global options ──────────────────────────────────────────────────────────

GLOBALS = ("as_json", "newsroom_dir", "editor_name", "locale", "debug")


def _global_options() -> list[click.Option]:
    # Made anew for each command: an Option keeps no state, but its command's help hides or shows it.
    return [
        _global("--json", "as_json", is_flag=True),
        _global("--newsroom", "newsroom_dir", metavar="DIR", type=click.Path(path_type=Path)),
        _global("--editor", "editor_name", metavar="NAME"),
        _global("--locale", "locale", type=click.Choice(LOCALES)),
        _global("--debug", "debug", is_flag=True),
    ]


def _global(flag: str, name: str, **attributes: Any) -> click.Option:
    def remember(ctx: click.Context, _param: click.Parameter, value: Any) -> None:
        given = ctx.get_parameter_source(name)
        if given is click.core.ParameterSource.COMMANDLINE:
            setattr(ctx.find_object(Call), name, value)

    # Eager: a source's name that stands before --newsroom is looked for in the newsroom that is meant.
    return click.Option(
        [flag, name], expose_value=False, is_eager=True, callback=remember, **_completed(attributes)
    )
