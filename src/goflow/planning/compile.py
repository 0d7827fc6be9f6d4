"""Workflow → Plan. The bundle has passed `check` without errors; nothing is checked again here or later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from goflow.planning.draft import Draft, make_drafts, settle_reads
from goflow.planning.graph import levels
from goflow.planning.layered_settings import merge_settings
from goflow.planning.plan import Plan, PlannedAgent, PlannedBudget, PlannedCache, PlannedMemory, PlannedStep
from goflow.templating import InputRef, Ref, Template
from goflow.workflow import CacheScope, OnError, Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from goflow.planning.options import RunOptions
    from goflow.workflow import Agent, Attachment, Budget, Bundle, Permissions, Workflow

_NOTHING_ATTACHED: Final[Mapping[str, tuple[Attachment, ...]]] = MappingProxyType({})


def compile_plan(
    bundle: Bundle,
    *,
    inputs: Mapping[str, str],
    options: RunOptions,
    attachments: Mapping[str, tuple[Attachment, ...]] = _NOTHING_ATTACHED,
) -> Plan:
    """Resolve everything that does not take a run to know; `inputs` are complete.

    `attachments` are the files that go with the prompts, by step.
    """
    drafts = make_drafts(bundle, inputs)
    steps = _plan_steps(bundle.workflow, drafts, options, attachments)
    chosen = _chosen(steps, options.only_steps)
    config = bundle.workflow.config
    limit = config.max_concurrency if options.max_concurrency is None else options.max_concurrency
    return Plan(
        name=bundle.workflow.name,
        steps=chosen,
        levels=_by_level(chosen),
        inputs=inputs,
        output=bundle.workflow.output,
        max_concurrency=limit,
        streaming=config.streaming or options.streaming,
        timeout_ms=_milliseconds(options.timeout_s),
        bound=config.truncate or bundle.workflow.output.truncate,
        memory=_planned_memory(bundle),
        budget=_planned_budget(bundle.workflow.budget, options.budget),
        secret_inputs=frozenset(name for name, spec in bundle.workflow.inputs.items() if spec.secret),
    )


def _planned_memory(bundle: Bundle) -> PlannedMemory | None:
    memory = bundle.workflow.config.shared_memory
    if memory is None or not memory.enabled:
        return None
    return PlannedMemory(initial=bundle.memory_text, is_injected=memory.inject_into_prompt)


def _plan_steps(
    workflow: Workflow,
    drafts: Sequence[Draft],
    options: RunOptions,
    attachments: Mapping[str, tuple[Attachment, ...]],
) -> dict[str, PlannedStep]:
    written = {draft.step.id: draft.step.depends_on for draft in drafts}
    level_of = levels(written)
    settle_reads(drafts, written, level_of)
    needs = {draft.step.id: _needs(draft) for draft in drafts}
    dependents: dict[str, list[str]] = {step: [] for step in needs}
    for step, required in needs.items():
        for need in required:
            dependents[need].append(step)
    width = Counter(level_of.values())
    return {
        draft.step.id: PlannedStep(
            id=draft.step.id,
            index=index,
            level=level_of[draft.step.id],
            agent=agent,
            prompt=draft.prompt,
            needs=needs[draft.step.id],
            dependents=tuple(dependents[draft.step.id]),
            reads=draft.reads,
            models=_models(draft, workflow, options),
            is_fatal=_is_fatal(draft.step, alone=width[level_of[draft.step.id]] == 1),
            is_covered=draft.step.on_error is OnError.CONTINUE,
            condition=draft.condition,
            retry_count=draft.step.retry_count,
            timeout_ms=_bounded_ms(draft.step),
            interactive=_is_interactive(draft.step, workflow),
            extra_dirs=draft.step.extra_dirs,
            settings=merge_settings(draft.agent.settings, draft.step.settings),
            permissions=_layers(workflow, draft),
            output_schema=draft.schema,
            attachments=attachments.get(draft.step.id, ()),
            cache=_planned_cache(draft, workflow, options),
            budget=_planned_budget(draft.step.budget),
        )
        for index, (draft, agent) in enumerate(zip(drafts, _planned_agents(drafts), strict=True))
    }


def _layers(workflow: Workflow, draft: Draft) -> tuple[Permissions, ...]:
    written = (workflow.permissions, draft.agent.permissions, draft.step.permissions)
    return tuple(layer for layer in written if layer is not None)


def _planned_cache(draft: Draft, workflow: Workflow, options: RunOptions) -> PlannedCache | None:
    """Return how an answer is kept; `false` holds against the flag, the flag's `false` against all."""
    own = draft.agent.cache if draft.step.cache is None else draft.step.cache
    policy = workflow.config.cache if own is None else own
    if policy is None and options.cache:
        return PlannedCache()
    if policy is None or not policy.enabled or options.cache is False:
        return None
    return PlannedCache(
        ttl_ms=_milliseconds(policy.ttl_s),
        is_of_workflow=policy.scope is CacheScope.WORKFLOW,
        is_asked_for=own is not None,
    )


def _planned_budget(written: Budget | None, asked: Budget | None = None) -> PlannedBudget | None:
    """Return what may be spent: what was asked for on the command line wins, bound by bound."""
    if written is None and asked is None:
        return None
    layers = [each for each in (asked, written) if each is not None]
    cost_usd = next((each.cost_usd for each in layers if each.cost_usd), None)
    tokens = next((each.tokens for each in layers if each.tokens), None)
    time_s = next((each.time_s for each in layers if each.time_s), None)
    if cost_usd is None and tokens is None and time_s is None:
        return None
    return PlannedBudget(cost_usd=cost_usd, tokens=tokens, time_ms=_milliseconds(time_s))


def _needs(draft: Draft) -> tuple[str, ...]:
    written = draft.step.depends_on
    needs = dict.fromkeys((*written, *draft.implied))
    return written if len(needs) == len(written) else tuple(needs)


def _planned_agents(drafts: Sequence[Draft]) -> Iterator[PlannedAgent]:
    """Yield each step's agent, the same one for all that it reads the same to."""
    whole: dict[int, PlannedAgent] = {}
    for draft in drafts:
        system, agent = draft.system, draft.agent
        if not system.steps <= draft.reads:
            known = system.keep_known(partial(_is_known, draft.reads))
            yield _planned_agent(agent, known)
        else:
            if id(agent) not in whole:
                whole[id(agent)] = _planned_agent(agent, system)
            yield whole[id(agent)]


def _is_known(reads: frozenset[str], ref: Ref) -> bool:
    return isinstance(ref, InputRef) or ref.step in reads


def _planned_agent(agent: Agent, system: Template) -> PlannedAgent:
    return PlannedAgent(name=agent.name, system=system, file=agent.file, tools=agent.tools)


def _models(draft: Draft, workflow: Workflow, options: RunOptions) -> tuple[str | None, ...]:
    """Return the models in the order to try; None, the provider's own default, comes last."""
    if options.model is not None:
        return (options.model,)
    named = (draft.step.model, *draft.agent.models, workflow.config.model, options.default_model)
    return (*dict.fromkeys(model for model in named if model), None)


def _is_fatal(step: Step, *, alone: bool) -> bool:
    return step.on_error is OnError.FAIL or (step.on_error is OnError.DEFAULT and alone)


def _is_interactive(step: Step, workflow: Workflow) -> bool:
    return workflow.config.interactive if step.interactive is None else step.interactive


def _milliseconds(seconds: float | None) -> int | None:
    return round(1000 * seconds) if seconds else None


def _bounded_ms(step: Step) -> int | None:
    """Return the time that a step has: what its timeout allows, or its budget, whichever is less."""
    if step.budget is None:
        return _milliseconds(step.timeout_s)
    bounds = (step.timeout_s, step.budget.time_s)
    return min((ms for bound in bounds if (ms := _milliseconds(bound)) is not None), default=None)


def _chosen(steps: dict[str, PlannedStep], only: tuple[str, ...]) -> dict[str, PlannedStep]:
    """Return the steps asked for and all they need; every step where nothing is asked for."""
    if not only:
        return steps
    wanted: set[str] = set()
    border = list(only)
    while border:
        step = border.pop()
        if step not in wanted:
            wanted.add(step)
            border.extend(steps[step].needs)
    return {
        name: replace(step, dependents=tuple(follower for follower in step.dependents if follower in wanted))
        for name, step in steps.items()
        if name in wanted
    }


def _by_level(steps: Mapping[str, PlannedStep]) -> tuple[tuple[str, ...], ...]:
    found: list[list[str]] = [[] for _ in range(1 + max(step.level for step in steps.values()))]
    for step in steps.values():
        found[step.level].append(step.id)
    return tuple(tuple(level) for level in found)
