"""What happens before a run: read, check, plan, and find who answers. Nothing is written yet."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from goflow.api.answering import Answering, choose_backend, script_of
from goflow.api.given import fitting_inputs, fitting_options
from goflow.errors import UsageError
from goflow.loader.attachments import GivenAttachments, read_attachments
from goflow.loader.collector import collector_paused
from goflow.loader.inputs import GivenInputs, complete_inputs
from goflow.loader.load import load_bundle
from goflow.planning.checks import check
from goflow.planning.compile import compile_plan
from goflow.planning.notices import unhonoured
from goflow.problems import InvalidWorkflow, Problem, Severity, suggest_step
from goflow.values import dataclass
from goflow.workflow import Bundle

if TYPE_CHECKING:
    from goflow.api.host import Host
    from goflow.events import Event
    from goflow.planning.options import RunOptions
    from goflow.planning.plan import Plan
    from goflow.projections.reuse import Result
    from goflow.runner.reuse import Reuse
    from goflow.workflow import SourceFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A run that can be started, or gone on with.

    `folder` and `history` belong to a run that is resumed; `again` are its ended steps that run once more,
    and `is_changed` says that its sources are replaced. `inputs` are complete, secret ones included.
    """

    host: Host
    bundle: Bundle
    plan: Plan
    options: RunOptions
    run_id: str
    audit_dir: Path
    sources: tuple[SourceFile, ...]
    answering: Answering
    warnings: tuple[Problem, ...] = ()
    notices: tuple[str, ...] = ()
    folder: Path | None = None
    history: tuple[Event, ...] = ()
    again: tuple[str, ...] = ()
    is_changed: bool = False
    rewritten: tuple[str, ...] = ()
    """The ended steps of a resumed run that are written differently, come after one that is, or are gone."""
    rerun_of: str = ""
    """The run whose results this one takes."""
    fresh: tuple[str, ...] = ()
    """The steps of a rerun that take no earlier result."""
    taken: tuple[Result, ...] = ()
    """Results that a new run begins with, whatever their steps say now."""
    reuse: Reuse | None = None
    """Where results are taken from before anybody is asked."""


@collector_paused()
def prepare(
    workflow: str | Path | Bundle,
    given: GivenInputs | Mapping[str, str],
    *,
    options: RunOptions,
    host: Host,
) -> Prepared:
    """Read a workflow, unless it has been read; check it, and find who answers its steps.

    Raises `InvalidWorkflow` with every mistake of the files, `UsageError` for inputs and options, and
    `ProviderUnavailable` where no model can be asked.
    """
    options = fitting_options(options)
    inputs = given if isinstance(given, GivenInputs) else GivenInputs(values=fitting_inputs(given))
    bundle = workflow if isinstance(workflow, Bundle) else read(workflow, host)
    script = script_of(host)
    options = _with_settings(_with_recorded(options, script), bundle, host)
    warnings = require_sound(bundle, inputs.values)
    planned = plan_run(bundle, inputs.values, options=options, host=host, script=script)
    answering, plan = planned.answering, planned.plan
    return Prepared(
        host=host,
        bundle=bundle,
        plan=plan,
        options=options,
        run_id=f"r-{secrets.token_hex(5)}",
        audit_dir=audit_dir_of(bundle, host),
        sources=(*bundle.sources, *inputs.sources, *planned.attached.sources, *answering.sources),
        answering=answering,
        warnings=(*warnings, *inputs.problems, *answering.warnings),
        notices=(*unhonoured(bundle, answering.backend), *answering.notices),
    )


def read(path: str | Path, host: Host) -> Bundle:
    """Read a workflow with all the files it names."""
    return load_bundle(path, cwd=host.cwd, home=host.home)


def require_sound(bundle: Bundle, given: Mapping[str, str] | None) -> tuple[Problem, ...]:
    """Return the warnings of a bundle; raise `InvalidWorkflow` if it has mistakes.

    `given` is None where it is not known what inputs there will be.
    """
    problems = check(bundle, given)
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise InvalidWorkflow(f"`{bundle.shown_path}` holds mistakes", problems)
    return problems


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRun:
    """A plan, who answers its steps, and the files that go with their prompts."""

    plan: Plan
    answering: Answering
    attached: GivenAttachments


def plan_run(
    bundle: Bundle,
    given: Mapping[str, str],
    *,
    options: RunOptions,
    host: Host,
    script: SourceFile | None,
    recorded: Iterable[SourceFile] | None = None,
) -> PlannedRun:
    """Compile the plan of a sound bundle, and choose the backend of its steps.

    `script` is the mock's; `recorded` are the sources that a resumed run goes on with.
    """
    _require_steps(bundle, options.only_steps)
    inputs = complete_inputs(bundle.workflow, given)
    attached = read_attachments(bundle, inputs, cwd=host.cwd, recorded=recorded)
    plan = compile_plan(bundle, inputs=inputs, options=options, attachments=attached.by_step)
    answering = choose_backend(plan, bundle, options=options, host=host, script=script)
    plan = plan if answering.has_default_model else _with_named_models(plan)
    return PlannedRun(plan=plan, answering=answering, attached=attached)


def _with_named_models(plan: Plan) -> Plan:
    """Leave out the default model of a provider that has none; every step has another."""
    steps = {
        name: replace(step, models=tuple(model for model in step.models if model is not None))
        for name, step in plan.steps.items()
    }
    return replace(plan, steps=steps)


def _with_settings(options: RunOptions, bundle: Bundle, host: Host) -> RunOptions:
    """Fill in the user's settings, so that they are kept with the run."""
    own = host.settings
    limit = options.max_concurrency
    if limit is None and not bundle.workflow.config.max_concurrency:
        limit = own.max_concurrency
    return replace(options, max_concurrency=limit, default_model=options.default_model or own.model)


def _with_recorded(options: RunOptions, recording: SourceFile | None) -> RunOptions:
    if options.backend != "replay" or recording is None:
        return options
    from goflow.api.replaying import with_recorded

    return with_recorded(options, recording)


def _require_steps(bundle: Bundle, wanted: tuple[str, ...]) -> None:
    known = [step.id for step in bundle.workflow.steps]
    for step in wanted:
        if step not in known:
            told = suggest_step(step, known)
            raise UsageError(f"`{bundle.shown_path}` has no step `{step}`", help=told)


def audit_dir_of(bundle: Bundle, host: Host) -> Path:
    """Return where run folders are made: the flag's, the workflow's, or the user's."""
    chosen = host.audit_dir or bundle.workflow.config.audit_dir or host.settings.audit_dir
    return host.cwd / chosen
