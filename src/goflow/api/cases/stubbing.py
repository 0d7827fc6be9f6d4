"""The tools of a case, as far as a script calls them: they read and talk for real, and act on nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goflow.runner.jumping_clock import JumpingClock
    from goflow.tools.base import Arguments, Tool, ToolContext
    from goflow.tools.toolbox import Toolbox


def harmless_tools(clock: JumpingClock, workspace: str) -> Toolbox:
    """Return the tools; those that would write, run or fetch say what they are, and do nothing."""
    from goflow.tools.base import ToolClass
    from goflow.tools.catalogue import TOOLS
    from goflow.tools.permissions import Circumstances
    from goflow.tools.sandbox import own_code
    from goflow.tools.toolbox import Toolbox

    real = (ToolClass.READ, ToolClass.TALK)
    return Toolbox(
        workspace=workspace,
        circumstances=Circumstances(is_trusted=False, has_person=False, is_confined=False),
        tools={
            name: _timeless(tool, clock) if tool.kind in real else _stubbed(tool)
            for name, tool in TOOLS.items()
        },
        protected=own_code(),
    )


def _timeless(tool: Tool, clock: JumpingClock) -> Tool:
    """Return a tool whose work takes no time on the clock."""

    async def use(arguments: Arguments, context: ToolContext) -> str:
        with clock.held():
            return await tool.use(arguments, context)

    return replace(tool, use=use)


def _stubbed(tool: Tool) -> Tool:
    """Return a tool that only talks, so that nobody has to allow it."""
    from goflow.tools.base import ToolClass

    async def use(_arguments: Arguments, _context: ToolContext) -> str:
        return f"stub result of {tool.name}"

    return replace(tool, kind=ToolClass.TALK, use=use)
