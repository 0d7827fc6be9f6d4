"""Who answers a run's steps: chosen before the run, opened when it starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from goflow.api.mock_scripts import parse_source, read_script, stray_rules
from goflow.backends.identity import COPILOT, identity_of
from goflow.backends.mock import open_mock
from goflow.errors import UsageError
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.api.host import Host
    from goflow.backends.base import OpenBackend
    from goflow.backends.limiting import Limiting
    from goflow.backends.providers import Routes
    from goflow.planning.options import RunOptions
    from goflow.planning.plan import Plan
    from goflow.problems import Problem
    from goflow.runner.people import Answerer
    from goflow.tools.opening import OpenTools
    from goflow.workflow import Bundle, SourceFile, Workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """How the backend is opened, what it was made from, and the variables that hold the keys it uses.

    `backend` is `llm`, `mock`, `cli` or `replay`: who answers in the end, whatever was asked for. Without a
    default model, steps are left with the models that are named.
    """

    backend: str
    open: Callable[[OpenTools], OpenBackend]
    sources: tuple[SourceFile, ...] = ()
    key_variables: tuple[str, ...] = ()
    has_default_model: bool = True
    identity: Callable[[str | None], str] | None = None
    """Says who answers for a model, without keys; absent where that is not known, and nothing is cached."""
    answerer: Answerer | None = None
    """Answers the questions of the run, whoever else is there."""
    warnings: tuple[Problem, ...] = ()
    """What a mock script says that is about nothing of the workflow."""
    notices: tuple[str, ...] = ()
    """What its author may not expect: what the run's budget cannot bound, what `copilot` may do."""


def choose_backend(
    plan: Plan, bundle: Bundle, *, options: RunOptions, host: Host, script: SourceFile | None
) -> Answering:
    """Choose who answers; raises `ProviderUnavailable` where nobody can."""
    own = host.backend
    if own is not None:
        return Answering(backend=options.backend, open=lambda _: own)
    match options.backend:
        case "mock":
            return _mock(script, bundle.workflow)
        case "cli":
            return _copilot(plan, bundle.workflow, host)
        case "llm":
            return _models(plan, bundle, host)
        case "replay":
            return _replay(plan, host, script)
        case unknown:
            raise UsageError(f"unknown backend `{unknown}`", help="one of `llm`, `mock`, `cli`, `replay`")


def script_of(host: Host) -> SourceFile | None:
    """Return the mock's script or the recording, if any; raise `UsageError` where it cannot be read."""
    if host.recording is not None:
        from goflow.api.replaying import recording_source

        return recording_source(host.recording, host)
    if host.mock_script is None:
        return None
    return read_script(host.cwd / host.mock_script, str(host.mock_script))


def _mock(source: SourceFile | None, workflow: Workflow) -> Answering:
    if source is None:
        return Answering(backend="mock", open=lambda _: open_mock(), identity=lambda _: "mock")
    script = parse_source(source)
    return Answering(
        backend="mock",
        open=lambda tools: open_mock(script, open_tools=tools),
        sources=(source,),
        identity=lambda _: f"mock {source.digest}",
        warnings=tuple(stray_rules(script, workflow)),
    )


def _replay(plan: Plan, host: Host, source: SourceFile | None) -> Answering:
    from goflow.api.replaying import mask_of, read_recording
    from goflow.backends.replay import open_replay
    from goflow.backends.replay_telling import RecordedAnswers

    if source is None:
        raise UsageError("no recording is named", help="`--replay FILE`, or `Host.recording`")
    recording = read_recording(source, plan, home=host.home)
    return Answering(
        backend="replay",
        open=lambda _: open_replay(recording, plan, mask=mask_of(plan).text),
        sources=(source,),
        has_default_model=recording.asks_default_model or not _all_name_models(plan),
        answerer=RecordedAnswers(recording),
    )


def _all_name_models(plan: Plan) -> bool:
    return all(any(step.models) for step in plan.steps.values())


def _copilot(plan: Plan, workflow: Workflow, host: Host) -> Answering:
    from goflow.api.bounding import unknown_to_budget
    from goflow.api.copilot_tools import allowed_everything
    from goflow.backends.copilot import find_copilot, open_copilot

    find_copilot(host.environ)
    limiting = _limiting(workflow, host)
    return Answering(
        backend="cli",
        open=lambda _: open_copilot(host.environ, limiting),
        identity=lambda _: COPILOT,
        notices=(*allowed_everything(plan), *unknown_to_budget(plan)),
    )


def _models(plan: Plan, bundle: Bundle, host: Host) -> Answering:
    from goflow.backends.around import look_around
    from goflow.backends.providers import resolve_providers

    around = look_around(host.environ, host.settings.provider)
    lists = (step.models for step in plan.steps.values())
    routes = resolve_providers(lists, bundle.workflow.config.provider, around)
    return _routed(plan, routes, bundle.workflow, host)


def _routed(plan: Plan, routes: Routes, workflow: Workflow, host: Host) -> Answering:
    from goflow.api.bounding import loosely_bounded, outside_budget
    from goflow.api.copilot_tools import allowed_everything
    from goflow.backends.providers import CopilotRoute
    from goflow.backends.routed import keys_of, open_routed
    from goflow.backends.services import Unavailable

    limiting = _limiting(workflow, host)
    return Answering(
        backend="cli" if all(isinstance(route, CopilotRoute) for route in routes.values()) else "llm",
        open=lambda tools: open_routed(routes, host.environ, tools, limiting),
        key_variables=keys_of(routes),
        has_default_model=not isinstance(routes[None], Unavailable),
        identity=lambda model: identity_of(routes.get(model)),
        notices=(
            *allowed_everything(plan, routes),
            *outside_budget(plan, routes),
            *loosely_bounded(plan, routes, workflow.budget),
        ),
    )


def _limiting(workflow: Workflow, host: Host) -> Limiting:
    """Return what bounds requests: what the workflow says, and what all runs of the user know."""
    from goflow.backends.limiting import Limiting
    from goflow.settings.folders import state_folder

    folder = state_folder(host.environ, host.home) / "limits"
    return Limiting(written=workflow.limits, folder=folder, warn=host.warn, probes=host.probes)
