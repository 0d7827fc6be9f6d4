"""The entry of the process, and the one place where errors become exit codes."""

from __future__ import annotations

import errno
import gc
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NoReturn

from goflow._version import __version__
from goflow.cli.streams import hears_unicode, say, write_data
from goflow.errors import GoflowError, UsageError, reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    import click

_LIMITS: Final = frozenset(
    {errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC, errno.EROFS}
)

INTERRUPTED: Final = 130
DEFECT: Final = 70


def run_process() -> NoReturn:
    """Do what the command line says and leave with its exit code.

    Everything is closed by then, so the memory is left to the system: taking a wide run's apart, object by
    object, would cost a tenth of its time. Nor does the collector look through what is made before a run,
    for all of that lives as long as the run.
    """
    gc.disable()
    code = run_command(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # it may be None, gone, or closed
            stream.flush()
    os._exit(code)


def run_command(arguments: Sequence[str]) -> int:
    """Do what the arguments say and return the exit code; only `SystemExit` of others escapes."""
    if list(arguments) in (["--version"], ["-version"], ["version"]):
        write_data(f"goflow {__version__}\n")
        return 0
    try:
        return _dispatch(list(arguments))
    except GoflowError as error:
        return _tell(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the one place where everything ends
        return _tell_defect(error, arguments)


def _dispatch(arguments: list[str]) -> int:
    import click

    from goflow.cli.arguments import hoist
    from goflow.cli.verbs import PROGRAM, make_program

    program = make_program()
    try:
        with program.make_context(PROGRAM, hoist(arguments, frozenset({"progress"}))) as context:
            _require_folder()
            code: int = program.invoke(context)
            return code
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        say(f"{error.message}\n")
        return UsageError.exit_code
    except click.UsageError as error:
        raise _translated(error) from error


def _require_folder() -> None:
    """Refuse a current folder that somebody has removed: everything is found from there."""
    try:
        os.getcwd()  # noqa: PTH109 - only whether there is one
    except OSError as error:
        told = f"there is no current folder: {reason(error)}"
        raise UsageError(told, help="`cd` to one that is there") from error


def _translated(error: click.UsageError) -> UsageError:
    """Say in our words what click found wrong; `rewrite` has already found most of it."""
    import click

    from goflow.problems import shown, suggest

    match error:
        case click.NoSuchOption():
            return UsageError(
                f"unknown flag {shown(error.option_name)}",
                help=suggest(error.option_name, ["--version", "--help"]),
            )
        case click.BadOptionUsage():
            return UsageError(f"`{error.option_name}` needs a value")
        case _:
            return UsageError(error.message)


def _tell(error: GoflowError) -> int:
    from goflow.problems import InvalidWorkflow
    from goflow.reporters.sanitize import sanitize

    if isinstance(error, InvalidWorkflow):
        from goflow.cli.render import render_text

        say(render_text(error.problems, has_unicode=hears_unicode()))
        if len(error.problems) == 1:
            return error.exit_code
    say(sanitize(f"error: {error.message}\n"))
    if error.help is not None:
        say(sanitize(f"help: {error.help}\n"))
    return error.exit_code


def _tell_defect(error: Exception, arguments: Sequence[str]) -> int:
    """Tell a machine at its limits from a defect of ours; of a defect, keep a report."""
    if isinstance(error, OSError) and error.errno in _LIMITS:
        return _tell(GoflowError(reason(error)))
    from goflow.cli.bug_report import write_bug_report

    path = write_bug_report(error, arguments)
    say(f"error: this is a bug in goflow: {type(error).__name__}\n")
    if path is not None:
        say(f"help: please send us the report: {path}\n")
    return DEFECT
