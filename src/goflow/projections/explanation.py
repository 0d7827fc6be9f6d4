"""Why a step was asked, or was not: what happened to it in a run, and what its answer follows from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, TypeAlias

from goflow.events import (
    AttemptStarted,
    QuestionAsked,
    StepCompleted,
    StepNotRun,
    StepReused,
    StepSkipped,
    ToolCalled,
    step_of,
)
from goflow.projections.reuse import live_content
from goflow.scheduler import RunState, apply, new_state
from goflow.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from goflow.events import Event, Fact
    from goflow.planning.plan import Plan

Beginning: TypeAlias = AttemptStarted | StepReused | StepSkipped | StepNotRun

_SHORT: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a run tells of one step.

    `beginning` is how it came to what it is, None where it has not begun; `parts` are the texts that its
    answer follows from, empty where it was not reached.
    """

    beginning: Beginning | None
    parts: Mapping[str, str]
    has_result: bool
    told: tuple[Fact, ...] = ()
    """The tools it has used, and the questions it has asked."""


def past_of(plan: Plan, events: Iterable[Event], step: str) -> Past:
    """Fold a run's events into what they tell of a step; its last time counts."""
    fold = _Fold(plan, step)
    for event in events:
        fold.see(event)
    return Past(
        beginning=fold.beginning,
        parts=fold.parts,
        has_result=step in fold.state.outputs and isinstance(fold.ending, StepCompleted | StepReused),
        told=tuple(fold.told),
    )


def different_parts(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return the parts that are not the same, each as it was and as it is."""
    names = dict.fromkeys((*after, *before))
    pairs = {name: (before.get(name, ""), after.get(name, "")) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


class _Fold:
    def __init__(self, plan: Plan, step: str) -> None:
        self.state: RunState = new_state(plan)
        self.beginning: Beginning | None = None
        self.ending: Fact | None = None
        self.parts: Mapping[str, str] = {}
        self.told: list[Fact] = []
        self._step = step

    def see(self, event: Event) -> None:
        fact = event.fact
        step = step_of(fact)
        if step and step not in self.state.plan.steps:
            return
        if step == self._step:
            self._see_own(fact)
        apply(self.state, event)

    def _see_own(self, fact: Fact) -> None:
        self.ending = fact
        match fact:
            case AttemptStarted() | StepReused():
                self.beginning = fact
                self.parts = _parts(self.state, self._step, fact.prompt)
            case StepSkipped() | StepNotRun():
                self.beginning = fact
            case ToolCalled() | QuestionAsked():
                self.told.append(fact)
            case _:
                """Nothing else says why."""


def _parts(state: RunState, step: str, prompt: str) -> dict[str, str]:
    """Return a step's content with the outputs themselves in place of their digests."""
    content = dict(live_content(state, step, prompt))
    del content["upstream"]
    outputs = {f"output of {need}": state.outputs.get(need, "") for need in state.plan.steps[step].needs}
    return {name: _readable(text) for name, text in content.items()} | outputs


def _readable(text: str) -> str:
    """Write a long value of JSON on several lines, so that a difference shows the line it is in."""
    if len(text) <= _SHORT or text[0] not in "[{":
        return text
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
