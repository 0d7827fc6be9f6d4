"""Rules on the names of tools: in `permissions`, and in the `tools` of agents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, TypeAlias

from goflow.planning.asked import asked_agents
from goflow.problems import Problem, Severity, shown
from goflow.workflow.tool_names import (
    CLASS_OF,
    CLASS_WORDS,
    KNOWN_TOOLS,
    TOOL_GROUPS,
    class_named,
    is_foreign,
)

if TYPE_CHECKING:
    from goflow.planning.examined import Examined
    from goflow.problems import FieldPath
    from goflow.workflow import Agent, PermissionRule, Permissions

_Written: TypeAlias = "tuple[PermissionRule, FieldPath, str | None]"
"""A rule, its place, and the file where that is not the workflow's."""

_TOOLS: Final = (*KNOWN_TOOLS, *TOOL_GROUPS)
_RULED: Final = (*_TOOLS, *CLASS_WORDS)
_TOLD: Final = f"known: {', '.join(CLASS_OF)}"


def rules_name_known_tools(examined: Examined) -> Iterator[Problem]:
    """Report rules on tools that are not known, which hold for nothing."""
    for rule, path, file in _rules(examined):
        if class_named(rule.tool) is None and rule.tool != "*" and not is_foreign(rule.tool):
            yield Problem(
                code="GF240",
                severity=Severity.WARNING,
                message=f"the rule {shown(rule.text)} names no tool that is known, so it holds for nothing",
                span=examined.place(path, file=file),
                help=examined.suggest(rule.tool, _RULED) or _TOLD,
            )


def patterns_end_with_words(examined: Examined) -> Iterator[Problem]:
    """Report `git diff:*`, which other programs read as `git diff *`, and which here is one word."""
    for rule, path, file in _rules(examined):
        if class_named(rule.tool) == "run" and rule.pattern and rule.pattern.endswith(":*"):
            meant = f"{rule.tool}({rule.pattern.removesuffix(':*')} *)"
            yield Problem(
                code="GF241",
                severity=Severity.WARNING,
                message=f"the rule {shown(rule.text)} ends with `:*`, which is part of its last word here",
                span=examined.place(path, file=file),
                help=f"write {shown(meant)} for any further words",
            )


def agents_name_known_tools(examined: Examined) -> Iterator[Problem]:
    """Report tools that the agents in use are to have and that are not known."""
    for agent, path, file in _agents(examined):
        for place, tool in enumerate(agent.tools or ()):
            if tool not in _TOOLS and not is_foreign(tool):
                yield Problem(
                    code="GF242",
                    severity=Severity.WARNING,
                    message=f"agent {shown(agent.name)} asks for the tool {shown(tool)}, which is not known",
                    span=examined.place((*path, "tools", place), file=file),
                    help=examined.suggest(tool, _TOOLS) or _TOLD,
                )


def _rules(examined: Examined) -> Iterator[_Written]:
    workflow = examined.bundle.workflow
    yield from _written(workflow.permissions, (), None)
    for agent, path, file in _agents(examined):
        yield from _written(agent.permissions, path, file)
    for index, step in enumerate(examined.steps):
        yield from _written(step.permissions, ("steps", index), None)


def _written(permissions: Permissions | None, path: FieldPath, file: str | None) -> Iterator[_Written]:
    if permissions is None:
        return
    for key, rules in (("allow", permissions.allow), ("ask", permissions.ask), ("deny", permissions.deny)):
        for place, rule in enumerate(rules):
            yield rule, (*path, "permissions", key, place), file


def _agents(examined: Examined) -> Iterator[tuple[Agent, FieldPath, str | None]]:
    """Yield the agents that steps use, each file once, with where they are written."""
    bundle = examined.bundle
    files: set[str] = set()
    for name in dict.fromkeys(asked_agents(bundle.workflow)):
        agent = bundle.agents.get(name) if name is not None else None
        if agent is None or agent.file in files:
            continue
        if agent.file is None:
            yield agent, ("agents", agent.name, "inline"), None
        else:
            files.add(agent.file)
            yield agent, (), agent.file
