"""`goflow graph`."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from goflow.cli.flags import Argument, Flag, Section, pick
from goflow.cli.options import AUDIT_DIR, WORKFLOW
from goflow.cli.streams import is_terminal, write_data
from goflow.cli.values import one_of, workflow_file
from goflow.cli.verb import Verb
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.planning.plan import Plan
    from goflow.projections import RunView

WIDTH: Final = 100
"""Columns of a picture that is not drawn on a terminal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is drawn, how, and where it goes."""

    file: str | None
    workflow: str | None
    format: str | None
    output: str | None
    audit_dir: str | None


def graph(values: Mapping[str, Any]) -> int:
    """Draw a workflow, or a run with the states of its steps."""
    from goflow.cli.result_file import require_writable, write_results
    from goflow.projections.diagram import DiagramFormat, draw

    wanted = pick(Wanted, values)
    form = one_of(DiagramFormat, "--format", wanted.format or DiagramFormat.ASCII)
    output = None if wanted.output is None else Path(wanted.output)
    if output is not None:
        require_writable(output)
    name = workflow_file(wanted.file, wanted.workflow, "goflow graph FILE")
    plan, view = _plan_of_run(name, wanted.audit_dir) if _is_run(name) else (_plan_of_file(name), None)
    text = draw(plan, form, view=view, width=_width(output))
    if output is None:
        write_data(text)
    else:
        write_results(output, text)
    return 0


def _is_run(name: str) -> bool:
    """Say whether a run is meant: a workflow is a file with a suffix, and no folder."""
    return not name.endswith((".yaml", ".yml")) and not Path(name).is_file()


def _plan_of_file(name: str) -> Plan:
    from goflow.api import RunOptions, load
    from goflow.api.prepare import require_sound
    from goflow.planning.compile import compile_plan

    bundle = load(name)
    require_sound(bundle, None)
    return compile_plan(bundle, inputs={}, options=RunOptions())


def _plan_of_run(name: str, audit_dir: str | None) -> tuple[Plan, RunView]:
    from goflow.api.recall import recall
    from goflow.cli.looking import find_folder

    return recall(find_folder(name, audit_dir, "goflow graph RUN"), home=Path.home())


def _width(output: Path | None) -> int:
    if output is not None or not is_terminal():
        return WIDTH
    return shutil.get_terminal_size().columns


VERB: Final = Verb(
    "graph",
    graph,
    about="Draw what comes after what: of a workflow, or of a run with the states of its steps.",
    arguments=[
        Argument(name="FILE", help="The workflow file, or a run: its id, its folder, `@last`, or `@-2`."),
    ],
    sections=[
        Section(
            title="Flags",
            flags=(
                WORKFLOW,
                Flag(
                    names=("-f", "--format"),
                    value="FORMAT",
                    help="ascii (the default), mermaid or dot.",
                ),
                Flag(names=("-o", "--output"), value="FILE", help="Write to a file, not to stdout."),
                AUDIT_DIR,
            ),
        )
    ],
)
