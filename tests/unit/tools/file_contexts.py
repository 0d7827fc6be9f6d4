"""A workspace for the tests of file tools, and a way to use a tool in it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from goflow.tools.base import Tool, ToolContext

if TYPE_CHECKING:
    from pathlib import Path


class NoPorts:
    """What a tool has that asks its run for nothing."""

    async def ask(self, question: str, choices: tuple[str, ...] = (), *, key: str = "") -> str:
        raise AssertionError(question)

    def read_memory(self) -> str:
        raise AssertionError

    async def write_memory(self, text: str) -> None:
        raise AssertionError(text)


def context_in(workspace: Path, *, extra: tuple[Path, ...] = (), kept: tuple[Path, ...] = ()) -> ToolContext:
    """Return a context whose workspace is a folder, with others beside it, and some that stay as they are."""
    return ToolContext(
        workspace=str(workspace.resolve()),
        extra_dirs=tuple(str(path.resolve()) for path in extra),
        protected=tuple(str(path.absolute()) for path in kept),
        environ={},
        ports=NoPorts(),
    )


def use(tool: Tool, context: ToolContext, /, **given: Any) -> str:  # noqa: ANN401 - as models give them
    """Return what a tool says to a call, its arguments under the names that a model gives."""
    return asyncio.run(used(tool, context, **given))


async def used(tool: Tool, context: ToolContext, /, **given: Any) -> str:  # noqa: ANN401 - likewise
    return await tool.use(tool.read(given), context)
