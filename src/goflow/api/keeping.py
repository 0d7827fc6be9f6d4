"""Which answers may be kept for later runs, and why others may not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from goflow.backends.identity import COPILOT
from goflow.events import MASK, QuestionAsked, ToolCalled
from goflow.tools.base import ToolClass
from goflow.tools.catalogue import TOOLS
from goflow.workflow.tool_names import tools_named

if TYPE_CHECKING:
    from collections.abc import Iterable

    from goflow.events import Fact
    from goflow.planning.content import Content
    from goflow.planning.plan import Plan, PlannedStep

_HARMLESS: Final = frozenset((ToolClass.READ, ToolClass.WEB, ToolClass.TALK))
_OF_THE_MOMENT: Final = "read_memory"


def reason_not_to_keep(planned: PlannedStep, facts: Iterable[Fact], answers: Iterable[str]) -> str | None:
    """Return why a step's answer is not kept; None where it is.

    `facts` are those of its attempts, `answers` who could answer it.
    """
    if planned.cache is None:
        return "the cache is not used for the step"
    called = []
    for fact in facts:
        if isinstance(fact, QuestionAsked):
            return "a person was asked"
        if isinstance(fact, ToolCalled):
            called.append(fact.tool)
    if planned.cache.is_asked_for:
        return None
    if COPILOT in answers:
        return "the `copilot` command has tools of its own"
    return next((reason for tool in called if (reason := _of_tool(planned, tool))), None)


def holds_secret(plan: Plan, content: Content) -> bool:
    """Whether a secret may stand in what is asked: masked, two different ones look the same."""
    return bool(plan.secret_inputs) and any(MASK in content[part] for part in ("system", "prompt"))


def _of_tool(planned: PlannedStep, tool: str) -> str | None:
    own = {name.rpartition(":")[2] for name in planned.agent.tools or () if ":" in name}
    meant = [TOOLS[name] for name in tools_named(tool) if name in TOOLS]
    if tool in own or not meant or any(each.kind not in _HARMLESS for each in meant):
        return f"the tool `{tool}` may have changed the world"
    if any(each.name == _OF_THE_MOMENT for each in meant):
        return f"`{tool}` showed what the memory held at that moment"
    return None
