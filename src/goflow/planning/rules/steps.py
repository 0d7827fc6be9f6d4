"""Rules on what single steps say, and on what is printed of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from goflow.planning.rules.wording import known_steps, listed
from goflow.problems import Problem, Severity, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from goflow.planning.examined import Examined

_MANY_RETRIES: Final = 100
_SHORTEST_S: Final = 0.001
_LONGEST_S: Final = 7 * 24 * 3600


def agents_exist(examined: Examined) -> Iterator[Problem]:
    """Report agents that are neither defined nor found; reading has reported those whose file is broken."""
    known = {**examined.bundle.workflow.agents, **examined.bundle.agents}
    for index, step in enumerate(examined.steps):
        if step.agent is not None and step.agent not in known:
            hints = (
                examined.suggest(step.agent, known),
                f"defined agents: {listed(known)}" if known else "no agent is defined or found",
            )
            yield Problem(
                code="GF201",
                message=f"step {shown(step.id)} uses agent {shown(step.agent)}, which is not defined",
                span=examined.place(("steps", index, "agent")),
                help=" ".join(hint for hint in hints if hint),
                related=examined.related(("agents",), "agents are defined here", key=True)
                if examined.bundle.workflow.agents
                else (),
            )


def printed_steps_exist(examined: Examined) -> Iterator[Problem]:
    """Report names in `output.steps` that are no steps."""
    for place, name in enumerate(examined.bundle.workflow.output.steps):
        if name not in examined.index_of:
            yield Problem(
                code="GF214",
                severity=Severity.WARNING,
                message=f"`output.steps` names {shown(name)}, which does not exist",
                span=examined.place(("output", "steps", place)),
                help=known_steps(examined, name),
            )


def printed_steps_are_named_once(examined: Examined) -> Iterator[Problem]:
    """Report steps that `output.steps` names twice."""
    first: dict[str, int] = {}
    for place, name in enumerate(examined.bundle.workflow.output.steps):
        if first.setdefault(name, place) != place:
            yield Problem(
                code="GF215",
                severity=Severity.WARNING,
                message=f"`output.steps` names {shown(name)} twice",
                span=examined.place(("output", "steps", place)),
                related=examined.related(("output", "steps", first[name]), "first here"),
            )


def retries_are_sensible(examined: Examined) -> Iterator[Problem]:
    """Report numbers of retries that cannot be meant, each of which waits longer."""
    for index, step in enumerate(examined.steps):
        if step.retry_count > _MANY_RETRIES:
            yield Problem(
                code="GF216",
                severity=Severity.WARNING,
                message=f"step {shown(step.id)} retries {step.retry_count} times",
                span=examined.place(("steps", index, "retry_count")),
                help="a failure that ten attempts do not cure rarely passes at all",
            )


def timeouts_are_sensible(examined: Examined) -> Iterator[Problem]:
    """Report timeouts whose unit is probably wrong."""
    for index, step in enumerate(examined.steps):
        timeout_s = step.timeout_s
        if timeout_s and not _SHORTEST_S <= timeout_s <= _LONGEST_S:
            bound = "less than a millisecond" if timeout_s < _SHORTEST_S else "more than a week"
            yield Problem(
                code="GF217",
                severity=Severity.WARNING,
                message=f"the timeout of step {shown(step.id)} is {bound}",
                span=examined.place(("steps", index, "timeout")),
                help="units are `ms`, `s`, `m` and `h`; 0 means no timeout",
            )
