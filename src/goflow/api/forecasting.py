"""What a run can be expected to take: its plan, earlier runs, limits and prices together."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from goflow.api.forecasting_asked import asked_of
from goflow.api.forecasting_models import AskedModel, Models, models_of
from goflow.api.forecasting_reserves import reserves_of
from goflow.api.learning import open_history
from goflow.api.statistics import BACKENDS
from goflow.projections.forecast import forecast
from goflow.projections.forecast_values import Forecast
from goflow.projections.step_shape import shapes_of
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.api.host import Host
    from goflow.api.prepare import Prepared
    from goflow.backends.base import Need
    from goflow.governor import LimitSpec
    from goflow.planning.plan import Plan, PlannedStep
    from goflow.projections.forecast_play import Gate
    from goflow.projections.sample import RunSamples
    from goflow.workflow import Bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """A forecast, and what it rests on besides earlier runs.

    `backend` is who answers. `models` are those that steps name, `chosen` the one that each step would ask.
    `reserves` are the least that a budget has to have room for, by step, as far as a budget bounds them.
    `other_runs` counts the earlier runs of the workflow that other backends answered, by backend.
    """

    plan: Plan
    backend: str
    forecast: Forecast
    models: Models
    chosen: Mapping[str, AskedModel]
    limits: Mapping[str, LimitSpec]
    reserves: Mapping[str, Need]
    other_runs: Mapping[str, int]


def look_ahead(prepared: Prepared, *, backend: str | None = None, rpm: int | None = None) -> Outlook:
    """Forecast a run; nobody is asked, and nothing is written.

    `backend` says whose earlier runs count, where it is not who would answer; `rpm` stands in place of what
    `limits` say of requests.
    """
    plan, bundle, host = prepared.plan, prepared.bundle, prepared.host
    is_mock = backend == "mock"
    models = _models(plan, bundle, host, backend)
    plan = plan if is_mock else _with_open_models(plan, models)
    models = _named(plan, models)
    chosen = {} if is_mock else {name: _chosen(step, models) for name, step in plan.steps.items()}
    backend = backend or _backend_of(models)
    limits = _limits_of(bundle, chosen, rpm)
    runs = _runs(plan, bundle, host, backend)
    return Outlook(
        plan=plan,
        backend=backend,
        forecast=forecast(
            plan,
            runs,
            asked_of(plan, chosen, limits),
            chance=random.Random(_seed(plan, runs)),  # noqa: S311 - a simulation
            gates=lambda: _gates(limits),
        ),
        models=models,
        chosen=chosen,
        limits=limits,
        reserves=reserves_of(plan, prepared, chosen),
        other_runs={
            other: len(found)
            for other in BACKENDS
            if other != backend and (found := _runs(plan, bundle, host, other))
        },
    )


def _models(plan: Plan, bundle: Bundle, host: Host, backend: str | None) -> Models:
    """Return who answers for which model; a mock answers for all, and asks nobody."""
    if backend == "mock":
        return {}
    if backend == "cli":
        names = {model for step in plan.steps.values() for model in step.models}
        return {name: AskedModel(model=name, is_copilot=True) for name in names}
    return models_of(plan, bundle.workflow, host)


def _with_open_models(plan: Plan, models: Models) -> Plan:
    """Leave out a default model that there is not, as a run does."""
    if None not in models or not models[None].missing:
        return plan
    steps = {
        name: replace(step, models=tuple(model for model in step.models if model is not None) or (None,))
        for name, step in plan.steps.items()
    }
    return replace(plan, steps=steps)


def _named(plan: Plan, models: Models) -> Models:
    """Leave out the models that no step names."""
    named = {model for step in plan.steps.values() for model in step.models}
    return {name: model for name, model in models.items() if name in named}


def _chosen(step: PlannedStep, models: Models) -> AskedModel:
    """Return the first model that can be asked, else the first."""
    found = [models[model] for model in step.models]
    return next((each for each in found if not each.missing), found[0])


def _backend_of(models: Models) -> str:
    return "cli" if models and all(model.is_copilot for model in models.values()) else "llm"


def _runs(plan: Plan, bundle: Bundle, host: Host, backend: str) -> list[RunSamples]:
    if not host.settings.history:
        return []
    return open_history(host).read(bundle.path, plan.name, backend)


def _limits_of(bundle: Bundle, chosen: Mapping[str, AskedModel], rpm: int | None) -> dict[str, LimitSpec]:
    """Return what bounds the calls of who answers, by full name: of each service's model, of whole agents."""
    from goflow.governor import LimitSpec

    found: dict[str, LimitSpec] = {}
    for asked in chosen.values():
        if asked.provider is None and not asked.is_copilot:
            continue
        given = _given_to(asked, bundle) or LimitSpec()
        given = given if rpm is None else replace(given, rpm=float(rpm) or None)
        if given != LimitSpec():
            found[asked.who] = given
    return found


def _given_to(asked: AskedModel, bundle: Bundle) -> LimitSpec | None:
    from goflow.backends.copilot import PROVIDER
    from goflow.backends.limiting import given_to

    written = bundle.workflow.limits
    if asked.provider is not None and asked.name is not None:
        return given_to(written, asked.model, asked.provider, asked.name)
    given = given_to(written, None, PROVIDER, "")
    return None if given is None else replace(given, tpm=None)  # what an agent takes nobody sees


def _gates(limits: Mapping[str, LimitSpec]) -> Mapping[str, Gate]:
    from goflow.api.forecasting_gates import LimitGate

    return {name: LimitGate(given) for name, given in limits.items()}


def _seed(plan: Plan, runs: list[RunSamples]) -> str:
    """Return what makes the forecast of the same plan after the same runs the same."""
    content = "\0".join([*shapes_of(plan).values(), *(run.run_id for run in runs)])
    return sha256(content.encode()).hexdigest()
