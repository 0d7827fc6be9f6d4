"""A simulated run as people look at it: what each step would do, and how each branch was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goflow.projections.conversation_view import Asked, ConversationView, Move, ToolUse
from goflow.projections.walk_demands import Demand, demands_of
from goflow.scheduler.status import StepStatus
from goflow.templating import Scope, parse
from goflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from goflow.events import Event
    from goflow.planning.plan import Plan, PlannedStep
    from goflow.projections import RunView, StepView
    from goflow.templating import Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Stub:
    """The system prompt that a step was asked with, without secrets, and where its stub answer came from."""

    system: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkedStep:
    """One step of a simulation; `stub` is None where it was never asked."""

    planned: PlannedStep
    seen: StepView
    stub: Stub | None
    questions: tuple[Asked, ...] = ()
    calls: tuple[ToolUse, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """How the condition of a step was decided; `is_taken` None where the run did not come to it.

    `answer` is what the step `tested` had said, empty where it has no output; `reason` says why the condition
    did not hold.
    """

    step: str
    tested: str
    answer: str
    is_taken: bool | None
    reason: str | None
    demands: tuple[Demand, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A simulation: its steps level by level, and its branches in the same order."""

    steps: tuple[WalkedStep, ...]
    branches: tuple[Branch, ...]


def walk(
    plan: Plan,
    view: RunView,
    events: Iterable[Event],
    *,
    stubs: Mapping[str, Stub],
    mask: Callable[[str], str],
) -> Walk:
    """Fold a simulated run; `mask` takes secrets out of the texts that conditions look for."""
    talks = ConversationView()
    for event in events:
        talks.see(event)
    names = [name for level in plan.levels for name in level]
    outputs = {name: step.output or "" for name, step in view.steps.items()}
    scope = Scope(inputs=plan.inputs, outputs=outputs)
    return Walk(
        steps=tuple(_walked(plan.steps[name], view.steps[name], talks, stubs.get(name)) for name in names),
        branches=tuple(
            _branch(view, name, condition, lambda text: mask(parse(text).render(scope)))
            for name in names
            if (condition := plan.steps[name].condition) is not None
        ),
    )


def _walked(planned: PlannedStep, seen: StepView, talks: ConversationView, stub: Stub | None) -> WalkedStep:
    moves: list[Move] = []
    for attempt in seen.attempts:
        moves += talks.talks[seen.id, attempt.number].moves
    return WalkedStep(
        planned=planned,
        seen=seen,
        stub=stub,
        questions=tuple(move for move in moves if isinstance(move, Asked)),
        calls=tuple(move for move in moves if isinstance(move, ToolUse)),
    )


def _branch(view: RunView, name: str, condition: Condition, fill_in: Callable[[str], str]) -> Branch:
    seen = view.steps[name]
    return Branch(
        step=name,
        tested=condition.step,
        answer=view.steps[condition.step].output or "",
        is_taken=_is_taken(seen),
        reason=seen.skip_reason,
        demands=demands_of(condition, fill_in),
    )


def _is_taken(seen: StepView) -> bool | None:
    if seen.status is StepStatus.SKIPPED:
        return False
    return True if seen.attempts else None
