"""`goflow diff`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from goflow.cli.flags import Argument, Flag, Kind, Section, pick
from goflow.cli.options import AUDIT_DIR
from goflow.cli.streams import write_data
from goflow.cli.verb import Verb
from goflow.cli.warning import warn
from goflow.errors import UsageError
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.projections.comparison import Comparison, Side

USAGE: Final = "goflow diff A B"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which runs are compared, and how."""

    a: str | None
    b: str | None
    step: str | None
    json: bool
    audit_dir: str | None


def diff(values: Mapping[str, Any]) -> int:
    """Print in what two runs differ; return 1 if they do."""
    from goflow.cli.diff_document import comparison_document
    from goflow.cli.diff_page import diff_page
    from goflow.projections.comparison import compare

    wanted = pick(Wanted, values)
    if wanted.a is None or wanted.b is None:
        raise UsageError(
            "two runs are compared", help=f"{USAGE}; `@last` is the newest, `@-2` the one before it"
        )
    sides = (_side(wanted.a, wanted), _side(wanted.b, wanted))
    comparison = compare(*sides)
    if wanted.step is not None:
        comparison = _only(comparison, wanted.step)
    if wanted.json:
        write_data(json.dumps(comparison_document(comparison), indent=2) + "\n")
    else:
        write_data(diff_page(comparison, is_whole=wanted.step is not None))
    return 1 if comparison.is_different else 0


def _side(reference: str, wanted: Wanted) -> Side:
    from goflow.api.history import read_history
    from goflow.cli.finding import find_any_folder
    from goflow.projections.comparison import Side

    folder = find_any_folder(reference, wanted.audit_dir, USAGE)
    history = read_history(folder, home=Path.home(), warn=warn)
    return Side(view=history.view, status=history.status)


def _only(comparison: Comparison, step: str) -> Comparison:
    """Leave all out but one step, which one of the runs must have."""
    from goflow.problems import shown, suggest

    pairs = tuple(pair for pair in comparison.steps if pair.id == step)
    if not pairs:
        known = [pair.id for pair in comparison.steps]
        raise UsageError(f"neither run has a step {shown(step)}", help=suggest(step, known))
    return replace(comparison, steps=pairs, is_of_steps=True)


_ABOUT_A: Final = "The one run: its id, a unique beginning of one, its folder, `@last`, or `@-2`."

VERB: Final = Verb(
    "diff",
    diff,
    about="Compare two runs step by step: status, model, prompt and output, and what they took.\n\n"
    "The exit code is 1 if they differ in more than times, tokens, costs and ids, else 0.",
    arguments=[Argument(name="A", help=_ABOUT_A), Argument(name="B", help="The other run.")],
    sections=[
        Section(
            title="What is compared",
            flags=(
                Flag(names=("--step",), value="ID", help="One step alone, with all lines of its texts."),
                Flag(names=("--json",), kind=Kind.SWITCH, help="Print JSON, for programs."),
                AUDIT_DIR,
            ),
        )
    ],
)
