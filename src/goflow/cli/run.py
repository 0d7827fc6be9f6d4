"""`goflow run`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from goflow.cli.budgeting import BUDGET, read_budget
from goflow.cli.confirming import CONFIRM_OVER, confirm_cost, read_confirm_over
from goflow.cli.detach import DETACH, carry, detachable, find_people
from goflow.cli.flags import Argument, Flag, Kind, Section, pick
from goflow.cli.options import (
    AUDIT_DIR,
    CACHE,
    CONCURRENCY,
    INPUTS,
    MOCK,
    PEOPLE,
    RECORD,
    REPLAY,
    RESULTS,
    TALK,
    TIMEOUT,
    TOOLS,
    WORKFLOW,
)
from goflow.cli.values import count, seconds, without_repeats, workflow_file
from goflow.cli.verb import Verb
from goflow.errors import UsageError
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.api import RunOptions
    from goflow.cli.detached import Departure


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be run, and how."""

    file: str | None
    workflow: str | None
    inputs: tuple[str, ...]
    input_file: str | None
    step: tuple[str, ...]
    cli: bool
    model: str | None
    max_concurrency: str | None
    timeout: str | None
    budget: str | None
    confirm_over: str | None
    cache: bool | None
    interactive: bool | None
    answers: str | None
    stream: bool
    allow_all_tools: bool
    trust: bool
    record: str | None
    replay: str | None
    departure: Departure | None


def run(values: Mapping[str, Any]) -> int:
    """Run a workflow and return the exit code that its end calls for."""
    from goflow.api import load, prepare
    from goflow.cli.answerers import FirstOf
    from goflow.cli.hosting import find_host, is_mock
    from goflow.cli.recording import recording_file
    from goflow.cli.showing import announce, read_showing
    from goflow.cli.trusting import settle_trust
    from goflow.loader.inputs import read_inputs

    wanted = pick(Wanted, values)
    file = workflow_file(wanted.file, wanted.workflow, "goflow run FILE")
    host = replace(find_host(values), recording=wanted.replay)
    options = _options(wanted, is_mock=is_mock(values))
    showing = read_showing(values, host.settings)
    record = recording_file(wanted.record)
    confirm_over = read_confirm_over(wanted.confirm_over)
    departure = wanted.departure
    before, answerer = find_people(
        wanted.answers, interactive=wanted.interactive, cwd=host.cwd, departure=departure
    )
    bundle = load(file, host=host)
    announce(bundle, showing)
    given = read_inputs(bundle, wanted.inputs, input_file=wanted.input_file, cwd=host.cwd)
    prepared = prepare(bundle, given, options=options, host=host)
    if prepared.answering.answerer is not None:
        recorded = FirstOf([prepared.answering.answerer])
        return carry(prepared, showing, recorded, departure=departure, record=record)
    confirm_cost(prepared, confirm_over, before)
    prepared = settle_trust(prepared, before)
    return carry(prepared, showing, answerer, departure=departure, record=record)


def _options(wanted: Wanted, *, is_mock: bool) -> RunOptions:
    from goflow.api import RunOptions

    named = _who_answers(wanted, is_mock=is_mock)
    if len(named) > 1:
        told = f"`--{named[0]}` and `--{named[1]}`"
        raise UsageError(f"{told} both say who answers", help="leave one out")
    limit, timeout = wanted.max_concurrency, wanted.timeout
    return RunOptions(
        backend=named[0] if named else "llm",
        model=wanted.model,
        max_concurrency=None if limit is None else count("--max-concurrency", limit),
        only_steps=without_repeats(wanted.step),
        cache=wanted.cache,
        interactive=wanted.interactive,
        streaming=wanted.stream,
        allow_all_tools=wanted.allow_all_tools,
        trust=wanted.trust,
        budget=read_budget(wanted.budget),
        timeout_s=None if timeout is None else seconds("--timeout", timeout),
    )


def _who_answers(wanted: Wanted, *, is_mock: bool) -> list[str]:
    """Return the flags that are given of those that name a backend; each is called as its backend."""
    given = {"mock": is_mock, "cli": wanted.cli, "replay": wanted.replay is not None}
    return [name for name, is_given in given.items() if is_given]


VERB: Final = Verb(
    "run",
    detachable(run),
    about="Run a workflow: the results go to stdout, everything else to stderr.\n\n"
    "Exit codes: 0 finished, 3 finished with a failed step, 1 failed, 2 nothing ran, 4 no provider can be "
    "asked, 5 an answer is missing, 6 the time, a budget or a quota is used up, 130 and 143 a signal. More "
    "in docs/guides/shell.md.",
    arguments=[Argument(name="FILE", help="The workflow file.")],
    sections=[
        Section(
            title="What is run",
            flags=(
                WORKFLOW,
                INPUTS,
                Flag(names=("--input-file",), value="FILE", help="Inputs from a YAML or JSON file."),
                Flag(
                    names=("--step",),
                    kind=Kind.VALUES,
                    value="ID",
                    help="Run only this step and what it needs. Can be repeated.",
                ),
                CONCURRENCY,
                TIMEOUT,
                BUDGET,
                CONFIRM_OVER,
                CACHE,
                AUDIT_DIR,
                DETACH,
            ),
        ),
        Section(
            title="Who answers",
            flags=(
                MOCK,
                Flag(
                    names=("--cli",), kind=Kind.SWITCH, help="Ask the `copilot` command, one process a step."
                ),
                Flag(names=("-m", "--model"), value="MODEL", help="The model for every step."),
                REPLAY,
                RECORD,
            ),
        ),
        PEOPLE,
        TOOLS,
        RESULTS,
        TALK,
    ],
)
