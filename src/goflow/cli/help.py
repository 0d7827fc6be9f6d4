"""`goflow help`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import click

from goflow.cli.flags import Argument
from goflow.cli.streams import write_data
from goflow.cli.verb import Verb
from goflow.cli.verbs import PROGRAM, find_verb, make_program


def explain(values: Mapping[str, Any]) -> int:
    """Print the help text of a verb, or of the command."""
    program = click.Context(make_program(), info_name=PROGRAM, max_content_width=100)
    name: str | None = values["verb"]
    if name is None:
        write_data(program.get_help() + "\n")
        return 0
    context = click.Context(find_verb(name), parent=program, info_name=name)
    write_data(context.get_help() + "\n")
    return 0


VERB: Final = Verb(
    "help",
    explain,
    about="Explain a verb.",
    arguments=[Argument(name="VERB", help="The verb; without one, all verbs are listed.")],
)
