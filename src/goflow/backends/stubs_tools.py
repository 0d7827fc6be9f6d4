"""The tools of a simulation: calls are judged and told as in a run, and nothing outside of it is touched."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goflow.tools.base import Arguments, Tool, ToolContext
    from goflow.tools.opening import OpenTools
    from goflow.tools.toolbox import Toolbox


def open_stub_tools(workspace: str) -> OpenTools:
    """Return how the stub backend comes by its tools, the same each time."""
    made: list[Toolbox] = []

    async def open_tools() -> Toolbox:
        if not made:
            made.append(_make(workspace))
        return made[0]

    return open_tools


def _make(workspace: str) -> Toolbox:
    from goflow.tools.catalogue import TOOLS
    from goflow.tools.permissions import Circumstances
    from goflow.tools.toolbox import Toolbox

    return Toolbox(
        workspace=workspace,
        circumstances=Circumstances(is_trusted=True, has_person=False, is_confined=True, allows_all=True),
        tools={name: _stubbed(tool) for name, tool in TOOLS.items()},
    )


def _stubbed(tool: Tool) -> Tool:
    """Return a tool that does nothing; those that only talk stay within the run, and do what they do."""
    from goflow.tools.base import ToolClass

    async def use(_arguments: Arguments, _context: ToolContext) -> str:
        return f"stub result of {tool.name}"

    return tool if tool.kind is ToolClass.TALK else replace(tool, use=use)
