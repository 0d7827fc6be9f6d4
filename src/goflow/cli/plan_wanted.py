"""What `goflow plan` is asked for, and the run that it is asked about."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from goflow.cli.streams import say
from goflow.cli.values import count, seconds, without_repeats
from goflow.errors import UsageError
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.api import RunOptions
    from goflow.api.simulating import Rehearsal


class PlanFormat(StrEnum):
    """Who reads it."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is planned, whether it is simulated, and what is shown of it."""

    file: str | None
    workflow: str | None
    inputs: tuple[str, ...]
    input_file: str | None
    step: tuple[str, ...]
    model: str | None
    max_concurrency: str | None
    timeout: str | None
    simulate: bool
    stubs: str | None
    stubs_init: bool
    prompts: bool
    format: str | None
    output: str | None
    force: bool
    forecast: bool | None
    what_if: tuple[str, ...]
    backend: str | None


def require_fitting(wanted: Wanted, form: PlanFormat) -> None:
    """Raise `UsageError` for flags that do not go together."""
    if not wanted.simulate and (wanted.stubs is not None or wanted.stubs_init):
        given = "--stubs" if wanted.stubs is not None else "--stubs-init"
        raise UsageError(f"`{given}` is for a simulation", help=f"add `--simulate`: `--simulate {given}`")
    if wanted.stubs_init and wanted.stubs is not None:
        raise UsageError("`--stubs` reads a file, and `--stubs-init` writes one", help="leave one out")
    if wanted.stubs_init and (wanted.prompts or form is PlanFormat.JSON):
        given = "--prompts" if wanted.prompts else "--format json"
        raise UsageError(f"`--stubs-init` prints no plan for `{given}` to change", help="leave one out")

    _require_forecast(wanted)


def _require_forecast(wanted: Wanted) -> None:
    """Raise `UsageError` for flags of a forecast that nobody makes."""
    given = {"--what-if": bool(wanted.what_if), "--backend": wanted.backend is not None}
    for flag in (flag for flag, is_given in given.items() if is_given):
        if wanted.simulate:
            raise UsageError(f"`{flag}` is for a forecast, not for a simulation", help="leave one out")
        if wanted.forecast is False:
            raise UsageError(f"`{flag}` is for the forecast that `--no-forecast` leaves out")


def rehearse_wanted(file: str, wanted: Wanted) -> Rehearsal:
    """Read, check and plan the workflow, for this process's surroundings."""
    from goflow.api import load, this_host
    from goflow.api.simulating import rehearse
    from goflow.loader.inputs import read_inputs
    from goflow.reporters.sanitize import sanitize

    host = this_host(warn=lambda problem: say(f"warning: {sanitize(problem)}\n"))
    options = _options(wanted)
    bundle = load(file, host=host)
    given = read_inputs(bundle, wanted.inputs, input_file=wanted.input_file, cwd=host.cwd)
    stubs = None if wanted.stubs is None else Path(wanted.stubs)
    return rehearse(bundle, given, options=options, host=host, stubs=stubs)


def _options(wanted: Wanted) -> RunOptions:
    from goflow.api import RunOptions

    limit, timeout = wanted.max_concurrency, wanted.timeout
    return RunOptions(
        model=wanted.model,
        max_concurrency=None if limit is None else count("--max-concurrency", limit),
        only_steps=without_repeats(wanted.step),
        timeout_s=None if timeout is None else seconds("--timeout", timeout),
    )
