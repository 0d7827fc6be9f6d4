"""What a workflow wants that only a folder that is trusted may have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from goflow.workflow.tool_names import class_named, is_foreign

if TYPE_CHECKING:
    from collections.abc import Iterator

    from goflow.planning.plan import Plan, PlannedStep
    from goflow.workflow import PermissionRule

_HARMLESS: Final = frozenset({"read", "talk", "web"})


def wants_trust(plan: Plan) -> tuple[str, ...]:
    """Return, in words, what the folder's files would have goflow do unasked; empty where that is nothing."""
    return tuple(dict.fromkeys(want for step in plan.steps.values() for want in _wants(step)))


def _wants(step: PlannedStep) -> Iterator[str]:
    for layer in step.permissions:
        yield from (f"allow `{rule.text}`" for rule in layer.allow if _can_harm(rule))
        if layer.network:
            yield "let commands use the network"
    for folder in step.extra_dirs:
        if leaves_workspace(folder):
            yield f"let tools read and write in `{folder}`"
    for tool in step.agent.tools or ():
        if is_function(tool):
            yield f"run the Python function `{tool}`"


def leaves_workspace(folder: str) -> bool:
    """Whether a path, by its text, is not one below the current folder."""
    plain = folder.replace("\\", "/")
    return plain.startswith(("/", "~")) or ":" in plain or ".." in plain.split("/")


def is_function(tool: str) -> bool:
    """Whether a tool's name is that of a Python function, `module:name`."""
    return ":" in tool and "/" not in tool and is_foreign(tool)


def _can_harm(rule: PermissionRule) -> bool:
    return class_named(rule.tool) not in _HARMLESS
