"""What of a run can be used again: each completed step's result, by the content that it follows from."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from goflow.events import (
    MASK,
    AttemptStarted,
    Event,
    MemoryWritten,
    RunReopened,
    StepCompleted,
    StepReused,
    step_of,
)
from goflow.planning.content import Content, content_of, secrets_named, written_content
from goflow.projections.memory import system_with_memory
from goflow.scheduler import RunState, apply, new_state
from goflow.templating import InputRef, Scope
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.planning.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a step came to, in a form that another run can take."""

    step: str
    origin: str
    agent: str
    model: str | None
    prompt: str
    output: str
    memory: tuple[str, ...] = ()
    """What it wrote into the shared memory, which a step that takes the result writes again."""
    content: Content

    def taken_by(self, step: str) -> StepReused:
        """Return the fact that a step takes this result."""
        return StepReused(
            step=step,
            origin=self.origin,
            agent=self.agent,
            model=self.model,
            prompt=self.prompt,
            output=self.output,
            memory=self.memory,
        )


def results_of(plan: Plan, events: Iterable[Event]) -> dict[str, Result]:
    """Return the last result of each completed step of a run, by step, in the order they were had."""
    fold = _Fold(plan)
    for event in events:
        fold.see(event)
    return {step: result for step, result in fold.results.items() if step in fold.state.outputs}


class _Fold:
    def __init__(self, plan: Plan) -> None:
        self.state: RunState = new_state(plan)
        self.results: dict[str, Result] = {}
        self._started: dict[str, tuple[AttemptStarted, Content]] = {}
        self._memory: dict[str, list[str]] = {}

    def see(self, event: Event) -> None:
        fact, state = event.fact, self.state
        if isinstance(fact, StepReused):
            self._take(fact)
        step = step_of(fact)
        if step and step not in state.plan.steps:
            return
        match fact:
            case AttemptStarted():
                self._started[fact.step] = (fact, live_content(state, fact.step, fact.prompt))
                self._memory.setdefault(fact.step, [])
            case MemoryWritten():
                self._memory[fact.step].append(fact.text)
            case StepCompleted():
                self._complete(fact)
            case RunReopened(rewritten=steps):
                for each in steps:
                    self._memory.pop(each, None)
            case _:
                """Nothing else makes a result."""
        apply(state, event)

    def _take(self, fact: StepReused) -> None:
        if fact.step in self.state.plan.steps:
            content = live_content(self.state, fact.step, fact.prompt)
            self.results[fact.step] = Result(
                step=fact.step,
                origin=fact.origin,
                agent=fact.agent,
                model=fact.model,
                prompt=fact.prompt,
                output=fact.output,
                memory=fact.memory,
                content=content,
            )

    def _complete(self, fact: StepCompleted) -> None:
        started, content = self._started[fact.step]
        self.results[fact.step] = Result(
            step=fact.step,
            origin=self.state.run_id,
            agent=started.agent,
            model=fact.model or started.model,
            prompt=started.prompt,
            output=fact.output,
            memory=tuple(self._memory.pop(fact.step, ())),
            content=content,
        )


def live_content(state: RunState, step: str, prompt: str) -> Content:
    """Return a step's content as the state stands; `prompt` is what it is, or was, asked."""
    plan, planned = state.plan, state.plan.steps[step]
    inputs = {**plan.inputs, **dict.fromkeys(plan.secret_inputs, MASK)}
    scope = Scope(inputs=inputs, outputs=state.outputs, bound=plan.bound)
    content = content_of(
        planned,
        system=system_with_memory(planned.agent.system.render(scope), plan.memory),
        prompt=prompt,
        upstream=(state.outputs.get(need, "") for need in planned.needs),
    )
    return {**content, **secrets_named(planned, plan)}


def changed_steps(before: Plan, after: Plan) -> tuple[str, ...]:
    """Return the steps that are written differently, or are new, and all that comes after them."""
    changed = {
        name
        for name, step in after.steps.items()
        if name not in before.steps
        or written_content(step, after) != written_content(before.steps[name], before)
    }
    border = list(changed)
    while border:
        for dependent in after.steps[border.pop()].dependents:
            if dependent not in changed:
                changed.add(dependent)
                border.append(dependent)
    return tuple(name for name in after.steps if name in changed)


def readers_of(inputs: Collection[str], plan: Plan) -> tuple[str, ...]:
    """Return the steps whose prompt or system prompt inserts one of these inputs."""
    return tuple(
        name
        for name, step in plan.steps.items()
        if any(
            isinstance(ref, InputRef) and ref.name in inputs
            for ref in (*step.prompt.refs, *step.agent.system.refs)
        )
    )
