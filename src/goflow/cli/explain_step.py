"""`goflow explain-step`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from goflow.cli.flags import Argument, Flag, Section, pick
from goflow.cli.options import AUDIT_DIR, RUN
from goflow.cli.streams import write_data
from goflow.cli.verb import Verb
from goflow.errors import UsageError
from goflow.values import dataclass

USAGE: Final = "goflow explain-step RUN STEP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which step is explained, and against which run."""

    run: str | None
    step: str | None
    against: str | None
    audit_dir: str | None


def explain_step(values: Mapping[str, Any]) -> int:
    """Print why a step was asked or was not."""
    from goflow.api import explaining
    from goflow.cli.explanation_page import explanation_page
    from goflow.cli.finding import runs_folder
    from goflow.cli.values import named_run
    from goflow.journal.finding import find_run

    wanted = pick(Wanted, values)
    reference = named_run(wanted.run, USAGE)
    if wanted.step is None:
        raise UsageError("no step is named", help=USAGE)
    folder = find_run(runs_folder(wanted.audit_dir), reference)
    explanation = explaining.explain_step(folder, wanted.step, against=wanted.against, home=Path.home())
    write_data(explanation_page(explanation))
    return 0


VERB: Final = Verb(
    "explain-step",
    explain_step,
    about="Say why a step of a run was asked, or was not.\n\n"
    "What its answer follows from is compared with an earlier run, and each part that is different is shown "
    "as a diff.",
    arguments=[RUN, Argument(name="STEP", help="The id of the step.")],
    sections=[
        Section(
            title="What it is compared with",
            flags=(
                Flag(
                    names=("--against",),
                    value="RUN",
                    help="Another run; if not given, the one that this is a rerun of, else the newest "
                    "earlier one of the same workflow that is no replay.",
                ),
                AUDIT_DIR,
            ),
        )
    ],
)
