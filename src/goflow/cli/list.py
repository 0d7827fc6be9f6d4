"""`goflow list`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from goflow.cli.columns import aligned
from goflow.cli.flags import Argument, Kind, Section
from goflow.cli.options import WORKFLOW
from goflow.cli.streams import is_terminal, say, write_data
from goflow.cli.verb import Verb
from goflow.errors import UsageError
from goflow.problems import shown

if TYPE_CHECKING:
    from goflow.workflow import Bundle

PLACES: Final = (".", "workflows", ".goflow/workflows")

_NAMED: Final = ", ".join(f"`{place}`" for place in PLACES)

Row: TypeAlias = tuple[str, str, str, str]
_HEADER: Final[Row] = ("FILE", "NAME", "STEPS", "DESCRIPTION")


def list_workflows(values: Mapping[str, Any]) -> int:
    """Print one line a workflow: a table for people, tab-separated fields for programs."""
    from goflow.api import load

    found = [load(path) for path in _paths((*values["path"], *values["workflow"]))]
    for bundle in found:
        if bundle.problems:
            say(f"warning: `{bundle.shown_path}` holds mistakes\nhelp: goflow validate {bundle.shown_path}\n")
    rows = [_row(bundle) for bundle in found]
    if not rows:
        say("no workflows here\nhelp: `goflow init` writes one to start from\n")
    elif is_terminal():
        write_data(aligned([_HEADER, *rows]))
    else:
        write_data("".join("\t".join(row) + "\n" for row in rows))
    return 0


def _paths(named: Sequence[str]) -> list[Path]:
    from goflow.loader.workflow_files import find_workflows

    for name in named:
        if not Path(name).exists():
            raise UsageError(f"{shown(name)} does not exist")
    folders = [Path(name) for name in named or PLACES if named or Path(name).is_dir()]
    return [path for folder in folders for path in find_workflows(folder)]


def _row(bundle: Bundle) -> Row:
    from goflow.reporters.sanitize import sanitize_line

    workflow = bundle.workflow
    texts = (bundle.shown_path, workflow.name, str(len(workflow.steps)), workflow.description or "")
    file, name, steps, description = map(sanitize_line, texts)
    return (file, name, steps, description)


VERB: Final = Verb(
    "list",
    list_workflows,
    about="List the workflows that are here: file, name, number of steps and description.\n\n"
    "On a terminal a table; elsewhere fields separated by tabs, without a header.",
    arguments=[
        Argument(
            name="PATH",
            help=f"Files and folders to look at; if not given, {_NAMED}.",
            is_list=True,
        )
    ],
    sections=[Section(title="Flags", flags=(replace(WORKFLOW, kind=Kind.VALUES, help="The same as PATH."),))],
)
