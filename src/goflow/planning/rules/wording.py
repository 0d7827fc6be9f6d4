"""How rules name things in messages and hints."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from goflow.problems import count_of, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from goflow.planning.examined import Examined
    from goflow.workflow import Step

_LISTED: Final = 10
_WRITTEN_OUT: Final = 6


def listed(names: Collection[str]) -> str:
    """Return names for people: all of a few, else the first ones and how many more there are."""
    told = ", ".join(islice(names, _LISTED))
    return told if len(names) <= _LISTED else f"{told} and {len(names) - _LISTED} more"


def readers(examined: Examined, indices: Sequence[int]) -> str:
    """Return the steps at `indices` for people: the first one, and how many others."""
    first = f"step {shown(examined.steps[indices[0]].id)}"
    others = len(indices) - 1
    return first if not others else f"{first} (and {count_of(others, 'more step')})"


def known_steps(examined: Examined, name: str) -> str:
    """Return a hint for a step that does not exist: the nearest one, else all there are."""
    found = examined.suggest(name, examined.index_of)
    return found or f"steps of this workflow: {listed(examined.index_of)}"


def dependency_to_add(examined: Examined, step: Step, target: str) -> str:
    """Return a hint for a step that is read without being upstream."""
    if (step.id, target) in examined.later:
        return f"{shown(target)} comes after {shown(step.id)}, so there is no output of it to read yet"
    if len(step.depends_on) >= _WRITTEN_OUT:
        return f"add {shown(target)} to `depends_on` of step {shown(step.id)}"
    return f"write `depends_on: [{', '.join((*step.depends_on, target))}]` in step {shown(step.id)}"
