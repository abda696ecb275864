"""The command line: `main` and nothing else; the commands are listed in `commands.py`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

import click

from curator.errors import BadInput, CuratorError
from curator.faces.cli import ending
from curator.faces.cli.call import Call
from curator.faces.cli.grammar import program as whole_program
from curator.faces.messages import LOCALES

__all__ = ["main", "run"]


def main() -> None:
    """The program `curator`."""
    _speak_utf8()
    if "_CURATOR_COMPLETE" in os.environ:  # a shell's script asks (`curator completion`)
        from curator.faces.cli.completing import answer

        sys.stdout.write(answer(sys.argv[1:], os.environ))
        return
    status = run(sys.argv[1:], os.environ)
    try:
        sys.stderr.flush()
    except OSError:  # a full disk behind `2>> file`: what was done is done
        _let_go_of(sys.stderr)
    sys.exit(status)


def run(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """One call of the program; returns its exit status and leaves the process be."""
    call = Call(environ)
    call.locale = _overheard_locale(arguments) or call.locale
    try:
        status = _invoke(arguments, call)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough (`curator queue | head`): say nothing, now or at exit.
        _let_go_of(sys.stdout)
        return ending.DONE
    except OSError as error:  # the answer could not be written: a full disk behind `> file`
        _let_go_of(sys.stdout)
        error.filename = error.filename or "stdout"
        return ending.system(error, call)
    except MemoryError:
        return ending.speechless(call)
    finally:
        call.close()
    return status


def _let_go_of(stream: TextIO) -> None:
    """What is left in its buffer goes nowhere; otherwise Python tries again at exit, and complains."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _invoke(arguments: Sequence[str], call: Call) -> int:  # noqa: PLR0911 - one way to end, one answer
    garbled = next((word for word in arguments if not _is_text(word)), None)
    if garbled is not None:
        _overhear(arguments, call)
        shown = garbled.encode(errors="replace").decode()
        return ending.refused(BadInput("argument_not_utf8", argument=shown), call)
    try:
        # Not click's own main: it would end a broken pipe with exit 1.
        program = whole_program()
        with program.make_context("curator", list(arguments), obj=call) as context:
            returned = program.invoke(context)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.UsageError as error:
        _overhear(arguments, call)  # reading stopped here: what stands after it counts too
        return ending.wrong_usage(error, call)
    except click.ClickException as error:
        return ending.wrong_usage(error, call)
    except (click.Abort, KeyboardInterrupt):
        sys.stderr.write("\n")
        return ending.INTERRUPTED
    except CuratorError as error:
        return ending.refused(error, call)
    except BrokenPipeError:
        raise
    except OSError as error:
        return ending.system(error, call)
    except Exception as error:  # noqa: BLE001 - the outermost door: a bug is reported in one line, not as a traceback
        return ending.unexpected(error, call)
    return returned if isinstance(returned, int) else ending.DONE


def _is_text(argument: str) -> bool:
    """Python keeps bytes that are no UTF-8 as half characters (PEP 383); saved, a letter would be lost."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return True


def _overhear(arguments: Sequence[str], call: Call) -> None:
    """--json and --debug where the command line could not be read to its end."""
    spoken = list(arguments[: arguments.index("--")] if "--" in arguments else arguments)
    call.as_json = call.as_json or "--json" in spoken
    call.debug = call.debug or "--debug" in spoken


def _overheard_locale(arguments: Sequence[str]) -> str | None:
    """`curator --help --locale it`: --help answers before --locale is read."""
    for here, following in zip(arguments, [*arguments[1:], ""], strict=False):
        value = following if here == "--locale" else here.removeprefix("--locale=")
        if here.startswith("--locale") and value in LOCALES:
            return value
    return None


def _speak_utf8() -> None:
    """JSON is UTF-8 (RFC 8259 §8.1), and no name from a feed may break a terminal that is not."""
    # A stream that was closed (`>&-`) is None: what is said there goes nowhere.
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - for the process's life
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr] # TextIOWrapper in a program
