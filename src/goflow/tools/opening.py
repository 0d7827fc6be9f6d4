"""How a backend comes by the tools of its run, which are imported when the first of them is offered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from goflow.tools.toolbox import Toolbox

OpenTools: TypeAlias = "Callable[[], Awaitable[Toolbox]]"
"""Returns the tools of the run, the same each time."""


async def open_no_tools() -> Toolbox:
    """Return the tools of a backend that belongs to no run: there are none."""
    from goflow.tools.toolbox import Toolbox

    return Toolbox.empty()
