"""Rules on steps and the edges between them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from goflow.planning.graph import find_cycles
from goflow.planning.rules.wording import known_steps
from goflow.problems import Problem, Severity, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from goflow.planning.examined import Examined
    from goflow.problems import FieldPath

_STEPS_TOLD: Final = 60
_EDGES_SHOWN: Final = 12


def workflow_has_steps(examined: Examined) -> Iterator[Problem]:
    """Report a workflow without steps, unless mistakes met in reading are the reason."""
    if not examined.steps and not any(found.severity is Severity.ERROR for found in examined.bundle.problems):
        yield Problem(
            code="GF207",
            message="the workflow has no steps",
            span=examined.place(("steps",), key=True),
            help="add at least one below `steps:`, with an `id` and a `prompt`",
        )


def step_ids_are_unique(examined: Examined) -> Iterator[Problem]:
    """Report steps with the id of an earlier one."""
    for index, step in enumerate(examined.steps):
        first = examined.index_of[step.id]
        if first != index:
            yield Problem(
                code="GF205",
                message=f"two steps have the id {shown(step.id)}",
                span=examined.place(("steps", index, "id")),
                help="give each step an id of its own",
                related=examined.related(("steps", first, "id"), "first used here"),
            )


def dependencies_exist(examined: Examined) -> Iterator[Problem]:
    """Report dependencies on what is no step."""
    known = examined.index_of.keys()
    for index, step in enumerate(examined.steps):
        if examined.direct[index] <= known:
            continue
        for place, need in enumerate(step.depends_on):
            if need not in known:
                yield Problem(
                    code="GF202",
                    message=f"step {shown(step.id)} depends on {shown(need)}, which does not exist",
                    span=examined.place(("steps", index, "depends_on", place)),
                    help=known_steps(examined, need),
                )


def dependencies_are_other_steps(examined: Examined) -> Iterator[Problem]:
    """Report steps that wait for themselves."""
    for index, step in enumerate(examined.steps):
        if step.id in examined.direct[index]:
            yield Problem(
                code="GF203",
                message=f"step {shown(step.id)} depends on itself",
                span=examined.place(("steps", index, "depends_on", step.depends_on.index(step.id))),
                help=f"remove {shown(step.id)} from its `depends_on`",
            )


def dependencies_are_named_once(examined: Examined) -> Iterator[Problem]:
    """Report dependencies named twice, since another step may have been meant."""
    for index, step in enumerate(examined.steps):
        if len(examined.direct[index]) == len(step.depends_on):
            continue
        first: dict[str, int] = {}
        for place, need in enumerate(step.depends_on):
            if first.setdefault(need, place) != place:
                yield Problem(
                    code="GF204",
                    severity=Severity.WARNING,
                    message=f"step {shown(step.id)} depends on {shown(need)} twice",
                    span=examined.place(("steps", index, "depends_on", place)),
                    related=examined.related(("steps", index, "depends_on", first[need]), "first here"),
                )


def graph_has_no_cycle(examined: Examined) -> Iterator[Problem]:
    """Report steps that wait for each other."""
    if len(examined.level_of) == len(examined.needs):
        return
    for cycle in find_cycles(examined.needs):
        edges = list(pairwise(cycle))
        yield Problem(
            code="GF206",
            message=f"circular dependency detected in workflow DAG: {_told(cycle)}",
            span=examined.place(_edge(examined, *edges[-1])),
            help="remove one of these dependencies",
            related=tuple(
                related
                for before, after in edges[:-1][:_EDGES_SHOWN]
                for related in examined.related(
                    _edge(examined, before, after), f"{shown(after)} waits for {shown(before)}"
                )
            ),
        )


def _edge(examined: Examined, before: str, after: str) -> FieldPath:
    index = examined.index_of[after]
    return ("steps", index, "depends_on", examined.steps[index].depends_on.index(before))


def _told(cycle: tuple[str, ...]) -> str:
    if len(cycle) > _STEPS_TOLD:
        half = _STEPS_TOLD // 2
        cycle = (*cycle[:half], f"... {len(cycle) - 2 * half} more ...", *cycle[-half:])
    return " -> ".join(cycle)
