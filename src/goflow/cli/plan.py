"""`goflow plan`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from goflow.cli.flags import Argument, Flag, Kind, Section, pick
from goflow.cli.options import CONCURRENCY, INPUTS, TIMEOUT, WORKFLOW
from goflow.cli.plan_wanted import PlanFormat, Wanted, rehearse_wanted, require_fitting
from goflow.cli.streams import write_data
from goflow.cli.values import one_of, workflow_file
from goflow.cli.verb import Verb
from goflow.cli.warning import warn_before

if TYPE_CHECKING:
    from goflow.api.simulating import Rehearsal
    from goflow.cli.plan_forecasts import Forecasts


def plan(values: Mapping[str, Any]) -> int:
    """Print what a run would do, and return 1 if it would not end well."""
    wanted = pick(Wanted, values)
    form = one_of(PlanFormat, "--format", wanted.format or PlanFormat.TEXT)
    require_fitting(wanted, form)
    file = workflow_file(wanted.file, wanted.workflow, "goflow plan FILE")
    output = _output(wanted)
    rehearsal = rehearse_wanted(file, wanted)
    warn_before(rehearsal.prepared)
    text, code = _told(rehearsal, wanted, form, file)
    if output is None:
        write_data(text)
    else:
        from goflow.cli.new_file import write_new

        write_new(output, [text.encode("utf-8", "replace")], may_replace=wanted.force)
    return code


def _output(wanted: Wanted) -> Path | None:
    if wanted.output is None:
        return None
    from goflow.cli.new_file import require_new

    path = Path(wanted.output)
    require_new(path, may_replace=wanted.force)
    return path


def _told(rehearsal: Rehearsal, wanted: Wanted, form: PlanFormat, file: str) -> tuple[str, int]:
    """Return what is printed, and the exit code."""
    from goflow.cli import plan_telling

    whole = tuple(rehearsal.prepared.plan.steps) if wanted.prompts else wanted.step
    as_json = form is PlanFormat.JSON
    if wanted.stubs_init:
        return plan_telling.tell_stubs(rehearsal), 0
    if not wanted.simulate:
        return plan_telling.tell_plan(
            rehearsal, whole, as_json=as_json, forecasts=_forecasts(rehearsal, wanted, file)
        ), 0
    way_on = "" if wanted.stubs else plan_telling.way_on(file)
    return plan_telling.tell_walk(rehearsal, whole, as_json=as_json, way_on=way_on)


def _forecasts(rehearsal: Rehearsal, wanted: Wanted, file: str) -> Forecasts | None:
    if wanted.forecast is False:
        return None
    from goflow.cli.plan_forecasts import forecast_wanted

    return forecast_wanted(rehearsal, wanted, file)


VERB: Final = Verb(
    "plan",
    plan,
    about="Show what a run would do: nobody is asked, nothing is spent, and no file is left.\n\n"
    "Alone it prints what the files say: the steps level by level, who is asked, and each prompt as far as "
    "it is known; then what the run can be expected to cost and to take, by earlier runs. With `--simulate` "
    "the run is played with stub answers: conditions decide, and prompts are as they would be sent. The exit "
    "code is then 1 where `goflow run` would not end with 0.",
    arguments=[Argument(name="FILE", help="The workflow file.")],
    sections=[
        Section(
            title="What is planned",
            flags=(
                WORKFLOW,
                INPUTS,
                Flag(names=("--input-file",), value="FILE", help="Inputs from a YAML or JSON file."),
                Flag(
                    names=("--step",),
                    kind=Kind.VALUES,
                    value="ID",
                    help="Only this step, with its texts whole, and what it needs. Can be repeated.",
                ),
                Flag(names=("-m", "--model"), value="MODEL", help="The model for every step."),
                CONCURRENCY,
                TIMEOUT,
            ),
        ),
        Section(
            title="Simulation",
            flags=(
                Flag(
                    names=("--simulate",),
                    kind=Kind.SWITCH,
                    help="Play the run with stub answers, made from each step's `output_schema` or made up.",
                ),
                Flag(
                    names=("--stubs",),
                    value="FILE",
                    help="Take stub answers from a mock script; what it does not speak of is made up.",
                ),
                Flag(
                    names=("--stubs-init",),
                    kind=Kind.SWITCH,
                    help="Write such a script with an entry for each step, to be edited.",
                ),
            ),
        ),
        Section(
            title="Forecast",
            flags=(
                Flag(
                    names=("--forecast",),
                    kind=Kind.CHOICE,
                    help="Say what the run can be expected to cost and to take (the default); or do not.",
                ),
                Flag(
                    names=("--what-if",),
                    kind=Kind.VALUES,
                    value="CHANGES",
                    help="Forecast it otherwise too: `max_concurrency=8`, `model=NAME`, `rpm=500`, or "
                    "several with commas. Can be repeated, for all of them together.",
                ),
                Flag(
                    names=("--backend",),
                    value="NAME",
                    help="Go by earlier runs that `llm`, `cli` (the `copilot` command) or `mock` answered, "
                    "whoever would now.",
                ),
            ),
        ),
        Section(
            title="What is shown",
            flags=(
                Flag(names=("--prompts",), kind=Kind.SWITCH, help="All texts whole, not their beginnings."),
                Flag(names=("--format",), value="FORMAT", help="text (the default) or json."),
                Flag(names=("-o", "--output"), value="FILE", help="Write to a new file, not to stdout."),
                Flag(names=("--force",), kind=Kind.SWITCH, help="Replace the file of `-o` if it exists."),
            ),
        ),
    ],
)
