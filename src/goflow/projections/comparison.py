"""Two runs side by side: in which of their steps they differ, and in what."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.events import RunStatus
    from goflow.projections.run_view import RunView, StepView


class Aspect(StrEnum):
    """What makes two runs different; times, tokens, costs and ids do not."""

    PRESENCE = "presence"
    """Only one of the runs has the step."""
    STATUS = "status"
    MODEL = "model"
    PROMPT = "prompt"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two runs; `status` is where it stands, which its events alone cannot tell."""

    view: RunView
    status: RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPair:
    """A step in both runs; None where a run does not have it."""

    id: str
    a: StepView | None
    b: StepView | None

    @property
    def aspects(self) -> tuple[Aspect, ...]:
        """Return in what the two differ."""
        a, b = self.a, self.b
        if a is None or b is None:
            return (Aspect.PRESENCE,)
        pairs = {
            Aspect.STATUS: (a.status, b.status),
            Aspect.MODEL: (a.model, b.model),
            Aspect.PROMPT: (a.prompt, b.prompt),
            Aspect.OUTPUT: (a.output, b.output),
        }
        return tuple(aspect for aspect, (one, other) in pairs.items() if one != other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two runs; `inputs` are the names of those whose values differ, secret ones left out.

    `is_of_steps`: only `steps` are compared, and not the runs as such.
    """

    a: Side
    b: Side
    inputs: tuple[str, ...]
    steps: tuple[StepPair, ...]
    is_of_steps: bool = False

    @property
    def is_different(self) -> bool:
        """Say whether anything differs but times, tokens, costs and ids."""
        if any(pair.aspects for pair in self.steps):
            return True
        a, b = self.a, self.b
        names = (a.view.workflow_name, b.view.workflow_name)
        return not self.is_of_steps and (
            a.status is not b.status or names[0] != names[1] or bool(self.inputs)
        )


def compare(a: Side, b: Side) -> Comparison:
    """Set two runs side by side: the steps of the first in their order, then those of the second alone."""
    names = dict.fromkeys((*a.view.steps, *b.view.steps))
    return Comparison(
        a=a,
        b=b,
        inputs=_different_inputs(a.view, b.view),
        steps=tuple(StepPair(id=name, a=a.view.steps.get(name), b=b.view.steps.get(name)) for name in names),
    )


def input_of(view: RunView, name: str) -> str | None:
    """Return the value of an input that is not secret, None where the run has none."""
    return None if view.created is None else view.created.inputs.get(name)


def _different_inputs(a: RunView, b: RunView) -> tuple[str, ...]:
    names = dict.fromkeys(name for view in (a, b) if view.created is not None for name in view.created.inputs)
    return tuple(name for name in names if input_of(a, name) != input_of(b, name))
