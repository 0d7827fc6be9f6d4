"""`goflow doctor`."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

from goflow._version import __version__
from goflow.cli.streams import write_data
from goflow.cli.verb import Verb

Row: TypeAlias = tuple[str, Sequence[str]]
"""What is told of, and the lines that tell of it."""


def examine(_values: Mapping[str, Any]) -> int:
    """Print what is in force here; whatever that is, the exit code is 0."""
    from goflow.cli.doctor_models import rows_of_models
    from goflow.cli.doctor_tools import rows_of_tools

    environ, home = dict(os.environ), Path.home()
    rows = [*_rows_of_program(), *rows_of_tools(environ, home, Path.cwd()), *rows_of_models(environ, home)]
    write_data(laid_out(rows))
    return 0


def laid_out(rows: Sequence[Row]) -> str:
    """Return a line of text for each line of a row, with the names in a column of their own."""
    from goflow.reporters.sanitize import sanitize_line

    width = max(len(name) for name, _ in rows)
    return "".join(
        f"{'' if number else name:<{width}}  {sanitize_line(line)}\n"
        for name, lines in rows
        for number, line in enumerate(lines)
    )


def _rows_of_program() -> Iterator[Row]:
    package = Path(__file__).parents[1]
    yield "goflow", [f"{__version__}, in {package}"]
    system = f"{platform.system()} {platform.machine()}"
    yield "python", [f"{platform.python_version()}, {sys.executable}, on {system}"]


VERB: Final = Verb(
    "doctor",
    examine,
    about="Say what is in force here: the sandbox, what tools may do, settings, keys, what is missing.\n\n"
    "Of keys, only the names of their variables are printed. It is a report: the exit code is 0.",
)
