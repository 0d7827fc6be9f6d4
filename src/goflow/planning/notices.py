"""What a workflow asks for that this version reads and checks, but does not do: said once, before a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final, TypeAlias

from goflow.planning.asked import asked_agents
from goflow.planning.rules.wording import listed
from goflow.values import dataclass

if TYPE_CHECKING:
    from goflow.workflow import Agent, Bundle, Step

Users: TypeAlias = "Callable[[Bundle], Iterable[str]]"
"""Finds the agents, steps or files of a workflow that want something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gap:
    """Something not done where one of `backends` answers, and for whom."""

    backends: frozenset[str]
    notice: str
    users: Users


def unhonoured(bundle: Bundle, backend: str) -> tuple[str, ...]:
    """Return a line for each thing left undone where `backend` (`llm`, `cli` or `mock`) answers."""
    found = []
    for gap in _GAPS:
        users = dict.fromkeys(gap.users(bundle)) if backend in gap.backends else {}
        if users:
            found.append(f"{gap.notice}: {listed(users)}")
    return tuple(found)


def _agents(wants: Callable[[Agent], object]) -> Users:
    def find(bundle: Bundle) -> Iterable[str]:
        asked = frozenset(asked_agents(bundle.workflow))
        return (name for name, agent in bundle.agents.items() if name in asked and wants(agent))

    return find


def _steps(wants: Callable[[Step], object]) -> Users:
    return lambda bundle: (step.id for step in bundle.workflow.steps if wants(step))


def _skills(bundle: Bundle) -> Iterable[str]:
    workflow = bundle.workflow
    return (*workflow.skills, *(skill for step in workflow.steps for skill in step.skills))


def _with_settings(bundle: Bundle) -> Iterable[str]:
    yield from _agents(lambda agent: agent.settings)(bundle)
    yield from _steps(lambda step: step.settings)(bundle)


def _with_memory(bundle: Bundle) -> Iterable[str]:
    memory = bundle.workflow.config.shared_memory
    is_on = memory is not None and memory.enabled
    return (step.id for step in bundle.workflow.steps if is_on)


def _with_permissions(bundle: Bundle) -> Iterable[str]:
    if bundle.workflow.permissions is not None:
        yield bundle.workflow.name
    yield from _agents(lambda agent: agent.permissions)(bundle)
    yield from _steps(lambda step: step.permissions)(bundle)


_MODELS: Final = frozenset(("llm", "cli"))
_CLI: Final = frozenset(("cli",))
_GAPS: Final = (
    _Gap(
        backends=_MODELS,
        notice="MCP servers are not started yet, so these agents answer without their tools",
        users=_agents(lambda agent: agent.mcp_servers),
    ),
    _Gap(
        backends=_MODELS,
        notice="skills are not given to agents yet, so these files are only checked",
        users=_skills,
    ),
    _Gap(
        backends=_MODELS,
        notice="hooks are not run yet, so nothing happens around the tool calls of these agents",
        users=_agents(lambda agent: agent.hooks),
    ),
    _Gap(
        backends=_MODELS,
        notice="agents cannot call other agents yet, so these answer alone",
        users=_agents(lambda agent: agent.agents),
    ),
    _Gap(
        backends=_MODELS,
        notice="agents cannot hand over to others yet, so these answer themselves",
        users=_agents(lambda agent: agent.handoffs),
    ),
    _Gap(
        backends=_CLI,
        notice="the `copilot` command has no tools for the shared memory: "
        "these steps can be shown it, not write it",
        users=_with_memory,
    ),
    _Gap(
        backends=_CLI,
        notice="the `copilot` command has rules of its own, so the `permissions` of these have no effect",
        users=_with_permissions,
    ),
    _Gap(
        backends=_CLI,
        notice="the `copilot` command takes no attachments, so these steps go without theirs",
        users=_steps(lambda step: step.attach),
    ),
    _Gap(
        backends=_CLI,
        notice="the `copilot` command takes no settings, so those of these agents and steps have no effect",
        users=_with_settings,
    ),
)
