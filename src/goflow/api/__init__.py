"""The composition root: load, check, plan, run, resume. The only part that knows all others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from goflow.api.execute import execute
from goflow.api.given import fitting_inputs, fitting_options
from goflow.api.host import Host, this_host
from goflow.api.prepare import Prepared, prepare, read, require_sound
from goflow.api.result import Run
from goflow.api.resuming import prepare_resume
from goflow.loader.inputs import complete_inputs
from goflow.planning.checks import check as check_bundle
from goflow.planning.compile import compile_plan
from goflow.planning.options import RunOptions
from goflow.runner.people import Answerer, Nobody
from goflow.workflow import Bundle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from goflow.planning.plan import Plan
    from goflow.problems import Problem
    from goflow.reporters.base import Reporter

__all__ = [
    "Host",
    "Prepared",
    "Run",
    "RunOptions",
    "check",
    "execute",
    "load",
    "plan",
    "prepare",
    "prepare_resume",
    "resume",
    "run",
    "this_host",
]

_OPTIONS: Final = RunOptions()
_NOBODY: Final = Nobody()


def load(path: str | Path, *, host: Host | None = None) -> Bundle:
    """Read a workflow with all the files it names; mistakes are the bundle's `problems`, never exceptions."""
    return read(path, host or this_host())


def check(
    workflow: str | Path | Bundle, inputs: Mapping[str, str] | None = None, *, host: Host | None = None
) -> tuple[Problem, ...]:
    """Return every problem of a workflow and its files, warnings too, in the order of their places.

    Without `inputs` a template may name inputs that are not declared: they might be given.
    """
    return check_bundle(_bundle(workflow, host), inputs)


def plan(
    workflow: str | Path | Bundle,
    inputs: Mapping[str, str] | None = None,
    *,
    options: RunOptions = _OPTIONS,
    host: Host | None = None,
) -> Plan:
    """Return what would run; raise `InvalidWorkflow` with all mistakes, `UsageError` for what is given."""
    options, given = fitting_options(options), fitting_inputs(inputs or {})
    bundle = _bundle(workflow, host)
    require_sound(bundle, given)
    return compile_plan(bundle, inputs=complete_inputs(bundle.workflow, given), options=options)


async def run(
    workflow: str | Path | Bundle,
    inputs: Mapping[str, str] | None = None,
    *,
    options: RunOptions = _OPTIONS,
    host: Host | None = None,
    reporters: Sequence[Reporter] = (),
    answerer: Answerer = _NOBODY,
) -> Run:
    """Run a workflow to its end and return what has come of it; failed steps are part of the result.

    `RunOptions(backend="mock")` asks no model. Cancelling stops the run, which can then be resumed.
    """
    host = host or this_host()
    prepared = prepare(workflow, inputs or {}, options=options, host=host)
    return await execute(prepared, reporters=reporters, answerer=answerer)


async def resume(
    reference: str | Path,
    *,
    host: Host | None = None,
    secrets: Mapping[str, str] | None = None,
    allow_changed: bool = False,
    reporters: Sequence[Reporter] = (),
    answerer: Answerer = _NOBODY,
) -> Run:
    """Go on with a run that was cut off, stopped, or has failed steps. Finished steps are not asked again.

    `reference` is an id, a unique beginning of one, a folder, or `@last`.
    """
    host = host or this_host()
    prepared = prepare_resume(reference, host=host, secrets=secrets, allow_changed=allow_changed)
    return await execute(prepared, reporters=reporters, answerer=answerer)


def _bundle(workflow: str | Path | Bundle, host: Host | None) -> Bundle:
    return workflow if isinstance(workflow, Bundle) else load(workflow, host=host)
